package handlers

import (
	"cmp"
	"encoding/json"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// order is an order as its tenant sees it.
func (v view) order(rec orders.Record, s *pool.Service) Order {
	o := rec.Order
	out := Order{
		ID: rec.ID, IdempotencyKey: rec.Key, State: string(rec.State), Type: string(o.Type), Source: rec.Source, Cloud: string(rec.Cloud),
		Target:    OrderTarget{DesktopIDs: globalIDs(rec.Source, o.DesktopIDs)},
		AddVolume: (*AddVolume)(o.AddVolume), ExtendVolume: (*ExtendVolume)(o.ExtendVolume), ChangeImage: (*ChangeImage)(o.ChangeImage),
		AddSubResources: (*AddSubResources)(o.AddSubResources), PromotionPlanID: o.PromotionPlanID, AutoPay: o.AutoPay,
		MaxAmount: (*MaxAmount)(rec.MaxAmount), PoolIDs: globalIDs(rec.Source, rec.Pools),
		Items: []OrderItem{}, Estimate: orderEstimate(rec.Estimate), Refusal: v.refusal(rec),
		CreatedAt: rec.CreatedAt.UTC(), UpdatedAt: rec.UpdatedAt.UTC(), History: []OrderEvent{},
	}
	if o.PoolID != "" {
		out.Target.PoolID = pool.ID{Source: rec.Source, Native: o.PoolID}.String()
	}
	if o.Resize != nil {
		out.Resize = &Resize{ProductID: o.Resize.ProductID, StopRunning: when(o.Resize.StopRunning, &o.Resize.StopRunning)}
	}
	if o.DeleteSubResources != nil {
		out.DeleteSubResources = &DeleteSubResources{SubResourceType: o.DeleteSubResources.Type}
	}
	src, known := s.Source(rec.Source)
	for _, item := range rec.Items {
		out.Items = append(out.Items, itemView{v, &src, known, rec.Source}.rows(item)...)
	}
	for _, e := range rec.History {
		out.History = append(out.History, OrderEvent{At: e.At.UTC(), State: string(e.State), Note: e.Note})
	}
	return out
}

// globalIDs makes ids of native ids; none are nil.
func globalIDs(source string, natives []string) []string {
	if len(natives) == 0 {
		return nil
	}
	return rows(natives, func(n string) string { return pool.ID{Source: source, Native: n}.String() })
}

// refusal is why an order was not placed, or not wholly.
func (v view) refusal(rec orders.Record) *OrderRefusal {
	if rec.Refusal == nil {
		return nil
	}
	code := refusalCode(rec)
	out := &OrderRefusal{Code: string(code), Detail: cmp.Or(rec.Refusal.Detail, meanings[code].text), RetryAfterS: rec.Refusal.RetryAfterS}
	if rec.State == orders.Unknown || rec.State == orders.NeedsReview {
		out.Detail = "The answer was lost, or it does not tell what became of the order."
	}
	if by := refusedBy(rec); by.Op != "" || by.Upstream != nil {
		out.Upstream = upstream(by, nil)
	}
	return out
}

// itemView shows the items of one order. A source that is not known any more
// cannot say what of its words is personal: then they are not shown.
type itemView struct {
	view
	src    *pool.Source
	known  bool
	source string
}

// rows are the cloud's orders that came of one call, or the call itself if there are none.
func (v itemView) rows(item orders.Item) []OrderItem {
	whole := []OrderItem{}
	for _, o := range item.Orders {
		row := OrderItem{
			CloudOrderID: opt(o.ID), PaymentState: opt(o.PaymentState), Result: result(item.State, o.Failed), Code: opt(said(o.Code)),
			Message: opt(said(o.Message)), DesktopIDs: globalIDs(v.source, o.DesktopIDs), RequestID: opt(item.RequestID),
		}
		if o.DesktopIDs == nil && len(item.Orders) == 1 {
			row.DesktopIDs = globalIDs(v.source, item.Call.DesktopIDs)
		}
		row.Native = v.parts(item, o.Native)
		whole = append(whole, row)
	}
	if len(whole) > 0 {
		return whole
	}
	row := OrderItem{
		Result: result(item.State, false), DesktopIDs: globalIDs(v.source, item.Call.DesktopIDs),
		RequestID: opt(item.RequestID), Native: v.parts(item, nil),
	}
	if r := item.Refusal; r != nil && r.Upstream != nil {
		row.Code, row.Message = opt(said(r.Upstream.Code)), opt(said(r.Upstream.Message))
	}
	return []OrderItem{row}
}

// result is what became of a call, or of one order of it.
func result(s orders.ItemState, failed bool) string {
	switch pool.SentState(s) {
	case pool.CallPlaced, pool.CallPartial:
		if failed {
			return "FAIL"
		}
		return "SUCCESS"
	}
	return string(s)
}

// parts are what the cloud said of a call, and of one order of it.
func (v itemView) parts(item orders.Item, order json.RawMessage) []NativePart {
	if !v.native {
		return nil
	}
	var parts []pool.Part
	for _, body := range []json.RawMessage{item.Native, order} {
		if len(body) > 0 && (v.known || v.personal) {
			parts = append(parts, pool.Part{Operation: item.Call.Operation, RequestID: item.RequestID, ReadAt: item.EndedAt, Body: body})
		}
	}
	return v.view.parts(parts, v.src)
}

func orderEstimate(e *orders.Estimate) *OrderEstimate {
	if e == nil {
		return nil
	}
	return &OrderEstimate{
		Amount: (*Money)(e.Amount), ListAmount: (*Money)(e.ListAmount), Discounts: discounts(e.Discounts), Reason: opt(e.Reason),
		SideEffects: sideEffects(e.SideEffects), Impact: impact(e.Impact),
	}
}

// estimate is what an order would cost.
func (v view) estimate(e orders.Estimated) Estimate {
	out := Estimate{
		Source: e.Source.ID, Amount: (*Money)(e.Amount), ListAmount: (*Money)(e.ListAmount), Discounts: discounts(e.Discounts),
		Reason: opt(e.Reason), SideEffects: sideEffects(e.SideEffects), Impact: impact(e.Impact),
	}
	if v.native {
		out.Native = v.parts(e.Parts, &e.Source)
	}
	return out
}

func discounts(list []pool.Discount) []Discount {
	return rows(append([]pool.Discount{}, list...), func(d pool.Discount) Discount {
		return Discount{ID: opt(d.ID), Name: opt(d.Name), Amount: (*Money)(d.Amount)}
	})
}

func sideEffects(list []orders.SideEffect) []string {
	return rows(append([]orders.SideEffect{}, list...), func(e orders.SideEffect) string { return string(e) })
}

func impact(i pool.Impact) Impact {
	return Impact{Desktops: i.Desktops, Running: i.Running, Connected: i.Connected, AsOf: at(readAt(i.AsOf))}
}
