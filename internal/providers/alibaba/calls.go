package alibaba

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

var (
	errNoType   = errors.New("the cloud does not say what type a desktop is of")
	errNoOrder  = errors.New("the call cannot be read, or is none of an order")
	errNoBefore = errors.New("it was not kept what the desktops were like")
)

// parameters are those of an operation as they are sent, less RegionId: the
// Request of an OrderCall.
type parameters map[string]string

// before is what a desktop was like when its order was planned: the Before of
// an OrderCall holds one for each desktop.
type before struct {
	PoolID    string    `json:"pool_id"`
	ProductID string    `json:"product_id,omitempty"`
	ImageID   string    `json:"image_id,omitempty"`
	SystemGiB *int      `json:"system_gib,omitempty"`
	DataGiB   *int      `json:"data_gib,omitempty"`
	ResetAt   time.Time `json:"reset_at,omitzero"`
}

// calls takes an order apart. Equal targets give equal calls.
func (r *orderer) calls(o pool.Order, t target) ([]pool.OrderCall, error) {
	if len(t.desktops) == 0 {
		return nil, nil
	}
	if o.ChangeImage != nil {
		return []pool.OrderCall{resetCall(o, t.desktops)}, nil
	}
	// A call gives all its desktops one type.
	byType := map[string][]pool.Desktop{}
	for _, d := range t.desktops {
		kind := d.Product.ID
		if o.Resize != nil {
			kind = o.Resize.ProductID
		}
		if kind == "" {
			return nil, r.ecd.fail(pool.BadBody, planOp, errNoType)
		}
		byType[kind] = append(byType[kind], d)
	}
	var calls []pool.OrderCall
	for _, kind := range slices.Sorted(maps.Keys(byType)) {
		for desktops := range slices.Chunk(byType[kind], maxInCall) {
			calls = append(calls, modifyCall(o, kind, t.role(o), desktops))
		}
	}
	return calls, nil
}

// role is that of the disk that o extends; empty if it extends none.
func (t *target) role(o pool.Order) pool.DiskRole {
	if o.ExtendVolume == nil {
		return ""
	}
	return t.disk(o.ExtendVolume.DiskID)
}

// modifyCall is a ModifyDesktopSpec. DesktopType is required, also where only
// a disk is changed; AutoPay is the cloud's true if it is left out.
func modifyCall(o pool.Order, desktopType string, role pool.DiskRole, desktops []pool.Desktop) pool.OrderCall {
	p := parameters{"DesktopType": desktopType, "AutoPay": strconv.FormatBool(o.AutoPay)}
	if o.PromotionPlanID != "" {
		p["PromotionId"] = o.PromotionPlanID
	}
	for i, d := range desktops {
		p[spec(i, "DesktopId")] = d.NativeID
		if role != "" {
			p[spec(i, sizeName(role))] = strconv.Itoa(o.ExtendVolume.NewSizeGiB)
		}
	}
	return orderCall(modifySpec, o.PoolID, desktops, p, 1)
}

// resetCall is a ResetDesktops of the system disk. For a pool it names the
// group: the list of desktops ends at 100.
func resetCall(o pool.Order, desktops []pool.Desktop) pool.OrderCall {
	p := parameters{"ResetType": "1", "ResetScope": "ALL", "ImageId": o.ChangeImage.ImageID}
	if o.PoolID != "" {
		p["DesktopGroupId"], p["PayType"] = o.PoolID, "PrePaid"
	} else {
		for i, d := range desktops {
			p["DesktopId."+strconv.Itoa(i+1)] = d.NativeID
		}
	}
	call := orderCall(resetAll, o.PoolID, desktops, p, 0)
	if o.PoolID != "" {
		call.DesktopIDs = nil
	}
	return call
}

func orderCall(operation, poolID string, desktops []pool.Desktop, p parameters, orders int) pool.OrderCall {
	were := make(map[string]before, len(desktops))
	for _, d := range desktops {
		was := before{PoolID: d.PoolID, ProductID: d.Product.ID, ImageID: d.Image.ID, ResetAt: d.ResetAt}
		for _, disk := range d.Disks {
			switch disk.Role {
			case pool.SystemDisk:
				was.SystemGiB = cmp.Or(was.SystemGiB, disk.SizeGiB)
			case pool.DataDisk:
				was.DataGiB = cmp.Or(was.DataGiB, disk.SizeGiB)
			}
		}
		were[d.NativeID] = was
	}
	return pool.OrderCall{
		Operation: operation, PoolID: poolID, DesktopIDs: nativeIDs(desktops),
		Request: encoded(p), Before: encoded(were), Orders: orders,
	}
}

// encoded is v as JSON with sorted names.
func encoded(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // these types always encode
	}
	return text
}

// read reads a call back, from the ledger perhaps.
func readCall(c pool.OrderCall) (p parameters, were map[string]before, err error) {
	if c.Operation != modifySpec && c.Operation != resetAll || json.Unmarshal(c.Request, &p) != nil || len(p) == 0 {
		return nil, nil, errNoOrder
	}
	if json.Unmarshal(c.Before, &were) != nil || len(were) == 0 {
		return nil, nil, errNoBefore
	}
	return p, were, nil
}

// spec names a parameter of the i-th desktop, counted from 0.
func spec(i int, name string) string { return "ResourceSpecs." + strconv.Itoa(i+1) + "." + name }

func sizeName(role pool.DiskRole) string {
	if role == pool.SystemDisk {
		return "RootDiskSizeGib"
	}
	return "UserDiskSizeGib"
}
