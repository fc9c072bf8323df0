package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// slowPools is a source whose listing takes a second, and counts its calls.
type slowPools struct {
	pool.Reader
	calls atomic.Int64
	err   error
}

func (s *slowPools) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	n, asked := s.calls.Add(1), time.Now()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return pool.Answer[[]pool.Pool]{}, ctx.Err()
	}
	return pool.Answer[[]pool.Pool]{Value: []pool.Pool{{NativeID: "p", Counts: pool.PoolCounts{Total: new(int(n))}}}, AsOf: asked}, s.err
}

// TestWithin: who wants it fresher gets it fresher, all of them in one call,
// and what they get is kept for the others.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &slowPools{}
		src := Wrap(pool.Source{ID: "s", Reader: inner}, NewMemory(1<<20), Options{TTL: TTL{Pools: time.Hour}})
		read := func(r pool.Reader) int {
			a, err := r.Pools(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return *a.Value[0].Counts.Total
		}
		read(src.Reader)
		time.Sleep(9 * time.Second) // it was asked for 10 s ago
		for _, tt := range []struct {
			maxAge time.Duration
			want   int
		}{{time.Minute, 1}, {10 * time.Second, 1}, {9 * time.Second, 2}, {9 * time.Second, 2}, {0, 3}, {time.Second, 3}} {
			if got := read(src.Within(tt.maxAge)); got != tt.want {
				t.Errorf("within %v: answer %d, want %d", tt.maxAge, got, tt.want)
			}
		}
		if got := read(src.Reader); got != 3 {
			t.Errorf("afterwards: answer %d, want the latest", got)
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { read(src.Within(0)) })
		}
		all.Wait()
		if n := inner.calls.Load(); n != 4 {
			t.Errorf("%d calls, want 1 more for all 50", n)
		}
		inner.err = &pool.Error{Kind: pool.Failed}
		if _, err := src.Within(time.Millisecond).Pools(t.Context()); err == nil || inner.calls.Load() != 5 {
			t.Errorf("a failing source: %v after %d calls, want its error after one", err, inner.calls.Load()-4)
		}
	})
}
