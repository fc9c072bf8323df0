package handlers

import (
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// draft is an order as it was asked for.
type draft struct {
	orders.Draft
	target Code // that says that its target is not there
}

// draft reads the order in the body of a request.
func (a *api) draft(c *call) (draft, *failure) {
	req, f := decode[OrderRequest](a.rules, c)
	if f != nil {
		return draft{}, f
	}
	d := draft{target: PoolNotFound, Draft: orders.Draft{Body: c.body, Order: req.order()}}
	if req.Target.PoolID != "" {
		id, err := pool.ParseID(req.Target.PoolID)
		if err != nil { // never: the document has the same pattern
			return d, invalidBody([]FieldError{atPointer("/target/pool_id", faultInvalid, err.Error())})
		}
		d.Pool = &id
	} else {
		d.target = DesktopNotFound
	}
	for _, s := range req.Target.DesktopIDs {
		id, err := pool.ParseID(s)
		if err != nil { // never, as above
			return d, invalidBody([]FieldError{atPointer("/target/desktop_ids", faultInvalid, err.Error())})
		}
		d.Desktops = append(d.Desktops, id)
	}
	if m := req.MaxAmount; m != nil {
		most, err := pool.NewMoney(m.Amount, m.Currency)
		if err != nil { // never, as above
			return d, invalidBody([]FieldError{atPointer("/max_amount/amount", faultInvalid, err.Error())})
		}
		d.MaxAmount = &most
	}
	return d, nil
}

// order is what is asked for, but for its target.
func (req OrderRequest) order() pool.Order {
	o := pool.Order{
		Type: pool.OrderType(req.Type), PromotionPlanID: req.PromotionPlanID, AutoPay: value(req.AutoPay),
		AddVolume: (*pool.AddVolume)(req.AddVolume), ExtendVolume: (*pool.ExtendVolume)(req.ExtendVolume),
		ChangeImage: (*pool.ChangeImage)(req.ChangeImage), AddSubResources: (*pool.AddSubResources)(req.AddSubResources),
	}
	if p := req.Resize; p != nil {
		o.Resize = &pool.Resize{ProductID: p.ProductID, StopRunning: value(p.StopRunning)}
	}
	if p := req.DeleteSubResources; p != nil {
		o.DeleteSubResources = &pool.DeleteSubResources{Type: p.SubResourceType}
	}
	return o
}
