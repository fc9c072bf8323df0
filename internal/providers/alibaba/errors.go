package alibaba

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const (
	codeExpired      = "InvalidTimeStamp.Expired"
	codeNonceUsed    = "SignatureNonceUsed"
	codeBadSignature = "SignatureDoesNotMatch"

	maxText = 256 // runes of a text of the cloud's
	// maxDiagnosis is more than an encoded diagnostic message takes, which is of no use cut.
	maxDiagnosis = 4096
	maxWait      = time.Hour
)

var (
	errRepeatedToken  = errors.New("the cloud gave the same page token twice")
	errNoSuccess      = errors.New("the answer says that it is no success")
	errTooManyPages   = errors.New("the listing has more pages than are ever read")
	errNotJSON        = errors.New("the answer is not a JSON object")
	errBadToken       = errors.New("the page token is malformed")
	errDesktopsDiffer = errors.New("DescribeDesktops lacks desktops that DescribeDesktopsInGroup has")
)

// failure is the body of an error, and what a good answer may have of it.
// encoding/json matches both code and Code, of which the vendor's client
// knows too.
type failure struct {
	Code, Message, RequestID, Description json.RawMessage
	AccessDeniedDetail                    struct {
		AuthAction, NoPermissionType, PolicyType, EncodedDiagnosticMessage json.RawMessage
	}
}

// read fills f and tells whether body is a JSON object.
func (f *failure) read(body []byte) bool {
	*f = failure{}
	var otherType *json.UnmarshalTypeError
	err := json.Unmarshal(body, f)
	if errors.As(err, &otherType) {
		return otherType.Field != ""
	}
	return err == nil
}

// text is what a JSON scalar says; "" for null, objects, arrays and nothing.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return ""
	}
	return string(raw)
}

// judge classifies an answer by its code: throttling comes with HTTP 400, and
// an error may come with 200.
func (c *rpcClient) judge(r transport.Response, f *failure) (err *pool.Error, again bool) {
	isObject := f.read(r.Body)
	code := text(f.Code)
	good := r.Status >= 200 && r.Status < 300
	switch {
	case good && !isObject:
		return &pool.Error{Kind: pool.BadBody, Err: errNotJSON}, true
	case good && goodCode(code):
		return nil, false
	}
	kind, again := classify(code, r.Status)
	err = &pool.Error{Kind: kind, Upstream: c.upstream(f, r)}
	if kind == pool.Throttled {
		err.RetryAfter = retryAfter(r.Header)
	}
	return err, again
}

// upstream is what the cloud said of a failure, without our secrets: to
// SignatureDoesNotMatch it adds the headers that it received.
func (c *rpcClient) upstream(f *failure, r transport.Response) *pool.Upstream {
	message := text(f.Message)
	if text(f.Code) == codeBadSignature {
		message, _, _ = strings.Cut(message, "server ")
	}
	denied := f.AccessDeniedDetail
	var detail []string
	for _, raw := range []json.RawMessage{f.Description, denied.AuthAction, denied.NoPermissionType, denied.PolicyType} {
		if s := text(raw); s != "" {
			detail = append(detail, s)
		}
	}
	return &pool.Upstream{
		HTTPStatus:           r.Status,
		Code:                 c.clean(text(f.Code), maxText),
		Message:              c.clean(message, maxText),
		Detail:               c.clean(strings.Join(detail, ", "), maxText),
		RequestID:            c.clean(f.requestID(r), maxText),
		AuthorizationMessage: c.clean(text(denied.EncodedDiagnosticMessage), maxDiagnosis),
	}
}

// signed is a signature, as a request or a URL holds it.
var signed = regexp.MustCompile(`(?i)signature=[^\s,&\]]+`)

// clean takes control characters, our credentials and signatures out of s and bounds it.
func (c *rpcClient) clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	key := c.credentials()
	for _, secret := range []pool.Secret{key.SecretKey, key.SecurityToken, key.AccessKey} {
		if secret.Given() {
			s = strings.ReplaceAll(s, secret.Reveal(), secret.String())
		}
	}
	s = signed.ReplaceAllString(s, "***")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return strings.TrimSpace(s)
}

// classify is the one table of codes; without a code the status decides.
func classify(code string, status int) (kind pool.Kind, again bool) {
	family, _, _ := strings.Cut(code, ".")
	is := func(codes ...string) bool { return slices.Contains(codes, code) }
	switch {
	case isThrottle(code), status == http.StatusTooManyRequests:
		return pool.Throttled, true
	case family == "InvalidAccessKeyId", family == "InvalidSecurityToken",
		is(codeBadSignature, "MissingAccessKeyId", "IncompleteSignature", "MissingSecurityToken"):
		return pool.Auth, false
	case is(codeExpired): // again is decided where the clock is learnt
		return pool.Failed, false
	case is(codeNonceUsed):
		return pool.Failed, true
	case is("NotAllowOperation", "IncorrectDesktopStatus", "OperationTooFrequent", "Order.Unpaid", "IdempotentProcessing"):
		return pool.Conflict, false
	case strings.HasPrefix(family, "InvalidDesktop") && strings.HasSuffix(code, ".NotFound") && family != "InvalidDesktopBundle":
		return pool.NotFound, false
	case family == "NoPermission", family == "Forbidden", status == http.StatusForbidden:
		return pool.Denied, false
	case is("ServiceUnavailable"):
		return pool.Unavailable, true
	case is("InternalError", "UnknownError"):
		return pool.Failed, true
	}
	return classifyStatus(code, status)
}

func classifyStatus(code string, status int) (kind pool.Kind, again bool) {
	switch {
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable:
		return pool.Unavailable, true
	case status == http.StatusGatewayTimeout:
		return pool.Timeout, true
	case status >= 500:
		return pool.Failed, true
	case status >= 400 && code != "":
		return pool.Invalid, false
	}
	return pool.Failed, false
}

// retryAfter is the longest of what the headers x-ratelimit-user-api and
// x-ratelimit-user, as in "Limit:100,Remain:0,TimeLeft:2000", and Retry-After ask for.
func retryAfter(h http.Header) time.Duration {
	seconds, _ := strconv.Atoi(h.Get("Retry-After"))
	longest := time.Duration(min(max(seconds, 0), int(maxWait/time.Second))) * time.Second
	for _, name := range []string{"X-Ratelimit-User-Api", "X-Ratelimit-User"} {
		for item := range strings.SplitSeq(h.Get(name), ",") {
			key, value, _ := strings.Cut(strings.TrimSpace(item), ":")
			if ms, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && strings.EqualFold(key, "TimeLeft") {
				ms = min(max(ms, 0), int(maxWait/time.Millisecond))
				longest = max(longest, time.Duration(ms)*time.Millisecond)
			}
		}
	}
	return longest
}

// requestID is the cloud's id of the request that r answers.
func (f *failure) requestID(r transport.Response) string {
	return cmp.Or(text(f.RequestID), r.Header.Get("X-Acs-Request-Id"))
}
