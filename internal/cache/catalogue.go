package cache

import (
	"context"

	"github.com/deskpool/deskpool/internal/pool"
)

// catalogue is a pool.Catalogue that keeps what another one says.
type catalogue struct {
	r     *reader
	inner pool.Catalogue
}

func (c *catalogue) Products(ctx context.Context) (pool.Answer[[]pool.Offer], error) {
	key := c.r.prefix + kindProducts + ":"
	if a, err := kept[[]pool.Offer](ctx, c.r, key); a != nil || err != nil {
		return value(a), err
	}
	return load(ctx, c.r, key, c.r.ttl.Products, c.inner.Products)
}

func (c *catalogue) Images(ctx context.Context) (pool.Answer[[]pool.ImageOffer], error) {
	key := c.r.prefix + kindImages + ":"
	if a, err := kept[[]pool.ImageOffer](ctx, c.r, key); a != nil || err != nil {
		return value(a), err
	}
	return load(ctx, c.r, key, c.r.ttl.Images, c.inner.Images)
}
