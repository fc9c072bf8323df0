package alibaba

import (
	"context"
	"net/url"
	"strconv"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// maxImagePages is far more than an account may have.
const maxImagePages = 200

// catalogue implements pool.Catalogue. There are no types of volumes in it:
// this cloud adds no volume to a desktop.
type catalogue struct{ *reader }

// Products lists the types that a desktop can be given: DescribeDesktopTypes.
func (c *catalogue) Products(ctx context.Context) (pool.Answer[[]pool.Offer], error) {
	var page desktopTypes
	from, err := c.ecd.read(ctx, call{op: "list products", action: "DescribeDesktopTypes"}, &page)
	if err != nil {
		return pool.Answer[[]pool.Offer]{}, err
	}
	answer := pool.Answer[[]pool.Offer]{
		Value: []pool.Offer{},
		AsOf:  from.asked,
		Parts: []pool.Part{from.part(wire.Envelope(from.body, "DesktopTypes"))},
	}
	for i := range page.DesktopTypes {
		offer := c.words.offer(&page.DesktopTypes[i])
		offer.Native = []pool.Part{from.part(page.DesktopTypes[i].Raw)}
		answer.Value = append(answer.Value, offer)
	}
	return answer, nil
}

// Images lists images: DescribeImages, by token.
func (c *catalogue) Images(ctx context.Context) (pool.Answer[[]pool.ImageOffer], error) {
	const op = "list images"
	answer := pool.Answer[[]pool.ImageOffer]{Value: []pool.ImageOffer{}}
	err := c.ecd.follow(op, maxImagePages, func(token string) (string, error) {
		params := url.Values{"MaxResults": {strconv.Itoa(pageSize)}}
		if token != "" {
			params.Set("NextToken", token)
		}
		var page imagePage
		from, err := c.ecd.read(ctx, call{op: op, action: "DescribeImages", params: params}, &page)
		if err != nil {
			return "", err
		}
		if len(answer.Parts) == 0 {
			answer.AsOf = from.asked
		}
		answer.Parts = append(answer.Parts, from.part(wire.Envelope(from.body, "Images")))
		for i := range page.Images {
			offer := c.words.imageOffer(&page.Images[i])
			offer.Native = []pool.Part{from.part(page.Images[i].Raw)}
			answer.Value = append(answer.Value, offer)
		}
		return page.NextToken, nil
	})
	if err != nil {
		return pool.Answer[[]pool.ImageOffer]{}, err
	}
	return answer, nil
}

func (w words) offer(t *desktopType) pool.Offer {
	p := product(t.ID, t.CPUCount, t.MemorySize, gpu(t.GPUCount, ""))
	p.Family, p.Description, p.SaleStatus = t.Family, t.Description, w.saleStatus(t.StockState)
	return pool.Offer{
		Kind: pool.DesktopOffer, Product: p, Name: p.ID, SystemDiskGiB: t.SystemDiskSize, DataDiskGiB: t.DataDiskSize,
	}
}

func (w words) imageOffer(i *image) pool.ImageOffer {
	return pool.ImageOffer{
		Image: pool.Image{
			ID: identifier(i.ID), Name: i.Name, OSType: w.osType("image.os_type", i.OSType), OSPlatform: i.Platform,
		},
		Kind: i.Type, State: i.Status, SizeGiB: i.Size, CreatedAt: i.CreationTime,
	}
}

func (w words) saleStatus(stock string) pool.SaleStatus {
	switch stock {
	case "":
		return ""
	case "Sufficient":
		return pool.OnSale
	case "Insufficient":
		return pool.SoldOut
	}
	w.unknown("product.sale_status", stock)
	return pool.SaleUnknown
}
