package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/deskpool/deskpool/internal/pool"
)

// reader is a pool.Reader that keeps what another one says.
type reader struct {
	inner   pool.Reader
	store   Store
	source  string
	prefix  string // of every key
	ttl     TTL
	timeout time.Duration
	maxAge  time.Duration                       // of what is kept: older is read anew; anyAge: its TTL alone counts
	flights *atomic.Pointer[singleflight.Group] // another one after each Forget
}

const anyAge time.Duration = -1

func (r *reader) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	key := r.prefix + kindPools + ":"
	if a, err := kept[[]pool.Pool](ctx, r, key); a != nil || err != nil {
		return value(a), err
	}
	return load(ctx, r, key, r.ttl.Pools, r.inner.Pools)
}

func (r *reader) Pool(ctx context.Context, id string) (pool.Answer[pool.Pool], error) {
	key := r.prefix + kindPool + ":" + id
	if a, err := kept[pool.Pool](ctx, r, key); a != nil || err != nil {
		return value(a), err
	}
	return load(ctx, r, key, r.ttl.Pool, func(ctx context.Context) (pool.Answer[pool.Pool], error) {
		return r.inner.Pool(ctx, id)
	})
}

func (r *reader) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	key := desktopsKey(r.prefix, q)
	if a, err := kept[pool.DesktopPage](ctx, r, key); a != nil || err != nil {
		return value(a), err
	}
	return load(ctx, r, key, r.ttl.Desktops, func(ctx context.Context) (pool.Answer[pool.DesktopPage], error) {
		return r.inner.Desktops(ctx, q)
	})
}

func (r *reader) Desktop(ctx context.Context, id string) (pool.Answer[pool.Desktop], error) {
	key := r.prefix + kindDesktop + ":" + id
	if a, err := kept[pool.Desktop](ctx, r, key); a != nil || err != nil {
		return value(a), err
	}
	return load(ctx, r, key, r.ttl.Desktops, func(ctx context.Context) (pool.Answer[pool.Desktop], error) {
		return r.inner.Desktop(ctx, id)
	})
}

func (r *reader) Statistics(ctx context.Context, q pool.StatisticsQuery) (pool.Answer[pool.Statistics], error) {
	key := statisticsKey(r.prefix, q)
	if a, err := kept[pool.Statistics](ctx, r, key); a != nil || err != nil {
		return value(a), err
	}
	q.PoolIDs = slices.Clone(q.PoolIDs) // the read may outlive the caller, whose slice it is
	return load(ctx, r, key, r.ttl.Statistics, func(ctx context.Context) (pool.Answer[pool.Statistics], error) {
		return r.inner.Statistics(ctx, q)
	})
}

// kept answers from what is at hand: neither an answer nor an error if that is
// nothing. It is apart from load so that a hit makes no closure.
func kept[T any](ctx context.Context, r *reader, key string) (*pool.Answer[T], error) {
	if ctx.Err() != nil {
		return nil, r.leave(ctx)
	}
	return answered[T](r, r.store.Peek(key))
}

// answered is what e says, if it is fresh: neither an answer nor an error if not.
func answered[T any](r *reader, e *Entry) (*pool.Answer[T], error) {
	now := time.Now()
	if e == nil || !e.fresh(now) {
		return nil, nil
	}
	if e.missing != nil && r.takes(e.Stored, now) {
		missing := *e.missing
		return nil, &missing
	}
	if s, ok := e.said.(*said[T]); ok && r.takes(s.AsOf, now) {
		return &s.Answer, nil
	}
	return nil, nil
}

// takes tells whether what was read at asOf is not too old.
func (r *reader) takes(asOf, now time.Time) bool {
	return r.maxAge == anyAge || r.maxAge > 0 && now.Sub(asOf) <= r.maxAge
}

func value[T any](a *pool.Answer[T]) pool.Answer[T] {
	if a == nil {
		return pool.Answer[T]{}
	}
	return *a
}

// asking is how the source is asked for one thing.
type asking[T any] func(context.Context) (pool.Answer[T], error)

// load asks the store and then the source, once for all who ask for key at the same time.
func load[T any](ctx context.Context, r *reader, key string, ttl time.Duration, ask asking[T]) (pool.Answer[T], error) {
	landed := r.flights.Load().DoChan(r.flight(key), func() (any, error) {
		// No caller's leaving may fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.timeout)
		defer cancel()
		return refill(ctx, r, key, ttl, ask)
	})
	select {
	case got := <-landed:
		a, _ := got.Val.(*pool.Answer[T])
		return value(a), got.Err
	case <-ctx.Done():
		return pool.Answer[T]{}, r.leave(ctx)
	}
}

// flight is what callers share: those who want it fresher do not take what the others take.
func (r *reader) flight(key string) string {
	if r.maxAge == anyAge {
		return key
	}
	return key + "\x00" + r.maxAge.String()
}

// refill asks the store, then the source, and keeps what that says. It runs
// in a goroutine of nobody's, where a panic would end the process.
func refill[T any](ctx context.Context, r *reader, key string, ttl time.Duration, ask asking[T]) (a *pool.Answer[T], err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &pool.Error{Kind: pool.Failed, Source: r.source, Op: "read the source", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	held, gen, _ := r.store.Get(ctx, key, nil) // a store that cannot be asked has nothing
	if a, err := answered[T](r, held); a != nil || err != nil {
		return a, err
	}
	got, err := ask(ctx)
	if errors.Is(err, pool.NotFound) {
		_ = r.store.Set(ctx, newMissing(key, gen, pool.AsError(err))) // what is not kept is asked for again
	}
	if err != nil {
		return &got, err
	}
	e, err := newEntry(key, gen, got, spreadOut(ttl))
	got.From = pool.FromCloud
	if err != nil { // it cannot be encoded, and is not kept
		return &got, nil
	}
	_ = r.store.Set(ctx, e) // what is not kept is asked for again
	got.Version = e.said.content().version
	return &got, nil
}

func (r *reader) leave(ctx context.Context) error {
	return &pool.Error{Kind: pool.Timeout, Source: r.source, Op: "wait for the source", Err: ctx.Err()}
}
