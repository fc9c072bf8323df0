package huaweisim

import (
	"slices"
	"strings"
)

// listProducts answers GET /products, by id. Every product is sold both ways:
// charge_mode says how it is asked about, yearly/monthly without it (chosen).
// With product_id, the others of its architecture are what it can be resized to (chosen).
func (s *Sim) listProducts(c *call) (reply, *failure) {
	q := query{values: c.query}
	from, zone, os := q.text("product_id"), q.text("availability_zone"), q.word("os_type", "Windows", "Linux")
	charge, arch := q.word("charge_mode", "0", "1"), q.word("architecture", "arm", "x86")
	edition := q.word("package_type", editions()...)
	offset, limit := q.number("offset", 0, 5000), q.number("limit", 100, 100)
	if q.fault != nil {
		return reply{}, q.fault
	}
	var rows []productRow
	for _, p := range c.world.products {
		if is(arch, p.Architecture) && is(edition, p.PackageType) && c.world.resizable(from, p) && (zone == "" || slices.Contains(c.world.zones(), zone)) {
			p.ChargeMode = "0"
			if charge != "" {
				p.ChargeMode = charge
			}
			rows = append(rows, newProductRow(p))
		}
	}
	body := map[string]any{"products": part(rows, offset, limit), "total_count": len(rows)}
	for name, value := range map[string]string{"os_type": os, "availability_zone": zone} { // said if asked
		if value != "" {
			body[name] = value
		}
	}
	return reply{body: body}, nil
}

// resizable is true if desktops of the product from, if one is given, can be resized to p.
func (w *World) resizable(from string, p productInfo) bool {
	i := slices.IndexFunc(w.products, func(p productInfo) bool { return p.ProductID == from })
	return from == "" || i >= 0 && p.ProductID != from && p.Architecture == w.products[i].Architecture
}

func newProductRow(p productInfo) productRow {
	row := productRow{productInfo: p, CPUDesc: p.CPU + " vCPUs", ShareSpaceSize: 5,
		ProductDesc: map[string]string{"en_us": p.Descriptions, "zh_cn": p.Descriptions},
		Name:        map[string]string{"en_us": p.PackageType + " " + p.CPU, "zh_cn": p.PackageType + " " + p.CPU}}
	if p.GPUDesc != "" {
		row.VRAM = "16"
	}
	if p.ContainDataDisk {
		row.DataDiskSize = "50"
	}
	return row
}

// part is a page of a list, never nil.
func part[T any](rows []T, offset, limit int) []T {
	start := min(offset, len(rows))
	return append([]T{}, rows[start:min(start+limit, len(rows))]...)
}

// listImages answers GET /images, newest first unless a sort_field is given (chosen). package_type is without effect (chosen).
func (s *Sim) listImages(c *call) (reply, *failure) {
	q := query{values: c.query}
	os, platform, kind := q.text("os_type"), q.text("platform"), q.word("image_type", "gold", "private")
	arch, id := q.word("architecture", "arm", "x86"), q.text("image_id")
	field, order := q.word("sort_field", "name", "created_at"), q.word("sort_type", "asc", "desc")
	offset, limit := q.number("offset", 0, maxOffset), q.number("limit", 100, 100)
	if q.fault != nil {
		return reply{}, q.fault
	}
	var rows []imageInfo
	for _, m := range c.world.images {
		if is(os, m.OSType) && is(platform, m.OSType) && is(kind, m.ImageType) && is(arch, m.Architecture) && is(id, m.ID) {
			rows = append(rows, m)
		}
	}
	if field != "" {
		slices.SortStableFunc(rows, func(a, b imageInfo) int {
			diff := strings.Compare(a.CreatedAt, b.CreatedAt)
			if field == "name" {
				diff = strings.Compare(a.Name, b.Name)
			}
			if order == "desc" {
				diff = -diff
			}
			return diff
		})
	}
	return reply{body: map[string]any{"images": part(rows, offset, limit), "total_count": len(rows)}}, nil
}

// listZones answers GET /availability-zones.
func (s *Sim) listZones(c *call) (reply, *failure) {
	soldOut := soldOutInfo{Products: []string{}}
	for _, p := range c.world.products {
		if p.Status == "sellout" {
			soldOut.Products = append(soldOut.Products, p.ProductID)
		}
	}
	var rows []zoneInfo
	for i, zone := range c.world.zones() {
		name := "AZ" + strings.ToUpper(zone[len(zone)-1:])
		rows = append(rows, zoneInfo{AvailabilityZone: zone, DisplayName: name, I18n: map[string]string{"en_us": name, "zh_cn": name},
			SoldOut: soldOut, ProductIDs: []string{}, Visible: true, Default: i == 0})
	}
	return reply{body: map[string]any{"availability_zones": rows, "total_count": len(rows)}}, nil
}

// listVolumeProducts answers GET /volume/products. volume_type may hold commas.
func (s *Sim) listVolumeProducts(c *call) (reply, *failure) {
	q := query{values: c.query}
	types, zone := q.words("volume_type", q.commas("volume_type"), volumeTypes()...), q.text("availability_zone")
	if q.fault != nil {
		return reply{}, q.fault
	}
	rows := []volumeProduct{}
	for _, kind := range volumeTypes() {
		if !among(types, kind) || zone != "" && !slices.Contains(c.world.zones(), zone) {
			continue
		}
		v := volumeProduct{ResourceSpecCode: volumeSpec(kind), VolumeType: kind, VolumeProductType: "workspace",
			ResourceType: "hws.resource.type.volume", CloudServiceType: serviceType, Status: "normal",
			Name: []i18nText{{"en_us", kind}, {"zh_cn", kind}}}
		if kind == "GPSSD" || kind == "ESSD" {
			v.IOPS, v.Throughput = &iopsRange{3000, 128000, 500}, &throughputRange{125, 1000, 25}
		}
		rows = append(rows, v)
	}
	return reply{body: map[string]any{"volumes": rows}}, nil
}
