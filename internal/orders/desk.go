package orders

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/pool"
)

// The kinds of a Desk's errors, besides those of the sources and Unrecorded.
const (
	Unprocessable pool.Kind = "validation failed"         // Faults say what is wrong
	Unsupported   pool.Kind = "capability not supported"  // Faults say what, and what the source can do
	KeyReused     pool.Kind = "idempotency key mismatch"  // the key has another order
	InProgress    pool.Kind = "order in progress"         // the key's order is still being placed
	Unresolved    pool.Kind = "pool has an unknown order" // another order may be changing it
	PriceChanged  pool.Kind = "price changed"             // it is above max_amount now
	Settled       pool.Kind = "order is settled"          // nobody has to resolve it
	NoOrder       pool.Kind = "no such order"
)

// Options of a Desk.
type Options struct {
	// Ledger keeps the orders; nil: orders are off, and Unrecorded.
	Ledger Ledger
	// Sole tells that no other process uses the ledger: what is found under way
	// and is not ours has been left behind.
	Sole    bool
	Timeout time.Duration // of one call that places an order; zero: 30 s
	Log     zerolog.Logger
	Pace    Pace
}

// Pace is how long the Desk waits before it looks up what became of an order.
// Zero fields have the documented defaults.
type Pace struct {
	First  time.Duration // to the first look; 5 s
	Most   time.Duration // the waits double up to it; 60 s
	Expiry time.Duration // after the signature: since then nothing can be placed by it any more; 20 min
	GiveUp time.Duration // after the signature: then a person must look; 24 h
}

func (p Pace) orDefaults() Pace {
	return Pace{
		First:  cmp.Or(p.First, 5*time.Second),
		Most:   cmp.Or(p.Most, time.Minute),
		Expiry: cmp.Or(p.Expiry, 20*time.Minute),
		GiveUp: cmp.Or(p.GiveUp, 24*time.Hour),
	}
}

// Desk takes orders. It is safe for concurrent use.
type Desk struct {
	o       Options
	sources atomic.Pointer[map[string]pool.Source]
	working sync.WaitGroup // orders being placed
	leaving atomic.Bool    // Drain was called

	mu     sync.Mutex
	keys   map[tenantKey]string // fingerprints of the orders being placed
	active map[string]bool      // ids of the records that this process works on
}

type tenantKey struct{ tenant, key string }

// New returns a Desk. It needs Use before the first order, and Run for looking up.
func New(o Options) *Desk {
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Pace = o.Pace.orDefaults()
	d := &Desk{o: o, keys: map[tenantKey]string{}, active: map[string]bool{}}
	d.Use(nil)
	return d
}

// Use sets the sources in which unknown outcomes are looked up, after every
// reload anew.
func (d *Desk) Use(sources []pool.Source) {
	byID := make(map[string]pool.Source, len(sources))
	for _, src := range sources {
		byID[src.ID] = src
	}
	d.sources.Store(&byID)
}

func (d *Desk) source(id string) (pool.Source, bool) {
	src, known := (*d.sources.Load())[id]
	return src, known && src.Ordering != nil
}

// Drain returns when no order is being placed any more, or ctx ends. An order
// of several calls ends with the one that is under way.
func (d *Desk) Drain(ctx context.Context) {
	d.leaving.Store(true)
	done := make(chan struct{})
	go func() { // ends with the last order, each of which is bounded
		d.working.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Order returns an order of a tenant. Errors: NoOrder, Unrecorded.
func (d *Desk) Order(ctx context.Context, tenant, id string) (Record, error) {
	if err := d.on(); err != nil {
		return Record{}, err
	}
	rec, err := d.o.Ledger.Get(ctx, Ref{ID: id})
	if errors.Is(err, pool.NotFound) || err == nil && rec.Tenant != tenant {
		return Record{}, &pool.Error{Kind: NoOrder, Op: "read an order"}
	}
	return rec, err
}

// Orders lists orders. Errors: Unrecorded.
func (d *Desk) Orders(ctx context.Context, q Query) (records []Record, more bool, err error) {
	if err := d.on(); err != nil {
		return nil, false, err
	}
	return d.o.Ledger.List(ctx, q)
}

// on is an error if there is no ledger.
func (d *Desk) on() error {
	if d.o.Ledger == nil {
		return &pool.Error{Kind: Unrecorded, Op: "use the ledger", Detail: "No ledger is configured, so orders are off."}
	}
	return nil
}

// claim takes a key for one request of this process. With an error it is taken.
func (d *Desk) claim(k tenantKey, mark string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if other, taken := d.keys[k]; taken {
		return underWay(other == mark)
	}
	d.keys[k] = mark
	return nil
}

func (d *Desk) release(k tenantKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.keys, k)
}

// underWay says that the key's order is being placed, or is another one.
func underWay(same bool) error {
	if same {
		return &pool.Error{Kind: InProgress, Op: "place an order", RetryAfter: time.Second}
	}
	return &pool.Error{Kind: KeyReused, Op: "place an order"}
}

// work marks a record as worked on by this process; the function it returns ends that.
func (d *Desk) work(id string) func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active[id] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.active, id)
	}
}

func (d *Desk) worksOn(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.active[id]
}

// now is the time as records hold it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID sorts by time: 48 bits of milliseconds, then 80 random ones, as in ULID.
func newID(at time.Time) string {
	var b [18]byte                                             // 2 of zeros, so that 26 characters hold the rest
	binary.BigEndian.PutUint64(b[0:8], uint64(at.UnixMilli())) //nolint:gosec // after 1970
	_, _ = rand.Read(b[8:])                                    // never fails
	return "ord_" + crockford.EncodeToString(b[2:])
}
