package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// shop is a gateway over one simulated cloud, whose book can be read.
type shop struct {
	*server
	cloud     *front
	faults    *fault.Set
	operation string // that places orders
	body      string // of an order that is good
	booked    func() int
	writes    func() []http.Header // of every order that reached the cloud
}

// shops opens a gateway of each cloud.
func shops() map[string]func(*testing.T) *shop {
	return map[string]func(*testing.T) *shop{"huawei": huaweiShop, "alibaba": alibabaShop}
}

func huaweiShop(t *testing.T) *shop {
	t.Helper()
	faults := &fault.Set{}
	sim := huaweisim.New(huaweisim.Config{
		Source: "src", Region: "cn-north-4", ProjectID: "p1", DomainID: "d1", Faults: faults,
		Keys:  []huaweisim.Key{{Access: "ACCESS", Secret: "SECRET"}},
		World: huaweisim.NewWorld(1, huaweisim.WorldOptions{Region: "cn-north-4", Pools: 6, Desktops: 60}),
	})
	s := openShop(t, sim, faults, "cloud: huawei, region: cn-north-4, project_id: p1, domain_id: d1, iam_endpoint: HERE")
	s.operation = "CreateDesktopPoolChangeOrder"
	s.body = `{"type":"ADD_VOLUME","target":{"pool_id":"src:b046ac8e-0994-4c09-a8a8-bd989d218120"},` +
		`"add_volume":{"volume_type":"SAS","volume_size_gib":10}}`
	s.booked = func() int { return len(sim.Orders()) }
	s.writes = func() (headers []http.Header) {
		for _, w := range sim.Writes() {
			headers = append(headers, w.Header)
		}
		return headers
	}
	return s
}

func alibabaShop(t *testing.T) *shop {
	t.Helper()
	faults := &fault.Set{}
	world := alibabasim.NewWorld(1, alibabasim.WorldOptions{Region: "cn-hangzhou", Groups: 8, Desktops: 80})
	sim := alibabasim.New(alibabasim.Config{
		Source: "src", Region: "cn-hangzhou", Faults: faults, World: world, Guard: -1,
		Keys: []alibabasim.Key{{ID: "ACCESS", Secret: "SECRET"}},
	})
	s := openShop(t, sim, faults, "cloud: alibaba, region: cn-hangzhou")
	s.operation = "ModifyDesktopSpec"
	s.body = fmt.Sprintf(`{"type":"EXTEND_VOLUME","target":{"pool_id":"src:%s"},"extend_volume":{"disk_id":"SYSTEM","new_size_gib":200}}`, world.IdleGroup())
	s.booked = func() int { return len(sim.Orders()) }
	s.writes = func() (headers []http.Header) {
		for _, w := range sim.Writes() {
			headers = append(headers, w.Header)
		}
		return headers
	}
	return s
}

func openShop(t *testing.T, cloud http.Handler, faults *fault.Set, source string) *shop {
	t.Helper()
	f := newFront(t, cloud, faults)
	config := strings.NewReplacer("LEDGER", filepath.Join(t.TempDir(), "orders.db"), "CLOUD", "http://"+f.address, "SOURCE", source).Replace(`
auth: { mode: none }
allow_insecure_endpoints: true
ledger: { url: "file:LEDGER" }
limits: { order_timeout: 2s }
sources:
- { id: src, endpoint: CLOUD, billing_endpoint: CLOUD, SOURCE, credentials: { access_key: { env: THE_ACCESS }, secret_key: { env: THE_SECRET } } }
`)
	config = strings.ReplaceAll(config, "HERE", "http://"+f.address)
	vars := map[string]string{"THE_ACCESS": "ACCESS", "THE_SECRET": "SECRET"}
	return &shop{server: start(t, vars, "-config", writeConfig(t, config)), cloud: f, faults: faults}
}

// front is where a simulated cloud listens; it can refuse new connections for a time.
type front struct {
	address string
	handler http.Handler
	mu      sync.Mutex
	l       net.Listener
	srv     *http.Server
}

func newFront(t *testing.T, cloud http.Handler, faults *fault.Set) *front {
	t.Helper()
	f := &front{handler: cloud, address: "127.0.0.1:0"}
	f.srv = &http.Server{Handler: cloud, ReadHeaderTimeout: 5 * time.Second}
	f.open(t)
	t.Cleanup(func() { faults.Clear(); _ = f.srv.Close() }) // nothing is left to lose
	return f
}

// open listens, on the port of before.
func (f *front) open(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	f.l, f.address = l, l.Addr().String()
	go func() { _ = f.srv.Serve(l) }() // ends with the listener; open connections stay
}

// refuse lets new connections fail; those that are open stay.
func (f *front) refuse(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.l.Close(); err != nil {
		t.Fatal(err)
	}
}

// order places an order and returns status, Order-State and body.
func (s *shop) order(t *testing.T, key, body string) (int, string, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.public+"/v1/orders", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Order-State"), got
}

// held checks what has reached the cloud: so many orders are booked, so many
// requests came, each on a connection of its own and without the caller's key.
func (s *shop) held(t *testing.T, booked, came int) {
	t.Helper()
	writes := s.writes()
	if s.booked() != booked || len(writes) != came {
		t.Errorf("the cloud has booked %d orders in %d requests, want %d in %d", s.booked(), len(writes), booked, came)
	}
	for _, h := range writes {
		if h.Get("Idempotency-Key") != "" || h.Get("X-Idempotency-Key") != "" {
			t.Error("the cloud has got the caller's key")
		}
	}
}

// TestLostAnswers loses the answer to an order in every way that there is.
func TestLostAnswers(t *testing.T) {
	var group sync.WaitGroup // the waits are real: all at once, and not as many as there are processors
	defer group.Wait()
	for name, open := range shops() {
		for _, as := range []fault.Loss{
			fault.LostByReset, fault.LostByCut, fault.LostByHang, fault.LostBy500, fault.LostBy502, fault.LostBy504,
			fault.LostByHTML, fault.LostByEmpty, fault.LostByObject, fault.LostByRedirect,
		} {
			group.Go(func() {
				t.Run(name+", "+string(as), func(t *testing.T) { lose(t, open(t), as) })
			})
		}
	}
}

func lose(t *testing.T, s *shop, as fault.Loss) {
	t.Helper()
	if err := s.faults.Add(fault.Fault{Operation: s.operation, Kind: fault.LoseAnswer, As: as, Count: 1}); err != nil {
		t.Fatal(err)
	}
	status, state, body := s.order(t, "lost", s.body)
	if status != http.StatusAccepted || state != "UNKNOWN" {
		t.Fatalf("%d %s: %s", status, state, body)
	}
	s.held(t, 1, 1)
	for status == http.StatusAccepted { // as often as a caller likes
		status, state, body = s.order(t, "lost", s.body)
		time.Sleep(50 * time.Millisecond) // the look is 5 s away: real time, over real connections
	}
	if status != http.StatusCreated || state != "PLACED" {
		t.Fatalf("%d %s: %s", status, state, body)
	}
	s.held(t, 1, 1)
	if _, _, again := s.order(t, "lost", s.body); !bytes.Equal(body, again) {
		t.Errorf("the final answer changed:\n%s\n%s", body, again)
	}
}

// TestNothingWasSent: what is proven not to have been sent may be sent again.
func TestNothingWasSent(t *testing.T) {
	for name, open := range shops() {
		t.Run(name+", throttled", func(t *testing.T) {
			t.Parallel()
			s := open(t)
			if err := s.faults.Add(fault.Fault{Operation: s.operation, Kind: fault.Throttle, Count: 1}); err != nil {
				t.Fatal(err)
			}
			s.sentLater(t, "UPSTREAM_THROTTLED", func() {})
			if s.booked() != 1 {
				t.Errorf("%d orders are booked", s.booked())
			}
		})
		t.Run(name+", refused connection", func(t *testing.T) {
			t.Parallel()
			s := open(t)
			if status, _, body := s.order(t, "first", strings.Replace(s.body, "src:", "src:none-", 1)); status != http.StatusNotFound {
				t.Fatalf("warming up: %d %s", status, body) // it leaves a connection for the reads
			}
			if status, body := get(t, http.MethodGet, s.public+"/v1/pools", "", ""); status != http.StatusOK {
				t.Fatalf("warming up: %d %s", status, body)
			}
			s.cloud.refuse(t)
			s.sentLater(t, "UPSTREAM_UNAVAILABLE", func() { s.held(t, 0, 0); s.cloud.open(t) })
			s.held(t, 1, 1)
		})
	}
}

// sentLater orders in vain, and after mend with the same key for good.
func (s *shop) sentLater(t *testing.T, code string, mend func()) {
	t.Helper()
	status, _, body := s.order(t, "again", s.body)
	var problem struct{ Code string }
	if err := json.Unmarshal(body, &problem); err != nil || status != http.StatusServiceUnavailable || problem.Code != code {
		t.Fatalf("%d %s, want 503 %s", status, body, code)
	}
	mend()
	if status, state, body := s.order(t, "again", s.body); status != http.StatusCreated || state != "PLACED" {
		t.Fatalf("%d %s: %s", status, state, body)
	}
	if status, state, body := s.order(t, "again", s.body); status != http.StatusCreated || state != "PLACED" {
		t.Fatalf("%d %s: %s", status, state, body)
	}
}
