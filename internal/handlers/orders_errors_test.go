package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

// TestOrderRefusals: why an order is not taken, and that nothing is sent then.
func TestOrderRefusals(t *testing.T) {
	body := func(target, more string) string {
		return strings.Replace(disk("m1:pool-1"), `"pool_id":"m1:pool-1"}`, target+"}"+more, 1)
	}
	most := func(amount, currency string) string {
		return fmt.Sprintf(`,"max_amount":{"amount":%q,"currency":%q}`, amount, currency)
	}
	s := open(t, nil)
	resize := `{"type":"RESIZE","target":{"pool_id":"m1:pool-2"},"resize":{"product_id":"%s"%s}}`
	for _, tt := range []struct {
		name, body string
		key        string // keyAll, if empty
		status     int
		code       string
		faults     string
		says       string // in the answer
	}{
		{"no such pool", body(`"pool_id":"m1:nothing"`, ""), "", 404, "POOL_NOT_FOUND", "", ""},
		{"no such desktop", body(`"desktop_ids":["m1:desktop-1-1","m1:nothing"]`, ""), "", 404, "DESKTOP_NOT_FOUND", "", ""},
		{"no such source", body(`"pool_id":"m9:pool-1"`, ""), "", 404, "POOL_NOT_FOUND", "", ""},
		{"the source of another tenant", body(`"pool_id":"m2:pool-1"`, ""), "", 404, "POOL_NOT_FOUND", "", ""},
		{"a desktop of another tenant", body(`"desktop_ids":["m2:desktop-1-1"]`, ""), "", 404, "DESKTOP_NOT_FOUND", "", ""},
		{"desktops of two sources", body(`"desktop_ids":["m1:desktop-1-1","m2:desktop-1-1"]`, ""), "", 422, "VALIDATION_FAILED", "/target/desktop_ids/1 INVALID", ""},
		{"not paid for in advance", body(`"pool_id":"m1:pool-3"`, ""), "", 422, "VALIDATION_FAILED", "/target/pool_id INVALID", "PREPAID"},
		{"a disk that would shrink", `{"type":"EXTEND_VOLUME","target":{"pool_id":"m1:pool-1"},"extend_volume":{"disk_id":"disk-1","new_size_gib":80}}`, "", 422, "VALIDATION_FAILED", "/extend_volume/new_size_gib OUT_OF_RANGE", "80 GiB"},
		{"a volume that is not for sale", strings.Replace(disk("m1:pool-1"), "slow", "none", 1), "", 422, "VALIDATION_FAILED", "/add_volume/volume_type NOT_ALLOWED", ""},
		{"desktops are running", fmt.Sprintf(resize, "large", ""), "", 409, "OPERATION_CONFLICT", "", "1 of the desktops are running"},
		{"dearer than max_amount", body(`"pool_id":"m1:pool-1"`, most("5.99", "CNY")), "", 409, "PRICE_CHANGED", "", "6.00 CNY"},
		{"another currency", body(`"pool_id":"m1:pool-1"`, most("100.00", "EUR")), "", 422, "VALIDATION_FAILED", "/max_amount/currency NOT_ALLOWED", `"allowed":["CNY"]`},
		{"no price to hold against", `{"type":"DELETE_SUB_RESOURCES","target":{"pool_id":"m1:pool-1"},"delete_sub_resources":{"sub_resource_type":"DESKTOP_SHARER"}` + most("1.00", "CNY") + `}`, "", 422, "VALIDATION_FAILED", "/max_amount INVALID", ""},
		{"auto_pay without the scope", body(`"pool_id":"m1:pool-1"`, `,"auto_pay":true`), keyBuyer, 403, "FORBIDDEN", "", "orders:pay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := s.in(t)
			if tt.key != "" {
				s.gateway = s.as(tt.key)
			}
			key := strings.ReplaceAll(tt.name, " ", "-")
			writes, kept := s.cloud.Writes(), len(s.records())
			rep := s.place(key, tt.body)
			wantReply(t, rep, tt.status, tt.code)
			if got := strings.Join(faultsOf(t, rep), " "); got != tt.faults || !strings.Contains(string(rep.body), tt.says) {
				t.Errorf("%q is said as %s", tt.faults, rep.body)
			}
			if rep.header.Get("Order-State") != "" || rep.header.Get("Location") != "" {
				t.Errorf("there is no order: %v", rep.header)
			}
			if s.cloud.Writes() != writes || len(s.records()) != kept {
				t.Errorf("%d calls to the cloud, %d orders", s.cloud.Writes(), len(s.records()))
			}
			if rep := s.place(key, disk("m1:pool-1")); rep.status != http.StatusCreated {
				t.Errorf("the key is spent: %d %s", rep.status, rep.body)
			}
		})
	}
}

// TestAutoPay: who may let the cloud take the money can, and an estimate takes none.
func TestAutoPay(t *testing.T) {
	s := open(t, nil)
	body := strings.Replace(disk("m1:pool-1"), `{"type"`, `{"auto_pay":true,"type"`, 1)
	if rep := s.as(keyBuyer).post("/v1/estimates", body); rep.status != http.StatusOK {
		t.Errorf("the estimate: %d %s", rep.status, rep.body)
	}
	if rep := s.place("k", body); rep.status != http.StatusCreated || rowsOf(rep.json(t))[0].text("payment_state") != "COMPLETED" {
		t.Errorf("the order: %d %s", rep.status, rep.body)
	}
}

// TestUnresolvedOrder: a pool with an order of unknown outcome takes no other, other pools do.
func TestUnresolvedOrder(t *testing.T) {
	s := open(t, nil)
	s.cloud.Decide(memory.InTurn(memory.LoseAnswer))
	wantReply(t, s.place("a", disk("m1:pool-1")), http.StatusAccepted, "")
	rep := s.place("b", disk("m1:pool-1"))
	wantReply(t, rep, http.StatusConflict, "UNRESOLVED_ORDER")
	if rep.header.Get("Retry-After") != "" || rep.json(t)["retry_after_s"] == nil || rep.json(t)["upstream"] != nil {
		t.Errorf("%v %s", rep.header, rep.body)
	}
	if rep := s.place("b", disk("m1:pool-2")); rep.status != http.StatusCreated {
		t.Errorf("another pool: %d %s", rep.status, rep.body)
	}
	if rep := s.post("/v1/estimates", disk("m1:pool-1")); rep.status != http.StatusOK {
		t.Errorf("an estimate: %d %s", rep.status, rep.body)
	}
}

// TestUnsupported: what a source cannot do is said with what it can.
func TestUnsupported(t *testing.T) {
	none := open(t, func(up *setup) { up.sources[0].Ordering = nil })
	few := open(t, func(up *setup) {
		o := *up.sources[0].Ordering
		o.Types = []pool.OrderSupport{{Type: pool.ResizeOrder, Parameters: []pool.Parameter{{Name: "product_id", Type: pool.TextParameter}}}}
		up.sources[0].Ordering = &o
	})
	for _, tt := range []struct {
		shop   *shop
		body   string
		faults string
	}{
		{none, disk("m1:pool-1"), "/target NOT_SUPPORTED"},
		{few, disk("m1:pool-1"), "/type NOT_SUPPORTED"},
		{few, `{"type":"RESIZE","target":{"pool_id":"m1:pool-1"},"resize":{"product_id":"large","stop_running":true},"promotion_plan_id":"p"}`, "/resize/stop_running NOT_SUPPORTED /promotion_plan_id NOT_SUPPORTED"},
	} {
		for _, rep := range []reply{tt.shop.place("k", tt.body), tt.shop.post("/v1/estimates", tt.body)} {
			wantReply(t, rep, http.StatusUnprocessableEntity, "CAPABILITY_NOT_SUPPORTED")
			if got := strings.Join(faultsOf(t, rep), " "); got != tt.faults || !strings.Contains(detail(t, rep), publicURL+"/v1/capabilities") {
				t.Errorf("%s", rep.body)
			}
		}
		if tt.shop.calls.Load() != 0 {
			t.Error("the source was asked")
		}
	}
}

// brokenLedger fails as a ledger does that cannot be used.
type brokenLedger struct{ orders.Ledger }

var errUnrecorded = &pool.Error{Kind: orders.Unrecorded, Op: "use the ledger", Detail: "The disk is full."}

func (brokenLedger) Get(context.Context, orders.Ref) (orders.Record, error) {
	return orders.Record{}, errUnrecorded
}

func (brokenLedger) List(context.Context, orders.Query) ([]orders.Record, bool, error) {
	return nil, false, errUnrecorded
}

// TestNoLedger: without a ledger nothing is ordered, and everything else goes on.
func TestNoLedger(t *testing.T) {
	for says, d := range map[string]*orders.Desk{
		"No ledger is configured": nil,
		"The disk is full.":       orders.New(orders.Options{Ledger: brokenLedger{}}),
	} {
		s := open(t, func(up *setup) { up.orders = d })
		for _, rep := range []reply{
			s.place("k", disk("m1:pool-1")), s.get("/v1/orders"), s.get("/v1/orders/" + noOrder),
			s.post("/v1/orders/"+noOrder+"/resolution", `{"state":"PLACED","note":"Seen."}`),
		} {
			wantReply(t, rep, http.StatusServiceUnavailable, "LEDGER_UNAVAILABLE")
			if rep.header.Get("Retry-After") != "5" || !strings.Contains(detail(t, rep), says) || rep.json(t)["upstream"] != nil {
				t.Errorf("%v %s", rep.header, rep.body)
			}
		}
		if s.cloud.Writes() != 0 {
			t.Error("something was sent")
		}
		for _, target := range []string{"/v1/pools", "/v1/capabilities", "/readyz"} {
			if rep := s.get(target); rep.status != http.StatusOK {
				t.Errorf("%s: %d", target, rep.status)
			}
		}
		if rep := s.post("/v1/estimates", disk("m1:pool-1")); rep.status != http.StatusOK {
			t.Errorf("an estimate: %d %s", rep.status, rep.body)
		}
	}
}

// TestDrainingOrders: a process that is about to end begins no order, and tells of old ones.
func TestDrainingOrders(t *testing.T) {
	draining := false
	s := open(t, func(up *setup) { up.draining = func() bool { return draining } })
	id := row(s.place("old", disk("m1:pool-1")).json(t)).text("id")
	draining = true
	rep := s.place("new", disk("m1:pool-2"))
	wantReply(t, rep, http.StatusServiceUnavailable, "DRAINING")
	if rep.header.Get("Retry-After") == "" || s.cloud.Writes() != 1 {
		t.Errorf("%v, %d calls to the cloud", rep.header, s.cloud.Writes())
	}
	if rep := s.get("/v1/orders/" + id); rep.status != http.StatusOK {
		t.Errorf("an old order: %d", rep.status)
	}
}

// TestOrderPatience: who waits too long for an order is told that it goes on, and finds it.
func TestOrderPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = 10 * time.Minute
		s := open(t, func(up *setup) { up.orders = desk(t, orders.Options{Timeout: slow}) })
		s.cloud.Decide(memory.InTurn(memory.Hang))
		begun := time.Now()
		rep := s.place("k", disk("m1:pool-1"))
		wantReply(t, rep, http.StatusConflict, "ORDER_IN_PROGRESS")
		if took := time.Since(begun); took != 75*time.Second {
			t.Errorf("the answer took %v", took)
		}
		time.Sleep(slow)
		wantReply(t, s.place("k", disk("m1:pool-1")), http.StatusAccepted, "")
		if s.cloud.Writes() != 1 {
			t.Errorf("%d calls to the cloud", s.cloud.Writes())
		}
	})
}

// failing is an Orderer that fails before the send, if it has an error to fail with.
type failing struct {
	pool.Orderer
	plan, price error
}

func (p *failing) Plan(ctx context.Context, o pool.Order) (pool.Plan, error) {
	if p.plan != nil {
		return pool.Plan{}, p.plan
	}
	return p.Orderer.Plan(ctx, o)
}

func (p *failing) Price(ctx context.Context, o pool.Order, plan pool.Plan) (pool.Price, error) {
	if p.price != nil {
		return pool.Price{}, p.price
	}
	return p.Orderer.Price(ctx, o, plan)
}

// TestOrderUpstream: each failure of a cloud before the send has its status, and is the cloud's.
func TestOrderUpstream(t *testing.T) {
	var orderer failing
	s := open(t, func(up *setup) {
		o := *up.sources[0].Ordering
		orderer.Orderer = o.Orderer
		o.Orderer = &orderer
		up.sources[0].Ordering = &o
	})
	said := &pool.Upstream{HTTPStatus: 400, Code: "Bad", Message: "no"}
	for kind, want := range map[pool.Kind]struct {
		status int
		code   string
	}{
		pool.Timeout: {504, "UPSTREAM_TIMEOUT"}, pool.Unavailable: {503, "UPSTREAM_UNAVAILABLE"}, pool.Throttled: {503, "UPSTREAM_THROTTLED"},
		pool.Auth: {502, "UPSTREAM_AUTH"}, pool.Denied: {502, "UPSTREAM_AUTH"}, pool.Failed: {502, "UPSTREAM_ERROR"}, pool.BadBody: {502, "UPSTREAM_BAD_BODY"},
		pool.NotEnabled: {409, "SERVICE_NOT_ENABLED"}, pool.Conflict: {409, "OPERATION_CONFLICT"}, pool.Invalid: {422, "ORDER_REJECTED"}, pool.Skipped: {503, "UPSTREAM_UNAVAILABLE"},
	} {
		for _, at := range []string{"plan", "price"} {
			err := error(&pool.Error{Kind: kind, Op: "ask", Upstream: said})
			if orderer.plan, orderer.price = err, nil; at == "price" {
				orderer.plan, orderer.price = nil, err
			}
			most := strings.Replace(disk("m1:pool-1"), `{"type"`, `{"max_amount":{"amount":"100","currency":"CNY"},"type"`, 1)
			for _, rep := range []reply{s.post("/v1/estimates", disk("m1:pool-1")), s.place("k", most)} {
				wantReply(t, rep, want.status, want.code)
				if up := row(rep.json(t)); up.text("upstream.source") != "m1" || up.text("upstream.code") != "Bad" {
					t.Errorf("%s of the %s: %s", kind, at, rep.body)
				}
			}
			if s.cloud.Writes() != 0 || len(s.records()) != 0 {
				t.Errorf("%s of the %s: something was sent or kept", kind, at)
			}
		}
	}
}
