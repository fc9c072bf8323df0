package fault

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pipetest"
)

const body = `{"total":3,"rows":[{"n":1}]}`

var shape = Shape{
	Error: func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "CLOUD.500", http.StatusInternalServerError)
	},
	Throttle: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "CLOUD.429", http.StatusTooManyRequests) },
}

// cloud is a small cloud that can break.
type cloud struct {
	Set
	served  atomic.Int32  // requests that reached the cloud itself
	arrived chan struct{} // a value per request that reached the faults
	reading chan struct{} // closed when a body is read: what happens to its request is planned by then
	once    sync.Once     // of reading
	left    chan struct{} // a value per request that is over
}

func newCloud() *cloud {
	return &cloud{arrived: make(chan struct{}, 8), reading: make(chan struct{}), left: make(chan struct{}, 8)}
}

// read tells that a body is read.
func (c *cloud) read() { c.once.Do(func() { close(c.reading) }) }

func (c *cloud) handler() http.Handler {
	operation := func(r *http.Request) string {
		c.arrived <- struct{}{}
		return strings.TrimPrefix(r.URL.Path, "/")
	}
	faulty := c.Wrap("hw", operation, shape, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.served.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		if r.Method == http.MethodPost {
			_, _ = io.Copy(w, r.Body)
			return
		}
		_, _ = io.WriteString(w, body)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { c.left <- struct{}{} }()
		r.Body = &telling{r.Body, c.read}
		faulty.ServeHTTP(w, r)
	})
}

// telling tells when it is read.
type telling struct {
	io.ReadCloser
	tell func()
}

func (t *telling) Read(b []byte) (int, error) {
	t.tell()
	return t.ReadCloser.Read(b)
}

// seen is what a client sees of one request.
type seen struct {
	Status int
	Type   string
	Body   string
	Err    error // of the request, or of reading the body
}

func get(ctx context.Context, client *http.Client, url string) seen {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return seen{Err: err}
	}
	res, err := client.Do(req)
	if err != nil {
		return seen{Err: err}
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return seen{res.StatusCode, res.Header.Get("Content-Type"), string(b), err}
}

func TestWrapFromAClient(t *testing.T) {
	good := seen{200, "application/json", body, nil}
	tests := []struct {
		name   string
		fault  Fault
		path   string
		want   seen
		served int32
	}{
		{"other source", Fault{Source: "ali", Kind: Error}, "/op", good, 1},
		{"other operation", Fault{Operation: "x", Kind: Error}, "/op", good, 1},
		{"error", Fault{Source: "hw", Operation: "op", Kind: Error}, "/op", seen{500, "text/plain; charset=utf-8", "CLOUD.500\n", nil}, 0},
		{"throttle", Fault{Kind: Throttle}, "/op", seen{429, "text/plain; charset=utf-8", "CLOUD.429\n", nil}, 0},
		{"html", Fault{Kind: HTML}, "/op", seen{502, "text/html", htmlPage, nil}, 0},
		{"cut", Fault{Kind: Cut}, "/op", seen{200, "application/json", body[:len(body)/2], io.ErrUnexpectedEOF}, 1},
		{"drift", Fault{Kind: Drift}, "/op", seen{200, "application/json",
			`{"rows":[{"n":"1","x_drift":"new"}],"total":3,"x_drift":{"levels":[1,2],"since":"2031-01"}}`, nil}, 1},
		{"drift leaves errors alone", Fault{Kind: Drift}, "/missing", seen{404, "application/json", body, nil}, 1},
		{"lose_answer", Fault{Kind: LoseAnswer}, "/op", seen{Err: syscall.ECONNRESET}, 1},
		{"trade is for the cloud", Fault{Kind: SoldOut}, "/op", good, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCloud()
			mustAdd(t, &c.Set, tt.fault)
			srv := httptest.NewServer(c.handler())
			defer srv.Close()
			got := get(t.Context(), srv.Client(), srv.URL+tt.path)
			if !errors.Is(got.Err, tt.want.Err) {
				t.Errorf("err = %v, want %v", got.Err, tt.want.Err)
			}
			got.Err, tt.want.Err = nil, nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("a client sees (-want +got):\n%s", diff)
			}
			if n := c.served.Load(); n != tt.served {
				t.Errorf("the cloud served %d requests, want %d", n, tt.served)
			}
		})
	}
}

func TestWrapOfNoSet(t *testing.T) {
	rec := httptest.NewRecorder()
	(*Set)(nil).Wrap("hw", nil, Shape{}, http.NotFoundHandler()).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	if rec.Code != 404 {
		t.Errorf("status = %d, want next's 404", rec.Code)
	}
}

func TestHangEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *cloud, leave context.CancelFunc, srv *httptest.Server) error
		want error // at the client
	}{
		{"when the client leaves", func(_ *cloud, leave context.CancelFunc, _ *httptest.Server) error {
			leave()
			return nil
		}, context.Canceled},
		{"when all faults are cleared", func(c *cloud, _ context.CancelFunc, _ *httptest.Server) error {
			c.Clear()
			return nil
		}, io.EOF},
		{"when the server shuts down", func(_ *cloud, _ context.CancelFunc, srv *httptest.Server) error {
			return srv.Config.Shutdown(context.Background())
		}, io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCloud()
			mustAdd(t, &c.Set, Fault{Kind: Hang})
			srv := httptest.NewServer(c.handler())
			defer srv.Close()
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			result := make(chan seen, 1)
			go func() { result <- post(ctx, srv.Client(), srv.URL+"/op", "a body that the fault must read") }()
			<-c.reading
			if err := tt.end(c, leave, srv); err != nil {
				t.Fatal(err)
			}
			<-c.left
			if got := <-result; !errors.Is(got.Err, tt.want) {
				t.Errorf("err = %v, want %v", got.Err, tt.want)
			}
			if n := c.served.Load(); n != 0 {
				t.Errorf("the cloud served %d requests, want none", n)
			}
		})
	}
}

func post(ctx context.Context, client *http.Client, url, text string) seen {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(text))
	if err != nil {
		return seen{Err: err}
	}
	res, err := client.Do(req)
	if err != nil {
		return seen{Err: err}
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return seen{res.StatusCode, res.Header.Get("Content-Type"), string(b), err}
}

func TestLatency(t *testing.T) {
	tests := []struct {
		name   string
		during func(c *cloud) // while the request waits
		want   time.Duration
	}{
		{"waits for all of them", func(*cloud) {}, 350 * time.Millisecond},
		{"is cut short by Clear", func(c *cloud) {
			<-time.After(100 * time.Millisecond) // by the clock of the bubble
			c.Clear()
		}, 100 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				mustAdd(t, &c.Set, Fault{Kind: Latency, LatencyMS: 100}, Fault{Kind: Latency, LatencyMS: 250})
				client := serve(t, c.handler())
				start := time.Now()
				go func() {
					<-c.arrived
					tt.during(c)
				}()
				got := post(t.Context(), client, "http://cloud/op", "echo")
				if took := time.Since(start); took != tt.want {
					t.Errorf("the answer took %v, want %v", took, tt.want)
				}
				if diff := cmp.Diff(seen{200, "application/json", "echo", nil}, got); diff != "" {
					t.Errorf("a client sees (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestLatencyEndsWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		mustAdd(t, &c.Set, Fault{Kind: Latency, LatencyMS: 60_000})
		client := serve(t, c.handler())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := get(ctx, client, "http://cloud/op")
		if !errors.Is(got.Err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want that of the deadline", got.Err)
		}
		<-c.left
		if n := c.served.Load(); n != 0 {
			t.Errorf("the cloud served %d requests of clients that had left, want none", n)
		}
	})
}

// serve serves h in memory, so that a synctest bubble sees its waiting, and
// returns a client whose every request goes there.
func serve(t *testing.T, h http.Handler) *http.Client {
	tr := &http.Transport{DialContext: pipetest.Serve(t, h).Dial}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
