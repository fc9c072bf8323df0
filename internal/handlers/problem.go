package handlers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// failure is why a request is not answered as asked.
type failure struct {
	code   Code
	detail string
	errors []FieldError
	// upstream is the source's failure behind it; nil if no source is to blame.
	upstream   *pool.Error
	retryAfter time.Duration
	hopeless   bool   // the same request fails again, whatever the code usually means
	requestID  string // of the request that it was about first; empty: of this one
	cause      error  // for the log only
}

// defaultRetry is said where nobody knows how long to wait.
const defaultRetry = 5 * time.Second

// fail writes a problem document.
func (a *api) fail(w http.ResponseWriter, r *http.Request, f failure) {
	c := callOf(r)
	m := meanings[f.code]
	if f.retryAfter == 0 && f.upstream != nil {
		f.retryAfter = f.upstream.RetryAfter
	}
	waits := m.status == http.StatusServiceUnavailable || f.code == OrderInProgress
	if f.retryAfter == 0 && waits {
		f.retryAfter = defaultRetry
	}
	p := &Problem{
		Type: a.opts.PublicURL + "/problems/" + f.code.slug(), Title: m.title, Status: m.status,
		Detail: f.detail, Instance: r.URL.EscapedPath(), Code: string(f.code), RequestID: cmp.Or(f.requestID, c.requestID),
		Retryable: m.retryable && !f.hopeless, Errors: f.errors,
	}
	h := w.Header()
	if f.retryAfter > 0 {
		p.RetryAfterS = wholeSeconds(f.retryAfter)
	}
	if waits {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfterS))
	}
	if f.upstream != nil {
		p.Upstream = upstream(f.upstream, c.caller)
	}
	c.problem = p
	if c.cause = f.cause; c.cause == nil && f.upstream != nil {
		c.cause = f.upstream
	}
	h.Set("Content-Type", mediaProblem)
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	w.WriteHeader(m.status)
	_, _ = w.Write(encode(p)) // a client that has left is no failure of ours
}

// upstream is what a cloud said, as far as the caller may see it.
func upstream(e *pool.Error, c *Caller) *Upstream {
	u := &Upstream{Source: e.Source, Operation: e.Op}
	if e.Upstream == nil { // it said nothing: whose silence it is helps all the same
		return u
	}
	u.HTTPStatus, u.RequestID = e.Upstream.HTTPStatus, e.Upstream.RequestID
	u.Code, u.Message, u.Detail = said(e.Upstream.Code), said(e.Upstream.Message), said(e.Upstream.Detail)
	if c != nil && c.may(ScopeAdmin) {
		u.AuthorizationMessage = e.Upstream.AuthorizationMessage
	}
	return u
}

// said is a text of a cloud's, in which each byte that is not UTF-8 is replaced as
// JSON does it: else it would be written otherwise after it was kept in the ledger.
func said(s string) string { return string([]rune(s)) }

// wholeSeconds rounds up, so that nobody comes back too early.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// encode is JSON without escaped HTML. The values are ours and always encode.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // becomes INTERNAL
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
