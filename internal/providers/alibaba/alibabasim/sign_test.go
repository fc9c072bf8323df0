package alibabasim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"
)

// day is when the tests take place.
var day = time.Date(2025, time.November, 21, 8, 0, 0, 0, time.UTC)

var testKey = Key{ID: "testKeyId", Secret: "testKeySecret"}

// request is what a test asks; send signs it. The zero value of a field is
// what a good client would send.
type request struct {
	method  string
	action  string
	query   url.Values
	form    url.Values
	key     *Key
	date    string
	nonce   string
	header  http.Header // sent and signed
	edit    func(*http.Request)
	noQuery bool   // leaves RegionId out
	host    string // "business." hosts are the billing product's
}

func q(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// encode is RFC 3986 byte by byte, written apart from the verifier's.
func encode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func canonical(v url.Values) string {
	var pairs []string
	for name, values := range v {
		pairs = append(pairs, encode(name)+"="+encode(values[0]))
	}
	sort.Slice(pairs, func(i, j int) bool {
		return strings.SplitN(pairs[i], "=", 2)[0] < strings.SplitN(pairs[j], "=", 2)[0]
	})
	return strings.Join(pairs, "&")
}

var nonceCount int

func nextNonce() string {
	nonceCount++
	return fmt.Sprintf("nonce-%d", nonceCount)
}

// signed is the request over the wire, with an ACS3-HMAC-SHA256 signature.
func (r request) signed() *http.Request {
	r = r.defaults()
	body := r.form.Encode()
	req := httptest.NewRequestWithContext(context.Background(), r.method, "http://"+r.host+"/?"+r.query.Encode(), strings.NewReader(body))
	sum := sha256.Sum256([]byte(body))
	for name, value := range map[string]string{
		"x-acs-action": r.action, "x-acs-version": r.version(), "x-acs-date": r.date,
		"x-acs-signature-nonce": r.nonce, "x-acs-content-sha256": fmt.Sprintf("%x", sum),
	} {
		req.Header.Set(name, value)
	}
	if body != "" {
		req.Header.Set("content-type", "application/x-www-form-urlencoded")
	}
	if r.key.SecurityToken != "" {
		req.Header.Set("x-acs-security-token", r.key.SecurityToken)
	}
	for name, values := range r.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	names := []string{"host"}
	for name := range req.Header {
		names = append(names, strings.ToLower(name))
	}
	sort.Strings(names)
	lines := ""
	for _, name := range names {
		value := req.Host
		if name != "host" {
			value = req.Header.Get(name)
		}
		lines += name + ":" + strings.TrimSpace(value) + "\n"
	}
	list := strings.Join(names, ";")
	hash := sha256.Sum256([]byte(r.method + "\n/\n" + canonical(r.query) + "\n" + lines + "\n" + list + "\n" + fmt.Sprintf("%x", sum)))
	mac := hmac.New(sha256.New, []byte(r.key.Secret))
	mac.Write(fmt.Appendf(nil, "ACS3-HMAC-SHA256\n%x", hash))
	req.Header.Set("Authorization", fmt.Sprintf("ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%x", r.key.ID, list, mac.Sum(nil)))
	if r.edit != nil {
		r.edit(req)
	}
	return req
}

// signedV1 is the same with the older signature.
func (r request) signedV1() *http.Request {
	r = r.defaults()
	for name, value := range map[string]string{
		"Action": r.action, "Version": r.version(), "Format": "JSON", "AccessKeyId": r.key.ID, "SignatureMethod": "HMAC-SHA1",
		"SignatureVersion": "1.0", "SignatureNonce": r.nonce, "Timestamp": r.date,
	} {
		r.query.Set(name, value)
	}
	if r.key.SecurityToken != "" {
		r.query.Set("SecurityToken", r.key.SecurityToken)
	}
	all := url.Values{}
	for _, part := range []url.Values{r.form, r.query} {
		for name, values := range part {
			all[name] = values
		}
	}
	mac := hmac.New(sha1.New, []byte(r.key.Secret+"&"))
	mac.Write([]byte(r.method + "&%2F&" + encode(canonical(all))))
	r.query.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	req := httptest.NewRequestWithContext(context.Background(), r.method, "http://"+r.host+"/?"+r.query.Encode(), strings.NewReader(r.form.Encode()))
	if len(r.form) > 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.edit != nil {
		r.edit(req)
	}
	return req
}

func (r request) version() string {
	if strings.HasPrefix(r.host, "business.") {
		return "2017-12-14"
	}
	return "2020-09-30"
}

func (r request) defaults() request {
	if r.host == "" {
		r.host = "ecd.cn-hangzhou.aliyuncs.com"
	}
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.action == "" {
		r.action = "DescribeDesktopGroups"
	}
	query := url.Values{}
	if !r.noQuery {
		query.Set("RegionId", "cn-hangzhou")
	}
	for name, values := range r.query {
		query[name] = values
	}
	r.query = query
	if r.key == nil {
		r.key = &testKey
	}
	if r.date == "" {
		r.date = day.Format("2006-01-02T15:04:05Z")
	}
	if r.nonce == "" {
		r.nonce = nextNonce()
	}
	return r
}

// answer is what came back, with the body decoded as far as tests look at it.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func send(t testing.TB, s http.Handler, req *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	a := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.UseNumber()
	if err := d.Decode(&a.body); err != nil {
		t.Fatalf("body is not JSON: %v\n%s", err, a.raw)
	}
	return a
}

// ask sends a good request and wants 200.
func ask(t testing.TB, s http.Handler, action string, pairs ...string) answer {
	t.Helper()
	a := send(t, s, request{action: action, query: q(pairs...)}.signed())
	if a.status != http.StatusOK {
		t.Fatalf("%s %v: %d %s", action, pairs, a.status, a.raw)
	}
	return a
}

func (a answer) code() string {
	code, _ := a.body["Code"].(string)
	return code
}

func (a answer) rows(name string) []map[string]any {
	list, _ := a.body[name].([]any)
	rows := make([]map[string]any, 0, len(list))
	for _, v := range list {
		rows = append(rows, v.(map[string]any))
	}
	return rows
}

func (a answer) number(name string) int {
	n, _ := a.body[name].(json.Number)
	i, _ := n.Int64()
	return int(i)
}

// text is a number as text.
func (a answer) text(name string) string {
	n, _ := a.body[name].(json.Number)
	return n.String()
}

func texts(rows []map[string]any, field string) []string {
	var list []string
	for _, r := range rows {
		v, _ := r[field].(string)
		list = append(list, v)
	}
	return list
}

func newTestSim(edit func(*Config)) *Sim {
	c := Config{
		Source: "ali-hz", Keys: []Key{testKey}, Now: func() time.Time { return day },
		World: NewWorld(7, WorldOptions{Groups: 13, Desktops: 600}),
	}
	if edit != nil {
		edit(&c)
	}
	return New(c)
}
