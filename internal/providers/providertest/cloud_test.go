package providertest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

const secret = "hush-hush"

// breakable is a memory source that can be broken, as a cloud with its
// adapter can: it repeats a read twice and gives failures their kinds.
type breakable struct {
	pool.Reader
	source   string
	attempts int
	kinds    map[fault.Kind]pool.Kind
	drift    *pool.Drift
	calls    atomic.Int64

	mu     sync.Mutex
	faults []fault.Fault
	struck int // how often a fault with a probability was on
}

func newFixture(t *testing.T) (Fixture, *breakable) {
	t.Helper()
	source, err := memory.New(memory.Config{ID: "mem", Region: "here", Pools: memory.World(1)})
	if err != nil {
		t.Fatal(err)
	}
	b := &breakable{Reader: source.Reader, source: source.ID, attempts: 3, drift: &pool.Drift{}, kinds: map[fault.Kind]pool.Kind{
		fault.Error: pool.Failed, fault.Throttle: pool.Throttled, fault.Cut: pool.BadBody, fault.HTML: pool.BadBody, fault.LoseAnswer: pool.Unavailable,
	}}
	source.Reader, source.Drift = b, b.drift
	return Fixture{
		Source: source, Pools: 24, BigPoolID: "pool-01", BigPoolDesktops: 300,
		UnknownPoolID: "pool-99", UnknownDesktopID: "desktop-99-0001",
		Break: b.strike, Heal: b.heal, Secrets: []string{secret}, Calls: func() int { return int(b.calls.Load()) },
	}, b
}

func (b *breakable) strike(f fault.Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, f)
}

func (b *breakable) heal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// next is the fault of the next request. One with a probability strikes every other time.
func (b *breakable) next() fault.Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) == 0 {
		return ""
	}
	f := b.faults[0]
	if b.struck++; f.Probability > 0 && b.struck%2 == 0 {
		return ""
	}
	if f.Count == 1 {
		b.faults = b.faults[1:]
	}
	return f.Kind
}

func call[T any](ctx context.Context, b *breakable, method func() (T, error)) (T, error) {
	if ctx.Err() != nil {
		return method() // which refuses it
	}
	fail := func(kind pool.Kind, cause error) (T, error) {
		var none T
		return none, &pool.Error{Kind: kind, Source: b.source, Op: "read", Err: cause}
	}
	for attempt := 1; ; attempt++ {
		b.calls.Add(1)
		kind := b.next()
		switch kind {
		case fault.Hang:
			<-ctx.Done()
			return fail(pool.Timeout, ctx.Err())
		case fault.Drift:
			b.drift.Field("op.x")
			b.drift.Type("op.y")
			return method()
		case "", fault.Latency:
			return method()
		}
		if attempt == b.attempts {
			return fail(b.kinds[kind], errors.New("broken"))
		}
	}
}

func (b *breakable) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	return call(ctx, b, func() (pool.Answer[[]pool.Pool], error) { return b.Reader.Pools(ctx) })
}

func (b *breakable) Pool(ctx context.Context, id string) (pool.Answer[pool.Pool], error) {
	return call(ctx, b, func() (pool.Answer[pool.Pool], error) { return b.Reader.Pool(ctx, id) })
}

func (b *breakable) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	return call(ctx, b, func() (pool.Answer[pool.DesktopPage], error) { return b.Reader.Desktops(ctx, q) })
}

func (b *breakable) Desktop(ctx context.Context, id string) (pool.Answer[pool.Desktop], error) {
	return call(ctx, b, func() (pool.Answer[pool.Desktop], error) { return b.Reader.Desktop(ctx, id) })
}

func (b *breakable) Statistics(ctx context.Context, q pool.StatisticsQuery) (pool.Answer[pool.Statistics], error) {
	return call(ctx, b, func() (pool.Answer[pool.Statistics], error) { return b.Reader.Statistics(ctx, q) })
}
