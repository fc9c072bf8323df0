package ledger

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pause is how long a failed attempt counts before there is another.
const pause = time.Second

var errClosed = errors.New("it was closed")

// lazy opens something that may be out of reach for a while: once when it is
// made, and after a failure again when it is asked for, one attempt at a time.
type lazy[T comparable] struct {
	open func() (T, error)

	mu     sync.Mutex
	last   *attempt[T]
	closed bool
}

// attempt is one call of open. it, err and ended are set when done is closed.
type attempt[T comparable] struct {
	done    chan struct{}
	earlier error // why the attempt before it failed, if there was one
	it      T
	err     error
	ended   time.Time
}

func newLazy[T comparable](open func() (T, error)) *lazy[T] {
	l := &lazy[T]{open: open}
	l.begin(nil)
	return l
}

// get returns what was opened. The first attempt is waited for; later ones only by
// who makes them, so that nobody waits twice for the same trouble.
func (l *lazy[T]) get(ctx context.Context) (T, error) {
	a, mine := l.current()
	if a.earlier != nil && !mine && !a.over() {
		var none T
		return none, a.earlier
	}
	select {
	case <-a.done:
		return a.it, a.err
	case <-ctx.Done():
		var none T
		return none, &trouble{late, ctx.Err()}
	}
}

// current returns the attempt that counts, and whether this call began it.
func (l *lazy[T]) current() (a *attempt[T], mine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a = l.last
	if l.closed || !a.over() || a.err == nil || time.Since(a.ended) < pause {
		return a, false
	}
	return l.begin(a.err), true
}

func (l *lazy[T]) begin(earlier error) *attempt[T] {
	a := &attempt[T]{done: make(chan struct{}), earlier: earlier}
	l.last = a
	go func() {
		a.it, a.err = l.open()
		a.ended = time.Now()
		close(a.done)
	}()
	return a
}

// lose gives up what was opened, because of err. It tells whether it was still in use.
func (l *lazy[T]) lose(it T, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.over() || l.last.err != nil || l.last.it != it {
		return false
	}
	l.last = failed[T](err)
	return true
}

// close ends all attempts, and returns what was open.
func (l *lazy[T]) close() (T, bool) {
	l.mu.Lock()
	a := l.last
	l.last, l.closed = failed[T](&trouble{closed, errClosed}), true
	l.mu.Unlock()
	<-a.done
	return a.it, a.err == nil
}

func failed[T comparable](err error) *attempt[T] {
	a := &attempt[T]{done: make(chan struct{}), err: err, ended: time.Now()}
	close(a.done)
	return a
}

func (a *attempt[T]) over() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}
