package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestMain(m *testing.M) {
	// go-redis looks for a server that is gone once a second, and sees only
	// then that it was closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// cloud is a small cloud: pools p1 and p2, and their desktops. It counts what
// it is asked, takes its time, and fails on demand.
type cloud struct {
	takes time.Duration // of every read

	mu      sync.Mutex
	asked   int
	name    string // of every pool
	fails   error
	panics  bool
	blocked chan struct{} // if set, every read waits until it is closed
	entered chan struct{} // if set, every read puts a value
}

func (c *cloud) source(id string) pool.Source {
	return pool.Source{ID: id, Cloud: pool.Memory, Region: "here", Reader: c, Catalogue: c}
}

func (c *cloud) calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// is changes how the cloud is.
func (c *cloud) is(change func(c *cloud)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// visit is one read: it returns the parts that the cloud sends.
func (c *cloud) visit(ctx context.Context, op string) (asOf time.Time, name string, parts []pool.Part, err error) {
	asOf = time.Now()
	c.mu.Lock()
	c.asked++
	n, fails, panics, blocked, entered := c.asked, c.fails, c.panics, c.blocked, c.entered
	name = c.name
	c.mu.Unlock()
	if panics {
		panic("the adapter is broken")
	}
	if entered != nil {
		entered <- struct{}{}
	}
	select {
	case <-ctx.Done():
		return asOf, "", nil, &pool.Error{Kind: pool.Timeout, Op: op, Err: ctx.Err()}
	case <-blockedOr(blocked, c.takes):
	}
	if fails != nil {
		return asOf, "", nil, fails
	}
	id := fmt.Sprintf("REQUEST-%d", n)
	body := fmt.Sprintf(`{"RequestId":%q, "op":"<%s>"}`, id, op)
	return asOf, name, []pool.Part{{Operation: op, RequestID: id, ReadAt: time.Now(), Body: json.RawMessage(body)}}, nil
}

func blockedOr(blocked chan struct{}, takes time.Duration) <-chan struct{} {
	if blocked != nil {
		return blocked
	}
	done := make(chan struct{})
	if takes == 0 {
		close(done)
	} else {
		time.AfterFunc(takes, func() { close(done) })
	}
	return done
}

func (c *cloud) Pools(ctx context.Context) (a pool.Answer[[]pool.Pool], err error) {
	var name string
	if a.AsOf, name, a.Parts, err = c.visit(ctx, "ListPools"); err != nil {
		return a, err
	}
	for _, id := range []string{"p1", "p2"} {
		row := pool.Part{Operation: "ListPools", RequestID: a.Parts[0].RequestID, ReadAt: a.AsOf, Body: json.RawMessage(`{"id": "` + id + `"}`)}
		a.Value = append(a.Value, pool.Pool{NativeID: id, Name: name, Disks: []pool.Disk{}, Native: []pool.Part{row}})
	}
	return a, nil
}

func (c *cloud) Pool(ctx context.Context, id string) (a pool.Answer[pool.Pool], err error) {
	a.AsOf, a.Value.Name, a.Parts, err = c.visit(ctx, "ShowPool")
	if err == nil && id != "p1" && id != "p2" {
		return a, unknown(a.Parts[0].RequestID)
	}
	a.Value.NativeID = id
	return a, err
}

func (c *cloud) Desktops(ctx context.Context, q pool.DesktopsQuery) (a pool.Answer[pool.DesktopPage], err error) {
	a.AsOf, _, a.Parts, err = c.visit(ctx, "ListDesktops")
	a.Value.Items = []pool.Desktop{{NativeID: fmt.Sprintf("%+v", q), PoolID: q.PoolID}}
	return a, err
}

func (c *cloud) Desktop(ctx context.Context, id string) (a pool.Answer[pool.Desktop], err error) {
	a.AsOf, a.Value.Name, a.Parts, err = c.visit(ctx, "ShowDesktop")
	a.Value.NativeID = id
	return a, err
}

func (c *cloud) Statistics(ctx context.Context, q pool.StatisticsQuery) (a pool.Answer[pool.Statistics], err error) {
	a.AsOf, _, a.Parts, err = c.visit(ctx, "CountDesktops")
	for _, id := range q.PoolIDs {
		a.Value.Pools = append(a.Value.Pools, pool.PoolStatistics{PoolID: id})
	}
	return a, err
}

func (c *cloud) Products(ctx context.Context) (a pool.Answer[[]pool.Offer], err error) {
	var name string
	if a.AsOf, name, a.Parts, err = c.visit(ctx, "ListProducts"); err != nil {
		return a, err
	}
	row := pool.Part{Operation: "ListProducts", Body: json.RawMessage(`{"id": "small"}`)}
	a.Value = []pool.Offer{{Kind: pool.DesktopOffer, Product: pool.Product{ID: "small"}, Name: name, Native: []pool.Part{row}}, {Kind: pool.VolumeOffer}}
	return a, nil
}

func (c *cloud) Images(ctx context.Context) (a pool.Answer[[]pool.ImageOffer], err error) {
	var name string
	if a.AsOf, name, a.Parts, err = c.visit(ctx, "ListImages"); err != nil {
		return a, err
	}
	row := pool.Part{Operation: "ListImages", Body: json.RawMessage(`{"id": "plain"}`)}
	a.Value = []pool.ImageOffer{{Image: pool.Image{ID: "plain", Name: name}, SizeGiB: new(40), Native: []pool.Part{row}}}
	return a, nil
}

func unknown(requestID string) error {
	return &pool.Error{Kind: pool.NotFound, Op: "show a pool", Detail: "no such pool",
		Upstream: &pool.Upstream{HTTPStatus: 400, Code: "WKS.0001", RequestID: requestID}, Err: fmt.Errorf("a cause")}
}

// question is one kind of read, less its answer.
type question struct {
	name string
	ttl  time.Duration // the default
	ask  func(ctx context.Context, r pool.Reader) (seen, error)
}

// seen is what an answer says of itself.
type seen struct {
	Value   any
	AsOf    time.Time
	Parts   []pool.Part
	Version string
	From    pool.From
}

func see[T any](a pool.Answer[T], err error) (seen, error) {
	return seen{a.Value, a.AsOf, a.Parts, a.Version, a.From}, err
}

func questions() []question {
	return []question{
		{"pools", 30 * time.Second, func(ctx context.Context, r pool.Reader) (seen, error) { return see(r.Pools(ctx)) }},
		{"pool", 15 * time.Second, func(ctx context.Context, r pool.Reader) (seen, error) { return see(r.Pool(ctx, "p1")) }},
		{"desktops", 15 * time.Second, func(ctx context.Context, r pool.Reader) (seen, error) {
			return see(r.Desktops(ctx, pool.DesktopsQuery{PoolID: "p1", Size: 100}))
		}},
		{"desktop", 15 * time.Second, func(ctx context.Context, r pool.Reader) (seen, error) { return see(r.Desktop(ctx, "d1")) }},
		{"statistics", 15 * time.Second, func(ctx context.Context, r pool.Reader) (seen, error) {
			return see(r.Statistics(ctx, pool.StatisticsQuery{PoolIDs: []string{"p1"}}))
		}},
	}
}

// goods asks what can be ordered as a question asks a reader.
func goods(src pool.Source) []question {
	return []question{
		{"products", 10 * time.Minute, func(ctx context.Context, _ pool.Reader) (seen, error) { return see(src.Catalogue.Products(ctx)) }},
		{"images", 10 * time.Minute, func(ctx context.Context, _ pool.Reader) (seen, error) { return see(src.Catalogue.Images(ctx)) }},
	}
}

// wait passes time in a bubble.
func wait(d time.Duration) { <-time.After(d) }

func mustAsk(t *testing.T, q question, r pool.Reader) seen {
	t.Helper()
	s, err := q.ask(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %v", q.name, err)
	}
	return s
}
