package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// leaves are the values of a JSON document by path, as in data_volumes.0.size:
// numbers as they are written, digit for digit; also what is empty.
type leaves map[string]string

func leavesOf(v any) leaves {
	l := leaves{}
	l.add("", v)
	return l
}

func (l leaves) add(path string, v any) {
	below := func(name string, v any) { l.add(strings.TrimPrefix(path+"."+name, "."), v) }
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			l[path] = "{}"
		}
		for name := range v {
			below(name, v[name])
		}
	case []any:
		if len(v) == 0 {
			l[path] = "[]"
		}
		for i := range v {
			below(strconv.Itoa(i), v[i])
		}
	default:
		l[path] = written(v)
	}
}

// said is a text of l, without quotes.
func (l leaves) said(path string) string { return strings.Trim(l[path], `"`) }

// length is how many elements the list at path has.
func (l leaves) length(path string) int {
	for n := 0; ; n++ {
		under := path + "." + strconv.Itoa(n)
		if !slices.ContainsFunc(slices.Collect(maps.Keys(l)), func(p string) bool { return p == under || strings.HasPrefix(p, under+".") }) {
			return n
		}
	}
}

// written is v as JSON.
func written(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // what was read can be written
	}
	return strings.TrimSpace(b.String())
}

// decoded keeps numbers as they are written.
func decoded(t *testing.T, body []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

// absent is what stands at a path where there is nothing.
const absent = "absent"

// at is what stands at a path of v, as JSON.
func at(v any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			below, found := in[name]
			if !found {
				return absent
			}
			v = below
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(in) {
				return absent
			}
			v = in[i]
		default:
			return absent
		}
	}
	return written(v)
}

var index = regexp.MustCompile(`\.\d+`)

// plain is a path without indexes.
func plain(path string) string { return index.ReplaceAllString(path, "") }

const (
	undocumented = "undocumented"
	oddNumber    = "12345678901234567890.50e-3" // that no float keeps
	newWord      = "NO_SUCH_WORD"
)

// fixture makes answers in which every documented field has a value that no
// other has, of its documented type, in the form of the document's example.
type fixture struct {
	example leaves
	words   map[string][]string // by plain path; each round takes the next one
	round   int
	extra   bool // each object gets an undocumented field

	n       int
	objects map[string]int64 // by plain path
	values  map[string]string
	again   []string // paths of values that are not unlike all others
}

func (fx *fixture) object(fields []field, path string) map[string]any {
	made := map[string]any{}
	for _, f := range fields {
		made[f.name] = fx.value(f, strings.TrimPrefix(path+"."+f.name, "."))
	}
	if fx.extra {
		made[undocumented] = json.Number(oddNumber)
		fx.objects[plain(path)]++
	}
	return made
}

func (fx *fixture) value(f field, path string) any {
	switch f.kind {
	case object:
		return fx.object(f.of, path)
	case objects:
		list := make([]any, max(1, fx.example.length(path)))
		for i := range list {
			list[i] = fx.object(f.of, path+"."+strconv.Itoa(i))
		}
		return list
	case texts:
		return []any{fx.scalar(text, path+".0")}
	}
	return fx.scalar(f.kind, path)
}

func (fx *fixture) scalar(kind, path string) any {
	if words := fx.words[plain(path)]; words != nil {
		return words[fx.round%len(words)]
	}
	if kind == boolean {
		return fx.round%2 == 0
	}
	fx.n++
	v := fx.distinct(kind, path)
	if w := written(v); fx.values[w] != "" {
		fx.again = append(fx.again, fx.values[w]+" and "+path+": "+w)
	} else {
		fx.values[w] = path
	}
	return v
}

func (fx *fixture) distinct(kind, path string) any {
	n := 1000*fx.n + 7
	if strings.HasSuffix(path, "total_num") {
		n = 1_000_000 * fx.n // more than its parts
	}
	if kind == number {
		return json.Number(strconv.Itoa(n))
	}
	example := fx.example.said(path)
	if _, err := strconv.Atoi(example); err == nil {
		return strconv.Itoa(n)
	}
	for _, layout := range []string{time.RFC3339, time.DateTime} {
		if when, err := time.Parse(layout, example); err == nil {
			return when.Add(time.Duration(fx.n) * time.Minute).Format(layout)
		}
	}
	if hidden := strings.ReplaceAll(example, "XX", "1"); netip.AddrFrom4([4]byte{192, 168, 1, 1}).String() == hidden {
		return netip.AddrFrom4([4]byte{192, 168, 1, byte(fx.n)}).String()
	}
	return path[strings.LastIndex(path, ".")+1:] + "-" + strconv.Itoa(fx.n)
}

// fixture is the one for a round of words.
func (r read) fixture(t *testing.T, doc document, words map[string][]string, round int) *fixture {
	t.Helper()
	return &fixture{
		example: leavesOf(decoded(t, []byte(doc.example))), words: words, round: round,
		objects: map[string]int64{}, values: map[string]string{},
	}
}

// body is the whole answer. All of its mapped fields are there.
func (fx *fixture) body(t *testing.T, r read, doc document) string {
	t.Helper()
	body := written(fx.object(doc.fields, ""))
	if len(fx.again) > 0 {
		t.Errorf("not distinct: %v", fx.again)
	}
	said := leavesOf(decoded(t, []byte(body)))
	for _, m := range r.mappings {
		if _, there := said[m.said]; !there {
			t.Errorf("the fixture lacks %s", m.said)
		}
	}
	return body
}
