package huawei

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

const (
	maxText  = 256  // runes of a text of the cloud's
	maxCode  = 64   // runes of a code or request id
	maxAuthz = 8192 // runes of an encoded reason, which is of no use when cut short
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
	if f.Code != "" {
		return f.Code, f.Message
	}
	if f.innerError != nil {
		if code, message = f.innerError.said(); code != "" {
			return code, message
		}
	}
	switch {
	case f.BareCode != "":
		return f.BareCode, f.BareText
	case f.CamelCode != "":
		return f.CamelCode, f.CamelText
	}
	return "", cmp.Or(f.Message, f.BareText, f.CamelText, message)
}

// explicit tells whether f can only be an error: "code" and "message" alone may be anything.
func (f *failure) explicit() bool {
	if f.Code != "" || f.CamelCode != "" {
		return true
	}
	if f.innerError == nil {
		return false
	}
	code, _ := f.innerError.said()
	return code != ""
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

// requestID is what the vendor's support asks for. IAM has a header of its own.
func requestID(res transport.Response, f *failure) string {
	inBody := ""
	if f != nil {
		inBody = f.RequestID
	}
	return clean(cmp.Or(res.Header.Get("X-Request-Id"), inBody, res.Header.Get("X-IAM-Trace-Id")), maxCode)
}

// withoutEcho leaves out the request that the gateway repeats after a bad signature.
func withoutEcho(message string) string {
	message, _, _ = strings.Cut(message, "canonicalRequest")
	return strings.TrimRight(message, " ,:")
}

// scrub strikes our secrets out of a text of the cloud's.
func scrub(text string, secrets []pool.Secret) string {
	for _, s := range secrets {
		if s.Given() {
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
