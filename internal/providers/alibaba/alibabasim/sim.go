// Package alibabasim is a simulated Alibaba Cloud Elastic Desktop Service, API
// version 2020-09-30, for tests and the sandbox: reads, prices and orders over a
// seeded world, and the order part of its billing product BssOpenApi, version
// 2017-12-14, with real signatures, paging, throttling and errors. It is written
// from the vendor's documents and knows nothing of the adapter.
//
// An order has an effect once it is paid. What a desktop is like follows from
// what was done to it and from the clock; nothing runs in the background.
package alibabasim

import (
	"net/http"
	"sync"
	"time"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// Key is an access key that the simulated cloud knows.
type Key struct {
	ID, Secret    string
	SecurityToken string    // not empty: a temporary (STS) key, which must send it
	Expires       time.Time // zero: never; later requests are InvalidSecurityToken.Expired
	Disabled      bool      // InvalidAccessKeyId.Inactive
	Deny          []string  // operations that RAM denies; "*" is all of them
}

// Config says what is simulated. Only Keys and World are needed.
//
// The knobs at its end are what the vendor leaves open; their zero values are
// what is most likely true.
type Config struct {
	Source    string // the name that faults know it by
	Region    string // empty: the world's
	Keys      []Key
	World     *World
	Faults    *fault.Set
	Now       func() time.Time // nil: time.Now
	PerSecond int              // requests a second for one key and operation; 0: no limit

	ChangeTime          time.Duration // how long a start, stop, reset or change takes; 0: one second
	Guard               time.Duration // between two orders for one desktop; 0: 5 minutes, negative: none
	BillingDelay        time.Duration // after which the billing product knows an order
	InsufficientBalance bool          // orders that pay at once are refused

	EmptyLastToken      bool // the last page says NextToken "" instead of nothing
	UnknownGroupError   bool // an unknown group is InvalidDesktopGroupId.NotFound, not an empty answer
	ListDeletedInCounts bool // DesktopCount and CountPerStatus include Deleted
	PageEachArray       bool // MaxResults bounds PaidDesktops and PostPaidDesktops each, not together
	BadTokenEmptyPage   bool // a NextToken that is not ours is an empty last page, not InvalidNextToken
	OrderEachDesktop    bool // ModifyDesktopSpec makes one order for each desktop, not one for all
	UnpaidBlocks        bool // a desktop with an unpaid order takes no other: Order.Unpaid
}

// Sim is one simulated account in one region. It is safe for concurrent use.
type Sim struct {
	c        Config
	keys     map[string]Key
	nonces   nonceStore
	buckets  buckets
	handler  http.Handler
	mu       sync.Mutex
	requests map[string]int

	state   sync.RWMutex // held by each operation: what it does is done as a whole
	history history
	book    book
}

// New returns the simulated cloud of c.
func New(c Config) *Sim {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Region == "" {
		c.Region = c.World.region
	}
	if c.ChangeTime == 0 {
		c.ChangeTime = time.Second
	}
	if c.Guard == 0 {
		c.Guard = 5 * time.Minute
	}
	s := &Sim{c: c, keys: make(map[string]Key, len(c.Keys)), requests: make(map[string]int)}
	for _, k := range c.Keys {
		s.keys[k.ID] = k
	}
	s.handler = c.Faults.Wrap(c.Source, operationOf, fault.Shape{
		Error:    func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, errInternal()) },
		Throttle: func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, errThrottled(1, time.Second)) },
	}, http.HandlerFunc(s.serve))
	return s
}

// ServeHTTP answers one request: it is read, counted, perhaps broken on
// purpose, then verified and answered.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := readCall(w, r)
	s.count(c.action)
	r = r.WithContext(withCall(r.Context(), c))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	c.write = s.note(r, c.action)
	s.handler.ServeHTTP(w, r)
}

// Requests is how many requests for an operation arrived so far, whatever
// became of them; "" counts them all.
func (s *Sim) Requests(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[operation]
}

func (s *Sim) count(action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[""]++
	if findOperation(action).do != nil {
		s.requests[action]++
	}
}

func operationOf(r *http.Request) string { return callOf(r.Context()).action }

// serve checks in the order of the gateway: who asks, how often, for what.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	key, err := s.authenticate(c)
	if err == nil {
		err = s.admit(key, c)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := &params{values: c.merged(), requestID: newRequestID(), fault: fault.Of(r), write: c.write}
	answer := s.perform(findOperation(c.action), p)
	if p.err != nil {
		s.refuse(w, r, p.err)
		return
	}
	s.write(w, http.StatusOK, p.requestID, answer)
}

// perform runs an operation over the state as it is now.
func (s *Sim) perform(op operation, p *params) any {
	if op.version == apiVersion {
		region := p.required("RegionId")
		if p.err == nil && !knownRegion(region) {
			p.fail(errUnknownRegion())
		}
		p.elsewhere = region != s.c.Region
	}
	if p.err != nil {
		return nil
	}
	if op.writes {
		s.state.Lock()
		defer s.state.Unlock()
	} else {
		s.state.RLock()
		defer s.state.RUnlock()
	}
	p.now = s.c.Now()
	p.view = view{&s.history, p.now}
	return op.do(s, p)
}

// admit checks permission, rate, product, version and operation, in this order.
func (s *Sim) admit(key Key, c *call) *apiError {
	op := findOperation(c.action)
	if key.denies(c.action) {
		return errNoPermission(c.action, c.version)
	}
	if s.c.PerSecond > 0 {
		bucket := key.ID
		if op.do != nil {
			bucket += "\n" + c.action
		}
		if wait := s.buckets.take(bucket, s.c.PerSecond, s.c.Now()); wait > 0 {
			return errThrottled(s.c.PerSecond, wait)
		}
	}
	switch {
	case !serves(c.host, c.version):
		return errUnknownProduct()
	case c.version != apiVersion && c.version != billingVersion:
		return errUnknownVersion()
	case op.version != c.version:
		return errUnknownAction()
	}
	return nil
}

func (k Key) denies(action string) bool {
	for _, d := range k.Deny {
		if d == "*" || d == action {
			return true
		}
	}
	return false
}
