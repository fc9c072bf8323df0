package huawei

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2025, 7, 14, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// gate is IAM and Workspace for one user. Workspace takes the tokens that IAM
// gave and that were not revoked.
type gate struct {
	clock *clock
	hold  chan struct{} // if set, IAM answers when it is closed

	mu       sync.Mutex
	given    int // tokens that IAM gave
	asked    int // questions to IAM
	reads    int // of Workspace
	valid    map[string]bool
	question map[string]any
	refuse   http.HandlerFunc // if set, what IAM says
	code     string           // with which bad tokens are refused; APIGW.0301 if empty
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v3/auth/tokens" {
		g.iam(w, r)
		return
	}
	g.mu.Lock()
	g.reads++
	good, code := g.valid[r.Header.Get("X-Auth-Token")], g.code
	g.mu.Unlock()
	if !good {
		if code == "" {
			code = "APIGW.0301"
		}
		respond(http.StatusUnauthorized, coded(code))(w, r)
		return
	}
	ok(`{"desktop_pools":[],"total_count":0}`)(w, r)
}

func (g *gate) iam(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	g.asked++
	hold, refuse := g.hold, g.refuse
	g.question = nil
	_ = json.Unmarshal(body, &g.question)
	g.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if refuse != nil {
		refuse(w, r)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.given++
	token := fmt.Sprintf("token-%d", g.given)
	if g.valid == nil {
		g.valid = map[string]bool{}
	}
	g.valid[token] = true
	w.Header().Set("X-Subject-Token", token)
	// The cloud's clock is an hour ahead of ours: only the difference counts.
	const layout = "2006-01-02T15:04:05.000000Z"
	issued := g.clock.Now().Add(time.Hour)
	respond(http.StatusCreated, fmt.Sprintf(`{"token":{"issued_at":%q,"expires_at":%q}}`, issued.Format(layout), issued.Add(24*time.Hour).Format(layout)))(w, r)
}

func (g *gate) counts() (asked, reads int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked, g.reads
}

func (g *gate) revoke() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.valid = nil
}

func (g *gate) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

// enter serves h in memory and returns the source of a user there.
func enter(t *testing.T, h http.Handler, now func() time.Time) pool.Source {
	t.Helper()
	cloud := pipetest.Serve(t, h)
	src, err := New(Config{
		ID: "hw-test", Region: "cn-north-4", ProjectID: testProject, Now: now,
		Endpoint: "http://cloud.test", IAMEndpoint: "http://cloud.test",
		Credentials: Credentials{Username: "user", Password: pool.NewSecret("sesame-1"), DomainName: "account"},
	}, transport.New(transport.Options{Dial: cloud.Dial, Attempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func mustRead(t *testing.T, src pool.Source) {
	t.Helper()
	if _, err := src.Reader.Pools(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func wantCounts(t *testing.T, g *gate, asked, reads int) {
	t.Helper()
	if a, r := g.counts(); a != asked || r != reads {
		t.Errorf("IAM was asked %d times and Workspace %d times, want %d and %d", a, r, asked, reads)
	}
}

func TestTokenQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock()}
		mustRead(t, enter(t, g, g.clock.Now))
		want := map[string]any{"auth": map[string]any{
			"identity": map[string]any{
				"methods": []any{"password"},
				"password": map[string]any{"user": map[string]any{
					"name": "user", "password": "sesame-1", "domain": map[string]any{"name": "account"},
				}},
			},
			"scope": map[string]any{"project": map[string]any{"id": testProject}},
		}}
		if diff := cmp.Diff(want, g.question); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestTokenShared lets 50 callers begin without a token, and the first leave.
func TestTokenShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock(), hold: make(chan struct{})}
		src := enter(t, g, g.clock.Now)
		const followers = 49
		results := make(chan error, followers)
		first, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := src.Reader.Pools(first)
			left <- err
		}()
		synctest.Wait() // the first caller's question is with IAM
		for range followers {
			go func() {
				_, err := src.Reader.Pools(t.Context())
				results <- err
			}()
		}
		synctest.Wait()
		leave()
		err := <-left
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the first caller's error is %v, want context.Canceled in it", err)
		}
		if e := failed(t, err, pool.Timeout); e.Source != "hw-test" || e.Op != opToken {
			t.Errorf("error of %q, %q", e.Source, e.Op)
		}
		close(g.hold)
		for range followers {
			if err := <-results; err != nil {
				t.Errorf("a follower failed: %v", err)
			}
		}
		wantCounts(t, g, 1, followers)
	})
}

// TestTokenAheadOfTime holds when a token is replaced, and that nobody waits for that.
func TestTokenAheadOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock()}
		src := enter(t, g, g.clock.Now)
		mustRead(t, src)
		g.clock.pass(23*time.Hour + 20*time.Minute - time.Second)
		mustRead(t, src)
		wantCounts(t, g, 1, 2)

		hold := make(chan struct{})
		g.set(func() { g.hold = hold })
		g.clock.pass(time.Second) // 40 minutes before the end
		mustRead(t, src)
		mustRead(t, src)
		synctest.Wait()
		wantCounts(t, g, 2, 4)

		close(hold)
		synctest.Wait()
		g.set(func() { g.hold, g.valid = nil, map[string]bool{"token-2": true} })
		mustRead(t, src)
		wantCounts(t, g, 2, 5)
	})
}

// TestTokenRefreshFails holds that a token is used to its end while IAM is
// down, that IAM is asked no more than once a minute, and that then its error comes.
func TestTokenRefreshFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock()}
		src := enter(t, g, g.clock.Now)
		mustRead(t, src)
		g.set(func() { g.refuse = respond(http.StatusServiceUnavailable, `{}`) })
		g.clock.pass(23*time.Hour + 30*time.Minute)
		for range 3 {
			mustRead(t, src)
			synctest.Wait()
		}
		wantCounts(t, g, 2, 4)
		g.clock.pass(tokenPause)
		mustRead(t, src)
		synctest.Wait()
		wantCounts(t, g, 3, 5)
		g.clock.pass(time.Hour)
		_, err := src.Reader.Pools(t.Context())
		if e := failed(t, err, pool.Unavailable); e.Op != opToken {
			t.Errorf("op %q", e.Op)
		}
		g.set(func() { g.refuse = nil })
		mustRead(t, src)
		wantCounts(t, g, 5, 6)
	})
}

// TestTokenRefused holds that Workspace's refusal costs one more token, never more.
func TestTokenRefused(t *testing.T) {
	for _, code := range []string{"APIGW.0301", "APIG.0301", "APIGW.0307"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{clock: newClock(), code: code}
				src := enter(t, g, g.clock.Now)
				mustRead(t, src)
				g.revoke()
				g.clock.pass(time.Hour)
				mustRead(t, src) // refused, a new token, repeated
				wantCounts(t, g, 2, 3)
			})
		})
	}
	t.Run("other codes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &gate{clock: newClock(), code: "APIGW.0305"}
			src := enter(t, g, g.clock.Now)
			mustRead(t, src)
			g.revoke()
			g.clock.pass(time.Hour)
			_, err := src.Reader.Pools(t.Context())
			wantKind(t, err, pool.Auth)
			wantCounts(t, g, 1, 2)
		})
	})
	t.Run("many at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &gate{clock: newClock()}
			src := enter(t, g, g.clock.Now)
			mustRead(t, src)
			g.revoke()
			g.clock.pass(time.Hour)
			const callers = 50
			results := make(chan error, callers)
			for range callers {
				go func() {
					_, err := src.Reader.Pools(t.Context())
					results <- err
				}()
			}
			for range callers {
				if err := <-results; err != nil {
					t.Errorf("a caller failed: %v", err)
				}
			}
			if asked, _ := g.counts(); asked != 2 {
				t.Errorf("IAM was asked %d times, want 2", asked)
			}
		})
	})
	t.Run("a new one as well", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &gate{clock: newClock()}
			src := enter(t, g, g.clock.Now)
			mustRead(t, src)
			g.clock.pass(time.Hour)
			for range 20 {
				g.revoke()
				_, err := src.Reader.Pools(t.Context())
				g.revoke()
				if err != nil {
					wantKind(t, err, pool.Auth)
				}
			}
			if asked, _ := g.counts(); asked != 2 {
				t.Errorf("IAM was asked %d times, want 2: a storm", asked)
			}
		})
	})
}

// TestTokenNotGiven holds that a wrong password is not tried again and again.
func TestTokenNotGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock(), refuse: respond(http.StatusUnauthorized, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`)}
		src := enter(t, g, g.clock.Now)
		for range 10 {
			_, err := src.Reader.Pools(t.Context())
			e := failed(t, err, pool.Auth)
			want := &pool.Upstream{HTTPStatus: 401, Code: "401", Message: "The username or password is wrong."}
			if diff := cmp.Diff(want, e.Upstream); diff != "" || e.Op != opToken || e.Source != "hw-test" {
				t.Errorf("error of %q, %q (-want +got):\n%s", e.Source, e.Op, diff)
			}
		}
		wantCounts(t, g, 1, 0)
		g.clock.pass(tokenPause)
		g.set(func() { g.refuse = nil })
		mustRead(t, src)
		wantCounts(t, g, 2, 1)
	})
}

func TestTokenAnswers(t *testing.T) {
	tests := []struct {
		name   string
		refuse http.HandlerFunc
		want   pool.Kind
	}{
		{"no token in a good answer", respond(http.StatusCreated, `{"token":{}}`), pool.BadBody},
		{"HTML", respond(http.StatusOK, `<html>`), pool.BadBody},
		{"bad request is our configuration", respond(http.StatusBadRequest, `{"error":{"code":400,"message":"m","title":"Bad Request"}}`), pool.Failed},
		{"no such project", respond(http.StatusNotFound, `{"error":{"code":404,"message":"m","title":"Not Found"}}`), pool.Failed},
		{"policy", respond(http.StatusForbidden, `{"error_msg":"m","error_code":"IAM.0007"}`), pool.Denied},
		{"throttled", respond(http.StatusTooManyRequests, `{"error_msg":"m","error_code":"APIGW.0308"}`), pool.Throttled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{clock: newClock(), refuse: tt.refuse}
				_, err := enter(t, g, g.clock.Now).Reader.Pools(t.Context())
				wantKind(t, err, tt.want)
				wantCounts(t, g, 1, 0)
			})
		})
	}
}

func TestTokenCallerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock()}
		src := enter(t, g, g.clock.Now)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := src.Reader.Pools(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled in it", err)
		}
		synctest.Wait()
		wantCounts(t, g, 0, 0)
	})
}

// TestTokenLifetime: times that make no sense are not believed.
func TestTokenLifetime(t *testing.T) {
	asked := time.Date(2025, 7, 14, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		name, body      string
		refresh, expiry time.Duration
	}{
		{"a day", `{"token":{"issued_at":"2020-01-04T09:05:22.701000Z","expires_at":"2020-01-05T09:05:22.701000Z"}}`, 23*time.Hour + 20*time.Minute, 24 * time.Hour},
		{"an hour", `{"token":{"issued_at":"2020-01-04T09:00:00.000000Z","expires_at":"2020-01-04T10:00:00.000000Z"}}`, 30 * time.Minute, time.Hour},
		{"not said", `{"token":{}}`, 23*time.Hour + 20*time.Minute, 24 * time.Hour},
		{"backwards", `{"token":{"issued_at":"2020-01-05T09:05:22Z","expires_at":"2020-01-04T09:05:22Z"}}`, 23*time.Hour + 20*time.Minute, 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := newToken(transport.Response{Header: http.Header{"X-Subject-Token": {"t"}}, Body: []byte(tt.body)}, asked)
			if got.value.Reveal() != "t" || !got.fetched.Equal(asked) || !got.refreshAt.Equal(asked.Add(tt.refresh)) || !got.expires.Equal(asked.Add(tt.expiry)) {
				t.Errorf("a token that is replaced at %v and ends at %v", got.refreshAt, got.expires)
			}
		})
	}
}

// signedGate refuses signatures that are more than 15 minutes off, as the gateway does.
type signedGate struct {
	now     func() time.Time
	silent  bool   // no Date header
	message string // what it says; empty: what the gateway says

	mu    sync.Mutex
	dates []string
}

func (g *signedGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	date := r.Header.Get("X-Sdk-Date")
	g.mu.Lock()
	g.dates = append(g.dates, date)
	g.mu.Unlock()
	now := g.now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if g.silent {
		w.Header()["Date"] = nil
	}
	signed, err := time.Parse(signTimeLayout, date)
	if err != nil || now.Sub(signed).Abs() > 15*time.Minute {
		message := g.message
		if message == "" {
			message = "Incorrect IAM authentication information: calc ak sk signature fail:signature expired"
		}
		respond(http.StatusUnauthorized, fmt.Sprintf(`{"error_code":"APIGW.0301","error_msg":%q}`, message))(w, r)
		return
	}
	ok(`{"desktop_pools":[],"total_count":0}`)(w, r)
}

func (g *signedGate) sent() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dates
}

func TestSkew(t *testing.T) {
	tests := []struct {
		name  string
		ahead time.Duration // the cloud's clock
		gate  *signedGate
		want  []string // X-Sdk-Date of two reads, with repetitions
		kind  pool.Kind
	}{
		{"none", 0, &signedGate{}, []string{"20250714T080000Z", "20250714T080000Z"}, ""},
		{"within bounds", 14 * time.Minute, &signedGate{}, []string{"20250714T080000Z", "20250714T080000Z"}, ""},
		{"an hour ahead", time.Hour, &signedGate{}, []string{"20250714T080000Z", "20250714T090000Z", "20250714T090000Z"}, ""},
		{"a day behind", -24 * time.Hour, &signedGate{}, []string{"20250714T080000Z", "20250713T080000Z", "20250713T080000Z"}, ""},
		{"the other wording", time.Hour, &signedGate{message: "signature expired, signature time:20230527T000431Z,server time:20230527T020608Z"},
			[]string{"20250714T080000Z", "20250714T090000Z", "20250714T090000Z"}, ""},
		{"no date in the answer", time.Hour, &signedGate{silent: true}, []string{"20250714T080000Z", "20250714T080000Z"}, pool.Auth},
		{"another reason", time.Hour, &signedGate{message: "verify aksk signature fail"}, []string{"20250714T080000Z", "20250714T080000Z"}, pool.Auth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			tt.gate.now = func() time.Time { return c.Now().Add(tt.ahead) }
			cloud := play(t, tt.gate.ServeHTTP)
			src := open(t, Config{Endpoint: cloud.url, Now: c.Now})
			for range 2 {
				_, err := src.Reader.Pools(t.Context())
				if tt.kind != "" {
					wantKind(t, err, tt.kind)
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, tt.gate.sent()); diff != "" {
				t.Errorf("dates (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSkewIsNoLoop lets a cloud refuse every date while its clock runs away.
func TestSkewIsNoLoop(t *testing.T) {
	c := newClock()
	ahead := time.Hour
	g := &signedGate{now: func() time.Time { ahead *= 2; return c.Now().Add(ahead) }}
	cloud := play(t, g.ServeHTTP)
	src := open(t, Config{Endpoint: cloud.url, Now: c.Now})
	_, err := src.Reader.Pools(t.Context())
	wantKind(t, err, pool.Auth)
	if n := len(g.sent()); n != 2 {
		t.Errorf("asked %d times, want twice", n)
	}
}

// TestSkewIsNotTheReason: the clocks agree, so that a repetition would be refused too.
func TestSkewIsNotTheReason(t *testing.T) {
	c := newClock()
	cloud := play(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", c.Now().Add(minSkew-time.Second).Format(http.TimeFormat))
		respond(http.StatusUnauthorized, `{"error_code":"APIGW.0301","error_msg":"signature expired"}`)(w, r)
	})
	src := open(t, Config{Endpoint: cloud.url, Now: c.Now})
	_, err := src.Reader.Pools(t.Context())
	wantKind(t, err, pool.Auth)
	if n := len(cloud.asked()); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// TestSkewForgotten: our clock was set right, so what was learnt is wrong.
func TestSkewForgotten(t *testing.T) {
	c := newClock()
	ahead := time.Hour
	g := &signedGate{now: func() time.Time { return c.Now().Add(ahead) }}
	cloud := play(t, g.ServeHTTP)
	src := open(t, Config{Endpoint: cloud.url, Now: c.Now})
	mustRead(t, src)
	c.pass(ahead)
	ahead = 0
	mustRead(t, src)
	want := []string{"20250714T080000Z", "20250714T090000Z", "20250714T100000Z", "20250714T090000Z"}
	if diff := cmp.Diff(want, g.sent()); diff != "" {
		t.Errorf("dates (-want +got):\n%s", diff)
	}
}

// TestSignedAnew: a repetition by the transport has the date of its own time.
func TestSignedAnew(t *testing.T) {
	c := newClock()
	var dates []string
	cloud := play(t, func(w http.ResponseWriter, r *http.Request) {
		dates = append(dates, r.Header.Get("X-Sdk-Date"))
		c.pass(time.Minute)
		if len(dates) == 1 {
			respond(http.StatusServiceUnavailable, coded("APIGW.0613"))(w, r)
			return
		}
		ok(`{"desktop_pools":[],"total_count":0}`)(w, r)
	})
	src, err := New(Config{
		ID: "hw-test", Region: "cn-north-4", ProjectID: testProject, Endpoint: cloud.url, Now: c.Now,
		Credentials: Credentials{AccessKey: pool.NewSecret(testAccess), SecretKey: pool.NewSecret(testSecret), SecurityToken: pool.NewSecret("security-1")},
	}, transport.New(transport.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	mustRead(t, src)
	if diff := cmp.Diff([]string{"20250714T080000Z", "20250714T080100Z"}, dates); diff != "" {
		t.Errorf("dates (-want +got):\n%s", diff)
	}
	for _, r := range cloud.asked() {
		if r.Header.Get("X-Security-Token") != "security-1" {
			t.Errorf("X-Security-Token is %q", r.Header.Get("X-Security-Token"))
		}
	}
}
