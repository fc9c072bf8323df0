package transport

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const orderBody = `{"type":"RESIZE"}`

// order is a write to url, judged by the code in the answer, as adapters do.
func order(url string) Write {
	return Write{
		Source: "src", Op: "place an order",
		Build: func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(orderBody))
		},
		Judge: judge,
	}
}

func judge(r Response) pool.Sent {
	var said struct{ Order, Code string }
	if json.Unmarshal(r.Body, &said) != nil {
		return pool.Sent{}
	}
	err := &pool.Error{Kind: pool.Invalid, Upstream: &pool.Upstream{HTTPStatus: r.Status, Code: said.Code}}
	switch {
	case said.Order != "":
		return pool.Sent{State: pool.CallPlaced, Orders: []pool.CloudOrder{{ID: said.Order}}}
	case said.Code == "half":
		return pool.Sent{State: pool.CallPartial, Err: err}
	case said.Code == "throttled":
		err.Kind, err.RetryAfter = pool.Throttled, 7*time.Second
		return pool.Sent{State: pool.CallNotSent, Err: err}
	case said.Code != "":
		return pool.Sent{State: pool.CallRejected, Err: err}
	}
	return pool.Sent{}
}

// listen serves every connection to a loopback listener, one after the other, and closes it.
func listen(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// wire is a cloud of raw connections. It counts what arrives.
type wire struct {
	url   string
	dials atomic.Int32 // of the client
	asked atomic.Int32 // requests of which at least the header arrived
}

// newWire answers every request by serve, which may read its body first.
func newWire(t *testing.T, serve func(net.Conn, *http.Request)) *wire {
	t.Helper()
	w := &wire{}
	w.url = "http://" + listen(t, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			t.Error(err)
			return
		}
		w.asked.Add(1)
		serve(c, r)
	}) + "/v1?key=hush"
	return w
}

func (w *wire) client(o Options) *Client {
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		w.dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	return New(o)
}

// says reads the request and answers with raw bytes.
func says(raw string) func(net.Conn, *http.Request) {
	return func(c net.Conn, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(c, raw)
	}
}

func answer(status int, body string, header ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, lines(header), len(body), body)
}

func lines(header []string) string {
	if len(header) == 0 {
		return ""
	}
	return strings.Join(header, "\r\n") + "\r\n"
}

func packed(body string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	return b.String()
}

const (
	placed  = `{"order":"CS-1"}`
	chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	zip     = "Content-Encoding: gzip"
)

// sent is what Once is expected to say.
type sent struct {
	State  pool.SentState
	Kind   pool.Kind // empty: no error
	Status int       // in Err.Upstream
	Native string
}

func said(s pool.Sent) sent {
	got := sent{State: s.State, Native: string(s.Native)}
	if s.Err != nil {
		got.Kind = s.Err.Kind
		if s.Err.Upstream != nil {
			got.Status = s.Err.Upstream.HTTPStatus
		}
	}
	return got
}

// blamed checks what holds for every Err.
func blamed(t *testing.T, s pool.Sent) {
	t.Helper()
	if (s.Err == nil) != (s.State == pool.CallPlaced) {
		t.Fatalf("%s with the error %v", s.State, s.Err)
	}
	if s.Err == nil {
		return
	}
	if s.Err.Source != "src" || s.Err.Op != "place an order" {
		t.Errorf("error of %q in %q", s.Err.Source, s.Err.Op)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(verb, s.Err); strings.Contains(text, "hush") || verb == "%v" && len(text) > 300 {
			t.Errorf("%s tells too much: %s", verb, text)
		}
	}
}
