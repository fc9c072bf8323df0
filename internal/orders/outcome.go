package orders

import (
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// The states of an item that a call's outcome gives.
const (
	itemPlaced   = ItemState(pool.CallPlaced)
	itemPartial  = ItemState(pool.CallPartial)
	itemRejected = ItemState(pool.CallRejected)
	itemUnknown  = ItemState(pool.CallUnknown)
)

// conclude is the state of an order whose calls are in these states. One
// that may have been sent makes it UNKNOWN, whatever the others are.
func conclude(items []Item) State {
	has := func(states ...ItemState) bool {
		return slices.ContainsFunc(items, func(i Item) bool { return slices.Contains(states, i.State) })
	}
	all := func(state ItemState) bool {
		return !slices.ContainsFunc(items, func(i Item) bool { return i.State != state })
	}
	switch {
	case has(itemUnknown, ItemSending):
		return Unknown
	case all(itemPlaced):
		return Placed
	case has(itemPlaced, itemPartial):
		return Partial
	case has(ItemNotPlaced):
		return NotPlaced
	case has(itemRejected):
		return Rejected
	}
	return NotSent
}

// concluded is the record after its calls.
func (r Record) concluded(at time.Time, pace Pace) Record {
	state := conclude(r.Items)
	r.Refusal = nil
	for _, i := range r.Items {
		if i.Refusal != nil && state != Placed {
			r.Refusal = i.Refusal // the latest
		}
	}
	r.LeaseUntil, r.NextLook = time.Time{}, time.Time{}
	if state == Unknown {
		r.NextLook = at.Add(pace.First)
	}
	r.step(at, state, notes[state])
	return r
}

// notes say what a state means, in an order's history.
var notes = map[State]string{
	Placed:    "The cloud took the order.",
	Partial:   "The cloud took a part of the order.",
	Rejected:  "The cloud refused the order.",
	NotSent:   "Nothing was sent. The same key may try again.",
	Unknown:   "Nobody knows what became of the order. It is looked up, and never sent again.",
	NotPlaced: "The cloud knows of no such order, and can take it no more.",
}
