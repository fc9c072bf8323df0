package memory

import (
	"context"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// catalogue is what can be ordered: a few things that every memory cloud has,
// and what its pools have. It never changes.
type catalogue struct {
	r      *reader
	offers []pool.Offer
	images []pool.ImageOffer
}

func newCatalogue(r *reader, pools []Pool) *catalogue {
	c := &catalogue{r: r}
	for i, name := range []string{"small", "medium", "large"} {
		c.addProduct(pool.Product{ID: name, CPU: new(2 << i), MemoryMiB: new(4096 << i), BillingMode: pool.Prepaid, SaleStatus: pool.OnSale})
	}
	c.addVolume("slow")
	c.addVolume("fast")
	c.addImage(pool.Image{ID: "plain-windows", Name: "Plain Windows", OSType: pool.Windows, ProductCode: "windows"})
	c.addImage(pool.Image{ID: "plain-linux", Name: "Plain Linux", OSType: pool.Linux, ProductCode: "linux"})
	for _, p := range pools {
		c.addProduct(p.Product)
		c.addImage(p.Image)
		for _, d := range p.Disks {
			c.addVolume(d.NativeType)
		}
	}
	return c
}

func (c *catalogue) addProduct(p pool.Product) {
	if _, known := c.product(p.ID); p.ID != "" && !known {
		c.offers = append(c.offers, pool.Offer{Kind: pool.DesktopOffer, Product: p, Name: p.ID})
	}
}

func (c *catalogue) addVolume(volumeType string) {
	if volumeType != "" && !c.hasVolume(volumeType) {
		c.offers = append(c.offers, pool.Offer{Kind: pool.VolumeOffer, Product: pool.Product{ID: volumeType}, Name: volumeType})
	}
}

func (c *catalogue) addImage(i pool.Image) {
	if _, known := c.image(pool.ChangeImage{ImageID: i.ID}); i.ID != "" && !known {
		c.images = append(c.images, pool.ImageOffer{Image: i, Kind: "public", State: "active"})
	}
}

func (c *catalogue) product(id string) (pool.Product, bool) {
	i := slices.IndexFunc(c.offers, func(o pool.Offer) bool { return o.Kind == pool.DesktopOffer && o.Product.ID == id })
	if i < 0 {
		return pool.Product{}, false
	}
	return c.offers[i].Product, true
}

func (c *catalogue) hasVolume(volumeType string) bool {
	return slices.ContainsFunc(c.offers, func(o pool.Offer) bool { return o.Kind == pool.VolumeOffer && o.Product.ID == volumeType })
}

// image finds the image that an order names in either way.
func (c *catalogue) image(o pool.ChangeImage) (pool.Image, bool) {
	i := slices.IndexFunc(c.images, func(offer pool.ImageOffer) bool {
		if o.ImageID != "" {
			return offer.Image.ID == o.ImageID
		}
		return offer.Image.ProductCode != "" && offer.Image.ProductCode == o.ImageSpecCode
	})
	if i < 0 {
		return pool.Image{}, false
	}
	return c.images[i].Image, true
}

// Products returns everything that is for sale but images.
func (c *catalogue) Products(ctx context.Context) (pool.Answer[[]pool.Offer], error) {
	now, err := c.r.begin(ctx, "list products")
	if err != nil {
		return pool.Answer[[]pool.Offer]{}, err
	}
	rows := slices.Clone(c.offers)
	envelope := c.r.part("ListProducts", now, envelope{Total: len(rows)})
	for i, o := range rows {
		rows[i].Native = []pool.Part{row(envelope, nativeOffer{ID: o.Product.ID, Kind: string(o.Kind), Name: o.Name})}
	}
	return pool.Answer[[]pool.Offer]{Value: rows, AsOf: now, Parts: []pool.Part{envelope}}, nil
}

// Images returns every image.
func (c *catalogue) Images(ctx context.Context) (pool.Answer[[]pool.ImageOffer], error) {
	now, err := c.r.begin(ctx, "list images")
	if err != nil {
		return pool.Answer[[]pool.ImageOffer]{}, err
	}
	rows := slices.Clone(c.images)
	envelope := c.r.part("ListImages", now, envelope{Total: len(rows)})
	for i, o := range rows {
		rows[i].Native = []pool.Part{row(envelope, nativeOffer{ID: o.Image.ID, Kind: o.Kind, Name: o.Image.Name})}
	}
	return pool.Answer[[]pool.ImageOffer]{Value: rows, AsOf: now, Parts: []pool.Part{envelope}}, nil
}
