// Package transport is the http.Client of all adapters. Reads are repeated, writes are sent at
// most once; redirects are not followed, bodies are bounded, secrets stay out of errors.
//
// # Writes
//
// A write may have been carried out as soon as one byte of it has left. So Once says
// CallNotSent in two cases only. Either there never was a connection: the request could not be built, ctx was
// done, the name was not found, the dial was refused or took too long, the proxy refused, the TLS handshake failed.
// That is seen by httptrace: RoundTrip failed, and GotConn, which comes before the first byte, was not called.
// Or Judge read in a whole 2xx or 4xx that the cloud throttled.
//
// After GotConn every failure is CallUnknown, whichever way the connection died and
// whatever was written by then: what a broken connection has delivered, only the other side knows.
//
// net/http itself sends a request again when a connection that was kept dies under it, if the
// request is a GET, has an Idempotency-Key, or nothing of it was written and GetBody can
// repeat its body. None of that can happen here: a write is a POST over a connection
// of its own, over HTTP/1.1, without keep-alive, GetBody and such a header.
package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Options of a Client. The zero value has the documented defaults.
type Options struct {
	Timeout  time.Duration // of a whole read with its repetitions; 8 s
	MaxBody  int64         // bytes of a body, unpacked; 8 MiB
	Attempts int           // at most; 3
	// Dial opens connections; nil: a net.Dialer. Either has 2 s.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// The bounds within one attempt.
const (
	connectTime   = 2 * time.Second // of TCP, and again of TLS
	firstByteTime = 5 * time.Second
	idleTime      = 90 * time.Second
	idlePerHost   = 128 // Go's own 2 dial anew for every burst
	maxHeader     = 1 << 20
)

// Client sends the requests of all adapters: reads over one pool of
// connections, each write over a connection of its own. It is safe for concurrent use.
type Client struct {
	options   Options
	transport *http.Transport // of the reads
	writes    *http.Transport
	budgets   budgets
}

// New returns a Client. Its proxy is that of the environment: HTTPS_PROXY,
// HTTP_PROXY, NO_PROXY.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = 8 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 8 << 20
	}
	if o.Attempts <= 0 {
		o.Attempts = 3
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	return &Client{options: o, transport: newTransport(o), writes: newWriteTransport(o)}
}

// newTransport leaves HTTP/2 off: over its one connection a stalled network
// takes every call of a cloud along.
func newTransport(o Options) *http.Transport {
	return &http.Transport{
		Proxy: discreet(http.ProxyFromEnvironment),
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connectTime)
			defer cancel()
			return o.Dial(ctx, network, addr)
		},
		TLSHandshakeTimeout:    connectTime,
		ResponseHeaderTimeout:  firstByteTime,
		IdleConnTimeout:        idleTime,
		MaxIdleConnsPerHost:    idlePerHost,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// newWriteTransport keeps no connection: on one that was kept and turned out to be
// dead, Go's transport sends a request again. It has no bound on the first byte but ctx.
func newWriteTransport(o Options) *http.Transport {
	t := newTransport(o)
	t.DisableKeepAlives = true
	t.ResponseHeaderTimeout = 0
	return t
}

// discreet is from without its error, which quotes a malformed proxy with its password.
func discreet(from func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		proxy, err := from(r)
		if err != nil {
			return nil, errors.New("the proxy of the environment is no URL")
		}
		return proxy, nil
	}
}

// CloseIdleConnections closes the connections that carry no call. The Client
// may still be used.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Call is one read.
type Call struct {
	Source, Op string // for errors: the source's id, and what is done, as in "list desktop pools"
	// Build makes the request, anew for every attempt, since signatures hold
	// the time. Its error ends the call: a *pool.Error as it is, another one as Failed.
	Build func(ctx context.Context) (*http.Request, error)
	// Judge classifies an answer that arrived whole, whatever its status (a
	// redirect too): nil if it is good; again says that repeating the read may help.
	Judge func(Response) (err *pool.Error, again bool)
}

// Response is an answer that arrived whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	At     time.Time // when it arrived
}

// Read sends a call until it succeeds, is judged final, the attempts or the retry
// budget are used up, or ctx or the time-out ends. Errors are *pool.Error with
// Source and Op set: Judge's; Timeout, wrapping ctx.Err() if it was ctx; Unavailable
// for a connection that failed; BadBody for a body that was cut or over the bound.
//
// Attempts are apart by their error's RetryAfter and a random time above it. If
// that does not fit into the time that is left, its error comes at once.
func (c *Client) Read(ctx context.Context, call Call) (Response, error) {
	within, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	budget := c.budgets.of(call.Source)
	budget.earn()
	for attempt := 1; ; attempt++ {
		answer, err, again := c.attempt(within, call)
		switch {
		case err == nil:
			return answer, nil
		case !again:
			return Response{}, call.blame(err)
		case within.Err() != nil:
			return Response{}, call.blame(ended(ctx, err))
		case attempt >= c.options.Attempts:
			return Response{}, call.blame(err)
		}
		wait := err.RetryAfter + jitter(attempt)
		if deadline, _ := within.Deadline(); wait >= time.Until(deadline) || !budget.spend() {
			return Response{}, call.blame(err)
		}
		if !sleep(within, wait) {
			return Response{}, call.blame(ended(ctx, err))
		}
	}
}

var errTooLong = errors.New("the time-out of a read ended")

// ended is the error of a read whose time ended, by ctx or by the time-out;
// last is what the last attempt came to.
func ended(ctx context.Context, last *pool.Error) *pool.Error {
	cause := ctx.Err()
	if cause == nil {
		cause = errTooLong
	}
	return &pool.Error{Kind: pool.Timeout, Upstream: last.Upstream, Err: cause}
}

func (c Call) blame(err *pool.Error) error { return blame(err, c.Source, c.Op) }

// blame returns a copy of err that says what was done, and where.
func blame(err *pool.Error, source, op string) *pool.Error {
	e := *err
	if e.Source == "" {
		e.Source = source
	}
	if e.Op == "" {
		e.Op = op
	}
	return &e
}
