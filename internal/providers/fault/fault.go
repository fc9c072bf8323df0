// Package fault breaks a simulated cloud on purpose.
package fault

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
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
}

// check returns every fault of f, each with the name of its JSON field.
func (f Fault) check() error {
	var errs []error
	switch f.Kind {
	case Latency, Hang, Error, Throttle, Cut, HTML, Drift, LoseAnswer:
	default:
		errs = append(errs, fmt.Errorf("kind: %q is none of latency, hang, error, throttle, cut, html, drift, lose_answer", f.Kind))
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
	return errors.Join(errs...)
}

func (f Fault) concerns(source, operation string) bool {
	return (f.Source == "" || f.Source == source) && (f.Operation == "" || f.Operation == operation)
}

func (f Fault) happens() bool { return f.Probability == 0 || rand.Float64() < f.Probability }

// Set holds the faults of all simulated clouds. The zero value has none. It is safe for concurrent use.
type Set struct {
	mu       sync.Mutex
	faults   []Fault
	cleared  chan struct{} // closed by the next Clear
	shutdown map[*http.Server]chan struct{}
}

// Add checks f and adds it. Its error names the JSON fields at fault, one a line.
func (s *Set) Add(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	return nil
}

// List returns the faults that are on, with what remains of their counts. It is never nil.
func (s *Set) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Fault{}, s.faults...)
}

// Clear takes all faults away, and lets go of requests that hang.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	if s.cleared != nil {
		close(s.cleared)
		s.cleared = nil
	}
}

// plan is what is to happen to one request.
type plan struct {
	wait    time.Duration
	kind    Kind            // empty: nothing but the wait
	cleared <-chan struct{} // closed when Clear is called
}

// plan takes what happens to one request out of the counts: every latency that
// concerns it, and the first other fault.
func (s *Set) plan(source, operation string) plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p plan
	kept := s.faults[:0]
	for _, f := range s.faults {
		if (f.Kind == Latency || p.kind == "") && f.concerns(source, operation) && f.happens() {
			if f.Kind == Latency {
				p.wait += time.Duration(f.LatencyMS) * time.Millisecond
			} else {
				p.kind = f.Kind
			}
			if f.Count == 1 {
				continue
			}
			f.Count = max(0, f.Count-1)
		}
		kept = append(kept, f)
	}
	s.faults = kept
	if s.cleared == nil {
		s.cleared = make(chan struct{})
	}
	p.cleared = s.cleared
	return p
}

// stopping returns a channel that is closed when srv, which may be nil, is shut down.
// (A request's context ends with its connection, but Shutdown waits for that.)
func (s *Set) stopping(srv *http.Server) <-chan struct{} {
	if srv == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.shutdown[srv]
	if !ok {
		c = make(chan struct{})
		if s.shutdown == nil {
			s.shutdown = map[*http.Server]chan struct{}{}
		}
		s.shutdown[srv] = c
		srv.RegisterOnShutdown(sync.OnceFunc(func() { close(c) }))
	}
	return c
}
