package handlers_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestContractNoticesFaults spoils good exchanges: the judge must not let one pass.
func TestContractNoticesFaults(t *testing.T) {
	src, _ := ailing(small(t, "m2"), fails(pool.Error{Kind: pool.Throttled}))
	g := start(t, setup{sources: []pool.Source{small(t, "m1"), src}})
	replace := func(from, to string) func(*http.Request, *reply) {
		return func(_ *http.Request, rep *reply) { rep.body = bytes.Replace(rep.body, []byte(from), []byte(to), 1) }
	}
	header := func(name, value string) func(*http.Request, *reply) {
		return func(_ *http.Request, rep *reply) { rep.header[name] = []string{value} }
	}
	without := func(name string) func(*http.Request, *reply) {
		return func(_ *http.Request, rep *reply) { delete(rep.header, name) }
	}
	status := func(n int) func(*http.Request, *reply) { return func(_ *http.Request, rep *reply) { rep.status = n } }
	asked := func(query string) func(*http.Request, *reply) {
		return func(r *http.Request, _ *reply) { r.URL.RawQuery = query }
	}
	const list, one, stream, none = "/v1/pools?limit=1", "/v1/pools/m1:pool-1", "/v1/pools/m1:pool-1/desktops", "/v1/pools/m1:nothing"
	for i, tt := range []struct {
		target string
		spoil  func(*http.Request, *reply)
	}{
		{one, replace(`"state":"UNKNOWN"`, `"state":"BROKEN"`)}, {one, replace(`"state":"UNKNOWN"`, `"state":null`)}, {one, replace(`"state":"UNKNOWN",`, ``)}, {one, replace(`"total":`, `"totals":`)},
		{one, replace(`"family":null,`, ``)}, {one, replace(`}`, `,"colour":1}`)}, {one, replace(`{`, ``)}, {one, replace(`"conditions":null`, `"conditions":{}`)}, {one, replace(`"as_of":"2`, `"as_of":"x`)},
		{one, without("Request-Id")}, {one, without("X-Content-Type-Options")}, {one, without("Vary")}, {one, without("Cache-Control")}, {one, header("Content-Type", "text/html")}, {one, header("Age", "-1")}, {one, header("X-Powered-By", "x")}, {one, header("Etag", `"strong"`)},
		{one, status(201)}, {one, status(204)}, {one, status(500)}, {one, asked("nonsense=1")}, {one, asked("fields=nonsense")}, {one, asked("include=native")}, {one, asked("fields=id&fields=name")},
		{one, func(r *http.Request, _ *reply) { r.Method = http.MethodPost }}, {one, func(r *http.Request, _ *reply) { r.Method = http.MethodHead }}, {one, func(r *http.Request, _ *reply) { r.URL.Path, r.URL.RawPath = "/v1/nothing", "" }},
		{list, replace(`"complete":false`, `"complete":true`)}, {list, replace(`"items":1`, `"items":2`)}, {list, replace(`"m2","status"`, `"m0","status"`)}, {list, replace(`"next_cursor":null`, `"next_cursor":"x"`)}, {list, header("Link", `<x>; rel="next"`)},
		{list, replace(`"status":"FAILED"`, `"status":"STALE"`)}, {list, replace(`"problem":{"code":"UPSTREAM_THROTTLED"}`, `"problem":null`)}, {list, header("Source-Status", "m1;s=ok")}, {list, replace(`,"sources":`, `,"origins":`)}, {list, replace(`"limit":1`, `"limit":0`)}, {list, asked("include=total")}, {list, replace(`"UPSTREAM_THROTTLED"`, `"SLOW"`)},
		{none, replace(`"status":404`, `"status":400`)}, {none, replace(`pool-not-found`, `not-found`)}, {none, replace(`,"retryable":false`, ``)}, {none, header("Request-Id", "another-request")}, {none, header("Content-Type", "application/json")}, {none, header("Cache-Control", "private")}, {none, replace(`POOL_NOT_FOUND`, `POOL_MISSING`)}, {none, replace(`"instance":"/v1`, `"instance":"/v2`)}, {none, header("Retry-After", "5")},
		{stream, replace(`"type":"item"`, `"type":"row"`)}, {stream, replace(`{"type":"source"`, `{"type":"origin"`)}, {stream, func(_ *http.Request, rep *reply) {
			rep.body = rep.body[:bytes.LastIndex(rep.body, []byte(`{"type":"end"`))]
		}}, {stream, func(_ *http.Request, rep *reply) { rep.body = bytes.TrimSpace(rep.body) }}, {stream, replace(`"pool_id":`, `"pool":`)},
	} {
		headers := []string{}
		if tt.target == stream {
			headers = append(headers, "Accept: application/x-ndjson")
		}
		parse := func() *http.Request {
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(g.wire(request{method: "GET", target: tt.target, headers: headers}))))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		rep := g.get(tt.target, headers...)
		if faults := g.contract.faults(parse(), rep); len(faults) > 0 {
			t.Fatalf("%d: the good exchange has %v", i, faults)
		}
		before, r := string(rep.body), parse()
		tt.spoil(r, &rep)
		if faults := g.contract.faults(r, rep); len(faults) == 0 {
			t.Errorf("%d: %s passes: %v %.300s\nbefore: %.300s", i, tt.target, rep.header, rep.body, strings.TrimSpace(before))
		}
	}
}
