package alibaba

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
)

// FuzzOutcome proves that no ambiguous answer becomes final. What it is held
// against is written without the code under test.
func FuzzOutcome(f *testing.F) {
	for _, o := range outcomes {
		f.Add(o.status, o.body, o.operation == resetAll)
	}
	f.Fuzz(func(t *testing.T, status int, body string, reset bool) {
		operation := modifySpec
		if reset {
			operation = resetAll
		}
		state, ids := outcome(operation, status, []byte(body))
		plain, read := plainly(body)
		switch state {
		case pool.CallUnknown:
			if len(ids) > 0 {
				t.Errorf("unknown, with orders %v", ids)
			}
		case pool.CallPlaced:
			if status != 200 || !read || !happy(plain) {
				t.Fatalf("%d %q was taken for placed", status, body)
			}
			if reset != (len(ids) == 0) {
				t.Errorf("%d %q has the orders %v", status, body, ids)
			}
			for _, id := range ids {
				if !digits.MatchString(id) || !strings.Contains(unescaped(body), id) {
					t.Errorf("%q is no order in %q", id, body)
				}
			}
		case pool.CallRejected, pool.CallNotSent:
			code, _ := either(plain, "Code").(string)
			id, _ := either(plain, "RequestId").(string)
			if status < 400 || status > 499 || !read || code == "" || id == "" {
				t.Fatalf("%d %q was taken for the vendor's refusal", status, body)
			}
			if doubtful.MatchString(code) {
				t.Errorf("%d %q is %s, though the order may have been made", status, body, state)
			}
			if throttle := strings.Contains(strings.ToLower(code), "throttling"); state == pool.CallNotSent && !throttle {
				t.Errorf("%d %q was taken for throttling", status, body)
			}
		default:
			t.Errorf("%d %q is %q", status, body, state)
		}
	})
}

var (
	digits   = regexp.MustCompile(`^[0-9]+$`)
	doubtful = regexp.MustCompile(`(?i)^(signaturenonceused|idempotentprocessing|serviceunavailable|internalerror|unknownerror)(\.|$)`)
)

// plainly reads one object that has no name twice, by reading its tokens one by one.
func plainly(body string) (map[string]any, bool) {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	type level struct {
		seen map[string]bool // nil: an array
		key  bool            // a name is next
	}
	var open []*level
	for first := true; first || len(open) > 0; first = false {
		token, err := d.Token()
		if err != nil || first && token != json.Delim('{') {
			return nil, false
		}
		var top *level
		if len(open) > 0 {
			top = open[len(open)-1]
		}
		if name, isText := token.(string); isText && top != nil && top.seen != nil && top.key {
			if top.seen[strings.ToUpper(name)] {
				return nil, false
			}
			top.seen[strings.ToUpper(name)], top.key = true, false
			continue
		}
		switch token {
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
			continue
		}
		if top != nil {
			top.key = true
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &level{seen: map[string]bool{}, key: true})
		case json.Delim('['):
			open = append(open, &level{})
		}
	}
	if _, err := d.Token(); err != io.EOF || !utf8.ValidString(body) {
		return nil, false
	}
	var plain map[string]any
	d = json.NewDecoder(bytes.NewReader([]byte(body)))
	d.UseNumber()
	return plain, d.Decode(&plain) == nil
}

// either is a member under its documented name, or with a small first letter.
func either(members map[string]any, name string) any {
	if v, ok := members[name]; ok {
		return v
	}
	return members[strings.ToLower(name[:1])+name[1:]]
}

// happy tells whether an answer names no error.
func happy(members map[string]any) bool {
	switch code := either(members, "Code").(type) {
	case nil:
	case string:
		if code != "" && !strings.EqualFold(code, "success") && !strings.EqualFold(code, "ok") && code != "200" {
			return false
		}
	default:
		return false
	}
	switch success := either(members, "Success").(type) {
	case nil, bool:
		return success != false
	case string:
		return success == "true"
	}
	return false
}

// unescaped is body with the digits that it writes as \u0031.
func unescaped(body string) string {
	for d := byte('0'); d <= '9'; d++ {
		body = strings.ReplaceAll(body, `\u003`+string(d), string(d))
	}
	return body
}
