package huaweisim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

type vector struct {
	Name, Method, Host, Body, Authorization string
	Access                                  string `json:"access_key"`
	Secret                                  string `json:"secret_key"`
	URI                                     string `json:"request_uri"`
	Headers                                 map[string]string
	Canonical                               string `json:"canonical_request"`
}

type derived struct{ Base, Change, Expect string }

func vectors(t *testing.T) (map[string]vector, []derived) {
	t.Helper()
	b, err := os.ReadFile("testdata/signing-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []vector
		Derived []derived `json:"derived_cases"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	byName := map[string]vector{}
	for _, v := range file.Vectors {
		byName[v.Name] = v
	}
	if len(byName) != 11 {
		t.Fatalf("%d vectors, want 11", len(byName))
	}
	return byName, file.Derived
}

// request is the vector as a server receives it.
func (v vector) request(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), v.Method, v.URI, strings.NewReader(v.Body))
	r.Host = v.Host
	for k, value := range v.Headers {
		r.Header.Set(k, value)
	}
	r.Header.Set("Authorization", v.Authorization)
	return r
}

// verdict is what the whole authentication says of a request at a time: "" if it passes.
func (v vector) verdict(r *http.Request, body, clock string) string {
	now, err := time.Parse(dateLayout, clock)
	if err != nil {
		return err.Error()
	}
	s := New(Config{Keys: []Key{{v.Access, v.Secret, v.Headers["X-Security-Token"]}}})
	if _, f := s.authenticate(&call{r: r, body: []byte(body), now: now}); f != nil {
		return f.code + " " + f.msg
	}
	return ""
}

const vectorClock = "20250714T080000Z"

func TestVectors(t *testing.T) {
	all, _ := vectors(t)
	for name, v := range all {
		t.Run(name, func(t *testing.T) {
			r := v.request(t)
			if got := v.verdict(r, v.Body, vectorClock); got != "" {
				t.Errorf("refused: %s", got)
			}
			sig, ok := parseAuthorization(v.Authorization)
			if !ok {
				t.Fatal("the header could not be parsed")
			}
			canonical, ok := sig.verify(r, []byte(v.Body), v.Secret)
			if want := strings.ReplaceAll(v.Canonical, "\n", "|"); canonical != want || !ok {
				t.Errorf("canonical request (valid: %v)\n%s, want\n%s", ok, canonical, want)
			}
			if _, ok := sig.verify(r, []byte(v.Body), v.Secret+"x"); ok {
				t.Error("another secret verifies as well")
			}
		})
	}
}

// altered does what a derived case says in words, and returns the body and the server's clock.
func altered(t *testing.T, r *http.Request, body, words string) (newBody, clock string) {
	t.Helper()
	switch words {
	case "send the repeated values of each key in any other order, keys in any order":
		parts := strings.Split(r.URL.RawQuery, "&")
		slices.Reverse(parts)
		r.URL.RawQuery = strings.Join(parts, "&")
	case "alter or drop Content-Type (not in SignedHeaders)":
		r.Header.Del("Content-Type")
	case "alter Host or User-Agent (neither is signed)":
		r.Host = "elsewhere.example.com"
		r.Header.Set("User-Agent", "other")
	case "alter Host":
		r.Host = "elsewhere.example.com"
	case "append one LF to the body":
		return body + "\n", vectorClock
	case "strip the final LF from the body":
		return strings.TrimSuffix(body, "\n"), vectorClock
	case "volume_size 10 -> 11":
		return strings.Replace(body, `"volume_size":10`, `"volume_size":11`, 1), vectorClock
	case "remove X-Security-Token":
		r.Header.Del("X-Security-Token")
	case "server clock 20250714T081501Z":
		return body, "20250714T081501Z"
	case "server clock 20250714T081459Z":
		return body, "20250714T081459Z"
	default:
		t.Fatalf("this test does not know how to %q", words)
	}
	return body, vectorClock
}

func TestDerivedVectors(t *testing.T) {
	all, cases := vectors(t)
	if len(cases) != 10 {
		t.Fatalf("%d cases, want 10", len(cases))
	}
	want := map[string]string{
		"signature still valid": "",
		"accepted":              "",
		"401 APIGW.0301 verify aksk signature fail": "APIGW.0301 Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:",
		"401 (listed signed header missing)":        "APIGW.0301 Incorrect IAM authentication information: Get secretKey failed",
		"401 signature expired (more than 15 min)":  "APIGW.0301 Incorrect IAM authentication information: signature expired, signature time:20250714T080000Z,server time:20250714T081501Z",
	}
	for _, c := range cases {
		t.Run(c.Base+": "+c.Change, func(t *testing.T) {
			v := all[c.Base]
			r := v.request(t)
			body, clock := altered(t, r, v.Body, c.Change)
			got := v.verdict(r, body, clock)
			prefix, known := want[c.Expect]
			if !known {
				t.Fatalf("this test does not know %q", c.Expect)
			}
			if (prefix == "") != (got == "") || !strings.HasPrefix(got, prefix) {
				t.Errorf("verdict = %q, want %q", got, prefix)
			}
		})
	}
}

// A header that is listed as signed must be there, also where no temporary key asks for it.
func TestMissingSignedHeader(t *testing.T) {
	all, _ := vectors(t)
	v := all["get-pool-detail-as-go-sdk"]
	r := v.request(t)
	r.Header.Del("User-Agent")
	if got := v.verdict(r, v.Body, vectorClock); !strings.Contains(got, "verify aksk signature fail") {
		t.Errorf("verdict = %q, want a bad signature", got)
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature=00")
	f.Add("SDK-HMAC-SHA256 Access=,,=,SignedHeaders")
	f.Add("Bearer x")
	f.Fuzz(func(t *testing.T, header string) {
		sig, ok := parseAuthorization(header)
		if !ok {
			return
		}
		if sig.access == "" || sig.mac == "" || len(sig.signed) == 0 {
			t.Errorf("%q was taken as %+v", header, sig)
		}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/v3/projects", http.NoBody)
		if _, ok := sig.verify(r, nil, "a secret that nobody has"); ok {
			t.Errorf("%q verifies a request without a date", header)
		}
	})
}

func FuzzCanonicalQuery(f *testing.F) {
	for _, s := range []string{"", "a", "b=2&a=1&a=0", "n=%E6%A1%8C+x%2F", "%zz&&=", "k=~*'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once := canonicalQuery(raw)
		if again := canonicalQuery(once); again != once {
			t.Errorf("canonicalQuery(%q) = %q, and of that %q", raw, once, again)
		}
		parts := strings.Split(raw, "&")
		slices.Reverse(parts)
		if other := canonicalQuery(strings.Join(parts, "&")); other != once {
			t.Errorf("%q reversed gives %q, want %q", raw, other, once)
		}
	})
}
