package huawei

import (
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// state is the target of an order at one time: a pool as a whole, or each of
// the desktops. It is kept with the order.
type state struct {
	Things []thing `json:"things"`
}

// thing is a pool or a desktop, as far as orders change it.
type thing struct {
	ID        string `json:"id"`
	ProductID string `json:"product_id,omitempty"`
	ImageID   string `json:"image_id,omitempty"`
	ImageCode string `json:"image_code,omitempty"`
	Disks     []disk `json:"disks"`
}

type disk struct {
	ID      string `json:"id"` // of the pool's template
	Type    string `json:"type"`
	SizeGiB *int   `json:"size_gib"`
}

func before(p pool.Plan) state {
	if len(p.Desktops) > 0 {
		return desktopsState(p.Desktops)
	}
	return poolState(p.Pools[0])
}

func poolState(p pool.Pool) state {
	return state{[]thing{newThing(p.NativeID, p.Product, p.Image, p.Disks)}}
}

func desktopsState(desktops []pool.Desktop) state {
	var s state
	for _, d := range desktops {
		s.Things = append(s.Things, newThing(d.NativeID, d.Product, d.Image, d.Disks))
	}
	return s
}

func newThing(id string, p pool.Product, i pool.Image, disks []pool.Disk) thing {
	t := thing{ID: id, ProductID: p.ID, ImageID: i.ID, ImageCode: i.ProductCode}
	for _, d := range disks {
		t.Disks = append(t.Disks, disk{ID: d.ID, Type: d.NativeType, SizeGiB: d.SizeGiB})
	}
	return t
}

// shows tells whether all of the target shows the change, or none of it; nil:
// only some does, partly, or it cannot be seen. An order that is not paid for changes nothing yet.
func (s state) shows(o pool.Order, now state) (all *bool, partly bool) {
	shown, hidden := 0, 0
	for _, was := range s.Things {
		is := slices.IndexFunc(now.Things, func(t thing) bool { return t.ID == was.ID })
		if is < 0 {
			continue
		}
		switch one := was.shows(o, now.Things[is]); {
		case one == nil:
		case *one:
			shown++
		default:
			hidden++
		}
	}
	switch len(s.Things) {
	case 0:
	case shown:
		return new(true), false
	case hidden:
		return new(false), false
	}
	return nil, shown > 0
}

func (t thing) shows(o pool.Order, now thing) *bool {
	switch {
	case o.Resize != nil:
		return became(t.ProductID, now.ProductID, o.Resize.ProductID)
	case o.ChangeImage != nil && o.ChangeImage.ImageID != "":
		return became(t.ImageID, now.ImageID, o.ChangeImage.ImageID)
	case o.ChangeImage != nil:
		return became(t.ImageCode, now.ImageCode, o.ChangeImage.ImageSpecCode)
	case o.AddVolume != nil && t.Disks != nil && now.Disks != nil:
		more := now.count(*o.AddVolume) > t.count(*o.AddVolume)
		return &more
	case o.ExtendVolume != nil:
		return t.extended(*o.ExtendVolume, now)
	}
	return nil // what goes with a desktop is not seen
}

// became tells whether a word changed to want; nil if it was so before, or one is not known.
func became(was, is, want string) *bool {
	if was == "" || is == "" || was == want {
		return nil
	}
	changed := is == want
	return &changed
}

// count counts the disks that are like the one that was ordered.
func (t thing) count(v pool.AddVolume) int {
	n := 0
	for _, d := range t.Disks {
		if d.Type == v.VolumeType && d.SizeGiB != nil && *d.SizeGiB == v.VolumeSizeGiB {
			n++
		}
	}
	return n
}

// extended tells whether a disk that was smaller has the size that was ordered, or more by now.
func (t thing) extended(v pool.ExtendVolume, now thing) *bool {
	was, is := t.size(v.DiskID), now.size(v.DiskID)
	if was == nil || is == nil || *was >= v.NewSizeGiB {
		return nil
	}
	grown := *is >= v.NewSizeGiB
	return &grown
}

// size is that of a disk; nil if it is not known.
func (t thing) size(id string) *int {
	for _, d := range t.Disks {
		if d.ID == id {
			return d.SizeGiB
		}
	}
	return nil
}
