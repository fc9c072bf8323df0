package transport

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// The time between attempts: random below a bound that doubles.
const (
	firstJitter = 200 * time.Millisecond
	maxJitter   = 2 * time.Second
)

// jitter is the random part of the wait after an attempt, counted from 1.
func jitter(attempt int) time.Duration {
	bound := maxJitter
	if shift := attempt - 1; shift < 8 {
		bound = min(firstJitter<<shift, maxJitter)
	}
	return rand.N(bound)
}

// sleep waits, and tells whether it did to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A cloud that is down is not hammered: besides a small reserve, one in
// callsPerRepeat calls to a source is repeated.
const (
	callsPerRepeat = 10
	reserve        = 10 // repetitions
)

// budgets holds the retry budget of every source.
type budgets struct {
	mu sync.Mutex
	m  map[string]*budget
}

func (b *budgets) of(source string) *budget {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil {
		b.m = map[string]*budget{}
	}
	if b.m[source] == nil {
		b.m[source] = &budget{calls: reserve * callsPerRepeat}
	}
	return b.m[source]
}

// budget is a token bucket that calls fill and repetitions empty.
type budget struct {
	mu    sync.Mutex
	calls int // not yet spent
}

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = min(b.calls+1, reserve*callsPerRepeat)
}

// spend takes one repetition, if there is one.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls < callsPerRepeat {
		return false
	}
	b.calls -= callsPerRepeat
	return true
}
