package handlers_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/ledger"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

// shop is a gateway before clouds with which orders can be placed: m1 for one
// tenant, m2 for the other.
type shop struct {
	*gateway
	cloud, other *memory.Cloud
	ledger       *ledger.Ledger
	calls        *atomic.Int64 // of m1: what was read, priced and ordered
}

// newLedger makes a ledger that lives as long as the test.
func newLedger(t testing.TB) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Options{URL: "file:" + filepath.Join(t.TempDir(), "orders.db"), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// desk takes orders, and keeps them in a ledger of its own if o has none.
func desk(t testing.TB, o orders.Options) *orders.Desk {
	t.Helper()
	if o.Ledger == nil {
		o.Ledger = newLedger(t)
	}
	return orders.New(o)
}

// open opens a shop. change may change its set-up, and be nil.
func open(t testing.TB, change func(*setup)) *shop {
	t.Helper()
	s := &shop{cloud: prepaid(t, "m1"), other: prepaid(t, "m2"), ledger: newLedger(t), calls: &atomic.Int64{}}
	src := s.cloud.Source()
	src.Reader = patient{src.Reader, nil, s.calls}
	ordering := *src.Ordering
	ordering.Orderer = watched{ordering.Orderer, s.calls}
	src.Ordering = &ordering
	up := setup{
		sources: []pool.Source{src}, other: []pool.Source{s.other.Source()},
		orders: orders.New(orders.Options{Ledger: s.ledger, Sole: true, Timeout: 5 * time.Second}),
	}
	if change != nil {
		change(&up)
	}
	s.gateway = start(t, up)
	return s
}

// prepaid is a memory cloud with two pools that are paid for in advance, of
// two desktops each, and one that is not. The second desktop of pool-2 is running.
func prepaid(t testing.TB, id string) *memory.Cloud {
	t.Helper()
	var pools []memory.Pool
	for i := 1; i <= 3; i++ {
		p := memory.Pool{Pool: pool.Pool{
			NativeID: fmt.Sprintf("pool-%d", i), Name: "office", BillingMode: pool.Prepaid,
			Product: pool.Product{ID: "small"}, Image: pool.Image{ID: "plain-windows"},
			Disks: []pool.Disk{{ID: "disk-1", Role: pool.SystemDisk, NativeType: "slow", SizeGiB: new(80)}},
		}}
		if i == 3 {
			p.BillingMode = pool.Postpaid
		}
		for k := 1; k <= 2; k++ {
			d := pool.Desktop{NativeID: fmt.Sprintf("desktop-%d-%d", i, k), BillingMode: p.BillingMode, PowerState: pool.Stopped, Disks: p.Disks}
			if i == 2 && k == 2 {
				d.PowerState = pool.Running
			}
			p.Desktops = append(p.Desktops, d)
		}
		pools = append(pools, p)
	}
	cloud, err := memory.Open(memory.Config{ID: id, Region: "r", Pools: pools})
	if err != nil {
		t.Fatal(err)
	}
	return cloud
}

// watched counts what an Orderer is asked.
type watched struct {
	pool.Orderer
	calls *atomic.Int64
}

func (w watched) Plan(ctx context.Context, o pool.Order) (pool.Plan, error) {
	w.calls.Add(1)
	return w.Orderer.Plan(ctx, o)
}

func (w watched) Price(ctx context.Context, o pool.Order, p pool.Plan) (pool.Price, error) {
	w.calls.Add(1)
	return w.Orderer.Price(ctx, o, p)
}

func (w watched) Send(ctx context.Context, c pool.OrderCall, at time.Time) pool.Sent {
	w.calls.Add(1)
	return w.Orderer.Send(ctx, c, at)
}

// in is the same shop, in another test.
func (s *shop) in(t testing.TB) *shop {
	other := *s
	other.gateway = s.gateway.in(t)
	return &other
}

// place places an order by a key.
func (s *shop) place(key, body string, headers ...string) reply {
	s.t.Helper()
	return s.post("/v1/orders", body, append(headers, "Idempotency-Key: "+key)...)
}

// records are all orders in the ledger.
func (s *shop) records() []orders.Record {
	s.t.Helper()
	list, _, err := s.ledger.List(s.t.Context(), orders.Query{Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// become changes the state of the latest order behind the gateway's back.
func (s *shop) become(state orders.State) {
	s.t.Helper()
	rec := s.records()[0]
	rec.State = state
	if _, err := s.ledger.Change(s.t.Context(), rec); err != nil {
		s.t.Fatal(err)
	}
}

// disk is a body that adds a disk to a pool.
func disk(target string) string {
	return fmt.Sprintf(`{"type":"ADD_VOLUME","target":{"pool_id":%q},"add_volume":{"volume_type":"slow","volume_size_gib":10}}`, target)
}

// faultsOf are the pointers and codes of a problem's errors, as in "/type NOT_ALLOWED".
func faultsOf(t testing.TB, rep reply) []string {
	t.Helper()
	var list []string
	errs, _ := rep.json(t)["errors"].([]any)
	for _, e := range errs {
		f := row(e.(map[string]any))
		where := f.text("pointer")
		if f["pointer"] == nil {
			where = f.text("parameter")
		}
		list = append(list, strings.TrimSpace(where+" "+f.text("code")))
	}
	return list
}

// wantReply checks status and code.
func wantReply(t testing.TB, rep reply, status int, code string) {
	t.Helper()
	got, _ := rep.json(t)["code"].(string)
	if rep.status != status || got != code {
		t.Errorf("%d %s, want %d %s: %.400s", rep.status, got, status, code, rep.body)
	}
}
