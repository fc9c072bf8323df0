package memory

import (
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// ordering is what a memory cloud can do for money: everything.
func ordering(c *Cloud) *pool.Ordering {
	text := func(name string, required bool) pool.Parameter {
		return pool.Parameter{Name: name, Type: pool.TextParameter, Required: required}
	}
	whole := func(name string, required bool, low, high int) pool.Parameter {
		return pool.Parameter{Name: name, Type: pool.IntegerParameter, Required: required, Min: &low, Max: &high}
	}
	support := func(t pool.OrderType, priced bool, own ...pool.Parameter) pool.OrderSupport {
		return pool.OrderSupport{Type: t, Price: priced, Parameters: append(own,
			text("promotion_plan_id", false), pool.Parameter{Name: "auto_pay", Type: pool.BooleanParameter})}
	}
	message, sharer := text("message", false), text("sub_resource_type", true)
	message.Length, sharer.Allowed = new(400), []string{"DESKTOP_SHARER"}
	o := &pool.Ordering{Orderer: &orderer{c}, Types: []pool.OrderSupport{
		support(pool.AddVolumeOrder, true, text("volume_type", true), whole("volume_size_gib", true, 10, 8200)),
		support(pool.ExtendVolumeOrder, true, text("disk_id", true), whole("new_size_gib", true, 1, 32768)),
		support(pool.ResizeOrder, true, text("product_id", true), pool.Parameter{Name: "stop_running", Type: pool.BooleanParameter}),
		support(pool.ChangeImageOrder, true, text("image_id", false), text("image_spec_code", false), whole("notice_minutes", false, 0, 15), message),
		support(pool.AddSubResourcesOrder, true, text("sku", true)),
		support(pool.DeleteSubResourcesOrder, false, sharer),
	}}
	if c.batch > 0 {
		o.MaxDesktops = maxDesktops
	}
	return o
}

// shapeless finds what makes o no order at all: its type and its one object.
func shapeless(o pool.Order) []pool.Fault {
	given := map[pool.OrderType]bool{
		pool.AddVolumeOrder: o.AddVolume != nil, pool.ExtendVolumeOrder: o.ExtendVolume != nil, pool.ResizeOrder: o.Resize != nil,
		pool.ChangeImageOrder: o.ChangeImage != nil, pool.AddSubResourcesOrder: o.AddSubResources != nil,
		pool.DeleteSubResourcesOrder: o.DeleteSubResources != nil,
	}
	if !given[o.Type] {
		return []pool.Fault{{Pointer: "/type", Code: "INVALID", Detail: "The type is unknown, or its parameters are missing."}}
	}
	if (o.PoolID == "") == (len(o.DesktopIDs) == 0) {
		return []pool.Fault{{Pointer: "/target", Code: "INVALID", Detail: "The target is one pool, or some desktops."}}
	}
	return nil
}

// faults finds what the cloud does not sell. The target exists, and the store is locked.
func (c *Cloud) faults(o pool.Order) []pool.Fault {
	fault := func(pointer, detail string) []pool.Fault {
		return []pool.Fault{{Pointer: pointer, Code: "NOT_ALLOWED", Detail: detail}}
	}
	switch {
	case o.AddVolume != nil && !c.catalogue.hasVolume(o.AddVolume.VolumeType):
		return fault("/add_volume/volume_type", "The cloud has no such type of volume.")
	case o.ExtendVolume != nil && !c.haveDisk(o):
		return fault("/extend_volume/disk_id", "The target has no such disk.")
	case o.Resize != nil:
		p, known := c.catalogue.product(o.Resize.ProductID)
		if !known || p.SaleStatus == pool.SoldOut || p.SaleStatus == pool.Withdrawn {
			return fault("/resize/product_id", "The cloud does not sell such a product.")
		}
	case o.ChangeImage != nil:
		if _, known := c.catalogue.image(*o.ChangeImage); !known {
			return fault("/change_image", "The cloud has no such image.")
		}
	}
	return nil
}

// haveDisk tells whether everything in the target of o has the disk that o names.
func (c *Cloud) haveDisk(o pool.Order) bool {
	for id, s := range c.before(o) {
		if disk(s.Disks, o.ExtendVolume.DiskID, c.template(o, id)) < 0 {
			return false
		}
	}
	return true
}

// exists tells whether the target of o is there. The store is locked.
func (c *Cloud) exists(o pool.Order) bool {
	s := c.reader.store
	return (o.PoolID == "" || s.poolByID[o.PoolID] != nil) &&
		!slices.ContainsFunc(o.DesktopIDs, func(id string) bool { return s.desktopByID[id] == nil })
}
