package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// wantLog fails the test if the log does not hold text.
func wantLog(t *testing.T, g *gateway, text string) {
	t.Helper()
	if !strings.Contains(g.log.String(), text) {
		t.Errorf("the log does not hold %q:\n%s", text, g.log)
	}
}

// lastLine is what the log says of the latest request.
func lastLine(t *testing.T, g *gateway) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(g.log.String()), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

// TestPanicOfASource is a fault of ours: 500, with a line in the log and
// nothing of it in the answer. The next request is served.
func TestPanicOfASource(t *testing.T) {
	src, _ := ailing(small(t, "m1"), panics)
	g := start(t, setup{sources: []pool.Source{src, small(t, "m2")}})
	for _, target := range []string{"/v1/pools/m1:pool-1", "/v1/desktops/m1:desktop-1/native", "/v1/pools/m1:pool-1/desktops", "/v1/pools?source=m1", "/v1/pools", "/v1/statistics"} {
		rep := g.get(target, "X-Request-Id: panic-of-a-source")
		if rep.status != http.StatusInternalServerError || rep.json(t)["code"] != "INTERNAL" || rep.header.Get("ETag") != "" {
			t.Errorf("%s: %d %s", target, rep.status, rep.body)
		}
		if strings.Contains(string(rep.body), "adapter is broken") {
			t.Errorf("%s tells what broke: %s", target, rep.body)
		}
		line := lastLine(t, g)
		if cause, _ := line["cause"].(string); line["level"] != "error" || line["code"] != "INTERNAL" || line["request_id"] != "panic-of-a-source" ||
			!strings.Contains(cause, "an adapter is broken") || !strings.Contains(cause, "sources_test.go") {
			t.Errorf("%s is logged as %v", target, line)
		}
	}
	rep := g.get("/v1/pools/m1:pool-1/desktops", "Accept: application/x-ndjson")
	if rep.status != http.StatusInternalServerError {
		t.Errorf("a stream that has not begun: %d %s", rep.status, rep.body)
	}
	if rep := g.get("/v1/pools/m2:pool-1"); rep.status != http.StatusOK {
		t.Errorf("after panics: %d %s", rep.status, rep.body)
	}
}

// TestLogLine says what is needed to follow a request, and nothing more.
func TestLogLine(t *testing.T) {
	src, _ := ailing(small(t, "m2"), fails(pool.Error{
		Kind: pool.Throttled, Upstream: &pool.Upstream{HTTPStatus: 429, Code: "APIGW.0308", RequestID: "upstream-1"},
	}))
	g := start(t, setup{sources: []pool.Source{small(t, "m1"), src}})
	g.ok("/v1/pools?name.contains=secret-of-the-query", "X-Request-Id: request-of-the-test", "Prefer: wait=3")
	line := lastLine(t, g)
	for name, want := range map[string]any{
		"level": "info", "message": "request", "request_id": "request-of-the-test", "method": "GET", "path": "/v1/pools", "route": "/v1/pools", "status": 200.0,
		"tenant": "one", "key": "all", "sources": `m1;s=ok;age=0, m2;s=failed;code="UPSTREAM_THROTTLED"`,
	} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	if ids, _ := line["upstream_request_ids"].(string); !strings.Contains(ids, "m2=upstream-1") {
		t.Errorf("upstream_request_ids is %v", line["upstream_request_ids"])
	}
	if causes, _ := line["causes"].([]any); len(causes) != 1 || !strings.Contains(causes[0].(string), "APIGW.0308") {
		t.Errorf("causes is %v", line["causes"])
	}
	if line["bytes"].(float64) == 0 || line["duration_ms"] == nil {
		t.Errorf("the line is %v", line)
	}
	g.get("/v1/pools/m1:nothing?fields=name", "X-Request-Id: short")
	if line := lastLine(t, g); line["code"] != "POOL_NOT_FOUND" || line["request_id"] == "short" || line["route"] != "/v1/pools/{id}" {
		t.Errorf("the line is %v", line)
	}
	g.as("").get("/v1/pools?limit=secret-of-the-query")
	if line := lastLine(t, g); line["code"] != "UNAUTHENTICATED" || line["tenant"] != nil {
		t.Errorf("the line is %v", line)
	}
	g.as("a-key-nobody-knows").get("/v1/pools")
	g.get("/v1/pools/m1:pool-1/desktops?user=secret-of-the-query&cursor=secret-of-the-query")
	g.get("/nowhere/" + strings.Repeat("long", 1000))
	for _, secret := range []string{"secret-of-the-query", keyAll, "a-key-nobody-knows", cursorKey, strings.Repeat("long", 60)} {
		if strings.Contains(g.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
