package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// orderPatience is how long a request waits for an order or an estimate: less
// than the server takes to write an answer. The order itself goes on.
const orderPatience = 75 * time.Second

// CreateEstimate serves POST /v1/estimates.
func (a *api) CreateEstimate(w http.ResponseWriter, r *http.Request, p CreateEstimateParams) {
	c := callOf(r)
	v, _, f := c.caller.include(p.Include)
	draft, f2 := a.draft(c)
	if f := firstOf(f, f2); f != nil {
		a.fail(w, r, *f)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), orderPatience)
	defer cancel()
	got, err := a.opts.Orders.Estimate(ctx, c.service, draft.Draft)
	if err != nil {
		a.fail(w, r, a.orderFailure(err, draft.target))
		return
	}
	a.unkept(w, r)
	write(w, encode(v.estimate(got)))
}

// PlaceOrder serves POST /v1/orders.
func (a *api) PlaceOrder(w http.ResponseWriter, r *http.Request, _ PlaceOrderParams) {
	c := callOf(r)
	draft, f := a.draft(c)
	switch {
	case f != nil:
	case draft.Order.AutoPay && !c.caller.may(ScopeOrdersPay):
		f = &failure{code: Forbidden, detail: "auto_pay needs the scope " + ScopeOrdersPay + "."}
	case a.opts.Draining():
		f = &failure{code: Draining, detail: meanings[Draining].text}
	}
	if f != nil {
		a.fail(w, r, *f)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), orderPatience)
	defer cancel()
	rec, replayed, err := a.opts.Orders.Place(ctx, c.service, orders.Request{
		Draft: draft.Draft, Tenant: c.caller.Tenant, Key: c.key, KeyID: c.caller.KeyID, RequestID: c.requestID,
	})
	if err != nil {
		a.fail(w, r, a.orderFailure(err, draft.target))
		return
	}
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	a.placed(w, r, rec)
}

// GetOrder serves GET /v1/orders/{id}.
func (a *api) GetOrder(w http.ResponseWriter, r *http.Request, id string, p GetOrderParams) {
	c := callOf(r)
	v, _, f := c.caller.include(p.Include)
	if f != nil {
		a.fail(w, r, *f)
		return
	}
	rec, err := a.opts.Orders.Order(r.Context(), c.caller.Tenant, id)
	if err != nil {
		a.fail(w, r, a.orderFailure(err, OrderNotFound))
		return
	}
	a.order(w, r, http.StatusOK, rec, v)
}

// ResolveOrder serves POST /v1/orders/{id}/resolution.
func (a *api) ResolveOrder(w http.ResponseWriter, r *http.Request, id string) {
	c := callOf(r)
	req, f := decode[ResolutionRequest](a.rules, c)
	if f != nil {
		a.fail(w, r, *f)
		return
	}
	rec, err := a.opts.Orders.Resolve(r.Context(), c.caller.Tenant, id, c.caller.KeyID, orders.State(req.State), req.Note)
	if err != nil {
		a.fail(w, r, a.orderFailure(err, OrderNotFound))
		return
	}
	a.order(w, r, http.StatusOK, rec, view{})
}

// ListOrders serves GET /v1/orders.
func (a *api) ListOrders(w http.ResponseWriter, r *http.Request, p ListOrdersParams) {
	c := callOf(r)
	v, _, f := c.caller.include(p.Include)
	page, f2 := a.paging(r, p.Limit, p.Cursor)
	q, f3 := orderQuery(p)
	if f := firstOf(f, f2, f3); f != nil {
		a.fail(w, r, *f)
		return
	}
	q.Tenant, q.Before, q.Limit = c.caller.Tenant, page.at.Row, page.limit
	records, more, err := a.opts.Orders.Orders(r.Context(), q)
	if err != nil {
		a.fail(w, r, a.orderFailure(err, OrderNotFound))
		return
	}
	var next *cursor
	if more {
		next = &cursor{Row: records[len(records)-1].ID}
	}
	list := &rendered{page: a.page(page, next, nil)}
	list.body = items(rows(records, func(rec orders.Record) Order { return v.order(rec, c.caller.Service) }), nil)
	a.unkept(w, r)
	if list.page.Next != nil {
		w.Header().Set("Link", "<"+*list.page.Next+`>; rel="next"`)
	}
	write(w, envelope(list, true, []SourceOutcome{}))
}

// orderQuery is what the document has checked, in the words of the ledger.
func orderQuery(p ListOrdersParams) (orders.Query, *failure) {
	q := orders.Query{
		States: rows(p.State, func(s string) orders.State { return orders.State(s) }), Sources: p.Source,
		Types: rows(p.Type, func(s string) pool.OrderType { return pool.OrderType(s) }),
		Key:   value(p.IdempotencyKey), CreatedGTE: value(p.CreatedAtGte), CreatedLT: value(p.CreatedAtLt),
	}
	for _, s := range p.PoolID {
		id, f := parseID("pool_id", s)
		if f != nil {
			return q, f
		}
		q.Pools = append(q.Pools, id)
	}
	return q, nil
}

// order answers with an order.
func (a *api) order(w http.ResponseWriter, r *http.Request, status int, rec orders.Record, v view) {
	c := callOf(r)
	c.order, c.state = rec.ID, string(rec.State)
	a.unkept(w, r)
	w.Header().Set("Order-State", string(rec.State))
	writeAs(w, status, encode(v.order(rec, c.caller.Service)))
}

// unkept writes the headers of an answer that nobody may keep.
func (a *api) unkept(w http.ResponseWriter, r *http.Request) {
	a.headers(w, r, "")
	w.Header().Set("Cache-Control", "no-store")
}
