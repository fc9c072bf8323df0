// Package huaweisim is a simulated Huawei Cloud: the reads of Workspace, its
// catalogue, prices, change orders and jobs, as much of IAM as a client needs,
// and of the billing service (BSS) what concerns orders. It checks as the real
// gateway does (route, size, authentication, throttle, project, tenant,
// parameters, resource, conflict) and answers in the real wire format. Where
// Huawei documents nothing, a comment says "chosen".
//
// It never imports the adapter it is there to test.
package huaweisim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Sim is a simulated cloud: Workspace, IAM and BSS on one address. It is safe for concurrent use.
type Sim struct {
	cfg     Config
	handler http.Handler
	keys    lock // after bad signatures
	users   lock // after bad passwords
	reads   limiter
	writes  limiter
	book    book

	mu       sync.Mutex
	requests map[string]int
}

// New returns a simulated cloud.
func New(cfg Config) *Sim {
	if cfg.World == nil {
		cfg.World = NewWorld(0, WorldOptions{Region: cfg.Region})
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.JobTime = cmp.Or(cfg.JobTime, time.Second)
	s := &Sim{
		cfg:      cfg,
		keys:     lock{tries: 5, hold: 5 * time.Minute},
		users:    lock{tries: 5, hold: 15 * time.Minute},
		reads:    limiter{perMinute: cfg.ReadsPerMinute},
		writes:   limiter{perMinute: cfg.WritesPerMinute},
		book:     book{world: cfg.World, jobTime: cfg.JobTime, byID: map[string]*order{}},
		requests: map[string]int{},
	}
	name := func(r *http.Request) string { op, _ := route(r); return op.name }
	s.handler = cfg.Faults.Wrap(cfg.Source, name, s.shape(), http.HandlerFunc(s.serve))
	return s
}

// ServeHTTP answers one request.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op, _ := route(r)
	s.mu.Lock()
	s.requests[op.name]++
	s.mu.Unlock()
	s.handler.ServeHTTP(w, r)
}

// Requests is how many requests of an operation, as in ListDesktopPools, have
// come in, whatever became of them; of "", how many in all.
func (s *Sim) Requests(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if operation != "" {
		return s.requests[operation]
	}
	n := 0
	for _, k := range s.requests {
		n += k
	}
	return n
}

// call is one request on its way through the checks.
type call struct {
	op     operation
	r      *http.Request
	target string // the id in the path: a pool's, a desktop's, a job's, an order's
	query  url.Values
	body   []byte
	now    time.Time
	world  *World // as it is now
	write  *Write // of an order
}

// reply is a good answer.
type reply struct {
	status int // 0: 200
	token  string
	body   any // nil: none
}

func (s *Sim) serve(w http.ResponseWriter, r *http.Request) {
	op, params := route(r)
	c := call{op: op, r: r, target: params["id"], now: s.cfg.Now().UTC()}
	out, err := s.answer(&c, params["project_id"])
	if err != nil {
		s.fail(w, op, *err)
		return
	}
	if out.token != "" {
		w.Header().Set("X-Subject-Token", out.token)
	}
	s.write(w, op, requestID(), max(out.status, http.StatusOK), out.body)
}

// answer makes the checks in the gateway's order.
func (s *Sim) answer(c *call, project string) (reply, *failure) {
	if c.op.serve == nil {
		return reply{}, &failure{404, "APIGW.0101", "The API does not exist or has not been published in the environment"}
	}
	if err := c.read(); err != nil {
		return reply{}, err
	}
	if c.op.order {
		c.write = s.book.note(c)
	}
	if !c.op.open {
		who, err := s.authenticate(c)
		if err != nil {
			return reply{}, err
		}
		if err := s.throttle(who, c); err != nil {
			return reply{}, err
		}
		if err := s.admit(who, project, c); err != nil {
			return reply{}, err
		}
	}
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return reply{}, invalid("the query string is malformed")
	}
	c.query, c.world = values, s.book.at(c.now)
	return c.op.serve(s, c)
}

// The gateway's bounds. Only that of the body is documented; the others are chosen.
const (
	maxBody   = 12 << 20
	maxURI    = 32 << 10
	maxHeader = 64 << 10 // a token alone may have 40,000 bytes
)

// read holds the request against the bounds, and keeps its body.
func (c *call) read() *failure {
	if len(c.r.RequestURI) > maxURI {
		return &failure{414, "APIGW.0201", "Request URI too large"}
	}
	size := 0
	for k, vs := range c.r.Header {
		for _, v := range vs {
			size += len(k) + len(v)
		}
	}
	if size > maxHeader {
		return &failure{494, "APIGW.0201", "Request headers too large"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &failure{413, "APIGW.0201", "Request entity too large"}
	case err != nil:
		return &failure{400, "APIGW.0201", "Bad request"}
	}
	c.body = body
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// throttle holds the caller to the reads or the writes of a minute.
func (s *Sim) throttle(who identity, c *call) *failure {
	limit := &s.reads
	if c.r.Method != http.MethodGet {
		limit = &s.writes
	}
	if !limit.allow(who.user+" "+c.op.name, c.now) {
		return throttled(limit.perMinute)
	}
	return nil
}

// admit holds the caller against the project in the path or, for BSS, against
// the account; and the tenant against its subscription.
func (s *Sim) admit(who identity, project string, c *call) *failure {
	if c.op.service == iam {
		return nil
	}
	if c.op.service == bss {
		if who.domain != s.cfg.DomainID {
			return &failure{403, "CBC.0151", "Access denied."}
		}
		return nil
	}
	header := c.r.Header.Get("X-Project-Id")
	if project != s.cfg.ProjectID || who.project != s.cfg.ProjectID || (header != "" && header != project) {
		return &failure{403, "WKS.0003", "The project does not match the credentials."} // code chosen
	}
	if s.cfg.NotSubscribed {
		return &failure{403, "WKS.00010099", "The Workspace service is not enabled."}
	}
	return nil
}

func requestID() string { return fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()) }
