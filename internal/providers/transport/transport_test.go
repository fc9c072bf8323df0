package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

func cloud(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestReadReusesConnections(t *testing.T) {
	const callers, rounds = 64, 10
	var dials atomic.Int64
	var arrived sync.WaitGroup
	arrived.Add(callers)
	var mu sync.Mutex
	round := &arrived
	base := cloud(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		together := round
		mu.Unlock()
		together.Done()
		together.Wait() // so that each caller needs a connection of its own
		_, _ = io.WriteString(w, "{}")
	})
	c := New(Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}})
	t.Cleanup(c.CloseIdleConnections)
	for range rounds {
		var callersDone sync.WaitGroup
		for range callers {
			callersDone.Go(func() {
				if answer, err := c.Read(t.Context(), get(base, pool.Failed, false)); err != nil || string(answer.Body) != "{}" {
					t.Errorf("answer %q, error %v", answer.Body, err)
				}
			})
		}
		callersDone.Wait()
		next := &sync.WaitGroup{}
		next.Add(callers)
		mu.Lock()
		round = next
		mu.Unlock()
	}
	if got := dials.Load(); got != callers {
		t.Errorf("%d connections for %d rounds of %d callers, want %d", got, rounds, callers, callers)
	}
}

func TestReadFollowsNoRedirect(t *testing.T) {
	elsewhere := cloud(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked elsewhere, with X-Auth-Token %q", r.Header.Get("X-Auth-Token"))
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			base := cloud(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, status) })
			call := get(base, pool.Failed, false)
			build := call.Build
			call.Build = func(ctx context.Context) (*http.Request, error) {
				r, err := build(ctx)
				if err == nil {
					r.Header.Set("X-Auth-Token", "hush")
				}
				return r, err
			}
			_, err := New(Options{}).Read(t.Context(), call)
			want := &pool.Error{Kind: pool.Failed, Source: "src", Op: "read it", Upstream: &pool.Upstream{HTTPStatus: status}}
			if diff := cmp.Diff(want, pool.AsError(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadBoundsBodies(t *testing.T) {
	const bound = 1000
	zeros := func(n int) []byte {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(make([]byte, n))
		_ = w.Close()
		return packed.Bytes()
	}
	tests := []struct {
		name   string
		header map[string]string
		body   []byte
		want   int // bytes; -1: refused
	}{
		{"none", nil, nil, 0},
		{"as much as may be", nil, make([]byte, bound), bound},
		{"one more", nil, make([]byte, bound+1), -1},
		{"much more", nil, make([]byte, 1<<20), -1},
		{"packed", map[string]string{"Content-Encoding": "gzip"}, zeros(bound), bound},
		{"a bomb", map[string]string{"Content-Encoding": "gzip"}, zeros(10 << 20), -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int64
			base := cloud(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				_, _ = w.Write(tt.body)
			})
			answer, err := New(Options{MaxBody: bound}).Read(t.Context(), get(base, pool.Failed, true))
			if tt.want < 0 && !errors.Is(err, pool.BadBody) || tt.want >= 0 && (err != nil || len(answer.Body) != tt.want) {
				t.Errorf("%d bytes, error %v; want %d bytes", len(answer.Body), err, tt.want)
			}
			if got := asked.Load(); got != 1 {
				t.Errorf("asked %d times, want once", got)
			}
		})
	}
}

func TestReadRepeats(t *testing.T) {
	cut := func(head string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, head)
			_ = conn.Close()
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	tests := []struct {
		name  string
		first http.HandlerFunc
		again bool
		want  pool.Kind
		asked int64
	}{
		{"a cut body", cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":"), false, pool.BadBody, 3},
		{"a cut chunk", cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{\"half\":"), false, pool.BadBody, 3},
		{"no zip", cut("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), false, pool.BadBody, 3},
		{"a closed connection", cut(""), false, pool.Unavailable, 3},
		{"no HTTP", cut("SSH-2.0-" + strings.Repeat("x", 5000) + "\r\n\r\n"), false, pool.Unavailable, 3},
		{"judged worth it", status(503), true, pool.Throttled, 3},
		{"judged final", status(401), false, pool.Throttled, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int64
			base := cloud(t, func(w http.ResponseWriter, r *http.Request) { asked.Add(1); tt.first(w, r) })
			_, err := New(Options{}).Read(t.Context(), get(base, pool.Throttled, tt.again))
			if e := pool.AsError(err); e.Kind != tt.want || e.Source != "src" || e.Op != "read it" || len(e.Error()) > 300 {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if got := asked.Load(); got != tt.asked {
				t.Errorf("asked %d times, want %d", got, tt.asked)
			}
			if tt.asked == 1 {
				return
			}
			asked.Store(0)
			mended := cloud(t, func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 1 {
					tt.first(w, r)
				}
			})
			if answer, err := New(Options{}).Read(t.Context(), get(mended, pool.Throttled, tt.again)); err != nil || answer.Status != 200 || asked.Load() != 2 {
				t.Errorf("mended after one failure: status %d, error %v, asked %d times", answer.Status, err, asked.Load())
			}
		})
	}
}

func TestReadBuildsEveryAttemptAnew(t *testing.T) {
	var seen []string
	base := cloud(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.URL.Query().Get("nonce"))
		w.WriteHeader(http.StatusBadGateway)
	})
	call := get(base, pool.Unavailable, true)
	n := 0
	call.Build = func(ctx context.Context) (*http.Request, error) {
		n++
		return http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s?nonce=%d", base, n), nil)
	}
	if _, err := New(Options{Attempts: 2}).Read(t.Context(), call); !errors.Is(err, pool.Unavailable) {
		t.Errorf("error %v, want unavailable", err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, seen); diff != "" {
		t.Errorf("nonces (-want +got):\n%s", diff)
	}
}

func TestReadLeavesJudgesErrorAlone(t *testing.T) {
	shared := &pool.Error{Kind: pool.Auth, Detail: "no"}
	call := get(cloud(t, func(http.ResponseWriter, *http.Request) {}), pool.Auth, false)
	call.Judge = func(Response) (*pool.Error, bool) { return shared, false }
	_, err := New(Options{}).Read(t.Context(), call)
	if diff := cmp.Diff(&pool.Error{Kind: pool.Auth, Detail: "no", Source: "src", Op: "read it"}, pool.AsError(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if shared.Source != "" || shared.Op != "" {
		t.Errorf("the judge's own error became %+v", shared)
	}
}

func TestReadTellsNoSecret(t *testing.T) {
	const secret = "hush-hush"
	refused := errors.New("refused")
	withURL := &url.Error{Op: "Get", URL: "https://cloud.test/?token=" + secret, Err: refused}
	tests := []struct {
		name  string
		build error // nil: a good request
		want  pool.Kind
	}{
		{"no connection", nil, pool.Unavailable},
		{"a request that cannot be built", withURL, pool.Failed},
		{"wrapped", fmt.Errorf("signing %w", withURL), pool.Failed},
		{"one in another", &url.Error{Op: "Get", URL: secret, Err: withURL}, pool.Failed},
		{"an error of ours", &pool.Error{Kind: pool.Auth, Err: refused}, pool.Auth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call := get("http://127.0.0.1/?token="+secret, pool.Failed, true)
			if tt.build != nil {
				call.Build = func(context.Context) (*http.Request, error) { return nil, tt.build }
			}
			c := New(Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, refused }})
			_, err := c.Read(t.Context(), call)
			if e := pool.AsError(err); e.Kind != tt.want || e.Source != "src" || e.Op != "read it" || !errors.Is(err, refused) {
				t.Errorf("error %v, want %s with its cause", err, tt.want)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
				if told := fmt.Sprintf(verb, err); strings.Contains(told, secret) {
					t.Errorf("%s tells the secret: %s", verb, told)
				}
			}
		})
	}
}

func TestReadUsesTheProxyOfTheEnvironment(t *testing.T) {
	answer, err := New(Options{}).Read(t.Context(), get("http://elsewhere.test/v1", pool.Failed, false))
	if want := "the proxy was asked for http://elsewhere.test/v1"; err != nil || string(answer.Body) != want {
		t.Errorf("answer %q, error %v; want %q", answer.Body, err, want)
	}
}

func TestAMalformedProxyIsNotQuoted(t *testing.T) {
	c := New(Options{})
	broken := discreet(func(*http.Request) (*url.URL, error) { return nil, errors.New("invalid proxy address http://me:hush@") })
	c.transport.Proxy, c.writes.Proxy = broken, broken
	_, err := c.Read(t.Context(), get(inMemory, pool.Failed, false))
	sent := c.Once(t.Context(), order(inMemory))
	if sent.State != pool.CallNotSent {
		t.Errorf("a write is %s, want NOT_SENT", sent.State)
	}
	for _, err := range []error{err, sent.Err} {
		if !errors.Is(err, pool.Unavailable) || strings.Contains(err.Error(), "hush") {
			t.Errorf("error %v, want unavailable, without the password", err)
		}
	}
}
