package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/huawei"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
	"github.com/deskpool/deskpool/internal/providers/memory"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// world is a memory source with the seeded world of its id's length. Ids like
// "mem" and "mem-b" stand in another order than with a separator behind them.
func world(t testing.TB, id string) pool.Source {
	t.Helper()
	src, err := memory.New(memory.Config{ID: id, Region: "region-" + id, Pools: memory.World(uint64(len(id)))})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// worlds are three memory sources.
func worlds(t testing.TB) []pool.Source {
	return []pool.Source{world(t, "mem"), world(t, "mem-b"), world(t, "other")}
}

// small is a memory source with one pool of one desktop, pool-1 and desktop-1.
func small(t testing.TB, id string) pool.Source {
	t.Helper()
	user := pool.User{ID: "u-1", Name: "alice"}
	src, err := memory.New(memory.Config{ID: id, Region: "r", Pools: []memory.Pool{{
		Pool: pool.Pool{NativeID: "pool-1", Name: "pool of " + id},
		Desktops: []pool.Desktop{{
			NativeID: "desktop-1", Name: "desktop of " + id,
			Assignments: []pool.Assignment{{User: user, Type: "USER"}}, ActiveUsers: []pool.User{user},
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// cached puts a cache that keeps everything for an hour before each source.
func cached(sources []pool.Source) []pool.Source {
	store := cache.NewMemory(64 << 20)
	ttl := cache.TTL{Pools: time.Hour, Pool: time.Hour, Desktops: time.Hour, Statistics: time.Hour}
	out := make([]pool.Source, len(sources))
	for i, src := range sources {
		out[i] = cache.Wrap(src, store, cache.Options{TTL: ttl})
	}
	return out
}

// huaweis are two simulated Huawei accounts, read by the real adapter.
func huaweis(t testing.TB) []pool.Source {
	var sources []pool.Source
	for i, id := range []string{"hw-a", "hw-b"} {
		sim := huaweisim.New(huaweisim.Config{
			Source: id, Region: "cn-north-4", ProjectID: "0bec5db98280d2d02fd6c00c2de791ce", DomainID: "domain",
			Keys:  []huaweisim.Key{{Access: "ACCESS", Secret: "secret"}},
			World: huaweisim.NewWorld(uint64(i), huaweisim.WorldOptions{Pools: 9, Desktops: 250}),
		})
		src, err := huawei.New(huawei.Config{
			ID: id, Region: "cn-north-4", ProjectID: "0bec5db98280d2d02fd6c00c2de791ce", Endpoint: "http://" + id + ".test",
			Credentials: huawei.Credentials{AccessKey: pool.NewSecret("ACCESS"), SecretKey: pool.NewSecret("secret")},
		}, client(t, sim))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, pool.Guard(src))
	}
	return sources
}

// alibabas are two simulated Alibaba accounts, read by the real adapter.
func alibabas(t testing.TB) []pool.Source {
	var sources []pool.Source
	for i, id := range []string{"ali-a", "ali-b"} {
		sim := alibabasim.New(alibabasim.Config{
			Source: id, Keys: []alibabasim.Key{{ID: "ACCESSKEY", Secret: "secret"}},
			World: alibabasim.NewWorld(uint64(i), alibabasim.WorldOptions{Groups: 9, Desktops: 250}),
		})
		src, err := alibaba.New(alibaba.Config{
			ID: id, Region: "cn-hangzhou", Endpoint: "http://" + id + ".test",
			Credentials: alibaba.Credentials{AccessKey: pool.NewSecret("ACCESSKEY"), SecretKey: pool.NewSecret("secret")},
		}, client(t, sim))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, pool.Guard(src))
	}
	return sources
}

// client reaches nothing but cloud, in memory.
func client(t testing.TB, cloud http.Handler) *transport.Client {
	t.Helper()
	c := transport.New(transport.Options{Dial: pipetest.Serve(t, cloud).Dial})
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// patient is a source whose calls go through an ailment first, and are counted.
type patient struct {
	pool.Reader
	ail   func(ctx context.Context) error // nil: healthy
	calls *atomic.Int64
}

// ailing gives src an ailment. The count is of its calls.
func ailing(src pool.Source, ail func(ctx context.Context) error) (pool.Source, *atomic.Int64) {
	calls := &atomic.Int64{}
	src.Reader = patient{src.Reader, ail, calls}
	return src, calls
}

// hangs answers only when ctx ends.
func hangs(ctx context.Context) error {
	<-ctx.Done()
	return &pool.Error{Kind: pool.Timeout, Op: "hang", Err: ctx.Err()}
}

// fails always fails like this.
func fails(e pool.Error) func(context.Context) error {
	return func(context.Context) error { return &e }
}

// panics as broken code does.
func panics(context.Context) error { panic(fmt.Errorf("an adapter is broken")) }

func (p patient) begin(ctx context.Context) error {
	p.calls.Add(1)
	if p.ail == nil {
		return nil
	}
	return p.ail(ctx)
}

func (p patient) Pools(ctx context.Context) (a pool.Answer[[]pool.Pool], err error) {
	if err = p.begin(ctx); err != nil {
		return a, err
	}
	return p.Reader.Pools(ctx)
}

func (p patient) Pool(ctx context.Context, id string) (a pool.Answer[pool.Pool], err error) {
	if err = p.begin(ctx); err != nil {
		return a, err
	}
	return p.Reader.Pool(ctx, id)
}

func (p patient) Desktops(ctx context.Context, q pool.DesktopsQuery) (a pool.Answer[pool.DesktopPage], err error) {
	if err = p.begin(ctx); err != nil {
		return a, err
	}
	return p.Reader.Desktops(ctx, q)
}

func (p patient) Desktop(ctx context.Context, id string) (a pool.Answer[pool.Desktop], err error) {
	if err = p.begin(ctx); err != nil {
		return a, err
	}
	return p.Reader.Desktop(ctx, id)
}

func (p patient) Statistics(ctx context.Context, q pool.StatisticsQuery) (a pool.Answer[pool.Statistics], err error) {
	if err = p.begin(ctx); err != nil {
		return a, err
	}
	return p.Reader.Statistics(ctx, q)
}
