package huaweisim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testProject = "0bec5db98280d2d02fd6c00c2de791ce"
	testRegion  = "cn-north-4"
	testAccess  = "AKTEST"
	testSecret  = "SKTEST"
	v2          = "/v2/" + testProject
)

// testClock is a clock that tests move.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *testClock {
	return &testClock{now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testCloud is a simulated cloud behind HTTP, and a client of it.
type testCloud struct {
	*Sim
	t     *testing.T
	clock *testClock
	srv   *httptest.Server
}

// start serves a cloud with one key and one user, changed by change.
func start(t *testing.T, change func(*Config)) *testCloud {
	t.Helper()
	clock := newClock()
	cfg := Config{
		Source: "hw", Region: testRegion, ProjectID: testProject, DomainID: "d0", Now: clock.Now,
		Keys:  []Key{{Access: testAccess, Secret: testSecret}},
		Users: []User{{"reader", "secret", "acme"}},
		World: NewWorld(1, WorldOptions{Pools: 24, Desktops: 2400, Region: testRegion, ArrayAddresses: true}),
	}
	if change != nil {
		change(&cfg)
	}
	c := &testCloud{Sim: New(cfg), t: t, clock: clock}
	c.srv = httptest.NewServer(c.Sim)
	// On a kept connection, Go's client would send a lost read once more.
	c.srv.Client().Transport.(*http.Transport).DisableKeepAlives = true
	t.Cleanup(c.srv.Close)
	return c
}

// answered is an answer as a client has it.
type answered struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// code is the error's code and message as "status code message".
func (a answered) code() string {
	var e struct {
		Code string `json:"error_code"`
		Msg  string `json:"error_msg"`
	}
	if err := json.Unmarshal(a.body, &e); err != nil {
		return fmt.Sprintf("%d: not JSON: %s", a.status, a.body)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", a.status, e.Code, e.Msg))
}

func (c *testCloud) request(method, target, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.srv.URL+target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	return req
}

func (c *testCloud) send(req *http.Request) answered {
	res, err := c.srv.Client().Do(req)
	if err != nil {
		return answered{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return answered{res.StatusCode, res.Header, b, err}
}

// get sends a signed GET.
func (c *testCloud) get(target string) answered {
	c.t.Helper()
	req := c.request(http.MethodGet, target, "")
	sign(req, "", testAccess, testSecret, c.clock.Now(), "host", "x-project-id", "x-sdk-date")
	return c.send(req)
}

// read is get into a value, which must succeed.
func read[T any](c *testCloud, target string) T {
	c.t.Helper()
	a := c.get(target)
	if a.err != nil || a.status != http.StatusOK {
		c.t.Fatalf("GET %s: %v, %s", target, a.err, a.code())
	}
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		c.t.Fatalf("GET %s: %v", target, err)
	}
	return v
}

// sign signs a request, written from Huawei's description of the algorithm
// apart from the verifier under test.
func sign(req *http.Request, body, access, secret string, at time.Time, headers ...string) {
	req.Header.Set("X-Project-Id", testProject)
	req.Header.Set("X-Sdk-Date", at.UTC().Format("20060102T150405Z"))
	var lines string
	for _, h := range headers {
		value := req.Header.Get(h)
		if h == "host" {
			value = req.URL.Host
		}
		lines += h + ":" + value + "\n"
	}
	var pairs []string
	for k, vs := range req.URL.Query() {
		for _, v := range vs {
			pairs = append(pairs, strings.ReplaceAll(url.QueryEscape(k)+"="+url.QueryEscape(v), "+", "%20"))
		}
	}
	sort.Strings(pairs)
	signed := strings.Join(headers, ";")
	canonical := fmt.Sprintf("%s\n%s/\n%s\n%s\n%s\n%x", req.Method, req.URL.EscapedPath(), strings.Join(pairs, "&"),
		lines, signed, sha256.Sum256([]byte(body)))
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "SDK-HMAC-SHA256\n%s\n%x", req.Header.Get("X-Sdk-Date"), sha256.Sum256([]byte(canonical)))
	req.Header.Set("Authorization", fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%x", access, signed, mac.Sum(nil)))
}
