package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// trap does something when the account comes to a step for the n-th time:
//
//	accept    a connection
//	first     the first byte over a connection
//	request   a request to order is read to its end
//	acted     and the order is booked
//	half      and half of the answer is sent
//	answered  and all of it
type trap struct {
	step  string
	n     int
	taken bool // whether the order is booked although it is trapped before
	do    func()
}

// set sets a trap; nil takes it away.
func (a *account) set(t *trap) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trap = t
}

// at acts if the trap is set at a step, and tells whether it did.
func (a *account) at(step string) (t trap, did bool) {
	a.mu.Lock()
	if a.trap == nil || a.trap.step != step {
		a.mu.Unlock()
		return trap{}, false
	}
	if a.trap.n--; a.trap.n > 0 {
		a.mu.Unlock()
		return trap{}, false
	}
	t = *a.trap
	a.trap = nil
	a.mu.Unlock()
	t.do()
	return t, true
}

// later tells whether the trap is set at a step after the order is booked.
func (a *account) later() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trap != nil && (a.trap.step == "acted" || a.trap.step == "half" || a.trap.step == "answered")
}

// ServeHTTP notes down requests to order.
func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.orderedBy(r) {
		a.sim.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil { // it was cut: there is nothing to act on
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	note := a.note(r, body)
	if t, did := a.at("request"); did && !t.taken {
		panic(http.ErrAbortHandler)
	}
	if !a.later() {
		seen := &tee{ResponseWriter: w}
		defer func() { a.throttled(note, seen.status, seen.body.String()) }()
		a.sim.ServeHTTP(seen, r)
		return
	}
	kept := httptest.NewRecorder()
	a.sim.ServeHTTP(kept, r)
	a.throttled(note, kept.Code, kept.Body.String())
	a.answer(w, kept)
}

// orderedBy tells whether a request is one to order.
func (a *account) orderedBy(r *http.Request) bool {
	if a.cloud == pool.Huawei {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/desktop-pool/periodic/change/order")
	}
	return r.Header.Get("X-Acs-Action") == a.order
}

// answer sends an answer in parts, with a step after each.
func (a *account) answer(w http.ResponseWriter, kept *httptest.ResponseRecorder) {
	if _, did := a.at("acted"); did {
		panic(http.ErrAbortHandler)
	}
	for name, values := range kept.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(kept.Code)
	body := kept.Body.Bytes()
	flush := func(part []byte) {
		_, _ = w.Write(part) // who is to read it may be dead
		_ = http.NewResponseController(w).Flush()
	}
	flush(body[:len(body)/2])
	if _, did := a.at("half"); did {
		panic(http.ErrAbortHandler)
	}
	flush(body[len(body)/2:])
	a.at("answered")
}

// tee keeps what is written through it.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *tee) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *tee) Write(b []byte) (int, error) {
	t.body.Write(b)
	return t.ResponseWriter.Write(b)
}

// trapListener brings connections to the steps accept and first.
type trapListener struct {
	net.Listener
	a *account
}

// Accept implements net.Listener.
func (l trapListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.a.at("accept")
	return &trapConn{Conn: c, a: l.a}, nil
}

type trapConn struct {
	net.Conn
	a   *account
	any bool // something was read
}

// Read reads one byte at first. What is trapped then, and not taken, is cut off.
func (c *trapConn) Read(p []byte) (int, error) {
	if c.any || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.any = true
	n, err := c.Conn.Read(p[:1])
	if n > 0 {
		if t, did := c.a.at("first"); did && !t.taken {
			return 0, io.ErrUnexpectedEOF
		}
	}
	return n, err
}
