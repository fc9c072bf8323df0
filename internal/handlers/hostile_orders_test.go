package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// leak stands in values that no answer may repeat.
const leak = "leakleakleak"

// badBody is a body that must be refused before any source is asked.
type badBody struct {
	body    string
	status  int    // 400 or 422
	pointer string // of a fault, or of what it lies in
}

// tree is a body of which single values can be exchanged.
type tree map[string]any

func (b tree) String() string {
	s, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return string(s)
}

// with is the body with a value at a path of one or two names; an empty value leaves it out.
func (b tree) with(path, value string) tree {
	copied := tree{}
	for name, v := range b {
		copied[name] = v
	}
	name, rest, deeper := strings.Cut(path, "/")
	switch {
	case deeper:
		inner, _ := b[name].(tree)
		copied[name] = inner.with(rest, value)
	case value == "":
		delete(copied, name)
	default:
		copied[name] = json.RawMessage(value)
	}
	return copied
}

// parse makes a tree of a good body.
func parse(body string) tree {
	var b tree
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		panic(err)
	}
	for name, v := range b {
		if inner, ok := v.(map[string]any); ok {
			b[name] = tree(inner)
		}
	}
	return b
}

// goodBodies are one order of each type, with everything that it can have.
func goodBodies() []tree {
	beside := `"target":{"pool_id":"m1:pool-1"},"promotion_plan_id":"p-1","auto_pay":false,"max_amount":{"amount":"100.00","currency":"CNY"}}`
	return []tree{
		parse(`{"type":"ADD_VOLUME","add_volume":{"volume_type":"slow","volume_size_gib":10},` + beside),
		parse(`{"type":"EXTEND_VOLUME","extend_volume":{"disk_id":"disk-1","new_size_gib":120},` + beside),
		parse(`{"type":"RESIZE","resize":{"product_id":"large","stop_running":false},` + beside),
		parse(`{"type":"CHANGE_IMAGE","change_image":{"image_id":"plain-linux","notice_minutes":15,"message":"Save."},` + beside),
		parse(`{"type":"ADD_SUB_RESOURCES","add_sub_resources":{"sku":"sharer"},` + beside),
		parse(`{"type":"DELETE_SUB_RESOURCES","delete_sub_resources":{"sub_resource_type":"DESKTOP_SHARER"},` + beside),
	}
}

// Values that a field of each kind does not take.
var (
	noText    = []string{`null`, `true`, `5`, `["` + leak + `"]`, `{"a":"` + leak + `"}`, `""`, `"` + leak + ` x"`, `"` + leak + `\u0000"`, `"` + leak + `\u00fc"`, `"\t"`, `"` + strings.Repeat(leak, 40) + `"`}
	noMessage = []string{`null`, `true`, `5`, `[]`, `{}`, `""`, `"` + leak + `\u0000"`, `"\u001b[31m` + leak + `"`, `"` + strings.Repeat("é", 401) + `"`}
	noFlag    = []string{`null`, `0`, `1`, `"true"`, `"` + leak + `"`, `[]`, `{}`, `[true]`}
	noNumber  = []string{`null`, `true`, `"10"`, `"` + leak + `"`, `[]`, `{}`, `[10]`, `-1`, `10.5`, `10.0`, `1e1`, `1E+1`, `100e-1`, `1e400`, `-1e400`, `1e-400`, `100000000000000000000000`, `-9223372036854775809`, `18446744073709551626`, `0.1e2`}
	noObject  = []string{`null`, `true`, `5`, `"` + leak + `"`, `[]`, `[{}]`}
	noWord    = []string{`null`, `5`, `""`, `"` + leak + `"`, `"add_volume"`, `"RESIZE "`, `" RESIZE"`, `"RESIZE\u0000"`, `["RESIZE"]`, `{}`}
	noID      = []string{`null`, `5`, `[]`, `{}`, `""`, `"` + leak + `"`, `"m1"`, `"m1:"`, `":pool-1"`, `"M1:pool-1"`, `"m1:pool 1"`, `"m1:pool-1\n"`, `"m1:pool/1"`, `"m1%3Apool-1"`, `"m1:` + strings.Repeat("a", 129) + `"`, `"` + strings.Repeat("m", 33) + `:pool-1"`, `"m1:p\u00fcl"`}
	noIDs     = []string{`null`, `5`, `"m1:desktop-1-1"`, `[]`, `{}`, `[null]`, `[5]`, `["` + leak + `"]`, `[["m1:desktop-1-1"]]`, `["m1:desktop-1-1","m1:desktop-1-1"]`, `["m1:a"` + strings.Repeat(`,"m1:a"`, 100) + `]`, manyIDs(101)}
	noAmount  = []string{`null`, `5`, `63.20`, `[]`, `""`, `"` + leak + `"`, `"1,00"`, `"-1"`, `"+1"`, `"1e2"`, `"01"`, `".5"`, `"1."`, `"1.123456789"`, `" 1"`, `"1 "`, `"1234567890123456789"`, `"NaN"`, `"\u0661"`, `"0x10"`}
	noMoney   = []string{`null`, `5`, `""`, `"cny"`, `"CN"`, `"CNYX"`, `"` + leak + `"`, `"\u00a5"`, `"C Y"`}
)

func manyIDs(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"m1:desktop-%d"`, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// unfit makes bodies that are JSON, and no order: every field of every type with every value that it does not take.
func unfit() []badBody {
	var table []badBody
	for i, good := range goodBodies() {
		fields := map[string][]string{"type": noWord, "target": noObject, "target/pool_id": noID}
		for name, v := range good {
			object, isObject := v.(tree)
			if !isObject || name == "target" || name == "max_amount" {
				continue
			}
			fields[name] = noObject
			for field, value := range object {
				kind := noText
				switch value.(type) {
				case float64:
					kind = append(slices.Clone(noNumber), `40000`)
				case bool:
					kind = noFlag
				}
				switch field {
				case "message":
					kind = noMessage
				case "sub_resource_type":
					kind = noWord
				}
				fields[name+"/"+field] = kind
			}
		}
		if i == 0 { // the same for every type
			for path, kind := range map[string][]string{
				"promotion_plan_id": noText, "auto_pay": noFlag, "max_amount": noObject, "max_amount/amount": noAmount, "max_amount/currency": noMoney,
			} {
				fields[path] = kind
			}
			desktops := good.with("target/pool_id", "")
			for _, value := range noIDs {
				table = append(table, badBody{desktops.with("target/desktop_ids", value).String(), 422, "/target/desktop_ids"})
			}
		}
		for path, kind := range fields {
			for _, value := range kind {
				table = append(table, badBody{good.with(path, value).String(), 422, "/" + path})
			}
			shout := path[:len(path)-1] + strings.ToUpper(path[len(path)-1:])
			parent := path[:strings.LastIndex(path, "/")+1]
			table = append(table,
				badBody{good.with(shout, `"`+leak+`"`).String(), 422, "/" + shout},                                         // another case
				badBody{good.with(parent+"colour", `{"a":[1.5,{"b":"`+leak+`"}]}`).String(), 422, "/" + parent + "colour"}, // an unknown name
			)
		}
	}
	return append(table, mismatched()...)
}

// mismatched are bodies of which each field is good, but not beside the others.
func mismatched() []badBody {
	var table []badBody
	all := goodBodies()
	for i, good := range all {
		object := objectOf(good)
		table = append(table,
			badBody{good.with("type", "").String(), 422, "/type"},
			badBody{good.with("target", "").String(), 422, "/target"},
			badBody{good.with(object, "").String(), 422, "/" + object},
			badBody{good.with("target/pool_id", "").String(), 422, "/target/pool_id"},
			badBody{good.with("target/desktop_ids", `["m1:desktop-1-1"]`).String(), 422, "/target/desktop_ids"},
			badBody{good.with("target/desktop_ids", `["m1:desktop-1-1"]`).String(), 422, "/target/pool_id"},
		)
		for k, other := range all {
			if k == i {
				continue
			}
			theirs := objectOf(other)
			two := good.with(theirs, other[theirs].(tree).String())
			table = append(table,
				badBody{two.String(), 422, "/" + theirs},
				badBody{two.with(object, "").String(), 422, "/" + object},
			)
		}
	}
	image := all[3]
	return append(table,
		badBody{image.with("change_image/image_spec_code", `"windows"`).String(), 422, "/change_image/image_id"},
		badBody{image.with("change_image/image_id", "").String(), 422, "/change_image/image_spec_code"},
		badBody{all[0].with("target/desktop_ids", `["m1:desktop-1-1","m2:desktop-1-1"]`).with("target/pool_id", "").String(), 422, "/target/desktop_ids/1"},
		badBody{all[0].with("add_volume/volume_size_gib", "9").String(), 422, "/add_volume/volume_size_gib"},
		badBody{all[0].with("add_volume/volume_size_gib", "8201").String(), 422, "/add_volume/volume_size_gib"},
		badBody{image.with("change_image/notice_minutes", "16").String(), 422, "/change_image/notice_minutes"},
		badBody{all[1].with("extend_volume/new_size_gib", "0").String(), 422, "/extend_volume/new_size_gib"},
		badBody{`null`, 422, ""}, badBody{`5`, 422, ""}, badBody{`1e1`, 422, ""}, badBody{`"x"`, 422, ""}, badBody{`[]`, 422, ""}, badBody{`true`, 422, ""}, badBody{`{}`, 422, "/target"},
		badBody{"[" + disk("m1:pool-1") + "]", 422, ""}, badBody{`{"":1,"` + strings.Repeat("n", 60_000) + `":1.5}`, 422, "/type"}, badBody{`{"a/b~c":1}`, 422, "/a~1b~0c"},
		badBody{"{" + manyNames(6000) + "}", 422, ""}, badBody{strings.ReplaceAll("{"+manyNames(6000)+"}", ":1", ":1.5"), 422, ""}, badBody{"[1.5" + strings.Repeat(",1.5", 15_000) + "]", 422, ""},
	)
}

func manyNames(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%d":1`, i)
	}
	return strings.Join(list, ",")
}

// objectOf is the name of a body's parameter object.
func objectOf(b tree) string {
	var word string
	switch w := b["type"].(type) {
	case string:
		word = w
	case json.RawMessage:
		word = strings.Trim(string(w), `"`)
	}
	return strings.ToLower(word)
}

// broken are bodies that are not one well-formed JSON document.
func broken() []badBody {
	good := disk("m1:pool-1")
	var table []badBody
	add := func(bodies ...string) {
		for _, b := range bodies {
			table = append(table, badBody{b, 400, ""})
		}
	}
	for n := range len(good) {
		add(good[:n])
	}
	add(
		" ", "\n", "\x00", "\xEF\xBB\xBF"+good, "\xFF\xFE"+utf16le(good), utf16le(good), "\xFE\xFF", good+good, good+"x", good+",", good+"]", good+"\x00", good+" null", "["+good, "//x\n"+good, "/* x */"+good, good+" # x",
		strings.ReplaceAll(good, `"`, `'`), strings.Replace(good, `"type"`, `type`, 1), strings.Replace(good, `,`, `,,`, 1), strings.Replace(good, `}`, `,}`, 1), strings.Replace(good, `:`, `=`, 1),
		"--"+good, "\x1f\x8b\x08\x00", "type=ADD_VOLUME", "<order/>", "undefined", "NaN", "Infinity", "-Infinity", "+1", "01", "1.", ".5", "0x10", "1e", "tru", "nul", `"x`, `"\x"`, `"\u12"`, "\"\n\"",
	)
	for _, value := range []string{`NaN`, `Infinity`, `0x10`, `010`, `+10`, `1_0`, `10.`, `.5`, `1e`, `--1`, `10 10`} {
		add(strings.Replace(good, `:10}`, `:`+value+`}`, 1))
	}
	for _, text := range []string{"\xff", "\xc3\x28", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\x00", "\n", "\x1b", `\ud800`, `\udc00`, `\ud800\ud800`, `\ud800x`, `\udfff\ud800`, `\q`, `\u00g0`} {
		add(strings.Replace(good, `slow`, text, 1), strings.Replace(good, `"type"`, `"ty`+text+`pe"`, 1))
	}
	for _, twice := range []string{
		strings.Replace(good, `{"type":"ADD_VOLUME"`, `{"type":"ADD_VOLUME","type":"ADD_VOLUME"`, 1), strings.Replace(good, `{"type":"ADD_VOLUME"`, `{"type":"RESIZE","\u0074ype":"ADD_VOLUME"`, 1),
		strings.Replace(good, `:10}`, `:10,"volume_size_gib":500}`, 1), strings.Replace(good, `"m1:pool-1"`, `"m1:pool-1","pool_id":"m1:pool-2"`, 1),
		strings.Replace(good, `{"type"`, `{"x":{"a":1,"a":1},"type"`, 1), strings.Replace(good, `{"type"`, `{"x":[[{"":1,"":2}]],"type"`, 1), `{"a":1,"a":1}`, `[{"a":1,"b":[{"a":1,"a":1}]}]`,
	} {
		add(twice)
	}
	for _, depth := range []int{33, 34, 100, 10_000, 30_000} {
		add(strings.Repeat("[", depth)+strings.Repeat("]", depth), strings.Repeat(`{"a":`, min(depth, 9000))+"1"+strings.Repeat("}", min(depth, 9000)))
	}
	add(strings.Replace(good, `{"type"`, `{"x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`,"type"`, 1))
	return table
}

func utf16le(s string) string {
	var b strings.Builder
	for _, c := range s {
		b.WriteRune(c)
		b.WriteByte(0)
	}
	return b.String()
}

// TestHostileOrders sends bodies that are no orders to all routes that take one.
func TestHostileOrders(t *testing.T) {
	s := open(t, nil)
	table := slices.Concat(unfit(), broken())
	if len(table) < 400 {
		t.Errorf("only %d bodies", len(table))
	}
	for i, tt := range table {
		route, key := "/v1/orders", []string{"Idempotency-Key: k"}
		if i%5 == 0 {
			route, key = "/v1/estimates", nil
		}
		s := s.in(t)
		rep := s.post(route, tt.body, key...)
		at := fmt.Sprintf("%d: %.300q", i, tt.body)
		want := map[int]string{400: "MALFORMED_REQUEST", 422: "VALIDATION_FAILED"}[tt.status]
		if got, _ := rep.json(t)["code"].(string); rep.status != tt.status || got != want {
			t.Errorf("%s: %d %.300s, want %d %s", at, rep.status, rep.body, tt.status, want)
			continue
		}
		if tt.status == http.StatusUnprocessableEntity && !points(rep.json(t), tt.pointer) {
			t.Errorf("%s: %.500s does not point at %q", at, rep.body, tt.pointer)
		}
		if strings.Contains(string(rep.body), leak) || len(rep.body) > 50_000 {
			t.Errorf("%s: %d bytes, %.2000s", at, len(rep.body), rep.body)
		}
	}
	if n := s.calls.Load(); n != 0 || len(s.records()) != 0 {
		t.Errorf("the source was asked %d times, the ledger has %d orders", n, len(s.records()))
	}
	for _, good := range goodBodies() { // what all of them were made of
		if rep := s.post("/v1/estimates", good.String()); rep.status != http.StatusOK {
			t.Errorf("%s: %d %s", good, rep.status, rep.body)
		}
	}
}

// points tells whether a fault of a problem is at the pointer, or below it.
func points(problem map[string]any, pointer string) bool {
	errs, _ := problem["errors"].([]any)
	return slices.ContainsFunc(errs, func(e any) bool {
		got, there := e.(map[string]any)["pointer"].(string)
		return there && (got == pointer || strings.HasPrefix(got, pointer+"/"))
	})
}
