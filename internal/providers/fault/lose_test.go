package fault

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pipetest"
)

// An order arrives once, is carried out, and its answer is lost.
func TestLoss(t *testing.T) {
	const order = `{"order":"CS-1"}`
	tests := []struct {
		as   Loss
		want seen
	}{
		{"", seen{Err: syscall.ECONNRESET}},
		{LostByReset, seen{Err: syscall.ECONNRESET}},
		{LostByCut, seen{200, "application/json", order[:len(order)/2], io.ErrUnexpectedEOF}},
		{LostBy500, seen{500, "text/plain; charset=utf-8", "Internal Server Error\n", nil}},
		{LostBy502, seen{502, "text/plain; charset=utf-8", "Bad Gateway\n", nil}},
		{LostBy504, seen{504, "text/plain; charset=utf-8", "Gateway Timeout\n", nil}},
		{LostByHTML, seen{502, "text/html", htmlPage, nil}},
		{LostByEmpty, seen{200, "", "", nil}},
		{LostByObject, seen{200, "application/json", "{}", nil}},
		{LostByRedirect, seen{307, "", "", nil}},
	}
	for _, tt := range tests {
		for name, start := range map[string]func(*httptest.Server){"plain": (*httptest.Server).Start, "TLS": (*httptest.Server).StartTLS} {
			t.Run(string(tt.as)+" "+name, func(t *testing.T) {
				c := newCloud()
				mustAdd(t, &c.Set, Fault{Kind: LoseAnswer, As: tt.as, Count: 1})
				srv := httptest.NewUnstartedServer(c.handler())
				start(srv)
				defer srv.Close()
				client := srv.Client()
				client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				got := post(t.Context(), client, srv.URL+"/op", order)
				if !errors.Is(got.Err, tt.want.Err) {
					t.Errorf("err = %v, want %v", got.Err, tt.want.Err)
				}
				if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(seen{}, "Err")); diff != "" {
					t.Errorf("a client sees (-want +got):\n%s", diff)
				}
				if n := c.served.Load(); n != 1 {
					t.Errorf("the cloud served %d requests, want one", n)
				}
			})
		}
	}
}

// Whoever follows the redirect orders again.
func TestLossByRedirectIsATrap(t *testing.T) {
	c := newCloud()
	mustAdd(t, &c.Set, Fault{Kind: LoseAnswer, As: LostByRedirect, Count: 1})
	srv := httptest.NewServer(c.handler())
	defer srv.Close()
	got := post(t.Context(), srv.Client(), srv.URL+"/op?a=%2F", "again")
	if diff := cmp.Diff(seen{200, "application/json", "again", nil}, got); diff != "" {
		t.Errorf("a client sees (-want +got):\n%s", diff)
	}
	if n := c.served.Load(); n != 2 {
		t.Errorf("the cloud served %d requests, want two", n)
	}
}

func TestLossByHangEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *cloud, leave context.CancelFunc)
		want error
	}{
		{"when the client leaves", func(_ *cloud, leave context.CancelFunc) { leave() }, context.Canceled},
		{"when all faults are cleared", func(c *cloud, _ context.CancelFunc) { c.Clear() }, io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				mustAdd(t, &c.Set, Fault{Kind: LoseAnswer, As: LostByHang})
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				time.AfterFunc(time.Minute, func() { tt.end(c, leave) })
				began := time.Now()
				got := post(ctx, serve(t, c.handler()), "http://cloud/op", "order")
				if took := time.Since(began); !errors.Is(got.Err, tt.want) || took != time.Minute {
					t.Errorf("err = %v after %v, want %v after a minute", got.Err, took, tt.want)
				}
				<-c.left
				if n := c.served.Load(); n != 1 {
					t.Errorf("the cloud served %d requests, want one", n)
				}
			})
		})
	}
}

// Where there is no TCP to reset, the connection is closed; and where there is no connection, the request is aborted.
func TestLossByResetElsewhere(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		c := newCloud()
		mustAdd(t, &c.Set, Fault{Kind: LoseAnswer})
		client := &http.Client{Transport: &http.Transport{DialContext: pipetest.Serve(t, c.handler()).Dial}}
		if got := post(t.Context(), client, "http://cloud/op", "order"); !errors.Is(got.Err, io.EOF) {
			t.Errorf("err = %v, want EOF", got.Err)
		}
	})
	t.Run("in a recorder", func(t *testing.T) {
		c := newCloud()
		mustAdd(t, &c.Set, Fault{Kind: LoseAnswer})
		defer func() {
			if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // a panic's value, not a wrapped error
				t.Errorf("panic of %v, want http.ErrAbortHandler", got)
			}
		}()
		c.handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/op", http.NoBody))
	})
}

// A fault of trade reaches the cloud, whatever becomes of its answer.
func TestOf(t *testing.T) {
	var s Set
	var got []Kind
	h := s.Wrap("hw", func(r *http.Request) string { return r.URL.Path }, shape, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, Of(r))
	}))
	mustAdd(t, &s,
		Fault{Operation: "/order", Kind: SoldOut, Count: 1},
		Fault{Operation: "/order", Kind: PartialFailure, Count: 1},
		Fault{Operation: "/order", Kind: LoseAnswer, As: LostByEmpty, Count: 2},
		Fault{Kind: LateListing, Count: 1},
	)
	for _, path := range []string{"/order", "/order", "/list", "/list", "/order"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", path, http.NoBody))
	}
	if diff := cmp.Diff([]Kind{SoldOut, PartialFailure, LateListing, "", ""}, got); diff != "" {
		t.Errorf("five requests (-want +got):\n%s", diff)
	}
}
