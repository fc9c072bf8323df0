// Package memory is a cloud in a slice: the smallest third cloud, and what
// the other rooms test against.
package memory

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Config is what a memory source holds.
type Config struct {
	ID, Region string
	Pools      []Pool
	// Batch is how many desktops one call changes: an order for a pool is then
	// taken apart. 0: a pool goes as a whole, and desktops in one call.
	Batch int
}

// Pool is a pool with its desktops. The pool id of a desktop may be empty.
type Pool struct {
	pool.Pool
	Desktops []pool.Desktop
}

// New returns a source of the pools in c. It reports every field as it stands
// there, so c must not be changed afterwards; only Native is its own. It fails
// on ids that are missing, doubled or contradict each other.
func New(c Config) (pool.Source, error) {
	cloud, err := Open(c)
	if err != nil {
		return pool.Source{}, err
	}
	return cloud.Source(), nil
}

// Open is New for those who want to see the cloud behind the source, too.
func Open(c Config) (*Cloud, error) {
	if !pool.ValidSourceID(c.ID) {
		return nil, fmt.Errorf("memory: %q cannot name a source", c.ID)
	}
	s, err := newStore(c.Pools)
	if err != nil {
		return nil, fmt.Errorf("memory: %w", err)
	}
	r := &reader{source: c.ID, store: s}
	cloud := &Cloud{reader: r, catalogue: newCatalogue(r, c.Pools), batch: c.Batch}
	cloud.source = pool.Source{
		ID:             c.ID,
		Cloud:          pool.Memory,
		Region:         c.Region,
		Reader:         r,
		Catalogue:      cloud.catalogue,
		Ordering:       ordering(cloud),
		Personal:       func(key string) bool { return key == "user_id" || key == "user_name" },
		DesktopFilters: pool.DesktopFilters{BillingMode: true, User: true, PowerState: true},
	}
	return cloud, nil
}

type reader struct {
	source string
	store  *store
	calls  atomic.Int64
}

// begin starts a call, unless ctx is done: that is the one way in which this
// cloud cannot be reached. It returns the time of the call.
func (r *reader) begin(ctx context.Context, op string) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, &pool.Error{Kind: pool.Timeout, Source: r.source, Op: op, Err: err}
	}
	return time.Now().UTC(), nil
}

func (r *reader) fail(kind pool.Kind, op, detail string) error {
	return &pool.Error{Kind: kind, Source: r.source, Op: op, Detail: detail}
}

// part makes one answer of the cloud.
func (r *reader) part(operation string, at time.Time, body any) pool.Part {
	id := "memory-" + strconv.FormatInt(r.calls.Add(1), 10)
	return pool.Part{Operation: operation, RequestID: id, ReadAt: at, Body: encode(body)}
}

// Pools returns every pool, in the order of the slice.
func (r *reader) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	now, err := r.begin(ctx, "list desktop pools")
	if err != nil {
		return pool.Answer[[]pool.Pool]{}, err
	}
	defer r.store.reading()()
	rows := make([]pool.Pool, len(r.store.pools))
	envelope := r.part("ListPools", now, envelope{Total: len(rows)})
	for i, p := range r.store.pools {
		rows[i] = p.Pool
		rows[i].Native = []pool.Part{row(envelope, p.native())}
	}
	return pool.Answer[[]pool.Pool]{Value: rows, AsOf: now, Parts: []pool.Part{envelope}}, nil
}

// Pool returns one pool.
func (r *reader) Pool(ctx context.Context, id string) (pool.Answer[pool.Pool], error) {
	const op = "read a desktop pool"
	now, err := r.begin(ctx, op)
	if err != nil {
		return pool.Answer[pool.Pool]{}, err
	}
	defer r.store.reading()()
	p, known := r.store.poolByID[id]
	if !known {
		return pool.Answer[pool.Pool]{}, r.fail(pool.NotFound, op, "")
	}
	return pool.Answer[pool.Pool]{Value: p.full(), AsOf: now, Parts: []pool.Part{r.part("GetPool", now, p.native())}}, nil
}

// Desktop returns one desktop.
func (r *reader) Desktop(ctx context.Context, id string) (pool.Answer[pool.Desktop], error) {
	const op = "read a desktop"
	now, err := r.begin(ctx, op)
	if err != nil {
		return pool.Answer[pool.Desktop]{}, err
	}
	defer r.store.reading()()
	d, known := r.store.desktopByID[id]
	if !known {
		return pool.Answer[pool.Desktop]{}, r.fail(pool.NotFound, op, "")
	}
	value := *d
	value.Native = nil
	return pool.Answer[pool.Desktop]{Value: value, AsOf: now, Parts: []pool.Part{r.part("GetDesktop", now, nativeOf(d))}}, nil
}

// Desktops returns one page of a pool's desktops, in the order of the slice.
// The token is how many desktops of the query stand before the page.
func (r *reader) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	const op = "list desktops"
	now, err := r.begin(ctx, op)
	if err != nil {
		return pool.Answer[pool.DesktopPage]{}, err
	}
	defer r.store.reading()()
	p, known := r.store.poolByID[q.PoolID]
	if !known {
		return pool.Answer[pool.DesktopPage]{}, r.fail(pool.NotFound, op, "")
	}
	if q.Size < 1 || q.Size > pool.MaxPage {
		return pool.Answer[pool.DesktopPage]{}, r.fail(pool.Invalid, op, "The page size is out of bounds.")
	}
	matching := p.matching(q.Filter)
	from, ok := offset(q.Token, len(matching))
	if !ok {
		return pool.Answer[pool.DesktopPage]{}, r.fail(pool.Invalid, op, "The token belongs to no page of this query.")
	}
	to, total := min(from+q.Size, len(matching)), len(matching)
	page := pool.DesktopPage{Items: make([]pool.Desktop, 0, to-from), Total: &total}
	if to < total {
		page.Next = strconv.Itoa(to)
	}
	envelope := r.part("ListDesktops", now, envelope{Total: total, Next: page.Next})
	for _, d := range matching[from:to] {
		item := *d
		item.Native = []pool.Part{row(envelope, nativeOf(d))}
		page.Items = append(page.Items, item)
	}
	return pool.Answer[pool.DesktopPage]{Value: page, AsOf: now, Parts: []pool.Part{envelope}}, nil
}

func offset(token string, total int) (int, bool) {
	if token == "" {
		return 0, true
	}
	n, err := strconv.Atoi(token)
	return n, err == nil && n > 0 && n < total
}
