package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
)

// orderTime bounds a write whose ctx has no deadline.
const orderTime = 30 * time.Second

// Write is a request that must not be sent twice.
type Write struct {
	Source string // whose it is
	Op     string // as in "place an order"
	// Build makes the request, a POST; it is called once. Its error proves that nothing was sent.
	Build func(ctx context.Context) (*http.Request, error)
	// Judge says what a whole answer means. It is asked only about 2xx and 4xx; all else is CallUnknown.
	// So is a word of Judge's that the status does not bear: CallPlaced and CallPartial
	// need 2xx, CallRejected 4xx.
	Judge func(Response) pool.Sent
}

// Once sends a write, at most once, on a connection of its own. It never repeats, follows no
// redirect, and says CallNotSent only if no connection was obtained, or Judge says so.
//
// ctx bounds all of it; if it has no deadline, 30 s do. Unless the state is
// CallPlaced, Err is set, with Source and Op: Judge's; that of Build; Invalid for another
// method than POST; Unavailable for a connection that failed; Timeout, wrapping
// ctx.Err() if it was ctx; BadBody for an answer that is not whole; else Failed. Native is the answer, if it is JSON.
func (c *Client) Once(ctx context.Context, w Write) pool.Sent {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, orderTime)
		defer cancel()
	}
	sent := c.once(ctx, w)
	if sent.Err != nil {
		sent.Err = blame(sent.Err, w.Source, w.Op)
	}
	return sent
}

func (c *Client) once(ctx context.Context, w Write) pool.Sent {
	request, err := w.request(ctx)
	if err != nil {
		return pool.Sent{State: pool.CallNotSent, Err: err}
	}
	answer, connected, err := c.exchange(ctx, request)
	switch {
	case err != nil && !connected:
		return pool.Sent{State: pool.CallNotSent, Err: err}
	case err != nil:
		return pool.Sent{State: pool.CallUnknown, Err: err}
	}
	return w.judge(answer)
}

// request builds the request without all that would let it be sent again, by
// Go or by a gateway on the way.
func (w Write) request(ctx context.Context) (*http.Request, *pool.Error) {
	if ctx.Err() != nil {
		return nil, &pool.Error{Kind: pool.Timeout, Err: ctx.Err()}
	}
	request, cause := w.Build(ctx)
	if cause != nil {
		err, _ := buildError(ctx, cause)
		return nil, err
	}
	if request.Method != http.MethodPost {
		return nil, failure(pool.Invalid, fmt.Errorf("a write is a POST, not a %s", request.Method))
	}
	request.GetBody = nil
	maps.DeleteFunc(request.Header, func(name string, _ []string) bool {
		switch strings.ToLower(name) {
		case "idempotency-key", "x-idempotency-key", "expect":
			return true
		}
		return false
	})
	return request, nil
}

// exchange makes one round trip on a new connection. connected tells whether
// there was one: until then nothing of the request can have left.
func (c *Client) exchange(ctx context.Context, request *http.Request) (answer Response, connected bool, err *pool.Error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }}
	response, cause := c.writes.RoundTrip(request.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if cause != nil {
		kind := pool.Unavailable
		if connected && isTimeout(cause) {
			kind = pool.Timeout
		}
		return Response{}, connected, lost(ctx, failure(kind, cause))
	}
	defer func() { _ = response.Body.Close() }() // all that matters was read, or failed
	answer = Response{Status: response.StatusCode, Header: response.Header, At: time.Now()}
	if response.StatusCode < 200 { // 101: what follows is another protocol
		return answer, connected, nil
	}
	body, err, _ := c.readBody(response.Body)
	if err == nil && endless(response) {
		err = failure(pool.BadBody, errors.New("a body whose end is not marked"))
	}
	if err != nil {
		err.Upstream = &pool.Upstream{HTTPStatus: response.StatusCode}
		return Response{}, connected, lost(ctx, err)
	}
	answer.Body, answer.At = body, time.Now()
	return answer, connected, nil
}

// lost is err, or that ctx ended.
func lost(ctx context.Context, err *pool.Error) *pool.Error {
	if ctx.Err() == nil {
		return err
	}
	return &pool.Error{Kind: pool.Timeout, Upstream: err.Upstream, Err: ctx.Err()}
}

// endless tells whether a body ends only where the connection does, so that a cut one looks
// whole. (An unpacked one has no length either, but gzip marks the end.)
func endless(r *http.Response) bool {
	return r.ContentLength < 0 && len(r.TransferEncoding) == 0 && !r.Uncompressed
}

// judge asks Judge, where the status lets it have a say. The connection carried one request, so that
// an answer, however early it came, is the answer to that.
func (w Write) judge(r Response) pool.Sent {
	var sent pool.Sent
	if class := r.Status / 100; class == 2 || class == 4 {
		sent = w.Judge(r)
	}
	if !borne(sent.State, r.Status) {
		sent.State = pool.CallUnknown
	}
	if sent.Err == nil && sent.State != pool.CallPlaced {
		sent.Err = &pool.Error{Kind: pool.Failed, Upstream: &pool.Upstream{HTTPStatus: r.Status}}
	}
	if sent.Native == nil && utf8.Valid(r.Body) && json.Valid(r.Body) {
		sent.Native = r.Body
	}
	return sent
}

// borne tells whether an answer of this status can mean s.
func borne(s pool.SentState, status int) bool {
	switch s {
	case pool.CallPlaced, pool.CallPartial:
		return status/100 == 2
	case pool.CallRejected:
		return status/100 == 4
	case pool.CallNotSent, pool.CallUnknown:
		return true
	}
	return false
}
