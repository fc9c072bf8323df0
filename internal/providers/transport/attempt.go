package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// attempt sends a call once.
func (c *Client) attempt(ctx context.Context, call Call) (answer Response, err *pool.Error, again bool) {
	if ctx.Err() != nil {
		return Response{}, failure(pool.Timeout, ctx.Err()), true
	}
	request, cause := call.Build(ctx)
	if cause != nil {
		err, again = buildError(ctx, cause)
		return Response{}, err, again
	}
	answer, err, again = c.send(ctx, request)
	if err != nil {
		return Response{}, err, again
	}
	if err, again = call.Judge(answer); err != nil {
		return Response{}, err, again
	}
	return answer, nil, false
}

// send makes one round trip. Not by an http.Client: that one follows redirects
// and puts the URL into its errors.
func (c *Client) send(ctx context.Context, request *http.Request) (answer Response, err *pool.Error, again bool) {
	connected := false
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }}
	response, cause := c.transport.RoundTrip(request.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if cause != nil {
		kind := pool.Unavailable
		if connected && isTimeout(cause) {
			kind = pool.Timeout
		}
		return Response{}, failure(kind, cause), true
	}
	defer func() { _ = response.Body.Close() }() // all that matters was read, or failed
	body, err, again := c.readBody(response.Body)
	if err != nil {
		return Response{}, err, again
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: body, At: time.Now()}, nil, false
}

// readBody reads a body to its end. A cut one may be whole the next time, one
// over the bound not.
func (c *Client) readBody(r io.Reader) (body []byte, err *pool.Error, again bool) {
	body, cause := io.ReadAll(io.LimitReader(r, c.options.MaxBody+1))
	if cause != nil {
		return nil, failure(pool.BadBody, cause), true
	}
	if int64(len(body)) > c.options.MaxBody {
		return nil, failure(pool.BadBody, fmt.Errorf("a body of more than %d bytes", c.options.MaxBody)), false
	}
	return body, nil, false
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// buildError is final, unless it came of the end of ctx.
func buildError(ctx context.Context, err error) (e *pool.Error, again bool) {
	if errors.As(err, &e) {
		return e, false
	}
	return failure(pool.Failed, err), ctx.Err() != nil
}

// failure wraps a cause, without a URL, which may hold secrets, and without
// what a broken server may have written into it at length.
func failure(kind pool.Kind, cause error) *pool.Error {
	for with := (*url.Error)(nil); errors.As(cause, &with); {
		cause = with.Err
	}
	const longest = 200
	text := cause.Error()
	// Our own bounds are context.DeadlineExceeded too, which only ctx shall be.
	if len(text) > longest || errors.Is(cause, context.DeadlineExceeded) {
		cause = errors.New(text[:min(len(text), longest)])
	}
	return &pool.Error{Kind: kind, Err: cause}
}
