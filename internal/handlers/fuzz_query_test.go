package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// FuzzQuery sends any query to any route: never 5xx, never past a fault to the
// source, and what is served the document allows.
func FuzzQuery(f *testing.F) {
	for i, q := range []string{
		"", "limit=5&sort=-name", "state=READY,CHANGING&fields=id,counts.total", "cursor=x", "created_at.gte=2025-01-01T00:00:00Z", "include=native,total&limit=1000", "%zz", "a;b", "limit=&limit=",
		"group_by=pool&states=power&exact=true", "pool_id=m1:pool-1", "user=alice&include_deleted=true", "name.contains=%ff", "source=m1&cloud=MEMORY&region=r", "sort=id,-id", "limit=18446744073709551616", "fields=assignments.user_id",
	} {
		f.Add(q, uint8(i))
	}
	src, calls := ailing(small(f, "m1"), nil)
	g := start(f, setup{sources: []pool.Source{src}})
	routes := []string{"/v1/pools", "/v1/pools/m1:pool-1", "/v1/pools/m1:pool-1/desktops", "/v1/desktops/m1:desktop-1", "/v1/statistics", "/v1/sources", "/v1/capabilities", "/v1/sources/m1", "/livez"}
	f.Fuzz(func(t *testing.T, query string, route uint8) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, routes[int(route)%len(routes)], nil)
		r.URL.RawQuery = query
		r.RequestURI = r.URL.Path + "?" + query
		r.Header.Set("Authorization", "Bearer "+keyAll)
		calls.Store(0)
		rec := httptest.NewRecorder()
		g.handler.ServeHTTP(rec, r)
		rep := reply{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
		if rep.status >= 500 || rep.status == 400 && calls.Load() > 0 {
			t.Errorf("%s: %d after %d calls: %s", r.RequestURI, rep.status, calls.Load(), rep.body)
		}
		if _, err := url.ParseQuery(query); err == nil || rep.status != 400 {
			g.contract.check(t, r, rep)
		} else if !strings.Contains(string(rep.body), "MALFORMED_REQUEST") {
			t.Errorf("%s cannot be read: %s", r.RequestURI, rep.body)
		}
	})
}
