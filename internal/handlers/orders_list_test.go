package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

// TestOrderList filters and pages the ledger.
func TestOrderList(t *testing.T) {
	s := open(t, nil)
	s.cloud.Decide(memory.InTurn(memory.Done, memory.Refuse, memory.Done, memory.LoseAnswer, memory.Unreachable))
	var placed []string
	for i, body := range []string{
		disk("m1:pool-1"), disk("m1:pool-1"),
		`{"type":"RESIZE","target":{"desktop_ids":["m1:desktop-1-1","m1:desktop-2-1"]},"resize":{"product_id":"large"}}`,
		disk("m1:pool-2"), disk("m1:pool-1"),
	} {
		s.place(fmt.Sprintf("key-%d", i), body)
		placed = append(placed, s.records()[0].ID)
	}
	s.as(keyOther).post("/v1/orders", disk("m2:pool-1"), "Idempotency-Key: key-1")
	newest := slices.Clone(placed)
	slices.Reverse(newest)
	if got := ids(s.walk("/v1/orders")); !slices.Equal(got, newest) {
		t.Errorf("the list is %v, want %v", got, newest)
	}
	third := s.ok("/v1/orders/" + placed[2])["created_at"].(string)
	for filter, want := range map[string][]int{
		"state=PLACED": {2, 0}, "state=REJECTED,UNKNOWN": {3, 1}, "state=NOT_SENT": {4}, "state=NEEDS_REVIEW": {},
		"type=RESIZE": {2}, "type=ADD_VOLUME,RESIZE": {4, 3, 2, 1, 0}, "type=CHANGE_IMAGE": {},
		"source=m1": {4, 3, 2, 1, 0}, "source=m2": {}, "source=gone": {}, "pool_id=m1:pool-2": {3, 2}, "pool_id=m1:pool-1,m1:pool-2": {4, 3, 2, 1, 0}, "pool_id=m2:pool-1": {},
		"idempotency_key=key-1": {1}, "idempotency_key=key": {}, "idempotency_key=key-1&state=PLACED": {},
		"created_at.gte=" + third: {4, 3, 2}, "created_at.lt=" + third: {1, 0}, "created_at.gte=2100-01-01T00:00:00Z": {},
	} {
		want := func() (list []string) {
			for _, i := range want {
				list = append(list, placed[i])
			}
			return list
		}()
		for _, limit := range []string{"", "&limit=1", "&limit=2"} {
			if got := ids(s.walk("/v1/orders?" + filter + limit)); !slices.Equal(got, want) {
				t.Errorf("%s%s: %v, want %v", filter, limit, got, want)
			}
		}
	}
	for _, r := range s.walk("/v1/orders?include=native&limit=2") {
		for _, item := range rowsOf(r) {
			if _, there := item["native"]; !there {
				t.Errorf("%s has no native view", r.id())
			}
		}
		one := row(s.ok("/v1/orders/" + r.id() + "?include=native"))
		if fmt.Sprint(one) != fmt.Sprint(r) {
			t.Errorf("%s by itself and in the list:\n%v\n%v", r.id(), one, r)
		}
	}
	list := s.ok("/v1/orders?limit=1")
	if len(list["sources"].([]any)) != 0 || list["complete"] != true {
		t.Errorf("the envelope: %v", list)
	}
	next := strings.TrimPrefix(row(list).text("page.next"), publicURL)
	for _, key := range []string{keyOther, keyClerk} { // other callers: no cursor of theirs
		wantReply(t, s.as(key).get(next), http.StatusBadRequest, "CURSOR_INVALID")
	}
	wantReply(t, s.get(next+"&state=PLACED"), http.StatusBadRequest, "CURSOR_INVALID")
	if rep := s.get("/v1/orders"); rep.header.Get("Cache-Control") != "no-store" || rep.header.Get("ETag") != "" {
		t.Errorf("the list may be kept: %v", rep.header)
	}
}

// TestOrderReaders: orders:read is enough to read, and orders:write implies it.
func TestOrderReaders(t *testing.T) {
	s := open(t, nil)
	id := row(s.as(keyBuyer).post("/v1/orders", disk("m1:pool-1"), "Idempotency-Key: k").json(t)).text("id")
	for _, key := range []string{keyBuyer, keyClerk, keyAll} {
		if list := s.as(key).walk("/v1/orders"); len(list) != 1 || list[0].id() != id {
			t.Errorf("%s sees %v", key, ids(list))
		}
		if rep := s.as(key).get("/v1/orders/" + id); rep.status != http.StatusOK {
			t.Errorf("%s: %d", key, rep.status)
		}
	}
	if list := s.as(keyOther).walk("/v1/orders"); len(list) != 0 {
		t.Errorf("another tenant sees %v", ids(list))
	}
}

// TestResolution: a person settles what is open, once.
func TestResolution(t *testing.T) {
	for state, want := range map[string]struct {
		status int
		code   string
		result string
	}{"PLACED": {201, "", "SUCCESS"}, "NOT_PLACED": {409, "ORDER_NOT_PLACED", "NOT_PLACED"}} {
		for _, from := range []orders.State{orders.Unknown, orders.NeedsReview} {
			s := open(t, nil)
			s.cloud.Decide(memory.InTurn(memory.LoseAnswer))
			s.place("k", disk("m1:pool-1"))
			s.become(from)
			target := "/v1/orders/" + s.records()[0].ID + "/resolution"
			body := fmt.Sprintf(`{"state":%q,"note":"Seen in\nthe console <b>."}`, state)
			wantReply(t, s.as(keyOther).post(target, body), http.StatusNotFound, "ORDER_NOT_FOUND")
			rep := s.post(target, body)
			got := row(rep.json(t))
			if rep.status != http.StatusOK || got.text("state") != state || rep.header.Get("Order-State") != state || rowsOf(got)[0].text("result") != want.result {
				t.Errorf("%s: %d %s", state, rep.status, rep.body)
			}
			history := got["history"].([]any)
			if last := row(history[len(history)-1].(map[string]any)); !strings.Contains(last.text("note"), "Seen in\nthe console <b>.") {
				t.Errorf("the history is %v", history)
			}
			wantReply(t, s.place("k", disk("m1:pool-1")), want.status, want.code)
			again := s.post(target, body)
			wantReply(t, again, http.StatusConflict, "OPERATION_CONFLICT")
			if again.json(t)["retryable"] != false || again.json(t)["upstream"] != nil {
				t.Errorf("%s", again.body)
			}
			if rep := s.place("other", disk("m1:pool-1")); rep.status != http.StatusCreated {
				t.Errorf("the pool takes no orders again: %d %s", rep.status, rep.body)
			}
		}
	}
}

// TestHostileResolutions sends resolutions that are none.
func TestHostileResolutions(t *testing.T) {
	s := open(t, nil)
	s.cloud.Decide(memory.InTurn(memory.LoseAnswer))
	s.place("k", disk("m1:pool-1"))
	target := "/v1/orders/" + s.records()[0].ID + "/resolution"
	for body, want := range map[string]string{
		`{}`: "/note REQUIRED /state REQUIRED", `{"state":"PLACED"}`: "/note REQUIRED", `{"state":"PLACED","note":""}`: "/note EMPTY",
		`{"state":"SENDING","note":"x"}`: "/state NOT_ALLOWED", `{"state":"placed","note":"x"}`: "/state NOT_ALLOWED", `{"state":null,"note":"x"}`: "/state NOT_ALLOWED",
		`{"state":"PLACED","note":"x","by":"me"}`: "/by UNKNOWN", `{"state":"PLACED","note":"\u0000"}`: "/note INVALID", `{"state":"PLACED","note":"` + strings.Repeat("x", 1001) + `"}`: "/note OUT_OF_RANGE",
		`{"state":"PLACED","note":5}`: "/note INVALID", `[]`: "INVALID",
	} {
		rep := s.post(target, body)
		if got := strings.Join(faultsOf(t, rep), " "); rep.status != http.StatusUnprocessableEntity || got != want {
			t.Errorf("%.100s: %d %s, want %s", body, rep.status, got, want)
		}
	}
	wantReply(t, s.post(target, `{"state":"PLACED","state":"NOT_PLACED","note":"x"}`), http.StatusBadRequest, "MALFORMED_REQUEST")
	wantReply(t, s.post("/v1/orders/nothing/resolution", `{"state":"PLACED","note":"x"}`), http.StatusBadRequest, "INVALID_PARAMETER")
	wantReply(t, s.post("/v1/orders/"+noOrder+"/resolution", `{"state":"PLACED","note":"x"}`), http.StatusNotFound, "ORDER_NOT_FOUND")
	if s.records()[0].State != orders.Unknown {
		t.Errorf("it became %s", s.records()[0].State)
	}
}

// TestHostileOrderQueries sends filters that are none.
func TestHostileOrderQueries(t *testing.T) {
	var table []hostile
	for _, tt := range []struct{ query, name, fault string }{
		{"state=placed", "state", "NOT_ALLOWED"}, {"state=PLACED,PLACED", "state", "REPEATED"}, {"state=", "state", "EMPTY"}, {"type=SHRINK", "type", "NOT_ALLOWED"},
		{"source=M1", "source", "INVALID"}, {"pool_id=pool-1", "pool_id", "INVALID"}, {"pool_id=m1:" + strings.Repeat("a", 129), "pool_id", "INVALID"},
		{"idempotency_key=" + url.QueryEscape("a b"), "idempotency_key", "INVALID"}, {"idempotency_key=" + strings.Repeat("k", 256), "idempotency_key", "OUT_OF_RANGE"}, {"idempotency_key=%C3%A9", "idempotency_key", "INVALID"},
		{"created_at.gte=yesterday", "created_at.gte", "INVALID"}, {"created_at.lt=2026-02-30T00:00:00Z", "created_at.lt", "INVALID"}, {"limit=0", "limit", "OUT_OF_RANGE"}, {"limit=1001", "limit", "OUT_OF_RANGE"},
		{"include=total", "include", "NOT_ALLOWED"}, {"fields=id", "fields", "UNKNOWN"}, {"sort=id", "sort", "UNKNOWN"}, {"cloud=HUAWEI", "cloud", "UNKNOWN"}, {"key=k", "key", "UNKNOWN"},
	} {
		table = append(table, bad("/v1/orders?"+tt.query, tt.name, tt.fault))
	}
	refused(t, table)
}
