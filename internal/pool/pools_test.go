package pool

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPagesHoldEveryRowOnce walks random listings in random orders and page
// sizes: no row is lost or given twice, and all stand in order.
func TestPagesHoldEveryRowOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sources []Source
		rows := 0
		for s := range rapid.IntRange(1, 4).Draw(t, "sources") {
			f := &fake{}
			for p := range rapid.IntRange(0, 9).Draw(t, "pools") {
				one := Pool{NativeID: fmt.Sprint("p", p), Name: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name")}
				if n := rapid.IntRange(-1, 2).Draw(t, "total"); n >= 0 {
					one.Counts.Total = &n
					one.CreatedAt = time.Unix(int64(n), 0)
				}
				f.pools = append(f.pools, one)
				rows++
			}
			sources = append(sources, f.source(fmt.Sprint("s", s), Huawei))
		}
		var keys []SortKey
		for _, field := range rapid.SliceOfN(rapid.SampledFrom([]SortField{SortName, SortTotal, SortCreatedAt, SortCloud}), 0, 3).Draw(t, "keys") {
			keys = append(keys, SortKey{Field: field, Descending: rapid.Bool().Draw(t, "descending")})
		}
		q := PoolQuery{Sort: keys, Limit: rapid.IntRange(1, 5).Draw(t, "limit")}
		svc := NewService(sources)
		ord := newOrder(keys)
		var seen []string
		var last []Rank
		for {
			page := svc.Listings(t.Context(), SourceFilter{}).Page(q)
			if page.Total != rows {
				t.Fatalf("total = %d, want %d", page.Total, rows)
			}
			for _, item := range page.Items {
				at := ord.position(item)
				if last != nil && ord.compare(last, at) >= 0 {
					t.Fatalf("%v does not come after %v", at, last)
				}
				seen, last = append(seen, item.ID().String()), at
			}
			if page.Last == nil {
				break
			}
			q.After = page.Last
		}
		slices.Sort(seen)
		if n := len(slices.Compact(seen)); n != rows || len(seen) != rows {
			t.Fatalf("%d rows, %d different, want %d", len(seen), n, rows)
		}
	})
}

func TestUnknownValuesSortLastEitherWay(t *testing.T) {
	f := &fake{pools: []Pool{{NativeID: "none"}, {NativeID: "two", Counts: PoolCounts{Total: num(2)}}, {NativeID: "one", Counts: PoolCounts{Total: num(1)}}}}
	svc := NewService([]Source{f.source("s", Huawei)})
	for descending, want := range map[bool]string{false: "[one two none]", true: "[two one none]"} {
		page := svc.Listings(t.Context(), SourceFilter{}).Page(PoolQuery{Limit: 9, Sort: []SortKey{{SortTotal, descending}}})
		var got []string
		for _, p := range page.Items {
			got = append(got, p.Pool.NativeID)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("descending %v: %v, want %v", descending, got, want)
		}
	}
}

func TestPoolFilter(t *testing.T) {
	yes, no, name := true, false, "exact"
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	full := Pool{
		Name: "exact", State: PoolReady, BillingMode: Prepaid, AssignmentMode: Static, InMaintenance: &no,
		Image: Image{ID: "img", OSType: Linux}, Product: Product{ID: "prod"}, CreatedAt: day,
	}
	tests := []struct {
		name string
		f    PoolFilter
		want bool
	}{
		{"no filter", PoolFilter{}, true},
		{"one of the states", PoolFilter{States: []PoolState{PoolChanging, PoolReady}}, true},
		{"another state", PoolFilter{States: []PoolState{PoolChanging}}, false},
		{"billing mode", PoolFilter{BillingModes: []BillingMode{Postpaid}}, false},
		{"assignment mode", PoolFilter{AssignmentModes: []AssignmentMode{Dynamic}}, false},
		{"os type", PoolFilter{OSTypes: []OSType{Windows}}, false},
		{"image", PoolFilter{ImageIDs: []string{"other"}}, false},
		{"product", PoolFilter{ProductIDs: []string{"other"}}, false},
		{"not in maintenance", PoolFilter{InMaintenance: &no}, true},
		{"in maintenance", PoolFilter{InMaintenance: &yes}, false},
		{"name", PoolFilter{Name: &name}, true},
		{"part of the name", PoolFilter{NameContains: "xac"}, true},
		{"case counts", PoolFilter{NameContains: "XAC"}, false},
		{"created from is inclusive", PoolFilter{CreatedFrom: day}, true},
		{"created before is exclusive", PoolFilter{CreatedBefore: day}, false},
		{"created in between", PoolFilter{CreatedFrom: day.Add(-1), CreatedBefore: day.Add(1)}, true},
		{"all must hold", PoolFilter{States: []PoolState{PoolReady}, NameContains: "zzz"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.f.match(&full); got != tt.want {
				t.Errorf("match = %v, want %v", got, tt.want)
			}
		})
	}
	for _, f := range []PoolFilter{{InMaintenance: &no}, {CreatedFrom: day}, {CreatedBefore: day}} {
		if f.match(&Pool{}) {
			t.Errorf("%+v matches a pool of which that is not known", f)
		}
	}
}
