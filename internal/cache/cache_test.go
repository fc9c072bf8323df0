package cache

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestHit(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &cloud{takes: time.Second}
				src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
				want, err := q.ask(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				first := mustAsk(t, q, src.Reader)
				wait(q.ttl * 84 / 100)
				second := mustAsk(t, q, src.Reader)
				if n := c.calls(); n != 2 {
					t.Errorf("the cloud was asked %d times, want once for each of the two readers", n)
				}
				if len(first.Version) != 16 {
					t.Errorf("version %q, want 16 characters", first.Version)
				}
				if !first.AsOf.Equal(start) {
					t.Errorf("as of %v, want %v, when the cloud was asked", first.AsOf, start)
				}
				if diff := cmp.Diff(want.Value, first.Value, cmpopts.IgnoreFields(pool.Part{}, "RequestID", "ReadAt")); diff != "" {
					t.Errorf("value (-cloud's +first):\n%s", diff)
				}
				if first.From != pool.FromCloud || second.From != pool.FromCache {
					t.Errorf("from %s, then %s", first.From, second.From)
				}
				first.From = pool.FromCache
				if diff := cmp.Diff(first, second); diff != "" {
					t.Errorf("answers (-first +second):\n%s", diff)
				}
			})
		})
	}
}

func TestTTL(t *testing.T) {
	own := TTL{Pools: 40 * time.Minute, Pool: 50 * time.Minute, Desktops: 60 * time.Minute, Statistics: 70 * time.Minute}
	ownOf := map[string]time.Duration{"pools": own.Pools, "pool": own.Pool, "desktops": own.Desktops, "desktop": own.Desktops, "statistics": own.Statistics}
	for _, q := range questions() {
		for _, tt := range []struct {
			name string
			o    Options
			ttl  time.Duration
		}{{"default", Options{}, q.ttl}, {"own", Options{TTL: own}, ownOf[q.name]}} {
			t.Run(q.name+"/"+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &cloud{}
					src := Wrap(c.source("hw"), NewMemory(1<<20), tt.o)
					mustAsk(t, q, src.Reader)
					wait(tt.ttl*85/100 - 1)
					if got := mustAsk(t, q, src.Reader).From; got != pool.FromCache {
						t.Errorf("just before 85%% of %v it came from %s", tt.ttl, got)
					}
					wait(tt.ttl*30/100 + 1)
					if got := mustAsk(t, q, src.Reader).From; got != pool.FromCloud {
						t.Errorf("after 115%% of %v it came from %s", tt.ttl, got)
					}
				})
			})
		}
	}
}

func TestEntriesDoNotExpireTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{}
		src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
		from := map[pool.From]int{}
		for range 2 {
			for i := range 200 {
				a, err := src.Reader.Desktop(t.Context(), strconv.Itoa(i))
				if err != nil {
					t.Fatal(err)
				}
				from[a.From]++
			}
			wait(15 * time.Second)
		}
		if hits := from[pool.FromCache]; hits < 50 || hits > 150 {
			t.Errorf("after the time to live %d of 200 were still fresh, want about half", hits)
		}
	})
}

func TestSpreadOut(t *testing.T) {
	const d = 1000 * time.Second
	var low, high int
	for range 1000 {
		got := spreadOut(d)
		if got < 850*time.Second || got > 1150*time.Second {
			t.Fatalf("%v became %v", d, got)
		}
		if got < 925*time.Second {
			low++
		}
		if got > 1075*time.Second {
			high++
		}
	}
	if low < 150 || high < 150 {
		t.Errorf("%d of 1000 in the lowest quarter and %d in the highest, want about 250", low, high)
	}
}

func TestNotFoundIsKeptFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{}
		src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
		ask := func() *pool.Error {
			t.Helper()
			_, err := src.Reader.Pool(t.Context(), "gone")
			if !errors.Is(err, pool.NotFound) {
				t.Fatalf("err = %v, want NotFound", err)
			}
			return pool.AsError(err)
		}
		first := ask()
		wait(5*time.Second - 1)
		kept := ask()
		if n := c.calls(); n != 1 {
			t.Errorf("within 5 s the cloud was asked %d times", n)
		}
		first.Err = nil // the cause is for the log of the one who met it
		if diff := cmp.Diff(first, kept); diff != "" {
			t.Errorf("the kept error (-first +kept):\n%s", diff)
		}
		kept.Source = "spoilt by its caller"
		if again := ask(); again.Source != "" {
			t.Errorf("callers share an error: source %q", again.Source)
		}
		wait(1)
		_ = ask()
		if n := c.calls(); n != 2 {
			t.Errorf("after 5 s the cloud was asked %d times, want 2", n)
		}
	})
}

func TestOtherErrorsAreNotKept(t *testing.T) {
	for _, kind := range []pool.Kind{pool.Invalid, pool.Conflict, pool.NotEnabled, pool.Auth, pool.Denied, pool.Throttled,
		pool.Unavailable, pool.Timeout, pool.Failed, pool.BadBody, pool.LimitReached, pool.Skipped} {
		for _, q := range questions() {
			t.Run(string(kind)+"/"+q.name, func(t *testing.T) {
				c := &cloud{fails: &pool.Error{Kind: kind}}
				src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
				for range 2 {
					if _, err := q.ask(t.Context(), src.Reader); !errors.Is(err, kind) {
						t.Errorf("err = %v, want %v", err, kind)
					}
				}
				c.is(func(c *cloud) { c.fails = nil })
				if got := mustAsk(t, q, src.Reader).From; got != pool.FromCloud {
					t.Errorf("after the errors it came from %s", got)
				}
				if n := c.calls(); n != 3 {
					t.Errorf("the cloud was asked %d times, want 3", n)
				}
			})
		}
	}
}

// partial gives a part of the listing along with its error.
type partial struct{ *cloud }

func (p partial) Pools(context.Context) (pool.Answer[[]pool.Pool], error) {
	a, _ := p.cloud.Pools(context.Background())
	a.Value = a.Value[:1]
	return a, &pool.Error{Kind: pool.Timeout}
}

func TestPartIsNotKept(t *testing.T) {
	c := &cloud{}
	src := c.source("hw")
	src.Reader = partial{c}
	src = Wrap(src, NewMemory(1<<20), Options{})
	for want := 1; want <= 2; want++ {
		a, err := src.Reader.Pools(t.Context())
		if !errors.Is(err, pool.Timeout) || len(a.Value) != 1 {
			t.Errorf("%d pools, err %v; want what the source gave", len(a.Value), err)
		}
		if n := c.calls(); n != want {
			t.Errorf("the cloud was asked %d times, want %d", n, want)
		}
	}
}

func TestConcurrentMissesAreOneCall(t *testing.T) {
	const callers = 10_000
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &cloud{takes: time.Second}
				src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
				var wg sync.WaitGroup
				answers := make([]seen, callers)
				for i := range callers {
					wg.Go(func() { answers[i], _ = q.ask(t.Context(), src.Reader) })
				}
				wg.Wait()
				if n := c.calls(); n != 1 {
					t.Errorf("the cloud was asked %d times, want once", n)
				}
				for i, a := range answers {
					if a.From != pool.FromCloud || a.Version == "" || a.Version != answers[0].Version {
						t.Fatalf("caller %d: from %q, version %q; want %s and %q", i, a.From, a.Version, pool.FromCloud, answers[0].Version)
					}
				}
			})
		})
	}
}

// TestConcurrentReadsAreOneCall is without a bubble: callers come at any time of the one call.
func TestConcurrentReadsAreOneCall(t *testing.T) {
	const callers = 10_000
	c := &cloud{}
	src := Wrap(c.source("hw"), NewMemory(1<<20), Options{TTL: TTL{Pool: time.Hour}})
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			if _, err := src.Reader.Pool(context.Background(), "p1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := c.calls(); n != 1 {
		t.Errorf("the cloud was asked %d times, want once", n)
	}
}

func TestErrorsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{takes: time.Second, fails: &pool.Error{Kind: pool.Throttled, RetryAfter: time.Minute}}
		src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := src.Reader.Pools(t.Context()); !errors.Is(err, pool.Throttled) || pool.AsError(err).RetryAfter != time.Minute {
					t.Errorf("err = %v, want the cloud's", err)
				}
			})
		}
		wg.Wait()
		if n := c.calls(); n != 1 {
			t.Errorf("the cloud was asked %d times, want once", n)
		}
	})
}

func TestLeavingCaller(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &cloud{takes: 10 * time.Second}
				src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				followed := make(chan seen, 1)
				go func() {
					wait(500 * time.Millisecond)
					s, _ := q.ask(t.Context(), src.Reader)
					followed <- s
				}()
				_, err := q.ask(ctx, src.Reader)
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, pool.Timeout) || pool.AsError(err).Source != "hw" {
					t.Errorf("err = %v, want a time-out of hw that wraps the deadline", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("the caller left after %v, want 1 s", took)
				}
				if s := <-followed; s.From != pool.FromCloud {
					t.Errorf("the one who stayed has it from %q", s.From)
				}
				if got := mustAsk(t, q, src.Reader).From; got != pool.FromCache {
					t.Errorf("afterwards it came from %s", got)
				}
				if n := c.calls(); n != 1 {
					t.Errorf("the cloud was asked %d times, want once", n)
				}
			})
		})
	}
}

func TestReadGoesOnWithoutCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{takes: 10 * time.Second}
		src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := src.Reader.Pools(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want context.Canceled in it", err)
		}
		wait(9 * time.Second)
		synctest.Wait()
		a, err := src.Reader.Pools(t.Context())
		if err != nil || a.From != pool.FromCache || c.calls() != 1 {
			t.Errorf("from %s after %d calls, err %v; want CACHE after one", a.From, c.calls(), err)
		}
	})
}

func TestReadHasItsOwnTimeout(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want time.Duration
	}{{"default", Options{}, 30 * time.Second}, {"own", Options{Timeout: 7 * time.Second}, 7 * time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &cloud{takes: time.Hour}
				src := Wrap(c.source("hw"), NewMemory(1<<20), tt.o)
				start := time.Now()
				if _, err := src.Reader.Pools(t.Context()); !errors.Is(err, pool.Timeout) {
					t.Errorf("err = %v, want a time-out", err)
				}
				if took := time.Since(start); took != tt.want {
					t.Errorf("it took %v, want %v", took, tt.want)
				}
			})
		})
	}
}

func TestEndedContext(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			c := &cloud{}
			src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for range 2 { // cold, then kept
				if _, err := q.ask(ctx, src.Reader); !errors.Is(err, context.Canceled) {
					t.Errorf("err = %v, want context.Canceled in it", err)
				}
				mustAsk(t, q, src.Reader)
			}
			if n := c.calls(); n != 1 {
				t.Errorf("the cloud was asked %d times, want once", n)
			}
		})
	}
}

func TestPanicOfASourceIsAnError(t *testing.T) {
	c := &cloud{panics: true}
	src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
	_, err := src.Reader.Pools(t.Context())
	if !errors.Is(err, pool.Failed) || !strings.Contains(err.Error(), "the adapter is broken") {
		t.Errorf("err = %v, want what panicked", err)
	}
	c.is(func(c *cloud) { c.panics = false })
	if _, err := src.Reader.Pools(t.Context()); err != nil {
		t.Errorf("the next read: %v", err)
	}
}

func TestStatisticsQueryIsTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{blocked: make(chan struct{}), entered: make(chan struct{}, 1)}
		src := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
		ids := []string{"p1", "p2"}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := src.Reader.Statistics(ctx, pool.StatisticsQuery{PoolIDs: ids}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		ids[0] = "changed by the caller who has left"
		close(c.blocked)
		synctest.Wait()
		a, err := src.Reader.Statistics(t.Context(), pool.StatisticsQuery{PoolIDs: []string{"p1", "p2"}})
		if err != nil || a.From != pool.FromCache || a.Value.Pools[0].PoolID != "p1" {
			t.Errorf("%+v from %s, err %v", a.Value.Pools, a.From, err)
		}
	})
}

func TestLiveIsNotCached(t *testing.T) {
	c := &cloud{}
	once := Wrap(c.source("hw"), NewMemory(1<<20), Options{})
	twice := Wrap(once, NewMemory(1<<20), Options{})
	for _, live := range []pool.Reader{once.Live, twice.Live} {
		if live != pool.Reader(c) {
			t.Errorf("Live is %T, want the source's own reader", live)
		}
	}
	if once.ID != "hw" || once.Cloud != pool.Memory || once.Region != "here" {
		t.Errorf("the rest of the source changed: %+v", once)
	}
}

func TestSourcesShareAStore(t *testing.T) {
	store := NewMemory(1 << 20)
	one, two := &cloud{name: "one's"}, &cloud{name: "two's"}
	first, second := Wrap(one.source("one"), store, Options{}), Wrap(two.source("two"), store, Options{})
	for range 2 {
		a, err := first.Reader.Pool(t.Context(), "p1")
		if err != nil || a.Value.Name != "one's" {
			t.Errorf("one said %q, %v", a.Value.Name, err)
		}
		b, err := second.Reader.Pool(t.Context(), "p1")
		if err != nil || b.Value.Name != "two's" {
			t.Errorf("two said %q, %v", b.Value.Name, err)
		}
	}
}

func BenchmarkHit(b *testing.B) {
	c := &cloud{}
	for _, s := range []struct {
		name  string
		store Store
	}{{"memory", NewMemory(1 << 20)}, {"layered", NewLayered(NewMemory(1<<20), NewMemory(1<<20))}} {
		src := Wrap(c.source("hw-bj4"), s.store, Options{TTL: TTL{Pools: time.Hour, Pool: time.Hour, Desktops: time.Hour}})
		b.Run(s.name+"/pools", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := src.Reader.Pools(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/pool", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := src.Reader.Pool(b.Context(), "p1"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/desktops", func(b *testing.B) {
			b.ReportAllocs()
			q := pool.DesktopsQuery{PoolID: "p1", Size: 100}
			for b.Loop() {
				if _, err := src.Reader.Desktops(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
