package alibaba

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
)

// vector is one of testdata/signing-vectors.json.
type vector struct {
	Name           string            `json:"name"`
	Method         string            `json:"method"`
	Host           string            `json:"host"`
	Path           string            `json:"path"`
	KeyID          string            `json:"access_key_id"`
	Secret         string            `json:"access_key_secret"`
	ParamsIn       string            `json:"params_in"`
	Flat           map[string]string `json:"flat_params"`
	Headers        map[string]string `json:"headers"`
	Body           string            `json:"body"`
	CanonicalQuery string            `json:"canonical_query"`
	SignedHeaders  string            `json:"signed_headers"`
	PayloadHash    string            `json:"payload_sha256_hex"`
	Canonical      string            `json:"canonical_request"`
	Signature      string            `json:"signature"`
	Authorization  string            `json:"authorization"`
	WireQuery      string            `json:"wire_query"`
}

// request makes the request of v, with a query as a client may write it.
func (v vector) request(t *testing.T, query string) *http.Request {
	t.Helper()
	u := url.URL{Scheme: "https", Host: v.Host, Path: v.Path, RawQuery: query}
	r, err := http.NewRequestWithContext(t.Context(), v.Method, u.String(), strings.NewReader(v.Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range v.Headers {
		if name != "host" && name != "x-acs-content-sha256" {
			r.Header.Set(name, value)
		}
	}
	return r
}

func TestSigningVectors(t *testing.T) {
	var file struct{ Vectors []vector }
	if err := json.Unmarshal([]byte(testdata(t, "signing-vectors.json")), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 8 {
		t.Fatalf("%d vectors, want 8", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			flat := url.Values{}
			if v.ParamsIn == "query" {
				for name, value := range v.Flat {
					flat.Set(name, value)
				}
			}
			if got := canonicalQuery(flat); got != v.CanonicalQuery {
				t.Errorf("canonical query\n%s, want\n%s", got, v.CanonicalQuery)
			}
			for _, query := range []string{v.WireQuery, canonicalQuery(flat)} {
				r := v.request(t, query)
				sign(r, []byte(v.Body), v.KeyID, v.Secret)
				canonical, signed := canonicalRequest(r, v.PayloadHash)
				if canonical != v.Canonical {
					t.Errorf("canonical request\n%s, want\n%s", canonical, v.Canonical)
				}
				if signed != v.SignedHeaders {
					t.Errorf("signed headers %s, want %s", signed, v.SignedHeaders)
				}
				if got := signature(canonical, v.Secret); got != v.Signature {
					t.Errorf("signature %s, want %s", got, v.Signature)
				}
				if got := r.Header.Get("X-Acs-Content-Sha256"); got != v.PayloadHash {
					t.Errorf("payload hash %s, want %s", got, v.PayloadHash)
				}
				if got := r.Header.Get("Authorization"); got != v.Authorization {
					t.Errorf("authorization\n%s, want\n%s", got, v.Authorization)
				}
			}
		})
	}
}

// FuzzCanonicalRequest derives the canonical request and its signature again,
// byte by byte from the vendor's description, and compares.
func FuzzCanonicalRequest(f *testing.F) {
	f.Add("DesktopGroupName", "研发 池+A/B*~'()!%&=#?:@,;$", "Tag.10.Key", "", "DescribeDesktopGroups", "CAIS+x/y==", "body=1")
	f.Add("X.1", "a", "X.2", "\x00\xff", " padded ", "", "")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2, action, token, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://ecd.cn-hangzhou.aliyuncs.com/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		query := url.Values{}
		query.Set(name1, value1)
		query.Set(name2, value2)
		r.URL.RawQuery = query.Encode()
		r.Header["X-Acs-Action"] = []string{action}
		r.Header["X-Acs-Security-Token"] = []string{token, action}
		r.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		r.Header["User-Agent"] = []string{token}
		sign(r, []byte(body), "key", "secret")

		var pairs []string
		for name := range query {
			pairs = append(pairs, name)
		}
		sort.Strings(pairs)
		for i, name := range pairs {
			pairs[i] = rfc3986(name) + "=" + rfc3986(query.Get(name))
		}
		tokens := []string{strings.TrimSpace(token), strings.TrimSpace(action)}
		sort.Strings(tokens)
		const names = "content-type;host;x-acs-action;x-acs-content-sha256;x-acs-security-token"
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
		want := "POST\n/\n" + strings.Join(pairs, "&") + "\n" +
			"content-type:application/x-www-form-urlencoded\n" +
			"host:ecd.cn-hangzhou.aliyuncs.com\n" +
			"x-acs-action:" + strings.TrimSpace(action) + "\n" +
			"x-acs-content-sha256:" + hash + "\n" +
			"x-acs-security-token:" + tokens[0] + "," + tokens[1] + "\n\n" +
			names + "\n" + hash
		if got, _ := canonicalRequest(r, hash); got != want {
			t.Fatalf("canonical request\n%q, want\n%q", got, want)
		}
		mac := hmac.New(sha256.New, []byte("secret"))
		_, _ = fmt.Fprintf(mac, "ACS3-HMAC-SHA256\n%x", sha256.Sum256([]byte(want)))
		wantAuth := fmt.Sprintf("ACS3-HMAC-SHA256 Credential=key,SignedHeaders=%s,Signature=%x", names, mac.Sum(nil))
		if got := r.Header.Get("Authorization"); got != wantAuth {
			t.Errorf("authorization\n%s, want\n%s", got, wantAuth)
		}
	})
}

// rfc3986 encodes by the letter of the RFC.
func rfc3986(s string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(unreserved, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			_, _ = fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
