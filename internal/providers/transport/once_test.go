package transport

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// Every way to answer, to lose an answer and to answer something else: one request arrives, whatever happens.
func TestOnceAsksOnce(t *testing.T) {
	unknown := func(kind pool.Kind, status int) sent { return sent{pool.CallUnknown, kind, status, ""} }
	tests := []struct {
		name  string
		serve func(net.Conn, *http.Request)
		want  sent
	}{
		{"placed", says(answer(200, placed)), sent{pool.CallPlaced, "", 0, placed}},
		{"placed, 201", says(answer(201, placed)), sent{pool.CallPlaced, "", 0, placed}},
		{"placed, in chunks", says(chunked + "10\r\n" + placed + "\r\n0\r\n\r\n"), sent{pool.CallPlaced, "", 0, placed}},
		{"placed, packed", says(answer(200, packed(placed), zip)), sent{pool.CallPlaced, "", 0, placed}},
		{"placed, before the body was read", func(c net.Conn, r *http.Request) {
			_, _ = io.WriteString(c, answer(200, placed))
			_, _ = io.Copy(io.Discard, r.Body)
		}, sent{pool.CallPlaced, "", 0, placed}},
		{"placed, after hints", says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(200, placed)),
			sent{pool.CallPlaced, "", 0, placed}},
		{"partly placed", says(answer(200, `{"code":"half"}`)), sent{pool.CallPartial, pool.Invalid, 200, `{"code":"half"}`}},
		{"rejected", says(answer(400, `{"code":"no"}`)), sent{pool.CallRejected, pool.Invalid, 400, `{"code":"no"}`}},
		{"throttled", says(answer(429, `{"code":"throttled"}`)), sent{pool.CallNotSent, pool.Throttled, 429, `{"code":"throttled"}`}},

		{"closed after the header", func(net.Conn, *http.Request) {}, unknown(pool.Unavailable, 0)},
		{"closed after half of the body", func(_ net.Conn, r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, int64(len(orderBody)/2)) },
			unknown(pool.Unavailable, 0)},
		{"closed after the request", says(""), unknown(pool.Unavailable, 0)},
		{"reset", func(c net.Conn, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = c.(*net.TCPConn).SetLinger(0)
		}, unknown(pool.Unavailable, 0)},
		{"reset within the answer", func(c net.Conn, r *http.Request) {
			says(answer(200, placed)[:20])(c, r)
			_ = c.(*net.TCPConn).SetLinger(0)
		}, unknown(pool.Unavailable, 0)},
		{"half a header", says("HTTP/1.1 200 OK\r\nContent-Le"), unknown(pool.Unavailable, 0)},
		{"half a body", says("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + placed), unknown(pool.BadBody, 200)},
		{"half a refusal", says("HTTP/1.1 400 X\r\nContent-Length: 99\r\n\r\n" + `{"code":"no"}`), unknown(pool.BadBody, 400)},
		{"chunks without an end", says(chunked + "10\r\n" + placed + "\r\n"), unknown(pool.BadBody, 200)},
		{"half a chunk", says(chunked + "10\r\n" + placed[:9]), unknown(pool.BadBody, 200)},
		{"no chunks", says(chunked + placed), unknown(pool.BadBody, 200)},
		{"no end marked", says("HTTP/1.1 200 OK\r\n\r\n" + placed), unknown(pool.BadBody, 200)},
		{"HTTP/1.0", says("HTTP/1.0 200 OK\r\n\r\n" + placed), unknown(pool.BadBody, 200)},
		{"two lengths", says("HTTP/1.1 200 OK\r\nContent-Length: 16\r\nContent-Length: 99\r\n\r\n" + placed), unknown(pool.Unavailable, 0)},
		{"not packed", says(answer(200, placed, zip)), unknown(pool.BadBody, 200)},
		{"packed and broken", says(answer(200, packed(placed)[:20]+"??????????????????", zip)), unknown(pool.BadBody, 200)},
		{"packed and cut", says(answer(200, packed(placed)[:20], zip)), unknown(pool.BadBody, 200)},
		{"a long body", says(answer(200, `{"order":"`+strings.Repeat("x", 1000)+`"}`)), unknown(pool.BadBody, 200)},
		{"a flood of headers", says("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 1100) + "\r\n"),
			unknown(pool.Unavailable, 0)},
		{"a flood of hints", says(strings.Repeat("HTTP/1.1 103 X\r\nLink: "+strings.Repeat("x", 1000)+"\r\n\r\n", 1100) + answer(200, placed)),
			unknown(pool.Unavailable, 0)},
		{"a hint and no more", says("HTTP/1.1 100 Continue\r\n\r\n"), unknown(pool.Unavailable, 0)},
		{"no HTTP", says("SSH-2.0-" + strings.Repeat("x", 5000) + "\r\n\r\n"), unknown(pool.Unavailable, 0)},

		{"another protocol", says("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" + placed), unknown(pool.Failed, 101)},
		{"a status too low", says("HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\n{}"), unknown(pool.Failed, 99)},
		{"a status too high", says(answer(999, placed)), sent{pool.CallUnknown, pool.Failed, 999, placed}},
		{"a redirect, throttled", says(answer(307, `{"code":"throttled"}`)), sent{pool.CallUnknown, pool.Failed, 307, `{"code":"throttled"}`}},
		{"not modified", says("HTTP/1.1 304 X\r\n\r\n"), unknown(pool.Failed, 304)},
		{"500", says(answer(500, `{"code":"no"}`)), sent{pool.CallUnknown, pool.Failed, 500, `{"code":"no"}`}},
		{"502", says(answer(502, "<html></html>")), unknown(pool.Failed, 502)},
		{"503, throttled", says(answer(503, `{"code":"throttled"}`)), sent{pool.CallUnknown, pool.Failed, 503, `{"code":"throttled"}`}},
		{"504", says(answer(504, "")), unknown(pool.Failed, 504)},
		{"504, placed", says(answer(504, placed)), sent{pool.CallUnknown, pool.Failed, 504, placed}},

		{"empty", says(answer(200, "")), unknown(pool.Failed, 200)},
		{"no content", says("HTTP/1.1 204 X\r\n\r\n"), unknown(pool.Failed, 204)},
		{"an empty object", says(answer(200, "{}")), sent{pool.CallUnknown, pool.Failed, 200, "{}"}},
		{"HTML", says(answer(200, "<html></html>")), unknown(pool.Failed, 200)},
		{"not UTF-8", says(answer(500, "\"\xff\"")), unknown(pool.Failed, 500)},
		{"a refusal in HTML", says(answer(403, "<html></html>")), unknown(pool.Failed, 403)},
		{"an empty refusal", says(answer(400, "")), unknown(pool.Failed, 400)},
		{"a refusal that says placed", says(answer(409, placed)), sent{pool.CallUnknown, pool.Failed, 409, placed}},
		{"a refusal that says half", says(answer(409, `{"code":"half"}`)), sent{pool.CallUnknown, pool.Invalid, 409, `{"code":"half"}`}},
		{"a good answer that says no", says(answer(200, `{"code":"no"}`)), sent{pool.CallUnknown, pool.Invalid, 200, `{"code":"no"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, tt.serve)
			got := w.client(Options{MaxBody: 1000}).Once(t.Context(), order(w.url))
			if diff := cmp.Diff(tt.want, said(got)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			blamed(t, got)
			if w.dials.Load() != 1 || w.asked.Load() != 1 {
				t.Errorf("%d connections with %d requests, want one of each", w.dials.Load(), w.asked.Load())
			}
		})
	}
}

// A server that closes without reading is no proof: the request may have been in its hands.
func TestOnceClosedUnread(t *testing.T) {
	accepted := make(chan struct{}, 9)
	addr := listen(t, func(net.Conn) { accepted <- struct{}{} })
	got := New(Options{}).Once(t.Context(), order("http://"+addr))
	if diff := cmp.Diff(sent{State: pool.CallUnknown, Kind: pool.Unavailable}, said(got)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	blamed(t, got)
	if n := len(accepted); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

func TestOnceKeepsWhatJudgeSays(t *testing.T) {
	shared := &pool.Error{Kind: pool.Throttled, Detail: "slowly", RetryAfter: 7 * time.Second}
	word := pool.Sent{
		State: pool.CallNotSent, Orders: []pool.CloudOrder{{ID: "1"}}, RequestID: "r-1", Native: []byte(`{"its":"own"}`), Err: shared,
	}
	var asked Response
	w := newWire(t, says(answer(200, placed)))
	write := order(w.url)
	write.Judge = func(r Response) pool.Sent { asked = r; return word }
	got := w.client(Options{}).Once(t.Context(), write)
	want := word
	want.Err = &pool.Error{Kind: pool.Throttled, Detail: "slowly", RetryAfter: 7 * time.Second, Source: "src", Op: "place an order"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if shared.Source != "" || shared.Op != "" {
		t.Errorf("the judge's own error became %+v", shared)
	}
	wantAsked := Response{Status: 200, Header: http.Header{"Content-Length": {strconv.Itoa(len(placed))}}, Body: []byte(placed)}
	if diff := cmp.Diff(wantAsked, asked, cmpopts.IgnoreFields(Response{}, "At")); diff != "" || time.Since(asked.At) > time.Minute {
		t.Errorf("judged at %v (-want +got):\n%s", asked.At, diff)
	}
}

func TestOnceTakesNoOtherJudgement(t *testing.T) {
	for _, state := range []pool.SentState{"", "placed", "DONE"} {
		w := newWire(t, says(answer(200, placed)))
		write := order(w.url)
		write.Judge = func(Response) pool.Sent { return pool.Sent{State: state} }
		got := w.client(Options{}).Once(t.Context(), write)
		if diff := cmp.Diff(sent{pool.CallUnknown, pool.Failed, 200, placed}, said(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", state, diff)
		}
		blamed(t, got)
	}
}

func TestOnceFollowsNoRedirect(t *testing.T) {
	elsewhere := cloud(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked elsewhere: %s", r.Method) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		w := newWire(t, says(answer(status, placed, "Location: "+elsewhere)))
		got := w.client(Options{}).Once(t.Context(), order(w.url))
		if diff := cmp.Diff(sent{pool.CallUnknown, pool.Failed, status, placed}, said(got)); diff != "" {
			t.Errorf("%d (-want +got):\n%s", status, diff)
		}
		blamed(t, got)
	}
}
