package ledger

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// listed returns the ids of a page.
func listed(t testing.TB, l orders.Ledger, q orders.Query) (ids []string, more bool) {
	t.Helper()
	records, more, err := l.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List %+v: %v", q, err)
	}
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids, more
}

func testList(t *testing.T, l [2]*Ledger) {
	if ids, more := listed(t, l[0], orders.Query{Limit: 10}); len(ids) != 0 || more {
		t.Errorf("an empty ledger lists %v, %v", ids, more)
	}
	mustCreate(t, l[0], record(3, tenant("other")))
	mustCreate(t, l[0], record(1))
	mustCreate(t, l[0], record(5, source("ali-hz"), pools("x", "y")))
	mustCreate(t, l[0], record(2, state(orders.Placed), pools("x")))
	r := mustCreate(t, l[0], record(4))
	r.State, r.Order.Type = orders.Sending, pool.ResizeOrder
	mustChange(t, l[0], r)
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	tests := []struct {
		name string
		q    orders.Query
		want []int
		more bool
	}{
		{"all", orders.Query{Limit: 10}, []int{5, 4, 3, 2, 1}, false},
		{"just all", orders.Query{Limit: 5}, []int{5, 4, 3, 2, 1}, false},
		{"a page", orders.Query{Limit: 2}, []int{5, 4}, true},
		{"the next page", orders.Query{Limit: 2, Before: id(4)}, []int{3, 2}, true},
		{"the last page", orders.Query{Limit: 2, Before: id(2)}, []int{1}, false},
		{"after the last", orders.Query{Limit: 2, Before: id(1)}, nil, false},
		{"from an order that is not there", orders.Query{Limit: 1, Before: "ord_00000000000000000000000003x"}, []int{3}, true},
		{"no limit", orders.Query{}, []int{5}, true},
		{"a tenant", orders.Query{Tenant: "portal", Limit: 10}, []int{5, 4, 2, 1}, false},
		{"another", orders.Query{Tenant: "other", Limit: 10}, []int{3}, false},
		{"a tenant's page", orders.Query{Tenant: "portal", Limit: 2, Before: id(3)}, []int{2, 1}, false},
		{"nobody", orders.Query{Tenant: "porta", Limit: 10}, nil, false},
		{"a state", orders.Query{States: []orders.State{orders.Placed}, Limit: 10}, []int{2}, false},
		{"the state before", orders.Query{States: []orders.State{orders.Reserved}, Limit: 10}, []int{5, 3, 1}, false},
		{"two states", orders.Query{States: []orders.State{orders.Placed, orders.Sending}, Limit: 10}, []int{4, 2}, false},
		{"a source", orders.Query{Sources: []string{"ali-hz", "none"}, Limit: 10}, []int{5}, false},
		{"a pool", orders.Query{Pools: []pool.ID{{Source: "hw-bj4", Native: "x"}}, Limit: 10}, []int{2}, false},
		{"two pools", orders.Query{Pools: []pool.ID{{Source: "hw-bj4", Native: "pool-4"}, {Source: "ali-hz", Native: "y"}}, Limit: 10}, []int{5, 4}, false},
		{"no such pool", orders.Query{Pools: []pool.ID{{Source: "hw-bj4", Native: "y"}}, Limit: 10}, nil, false},
		{"a type", orders.Query{Types: []pool.OrderType{pool.ResizeOrder}, Limit: 10}, []int{4}, false},
		{"the type before", orders.Query{Types: []pool.OrderType{pool.AddVolumeOrder}, Limit: 1}, []int{5}, true},
		{"a key", orders.Query{Key: "key-3", Limit: 10}, []int{3}, false},
		{"a key of another tenant", orders.Query{Tenant: "portal", Key: "key-3", Limit: 10}, nil, false},
		{"since", orders.Query{CreatedGTE: at(4), Limit: 10}, []int{5, 4}, false},
		{"since a little later", orders.Query{CreatedGTE: at(4).Add(1), Limit: 10}, []int{5}, false},
		{"until", orders.Query{CreatedLT: at(3), Limit: 10}, []int{2, 1}, false},
		{"until a little later", orders.Query{CreatedLT: at(3).Add(1), Limit: 10}, []int{3, 2, 1}, false},
		{"changed since", orders.Query{UpdatedGTE: at(4), Limit: 10}, []int{5, 4}, false},
		{"between", orders.Query{CreatedGTE: at(2), CreatedLT: at(4), Limit: 10}, []int{3, 2}, false},
		{"all at once", orders.Query{Tenant: "portal", States: []orders.State{orders.Sending}, Sources: []string{"hw-bj4"}, CreatedGTE: at(1), Key: "key-4", Limit: 10}, []int{4}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { lists(t, l[1], tt.q, tt.want, tt.more) })
	}
}

// lists checks a page.
func lists(t testing.TB, l orders.Ledger, q orders.Query, want []int, wantMore bool) {
	t.Helper()
	var ids []string
	for _, n := range want {
		ids = append(ids, id(n))
	}
	got, more := listed(t, l, q)
	if diff := cmp.Diff(ids, got); diff != "" || more != wantMore {
		t.Errorf("more = %v, want %v (-want +got):\n%s", more, wantMore, diff)
	}
}

func testDue(t *testing.T, l [2]*Ledger) {
	ms := func(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }
	lease := func(n int) func(*orders.Record) { return func(r *orders.Record) { r.LeaseUntil = ms(n) } }
	look := func(n int) func(*orders.Record) { return func(r *orders.Record) { r.NextLook = ms(n) } }
	mustCreate(t, l[0], record(1, lease(30)))
	mustCreate(t, l[0], record(2, state(orders.Sending), lease(10)))
	mustCreate(t, l[0], record(3, state(orders.Unknown), lease(5), look(20)))
	mustCreate(t, l[0], record(4, state(orders.Placed), look(1), lease(1)))
	mustCreate(t, l[0], record(5, state(orders.NeedsReview), look(1)))
	mustCreate(t, l[0], record(6, state(orders.NotSent), lease(1)))
	mustCreate(t, l[0], record(7))
	mustCreate(t, l[0], record(8, lease(10), tenant("other")))
	r := mustCreate(t, l[0], record(9, lease(1)))
	r.LeaseUntil = ms(40)
	mustChange(t, l[0], r)
	tests := []struct {
		name string
		q    orders.Query
		want []int
		more bool
	}{
		{"all that are due", orders.Query{Due: ms(100), Limit: 10}, []int{2, 8, 3, 1, 9}, false},
		{"just due", orders.Query{Due: ms(20), Limit: 10}, []int{2, 8, 3}, false},
		{"not yet", orders.Query{Due: ms(20).Add(-1), Limit: 10}, []int{2, 8}, false},
		{"not at all", orders.Query{Due: ms(9), Limit: 10}, nil, false},
		{"the longest due", orders.Query{Due: ms(100), Limit: 1}, []int{2}, true},
		{"the page after", orders.Query{Due: ms(100), Limit: 2, Before: id(8)}, []int{3, 1}, true},
		{"the page after one of the same time", orders.Query{Due: ms(100), Limit: 2, Before: id(2)}, []int{8, 3}, true},
		{"the last page", orders.Query{Due: ms(100), Limit: 2, Before: id(9)}, nil, false},
		{"after one that is not due any more", orders.Query{Due: ms(100), Limit: 1, Before: id(4)}, []int{2}, true},
		{"after one that is not there", orders.Query{Due: ms(100), Limit: 1, Before: id(99)}, []int{2}, true},
		{"a state", orders.Query{Due: ms(100), States: []orders.State{orders.Reserved}, Limit: 10}, []int{8, 1, 9}, false},
		{"a tenant", orders.Query{Due: ms(100), Tenant: "portal", Limit: 10}, []int{2, 3, 1, 9}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { lists(t, l[1], tt.q, tt.want, tt.more) })
	}
}

// TestPagesAddUp walks a tenant's orders page by page.
func TestPagesAddUp(t *testing.T) {
	for name, create := range kinds() {
		t.Run(name, func(t *testing.T) {
			l := open(t, create(t))
			var want []string
			for n := range 120 {
				r := mustCreate(t, l, record(n, state(orders.Placed)))
				want = append(want, r.ID)
			}
			slices.Reverse(want)
			var got []string
			for more := true; more; {
				q := orders.Query{Tenant: "portal", Limit: 50}
				if len(got) > 0 {
					q.Before = got[len(got)-1]
				}
				var page []string
				page, more = listed(t, l, q)
				got = append(got, page...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("walked (-want +got):\n%s", diff)
			}
		})
	}
}
