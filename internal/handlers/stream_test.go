package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/deskpool/deskpool/internal/pool"
)

// flood is a pool with any number of desktops, made while they are read.
type flood struct {
	pool.Reader
	size  int
	calls atomic.Int64
	// ail is asked before the page at an offset; nil: healthy.
	ail func(ctx context.Context, offset int) error
}

func (f *flood) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	f.calls.Add(1)
	from, _ := strconv.Atoi(q.Token)
	if f.ail != nil {
		if err := f.ail(ctx, from); err != nil {
			return pool.Answer[pool.DesktopPage]{}, err
		}
	}
	page := pool.DesktopPage{Total: &f.size}
	for i := from; i < min(from+q.Size, f.size); i++ {
		page.Items = append(page.Items, pool.Desktop{
			NativeID: fmt.Sprintf("desktop-%06d", i), PoolID: "pool-1", Name: fmt.Sprintf("a desktop of the flood, number %d", i),
			Native: []pool.Part{{Operation: "List", Body: json.RawMessage(`{"filler":"` + string(bytes.Repeat([]byte("x"), 500)) + `"}`)}},
		})
	}
	if from+q.Size < f.size {
		page.Next = strconv.Itoa(from + q.Size)
	}
	return pool.Answer[pool.DesktopPage]{Value: page}, nil
}

// flooded serves a flood.
func flooded(t testing.TB, f *flood) *gateway {
	src := small(t, "m1")
	f.Reader, src.Reader = src.Reader, f
	return start(t, setup{sources: []pool.Source{src}})
}

const floodTarget = "/v1/pools/m1:pool-1/desktops?include=native"

// open asks for a stream and returns its lines as they come, and how to leave.
func (g *gateway) open(target string) (io.Reader, func()) {
	g.t.Helper()
	wire := g.wire(request{method: "GET", target: target, headers: []string{"Accept: application/x-ndjson"}})
	parsed, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		g.t.Fatal(err)
	}
	conn := g.dial()
	if _, err := conn.Write(wire); err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), parsed) //nolint:bodyclose // leave does
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.Body, func() {
		_ = conn.Close()
		_ = resp.Body.Close()
	}
}

// TestStreamInConstantMemory walks 100,000 desktops, and holds few of them.
func TestStreamInConstantMemory(t *testing.T) {
	const size, most = 100_000, 64 << 20
	f := &flood{size: size}
	g := flooded(t, f)
	g.get(floodTarget[:len("/v1/pools/m1:pool-1/desktops")] + "?limit=1") // everything is loaded
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	idle := heap()
	stream, leave := g.open(floodTarget)
	defer leave()
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	seen := 0
	for want := []byte(nil); seen < size && lines.Scan(); seen++ {
		want = fmt.Appendf(want[:0], `{"type":"item","item":{"id":"m1:desktop-%06d",`, seen)
		if !bytes.HasPrefix(lines.Bytes(), want) {
			t.Fatalf("line %d is %.100s", seen, lines.Bytes())
		}
		if seen%10_000 == 5_000 {
			if used := heap() - idle; used > most {
				t.Fatalf("after %d desktops %d MiB are held", seen, used>>20)
			}
			if faults := g.contract.stream(wanted{native: true}, append(bytes.Clone(lines.Bytes()), []byte("\n"+`{"type":"source","source":{"id":"m1","status":"OK","as_of":null,"age_s":null,"from":null,"items":1,"native":[]}}`+"\n"+`{"type":"end","complete":true,"items":1}`+"\n")...)); len(faults) > 0 {
				t.Fatal(faults)
			}
		}
	}
	var last []string
	for lines.Scan() {
		last = append(last, lines.Text())
	}
	if seen != size || len(last) != 2 || last[1] != fmt.Sprintf(`{"type":"end","complete":true,"items":%d}`, size) || lines.Err() != nil {
		t.Errorf("after %d desktops: %q %v", seen, last, lines.Err())
	}
	if n := f.calls.Load(); n != size/pool.MaxPage+1 {
		t.Errorf("%d upstream pages, want %d", n, size/pool.MaxPage)
	}
}

// TestStreamIsCut by a failure of the source after some pages.
func TestStreamIsCut(t *testing.T) {
	for name, tt := range map[string]struct {
		err  pool.Error
		code string
	}{
		"an error":             {pool.Error{Kind: pool.Failed}, "UPSTREAM_ERROR"},
		"the cloud's own end":  {pool.Error{Kind: pool.LimitReached}, "UPSTREAM_LIMIT"},
		"throttled":            {pool.Error{Kind: pool.Throttled}, "UPSTREAM_THROTTLED"},
		"the pool is gone":     {pool.Error{Kind: pool.Invalid}, "UPSTREAM_ERROR"},
		"a page that is HTML":  {pool.Error{Kind: pool.BadBody}, "UPSTREAM_BAD_BODY"},
		"our key was revoked":  {pool.Error{Kind: pool.Auth}, "UPSTREAM_AUTH"},
		"it takes too long":    {pool.Error{Kind: pool.Timeout}, "UPSTREAM_TIMEOUT"},
		"there is no network":  {pool.Error{Kind: pool.Unavailable}, "UPSTREAM_UNAVAILABLE"},
		"the source is spared": {pool.Error{Kind: pool.Skipped}, "UPSTREAM_UNAVAILABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			g := flooded(t, &flood{size: 1000, ail: func(_ context.Context, offset int) error {
				if offset == 300 {
					return &tt.err
				}
				return nil
			}})
			rows, end := g.streamed("/v1/pools/m1:pool-1/desktops")
			if len(rows) != 300 || end["complete"] != false || end["items"] != 300.0 {
				t.Errorf("%d rows, and last %v", len(rows), end)
			}
			rep := g.get("/v1/pools/m1:pool-1/desktops", "Accept: application/x-ndjson")
			lines := bytes.Split(bytes.TrimSpace(rep.body), []byte("\n"))
			var last struct{ Source map[string]any }
			if err := json.Unmarshal(lines[len(lines)-2], &last); err != nil {
				t.Fatal(err)
			}
			if s := row(last.Source); s.text("status") != "PARTIAL" || s.text("problem.code") != tt.code || s.at("items") != 300.0 {
				t.Errorf("the source line is %v", s)
			}
			wantLog(t, g, `m1;s=partial`)
			page := g.ok("/v1/pools/m1:pool-1/desktops?limit=1000")
			if page["complete"] != false || len(rowsOf(page)) != 300 || (row(page).at("page.next_cursor") == nil) != (tt.err.Kind == pool.LimitReached) {
				t.Errorf("the list: complete %v, %d rows, page %v", page["complete"], len(rowsOf(page)), page["page"])
			}
			if rep := g.get("/v1/pools/m1:pool-1/desktops?limit=1000", "Prefer: handling=strict"); rep.status < 502 || rep.json(t)["code"] != tt.code {
				t.Errorf("strictly: %d %s", rep.status, rep.body)
			}
		})
	}
}

// TestStreamPanics in its middle: the client sees that it was cut.
func TestStreamPanics(t *testing.T) {
	g := flooded(t, &flood{size: 1000, ail: func(ctx context.Context, offset int) error {
		if offset == 300 {
			return panics(ctx)
		}
		return nil
	}})
	rep := g.get("/v1/pools/m1:pool-1/desktops", "Accept: application/x-ndjson")
	if !rep.cut || rep.status != 200 || bytes.Count(rep.body, []byte("\n")) != 300 {
		t.Errorf("cut %v, %d, %d lines", rep.cut, rep.status, bytes.Count(rep.body, []byte("\n")))
	}
	wantLog(t, g, "an adapter is broken")
}

// TestReaderLeaves in the middle of a stream: the walk ends, whether a page is
// on its way to the reader or asked of the cloud.
func TestReaderLeaves(t *testing.T) {
	for name, ail := range map[string]func(context.Context, int) error{
		"while rows are written": nil,
		"while the cloud is asked": func(ctx context.Context, offset int) error {
			if offset == 300 {
				return hangs(ctx)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			synctest.Test(t, func(t *testing.T) {
				f := &flood{size: 1_000_000, ail: ail}
				g := flooded(t, f)
				stream, leave := g.open("/v1/pools/m1:pool-1/desktops")
				lines := bufio.NewScanner(stream)
				for range 250 {
					if !lines.Scan() {
						t.Fatal(lines.Err())
					}
				}
				synctest.Wait()
				leave()
				synctest.Wait()
				n := f.calls.Load()
				if n > 5 {
					t.Errorf("%d pages were read for 250 rows", n)
				}
				wantLog(t, g, `"route":"/v1/pools/{id}/desktops"`) // the request has ended
			})
		})
	}
}

// TestStreamHead has the headers of the stream, or its problem, after one page.
func TestStreamHead(t *testing.T) {
	f := &flood{size: 1000}
	g := flooded(t, f)
	media := []string{"Accept: application/x-ndjson"}
	if rep := g.send(request{method: "HEAD", target: floodTarget, headers: media}); rep.status != 200 || rep.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%d %v", rep.status, rep.header)
	}
	if n := f.calls.Load(); n != 1 {
		t.Errorf("HEAD read %d pages", n)
	}
	if rep := g.send(request{method: "HEAD", target: "/v1/pools/m9:pool-1/desktops", headers: media}); rep.status != 404 {
		t.Errorf("HEAD of a pool that is not there: %d", rep.status)
	}
}
