package huaweisim

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

type productList struct {
	Total    int          `json:"total_count"`
	Products []productRow `json:"products"`
	OSType   string       `json:"os_type"`
	Zone     string       `json:"availability_zone"`
}

type imageList struct {
	Total  int         `json:"total_count"`
	Images []imageInfo `json:"images"`
}

// allPages reads a list to its end.
func allPages[T any](c *testCloud, target string, page func(target string) ([]T, int)) []T {
	c.t.Helper()
	var all []T
	for {
		rows, total := page(fmt.Sprintf("%s&offset=%d", target, len(all)))
		all = append(all, rows...)
		if len(rows) == 0 {
			if len(all) != total || total <= 100 {
				c.t.Errorf("%s: %d rows, total_count %d, want more than a page", target, len(all), total)
			}
			return all
		}
	}
}

func (c *testCloud) products() []productRow {
	return allPages(c, v2+"/products?limit=100", func(target string) ([]productRow, int) {
		l := read[productList](c, target)
		return l.Products, l.Total
	})
}

func (c *testCloud) images() []imageInfo {
	return allPages(c, v2+"/images?limit=100", func(target string) ([]imageInfo, int) {
		l := read[imageList](c, target)
		return l.Images, l.Total
	})
}

// Every pool's product, image, disks and zone can be ordered.
func TestCatalogueHasThePools(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.World = NewWorld(5, WorldOptions{Pools: 60, Desktops: 600, Region: testRegion}) })
	products, images := map[string]productRow{}, map[string]imageInfo{}
	for _, p := range c.products() {
		products[p.ProductID] = p
	}
	for _, m := range c.images() {
		images[m.ID] = m
	}
	if len(products) != len(c.products()) || len(images) != len(c.images()) {
		t.Error("an id is listed twice")
	}
	zones := read[struct {
		Zones []zoneInfo `json:"availability_zones"`
		Total int        `json:"total_count"`
	}](c, v2+"/availability-zones")
	volumes := read[struct{ Volumes []volumeProduct }](c, v2+"/volume/products").Volumes
	if len(zones.Zones) != zones.Total || zones.Total != 4 || !zones.Zones[0].Default || !zones.Zones[0].Visible || len(zones.Zones[0].SoldOut.Products) == 0 {
		t.Errorf("zones = %+v", zones)
	}
	for _, row := range read[poolList](c, v2+"/desktop-pools").Rows {
		p := read[poolInfo](c, v2+"/desktop-pools/"+row.ID)
		if got := products[p.Product.ProductID]; got.CPU != p.Product.CPU || got.Memory != p.Product.Memory || got.Architecture != p.Product.Architecture {
			t.Errorf("%s: its product is listed as %+v", p.Name, got)
		}
		if got := images[p.ImageID]; got.Name != p.ImageName || got.OSType != p.ImageOSType || got.OSVersion != p.ImageOSVersion || got.ProductCode != p.ImageProductCode {
			t.Errorf("%s: its image is listed as %+v", p.Name, got)
		}
		for _, v := range append(p.DataVolumes, p.RootVolume) {
			if !slices.ContainsFunc(volumes, func(o volumeProduct) bool { return o.VolumeType == v.Type }) {
				t.Errorf("%s: a disk of type %s is not sold", p.Name, v.Type)
			}
		}
		if !slices.ContainsFunc(zones.Zones, func(z zoneInfo) bool { return z.AvailabilityZone == p.AvailabilityZone || p.AvailabilityZone == "" }) {
			t.Errorf("%s: zone %s is not listed", p.Name, p.AvailabilityZone)
		}
	}
	if !slices.IsSortedFunc(c.products(), func(a, b productRow) int { return strings.Compare(a.ProductID, b.ProductID) }) {
		t.Error("products are not in the order of their ids")
	}
}

func TestProductFilters(t *testing.T) {
	c := start(t, nil)
	all := c.products()
	tests := []struct {
		query string
		match func(productRow) bool
	}{
		{"architecture=arm", func(p productRow) bool { return p.Architecture == "arm" }},
		{"package_type=workstation", func(p productRow) bool {
			return p.PackageType == "workstation" && p.IsGPU != nil && *p.IsGPU && p.VRAM != ""
		}},
		{"product_id=workspace.arm.agile.large8", func(p productRow) bool {
			return p.Architecture == "arm" && p.ProductID != "workspace.arm.agile.large8"
		}},
		{"product_id=none", func(productRow) bool { return false }},
		{"availability_zone=none", func(productRow) bool { return false }},
		{"availability_zone=cn-north-4b&architecture=arm", func(p productRow) bool { return p.Architecture == "arm" }},
	}
	for _, tt := range tests {
		var want []productRow
		for _, p := range all {
			if tt.match(p) {
				want = append(want, p)
			}
		}
		got := read[productList](c, v2+"/products?"+tt.query)
		if got.Total != len(want) || got.Products == nil || !reflect.DeepEqual(want[:min(len(want), 100)], append([]productRow(nil), got.Products...)) {
			t.Errorf("%s: %d products, want %d", tt.query, got.Total, len(want))
		}
	}
	for charge, want := range map[string]string{"": "0", "0": "0", "1": "1"} {
		got := read[productList](c, v2+"/products?limit=1&os_type=Linux&availability_zone=cn-north-4a&charge_mode="+charge)
		if got.Products[0].ChargeMode != want || got.OSType != "Linux" || got.Zone != "cn-north-4a" || got.Total != len(all) {
			t.Errorf("charge_mode %q: %+v", charge, got)
		}
	}
	if strings.Contains(string(c.get(v2+"/products").body), "flavor_id") {
		t.Error("flavor_id is not said any more")
	}
}

func TestImageFilters(t *testing.T) {
	c := start(t, nil)
	all := c.images()
	for query, match := range map[string]func(imageInfo) bool{
		"os_type=Linux":                     func(m imageInfo) bool { return m.OSType == "Linux" },
		"platform=Windows&architecture=arm": func(m imageInfo) bool { return m.OSType == "Windows" && m.Architecture == "arm" },
		"image_type=gold":                   func(m imageInfo) bool { return m.ImageType == "gold" },
		"image_id=" + all[7].ID:             func(m imageInfo) bool { return m.ID == all[7].ID },
		"image_id=none":                     func(imageInfo) bool { return false },
	} {
		want := 0
		for _, m := range all {
			if match(m) {
				want++
			}
		}
		got := read[imageList](c, v2+"/images?"+query)
		if got.Total != want || got.Images == nil || slices.ContainsFunc(got.Images, func(m imageInfo) bool { return !match(m) }) {
			t.Errorf("%s: %d images, want %d", query, got.Total, want)
		}
	}
	byName := func(a, b imageInfo) int { return strings.Compare(a.Name, b.Name) }
	byTime := func(a, b imageInfo) int { return strings.Compare(a.CreatedAt, b.CreatedAt) }
	down := func(c func(a, b imageInfo) int) func(a, b imageInfo) int {
		return func(a, b imageInfo) int { return c(b, a) }
	}
	for query, order := range map[string]func(a, b imageInfo) int{
		"": down(byTime), "sort_field=name": byName, "sort_field=name&sort_type=desc": down(byName), "sort_field=created_at&sort_type=asc": byTime,
	} {
		if got := read[imageList](c, v2+"/images?"+query).Images; !slices.IsSortedFunc(got, order) || len(got) != 100 {
			t.Errorf("%q: %d images in another order", query, len(got))
		}
	}
}

func TestVolumeProducts(t *testing.T) {
	c := start(t, nil)
	for query, want := range map[string]string{"": "SAS SSD GPSSD SATA ESSD", "volume_type=SAS,SSD": "SAS SSD", "volume_type=ESSD&availability_zone=cn-north-4a": "ESSD", "availability_zone=none": ""} {
		var got []string
		for _, v := range read[struct{ Volumes []volumeProduct }](c, v2+"/volume/products?"+query).Volumes {
			got = append(got, v.VolumeType)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
	}
}

func TestInvalidCatalogueParameters(t *testing.T) {
	c := start(t, nil)
	for _, target := range []string{"/products?limit=101", "/products?offset=5001", "/products?os_type=linux", "/products?charge_mode=2", "/products?architecture=mips",
		"/products?package_type=x", "/images?limit=101", "/images?image_type=x", "/images?sort_field=id", "/images?sort_type=ASC", "/volume/products?volume_type=HDD"} {
		if got := c.get(v2 + target).code(); !strings.HasPrefix(got, "400 WKS.0001 Invalid request: the parameter ") {
			t.Errorf("%s: %q", target, got)
		}
	}
}
