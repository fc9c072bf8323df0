package huawei

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

type vector struct {
	Name          string            `json:"name"`
	Access        string            `json:"access_key"`
	Secret        string            `json:"secret_key"`
	Method        string            `json:"method"`
	Host          string            `json:"host"`
	URI           string            `json:"request_uri"`
	Headers       map[string]string `json:"headers"`
	Body          string            `json:"body"`
	Signed        string            `json:"signed_headers"`
	Canonical     string            `json:"canonical_request"`
	Authorization string            `json:"authorization"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	var file struct {
		Vectors []vector `json:"vectors"`
	}
	if err := json.Unmarshal([]byte(fixture(t, "signing-vectors.json")), &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

func (v vector) request(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), v.Method, "https://"+v.Host+v.URI, strings.NewReader(v.Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	return r
}

func TestSignVectors(t *testing.T) {
	all := vectors(t)
	if len(all) != 11 {
		t.Fatalf("%d vectors, want 11", len(all))
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			r := v.request(t)
			names := strings.Split(v.Signed, ";")
			if diff := cmp.Diff(v.Canonical, canonicalRequest(r, []byte(v.Body), names)); diff != "" {
				t.Errorf("canonical request (-want +got):\n%s", diff)
			}
			// Neither the order of the names nor their case matters.
			for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
				names[i], names[j] = strings.ToUpper(names[j]), strings.ToUpper(names[i])
			}
			if err := Sign(r, []byte(v.Body), pool.NewSecret(v.Access), pool.NewSecret(v.Secret), names...); err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Authorization"); got != v.Authorization {
				t.Errorf("Authorization\n got %s\nwant %s", got, v.Authorization)
			}
		})
	}
}

func TestSignDerived(t *testing.T) {
	byName := map[string]vector{}
	for _, v := range vectors(t) {
		byName[v.Name] = v
	}
	tests := []struct {
		name, base string
		change     func(v *vector)
		same       bool
	}{
		{"values in another order", "get-statistics-repeated-array", func(v *vector) {
			path, query, _ := strings.Cut(v.URI, "?")
			parts := strings.Split(query, "&")
			for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
				parts[i], parts[j] = parts[j], parts[i]
			}
			v.URI = path + "?" + strings.Join(parts, "&")
		}, true},
		{"no content type", "delete-pool", func(v *vector) { delete(v.Headers, "Content-Type") }, true},
		{"another host that is not signed", "get-pool-detail", func(v *vector) { v.Host = "localhost:1" }, true},
		{"another user agent that is not signed", "get-pool-detail", func(v *vector) { v.Headers["User-Agent"] = "curl" }, true},
		{"another host that is signed", "get-pool-detail-host-signed", func(v *vector) { v.Host = "localhost:1" }, false},
		{"a line feed more", "post-change-order-raw-json", func(v *vector) { v.Body += "\n" }, false},
		{"a line feed less", "post-change-order-go-sdk-json", func(v *vector) { v.Body = strings.TrimSuffix(v.Body, "\n") }, false},
		{"another number", "post-change-order-raw-json", func(v *vector) { v.Body = strings.Replace(v.Body, ":10}", ":11}", 1) }, false},
		{"another date", "get-pool-detail", func(v *vector) { v.Headers["X-Sdk-Date"] = "20250714T080001Z" }, false},
		{"another key", "get-pool-detail", func(v *vector) { v.Secret += "1" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := byName[tt.base]
			headers := map[string]string{}
			for name, value := range v.Headers {
				headers[name] = value
			}
			v.Headers = headers
			tt.change(&v)
			r := v.request(t)
			if err := Sign(r, []byte(v.Body), pool.NewSecret(v.Access), pool.NewSecret(v.Secret), strings.Split(v.Signed, ";")...); err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Authorization") == v.Authorization; got != tt.same {
				t.Errorf("the signature stayed the same: %v, want %v", got, tt.same)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	tests := []struct {
		name   string
		signed []string
		want   string
	}{
		{"no date among the signed", []string{"host"}, "X-Sdk-Date is not among the signed headers"},
		{"a header that is not set", []string{"X-Sdk-Date", "X-Security-Token"}, "the signed header x-security-token is not set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := vectors(t)[0].request(t)
			err := Sign(r, nil, pool.NewSecret(testAccess), pool.NewSecret(testSecret), tt.signed...)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if got := r.Header.Get("Authorization"); got != "" {
				t.Errorf("Authorization is %q", got)
			}
		})
	}
}

// FuzzCanonicalRequest compares the canonical form of what is sent with one
// that is made from the decoded request by other means.
func FuzzCanonicalRequest(f *testing.F) {
	f.Add("desktop-pools/a b", "name", "桌面池 A/B+C=~x", "name", "", "value")
	f.Add("", "", "", "a", "%", " x ")
	f.Add("..//%2F", "b", "2", "a", "1", "x")
	f.Add("a%zz", "b", "2", "b", "1", "\x00")
	f.Fuzz(func(t *testing.T, path, key1, value1, key2, value2, header string) {
		query := url.Values{}
		query.Add(key1, value1)
		query.Add(key2, value2)
		r := &http.Request{
			Method: http.MethodGet,
			Host:   "cloud.test",
			URL:    &url.URL{Scheme: "https", Host: "cloud.test", Path: "/v2/" + path, RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20")},
			Header: http.Header{"X-Sdk-Date": {header}, "X-Project-Id": {"p"}},
		}
		names := []string{"host", "x-project-id", "x-sdk-date"}
		if diff := cmp.Diff(rederived("/v2/"+path, query, header), canonicalRequest(r, nil, names)); diff != "" {
			t.Errorf("(-other +ours):\n%s", diff)
		}
	})
}

var reserved = regexp.MustCompile(`[^A-Za-z0-9\-_.~]`)

// rederived makes the canonical request of a GET from its decoded parts.
func rederived(path string, query url.Values, date string) string {
	encode := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			if one := string([]byte{c}); c >= 0x80 || reserved.MatchString(one) {
				b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
			} else {
				b.WriteString(one)
			}
		}
		return b.String()
	}
	var segments []string
	for _, s := range strings.Split(path, "/") {
		segments = append(segments, encode(s))
	}
	uri := strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
	var keys, pairs []string
	for k := range query {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		values := append([]string(nil), query[k]...)
		sort.Strings(values)
		for _, v := range values {
			pairs = append(pairs, encode(k)+"="+encode(v))
		}
	}
	empty := sha256.Sum256(nil)
	return "GET\n" + uri + "\n" + strings.Join(pairs, "&") + "\n" +
		"host:cloud.test\nx-project-id:p\nx-sdk-date:" + strings.TrimSpace(date) + "\n\n" +
		"host;x-project-id;x-sdk-date\n" + hex.EncodeToString(empty[:])
}
