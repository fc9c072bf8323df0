// Package fault breaks a simulated cloud on purpose.
package fault

import (
	"errors"
	"net/http"
)

// Kind is a way to break.
type Kind string

// The kinds.
const (
	Latency    Kind = "latency"     // answer after LatencyMS
	Hang       Kind = "hang"        // never answer
	Error      Kind = "error"       // the cloud's own 500 error
	Throttle   Kind = "throttle"    // the cloud's own throttling error
	Cut        Kind = "cut"         // half of the body, then a closed connection
	HTML       Kind = "html"        // 502 with a page of HTML
	Drift      Kind = "drift"       // unknown fields, and numbers as text, in a good answer
	LoseAnswer Kind = "lose_answer" // do it, then close the connection without an answer
)

// Fault is one knob. The JSON form is that of POST /sandbox/faults.
type Fault struct {
	Source      string  `json:"source"`                // empty: every source
	Operation   string  `json:"operation,omitempty"`   // the vendor's name; empty: every operation
	Kind        Kind    `json:"kind"`                  //
	Probability float64 `json:"probability,omitempty"` // 0..1; 0 means 1
	Count       int     `json:"count,omitempty"`       // how many times; 0: without end
	LatencyMS   int     `json:"latency_ms,omitempty"`  // with Latency
}

// Set holds the faults of all simulated clouds. The zero value has none. It is safe for concurrent use.
type Set struct{}

// Add checks f and adds it.
func (s *Set) Add(f Fault) error { return errors.New("not written yet") }

// List returns the faults that are on, with what remains of their counts.
func (s *Set) List() []Fault { return nil }

// Clear takes all faults away, and lets go of requests that hang.
func (s *Set) Clear() {}

// Shape writes the errors in the cloud's own form.
type Shape struct{ Error, Throttle http.HandlerFunc }

// Wrap returns next with the faults of source. operation names the operation of a request.
// A nil *Set breaks nothing.
func (s *Set) Wrap(source string, operation func(*http.Request) string, shape Shape, next http.Handler) http.Handler {
	return next
}
