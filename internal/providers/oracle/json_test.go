package oracle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// parseJSON keeps numbers as they are written.
func parseJSON(t *testing.T, body []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// differences notes, by path, where decoded is not what was sent. Elements of
// an array share a path. A null that is left out again is no difference.
func differences(found map[string]string, path string, sent, decoded any) {
	switch s := sent.(type) {
	case map[string]any:
		d, _ := decoded.(map[string]any)
		for key, value := range s {
			if again, ok := d[key]; ok || value != nil {
				differences(found, path+"."+key, value, again)
			}
		}
		for key, value := range d {
			if _, ok := s[key]; !ok {
				found[path+"."+key] = fmt.Sprintf("not sent, and decoded as %v", value)
			}
		}
	case []any:
		d, _ := decoded.([]any)
		if len(s) != len(d) || decoded == nil {
			found[path] = fmt.Sprintf("sent %d elements, decoded as %v", len(s), decoded)
			return
		}
		for i := range s {
			differences(found, path, s[i], d[i])
		}
	default:
		if !reflect.DeepEqual(sent, decoded) {
			found[path] = fmt.Sprintf("sent %v, decoded as %v", sent, decoded)
		}
	}
}

func TestDifferences(t *testing.T) {
	tests := []struct {
		name, sent, decoded string
		want                map[string]string
	}{
		{"the same", `{"a":[{"b":1}],"c":null}`, `{"a":[{"b":1}]}`, map[string]string{}},
		{"a field that the type lacks", `{"a":[{"b":"x"}]}`, `{"a":[{}]}`, map[string]string{"op.a.b": "sent x, decoded as <nil>"}},
		{"a field that was not sent", `{}`, `{"n":0}`, map[string]string{"op.n": "not sent, and decoded as 0"}},
		{"an array that is gone", `{"a":[]}`, `{}`, map[string]string{"op.a": "sent 0 elements, decoded as <nil>"}},
		{"a number as text", `{"a":1}`, `{"a":"1"}`, map[string]string{"op.a": "sent 1, decoded as 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := map[string]string{}
			differences(found, "op", parseJSON(t, []byte(tt.sent)), parseJSON(t, []byte(tt.decoded)))
			if !reflect.DeepEqual(found, tt.want) {
				t.Errorf("found %v, want %v", found, tt.want)
			}
		})
	}
}
