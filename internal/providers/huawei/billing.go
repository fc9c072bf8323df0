package huawei

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// books are the orders of the account, in billing, that one call may have made.
type books struct {
	c           *caller
	drift       *pool.Drift // of words: not all fields of billing are documented here
	kind        orderKind
	from, until time.Time
}

// orderKind is how billing books a change.
type orderKind struct {
	types    []int    // its order_type
	services []string // the last word of its service_type_code
}

// The order_type of billing, as far as a change may be booked so.
const (
	newOrder         = 1
	changeOrderType  = 3
	unsubscribeOrder = 4
)

// kindOf is wide where the vendor does not say how it books: an order that is
// overlooked is bought again, one too many is only looked at by a person.
func kindOf(t pool.OrderType) orderKind {
	k := orderKind{types: []int{changeOrderType}, services: []string{"vdi", "workspace"}}
	switch t {
	case pool.AddVolumeOrder: // a new disk may be booked as one of the disk service
		return orderKind{append(k.types, newOrder), append(k.services, "ebs", "evs")}
	case pool.ExtendVolumeOrder:
		return orderKind{k.types, append(k.services, "ebs", "evs")}
	case pool.ChangeImageOrder: // an image of the market may be bought
		return orderKind{append(k.types, newOrder), append(k.services, "ims", "marketplace")}
	case pool.AddSubResourcesOrder:
		return orderKind{append(k.types, newOrder), k.services}
	case pool.DeleteSubResourcesOrder:
		return orderKind{append(k.types, unsubscribeOrder), k.services}
	}
	return k
}

// service tells whether a service_type_code, as in hws.service.type.vdi, may be the kind's; one that is not said may.
func (k orderKind) service(code string) bool {
	return code == "" || slices.Contains(k.services, strings.ToLower(code[strings.LastIndexByte(code, '.')+1:]))
}

const (
	ordersPath      = "/v2/orders/customer-orders"
	ordersPage      = 100
	maxOrdersOffset = 2_000
	maxDetails      = 50 // orders whose details are asked for
	// billingTime is how billing writes times, in UTC.
	billingTime = "2006-01-02T15:04:05Z"
)

// read lists the orders of the window: GET /v2/orders/customer-orders, by offset; then the details of each.
func (b books) read(ctx context.Context) ([]pool.CloudOrder, []pool.Part, error) {
	list := listing[customerOrders, customerOrder]{
		call: call{op: "list the account's orders", operation: "ListCustomerOrders", path: ordersPath, query: url.Values{
			"create_time_begin": {b.from.UTC().Format(billingTime)},
			"create_time_end":   {b.until.UTC().Format(billingTime)},
		}},
		key:    "order_infos",
		limit:  ordersPage,
		most:   maxOrdersOffset,
		beyond: "There are too many orders in the time in question.",
		page:   func(p customerOrders) ([]customerOrder, *int) { return p.Rows, p.Total },
		id:     func(r customerOrder) string { return r.ID },
	}
	var rows []customerOrder
	parts, err := list.read(ctx, b.c, nil, func(row customerOrder, _ answer) {
		if b.may(row) {
			rows = append(rows, row)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	rows, more, err := b.details(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	orders := make([]pool.CloudOrder, len(rows))
	for i, row := range rows {
		orders[i] = row.order(b.drift)
	}
	return orders, append(parts, more...), nil
}

// may tells whether an order may be the one that is looked for: what it does not say does not speak against it.
func (b books) may(row customerOrder) bool {
	inTime := row.Created.IsZero() || !row.Created.Before(b.from) && !row.Created.After(b.until)
	ofType := row.Type == nil || slices.Contains(b.kind.types, *row.Type)
	return inTime && ofType && b.kind.service(row.ServiceType)
}

// details reads how orders are now, and leaves out those whose lines are all of other
// services: GET /v2/orders/customer-orders/details/{order_id}. The listing is good without, so that
// the first that cannot be read is the last that is asked for, but for credentials that are refused.
func (b books) details(ctx context.Context, rows []customerOrder) ([]customerOrder, []pool.Part, error) {
	var kept []customerOrder
	var parts []pool.Part
	for i, row := range rows {
		if i >= maxDetails || !addressable(row.ID) {
			kept = append(kept, row)
			continue
		}
		k := call{op: "show an order", operation: "ShowCustomerOrderDetails", path: ordersPath + "/details/" + url.PathEscape(row.ID), byID: true}
		k.query = url.Values{"offset": {"0"}, "limit": {"100"}}
		var said orderDetail
		a, err := b.c.get(ctx, k, &said, nil)
		switch {
		case ctx.Err() != nil, errors.Is(err, pool.Auth):
			return nil, nil, err
		case err != nil:
			return append(kept, rows[i:]...), parts, nil
		}
		parts = append(parts, a.part(a.body))
		if said.may(b.kind) {
			kept = append(kept, said.with(row))
		}
	}
	return kept, parts, nil
}

// customerOrders is the answer of ListCustomerOrders.
type customerOrders struct {
	Total *int            `json:"total_count"`
	Rows  []customerOrder `json:"order_infos"`
}

// customerOrder is an order in the books.
type customerOrder struct {
	Raw         json.RawMessage `wire:"raw"`
	ID          string          `json:"order_id"`
	Type        *int            `json:"order_type"`
	Status      *int            `json:"status"`
	ServiceType string          `json:"service_type_code"`
	Created     time.Time       `json:"create_time"`
	Currency    string          `json:"currency"`
	Amount      json.RawMessage `json:"amount_after_discount"`
	Measure     *int            `json:"measure_id"`
}

// orderDetail is the answer of ShowCustomerOrderDetails.
type orderDetail struct {
	Info  *customerOrder `json:"order_info"`
	Lines []struct {
		ServiceType string `json:"service_type_code"`
	} `json:"order_line_items"`
}

// may tells whether one of the lines may be of the kind; there may be no lines.
func (d orderDetail) may(k orderKind) bool {
	for _, line := range d.Lines {
		if k.service(line.ServiceType) {
			return true
		}
	}
	return len(d.Lines) == 0
}

// with is the row with what the details have newer.
func (d orderDetail) with(row customerOrder) customerOrder {
	if d.Info == nil || d.Info.ID != row.ID {
		return row
	}
	row.Status = cmp.Or(d.Info.Status, row.Status)
	if d.Info.Amount != nil {
		row.Amount, row.Currency, row.Measure = d.Info.Amount, cmp.Or(d.Info.Currency, row.Currency), cmp.Or(d.Info.Measure, row.Measure)
	}
	return row
}

// order makes a CloudOrder of a row. Which desktops it is for billing does not say.
func (r customerOrder) order(drift *pool.Drift) pool.CloudOrder {
	return pool.CloudOrder{
		ID:           clean(r.ID, maxID),
		PaymentState: paymentState(r.Status, drift),
		CreatedAt:    r.Created,
		Amount:       money(r.Amount, r.Currency, r.Measure),
		Native:       r.Raw,
	}
}
