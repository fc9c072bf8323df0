package orders

import (
	"context"
	"errors"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// Resolve settles an order whose outcome is UNKNOWN or NEEDS_REVIEW as PLACED
// or NOT_PLACED, by a person's word. Calls of it that are known to have ended
// otherwise stay so, and then it is PARTIAL. Errors: NoOrder, Settled, Unrecorded.
// by names the credentials of that person.
func (d *Desk) Resolve(ctx context.Context, tenant, id, by string, state State, note string) (Record, error) {
	for {
		rec, err := d.Order(ctx, tenant, id)
		if err != nil {
			return Record{}, err
		}
		if rec.State != Unknown && rec.State != NeedsReview {
			return Record{}, &pool.Error{Kind: Settled, Op: "resolve an order", Detail: "Its state is " + string(rec.State) + "."}
		}
		kept, err := d.o.Ledger.Change(ctx, rec.resolved(state, "A person with the key "+by+" settled it: "+note))
		if errors.Is(err, Changed) { // it was looked up meanwhile
			continue
		}
		if err == nil {
			if src, known := d.source(kept.Source); known && src.Forget != nil {
				src.Forget(ctx, kept.Pools)
			}
		}
		return kept, err
	}
}

func (r Record) resolved(state State, note string) Record {
	as := ItemNotPlaced
	if state == Placed {
		as = itemPlaced
	}
	r.Items = slices.Clone(r.Items)
	for i, item := range r.Items {
		if item.State == itemUnknown {
			r.Items[i].State = as
		}
	}
	return r.settled(now(), conclude(r.Items), note)
}
