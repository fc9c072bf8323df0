package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
)

// maxGrowth is how much the heap may grow while a pool of any size is read:
// the gateway's own and the simulated cloud's, in this one process.
const maxGrowth = 64 << 20

// bigPool starts the gateway before a simulated cloud with one pool of that
// many desktops, and returns the address of the pool's desktops.
func bigPool(t *testing.T, desktops int) string {
	t.Helper()
	sim := httptest.NewServer(alibabasim.New(alibabasim.Config{
		Source: "ali", Region: "cn-hangzhou", Keys: []alibabasim.Key{{ID: "big-test-key-id", Secret: "big-test-secret"}},
		World: alibabasim.NewWorld(1, alibabasim.WorldOptions{Region: "cn-hangzhou", Groups: 2, Desktops: 20, BigGroup: desktops}),
	}))
	t.Cleanup(sim.Close)
	s := start(t, map[string]string{"ID": "big-test-key-id", "SECRET": "big-test-secret"}, "-config", writeConfig(t, `
auth: { mode: none }
log: { level: error }
cache: { memory_mib: 8 }
allow_insecure_endpoints: true
sources:
  - id: ali
    cloud: alibaba
    region: cn-hangzhou
    endpoint: `+sim.URL+`
    credentials: { access_key: { env: ID }, secret_key: { env: SECRET } }
`))
	code, body := get(t, http.MethodGet, s.public+"/v1/pools?sort=-counts.total&limit=1", "", "")
	var list struct {
		Items []struct {
			ID     string
			Counts struct{ Total int }
		}
	}
	if err := json.Unmarshal(body, &list); err != nil || code != http.StatusOK {
		t.Fatalf("%d: %v: %s", code, err, body)
	}
	if got := list.Items[0].Counts.Total; got != desktops {
		t.Fatalf("the largest pool has %d desktops, want %d", got, desktops)
	}
	return s.public + "/v1/pools/" + list.Items[0].ID + "/desktops"
}

// heap is what is in use once the garbage is gone.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// gauge notes the most that the heap grows.
type gauge struct{ idle, most uint64 }

func (g *gauge) read() { g.most = max(g.most, heap()) }

func (g *gauge) check(t *testing.T) {
	t.Helper()
	grown := uint64(0)
	if g.most > g.idle {
		grown = g.most - g.idle
	}
	t.Logf("the heap grew by %.1f MiB at most", float64(grown)/(1<<20))
	if grown > maxGrowth {
		t.Errorf("the heap grew by %d bytes, want %d at most", grown, maxGrowth)
	}
}

// streamed reads a whole pool as NDJSON.
func streamed(t *testing.T, url string, desktops int) {
	t.Helper()
	g := gauge{idle: heap()}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	seen, last := map[string]bool{}, ""
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		last = lines.Text()
		if _, rest, ok := strings.Cut(last, `"item":{"id":"`); ok {
			id, _, _ := strings.Cut(rest, `"`)
			seen[strings.Clone(id)] = true // else it would keep its whole line
		}
		if n%(desktops/10) == 0 {
			g.read()
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	var end struct {
		Type     string
		Complete bool
		Items    int
	}
	if err := json.Unmarshal([]byte(last), &end); err != nil || end.Type != "end" || !end.Complete || end.Items != desktops {
		t.Errorf("the last line is %s: %v", last, err)
	}
	if len(seen) != desktops {
		t.Errorf("%d different desktops, want %d", len(seen), desktops)
	}
	g.check(t)
}

// paged reads a whole pool page by page.
func paged(t *testing.T, url string, desktops int) {
	t.Helper()
	g := gauge{idle: heap()}
	seen := map[string]bool{}
	for next := url + "?limit=1000&fields=id"; next != ""; {
		code, body := get(t, http.MethodGet, next, "", "")
		var page struct {
			Items    []struct{ ID string }
			Page     struct{ Next string }
			Complete bool
		}
		if err := json.Unmarshal(body, &page); err != nil || code != http.StatusOK || !page.Complete {
			t.Fatalf("%d: %v: %.300s", code, err, body)
		}
		for _, d := range page.Items {
			seen[d.ID] = true
		}
		g.read()
		next = page.Page.Next
	}
	if len(seen) != desktops {
		t.Errorf("%d different desktops, want %d", len(seen), desktops)
	}
	g.check(t)
}

func TestBigPoolInConstantMemory(t *testing.T) {
	const desktops = 10_000
	url := bigPool(t, desktops)
	streamed(t, url, desktops)
	paged(t, url, desktops)
}
