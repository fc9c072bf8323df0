package huaweisim

import (
	"maps"
	"slices"
)

// at is the pool of an index; that behind the last are the desktops in none.
func (w *World) at(index int) *desktopPool {
	if index == len(w.pools) {
		return w.ordinary
	}
	return w.pools[index]
}

// with is a world in which p stands in the place of the pool of its index. It shares all others.
func (w *World) with(p desktopPool) *World {
	next := *w
	if p.ordinary {
		next.ordinary = &p
	} else {
		next.pools = slices.Clone(w.pools)
		next.pools[p.index] = &p
	}
	return &next
}

// working is a world in which more jobs, or fewer, run for a pool.
func (w *World) working(index, more int) *World {
	p := *w.at(index)
	p.jobs += more
	return w.with(p)
}

// after is a world after an order has been carried out. A pool changes with all
// its desktops, those too that were changed apart from it.
func (w *World) after(o *order) *World {
	p := *w.at(o.pool)
	own := maps.Clone(p.own)
	if o.desktop >= 0 {
		if own == nil {
			own = map[int]*poolInfo{}
		}
		changed := o.change.of(desktop{&p, o.desktop}.template(), o.ID)
		own[o.desktop] = &changed
	} else {
		p.info = o.change.of(&p.info, o.ID)
		for i, t := range own {
			changed := o.change.of(t, o.ID)
			own[i] = &changed
		}
	}
	p.own = own
	return w.with(p)
}

// of is a template after the change. A new disk has an id that follows from the order's.
func (c *change) of(before *poolInfo, orderID string) poolInfo {
	p := *before
	switch c.kind {
	case addVolume:
		v := c.volume
		v.ID = uuid(16, mixText(orderID))
		p.DataVolumes = append(slices.Clone(p.DataVolumes), v)
	case extendVolume:
		p.DataVolumes = slices.Clone(p.DataVolumes)
		for _, v := range p.volumes() {
			if v.ID == c.volume.ID {
				v.Size = max(v.Size, c.volume.Size)
			}
		}
	case resize:
		charge := p.Product.ChargeMode
		p.Product = c.product
		p.Product.ChargeMode = charge
	case changeImage:
		m := c.image
		p.ImageID, p.ImageName, p.ImageOSType, p.ImageOSVersion, p.ImageOSPlatform = m.ID, m.Name, m.OSType, m.OSVersion, m.OSType
		p.ImageProductCode, p.ImageCloudServiceType, p.ImageResourceType = m.ProductCode, "", ""
		if m.ProductCode != "" {
			p.ImageCloudServiceType, p.ImageResourceType = marketService, marketResource
		}
	case addSubResources:
		p.ShareSKU = &c.sku
	case deleteSubResources:
		p.ShareSKU = new(string)
	}
	return p
}
