package fault

import (
	"net/http"
	"sync"
	"time"
)

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
	kind    Kind            // to the request or its answer; empty: nothing but the wait
	as      Loss            // of LoseAnswer
	trade   Kind            // what the simulated cloud is to do; empty: nothing
	cleared <-chan struct{} // closed when Clear is called
}

// plan takes what happens to one request out of the counts: every latency that
// concerns it, the first fault of trade, and the first other one.
func (s *Set) plan(source, operation string) plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p plan
	kept := s.faults[:0]
	for _, f := range s.faults {
		if p.takes(f) && f.concerns(source, operation) && f.happens() {
			p.add(f)
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

// takes tells whether f can happen besides what is planned already.
func (p *plan) takes(f Fault) bool {
	switch {
	case f.Kind == Latency:
		return true
	case f.Kind.ofTrade():
		return p.trade == ""
	}
	return p.kind == ""
}

func (p *plan) add(f Fault) {
	switch {
	case f.Kind == Latency:
		p.wait += time.Duration(f.LatencyMS) * time.Millisecond
	case f.Kind.ofTrade():
		p.trade = f.Kind
	default:
		p.kind, p.as = f.Kind, f.As
	}
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
