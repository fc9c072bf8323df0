package huawei

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const authDomains = "GET /v3/auth/domains"

// lookups asks billing n times at once.
func lookups(t *testing.T, src pool.Source, n int) []error {
	t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = src.Ordering.Look(t.Context(), suspicion(resize(false))) })
	}
	all.Wait()
	return errs
}

// TestDomainLearnt: IAM is asked for the account once, by whoever comes first.
func TestDomainLearnt(t *testing.T) {
	answers := within(bookOf())
	answers[authDomains] = ok(`{"domains":[{"id":"domain-7","name":"account","enabled":true,"links":{}}],"links":{}}`)
	src, cloud := shop(t, Config{}, answers)
	for _, err := range lookups(t, src, 20) {
		if err != nil {
			t.Error(err)
		}
	}
	asked := cloud.requests(authDomains)
	if len(asked) != 1 || !strings.Contains(asked[0].Header.Get("Authorization"), "SignedHeaders=host;x-sdk-date,") {
		t.Errorf("IAM was asked %d times: %v", len(asked), asked[0].Header)
	}
	for _, r := range cloud.requests(listOrders) {
		if r.Header.Get("X-Domain-Id") != "domain-7" {
			t.Errorf("X-Domain-Id %q", r.Header.Get("X-Domain-Id"))
		}
	}
}

// TestDomainNotLearnt: what IAM refused is not asked again for a minute, by nobody.
func TestDomainNotLearnt(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   pool.Kind
	}{
		"bad signature":  {respond(401, `{"error":{"code":401,"message":"Verify signature fail","title":"Unauthorized"}}`), pool.Auth},
		"no account":     {ok(`{"domains":[]}`), pool.BadBody},
		"two accounts":   {ok(`{"domains":[{"id":"a"},{"id":"b"}]}`), pool.BadBody},
		"no id":          {ok(`{"domains":[{"id":""}]}`), pool.BadBody},
		"a header's end": {ok(`{"domains":[{"id":"a\r\nX: y"}]}`), pool.BadBody},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			answers := within(bookOf())
			answers[authDomains] = tt.answer
			src, cloud := shop(t, Config{Now: c.Now}, answers)
			for _, err := range lookups(t, src, 10) {
				wantKind(t, err, tt.want)
			}
			if n := len(cloud.requests(authDomains)); n != 1 || len(cloud.requests(listOrders)) != 0 {
				t.Errorf("IAM was asked %d times, billing %d times", n, len(cloud.requests(listOrders)))
			}
			c.pass(tokenPause)
			lookups(t, src, 1)
			if n := len(cloud.requests(authDomains)); n != 2 {
				t.Errorf("IAM was asked %d times after a minute, want 2", n)
			}
		})
	}
}

// TestBillingOfUsers: a user's token for billing is for the account, by its name or by its id.
func TestBillingOfUsers(t *testing.T) {
	for _, tt := range []struct{ id, scope string }{{"", `"scope":{"domain":{"name":"account"}}`}, {"domain-1", `"scope":{"domain":{"id":"domain-1"}}`}} {
		t.Run("domain id "+tt.id, func(t *testing.T) {
			c := newClock()
			answers := within(bookOf())
			answers["POST /v3/auth/tokens"] = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Subject-Token", fmt.Sprintf("token-%d", r.ContentLength)) // one a question
				respond(http.StatusCreated, `{"token":{}}`)(w, r)
			}
			src, cloud := shop(t, Config{DomainID: tt.id, Now: c.Now, Credentials: Credentials{Username: "user", Password: pool.NewSecret("sesame-1"), DomainName: "account"}}, answers)
			for range 2 {
				for _, err := range lookups(t, src, 1) {
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			questions := cloud.sent("POST /v3/auth/tokens")
			if len(questions) != 2 || !strings.Contains(questions[0], `"scope":{"project":{"id":"`+testProject+`"}}`) || !strings.Contains(questions[1], tt.scope) {
				t.Fatalf("questions %q", questions)
			}
			workspace, billing := cloud.requests(showPeriod)[0].Header, cloud.requests(listOrders)[0].Header
			if want := fmt.Sprintf("token-%d", len(questions[1])); billing.Get("X-Auth-Token") != want || workspace.Get("X-Auth-Token") == want || billing.Get("X-Domain-Id")+billing.Get("Authorization") != "" {
				t.Errorf("billing got %v, Workspace %v", billing, workspace)
			}
		})
	}
}

func TestBillingEndpoint(t *testing.T) {
	for region, want := range map[string]string{
		"cn-north-4": "https://bss.myhuaweicloud.com", "cn-southwest-2": "https://bss.myhuaweicloud.com",
		"ap-southeast-1": "https://bss-intl.myhuaweicloud.com", "la-north-2": "https://bss-intl.myhuaweicloud.com", "eu-west-101": "https://bss-intl.myhuaweicloud.com",
	} {
		if got := (Config{Region: region}).withDefaults().BillingEndpoint; got != want {
			t.Errorf("billing of %s is at %s, want %s", region, got, want)
		}
	}
	if got := (Config{Region: "cn-north-4", BillingEndpoint: "http://127.0.0.1:1/"}).withDefaults().BillingEndpoint; got != "http://127.0.0.1:1" {
		t.Errorf("billing is at %s", got)
	}
}

// TestClocksOfServices: what Workspace teaches of the cloud's clock holds for billing too.
func TestClocksOfServices(t *testing.T) {
	c := newClock()
	ahead := func() time.Time { return c.Now().Add(time.Hour) }
	g := &signedGate{now: ahead}
	answers := within(bookOf())
	answers["GET /desktop-pools"], answers[showPeriod] = g.ServeHTTP, dated(ahead(), ok(periodPoolJSON(periodPool, "STEADY")))
	src, cloud := shop(t, Config{DomainID: "domain-1", Now: c.Now}, answers)
	mustRead(t, src)
	lookups(t, src, 1)
	if date := cloud.requests(listOrders)[0].Header.Get("X-Sdk-Date"); date != "20250714T090000Z" {
		t.Errorf("billing was asked as of %s", date)
	}
}
