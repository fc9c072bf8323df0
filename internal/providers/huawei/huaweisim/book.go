package huaweisim

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// The states of an order that this cloud brings about: order_status in the
// documents of Workspace, status in those of BSS.
const (
	toBeRefunded = 2
	processing   = 3
	canceled     = 4
	completed    = 5
	toBePaid     = 6
	compensating = 7
)

// payWithin is how long an order waits for its payment (chosen).
const payWithin = 24 * time.Hour

// order is an order in the book.
type order struct {
	Order

	change  *change // never changes
	pool    int     // index
	desktop int     // index; -1: the whole pool
	count   int     // desktops
	price   price
	since   time.Time // when it got its Status

	started, ended time.Time // its job, from payment on; zero: not yet
}

// book keeps the orders, and the world as they have made it. Nothing runs in
// the background: what has become due is done when somebody looks.
//
//	6 to be paid -pay-> 3 processing -jobTime-> 5 completed
//	6 -cancel, or payWithin over-> 4 canceled
//	3 -failure-> 7 compensating -jobTime-> 2 to be refunded -jobTime-> 4
//
// Failures come by Push alone; the last line, and all times, are chosen.
type book struct {
	jobTime time.Duration

	mu     sync.Mutex
	world  *World
	orders []*order // in order of creation
	byID   map[string]*order
	wake   time.Time // nothing is due before; zero: nothing is to come
	writes []*Write
}

// at brings the book to a time, and is the world then.
func (b *book) at(now time.Time) *World {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	return b.world
}

// advance does what has become due, in the order in which it did.
func (b *book) advance(now time.Time) {
	for !b.wake.IsZero() && !now.Before(b.wake) {
		var first *order
		var to int
		b.wake = time.Time{}
		for _, o := range b.orders {
			if status, at, ok := b.next(o); ok && (first == nil || at.Before(b.wake)) {
				first, to, b.wake = o, status, at
			}
		}
		if first != nil && !now.Before(b.wake) {
			b.enter(first, to, b.wake)
		}
	}
}

// next is what becomes of an order if nobody does anything.
func (b *book) next(o *order) (status int, at time.Time, ok bool) {
	switch o.Status {
	case toBePaid:
		return canceled, o.since.Add(payWithin), true
	case processing:
		return completed, o.since.Add(b.jobTime), true
	case compensating:
		return toBeRefunded, o.since.Add(b.jobTime), true
	case toBeRefunded:
		return canceled, o.since.Add(b.jobTime), true
	}
	return 0, time.Time{}, false
}

// enter gives an order a status, with what follows from that.
func (b *book) enter(o *order, status int, at time.Time) {
	if status == o.Status {
		return
	}
	if o.Status == processing {
		o.ended = at
		b.world = b.world.working(o.pool, -1)
	}
	o.Status, o.since = status, at
	switch status {
	case processing:
		o.started, o.ended = at, time.Time{}
		b.world = b.world.working(o.pool, 1)
	case completed:
		b.world = b.world.after(o)
	}
	if _, next, ok := b.next(o); ok && (b.wake.IsZero() || next.Before(b.wake)) {
		b.wake = next
	}
}

// place writes an order down, to be paid, under an id of its own.
func (b *book) place(o *order, now time.Time, write *Write) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for o.ID == "" || b.byID[o.ID] != nil {
		o.ID = newOrderID(now)
	}
	o.CreatedAt = now
	b.orders, b.byID[o.ID] = append(b.orders, o), o
	b.enter(o, toBePaid, now)
	write.OrderIDs = append(write.OrderIDs, o.ID)
}

// newOrderID is CS, the minute in UTC (chosen), and five digits or capitals: the form of all published examples.
func newOrderID(now time.Time) string {
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	id := []byte("CS" + now.UTC().Format("0601021504"))
	for range 5 {
		id = append(id, signs[rand.IntN(len(signs))])
	}
	return string(id)
}

// find is a copy of an order as it is at a time.
func (b *book) find(id string, now time.Time) (order, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	o, ok := b.byID[id]
	if !ok {
		return order{}, false
	}
	return *o, true
}

// list is a copy of all orders as they are at a time, in order of creation.
func (b *book) list(now time.Time) []order {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	out := make([]order, len(b.orders))
	for i, o := range b.orders {
		out[i] = *o
	}
	return out
}

// move gives an order another status, if it has one of those in from; without any, whatever it has.
func (b *book) move(id string, status int, now time.Time, from ...int) (known, moved bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance(now)
	o, ok := b.byID[id]
	if !ok || len(from) > 0 && !slices.Contains(from, o.Status) {
		return ok, false
	}
	b.enter(o, status, now)
	return true, true
}

// note writes down that somebody orders.
func (b *book) note(c *call) *Write {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &Write{Operation: c.op.name, Header: c.r.Header.Clone(), Close: c.r.Close, At: c.now}
	b.writes = append(b.writes, w)
	return w
}
