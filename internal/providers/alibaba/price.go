package alibaba

import (
	"context"
	"encoding/json"
	"maps"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/deskpool/deskpool/internal/pool"
)

// Price adds up DescribeModificationPrice over the calls of p. The cloud prices
// monthly subscriptions only, and refuses the others.
func (r *orderer) Price(ctx context.Context, o pool.Order, p pool.Plan) (pool.Price, error) {
	if o.Type == pool.ChangeImageOrder {
		return pool.Price{Reason: pool.FreeOfCharge}, nil
	}
	prices := make([]pool.Price, len(p.Calls))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(maxAtOnce)
	for i, c := range p.Calls {
		all.Go(func() (err error) {
			prices[i], err = r.priceOf(ctx, c)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return pool.Price{}, err
	}
	sum, err := total(prices)
	if err != nil {
		return pool.Price{}, r.ecd.fail(pool.BadBody, priceOp, err)
	}
	return sum, nil
}

func (r *orderer) priceOf(ctx context.Context, c pool.OrderCall) (pool.Price, error) {
	p, were, err := readCall(c)
	if err != nil {
		return pool.Price{}, r.ecd.fail(pool.Failed, priceOp, err)
	}
	var said modificationPrice
	from, err := r.ecd.read(ctx, call{op: priceOp, action: "DescribeModificationPrice", params: priced(c, p, were)}, &said)
	if err != nil {
		return pool.Price{}, err
	}
	price := said.price()
	price.Parts = []pool.Part{from.part(from.body)}
	return price, nil
}

// priced are the parameters of DescribeModificationPrice for a ModifyDesktopSpec.
// It wants both sizes of each desktop, also those that stay.
func priced(c pool.OrderCall, p parameters, were map[string]before) url.Values {
	params := url.Values{"ResourceType": {"Desktop"}, "InstanceType": {p["DesktopType"]}}
	if id, given := p["PromotionId"]; given {
		params.Set("PromotionId", id)
	}
	for i, id := range c.DesktopIDs {
		params.Set(spec(i, "DesktopId"), id)
		for role, size := range map[pool.DiskRole]*int{pool.SystemDisk: were[id].SystemGiB, pool.DataDisk: were[id].DataGiB} {
			name := spec(i, sizeName(role))
			if size != nil {
				params.Set(name, strconv.Itoa(*size))
			}
			if larger, given := p[name]; given {
				params.Set(name, larger)
			}
		}
	}
	return params
}

// price is what one call costs. Promotions are only named; what they and all
// others take off together is DiscountPrice.
func (m *modificationPrice) price() pool.Price {
	said := m.PriceInfo.Price
	p := pool.Price{
		Amount: amount(said.TradePrice, said.Currency), ListAmount: amount(said.OriginalPrice, said.Currency),
	}
	for _, o := range said.Promotions {
		if o.Selected != nil && *o.Selected {
			p.Discounts = append(p.Discounts, pool.Discount{ID: identifier(o.ID), Name: o.Name})
		}
	}
	less := amount(said.DiscountPrice, said.Currency)
	switch {
	case less == nil || less.Amount == "0.00":
	case len(p.Discounts) == 1:
		p.Discounts[0].Amount = less
	default:
		p.Discounts = append(p.Discounts, pool.Discount{Name: "DiscountPrice", Amount: less})
	}
	return p
}

// total adds prices up. A sum over what is not known is not known.
func total(prices []pool.Price) (sum pool.Price, err error) {
	discounts := map[pool.Discount]pool.Discount{}
	for i, p := range prices {
		sum.Parts = append(sum.Parts, p.Parts...)
		if i == 0 {
			sum.Amount, sum.ListAmount = p.Amount, p.ListAmount
		} else {
			sum.Amount, err = add(sum.Amount, p.Amount)
			if err == nil {
				sum.ListAmount, err = add(sum.ListAmount, p.ListAmount)
			}
		}
		for _, d := range p.Discounts {
			key := pool.Discount{ID: d.ID, Name: d.Name}
			if was, known := discounts[key]; known && err == nil {
				d.Amount, err = add(was.Amount, d.Amount)
			}
			discounts[key] = d
		}
		if err != nil {
			return pool.Price{}, err
		}
	}
	sum.Discounts = slices.SortedFunc(maps.Values(discounts), func(a, b pool.Discount) int {
		return slices.Compare([]string{a.ID, a.Name}, []string{b.ID, b.Name})
	})
	if sum.Amount == nil {
		sum.Reason = pool.PriceNotOffered
	}
	return sum, nil
}

func add(a, b *pool.Money) (*pool.Money, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	sum, err := a.Add(*b)
	if err != nil {
		return nil, err
	}
	return &sum, nil
}

// numeral is how clouds write an amount: some write large ones as 1.2E7.
var numeral = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$`)

// amount reads an amount, from its digits and not as a float, to eight places.
// It is nil if there is none, or no currency.
func amount(raw json.RawMessage, currency string) *pool.Money {
	said := text(raw)
	if currency == "" || !numeral.MatchString(said) {
		return nil
	}
	exact, ok := new(big.Rat).SetString(said)
	if !ok {
		return nil
	}
	m, err := pool.NewMoney(exact.FloatString(8), currency)
	if err != nil {
		return nil
	}
	return &m
}
