package handlers_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool"
	"github.com/deskpool/deskpool/internal/handlers"
	"github.com/deskpool/deskpool/internal/pool"
)

// TestRoutesAreTheDocument: what is served is in openapi.yaml, and the other way round.
func TestRoutesAreTheDocument(t *testing.T) {
	h, err := handlers.New(handlers.Options{Spec: deskpool.OpenAPI})
	if err != nil {
		t.Fatal(err)
	}
	var served, described []string
	err = chi.Walk(h.(chi.Router), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		served = append(served, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range openAPI().doc.Paths.Map() {
		for method, o := range item.Operations() {
			described = append(described, method+" "+path)
			if scope, _ := o.Extensions["x-scope"].(string); scope == "" {
				t.Errorf("%s %s has no x-scope", method, path)
			}
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if diff := gocmp.Diff(described, served); diff != "" {
		t.Errorf("described and served:\n%s", diff)
	}
}

// TestUnfitDocument is refused at start, not at the first request.
func TestUnfitDocument(t *testing.T) {
	doc := string(deskpool.OpenAPI)
	for name, spec := range map[string]string{
		"no YAML":    "\tpaths",
		"no x-scope": strings.Replace(doc, "      x-scope: native:read\n", "", 1),
	} {
		if _, err := handlers.New(handlers.Options{Spec: []byte(spec)}); err == nil {
			t.Errorf("%s: the document is taken", name)
		}
	}
}

// TestProblemPages: the type of every problem leads to its explanation.
func TestProblemPages(t *testing.T) {
	g := tenants(t)
	codes := g.contract.doc.Components.Schemas["Problem"].Value.Properties["code"].Value.Extensions["x-known-values"].([]any)
	if len(codes) < 20 {
		t.Fatalf("only %d codes", len(codes))
	}
	for _, c := range codes {
		code := c.(string)
		rep := g.as("").get("/problems/" + strings.ReplaceAll(strings.ToLower(code), "_", "-"))
		body := string(rep.body)
		if rep.status != http.StatusOK || !strings.HasPrefix(body, code+" (") || rep.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %s", code, rep.status, body)
		}
		if strings.Contains(body, "may succeed later") == strings.Contains(body, "will fail again") {
			t.Errorf("%s does not say whether to repeat: %s", code, body)
		}
	}
	for _, slug := range []string{"nothing", "not--found", "x"} {
		if rep := g.get("/problems/" + slug); rep.status != 404 || rep.json(t)["code"] != "NOT_FOUND" {
			t.Errorf("%s: %d %s", slug, rep.status, rep.body)
		}
	}
}

// TestDocuments: both forms are the document, and JSON says where it is served.
func TestDocuments(t *testing.T) {
	g := start(t, setup{spec: deskpool.OpenAPI}).as("")
	if rep := g.get("/openapi.yaml"); string(rep.body) != string(deskpool.OpenAPI) || rep.header.Get("Content-Type") != "application/yaml" {
		t.Error("/openapi.yaml is not the document")
	}
	rep := g.get("/openapi.json")
	doc, err := openapi3.NewLoader().LoadFromData(rep.body)
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Servers) != 1 || doc.Servers[0].URL != publicURL {
		t.Errorf("the servers are %v", doc.Servers)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	want, err := json.Marshal(g.contract.doc.Paths)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(doc.Paths); string(got) != string(want) {
		t.Error("/openapi.json has other paths")
	}
}

// TestHealth: life does not depend on readiness, and neither on sources.
func TestHealth(t *testing.T) {
	draining := false
	src, calls := ailing(small(t, "m1"), fails(pool.Error{Kind: pool.Unavailable}))
	g := start(t, setup{sources: []pool.Source{src}, draining: func() bool { return draining }}).as("")
	for _, path := range []string{"/livez", "/readyz"} {
		if rep := g.get(path); rep.status != 200 || rep.json(t)["status"] != "OK" || rep.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, rep.status, rep.body)
		}
	}
	draining = true
	if rep := g.get("/readyz"); rep.status != 503 || rep.json(t)["code"] != "DRAINING" || rep.header.Get("Retry-After") == "" {
		t.Errorf("draining: %d %s", rep.status, rep.body)
	}
	if rep := g.get("/livez"); rep.status != 200 {
		t.Errorf("draining, but alive: %d", rep.status)
	}
	if calls.Load() != 0 {
		t.Error("health asks a source")
	}
}

// TestHealthDetail: what readiness does not depend on is told, and only there.
func TestHealthDetail(t *testing.T) {
	says := map[string]string{"ledger": "The disk is full."}
	g := start(t, setup{detail: func(context.Context) map[string]string { return says }}).as("")
	for path, want := range map[string]string{"/readyz": `{"status":"OK","detail":{"ledger":"The disk is full."}}`, "/livez": `{"status":"OK"}`} {
		if rep := g.get(path); rep.status != http.StatusOK || string(rep.body) != want {
			t.Errorf("%s: %d %s", path, rep.status, rep.body)
		}
	}
	says = nil
	if rep := g.get("/readyz"); string(rep.body) != `{"status":"OK"}` {
		t.Errorf("with nothing to say: %s", rep.body)
	}
}

// TestMethods: what the document does not have is 405 where there is something, else 404.
func TestMethods(t *testing.T) {
	g := tenants(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND", "BREW", "get", "G", strings.Repeat("X", 200)} {
		for _, target := range slices.Concat(slices.Collect(maps.Values(reads)), slices.Collect(maps.Values(writes))) {
			want := "GET, HEAD"
			switch {
			case target == "/v1/orders":
				want = "GET, HEAD, POST"
			case slices.Contains(slices.Collect(maps.Values(writes)), target):
				want = "POST"
			}
			if method == "CONNECT" || method == "POST" && strings.Contains(want, method) {
				continue // the target of CONNECT is no path
			}
			rep := g.as("").send(request{method: method, target: target})
			if rep.status != 405 || rep.json(t)["code"] != "METHOD_NOT_ALLOWED" || rep.header.Get("Allow") != want {
				t.Errorf("%.20s %s: %d %s, Allow %q", method, target, rep.status, rep.body, rep.header.Get("Allow"))
			}
		}
		if method == "CONNECT" {
			continue
		}
		if rep := g.send(request{method: method, target: "/nowhere"}); rep.status != 404 || rep.header.Get("Allow") != "" {
			t.Errorf("%.20s /nowhere: %d, Allow %q", method, rep.status, rep.header.Get("Allow"))
		}
	}
}
