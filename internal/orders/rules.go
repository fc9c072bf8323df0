package orders

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
)

// parameter is one parameter that an order gives.
type parameter struct {
	name, pointer string
	value         any // string, int or bool
}

// given lists the parameters of o: those of its type's object, and those
// beside it. What was left out is not in it.
func given(o pool.Order) []parameter {
	g := giver{prefix: "/" + object(o.Type) + "/"}
	switch {
	case o.AddVolume != nil:
		g.text("volume_type", o.AddVolume.VolumeType)
		g.add("volume_size_gib", o.AddVolume.VolumeSizeGiB)
	case o.ExtendVolume != nil:
		g.text("disk_id", o.ExtendVolume.DiskID)
		g.add("new_size_gib", o.ExtendVolume.NewSizeGiB)
	case o.Resize != nil:
		g.text("product_id", o.Resize.ProductID)
		g.flag("stop_running", o.Resize.StopRunning)
	case o.ChangeImage != nil:
		g.text("image_id", o.ChangeImage.ImageID)
		g.text("image_spec_code", o.ChangeImage.ImageSpecCode)
		if o.ChangeImage.NoticeMinutes != nil {
			g.add("notice_minutes", *o.ChangeImage.NoticeMinutes)
		}
		g.text("message", o.ChangeImage.Message)
	case o.AddSubResources != nil:
		g.text("sku", o.AddSubResources.SKU)
	case o.DeleteSubResources != nil:
		g.text("sub_resource_type", o.DeleteSubResources.Type)
	}
	g.prefix = "/"
	g.text("promotion_plan_id", o.PromotionPlanID)
	g.flag("auto_pay", o.AutoPay)
	return g.list
}

type giver struct {
	prefix string
	list   []parameter
}

func (g *giver) add(name string, value any) {
	g.list = append(g.list, parameter{name, g.prefix + name, value})
}

func (g *giver) text(name, value string) {
	if value != "" {
		g.add(name, value)
	}
}

func (g *giver) flag(name string, value bool) {
	if value {
		g.add(name, value)
	}
}

// object is the name of a type's parameter object.
func object(t pool.OrderType) string {
	return map[pool.OrderType]string{
		pool.AddVolumeOrder: "add_volume", pool.ExtendVolumeOrder: "extend_volume", pool.ResizeOrder: "resize",
		pool.ChangeImageOrder: "change_image", pool.AddSubResourcesOrder: "add_sub_resources",
		pool.DeleteSubResourcesOrder: "delete_sub_resources",
	}[t]
}

// supported holds o against what its source can do, before the source is asked anything.
func supported(o pool.Order, src pool.Source) error {
	if src.Ordering == nil {
		return refuse(Unsupported, pool.Fault{
			Pointer: "/target", Code: FaultNotSupported, Detail: "The source " + src.ID + " takes no orders.", Allowed: []string{},
		})
	}
	i := slices.IndexFunc(src.Ordering.Types, func(s pool.OrderSupport) bool { return s.Type == o.Type })
	if i < 0 {
		return refuse(Unsupported, pool.Fault{
			Pointer: "/type", Code: FaultNotSupported,
			Detail: "The source " + src.ID + " does not take orders of this type.", Allowed: types(src.Ordering.Types),
		})
	}
	kind := Unprocessable
	var faults []pool.Fault
	for _, p := range given(o) {
		fault, known := bounds(p, src.Ordering.Types[i])
		if !known {
			kind = Unsupported
		}
		if fault.Code != "" {
			faults = append(faults, fault)
		}
	}
	if len(faults) > 0 {
		return refuse(kind, faults...)
	}
	return nil
}

func types(support []pool.OrderSupport) []string {
	list := make([]string, len(support))
	for i, s := range support {
		list[i] = string(s.Type)
	}
	return list
}

// bounds finds what is wrong with one parameter, and whether the source has it at all.
func bounds(p parameter, support pool.OrderSupport) (fault pool.Fault, known bool) {
	i := slices.IndexFunc(support.Parameters, func(b pool.Parameter) bool { return b.Name == p.name })
	if i < 0 {
		var names []string
		for _, b := range support.Parameters {
			names = append(names, b.Name)
		}
		return pool.Fault{
			Pointer: p.pointer, Code: FaultNotSupported,
			Detail: "This source does not have this parameter for this type. It has those in allowed.", Allowed: names,
		}, false
	}
	fault.Code, fault.Detail = outside(p.value, support.Parameters[i])
	if fault.Code != "" {
		fault.Pointer, fault.Allowed = p.pointer, support.Parameters[i].Allowed
	}
	return fault, true
}

// outside says how a value breaks the bounds of a source; empty if it does not.
func outside(value any, b pool.Parameter) (code, detail string) {
	switch v := value.(type) {
	case int:
		switch {
		case b.Min != nil && v < *b.Min, b.Max != nil && v > *b.Max:
			return FaultOutOfRange, "This source takes " + interval(b) + "."
		case b.Step != nil && v%*b.Step != 0:
			return FaultInvalid, "This source takes multiples of " + strconv.Itoa(*b.Step) + "."
		}
	case string:
		switch {
		case b.Length != nil && utf8.RuneCountInString(v) > *b.Length:
			return FaultOutOfRange, fmt.Sprintf("This source takes up to %d characters.", *b.Length)
		case b.Allowed != nil && !slices.Contains(b.Allowed, v):
			return FaultNotAllowed, "This source takes the words in allowed."
		}
	}
	return "", ""
}

func interval(b pool.Parameter) string {
	switch {
	case b.Min == nil:
		return fmt.Sprintf("whole numbers up to %d", *b.Max)
	case b.Max == nil:
		return fmt.Sprintf("whole numbers from %d", *b.Min)
	}
	return fmt.Sprintf("whole numbers from %d to %d", *b.Min, *b.Max)
}

// sound holds o against its target as it is now.
func sound(o pool.Order, p pool.Plan) error {
	faults := unpaid(o, p)
	if o.ExtendVolume != nil {
		faults = append(faults, notLarger(*o.ExtendVolume, p)...)
	}
	if len(p.Calls) == 0 {
		faults = append(faults, pool.Fault{Pointer: pointerOf(o), Code: FaultInvalid, Detail: "It has no desktops that could be changed."})
	}
	if len(faults) > 0 {
		return refuse(Unprocessable, faults...)
	}
	return nil
}

// pointerOf is where the target of o stands.
func pointerOf(o pool.Order) string {
	if o.PoolID != "" {
		return "/target/pool_id"
	}
	return "/target/desktop_ids"
}

// unpaid finds what of the target is not paid for in advance.
func unpaid(o pool.Order, p pool.Plan) []pool.Fault {
	const detail = "Only what is billed PREPAID can be ordered for."
	if p.Desktops == nil {
		for _, target := range p.Pools {
			if target.BillingMode != pool.Prepaid {
				return []pool.Fault{{Pointer: pointerOf(o), Code: FaultInvalid, Detail: detail}}
			}
		}
		return nil
	}
	var faults []pool.Fault
	for _, d := range p.Desktops {
		if d.BillingMode == pool.Prepaid {
			continue
		}
		if o.PoolID != "" {
			return []pool.Fault{{Pointer: pointerOf(o), Code: FaultInvalid, Detail: detail + " Some of its desktops are not."}}
		}
		faults = append(faults, pool.Fault{
			Pointer: pointerOf(o) + "/" + strconv.Itoa(slices.Index(o.DesktopIDs, d.NativeID)), Code: FaultInvalid, Detail: detail,
		})
	}
	return faults
}

// notLarger finds the disks that the order would not make larger. Where the
// desktops show their own disks, these count, not their pool's template.
func notLarger(o pool.ExtendVolume, p pool.Plan) []pool.Fault {
	var disks []pool.Disk
	for _, d := range p.Desktops {
		disks = append(disks, d.Disks...)
	}
	if !slices.ContainsFunc(disks, func(d pool.Disk) bool { return d.ID == o.DiskID }) {
		disks = nil
		for _, target := range p.Pools {
			disks = append(disks, target.Disks...)
		}
	}
	known, largest := []string{}, 0
	for _, d := range disks {
		if d.ID != "" && !slices.Contains(known, d.ID) {
			known = append(known, d.ID)
		}
		if d.ID == o.DiskID && d.SizeGiB != nil {
			largest = max(largest, *d.SizeGiB)
		}
	}
	switch {
	case !slices.Contains(known, o.DiskID):
		return []pool.Fault{{Pointer: "/extend_volume/disk_id", Code: FaultNotAllowed, Detail: "The target has no such disk.", Allowed: known}}
	case o.NewSizeGiB <= largest:
		return []pool.Fault{{
			Pointer: "/extend_volume/new_size_gib", Code: FaultOutOfRange,
			Detail: fmt.Sprintf("A disk can only grow, and this one has %d GiB.", largest),
		}}
	}
	return nil
}

// effects are what an order does besides what it is for.
func effects(o pool.Order) []SideEffect {
	switch {
	case o.Resize != nil && o.Resize.StopRunning:
		return []SideEffect{StopsRunningDesktops}
	case o.ChangeImage != nil:
		return []SideEffect{StopsRunningDesktops, ErasesSystemDisk}
	}
	return []SideEffect{}
}
