package pool

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := time.Now()
		time.Sleep(10 * time.Second)
		old := &fake{asOf: read, pools: []Pool{{NativeID: "p", Name: "old"}}, desktops: desks(1)}
		live := &fake{asOf: time.Now(), pools: []Pool{{NativeID: "p", Name: "new"}, {NativeID: "q"}}, desktops: desks(2)}
		src := old.source("s", Huawei)
		src.Live = live
		svc := NewService([]Source{src, (&fake{pools: []Pool{{NativeID: "bare"}}}).source("t", Huawei)})
		for maxAge, want := range map[time.Duration]string{0: "new", 9 * time.Second: "new", 10 * time.Second: "old", time.Hour: "old"} {
			got, _, err := svc.Within(maxAge).Pool(t.Context(), ID{"s", "p"})
			if err != nil || got.Pool.Name != want {
				t.Errorf("within %v: the %s pool, %v, want the %s one", maxAge, got.Pool.Name, err, want)
			}
		}
		if got, _, err := svc.Within(time.Hour).Pool(t.Context(), ID{"s", "q"}); err != nil || got.Pool.NativeID != "q" {
			t.Errorf("a pool that only the source knows: %v, %v", got.Pool, err)
		}
		now := svc.Within(0)
		if _, _, err := now.Pool(t.Context(), ID{"t", "bare"}); err != nil {
			t.Errorf("a source without a cache: %v", err)
		}
		if n := len(now.Listings(t.Context(), SourceFilter{IDs: []string{"s"}}).Page(PoolQuery{Limit: 9}).Items); n != 2 {
			t.Errorf("%d pools, want the source's 2", n)
		}
		page, err := now.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 9})
		if err != nil || len(page.Items) != 2 {
			t.Errorf("%d desktops, %v, want the source's 2", len(page.Items), err)
		}
		if _, _, err := now.Desktop(t.Context(), ID{"s", "d1"}); err != nil {
			t.Errorf("a desktop that only the source knows: %v", err)
		}
		live.err = &Error{Kind: Throttled}
		if _, err := now.Tally(t.Context(), TallyQuery{Sources: SourceFilter{IDs: []string{"s"}}}); err != nil {
			t.Error(err)
		}
		if _, _, err := now.Pool(t.Context(), ID{"s", "p"}); !errors.Is(err, Throttled) {
			t.Errorf("err = %v: what the cache has stands in for the source", err)
		}
	})
}
