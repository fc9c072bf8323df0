package orders

import (
	"context"
	"errors"

	"github.com/deskpool/deskpool/internal/pool"
)

// Estimated is what an order would cost, and where that comes from.
type Estimated struct {
	Estimate
	Source pool.Source
	Parts  []pool.Part
}

// Estimate asks what a draft would cost and whom it touches, at a source that s sees.
// Errors: Unprocessable, Unsupported, those of a Reader; NotFound names the target.
func (d *Desk) Estimate(ctx context.Context, s *pool.Service, draft Draft) (Estimated, error) {
	p, err := d.prepare(ctx, s, draft)
	if err != nil {
		return Estimated{}, err
	}
	price, err := p.source.Ordering.Price(ctx, p.order, p.plan)
	if err != nil {
		return Estimated{}, p.blame(draft, err)
	}
	return Estimated{Estimate: p.estimate(price), Source: p.source, Parts: price.Parts}, nil
}

// prepared is an order that could be placed.
type prepared struct {
	source pool.Source
	order  pool.Order
	plan   pool.Plan
}

// prepare checks a draft against its source and its target. It only reads.
func (d *Desk) prepare(ctx context.Context, s *pool.Service, draft Draft) (prepared, error) {
	o, id, err := draft.order()
	if err != nil {
		return prepared{}, err
	}
	src, visible := s.Source(id)
	if !visible {
		return prepared{}, &pool.Error{Kind: pool.NotFound, Op: "find the source"}
	}
	p := prepared{source: src, order: o}
	if err := supported(o, src); err != nil {
		return p, draft.pointed(err)
	}
	if p.plan, err = src.Ordering.Plan(ctx, o); err != nil {
		return p, p.blame(draft, err)
	}
	return p, draft.pointed(sound(o, p.plan))
}

// blame names the source in err, and points its faults into the caller's body.
func (p prepared) blame(draft Draft, err error) error {
	e := *pool.AsError(draft.pointed(err))
	e.Source = p.source.ID
	if errors.Is(err, context.DeadlineExceeded) {
		e.Kind = pool.Timeout
	}
	return &e
}

// estimate puts a price beside what the order does.
func (p prepared) estimate(price pool.Price) Estimate {
	return Estimate{
		Amount: price.Amount, ListAmount: price.ListAmount, Reason: price.Reason,
		Discounts:   append([]pool.Discount{}, price.Discounts...),
		SideEffects: effects(p.order), Impact: p.plan.Impact,
	}
}

// PriceUnavailable is why an order that was placed without max_amount has no
// price: the cloud did not give one at that time.
const PriceUnavailable = "PRICE_UNAVAILABLE"

// price asks for the price just before the send, and holds it against most.
func (p prepared) price(ctx context.Context, draft Draft) (Estimate, error) {
	price, err := p.source.Ordering.Price(ctx, p.order, p.plan)
	most := draft.MaxAmount
	switch {
	case err != nil && ctx.Err() != nil: // the caller has left before anything was reserved
		return Estimate{}, p.blame(draft, err)
	case err != nil && most == nil:
		return p.estimate(pool.Price{Reason: PriceUnavailable}), nil
	case err != nil:
		return Estimate{}, p.blame(draft, err)
	case most == nil, price.Reason == pool.FreeOfCharge:
		return p.estimate(price), nil
	case price.Amount == nil:
		return Estimate{}, refuse(Unprocessable, pool.Fault{
			Pointer: "/max_amount", Code: FaultInvalid, Detail: "No price can be had for this order, so it cannot be bounded.",
		})
	}
	over, err := price.Amount.Cmp(*most)
	switch {
	case err != nil:
		return Estimate{}, refuse(Unprocessable, pool.Fault{
			Pointer: "/max_amount/currency", Code: FaultNotAllowed,
			Detail: "The price is in another currency.", Allowed: []string{price.Amount.Currency},
		})
	case over > 0:
		return Estimate{}, &pool.Error{
			Kind: PriceChanged, Source: p.source.ID, Op: "price the order",
			Detail: "It costs " + price.Amount.Amount + " " + price.Amount.Currency + " now.",
		}
	}
	return p.estimate(price), nil
}
