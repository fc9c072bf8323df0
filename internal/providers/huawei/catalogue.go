package huawei

import (
	"context"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// The bounds of the catalogue's listings. That of images is not documented.
const (
	cataloguePage     = 100
	maxProductsOffset = 5_000
	maxImagesOffset   = 10_000
)

// catalogue reads what can be ordered. It keeps no answers.
type catalogue struct{ *reader }

// Products lists products by offset, GET /products, then the types of volumes, GET /volume/products.
func (c *catalogue) Products(ctx context.Context) (pool.Answer[[]pool.Offer], error) {
	result := pool.Answer[[]pool.Offer]{Value: []pool.Offer{}, AsOf: c.now()}
	parts, err := productListing().read(ctx, c.c, c.drift, func(row productRow, a answer) {
		result.Value = append(result.Value, row.offer(a, c.drift))
	})
	if err != nil {
		return pool.Answer[[]pool.Offer]{}, err
	}
	k := call{op: "list volume types", operation: "ListVolumeProductInfo", path: "/volume/products"}
	var said volumeProducts
	a, err := c.c.get(ctx, k, &said, c.drift)
	switch {
	case err != nil:
		return pool.Answer[[]pool.Offer]{}, err
	case said.Rows == nil:
		return pool.Answer[[]pool.Offer]{}, c.c.badBody(k, a, errNoRows)
	}
	for _, row := range said.Rows {
		result.Value = append(result.Value, row.offer(a, c.drift))
	}
	result.Parts = slices.Concat(parts, []pool.Part{a.envelope("volumes")})
	return result, nil
}

func productListing() listing[productList, productRow] {
	return listing[productList, productRow]{
		call:   call{op: "list products", operation: "ListProducts", path: "/products"},
		key:    "products",
		limit:  cataloguePage,
		most:   maxProductsOffset,
		beyond: "Huawei Cloud does not list products past the 5,000th.",
		page:   func(p productList) ([]productRow, *int) { return p.Rows, p.Total },
		id:     func(p productRow) string { return p.ID },
	}
}

// Images lists images of every kind: GET /images, by offset.
func (c *catalogue) Images(ctx context.Context) (pool.Answer[[]pool.ImageOffer], error) {
	result := pool.Answer[[]pool.ImageOffer]{Value: []pool.ImageOffer{}, AsOf: c.now()}
	parts, err := imageListing().read(ctx, c.c, c.drift, func(row imageRow, a answer) {
		result.Value = append(result.Value, row.offer(a, c.drift))
	})
	if err != nil {
		return pool.Answer[[]pool.ImageOffer]{}, err
	}
	result.Parts = parts
	return result, nil
}

func imageListing() listing[imageList, imageRow] {
	return listing[imageList, imageRow]{
		call:   call{op: "list images", operation: "ListImages", path: "/images"},
		key:    "images",
		limit:  cataloguePage,
		most:   maxImagesOffset,
		beyond: "Images past the 10,000th are not listed.",
		page:   func(p imageList) ([]imageRow, *int) { return p.Rows, p.Total },
		id:     func(i imageRow) string { return i.ID },
	}
}

// offer makes an Offer of a product, whose only name is its description.
func (p productRow) offer(a answer, drift *pool.Drift) pool.Offer {
	return pool.Offer{
		Kind:          pool.DesktopOffer,
		Product:       p.product.product(drift),
		Name:          p.Descriptions,
		SystemDiskGiB: p.SystemDiskGB,
		DataDiskGiB:   p.DataDiskGB,
		Native:        []pool.Part{a.part(p.Raw)},
	}
}

func (v volumeProduct) offer(a answer, drift *pool.Drift) pool.Offer {
	return pool.Offer{
		Kind:    pool.VolumeOffer,
		Product: pool.Product{ID: v.Type, SaleStatus: saleStates.of(v.Status, drift)},
		Name:    v.Type,
		Native:  []pool.Part{a.part(v.Raw)},
	}
}

func (i imageRow) offer(a answer, drift *pool.Drift) pool.ImageOffer {
	return pool.ImageOffer{
		Image: pool.Image{
			ID:          i.ID,
			Name:        i.Name,
			OSType:      osTypes.of(i.OSType, drift),
			OSVersion:   i.OSVersion,
			ProductCode: i.ProductCode,
		},
		Kind:      i.Kind,
		SizeGiB:   i.MinDiskGB,
		CreatedAt: i.Created,
		Native:    []pool.Part{a.part(i.Raw)},
	}
}
