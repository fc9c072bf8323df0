package cache

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"
)

// Memory is a Store in this process, bounded in bytes. It keeps answers
// decoded: a hit copies one struct, and shares everything that this points to.
type Memory struct {
	entries *otter.Cache[string, *Entry]
	epochs  epochs
}

// NewMemory returns a Memory that holds about maxBytes, which must be
// positive. What was not used for long, or seldom, goes first; an answer that
// is larger than the whole Memory is not kept.
func NewMemory(maxBytes int64) *Memory {
	return &Memory{entries: otter.Must(&otter.Options[string, *Entry]{
		MaximumWeight: uint64(max(maxBytes, 1)),
		Weigher:       func(_ string, e *Entry) uint32 { return uint32(min(e.weight, math.MaxUint32)) },
	})}
}

// Peek implements Store.
func (m *Memory) Peek(key string) *Entry {
	e, _ := m.entries.GetIfPresent(key)
	return e
}

// Get implements Store. It never fails.
func (m *Memory) Get(_ context.Context, key string, _ *Entry) (*Entry, Generation, error) {
	return m.Peek(key), Generation{local: m.epoch(key)}, nil
}

func (m *Memory) epoch(key string) uint64 {
	m.epochs.RLock()
	defer m.epochs.RUnlock()
	return m.epochs.of(key)
}

// Set implements Store. It never fails.
func (m *Memory) Set(_ context.Context, e *Entry) error {
	m.epochs.RLock()
	defer m.epochs.RUnlock()
	if m.epochs.of(e.Key) == e.gen.local {
		m.entries.Set(e.Key, e)
	}
	return nil
}

// Forget implements Store. It never fails. It looks at every entry: orders are rare.
func (m *Memory) Forget(_ context.Context, marks []string, _ time.Duration) error {
	m.epochs.Lock()
	defer m.epochs.Unlock()
	m.epochs.next(marks)
	for key := range m.entries.Keys() {
		if slices.Contains(marks, markOf(key)) {
			m.drop(key)
		}
	}
	return nil
}

func (m *Memory) drop(key string) { m.entries.Invalidate(key) }
