package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestOneSourceHangsTheOthersAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		healthy := &fake{pools: []Pool{{NativeID: "a"}, {NativeID: "b"}}}
		svc := NewService([]Source{
			healthy.source("hw-1", Huawei),
			(&fake{hang: true}).source("ali-1", Alibaba),
			(&fake{}).source("hw-2", Huawei),
			(&fake{err: &Error{Kind: Throttled, RetryAfter: time.Second}}).source("ali-2", Alibaba),
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		l := svc.Listings(ctx, SourceFilter{})
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("answered after %v, want the whole 5s and not more", took)
		}
		page := l.Page(PoolQuery{Limit: 10})
		if len(page.Items) != 2 {
			t.Errorf("%d rows, want the 2 of the healthy source", len(page.Items))
		}
		if Complete(l.Outcomes) {
			t.Error("said to be complete")
		}
		want := []struct {
			id     string
			status Status
			kind   Kind
			items  int
		}{
			{"ali-1", StatusFailed, Timeout, 0},
			{"ali-2", StatusFailed, Throttled, 0},
			{"hw-1", StatusOK, "", 2},
			{"hw-2", StatusOK, "", 0},
		}
		for i, w := range want {
			got := l.Outcomes[i]
			if got.Source.ID != w.id || got.Status != w.status || got.Items != w.items {
				t.Errorf("outcome %d is %s %s with %d items, want %+v", i, got.Source.ID, got.Status, got.Items, w)
			}
			if w.kind != "" && (!errors.Is(got.Err, w.kind) || got.Err.Source != w.id) {
				t.Errorf("%s: err = %v, want %v of that source", w.id, got.Err, w.kind)
			}
		}
		synctest.Wait()
	})
}

// TestAStubbornSourceIsNotWaitedFor: one that does not mind the context
// delays nobody either.
func TestAStubbornSourceIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := NewService([]Source{
			(&fake{pools: []Pool{{NativeID: "a"}}}).source("hw-1", Huawei),
			(&fake{stubborn: time.Hour}).source("hw-2", Huawei),
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		l := svc.Listings(ctx, SourceFilter{})
		if took := time.Since(start); took != time.Second {
			t.Errorf("answered after %v, want 1s", took)
		}
		if n := len(l.Page(PoolQuery{Limit: 9}).Items); n != 1 || !errors.Is(l.Outcomes[1].Err, Timeout) {
			t.Errorf("%d rows, %v", n, l.Outcomes[1].Err)
		}
		time.Sleep(time.Hour) // the stubborn one ends, too
	})
}

func TestSourceFilter(t *testing.T) {
	svc := NewService([]Source{
		{ID: "hw-1", Cloud: Huawei, Region: "cn-north-4"},
		{ID: "hw-2", Cloud: Huawei, Region: "eu"},
		{ID: "ali-1", Cloud: Alibaba, Region: "eu"},
	})
	tests := []struct {
		name string
		f    SourceFilter
		want string
	}{
		{"everything, by id", SourceFilter{}, "ali-1 hw-1 hw-2 "},
		{"one cloud", SourceFilter{Clouds: []Cloud{Huawei}}, "hw-1 hw-2 "},
		{"either id", SourceFilter{IDs: []string{"hw-2", "ali-1"}}, "ali-1 hw-2 "},
		{"cloud and region", SourceFilter{Clouds: []Cloud{Huawei}, Regions: []string{"eu"}}, "hw-2 "},
		{"nothing", SourceFilter{Clouds: []Cloud{Alibaba}, IDs: []string{"hw-1"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, s := range svc.Sources(tt.f) {
				got += s.ID + " "
			}
			if got != tt.want {
				t.Errorf("selected %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOneResource(t *testing.T) {
	f := &fake{pools: []Pool{{NativeID: "p"}}, desktops: []Desktop{{NativeID: "d"}}, asOf: time.Unix(7, 0)}
	svc := NewService([]Source{f.source("hw-1", Huawei)})
	p, out, err := svc.Pool(t.Context(), ID{"hw-1", "p"})
	if err != nil || p.ID().String() != "hw-1:p" || !p.AsOf.Equal(f.asOf) || out.Status != StatusOK || out.From != FromCloud {
		t.Errorf("pool = %+v, %+v, %v", p, out, err)
	}
	d, _, err := svc.Desktop(t.Context(), ID{"hw-1", "d"})
	if err != nil || d.ID().String() != "hw-1:d" {
		t.Errorf("desktop = %+v, %v", d, err)
	}
	for _, id := range []ID{{"hw-1", "q"}, {"hw-2", "p"}} {
		if _, _, err := svc.Pool(t.Context(), id); !errors.Is(err, NotFound) {
			t.Errorf("pool %v: err = %v, want NotFound", id, err)
		}
		if _, _, err := svc.Desktop(t.Context(), id); !errors.Is(err, NotFound) {
			t.Errorf("desktop %v: err = %v, want NotFound", id, err)
		}
	}
	if n := f.calls.Load(); n != 4 {
		t.Errorf("the source was asked %d times, want 4: not for another source's ids", n)
	}
}
