package memory

import (
	"fmt"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Cloud is what stands behind a memory source: its book of orders, and knobs
// that make it behave as clouds do. It is safe for concurrent use.
type Cloud struct {
	source    pool.Source
	reader    *reader
	catalogue *catalogue
	batch     int

	// Guarded by the store's lock, as the pools are.
	book   []Order
	writes int
	fate   func(pool.OrderCall) Fate
	raise  int
	late   time.Duration
}

// Order is one order in the book. It takes effect when it is paid.
type Order struct {
	ID     string
	Order  pool.Order // its own part of what was ordered: a pool, or one desktop
	Paid   bool
	Amount *pool.Money // nil: it has no price
	At     time.Time   // when it was made; whole milliseconds
}

// Fate is what becomes of one call that orders.
type Fate string

// The fates. Writes counts all but the first two.
const (
	Done        Fate = ""             // it is booked, and answered
	Unreachable Fate = "unreachable"  // no connection: NOT_SENT
	Throttle    Fate = "throttle"     // refused before it was read: NOT_SENT
	Refuse      Fate = "refuse"       // REJECTED, and not booked
	RefuseKey   Fate = "refuse_key"   // REJECTED, since our credentials are
	SomeFail    Fate = "some_fail"    // every second order is not booked: PARTIAL
	LoseRequest Fate = "lose_request" // not booked, and not answered: UNKNOWN
	LoseAnswer  Fate = "lose_answer"  // booked, and not answered: UNKNOWN
	Hang        Fate = "hang"         // booked, and UNKNOWN when ctx ends
)

// Source returns the source that asks this cloud.
func (c *Cloud) Source() pool.Source { return c.source }

// Orders returns the book, in order of creation.
func (c *Cloud) Orders() []Order {
	defer c.reader.store.reading()()
	return slices.Clone(c.book)
}

// Writes is how many calls that order were sent.
func (c *Cloud) Writes() int {
	defer c.reader.store.reading()()
	return c.writes
}

// Decide sets what decides the fate of each call that orders; nil: all are Done.
// It may block, as a slow cloud does.
func (c *Cloud) Decide(fate func(pool.OrderCall) Fate) {
	c.set(func() { c.fate = fate })
}

// InTurn gives each call the next of fates; when there are no more, it is Done.
func InTurn(fates ...Fate) func(pool.OrderCall) Fate {
	next := make(chan Fate, len(fates))
	for _, f := range fates {
		next <- f
	}
	return func(pool.OrderCall) Fate {
		select {
		case f := <-next:
			return f
		default:
			return Done
		}
	}
}

// Raise makes all that costs something so many percent dearer than it was at first.
func (c *Cloud) Raise(percent int) { c.set(func() { c.raise = percent }) }

// ListLate hides orders from who looks for them until they are so old.
func (c *Cloud) ListLate(d time.Duration) { c.set(func() { c.late = d }) }

// Pay pays an order, which then takes effect. It fails if there is no such
// order, or it is paid.
func (c *Cloud) Pay(id string) (err error) {
	c.set(func() {
		i := slices.IndexFunc(c.book, func(o Order) bool { return o.ID == id && !o.Paid })
		if i < 0 {
			err = fmt.Errorf("memory: no order %q waits to be paid", id)
			return
		}
		c.book[i].Paid = true
		c.take(c.book[i].Order)
	})
	return err
}

// set changes c under the lock.
func (c *Cloud) set(change func()) {
	c.reader.store.mu.Lock()
	defer c.reader.store.mu.Unlock()
	change()
}

// enter books an order, which takes effect at once if it is to be paid automatically.
func (c *Cloud) enter(o pool.Order, at time.Time) Order {
	entry := Order{
		ID:    fmt.Sprintf("%s-order-%04d", c.source.ID, len(c.book)+1),
		Order: o, Paid: o.AutoPay, At: at.Truncate(time.Millisecond),
	}
	if p := c.priced(o, c.size(o)); p.Amount != nil {
		entry.Amount = p.Amount
	}
	c.book = append(c.book, entry)
	if entry.Paid {
		c.take(o)
	}
	return entry
}

// state is how far the order is.
func (o Order) state() pool.PaymentState {
	if o.Paid {
		return pool.PayCompleted
	}
	return pool.PayAwaitingPayment
}

// cloudOrder is the order as the cloud tells of it.
func (o Order) cloudOrder() pool.CloudOrder {
	return pool.CloudOrder{
		ID: o.ID, PaymentState: o.state(), DesktopIDs: o.Order.DesktopIDs, CreatedAt: o.At, Amount: o.Amount, Native: encode(o.native()),
	}
}
