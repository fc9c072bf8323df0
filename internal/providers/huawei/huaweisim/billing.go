package huaweisim

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// serviceType is Workspace in the words of BSS.
const serviceType = "hws.service.type.vdi"

// lateListing is how far behind BSS is with the fault late_listing.
const lateListing = 10 * time.Minute

// billed is true if BSS knows of an order already.
func (s *Sim) billed(c *call, o order) bool {
	behind := s.cfg.BillingDelay
	if fault.Of(c.r) == fault.LateListing {
		behind = max(behind, lateListing)
	}
	return !o.CreatedAt.Add(behind).After(c.now)
}

// wrongBilling is a fault of a parameter in the words of BSS.
func wrongBilling(f *failure) *failure { return &failure{400, "CBC.0100", f.msg} }

// timeOf is a time that BSS takes, or zero.
func (q *query) timeOf(name string) time.Time {
	s := q.values.Get(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(secondsLayout, s)
	if err != nil {
		q.wrong(name, "must be a time as in 2019-05-06T08:05:01Z")
	}
	return t
}

// billingPage is the part of a list that is asked for: unlike Workspace, BSS takes no limit of 0.
func (q *query) billingPage() (offset, limit int) {
	const most = 1 << 31
	offset, limit = q.number("offset", 0, most), q.number("limit", 10, 100)
	if limit == 0 {
		q.wrong("limit", "must be a number between 1 and 100")
	}
	return offset, limit
}

// listOrders answers GET /v2/orders/customer-orders: newest first, if not told
// otherwise, and both ends of a span of time belong to it (both chosen).
func (s *Sim) listOrders(c *call) (reply, *failure) {
	q := query{values: c.query}
	id, customer, code := q.text("order_id"), q.text("customer_id"), q.text("service_type_code")
	status := q.word("status", "1", "3", "4", "5", "6", "9")
	kind := q.word("order_type", "1", "2", "3", "4", "10", "11", "13", "14", "15")
	from, to := q.timeOf("create_time_begin"), q.timeOf("create_time_end")
	order := q.word("order_by", "createTime", "-createTime")
	offset, limit := q.billingPage()
	if !from.IsZero() && to.After(from.AddDate(1, 0, 0)) {
		q.wrong("create_time_end", "is more than a year after create_time_begin")
	}
	if q.fault != nil {
		return reply{}, wrongBilling(q.fault)
	}
	var rows []customerOrder
	for _, o := range slices.Backward(s.book.list(c.now)) {
		if !s.billed(c, o) {
			continue
		}
		row, made := s.customerOrder(o), o.CreatedAt.Truncate(time.Second)
		if is(id, o.ID) && is(customer, s.cfg.DomainID) && is(code, serviceType) && is(kind, "3") &&
			is(status, strconv.Itoa(row.Status)) && !made.Before(from) && (to.IsZero() || !made.After(to)) {
			rows = append(rows, row)
		}
	}
	if order == "createTime" {
		slices.Reverse(rows)
	}
	return reply{body: map[string]any{"total_count": len(rows), "order_infos": part(rows, offset, limit)}}, nil
}

// showOrder answers GET /v2/orders/customer-orders/details/{order_id}. An order has one line item (chosen).
func (s *Sim) showOrder(c *call) (reply, *failure) {
	q := query{values: c.query}
	offset, limit := q.billingPage()
	if q.fault != nil {
		return reply{}, wrongBilling(q.fault)
	}
	o, ok := s.book.find(c.target, c.now)
	if !ok || !s.billed(c, o) {
		return reply{}, noOrder()
	}
	info := s.customerOrder(o)
	info.UserName = "admin"
	info.PendingPaymentEndTime = o.CreatedAt.Add(payWithin).Format(secondsLayout)
	items := []orderLineItem{o.lineItem(c.world)}
	return reply{body: map[string]any{"total_count": len(items), "order_info": info, "order_line_items": part(items, offset, limit)}}, nil
}

func noOrder() *failure {
	return &failure{400, "CBC.30000010", "The order is invalid: it may not exist."}
}

// customerOrder is an order as BSS has it, which does not know some of Workspace's states (chosen: it calls 7, compensating, 3).
func (s *Sim) customerOrder(o order) customerOrder {
	out := customerOrder{
		OrderID: o.ID, CustomerID: s.cfg.DomainID, ServiceTypeCode: serviceType, ServiceTypeName: "Workspace", SourceType: 1,
		Status: o.Status, OrderType: 3, AmountAfterDiscount: o.price.official(), OfficialAmount: o.price.official(), MeasureID: 1,
		CreateTime: o.CreatedAt.Format(secondsLayout), Currency: "CNY", AmountInfo: amountInfo{Discounts: []discountItem{}},
	}
	if o.Status == compensating {
		out.Status = processing
	}
	if !o.started.IsZero() {
		out.PaymentTime = o.started.Format(secondsLayout)
	}
	return out
}

func (o *order) lineItem(w *World) orderLineItem {
	spec := o.change.spec(target{w.at(o.pool), o.desktop}.template())
	item := orderLineItem{
		OrderLineItemID: o.ID + "-000001", ServiceTypeCode: serviceType, ServiceTypeName: "Workspace",
		ProductID: spec, ProductSpecDesc: o.change.kind, PeriodType: 2, PeriodNum: 1, SubscriptionNum: o.count,
		AmountAfterDiscount: o.price.official(), OfficialAmount: o.price.official(), AmountInfo: amountInfo{Discounts: []discountItem{}}, Currency: "CNY",
		CategoryCode: "main_serv_type", ProductOwnerService: serviceType,
		CommercialResource: "hws.resource.type.workspace.desktop", OrderID: o.ID,
	}
	if o.Status == completed {
		item.EffectiveTime = o.since.Format(secondsLayout)
		item.ExpireTime = o.since.AddDate(0, 1, 0).Format(secondsLayout)
	}
	return item
}

// payOrder answers POST /v3/orders/customer-orders/pay. This account has neither coupons nor discounts.
func (s *Sim) payOrder(c *call) (reply, *failure) {
	f := readFields(c.body)
	id := f.text("order_id", 64)
	for _, name := range []string{"order_id", "use_coupon", "use_discount"} {
		f.need(name)
	}
	for _, name := range []string{"use_coupon", "use_discount"} {
		if f.word(name, "YES", "NO") == "YES" {
			f.wrong(name, "asks for what the account does not have")
		}
	}
	return s.settled(f, id, processing, "CBC.99003106", "The order status has changed, and the order cannot be paid.")
}

// cancelOrder answers PUT /v2/orders/customer-orders/cancel.
func (s *Sim) cancelOrder(c *call) (reply, *failure) {
	f := readFields(c.body)
	f.need("order_id")
	return s.settled(f, f.text("order_id", 64), canceled, "CBC.99005010", "The order cannot be canceled in its status.")
}

// settled pays or cancels: 204, as documented.
func (s *Sim) settled(f *fields, orderID string, status int, code, refusal string) (reply, *failure) {
	if f.fault != nil {
		return reply{}, wrongBilling(f.fault)
	}
	switch err := s.settle(orderID, status); {
	case err == nil:
		return reply{status: 204}, nil
	case errors.Is(err, errNoOrder):
		return reply{}, noOrder()
	}
	return reply{}, &failure{400, code, refusal}
}
