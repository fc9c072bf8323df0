package alibaba

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// aCall is a ModifyDesktopSpec as the ledger gives it back.
func aCall() pool.OrderCall {
	return pool.OrderCall{
		Operation: modifySpec, DesktopIDs: []string{"ecd-a", "ecd-b"}, Orders: 1,
		Request: json.RawMessage(`{"AutoPay":"false","DesktopType":"eds.general.8c16g","PromotionId":"promo & more","ResourceSpecs.1.DesktopId":"ecd-a","ResourceSpecs.2.DesktopId":"ecd-b"}`),
		Before:  json.RawMessage(`{"ecd-a":{"pool_id":"dg-1","product_id":"eds.general.2c4g"},"ecd-b":{"pool_id":"dg-1","product_id":"eds.general.2c4g"}}`),
	}
}

// TestSend holds the whole request.
func TestSend(t *testing.T) {
	c := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.ContentLength != 0 || r.URL.Path != "/" || !r.Close {
			t.Errorf("%s %s with %d bytes, close %v", r.Method, r.URL.Path, r.ContentLength, r.Close)
		}
		_, _ = w.Write([]byte(`{"RequestId":"R1","OrderId":"214552019840001","OrderIds":[214552019840001]}`))
	})
	signed := at("2026-01-05T08:00:00Z").Add(123 * time.Millisecond)
	got := c.source.Ordering.Send(t.Context(), aCall(), signed)
	if got.State != pool.CallPlaced || got.RequestID != "R1" || len(got.Orders) != 1 || got.Orders[0].ID != "214552019840001" || got.Err != nil {
		t.Errorf("sent %+v", got)
	}
	same(t, "native", string(got.Native), `{"RequestId":"R1","OrderId":"214552019840001","OrderIds":[214552019840001]}`)
	seen := c.requests()
	same(t, "requests", len(seen), 1)
	same(t, "query", seen[0].Query.Encode(), "AutoPay=false&DesktopType=eds.general.8c16g&PromotionId=promo+%26+more&RegionId=cn-hangzhou"+
		"&ResourceSpecs.1.DesktopId=ecd-a&ResourceSpecs.2.DesktopId=ecd-b")
	for name, want := range map[string]string{
		"X-Acs-Action": "ModifyDesktopSpec", "X-Acs-Version": "2020-09-30", "X-Acs-Date": "2026-01-05T08:00:00Z",
		"Idempotency-Key": "", "X-Idempotency-Key": "", "X-Acs-Security-Token": testToken,
	} {
		same(t, name, seen[0].Header.Get(name), want)
	}
	_ = c.source.Ordering.Send(t.Context(), aCall(), signed)
	if a, b := seen[0].Header, c.requests()[1].Header; a.Get("X-Acs-Signature-Nonce") == b.Get("X-Acs-Signature-Nonce") {
		t.Error("two calls have one nonce")
	}
}

// TestSendAsTheCloudCounts proves that the date is by the cloud's clock, as far as it was learnt.
func TestSendAsTheCloudCounts(t *testing.T) {
	const expired = `{"Code":"InvalidTimeStamp.Expired","RequestId":"R"}`
	c := serveHTTP(t, refusing(1, 400, expired, map[string]string{"Date": "Mon, 05 Jan 2026 09:00:00 GMT"}))
	cfg := config(c.url)
	cfg.Now = func() time.Time { return at("2026-01-05T08:00:00Z") }
	source := open(t, cfg)
	if got := source.Ordering.Send(t.Context(), aCall(), cfg.Now()); got.State != pool.CallRejected {
		t.Errorf("%s, want REJECTED", got.State)
	}
	_ = source.Ordering.Send(t.Context(), aCall(), cfg.Now())
	same(t, "date", c.requests()[1].Header.Get("X-Acs-Date"), "2026-01-05T09:00:00Z")
	same(t, "requests", len(c.requests()), 2)
}

// TestOutcomeOverTheWire sends one request for each class of answer.
func TestOutcomeOverTheWire(t *testing.T) {
	for _, tt := range outcomes {
		t.Run(tt.name, func(t *testing.T) {
			c := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				if tt.status != http.StatusNoContent {
					w.Header().Set("Content-Length", strconv.Itoa(len(tt.body)))
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			call := aCall()
			if tt.operation != "" {
				call.Operation = tt.operation
			}
			got := c.source.Ordering.Send(t.Context(), call, time.Now())
			if got.State != tt.state || len(got.Orders) != len(tt.orders) {
				t.Errorf("%s with %v, want %s with %v", got.State, got.Orders, tt.state, tt.orders)
			}
			if got.Err != nil && (got.Err.Source != "ali-hz" || got.Err.Op != placeOp) {
				t.Errorf("error %v", got.Err)
			}
			same(t, "requests", len(c.requests()), 1)
		})
	}
}

// TestSendLosesTheAnswer proves that what breaks below HTTP is unknown, unless no connection was had.
func TestSendLosesTheAnswer(t *testing.T) {
	hijack := func(w http.ResponseWriter, said string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte(said))
		_ = conn.Close()
	}
	const good = `{"RequestId":"R1","OrderId":"214552019840001"}`
	tests := []struct {
		name   string
		handle http.HandlerFunc
		dial   error
		state  pool.SentState
		kind   pool.Kind
	}{
		{"whole", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(good)) }, nil, pool.CallPlaced, ""},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, pool.CallUnknown, pool.Timeout},
		{"no answer", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, nil, pool.CallUnknown, pool.Unavailable},
		{"half a head", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "HTTP/1.1 200 OK\r\nContent-") }, nil, pool.CallUnknown, pool.Unavailable},
		{"half a body", func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+good)
		}, nil, pool.CallUnknown, pool.BadBody},
		{"a body without an end", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "HTTP/1.1 200 OK\r\n\r\n"+good) }, nil, pool.CallUnknown, pool.BadBody},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://ecd.test/again", http.StatusTemporaryRedirect)
		}, nil, pool.CallUnknown, pool.Failed},
		{"no connection", nil, errors.New("connection refused"), pool.CallNotSent, pool.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var posts atomic.Int32
				l := pipetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					posts.Add(1)
					tt.handle(w, r)
				}))
				dial := l.Dial
				if tt.dial != nil {
					dial = func(context.Context, string, string) (net.Conn, error) { return nil, tt.dial }
				}
				client := transport.New(transport.Options{Dial: dial})
				defer client.CloseIdleConnections()
				source, err := New(config("http://ecd.test"), client)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				got := source.Ordering.Send(ctx, aCall(), time.Now())
				if got.State != tt.state || got.Err != nil && got.Err.Kind != tt.kind || (got.Err == nil) != (tt.kind == "") {
					t.Errorf("%s, %v; want %s, %s", got.State, got.Err, tt.state, tt.kind)
				}
				want := int32(1)
				if tt.dial != nil {
					want = 0
				}
				time.Sleep(time.Minute) // for what would be sent again
				if n := posts.Load(); n != want {
					t.Errorf("%d requests, want %d", n, want)
				}
			})
		})
	}
}

// TestSendNothing proves that a call that cannot be read is not sent.
func TestSendNothing(t *testing.T) {
	c := serveHTTP(t, func(http.ResponseWriter, *http.Request) {})
	for name, change := range map[string]func(*pool.OrderCall){
		"another operation": func(c *pool.OrderCall) { c.Operation = "DeleteDesktops" },
		"no request":        func(c *pool.OrderCall) { c.Request = nil },
		"an empty request":  func(c *pool.OrderCall) { c.Request = json.RawMessage(`{}`) },
		"no before":         func(c *pool.OrderCall) { c.Before = nil },
	} {
		call := aCall()
		change(&call)
		got := c.source.Ordering.Send(t.Context(), call, time.Now())
		if got.State != pool.CallNotSent || got.Err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	same(t, "requests", len(c.requests()), 0)
}
