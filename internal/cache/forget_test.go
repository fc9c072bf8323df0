package cache

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// everything is one read of each kind, those of pools of two pools, by name.
func everything(src pool.Source) map[string]func(ctx context.Context) (seen, error) {
	r := src.Reader
	all := map[string]func(ctx context.Context) (seen, error){
		"gone":    func(ctx context.Context) (seen, error) { return see(r.Pool(ctx, "gone")) },
		"pools":   func(ctx context.Context) (seen, error) { return see(r.Pools(ctx)) },
		"desktop": func(ctx context.Context) (seen, error) { return see(r.Desktop(ctx, "d1")) },
		"statistics": func(ctx context.Context) (seen, error) {
			return see(r.Statistics(ctx, pool.StatisticsQuery{PoolIDs: []string{"p2"}}))
		},
		"products": func(ctx context.Context) (seen, error) { return see(src.Catalogue.Products(ctx)) },
		"images":   func(ctx context.Context) (seen, error) { return see(src.Catalogue.Images(ctx)) },
	}
	for _, id := range []string{"p1", "p2"} {
		all["pool "+id] = func(ctx context.Context) (seen, error) { return see(r.Pool(ctx, id)) }
		for page, q := range map[string]pool.DesktopsQuery{
			"": {PoolID: id, Size: 100}, ", next": {PoolID: id, Size: 100, Token: "2"}, ", running": {PoolID: id, Filter: pool.DesktopPushdown{PowerState: pool.Running}},
		} {
			all["desktops "+id+page] = func(ctx context.Context) (seen, error) { return see(r.Desktops(ctx, q)) }
		}
	}
	return all
}

// asks asks everything, and returns what the cloud was asked for.
func asks(t *testing.T, c *cloud, src pool.Source) map[string]bool {
	t.Helper()
	asked := map[string]bool{}
	for name, ask := range everything(src) {
		before := c.calls()
		if _, err := ask(t.Context()); err != nil && !errors.Is(err, pool.NotFound) {
			t.Fatalf("%s: %v", name, err)
		}
		if c.calls() > before {
			asked[name] = true
		}
	}
	return asked
}

// storesOf are a store over every kind of Redis, alone and behind memory, and memory alone.
func storesOf(t *testing.T) map[string]Store {
	t.Helper()
	stores := map[string]Store{"memory": NewMemory(1 << 20)}
	for name, start := range redises() {
		o := start(t)
		stores[name] = patient(t, o)
		stores["memory before "+name] = NewLayered(NewMemory(1<<20), patient(t, o))
	}
	return stores
}

func TestForget(t *testing.T) {
	for name, store := range storesOf(t) {
		t.Run(name, func(t *testing.T) {
			c, scope := &cloud{}, Options{Scope: name}
			src := Wrap(c.source("hw"), store, scope)
			asks(t, c, src)
			if again := asks(t, c, src); len(again) != 0 {
				t.Fatalf("before anything is forgotten, the cloud is asked for %v", again)
			}
			src.Forget(t.Context(), []string{"p1"})
			want := map[string]bool{
				"pools": true, "pool p1": true, "desktops p1": true, "desktops p1, next": true, "desktops p1, running": true, "desktop": true, "statistics": true,
			}
			if diff := cmp.Diff(want, asks(t, c, src)); diff != "" {
				t.Errorf("asked for after the pool p1 is forgotten (-want +got):\n%s", diff)
			}
			if again := asks(t, c, src); len(again) != 0 {
				t.Errorf("afterwards the cloud is asked for %v", again)
			}
			done, cancel := context.WithCancel(t.Context())
			cancel()
			src.Forget(done, []string{"p2", "gone"}) // the order is placed, whoever has left
			want = map[string]bool{
				"pools": true, "pool p2": true, "desktops p2": true, "desktops p2, next": true, "desktops p2, running": true, "desktop": true, "statistics": true, "gone": true,
			}
			if diff := cmp.Diff(want, asks(t, c, src)); diff != "" {
				t.Errorf("asked for after the pools p2 and gone are forgotten (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForgetIsOfOneSource(t *testing.T) {
	store, c := NewMemory(1<<20), &cloud{}
	src := Wrap(c.source("hw"), store, Options{Scope: "a"})
	others := []pool.Source{Wrap(c.source("hw"), store, Options{Scope: "b"}), Wrap(c.source("ali"), store, Options{Scope: "a"})}
	for _, other := range others {
		asks(t, c, other)
	}
	src.Forget(t.Context(), []string{"p1", "p2", "gone"})
	for _, other := range others {
		if asked := asks(t, c, other); len(asked) != 0 {
			t.Errorf("another source lost %v", asked)
		}
	}
}

func TestForgetGoesThroughAllCaches(t *testing.T) {
	c := &cloud{}
	src := Wrap(Wrap(c.source("hw"), NewMemory(1<<20), Options{}), NewMemory(1<<20), Options{})
	asks(t, c, src)
	src.Forget(t.Context(), []string{"p1"})
	if asked := asks(t, c, src); !asked["pool p1"] || asked["pool p2"] {
		t.Errorf("the cloud is asked for %v, want p1 and not p2", asked)
	}
}

// TestForgetDuringARead: what was asked for before is given to who asked
// before, and to nobody else.
func TestForgetDuringARead(t *testing.T) {
	ways := map[string]func(src pool.Source) pool.Reader{
		"any age": func(src pool.Source) pool.Reader { return src.Reader },
		"fresh":   func(src pool.Source) pool.Reader { return src.Within(0) },
	}
	stores := map[string]func() Store{
		"memory":  func() Store { return NewMemory(1 << 20) },
		"layered": func() Store { return NewLayered(NewMemory(1<<20), newShared()) },
	}
	for store, open := range stores {
		for way, reader := range ways {
			t.Run(store+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &cloud{name: "old", takes: 10 * time.Second}
					src := Wrap(c.source("hw"), open(), Options{})
					var all sync.WaitGroup
					all.Go(func() { read(t, reader(src), pool.FromCloud, "old") })
					wait(time.Second)
					c.is(func(c *cloud) { c.name = "new" })
					src.Forget(t.Context(), []string{"p1"})
					for range 12 { // before the first read has ended, and after
						wait(time.Second)
						all.Go(func() {
							a, err := src.Reader.Pool(t.Context(), "p1")
							if err != nil || a.Value.Name != "new" {
								t.Errorf("a read after it was forgotten gives %q, %v", a.Value.Name, err)
							}
						})
					}
					all.Wait()
					read(t, src.Reader, pool.FromCache, "new")
					if n := c.calls(); n != 2 {
						t.Errorf("the cloud was asked %d times, want 2", n)
					}
				})
			})
		}
	}
}

// counter is a source whose answer is how often it was changed.
type counter struct {
	pool.Reader
	n atomic.Int64
}

func (c *counter) Pool(context.Context, string) (pool.Answer[pool.Pool], error) {
	n := c.n.Load()
	return pool.Answer[pool.Pool]{Value: pool.Pool{Name: strconv.FormatInt(n, 10)}, AsOf: time.Now()}, nil
}

// TestNobodySeesWhatIsForgotten: who begins to read after a Forget has
// returned sees at least the change before it, among other readers and Forgets.
func TestNobodySeesWhatIsForgotten(t *testing.T) {
	s := startServer(t)
	stores := map[string]Store{
		"memory":  NewMemory(1 << 20),
		"redis":   patient(t, RedisOptions{Addrs: []string{s.addr}}),
		"layered": NewLayered(NewMemory(1<<20), patient(t, RedisOptions{Addrs: []string{s.addr}})),
	}
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			c := &counter{}
			src := Wrap(pool.Source{ID: "hw", Reader: c}, store, Options{Scope: name, TTL: TTL{Pool: time.Hour}})
			var floor atomic.Int64
			var ended atomic.Bool
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for !ended.Load() {
						low := floor.Load()
						a, err := src.Reader.Pool(t.Context(), "p1")
						if n, _ := strconv.ParseInt(a.Value.Name, 10, 64); err != nil || n < low {
							t.Errorf("read %q, %v; want at least %d", a.Value.Name, err, low)
							return
						}
					}
				})
			}
			for range 1000 {
				n := c.n.Add(1)
				src.Forget(t.Context(), []string{"p1"})
				floor.Store(n)
			}
			ended.Store(true)
			all.Wait()
		})
	}
}

// TestForgetWithoutRedis: memory forgets at once, and nobody waits longer than for anything else of Redis.
func TestForgetWithoutRedis(t *testing.T) {
	ways := map[string]func(ctx context.Context) (net.Conn, error){
		"refuses": func(context.Context) (net.Conn, error) { return nil, errors.New("connection refused") },
		"hangs": func(context.Context) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }()
			return near, nil
		},
		"never connects": func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
	for way, dial := range ways {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := NewRedis(RedisOptions{Addrs: []string{"redis:6379"}, dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }})
				if err != nil {
					t.Fatal(err)
				}
				c := &cloud{name: "old"}
				src := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), r), Options{})
				read(t, src.Reader, pool.FromCloud, "old")
				c.is(func(c *cloud) { c.name = "new" })
				start := time.Now()
				src.Forget(t.Context(), []string{"p1"})
				if took := time.Since(start); took > 50*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				read(t, src.Reader, pool.FromCloud, "new")
				_ = r.Close()
				wait(10 * time.Second) // for what go-redis still dials
			})
		})
	}
}

// TestForgetWhileRedisRests: one slow answer must not cost a Forget.
func TestForgetWhileRedisRests(t *testing.T) {
	m := miniredis.RunT(t)
	r := patient(t, RedisOptions{Addrs: []string{m.Addr()}})
	c := &cloud{}
	src := Wrap(c.source("hw"), r, Options{TTL: TTL{Pools: time.Hour}, Timeout: time.Minute})
	r.restsUntil.Store(time.Now().Add(time.Hour).UnixNano())
	src.Forget(t.Context(), []string{"p1"})
	want := time.Hour*115/100 + time.Minute // what was asked for before it lives no longer
	for _, mark := range []string{"deskpool:2:hw@:mark:", "deskpool:2:hw@:mark:p1"} {
		if ttl := m.TTL(mark); ttl < want || ttl > want+time.Minute {
			t.Errorf("%s lives %v, want %v", mark, ttl, want)
		}
	}
}
