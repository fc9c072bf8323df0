package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/deskpool/deskpool/internal/pool"
)

// goodRequestID is the form in which a caller's X-Request-Id is kept.
var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

// begin is around every request: it names it, catches panics and writes its line in the log.
func (a *api) begin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{requestID: requestID(r), start: time.Now()}
		r = withCall(r, c)
		r.URL.RawPath = r.URL.EscapedPath() // so that chi never decodes: the generated code does, once
		h := w.Header()
		h["Request-Id"] = []string{c.requestID}
		h["X-Content-Type-Options"] = noSniff
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer a.end(ww, r, c)
		next.ServeHTTP(ww, r)
	})
}

func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); goodRequestID.MatchString(id) {
		return id
	}
	return rand.Text()
}

// end turns a panic into a problem, and logs the request.
func (a *api) end(w middleware.WrapResponseWriter, r *http.Request, c *call) {
	aborted := false
	if v := recover(); v != nil {
		err, ok := v.(error)
		aborted = ok && errors.Is(err, http.ErrAbortHandler)
		if !aborted {
			c.cause = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			if aborted = w.Status() != 0; !aborted {
				a.fail(w, r, failure{code: Internal, detail: "Something went wrong in deskpool.", cause: c.cause})
			}
		}
	}
	a.log(w, r, c)
	if aborted {
		panic(http.ErrAbortHandler) // what was begun cannot be finished: let the client see that it was cut
	}
}

// log writes one line for a request. The query stays out of it: it may hold personal data.
func (a *api) log(w middleware.WrapResponseWriter, r *http.Request, c *call) {
	e := a.opts.Log.Info()
	if w.Status() >= http.StatusInternalServerError {
		e = a.opts.Log.Error()
	}
	if !e.Enabled() {
		return
	}
	e = e.Str("request_id", c.requestID).
		Str("method", r.Method).
		Str("path", clean(r.URL.Path)).
		Str("route", chi.RouteContext(r.Context()).RoutePattern()).
		Int("status", w.Status()).
		Int("bytes", w.BytesWritten()).
		Float64("duration_ms", float64(time.Since(c.start).Microseconds())/1000)
	if c.caller != nil {
		e = e.Str("tenant", c.caller.Tenant).Str("key", c.caller.KeyID)
	}
	if len(c.outcomes) > 0 {
		e = e.Str("sources", sourceStatus(c.outcomes, a.opts.Now()))
		if ids := upstreamRequestIDs(fromCloud(c.outcomes)); ids != "" {
			e = e.Str("upstream_request_ids", ids)
		}
	}
	if c.order != "" {
		e = e.Str("order", c.order).Str("order_state", c.state)
	}
	if c.problem != nil {
		e = e.Str("code", c.problem.Code)
	}
	if c.cause != nil {
		e = e.AnErr("cause", c.cause)
	} else if errs := causes(c.outcomes); len(errs) > 0 {
		e = e.Errs("causes", errs)
	}
	e.Msg("request")
}

// causes are why sources did not give all they have, while the answer is good.
func causes(outcomes []pool.Outcome) []error {
	var errs []error
	for _, o := range outcomes {
		if o.Err != nil {
			errs = append(errs, o.Err)
		}
	}
	return errs
}

// fromCloud leaves out what was read from a cache: its requests are in the log already.
func fromCloud(outcomes []pool.Outcome) []pool.Outcome {
	var asked []pool.Outcome
	for _, o := range outcomes {
		if o.From != pool.FromCache {
			asked = append(asked, o)
		}
	}
	return asked
}

// admit is around every operation: it lets through only callers who may ask,
// and requests that are well formed.
func (a *api) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r)
		c.op = a.operation(r)
		fold(r.Header, "Prefer", "If-None-Match", "Cache-Control")
		if f := a.refuse(r, c); f != nil {
			if f.code == Unauthenticated {
				w.Header().Set("WWW-Authenticate", `Bearer realm="deskpool"`)
			}
			a.fail(w, r, *f)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fold makes one line of headers that may come in several (RFC 9110, 5.3),
// which the generated code would refuse.
func fold(h http.Header, names ...string) {
	for _, name := range names {
		if lines := h[name]; len(lines) > 1 {
			h[name] = []string{strings.Join(lines, ", ")}
		}
	}
}

// refuse returns why a request is not let through; nil if it is. A caller who
// may not ask is told nothing of the request's other faults.
func (a *api) refuse(r *http.Request, c *call) *failure {
	if c.op.scope != scopeOpen {
		c.caller = a.opts.Auth(r)
		if c.caller == nil {
			return &failure{code: Unauthenticated, detail: "Send a known API key as Authorization: Bearer <key>."}
		}
		if !c.caller.may(c.op.scope) {
			return &failure{code: Forbidden, detail: "This needs the scope " + c.op.scope + "."}
		}
	}
	media, ok := negotiate(r.Header, c.op.accepts)
	if !ok {
		return &failure{code: NotAcceptable, detail: "This is answered as " + strings.Join(c.op.accepts, " or ") + " only.", errors: []FieldError{{
			Parameter: "Accept", Code: faultNotAllowed, Detail: "None of these media types can be given.", Allowed: c.op.accepts,
		}}}
	}
	c.media = media
	if c.caller != nil {
		c.service = service(r.Header, c.caller)
	}
	if f := check(r, c.op); f != nil {
		return f
	}
	return takeBody(r, c)
}
