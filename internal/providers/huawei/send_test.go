package huawei

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const changeOrderCall = "POST " + orderPath

// aCall is a call that adds a volume to the pool of the vendor's example.
func aCall() pool.OrderCall {
	o := pool.Order{Type: pool.AddVolumeOrder, PoolID: periodPool, AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 10}}
	return pool.OrderCall{Operation: orderName, PoolID: periodPool, Request: encode(wireOrder(o)), Before: []byte(`{"things":[]}`), Orders: 1}
}

// TestSend holds the whole request: its body is that of the call, byte for byte, and
// its signature has the time that it was given.
func TestSend(t *testing.T) {
	src, cloud := shop(t, Config{}, map[string]http.HandlerFunc{changeOrderCall: ok(fixture(t, "seed-orders.json"))})
	at := time.Date(2025, 7, 14, 8, 0, 0, 0, time.UTC)
	sent := src.Ordering.Send(t.Context(), aCall(), at)
	if sent.State != pool.CallPlaced || len(sent.Orders) != 1 || sent.Orders[0].ID != "CS25052414519W9OP" || sent.RequestID != "request-1" || sent.Err != nil {
		t.Fatalf("sent %+v", sent)
	}
	if string(sent.Native) != fixture(t, "seed-orders.json") {
		t.Errorf("native %s", sent.Native)
	}
	bodies, requests := cloud.sent(changeOrderCall), cloud.requests(changeOrderCall)
	if len(bodies) != 1 || bodies[0] != string(aCall().Request) {
		t.Fatalf("bodies %q", bodies)
	}
	r := requests[0]
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Sdk-Date": "20250714T080000Z", "X-Project-Id": testProject, "X-Domain-Id": "",
		"Idempotency-Key": "", "X-Idempotency-Key": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	signature := r.Header.Get("Authorization")
	if err := Sign(r, []byte(bodies[0]), pool.NewSecret(testAccess), pool.NewSecret(testSecret), "host", "x-project-id", "x-sdk-date"); err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Authorization"); got != signature {
		t.Errorf("signed\n     %s\nwant %s", signature, got)
	}
}

// TestSendOnce breaks the answer in every way: there is one POST, and what is not proven is unknown.
func TestSendOnce(t *testing.T) {
	placed := fixture(t, "seed-orders.json")
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   pool.SentState
		kind   pool.Kind
	}{
		{"refused", respond(http.StatusBadRequest, coded("WKS.0001")), pool.CallRejected, pool.Invalid},
		{"throttled", respond(http.StatusTooManyRequests, coded("APIGW.0308")), pool.CallNotSent, pool.Throttled},
		{"signature refused", respond(http.StatusUnauthorized, coded("APIGW.0301")), pool.CallRejected, pool.Auth},
		{"500 of the vendor", respond(http.StatusInternalServerError, coded("WKS.00000003")), pool.CallUnknown, pool.Failed},
		{"502", respond(http.StatusBadGateway, `<html>`), pool.CallUnknown, pool.Failed},
		{"504 with an order", respond(http.StatusGatewayTimeout, placed), pool.CallUnknown, pool.Failed},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, orderPath, http.StatusTemporaryRedirect)
		}, pool.CallUnknown, pool.Failed},
		{"empty", ok(``), pool.CallUnknown, pool.BadBody},
		{"{}", ok(`{}`), pool.CallUnknown, pool.BadBody},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200")
			_, _ = io.WriteString(w, placed[:30])
		}, pool.CallUnknown, pool.BadBody},
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, pool.CallUnknown, pool.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := shop(t, Config{}, map[string]http.HandlerFunc{changeOrderCall: tt.answer})
			sent := src.Ordering.Send(t.Context(), aCall(), time.Now())
			if sent.State != tt.want || sent.Err == nil || sent.Err.Kind != tt.kind || sent.Err.Source != "hw-test" || sent.Err.Op != opOrder {
				t.Errorf("%s with error %+v, want %s with %q", sent.State, sent.Err, tt.want, tt.kind)
			}
			if n := len(cloud.sent(changeOrderCall)); n != 1 {
				t.Errorf("%d POSTs", n)
			}
			if n := len(cloud.sent("GET " + orderPath)); n != 0 {
				t.Errorf("%d redirects followed", n)
			}
		})
	}
}

func TestSendNotSent(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, endpoint := range map[string]string{"refused connection": gone.URL, "no TLS there": "https://" + plainServer(t)} {
		t.Run(name, func(t *testing.T) {
			src := open(t, Config{Endpoint: endpoint})
			sent := src.Ordering.Send(t.Context(), aCall(), time.Now())
			if sent.State != pool.CallNotSent || sent.Err == nil || sent.Err.Kind != pool.Unavailable {
				t.Errorf("%s with error %v", sent.State, sent.Err)
			}
		})
	}
}

// plainServer is the address of a server that does not know TLS, and gets no order.
func plainServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte("ADD_VOLUME")) {
			t.Error("an order went over a connection without TLS")
		}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// TestSendNoToken: a token has to be fetched first, and failing in that is proof that no order was sent.
func TestSendNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock(), refuse: respond(http.StatusUnauthorized, `{"error":{"code":401,"message":"The username or password is wrong."}}`)}
		src := enter(t, g, g.clock.Now)
		sent := src.Ordering.Send(t.Context(), aCall(), g.clock.Now())
		if sent.State != pool.CallNotSent || sent.Err == nil || sent.Err.Kind != pool.Auth || sent.Err.Op != opToken {
			t.Errorf("%s with error %v", sent.State, sent.Err)
		}
		wantCounts(t, g, 1, 0)
	})
}

// TestSendTokenRefused: the order is not repeated with another token, but the next call has one.
func TestSendTokenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{clock: newClock()}
		src := enter(t, g, g.clock.Now)
		mustRead(t, src)
		g.revoke()
		g.clock.pass(time.Hour)
		if sent := src.Ordering.Send(t.Context(), aCall(), g.clock.Now()); sent.State != pool.CallRejected || sent.Err.Kind != pool.Auth {
			t.Errorf("%s with error %v", sent.State, sent.Err)
		}
		wantCounts(t, g, 1, 2)
		mustRead(t, src)
		wantCounts(t, g, 2, 3)
	})
}

// TestSendSkew: what reads have learnt of the cloud's clock holds for the order's signature too.
func TestSendSkew(t *testing.T) {
	c := newClock()
	g := &signedGate{now: func() time.Time { return c.Now().Add(time.Hour) }}
	src := open(t, Config{Endpoint: play(t, g.ServeHTTP).url, Now: c.Now})
	if sent := src.Ordering.Send(t.Context(), aCall(), c.Now()); sent.State != pool.CallRejected {
		t.Errorf("an expired signature is %s, with error %v", sent.State, sent.Err)
	}
	mustRead(t, src) // and is not refused again
	src.Ordering.Send(t.Context(), aCall(), c.Now().Add(time.Second))
	got := g.sent()
	want := []string{"20250714T080000Z", "20250714T090000Z", "20250714T090001Z"}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("dates %q, want %q", got, want)
	}
}

// TestSendHangs: ctx bounds it, and nobody knows what became of the order.
func TestSendHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		cloud := pipetest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
		defer close(hold)
		src, err := New(Config{
			ID: "hw-test", Region: "cn-north-4", ProjectID: testProject, Endpoint: "http://cloud.test",
			Credentials: Credentials{AccessKey: pool.NewSecret(testAccess), SecretKey: pool.NewSecret(testSecret)},
		}, transport.New(transport.Options{Dial: cloud.Dial}))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		sent := src.Ordering.Send(t.Context(), aCall(), began)
		if sent.State != pool.CallUnknown || sent.Err.Kind != pool.Timeout || time.Since(began) > 30*time.Second {
			t.Errorf("%s with error %v after %v", sent.State, sent.Err, time.Since(began))
		}
	})
}
