package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// call is what the middlewares know of a request: who calls, what is asked,
// and what became of it, for the log line.
type call struct {
	requestID string
	start     time.Time
	caller    *Caller       // nil on open routes
	service   *pool.Service // what the caller sees, as fresh as they want it
	op        *operation
	media     string // the media type that was agreed on
	applied   string // the preferences that are kept
	key       string // the Idempotency-Key
	body      []byte
	outcomes  []pool.Outcome
	order     string   // the id of the order that the answer is about
	state     string   // and its state
	problem   *Problem // what was answered instead; nil if all went well
	cause     error    // behind the problem, for the log only
}

type callKey struct{}

// withCall returns r with a fresh call.
func withCall(r *http.Request, c *call) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callKey{}, c))
}

// callOf returns the call of a request that went through the middlewares.
func callOf(r *http.Request) *call {
	c, _ := r.Context().Value(callKey{}).(*call)
	return c
}
