package handlers_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool"
	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/handlers"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

// The benchmarks print ratio: requests a second of the API, with key, log and
// everything on, over those of a bare chi handler that writes the same bytes.
// Both are asked in turn, over the same kind of connections, in one run.

func BenchmarkCachedPool(b *testing.B) {
	api, sources := benchAPI(b)
	id := sources[0].ID + ":" + firstPool(b, sources[0])
	against(b, api, "/v1/pools/"+id)
}

func BenchmarkFiftyPools(b *testing.B) {
	api, _ := benchAPI(b)
	against(b, api, "/v1/pools")
}

const benchKey = "a-key-of-the-benchmark"

// benchAPI is the API over four cached sources.
func benchAPI(b *testing.B) (http.Handler, []pool.Source) {
	b.Helper()
	var sources []pool.Source
	store := cache.NewMemory(64 << 20)
	for i := range 4 {
		src, err := memory.New(memory.Config{ID: fmt.Sprint("m", i), Region: "r", Pools: memory.World(uint64(i))})
		if err != nil {
			b.Fatal(err)
		}
		sources = append(sources, cache.Wrap(src, store, cache.Options{TTL: cache.TTL{Pools: time.Hour, Pool: time.Hour}}))
	}
	api, err := handlers.New(handlers.Options{
		Spec: deskpool.OpenAPI, PublicURL: "http://bench", CursorKey: []byte("bench"), Log: zerolog.New(io.Discard),
		Auth: handlers.APIKeys(map[[sha256.Size]byte]handlers.Caller{sha256.Sum256([]byte(benchKey)): {
			Tenant: "bench", KeyID: "bench", Scopes: []string{handlers.ScopePoolsRead}, Service: pool.NewService(sources),
		}}),
	})
	if err != nil {
		b.Fatal(err)
	}
	return api, sources
}

func firstPool(b *testing.B, src pool.Source) string {
	b.Helper()
	pools, err := src.Reader.Pools(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return pools.Value[0].NativeID
}

// against measures api and a bare handler with api's own answer.
func against(b *testing.B, api http.Handler, path string) {
	b.Helper()
	req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	req.Header.Set("Authorization", "Bearer "+benchKey)
	var body []byte
	for range 2 { // the second comes from the cache
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			b.Fatalf("%d: %s", rec.Code, rec.Body)
		}
		body = rec.Body.Bytes()
	}
	bare := chi.NewRouter()
	write := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}
	bare.Get("/v1/pools", write)
	bare.Get("/v1/pools/{id}", write)

	ours, theirs := newLoad(b, api, path), newLoad(b, bare, path)
	ours.round(b)
	theirs.round(b)
	var took, bareTook time.Duration
	for b.Loop() {
		took += ours.round(b)
		bareTook += theirs.round(b)
	}
	b.ReportMetric(float64(bareTook)/float64(took), "ratio")
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N*loadConns*loadRequests), "ns/request")
	b.ReportMetric(float64(bareTook.Nanoseconds())/float64(b.N*loadConns*loadRequests), "bare-ns/request")
	b.ReportMetric(float64(len(body)), "bytes")
}

const (
	loadConns    = 8
	loadRequests = 250 // a round, on each connection
)

// load asks one server over kept connections, and parses no more than it must.
type load struct {
	conns   []*bufio.ReadWriter
	request []byte
}

func newLoad(b *testing.B, h http.Handler, path string) *load {
	b.Helper()
	srv := httptest.NewServer(h)
	l := &load{request: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", path, benchKey)}
	for range loadConns {
		conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", srv.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		l.conns = append(l.conns, bufio.NewReadWriter(bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn)))
	}
	b.Cleanup(srv.Close)
	return l
}

// round sends loadRequests on every connection at once.
func (l *load) round(b *testing.B) time.Duration {
	b.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for _, c := range l.conns {
		wg.Go(func() {
			for range loadRequests {
				if err := exchange(c, l.request); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return time.Since(start)
}

func exchange(c *bufio.ReadWriter, request []byte) error {
	_, _ = c.Write(request)
	if err := c.Flush(); err != nil {
		return err
	}
	length := -1
	for first := true; ; first = false {
		line, err := c.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("answered %s", line)
		}
		if n, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil {
				return err
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	if length < 0 {
		return fmt.Errorf("no Content-Length")
	}
	_, err := c.Discard(length)
	return err
}
