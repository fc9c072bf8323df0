package cache

import (
	"context"
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
func (l *Layered) Get(ctx context.Context, key string, _ *Entry) (*Entry, error) {
	held := l.front.Peek(key)
	e, err := l.back.Get(ctx, key, held)
	now := time.Now()
	switch {
	case held == nil && e == nil:
		return nil, err
	case err != nil:
		e = held.asChecked(now, held.shared)
	case held != nil && held.newerThan(e) && held.fresh(now):
		e = held.asChecked(now, l.back.Set(ctx, held) == nil)
	case e == nil: // it was dropped, or evicted
		l.front.drop(key)
		return nil, nil
	default:
		e = e.asChecked(now, true)
	}
	_ = l.front.Set(ctx, e) // never fails
	return e, nil
}

// Set implements Store.
func (l *Layered) Set(ctx context.Context, e *Entry) error {
	err := l.back.Set(ctx, e)
	_ = l.front.Set(ctx, e.asChecked(time.Now(), err == nil)) // never fails
	return err
}

// newerThan tells whether back, which has other, would not take e when it was offered.
func (e *Entry) newerThan(other *Entry) bool {
	return !e.shared && (other == nil || other.Stored.Before(e.Stored))
}
