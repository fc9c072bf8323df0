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

// Guard returns src with its Reader, Catalogue and Orderer watched: Health says what became of the
// calls; while credentials are not proven only one call is under way at a
// time; and after an Auth error the source is not asked for a minute. A Send
// that is held back so is CallNotSent.
func Guard(src Source) Source {
	g := &guard{health: &Health{}, probe: make(chan struct{}, 1)}
	src.Reader, src.Health = guardedReader{g, src.Reader}, g.health
	if src.Catalogue != nil {
		src.Catalogue = guardedCatalogue{g, src.Catalogue}
	}
	if src.Ordering != nil {
		o := *src.Ordering
		o.Orderer = guardedOrderer{g, o.Orderer}
		src.Ordering = &o
	}
	return src
}

// guard watches all calls to one source.
type guard struct {
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

// guarded makes a call that reads.
func guarded[T any](ctx context.Context, g *guard, ask func() (T, error)) (T, error) {
	release, err := g.admit(ctx)
	if err != nil {
		var none T
		return none, err
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
	switch e := AsError(err); {
	case err == nil, errors.Is(err, NotFound):
		g.answered(now)
	case errors.Is(err, context.Canceled): // the caller left: the source is not to blame
	case errors.Is(err, Invalid), errors.Is(err, Conflict): // nor for what it was asked
		if e.Upstream != nil {
			g.answered(now)
		}
	case errors.Is(err, Auth):
		g.proven.Store(false)
		g.held.Store(&hold{err: e, until: now.Add(authHold)})
		g.health.Fail(e, now)
	default:
		if e.Upstream != nil { // it knew us, whatever it said
			g.proven.Store(true)
		}
		g.health.Fail(e, now)
	}
}

// answered notes a call that was answered as it should be.
func (g *guard) answered(at time.Time) {
	g.proven.Store(true)
	g.held.Store(nil)
	g.health.OK(at)
}
