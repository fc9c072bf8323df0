package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// FuzzCursor opens texts: what was not sealed never opens, and what was opens only for its query.
func FuzzCursor(f *testing.F) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	cs := cursors{key: []byte("key"), now: func() time.Time { return now }}
	f.Add("", "q", "token", 3)
	f.Add(cs.seal(cursor{Query: "q"}), "q", "", 0)
	f.Add(strings.Repeat("A", 60), "", "\xff\"", -1)
	f.Fuzz(func(t *testing.T, s, query, token string, skip int) {
		if c, err := cs.open(s, query); err == nil && cs.seal(c) != s {
			t.Errorf("%q opens as %+v, which is sealed otherwise", s, c)
		}
		query, token = strings.ToValidUTF8(query, ""), strings.ToValidUTF8(token, "")
		want := cursor{Query: query, Token: token, Skip: skip, After: []pool.Rank{{Known: true, N: int64(skip), S: token}}, Row: s}
		want.Row = strings.ToValidUTF8(s, "")
		sealed := cs.seal(want)
		got, err := cs.open(sealed, query)
		want.Expires = now.Add(time.Hour).Unix()
		if diff := cmp.Diff(want, got); (skip >= 0) != (err == nil) || err == nil && diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if _, err := cs.open(sealed, query+"x"); !errors.Is(err, errCursorInvalid) {
			t.Errorf("another query opens it: %v", err)
		}
		if _, err := (cursors{key: []byte("yek"), now: cs.now}).open(sealed, query); !errors.Is(err, errCursorInvalid) {
			t.Errorf("another key opens it: %v", err)
		}
	})
}

func secret(key string) bool { return strings.HasPrefix(key, "user") }

// FuzzMask masks JSON: it stays JSON of the same form, nothing personal is
// left, and every other value keeps its bytes.
func FuzzMask(f *testing.F) {
	for _, s := range []string{
		`{"user_id":"u1","n":1.50,"list":[{"user_name":"a","x":"\u00e9\/"}],"user":{"a":[1,"b",null,true]}}`, `{"user_id":""}`, `[]`, `null`, `"x"`, `{"a":1,"a":2,"user":3}`,
		`{"user`, `{"a":}`, `[1,2`, `{"a": "\ud800", "b": 1e400 }`, " \n{ \"a\" :\t1 , \"user\" : -0 }\n", `{"a":1}{"user":"x"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := maskNative(body, secret)
		if len(body) == 0 {
			return
		}
		if !json.Valid(body) {
			if bytes.Equal(got, []byte(`"***"`)) {
				return
			}
			if !json.Valid(got) || !json.Valid(firstValue(body)) {
				t.Fatalf("%q is no JSON, and becomes %q", body, got)
			}
			body = firstValue(body) // a whole value with something behind it
		}
		if !json.Valid(got) {
			t.Fatalf("%q becomes %q, which is no JSON", body, got)
		}
		if want := reference(t, body, false); !bytes.Equal(want, got) {
			t.Errorf("%q becomes %q, want %q", body, got, want)
		}
	})
}

// firstValue is the first JSON value of a body.
func firstValue(body []byte) []byte {
	var raw json.RawMessage
	if json.NewDecoder(bytes.NewReader(body)).Decode(&raw) != nil {
		return nil
	}
	return raw
}

// reference masks by decoding level by level, the slow and plain way.
func reference(t *testing.T, raw []byte, hide bool) []byte {
	t.Helper()
	raw = bytes.TrimSpace(raw)
	switch {
	case raw[0] == '{' || raw[0] == '[':
		dec := json.NewDecoder(bytes.NewReader(raw))
		open, _ := dec.Token()
		out := []byte(open.(json.Delim).String())
		for n := 0; dec.More(); n++ {
			if n > 0 {
				out = append(out, ',')
			}
			below := hide
			if raw[0] == '{' {
				from := dec.InputOffset()
				key, _ := dec.Token()
				below = hide || secret(key.(string))
				out = append(append(out, bytes.TrimLeft(raw[from:dec.InputOffset()], " \t\r\n,")...), ':')
			}
			var v json.RawMessage
			if err := dec.Decode(&v); err != nil {
				t.Fatal(err)
			}
			out = append(out, reference(t, v, below)...)
		}
		end, _ := dec.Token()
		return append(out, end.(json.Delim).String()...)
	case !hide, string(raw) == `""`, raw[0] == 't', raw[0] == 'f', raw[0] == 'n':
		return raw
	}
	return []byte(`"***"`)
}

// FuzzProjection trims JSON: it stays JSON, and has the wanted keys in their order.
func FuzzProjection(f *testing.F) {
	f.Add([]byte(`{"id":"a","counts":{"total":1,"x":2},"disks":[{"id":1,"class":2}],"gpu":null}`), "counts.total,disks.id,gpu.count")
	f.Add([]byte(`{"id":"a","a":{"b":{"c":1,"d":2},"e":3}}`), "a.b,a.b.c")
	f.Add([]byte(`[{"id":1,"b":"<>&\u2028"}]`), "b")
	f.Fuzz(func(t *testing.T, value []byte, paths string) {
		var v any
		if json.Unmarshal(value, &v) != nil {
			return
		}
		value = encode(v) // rows are our own encoding
		list := strings.Split(paths, ",")
		if slices.ContainsFunc(list, func(p string) bool { return strings.ContainsAny(p, "\"\\\x00") || !json.Valid(encode(p)) }) {
			return
		}
		got := newProjection(list).apply(value)
		var trimmed any
		if err := json.Unmarshal(got, &trimmed); err != nil {
			t.Fatalf("%q by %q becomes %q: %v", value, paths, got, err)
		}
		if again := newProjection(list).apply(got); !bytes.Equal(again, got) {
			t.Errorf("%q by %q becomes %q, and then %q", value, paths, got, again)
		}
		if row, ok := v.(map[string]any); ok {
			id, had := row["id"]
			kept, has := trimmed.(map[string]any)["id"]
			if had != has || !slices.Contains(list, "id") && !strings.Contains(paths, "id.") && !cmp.Equal(id, kept) {
				t.Errorf("%q by %q becomes %q: the id is lost", value, paths, got)
			}
			for key := range trimmed.(map[string]any) {
				if _, had := row[key]; !had {
					t.Errorf("%q by %q becomes %q: %q is new", value, paths, got, key)
				}
			}
		}
		if all := newProjection(nil).apply(value); !bytes.Equal(all, value) {
			t.Errorf("%q without fields becomes %q", value, all)
		}
	})
}

// FuzzPrefer reads Prefer headers: what is kept is in bounds, and what is said
// to be applied is what is kept.
func FuzzPrefer(f *testing.F) {
	for _, s := range []string{"", "wait=5", "handling=strict, wait=60", `foo="a, wait=0"`, "wait=61", "wait", "WAIT=1;x=y", `handling="lenient"`, ",,;=", "wait=5, wait=0"} {
		f.Add(s, s)
	}
	a := &api{opts: Options{Wait: defaultWait}}
	f.Fuzz(func(t *testing.T, one, two string) {
		c := &call{}
		r := withCall(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), c)
		r.Header["Prefer"] = []string{one, two}
		p, fail := a.prefer(r)
		if fail != nil {
			if fail.code != InvalidParameter || fail.errors[0].Parameter != "Prefer" {
				t.Errorf("%q %q: %v", one, two, fail)
			}
			return
		}
		if p.wait < time.Second || p.wait > maxWait*time.Second || strings.Contains(c.applied, "strict") != p.strict {
			t.Errorf("%q %q: %+v, applied %q", one, two, p, c.applied)
		}
		r.Header["Prefer"] = []string{c.applied}
		again, fail := a.prefer(r)
		if fail != nil || again != p {
			t.Errorf("%q %q: applied %q means %+v, but %+v is kept", one, two, c.applied, again, p)
		}
	})
}

// FuzzAccept negotiates: what is agreed on is on offer, and none is agreed on only if all are refused.
func FuzzAccept(f *testing.F) {
	for _, s := range []string{"", "*/*", "application/json", "application/x-ndjson, */*;q=0.1", "text/html", "application/*;q=0", ";q=1", "application/json;q=NaN", "*/*;q=1e999", strings.Repeat(",", 99)} {
		f.Add(s)
	}
	offers := []string{mediaJSON, mediaNDJSON}
	f.Fuzz(func(t *testing.T, accept string) {
		media, ok := negotiate(http.Header{"Accept": {accept}}, offers)
		if ok != slices.Contains(offers, media) {
			t.Errorf("%q: %q %v", accept, media, ok)
		}
		for _, offer := range offers {
			if q := quality(accept, offer); q < 0 || q > 1 || q != q || !ok && strings.TrimSpace(accept) != "" && q > 0 {
				t.Errorf("%q likes %s by %v, agreed is %q", accept, offer, q, media)
			}
		}
		if both, _ := negotiate(http.Header{"Accept": {accept, "application/json"}}, offers); ok && media == mediaJSON && both != mediaJSON {
			t.Errorf("%q gives JSON, and %q with JSON besides", accept, both)
		}
	})
}
