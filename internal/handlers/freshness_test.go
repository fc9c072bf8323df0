package handlers_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestFreshness: the caller chooses how old an answer may be.
func TestFreshness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, calls := ailing(small(t, "m1"), nil)
		g := start(t, setup{sources: cached([]pool.Source{src}), now: time.Now})
		for _, target := range []string{"/v1/pools", "/v1/pools/m1:pool-1", "/v1/desktops/m1:desktop-1", "/v1/pools/m1:pool-1/desktops", "/v1/statistics"} {
			g.ok(target) // the cache has it now
			for _, ask := range []struct {
				control string
				calls   int64
			}{
				{"no-cache", 1}, {"no-store", 0}, {"max-age=60", 0}, {"max-age=0", 1}, {"max-age=3", 0}, {"max-age=2", 1},
				{"max-age=60, no-cache", 1}, {"max-age=60, max-age=2", 1},
			} {
				time.Sleep(3 * time.Second)
				calls.Store(0)
				rep := g.get(target, "Cache-Control: "+ask.control)
				if rep.status != 200 || rep.header.Get("Etag") == "" {
					t.Errorf("%s with %s: %d, ETag %q", target, ask.control, rep.status, rep.header.Get("Etag"))
				}
				if n := calls.Load(); n != ask.calls {
					t.Errorf("%s with %s: %d calls of the source, want %d", target, ask.control, n, ask.calls)
				}
			}
			calls.Store(0)
			if g.ok(target, "Cache-Control: max-age=0"); calls.Load() != 1 {
				t.Errorf("%s: %d calls", target, calls.Load())
			}
			if g.ok(target); calls.Load() != 1 {
				t.Errorf("%s: what was read anew is not kept", target)
			}
		}
	})
}
