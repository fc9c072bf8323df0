package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	projectID = "0bec5db98280d2d02fd6c00c2de791ce"
	groupID   = "dg-2i8qxpv6t1a03" + idEnd
)

// cloud answers one documented operation with one body. Requests that the
// document does not allow fail the test.
type cloud struct {
	doc    document
	status int
	body   string

	mu    sync.Mutex
	asked map[string]bool // parameters
	reads int64           // answered with body
}

// open starts the gateway before the cloud.
func (c *cloud) open(t *testing.T, kind string) *server {
	t.Helper()
	c.asked = map[string]bool{}
	mux := http.NewServeMux()
	source := "  - { id: hw, cloud: huawei, region: cn-north-7, project_id: " + projectID
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("asked for %s %s, which the document does not have", r.Method, r.URL)
		http.NotFound(w, r)
	})
	if kind == "huawei" {
		mux.HandleFunc(c.doc.operation, func(w http.ResponseWriter, r *http.Request) { c.huawei(t, w, r) })
	} else {
		source = "  - { id: ali, cloud: alibaba, region: cn-hangzhou"
		mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) { c.alibaba(t, w, r) })
	}
	upstream := httptest.NewServer(mux)
	t.Cleanup(upstream.Close)
	return start(t, map[string]string{"ID": "documents-key-id", "SECRET": "documents-secret"}, "-config", writeConfig(t, `
auth: { mode: none }
log: { level: error }
allow_insecure_endpoints: true
sources:
`+source+", endpoint: "+upstream.URL+", credentials: { access_key: { env: ID }, secret_key: { env: SECRET } } }\n"))
}

// answer writes the body, once it has checked the request's parameters.
func (c *cloud) answer(t *testing.T, w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	query := r.URL.Query()
	for name := range query {
		if _, documented := c.doc.parameters[name]; !documented {
			t.Errorf("%s: the parameter %s is not documented", r.URL, name)
		}
		c.asked[name] = true
	}
	for name, mandatory := range c.doc.parameters {
		if mandatory && !query.Has(name) {
			t.Errorf("%s: the parameter %s is missing", r.URL, name)
		}
	}
	body := c.body
	if query.Has("NextToken") {
		body = `{"RequestId":"the last page"}`
	} else {
		c.reads++
	}
	reply(w, max(c.status, http.StatusOK), body)
}

func (c *cloud) huawei(t *testing.T, w http.ResponseWriter, r *http.Request) {
	if got := r.PathValue("project_id"); got != projectID {
		t.Errorf("asked for project %q, want %q", got, projectID)
	}
	c.answer(t, w, r)
}

// alibaba also answers DescribeDesktops, which a read of one desktop asks first
// and another document describes.
func (c *cloud) alibaba(t *testing.T, w http.ResponseWriter, r *http.Request) {
	switch action := r.Header.Get("X-Acs-Action"); action {
	case c.doc.operation:
		if got := r.URL.Query().Get("DesktopGroupId"); got != groupID {
			t.Errorf("asked for group %q, want %q", got, groupID)
		}
		c.answer(t, w, r)
	case "DescribeDesktops":
		reply(w, http.StatusOK, `{"Desktops":[{"DesktopId":"`+r.URL.Query().Get("DesktopId.1")+`","DesktopGroupId":"`+groupID+`"}]}`)
	default:
		t.Errorf("asked for %q, want %q", action, c.doc.operation)
		reply(w, http.StatusBadRequest, `{"Code":"InvalidAction.NotFound"}`)
	}
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a gateway that has left is seen by the test
}

// parameters lists those that were given so far.
func (c *cloud) parameters() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(c.asked)), " ")
}

// times is how often body was sent so far.
func (c *cloud) times() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}

// fetch reads a route of the gateway that must answer 200.
func fetch(t *testing.T, s *server, path string) any {
	t.Helper()
	code, body := get(t, http.MethodGet, s.public+path, "", "")
	if code != http.StatusOK {
		t.Fatalf("%s: %d: %s", path, code, body)
	}
	return decoded(t, body)
}
