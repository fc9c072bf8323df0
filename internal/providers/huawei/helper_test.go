package huawei

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const (
	testProject = "0bec5db98280d2d02fd6c00c2de791ce"
	testAccess  = "AKEXAMPLE0000000001"
	testSecret  = "SKEXAMPLE0000000000000000000000000000001"
	testPool    = "1ad74b36-0de7-45fe-aed3-6cb047d69e99"
)

// script is a cloud that answers from a recording, and keeps what it was asked.
type script struct {
	mu      sync.Mutex
	url     string
	answer  http.HandlerFunc
	request []*http.Request
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.request = append(s.request, r)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "request-1")
	s.answer(w, r)
}

func (s *script) asked() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.request
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// ok answers 200.
func ok(body string) http.HandlerFunc { return respond(http.StatusOK, body) }

// record starts a scripted cloud and returns a source that asks it.
func record(t *testing.T, answer http.HandlerFunc) (pool.Source, *script) {
	t.Helper()
	s := play(t, answer)
	return open(t, Config{Endpoint: s.url}), s
}

// play starts a scripted cloud.
func play(t *testing.T, answer http.HandlerFunc) *script {
	t.Helper()
	s := &script{answer: answer}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// open returns the source of c, with what every test needs filled in.
func open(t *testing.T, c Config) pool.Source {
	t.Helper()
	c.ID, c.Region, c.ProjectID = "hw-test", "cn-north-4", testProject
	if c.Credentials == (Credentials{}) {
		c.Credentials = Credentials{AccessKey: pool.NewSecret(testAccess), SecretKey: pool.NewSecret(testSecret)}
	}
	src, err := New(c, transport.New(transport.Options{Timeout: 30 * time.Second, Attempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func ptr[T any](v T) *T { return &v }

// readers are all methods of a Reader, by the vendor's names.
func readers(r pool.Reader) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"ListDesktopPools":       func(ctx context.Context) error { _, err := r.Pools(ctx); return err },
		"ShowDesktopPoolDetail":  func(ctx context.Context) error { _, err := r.Pool(ctx, testPool); return err },
		"ShowDesktopDetail":      func(ctx context.Context) error { _, err := r.Desktop(ctx, testPool); return err },
		"ListPoolDesktopsDetail": func(ctx context.Context) error { _, err := r.Desktops(ctx, firstPage(testPool)); return err },
		"ListDesktopsStatistics": func(ctx context.Context) error { _, err := r.Statistics(ctx, allAxes()); return err },
	}
}

func firstPage(id string) pool.DesktopsQuery {
	return pool.DesktopsQuery{PoolID: id, Size: pool.MaxPage}
}

func allAxes() pool.StatisticsQuery {
	return pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: pool.Axes{Power: true, Connection: true, Assignment: true}}
}

// failed fails the test if err is not a *pool.Error of that kind, and returns it.
func failed(t *testing.T, err error, want pool.Kind) *pool.Error {
	t.Helper()
	var e *pool.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want a *pool.Error of kind %q", err, err, want)
	}
	if e.Kind != want {
		t.Fatalf("error %v of kind %q, want %q", err, e.Kind, want)
	}
	return e
}

// wantKind is failed where the error itself does not matter.
func wantKind(t *testing.T, err error, want pool.Kind) {
	t.Helper()
	_ = failed(t, err, want)
}
