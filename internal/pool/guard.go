package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// authHold is how long a source that refused our credentials is left alone:
// Huawei locks a key for everybody after five bad signatures.
const authHold = 60 * time.Second

// Guard returns src with a watched Reader: Health says what became of the
// calls; while credentials are not proven only one call is under way at a
// time; and after an Auth error the source is not asked for a minute.
func Guard(src Source) Source {
	g := &guard{inner: src.Reader, health: &Health{}, probe: make(chan struct{}, 1)}
	src.Reader, src.Health = g, g.health
	return src
}

type guard struct {
	inner  Reader
	health *Health
	held   atomic.Pointer[hold]
	proven atomic.Bool
	probe  chan struct{} // holds one token while an unproven call is under way
}

// hold is a refusal of our credentials that is still respected.
type hold struct {
	err   *Error
	until time.Time
}

func (g *guard) Pools(ctx context.Context) (Answer[[]Pool], error) {
	return guarded(ctx, g, func() (Answer[[]Pool], error) { return g.inner.Pools(ctx) })
}

func (g *guard) Pool(ctx context.Context, id string) (Answer[Pool], error) {
	return guarded(ctx, g, func() (Answer[Pool], error) { return g.inner.Pool(ctx, id) })
}

func (g *guard) Desktops(ctx context.Context, q DesktopsQuery) (Answer[DesktopPage], error) {
	return guarded(ctx, g, func() (Answer[DesktopPage], error) { return g.inner.Desktops(ctx, q) })
}

func (g *guard) Desktop(ctx context.Context, id string) (Answer[Desktop], error) {
	return guarded(ctx, g, func() (Answer[Desktop], error) { return g.inner.Desktop(ctx, id) })
}

func (g *guard) Statistics(ctx context.Context, q StatisticsQuery) (Answer[Statistics], error) {
	return guarded(ctx, g, func() (Answer[Statistics], error) { return g.inner.Statistics(ctx, q) })
}

func guarded[T any](ctx context.Context, g *guard, ask func() (Answer[T], error)) (Answer[T], error) {
	release, err := g.admit(ctx)
	if err != nil {
		return Answer[T]{}, err
	}
	defer release()
	answer, err := ask()
	g.note(err)
	return answer, err
}

// admit waits for its turn while the credentials are unproven, and refuses while they are known to be bad.
func (g *guard) admit(ctx context.Context) (release func(), err error) {
	release = func() {}
	if !g.proven.Load() {
		select {
		case g.probe <- struct{}{}:
			release = func() { <-g.probe }
		case <-ctx.Done():
			return nil, &Error{Kind: Timeout, Op: "wait for the source's first answer", Err: ctx.Err()}
		}
	}
	if h := g.held.Load(); h != nil {
		if left := time.Until(h.until); left > 0 {
			release()
			e := *h.err
			e.RetryAfter = left
			return nil, &e
		}
	}
	return release, nil
}

// note keeps what became of a call.
func (g *guard) note(err error) {
	now := time.Now()
	switch {
	case err == nil, errors.Is(err, NotFound):
		g.proven.Store(true)
		g.held.Store(nil)
		g.health.OK(now)
	case errors.Is(err, context.Canceled): // the caller left: the source is not to blame
	case errors.Is(err, Auth):
		g.proven.Store(false)
		e := AsError(err)
		g.held.Store(&hold{err: e, until: now.Add(authHold)})
		g.health.Fail(e, now)
	default:
		e := AsError(err)
		if e.Upstream != nil { // it knew us, whatever it said
			g.proven.Store(true)
		}
		g.health.Fail(e, now)
	}
}
