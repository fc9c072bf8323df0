package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentedExamples serves each page's own example.
func TestDocumentedExamples(t *testing.T) {
	for _, r := range reads() {
		t.Run(r.page, func(t *testing.T) {
			doc := readDocument(t, r.page, r.parse)
			ours := r.hold(t, doc, doc.example, drift{Types: r.misfits})
			for _, m := range r.mappings {
				if got := at(ours, m.ours); got != m.example {
					t.Errorf("%s is %s, want %s", m.ours, got, m.example)
				}
			}
		})
	}
}

// TestDocumentedFields holds that each field of the pages has its place: it is
// mapped, or it is known to be native only.
func TestDocumentedFields(t *testing.T) {
	for _, r := range reads() {
		t.Run(r.page, func(t *testing.T) {
			doc := readDocument(t, r.page, r.parse)
			placed := map[string]bool{}
			for _, path := range strings.Fields(r.nativeOnly) {
				placed[path] = true
			}
			for _, m := range r.mappings {
				placed[plain(m.said)] = true
			}
			fields := 0
			each(doc.fields, "", func(path string, f field) {
				fields++
				if !placed[path] && f.of == nil {
					t.Errorf("%s, %s, is neither mapped nor native only", path, f.kind)
				}
				if f.kind == "" || strings.TrimSpace(f.about) == "" {
					t.Errorf("%s has type %q and description %q", path, f.kind, f.about)
				}
				delete(placed, path)
			})
			if fields != r.fields {
				t.Errorf("the page documents %d fields, want %d", fields, r.fields)
			}
			if len(placed) > 0 {
				t.Errorf("not documented: %v", slices.Sorted(maps.Keys(placed)))
			}
		})
	}
}

// TestDocumentedEditionsAgree: the Chinese page documents the same fields.
func TestDocumentedEditionsAgree(t *testing.T) {
	kinds := func(page string) map[string]string {
		list := map[string]string{}
		doc := readDocument(t, page, parseHuawei)
		each(doc.fields, "", func(path string, f field) { list[path] = f.kind })
		list["operation"] = doc.operation
		return list
	}
	if diff := cmp.Diff(kinds("huawei-show-desktop-pool.en.txt"), kinds("huawei-show-desktop-pool.zh.txt")); diff != "" {
		t.Errorf("(-en +zh):\n%s", diff)
	}
}

// TestDocumentedFieldsAndWords serves answers with every documented field, and
// in one of them every documented word: all are known, and none is lost.
func TestDocumentedFieldsAndWords(t *testing.T) {
	for _, r := range reads() {
		t.Run(r.page, func(t *testing.T) {
			doc := readDocument(t, r.page, r.parse)
			words := r.documentedWords(t, doc)
			for path := range r.vocabulary {
				if len(words[path]) == 0 {
					t.Errorf("%s has no documented word", path)
				}
			}
			rounds := 2 // for booleans
			for _, list := range words {
				rounds = max(rounds, len(list))
			}
			for round := range rounds {
				r.hold(t, doc, r.fixture(t, doc, words, round).body(t, r, doc), drift{})
			}
		})
	}
}

// TestUndocumented adds a field to each object, and puts a new word into each
// field that has documented ones: both are passed on and counted, and no error.
func TestUndocumented(t *testing.T) {
	for _, r := range reads() {
		t.Run(r.page, func(t *testing.T) {
			doc := readDocument(t, r.page, r.parse)
			words := r.documentedWords(t, doc)
			for path := range r.vocabulary {
				words[path] = []string{newWord}
			}
			fx := r.fixture(t, doc, words, 0)
			fx.extra = true
			body := fx.body(t, r, doc)
			want := drift{Fields: map[string]int64{}, Words: map[string]int64{}}
			for path, n := range fx.objects {
				want.Fields[strings.ReplaceAll(r.operation+"."+path+"."+undocumented, "..", ".")] = n
			}
			for path, w := range leavesOf(decoded(t, []byte(body))) {
				if w == written(newWord) {
					want.Words[r.vocabulary[plain(path)]+"="+newWord]++
				}
			}
			if strings.Count(body, newWord) < len(r.vocabulary) || !strings.Contains(body, oddNumber) {
				t.Errorf("nothing new in %s", body)
			}
			r.hold(t, doc, body, want)
		})
	}
}

// TestDocumentedFailures serves the error that each page documents for each
// status: its fields are in the problem that is answered.
func TestDocumentedFailures(t *testing.T) {
	for page, tt := range map[string]struct{ route, statuses string }{
		"huawei-show-desktop-pool.en.txt":  {"/v1/pools/hw:a130ab3a-72bf-4b71-baa9-af4987c8e338", "400 401 403 404 500"},
		"huawei-show-desktop-pool.zh.txt":  {"/v1/pools/hw:a130ab3a-72bf-4b71-baa9-af4987c8e338/native", "400 401 403 404 500"},
		"huawei-desktop-statistics.en.txt": {"/v1/statistics", "default"},
	} {
		doc := readDocument(t, page, parseHuawei)
		if got := strings.Join(slices.Sorted(maps.Keys(doc.failures)), " "); got != tt.statuses {
			t.Errorf("%s documents failures %q, want %q", page, got, tt.statuses)
		}
		for status, fields := range doc.failures {
			t.Run(page+" "+status, func(t *testing.T) {
				fx := fixture{example: leaves{}, values: map[string]string{}}
				failure := fx.object(fields, "")
				code := map[string]int{"400": 400, "401": 401, "403": 403, "404": 404, "500": 500, "default": 500}[status]
				c := &cloud{doc: doc, status: code, body: written(failure)}
				s := c.open(t, "huawei")
				answered, body := get(t, http.MethodGet, s.public+tt.route, "", "")
				var problem struct{ Upstream map[string]any }
				if err := json.Unmarshal(body, &problem); err != nil || answered < 400 {
					t.Fatalf("%d: %v: %s", answered, err, body)
				}
				want := map[string]any{
					"code": failure["error_code"], "message": failure["error_msg"], "detail": failure["error_detail"],
					"authorization_message": failure["encoded_authorization_message"], "http_status": float64(code),
				}
				maps.DeleteFunc(problem.Upstream, func(name string, _ any) bool { return name == "source" || name == "operation" })
				if diff := cmp.Diff(want, problem.Upstream); diff != "" || len(failure) != 4 {
					t.Errorf("upstream of a problem for %v (-want +got):\n%s", failure, diff)
				}
			})
		}
	}
}

// TestDocumentedParameters: a request can give every parameter of the pages,
// and gives no other, which the cloud itself holds.
func TestDocumentedParameters(t *testing.T) {
	for _, tt := range []struct {
		read
		asks []string
		want string
	}{
		{reads()[0], []string{"/v1/pools/hw:1ad74b36-0de7-45fe-aed3-6cb047d69e99"}, ""},
		{reads()[2], []string{"/v1/statistics?pool_id=hw:{pool}"}, "desktop_pool_ids desktop_type statistics_type"},
		{reads()[3], []string{
			"/v1/pools/ali:" + groupID + "/desktops?limit=2",
			"/v1/pools/ali:" + groupID + "/desktops?billing_mode=POSTPAID",
		}, "DesktopGroupId IgnoreDeleted MaxResults NextToken PayType RegionId"},
	} {
		t.Run(tt.page, func(t *testing.T) {
			doc := readDocument(t, tt.page, tt.parse)
			body := tt.fixture(t, doc, tt.documentedWords(t, doc), 0).body(t, tt.read, doc)
			pool := leavesOf(decoded(t, []byte(body))).said("desktop_pool_statistics.0.desktop_pool_id")
			c := &cloud{doc: doc, body: body}
			s := c.open(t, tt.cloud)
			for _, path := range tt.asks {
				path = strings.ReplaceAll(path, "{pool}", pool)
				if next, ok := strings.CutPrefix(at(fetch(t, s, path), "page.next"), `"`+s.public); ok {
					fetch(t, s, strings.Trim(next, `"`))
				}
			}
			if got := c.parameters(); got != tt.want || got != strings.Join(slices.Sorted(maps.Keys(doc.parameters)), " ") {
				t.Errorf("asked with %q, want %q; documented are %v", got, tt.want, doc.parameters)
			}
		})
	}
}

// TestDocumentedDesktopByID: one desktop's native view has its row of the
// documented answer, less the rows of others.
func TestDocumentedDesktopByID(t *testing.T) {
	r := reads()[3]
	doc := readDocument(t, r.page, r.parse)
	c := &cloud{doc: doc, body: doc.example}
	s := c.open(t, r.cloud)
	example := decoded(t, []byte(doc.example))
	for _, array := range []string{"PaidDesktops", "PostPaidDesktops"} {
		id := strings.Trim(at(example, array+".0.DesktopId"), `"`)
		view := fetch(t, s, "/v1/desktops/ali:"+id+"/native")
		if diff := cmp.Diff(at(example, array+".0"), at(view, "parts.1.body")); diff != "" {
			t.Errorf("%s (-example +got):\n%s", id, diff)
		}
		if got := at(view, "parts.1.operation"); got != written(doc.operation) {
			t.Errorf("part 1 is of %s", got)
		}
	}
}
