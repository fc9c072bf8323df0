package orders

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// others is what else was ordered of a cloud around the time of a call.
type others struct {
	claimed map[string]bool // ids of the cloud's orders that belong to other records
	// rivals tells whether the outcome of another one is unknown too, so that
	// what is found may be its.
	rivals bool
}

// around is how long before a call another one can have ended whose orders may
// be taken for its own; an order that is tried again is older than its calls.
const around = time.Hour

// others reads the ledger for what else was ordered of the cloud at the time of one of rec's calls.
func (d *Desk) others(ctx context.Context, rec Record, index int) (others, error) {
	o := others{claimed: map[string]bool{}}
	item := rec.Items[index]
	end := d.until(item)
	q := Query{UpdatedGTE: item.SentAt.Add(-around), Limit: 500}
	for {
		records, more, err := d.o.Ledger.List(ctx, q)
		if err != nil {
			return o, err
		}
		for _, other := range records {
			if other.Cloud != rec.Cloud { // another source may be the same account
				continue
			}
			for i, its := range other.Items {
				if other.ID != rec.ID || i != index {
					o.add(item, end, its, d.until(its))
				}
			}
		}
		if !more || len(records) == 0 {
			return o, nil
		}
		q.Before = records[len(records)-1].ID
	}
}

// add notes another call, which was over at its end.
func (o *others) add(item Item, end time.Time, its Item, itsEnd time.Time) {
	for _, known := range its.Orders {
		o.claimed[known.ID] = true
	}
	// One that a person has settled as placed has orders that nobody has named.
	nameless := its.State == itemPlaced && len(its.Orders) < its.Call.Orders
	if its.State == itemUnknown || its.State == ItemSending || nameless {
		overlaps := its.SentAt.Before(end.Add(2*margin)) && item.SentAt.Before(itsEnd.Add(2*margin))
		o.rivals = o.rivals || overlaps
	}
}

// margin is how far the clouds' clocks and ours may be apart.
const margin = 2 * time.Minute

// verdict is what the evidence says of one call.
type verdict struct {
	placed   bool
	orders   []pool.CloudOrder
	empty    bool   // there is no trace of it
	conflict string // why it cannot be told; a sentence
}

// weigh says what the evidence means. It errs on the side of not knowing.
func weigh(rec Record, item Item, e pool.Evidence, o others) verdict {
	changed := e.Changed != nil && *e.Changed
	if item.Call.Orders == 0 { // the cloud keeps no books of it: the target must show it
		switch {
		case changed:
			return verdict{placed: true, orders: e.Orders}
		case e.Changed != nil:
			return verdict{empty: true}
		}
		return verdict{conflict: "some of the target shows the change, or it cannot be seen."}
	}
	mine, foreign := o.unclaimed(rec, item, e.Orders)
	silent := slices.ContainsFunc(mine, func(c pool.CloudOrder) bool { return c.DesktopIDs == nil })
	switch need := item.Call.Orders; {
	case len(mine) > 0 && !silent && item.Call.DesktopIDs != nil: // the desktops tell, however many orders they make
		if sameDesktops(mine, item.Call.DesktopIDs) {
			return verdict{placed: true, orders: mine}
		}
		return verdict{conflict: "the cloud's books have orders of that time for other desktops than those of the call, or only some of them."}
	case len(mine) == need && (!o.rivals || !silent):
		return verdict{placed: true, orders: mine}
	case len(mine) > 0:
		return verdict{conflict: fmt.Sprintf("the cloud's books have %d orders of that time that may be it, where %d are expected.", len(mine), need)}
	case foreign > 0:
		return verdict{conflict: "the cloud's books have an order of that time with another price."}
	case changed, e.Partly:
		return verdict{conflict: "the target shows the change, or a part of it, but the cloud's books have no order of it."}
	}
	return verdict{empty: true}
}

// sameDesktops tells whether orders are for these desktops, each once.
func sameDesktops(orders []pool.CloudOrder, desktops []string) bool {
	var ordered []string
	for _, o := range orders {
		ordered = append(ordered, o.DesktopIDs...)
	}
	slices.Sort(ordered)
	return slices.Equal(ordered, slices.Sorted(slices.Values(desktops)))
}

// unclaimed are the orders that may be the call's, and how many more there are whose
// price differs from what was to be paid.
func (o others) unclaimed(rec Record, item Item, found []pool.CloudOrder) (mine []pool.CloudOrder, foreign int) {
	for _, c := range found {
		switch {
		case c.ID == "" || o.claimed[c.ID]:
		case item.Call.Orders == 1 && len(rec.Items) == 1 && c.DesktopIDs == nil && otherPrice(rec.Estimate, c.Amount):
			foreign++
		default:
			mine = append(mine, c)
		}
	}
	return mine, foreign
}

// otherPrice tells whether an order costs something else than was estimated.
func otherPrice(e *Estimate, amount *pool.Money) bool {
	if e == nil || e.Amount == nil || amount == nil {
		return false
	}
	c, err := e.Amount.Cmp(*amount)
	return err != nil || c != 0
}
