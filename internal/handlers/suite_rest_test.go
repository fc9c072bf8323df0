package handlers_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// routes are one good request to every GET of the document.
func (s *subject) routes() map[string]string {
	p, d := s.pools[0].id(), s.desktops[0].id()
	return map[string]string{
		"listPools": "/v1/pools", "getPool": "/v1/pools/" + p, "listPoolDesktops": "/v1/pools/" + p + "/desktops",
		"getPoolNative": "/v1/pools/" + p + "/native", "getDesktop": "/v1/desktops/" + d, "getDesktopNative": "/v1/desktops/" + d + "/native",
		"getStatistics": "/v1/statistics", "listSources": "/v1/sources", "getSource": "/v1/sources/" + s.pools[0].text("source"),
		"getCapabilities": "/v1/capabilities", "getOpenAPIJSON": "/openapi.json", "getOpenAPIYAML": "/openapi.yaml",
		"getProblem": "/problems/upstream-auth", "getLiveness": "/livez", "getReadiness": "/readyz",
		"listProducts": "/v1/sources/" + s.sources[0].ID + "/products", "listImages": "/v1/sources/" + s.sources[0].ID + "/images",
		"listOrders": "/v1/orders", "getOrder": "/v1/orders/" + noOrder,
	}
}

func testRoutesAnswer(t *testing.T, s *subject) {
	routes := s.routes()
	for path, item := range s.contract.doc.Paths.Map() {
		if item.Get == nil {
			continue
		}
		target, known := routes[item.Get.OperationID]
		if !known {
			t.Errorf("the test has no request for %s %s", item.Get.OperationID, path)
			continue
		}
		want := http.StatusOK
		switch op := item.Get.OperationID; {
		case op == "getOrder":
			want = http.StatusNotFound
		case (op == "listProducts" || op == "listImages") && s.sources[0].Catalogue == nil:
			want = http.StatusUnprocessableEntity
		}
		if rep := s.get(target); rep.status != want || len(rep.body) == 0 {
			t.Errorf("GET %s: %d %s", target, rep.status, rep.body)
		}
	}
}

// testHead holds HEAD to GET: the same headers, no body.
func testHead(t *testing.T, s *subject) {
	targets := []string{"/v1/pools?limit=1", "/v1/pools/nowhere:pool", "/v1/pools?nonsense=1", "/nowhere", s.list(s.large) + "?limit=2"}
	for _, target := range s.routes() {
		targets = append(targets, target)
	}
	volatile := cmpopts.IgnoreMapEntries(func(name string, _ []string) bool {
		return slices.Contains([]string{"Request-Id", "Date", "Server-Timing", "Upstream-Request-Id", "Link", "Transfer-Encoding"}, name)
	})
	for _, target := range targets {
		for _, media := range []string{"*/*", "application/json;q=0.1, application/x-ndjson;q=0.9, */*;q=0.05"} {
			get, head := s.get(target, "Accept: "+media), s.send(request{method: "HEAD", target: target, headers: []string{"Accept: " + media}})
			if head.status != get.status || len(head.body) > 0 {
				t.Errorf("HEAD %s: %d with %d bytes, GET %d", target, head.status, len(head.body), get.status)
			}
			get.header.Del("Content-Length")
			head.header.Del("Content-Length")
			if diff := gocmp.Diff(get.header, head.header, volatile); diff != "" {
				t.Errorf("%s as %s: the headers of GET and HEAD:\n%s", target, media, diff)
			}
		}
	}
}

// testETag holds for sources behind a cache: what did not change is not sent again.
func testETag(t *testing.T, s *subject) {
	versions := s.sources[0].Live != nil
	targets := []string{"/v1/pools", "/v1/pools?limit=3&sort=-name", "/v1/pools/" + s.pools[0].id(), "/v1/desktops/" + s.desktops[0].id(), s.list(s.large), "/v1/statistics"}
	if first := s.sources[0]; first.Catalogue != nil {
		targets = append(targets, "/v1/sources/"+first.ID+"/products", "/v1/sources/"+first.ID+"/images?limit=1")
	}
	for _, target := range targets {
		first := s.get(target)
		tag := first.header.Get("ETag")
		if (tag != "") != versions {
			t.Errorf("%s has the ETag %q, and behind a cache it is %v", target, tag, versions)
		}
		if !versions {
			continue
		}
		for _, have := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*", `W/"y",` + tag + `,"z"`} {
			rep := s.get(target, "If-None-Match: "+have)
			if rep.status != http.StatusNotModified || rep.header.Get("ETag") != tag || rep.header.Get("Vary") != first.header.Get("Vary") {
				t.Errorf("%s with If-None-Match: %s: %d, ETag %q", target, have, rep.status, rep.header.Get("ETag"))
			}
		}
		for _, other := range []string{`"x"`, `W/"` + strings.Repeat("y", 22) + `"`, tag + "x", "nonsense"} {
			if rep := s.get(target, "If-None-Match: "+other); rep.status != http.StatusOK {
				t.Errorf("%s with If-None-Match: %s: %d", target, other, rep.status)
			}
		}
		for name, rep := range map[string]reply{
			"another key": s.as(keyRead).get(target), "another preference": s.get(target, "Prefer: handling=strict"),
		} {
			if rep.status != http.StatusOK || rep.header.Get("ETag") == tag {
				t.Errorf("%s: %s gives the same ETag", target, name)
			}
		}
	}
}

func testInclude(t *testing.T, s *subject) {
	list := s.ok("/v1/pools?include=native,total&limit=4")
	if total := row(list).at("page.total"); total != float64(len(s.pools)) {
		t.Errorf("the total is %v, want %d", total, len(s.pools))
	}
	for _, r := range slices.Concat(rowsOf(list), rowsOf(s.ok(s.list(s.large)+"?include=native&limit=3")), rowsOf(map[string]any{"items": list["sources"]})) {
		parts, _ := r["native"].([]any)
		if len(parts) == 0 {
			t.Errorf("%s has no native parts", r.id())
		}
		for _, p := range parts {
			if part := row(p.(map[string]any)); part.text("operation") == "" || part["body"] == nil {
				t.Errorf("%s has the part %v", r.id(), part)
			}
		}
	}
	if total := row(s.ok(s.list(s.large) + "?include=total&include_deleted=true&limit=1")).at("page.total"); total != nil && total != float64(len(s.desktops)) {
		t.Errorf("the total of desktops is %v, want %d or null", total, len(s.desktops))
	}
	if total := row(s.ok(s.list(s.large) + "?include=total&power_state=RUNNING")).at("page.total"); total != nil {
		t.Errorf("the total of filtered desktops is %v, want null", total)
	}
	if r := row(s.ok("/v1/pools/" + s.pools[0].id() + "?include=native&fields=name")); r["native"] == nil || len(r) != 3 {
		t.Errorf("fields=name&include=native gives %v", r)
	}
}

// testNative compares the native view with what the source itself said.
func testNative(t *testing.T, s *subject) {
	for _, target := range []string{"/v1/pools/" + s.large, "/v1/desktops/" + s.desktops[0].id()} {
		rep := s.get(target + "/native")
		var view struct {
			ID, Source, Cloud string
			Parts             []struct {
				Operation string
				Body      json.RawMessage
			}
		}
		if err := json.Unmarshal(rep.body, &view); err != nil || rep.status != http.StatusOK {
			t.Fatalf("%s: %d %s %v", target, rep.status, rep.body, err)
		}
		if !strings.HasSuffix(target, view.ID) || !strings.HasPrefix(view.ID, view.Source+":") || len(view.Parts) == 0 {
			t.Errorf("%s: %+v", target, view)
		}
		if cc := rep.header.Get("Cache-Control"); cc != "no-store" {
			t.Errorf("%s may be kept: %s", target, cc)
		}
		included := row(s.ok(target + "?include=native"))["native"].([]any)
		if len(included) != len(view.Parts) {
			t.Errorf("%s has %d parts, include=native %d", target, len(view.Parts), len(included))
		}
	}
}

func testSources(t *testing.T, s *subject) {
	rows := s.walk("/v1/sources?limit=1")
	if len(rows) != len(s.sources) {
		t.Fatalf("%d sources, want %d", len(rows), len(s.sources))
	}
	for _, r := range rows {
		one := row(s.ok("/v1/sources/" + r.id()))
		if diff := gocmp.Diff(map[string]any(r), map[string]any(one)); diff != "" {
			t.Errorf("%s in the list and by itself:\n%s", r.id(), diff)
		}
		if status := r.text("status"); status != "OK" && r.text("cloud") != "MEMORY" {
			t.Errorf("%s is %s", r.id(), status)
		}
		byCloud := keep(rows, func(o row) bool { return o.text("cloud") == r.text("cloud") })
		for _, filter := range []string{"cloud=" + r.text("cloud"), "region=" + strings.Join(values(byCloud, 9, func(o row) []string { return []string{o.text("region")} }), ",")} {
			if diff := gocmp.Diff(ids(byCloud), ids(s.walk("/v1/sources?"+filter))); diff != "" {
				t.Errorf("%s:\n%s", filter, diff)
			}
		}
	}
}

func testCapabilities(t *testing.T, s *subject) {
	rows := s.walk("/v1/capabilities?limit=2")
	if len(rows) != len(s.sources) {
		t.Fatalf("%d sources, want %d", len(rows), len(s.sources))
	}
	for _, r := range rows {
		never, _ := r["not_reported"].([]any)
		for _, field := range never {
			kind, path, _ := strings.Cut(field.(string), ".")
			subjects := map[string][]row{"pool": s.pools, "desktop": s.desktops}[kind]
			for _, of := range keep(subjects, func(o row) bool { return o.text("source") == r.id() }) {
				if v := of.at(path); v != nil && v != "UNKNOWN" {
					t.Errorf("%s never reports %s, but %s has %v", r.id(), field, of.id(), v)
					break
				}
			}
		}
	}
}

// testEmpty asks for what has no rows.
func testEmpty(t *testing.T, s *subject) {
	for _, target := range []string{"/v1/pools?name=no-such-name", s.list(s.large) + "?name.contains=no-such-name"} {
		list := s.ok(target)
		if items, isList := list["items"].([]any); !isList || len(items) != 0 || list["complete"] != true {
			t.Errorf("%s: items %v, complete %v", target, list["items"], list["complete"])
		}
	}
}
