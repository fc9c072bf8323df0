package handlers_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func testPoolFields(t *testing.T, s *subject) {
	s.fields(t, "listPools", "/v1/pools?limit=30")
	s.fields(t, "getPool", "/v1/pools/"+s.pools[0].id())
}

func testDesktopFields(t *testing.T, s *subject) {
	s.fields(t, "listPoolDesktops", "/v1/pools/"+s.large+"/desktops?limit=30")
	s.fields(t, "getDesktop", "/v1/desktops/"+s.desktops[0].id())
}

// fields asks for each field of an operation by itself, and for several, and
// compares with what is left of the whole answer by hand.
func (s *subject) fields(t *testing.T, operation, target string) {
	whole := s.ok(target)
	joint := "?"
	if strings.Contains(target, "?") {
		joint = "&"
	}
	words := s.contract.words(operation, "fields")
	if len(words) < 40 {
		t.Fatalf("%s has only %d fields", operation, len(words))
	}
	for _, list := range append(words, "id,name", "counts.total,counts", "counts,counts.total", "disks.id,disks.class,image.id", "product.gpu.count,product.cpu") {
		if slices.ContainsFunc(strings.Split(list, ","), func(f string) bool { return !slices.Contains(words, f) }) {
			continue
		}
		got := s.ok(target + joint + "fields=" + list)
		want := any(trimmed(whole, strings.Split(list, ",")))
		if items, ok := whole["items"]; ok {
			want, got = trimmed(items, strings.Split(list, ",")), map[string]any{"items": got["items"]}
			want = map[string]any{"items": want}
		}
		if diff := gocmp.Diff(forget(want, "as_of"), forget(any(got), "as_of")); diff != "" {
			t.Errorf("%s: fields=%s:\n%s", operation, list, diff)
		}
	}
}

// words are what a list parameter of an operation takes.
func (c *contract) words(operation, param string) []string {
	var words []string
	for _, item := range c.doc.Paths.Map() {
		if item.Get == nil || item.Get.OperationID != operation {
			continue
		}
		for _, w := range item.Get.Parameters.GetByInAndName("query", param).Schema.Value.Items.Value.Enum {
			words = append(words, w.(string))
		}
	}
	return words
}

// trimmed is what the paths, and id, leave of a value.
func trimmed(value any, paths []string) any {
	switch v := value.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = trimmed(item, paths)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			var below []string
			whole := false
			for _, p := range append([]string{"id"}, paths...) {
				first, rest, deeper := strings.Cut(p, ".")
				whole = whole || first == key && !deeper
				if first == key && deeper {
					below = append(below, rest)
				}
			}
			switch {
			case whole:
				out[key] = inner
			case len(below) > 0:
				out[key] = trimmedBelow(inner, below)
			}
		}
		return out
	}
	return value
}

// trimmedBelow is trimmed within a row, where id does not come by itself.
func trimmedBelow(value any, paths []string) any {
	out := trimmed(value, paths)
	if !slices.Contains(paths, "id") {
		out = forget(out, "id")
	}
	return out
}

// forget leaves out a key in all objects of a value.
func forget(value any, key string) any {
	switch v := value.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = forget(item, key)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			if k != key {
				out[k] = forget(inner, key)
			}
		}
		return out
	}
	return value
}
