package alibaba

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	maxBookPages = 20 // of pageSize rows
	maxDetails   = 60 // calls of GetOrderDetail for one look
)

// during is a span of time by the cloud's clock.
type during struct{ from, to time.Time }

// booked adds to e the orders of that span that may be the one that is looked for: QueryOrders, and
// GetOrderDetail for the desktops that each is for. Left out are purchases, renewals, and orders for
// other desktops. Neither the product nor the region is asked for: it is not documented what is booked for a desktop.
func (r *orderer) booked(ctx context.Context, span during, ids []string, landed bool, e *pool.Evidence) error {
	rows, err := r.query(ctx, span, e)
	if err != nil {
		return err
	}
	if len(rows) > maxDetails {
		return r.bss.fail(pool.LimitReached, lookOp, errTooManyPages)
	}
	for _, row := range rows {
		var detail bookPage
		from, err := r.ask(ctx, "GetOrderDetail", url.Values{"OrderId": {row.OrderID}}, &detail)
		if err != nil {
			return err
		}
		e.Parts = append(e.Parts, from.part(from.body))
		order := r.words.cloudOrder(row, &detail, landed)
		if len(order.DesktopIDs) == 0 || slices.ContainsFunc(order.DesktopIDs, func(id string) bool { return slices.Contains(ids, id) }) {
			e.Orders = append(e.Orders, order)
		}
	}
	return nil
}

// query lists the orders of a span, each once. Without the span the cloud
// lists those of the last hour.
func (r *orderer) query(ctx context.Context, span during, e *pool.Evidence) (rows []bookedOrder, err error) {
	for n := 1; n <= maxBookPages; n++ {
		var page bookPage
		from, err := r.ask(ctx, "QueryOrders", url.Values{
			"CreateTimeStart": {span.from.Add(-clockTolerance).UTC().Format(dateFormat)},
			"CreateTimeEnd":   {span.to.Add(clockTolerance).UTC().Format(dateFormat)},
			"PageNum":         {strconv.Itoa(n)},
			"PageSize":        {strconv.Itoa(pageSize)},
		}, &page)
		if err != nil {
			return nil, err
		}
		e.Parts = append(e.Parts, from.part(from.body))
		for _, row := range page.Data.OrderList.Order {
			known := slices.ContainsFunc(rows, func(o bookedOrder) bool { return o.OrderID == row.OrderID })
			if !known && row.OrderID != "" && !strings.EqualFold(row.OrderType, "new") && !strings.EqualFold(row.OrderType, "renew") {
				rows = append(rows, row)
			}
		}
		if got := len(page.Data.OrderList.Order); got == 0 || page.last(n, got) {
			return rows, nil
		}
	}
	return nil, r.bss.fail(pool.LimitReached, lookOp, errTooManyPages)
}

// last tells whether the n-th page, of so many rows, is the last.
func (p *bookPage) last(n, rows int) bool {
	if p.Data.TotalCount != nil {
		return n*pageSize >= *p.Data.TotalCount
	}
	return rows < pageSize
}

// ask calls BssOpenApi, which says in the answer whether it is one.
func (r *orderer) ask(ctx context.Context, action string, params url.Values, page *bookPage) (reply, error) {
	from, err := r.bss.read(ctx, call{op: lookOp, action: action, params: params}, page)
	if err == nil && page.Success != nil && !*page.Success {
		err = r.bss.fail(pool.Failed, lookOp, errNoSuccess)
	}
	return from, err
}

// cloudOrder joins the row of an order with its detail, which has one row for
// each part of the order, or none.
func (w words) cloudOrder(row bookedOrder, detail *bookPage, landed bool) pool.CloudOrder {
	status := row.PaymentStatus
	parts := detail.Data.OrderList
	o := pool.CloudOrder{ID: row.OrderID, CreatedAt: row.CreateTime, Amount: amount(row.PretaxAmount, row.Currency), Native: parts.Raw}
	unnamed := false
	for i, part := range parts.Order {
		if part.PaymentStatus != "" {
			status = part.PaymentStatus
		}
		ids := part.instances()
		unnamed = unnamed || len(ids) == 0
		for _, id := range ids {
			if !slices.Contains(o.DesktopIDs, id) {
				o.DesktopIDs = append(o.DesktopIDs, id)
			}
		}
		price := amount(part.PretaxAmount, part.Currency)
		if i > 0 {
			if sum, err := add(o.Amount, price); err == nil {
				price = sum
			} else {
				price = nil
			}
		}
		o.Amount = price
	}
	if unnamed { // then the others are not all
		o.DesktopIDs = nil
	}
	o.PaymentState = w.paymentState(status, landed)
	return o
}

// instances reads InstanceIDs: a JSON array in a text, or one id.
func (o *bookedOrder) instances() (ids []string) {
	for _, said := range []string{o.InstanceIDs, o.OtherSpelling} {
		for _, id := range unwrap([]string{said}) {
			if id = identifier(strings.TrimSpace(id)); id != "" && !strings.HasPrefix(id, "[") {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// paymentState reads PaymentStatus, which QueryOrders and GetOrderDetail spell
// in other ways. What is paid for is not yet done.
func (w words) paymentState(status string, landed bool) pool.PaymentState {
	switch strings.ToLower(status) {
	case "unpaid":
		return pool.PayAwaitingPayment
	case "paid":
		if landed {
			return pool.PayCompleted
		}
		return pool.PayProcessing
	case "canceled", "cancelled":
		return pool.PayCanceled
	case "": // a refund has none
	default:
		w.unknown("order.payment_state", status)
	}
	return pool.PayOther
}
