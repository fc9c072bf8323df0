package handlers_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

// TestOrderStates: each state has its answer, to the request that placed the
// order and to its repetitions, and final answers are the same byte for byte.
func TestOrderStates(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fate   memory.Fate
		become orders.State // afterwards, in the ledger; empty: what it is
		state  string
		status int
		code   string
		retry  string // Retry-After
	}{
		{name: "placed", state: "PLACED", status: 201},
		{name: "placed in part", fate: memory.SomeFail, state: "PARTIAL", status: 201},
		{name: "refused", fate: memory.Refuse, state: "REJECTED", status: 422, code: "ORDER_REJECTED"},
		{name: "our key refused", fate: memory.RefuseKey, state: "REJECTED", status: 422, code: "ORDER_REJECTED"},
		{name: "answer lost", fate: memory.LoseAnswer, state: "UNKNOWN", status: 202, retry: "5"},
		{name: "request lost", fate: memory.LoseRequest, state: "UNKNOWN", status: 202, retry: "5"},
		{name: "needs review", fate: memory.LoseAnswer, become: orders.NeedsReview, state: "NEEDS_REVIEW", status: 202, retry: "60"},
		{name: "not placed", fate: memory.LoseRequest, become: orders.NotPlaced, state: "NOT_PLACED", status: 409, code: "ORDER_NOT_PLACED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, nil)
			s.cloud.Decide(memory.InTurn(tt.fate))
			body := `{"type":"RESIZE","target":{"desktop_ids":["m1:desktop-1-2","m1:desktop-1-1"]},"resize":{"product_id":"large"}}`
			first := s.place("k", body)
			if tt.become != "" {
				s.become(tt.become)
				first = s.place("k", body)
			}
			for i, rep := range []reply{first, s.place("k", body), s.place(`"k"`, body, "X-Request-Id: another-request")} {
				if code, _ := rep.json(t)["code"].(string); rep.status != tt.status || code != tt.code {
					t.Errorf("%d: %d %s", i, rep.status, rep.body)
				}
				replayed := i > 0 || tt.become != ""
				if got := rep.header.Get("Idempotent-Replayed") == "true"; got != replayed {
					t.Errorf("%d: replayed is %v", i, got)
				}
				id := s.records()[0].ID
				for name, want := range map[string]string{
					"Order-State": tt.state, "Location": publicURL + "/v1/orders/" + id, "Retry-After": tt.retry, "Cache-Control": "no-store",
				} {
					if got := rep.header.Get(name); got != want && (name != "Retry-After" || got == "" || want == "") {
						t.Errorf("%d: %s is %q, want %q", i, name, got, want)
					}
				}
				if !bytes.Equal(rep.body, first.body) {
					t.Errorf("%d: the body changed:\n%s\n%s", i, first.body, rep.body)
				}
			}
			if n := len(s.records()); n != 1 || s.cloud.Writes() != 1 {
				t.Errorf("%d orders, %d calls to the cloud", n, s.cloud.Writes())
			}
		})
	}
}

// TestOrderUnderWay: who asks while the order is being placed is told to come back.
func TestOrderUnderWay(t *testing.T) {
	s := open(t, nil)
	s.cloud.Decide(memory.InTurn(memory.LoseAnswer))
	s.place("k", disk("m1:pool-1"))
	for _, state := range []orders.State{orders.Sending, orders.Reserved} {
		s.become(state)
		rep := s.place("k", disk("m1:pool-1"))
		wantReply(t, rep, http.StatusConflict, "ORDER_IN_PROGRESS")
		if rep.header.Get("Retry-After") != "1" || rep.json(t)["retryable"] != true {
			t.Errorf("%s: %v %s", state, rep.header, rep.body)
		}
	}
	if s.cloud.Writes() != 1 {
		t.Errorf("the cloud was asked %d times", s.cloud.Writes())
	}
}

// TestOrderNotSent: nothing has left us, and the same key succeeds later, once.
func TestOrderNotSent(t *testing.T) {
	for fate, want := range map[memory.Fate]struct{ code, retry string }{
		memory.Unreachable: {"UPSTREAM_UNAVAILABLE", "5"}, memory.Throttle: {"UPSTREAM_THROTTLED", "1"},
	} {
		s := open(t, nil)
		s.cloud.Decide(memory.InTurn(fate, fate))
		for range 2 {
			rep := s.place("k", disk("m1:pool-1"), "X-Request-Id: this-very-request")
			wantReply(t, rep, http.StatusServiceUnavailable, want.code)
			if rep.header.Get("Retry-After") != want.retry || rep.header.Get("Order-State") != "NOT_SENT" || rep.header.Get("Idempotent-Replayed") != "" {
				t.Errorf("%s: %v", fate, rep.header)
			}
			if rep.json(t)["request_id"] != "this-very-request" {
				t.Errorf("%s: %s", fate, rep.body)
			}
		}
		if n := len(s.cloud.Orders()); n != 0 {
			t.Errorf("%s: %d orders", fate, n)
		}
		for range 2 {
			if rep := s.place("k", disk("m1:pool-1")); rep.status != http.StatusCreated {
				t.Errorf("%s: %d %s", fate, rep.status, rep.body)
			}
		}
		if n := len(s.cloud.Orders()); n != 1 || len(s.records()) != 1 {
			t.Errorf("%s: %d orders at the cloud, %d in the ledger", fate, n, len(s.records()))
		}
	}
}

// TestReserialised: the same order in another spelling replays, another does not.
func TestReserialised(t *testing.T) {
	s := open(t, nil)
	first := s.place("k", `{"type":"ADD_VOLUME","target":{"desktop_ids":["m1:desktop-1-1","m1:desktop-1-2"]},"add_volume":{"volume_type":"slow","volume_size_gib":10},"max_amount":{"amount":"100.00","currency":"CNY"}}`)
	wantReply(t, first, http.StatusCreated, "")
	for _, body := range []string{
		"\r\n\t " + `{ "max_amount" : {"currency":"CNY","amount":"100"}, "add_volume":{"volume_size_gib":10,"volume_type":"slow"},"target":{"desktop_ids":["m1:desktop-1-2","m1:desktop-1-1"]},"type":"ADD_VOLUME"} ` + "\n",
		`{"\u0074ype":"ADD\u005fVOLUME","auto_pay":false,"target":{"desktop_ids":["m1:desktop-1-1","m1\u003adesktop-1-2"]},"add_volume":{"volume_type":"slow","volume_size_gib":10},"max_amount":{"amount":"100.00","currency":"CNY"}}`,
	} {
		rep := s.place("k", body)
		if rep.status != http.StatusCreated || !bytes.Equal(rep.body, first.body) || rep.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s", body, rep.status, rep.body)
		}
	}
	for _, body := range []string{
		disk("m1:pool-1"), disk("m1:pool-2"),
		`{"type":"ADD_VOLUME","target":{"desktop_ids":["m1:desktop-1-1","m1:desktop-1-2"]},"add_volume":{"volume_type":"slow","volume_size_gib":10}}`,
		`{"type":"ADD_VOLUME","target":{"desktop_ids":["m1:desktop-1-1","m1:desktop-1-2"]},"add_volume":{"volume_type":"slow","volume_size_gib":10},"max_amount":{"amount":"100.01","currency":"CNY"}}`,
		`{"type":"ADD_VOLUME","target":{"desktop_ids":["m1:desktop-1-1"]},"add_volume":{"volume_type":"slow","volume_size_gib":10},"max_amount":{"amount":"100.00","currency":"CNY"}}`,
		`{"type":"ADD_VOLUME","target":{"desktop_ids":["m1:desktop-1-1","m1:desktop-1-2"]},"add_volume":{"volume_type":"slow","volume_size_gib":10},"auto_pay":true,"max_amount":{"amount":"100.00","currency":"CNY"}}`,
	} {
		wantReply(t, s.place("k", body), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_MISMATCH")
	}
	if s.cloud.Writes() != 1 {
		t.Errorf("the cloud was asked %d times", s.cloud.Writes())
	}
	if rep := s.as(keyOther).post("/v1/orders", disk("m2:pool-1"), "Idempotency-Key: k"); rep.status != http.StatusCreated || rep.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("the key of another tenant: %d %s", rep.status, rep.body)
	}
}

// TestConcurrentOrders: many identical requests at once make one order.
func TestConcurrentOrders(t *testing.T) {
	const callers = 200
	s := open(t, nil)
	replies := make([]reply, callers)
	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() { replies[i] = s.place("k", disk("m1:pool-1")) })
	}
	wait.Wait()
	plain, final := 0, s.place("k", disk("m1:pool-1")).body
	for _, rep := range replies {
		switch {
		case rep.status == http.StatusCreated && bytes.Equal(rep.body, final):
			plain += bit(rep.header.Get("Idempotent-Replayed") == "")
		case rep.status == http.StatusConflict && rep.json(t)["code"] == "ORDER_IN_PROGRESS":
		default:
			t.Errorf("%d %s", rep.status, rep.body)
		}
	}
	if plain != 1 || s.cloud.Writes() != 1 || len(s.records()) != 1 {
		t.Errorf("%d plain answers, %d calls to the cloud, %d orders in the ledger", plain, s.cloud.Writes(), len(s.records()))
	}
}

// TestOrderResource: what was ordered, and what became of it, in one document.
func TestOrderResource(t *testing.T) {
	bodies := map[string]string{
		"add_volume":           `{"type":"ADD_VOLUME","target":{"pool_id":"m1:pool-1"},"add_volume":{"volume_type":"slow","volume_size_gib":10},"promotion_plan_id":"p-1","auto_pay":true,"max_amount":{"amount":"99.5","currency":"CNY"}}`,
		"extend_volume":        `{"type":"EXTEND_VOLUME","target":{"pool_id":"m1:pool-1"},"extend_volume":{"disk_id":"disk-1","new_size_gib":120}}`,
		"resize":               `{"type":"RESIZE","target":{"pool_id":"m1:pool-2"},"resize":{"product_id":"large","stop_running":true}}`,
		"change_image":         `{"type":"CHANGE_IMAGE","target":{"pool_id":"m1:pool-1"},"change_image":{"image_id":"plain-linux","notice_minutes":0,"message":"Save\nyour work."}}`,
		"add_sub_resources":    `{"type":"ADD_SUB_RESOURCES","target":{"pool_id":"m1:pool-1"},"add_sub_resources":{"sku":"sharer"}}`,
		"delete_sub_resources": `{"type":"DELETE_SUB_RESOURCES","target":{"desktop_ids":["m1:desktop-1-2"]},"delete_sub_resources":{"sub_resource_type":"DESKTOP_SHARER"}}`,
	}
	s := open(t, nil)
	for object, body := range bodies {
		asked := row(reply{body: []byte(body)}.json(t))
		rep := s.place("key-"+object, body)
		got := row(rep.json(t))
		if rep.status != http.StatusCreated {
			t.Errorf("%s: %d %s", object, rep.status, rep.body)
			continue
		}
		for _, name := range []string{"type", object, "target", "promotion_plan_id"} {
			if fmt.Sprint(got[name]) != fmt.Sprint(asked[name]) {
				t.Errorf("%s: %s is %v, want %v", object, name, got[name], asked[name])
			}
		}
		if kept := string(s.records()[0].Body); kept != body {
			t.Errorf("%s: the ledger has the body %s", object, kept)
		}
		if got.text("state") != "PLACED" || got.text("idempotency_key") != "key-"+object || got["auto_pay"] != (asked["auto_pay"] == true) || len(got["history"].([]any)) != 3 {
			t.Errorf("%s: %s", object, rep.body)
		}
		for _, item := range rowsOf(got) {
			if item.text("cloud_order_id") == "" || item.text("result") != "SUCCESS" || item.text("payment_state") == "" || item["native"] != nil {
				t.Errorf("%s has the item %v", object, item)
			}
		}
		if object == "add_volume" && (got.text("estimate.amount.amount") != "5.40" || got.text("max_amount.amount") != "99.50" || got.text("estimate.list_amount.amount") != "6.00") {
			t.Errorf("the money: %s", rep.body)
		}
		one := s.get("/v1/orders/" + got.text("id"))
		if !bytes.Equal(one.body, rep.body) || one.header.Get("Order-State") != "PLACED" || one.header.Get("ETag") != "" {
			t.Errorf("%s read again: %v %s", object, one.header, one.body)
		}
		native := row(s.ok("/v1/orders/" + got.text("id") + "?include=native"))
		if parts, _ := rowsOf(native)[0]["native"].([]any); len(parts) == 0 || row(parts[0].(map[string]any)).text("operation") == "" {
			t.Errorf("%s: the native view: %v", object, native)
		}
		wantReply(t, s.as(keyBuyer).get("/v1/orders/"+got.text("id")+"?include=native"), http.StatusForbidden, "FORBIDDEN")
		wantReply(t, s.as(keyOther).get("/v1/orders/"+got.text("id")), http.StatusNotFound, "ORDER_NOT_FOUND")
	}
}

// TestOrderLog: the log says which order a request was about.
func TestOrderLog(t *testing.T) {
	s := open(t, nil)
	s.place("k", disk("m1:pool-1"))
	if log, id := s.log.String(), s.records()[0].ID; !strings.Contains(log, `"order":"`+id+`","order_state":"PLACED"`) || strings.Contains(log, "volume_type") {
		t.Errorf("the log: %s", log)
	}
}
