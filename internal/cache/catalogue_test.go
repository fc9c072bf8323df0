package cache

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestCatalogueHit(t *testing.T) {
	const own = 3 * time.Hour
	for _, tt := range []struct {
		name string
		o    Options
		ttl  time.Duration
	}{{"default", Options{}, 10 * time.Minute}, {"own", Options{TTL: TTL{Products: own, Images: own}}, own}} {
		for i, name := range []string{"products", "images"} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &cloud{takes: time.Second, name: "a name"}
					want := mustAsk(t, goods(c.source("hw"))[i], nil)
					q := goods(Wrap(c.source("hw"), NewMemory(1<<20), tt.o))[i]
					var all sync.WaitGroup
					for range 100 {
						all.Go(func() { mustAsk(t, q, nil) })
					}
					all.Wait()
					wait(tt.ttl*85/100 - time.Second)
					got := mustAsk(t, q, nil)
					if n := c.calls(); n != 2 || got.From != pool.FromCache || len(got.Version) != 16 {
						t.Errorf("%d calls, from %s, version %q; want one for each of the two readers, CACHE and 16 characters", n, got.From, got.Version)
					}
					if diff := cmp.Diff(want.Value, got.Value, cmpopts.IgnoreFields(pool.Part{}, "RequestID", "ReadAt")); diff != "" {
						t.Errorf("value (-cloud's +kept):\n%s", diff)
					}
					wait(tt.ttl*30/100 + time.Second)
					if got := mustAsk(t, q, nil); got.From != pool.FromCloud {
						t.Errorf("after 115%% of its time it came from %s", got.From)
					}
				})
			})
		}
	}
}

func TestCatalogueErrorsAreNotKept(t *testing.T) {
	c := &cloud{fails: &pool.Error{Kind: pool.Throttled}}
	for _, q := range goods(Wrap(c.source("hw"), NewMemory(1<<20), Options{})) {
		c.is(func(c *cloud) { c.fails = &pool.Error{Kind: pool.Throttled} })
		if _, err := q.ask(t.Context(), nil); !errors.Is(err, pool.Throttled) {
			t.Errorf("%s: %v, want the cloud's", q.name, err)
		}
		c.is(func(c *cloud) { c.fails = nil })
		if got := mustAsk(t, q, nil).From; got != pool.FromCloud {
			t.Errorf("%s: after the error it came from %s", q.name, got)
		}
	}
}

func TestReplicasShareACatalogue(t *testing.T) {
	o := RedisOptions{Addrs: []string{startServer(t).addr}}
	c := &cloud{name: "a name"}
	for i := range 2 {
		first := mustAsk(t, goods(Wrap(c.source("hw"), patient(t, o), Options{}))[i], nil)
		second := mustAsk(t, goods(Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), patient(t, o)), Options{}))[i], nil)
		first.From = pool.FromCache
		if diff := cmp.Diff(first, second); diff != "" || c.calls() != i+1 {
			t.Errorf("%d calls; answers (-first +another replica's):\n%s", c.calls(), diff)
		}
	}
}

func TestSourceWithoutCatalogue(t *testing.T) {
	src := (&cloud{}).source("hw")
	src.Catalogue = nil
	if got := Wrap(src, NewMemory(1<<20), Options{}).Catalogue; got != nil {
		t.Errorf("it got one: %v", got)
	}
}

// TestOrderingIsNotCached: what plans an order must see what is there.
func TestOrderingIsNotCached(t *testing.T) {
	src := (&cloud{}).source("hw")
	src.Ordering = &pool.Ordering{}
	if got := Wrap(src, NewMemory(1<<20), Options{}).Ordering; got != src.Ordering {
		t.Errorf("it is another one: %v", got)
	}
}
