package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// goodTestimony is of three orders: one placed, one of two calls of which one was
// placed, and one that nobody has.
func goodTestimony() testimony {
	item := func(state orders.ItemState, desktops []string, ids ...string) orders.Item {
		i := orders.Item{Call: pool.OrderCall{PoolID: "pool", DesktopIDs: desktops}, State: state}
		for _, id := range ids {
			i.Orders = append(i.Orders, pool.CloudOrder{ID: id})
		}
		return i
	}
	record := func(n string, state orders.State, items ...orders.Item) orders.Record {
		return orders.Record{
			ID: "ord-" + n, Key: "key-" + n, Source: "hw", State: state, Items: items,
			Order: pool.Order{PoolID: "pool", PromotionPlanID: "plan-" + n},
		}
	}
	arrived := func(n, target string) arrival {
		return arrival{purchase: purchase{"hw", "plan-" + n, target}, close: true, header: http.Header{"X-Sdk-Date": {"now"}}, text: "/order?plan-" + n}
	}
	throttled := arrived("1", "pool")
	throttled.throttled = true
	return testimony{
		records: []orders.Record{
			record("1", orders.Placed, item("PLACED", nil, "C1")),
			record("2", orders.Partial, item("PLACED", []string{"d2", "d1"}, "C2"), item("NOT_PLACED", []string{"d3"})),
			record("3", orders.NotPlaced, item("NOT_PLACED", nil)),
		},
		booked:   []booking{{purchase{"hw", "plan-1", "pool"}, "C1"}, {purchase{"hw", "plan-2", "d1,d2"}, "C2"}},
		arrivals: []arrival{throttled, arrived("1", "pool"), arrived("2", "d1,d2"), arrived("2", "d3"), arrived("3", "pool")},
		answers: []answer{
			{key: "key-1", status: 503, code: "UPSTREAM_THROTTLED"},
			{key: "key-1", status: 201, state: orders.Placed, id: "ord-1", body: "one"},
			{key: "key-1", status: 201, state: orders.Placed, id: "ord-1", body: "one", replayed: true},
			{key: "key-1", status: 422, code: "IDEMPOTENCY_KEY_MISMATCH", body: "another"},
			{key: "key-1", status: 503, code: "LEDGER_UNAVAILABLE", body: "not now"},
			{key: "key-2", status: 202, state: orders.Unknown, id: "ord-2", body: "unknown"},
			{key: "key-2", status: 201, state: orders.Partial, id: "ord-2", body: "two", replayed: true},
			{key: "key-3", status: 409, code: "ORDER_NOT_PLACED", body: "none"},
		},
	}
}

// TestCrashChecker feeds the checker with what must not be, one thing at a time.
func TestCrashChecker(t *testing.T) {
	if found := goodTestimony().check(); len(found) > 0 {
		t.Errorf("of what is right: %v", found)
	}
	book := func(plan, target string) booking { return booking{purchase{"hw", plan, target}, "C9"} }
	tests := []struct {
		name   string
		change func(*testimony)
		kind   string
		says   string
	}{
		{"booked twice", func(s *testimony) { s.booked = append(s.booked, book("plan-1", "pool")) }, "doubled", "booked 2 times"},
		{"one call of two booked twice", func(s *testimony) { s.booked = append(s.booked, book("plan-2", "d1,d2")) }, "doubled", "booked 2 times"},
		{"sent twice, and booked once", func(s *testimony) { s.arrivals = append(s.arrivals, s.arrivals[1]) }, "doubled", "sent 2 times"},
		{"sent twice, and never booked", func(s *testimony) { s.arrivals = append(s.arrivals, s.arrivals[4]) }, "doubled", "sent 2 times"},
		{"two records of a key", func(s *testimony) { s.records = append(s.records, s.records[0]) }, "doubled", "two orders of the key"},
		{"placed twice in the callers' eyes", func(s *testimony) { s.answers = append(s.answers, s.answers[1]) }, "doubled", "2 answers"},
		{"booked without a record", func(s *testimony) { s.booked = append(s.booked, book("plan-4", "pool")) }, "lost", "no order for"},
		{"booked for another target", func(s *testimony) { s.booked = append(s.booked, book("plan-1", "elsewhere")) }, "lost", "no order for"},
		{"sent without a record", func(s *testimony) { s.arrivals[4].plan = "plan-4" }, "lost", "no order that was sent"},
		{"booked, and said to be not placed", func(s *testimony) { s.booked = append(s.booked, book("plan-3", "pool")) }, "lost", "a call is NOT_PLACED"},
		{"the second call booked, too", func(s *testimony) { s.booked = append(s.booked, book("plan-2", "d3")) }, "lost", "a call is NOT_PLACED"},
		{"answered, and not in the ledger", func(s *testimony) { s.answers[1].id = "ord-9" }, "lost", "ord-9"},
		{"said to be placed, and not booked", func(s *testimony) { s.booked = s.booked[1:] }, "wrong", "has no order of it"},
		{"with the id of another order", func(s *testimony) { s.booked[0].id = "C9" }, "wrong", "[C9]"},
		{"with no id", func(s *testimony) { s.records[0].Items[0].Orders = nil }, "wrong", "a call has []"},
		{"with a failed order's id", func(s *testimony) { s.records[0].Items[0].Orders[0].Failed = true }, "wrong", "a call has []"},
		{"PLACED where one of two is", func(s *testimony) { s.records[1].State = orders.Placed }, "wrong", "want [PARTIAL]"},
		{"NOT_PLACED where one of two is", func(s *testimony) { s.records[1].State = orders.NotPlaced }, "wrong", "want [PARTIAL]"},
		{"PARTIAL where all are", func(s *testimony) { s.records[0].State = orders.Partial }, "wrong", "want [PLACED]"},
		{"PARTIAL where none is", func(s *testimony) { s.records[2].State = orders.Partial }, "wrong", "want [REJECTED NOT_PLACED]"},
		{"REJECTED where it is booked", func(s *testimony) { s.records[0].State = orders.Rejected }, "wrong", "want [PLACED]"},
		{"not settled", func(s *testimony) { s.records[2].State = orders.Unknown }, "wrong", "ends as UNKNOWN"},
		{"left to a person", func(s *testimony) { s.records[0].State = orders.NeedsReview }, "wrong", "ends as NEEDS_REVIEW"},
		{"a final answer of another state", func(s *testimony) { s.answers[7].code = "ORDER_REJECTED" }, "wrong", "answered as REJECTED"},
		{"a replay with another body", func(s *testimony) { s.answers[2].body = "two" }, "wrong", "differ"},
		{"unknown after it was placed", func(s *testimony) { s.answers[2].status = 202 }, "wrong", "after it had been 201"},
		{"not sent after it was placed", func(s *testimony) { s.answers[4].code = "UPSTREAM_UNAVAILABLE" }, "wrong", "after it had been 201"},
		{"over a kept connection", func(s *testimony) { s.arrivals[1].close = false }, "leaked", "kept"},
		{"with the header", func(s *testimony) { s.arrivals[1].header.Set("X-Idempotency-Key", "x") }, "leaked", "X-Idempotency-Key"},
		{"with the key under another name", func(s *testimony) { s.arrivals[1].header.Set("X-Client-Token", "key-1") }, "leaked", "X-Client-Token"},
		{"with the key in the URL", func(s *testimony) { s.arrivals[1].text = "/order?ClientToken=key-1" }, "leaked", "URL or body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said := goodTestimony()
			tt.change(&said)
			found := said.check()
			if !slices.ContainsFunc(found, func(f finding) bool { return f.kind == tt.kind && strings.Contains(f.text, tt.says) }) {
				t.Errorf("it finds %v, want something %s that says %q", found, tt.kind, tt.says)
			}
		})
	}
}
