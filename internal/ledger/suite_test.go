package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// TestLedger holds every kind of ledger to the promises of orders.Ledger.
func TestLedger(t *testing.T) {
	for name, create := range kinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testLedger(t, create)
		})
	}
}

func testLedger(t *testing.T, create func(testing.TB) string) {
	run := func(name string, test func(t *testing.T, l [2]*Ledger)) {
		t.Run(name, func(t *testing.T) { test(t, openTwice(t, create(t))) })
	}
	run("what is read is what was written", testKeeps)
	run("create", testCreate)
	run("change", testChange)
	run("pools are held while an order is open", testHolds)
	run("get", testGet)
	run("list", testList)
	run("list what is due", testDue)
	run("a request that has ended", testEnded)
	run("odd texts", testOddTexts)
	run("closed", testClosed)
	run("races", testRaces)
	t.Run("opened again", func(t *testing.T) {
		url := create(t)
		first := open(t, url)
		r := mustChange(t, first, mustCreate(t, first, full()))
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		has(t, open(t, url), r)
	})
}

// full is a record that has all there is.
func full() orders.Record {
	ms := func(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }
	money := &pool.Money{Amount: "63.20", Currency: "CNY"}
	three := 3
	upstream := &pool.Upstream{HTTPStatus: 400, Code: "WKS.0001", Message: "no \u2028 <b>", RequestID: "r"}
	refusal := &orders.Refusal{Kind: pool.Throttled, Op: "order", Detail: "d", RetryAfterS: 3, Upstream: upstream}
	return record(7, func(r *orders.Record) {
		r.Pools = []string{"a", "b"}
		r.MaxAmount = money
		r.Estimate = &orders.Estimate{
			Amount: money, Discounts: []pool.Discount{{ID: "d", Name: "off", Amount: money}},
			SideEffects: []orders.SideEffect{orders.ErasesSystemDisk}, Impact: pool.Impact{Desktops: &three, AsOf: ms(1)},
		}
		r.State, r.Refusal = orders.Unknown, refusal
		r.LeaseUntil, r.NextLook, r.Looks, r.EmptyLooks = ms(2), ms(3), 4, 5
		r.Items = []orders.Item{{
			Call:  pool.OrderCall{Operation: "o", PoolID: "a", DesktopIDs: []string{"x"}, Request: []byte(`{"a":1.10}`), Before: []byte(`[]`), Orders: 2},
			State: orders.ItemSending, SentAt: ms(4), EndedAt: ms(5), RequestID: "q", Native: []byte(`{"big":123456789012345678901234567890,"e":1E+2,"zero":-0.0}`),
			Orders:  []pool.CloudOrder{{ID: "CS1", PaymentState: pool.PayCreated, CreatedAt: ms(6), Amount: money, Native: []byte(`{"x":0.1}`)}},
			Refusal: refusal,
		}}
	})
}

func testKeeps(t *testing.T, l [2]*Ledger) {
	for n, want := range []orders.Record{full(), record(8), {ID: id(9), Tenant: "t", Key: "k", Source: "s", Body: []byte("{}"), State: orders.Placed, CreatedAt: start}} {
		got := mustCreate(t, l[0], want)
		want.Version = 1
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d: returned (-written +returned):\n%s", n, diff)
		}
		has(t, l[1], want)
		want = mustChange(t, l[1], want)
		has(t, l[0], want)
	}
	spaced := mustCreate(t, l[0], record(10, func(r *orders.Record) { r.Body = []byte("{ \"a\" : 1.0,\n\"b\": \"<&>\" }") }))
	if want := `{"a":1.0,"b":"<&>"}`; string(spaced.Body) != want {
		t.Errorf("body returned: %s, want %s", spaced.Body, want)
	}
	has(t, l[1], spaced)
	broken, err := l[0].Create(t.Context(), record(11, func(r *orders.Record) { r.Body = []byte(`{"a":`) }))
	is(t, err, orders.Unrecorded)
	if _, err := l[0].Get(t.Context(), orders.Ref{ID: id(11)}); !errors.Is(err, pool.NotFound) {
		t.Errorf("what is no JSON: %v, %v", broken, err)
	}
}

func testCreate(t *testing.T, l [2]*Ledger) {
	first := mustCreate(t, l[0], record(1, func(r *orders.Record) { r.Version = 77 }))
	if first.Version != 1 {
		t.Errorf("version = %d, want 1", first.Version)
	}
	tests := []struct {
		name string
		r    orders.Record
		want pool.Kind // empty: it is kept
	}{
		{"the same key", record(2, key("key-1")), orders.KeyTaken},
		{"the same key and a held pool", record(2, key("key-1"), pools("pool-1")), orders.KeyTaken},
		{"the same key, and not open", record(2, key("key-1"), state(orders.Rejected)), orders.KeyTaken},
		{"the same record", record(1), orders.KeyTaken},
		{"a held pool", record(2, pools("pool-0", "pool-1", "pool-2")), orders.PoolTaken},
		{"a held pool by another tenant", record(2, tenant("other"), pools("pool-1")), orders.PoolTaken},
		{"the same id", record(1, key("another"), pools("p")), orders.Unrecorded},
		{"another tenant's key", record(2, key("key-1"), tenant("other")), ""},
		{"the key in another case", record(3, key("KEY-1")), ""},
		{"a pool of that name elsewhere", record(4, source("ali-hz"), pools("pool-1")), ""},
		{"a held pool, and not open", record(5, pools("pool-1"), state(orders.NotSent)), ""},
		{"the texts run together", record(6, tenant("portalk"), key("ey-1")), ""},
		{"no pools", record(7, pools()), ""},
		{"a pool twice", record(8, pools("twice", "twice")), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := l[1].Create(t.Context(), tt.r)
			switch tt.want {
			case "":
				if err != nil {
					t.Fatal(err)
				}
				has(t, l[0], got)
				return
			case orders.Unrecorded:
				first = orders.Record{}
			}
			is(t, err, tt.want)
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("instead came (-want +got):\n%s", diff)
			}
		})
	}
	has(t, l[0], mustGet(t, l[1], id(1)))
}

func mustGet(t testing.TB, l orders.Ledger, id string) orders.Record {
	t.Helper()
	r, err := l.Get(t.Context(), orders.Ref{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func testChange(t *testing.T, l [2]*Ledger) {
	r := mustCreate(t, l[0], record(1))
	mustCreate(t, l[0], record(2))
	next := r
	next.State, next.Items, next.History = orders.Sending, []orders.Item{{State: orders.ItemPending}}, append(next.History, orders.Event{At: start, State: orders.Sending})
	next = mustChange(t, l[1], next)
	if next.Version != 2 {
		t.Errorf("version = %d, want 2", next.Version)
	}
	has(t, l[0], next)
	with := func(change func(*orders.Record)) orders.Record {
		c := next
		change(&c)
		return c
	}
	tests := []struct {
		name string
		r    orders.Record
		want pool.Kind
	}{
		{"an old version", r, orders.Changed},
		{"a version to come", with(func(r *orders.Record) { r.Version = 3 }), orders.Changed},
		{"no version", with(func(r *orders.Record) { r.Version = 0 }), orders.Changed},
		{"an old version and a held pool", with(func(r *orders.Record) { r.Version, r.Pools = 1, []string{"pool-2"} }), orders.Changed},
		{"no such order", with(func(r *orders.Record) { r.ID = id(3) }), orders.Changed},
		{"another key", with(func(r *orders.Record) { r.Key = "other" }), orders.Changed},
		{"another tenant", with(func(r *orders.Record) { r.Tenant = "other" }), orders.Changed},
		{"a held pool", with(func(r *orders.Record) { r.Pools = []string{"pool-1", "pool-2"} }), orders.PoolTaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := l[0].Change(t.Context(), tt.r)
			is(t, err, tt.want)
			want := orders.Record{}
			if tt.want == orders.PoolTaken {
				want = mustGet(t, l[1], id(2))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("instead came (-want +got):\n%s", diff)
			}
			has(t, l[1], next)
		})
	}
}

func testHolds(t *testing.T, l [2]*Ledger) {
	for n, s := range orders.States() {
		t.Run(string(s), func(t *testing.T) {
			mine := record(100*n+1, pools("p", "q"))
			mine.Source = "s-" + strings.ToLower(string(s))
			mine = mustCreate(t, l[0], mine)
			mine.State = s
			mine = mustChange(t, l[0], mine)
			other := record(100*n+2, pools("q", "z"), source(mine.Source))
			got, err := l[1].Create(t.Context(), other)
			if !s.Open() {
				if err != nil {
					t.Fatalf("Create: %v", err)
				}
				mine.State = orders.Reserved // its pool is another's now
				got, err = l[0].Change(t.Context(), mine)
				mine = mustGet(t, l[1], other.ID)
			}
			is(t, err, orders.PoolTaken)
			if diff := cmp.Diff(mine, got); diff != "" {
				t.Errorf("holder (-want +got):\n%s", diff)
			}
			// What failed holds nothing.
			mustCreate(t, l[0], record(100*n+3, pools("free", "z0"), source(mine.Source)))
			mine.State = orders.Placed
			mine = mustChange(t, l[1], mine)
			mustCreate(t, l[0], record(100*n+4, pools("q"), source(mine.Source)))
		})
	}
	t.Run("other pools", func(t *testing.T) {
		r := mustCreate(t, l[0], record(5001, pools("a", "b")))
		r.Pools = []string{"b", "c"}
		mustChange(t, l[0], r)
		mustCreate(t, l[1], record(5002, pools("a")))
		_, err := l[1].Create(t.Context(), record(5003, pools("c")))
		is(t, err, orders.PoolTaken)
	})
}

func testGet(t *testing.T, l [2]*Ledger) {
	r := mustCreate(t, l[0], record(1))
	for _, ref := range []orders.Ref{{}, {ID: id(2)}, {ID: "ord_"}, {Tenant: "portal"}, {Key: "key-1"}, {Tenant: "portal", Key: "key"}, {Tenant: "portal", Key: "KEY-1"}} {
		_, err := l[1].Get(t.Context(), ref)
		is(t, err, pool.NotFound)
	}
	got, err := l[1].Get(t.Context(), orders.Ref{ID: r.ID, Tenant: "other", Key: "other"})
	if diff := cmp.Diff(r, got); err != nil || diff != "" {
		t.Errorf("by id, which goes first: %v (-want +got):\n%s", err, diff)
	}
}

func testEnded(t *testing.T, l [2]*Ledger) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err1 := l[0].Create(ctx, record(1))
	_, err2 := l[0].Get(ctx, orders.Ref{ID: id(1)})
	_, _, err3 := l[0].List(ctx, orders.Query{Limit: 1})
	for _, err := range []error{err1, err2, err3} {
		is(t, err, orders.Unrecorded)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want context.Canceled in it", err)
		}
	}
	if err := l[0].Health(t.Context()); err != nil {
		t.Errorf("Health after that: %v", err)
	}
	mustCreate(t, l[0], record(1))
}

// testOddTexts: texts that a ledger cannot keep are refused, not altered.
func testOddTexts(t *testing.T, l [2]*Ledger) {
	for n, text := range []string{"", " ", "ü", "\U0001F600", `"`, `\u0000`, "%", "'; drop table orders; --", strings.Repeat("x", 255), "\x01", "\u2028", "\x00", "a\xffb"} {
		r := record(n+1, key(text), pools(text), func(r *orders.Record) { r.RequestID = text })
		kept, err := l[0].Create(t.Context(), r)
		if err != nil {
			is(t, err, orders.Unrecorded)
			continue
		}
		got, err := l[1].Get(t.Context(), orders.Ref{Tenant: r.Tenant, Key: kept.Key})
		if diff := cmp.Diff(kept, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
		_, err = l[1].Create(t.Context(), r)
		is(t, err, orders.KeyTaken)
	}
	if err := l[0].Health(t.Context()); err != nil {
		t.Errorf("Health after that: %v", err)
	}
}

func testClosed(t *testing.T, l [2]*Ledger) {
	mustCreate(t, l[0], record(1))
	if err := l[0].Close(); err != nil {
		t.Fatal(err)
	}
	refuses(t, l[0], closed)
}

func TestRecordsHaveTheFieldsOfTheContract(t *testing.T) {
	kept, _, err := encode(full())
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(kept, &fields); err != nil || string(fields["max_amount"]) != `{"amount":"63.20","currency":"CNY"}` {
		t.Errorf("max_amount is kept as %s (%v)", fields["max_amount"], err)
	}
}
