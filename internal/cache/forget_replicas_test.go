package cache

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestReplicasForgetWithinASecond over a Redis that is exact about time.
func TestReplicasForgetWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		one := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{TTL: TTL{Pool: time.Hour}})
		two := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{TTL: TTL{Pool: time.Hour}})
		read(t, one.Reader, pool.FromCloud, "old")
		read(t, two.Reader, pool.FromCache, "old")
		c.is(func(c *cloud) { c.name = "new" })
		one.Forget(t.Context(), []string{"p1"})
		read(t, one.Reader, pool.FromCloud, "new")
		read(t, one.Reader, pool.FromCache, "new")
		wait(time.Second - 1)
		read(t, two.Reader, pool.FromCache, "old")
		wait(1)
		read(t, two.Reader, pool.FromCache, "new")
	})
}

func TestReplicasForgetOverRedis(t *testing.T) {
	for name, start := range redises() {
		t.Run(name, func(t *testing.T) {
			o := start(t)
			c := &cloud{name: "old"}
			one := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), patient(t, o)), Options{TTL: TTL{Pool: time.Hour}})
			two := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), patient(t, o)), Options{TTL: TTL{Pool: time.Hour}})
			read(t, one.Reader, pool.FromCloud, "old")
			read(t, two.Reader, pool.FromCache, "old")
			c.is(func(c *cloud) { c.name = "new" })
			one.Forget(t.Context(), []string{"p1"})
			start := time.Now()
			read(t, one.Reader, pool.FromCloud, "new")
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for {
				a, err := two.Reader.Pool(t.Context(), "p1")
				late := time.Since(start)
				if err != nil || a.Value.Name == "new" {
					if err != nil || a.From != pool.FromCache || c.calls() != 2 {
						t.Errorf("the other replica has it from %s after %d calls, err %v; want the first one's", a.From, c.calls(), err)
					}
					return
				}
				if late > time.Second+time.Second/2 { // a busy machine
					t.Fatalf("the other replica has the old one after %v", late)
				}
				<-tick.C
			}
		})
	}
}

// TestForgetDuringAReadElsewhere: a replica brings nothing back that another
// one forgot while it was asking.
func TestForgetDuringAReadElsewhere(t *testing.T) {
	backs := map[string]func(t *testing.T) func() Store{
		"miniredis": func(t *testing.T) func() Store {
			o := RedisOptions{Addrs: []string{miniredis.RunT(t).Addr()}}
			return func() Store { return patient(t, o) }
		},
		"server": func(t *testing.T) func() Store {
			o := RedisOptions{Addrs: []string{startServer(t).addr}}
			return func() Store { return patient(t, o) }
		},
		"shared": func(*testing.T) func() Store {
			s := newShared()
			return func() Store { return s }
		},
	}
	for name, start := range backs {
		t.Run(name, func(t *testing.T) {
			back := start(t)
			c := &cloud{name: "old", blocked: make(chan struct{}), entered: make(chan struct{}, 1)}
			one := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), back()), Options{})
			two := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), back()), Options{})
			var all sync.WaitGroup
			all.Go(func() { read(t, two.Reader, pool.FromCloud, "old") })
			<-c.entered
			blocked := c.blocked
			c.is(func(c *cloud) { c.name, c.blocked, c.entered = "new", nil, nil })
			one.Forget(t.Context(), []string{"p1"})
			close(blocked)
			all.Wait()
			read(t, one.Reader, pool.FromCloud, "new")
			read(t, two.Reader, pool.FromCache, "new")
		})
	}
}

// TestReadDuringAForget: memory must not take from Redis once more what Redis is about to forget.
func TestReadDuringAForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		redis.takesMarks = 10 * time.Millisecond
		src := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{})
		read(t, src.Reader, pool.FromCloud, "old")
		c.is(func(c *cloud) { c.name = "new" })
		time.AfterFunc(5*time.Millisecond, func() { read(t, src.Reader, pool.FromCache, "old") })
		src.Forget(t.Context(), []string{"p1"})
		read(t, src.Reader, pool.FromCloud, "new")
	})
}

// TestWhatRedisWouldNotTakeIsForgottenToo: it is not offered again once another replica forgot it.
func TestWhatRedisWouldNotTakeIsForgottenToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{name: "old"}, newShared()
		one := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{TTL: TTL{Pool: time.Hour}})
		two := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{TTL: TTL{Pool: time.Hour}})
		redis.cannotSet = errors.New("out of memory")
		read(t, two.Reader, pool.FromCloud, "old")
		redis.cannotSet = nil
		c.is(func(c *cloud) { c.name = "new" })
		one.Forget(t.Context(), []string{"p1"})
		wait(time.Second)
		read(t, two.Reader, pool.FromCloud, "new")
	})
}

// TestMemoryKeepsAfterAForget what another replica has read since.
func TestMemoryKeepsAfterAForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, redis := &cloud{}, newShared()
		one := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{})
		two := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{})
		one.Forget(t.Context(), []string{"p1"})
		read(t, two.Reader, pool.FromCloud, "")
		before := redis.counts()
		for range 5 {
			read(t, one.Reader, pool.FromCache, "")
		}
		if diff := cmp.Diff([2]int{before[0] + 1, before[1]}, redis.counts()); diff != "" {
			t.Errorf("gets and sets (-want +got):\n%s", diff)
		}
	})
}
