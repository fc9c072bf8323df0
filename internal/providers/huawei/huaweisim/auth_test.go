package huaweisim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	stats   = v2 + "/statistics"
	iamAuth = "401 APIGW.0301 Incorrect IAM authentication information: "
)

// token logs in, and fails the test if that does.
func (c *testCloud) token(scope string) string {
	c.t.Helper()
	a := c.login("reader", "secret", scope)
	if a.status != http.StatusCreated {
		c.t.Fatalf("login: %s", a.body)
	}
	return a.header.Get("X-Subject-Token")
}

const byRegion = `,"scope":{"project":{"name":"cn-north-4"}}`

func (c *testCloud) login(user, password, scope string) answered {
	body := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"` + user + `","password":"` + password +
		`","domain":{"name":"acme"}}}}` + scope + `}}`
	return c.send(c.request(http.MethodPost, "/v3/auth/tokens?nocatalog=true", body))
}

func TestAuthentication(t *testing.T) {
	temporary := func(cfg *Config) {
		cfg.Keys = []Key{{testAccess, testSecret, "ST"}}
	}
	signAt := func(ahead time.Duration, headers ...string) func(*testCloud, *http.Request) {
		return func(c *testCloud, r *http.Request) {
			sign(r, "", testAccess, testSecret, c.clock.Now().Add(ahead), headers...)
		}
	}
	tests := []struct {
		name   string
		config func(*Config)
		auth   func(*testCloud, *http.Request)
		want   string
	}{
		{"good signature", nil, signAt(0, "host", "x-project-id", "x-sdk-date"), "200"},
		{"only the date is signed", nil, signAt(0, "x-sdk-date"), "200"},
		{"as the Go SDK does", nil, signAt(0, "user-agent", "x-project-id", "x-sdk-date"), iamAuth + "verify aksk signature fail"},
		{"nothing", nil, func(*testCloud, *http.Request) {}, iamAuth + "x-auth-token not found"},
		{"another scheme", nil, func(_ *testCloud, r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, iamAuth + "Unauthorized"},
		{"garbled token", nil, func(_ *testCloud, r *http.Request) { r.Header.Set("X-Auth-Token", "MIIabc") }, iamAuth + "decrypt token fail"},
		{"unknown key", nil, func(c *testCloud, r *http.Request) {
			sign(r, "", "AKOTHER", testSecret, c.clock.Now(), "x-sdk-date")
		}, iamAuth + "ak AKOTHER not exist"},
		{"wrong secret", nil, func(c *testCloud, r *http.Request) {
			sign(r, "", testAccess, "other", c.clock.Now(), "x-project-id", "x-sdk-date")
		}, iamAuth + "verify aksk signature fail, canonicalRequest:GET|/v2/" + testProject + "/statistics/||x-project-id:" + testProject +
			"|x-sdk-date:20260105T080000Z||x-project-id;x-sdk-date|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"the date is not signed", nil, signAt(0, "x-project-id"), iamAuth + "verify aksk signature fail"},
		{"15 minutes late", nil, signAt(-15*time.Minute, "x-sdk-date"), "200"},
		{"15 minutes early", nil, signAt(15*time.Minute, "x-sdk-date"), "200"},
		{"too late", nil, signAt(-15*time.Minute-time.Second, "x-sdk-date"),
			iamAuth + "signature expired, signature time:20260105T074459Z,server time:20260105T080000Z"},
		{"too early", nil, signAt(15*time.Minute+time.Second, "x-sdk-date"),
			iamAuth + "signature expired, signature time:20260105T081501Z,server time:20260105T080000Z"},
		{"no date", nil, func(c *testCloud, r *http.Request) {
			sign(r, "", testAccess, testSecret, c.clock.Now(), "x-sdk-date")
			r.Header.Del("X-Sdk-Date")
		}, iamAuth + "signature expired, signature time:,server time:20260105T080000Z"},
		{"malformed date", nil, func(c *testCloud, r *http.Request) {
			sign(r, "", testAccess, testSecret, c.clock.Now(), "x-sdk-date")
			r.Header.Set("X-Sdk-Date", "2026-01-05")
		}, iamAuth + "signature expired, signature time:2026-01-05,server time:20260105T080000Z"},
		{"temporary key", temporary, func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Security-Token", "ST")
			sign(r, "", testAccess, testSecret, c.clock.Now(), "x-sdk-date", "x-security-token")
		}, "200"},
		{"temporary key without its token", temporary, signAt(0, "x-sdk-date"), iamAuth + "Get secretKey failed"},
		{"temporary key with another token", temporary, func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Security-Token", "other")
			sign(r, "", testAccess, testSecret, c.clock.Now(), "x-sdk-date", "x-security-token")
		}, iamAuth + "Get secretKey failed"},
		{"token", nil, func(c *testCloud, r *http.Request) { r.Header.Set("X-Auth-Token", c.token(byRegion)) }, "200"},
		{"token, by the project's id", nil, func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Auth-Token", c.token(`,"scope":{"project":{"id":"`+testProject+`"}}`))
		}, "200"},
		{"token and bad signature", nil, func(c *testCloud, r *http.Request) {
			sign(r, "", testAccess, "other", c.clock.Now(), "x-sdk-date")
			r.Header.Set("X-Auth-Token", c.token(byRegion))
		}, "200"},
		{"token a second before its end", nil, func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Auth-Token", c.token(byRegion))
			c.clock.add(24*time.Hour - time.Second)
		}, "200"},
		{"expired token", nil, func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Auth-Token", c.token(byRegion))
			c.clock.add(24 * time.Hour)
		}, iamAuth + "token expires, expires_at: 2026-01-06T08:00:00.000000Z"},
		{"token of another region", nil, func(c *testCloud, r *http.Request) {
			other := start(c.t, func(cfg *Config) { cfg.Region = "cn-east-3" })
			r.Header.Set("X-Auth-Token", other.token(`,"scope":{"project":{"name":"cn-east-3"}}`))
		}, "401 APIGW.0307 The token must be updated"},
		{"token of another project", nil, func(c *testCloud, r *http.Request) {
			other := start(c.t, func(cfg *Config) { cfg.ProjectID = "other" })
			r.Header.Set("X-Auth-Token", other.token(byRegion))
		}, "403 WKS.0003 The project does not match the credentials."},
		{"token of the account", nil, func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Auth-Token", c.token(`,"scope":{"domain":{"name":"acme"}}`))
		}, "403 WKS.0003 The project does not match the credentials."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, tt.config)
			r := c.request(http.MethodGet, stats, "")
			tt.auth(c, r)
			if got := c.send(r).code(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGatewayOrder(t *testing.T) {
	long := strings.Repeat("x", 33<<10)
	tests := []struct {
		name   string
		config func(*Config)
		method string
		target string
		auth   bool
		header string // a large one
		want   string
	}{
		{"unknown path", nil, "GET", v2 + "/desktops-pools/a", false, "", "404 APIGW.0101"},
		{"wrong method", nil, "DELETE", v2 + "/statistics", false, "", "404 APIGW.0101"},
		{"trailing slash", nil, "GET", v2 + "/statistics/", false, "", "404 APIGW.0101"},
		{"no id", nil, "GET", v2 + "/desktop-pools/", true, "", "404 APIGW.0101"},
		{"long URI before authentication", nil, "GET", stats + "?x=" + long, false, "", "414 APIGW.0201"},
		{"large headers before authentication", nil, "GET", stats, false, long + long, "494 APIGW.0201"},
		{"authentication before project", nil, "GET", "/v2/other/statistics", false, "", "401 APIGW.0301"},
		{"another project", nil, "GET", "/v2/other/statistics", true, "", "403 WKS.0003"},
		{"an escaped slash is part of the id", nil, "GET", v2 + "/desktop-pools/%2Fa", true, "", "400 WKS.0001"},
		{"project before tenant", func(c *Config) { c.NotSubscribed = true }, "GET", "/v2/other/statistics", true, "", "403 WKS.0003"},
		{"tenant before parameters", func(c *Config) { c.NotSubscribed = true }, "GET", stats + "?desktop_type=x", true, "", "403 WKS.00010099"},
		{"parameters before resource", nil, "GET", v2 + "/desktop-pools/none/desktops?limit=101", true, "", "400 WKS.0001"},
		{"malformed query", nil, "GET", stats + "?a=%zz", true, "", "400 WKS.0001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, tt.config)
			r := c.request(tt.method, tt.target, "")
			if tt.header != "" {
				r.Header.Set("X-Large", tt.header)
			}
			if tt.auth {
				r.Header.Set("X-Auth-Token", c.token(byRegion))
			}
			if got := c.send(r).code(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLargeBody(t *testing.T) {
	c := start(t, nil)
	a := c.send(c.request(http.MethodPost, "/v3/auth/tokens", strings.Repeat(" ", 12<<20+1)))
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("status = %d (%v), want 413", a.status, a.err)
	}
}

// Every answer bears a request id and the cloud's clock; only the gateway repeats the id in the body.
func TestHeaders(t *testing.T) {
	c := start(t, nil)
	for target, inBody := range map[string]bool{stats: false, v2 + "/nothing": true, v2 + "/desktop-pools/none": false} {
		a := c.get(target)
		id := a.header.Get("X-Request-Id")
		if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("%s: X-Request-Id = %q, want 32 hex digits", target, id)
		}
		if got := strings.Contains(string(a.body), `"request_id":"`+id+`"`); got != inBody {
			t.Errorf("%s: the id is in the body: %v, want %v", target, got, inBody)
		}
		if got := a.header.Get("Date"); got != "Mon, 05 Jan 2026 08:00:00 GMT" {
			t.Errorf("%s: Date = %q, want the cloud's clock", target, got)
		}
		if got := a.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type = %q", target, got)
		}
	}
}

func TestKeyLock(t *testing.T) {
	c := start(t, nil)
	try := func(secret string) string {
		r := c.request(http.MethodGet, stats, "")
		sign(r, "", testAccess, secret, c.clock.Now(), "x-project-id", "x-sdk-date")
		return c.send(r).code()
	}
	expect := func(when, got, want string) {
		t.Helper()
		if !strings.HasPrefix(got, want) {
			t.Fatalf("%s: %q, want %q", when, got, want)
		}
	}
	const bad, locked = iamAuth + "verify aksk signature fail", iamAuth + "AK access failed to reach the limit,forbidden."
	for range 4 {
		expect("a bad signature", try("other"), bad)
	}
	expect("a good one after four", try(testSecret), "200")
	for range 5 {
		expect("a bad signature, counted from one again", try("other"), bad)
	}
	expect("a good one after five", try(testSecret), locked)
	c.clock.add(5*time.Minute - time.Second)
	expect("just before five minutes", try(testSecret), locked)
	c.clock.add(time.Second)
	expect("after five minutes", try(testSecret), "200")
}

func TestThrottle(t *testing.T) {
	for _, retryAfter := range []bool{false, true} {
		c := start(t, func(cfg *Config) { cfg.ReadsPerMinute, cfg.RetryAfter = 2, retryAfter })
		c.clock.add(20 * time.Second)
		for range 2 {
			if got := c.get(stats).status; got != 200 {
				t.Fatalf("status = %d within the limit", got)
			}
		}
		a := c.get(stats)
		const want = "429 APIGW.0308 The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute"
		if got := a.code(); got != want {
			t.Errorf("answer = %q, want %q", got, want)
		}
		header := ""
		if retryAfter {
			header = "40"
		}
		if got := a.header.Get("Retry-After"); got != header {
			t.Errorf("Retry-After = %q, want %q", got, header)
		}
		if got := c.get(v2 + "/desktops?limit=1").status; got != 200 {
			t.Errorf("another route: status = %d, want 200", got)
		}
		r := c.request(http.MethodGet, stats, "")
		r.Header.Set("X-Auth-Token", c.token(byRegion))
		if got := c.send(r).status; got != 200 {
			t.Errorf("another user: status = %d, want 200", got)
		}
		c.clock.add(39 * time.Second)
		if got := c.get(stats).status; got != 429 {
			t.Errorf("at the end of the minute: status = %d, want 429", got)
		}
		c.clock.add(time.Second)
		if got := c.get(stats).status; got != 200 {
			t.Errorf("in the next minute: status = %d, want 200", got)
		}
		if got := c.Requests("ListDesktopsStatistics"); got != 6 {
			t.Errorf("Requests = %d, want 6", got)
		}
		if got := c.Requests(""); got != 8 {
			t.Errorf("Requests of all operations = %d, want 8", got)
		}
	}
}

// iamError is the error of IAM, whose code is a number.
type iamError struct {
	Error struct {
		Code           int
		Message, Title string
	}
}

func TestLoginFailures(t *testing.T) {
	tests := []struct {
		name, body string
		want       iamError
	}{
		{"not JSON", "{", iamErr(400, "The request body is invalid", "Bad Request")},
		{"no method", `{"auth":{"identity":{"methods":[],"password":{"user":{"name":"reader"}}}}}`, iamErr(400, "The request body is invalid", "Bad Request")},
		{"no password", `{"auth":{"identity":{"methods":["password"]}}}`, iamErr(400, "The request body is invalid", "Bad Request")},
		{"wrong password", login("reader", "x", "acme", "cn-north-4"), iamErr(401, "The username or password is wrong.", "Unauthorized")},
		{"wrong account", login("reader", "secret", "other", "cn-north-4"), iamErr(401, "The username or password is wrong.", "Unauthorized")},
		{"unknown project", login("reader", "secret", "acme", "cn-east-3"), iamErr(404, "Could not find project: cn-east-3.", "Not Found")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, nil)
			a := c.send(c.request(http.MethodPost, "/v3/auth/tokens", tt.body))
			var got iamError
			if err := json.Unmarshal(a.body, &got); err != nil {
				t.Fatal(err)
			}
			if got != tt.want || a.status != tt.want.Error.Code {
				t.Errorf("answer = %d %+v, want %+v", a.status, got, tt.want)
			}
			if a.header.Get("X-IAM-Trace-Id") == "" {
				t.Error("no X-IAM-Trace-Id")
			}
		})
	}
}

func iamErr(code int, message, title string) (e iamError) {
	e.Error.Code, e.Error.Message, e.Error.Title = code, message, title
	return e
}

func login(user, password, domain, project string) string {
	return `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"` + user + `","password":"` + password +
		`","domain":{"name":"` + domain + `"}}}},"scope":{"project":{"name":"` + project + `"}}}}`
}

func TestUserLock(t *testing.T) {
	c := start(t, nil)
	for range 5 {
		if got := c.login("reader", "wrong", byRegion).status; got != 401 {
			t.Fatalf("status = %d with a wrong password, want 401", got)
		}
	}
	if a := c.login("reader", "secret", byRegion); a.status != 401 || !strings.Contains(string(a.body), "The account is locked.") {
		t.Errorf("after five: %d %s, want locked", a.status, a.body)
	}
	c.clock.add(15 * time.Minute)
	if got := c.login("reader", "secret", byRegion).status; got != 201 {
		t.Errorf("after a quarter of an hour: status = %d, want 201", got)
	}
}

func TestTokenBody(t *testing.T) {
	c := start(t, nil)
	a := c.send(c.request(http.MethodPost, "/v3/auth/tokens", login("reader", "secret", "acme", "cn-north-4")))
	var got struct {
		Token struct {
			ExpiresAt string `json:"expires_at"`
			IssuedAt  string `json:"issued_at"`
			Methods   []string
			Project   struct{ ID, Name string }
			User      struct {
				Name   string
				Domain struct{ ID, Name string }
			}
			Catalog []struct{ Type string }
		}
	}
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatal(err)
	}
	tok := got.Token
	if tok.IssuedAt != "2026-01-05T08:00:00.000000Z" || tok.ExpiresAt != "2026-01-06T08:00:00.000000Z" ||
		tok.Project.ID != testProject || tok.Project.Name != testRegion || tok.User.Name != "reader" ||
		tok.User.Domain.ID != "d0" || len(tok.Catalog) != 1 || len(tok.Methods) != 1 {
		t.Errorf("token = %+v", tok)
	}
	if strings.Contains(string(c.login("reader", "secret", byRegion).body), "catalog") {
		t.Error("nocatalog left the catalog in")
	}
}

func TestProjects(t *testing.T) {
	type projects struct {
		Projects []struct {
			ID, Name string
			DomainID string `json:"domain_id"`
		}
	}
	for name, want := range map[string]int{"?name=cn-north-4": 1, "?name=cn-east-3": 0, "": 1} {
		if got := read[projects](start(t, nil), "/v3/projects"+name).Projects; len(got) != want {
			t.Errorf("GET /v3/projects%s has %d projects, want %d", name, len(got), want)
		} else if want == 1 && (got[0].ID != testProject || got[0].DomainID != "d0" || got[0].Name != testRegion) {
			t.Errorf("project = %+v", got[0])
		}
	}
	twin := start(t, func(cfg *Config) { cfg.TwinProject = true })
	if got := read[projects](twin, "/v3/projects?name=cn-north-4").Projects; len(got) != 2 || got[0].ID == got[1].ID {
		t.Errorf("projects = %+v, want two", got)
	}
	var e iamError
	a := twin.send(twin.request(http.MethodGet, "/v3/projects", ""))
	if err := json.Unmarshal(a.body, &e); err != nil || e.Error.Code != 401 || a.status != 401 {
		t.Errorf("without authentication: %d %s, want IAM's 401", a.status, a.body)
	}
}

// X-Project-Id speaks of the same project as the path.
func TestProjectHeader(t *testing.T) {
	c := start(t, nil)
	for header, want := range map[string]int{testProject: 200, "other": 403} {
		r := c.request(http.MethodGet, stats, "")
		r.Header.Set("X-Auth-Token", c.token(byRegion))
		r.Header.Set("X-Project-Id", header)
		if got := c.send(r).status; got != want {
			t.Errorf("X-Project-Id %s: status = %d, want %d", header, got, want)
		}
	}
}
