package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestHostileHeaders sends headers that must be refused.
func TestHostileHeaders(t *testing.T) {
	var table []hostile
	head := func(target, header string, status int, code, name, fault string) {
		table = append(table, hostile{target: target, headers: []string{header}, status: status, code: code, name: name, fault: fault})
	}
	for _, accept := range []string{
		"text/html", "application/xml", "image/*", "application/json;q=0", "*/*;q=0", "application/problem+json", ";;;", ",", "json", "*", "text/*, application/json;q=0.0", "application/x-yaml",
		"application/json;q=0, */*;q=0", "*/*, application/json;q=0, application/x-ndjson;q=0", strings.Repeat("a/b,", 10_000),
	} {
		head(poolList, "Accept: "+accept, 406, "NOT_ACCEPTABLE", "Accept", "NOT_ALLOWED")
	}
	for _, accept := range []string{"text/html", "application/xml", "*/*;q=0", "*/*, application/json;q=0, application/x-ndjson;q=0"} {
		head(desktopList, "Accept: "+accept, 406, "NOT_ACCEPTABLE", "Accept", "NOT_ALLOWED")
	}
	head("/v1/pools", "Accept: application/x-ndjson", 406, "NOT_ACCEPTABLE", "Accept", "NOT_ALLOWED")
	head("/v1/pools/m1:pool-1/native", "Accept: text/plain", 406, "NOT_ACCEPTABLE", "Accept", "NOT_ALLOWED")
	head("/openapi.yaml", "Accept: application/json", 406, "NOT_ACCEPTABLE", "Accept", "NOT_ALLOWED")
	head("/problems/not-found", "Accept: text/html", 406, "NOT_ACCEPTABLE", "Accept", "NOT_ALLOWED")
	for _, prefer := range []string{
		"wait=0", "wait=-1", "wait=61", "wait=5.5", "wait=", "wait", "wait=five", `wait=""`, "wait=99999999999999999999", "wait=0x5", "wait=5s", "handling=STRICT", "handling=", "handling", "handling=loose",
		"respond-async, wait=0", "handling=strict, wait=x", "handling=strict wait=5", "WAIT=0", "Handling=none", "wait=5 5", "wait = 0 ; x=1",
	} {
		head(poolList, "Prefer: "+prefer, 400, "INVALID_PARAMETER", "Prefer", "INVALID")
		head("/v1/desktops/m1:desktop-1", "Prefer: "+prefer, 400, "INVALID_PARAMETER", "Prefer", "INVALID")
	}
	head(poolList, "Prefer: wait=5\r\nPrefer: handling=none", 400, "INVALID_PARAMETER", "Prefer", "INVALID")
	head(poolList, "Prefer: "+strings.Repeat("x", 257), 400, "INVALID_PARAMETER", "Prefer", "OUT_OF_RANGE")
	head(poolList, "If-None-Match: "+strings.Repeat("x", 4097), 400, "INVALID_PARAMETER", "If-None-Match", "OUT_OF_RANGE")
	for _, control := range []string{"max-stale", "max-stale=5", "only-if-cached", "no-transform, max-stale=0", "x=1,Only-If-Cached", "no-store\r\nCache-Control: max-stale", " only-if-cached "} {
		head(poolList, "Cache-Control: "+control, 400, "INVALID_PARAMETER", "Cache-Control", "NOT_ALLOWED")
		head("/v1/pools/m1:pool-1", "Cache-Control: "+control, 400, "INVALID_PARAMETER", "Cache-Control", "NOT_ALLOWED")
	}
	for _, control := range []string{"max-age", "max-age=", "max-age=-1", "max-age=x", "max-age=1.5", "no-cache, max-age=99999999999999999999"} {
		head(poolList, "Cache-Control: "+control, 400, "INVALID_PARAMETER", "Cache-Control", "INVALID")
	}
	refused(t, table)
}

// TestCacheControlOfOtherRoutes: what is not read from a cloud has no age, and
// a probe's or proxy's directives must not hurt it.
func TestCacheControlOfOtherRoutes(t *testing.T) {
	g := tenants(t)
	for _, target := range []string{"/livez", "/readyz", "/openapi.json", "/problems/not-found", "/v1/sources", "/v1/capabilities", "/v1/sources/m1"} {
		if rep := g.get(target, "Cache-Control: max-stale=5, only-if-cached"); rep.status != http.StatusOK {
			t.Errorf("%s: %d %s", target, rep.status, rep.body)
		}
	}
}

// TestClumsyHeaders sends odd headers that must not hurt.
func TestClumsyHeaders(t *testing.T) {
	g := tenants(t)
	for _, header := range []string{
		"Accept:", "Accept: */*", "Accept: application/*", "Accept: APPLICATION/JSON", "Accept: text/html, */*;q=0.1", "Accept: application/json; charset=utf-8", "Accept: application/json;q=nonsense", "Accept: text/html\r\nAccept: application/json",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"Prefer: respond-async", "Prefer:", "Prefer: ,", "Prefer: return=minimal; foo=\"some parameter\"", "Prefer: wait=5\r\nPrefer: handling=lenient", "Prefer: handling=\"strict\"", "Prefer: WAIT=60", "Prefer: wait=5, wait=0", "Prefer: foo=\"wait=0, handling=x\"",
		"Cache-Control: no-cache", "Cache-Control: No-Cache", "Cache-Control: max-age=0", "Cache-Control: max-age=60", "Cache-Control: max-age=\"60\"", "Cache-Control: x=1,no-cache", "Pragma: no-cache",
		"Cache-Control: no-store", "Cache-Control: no-transform", "Cache-Control:", "Cache-Control: min-fresh=5",
		"If-None-Match:", "If-None-Match: nonsense", "If-None-Match: \"a\"\r\nIf-None-Match: \"b\"", "If-None-Match: *", "If-Modified-Since: yesterday", "If-Match: \"x\"", "Range: bytes=0-5",
		"Content-Type: nonsense", "Content-Length: 0", "Cookie: a=b", "X-Forwarded-For: ' or 1=1", "Origin: https://evil.test", "X-HTTP-Method-Override: DELETE", "Accept-Encoding: br, zstd", "Accept-Encoding: nonsense;q=x", "Accept-Language: x", "Traceparent: nonsense", "Upgrade: websocket",
	} {
		if rep := g.get("/v1/pools", header); rep.status != http.StatusOK {
			t.Errorf("%q: %d %s", header, rep.status, rep.body)
		}
	}
	for header, want := range map[string]string{
		"Prefer: wait=5, handling=strict": "wait=5, handling=strict", "Prefer: handling=lenient\r\nPrefer: wait=7": "handling=lenient, wait=7", "Prefer: return=minimal": "", "Prefer: wait=5, wait=0": "wait=5",
	} {
		if rep := g.get("/v1/pools", header); rep.header.Get("Preference-Applied") != want {
			t.Errorf("%q: Preference-Applied: %q, want %q", header, rep.header.Get("Preference-Applied"), want)
		}
	}
}

// TestRequestIDs keeps a caller's id only in its documented form.
func TestRequestIDs(t *testing.T) {
	g := tenants(t)
	seen := map[string]bool{}
	for _, id := range []string{
		"12345678", "a-b-c-d-e", strings.Repeat("Z", 64), // kept
		"1234567", strings.Repeat("Z", 65), "with space", "under_score", "<script>", "a\"b\"c\"d\"e", "ключ-ключ", "", "a,b,c,d,e,f", "12345678\r\nX-Request-Id: 87654321x", "{\"a\":1}00",
	} {
		for _, target := range []string{"/v1/pools", "/nowhere", "/livez"} {
			got := g.get(target, "X-Request-Id: "+id).header.Get("Request-Id")
			kept := regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`).MatchString(id)
			if kept != (got == id) && !strings.HasPrefix(id, "12345678\r\n") || !regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`).MatchString(got) {
				t.Errorf("%s with the id %q is named %q", target, id, got)
			}
			if !kept && seen[got] && got != "12345678" {
				t.Errorf("the id %q is given twice", got)
			}
			seen[got] = true
		}
	}
}
