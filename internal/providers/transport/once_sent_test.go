package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
)

// Without a connection nothing was sent.
func TestOnceProvesNotSent(t *testing.T) {
	asked := func(_ http.ResponseWriter, r *http.Request) { t.Errorf("a request arrived: %s", r.URL) }
	secure := httptest.NewUnstartedServer(http.HandlerFunc(asked))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	overTLS := func(url string) string { return strings.Replace(url, "http://", "https://", 1) }
	closing := listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 5)) })
	dial := func(err error) Options {
		return Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
	}
	ended, end := context.WithCancel(t.Context())
	end()

	tests := []struct {
		name    string
		options Options
		ctx     context.Context
		url     string
		change  func(w *Write)
		want    pool.Kind
	}{
		{name: "connection refused", url: closed(t), want: pool.Unavailable},
		{name: "no such host", url: inMemory, options: dial(&net.DNSError{Err: "no such host", Name: host, IsNotFound: true}), want: pool.Unavailable},
		{name: "no route", url: inMemory, options: dial(&net.OpError{Op: "dial", Err: errors.New("no route to host")}), want: pool.Unavailable},
		{name: "TLS, unknown authority", url: secure.URL, want: pool.Unavailable},
		{name: "TLS, closed in the handshake", url: "https://" + closing, want: pool.Unavailable},
		{name: "TLS, with a server of plain HTTP", url: overTLS(cloud(t, asked)), want: pool.Unavailable},
		{name: "a proxy that refuses", url: "https://elsewhere.test/?key=hush", want: pool.Unavailable},
		{name: "ctx is done", ctx: ended, url: cloud(t, asked), want: pool.Timeout, change: func(w *Write) {
			w.Build = func(context.Context) (*http.Request, error) {
				t.Error("a request was built")
				return nil, context.Canceled
			}
		}},
		{name: "a GET", url: cloud(t, asked), want: pool.Invalid, change: func(w *Write) {
			build := w.Build
			w.Build = func(ctx context.Context) (*http.Request, error) {
				r, err := build(ctx)
				r.Method = http.MethodGet
				return r, err
			}
		}},
		{name: "a bad header", url: cloud(t, asked), want: pool.Unavailable, change: func(w *Write) {
			build := w.Build
			w.Build = func(ctx context.Context) (*http.Request, error) {
				r, err := build(ctx)
				r.Header.Set("Authorization", "hush\n")
				return r, err
			}
		}},
		{name: "not built", url: cloud(t, asked), want: pool.Failed, change: func(w *Write) {
			w.Build = func(context.Context) (*http.Request, error) {
				return nil, &url.Error{Op: "Post", URL: "https://hush", Err: errors.New("no key")}
			}
		}},
		{name: "not built, for a reason of ours", url: cloud(t, asked), want: pool.Auth, change: func(w *Write) {
			w.Build = func(context.Context) (*http.Request, error) { return nil, &pool.Error{Kind: pool.Auth} }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := order(tt.url)
			if tt.change != nil {
				tt.change(&w)
			}
			if tt.ctx == nil {
				tt.ctx = t.Context()
			}
			got := New(tt.options).Once(tt.ctx, w)
			if diff := cmp.Diff(sent{State: pool.CallNotSent, Kind: tt.want}, said(got)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			blamed(t, got)
			if tt.ctx == ended && !errors.Is(got.Err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled in it", got.Err)
			}
		})
	}
}

// closed is the URL of a port where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	return srv.URL
}

func TestOnceUsesTheProxyOfTheEnvironment(t *testing.T) {
	w := order("http://elsewhere.test/v1")
	w.Judge = func(r Response) pool.Sent { return pool.Sent{State: pool.CallPlaced, RequestID: string(r.Body)} }
	if got, want := New(Options{}).Once(t.Context(), w), "the proxy was asked for http://elsewhere.test/v1"; got.RequestID != want {
		t.Errorf("answer %q, error %v; want %q", got.RequestID, got.Err, want)
	}
}

// What would let Go or a gateway send a request again does not get onto the wire.
func TestOnceIsNotReplayable(t *testing.T) {
	const orders = 3
	var mu sync.Mutex
	var seen []http.Header
	var from []string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			if r.ProtoMajor != 1 || !r.Close || string(body) != orderBody {
				t.Errorf("%s with close %v and the body %q", r.Proto, r.Close, body)
			}
			seen = append(seen, r.Header)
		}
		from = append(from, r.RemoteAddr)
		_, _ = io.WriteString(w, placed)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := New(Options{})
	t.Cleanup(c.CloseIdleConnections)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c.transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	c.writes.TLSClientConfig = &tls.Config{RootCAs: roots}

	w := order(srv.URL)
	build := w.Build
	w.Build = func(ctx context.Context) (*http.Request, error) {
		r, err := build(ctx)
		for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "idempotency-key", "X-IDEMPOTENCY-KEY", "Expect"} {
			r.Header[name] = []string{"100-continue"}
		}
		r.Header.Set("X-Kept", "yes")
		t.Cleanup(func() {
			if r.GetBody != nil {
				t.Error("the request has a GetBody")
			}
		})
		return r, err
	}
	for range orders {
		if _, err := c.Read(t.Context(), get(srv.URL, pool.Failed, false)); err != nil { // leaves a connection that could be used
			t.Fatal(err)
		}
		if got := c.Once(t.Context(), w); got.State != pool.CallPlaced {
			t.Errorf("%s: %v", got.State, got.Err)
		}
	}
	for _, header := range seen {
		for name := range header {
			if strings.Contains(strings.ToLower(name), "idempotency") || name == "Expect" {
				t.Errorf("%s is on the wire", name)
			}
		}
		if header.Get("X-Kept") != "yes" {
			t.Error("X-Kept is not on the wire")
		}
	}
	connections := map[string]bool{}
	for _, addr := range from {
		connections[addr] = true
	}
	if len(seen) != orders || len(connections) != orders+1 {
		t.Errorf("%d orders over %d connections, want %d, each over its own, and one of the reads", len(seen), len(connections), orders)
	}
}

func TestOnceEndsInTime(t *testing.T) {
	after := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
	}
	leave := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(d, cancel)
			return ctx, cancel
		}
	}
	noDial := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	late := func(w http.ResponseWriter, _ *http.Request) {
		<-time.After(29 * time.Second) // by the clock of the bubble
		_, _ = io.WriteString(w, placed)
	}
	silent := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until then net/http does not notice that a client leaves
		hang(w, r)
	}
	half := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, placed)
		_ = http.NewResponseController(w).Flush()
		hang(w, r)
	}
	tests := []struct {
		name  string
		ctx   func(context.Context) (context.Context, context.CancelFunc)
		serve http.HandlerFunc
		dial  func(context.Context, string, string) (net.Conn, error)
		url   string
		want  sent
		cause error
		took  time.Duration
	}{
		{"a late answer", after(40 * time.Second), late, nil, inMemory, sent{pool.CallPlaced, "", 0, placed}, nil, 29 * time.Second},
		{"no deadline, a late answer", nil, late, nil, inMemory, sent{pool.CallPlaced, "", 0, placed}, nil, 29 * time.Second},
		{"no deadline", nil, silent, nil, inMemory, sent{State: pool.CallUnknown, Kind: pool.Timeout}, context.DeadlineExceeded, 30 * time.Second},
		{"the deadline", after(time.Minute), silent, nil, inMemory, sent{State: pool.CallUnknown, Kind: pool.Timeout}, context.DeadlineExceeded, time.Minute},
		{"the caller leaves", leave(time.Second), silent, nil, inMemory, sent{State: pool.CallUnknown, Kind: pool.Timeout}, context.Canceled, time.Second},
		{"within the body", after(9 * time.Second), half, nil, inMemory,
			sent{State: pool.CallUnknown, Kind: pool.Timeout, Status: 200}, context.DeadlineExceeded, 9 * time.Second},
		{"connecting", nil, nil, noDial, inMemory, sent{State: pool.CallNotSent, Kind: pool.Unavailable}, nil, 2 * time.Second},
		{"the deadline while connecting", after(time.Second), nil, noDial, inMemory,
			sent{State: pool.CallNotSent, Kind: pool.Timeout}, context.DeadlineExceeded, time.Second},
		{"the caller leaves while connecting", leave(time.Second), nil, noDial, inMemory,
			sent{State: pool.CallNotSent, Kind: pool.Timeout}, context.Canceled, time.Second},
		{"a TLS handshake that hangs", nil, nil, mute, "https://" + host, sent{State: pool.CallNotSent, Kind: pool.Unavailable}, nil, 2 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.dial == nil {
					tt.dial = pipetest.Serve(t, tt.serve).Dial
				}
				ctx := t.Context()
				if tt.ctx != nil {
					var cancel context.CancelFunc
					ctx, cancel = tt.ctx(ctx)
					defer cancel()
				}
				began := time.Now()
				got := New(Options{Dial: tt.dial}).Once(ctx, order(tt.url))
				if took := time.Since(began); took != tt.took {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
				if diff := cmp.Diff(tt.want, said(got)); diff != "" {
					t.Errorf("sent (-want +got):\n%s", diff)
				}
				blamed(t, got)
				ofCtx := got.Err != nil && (errors.Is(got.Err, context.Canceled) || errors.Is(got.Err, context.DeadlineExceeded))
				if tt.cause == nil && ofCtx || tt.cause != nil && !errors.Is(got.Err, tt.cause) {
					t.Errorf("error %v, want the cause %v", got.Err, tt.cause)
				}
				<-time.After(connectTime) // net/http lets a dial go on without its request: it must end by itself
			})
		})
	}
}

// mute connects to a server that reads and says nothing.
func mute(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	return ours, nil
}

func TestOnceLeavesNothingBehind(t *testing.T) {
	closing := listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 5)) })
	before := goleak.IgnoreCurrent()
	for _, raw := range []string{answer(200, placed), answer(500, ""), "", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + placed,
		"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"} {
		onceOver(t, []byte(raw))
	}
	New(Options{}).Once(t.Context(), order("https://"+closing))
	goleak.VerifyNone(t, before)
}
