package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestEncodeKeepsEverything holds that every field of the model comes back as
// it was, nil and empty apart.
func TestEncodeKeepsEverything(t *testing.T) {
	prefix := keyPrefix("hw", "")
	t.Run("pools", func(t *testing.T) { checkEncode[[]pool.Pool](t, prefix+kindPools+":") })
	t.Run("pool", func(t *testing.T) { checkEncode[pool.Pool](t, prefix+kindPool+":p1") })
	t.Run("desktops", func(t *testing.T) { checkEncode[pool.DesktopPage](t, desktopsKey(prefix, pool.DesktopsQuery{})) })
	t.Run("desktop", func(t *testing.T) { checkEncode[pool.Desktop](t, prefix+kindDesktop+":d1") })
	t.Run("statistics", func(t *testing.T) { checkEncode[pool.Statistics](t, statisticsKey(prefix, pool.StatisticsQuery{})) })
	t.Run("products", func(t *testing.T) { checkEncode[[]pool.Offer](t, prefix+kindProducts+":") })
	t.Run("images", func(t *testing.T) { checkEncode[[]pool.ImageOffer](t, prefix+kindImages+":") })
}

func checkEncode[T any](t *testing.T, key string) {
	rapid.Check(t, func(t *rapid.T) {
		var a pool.Answer[T]
		draw(t, reflect.ValueOf(&a.Value).Elem())
		draw(t, reflect.ValueOf(&a.Parts).Elem())
		draw(t, reflect.ValueOf(&a.AsOf).Elem())
		gen := Generation{shared: rapid.String().Draw(t, "generation")}
		e, err := newEntry(key, gen, a, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		a.Version, a.From = e.said.content().version, pool.FromCache
		if diff := cmp.Diff(a, e.said.(*said[T]).Answer); diff != "" {
			t.Fatalf("the entry (-answer +kept):\n%s", diff)
		}
		got := mustDecode(t, key, mustEncode(t, e))
		if diff := cmp.Diff(a, got.said.(*said[T]).Answer); diff != "" {
			t.Fatalf("the answer (-before +after):\n%s", diff)
		}
		if got.Key != key || !got.Stored.Equal(e.Stored) || !got.Until.Equal(e.Until) || got.missing != nil || got.weight != e.weight || got.gen != gen {
			t.Fatalf("the entry was %+v, now %+v", e, got)
		}
	})
}

// draw fills v with anything.
func draw(t *rapid.T, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		seconds := rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds") // years 1 to 9999
		v.Set(reflect.ValueOf(time.Unix(seconds, rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC()))
		return
	case reflect.TypeFor[json.RawMessage]():
		v.SetBytes(rapid.SampledFrom([][]byte{nil, {}, []byte(`{"a": "<&\u2028>", "n": 1.50e3}`), []byte("\n [ ] \n"), []byte("\xff\x00")}).Draw(t, "body"))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(-1e300, 1e300).Draw(t, "float"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem())
		}
	case reflect.Slice:
		n := rapid.IntRange(-1, 2).Draw(t, "len")
		if n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range max(n, 0) {
			draw(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i))
		}
	default:
		t.Fatalf("the model has a %v, which this test cannot draw", v.Type())
	}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func mustEncode(t fataler, e *Entry) []byte {
	t.Helper()
	data, err := encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustDecode(t fataler, key string, data []byte) *Entry {
	t.Helper()
	e, err := decode(key, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEncodeMissing(t *testing.T) {
	key := keyPrefix("hw", "") + kindPool + ":gone"
	want := &pool.Error{Kind: pool.NotFound, Source: "hw", Op: "show a pool", Detail: "no such pool", RetryAfter: time.Second,
		Upstream: &pool.Upstream{HTTPStatus: 400, Code: "WKS.0001", Message: "m", Detail: "d", RequestID: "r", AuthorizationMessage: "a"}}
	e := newMissing(key, Generation{}, want)
	got := mustDecode(t, key, mustEncode(t, e))
	if diff := cmp.Diff(want, got.missing); diff != "" {
		t.Errorf("the error (-before +after):\n%s", diff)
	}
	if got.said != nil || !got.Until.Equal(e.Until) || got.Until.Sub(got.Stored) != 5*time.Second {
		t.Errorf("the entry is %+v", got)
	}
}

func TestEncodeIsRefused(t *testing.T) {
	a := pool.Answer[pool.Pool]{Value: pool.Pool{NativeID: "p1", ExpiresAt: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)}}
	if _, err := newEntry("key", Generation{}, a, time.Minute); err == nil {
		t.Error("an answer that cannot be encoded became an entry")
	}
}

func poolEntry(t fataler, key string) *Entry {
	t.Helper()
	body := json.RawMessage(`{"id": "p1"}`)
	e, err := newEntry(key, Generation{}, pool.Answer[pool.Pool]{
		Value: pool.Pool{NativeID: "p1", Name: "Zoë"},
		Parts: []pool.Part{{Operation: "ShowPool", RequestID: "REQUEST-1", Body: body}},
		AsOf:  time.Date(2026, 1, 5, 8, 0, 2, 0, time.UTC),
	}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDecodeGarbage(t *testing.T) {
	key := keyPrefix("hw", "") + kindPool + ":p1"
	good := mustEncode(t, poolEntry(t, key))
	rest, err := unseal(good)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := bytes.Cut(rest, []byte("\n"))
	reheaded := func(old, by string) []byte {
		changed := strings.Replace(string(head), old, by, 1)
		if changed == string(head) {
			t.Fatalf("%s does not stand in %s", old, head)
		}
		return seal([]byte(changed + "\n" + string(body)))
	}
	tests := map[string][]byte{
		"nothing":             nil,
		"text":                []byte("OK"),
		"an older format":     bytes.Replace(good, []byte("deskpool/2 "), []byte("deskpool/0 "), 1),
		"no checksum":         []byte("deskpool/2 \n" + string(rest)),
		"a flipped bit":       append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1),
		"more at its end":     append(bytes.Clone(good), 'x'),
		"another key's":       mustEncode(t, poolEntry(t, keyPrefix("hw", "")+kindPool+":p2")),
		"another source's":    mustEncode(t, poolEntry(t, keyPrefix("ali", "")+kindPool+":p1")),
		"no header":           seal(nil),
		"a header of another": reheaded(`"Key"`, `"Name"`),
		"an unknown field":    reheaded(`{`, `{"Fresh":true,`),
		"a value too long":    reheaded(`"Value":`, `"Value":9`),
		"a value too short":   reheaded(`"Value":`, `"Value":-`),
		"a body too long":     reheaded(`"Body":12`, `"Body":13`),
		"a body too short":    reheaded(`"Body":12`, `"Body":11`),
		"a body below zero":   reheaded(`"Body":12`, `"Body":-12`),
		"parts of no item":    reheaded(`"Natives":[null]`, `"Natives":[null,null]`),
		"no parts of an item": reheaded(`"Natives":[null]`, `"Natives":[]`),
		"a value not JSON":    seal([]byte(string(head) + "\n" + strings.Replace(string(body), "{", "[", 1))),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if e, err := decode(key, data, nil); !errors.Is(err, errGarbage) {
				t.Errorf("it became %+v, err %v", e, err)
			}
		})
	}
	t.Run("cut anywhere", func(t *testing.T) {
		for n := range good {
			if e, err := decode(key, good[:n], nil); !errors.Is(err, errGarbage) {
				t.Errorf("after %d bytes it became %+v, err %v", n, e, err)
			}
			if e, err := decode(key, seal(rest[:min(n, len(rest)-1)]), nil); !errors.Is(err, errGarbage) {
				t.Errorf("sealed after %d bytes it became %+v, err %v", n, e, err)
			}
		}
	})
	if _, err := decode("some:key", mustEncode(t, poolEntry(t, "some:key")), nil); !errors.Is(err, errGarbage) {
		t.Errorf("a key of no kind: err = %v", err)
	}
	mustDecode(t, key, good)
}

// FuzzEntryDecode holds that what Redis has, sealed or not, is refused or
// becomes an entry of the very key that encodes to the same again.
func FuzzEntryDecode(f *testing.F) {
	key := keyPrefix("hw", "") + kindPool + ":p1"
	good := mustEncode(f, poolEntry(f, key))
	rest, _ := unseal(good)
	gone := mustEncode(f, newMissing(key, Generation{}, &pool.Error{Kind: pool.NotFound}))
	goneRest, _ := unseal(gone)
	for _, seed := range [][]byte{nil, good, rest, gone, goneRest, good[:len(good)/2], []byte("deskpool/2 \n{}\n")} {
		f.Add(key, seed)
	}
	for _, kind := range []string{kindPools, kindDesktops, kindDesktop, kindStatistics, kindProducts, kindImages} {
		k := keyPrefix("hw", "") + kind + ":"
		f.Add(k, []byte(`{"Key":"`+k+`","Value":4,"Natives":null}`+"\nnull"))
	}
	f.Fuzz(func(t *testing.T, key string, data []byte) {
		for _, data := range [][]byte{data, seal(data)} {
			e, err := decode(key, data, nil)
			if (e == nil) == (err == nil) {
				t.Fatalf("entry %+v, error %v", e, err)
			}
			if err != nil {
				continue
			}
			if e.Key != key || (e.said == nil) == (e.missing == nil) || e.weight < overhead {
				t.Fatalf("%q became %+v", data, e)
			}
			again, err := encode(e)
			if err != nil {
				t.Fatalf("%q became what cannot be encoded: %v", data, err)
			}
			back, err := decode(key, again, nil)
			if err != nil {
				t.Fatal(err)
			}
			if third := mustEncode(t, back); !bytes.Equal(again, third) {
				t.Fatalf("encoded twice, it is\n%q\n%q", again, third)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	page := pool.Answer[pool.DesktopPage]{}
	for range 100 {
		row := pool.Part{Operation: "ListDesktops", Body: bytes.Repeat([]byte(" "), 2000)}
		page.Value.Items = append(page.Value.Items, pool.Desktop{NativeID: "d", Name: "a desktop", Native: []pool.Part{row}})
	}
	key := desktopsKey(keyPrefix("hw", ""), pool.DesktopsQuery{})
	e, err := newEntry(key, Generation{}, page, time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	data := mustEncode(b, e)
	for name, held := range map[string]*Entry{"new": nil, "held": e} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := decode(key, data, held); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestDecodeOfWhatIsHeld(t *testing.T) {
	key := keyPrefix("hw", "") + kindPool + ":p1"
	e := poolEntry(t, key)
	data := mustEncode(t, e)
	later := *e
	later.Stored = later.Stored.Add(1)
	forgotten := *e
	forgotten.gen.shared = "another"
	gone := newMissing(key, Generation{}, &pool.Error{Kind: pool.NotFound})
	tests := []struct {
		name string
		held *Entry
		same bool
	}{{"the same", e, true}, {"none", nil, false}, {"another reading", &later, false}, {"another generation", &forgotten, false}, {"not found", gone, false}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decode(key, data, tt.held)
			if err != nil {
				t.Fatal(err)
			}
			if (got == tt.held) != tt.same {
				t.Errorf("held was given back: %v, want %v", !tt.same, tt.same)
			}
			if diff := cmp.Diff(e.said.(*said[pool.Pool]).Answer, got.said.(*said[pool.Pool]).Answer); diff != "" {
				t.Errorf("the answer (-before +after):\n%s", diff)
			}
		})
	}
}
