package huaweisim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fields reads the members of a JSON object, by their exact names, and keeps
// the first fault. null, and an empty text or list, is no value. Unknown members are ignored.
type fields struct {
	values map[string]json.RawMessage
	fault  *failure
}

func readFields(b []byte) *fields {
	f := &fields{}
	if err := json.Unmarshal(b, &f.values); err != nil || f.values == nil {
		f.fault = invalid("the body is not a JSON object")
	}
	return f
}

func (f *fields) wrong(name, why string) {
	if f.fault == nil {
		f.fault = invalid("the parameter " + name + " " + why)
	}
}

// need faults a member that is not there.
func (f *fields) need(name string) {
	if !f.has(name) {
		f.wrong(name, "is missing")
	}
}

func (f *fields) has(name string) bool {
	raw := bytes.TrimSpace(f.values[name])
	return len(raw) > 0 && !slices.Contains([]string{"null", `""`, "[]"}, string(raw))
}

// value reads a member into v, and is true if it was there and is of v's type.
func (f *fields) value(name, kind string, v any) bool {
	if !f.has(name) {
		return false
	}
	if err := json.Unmarshal(f.values[name], v); err != nil {
		f.wrong(name, "must be "+kind)
		return false
	}
	return true
}

// text is a text of at most so many characters, or "".
func (f *fields) text(name string, most int) string {
	var s string
	if f.value(name, "text", &s) && utf8.RuneCountInString(s) > most {
		f.wrong(name, "is longer than "+strconv.Itoa(most))
	}
	return s
}

// word is one of the allowed words, or "".
func (f *fields) word(name string, allowed ...string) string {
	var s string
	if f.value(name, "text", &s) && !slices.Contains(allowed, s) {
		f.wrong(name, "must be one of "+strings.Join(allowed, ", "))
	}
	return s
}

// number is a whole number within bounds, or 0.
func (f *fields) number(name string, least, most int) int {
	var n int
	if f.value(name, "a whole number", &n) && (n < least || n > most) {
		f.wrong(name, "must be between "+strconv.Itoa(least)+" and "+strconv.Itoa(most))
	}
	return n
}

// list is a list of at most so many different texts (that they differ is chosen).
func (f *fields) list(name string, most int) []string {
	var out []string
	if !f.value(name, "a list of texts", &out) {
		return nil
	}
	if len(out) > most {
		f.wrong(name, "has more than "+strconv.Itoa(most)+" values")
	}
	if len(slices.Compact(slices.Sorted(slices.Values(out)))) < len(out) {
		f.wrong(name, "has a value twice")
	}
	return out
}

// object is a member that is an object, or nil; its faults have to be asked of it.
func (f *fields) object(name string) *fields {
	f.need(name)
	var in fields
	if !f.value(name, "an object", &in.values) {
		return nil
	}
	return &in
}
