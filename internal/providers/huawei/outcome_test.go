package huawei

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const (
	ofPool = 0 // desktops of the order
	good1  = `{"order_id":"CS25052414519W9OP","order_status":6}`
	good2  = `{"order_id":"CS2505241451AAAAA","order_status":6,"result":"SUCCESS"}`
	bad1   = `{"result":"FAIL","result_code":"WKS.00010032","result_msg":"Busy."}`
)

func listed(rows ...string) string { return `{"orders":[` + strings.Join(rows, ",") + `]}` }

// answered is the outcome of an order for n desktops, or a pool.
func answered(status int, body string, n int) pool.Sent {
	c := pool.OrderCall{PoolID: periodPool, Orders: 1}
	for range n {
		c.DesktopIDs = append(c.DesktopIDs, desktopA)
	}
	res := transport.Response{Status: status, Header: http.Header{"X-Request-Id": {"request-1"}}, Body: []byte(body)}
	return outcome(res, c, []pool.Secret{pool.NewSecret(testSecret)}, &pool.Drift{})
}

func TestOutcome(t *testing.T) {
	const placed, partial, rejected, notSent, unknown = pool.CallPlaced, pool.CallPartial, pool.CallRejected, pool.CallNotSent, pool.CallUnknown
	tests := []struct {
		name     string
		status   int
		body     string
		desktops int
		want     pool.SentState
		kind     pool.Kind // of the error; empty: none
		orders   int       // that were read
	}{
		{"the vendor's example, without a result", 200, fixture(t, "seed-orders.json"), ofPool, placed, "", 1},
		{"SUCCESS", 200, listed(good2), ofPool, placed, "", 1},
		{"one order a desktop", 200, listed(good1, good2), 2, placed, "", 2},
		{"a pool in two orders", 200, listed(good1, good2), ofPool, placed, "", 2},
		{"result null", 200, `{"orders":[{"order_id":"CS1","result":null}],"error_code":null}`, ofPool, placed, "", 1},
		{"an unknown field, an unknown status", 200, `{"new":1,"orders":[{"order_id":"CS1","order_status":77,"new":{}}]}`, ofPool, placed, "", 1},
		{"an empty error code", 200, `{"orders":[` + good1 + `],"error_code":"","error_msg":""}`, ofPool, placed, "", 1},

		{"some failed", 200, listed(good1, bad1), 2, partial, pool.Conflict, 2},
		{"some of a pool failed", 200, listed(bad1, good1), ofPool, partial, pool.Conflict, 2},

		{"all failed", 200, listed(bad1), ofPool, unknown, pool.Conflict, 1},
		{"no orders", 200, `{"orders":[]}`, ofPool, unknown, pool.BadBody, 0},
		{"orders null", 200, `{"orders":null}`, ofPool, unknown, pool.BadBody, 0},
		{"an empty object", 200, `{}`, ofPool, unknown, pool.BadBody, 0},
		{"nothing", 200, ``, ofPool, unknown, pool.BadBody, 0},
		{"HTML", 200, `<html>`, ofPool, unknown, pool.BadBody, 0},
		{"an array", 200, `[` + listed(good1) + `]`, ofPool, unknown, pool.BadBody, 0},
		{"a lone order", 200, `{"orders":` + good1 + `}`, ofPool, unknown, pool.BadBody, 1},
		{"an order without an id", 200, `{"orders":[{"order_status":6}]}`, ofPool, unknown, pool.BadBody, 1},
		{"an empty id", 200, `{"orders":[{"order_id":"","result":"SUCCESS"}]}`, ofPool, unknown, pool.BadBody, 1},
		{"a mangled id", 200, "{\"orders\":[{\"order_id\":\"CS\ufffd\"}]}", ofPool, unknown, pool.BadBody, 1},
		{"an id that is a number", 200, `{"orders":[{"order_id":25052414519}]}`, ofPool, unknown, pool.BadBody, 1},
		{"an id that failed", 200, `{"orders":[{"order_id":"CS1","result":"FAIL"}]}`, ofPool, unknown, pool.Failed, 1},
		{"an id that failed, besides a good one", 200, listed(good1, `{"order_id":"CS9","result":"FAIL"}`), 2, unknown, pool.Failed, 2},
		{"another word for it", 200, `{"orders":[{"order_id":"CS1","result":"PENDING"}]}`, ofPool, unknown, pool.BadBody, 1},
		{"another case", 200, `{"orders":[{"order_id":"CS1","result":"success"}]}`, ofPool, unknown, pool.BadBody, 1},
		{"a result that is no text", 200, `{"orders":[{"order_id":"CS1","result":true}]}`, ofPool, unknown, pool.BadBody, 1},
		{"an element that is null", 200, listed(good1, "null"), 2, unknown, pool.BadBody, 1},
		{"an element that is a text", 200, listed(good1, `"CS2"`), 2, unknown, pool.BadBody, 1},
		{"fewer orders than desktops", 200, listed(good1), 2, unknown, pool.BadBody, 1},
		{"more orders than desktops", 200, listed(good1, good2), 1, unknown, pool.BadBody, 2},
		{"one id twice", 200, listed(good1, good1), 2, unknown, pool.BadBody, 2},
		{"a name twice", 200, `{"orders":[{"order_id":"CS1","order_id":"CS2"}]}`, ofPool, unknown, pool.BadBody, 1},
		{"orders twice", 200, `{"orders":[` + good1 + `],"orders":[]}`, ofPool, unknown, pool.BadBody, 0},
		{"something after it", 200, listed(good1) + `{}`, ofPool, unknown, pool.BadBody, 0},
		{"cut", 200, listed(good1)[:40], ofPool, unknown, pool.BadBody, 0},
		{"an error code besides orders", 200, `{"orders":[` + good1 + `],"error_code":"WKS.00010029"}`, ofPool, unknown, pool.Failed, 1},
		{"an error code alone", 200, coded("WKS.00010032"), ofPool, unknown, pool.Conflict, 0},
		{"a message alone", 200, `{"orders":[` + good1 + `],"error_msg":"oh"}`, ofPool, unknown, pool.BadBody, 1},
		{"a throttle code in a good answer", 200, coded("APIGW.0308"), ofPool, unknown, pool.Throttled, 0},
		{"created", 201, listed(good1), ofPool, unknown, pool.BadBody, 1},
		{"accepted", 202, listed(good1), ofPool, unknown, pool.BadBody, 1},
		{"no content", 204, ``, ofPool, unknown, pool.BadBody, 0},

		{"refused by Workspace", 400, coded("WKS.0001"), ofPool, rejected, pool.Invalid, 0},
		{"conflict", 409, coded("WKS.00010032"), ofPool, rejected, pool.Conflict, 0},
		{"disks are being added", 400, coded("WKS.0407"), ofPool, rejected, pool.Conflict, 0},
		{"refused by the gateway", 401, coded("APIGW.0301"), ofPool, rejected, pool.Auth, 0},
		{"not allowed", 403, coded("APIG.0302"), ofPool, rejected, pool.Denied, 0},
		{"no such API", 404, coded("APIGW.0101"), ofPool, rejected, pool.Failed, 0},
		{"refused by billing behind it", 400, coded("CBC.99000080"), ofPool, rejected, pool.Invalid, 0},
		{"throttled by the gateway", 429, coded("APIGW.0308"), ofPool, notSent, pool.Throttled, 0},
		{"throttled, the other prefix", 429, coded("APIG.0308"), ofPool, notSent, pool.Throttled, 0},
		{"throttled, by another code", 429, coded("WKS.0308"), ofPool, rejected, pool.Throttled, 0},
		{"the throttle's code, another status", 400, coded("APIGW.0308"), ofPool, rejected, pool.Throttled, 0},

		{"throttled by who knows whom", 429, `{"message":"slow down"}`, ofPool, unknown, pool.Throttled, 0},
		{"4xx of a proxy", 403, `<html>Forbidden</html>`, ofPool, unknown, pool.Denied, 0},
		{"4xx without a body", 400, ``, ofPool, unknown, pool.BadBody, 0},
		{"4xx, an empty object", 404, `{}`, ofPool, unknown, pool.Failed, 0},
		{"4xx, a code of no vendor's form", 400, coded("invalid_request"), ofPool, unknown, pool.Invalid, 0},
		{"4xx, a code that is a number", 400, `{"error_code":400,"error_msg":"m"}`, ofPool, unknown, pool.Invalid, 0},
		{"4xx, IAM's shape", 401, `{"error":{"code":401,"message":"m","title":"t"}}`, ofPool, unknown, pool.Auth, 0},
		{"4xx, another shape", 400, `{"code":"WKS.0001","message":"m"}`, ofPool, unknown, pool.Invalid, 0},
		{"4xx, with orders", 400, `{"error_code":"WKS.0001","orders":[` + good1 + `]}`, ofPool, unknown, pool.Invalid, 0},
		{"4xx, the code twice", 400, `{"error_code":"WKS.0001","error_code":"WKS.0002"}`, ofPool, unknown, pool.Invalid, 0},
		{"4xx, something after it", 400, coded("WKS.0001") + `x`, ofPool, unknown, pool.BadBody, 0},
		{"4xx, cut", 409, coded("WKS.00010032")[:20], ofPool, unknown, pool.BadBody, 0},
		{"4xx, no UTF-8", 400, "{\"error_code\":\"WKS.0001\",\"error_msg\":\"\xff\"}", ofPool, unknown, pool.Invalid, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := answered(tt.status, tt.body, tt.desktops)
			if got.State != tt.want || len(got.Orders) != tt.orders || got.RequestID != "request-1" {
				t.Errorf("%s with %d orders of request %q, want %s with %d", got.State, len(got.Orders), got.RequestID, tt.want, tt.orders)
			}
			if tt.kind == "" {
				if got.Err != nil {
					t.Errorf("error %v", got.Err)
				}
				return
			}
			if got.Err == nil || got.Err.Upstream == nil || got.Err.Upstream.HTTPStatus != tt.status {
				t.Fatalf("error %+v", got.Err)
			}
			if got.Err.Kind != tt.kind {
				t.Errorf("kind %q, want %q", got.Err.Kind, tt.kind)
			}
		})
	}
}

// TestOutcomeTells holds what is told of orders and refusals.
func TestOutcomeTells(t *testing.T) {
	fail := `{"order_id":null,"result":"FAIL","result_code":"WKS.00010032","result_msg":"No ` + testSecret + `.\u0007"}`
	sent := answered(200, listed(good1, fail), 2)
	want := []pool.CloudOrder{
		{ID: "CS25052414519W9OP", PaymentState: pool.PayAwaitingPayment, Native: json.RawMessage(good1)},
		{Failed: true, Code: "WKS.00010032", Message: "No ***.", Native: json.RawMessage(fail)},
	}
	if diff := cmp.Diff(want, sent.Orders); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	upstream := &pool.Upstream{HTTPStatus: 200, Code: "WKS.00010032", Message: "No ***.", RequestID: "request-1"}
	if diff := cmp.Diff(upstream, sent.Err.Upstream); diff != "" {
		t.Errorf("upstream (-want +got):\n%s", diff)
	}
	throttled := answered(429, `{"error_code":"APIGW.0308","error_msg":"policy user over ratelimit,limit:100,time:1 minute"}`, ofPool)
	if throttled.Err.RetryAfter != time.Minute {
		t.Errorf("retry after %v, want a minute", throttled.Err.RetryAfter)
	}
}

// TestPaymentStates holds every documented order_status, and one that is not.
func TestPaymentStates(t *testing.T) {
	want := []pool.PaymentState{
		pool.PayCreated, pool.PayInReview, pool.PayRefunding, pool.PayProcessing, pool.PayCanceled, pool.PayCompleted, pool.PayAwaitingPayment,
		pool.PayCompensating, pool.PayInReview, pool.PayAwaitingConfirmation, pool.PayOther, pool.PayOther, pool.PayOther, pool.PayOther, pool.PayOther,
	}
	drift := &pool.Drift{}
	for status, state := range want {
		if got := paymentState(&status, drift); got != state {
			t.Errorf("order_status %d is %s, want %s", status, got, state)
		}
	}
	if paymentState(nil, drift) != "" || len(drift.Counts().Words) != 0 {
		t.Errorf("none is %q, drift %v", paymentState(nil, drift), drift.Counts())
	}
	if paymentState(ptr(15), drift) != pool.PayOther || drift.Counts().Words["order_status=15"] != 1 {
		t.Errorf("15 is %q, drift %v", paymentState(ptr(15), drift), drift.Counts())
	}
}

// FuzzOutcome holds that no ambiguous answer is final, by an oracle that reads in another way: over
// the text that json.Indent makes, which keeps names that stand twice, and a tree of any.
func FuzzOutcome(f *testing.F) {
	for _, body := range []string{
		listed(good1), listed(good1, good2), listed(good1, bad1), listed(bad1), coded("WKS.0001"), coded("APIGW.0308"), `{}`, ``, `<html>`,
		`{"orders":[{"order_id":"a","order_id":"b"}]}`, `{"orders":[{"order_id":"CS1","result":"FAIL"}]}`, listed(good1) + " x", "{\"orders\":[{\"order_id\":\"\xff\"}]}",
		`{"error_code":"WKS.0001","error_code":null}`, `{"orders":[` + good1 + `],"error_code":"WKS.1"}`, `{"error_code":"WKS.0001","orders":[]}`,
	} {
		for _, status := range []int{200, 202, 400, 409, 429, 500} {
			f.Add(status, body, 0)
			f.Add(status, body, 2)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body string, desktops int) {
		if status/100 != 2 && status/100 != 4 || desktops < 0 || desktops > 3 {
			return // no other is judged
		}
		got := answered(status, body, desktops)
		if may := final(status, body, desktops); got.State != pool.CallUnknown && got.State != may {
			t.Fatalf("%d %q for %d desktops is %s, and may only be %s", status, body, desktops, got.State, may)
		}
		if (got.Err == nil) != (got.State == pool.CallPlaced) {
			t.Errorf("%s with error %v", got.State, got.Err)
		}
		for _, o := range got.Orders {
			if !json.Valid(o.Native) || !strings.Contains(body, string(o.Native)) || !utf8.ValidString(o.ID+o.Message) {
				t.Errorf("order %+v is not in %q", o, body)
			}
		}
	})
}

var (
	memberLine = regexp.MustCompile(`^\s*("(?:\\.|[^"\\])*"): `)
	codeOfWKS  = regexp.MustCompile(`^[A-Z][A-Za-z0-9]+\.\d+$`)
)

// final is the only final state that an answer may mean; UNKNOWN if it may mean none.
func final(status int, body string, desktops int) pool.SentState {
	var tree map[string]any
	if !utf8.ValidString(body) || json.Unmarshal([]byte(body), &tree) != nil || tree == nil || countNames(tree) != countMembers(body) {
		return pool.CallUnknown
	}
	code, _ := tree["error_code"].(string)
	_, hasOrders := tree["orders"].([]any)
	if status >= 400 {
		switch {
		case !codeOfWKS.MatchString(code) || hasOrders:
			return pool.CallUnknown
		case status == 429 && strings.HasSuffix(code, ".0308") && strings.HasPrefix(code, "APIG"):
			return pool.CallNotSent
		}
		return pool.CallRejected
	}
	if status != 200 || code != "" || !said(tree["error_code"], "") || !said(tree["error_msg"], "") {
		return pool.CallUnknown
	}
	return finalOrders(tree["orders"], desktops)
}

func finalOrders(orders any, desktops int) pool.SentState {
	rows, _ := orders.([]any)
	var ids []string
	fails := 0
	for _, row := range rows {
		o, _ := row.(map[string]any)
		id, _ := o["order_id"].(string)
		switch {
		case o["result"] == "FAIL" && said(o["order_id"], ""):
			fails++
		case id != "" && said(o["result"], "", "SUCCESS") && !slices.Contains(ids, id):
			ids = append(ids, id)
		default:
			return pool.CallUnknown
		}
	}
	switch {
	case len(ids) == 0 || desktops > 0 && len(rows) != desktops:
		return pool.CallUnknown
	case fails > 0:
		return pool.CallPartial
	}
	return pool.CallPlaced
}

// said tells whether v is nothing, or one of the words.
func said(v any, words ...string) bool {
	text, isText := v.(string)
	return v == nil || isText && slices.Contains(words, text)
}

// countNames counts the members of all objects, of which a tree has each name once.
func countNames(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, inner := range v {
			n += countNames(inner)
		}
	case []any:
		for _, inner := range v {
			n += countNames(inner)
		}
	}
	return n
}

// countMembers counts them in the text, where each has a line of its own.
func countMembers(body string) int {
	var lines bytes.Buffer
	if json.Indent(&lines, []byte(body), "", " ") != nil {
		return -1
	}
	n := 0
	for line := range strings.Lines(lines.String()) {
		if memberLine.MatchString(line) {
			n++
		}
	}
	return n
}
