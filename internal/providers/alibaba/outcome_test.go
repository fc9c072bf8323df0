package alibaba

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const requestID = `"RequestId":"1CBAFFAB-B697-4049-A9B1-67E1FC5F0001"`

// outcomes is the class of every answer to a write.
var outcomes = []struct {
	name      string
	operation string // modifySpec, if empty
	status    int
	body      string
	state     pool.SentState
	orders    []string
	kind      pool.Kind // of the error
}{
	{"an order", "", 200, `{` + requestID + `,"OrderId":"214552019840001","OrderIds":[214552019840001]}`, pool.CallPlaced, []string{"214552019840001"}, ""},
	{"OrderId alone", "", 200, `{` + requestID + `,"OrderId":"214552019840001"}`, pool.CallPlaced, []string{"214552019840001"}, ""},
	{"OrderId alone, as a number", "", 200, `{` + requestID + `,"OrderId":9007199254740993}`, pool.CallPlaced, []string{"9007199254740993"}, ""},
	{"OrderIds alone", "", 200, `{` + requestID + `,"OrderIds":[9223372036854775807,9007199254740993]}`, pool.CallPlaced, []string{"9223372036854775807", "9007199254740993"}, ""},
	{"an empty OrderId", "", 200, `{"OrderId":"","OrderIds":["12","12"]}`, pool.CallPlaced, []string{"12"}, ""},
	{"null beside it", "", 200, `{"OrderId":"12","OrderIds":null,"Code":null}`, pool.CallPlaced, []string{"12"}, ""},
	{"a good code", "", 200, `{"OrderId":"12","Code":"Success","Success":true}`, pool.CallPlaced, []string{"12"}, ""},
	{"lower case", "", 200, `{"orderId":"12","requestId":"r"}`, pool.CallPlaced, []string{"12"}, ""},
	{"a reset", resetAll, 200, `{` + requestID + `}`, pool.CallPlaced, nil, ""},

	{"no order", "", 200, `{` + requestID + `}`, pool.CallUnknown, nil, pool.Failed},
	{"no orders", "", 200, `{` + requestID + `,"OrderId":"","OrderIds":[]}`, pool.CallUnknown, nil, pool.Failed},
	{"an order that is none", "", 200, `{"OrderId":"none"}`, pool.CallUnknown, nil, pool.Failed},
	{"order 0", "", 200, `{"OrderId":"0","OrderIds":[0]}`, pool.CallUnknown, nil, pool.Failed},
	{"an order of too many digits", "", 200, `{"OrderId":"` + strings.Repeat("1", 33) + `"}`, pool.CallUnknown, nil, pool.Failed},
	{"a rounded order", "", 200, `{"OrderIds":[2.1455201984e14]}`, pool.CallUnknown, nil, pool.Failed},
	{"orders that disagree", "", 200, `{"OrderId":"1","OrderIds":[2]}`, pool.CallUnknown, nil, pool.Failed},
	{"an order that is a list", "", 200, `{"OrderId":["1"]}`, pool.CallUnknown, nil, pool.Failed},
	{"orders that are no list", "", 200, `{"OrderId":"1","OrderIds":{"1":1}}`, pool.CallUnknown, nil, pool.Failed},
	{"an order beside an error", "", 200, `{"OrderId":"1","Code":"InternalError"}`, pool.CallUnknown, nil, pool.Failed},
	{"an order beside an error that is a number", "", 200, `{"OrderId":"1","Code":500}`, pool.CallUnknown, nil, pool.Failed},
	{"no success", "", 200, `{"OrderId":"1","Success":false}`, pool.CallUnknown, nil, pool.Failed},
	{"a throttle code with 200", "", 200, `{"Code":"Throttling.User",` + requestID + `}`, pool.CallUnknown, nil, pool.Throttled},
	{"a name twice", "", 200, `{"OrderId":"1","OrderId":"2"}`, pool.CallUnknown, nil, pool.Failed},
	{"a name twice in another case", "", 200, `{"OrderId":"1","orderId":"1"}`, pool.CallUnknown, nil, pool.Failed},
	{"a name twice within", "", 200, `{"OrderId":"1","Data":[{"a":1,"a":2}]}`, pool.CallUnknown, nil, pool.Failed},
	{"something behind it", "", 200, `{"OrderId":"1"}{"OrderId":"2"}`, pool.CallUnknown, nil, pool.BadBody},
	{"cut", "", 200, `{"OrderId":"1"`, pool.CallUnknown, nil, pool.BadBody},
	{"empty", "", 200, ``, pool.CallUnknown, nil, pool.BadBody},
	{"an empty object", "", 200, `{}`, pool.CallUnknown, nil, pool.Failed},
	{"an array", "", 200, `[{"OrderId":"1"}]`, pool.CallUnknown, nil, pool.BadBody},
	{"null", "", 200, `null`, pool.CallUnknown, nil, pool.Failed},
	{"HTML", "", 200, `<html>OrderId 1</html>`, pool.CallUnknown, nil, pool.BadBody},
	{"no UTF-8", "", 200, "{\"OrderId\":\"1\",\"x\":\"\xff\"}", pool.CallUnknown, nil, pool.Failed},
	{"201", "", 201, `{"OrderId":"1"}`, pool.CallUnknown, nil, pool.Failed},
	{"202", "", 202, `{"OrderId":"1"}`, pool.CallUnknown, nil, pool.Failed},
	{"204", "", 204, ``, pool.CallUnknown, nil, pool.BadBody},
	{"a reset without RequestId", resetAll, 200, `{}`, pool.CallUnknown, nil, pool.Failed},
	{"a reset with an error", resetAll, 200, `{` + requestID + `,"Code":"NotAllowOperation"}`, pool.CallUnknown, nil, pool.Conflict},
	{"a reset that is cut", resetAll, 200, `{` + requestID, pool.CallUnknown, nil, pool.BadBody},
	{"302", "", 302, `{"OrderId":"1"}`, pool.CallUnknown, nil, pool.Failed},

	{"wrong state", "", 400, `{"Code":"IncorrectDesktopStatus","Message":"The current status.",` + requestID + `}`, pool.CallRejected, nil, pool.Conflict},
	{"an unpaid order", "", 403, `{"Code":"Order.Unpaid",` + requestID + `}`, pool.CallRejected, nil, pool.Conflict},
	{"too soon", "", 400, `{"Code":"OperationTooFrequent",` + requestID + `}`, pool.CallRejected, nil, pool.Conflict},
	{"no permission", "", 403, `{"Code":"NoPermission",` + requestID + `}`, pool.CallRejected, nil, pool.Denied},
	{"no such key", "", 404, `{"Code":"InvalidAccessKeyId.NotFound",` + requestID + `}`, pool.CallRejected, nil, pool.Auth},
	{"no such desktop", "", 400, `{"Code":"InvalidDesktopId.NotFound",` + requestID + `}`, pool.CallRejected, nil, pool.NotFound},
	{"a new code", "", 400, `{"Code":"RISK.RISK_CONTROL_REJECTION",` + requestID + `}`, pool.CallRejected, nil, pool.Invalid},
	{"a refusal in lower case", "", 400, `{"code":"InvalidAmount","requestId":"r"}`, pool.CallRejected, nil, pool.Invalid},
	{"our clock is wrong", "", 400, `{"Code":"InvalidTimeStamp.Expired",` + requestID + `}`, pool.CallRejected, nil, pool.Failed},
	{"429 in the vendor's words", "", 429, `{"Code":"QuotaExceeded",` + requestID + `}`, pool.CallRejected, nil, pool.Throttled},
	{"a reset that is refused", resetAll, 400, `{"Code":"InvalidImageStatus.NotValid",` + requestID + `}`, pool.CallRejected, nil, pool.Invalid},

	{"throttled", "", 400, `{"Code":"Throttling.User",` + requestID + `}`, pool.CallNotSent, nil, pool.Throttled},
	{"throttled by API", "", 400, `{"Code":"Throttling.Api",` + requestID + `}`, pool.CallNotSent, nil, pool.Throttled},
	{"throttled, 429", "", 429, `{"Code":"Throttling",` + requestID + `}`, pool.CallNotSent, nil, pool.Throttled},
	{"rejected by throttling", "", 400, `{"Code":"Rejected.Throttling",` + requestID + `}`, pool.CallNotSent, nil, pool.Throttled},
	{"a throttle code with 503", "", 503, `{"Code":"Throttling",` + requestID + `}`, pool.CallUnknown, nil, pool.Throttled},

	{"a nonce that was used", "", 400, `{"Code":"SignatureNonceUsed",` + requestID + `}`, pool.CallUnknown, nil, pool.Failed},
	{"still at it", "", 403, `{"Code":"IdempotentProcessing",` + requestID + `}`, pool.CallUnknown, nil, pool.Conflict},
	{"not available, 400", "", 400, `{"Code":"ServiceUnavailable",` + requestID + `}`, pool.CallUnknown, nil, pool.Unavailable},
	{"not available, 503", "", 503, `{"Code":"ServiceUnavailable",` + requestID + `}`, pool.CallUnknown, nil, pool.Unavailable},
	{"internal, 400", "", 400, `{"Code":"InternalError.Order",` + requestID + `}`, pool.CallUnknown, nil, pool.Invalid},
	{"internal, 500", "", 500, `{"Code":"InternalError",` + requestID + `}`, pool.CallUnknown, nil, pool.Failed},
	{"502", "", 502, `<html>`, pool.CallUnknown, nil, pool.Unavailable},
	{"504", "", 504, ``, pool.CallUnknown, nil, pool.Timeout},
	{"400 of somebody else", "", 400, `<html>400 Bad Request</html>`, pool.CallUnknown, nil, pool.Failed},
	{"404 of a gateway", "", 404, `{"error":"not found"}`, pool.CallUnknown, nil, pool.Failed},
	{"413, empty", "", 413, ``, pool.CallUnknown, nil, pool.Failed},
	{"a code without a request", "", 400, `{"Code":"InvalidAmount"}`, pool.CallUnknown, nil, pool.Invalid},
	{"a request without a code", "", 400, `{` + requestID + `}`, pool.CallUnknown, nil, pool.Failed},
	{"a code that is a number", "", 400, `{"Code":400,` + requestID + `}`, pool.CallUnknown, nil, pool.Invalid},
	{"a code that is a sentence", "", 400, `{"Code":"It went wrong.",` + requestID + `}`, pool.CallUnknown, nil, pool.Invalid},
	{"a good code with 400", "", 400, `{"Code":"Success",` + requestID + `}`, pool.CallUnknown, nil, pool.Invalid},
	{"a refusal with an order", "", 400, `{"Code":"InvalidAmount",` + requestID + `,"OrderId":"1"}`, pool.CallUnknown, nil, pool.Invalid},
	{"a refusal twice", "", 400, `{"Code":"InvalidAmount","Code":"InternalError",` + requestID + `}`, pool.CallUnknown, nil, pool.Failed},
	{"a refusal with something behind it", "", 400, `{"Code":"InvalidAmount",` + requestID + `} x`, pool.CallUnknown, nil, pool.Failed},
}

func TestOutcome(t *testing.T) {
	for _, tt := range outcomes {
		t.Run(tt.name, func(t *testing.T) {
			order := pool.OrderCall{Operation: tt.operation, DesktopIDs: []string{"ecd-a"}}
			if order.Operation == "" {
				order.Operation = modifySpec
			}
			got := client().sent(order, parameters{"AutoPay": "false"}, transport.Response{Status: tt.status, Header: http.Header{}, Body: []byte(tt.body)})
			var ids []string
			for _, o := range got.Orders {
				ids = append(ids, o.ID)
			}
			if got.State != tt.state || !slices.Equal(ids, tt.orders) {
				t.Errorf("%s with %v, want %s with %v", got.State, ids, tt.state, tt.orders)
			}
			switch {
			case (got.Err == nil) != (tt.state == pool.CallPlaced):
				t.Errorf("error %v", got.Err)
			case got.Err != nil && got.Err.Kind != tt.kind:
				t.Errorf("kind %s, want %s", got.Err.Kind, tt.kind)
			case got.Err != nil && got.Err.Upstream.HTTPStatus != tt.status:
				t.Errorf("upstream %+v", got.Err.Upstream)
			}
		})
	}
}

func TestSentSays(t *testing.T) {
	order := pool.OrderCall{Operation: modifySpec, DesktopIDs: []string{"ecd-a", "ecd-b"}}
	answer := func(status int, body string, header http.Header) transport.Response {
		return transport.Response{Status: status, Header: header, Body: []byte(body)}
	}
	got := client().sent(order, parameters{"AutoPay": "true"}, answer(200, `{"RequestId":"R1","OrderId":"12"}`, http.Header{}))
	want := pool.Sent{State: pool.CallPlaced, RequestID: "R1", Orders: []pool.CloudOrder{
		{ID: "12", PaymentState: pool.PayProcessing, DesktopIDs: []string{"ecd-a", "ecd-b"}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(pool.Error{})); diff != "" {
		t.Errorf("paid (-want +got):\n%s", diff)
	}
	got = client().sent(order, parameters{"AutoPay": "false"}, answer(200, `{"OrderIds":[12,13]}`, http.Header{"X-Acs-Request-Id": {"R2"}}))
	want = pool.Sent{State: pool.CallPlaced, RequestID: "R2", Orders: []pool.CloudOrder{
		{ID: "12", PaymentState: pool.PayAwaitingPayment}, {ID: "13", PaymentState: pool.PayAwaitingPayment},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("two orders (-want +got):\n%s", diff)
	}
	header := http.Header{"X-Ratelimit-User-Api": {"Limit:100,Remain:0,TimeLeft:2000"}}
	got = client().sent(order, nil, answer(400, `{"Code":"Throttling.User","RequestId":"R3"}`, header))
	if got.State != pool.CallNotSent || got.Err.RetryAfter != 2*time.Second {
		t.Errorf("throttled: %+v", got)
	}
}

// TestSentTellsNoSecret proves that what is kept in the ledger holds none of our credentials.
func TestSentTellsNoSecret(t *testing.T) {
	for _, body := range []string{
		`{"Code":"SignatureDoesNotMatch","RequestId":"R","Message":"server CanonicalRequest is [x-acs-security-token:` + testToken + `]"}`,
		`{"Code":"SignatureDoesNotMatch","RequestId":"R","Message":"server CanonicalRequest is [x-acs-security-token:CAISexample\/Token\u003d=]"}`,
		`{"Code":"InvalidAccessKeyId.NotFound","RequestId":"R","Message":"` + testKey + ` is not found"}`,
		`{"Code":"Odd","RequestId":"R","Data":"` + testSecret + `"}`,
		`"` + testSecret + `"`,
	} {
		got := client().sent(pool.OrderCall{Operation: modifySpec}, nil, transport.Response{Status: 400, Header: http.Header{}, Body: []byte(body)})
		told := string(got.Native) + got.Err.Error() + got.Err.Upstream.Message + got.Err.Upstream.Detail
		for _, secret := range []string{testKey, testSecret, testToken, "CAISexample"} {
			if strings.Contains(told, secret) {
				t.Errorf("%s is told: %s", secret, told)
			}
		}
		if got.Native == nil {
			t.Errorf("%s is kept as it came", body)
		}
	}
}
