package handlers_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// reads are one good request to every GET, on the sources that small makes.
var reads = map[string]string{
	"listPools": "/v1/pools", "getPool": "/v1/pools/m1:pool-1", "listPoolDesktops": "/v1/pools/m1:pool-1/desktops",
	"getPoolNative": "/v1/pools/m1:pool-1/native", "getDesktop": "/v1/desktops/m1:desktop-1", "getDesktopNative": "/v1/desktops/m1:desktop-1/native",
	"getStatistics": "/v1/statistics", "listSources": "/v1/sources", "getSource": "/v1/sources/m1", "getCapabilities": "/v1/capabilities",
	"getOpenAPIJSON": "/openapi.json", "getOpenAPIYAML": "/openapi.yaml", "getProblem": "/problems/not-found", "getLiveness": "/livez", "getReadiness": "/readyz",
	"listProducts": "/v1/sources/m1/products", "listImages": "/v1/sources/m1/images", "listOrders": "/v1/orders", "getOrder": "/v1/orders/" + noOrder,
}

// writes are the targets of one request to every POST.
var writes = map[string]string{
	"createEstimate": "/v1/estimates", "placeOrder": "/v1/orders", "resolveOrder": "/v1/orders/" + noOrder + "/resolution",
}

// noOrder is the id of an order that is not there.
const noOrder = "ord_00000000000000000000000000"

// tenants are two tenants: the first sees m1 and m2, the second m3.
func tenants(t *testing.T) *gateway {
	return start(t, setup{sources: []pool.Source{small(t, "m1"), small(t, "m2")}, other: []pool.Source{small(t, "m3")}})
}

// TestScopes walks the document: who may not ask is told so, and nothing else.
func TestScopes(t *testing.T) {
	g := tenants(t)
	operations := 0
	for path, item := range g.contract.doc.Paths.Map() {
		for method, op := range item.Operations() {
			operations++
			scope, _ := op.Extensions["x-scope"].(string)
			target := cmp.Or(reads[op.OperationID], writes[op.OperationID])
			if target == "" || scope == "" {
				t.Fatalf("%s %s: no request, or no x-scope", op.OperationID, path)
			}
			if scope != "open" {
				testScope(g, request{method: method, target: target}, scope)
			} else if rep := g.as("").get(target); rep.status != http.StatusOK {
				t.Errorf("%s is open, but %d without a key", path, rep.status)
			}
		}
	}
	if len(reads)+len(writes) != operations {
		t.Errorf("%d requests for %d operations", len(reads)+len(writes), operations)
	}
}

// lacking says which keys lack a scope.
var lacking = map[string][]string{
	"pools:read": {keyNothing, keyBuyer, keyClerk}, "native:read": {keyNothing, keyRead, keyPersonal, keyBuyer},
	"orders:estimate": {keyNothing, keyRead, keyClerk}, "orders:write": {keyNothing, keyRead, keyClerk},
	"orders:read": {keyNothing, keyRead, keyNative}, "admin": {keyNothing, keyRead, keyBuyer, keyClerk},
}

func testScope(g *gateway, r request, scope string) {
	path := r.target
	for _, hurt := range []string{"", "?nonsense=1"} { // other faults are not told
		r.target = path + hurt
		for _, key := range lacking[scope] {
			if rep := g.as(key).send(r); rep.status != http.StatusForbidden || rep.json(g.t)["code"] != "FORBIDDEN" || !strings.Contains(string(rep.body), scope) || rep.json(g.t)["errors"] != nil {
				g.t.Errorf("%s %s with %s: %d %s", r.method, r.target, key, rep.status, rep.body)
			}
		}
		for _, key := range []string{"", "unknown", keyAll + "x", keyAll[:10], strings.ToUpper(keyAll)} {
			rep := g.as(key).send(r)
			if rep.status != http.StatusUnauthorized || rep.json(g.t)["code"] != "UNAUTHENTICATED" || rep.header.Get("WWW-Authenticate") != `Bearer realm="deskpool"` {
				g.t.Errorf("%s %s with the key %q: %d %s", r.method, r.target, key, rep.status, rep.body)
			}
		}
	}
}

// TestAuthorizationHeader sends credentials in odd forms.
func TestAuthorizationHeader(t *testing.T) {
	g := tenants(t)
	for header, want := range map[string]int{
		"Authorization: Bearer " + keyRead: 200, "Authorization: bearer " + keyRead: 200, "Authorization: BEARER   " + keyRead: 200,
		"authorization: Bearer " + keyRead: 200,
		"Authorization: Basic " + keyRead:  401, "Authorization: " + keyRead: 401, "Authorization: Bearer": 401, "Authorization: Bearer ": 401,
		"Authorization: Bearer\t" + keyRead: 401, "Authorization: Bearer " + keyRead + "," + keyRead: 401, `Authorization: Bearer "` + keyRead + `"`: 401,
		"Authorization: Bearer " + keyRead + "\r\nAuthorization: Bearer " + keyRead: 401,
		"Authorization: ": 401, "Authorization: Bearer " + strings.Repeat("x", 100_000): 401, "Authorization: Bearer ключ": 401,
	} {
		if rep := g.get("/v1/pools", header); rep.status != want {
			t.Errorf("%.60q: %d, want %d", header, rep.status, want)
		}
	}
	if rep := g.as("").get("/v1/pools?api_key=" + keyRead + "&access_token=" + keyRead); rep.status != 401 {
		t.Errorf("a key in the query: %d", rep.status)
	}
}

// TestTenants asks for what another tenant has: it is not there.
func TestTenants(t *testing.T) {
	g := tenants(t)
	for _, tt := range []struct {
		key        string
		mine, hers []string
	}{{keyAll, []string{"m1", "m2"}, []string{"m3"}}, {keyOther, []string{"m3"}, []string{"m1", "m2"}}} {
		g := g.as(tt.key)
		if got := ids(g.walk("/v1/sources")); !slices.Equal(got, tt.mine) {
			t.Errorf("%s sees the sources %v, want %v", tt.key, got, tt.mine)
		}
		for _, target := range []string{"/v1/pools", "/v1/statistics?group_by=pool", "/v1/capabilities"} {
			rep := g.get(target)
			for _, src := range tt.hers {
				if strings.Contains(string(rep.body), `"`+src) || strings.Contains(rep.header.Get("Source-Status"), src) {
					t.Errorf("%s: %s tells of %s: %s", tt.key, target, src, rep.body)
				}
			}
			for _, src := range tt.mine {
				if !strings.Contains(string(rep.body), `"`+src) {
					t.Errorf("%s: %s does not tell of %s", tt.key, target, src)
				}
			}
		}
		for _, src := range tt.hers {
			hidden := g.get("/v1/sources/" + src)
			if hidden.status != 404 || hidden.json(t)["code"] != "SOURCE_NOT_FOUND" {
				t.Errorf("%s: source %s: %d", tt.key, src, hidden.status)
			}
			for _, route := range []string{"/v1/pools/%:pool-1", "/v1/pools/%:pool-1/native", "/v1/pools/%:pool-1/desktops", "/v1/desktops/%:desktop-1", "/v1/desktops/%:desktop-1/native", "/v1/statistics?pool_id=%:pool-1"} {
				there, nowhere := g.get(strings.Replace(route, "%", src, 1)), g.get(strings.Replace(route, "%", "nowhere", 1))
				if there.status != 404 || there.json(t)["code"] != nowhere.json(t)["code"] || there.header.Get("Source-Status") != "" {
					t.Errorf("%s: %s of %s: %d %s, of nowhere %s", tt.key, route, src, there.status, there.body, nowhere.body)
				}
				if a, b := strings.ReplaceAll(detail(t, there), src, "*"), strings.ReplaceAll(detail(t, nowhere), "nowhere", "*"); a != b {
					t.Errorf("%s: %q tells that there is something, unlike %q", tt.key, a, b)
				}
			}
			for _, route := range []string{"/v1/pools?source=", "/v1/statistics?source=", "/v1/sources?source=", "/v1/capabilities?source="} {
				rep := g.get(route + src)
				allowed := row(rep.json(t)["errors"].([]any)[0].(map[string]any))["allowed"].([]any)
				if rep.status != 400 || len(allowed) != len(tt.mine) || allowed[0] != tt.mine[0] {
					t.Errorf("%s: %s%s: %d allows %v", tt.key, route, src, rep.status, allowed)
				}
			}
		}
	}
}

func detail(t *testing.T, rep reply) string {
	t.Helper()
	d, _ := rep.json(t)["detail"].(string)
	return d
}

// TestAuthorizationMessage is for administrators only, in problems, lists and sources.
func TestAuthorizationMessage(t *testing.T) {
	src, _ := ailing(small(t, "m1"), fails(pool.Error{
		Kind: pool.Denied, Op: "list", Upstream: &pool.Upstream{HTTPStatus: 403, Code: "NoPermission", Message: "no", Detail: "d", RequestID: "up-1", AuthorizationMessage: "ENCODED"},
	}))
	g := start(t, setup{sources: []pool.Source{pool.Guard(src), small(t, "m2")}})
	for _, target := range []string{"/v1/pools", "/v1/pools/m1:pool-1", "/v1/pools?source=m1", "/v1/sources", "/v1/sources/m1", "/v1/pools/m1:pool-1/desktops"} {
		for key, may := range map[string]bool{keyAll: true, keyRead: false, keyNative: false} {
			rep := g.as(key).get(target)
			if strings.Contains(string(rep.body), "ENCODED") != may || !strings.Contains(string(rep.body), `"NoPermission"`) {
				t.Errorf("%s with %s: %s", target, key, rep.body)
			}
		}
	}
}
