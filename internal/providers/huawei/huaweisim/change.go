package huaweisim

import (
	"slices"
	"strings"
)

// The types of change orders.
const (
	addVolume          = "ADD_VOLUME"
	extendVolume       = "EXTEND_VOLUME"
	resize             = "RESIZE"
	changeImage        = "CHANGE_IMAGE"
	addSubResources    = "ADD_SUB_RESOURCES"
	deleteSubResources = "DELETE_SUB_RESOURCES"
)

// volumeTypes are the types of disks that are sold here.
func volumeTypes() []string { return []string{"SAS", "SSD", "GPSSD", "SATA", "ESSD"} }

// change is what an order or an inquiry asks for: the parameter object of its type.
type change struct {
	kind       string
	poolID     string
	desktopIDs []string   // at most 100; they win over poolID
	promotion  string     // taken note of, without effect on the price (chosen)
	volume     volumeInfo // the new disk; for EXTEND_VOLUME its ID and its new size
	productID  string
	imageID    string // or imageCode, over which it wins
	imageCode  string
	sku        string

	product productInfo // of productID, once resolved
	image   imageInfo   // of imageID or imageCode, once resolved
}

// readOrder reads the body of CreateDesktopPoolChangeOrder: a type, and of the six objects the one that belongs to it.
func readOrder(body []byte) (change, *failure) {
	f := readFields(body)
	f.need("type")
	kinds := []string{addVolume, extendVolume, resize, changeImage, addSubResources, deleteSubResources}
	kind := f.word("type", kinds...)
	f.text("agency_urn", 1500)
	if f.fault != nil {
		return change{}, f.fault
	}
	for _, other := range kinds {
		if other != kind && f.has(parameter(other)) {
			f.wrong(parameter(other), "does not belong to "+kind)
		}
	}
	in := f.object(parameter(kind))
	if f.fault != nil {
		return change{}, f.fault
	}
	c := in.change(kind)
	return c, in.fault
}

// parameter is the name of the object that belongs to a type.
func parameter(kind string) string { return strings.ToLower(kind) + "_param" }

// change reads a parameter object. The bounds are those of the documents.
func (f *fields) change(kind string) change {
	c := change{kind: kind, poolID: f.text("desktop_pool_id", 64), desktopIDs: f.list("desktop_ids", 100), promotion: f.text("promotion_plan_id", 255)}
	f.word("handle_type", "ONLY_FOR_EXPAND", "FOR_EXPAND_AND_IDLE", "FOR_EXPAND_AND_ALL") // without effect (chosen)
	if c.poolID == "" && len(c.desktopIDs) == 0 {
		f.wrong("desktop_pool_id", "and desktop_ids must not both be empty")
	}
	switch kind {
	case addVolume:
		f.need("volume_type")
		f.need("volume_size")
		c.volume = volumeInfo{Type: f.word("volume_type", volumeTypes()...), Size: f.number("volume_size", 10, 8200),
			IOPS: f.number("iops", 0, 16380000), Throughput: f.number("throughput", 0, 4095000), KMSID: f.text("kms_id", 255)}
		c.volume.ResourceSpecCode = volumeSpec(c.volume.Type)
	case extendVolume:
		f.need("desktop_pool_disk_id")
		f.need("new_size")
		c.volume = volumeInfo{ID: f.text("desktop_pool_disk_id", 255), Size: f.number("new_size", 10, 8200)}
	case resize:
		f.need("product_id")
		c.productID = f.text("product_id", 255)
		f.word("mode", "STOP_DESKTOP") // without it too, desktops that run are resized (chosen)
	case changeImage:
		f.changeImage(&c)
	case addSubResources:
		f.need("sub_resource_sku")
		c.sku = f.text("sub_resource_sku", 255)
	case deleteSubResources:
		f.need("sub_resource_type")
		f.word("sub_resource_type", "DESKTOP_SHARER")
	}
	return c
}

func (f *fields) changeImage(c *change) {
	c.imageID, c.imageCode = f.text("image_id", 255), f.text("image_spec_code", 255)
	if c.imageID == "" && c.imageCode == "" {
		f.wrong("image_id", "and image_spec_code must not both be empty")
	}
	f.word("image_type", "private", "gold")
	f.number("delay_time", 0, 15)
	f.text("message", 400)
	if f.word("encrypt_type", "KEEP", "UNENCRYPTED", "ENCRYPTED") == "ENCRYPTED" {
		f.need("kms_id")
	}
	f.text("kms_id", 255)
}

// target is what a change is for: a whole pool, or one desktop.
type target struct {
	pool *desktopPool
	i    int // of the desktop; -1: the whole pool
}

// template is what the target is now.
func (t target) template() *poolInfo {
	if t.i < 0 {
		return &t.pool.info
	}
	return desktop(t).template()
}

// desktops is how many yearly/monthly desktops the change is for.
func (t target) desktops() int {
	if t.i < 0 {
		return t.pool.size - t.pool.tally.onDemand
	}
	return 1
}

// resolve finds what a change names, and holds the change against it.
func (s *Sim) resolve(c *change, w *World) ([]target, *failure) {
	if err := c.lookUp(w); err != nil {
		return nil, err
	}
	targets, err := s.targets(*c, w)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if t.i < 0 && t.pool.info.ChargingMode != "0" || t.i >= 0 && desktop(t).onDemand() {
			return nil, invalid("only what is billed yearly/monthly can be changed by an order")
		}
		if err := c.fits(t); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// lookUp finds the product or the image in the catalogue.
func (c *change) lookUp(w *World) *failure {
	switch c.kind {
	case resize:
		i := slices.IndexFunc(w.products, func(p productInfo) bool { return p.ProductID == c.productID })
		if i < 0 {
			return invalid("the product does not exist")
		}
		c.product = w.products[i]
	case changeImage:
		i := slices.IndexFunc(w.images, func(m imageInfo) bool {
			return m.ID == c.imageID || c.imageID == "" && m.ProductCode == c.imageCode
		})
		if i < 0 {
			return invalid("the image does not exist")
		}
		c.image = w.images[i]
	}
	return nil
}

func (s *Sim) targets(c change, w *World) ([]target, *failure) {
	if len(c.desktopIDs) == 0 {
		p, ok := w.pool(c.poolID)
		if !ok {
			return nil, noPool(!s.cfg.PoolDesktops400)
		}
		return []target{{p, -1}}, nil
	}
	var out []target
	for _, id := range c.desktopIDs {
		d, ok := w.desktop(id)
		if !ok {
			return nil, notFound("The desktop does not exist.")
		}
		out = append(out, target(d))
	}
	if slices.ContainsFunc(out, func(t target) bool { return t.pool.ordinary != out[0].pool.ordinary }) {
		return nil, invalid("common and pooled desktops cannot be changed together")
	}
	return out, nil
}

// fits holds the disks of a target against the change.
func (c *change) fits(t target) *failure {
	now := t.template()
	switch c.kind {
	case addVolume:
		if len(now.DataVolumes) >= 10 {
			return invalid("there are ten data disks already")
		}
	case extendVolume:
		i := slices.IndexFunc(now.volumes(), func(v *volumeInfo) bool { return v.ID == c.volume.ID })
		if i < 0 {
			return invalid("the disk does not exist")
		}
		if now.volumes()[i].Size >= c.volume.Size {
			return invalid("the parameter new_size must be larger than the disk")
		}
	}
	return nil
}

// conflict refuses what is for a pool that is being changed.
func (c *change) conflict(targets []target) *failure {
	for _, t := range targets {
		if t.pool.status() == "TEMPORARY" && !t.pool.ordinary {
			return &failure{409, "WKS.00010032", "Operation conflict. The desktop current instance status is [TEMPORARY] and deny operation [" +
				c.kind + "], resource id [" + t.pool.info.ID + "]."}
		}
	}
	return nil
}
