package orders

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestParse(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n-1) + `[]` + strings.Repeat(`}`, n-1) }
	tests := []struct {
		name, body string
		detail     string   // part of why it is malformed; empty: it is not
		faults     []string // pointers
	}{
		{"an object", `{"a": 1, "b": [true, null, "x"]}`, "", nil},
		{"a whole number, negative", `{"a": -0}`, "", nil},
		{"escapes", `{"a":"\u00e9\ud83d\ude00\\u\"\/"}`, "", nil},
		{"a backslash before a u", `{"a":"\\ud83d"}`, "", nil},
		{"32 levels", deep(32), "", nil},
		{"the same name in two objects", `[{"a":1},{"a":1}]`, "", nil},
		{"names that differ in case", `{"a":1,"A":2}`, "", nil},
		{"a point", `{"a":10.0,"b":{"c":[1e1,2,3E-2]}}`, "", []string{"/a", "/b/c/0", "/b/c/2"}},
		{"a name that a pointer escapes", `{"a/b~c":1.5}`, "", []string{"/a~1b~0c"}},
		{"a number that is too large", `{"a":1e999,"b":-1e999}`, "", []string{"/a", "/b"}},

		{"nothing", ``, "empty", nil},
		{"blanks", " \r\n\t", "empty", nil},
		{"a byte-order mark", "\ufeff{}", "byte-order mark", nil},
		{"another encoding", "{\"a\":\"\xe9\"}", "UTF-8", nil},
		{"UTF-16", "{\x00}\x00", "not one JSON document", nil},
		{"two documents", `{} {}`, "not one JSON document", nil},
		{"something after it", `{}x`, "not one JSON document", nil},
		{"it breaks off", `{"a":`, "not one JSON document", nil},
		{"a comma too many", `{"a":1,}`, "not one JSON document", nil},
		{"a comment", `{/*a*/}`, "not one JSON document", nil},
		{"a bare word", `{a:1}`, "not one JSON document", nil},
		{"NaN", `{"a":NaN}`, "not one JSON document", nil},
		{"a leading zero", `{"a":010}`, "not one JSON document", nil},
		{"a plus", `{"a":+1}`, "not one JSON document", nil},
		{"a control character", "{\"a\":\"\n\"}", "not one JSON document", nil},
		{"a name twice", `{"a":1,"b":2,"a":1}`, "twice", nil},
		{"a name twice, deep", `{"a":[{"b":{"c":1,"c":2}}]}`, "twice", nil},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`, "twice", nil},
		{"33 levels", deep(33), "deeper", nil},
		{"very many levels", strings.Repeat("[", 1<<15) + strings.Repeat("]", 1<<15), "not one JSON document", nil},
		{"half a character", `{"a":"\ud83d"}`, "half a character", nil},
		{"the other half", `{"a":"\ude00"}`, "half a character", nil},
		{"two first halves", `{"a":"\ud83d\ud83d"}`, "half a character", nil},
		{"half a character and text", `{"a":"\ud83dx\ude00"}`, "half a character", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, faults, err := Parse([]byte(tt.body))
			if tt.detail != "" {
				if e := pool.AsError(err); !errors.Is(err, Malformed) || !strings.Contains(e.Detail, tt.detail) {
					t.Errorf("error %v, want one about %q", err, tt.detail)
				}
				return
			}
			if err != nil {
				t.Fatal(err, pool.AsError(err).Detail)
			}
			var pointers []string
			for _, f := range faults {
				pointers = append(pointers, f.Pointer)
			}
			if diff := cmp.Diff(tt.faults, pointers); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			var want any
			if err := json.Unmarshal([]byte(tt.body), &want); err == nil && !reflect.DeepEqual(tree, want) {
				t.Errorf("tree %v, want %v", tree, want)
			}
		})
	}
}

// FuzzParse: what is taken is what encoding/json reads too, and is the same
// when it is written again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"type":"ADD_VOLUME","target":{"pool_id":"hw-bj4:x"},"add_volume":{"volume_type":"SAS","volume_size_gib":10}}`,
		`{"a":1,"a":2}`, `[1.0,1e1]`, `{"a":"\ud83d"}`, "\ufeff{}", `{} x`, `"\u0000"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, faults, err := Parse(body)
		if err != nil {
			if !errors.Is(err, Malformed) || pool.AsError(err).Detail == "" {
				t.Fatalf("error %v", err)
			}
			return
		}
		var want any
		if err := json.Unmarshal(body, &want); err == nil && !reflect.DeepEqual(tree, want) {
			t.Fatalf("tree %v, want %v", tree, want)
		}
		again, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := Parse(again)
		if err != nil || !reflect.DeepEqual(tree, second) {
			t.Fatalf("written again it is %v (%v), not %v", second, err, tree)
		}
		for _, fault := range faults {
			if fault.Detail == "" || fault.Code == "" {
				t.Fatalf("fault %+v", fault)
			}
		}
	})
}

func TestFingerprint(t *testing.T) {
	base := func() Draft {
		return Draft{
			Desktops:  []pool.ID{{Source: "s", Native: "a"}, {Source: "s", Native: "b"}},
			Order:     pool.Order{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "p"}},
			MaxAmount: &pool.Money{Amount: "1.5", Currency: "CNY"},
		}
	}
	mark := func(change func(*Draft)) string {
		d := base()
		change(&d)
		o, source, err := d.order()
		if err != nil {
			t.Fatal(err)
		}
		return fingerprint(source, o, d.MaxAmount)
	}
	same := mark(func(*Draft) {})
	for name, change := range map[string]func(*Draft){
		"desktops in another order":     func(d *Draft) { d.Desktops[0], d.Desktops[1] = d.Desktops[1], d.Desktops[0] },
		"an amount written otherwise":   func(d *Draft) { d.MaxAmount.Amount = "1.500" },
		"another body with the meaning": func(d *Draft) { d.Body = json.RawMessage(`{ }`) },
	} {
		if mark(change) != same {
			t.Errorf("%s: another fingerprint", name)
		}
	}
	seen := map[string]string{same: "the order"}
	for name, change := range map[string]func(*Draft){
		"a desktop less":    func(d *Draft) { d.Desktops = d.Desktops[:1] },
		"another source":    func(d *Draft) { d.Desktops[0].Source, d.Desktops[1].Source = "z", "z" },
		"a pool":            func(d *Draft) { d.Desktops, d.Pool = nil, &pool.ID{Source: "s", Native: "a"} },
		"another product":   func(d *Draft) { d.Order.Resize.ProductID = "q" },
		"stopping":          func(d *Draft) { d.Order.Resize.StopRunning = true },
		"paying":            func(d *Draft) { d.Order.AutoPay = true },
		"a promotion":       func(d *Draft) { d.Order.PromotionPlanID = "x" },
		"another bound":     func(d *Draft) { d.MaxAmount.Amount = "1.51" },
		"another currency":  func(d *Draft) { d.MaxAmount.Currency = "USD" },
		"no bound":          func(d *Draft) { d.MaxAmount = nil },
		"another parameter": func(d *Draft) { d.Order.Resize, d.Order.ChangeImage = nil, &pool.ChangeImage{ImageID: "p"} },
	} {
		mark := mark(change)
		if other, taken := seen[mark]; taken {
			t.Errorf("%s: the fingerprint of %s", name, other)
		}
		seen[mark] = name
	}
}
