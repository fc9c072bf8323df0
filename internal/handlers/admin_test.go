package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/deskpool/deskpool"
	"github.com/deskpool/deskpool/internal/handlers"
	"github.com/deskpool/deskpool/internal/pool"
)

// TestAdmin serves profiles and fault knobs only where it is told to.
func TestAdmin(t *testing.T) {
	knobs := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method) })
	draining := func() bool { return true }
	for _, tt := range []struct {
		name    string
		options handlers.AdminOptions
		want    map[string]int
	}{
		{"nothing", handlers.AdminOptions{}, map[string]int{"/livez": 200, "/readyz": 200, "/debug/pprof/": 404, "/debug/pprof/cmdline": 404, "/sandbox/faults": 404, "/v1/pools": 404}},
		{"draining", handlers.AdminOptions{Draining: draining}, map[string]int{"/livez": 200, "/readyz": 503}},
		{"on loopback", handlers.AdminOptions{Profiles: true, Faults: knobs}, map[string]int{"/debug/pprof/": 200, "/debug/pprof/goroutine": 200, "/debug/pprof/cmdline": 200, "/sandbox/faults": 200}},
	} {
		admin := handlers.Admin(tt.options)
		for path, want := range tt.want {
			rec := httptest.NewRecorder()
			admin.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			if rec.Code != want || want == 503 && rec.Header().Get("Retry-After") == "" {
				t.Errorf("%s: %s is %d, want %d", tt.name, path, rec.Code, want)
			}
		}
	}
	says := func(context.Context) map[string]string { return map[string]string{"ledger": "OK"} }
	ready := httptest.NewRecorder()
	handlers.Admin(handlers.AdminOptions{Detail: says}).ServeHTTP(ready, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	if ready.Body.String() != `{"status":"OK","detail":{"ledger":"OK"}}` {
		t.Errorf("ready, with details: %s", ready.Body)
	}
	rec := httptest.NewRecorder()
	handlers.Admin(handlers.AdminOptions{Faults: knobs}).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/sandbox/faults", nil))
	if rec.Code != http.StatusOK || rec.Body.String() != http.MethodDelete {
		t.Errorf("DELETE of the faults: %d %s", rec.Code, rec.Body)
	}
}

// TestEverybody needs no key, and has the scopes of its one caller.
func TestEverybody(t *testing.T) {
	h, err := handlers.New(handlers.Options{
		Spec: deskpool.OpenAPI, PublicURL: publicURL, CursorKey: []byte(cursorKey),
		Auth: handlers.Everybody(handlers.Caller{Tenant: "one", Scopes: []string{handlers.ScopePoolsRead}, Service: pool.NewService([]pool.Source{small(t, "m1")})}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{"/v1/pools": 200, "/v1/pools/m1:pool-1/native": 403} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		h.ServeHTTP(rec, r)
		openAPI().check(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil), reply{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()})
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", target, rec.Code, want)
		}
	}
}
