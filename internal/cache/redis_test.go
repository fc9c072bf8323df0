package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// redises are the kinds of Redis that must all do.
func redises() map[string]func(t *testing.T) RedisOptions {
	return map[string]func(t *testing.T) RedisOptions{
		"miniredis": func(t *testing.T) RedisOptions { return RedisOptions{Addrs: []string{miniredis.RunT(t).Addr()}} },
		"server":    func(t *testing.T) RedisOptions { return RedisOptions{Addrs: []string{startServer(t).addr}} },
		"url":       func(t *testing.T) RedisOptions { return RedisOptions{URL: "redis://" + startServer(t).addr + "/3"} },
		"password": func(t *testing.T) RedisOptions {
			s := startServer(t, "--user", "desk", "on", ">s3cret", "~deskpool:*", "+@read", "+@write", "+@connection", "--user", "default", "off")
			return RedisOptions{URL: "redis://desk@" + s.addr, Password: pool.NewSecret("s3cret")}
		},
		"sentinel": func(t *testing.T) RedisOptions {
			return RedisOptions{Addrs: []string{startSentinel(t, startServer(t)).addr}, Master: "deskpool"}
		},
		"cluster": func(t *testing.T) RedisOptions {
			s := startServer(t, "--cluster-enabled", "yes")
			s.must(t, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for !strings.Contains(s.must(t, "CLUSTER", "INFO").String(), "cluster_state:ok") {
				<-tick.C
			}
			return RedisOptions{Addrs: []string{s.addr}, Cluster: true}
		},
	}
}

func TestReplicasShareARedis(t *testing.T) {
	for name, start := range redises() {
		t.Run(name, func(t *testing.T) {
			o := start(t)
			for _, q := range questions() {
				t.Run(q.name, func(t *testing.T) {
					c := &cloud{name: "a pool"}
					first := mustAsk(t, q, Wrap(c.source("hw"), patient(t, o), Options{}).Reader)
					second := mustAsk(t, q, Wrap(c.source("hw"), patient(t, o), Options{}).Reader)
					third := mustAsk(t, q, Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), patient(t, o)), Options{}).Reader)
					if n := c.calls(); n != 1 {
						t.Errorf("the cloud was asked %d times, want once", n)
					}
					first.From = pool.FromCache
					for _, s := range []seen{second, third} {
						if diff := cmp.Diff(first, s); diff != "" {
							t.Errorf("answers (-first +another replica's):\n%s", diff)
						}
					}
				})
			}
			t.Run("not found", func(t *testing.T) {
				c := &cloud{}
				for range 2 {
					_, err := Wrap(c.source("hw"), patient(t, o), Options{}).Reader.Pool(t.Context(), "gone")
					if !errors.Is(err, pool.NotFound) || pool.AsError(err).Upstream.Code != "WKS.0001" {
						t.Errorf("err = %v, want the cloud's", err)
					}
				}
				if n := c.calls(); n != 1 {
					t.Errorf("the cloud was asked %d times, want once", n)
				}
			})
		})
	}
}

func TestRedisHoldsForTheTTL(t *testing.T) {
	m := miniredis.RunT(t)
	c := &cloud{}
	src := Wrap(c.source("hw"), patient(t, RedisOptions{Addrs: []string{m.Addr()}}), Options{TTL: TTL{Pool: time.Hour}})
	read(t, src.Reader, pool.FromCloud, "")
	_, _ = src.Reader.Pool(t.Context(), "gone")
	for key, want := range map[string]time.Duration{"deskpool:2:hw@:pool:p1": time.Hour, "deskpool:2:hw@:pool:gone": 5 * time.Second} {
		if ttl := m.TTL(key); ttl < want*8/10 || ttl > want*12/10 {
			t.Errorf("%s lives %v, want about %v", key, ttl, want)
		}
	}
	m.FastForward(70 * time.Minute)
	read(t, src.Reader, pool.FromCloud, "")
}

// TestPastItsTime: a Redis that forgets to expire, as one whose clock stands.
func TestPastItsTime(t *testing.T) {
	m := miniredis.RunT(t)
	c := &cloud{name: "new"}
	key := "deskpool:2:hw@:pool:p1"
	old := poolEntry(t, key)
	old.Stored, old.Until = old.Stored.Add(-time.Hour), old.Until.Add(-time.Hour)
	if err := m.Set(key, string(mustEncode(t, old))); err != nil {
		t.Fatal(err)
	}
	src := Wrap(c.source("hw"), patient(t, RedisOptions{Addrs: []string{m.Addr()}}), Options{})
	read(t, src.Reader, pool.FromCloud, "new")
	read(t, src.Reader, pool.FromCache, "new")
	if err := newRedis(t, RedisOptions{Addrs: []string{m.Addr()}}).Set(t.Context(), old); err != nil {
		t.Error(err)
	}
	read(t, src.Reader, pool.FromCache, "new")
}

func TestGarbageInRedisIsAMiss(t *testing.T) {
	s := startServer(t)
	key, other := "deskpool:2:hw@:pool:p1", "deskpool:2:hw@:pool:p2"
	tests := []struct {
		name  string
		spoil func(t *testing.T, good string)
	}{
		{"text", func(t *testing.T, _ string) { s.must(t, "SET", key, "garbage") }},
		{"nothing", func(t *testing.T, _ string) { s.must(t, "SET", key, "") }},
		{"a list", func(t *testing.T, _ string) {
			s.must(t, "DEL", key)
			s.must(t, "RPUSH", key, "a", "b")
		}},
		{"cut", func(t *testing.T, good string) { s.must(t, "SET", key, good[:len(good)/2]) }},
		{"torn", func(t *testing.T, _ string) { s.must(t, "SETRANGE", key, 100, "????") }},
		{"an older format", func(t *testing.T, good string) {
			s.must(t, "SET", key, strings.Replace(good, "deskpool/2", "deskpool/0", 1))
		}},
		{"swapped", func(t *testing.T, _ string) { s.must(t, "COPY", other, key, "REPLACE") }},
		{"deleted", func(t *testing.T, _ string) { s.must(t, "DEL", key) }},
		{"flushed", func(t *testing.T, _ string) { s.must(t, "FLUSHALL") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.must(t, "FLUSHALL")
			c := &cloud{name: "first"}
			src := Wrap(c.source("hw"), patient(t, RedisOptions{Addrs: []string{s.addr}}), Options{})
			read(t, src.Reader, pool.FromCloud, "first")
			if _, err := src.Reader.Pool(t.Context(), "p2"); err != nil {
				t.Fatal(err)
			}
			good, err := s.must(t, "GET", key).Text()
			if err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, good)
			c.is(func(c *cloud) { c.name = "second" })
			read(t, src.Reader, pool.FromCloud, "second")
			read(t, src.Reader, pool.FromCache, "second")
		})
	}
}

func TestRedisDiesAndComesBack(t *testing.T) {
	s := startServer(t)
	c := &cloud{}
	alone := Wrap(c.source("hw"), newRedis(t, RedisOptions{Addrs: []string{s.addr}}), Options{}).Reader
	layered := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), newRedis(t, RedisOptions{Addrs: []string{s.addr}})), Options{}).Reader
	until(t, alone, pool.FromCache)
	until(t, layered, pool.FromCache)

	s.kill()
	c.is(func(c *cloud) { c.name = "new" })
	for range 50 {
		read(t, alone, pool.FromCloud, "new")
	}
	if a, err := layered.Pool(t.Context(), "p2"); err != nil || a.From != pool.FromCloud {
		t.Errorf("p2 from %q, err %v", a.From, err)
	}
	if a, err := layered.Pool(t.Context(), "p2"); err != nil || a.From != pool.FromCache {
		t.Errorf("then p2 from %q, err %v", a.From, err)
	}

	s.start(t)
	until(t, alone, pool.FromCache)
}

// until reads p1 until it comes from where it should.
func until(t *testing.T, r pool.Reader, from pool.From) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := r.Pool(ctx, "p1")
		if err != nil {
			t.Fatalf("waiting for an answer from %s: %v", from, err)
		}
		if a.From == from {
			return
		}
		<-tick.C
	}
}

func TestRedisStopsAndGoesOn(t *testing.T) {
	s := startServer(t)
	c := &cloud{name: "old"}
	store := newRedis(t, RedisOptions{Addrs: []string{s.addr}})
	alone := Wrap(c.source("hw"), store, Options{TTL: TTL{Pool: time.Hour}}).Reader
	until(t, alone, pool.FromCache)

	s.stop(t)
	c.is(func(c *cloud) { c.name = "new" })
	for range 5 {
		read(t, alone, pool.FromCloud, "new")
	}
	key := "deskpool:2:hw@:pool:p1"
	awaken(store)
	if e, _, err := store.Get(t.Context(), key, nil); e != nil || !timedOut(err) {
		t.Errorf("Get: %+v, %v; want a time-out", e, err)
	}
	awaken(store)
	if err := store.Set(t.Context(), poolEntry(t, key)); !timedOut(err) {
		t.Errorf("Set: %v; want a time-out", err)
	}

	s.signal(t, syscall.SIGCONT)
	until(t, alone, pool.FromCache)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// awaken ends a rest.
func awaken(r *Redis) { r.restsUntil.Store(0) }

// TestSentinelStops: the client of a Sentinel waits under a lock, which a
// bubble does not see through.
func TestSentinelStops(t *testing.T) {
	sentinel := startSentinel(t, startServer(t))
	sentinel.stop(t)
	r := newRedis(t, RedisOptions{Addrs: []string{sentinel.addr}, Master: "deskpool"})
	for range 3 {
		awaken(r)
		if e, _, err := r.Get(t.Context(), "key", nil); e != nil || !timedOut(err) {
			t.Errorf("Get: %+v, %v; want that its time is up", e, err)
		}
		awaken(r)
		if err := r.Set(t.Context(), poolEntry(t, "key")); !timedOut(err) {
			t.Errorf("Set: %v; want that its time is up", err)
		}
	}
}

// TestRedisIsGivenFiftyMilliseconds is in a bubble, where time is exact.
func TestRedisIsGivenFiftyMilliseconds(t *testing.T) {
	ways := map[string]func(ctx context.Context) (net.Conn, error){
		"connects and never answers": func(context.Context) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }()
			return near, nil
		},
		"connects and never reads": func(context.Context) (net.Conn, error) {
			near, _ := net.Pipe()
			return near, nil
		},
		"never connects": func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
	kinds := map[string]RedisOptions{
		"server":  {Addrs: []string{"redis:6379"}},
		"cluster": {Addrs: []string{"one:6379", "two:6379"}, Cluster: true},
	}
	for kind, o := range kinds {
		for way, dial := range ways {
			t.Run(kind+" "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o.dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
					r, err := NewRedis(o)
					if err != nil {
						t.Fatal(err)
					}
					for range 3 {
						awaken(r)
						start := time.Now()
						if e, _, err := r.Get(t.Context(), "key", nil); e != nil || err == nil {
							t.Errorf("Get: %+v, %v", e, err)
						}
						if took := time.Since(start); took > 50*time.Millisecond {
							t.Errorf("Get took %v", took)
						}
						awaken(r)
						start = time.Now()
						if err := r.Set(t.Context(), poolEntry(t, "key")); err == nil {
							t.Error("Set succeeded")
						}
						if took := time.Since(start); took > 50*time.Millisecond {
							t.Errorf("Set took %v", took)
						}
					}
					_ = r.Close()
					wait(10 * time.Second) // for what go-redis still dials
				})
			})
		}
	}
}

// TestRedisThatHangsCostsFiftyMillisecondsASecond: not that much for every
// read, nor that much for Get and again for Set.
func TestRedisThatHangsCostsFiftyMillisecondsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := NewRedis(RedisOptions{Addrs: []string{"redis:6379"}, dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }()
			return near, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		c := &cloud{}
		reader := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), r), Options{}).Reader
		for _, tt := range []struct{ pause, want time.Duration }{
			{0, 50 * time.Millisecond}, {0, 0}, {rest - 1, 0}, {1, 50 * time.Millisecond}, {0, 0},
		} {
			wait(tt.pause)
			start := time.Now()
			for _, id := range []string{"p1", "p2"} {
				if _, err := reader.Pool(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
			if took := time.Since(start); took != tt.want {
				t.Errorf("two reads after %v took %v, want %v", tt.pause, took, tt.want)
			}
		}
		_ = r.Close()
		wait(10 * time.Second) // for what go-redis still dials
	})
}

func TestRedisEvicts(t *testing.T) {
	s := startServer(t, "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru")
	c := &cloud{name: strings.Repeat("x", 20_000)}
	src := Wrap(c.source("hw"), patient(t, RedisOptions{Addrs: []string{s.addr}}), Options{TTL: TTL{Pools: time.Hour, Desktops: time.Hour}})
	from := map[pool.From]int{}
	for range 2 {
		for i := range 200 {
			id := fmt.Sprintf("d%d", i)
			a, err := src.Reader.Desktop(t.Context(), id)
			if err != nil || a.Value.NativeID != id {
				t.Fatalf("%s: %+v, %v", id, a.Value, err)
			}
			from[a.From]++
		}
	}
	if info := s.must(t, "INFO", "stats").String(); strings.Contains(info, "evicted_keys:0\r") {
		t.Error("nothing was evicted")
	}
	if from[pool.FromCloud] <= 200 || from[pool.FromCloud] != c.calls() {
		t.Errorf("%v, after %d calls; want more than 200 from the cloud, since some were evicted", from, c.calls())
	}
}

func TestRedisTakesNoMore(t *testing.T) {
	s := startServer(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
	c := &cloud{}
	redis := patient(t, RedisOptions{Addrs: []string{s.addr}})
	src := Wrap(c.source("hw"), NewLayered(NewMemory(1<<20), redis), Options{})
	if err := redis.Set(t.Context(), poolEntry(t, "key")); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("err = %v, want that memory is out", err)
	}
	read(t, src.Reader, pool.FromCloud, "")
	read(t, src.Reader, pool.FromCache, "")
}

func TestTooLargeForRedis(t *testing.T) {
	m := miniredis.RunT(t)
	e, err := newEntry("key", Generation{}, pool.Answer[pool.Pool]{Value: pool.Pool{Name: strings.Repeat("x", maxValue)}}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := newRedis(t, RedisOptions{Addrs: []string{m.Addr()}}).Set(t.Context(), e); !errors.Is(err, errTooLarge) {
		t.Errorf("err = %v", err)
	}
	if keys := m.Keys(); len(keys) != 0 {
		t.Errorf("Redis has %v", keys)
	}
}

func TestRedisOptions(t *testing.T) {
	bad := []struct {
		name string
		o    RedisOptions
		want string
	}{
		{"nothing", RedisOptions{}, "redis: no address"},
		{"a password in the URL", RedisOptions{URL: "redis://desk:s3cret@redis/0"}, "redis: the password does not belong in the URL"},
		{"not a URL", RedisOptions{URL: "redis://desk:s3cret@redis:\x00"}, "redis: the URL cannot be read"},
		{"another scheme", RedisOptions{URL: "http://redis"}, "redis: the URL is redis://[user@]host[:port][/db], or rediss://"},
		{"a query", RedisOptions{URL: "redis://redis/0?read_timeout=9s"}, "redis: the URL is redis://[user@]host[:port][/db], or rediss://"},
		{"no number of a database", RedisOptions{URL: "redis://redis/first"}, "redis: the URL is redis://[user@]host[:port][/db], or rediss://"},
		{"a URL and addresses", RedisOptions{URL: "redis://redis", Addrs: []string{"redis:6379"}}, "redis: either a URL or addresses, not both"},
		{"a master of a cluster", RedisOptions{Addrs: []string{"a:1"}, Master: "m", Cluster: true}, "redis: either Sentinels with a master or a cluster, not both"},
		{"a database of a cluster", RedisOptions{Addrs: []string{"a:1"}, DB: 1, Cluster: true}, "redis: a cluster has no database but 0"},
		{"two servers", RedisOptions{Addrs: []string{"a:1", "b:1"}}, "redis: several addresses are Sentinels with a master, or a cluster: say which"},
	}
	for _, tt := range bad {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := NewRedis(tt.o); err == nil || err.Error() != tt.want {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
		})
	}
	u, err := RedisOptions{URL: "rediss://desk@redis:7000/3", Password: pool.NewSecret("s3cret")}.universal()
	if err != nil {
		t.Fatal(err)
	}
	got := []any{u.Addrs, u.DB, u.Username, u.Password, u.TLSConfig != nil, u.ContextTimeoutEnabled, u.MaxRetries, u.ReadTimeout}
	want := []any{[]string{"redis:7000"}, 3, "desk", "s3cret", true, true, -1, 50 * time.Millisecond}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}
