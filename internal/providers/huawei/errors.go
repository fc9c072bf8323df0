package huawei

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

const (
	maxText  = 256  // runes of a text of the cloud's
	maxCode  = 64   // runes of a code or request id
	maxAuthz = 8192 // runes of an encoded reason, which is of no use when cut short

	conflictPause = 20 * time.Second // how often the vendor's own tools repeat a conflict
)

// failure is the error body of Workspace (error_code, error_msg, error_detail,
// encoded_authorization_message), of the API gateway (the first two and
// request_id), and of IAM ({"error":{"code":401,"message":...}}), and the
// other spellings that are seen.
type failure struct {
	Code       string          `json:"error_code"`
	Message    string          `json:"error_msg"`
	Detail     string          `json:"error_detail"`
	Reason     string          `json:"encoded_authorization_message"`
	RequestID  string          `json:"request_id"`
	Inner      json.RawMessage `json:"error"`
	BareCode   string          `json:"code"`
	BareText   string          `json:"message"`
	CamelCode  string          `json:"errorCode"`
	CamelText  string          `json:"errorMsg"`
	innerError *failure
}

// parseFailure reads an error body; nil if it is not a JSON object, as when a
// proxy answers with a page of HTML.
func parseFailure(body []byte) *failure {
	var f failure
	if wire.Decode(body, "", &f, nil) != nil {
		return nil
	}
	var inner failure
	if wire.Decode(f.Inner, "", &inner, nil) == nil {
		f.innerError = &inner
	}
	return &f
}

// said returns the code and message, wherever they stand.
func (f *failure) said() (code, message string) {
	switch {
	case f.Code != "":
		return f.Code, f.Message
	case f.innerError != nil:
		return f.innerError.said()
	case f.BareCode != "":
		return f.BareCode, f.BareText
	case f.CamelCode != "":
		return f.CamelCode, f.CamelText
	}
	return "", firstOf(f.Message, f.BareText, f.CamelText)
}

// explicit tells whether f can only be an error: "code" and "message" alone may be anything.
func (f *failure) explicit() bool {
	if f.innerError != nil {
		code, _ := f.innerError.said()
		return code != ""
	}
	return f.Code != "" || f.CamelCode != ""
}

// judge classifies an answer. Errors come inside a 200 too. byID: the request
// named one pool or desktop. secrets are struck out of what the cloud said.
func judge(res transport.Response, byID bool, secrets []pool.Secret) (err *pool.Error, again bool) {
	good := res.Status >= 200 && res.Status <= 299
	if good && !bytes.Contains(res.Body, []byte(`"error`)) {
		return judgeShape(res)
	}
	f := parseFailure(res.Body)
	if good && (f == nil || !f.explicit()) {
		return judgeShape(res)
	}
	up := &pool.Upstream{HTTPStatus: res.Status, RequestID: requestID(res, f)}
	if f != nil {
		code, message := f.said()
		up.Code = clean(scrub(code, secrets), maxCode)
		up.Message = clean(withoutEcho(scrub(message, secrets)), maxText)
		up.Detail = clean(withoutEcho(scrub(f.Detail, secrets)), maxText)
		up.AuthorizationMessage = clean(scrub(f.Reason, secrets), maxAuthz)
	}
	kind, again := classify(res.Status, up.Code, f != nil, byID)
	return &pool.Error{Kind: kind, RetryAfter: retryAfter(res, kind, up.Message), Upstream: up}, again
}

// judgeShape finds a good answer good if it is an object.
func judgeShape(res transport.Response) (*pool.Error, bool) {
	if trimmed := bytes.TrimLeft(res.Body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		return nil, false
	}
	return &pool.Error{Kind: pool.BadBody, Upstream: &pool.Upstream{HTTPStatus: res.Status, RequestID: requestID(res, nil)}}, false
}

// classify chooses the Kind, by the code before the status. parsed: the body
// was an error that the cloud wrote, not a page of some proxy.
func classify(status int, code string, parsed, byID bool) (kind pool.Kind, again bool) {
	if number, isGateway := gatewayNumber(code); isGateway {
		return classifyGateway(status, number)
	}
	switch code {
	case "WKS.0001": // on a pool's own path: the pool does not exist
		if byID {
			return pool.NotFound, false
		}
		return pool.Invalid, false
	case "WKS.0202", "WKS.0915", // not found, though the status is 500
		"WKS.00170117", "WKS.00170208", "WKS.00170312": // no such tenant, user group, user
		if byID {
			return pool.NotFound, false
		}
		return pool.Failed, false
	case "WKS.00010099":
		return pool.NotEnabled, false
	case "WKS.00010032", "WKS.0407":
		return pool.Conflict, false
	}
	return classifyStatus(status, code, parsed, byID)
}

func classifyStatus(status int, code string, parsed, byID bool) (kind pool.Kind, again bool) {
	switch status {
	case http.StatusUnauthorized:
		return pool.Auth, false
	case http.StatusForbidden:
		return pool.Denied, false
	case http.StatusTooManyRequests:
		return pool.Throttled, true
	case http.StatusInternalServerError:
		return pool.Failed, true
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return pool.Unavailable, true
	case http.StatusGatewayTimeout:
		return pool.Timeout, true
	}
	switch {
	case !parsed && status < 500:
		return pool.BadBody, false
	case status == http.StatusNotFound && byID && code != "":
		return pool.NotFound, false
	case status == http.StatusConflict:
		return pool.Conflict, false
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong:
		return pool.Invalid, false
	}
	return pool.Failed, false
}

// classifyGateway knows the codes of API Gateway, which may come inside a 200
// as well. Its 404 is a path that it does not know, not a pool.
func classifyGateway(status int, number string) (kind pool.Kind, again bool) {
	switch number {
	case "0301", "0303", "0305", "0307", "0311":
		return pool.Auth, false
	case "0308":
		return pool.Throttled, true
	case "0302", "0304", "0306", "0310", "0401", "0402", "0404", "0501", "0502", "0801", "0802":
		return pool.Denied, false
	case "0601", "0605", "0606", "0608", "0609", "0611", "0705":
		return pool.Failed, true
	case "0610", "0613":
		return pool.Unavailable, true
	case "0612":
		return pool.Failed, false
	}
	const headersTooLarge = 494
	if status == headersTooLarge {
		return pool.Invalid, false
	}
	return classifyStatus(status, "", true, false)
}

// gatewayNumber is the number of a gateway code: APIGW.0301 and APIG.0301 are the same.
func gatewayNumber(code string) (number string, ok bool) {
	if number, ok = strings.CutPrefix(code, "APIGW."); ok {
		return number, true
	}
	return strings.CutPrefix(code, "APIG.")
}

var throttleWindow = regexp.MustCompile(`time:\s?(\d{1,4}) ?(second|minute|hour|day)`)

// retryAfter is how long the cloud wants to be left alone: the header, which
// no document promises, else the window of a throttle's message, as in
// "policy user over ratelimit,limit:200,time:1 minute".
func retryAfter(res transport.Response, kind pool.Kind, message string) time.Duration {
	if said := res.Header.Get("Retry-After"); said != "" {
		if s, err := strconv.ParseUint(said, 10, 31); err == nil {
			return time.Duration(s) * time.Second
		}
		if t, err := http.ParseTime(said); err == nil {
			return max(0, t.Sub(res.At))
		}
	}
	switch kind {
	case pool.Throttled:
		return window(message)
	case pool.Conflict:
		return conflictPause
	}
	return 0
}

func window(message string) time.Duration {
	m := throttleWindow.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // cannot fail: up to four digits
	unit := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return time.Duration(n) * unit[m[2]]
}

// requestID is what the vendor's support asks for. IAM has a header of its own.
func requestID(res transport.Response, f *failure) string {
	inBody := ""
	if f != nil {
		inBody = f.RequestID
	}
	return clean(firstOf(res.Header.Get("X-Request-Id"), inBody, res.Header.Get("X-IAM-Trace-Id")), maxCode)
}

// withoutEcho leaves out the request that the gateway repeats after a bad signature.
func withoutEcho(message string) string {
	message, _, _ = strings.Cut(message, "canonicalRequest")
	return strings.TrimRight(message, " ,:")
}

// scrub strikes our secrets out of a text of the cloud's.
func scrub(text string, secrets []pool.Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), s.String())
		}
	}
	return text
}

// clean bounds a text to n runes, each of which can be seen.
func clean(text string, n int) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "") {
		if n == 0 {
			break
		}
		if !unicode.IsGraphic(r) {
			r = ' '
		}
		b.WriteRune(r)
		n--
	}
	return strings.TrimSpace(b.String())
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
