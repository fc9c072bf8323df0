package handlers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// TestOrderItems: each call shows as the cloud's orders that came of it, or as itself.
func TestOrderItems(t *testing.T) {
	call := func(desktops ...string) pool.OrderCall {
		return pool.OrderCall{Operation: "Change", DesktopIDs: desktops}
	}
	refusal := &orders.Refusal{Kind: pool.Invalid, Upstream: &pool.Upstream{Code: "Bad", Message: "no"}}
	for _, tt := range []struct {
		name string
		item orders.Item
		want string // its rows
	}{
		{"one order", orders.Item{State: "PLACED", Call: call("d1"), RequestID: "up-1", Orders: []pool.CloudOrder{{ID: "o1", PaymentState: pool.PayAwaitingPayment}}},
			`{"cloud_order_id":"o1","payment_state":"AWAITING_PAYMENT","result":"SUCCESS","code":null,"message":null,"desktop_ids":["m1:d1"],"request_id":"up-1"}`},
		{"two orders of which the cloud does not say whose they are", orders.Item{State: "PLACED", Call: call("d1", "d2"), Orders: []pool.CloudOrder{{ID: "o1"}, {ID: "o2", DesktopIDs: []string{"d2"}}}},
			`{"cloud_order_id":"o1","payment_state":null,"result":"SUCCESS","code":null,"message":null,"desktop_ids":null,"request_id":null},` +
				`{"cloud_order_id":"o2","payment_state":null,"result":"SUCCESS","code":null,"message":null,"desktop_ids":["m1:d2"],"request_id":null}`},
		{"one of two", orders.Item{State: "PARTIAL", Call: call("d1", "d2"), Orders: []pool.CloudOrder{{ID: "o1", DesktopIDs: []string{"d1"}}, {Failed: true, Code: "Busy", Message: "wait", DesktopIDs: []string{}}}},
			`{"cloud_order_id":"o1","payment_state":null,"result":"SUCCESS","code":null,"message":null,"desktop_ids":["m1:d1"],"request_id":null},` +
				`{"cloud_order_id":null,"payment_state":null,"result":"FAIL","code":"Busy","message":"wait","desktop_ids":null,"request_id":null}`},
		{"none, as the cloud makes none", orders.Item{State: "PLACED", Call: call("d1", "d2")},
			`{"cloud_order_id":null,"payment_state":null,"result":"SUCCESS","code":null,"message":null,"desktop_ids":["m1:d1","m1:d2"],"request_id":null}`},
		{"refused", orders.Item{State: "REJECTED", Call: call(), Refusal: refusal},
			`{"cloud_order_id":null,"payment_state":null,"result":"REJECTED","code":"Bad","message":"no","desktop_ids":null,"request_id":null}`},
		{"unknown", orders.Item{State: "UNKNOWN", Call: call("d1")},
			`{"cloud_order_id":null,"payment_state":null,"result":"UNKNOWN","code":null,"message":null,"desktop_ids":["m1:d1"],"request_id":null}`},
		{"not begun", orders.Item{State: orders.ItemPending, Call: call("d1")},
			`{"cloud_order_id":null,"payment_state":null,"result":"PENDING","code":null,"message":null,"desktop_ids":["m1:d1"],"request_id":null}`},
	} {
		o := view{}.order(orders.Record{Source: "m1", Items: []orders.Item{tt.item}}, pool.NewService(nil))
		if got := string(encode(o.Items)); got != "["+tt.want+"]" {
			t.Errorf("%s:\n%s, want\n[%s]", tt.name, got, tt.want)
		}
	}
}

// TestOrderFromLedger: an order shows the same before and after it was kept,
// so that replays are what was answered first.
func TestOrderFromLedger(t *testing.T) {
	at := time.Date(2026, 1, 5, 8, 0, 0, 123_456_789, time.FixedZone("", 3600))
	rec := orders.Record{
		ID: "ord_1", Source: "m1", Pools: []string{"p1"}, Key: "<k>", State: orders.Partial, CreatedAt: at.UTC().Truncate(time.Millisecond), UpdatedAt: at,
		Order:     pool.Order{Type: pool.ResizeOrder, DesktopIDs: []string{"d1"}, Resize: &pool.Resize{ProductID: "x"}},
		MaxAmount: &pool.Money{Amount: "1.00", Currency: "CNY"},
		Estimate:  &orders.Estimate{Discounts: []pool.Discount{}, SideEffects: []orders.SideEffect{}, Impact: pool.Impact{AsOf: at}},
		Items: []orders.Item{{
			State: "PARTIAL", EndedAt: at, Native: json.RawMessage(`{"a":"<&>"}`), Orders: []pool.CloudOrder{{ID: "o1", DesktopIDs: []string{}, CreatedAt: at}, {Failed: true, Message: "bad \xff text"}},
		}},
		Refusal: &orders.Refusal{Kind: pool.Failed, Detail: "some <failed>", Upstream: &pool.Upstream{Code: "\xc3", Message: "\xe4\xba", Detail: "cut \xff"}},
		History: []orders.Event{{At: at, State: orders.Partial, Note: "&"}},
	}
	kept, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	var read orders.Record
	if err := json.Unmarshal(kept, &read); err != nil {
		t.Fatal(err)
	}
	first, again := encode(view{}.order(rec, pool.NewService(nil))), encode(view{}.order(read, pool.NewService(nil)))
	if diff := gocmp.Diff(string(first), string(again)); diff != "" {
		t.Errorf("first and again:\n%s", diff)
	}
}

// TestOrderNative: what is personal in the cloud's own words is hidden, and
// where nobody can say what that is, everything.
func TestOrderNative(t *testing.T) {
	rec := orders.Record{Source: "m1", Items: []orders.Item{{
		State: "PLACED", Call: pool.OrderCall{Operation: "Change"}, RequestID: "up-1", Native: json.RawMessage(`{"user":"alice","n":1.0}`),
		Orders: []pool.CloudOrder{{ID: "o1", Native: json.RawMessage(`{"id":"o1"}`)}},
	}}}
	src := pool.Source{ID: "m1", Personal: func(key string) bool { return key == "user" }}
	here, gone := pool.NewService([]pool.Source{src}), pool.NewService(nil)
	for _, tt := range []struct {
		name    string
		view    view
		service *pool.Service
		want    string
	}{
		{"not asked for", view{}, here, ""},
		{"everything", view{native: true, personal: true}, here, `{"user":"alice","n":1.0} {"id":"o1"}`},
		{"without users", view{native: true}, here, `{"user":"***","n":1.0} {"id":"o1"}`},
		{"everything of a source that is gone", view{native: true, personal: true}, gone, `{"user":"alice","n":1.0} {"id":"o1"}`},
		{"without users, of a source that is gone", view{native: true}, gone, ""},
	} {
		item := tt.view.order(rec, tt.service).Items[0]
		if (item.Native != nil) != tt.view.native {
			t.Errorf("%s: native is %v", tt.name, item.Native)
		}
		var bodies []string
		for _, p := range item.Native {
			bodies = append(bodies, string(p.Body))
		}
		if got := strings.Join(bodies, " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
