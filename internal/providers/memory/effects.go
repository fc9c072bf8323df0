package memory

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// shape is what orders change of a pool or desktop.
type shape struct {
	Product pool.Product
	Image   pool.Image
	Disks   []pool.Disk
}

func shapeOf(p pool.Pool) shape           { return shape{p.Product, p.Image, p.Disks} }
func shapeOfDesktop(d pool.Desktop) shape { return shape{d.Product, d.Image, d.Disks} }

// after is the shape once o has taken effect; template are the pool's disks,
// by whose ids orders name those of its desktops.
func (s shape) after(o pool.Order, template []pool.Disk, c *catalogue) shape {
	switch {
	case o.AddVolume != nil:
		s.Disks = append(slices.Clone(s.Disks), pool.Disk{
			ID: fmt.Sprintf("added-%d", len(s.Disks)), Role: pool.DataDisk, Class: pool.DiskUnknown,
			NativeType: o.AddVolume.VolumeType, SizeGiB: new(o.AddVolume.VolumeSizeGiB),
		})
	case o.ExtendVolume != nil:
		if i := disk(s.Disks, o.ExtendVolume.DiskID, template); i >= 0 {
			s.Disks = slices.Clone(s.Disks)
			s.Disks[i].SizeGiB = new(o.ExtendVolume.NewSizeGiB)
		}
	case o.Resize != nil:
		s.Product, _ = c.product(o.Resize.ProductID)
	case o.ChangeImage != nil:
		s.Image, _ = c.image(*o.ChangeImage)
	}
	return s
}

// disk is the index of the disk of that id, or of the one in the role that the
// template's disk of that id has; -1: there is none.
func disk(disks []pool.Disk, id string, template []pool.Disk) int {
	if i := slices.IndexFunc(disks, func(d pool.Disk) bool { return d.ID == id }); i >= 0 {
		return i
	}
	t := slices.IndexFunc(template, func(d pool.Disk) bool { return d.ID == id })
	if t < 0 {
		return -1
	}
	return slices.IndexFunc(disks, func(d pool.Disk) bool { return d.Role == template[t].Role })
}

func (s shape) equal(other shape) bool { return bytes.Equal(encode(s), encode(other)) }

// take lets an order take effect. The store is locked.
func (c *Cloud) take(o pool.Order) {
	s := c.reader.store
	desktops := s.named(o)
	if o.PoolID != "" {
		p := s.poolByID[o.PoolID]
		changed := shapeOf(p.Pool).after(o, p.Disks, c.catalogue)
		desktops = p.live()
		defer func() { p.Product, p.Image, p.Disks = changed.Product, changed.Image, changed.Disks }()
	}
	for _, d := range desktops {
		changed := shapeOfDesktop(*d).after(o, s.poolByID[d.PoolID].Disks, c.catalogue)
		d.Product, d.Image, d.Disks = changed.Product, changed.Image, changed.Disks
	}
}

// before is what the target of o is like: the pool that goes as a whole, or
// each desktop, by id. The store is locked.
func (c *Cloud) before(o pool.Order) map[string]shape {
	shapes := map[string]shape{}
	if o.PoolID != "" {
		shapes[o.PoolID] = shapeOf(c.reader.store.poolByID[o.PoolID].Pool)
	}
	for _, d := range c.reader.store.named(o) {
		shapes[d.NativeID] = shapeOfDesktop(*d)
	}
	return shapes
}

// changed tells whether the target of o shows its effect, all of it or none;
// nil: some, or it would look the same. The store is locked.
func (c *Cloud) changed(o pool.Order, before map[string]shape) *bool {
	all, none := true, true
	for id, is := range c.before(o) {
		was := before[id]
		want := was.after(o, c.template(o, id), c.catalogue)
		if want.equal(was) {
			return nil
		}
		all = all && is.equal(want)
		none = none && is.equal(was)
	}
	if all == none {
		return nil
	}
	return &all
}

// template are the disks of the pool that id is, or is in.
func (c *Cloud) template(o pool.Order, id string) []pool.Disk {
	if o.PoolID == "" {
		id = c.reader.store.desktopByID[id].PoolID
	}
	return c.reader.store.poolByID[id].Disks
}
