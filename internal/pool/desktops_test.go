package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// desks returns n desktops, of which every third runs.
func desks(n int) []Desktop {
	list := make([]Desktop, n)
	for i := range list {
		list[i] = Desktop{NativeID: fmt.Sprint("d", i), PowerState: Stopped}
		if i%3 == 0 {
			list[i].PowerState = Running
		}
	}
	return list
}

// TestWalkGivesEveryMatchOnce pages through pools of random sizes with random
// limits, with and without a filter of ours.
func TestWalkGivesEveryMatchOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fake{desktops: desks(rapid.IntRange(0, 700).Draw(t, "desktops"))}
		q := DesktopQuery{Pool: ID{"s", "p"}, Limit: rapid.IntRange(1, 400).Draw(t, "limit")}
		var want []string
		if rapid.Bool().Draw(t, "filtered") {
			q.Filter.PowerStates = []PowerState{Running}
		}
		for _, d := range f.desktops {
			if q.Filter.match(&d) {
				want = append(want, d.NativeID)
			}
		}
		svc := NewService([]Source{f.source("s", Huawei)})
		var got []string
		for {
			page, err := svc.Desktops(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Items) > q.Limit {
				t.Fatalf("%d rows, limit %d", len(page.Items), q.Limit)
			}
			for _, d := range page.Items {
				got = append(got, d.Desktop.NativeID)
			}
			if page.Next == nil {
				break
			}
			q.From = *page.Next
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %d rows, want %d in the cloud's order", len(got), len(want))
		}
	})
}

func TestWalkAsksForNoMoreThanWanted(t *testing.T) {
	f := &fake{desktops: desks(500)}
	svc := NewService([]Source{f.source("s", Huawei)})
	page, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 250})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.sizes, []int{100, 100, 50}) {
		t.Errorf("asked for pages of %v, want 100, 100, 50", f.sizes)
	}
	if page.Next == nil || *page.Next != (Place{Token: "250"}) {
		t.Errorf("goes on at %+v, want row 250", page.Next)
	}
	if page.Total == nil || *page.Total != 500 {
		t.Errorf("total = %v, want 500", page.Total)
	}
}

// TestWalkCountsWhatItGaveWhole: where one page is all there is, the total is
// known whatever the cloud says of it.
func TestWalkCountsWhatItGaveWhole(t *testing.T) {
	f := &fake{desktops: desks(3), silent: true}
	svc := NewService([]Source{f.source("s", Huawei)})
	for limit, want := range map[int]*int{2: nil, 3: num(3), 50: num(3)} {
		page, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: limit})
		if err != nil || (page.Total == nil) != (want == nil) || want != nil && *page.Total != *want {
			t.Errorf("limit %d: total %v, %v, want %v", limit, page.Total, err, want)
		}
	}
	rest, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 9, From: Place{Token: "2"}})
	if err != nil || rest.Total != nil {
		t.Errorf("the last page alone: total %v, %v", rest.Total, err)
	}
}

func TestWalkReadsTwentyPagesAtMost(t *testing.T) {
	f := &fake{desktops: desks(5000)}
	for i := range f.desktops {
		f.desktops[i].PowerState = Stopped
	}
	svc := NewService([]Source{f.source("s", Huawei)})
	page, err := svc.Desktops(t.Context(), DesktopQuery{
		Pool: ID{"s", "p"}, Limit: 10, Filter: DesktopFilter{PowerStates: []PowerState{Running}},
	})
	if err != nil || len(page.Items) != 0 {
		t.Fatalf("%d rows, %v", len(page.Items), err)
	}
	if len(f.sizes) != 20 || page.Next == nil || page.Next.Token != "2000" {
		t.Errorf("read %d pages and goes on at %+v, want 20 pages and row 2000", len(f.sizes), page.Next)
	}
	if page.Total != nil {
		t.Errorf("total = %d: the cloud's count is not that of the filter", *page.Total)
	}
}

func TestWalkKeepsWhatItHasWhenTheCloudFails(t *testing.T) {
	broken := &Error{Kind: Failed}
	f := &fake{desktops: desks(300), err: broken, failFrom: 200}
	svc := NewService([]Source{f.source("s", Huawei)})
	page, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 300})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 200 || page.Outcome.Status != StatusPartial || !errors.Is(page.Outcome.Err, Failed) {
		t.Errorf("%d rows, %s, %v; want 200 rows, PARTIAL, upstream error", len(page.Items), page.Outcome.Status, page.Outcome.Err)
	}
	if page.Next == nil || page.Next.Token != "200" {
		t.Errorf("goes on at %+v, want row 200", page.Next)
	}
	f.failFrom = 0
	if _, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 300}); !errors.Is(err, Failed) {
		t.Errorf("a failing first page: err = %v, want upstream error", err)
	}
}

func TestWalkEndsAtTheCloudsLimit(t *testing.T) {
	f := &fake{desktops: desks(300), limit: 200}
	svc := NewService([]Source{f.source("s", Huawei)})
	page, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 300})
	if err != nil || len(page.Items) != 200 || page.Outcome.Status != StatusPartial || page.Next != nil {
		t.Errorf("%d rows, %s, next %+v, %v; want 200, PARTIAL, no next", len(page.Items), page.Outcome.Status, page.Next, err)
	}
	page, err = svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 10, From: Place{Token: "200"}})
	if err != nil || len(page.Items) != 0 || page.Outcome.Status != StatusPartial || !errors.Is(page.Outcome.Err, LimitReached) {
		t.Errorf("past the limit: %d rows, %s, %v, %v", len(page.Items), page.Outcome.Status, page.Outcome.Err, err)
	}
}

func TestDeletedDesktopsAreLeftOut(t *testing.T) {
	f := &fake{desktops: desks(3)}
	f.desktops[1].LifecycleState = Deleted
	svc := NewService([]Source{f.source("s", Huawei)})
	for include, want := range map[bool]int{false: 2, true: 3} {
		page, err := svc.Desktops(t.Context(), DesktopQuery{Pool: ID{"s", "p"}, Limit: 9, Filter: DesktopFilter{IncludeDeleted: include}})
		if err != nil || len(page.Items) != want {
			t.Errorf("include deleted %v: %d rows, %v, want %d", include, len(page.Items), err, want)
		}
	}
}

func TestDesktopFilter(t *testing.T) {
	d := Desktop{
		Name: "desk-7", LifecycleState: LifecycleReady, PowerState: Running, ConnectionState: Connected,
		AssignmentState: Assigned, BillingMode: Prepaid, ActiveUsers: []User{{ID: "u1", Name: "alice"}},
		Assignments: []Assignment{{User: User{ID: "bob"}}},
	}
	tests := []struct {
		name string
		f    DesktopFilter
		want bool
	}{
		{"power", DesktopFilter{PowerStates: []PowerState{Stopped}}, false},
		{"connection", DesktopFilter{ConnectionStates: []ConnectionState{Idle, Connected}}, true},
		{"assignment", DesktopFilter{AssignmentStates: []AssignmentState{Unassigned}}, false},
		{"lifecycle", DesktopFilter{LifecycleStates: []LifecycleState{Faulted}}, false},
		{"summary", DesktopFilter{SummaryStates: []SummaryState{SummaryInUse}}, true},
		{"other summary", DesktopFilter{SummaryStates: []SummaryState{SummaryOff}}, false},
		{"billing", DesktopFilter{BillingModes: []BillingMode{Postpaid}}, false},
		{"active user's name", DesktopFilter{User: "alice"}, true},
		{"not that user's id", DesktopFilter{User: "u1"}, false},
		{"assigned user without a name", DesktopFilter{User: "bob"}, true},
		{"name", DesktopFilter{NameContains: "sk-7"}, true},
		{"other name", DesktopFilter{NameContains: "sk-8"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.f.match(&d); got != tt.want {
				t.Errorf("match = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPushdown(t *testing.T) {
	all := DesktopFilters{BillingMode: true, User: true, PowerState: true}
	f := DesktopFilter{BillingModes: []BillingMode{Prepaid}, PowerStates: []PowerState{Running}, User: "alice", IncludeDeleted: true}
	push, exact := f.pushdown(all)
	if push != (DesktopPushdown{BillingMode: Prepaid, User: "alice", PowerState: Running}) || !exact {
		t.Errorf("pushed %+v, exact %v", push, exact)
	}
	if push, exact := f.pushdown(DesktopFilters{User: true}); push != (DesktopPushdown{User: "alice"}) || exact {
		t.Errorf("pushed %+v, exact %v; want only the user, and a rest for us", push, exact)
	}
	f.PowerStates = append(f.PowerStates, Stopped)
	if push, exact := f.pushdown(all); push.PowerState != "" || exact {
		t.Errorf("two power states: pushed %+v, exact %v", push, exact)
	}
}

func TestStream(t *testing.T) {
	cached := &fake{}
	f := &fake{desktops: desks(250)}
	src := cached.source("s", Huawei)
	src.Live = f
	svc := NewService([]Source{src})
	id := ID{"s", "p"}
	rows := 0
	out, err := svc.Stream(t.Context(), id, DesktopFilter{PowerStates: []PowerState{Running}}, func(page []DesktopItem) error {
		rows += len(page)
		return nil
	})
	if err != nil || rows != 84 || out.Items != 84 || out.Status != StatusOK {
		t.Errorf("%d rows, %+v, %v; want 84 and OK", rows, out, err)
	}
	if n := cached.calls.Load(); n != 0 {
		t.Errorf("the cache was asked %d times", n)
	}

	pages := 0
	out, err = svc.Stream(t.Context(), id, DesktopFilter{NameContains: "nobody"}, func([]DesktopItem) error {
		pages++
		return nil
	})
	if err != nil || pages != 3 || out.Items != 0 {
		t.Errorf("nothing matches: %d pages, %+v, %v; want to be told of all 3", pages, out, err)
	}

	f.err, f.failFrom = &Error{Kind: Throttled}, 200
	out, err = svc.Stream(t.Context(), id, DesktopFilter{}, func([]DesktopItem) error { return nil })
	if err != nil || out.Status != StatusPartial || out.Items != 200 || !errors.Is(out.Err, Throttled) {
		t.Errorf("failing later: %+v, %v", out, err)
	}
	f.failFrom = 0
	if _, err = svc.Stream(t.Context(), id, DesktopFilter{}, func([]DesktopItem) error { return nil }); !errors.Is(err, Throttled) {
		t.Errorf("failing at once: %v", err)
	}
	f.err = nil
	gone := errors.New("the reader left")
	if _, err = svc.Stream(t.Context(), id, DesktopFilter{}, func([]DesktopItem) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("err = %v, want yield's", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = svc.Stream(ctx, id, DesktopFilter{}, func([]DesktopItem) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled in it", err)
	}
	if _, err = svc.Stream(t.Context(), ID{"other", "p"}, DesktopFilter{}, nil); !errors.Is(err, NotFound) {
		t.Errorf("unknown source: %v", err)
	}
}
