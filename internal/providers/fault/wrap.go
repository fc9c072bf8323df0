package fault

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Shape writes the errors in the cloud's own form. Both must be set.
type Shape struct{ Error, Throttle http.HandlerFunc }

// Wrap returns next with the faults of source. operation names the operation of a request.
// A nil *Set breaks nothing. Latencies add up; of the faults of trade, which next finds by Of, and
// of the other ones the first that was added holds.
//
// A connection is closed by panicking with http.ErrAbortHandler, so what is
// wrapped around this handler must let that through.
func (s *Set) Wrap(source string, operation func(*http.Request) string, shape Shape, next http.Handler) http.Handler {
	if s == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stopping := s.stopping(server(r)) // at once: a server that is stopping already tells nobody
		p := s.plan(source, operation(r))
		if p.wait > 0 && !wait(r, p, stopping) {
			panic(http.ErrAbortHandler)
		}
		if p.trade != "" {
			r = r.WithContext(context.WithValue(r.Context(), tradeKey{}, p.trade))
		}
		switch p.kind {
		case Hang:
			hang(r, p, stopping)
			panic(http.ErrAbortHandler)
		case Error:
			shape.Error(w, r)
		case Throttle:
			shape.Throttle(w, r)
		case Cut:
			record(next, r).cut(w)
			panic(http.ErrAbortHandler)
		case HTML:
			writePage(w)
		case Drift:
			a := record(next, r)
			if a.status < 300 {
				a.body = drift(a.body)
			}
			a.send(w, a.body)
		case LoseAnswer:
			record(next, r).lose(w, r, p, stopping)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

type tradeKey struct{}

// Of returns the fault of trade that is planned for a request of a simulated cloud, or "".
func Of(r *http.Request) Kind {
	k, _ := r.Context().Value(tradeKey{}).(Kind)
	return k
}

// wait is true if the client is still there after the latency, which Clear cuts short.
func wait(r *http.Request, p plan, stopping <-chan struct{}) bool {
	keepBody(r)
	t := time.NewTimer(p.wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.cleared:
	case <-stopping:
		return false
	case <-r.Context().Done():
		return false
	}
	return true
}

// hang returns when the client leaves, Clear is called or the server stops.
func hang(r *http.Request, p plan, stopping <-chan struct{}) {
	keepBody(r)
	select {
	case <-p.cleared:
	case <-stopping:
	case <-r.Context().Done():
	}
}

func server(r *http.Request) *http.Server {
	srv, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	return srv
}

// keepBody reads the body into memory: net/http notices that a client leaves
// only once the body has been read.
func keepBody(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	rest := io.Reader(bytes.NewReader(body))
	if err != nil {
		rest = io.MultiReader(rest, failing{err})
	}
	r.Body = io.NopCloser(rest)
}

// failing repeats, to the next reader, the error that ended a body.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// answer is an http.ResponseWriter that keeps what is written.
type answer struct {
	header http.Header
	status int
	body   []byte
}

func record(next http.Handler, r *http.Request) *answer {
	a := &answer{header: http.Header{}}
	next.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
	return a
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

// send writes a with the Content-Length of its whole body, and then body.
func (a *answer) send(w http.ResponseWriter, body []byte) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// cut sends half of the body. Without a body there is nothing to halve, and nothing is sent.
func (a *answer) cut(w http.ResponseWriter) {
	if len(a.body) == 0 {
		return
	}
	a.send(w, a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
}
