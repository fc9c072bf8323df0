package huaweisim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// allProducts are the products of all pools, and every edition in every size.
// Pools may say different things of one product; then the newest is believed.
func (w *World) allProducts() []productInfo {
	var out []productInfo
	known := map[string]bool{}
	add := func(p productInfo) {
		if !known[p.ProductID] {
			known[p.ProductID] = true
			out = append(out, p)
		}
	}
	for _, p := range w.every() {
		add(p.info.Product)
	}
	for _, edition := range editions() {
		for _, arch := range []string{"x86", "arm"} {
			for _, cpu := range []int{2, 4, 8, 16, 32, 48, 64, 96} {
				add(newProduct(edition, arch, cpu))
			}
		}
	}
	slices.SortFunc(out, func(a, b productInfo) int { return strings.Compare(a.ProductID, b.ProductID) })
	return out
}

// allImages are the images of all pools, and older private ones: more than a page.
func (w *World) allImages() []imageInfo {
	var out []imageInfo
	known := map[string]bool{}
	for _, p := range w.every() {
		if i := p.info; !known[i.ImageID] {
			known[i.ImageID] = true
			m := imageInfo{ID: i.ImageID, ImageType: "private", OSType: i.ImageOSType, Architecture: i.Product.Architecture,
				OSVersion: i.ImageOSVersion, Name: i.ImageName, ProductCode: i.ImageProductCode}
			if m.ProductCode != "" || m.OSType == "Linux" {
				m.ImageType = "gold"
			}
			out = append(out, m)
		}
	}
	for k := range 120 {
		m := imageInfo{ID: uuid(w.seed, 19, uint64(k)), ImageType: "private", Architecture: pick(k, "x86", "x86", "arm"),
			OSType: "Windows", OSVersion: "Windows 11 64bit", Name: fmt.Sprintf("office-%03d", 120-k)}
		if k%4 == 1 {
			m.OSType, m.OSVersion = "Linux", "UOS V20 64bit"
		}
		if k%10 == 7 {
			m.KMSID = uuid(w.seed, 8)
		}
		out = append(out, m)
	}
	for i := range out {
		out[i].DiskFormat, out[i].MinRAM, out[i].MinDisk = "zvhd2", 0, 80
		out[i].CreatedAt = exampleCreated().Add(-time.Duration(i) * 36 * time.Hour).Format(secondsLayout)
	}
	return out
}

// zones are the zones of the region, and those that pools name besides.
func (w *World) zones() []string {
	out := []string{w.region + "a", w.region + "b", w.region + "c"}
	for _, p := range w.every() {
		if zone := p.info.AvailabilityZone; zone != "" && !slices.Contains(out, zone) {
			out = append(out, zone)
		}
	}
	return out
}
