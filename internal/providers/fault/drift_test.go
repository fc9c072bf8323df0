package fault

import (
	"encoding/json"
	"testing"
)

func TestDrift(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"levels and every second number", `{"a":1,"b":2,"list":[{"c":3,"deep":{"d":4.50}}],"t":"<&>"}`,
			`{"a":"1","b":2,"list":[{"c":"3","deep":{"d":4.50,"x_drift":{"levels":[1,2],"since":"2031-01"}},"x_drift":"new"}],` +
				`"t":"<&>","x_drift":{"levels":[1,2],"since":"2031-01"}}`},
		{"big numbers keep their digits", `[12345678901234567890,1e400]`, `["12345678901234567890",1e400]`},
		{"an empty object", `{}`, `{"x_drift":{"levels":[1,2],"since":"2031-01"}}`},
		{"not JSON", `<html>`, `<html>`},
		{"two values", `{} {}`, `{} {}`},
		{"nothing", ``, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(drift([]byte(tt.body))); got != tt.want {
				t.Errorf("drift(%s) =\n%s, want\n%s", tt.body, got, tt.want)
			}
		})
	}
}

func FuzzDrift(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, `[`, `1 2`, `"\ud800"`, `{"a":1,"a":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := json.Valid(body)
		if got := drift(body); json.Valid(got) != before {
			t.Errorf("drift made %q of %q: valid JSON before: %v", got, body, before)
		}
	})
}
