package transport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// A good answer that is cut anywhere is no longer final.
func TestOnceTakesNoPartForTheWhole(t *testing.T) {
	for name, whole := range map[string]string{
		"with a length": answer(200, placed),
		"in chunks":     chunked + "8\r\n" + placed[:8] + "\r\n8\r\n" + placed[8:] + "\r\n0\r\n\r\n",
		"packed":        answer(200, packed(placed), zip),
		"after a hint":  "HTTP/1.1 103 X\r\n\r\n" + answer(200, placed),
		"refused":       answer(400, `{"code":"no"}`),
		"throttled":     answer(429, `{"code":"throttled"}`),
	} {
		t.Run(name, func(t *testing.T) {
			for n := range len(whole) {
				got := onceOver(t, []byte(whole[:n]))
				if got.State != pool.CallUnknown {
					t.Errorf("%q is %s, want UNKNOWN", whole[:n], got.State)
				}
				blamed(t, got)
			}
			if got := onceOver(t, []byte(whole)); got.State == pool.CallUnknown {
				t.Errorf("the whole is UNKNOWN: %v", got.Err)
			}
		})
	}
}

// onceOver sends an order to a server in memory that reads and answers raw bytes.
func onceOver(t *testing.T, raw []byte) pool.Sent {
	t.Helper()
	served := make(chan struct{})
	c := New(Options{MaxBody: 1000, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer close(served) // a second dial panics
			r, err := http.ReadRequest(bufio.NewReader(theirs))
			if err == nil {
				_, err = io.Copy(io.Discard, r.Body)
			}
			if err != nil {
				t.Error(err)
			}
			_, _ = theirs.Write(raw)
			_ = theirs.Close()
		}()
		return ours, nil
	}})
	got := c.Once(t.Context(), order(inMemory))
	<-served
	return got
}

// No bytes of a server make an order that may have arrived free to be sent again,
// and none but a whole HTTP answer is final.
func FuzzOnce(f *testing.F) {
	for _, seed := range []string{
		"", answer(200, placed), answer(400, `{"code":"no"}`), answer(503, "{}"), answer(307, "", "Location: /x"),
		chunked + "10\r\n" + placed + "\r\n0\r\nX: y\r\n\r\n", answer(200, packed(placed), zip), "HTTP/1.0 200 OK\r\n\r\n" + placed,
		"HTTP/1.1 100 Continue\r\n\r\n" + answer(200, placed), "HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "<html>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := onceOver(t, raw)
		blamed(t, got)
		switch got.State {
		case pool.CallUnknown:
		case pool.CallPlaced, pool.CallPartial, pool.CallRejected:
			if !bytes.HasPrefix(raw, []byte("HTTP/")) || !json.Valid(got.Native) {
				t.Errorf("%q is %s", raw, got.State)
			}
		case pool.CallNotSent:
			if got.Err.Kind != pool.Throttled { // by the judge's word, never by that of the connection
				t.Errorf("%q is NOT_SENT: %v", raw, got.Err)
			}
		default:
			t.Errorf("%q is %q", raw, got.State)
		}
	})
}
