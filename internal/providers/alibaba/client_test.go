package alibaba

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const noGroups = `{"DesktopGroups":[],"RequestId":"R1"}`

func TestRequest(t *testing.T) {
	c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": noGroups}))
	for range 2 {
		if _, err := c.source.Reader.Pools(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	seen := c.requests()
	first, second := seen[0].Header, seen[1].Header
	same(t, "query", seen[0].Query.Encode(), "MaxResults=100&RegionId=cn-hangzhou")
	for name, want := range map[string]string{
		"Accept": "application/json", "X-Acs-Action": "DescribeDesktopGroups", "X-Acs-Version": "2020-09-30", "X-Acs-Security-Token": testToken,
		"X-Acs-Content-Sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		same(t, name, first.Get(name), want)
	}
	if nonce := first.Get("X-Acs-Signature-Nonce"); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(nonce) || nonce == second.Get("X-Acs-Signature-Nonce") {
		t.Errorf("nonces %q and %q, want two of 32 hexadecimal digits", nonce, second.Get("X-Acs-Signature-Nonce"))
	}
	if first.Get("Authorization") == second.Get("Authorization") {
		t.Error("two requests have the same signature")
	}
	const signed = "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version,"
	if got := first.Get("Authorization"); !strings.Contains(got, signed) {
		t.Errorf("authorization %s, want %s in it", got, signed)
	}
}

func TestAnswerSaysWhen(t *testing.T) {
	c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": noGroups}))
	now := at("2026-01-05T08:00:00Z")
	cfg := config(c.url)
	cfg.Now = func() time.Time { now = now.Add(time.Second); return now }
	before := time.Now()
	got, err := open(t, cfg).Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "AsOf", got.AsOf, at("2026-01-05T08:00:01Z"))
	same(t, "date", c.requests()[0].Header.Get("X-Acs-Date"), "2026-01-05T08:00:01Z")
	part := got.Parts[0]
	if part.ReadAt.Before(before) || part.ReadAt.After(time.Now()) {
		t.Errorf("read at %v, want now", part.ReadAt)
	}
	part.ReadAt = time.Time{}
	if diff := cmp.Diff(pool.Part{Operation: "DescribeDesktopGroups", RequestID: "R1", Body: []byte(`{"RequestId":"R1"}`)}, part); diff != "" {
		t.Errorf("part (-want +got):\n%s", diff)
	}
}

// refusing answers with one error body until it has been asked so often, then with no groups.
func refusing(times int, status int, body string, header map[string]string) http.HandlerFunc {
	asked := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		if asked++; asked <= times {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		_, _ = io.WriteString(w, noGroups)
	}
}

func TestRepetition(t *testing.T) {
	tests := []struct {
		name   string
		times  int
		status int
		body   string
		calls  int
		kind   pool.Kind // "": it succeeds
	}{
		{"throttling", 1, 400, `{"Code":"Throttling.Api"}`, 2, ""},
		{"nonce used", 1, 400, `{"Code":"SignatureNonceUsed"}`, 2, ""},
		{"nonce used, always", 9, 400, `{"Code":"SignatureNonceUsed"}`, 3, pool.Failed},
		{"broken once", 1, 500, `{"Code":"InternalError"}`, 2, ""},
		{"down", 9, 503, `{"Code":"ServiceUnavailable"}`, 3, pool.Unavailable},
		{"HTML with 200", 1, 200, `<html>`, 2, ""},
		{"bad signature", 1, 400, `{"Code":"SignatureDoesNotMatch"}`, 1, pool.Auth},
		{"no permission", 1, 403, `{"Code":"NoPermission"}`, 1, pool.Denied},
		{"bad parameter", 1, 400, `{"Code":"InvalidMaxResults"}`, 1, pool.Invalid},
		{"busy", 1, 400, `{"Code":"NotAllowOperation"}`, 1, pool.Conflict},
		{"redirect", 1, 302, ``, 1, pool.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serveHTTP(t, refusing(tt.times, tt.status, tt.body, map[string]string{"Location": "https://example.com/"}))
			_, err := c.source.Reader.Pools(t.Context())
			if tt.kind == "" && err != nil || tt.kind != "" && pool.AsError(err).Kind != tt.kind {
				t.Errorf("error %v, want %q", err, tt.kind)
			}
			same(t, "calls", len(c.requests()), tt.calls)
		})
	}
}

// TestClock proves that the cloud's time is learnt from a refusal, once a call, and kept.
func TestClock(t *testing.T) {
	const expired = `{"Code":"InvalidTimeStamp.Expired","Message":"Specified time stamp or date value is expired."}`
	ours := func() time.Time { return at("2026-01-05T08:00:00Z") }
	tests := []struct {
		name  string
		date  string
		times int
		dates []string // of the requests of two calls
		kind  pool.Kind
	}{
		{"an hour behind", "Mon, 05 Jan 2026 09:00:00 GMT", 1, []string{"2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z"}, ""},
		{"ahead", "Mon, 05 Jan 2026 07:00:00 GMT", 1, []string{"2026-01-05T08:00:00Z", "2026-01-05T07:00:00Z", "2026-01-05T07:00:00Z"}, ""},
		{"never right", "Mon, 05 Jan 2026 09:00:00 GMT", 9, []string{"2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z"}, pool.Failed},
		{"no date", "yesterday", 9, []string{"2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z"}, pool.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serveHTTP(t, refusing(tt.times, 400, expired, map[string]string{"Date": tt.date}))
			cfg := config(c.url)
			cfg.Now = ours
			source := open(t, cfg)
			for range 2 {
				_, err := source.Reader.Pools(t.Context())
				if tt.kind == "" && err != nil || tt.kind != "" && pool.AsError(err).Kind != tt.kind {
					t.Errorf("error %v, want %q", err, tt.kind)
				}
			}
			var dates []string
			for _, r := range c.requests() {
				dates = append(dates, r.Header.Get("X-Acs-Date"))
			}
			same(t, "dates", dates, tt.dates)
		})
	}
}

func TestNew(t *testing.T) {
	good := Config{ID: "ali-hz", Region: "cn-hangzhou", Credentials: Credentials{AccessKey: pool.NewSecret(testKey), SecretKey: pool.NewSecret(testSecret)}}
	tests := []struct {
		name   string
		change func(*Config)
		want   string // the endpoint; "" is an error
	}{
		{"by region", func(*Config) {}, "https://ecd.cn-hangzhou.aliyuncs.com/"},
		{"an endpoint", func(c *Config) { c.Endpoint = "https://ecd-vpc.cn-hangzhou.aliyuncs.com" }, "https://ecd-vpc.cn-hangzhou.aliyuncs.com/"},
		{"a port", func(c *Config) { c.Endpoint = "http://127.0.0.1:18080/" }, "http://127.0.0.1:18080/"},
		{"no id", func(c *Config) { c.ID = "" }, ""},
		{"no region", func(c *Config) { c.Region = "" }, ""},
		{"a region that is a host", func(c *Config) { c.Region = "evil.example/" }, ""},
		{"no key", func(c *Config) { c.Credentials.AccessKey = pool.NewSecret("") }, ""},
		{"no secret", func(c *Config) { c.Credentials.SecretKey = pool.NewSecret("") }, ""},
		{"no scheme", func(c *Config) { c.Endpoint = "ecd.cn-hangzhou.aliyuncs.com" }, ""},
		{"another scheme", func(c *Config) { c.Endpoint = "ftp://ecd.cn-hangzhou.aliyuncs.com" }, ""},
		{"a path", func(c *Config) { c.Endpoint = "https://example.com/ecd" }, ""},
		{"a query", func(c *Config) { c.Endpoint = "https://example.com/?a=b" }, ""},
		{"a password", func(c *Config) { c.Endpoint = "https://u:" + testSecret + "@example.com" }, ""},
		{"nonsense", func(c *Config) { c.Endpoint = "://" + testSecret }, ""},
		{"billing with a path", func(c *Config) { c.BillingEndpoint = "https://example.com/bss" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			source, err := New(c, transport.New(transport.Options{}))
			if tt.want == "" {
				if pool.AsError(err).Kind != pool.Invalid || strings.Contains(err.Error(), testSecret) {
					t.Errorf("error %v, want Invalid without the secret", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			endpoint := source.Reader.(*reader).ecd.endpoint
			same(t, "endpoint", endpoint.String(), tt.want)
			same(t, "source", []any{source.ID, source.Cloud, source.Region, source.Live, source.DesktopFilters},
				[]any{"ali-hz", pool.Alibaba, "cn-hangzhou", nil, pool.DesktopFilters{BillingMode: true}})
		})
	}
}
