package handlers_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestAges: every part says how old it is, and the answer how old the oldest is.
func TestAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later := 0 * time.Second
		g := start(t, setup{
			sources: cached([]pool.Source{small(t, "m1"), small(t, "m2")}),
			now:     func() time.Time { return time.Now().Add(later) },
		})
		for _, target := range []string{"/v1/pools", "/v1/pools/m1:pool-1", "/v1/desktops/m1:desktop-1", "/v1/pools/m1:pool-1/desktops", "/v1/statistics"} {
			later = 0
			if first := g.get(target); first.header.Get("Age") != "0" {
				t.Errorf("%s: at first Age: %s", target, first.header.Get("Age"))
			}
			for _, age := range []int{0, 90, 200, 3000} { // each an answer that may have been kept
				later = time.Duration(age)*time.Second + 900*time.Millisecond
				rep := g.get(target)
				if got := rep.header.Get("Age"); got != strconv.Itoa(age) {
					t.Errorf("%s: Age: %s, want %d", target, got, age)
				}
				for _, s := range rowsOf(map[string]any{"items": rep.json(t)["sources"]}) {
					if s.at("age_s") != float64(age) || s.text("from") != "CACHE" {
						t.Errorf("%s after %d s: %v", target, age, s)
					}
				}
			}
		}
	})
}
