package alibaba

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

func client() *rpcClient {
	return &rpcClient{credentials: func() Credentials {
		return Credentials{AccessKey: pool.NewSecret(testKey), SecretKey: pool.NewSecret(testSecret), SecurityToken: pool.NewSecret(testToken)}
	}}
}

func TestClassify(t *testing.T) {
	tests := []struct {
		status int
		code   string
		kind   pool.Kind
		again  bool
	}{
		{400, "Throttling", pool.Throttled, true},
		{400, "Throttling.User", pool.Throttled, true},
		{400, "Throttling.Api", pool.Throttled, true},
		{400, "Rejected.Throttling", pool.Throttled, true},
		{429, "", pool.Throttled, true},
		{404, "InvalidAccessKeyId.NotFound", pool.Auth, false},
		{400, "InvalidAccessKeyId.Inactive", pool.Auth, false},
		{400, "SignatureDoesNotMatch", pool.Auth, false},
		{400, "MissingAccessKeyId", pool.Auth, false},
		{400, "IncompleteSignature", pool.Auth, false},
		{403, "InvalidSecurityToken.Expired", pool.Auth, false},
		{400, "MissingSecurityToken", pool.Auth, false},
		{403, "NoPermission", pool.Denied, false},
		{403, "Forbidden.RAM", pool.Denied, false},
		{403, "Forbidden", pool.Denied, false},
		{403, "Whatever", pool.Denied, false},
		{403, "", pool.Denied, false},
		{400, "InvalidTimeStamp.Expired", pool.Failed, false},
		{400, "InvalidTimeStamp.Format", pool.Invalid, false},
		{400, "SignatureNonceUsed", pool.Failed, true},
		{400, "NotAllowOperation", pool.Conflict, false},
		{400, "IncorrectDesktopStatus", pool.Conflict, false},
		{400, "OperationTooFrequent", pool.Conflict, false},
		{403, "Order.Unpaid", pool.Conflict, false},
		{403, "IdempotentProcessing", pool.Conflict, false},
		{400, "InvalidDesktopId.NotFound", pool.NotFound, false},
		{404, "InvalidDesktopGroupId.NotFound", pool.NotFound, false},
		{400, "InvalidDesktopBundle.NotFound", pool.Invalid, false},
		{404, "InvalidAction.NotFound", pool.Invalid, false},
		{404, "InvalidRegionId.NotFound", pool.Invalid, false},
		{400, "InvalidNextToken", pool.Invalid, false},
		{404, "", pool.Failed, false},
		{302, "", pool.Failed, false},
		{200, "InternalError", pool.Failed, true},
		{200, "Whatever", pool.Failed, false},
		{500, "InternalError", pool.Failed, true},
		{500, "", pool.Failed, true},
		{500, "ServiceUnavailable", pool.Unavailable, true},
		{502, "", pool.Unavailable, true},
		{503, "ServiceUnavailable", pool.Unavailable, true},
		{504, "", pool.Timeout, true},
	}
	for _, tt := range tests {
		if kind, again := classify(tt.code, tt.status); kind != tt.kind || again != tt.again {
			t.Errorf("%d %q is %s, repeat %v; want %s, %v", tt.status, tt.code, kind, again, tt.kind, tt.again)
		}
	}
}

func TestJudge(t *testing.T) {
	const denied = `{"RequestId":"R1","HostId":"ecd.cn-hangzhou.aliyuncs.com","Code":"NoPermission","Message":"Not authorized.",
		"AccessDeniedDetail":{"AuthAction":"ecd:DescribeDesktops","NoPermissionType":"ImplicitDeny","PolicyType":"ControlPolicy",
		"AuthPrincipalDisplayName":"somebody","EncodedDiagnosticMessage":"AQFtZXNzYWdl"}}`
	tests := []struct {
		name   string
		status int
		body   string
		header http.Header
		want   *pool.Error
		again  bool
	}{
		{name: "good", status: 200, body: `{"RequestId":"R1"}`},
		{name: "good, with a code", status: 200, body: `{"Code":"Success"}`},
		{name: "an error with 200", status: 200, body: `{"Code":"NotAllowOperation","RequestId":"R1"}`,
			want: &pool.Error{Kind: pool.Conflict, Upstream: &pool.Upstream{HTTPStatus: 200, Code: "NotAllowOperation", RequestID: "R1"}}},
		{name: "no JSON", status: 200, body: `<html>`, want: &pool.Error{Kind: pool.BadBody, Err: errNotJSON}, again: true},
		{name: "nothing", status: 200, body: ``, want: &pool.Error{Kind: pool.BadBody, Err: errNotJSON}, again: true},
		{name: "an array", status: 200, body: `[]`, want: &pool.Error{Kind: pool.BadBody, Err: errNotJSON}, again: true},
		{name: "denied", status: 403, body: denied, want: &pool.Error{Kind: pool.Denied, Upstream: &pool.Upstream{
			HTTPStatus: 403, Code: "NoPermission", Message: "Not authorized.", RequestID: "R1",
			Detail: "ecd:DescribeDesktops, ImplicitDeny, ControlPolicy", AuthorizationMessage: "AQFtZXNzYWdl"}}},
		{name: "lower case", status: 400, body: `{"requestId":"R2","code":"InvalidPayType","message":"Not valid.","description":"More."}`,
			want: &pool.Error{Kind: pool.Invalid, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "InvalidPayType", Message: "Not valid.", Detail: "More.", RequestID: "R2"}}},
		{name: "other types", status: 400, body: `{"Code":404,"Message":{"text":"x"},"AccessDeniedDetail":"none"}`,
			want: &pool.Error{Kind: pool.Invalid, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "404"}}},
		{name: "HTML is not relayed", status: 502, body: "<html><h1>502 Bad Gateway</h1></html>", header: http.Header{"X-Acs-Request-Id": {"R3"}},
			want: &pool.Error{Kind: pool.Unavailable, Upstream: &pool.Upstream{HTTPStatus: 502, RequestID: "R3"}}, again: true},
		{name: "throttled", status: 400, body: `{"Code":"Throttling.User"}`,
			header: http.Header{"X-Ratelimit-User-Api": {"Limit:100,Remain:0,TimeLeft:2000,Reset:1234"}, "X-Ratelimit-User": {"TimeLeft:350"}},
			want:   &pool.Error{Kind: pool.Throttled, RetryAfter: 2 * time.Second, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "Throttling.User"}}, again: true},
		{name: "our secrets", status: 400,
			body: `{"Code":"SignatureDoesNotMatch","Message":"Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\nabc] server CanonicalRequest is [x-acs-security-token:` + testToken + `]"}`,
			want: &pool.Error{Kind: pool.Auth, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "SignatureDoesNotMatch", Message: "Specified signature does not match our calculation."}}},
		{name: "our secrets elsewhere", status: 400, body: `{"Code":"InvalidX","Message":"` + testToken + ` and ` + testSecret + ` of ` + testKey + `"}`,
			want: &pool.Error{Kind: pool.Invalid, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "InvalidX", Message: "*** and *** of ***"}}},
		{name: "control characters", status: 400, body: `{"Code":"Invalid\u0000X","Message":"a\r\nb\u001b[31m\u202ec"}`,
			want: &pool.Error{Kind: pool.Invalid, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "InvalidX", Message: "a  b[31mc"}}},
		{name: "long texts", status: 400, body: `{"Code":"InvalidX","Message":"` + strings.Repeat("é", 300) + `"}`,
			want: &pool.Error{Kind: pool.Invalid, Upstream: &pool.Upstream{HTTPStatus: 400, Code: "InvalidX", Message: strings.Repeat("é", 256)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := tt.header
			if header == nil {
				header = http.Header{}
			}
			got, again := client().judge(transport.Response{Status: tt.status, Header: header, Body: []byte(tt.body)}, new(failure))
			sameCause := cmp.Comparer(errors.Is)
			if diff := cmp.Diff(tt.want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Err" }, sameCause)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if again != tt.again {
				t.Errorf("repeat is %v, want %v", again, tt.again)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	tests := []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"nothing said", nil, 0},
		{"api", map[string]string{"X-Ratelimit-User-Api": "Limit:100,Remain:0,TimeLeft:2000,Reset:1234"}, 2 * time.Second},
		{"the longer one", map[string]string{"X-Ratelimit-User-Api": "TimeLeft:20", "X-Ratelimit-User": "Limit:1, timeleft: 500"}, 500 * time.Millisecond},
		{"Retry-After", map[string]string{"Retry-After": "3", "X-Ratelimit-User": "TimeLeft:500"}, 3 * time.Second},
		{"nonsense", map[string]string{"X-Ratelimit-User-Api": "TimeLeft:soon,TimeLeft,:,,", "Retry-After": "later"}, 0},
		{"negative", map[string]string{"X-Ratelimit-User": "TimeLeft:-5", "Retry-After": "-9223372036854775808"}, 0},
		{"for ever", map[string]string{"X-Ratelimit-User": "TimeLeft:9223372036854775807"}, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for name, value := range tt.header {
				h.Set(name, value)
			}
			if got := retryAfter(h); got != tt.want {
				t.Errorf("wait %v, want %v", got, tt.want)
			}
		})
	}
}

// TestNoSecretInErrors breaks every read in every way and looks into what comes of it.
func TestNoSecretInErrors(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request, status int, code string) {
		said := r.Header.Get("Authorization") + " " + r.Header.Get("X-Acs-Security-Token") + " " + testSecret + " " + r.URL.String()
		body, err := json.Marshal(map[string]any{"Code": code, "Message": said, "Description": said, "RequestId": "R1"})
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	ways := map[string]http.HandlerFunc{
		"signature": func(w http.ResponseWriter, r *http.Request) { echo(w, r, 400, "SignatureDoesNotMatch") },
		"invalid":   func(w http.ResponseWriter, r *http.Request) { echo(w, r, 400, "InvalidX") },
		"in code":   func(w http.ResponseWriter, r *http.Request) { echo(w, r, 400, "Invalid"+testToken) },
		"cut":       func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"html": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "<p>"+r.Header.Get("Authorization"))
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			c := serveHTTP(t, way)
			for op, err := range everyRead(t.Context(), c.source.Reader) {
				e := pool.AsError(err)
				if e.Source != "ali-hz" || e.Op == "" {
					t.Errorf("%s: error %v does not say where", op, err)
				}
				said := fmt.Sprintf("%v %+v %#v %+v", err, err, e, e.Upstream)
				for _, secret := range []string{testKey, testSecret, testToken} {
					if strings.Contains(said, secret) {
						t.Errorf("%s tells a secret: %s", op, said)
					}
				}
				if strings.Contains(said, "Signature=") {
					t.Errorf("%s tells a signature: %s", op, said)
				}
			}
		})
	}
}

// everyRead calls every method and gives the errors.
func everyRead(ctx context.Context, r pool.Reader) map[string]error {
	failed := map[string]error{}
	_, failed["pools"] = r.Pools(ctx)
	_, failed["pool"] = r.Pool(ctx, "dg-1")
	_, failed["desktops"] = r.Desktops(ctx, pool.DesktopsQuery{PoolID: "dg-1", Size: 10})
	_, failed["desktop"] = r.Desktop(ctx, "ecd-1")
	_, failed["statistics"] = r.Statistics(ctx, pool.StatisticsQuery{DesktopType: pool.Pooled})
	return failed
}

func TestCanceled(t *testing.T) {
	c := serve(t, bodies(nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for op, err := range everyRead(ctx, c.source.Reader) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled in it", op, err)
		}
	}
	same(t, "calls", len(c.requests()), 0)
}

// FuzzErrorBody proves that no error body breaks the bounds on texts, or tells a secret.
func FuzzErrorBody(f *testing.F) {
	f.Add(400, []byte(`{"Code":"Throttling.User","Message":"Request was denied","RequestId":"R"}`))
	f.Add(403, []byte(`{"code":"NoPermission","AccessDeniedDetail":{"EncodedDiagnosticMessage":"x"}}`))
	f.Add(200, []byte(`{"Code":"`+testSecret+`","Message":"`+testToken+`"}`))
	f.Add(502, []byte("<html>\xff"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		err, again := client().judge(transport.Response{Status: status, Header: http.Header{}, Body: body}, new(failure))
		if err == nil {
			if status < 200 || status > 299 || again {
				t.Fatalf("status %d was judged good, repeat %v", status, again)
			}
			return
		}
		if again && (err.Kind == pool.Auth || err.Kind == pool.Denied || err.Kind == pool.Invalid || err.Kind == pool.NotFound) {
			t.Errorf("%s is repeated", err.Kind)
		}
		u := err.Upstream
		if u == nil {
			return
		}
		for _, s := range []string{u.Code, u.Message, u.Detail, u.RequestID, u.AuthorizationMessage} {
			if n := len([]rune(s)); n > maxDiagnosis || n > maxText && s != u.AuthorizationMessage {
				t.Errorf("a text of %d runes", n)
			}
			if strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("control characters in %q", s)
			}
			for _, secret := range []string{testKey, testSecret, testToken} {
				if strings.Contains(s, secret) {
					t.Errorf("a secret in %q", s)
				}
			}
		}
	})
}
