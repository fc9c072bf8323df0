package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// reviewRetry is said of an order that waits for a person.
const reviewRetry = time.Minute

// placed answers with what became of an order. The bodies for states that are
// final depend on nothing but the record, so that replays are the same.
func (a *api) placed(w http.ResponseWriter, r *http.Request, rec orders.Record) {
	c := callOf(r)
	c.order, c.state = rec.ID, string(rec.State)
	h := w.Header()
	h.Set("Location", a.opts.PublicURL+"/v1/orders/"+rec.ID)
	h.Set("Order-State", string(rec.State))
	switch rec.State {
	case orders.Placed, orders.Partial:
		a.order(w, r, http.StatusCreated, rec, view{})
	case orders.Unknown:
		h.Set("Retry-After", strconv.Itoa(wholeSeconds(max(rec.NextLook.Sub(a.opts.Now()), time.Second))))
		a.order(w, r, http.StatusAccepted, rec, view{})
	case orders.NeedsReview:
		h.Set("Retry-After", strconv.Itoa(wholeSeconds(reviewRetry)))
		a.order(w, r, http.StatusAccepted, rec, view{})
	case orders.Rejected:
		a.fail(w, r, failure{
			code: OrderRejected, detail: meanings[OrderRejected].text, upstream: refusedBy(rec), requestID: rec.RequestID,
		})
	case orders.NotPlaced:
		a.fail(w, r, failure{code: OrderNotPlaced, detail: meanings[OrderNotPlaced].text, requestID: rec.RequestID})
	case orders.NotSent:
		a.fail(w, r, notSent(rec))
	default: // RESERVED, SENDING
		a.fail(w, r, failure{code: OrderInProgress, detail: meanings[OrderInProgress].text, retryAfter: time.Second})
	}
}

// notSent is the failure of an order of which nothing was sent.
func notSent(rec orders.Record) failure {
	f := failure{code: refusalCode(rec), detail: "Nothing was sent. The same key may try again."}
	switch f.code {
	case UpstreamThrottled:
		f.detail = "The cloud takes no more requests for now, and did not take this one. The same key may try again."
		f.upstream = refusedBy(rec)
	case UpstreamUnavailable:
		f.upstream = refusedBy(rec)
	}
	return f
}

// refusalCode is the code of the refusal of an order that has one.
func refusalCode(rec orders.Record) Code {
	var kind pool.Kind
	if rec.Refusal != nil {
		kind = rec.Refusal.Kind
	}
	switch {
	case rec.State == orders.Rejected, rec.State != orders.NotSent && kind == pool.Invalid:
		return OrderRejected
	case rec.State != orders.NotSent:
		return codeOf(kind)
	case kind == pool.Throttled, kind == orders.Unrecorded:
		return codeOf(kind)
	}
	return UpstreamUnavailable
}

// refusedBy is the refusal of an order as a source's failure; nil if there is none.
func refusedBy(rec orders.Record) *pool.Error {
	if rec.Refusal == nil {
		return nil
	}
	return &pool.Error{
		Kind: rec.Refusal.Kind, Source: rec.Source, Op: rec.Refusal.Op, Upstream: rec.Refusal.Upstream,
		RetryAfter: time.Duration(rec.Refusal.RetryAfterS) * time.Second,
	}
}

// orderFailure is the failure of a request about an order. What is not found
// has the code target.
func (a *api) orderFailure(err error, target Code) failure {
	e := pool.AsError(err)
	if e.Kind == pool.NotFound {
		return missing(err, target)
	}
	f := failure{code: codeOf(e.Kind), retryAfter: e.RetryAfter, cause: err}
	if e.Kind == pool.Invalid {
		if f.code = OrderRejected; len(e.Faults) > 0 {
			f.code = ValidationFailed
		}
	}
	f.detail = cmp.Or(e.Detail, meanings[f.code].text)
	switch f.code {
	case ValidationFailed:
		return *invalidBody(rows(e.Faults, fieldError))
	case CapabilityNotSupported:
		f.detail = "The source cannot do that. " + a.opts.PublicURL + "/v1/capabilities says what it can."
		f.errors = rows(e.Faults, fieldError)
	case OrderInProgress, UnresolvedOrder, PriceChanged, IdempotencyKeyMismatch, OrderNotFound, LedgerUnavailable: // no source is to blame
	default:
		if f.hopeless = errors.Is(err, orders.Settled); !f.hopeless {
			f.upstream = e
		}
	}
	return f
}
