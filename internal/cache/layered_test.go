package cache

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// shared is a store that replicas share as they share a Redis, and that can fail.
type shared struct {
	*Memory
	takes      time.Duration // of every operation
	takesMarks time.Duration // of Forget

	mu         sync.Mutex
	marks      map[string]string
	gets, sets int
	cannotGet  error
	cannotSet  error
}

func newShared() *shared { return &shared{Memory: NewMemory(1 << 20), marks: map[string]string{}} }

func (s *shared) Peek(string) *Entry { return nil }

func (s *shared) Get(_ context.Context, key string, _ *Entry) (*Entry, Generation, error) {
	wait(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets++
	if s.cannotGet != nil {
		return nil, Generation{}, s.cannotGet
	}
	gen := Generation{shared: s.marks[markOf(key)]}
	if e := s.Memory.Peek(key); e != nil && e.gen.shared == gen.shared {
		return e, gen, nil
	}
	return nil, gen, nil
}

func (s *shared) Set(_ context.Context, e *Entry) error {
	wait(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sets++
	switch {
	case s.cannotSet != nil:
		return s.cannotSet
	case s.marks[markOf(e.Key)] != e.gen.shared:
		return errForgotten
	}
	s.entries.Set(e.Key, e)
	return nil
}

func (s *shared) Forget(_ context.Context, marks []string, _ time.Duration) error {
	wait(s.takesMarks)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cannotSet != nil {
		return s.cannotSet
	}
	for _, m := range marks {
		s.marks[m] += "x"
	}
	return nil
}

func (s *shared) counts() [2]int { return [2]int{s.gets, s.sets} }

func (s *shared) replica(c *cloud) pool.Reader {
	return Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), s), Options{TTL: TTL{Pool: time.Minute}}).Reader
}

// read reads pool p1, and holds where it came from and what it was called.
func read(t *testing.T, r pool.Reader, from pool.From, name string) {
	t.Helper()
	a, err := r.Pool(t.Context(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{string(from), name}, []string{string(a.From), a.Value.Name}); diff != "" {
		t.Errorf("from and name (-want +got):\n%s", diff)
	}
}

func TestReplicasAgreeWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		one, two := redis.replica(c), redis.replica(c)
		read(t, one, pool.FromCloud, "old")
		read(t, two, pool.FromCache, "old")
		if diff := cmp.Diff([2]int{2, 1}, redis.counts()); diff != "" {
			t.Errorf("gets and sets (-want +got):\n%s", diff)
		}

		redis.drop("deskpool:2:hw@:pool:p1") // as after an order
		c.is(func(c *cloud) { c.name = "new" })
		wait(time.Second - 1)
		read(t, one, pool.FromCache, "old")
		wait(1)
		read(t, one, pool.FromCloud, "new")
		read(t, two, pool.FromCache, "new")
		if n := c.calls(); n != 2 {
			t.Errorf("the cloud was asked %d times, want 2", n)
		}

		wait(time.Second)
		read(t, one, pool.FromCache, "new")
		read(t, two, pool.FromCache, "new")
		wait(time.Second - 1)
		read(t, one, pool.FromCache, "new")
		if diff := cmp.Diff([2]int{6, 2}, redis.counts()); diff != "" {
			t.Errorf("gets and sets, with one get a second from each replica (-want +got):\n%s", diff)
		}
	})
}

func TestConcurrentRechecksAreOneGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{}, newShared()
		redis.takes = 10 * time.Millisecond
		one := redis.replica(c)
		read(t, one, pool.FromCloud, "")
		wait(time.Second)
		var wg sync.WaitGroup
		for range 10_000 {
			wg.Go(func() { read(t, one, pool.FromCache, "") })
		}
		wg.Wait()
		if diff := cmp.Diff([2]int{2, 1}, redis.counts()); diff != "" {
			t.Errorf("gets and sets (-want +got):\n%s", diff)
		}
	})
}

func TestMemoryStandsInForRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		one := redis.replica(c)
		read(t, one, pool.FromCloud, "old")
		redis.cannotGet, redis.cannotSet = errors.New("down"), errors.New("down")
		c.is(func(c *cloud) { c.name = "new" })
		for range 50 {
			wait(time.Second)
			read(t, one, pool.FromCache, "old")
			read(t, one, pool.FromCache, "old")
		}
		if diff := cmp.Diff([2]int{51, 1}, redis.counts()); diff != "" {
			t.Errorf("gets and sets, with one get a second (-want +got):\n%s", diff)
		}
		wait(20 * time.Second)
		read(t, one, pool.FromCloud, "new")
		if n := c.calls(); n != 2 {
			t.Errorf("the cloud was asked %d times, want once for each time to live", n)
		}
	})
}

func TestWhatWasDroppedDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		one := redis.replica(c)
		read(t, one, pool.FromCloud, "old")
		redis.drop("deskpool:2:hw@:pool:p1")
		wait(time.Second)
		c.is(func(c *cloud) { c.fails = &pool.Error{Kind: pool.Throttled} })
		if _, err := one.Pool(t.Context(), "p1"); !errors.Is(err, pool.Throttled) {
			t.Errorf("err = %v, want the cloud's", err)
		}
		redis.cannotGet = errors.New("down")
		c.is(func(c *cloud) { c.name, c.fails = "new", nil })
		read(t, one, pool.FromCloud, "new")
	})
}

func TestWhatRedisWouldNotTakeIsOfferedAgain(t *testing.T) {
	tests := []struct {
		name string
		has  func(t *testing.T, redis *shared) // what Redis has all the while
	}{
		{"it has none", func(*testing.T, *shared) {}},
		{"it has an older one", func(t *testing.T, redis *shared) {
			old := poolEntry(t, "deskpool:2:hw@:pool:p1")
			old.Stored, old.Until = time.Now().Add(-time.Hour), time.Now().Add(-time.Minute)
			if err := redis.Memory.Set(t.Context(), old); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, redis := &cloud{name: "new"}, newShared()
				tt.has(t, redis)
				redis.cannotSet = errors.New("out of memory")
				one, two := redis.replica(c), redis.replica(c)
				read(t, one, pool.FromCloud, "new")
				for range 3 {
					wait(time.Second)
					read(t, one, pool.FromCache, "new")
				}
				if diff := cmp.Diff([2]int{4, 4}, redis.counts()); diff != "" {
					t.Errorf("gets and sets (-want +got):\n%s", diff)
				}
				redis.cannotSet = nil
				wait(time.Second)
				read(t, one, pool.FromCache, "new")
				read(t, two, pool.FromCache, "new")
				wait(time.Second)
				read(t, one, pool.FromCache, "new")
				if diff := cmp.Diff([2]int{7, 5}, redis.counts()); diff != "" {
					t.Errorf("gets and sets in the end (-want +got):\n%s", diff)
				}
				if n := c.calls(); n != 1 {
					t.Errorf("the cloud was asked %d times, want once", n)
				}
			})
		})
	}
}

func TestNewerInRedisIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		one, two := redis.replica(c), redis.replica(c)
		redis.cannotSet = errors.New("out of memory")
		read(t, one, pool.FromCloud, "old")
		redis.cannotSet = nil
		wait(time.Millisecond)
		c.is(func(c *cloud) { c.name = "new" })
		read(t, two, pool.FromCloud, "new")
		wait(time.Second)
		read(t, one, pool.FromCache, "new")
	})
}
