package memory

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Look reads the book and the target.
func (o *orderer) Look(ctx context.Context, s pool.Suspect) (pool.Evidence, error) {
	const op = "look an order up"
	now, err := o.reader.begin(ctx, op)
	if err != nil {
		return pool.Evidence{}, err
	}
	var order pool.Order
	var before map[string]shape
	if json.Unmarshal(s.Call.Request, &order) != nil || json.Unmarshal(s.Call.Before, &before) != nil || len(shapeless(order)) > 0 {
		return pool.Evidence{}, o.reader.fail(pool.Invalid, op, "The call is not one of this cloud's.")
	}
	defer o.reader.store.reading()()
	var found pool.Evidence
	var body nativeOrders
	for _, entry := range o.book {
		if entry.suits(order, s) && now.Sub(entry.At) >= o.late {
			found.Orders = append(found.Orders, entry.cloudOrder())
			body.Orders = append(body.Orders, encode(entry.native()))
		}
	}
	if o.exists(order) {
		found.Changed = o.changed(order, before)
	}
	found.Parts = []pool.Part{o.reader.part("ListOrders", now, body)}
	return found, nil
}

// suits tells whether an entry may be of the call that is looked for.
func (o Order) suits(ordered pool.Order, s pool.Suspect) bool {
	from, to := s.At.Truncate(time.Millisecond), s.Until
	if o.Order.Type != ordered.Type || o.At.Before(from) || o.At.After(to) {
		return false
	}
	if ordered.PoolID != "" {
		return o.Order.PoolID == ordered.PoolID
	}
	return slices.ContainsFunc(o.Order.DesktopIDs, func(id string) bool { return slices.Contains(ordered.DesktopIDs, id) })
}
