package cache

import (
	"context"
	"errors"
	"time"
)

// recheck is how long Layered answers from memory before it asks its back
// again: replicas agree within it, without a message bus.
const recheck = time.Second

// Layered is a Memory before a Store that replicas share.
type Layered struct {
	front *Memory
	back  Store
}

// NewLayered returns a Store that keeps in front what it has from back, and
// asks back again after a second. While back cannot be asked, and for what
// back would not take, front stands in for it.
func NewLayered(front *Memory, back Store) *Layered { return &Layered{front: front, back: back} }

// Peek implements Store.
func (l *Layered) Peek(key string) *Entry {
	e := l.front.Peek(key)
	if e == nil || time.Since(e.checked) >= recheck {
		return nil
	}
	return e
}

// Get implements Store. It asks back always: for what is at hand there is Peek.
func (l *Layered) Get(ctx context.Context, key string, _ *Entry) (*Entry, Generation, error) {
	local := l.front.epoch(key) // before back is asked: what it says now may be forgotten before it arrives
	held := l.front.Peek(key)
	e, gen, err := l.back.Get(ctx, key, held)
	gen.local = local
	now := time.Now()
	switch {
	case held == nil && e == nil:
		return nil, gen, err
	case err != nil:
		e = held.asChecked(now, held.shared)
	case held != nil && held.gen.shared == gen.shared && held.newerThan(e) && held.fresh(now):
		e = held.asChecked(now, l.back.Set(ctx, held) == nil)
	case e == nil: // it was dropped, evicted, or forgotten
		l.front.drop(key)
		return nil, gen, nil
	default:
		e = e.asChecked(now, true)
	}
	e.gen.local = local
	_ = l.front.Set(ctx, e) // never fails
	return e, gen, nil
}

// Set implements Store.
func (l *Layered) Set(ctx context.Context, e *Entry) error {
	err := l.back.Set(ctx, e)
	if !errors.Is(err, errForgotten) {
		_ = l.front.Set(ctx, e.asChecked(time.Now(), err == nil)) // never fails
	}
	return err
}

// Forget implements Store. Back goes first: else front could take from it once
// more what is to be forgotten.
func (l *Layered) Forget(ctx context.Context, marks []string, keep time.Duration) error {
	err := l.back.Forget(ctx, marks, keep)
	_ = l.front.Forget(ctx, marks, keep) // never fails
	return err
}

// newerThan tells whether back, which has other, would not take e when it was offered.
func (e *Entry) newerThan(other *Entry) bool {
	return !e.shared && (other == nil || other.Stored.Before(e.Stored))
}
