// Package transport is the http.Client of all adapters: reads are repeated,
// redirects are not followed, bodies are bounded, secrets stay out of errors.
package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Options of a Client. The zero value has the documented defaults.
type Options struct {
	Timeout  time.Duration // of a whole read with its repetitions; 8 s
	MaxBody  int64         // bytes of a body; 8 MiB
	Attempts int           // at most; 3
	// Dial opens connections; nil: a net.Dialer with a time-out of 2 s.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client sends the requests of all adapters over one pool of connections. It
// is safe for concurrent use.
type Client struct{}

// New returns a Client.
func New(o Options) *Client { return &Client{} }

// Call is one read.
type Call struct {
	Source, Op string // for errors: the source's id, and what is done, as in "list desktop pools"
	// Build makes the request, anew for every attempt, since signatures hold the time.
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
func (c *Client) Read(ctx context.Context, call Call) (Response, error) {
	return Response{}, errors.New("not written yet")
}
