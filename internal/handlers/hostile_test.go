package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// hostile is a request that must be refused before any source is asked.
type hostile struct {
	target  string
	headers []string
	status  int
	code    string // of the problem
	name    string // of the parameter at fault; empty: none is named
	fault   string // what is wrong with it
}

// bad is a hostile GET whose parameter is at fault.
func bad(target, name, fault string) hostile {
	code := "INVALID_PARAMETER"
	if fault == "UNKNOWN" {
		code = "UNKNOWN_PARAMETER"
	}
	return hostile{target: target, status: 400, code: code, name: name, fault: fault}
}

// refused runs a table of hostile requests.
func refused(t *testing.T, table []hostile) {
	t.Helper()
	src, calls := ailing(small(t, "m1"), nil)
	src.Live = src.Reader
	g := start(t, setup{sources: []pool.Source{src}})
	for i, tt := range table {
		body := ""
		if len(tt.headers) > 0 && strings.HasPrefix(tt.headers[0], "Content-Length: ") {
			body = strings.Repeat("x", 5)
		}
		g := g.in(t)
		rep := g.send(request{method: http.MethodGet, target: tt.target, headers: tt.headers, body: body})
		at := fmt.Sprintf("%d: GET %.120s %.80q", i, tt.target, tt.headers)
		if rep.status != tt.status {
			t.Errorf("%s: %d %.300s, want %d %s", at, rep.status, rep.body, tt.status, tt.code)
			continue
		}
		problem := row(rep.json(t))
		if problem.text("code") != tt.code {
			t.Errorf("%s: %.300s, want %s", at, rep.body, tt.code)
		}
		if tt.name != "" && !names(problem, tt.name, tt.fault) {
			t.Errorf("%s: %.400s does not say that %s is %s", at, rep.body, tt.name, tt.fault)
		}
		if len(rep.body) > 100_000 {
			t.Errorf("%s: an answer of %d bytes", at, len(rep.body))
		}
		if n := calls.Swap(0); n != 0 {
			t.Errorf("%s: a source was asked %d times", at, n)
		}
	}
}

// names tells whether a problem names this fault of this parameter.
func names(problem row, name, fault string) bool {
	errs, _ := problem["errors"].([]any)
	for _, e := range errs {
		if f := row(e.(map[string]any)); f.text("parameter") == name && f.text("code") == fault {
			return true
		}
	}
	return false
}

const (
	poolList    = "/v1/pools"
	desktopList = "/v1/pools/m1:pool-1/desktops"
	statistics  = "/v1/statistics"
)

// TestHostileIDs sends ids in every odd form to every route that takes one.
func TestHostileIDs(t *testing.T) {
	odd := []string{
		"m1", "m1%3A", "m1:", ":pool-1", "%3Apool-1", "m1%253Apool-1", "m1%25253Apool-1", "m1%3Apool%2F1", "m1:pool%2f..%2f..", "m1:pool%5C1",
		"m1:%00", "m1:pool-1%00", "%00m1:pool-1", "m1:pool%0A1", "m1:pool-1%0A", "m1:pool%0D%0ASet-Cookie:x", "m1:pool%20-1", "m1:pool-1%20", "%20m1:pool-1", "m1:pool%09",
		"m1:%E4%BA%91", "m1:pool%E2%80%8B", "m1:%C3%28", "m1:%ff%fe", "m1:%F0%9F%92%A9", "%D0%BC1:pool-1", "m1:p%C3%BCl",
		"M1:pool-1", "Mem:pool-1", "1m:pool-1", "-m:pool-1", "m_1:pool-1", "m.1:pool-1", "m1::pool-1", "m1:a:b", "m1:pool-1:", "m1:pool-1%3Ax",
		"m1:pool-1%3Fx=1", "m1:pool-1%23x", "m1:pool-1;x=1", "m1:pool-1,m1:pool-2", "m1:pool-1%26", "m1:*", "m1:%25", "m1:%2500", "m1:'or'1'='1", "m1:%22", "m1:%3Cscript%3E", "m1:{id}", "m1:$(id)", "m1:pool@1",
		"..", ".", "...", "%2e", "%2E%2E", "%2e%2e%2f", "~", "m1:" + strings.Repeat("a", 129), "m1:" + strings.Repeat("a", 50_000), strings.Repeat("m", 33) + ":pool-1", "m1:" + strings.Repeat("%41", 129), "null", "undefined", "0", "-1", "m1%3apool%2f1",
	}
	var table []hostile
	for i, id := range odd {
		routes := []string{"/v1/pools/%", "/v1/desktops/%", "/v1/pools/%/desktops", "/v1/pools/%/native", "/v1/desktops/%/native"}
		for _, route := range []string{routes[0], routes[1+i%4]} {
			table = append(table, bad(strings.Replace(route, "%", id, 1), "id", "INVALID"))
		}
		if strings.HasSuffix(id, strings.Repeat("a", 50_000)) { // also longer than the document's maxLength
			table = table[:len(table)-2]
			table = append(table, bad("/v1/pools/"+id, "id", "OUT_OF_RANGE"))
		}
	}
	table = append(table, bad("/v1/pools//desktops", "id", "INVALID"), bad("/v1/desktops//native", "id", "INVALID"))
	for _, id := range []string{"M1", "m_1", "m1:pool-1", "%20m1", "m1%00", "m%2F1", "%D0%BC", strings.Repeat("m", 33), "..", "m1,m2"} {
		table = append(table, bad("/v1/sources/"+id, "source", "INVALID"), bad("/v1/sources/"+id+"/products", "source", "INVALID"), bad("/v1/sources/"+id+"/images", "source", "INVALID"))
	}
	for _, id := range []string{"x", "ord_", noOrder + "0", noOrder[:29], "ORD_" + noOrder[4:], "ord_" + strings.Repeat("A", 26), "ord_" + strings.Repeat("%2E", 26), "ord_" + strings.Repeat("0", 25) + "%00", "%20" + noOrder} {
		table = append(table, bad("/v1/orders/"+id, "id", "INVALID"))
	}
	for _, slug := range []string{"Not-Found", "NOT_FOUND", "not_found", "-x", "%2e%2e", "a%00", strings.Repeat("a", 65), "1", "not-found%2F"} {
		table = append(table, bad("/problems/"+slug, "slug", "INVALID"))
	}
	refused(t, table)
}

// TestHostilePaths asks for what is no route, though it looks like one.
func TestHostilePaths(t *testing.T) {
	var table []hostile
	for _, target := range []string{
		"/", "//", "/v1", "/v1/", "/V1/pools", "/v1/Pools", "/v1/pools/", "/v1/pools//", "//v1/pools", "/v1//pools", "/v1/pools/m1:pool-1/", "/v1/pools/m1:pool-1/desktops/",
		"/v1/pools/m1:pool-1//desktops", "/v1/./pools", "/v1/../v1/pools", "/v1/pools/../pools", "/./v1/pools", "/v1%2Fpools", "/%76%31/pools", "/v1/pool%73",
		"/v1/pools;x=1", "/v1/pools%3Fcloud=X", "/v1/pools%00", "/v1/pools%20", "/v1/pools/m1:pool-1/other", "/v1/pools/m1:pool-1/desktops/m1:desktop-1",
		"/v1/desktops", "/v1/desktops/", "/v1/sources/m1/", "/v1/sources/m1/products/", "/v1/sources/m1/offers", "/v1/orders/", "/v1/orders/a/b", "/v1/estimates/", "/v1/estimate", "/v2/pools", "/metrics", "/debug/pprof/", "/sandbox/faults", "/docs", "/postman.json",
		"/openapi", "/openapi.json/", "/openapi.yaml%00", "/problems", "/problems/", "/problems/a/b", "/livez/", "/healthz", "/favicon.ico", "/.git/config", "/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/" + strings.Repeat("a", 20_000), "/%ff", "/%00",
	} {
		table = append(table, hostile{target: target, status: 404, code: "NOT_FOUND"})
	}
	refused(t, table)
}

// TestHostileBodies sends bodies where none belongs.
func TestHostileBodies(t *testing.T) {
	var table []hostile
	for _, target := range []string{poolList, desktopList, "/livez", "/openapi.json", "/v1/desktops/m1:desktop-1"} {
		for _, media := range []string{"application/json", "text/plain", "nonsense", "application/x-www-form-urlencoded"} {
			table = append(table, hostile{
				target: target, headers: []string{"Content-Length: 5", "Content-Type: " + media}, status: 400, code: "MALFORMED_REQUEST",
			})
		}
		table = append(table, hostile{target: target, headers: []string{"Transfer-Encoding: chunked"}, status: 400, code: "MALFORMED_REQUEST"})
	}
	refused(t, table)
}
