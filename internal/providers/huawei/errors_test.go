package huawei

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

func coded(code string) string {
	return fmt.Sprintf(`{"error_code":%q,"error_msg":"m"}`, code)
}

func TestClassify(t *testing.T) {
	const html = "<html><title>502 Bad Gateway</title></html>"
	type verdict struct {
		List, ByID pool.Kind // of a listing, and of one pool or desktop
		Again      bool
	}
	same := func(k pool.Kind, again bool) verdict { return verdict{k, k, again} }
	tests := []struct {
		name   string
		status int
		body   string
		want   verdict
	}{
		{"pool does not exist, or a bad request", 400, coded("WKS.0001"), verdict{pool.Invalid, pool.NotFound, false}},
		{"other bad request", 400, coded("WKS.0002"), same(pool.Invalid, false)},
		{"not found", 404, coded("WKS.00081104"), verdict{pool.Failed, pool.NotFound, false}},
		{"not found, sent as 500", 500, coded("WKS.0202"), verdict{pool.Failed, pool.NotFound, false}},
		{"not found, sent as 500 too", 500, coded("WKS.0915"), verdict{pool.Failed, pool.NotFound, false}},
		{"no such user", 400, coded("WKS.00170312"), verdict{pool.Failed, pool.NotFound, false}},
		{"service not enabled", 403, coded("WKS.00010099"), same(pool.NotEnabled, false)},
		{"other 403", 403, coded("WKS.00081102"), same(pool.Denied, false)},
		{"busy", 409, coded("WKS.00010032"), same(pool.Conflict, false)},
		{"other 409", 409, coded("WKS.00081101"), same(pool.Conflict, false)},
		{"disks are being added", 400, coded("WKS.0407"), same(pool.Conflict, false)},
		{"database", 500, coded("WKS.00000003"), same(pool.Failed, true)},
		{"an error inside 200", 200, coded("WKS.00010109"), same(pool.Failed, false)},
		{"busy inside 200", 200, coded("WKS.00010032"), same(pool.Conflict, false)},
		{"throttled inside 200", 200, coded("APIG.0308"), same(pool.Throttled, true)},
		{"another spelling inside 200", 200, `{"errorCode":"WKS.1","errorMsg":"m"}`, same(pool.Failed, false)},
		{"two shapes inside 200", 200, `{"error_code":"WKS.1","error":{}}`, same(pool.Failed, false)},
		{"IAM's shape inside 200", 200, `{"error":{"code":401,"message":"m"}}`, same(pool.Failed, false)},
		{"unknown path", 404, coded("APIGW.0101"), same(pool.Failed, false)},
		{"backend missing", 404, coded("APIG.0103"), same(pool.Failed, false)},
		{"gateway configuration", 400, coded("APIGW.0106"), same(pool.Invalid, false)},
		{"bad request at the gateway", 400, coded("APIGW.0201"), same(pool.Invalid, false)},
		{"body too large", 413, coded("APIGW.0201"), same(pool.Invalid, false)},
		{"URI too large", 414, coded("APIGW.0201"), same(pool.Invalid, false)},
		{"headers too large", 494, coded("APIGW.0201"), same(pool.Invalid, false)},
		{"backend down", 502, coded("APIGW.0201"), same(pool.Unavailable, true)},
		{"backend slow", 504, coded("APIGW.0201"), same(pool.Timeout, true)},
		{"bad credentials", 401, coded("APIGW.0301"), same(pool.Auth, false)},
		{"user may not", 403, coded("APIGW.0302"), same(pool.Denied, false)},
		{"app credentials", 401, coded("APIGW.0303"), same(pool.Auth, false)},
		{"app may not", 403, coded("APIGW.0304"), same(pool.Denied, false)},
		{"bad authentication", 401, coded("APIGW.0305"), same(pool.Auth, false)},
		{"access denied", 403, coded("APIGW.0306"), same(pool.Denied, false)},
		{"token of another region", 401, coded("APIGW.0307"), same(pool.Auth, false)},
		{"throttled", 429, coded("APIGW.0308"), same(pool.Throttled, true)},
		{"throttled, the older prefix", 429, coded("APIG.0308"), same(pool.Throttled, true)},
		{"project unavailable", 403, coded("APIGW.0310"), same(pool.Denied, false)},
		{"debug credentials", 401, coded("APIGW.0311"), same(pool.Auth, false)},
		{"address refused", 403, coded("APIGW.0401"), same(pool.Denied, false)},
		{"quota used up", 405, coded("APIGW.0501"), same(pool.Denied, false)},
		{"gateway internal", 500, coded("APIGW.0601"), same(pool.Failed, true)},
		{"bad request, other code", 400, coded("APIGW.0602"), same(pool.Invalid, false)},
		{"no backend", 502, coded("APIGW.0610"), same(pool.Unavailable, true)},
		{"calls itself", 500, coded("APIGW.0612"), same(pool.Failed, false)},
		{"IAM down", 503, coded("APIGW.0613"), same(pool.Unavailable, true)},
		{"not in this region", 403, coded("APIGW.0801"), same(pool.Denied, false)},
		{"not for this user in this region, inside a 200", 200, coded("APIGW.0802"), same(pool.Denied, false)},
		{"an unknown code of the gateway", 500, coded("APIGW.9999"), same(pool.Failed, true)},
		{"IAM: wrong password", 401, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`, same(pool.Auth, false)},
		{"IAM: policy", 403, `{"error_msg":"m","error_code":"IAM.0007"}`, same(pool.Denied, false)},
		{"401 without a body", 401, ``, same(pool.Auth, false)},
		{"403 in HTML", 403, html, same(pool.Denied, false)},
		{"429 in HTML", 429, html, same(pool.Throttled, true)},
		{"500 in HTML", 500, html, same(pool.Failed, true)},
		{"502 in HTML", 502, html, same(pool.Unavailable, true)},
		{"503 in HTML", 503, html, same(pool.Unavailable, true)},
		{"504 in HTML", 504, html, same(pool.Timeout, true)},
		{"404 in HTML is not our pool's", 404, html, same(pool.BadBody, false)},
		{"404 without a code is not our pool's", 404, `{}`, same(pool.Failed, false)},
		{"200 in HTML", 200, html, same(pool.BadBody, false)},
		{"200 without a body", 200, ``, same(pool.BadBody, false)},
		{"200 with an array", 200, `[]`, same(pool.BadBody, false)},
		{"a redirect", 302, html, same(pool.BadBody, false)},
		{"a redirect with an object", 307, `{"desktop_pools":[],"total_count":0}`, same(pool.Failed, false)},
		{"teapot", 418, `{"x":1}`, same(pool.Failed, false)},
		{"501", 501, `{"x":1}`, same(pool.Failed, false)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := transport.Response{Status: tt.status, Header: http.Header{}, Body: []byte(tt.body)}
			list, again := judge(res, false, nil)
			byID, againByID := judge(res, true, nil)
			if list == nil || byID == nil {
				t.Fatalf("judged %v and %v", list, byID)
			}
			if diff := cmp.Diff(tt.want, verdict{list.Kind, byID.Kind, again && againByID}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again != againByID {
				t.Errorf("repeated: %v in a listing, %v by id", again, againByID)
			}
			if strings.Contains(list.Error()+list.Upstream.Message+list.Upstream.Detail, "<") {
				t.Errorf("HTML came through: %+v", list.Upstream)
			}
		})
	}
}

func TestJudgeFindsGood(t *testing.T) {
	for name, body := range map[string]string{
		"an object":             `{"id":"a"}`,
		"null where errors are": `{"id":"a","error_code":null,"error_msg":""}`,
		"empty error code":      `{"id":"a","error_code":""}`,
		"error in a text":       `{"name":"\"error_code\""}`,
		"code and message":      `{"code":"200","message":"error"}`,
		"white space":           " \n{}",
	} {
		t.Run(name, func(t *testing.T) {
			err, again := judge(transport.Response{Status: 200, Header: http.Header{}, Body: []byte(body)}, false, nil)
			if err != nil || again {
				t.Errorf("judged %v, %v", err, again)
			}
		})
	}
}

func TestUpstream(t *testing.T) {
	id := http.Header{"X-Request-Id": {"header-1"}}
	tests := []struct {
		name   string
		header http.Header
		body   string
		want   pool.Upstream
	}{
		{"Workspace", id, `{"error_code":"WKS.0001","error_msg":"msg","error_detail":"detail","encoded_authorization_message":"enc"}`,
			pool.Upstream{Code: "WKS.0001", Message: "msg", Detail: "detail", RequestID: "header-1", AuthorizationMessage: "enc"}},
		{"gateway", nil, `{"error_msg":"msg","error_code":"APIGW.0101","request_id":"body-1"}`,
			pool.Upstream{Code: "APIGW.0101", Message: "msg", RequestID: "body-1"}},
		{"header before body", id, `{"error_msg":"msg","error_code":"APIGW.0101","request_id":"body-1"}`,
			pool.Upstream{Code: "APIGW.0101", Message: "msg", RequestID: "header-1"}},
		{"IAM, with a number", http.Header{"X-Iam-Trace-Id": {"iam-1"}}, `{"error":{"code":400,"message":"The request body is invalid","title":"Bad Request"}}`,
			pool.Upstream{Code: "400", Message: "The request body is invalid", RequestID: "iam-1"}},
		{"IAM's other shape", nil, `{"error_msg":"msg","error_code":"IAM.0007"}`, pool.Upstream{Code: "IAM.0007", Message: "msg"}},
		{"nested", nil, `{"error":{"error_code":"A.1","error_msg":"msg"}}`, pool.Upstream{Code: "A.1", Message: "msg"}},
		{"code and message", nil, `{"code":"A.2","message":"msg"}`, pool.Upstream{Code: "A.2", Message: "msg"}},
		{"camel case", nil, `{"errorCode":"A.3","errorMsg":"msg"}`, pool.Upstream{Code: "A.3", Message: "msg"}},
		{"a message alone", nil, `{"message":"msg"}`, pool.Upstream{Message: "msg"}},
		{"an empty error beside a code", nil, `{"error":{},"errorCode":"A.5","errorMsg":"msg"}`, pool.Upstream{Code: "A.5", Message: "msg"}},
		{"an error with a message alone", nil, `{"error":{"message":"msg"}}`, pool.Upstream{Message: "msg"}},
		{"error as text", nil, `{"error":"oops","error_msg":"msg"}`, pool.Upstream{Message: "msg"}},
		{"HTML", id, `<html>nginx</html>`, pool.Upstream{RequestID: "header-1"}},
		{"control characters", nil, `{"error_code":"A\u0000\n.4","error_msg":"a\r\n\u001b[31mb\u202ec"}`, pool.Upstream{Code: "A  .4", Message: "a   [31mb c"}},
		{"long texts", nil, `{"error_code":"` + strings.Repeat("c", 100) + `","error_msg":"` + strings.Repeat("桌", 300) + `","error_detail":"` + strings.Repeat("d", 300) + `"}`,
			pool.Upstream{Code: strings.Repeat("c", 64), Message: strings.Repeat("桌", 256), Detail: strings.Repeat("d", 256)}},
		{"the gateway's echo", nil, `{"error_code":"APIGW.0301","error_msg":"verify aksk signature fail, canonicalRequest:GET|/v2/|x-security-token:TOKEN-1|"}`,
			pool.Upstream{Code: "APIGW.0301", Message: "verify aksk signature fail"}},
		{"a secret", nil, `{"error_code":"APIGW.0301","error_msg":"ak ACCESS-1 not exist","error_detail":"SECRET-1","encoded_authorization_message":"TOKEN-1"}`,
			pool.Upstream{Code: "APIGW.0301", Message: "ak *** not exist", Detail: "***", AuthorizationMessage: "***"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.header == nil {
				tt.header = http.Header{}
			}
			tt.want.HTTPStatus = 418
			err, _ := judge(transport.Response{Status: 418, Header: tt.header, Body: []byte(tt.body)}, false, []pool.Secret{pool.NewSecret("ACCESS-1"), pool.NewSecret("SECRET-1"), pool.NewSecret(""), pool.NewSecret("TOKEN-1")})
			if diff := cmp.Diff(&tt.want, err.Upstream); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	at := time.Date(2025, 7, 14, 8, 0, 0, 0, time.UTC)
	throttled := func(message string) string { return `{"error_code":"APIG.0308","error_msg":"` + message + `"}` }
	tests := []struct {
		name, header, body string
		status             int
		want               time.Duration
	}{
		{"a minute in the message", "", throttled("The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 minute"), 429, time.Minute},
		{"seconds in the message", "", throttled("limit:5,time:30 second"), 429, 30 * time.Second},
		{"a day in the message", "", throttled("limit:5,time:1 day"), 429, 24 * time.Hour},
		{"nothing said", "", throttled("slow down"), 429, 0},
		{"the header is preferred", "7", throttled("limit:5,time:1 minute"), 429, 7 * time.Second},
		{"a date", "Mon, 14 Jul 2025 08:00:09 GMT", throttled(""), 429, 9 * time.Second},
		{"a date that is over", "Mon, 14 Jul 2025 07:00:00 GMT", throttled(""), 429, 0},
		{"nonsense in the header", "soon", throttled("limit:5,time:1 minute"), 429, time.Minute},
		{"a negative number", "-1", throttled("limit:5,time:1 minute"), 429, time.Minute},
		{"unavailable, with a header", "5", `{}`, 503, 5 * time.Second},
		{"unavailable, without", "", `{"error_msg":"time:1 minute"}`, 503, 0},
		{"busy", "", coded("WKS.00010032"), 409, 20 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.header != "" {
				header.Set("Retry-After", tt.header)
			}
			err, _ := judge(transport.Response{Status: tt.status, Header: header, Body: []byte(tt.body), At: at}, false, nil)
			if err.RetryAfter != tt.want {
				t.Errorf("%v, want %v", err.RetryAfter, tt.want)
			}
		})
	}
}

// TestNoSecretInErrors lets the cloud repeat all that it was sent.
func TestNoSecretInErrors(t *testing.T) {
	user := Credentials{Username: "user", Password: pool.NewSecret("PASSWORD-1"), DomainName: "domain"}
	tests := []struct {
		name        string
		credentials Credentials
		iam         int // the status of IAM's answers
		secrets     []string
	}{
		{"keys", Credentials{AccessKey: pool.NewSecret("ACCESS-1"), SecretKey: pool.NewSecret("SECRET-1")}, 0, []string{"ACCESS-1", "SECRET-1"}},
		{"temporary keys", Credentials{AccessKey: pool.NewSecret("ACCESS-1"), SecretKey: pool.NewSecret("SECRET-1"), SecurityToken: pool.NewSecret("SECURITY-1")}, 0, []string{"ACCESS-1", "SECRET-1", "SECURITY-1"}},
		{"user", user, http.StatusCreated, []string{"PASSWORD-1", "TOKEN-1"}},
		{"user that IAM refuses", user, http.StatusUnauthorized, []string{"PASSWORD-1"}},
		{"user whose question IAM does not understand", user, http.StatusBadRequest, []string{"PASSWORD-1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cloud := play(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				echo, err := json.Marshal(map[string]any{
					"error_code": "WKS.1", "error_msg": fmt.Sprint(tt.secrets, r.Header), "error_detail": string(body), "encoded_authorization_message": fmt.Sprint(r.Header),
				})
				if err != nil {
					t.Error(err)
				}
				if r.URL.Path != "/v3/auth/tokens" {
					respond(http.StatusBadRequest, string(echo))(w, r)
					return
				}
				if tt.iam == http.StatusCreated {
					w.Header().Set("X-Subject-Token", "TOKEN-1")
					echo = []byte(`{}`)
				}
				respond(tt.iam, string(echo))(w, r)
			})
			src := open(t, Config{Endpoint: cloud.url, IAMEndpoint: cloud.url, Credentials: tt.credentials})
			for operation, read := range readers(src.Reader) {
				err := read(t.Context())
				var e *pool.Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: %v", operation, err)
				}
				all := fmt.Sprintf("%v %+v %+v", err, e, e.Upstream)
				for _, secret := range tt.secrets {
					if strings.Contains(all, secret) {
						t.Errorf("%s: %s stands in %s", operation, secret, all)
					}
				}
				if !strings.Contains(all, "***") {
					t.Errorf("%s: nothing was struck out of %s", operation, all)
				}
			}
		})
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{coded("WKS.0001"), `{"error":{"code":401,"message":"m"}}`, `{"error":{"error":{"error":{}}}}`, `<html>`, ``, "{\"error_msg\":\"\xff\u202e\"}", `{"error_code":"APIG.0308","error_msg":"time:9999 day"}`, `{"error_code":{"a":1}}`} {
		f.Add(400, []byte(seed), "")
		f.Add(200, []byte(seed), "5")
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, retry string) {
		const secret = "SECRET-1"
		res := transport.Response{Status: status, Header: http.Header{"Retry-After": {retry}}, Body: body}
		for _, byID := range []bool{false, true} {
			err, again := judge(res, byID, []pool.Secret{pool.NewSecret(secret)})
			if err == nil {
				if status < 200 || status > 299 || again {
					t.Fatalf("status %d is good", status)
				}
				continue
			}
			if err.RetryAfter < 0 {
				t.Errorf("retry after %v", err.RetryAfter)
			}
			up := *err.Upstream
			for _, text := range []string{up.Code, up.Message, up.Detail, up.RequestID, up.AuthorizationMessage} {
				if strings.Contains(text, secret) || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
					t.Errorf("%q came through", text)
				}
			}
			if n := utf8.RuneCountInString(up.Message); n > 256 {
				t.Errorf("a message of %d runes", n)
			}
		}
	})
}
