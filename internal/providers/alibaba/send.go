package alibaba

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

var errUnclear = errors.New("the answer does not say whether the order was placed")

// Send makes one call: a POST of its own signature and nonce, without a body,
// on a connection of its own.
func (r *orderer) Send(ctx context.Context, c pool.OrderCall, at time.Time) pool.Sent {
	p, _, err := readCall(c)
	if err != nil {
		return pool.Sent{State: pool.CallNotSent, Err: r.ecd.fail(pool.Failed, placeOp, err)}
	}
	params := url.Values{}
	for name, value := range p {
		params.Set(name, value)
	}
	return r.ecd.write(ctx, call{op: placeOp, action: c.Operation, params: params}, at, func(a transport.Response) pool.Sent {
		return r.ecd.sent(c, p, a)
	})
}

// sent says what became of a call that was answered.
func (c *rpcClient) sent(order pool.OrderCall, p parameters, r transport.Response) pool.Sent {
	var said failure
	isObject := said.read(r.Body)
	state, ids := outcome(order.Operation, r.Status, r.Body)
	sent := pool.Sent{State: state, RequestID: c.clean(said.requestID(r), maxText), Native: c.native(&said, r.Body)}
	for _, id := range ids {
		made := pool.CloudOrder{ID: id, PaymentState: pool.PayAwaitingPayment}
		if p["AutoPay"] == "true" {
			made.PaymentState = pool.PayProcessing
		}
		if len(ids) == 1 { // of several the cloud does not say which is whose
			made.DesktopIDs = order.DesktopIDs
		}
		sent.Orders = append(sent.Orders, made)
	}
	if state == pool.CallPlaced {
		return sent
	}
	code := text(said.Code)
	if code == codeExpired {
		c.learnClock(r)
	}
	kind, _ := classify(code, r.Status)
	sent.Err = &pool.Error{Kind: kind, Upstream: c.upstream(&said, r)}
	switch {
	case r.Status < 300 && !isObject:
		sent.Err.Kind, sent.Err.Err = pool.BadBody, errNotJSON
	case r.Status < 300:
		sent.Err.Err = errUnclear
	case state == pool.CallNotSent || r.Status == http.StatusTooManyRequests:
		sent.Err.RetryAfter = retryAfter(r.Header)
	}
	return sent
}

// native is an answer as it came, unless it holds our credentials: then it is
// without the Message, in which SignatureDoesNotMatch repeats the request.
func (c *rpcClient) native(said *failure, body []byte) json.RawMessage {
	if text(said.Code) != codeBadSignature && !c.holdsSecret(body) {
		return nil // as it came
	}
	rest := wire.Envelope(body, "Message", "message", "MESSAGE")
	if rest == nil || c.holdsSecret(rest) {
		return json.RawMessage("{}")
	}
	return rest
}

func (c *rpcClient) holdsSecret(body []byte) bool {
	key := c.credentials()
	for _, secret := range []pool.Secret{key.SecretKey, key.SecurityToken, key.AccessKey} {
		if secret.Given() && strings.Contains(string(body), secret.Reveal()) {
			return true
		}
	}
	return false
}
