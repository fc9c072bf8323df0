package pool

import (
	"context"
	"time"
)

// The ports of a source behind its guard.
type (
	guardedReader struct {
		g     *guard
		inner Reader
	}
	guardedCatalogue struct {
		g     *guard
		inner Catalogue
	}
	guardedOrderer struct {
		g     *guard
		inner Orderer
	}
)

func (r guardedReader) Pools(ctx context.Context) (Answer[[]Pool], error) {
	return guarded(ctx, r.g, func() (Answer[[]Pool], error) { return r.inner.Pools(ctx) })
}

func (r guardedReader) Pool(ctx context.Context, id string) (Answer[Pool], error) {
	return guarded(ctx, r.g, func() (Answer[Pool], error) { return r.inner.Pool(ctx, id) })
}

func (r guardedReader) Desktops(ctx context.Context, q DesktopsQuery) (Answer[DesktopPage], error) {
	return guarded(ctx, r.g, func() (Answer[DesktopPage], error) { return r.inner.Desktops(ctx, q) })
}

func (r guardedReader) Desktop(ctx context.Context, id string) (Answer[Desktop], error) {
	return guarded(ctx, r.g, func() (Answer[Desktop], error) { return r.inner.Desktop(ctx, id) })
}

func (r guardedReader) Statistics(ctx context.Context, q StatisticsQuery) (Answer[Statistics], error) {
	return guarded(ctx, r.g, func() (Answer[Statistics], error) { return r.inner.Statistics(ctx, q) })
}

func (c guardedCatalogue) Products(ctx context.Context) (Answer[[]Offer], error) {
	return guarded(ctx, c.g, func() (Answer[[]Offer], error) { return c.inner.Products(ctx) })
}

func (c guardedCatalogue) Images(ctx context.Context) (Answer[[]ImageOffer], error) {
	return guarded(ctx, c.g, func() (Answer[[]ImageOffer], error) { return c.inner.Images(ctx) })
}

func (o guardedOrderer) Plan(ctx context.Context, order Order) (Plan, error) {
	return guarded(ctx, o.g, func() (Plan, error) { return o.inner.Plan(ctx, order) })
}

func (o guardedOrderer) Price(ctx context.Context, order Order, p Plan) (Price, error) {
	return guarded(ctx, o.g, func() (Price, error) { return o.inner.Price(ctx, order, p) })
}

func (o guardedOrderer) Look(ctx context.Context, s Suspect) (Evidence, error) {
	return guarded(ctx, o.g, func() (Evidence, error) { return o.inner.Look(ctx, s) })
}

func (o guardedOrderer) Send(ctx context.Context, c OrderCall, at time.Time) Sent {
	release, err := o.g.admit(ctx)
	if err != nil {
		return Sent{State: CallNotSent, Err: AsError(err)}
	}
	defer release()
	sent := o.inner.Send(ctx, c, at)
	if sent.Err == nil || sent.State == CallPartial { // a good answer, too
		o.g.note(nil)
	} else {
		o.g.note(sent.Err)
	}
	return sent
}
