package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/handlers"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
)

// The keys of the tests, named after what they may do.
const (
	keyAll      = "key-with-every-scope-0001"
	keyRead     = "key-with-pools-read-0002"
	keyNative   = "key-with-native-read-0003" // and pools:read
	keyPersonal = "key-with-personal-read-04" // and pools:read
	keyNothing  = "key-without-any-scope-005"
	keyOther    = "key-of-another-tenant-006" // every scope, over setup.other
	keyBuyer    = "key-that-may-order-000007" // orders:write and orders:estimate, and so orders:read
	keyClerk    = "key-with-orders-read-0008"
)

const (
	publicURL = "https://deskpool.test"
	cursorKey = "a key that seals the cursors of the tests"
)

// setup is what a gateway stands on.
type setup struct {
	sources  []pool.Source    // of the first tenant
	other    []pool.Source    // of the second tenant
	now      func() time.Time // nil: time stands still, so that no age changes
	draining func() bool
	orders   *orders.Desk // nil: one without a ledger
	detail   func(context.Context) map[string]string
	spec     []byte // nil: openapi.yaml, as JSON
}

// gateway is the API, asked over connections in memory. Every exchange is held against openapi.yaml.
type gateway struct {
	t        testing.TB
	key      string // sent unless a request has an Authorization of its own
	handler  http.Handler
	server   *pipetest.Listener
	log      *journal
	contract *contract
}

// start serves the API over the sources of s until the test ends.
func start(t testing.TB, s setup) *gateway {
	t.Helper()
	if s.now == nil {
		begun := time.Now()
		s.now = func() time.Time { return begun }
	}
	if s.spec == nil {
		s.spec = openAPI().json
	}
	one, two := pool.NewService(s.sources), pool.NewService(s.other)
	every := []string{
		handlers.ScopeAdmin, handlers.ScopeNativeRead, handlers.ScopeOrdersEstimate, handlers.ScopeOrdersPay, handlers.ScopeOrdersRead,
		handlers.ScopeOrdersWrite, handlers.ScopePersonalRead, handlers.ScopePoolsRead,
	}
	callers := map[[sha256.Size]byte]handlers.Caller{}
	for key, c := range map[string]handlers.Caller{
		keyAll:      {KeyID: "all", Scopes: every},
		keyRead:     {KeyID: "read", Scopes: []string{handlers.ScopePoolsRead}},
		keyNative:   {KeyID: "native", Scopes: []string{handlers.ScopeNativeRead, handlers.ScopePoolsRead}},
		keyPersonal: {KeyID: "personal", Scopes: []string{handlers.ScopePersonalRead, handlers.ScopePoolsRead}},
		keyNothing:  {KeyID: "nothing"},
		keyOther:    {KeyID: "other", Scopes: every},
		keyBuyer:    {KeyID: "buyer", Scopes: []string{handlers.ScopeOrdersEstimate, handlers.ScopeOrdersWrite}},
		keyClerk:    {KeyID: "clerk", Scopes: []string{handlers.ScopeOrdersRead}},
	} {
		c.Tenant, c.Service = "one", one
		if key == keyOther {
			c.Tenant, c.Service = "two", two
		}
		callers[sha256.Sum256([]byte(key))] = c
	}
	g := &gateway{t: t, key: keyAll, log: &journal{}, contract: openAPI()}
	h, err := handlers.New(handlers.Options{
		Spec: s.spec, Auth: handlers.APIKeys(callers), Clouds: []pool.Cloud{pool.Huawei, pool.Alibaba, pool.Memory},
		PublicURL: publicURL, CursorKey: []byte(cursorKey), Log: zerolog.New(g.log), Now: s.now, Draining: s.draining,
		Orders: s.orders, Detail: s.detail,
	})
	if err != nil {
		t.Fatal(err)
	}
	g.handler, g.server = h, pipetest.Serve(t, h)
	return g
}

// as is the same gateway, asked with another key.
func (g *gateway) as(key string) *gateway {
	other := *g
	other.key = key
	return &other
}

// in is the same gateway, in another test.
func (g *gateway) in(t testing.TB) *gateway {
	other := *g
	other.t = t
	return &other
}

// request is one request, written as it stands.
type request struct {
	method, target string
	headers        []string // as in "Accept: application/json"
	body           string
}

// reply is the answer to a request.
type reply struct {
	status int
	header http.Header
	body   []byte
	cut    bool // the connection ended within the body
}

// get asks with GET.
func (g *gateway) get(target string, headers ...string) reply {
	g.t.Helper()
	return g.send(request{method: http.MethodGet, target: target, headers: headers})
}

// send sends a request over a connection of its own, and holds the exchange against the contract.
func (g *gateway) send(r request) reply {
	g.t.Helper()
	wire := g.wire(r)
	parsed, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		g.t.Fatalf("%s %s is no request: %v", r.method, r.target, err)
	}
	rep := g.roundTrip(wire, parsed)
	if g.t.Failed() && rep.status == 0 {
		return rep
	}
	g.contract.check(g.t, parsed, rep)
	return rep
}

// post asks with POST and a JSON body.
func (g *gateway) post(target, body string, headers ...string) reply {
	g.t.Helper()
	headers = append([]string{"Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body))}, headers...)
	return g.send(request{method: http.MethodPost, target: target, headers: headers, body: body})
}

// wire is a request as bytes.
func (g *gateway) wire(r request) []byte {
	var b bytes.Buffer
	b.WriteString(r.method + " " + r.target + " HTTP/1.1\r\nHost: deskpool.test\r\nConnection: close\r\n")
	if g.key != "" && !strings.Contains(strings.ToLower(strings.Join(r.headers, "\n")), "authorization:") {
		b.WriteString("Authorization: Bearer " + g.key + "\r\n")
	}
	for _, h := range r.headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n" + r.body)
	return b.Bytes()
}

// roundTrip sends bytes and reads one answer.
func (g *gateway) roundTrip(wire []byte, parsed *http.Request) reply {
	g.t.Helper()
	conn := g.dial()
	defer func() { _ = conn.Close() }()
	go func() { _, _ = conn.Write(wire) }() // a server may answer before it has read all
	resp, err := http.ReadResponse(bufio.NewReader(conn), parsed)
	if err != nil {
		g.t.Errorf("%s %s: no answer: %v", parsed.Method, parsed.RequestURI, err)
		return reply{}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, header: resp.Header, body: body, cut: err != nil}
}

// ok is the body of a request that must be answered 200.
func (g *gateway) ok(target string, headers ...string) map[string]any {
	g.t.Helper()
	rep := g.get(target, headers...)
	if rep.status != http.StatusOK {
		g.t.Fatalf("GET %s: %d %s", target, rep.status, rep.body)
	}
	return rep.json(g.t)
}

// json is the body as JSON.
func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("the body is no JSON object: %v: %.200s", err, r.body)
	}
	return v
}

// journal keeps what is logged.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// dial connects to the gateway.
func (g *gateway) dial() net.Conn {
	g.t.Helper()
	conn, err := g.server.Dial(g.t.Context(), "", "")
	if err != nil {
		g.t.Fatal(err)
	}
	return conn
}
