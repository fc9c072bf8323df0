package alibabasim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

type vector struct {
	Name, Scheme, Method, Host, Action, Version, Date, Nonce, Body, Authorization, Signature string
	AccessKeyID                                                                              string            `json:"access_key_id"`
	AccessKeySecret                                                                          string            `json:"access_key_secret"`
	SecurityToken                                                                            string            `json:"security_token"`
	FlatParams                                                                               map[string]string `json:"flat_params"`
	Headers                                                                                  map[string]string `json:"headers"`
	WireQuery                                                                                string            `json:"wire_query"`
	CanonicalRequest                                                                         string            `json:"canonical_request"`
	StringToSign                                                                             string            `json:"string_to_sign"`
}

func (v vector) request(t *testing.T) *http.Request {
	t.Helper()
	query := v.WireQuery
	if query == "" && v.Scheme != v3Algorithm { // the vendor's own V1 example does not show it
		all := url.Values{"Signature": {v.Signature}}
		for name, value := range v.FlatParams {
			all.Set(name, value)
		}
		query = all.Encode()
	}
	r := httptest.NewRequestWithContext(t.Context(), v.Method, "http://"+v.Host+"/?"+query, strings.NewReader(v.Body))
	for name, value := range v.Headers {
		if name != "host" {
			r.Header.Set(name, value)
		}
	}
	if v.Authorization != "" {
		r.Header.Set("Authorization", v.Authorization)
	}
	return r
}

func (v vector) sim(t *testing.T) *Sim {
	t.Helper()
	date, err := time.Parse(time.RFC3339, v.Date)
	if err != nil {
		t.Fatal(err)
	}
	return newTestSim(func(c *Config) {
		c.Now = func() time.Time { return date }
		c.Keys = []Key{{ID: v.AccessKeyID, Secret: v.AccessKeySecret, SecurityToken: v.SecurityToken}}
	})
}

// TestVectors checks requests that the vendor's own client signed. Those for
// other products and operations get past the signature, and no further.
func TestVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/signing-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"v3-published-example-RunInstances":             "InvalidProduct.NotFound",
		"v3-DescribeDesktopsInGroup-minimal-headers":    "",
		"v3-DescribeDesktopsInGroup-official-client":    "",
		"v3-RebuildDesktops-list-12-items":              "InvalidAction.NotFound",
		"v3-DescribeDesktopGroups-unicode-and-reserved": "",
		"v3-ModifyDesktopSpec-STS-nested":               "InvalidDesktopId.NotFound",
		"v3-AddUserToDesktopGroup-form-body":            "InvalidAction.NotFound",
		"v3-loopback-host-with-port-GET":                "",
		"v1-DescribeDesktopsInGroup":                    "",
		"v1-DescribeDesktopGroups-unicode-list-STS":     "",
		"v1-published-example-DescribeRegions":          "InvalidProduct.NotFound",
	}
	if len(file.Vectors) != len(want) {
		t.Fatalf("%d vectors, want %d", len(file.Vectors), len(want))
	}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			code, known := want[v.Name]
			if !known {
				t.Fatal("unknown vector")
			}
			if got := send(t, v.sim(t), v.request(t)); got.code() != code {
				t.Errorf("code %q, want %q\n%s", got.code(), code, got.raw)
			}
			other := v
			other.AccessKeySecret += "x"
			got := send(t, other.sim(t), v.request(t))
			if got.status != 400 || got.code() != "SignatureDoesNotMatch" {
				t.Fatalf("with another secret: %d %s", got.status, got.raw)
			}
			message := got.body["Message"].(string)
			if !strings.Contains(message, v.StringToSign) || !strings.Contains(message, v.CanonicalRequest) {
				t.Errorf("the cloud signed something else:\n%s\nwant\n%s\n%s", message, v.StringToSign, v.CanonicalRequest)
			}
		})
	}
}

// TestRefusals checks each code of the gateway that a read can meet.
func TestRefusals(t *testing.T) {
	sts := Key{ID: "STS.id", Secret: "s", SecurityToken: "token", Expires: day.Add(time.Hour)}
	expired := Key{ID: "STS.old", Secret: "s", SecurityToken: "token", Expires: day}
	disabled := Key{ID: "off", Secret: "s", Disabled: true}
	denied := Key{ID: "denied", Secret: "s", Deny: []string{"DescribeDesktopGroups"}}
	deniedAll := Key{ID: "denied-all", Secret: "s", Deny: []string{"*"}}
	s := newTestSim(func(c *Config) { c.Keys = []Key{testKey, sts, expired, disabled, denied, deniedAll} })
	with := func(k Key, change func(*Key)) *Key { change(&k); return &k }
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	replace := func(old, other string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, other, 1))
		}
	}
	tests := []struct {
		name   string
		r      request
		v1     bool
		status int
		code   string
	}{
		{"no credentials", request{edit: func(r *http.Request) { r.Header.Del("Authorization") }}, false, 400, "MissingAccessKeyId"},
		{"malformed Authorization", request{edit: set("Authorization", "ACS3-HMAC-SHA256 nonsense")}, false, 400, "IncompleteSignature"},
		{"an extra field in Authorization", request{edit: replace("Credential=", "X=1,Credential=")}, false, 400, "IncompleteSignature"},
		{"another algorithm", request{edit: replace("ACS3-HMAC-SHA256", "ACS3-HMAC-SM3")}, false, 400, "IncompleteSignature"},
		{"date not signed", request{edit: replace("x-acs-date;", "")}, false, 400, "IncompleteSignature"},
		{"host not signed", request{edit: replace("host;", "")}, false, 400, "IncompleteSignature"},
		{"an x-acs header not signed", request{edit: set("x-acs-credentials-provider", "static_ak")}, false, 400, "IncompleteSignature"},
		{"content-type not signed", request{edit: set("content-type", "text/plain")}, false, 400, "IncompleteSignature"},
		{"a signed header is not there", request{edit: replace("host;", "host;x-acs-absent;")}, false, 400, "IncompleteSignature"},
		{"unknown key", request{key: &Key{ID: "nobody", Secret: "s"}}, false, 404, "InvalidAccessKeyId.NotFound"},
		{"unknown key, V1", request{key: &Key{ID: "nobody", Secret: "s"}}, true, 404, "InvalidAccessKeyId.NotFound"},
		{"disabled key", request{key: &disabled}, false, 400, "InvalidAccessKeyId.Inactive"},
		{"unreadable date", request{date: "Fri, 21 Nov 2025 08:00:00 GMT"}, false, 400, "InvalidTimeStamp.Format"},
		{"date with another zone", request{date: "2025-11-21T08:00:00+00:00"}, false, 400, "InvalidTimeStamp.Format"},
		{"15 minutes slow", request{date: "2025-11-21T07:45:00Z"}, false, 200, ""},
		{"15 minutes fast", request{date: "2025-11-21T08:15:00Z"}, false, 200, ""},
		{"a second slower", request{date: "2025-11-21T07:44:59Z"}, false, 400, "InvalidTimeStamp.Expired"},
		{"a second faster", request{date: "2025-11-21T08:15:01Z"}, false, 400, "InvalidTimeStamp.Expired"},
		{"a second slower, V1", request{date: "2025-11-21T07:44:59Z"}, true, 400, "InvalidTimeStamp.Expired"},
		{"wrong secret", request{key: &Key{ID: testKey.ID, Secret: "guess"}}, false, 400, "SignatureDoesNotMatch"},
		{"wrong secret, V1", request{key: &Key{ID: testKey.ID, Secret: "guess"}}, true, 400, "SignatureDoesNotMatch"},
		{"query changed on the way", request{edit: func(r *http.Request) { r.URL.RawQuery += "&MaxResults=1" }}, false, 400, "SignatureDoesNotMatch"},
		{"query changed on the way, V1", request{edit: func(r *http.Request) { r.URL.RawQuery += "&MaxResults=1" }}, true, 400, "SignatureDoesNotMatch"},
		{"header changed on the way", request{edit: set("x-acs-version", "2020-10-01")}, false, 400, "SignatureDoesNotMatch"},
		{"host changed on the way", request{edit: func(r *http.Request) { r.Host = "ecd.cn-beijing.aliyuncs.com" }}, false, 400, "SignatureDoesNotMatch"},
		{"a hash that is not the body's", request{header: http.Header{"X-Acs-Content-Sha256": {"UNSIGNED-PAYLOAD"}}}, false, 400, "SignatureDoesNotMatch"},
		{"STS", request{key: &sts}, false, 200, ""},
		{"STS, V1", request{key: &sts}, true, 200, ""},
		{"STS without token", request{key: with(sts, func(k *Key) { k.SecurityToken = "" })}, false, 400, "MissingSecurityToken"},
		{"STS with another's token", request{key: with(sts, func(k *Key) { k.SecurityToken = "other" })}, false, 400, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"token with a lasting key", request{key: with(testKey, func(k *Key) { k.SecurityToken = "x" })}, false, 400, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"STS past its time", request{key: &expired}, false, 403, "InvalidSecurityToken.Expired"},
		{"STS past its time, V1", request{key: &expired}, true, 403, "InvalidSecurityToken.Expired"},
		{"no permission", request{key: &denied}, false, 403, "NoPermission"},
		{"permission for another operation", request{key: &denied, action: "DescribeRegions"}, false, 200, ""},
		{"no permission at all", request{key: &deniedAll, action: "DescribeRegions"}, false, 403, "NoPermission"},
		{"unknown operation", request{action: "DeleteEverything"}, false, 404, "InvalidAction.NotFound"},
		{"unknown operation, V1", request{action: "DeleteEverything"}, true, 404, "InvalidAction.NotFound"},
		{"unknown version", request{header: http.Header{"X-Acs-Version": {"2019-01-01"}}}, false, 400, "InvalidVersion"},
		{"another path", request{edit: func(r *http.Request) { r.URL.Path = "/v1" }}, false, 404, "InvalidAction.NotFound"},
		{"another method", request{method: http.MethodPut}, false, 404, "InvalidAction.NotFound"},
		{"a query that cannot be decoded", request{edit: func(r *http.Request) { r.URL.RawQuery = "a=%zz" }}, false, 400, "InvalidParameter"},
		{"V1 without nonce", request{edit: func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "SignatureNonce", "X", 1) }}, true, 400, "MissingSignatureNonce"},
		{"V1 by another method", request{edit: func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "HMAC-SHA1", "HMAC-SHA256", 1) }}, true, 400, "InvalidSignatureMethod"},
		{"V1 of another version", request{edit: func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "SignatureVersion=1.0", "SignatureVersion=2.0", 1)
		}}, true, 400, "InvalidSignatureVersion"},
		{"GET", request{method: http.MethodGet}, false, 200, ""},
		{"GET, V1", request{method: http.MethodGet}, true, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := tt.r.signed
			if tt.v1 {
				req = tt.r.signedV1
			}
			got := send(t, s, req())
			if got.status != tt.status || got.code() != tt.code {
				t.Errorf("%d %q, want %d %q\n%s", got.status, got.code(), tt.status, tt.code, got.raw)
			}
		})
	}
}

// TestOrderOfChecks sends requests with two faults: the first check speaks.
func TestOrderOfChecks(t *testing.T) {
	disabled := Key{ID: "off", Secret: "s", Disabled: true}
	sts := Key{ID: "STS.id", Secret: "s", SecurityToken: "token", Deny: []string{"*"}}
	denied := Key{ID: "denied", Secret: "s", Deny: []string{"*"}}
	slow := Key{ID: "slow", Secret: "s"}
	s := newTestSim(func(c *Config) {
		c.Keys = []Key{testKey, disabled, sts, denied, slow}
		c.PerSecond = 1
	})
	send(t, s, request{nonce: "used"}.signed())
	send(t, s, request{key: &slow, action: "NoSuchThing"}.signed())
	tests := []struct {
		name string
		r    request
		code string
	}{
		{"syntax before key", request{key: &Key{ID: "nobody"}, edit: func(r *http.Request) {
			r.Header.Set("Authorization", r.Header.Get("Authorization")+",x")
		}}, "IncompleteSignature"},
		{"key before date", request{key: &Key{ID: "nobody"}, date: "2020-01-01T00:00:00Z"}, "InvalidAccessKeyId.NotFound"},
		{"date before signature", request{key: &Key{ID: testKey.ID, Secret: "guess"}, date: "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"},
		{"signature before nonce", request{key: &Key{ID: testKey.ID, Secret: "guess"}, nonce: "used"}, "SignatureDoesNotMatch"},
		{"nonce before token", request{nonce: "used", key: &Key{ID: testKey.ID, Secret: testKey.Secret, SecurityToken: "x"}}, "SignatureNonceUsed"},
		{"token before permission", request{key: &Key{ID: sts.ID, Secret: "s", SecurityToken: "other"}}, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"permission before operation", request{key: &denied, action: "NoSuchThing"}, "NoPermission"},
		{"throttle before operation", request{key: &slow, action: "NoSuchThing"}, "Throttling.User"},
		{"operation before parameters", request{action: "NoSuchThing", noQuery: true}, "InvalidAction.NotFound"},
		{"region before parameters", request{action: "DescribeDesktopsInGroup", query: q("RegionId", "mars-1", "MaxResults", "0")}, "InvalidRegionId.NotFound"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := send(t, s, tt.r.signed()); got.code() != tt.code {
				t.Errorf("code %q, want %q", got.code(), tt.code)
			}
		})
	}
}

func TestNonce(t *testing.T) {
	now := day
	other := Key{ID: "other", Secret: "s"}
	s := newTestSim(func(c *Config) {
		c.Now = func() time.Time { return now }
		c.Keys = append(c.Keys, other)
	})
	steps := []struct {
		name  string
		after time.Duration
		r     request
		code  string
	}{
		{"a bad signature does not use it up", 0, request{key: &Key{ID: testKey.ID, Secret: "guess"}}, "SignatureDoesNotMatch"},
		{"first use", 0, request{}, ""},
		{"second use", 0, request{}, "SignatureNonceUsed"},
		{"another key's", 0, request{key: &other}, ""},
		{"just before 31 minutes", 31*time.Minute - time.Second, request{}, "SignatureNonceUsed"},
		{"after 31 minutes", 31 * time.Minute, request{}, ""},
		{"and again", 31 * time.Minute, request{}, "SignatureNonceUsed"},
	}
	for _, step := range steps {
		now = day.Add(step.after)
		step.r.nonce, step.r.date = "one", now.Format(dateLayout)
		if got := send(t, s, step.r.signed()); got.code() != step.code {
			t.Errorf("%s: code %q, want %q", step.name, got.code(), step.code)
		}
	}
	now = day.Add(2 * time.Hour)
	if got := send(t, s, request{nonce: "two", date: now.Format(dateLayout)}.signedV1()); got.status != 200 {
		t.Fatal(got.raw)
	}
	if got := send(t, s, request{nonce: "two", date: now.Format(dateLayout)}.signed()); got.code() != "SignatureNonceUsed" {
		t.Errorf("a nonce of a V1 request was accepted again: %s", got.raw)
	}
}

func TestNonceStoreIsBounded(t *testing.T) {
	var n nonceStore
	for i := range maxNonces + 10 {
		if !n.use("key", strconv.Itoa(i), day.Add(time.Duration(i)*time.Millisecond)) {
			t.Fatalf("nonce %d was seen before", i)
		}
	}
	if len(n.used) > maxNonces || len(n.queue) != len(n.used) {
		t.Errorf("%d nonces in a queue of %d, want at most %d", len(n.used), len(n.queue), maxNonces)
	}
}

func TestThrottle(t *testing.T) {
	now := day
	other := Key{ID: "other", Secret: "s"}
	s := newTestSim(func(c *Config) {
		c.PerSecond, c.Now = 2, func() time.Time { return now }
		c.Keys = append(c.Keys, other)
	})
	for range 2 {
		ask(t, s, "DescribeDesktopGroups")
	}
	now = now.Add(100 * time.Millisecond)
	got := send(t, s, request{}.signed())
	if got.status != 400 || got.code() != "Throttling.User" {
		t.Fatalf("third request in a second: %d %s", got.status, got.raw)
	}
	if h, want := got.header.Get("x-ratelimit-user-api"), "Limit:2,Remain:0,TimeLeft:400,Reset:400"; h != want {
		t.Errorf("x-ratelimit-user-api %q, want %q", h, want)
	}
	ask(t, s, "DescribeRegions")
	if got := send(t, s, request{key: &other}.signed()); got.status != 200 {
		t.Errorf("another key's request: %s", got.raw)
	}
	now = now.Add(399 * time.Millisecond)
	if got := send(t, s, request{}.signed()); got.code() != "Throttling.User" {
		t.Errorf("a millisecond too early: %d %s", got.status, got.raw)
	}
	now = now.Add(time.Millisecond)
	ask(t, s, "DescribeDesktopGroups")
}

func TestErrorBody(t *testing.T) {
	denied := Key{ID: "denied", Secret: "s", Deny: []string{"*"}}
	s := newTestSim(func(c *Config) { c.Keys = []Key{denied} })
	got := send(t, s, request{key: &denied}.signed())
	id := got.header.Get("x-acs-request-id")
	if !regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`).MatchString(id) {
		t.Errorf("request id %q is no upper-case UUID", id)
	}
	for name, want := range map[string]string{
		"RequestId": id, "HostId": "ecd.cn-hangzhou.aliyuncs.com", "Code": "NoPermission",
		"Recommend": "https://api.aliyun.com/troubleshoot?q=NoPermission&product=ecd&requestId=" + id,
	} {
		if got.body[name] != want {
			t.Errorf("%s %q, want %q", name, got.body[name], want)
		}
	}
	detail, _ := got.body["AccessDeniedDetail"].(map[string]any)
	if detail["AuthAction"] != "ecd:DescribeDesktopGroups" || detail["NoPermissionType"] != "ImplicitDeny" || detail["AuthPrincipalOwnerId"] != accountID {
		t.Errorf("AccessDeniedDetail %v", detail)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/json;charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	if date := got.header.Get("Date"); date != "Fri, 21 Nov 2025 08:00:00 GMT" {
		t.Errorf("Date %q is not the simulated clock's", date)
	}
}

func TestFormBody(t *testing.T) {
	s := newTestSim(nil)
	form := q("DesktopGroupId", exampleGroup, "MaxResults", "1")
	for name, req := range map[string]*http.Request{
		"V3": request{action: "DescribeDesktopsInGroup", form: form}.signed(),
		"V1": request{action: "DescribeDesktopsInGroup", form: form}.signedV1(),
	} {
		if got := send(t, s, req); got.status != 200 || len(got.rows("PaidDesktops")) != 1 {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	both := request{action: "DescribeDesktopsInGroup", form: form, query: q("MaxResults", "2")}
	if got := send(t, s, both.signed()); len(got.rows("PaidDesktops")) != 2 {
		t.Errorf("the query does not win over the body: %s", got.raw)
	}
	tampered := request{form: form, edit: func(r *http.Request) { r.Body = http.NoBody }}
	if got := send(t, s, tampered.signed()); got.code() != "SignatureDoesNotMatch" {
		t.Errorf("a body lost on the way: %d %s", got.status, got.raw)
	}
	large := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(make([]byte, maxBody+1)))
	if got := send(t, s, large); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d %s", got.status, got.raw)
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-date,Signature=00")
	f.Add("ACS3-HMAC-SHA256 Credential=,SignedHeaders=,Signature=")
	f.Fuzz(func(t *testing.T, header string) {
		id, signed, signature, ok := parseAuthorization(header)
		if !ok {
			return
		}
		if id == "" || signature == "" || len(signed) == 0 {
			t.Errorf("%q passed as %q %q %q", header, id, signed, signature)
		}
		again := v3Algorithm + " Credential=" + id + ",SignedHeaders=" + strings.Join(signed, ";") + ",Signature=" + signature
		if a, b, c, ok := parseAuthorization(again); !ok || a != id || strings.Join(b, ";") != strings.Join(signed, ";") || c != signature {
			t.Errorf("%q is read otherwise when written anew", header)
		}
	})
}

// FuzzServe sends anything: it is answered with JSON, and without a key never 200.
func FuzzServe(f *testing.F) {
	s := newTestSim(nil)
	f.Add("POST", "RegionId=cn-hangzhou&Signature=x", "Authorization", "ACS3-HMAC-SHA256 Credential=testKeyId", "MaxResults=1")
	f.Add("GET", "Action=DescribeRegions&AccessKeyId=testKeyId&Signature=a&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=1&Timestamp=2025-11-21T08:00:00Z", "Content-Type", "application/x-www-form-urlencoded", "%zz")
	f.Fuzz(func(t *testing.T, method, query, name, value, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Method, r.URL.RawQuery = method, query
		r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		if got := send(t, s, r); got.status == 200 {
			t.Errorf("an unsigned request was answered: %s", got.raw)
		}
	})
}
