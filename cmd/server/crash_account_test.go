package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// What the accounts of the crash tests have in common.
const (
	crashProject = "0bec5db98280d2d02fd6c00c2de791ce"
	crashDomain  = "d78cbac186b744899480f25bd022f468"
	crashAccess  = "CRASHTESTACCESSKEY01"
	crashSecret  = "crash-test-secret-key-000000000000001"
)

// account is a simulated account on a port of its own. It notes down what it
// is sent, and can be told to act at a step of its work.
type account struct {
	source string
	cloud  pool.Cloud
	url    string
	faults *fault.Set
	orders func() []booking // its own book
	order  string           // the vendor's name of the operation that orders
	sim    http.Handler

	mu       sync.Mutex
	open     int // connections
	arrivals []*arrival
	trap     *trap
}

func newHuaweiAccount(t testing.TB, source string) *account {
	a := &account{source: source, cloud: pool.Huawei, faults: &fault.Set{}, order: "CreateDesktopPoolChangeOrder"}
	sim := huaweisim.New(huaweisim.Config{
		Source: source, Region: "cn-north-4", ProjectID: crashProject, DomainID: crashDomain, Faults: a.faults,
		Keys:  []huaweisim.Key{{Access: crashAccess, Secret: crashSecret}},
		World: huaweisim.NewWorld(1, huaweisim.WorldOptions{Region: "cn-north-4", Pools: 12, Desktops: 200}),
	})
	a.orders = func() (book []booking) {
		for _, o := range sim.Orders() {
			book = append(book, booking{purchase{source, o.PromotionPlanID, target(o.PoolID, o.DesktopIDs)}, o.ID})
		}
		return book
	}
	a.serve(t, sim)
	return a
}

// newAlibabaAccount has a group of 25 desktops that take orders, 20 a call. The numbers of its orders, which
// no other account may have, grow from the seed; those of seeds below 64 are all different for 60 orders.
func newAlibabaAccount(t testing.TB, source string, seed uint64) (a *account, group string) {
	a = &account{source: source, cloud: pool.Alibaba, faults: &fault.Set{}, order: "ModifyDesktopSpec"}
	world := alibabasim.NewWorld(seed, alibabasim.WorldOptions{Region: "cn-hangzhou", Groups: 8, Desktops: 40, Idle: 25})
	sim := alibabasim.New(alibabasim.Config{
		Source: source, Region: "cn-hangzhou", Faults: a.faults, World: world, Guard: -1,
		Keys: []alibabasim.Key{{ID: crashAccess, Secret: crashSecret}},
	})
	a.orders = func() (book []booking) {
		for _, o := range sim.Orders() {
			book = append(book, booking{purchase{source, o.PromotionID, target("", o.DesktopIDs)}, o.ID})
		}
		return book
	}
	a.serve(t, sim)
	return a, world.IdleGroup()
}

// config is the account in a configuration.
func (a *account) config() string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString("    " + name + ": " + value + "\n") }
	b.WriteString("  - id: " + a.source + "\n")
	line("cloud", strings.ToLower(string(a.cloud)))
	line("endpoint", a.url)
	line("billing_endpoint", a.url)
	line("credentials", "{ access_key: { env: ACCESS }, secret_key: { env: SECRET } }")
	if a.cloud == pool.Alibaba {
		line("region", "cn-hangzhou")
		return b.String()
	}
	line("region", "cn-north-4")
	line("iam_endpoint", a.url)
	line("project_id", crashProject)
	line("domain_id", crashDomain)
	return b.String()
}

// serve serves the account until the test ends.
func (a *account) serve(t testing.TB, sim http.Handler) {
	a.sim = sim
	srv := httptest.NewUnstartedServer(a)
	srv.Listener = trapListener{srv.Listener, a}
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		a.mu.Lock()
		defer a.mu.Unlock()
		switch s {
		case http.StateNew:
			a.open++
		case http.StateClosed, http.StateHijacked:
			a.open--
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	a.url = srv.URL
}

// quiet returns when all that a server had sent before it died has been dealt with.
func (a *account) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	// Who is answered on a new connection knows that all older ones were accepted.
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, a.url, http.NoBody)
	if err != nil {
		return err
	}
	req.Close = true
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		a.mu.Lock()
		open := a.open
		a.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// note notes down a request to order.
func (a *account) note(r *http.Request, body []byte) *arrival {
	n := &arrival{header: r.Header.Clone(), text: r.URL.String() + " " + string(body), close: r.Close, purchase: purchase{source: a.source}}
	if a.cloud == pool.Huawei {
		var asked struct {
			Param struct {
				Plan string `json:"promotion_plan_id"`
				Pool string `json:"desktop_pool_id"`
			} `json:"add_volume_param"`
		}
		_ = json.Unmarshal(body, &asked) // what is not there is found to be missing
		n.plan, n.target = asked.Param.Plan, asked.Param.Pool
	} else {
		q, desktops := r.URL.Query(), []string(nil)
		for name, values := range q {
			if strings.HasSuffix(name, ".DesktopId") {
				desktops = append(desktops, values...)
			}
		}
		n.plan, n.target = q.Get("PromotionId"), target("", desktops)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.arrivals = append(a.arrivals, n)
	return n
}

// throttled notes down whether the answer turned a request away.
func (a *account) throttled(n *arrival, status int, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n.throttled = status == http.StatusTooManyRequests || strings.Contains(body, `"Throttling`)
}

// testify adds what the account knows.
func (a *account) testify(t *testimony) {
	t.booked = append(t.booked, a.orders()...)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, n := range a.arrivals {
		t.arrivals = append(t.arrivals, *n)
	}
}
