package handlers_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// four are three healthy sources, and m3 with this ailment.
func four(t testing.TB, ail func(src pool.Source) pool.Source) []pool.Source {
	return []pool.Source{small(t, "m1"), small(t, "m2"), ail(small(t, "m3")), small(t, "m4")}
}

// illness is a way to fail, and what is said of it.
type illness struct {
	name   string
	err    pool.Error
	status string // of the source
	code   string
	http   int // if no source contributed
}

var illnesses = []illness{
	{"throttled", pool.Error{Kind: pool.Throttled, RetryAfter: 1500 * time.Millisecond}, "FAILED", "UPSTREAM_THROTTLED", 503},
	{"our credentials refused", pool.Error{Kind: pool.Auth, Upstream: &pool.Upstream{HTTPStatus: 401, Code: "APIGW.0301", RequestID: "up-1"}}, "FAILED", "UPSTREAM_AUTH", 502},
	{"denied", pool.Error{Kind: pool.Denied}, "FAILED", "UPSTREAM_AUTH", 502},
	{"html", pool.Error{Kind: pool.BadBody, Upstream: &pool.Upstream{HTTPStatus: 502}}, "FAILED", "UPSTREAM_BAD_BODY", 502},
	{"failed", pool.Error{Kind: pool.Failed, Err: errors.New("broken")}, "FAILED", "UPSTREAM_ERROR", 502},
	{"refused input", pool.Error{Kind: pool.Invalid}, "FAILED", "UPSTREAM_ERROR", 502},
	{"no connection", pool.Error{Kind: pool.Unavailable}, "FAILED", "UPSTREAM_UNAVAILABLE", 503},
	{"spared", pool.Error{Kind: pool.Skipped, RetryAfter: 20 * time.Second}, "SKIPPED", "UPSTREAM_UNAVAILABLE", 503},
	{"too slow by itself", pool.Error{Kind: pool.Timeout}, "FAILED", "UPSTREAM_TIMEOUT", 504},
}

func TestPartialLists(t *testing.T) {
	for _, ill := range illnesses {
		for _, target := range []string{"/v1/pools", "/v1/statistics", "/v1/statistics?group_by=pool"} {
			t.Run(ill.name+target, func(t *testing.T) {
				g := start(t, setup{sources: four(t, func(s pool.Source) pool.Source { s, _ = ailing(s, fails(ill.err)); return s })})
				list := g.ok(target)
				wantPartial(t, list, ill)
				rep := g.get(target, "Prefer: handling=strict")
				wantProblem(t, rep, ill)
				if up := row(rep.json(t)).at("upstream.source"); up != "m3" {
					t.Errorf("the problem blames %v", up)
				}
				wantLog(t, g, `m3;s=`+strings.ToLower(ill.status))
			})
		}
	}
}

// wantPartial is 200 with everything but what m3 has.
func wantPartial(t *testing.T, list map[string]any, ill illness) {
	t.Helper()
	sources := rowsOf(map[string]any{"items": list["sources"]})
	if list["complete"] != false || len(sources) != 4 {
		t.Fatalf("complete %v, sources %v", list["complete"], sources)
	}
	for _, s := range sources {
		if s.id() == "m3" {
			if s.text("status") != ill.status || s.text("problem.code") != ill.code || s["as_of"] != nil || s["from"] != nil {
				t.Errorf("m3 is %v", s)
			}
			if want := int((ill.err.RetryAfter + time.Second - 1) / time.Second); want > 0 && s.at("problem.retry_after_s") != float64(want) {
				t.Errorf("m3 says retry_after_s %v, want %d", s.at("problem.retry_after_s"), want)
			}
			continue
		}
		if s.text("status") != "OK" || s.at("items") != 1.0 || s.text("from") != "CLOUD" {
			t.Errorf("%s is %v", s.id(), s)
		}
	}
}

// wantProblem is the problem if nothing, or not all, can be had.
func wantProblem(t *testing.T, rep reply, ill illness) {
	t.Helper()
	if rep.status != ill.http || rep.json(t)["code"] != ill.code {
		t.Errorf("%d %s, want %d %s", rep.status, rep.body, ill.http, ill.code)
	}
	if (rep.header.Get("Retry-After") != "") != (ill.http == 503) {
		t.Errorf("Retry-After %q with %d", rep.header.Get("Retry-After"), rep.status)
	}
	if !strings.Contains(rep.header.Get("Source-Status"), `m3;s=`+strings.ToLower(ill.status)+`;code="`+ill.code+`"`) {
		t.Errorf("Source-Status: %s", rep.header.Get("Source-Status"))
	}
}

// TestNobodyContributes has one source only, and it is ill.
func TestNobodyContributes(t *testing.T) {
	for _, ill := range illnesses {
		t.Run(ill.name, func(t *testing.T) {
			src, _ := ailing(small(t, "m3"), fails(ill.err))
			g := start(t, setup{sources: []pool.Source{src}})
			for _, target := range []string{"/v1/pools", "/v1/statistics", "/v1/pools/m3:pool-1", "/v1/pools/m3:pool-1/desktops", "/v1/desktops/m3:desktop-1", "/v1/pools/m3:pool-1/native"} {
				wantProblem(t, g.get(target), ill)
			}
			wantProblem(t, g.get("/v1/pools/m3:pool-1/desktops", "Accept: application/x-ndjson"), ill)
		})
	}
}

// TestSeveralFail has two sources that fail in different ways.
func TestSeveralFail(t *testing.T) {
	kinds := func(a, b pool.Kind) []pool.Source {
		one, _ := ailing(small(t, "m1"), fails(pool.Error{Kind: a, RetryAfter: 7 * time.Second}))
		two, _ := ailing(small(t, "m2"), fails(pool.Error{Kind: b, RetryAfter: 3 * time.Second}))
		return []pool.Source{one, two}
	}
	for _, tt := range []struct {
		a, b   pool.Kind
		status int
		code   string
	}{
		{pool.Timeout, pool.Timeout, 504, "UPSTREAM_TIMEOUT"},
		{pool.Throttled, pool.Throttled, 503, "UPSTREAM_THROTTLED"},
		{pool.Throttled, pool.Skipped, 503, "UPSTREAM_UNAVAILABLE"},
		{pool.Timeout, pool.Throttled, 502, "UPSTREAM_ERROR"},
		{pool.Auth, pool.Denied, 502, "UPSTREAM_AUTH"},
		{pool.Auth, pool.BadBody, 502, "UPSTREAM_ERROR"},
		{pool.Conflict, pool.NotEnabled, 502, "UPSTREAM_ERROR"},
	} {
		rep := start(t, setup{sources: kinds(tt.a, tt.b)}).get("/v1/pools")
		if rep.status != tt.status || rep.json(t)["code"] != tt.code || rep.json(t)["retry_after_s"] != 7.0 {
			t.Errorf("%s and %s: %d %s", tt.a, tt.b, rep.status, rep.body)
		}
		if rep.json(t)["upstream"] != nil {
			t.Errorf("%s and %s: one of two is blamed: %s", tt.a, tt.b, rep.body)
		}
	}
}

// TestHangingSource asks four sources of which one never answers.
func TestHangingSource(t *testing.T) {
	for _, tt := range []struct {
		prefer string
		wait   time.Duration
	}{{"", 8 * time.Second}, {"wait=5", 5 * time.Second}, {"wait=1", time.Second}, {`foo="a, wait=9", wait=60`, time.Minute}, {"wait=2, wait=40", 2 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			g := start(t, setup{sources: four(t, func(s pool.Source) pool.Source { s, _ = ailing(s, hangs); return s })})
			for _, target := range []string{"/v1/pools", "/v1/statistics?group_by=source"} {
				begun := time.Now()
				list := g.ok(target, "Prefer: "+tt.prefer)
				if took := time.Since(begun); took != tt.wait {
					t.Errorf("%s with Prefer: %s took %v, want %v", target, tt.prefer, took, tt.wait)
				}
				if target == "/v1/pools" {
					wantPartial(t, list, illness{status: "FAILED", code: "UPSTREAM_TIMEOUT"})
				}
			}
			rep := g.get("/v1/pools?source=m3", "Prefer: "+tt.prefer)
			wantProblem(t, rep, illness{status: "FAILED", code: "UPSTREAM_TIMEOUT", http: http.StatusGatewayTimeout})
			begun := time.Now()
			if g.ok("/v1/pools?source=m1,m2,m4"); time.Since(begun) != 0 {
				t.Error("a source that was not asked for delays the answer")
			}
			for _, target := range []string{"/v1/pools/m3:pool-1", "/v1/desktops/m3:desktop-1/native", "/v1/pools/m3:pool-1/desktops"} {
				begun := time.Now()
				if rep := g.get(target, "Prefer: "+tt.prefer); rep.status != 504 || time.Since(begun) != tt.wait {
					t.Errorf("%s: %d after %v", target, rep.status, time.Since(begun))
				}
			}
		})
	}
}

// TestSourceStatusIsBounded has so many sources that the header cannot name all.
func TestSourceStatusIsBounded(t *testing.T) {
	many := func(healthy, ill int) []pool.Source {
		var sources []pool.Source
		for i := range healthy + ill {
			src := small(t, fmt.Sprintf("source-%03d", i))
			if i >= healthy {
				src, _ = ailing(src, fails(pool.Error{Kind: pool.Throttled}))
			}
			sources = append(sources, src)
		}
		return sources
	}
	for _, tt := range []struct {
		healthy, ill int
		want         string // of the header
	}{
		{3, 1, `^source-000;s=ok;age=0, .*, source-003;s=failed;code="UPSTREAM_THROTTLED"$`},
		{200, 1, `^source-200;s=failed;code="UPSTREAM_THROTTLED", truncated$`},
		{200, 0, `^truncated$`},
		{1, 200, `^source-001;s=failed;code="UPSTREAM_THROTTLED", .*", truncated$`},
	} {
		rep := start(t, setup{sources: many(tt.healthy, tt.ill)}).get("/v1/pools")
		line := rep.header.Get("Source-Status")
		if !regexp.MustCompile(tt.want).MatchString(line) || len(line) > 2048 {
			t.Errorf("%d and %d sources: %d bytes: %s", tt.healthy, tt.ill, len(line), line)
		}
		if timing := rep.header.Get("Server-Timing"); len(timing) > 2048 || tt.healthy+tt.ill > 100 != strings.HasSuffix(timing, ", truncated") {
			t.Errorf("%d and %d sources: Server-Timing has %d bytes: %s", tt.healthy, tt.ill, len(timing), timing)
		}
		sources, _ := rep.json(t)["sources"].([]any)
		if len(sources) != tt.healthy+tt.ill {
			t.Errorf("the body has %d sources", len(sources))
		}
	}
}

// TestSourceThatKnowsNot is well, though it has no such pool.
func TestSourceThatKnowsNot(t *testing.T) {
	g := start(t, setup{sources: []pool.Source{small(t, "m1")}})
	for target, code := range map[string]string{
		"/v1/pools/m1:nothing": "POOL_NOT_FOUND", "/v1/pools/m1:nothing/native": "POOL_NOT_FOUND", "/v1/pools/m1:nothing/desktops": "POOL_NOT_FOUND",
		"/v1/desktops/m1:nothing": "DESKTOP_NOT_FOUND", "/v1/desktops/m1:nothing/native": "DESKTOP_NOT_FOUND",
		"/v1/pools/m9:pool-1": "POOL_NOT_FOUND", "/v1/desktops/m9:desktop-1": "DESKTOP_NOT_FOUND", "/v1/pools/m9:pool-1/desktops": "POOL_NOT_FOUND",
		"/v1/sources/m9": "SOURCE_NOT_FOUND", "/v1/statistics?pool_id=m1:nothing": "POOL_NOT_FOUND", "/v1/statistics?pool_id=m9:pool-1": "POOL_NOT_FOUND",
	} {
		rep := g.get(target)
		if rep.status != http.StatusNotFound || rep.json(t)["code"] != code {
			t.Errorf("%s: %d %s", target, rep.status, rep.body)
		}
		if line := rep.header.Get("Source-Status"); !slices.Contains([]string{"", "m1;s=ok", "m1;s=ok;age=0"}, line) {
			t.Errorf("%s: Source-Status: %s", target, line)
		}
	}
}
