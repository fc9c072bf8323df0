package memory

import (
	"context"
	"fmt"

	"github.com/deskpool/deskpool/internal/pool"
)

// Price is what the cloud asks for: so much a desktop, less a tenth with a
// promotion plan.
func (o *orderer) Price(ctx context.Context, order pool.Order, plan pool.Plan) (pool.Price, error) {
	const op = "price an order"
	now, err := o.reader.begin(ctx, op)
	if err != nil {
		return pool.Price{}, err
	}
	if faults := shapeless(order); len(faults) > 0 || plan.Impact.Desktops == nil {
		return pool.Price{}, o.invalid(op, faults)
	}
	defer o.reader.store.reading()()
	price := o.priced(order, *plan.Impact.Desktops)
	if price.Amount != nil {
		price.Parts = []pool.Part{o.reader.part("OrderPrice", now, nativePrice(*price.Amount))}
	}
	return price, nil
}

// cents is the price of an order for one desktop at first.
func cents(o pool.Order) int {
	switch {
	case o.AddVolume != nil:
		return 30 * o.AddVolume.VolumeSizeGiB
	case o.ExtendVolume != nil:
		return 30 * o.ExtendVolume.NewSizeGiB
	case o.Resize != nil:
		return 5000
	case o.ChangeImage != nil:
		return 1000
	case o.AddSubResources != nil:
		return 1550
	}
	return 0
}

// priced is the price of an order for so many desktops. The store is locked.
func (c *Cloud) priced(o pool.Order, desktops int) pool.Price {
	if o.Type == pool.DeleteSubResourcesOrder {
		return pool.Price{Reason: pool.NoPriceCall}
	}
	list := cents(o) * desktops * (100 + c.raise) / 100
	p := pool.Price{Amount: amount(list), ListAmount: amount(list)}
	if o.PromotionPlanID != "" {
		p.Amount = amount(list - list/10)
		p.Discounts = []pool.Discount{{ID: o.PromotionPlanID, Name: "A tenth off", Amount: amount(list / 10)}}
	}
	return p
}

func amount(cents int) *pool.Money {
	m, err := pool.NewMoney(fmt.Sprintf("%d.%02d", cents/100, cents%100), "CNY")
	if err != nil {
		panic("memory: " + err.Error()) // cannot be: there are not that many desktops
	}
	return &m
}

// size is how many desktops an order is for. The store is locked.
func (c *Cloud) size(o pool.Order) int {
	if o.PoolID != "" {
		return len(c.reader.store.poolByID[o.PoolID].live())
	}
	return len(o.DesktopIDs)
}
