package fault

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
)

// drift returns body with an unknown field in every object and every second
// number, the first included, as text. What is not one JSON value stays as it is.
func drift(body []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return body
	}
	if _, err := d.Token(); err != io.EOF {
		return body
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(new(drifter).change(v, 0)); err != nil {
		return body
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

type drifter struct{ numbers int }

func (d *drifter) change(v any, depth int) any {
	switch v := v.(type) {
	case json.Number:
		d.numbers++
		if d.numbers%2 == 1 {
			return v.String()
		}
	case []any:
		for i := range v {
			v[i] = d.change(v[i], depth+1)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) { // sorted, so that the same numbers drift every time
			v[k] = d.change(v[k], depth+1)
		}
		v["x_drift"] = news(depth)
	}
	return v
}

// news is the value of an unknown field: of another type at every level.
func news(depth int) any {
	switch depth % 3 {
	case 0:
		return map[string]any{"since": "2031-01", "levels": []int{1, 2}}
	case 1:
		return true
	}
	return "new"
}
