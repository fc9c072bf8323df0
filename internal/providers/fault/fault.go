// Package fault breaks a simulated cloud on purpose.
package fault

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
	LoseAnswer Kind = "lose_answer" // do it, then lose the answer, in the way of As
)

// The kinds that break not the answer but the cloud's trade. Wrap leaves them to the
// simulated cloud, which asks Of and does what its operation can: where a kind means
// nothing to an operation, it only uses up the count. So Operation should be given.
const (
	SoldOut        Kind = "sold_out"        // refuse an order for want of stock
	PartialFailure Kind = "partial_failure" // carry out a part of an order
	PriceMoved     Kind = "price_moved"     // ask for more than before
	LateListing    Kind = "late_listing"    // list orders as if the newest were not there yet
)

// kinds are all of them, in the order in which an error lists them.
var kinds = []Kind{Latency, Hang, Error, Throttle, Cut, HTML, Drift, LoseAnswer, SoldOut, PartialFailure, PriceMoved, LateListing}

// ofTrade tells whether the kind is for the simulated cloud.
func (k Kind) ofTrade() bool {
	return k == SoldOut || k == PartialFailure || k == PriceMoved || k == LateListing
}

// maxLatencyMS is one hour: longer than any client waits.
const maxLatencyMS = 3_600_000

// Fault is one knob. The JSON form is that of POST /sandbox/faults.
type Fault struct {
	Source      string  `json:"source"`                // empty: every source
	Operation   string  `json:"operation,omitempty"`   // the vendor's name; empty: every operation
	Kind        Kind    `json:"kind"`                  //
	Probability float64 `json:"probability,omitempty"` // 0..1; 0 means 1
	Count       int     `json:"count,omitempty"`       // how many times; 0: without end
	LatencyMS   int     `json:"latency_ms,omitempty"`  // with Latency
	As          Loss    `json:"as,omitempty"`          // with LoseAnswer; empty: LostByReset
}

// check returns every fault of f, each with the name of its JSON field.
func (f Fault) check() error {
	var errs []error
	if !slices.Contains(kinds, f.Kind) {
		errs = append(errs, fmt.Errorf("kind: %q is none of %s", f.Kind, list(kinds)))
	}
	if f.Probability < 0 || f.Probability > 1 || math.IsNaN(f.Probability) {
		errs = append(errs, fmt.Errorf("probability: %v is not between 0 and 1", f.Probability))
	}
	if f.Count < 0 {
		errs = append(errs, fmt.Errorf("count: %d is negative", f.Count))
	}
	switch {
	case f.Kind == Latency && (f.LatencyMS <= 0 || f.LatencyMS > maxLatencyMS):
		errs = append(errs, fmt.Errorf("latency_ms: %d is not between 1 and %d", f.LatencyMS, maxLatencyMS))
	case f.Kind != Latency && f.LatencyMS != 0:
		errs = append(errs, fmt.Errorf("latency_ms: only with kind %q", Latency))
	}
	switch {
	case f.As != "" && f.Kind != LoseAnswer:
		errs = append(errs, fmt.Errorf("as: only with kind %q", LoseAnswer))
	case f.As != "" && !slices.Contains(losses, f.As):
		errs = append(errs, fmt.Errorf("as: %q is none of %s", f.As, list(losses)))
	}
	return errors.Join(errs...)
}

// list writes words with commas between them.
func list[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

func (f Fault) concerns(source, operation string) bool {
	return (f.Source == "" || f.Source == source) && (f.Operation == "" || f.Operation == operation)
}

func (f Fault) happens() bool { return f.Probability == 0 || rand.Float64() < f.Probability }
