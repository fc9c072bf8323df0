package huawei

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

func smallWorld() *huaweisim.World {
	return huaweisim.NewWorld(1, huaweisim.WorldOptions{Pools: 12, Desktops: 400, ArrayAddresses: true})
}

// TestSimulated reads all there is, with every kind of credentials.
func TestSimulated(t *testing.T) {
	world := smallWorld()
	for name, credentials := range simCredentials() {
		t.Run(name, func(t *testing.T) {
			src, sim := simulated(t, huaweisim.Config{World: world}, Config{Credentials: credentials})
			pools, err := src.Reader.Pools(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(pools.Value) != 12 {
				t.Errorf("%d pools, want 12", len(pools.Value))
			}
			count, err := src.Reader.Statistics(t.Context(), allAxes())
			if err != nil {
				t.Fatal(err)
			}
			counted := map[string]int{}
			for _, p := range count.Value.Pools {
				counted[p.PoolID] = *p.Counts.Total
			}
			for _, p := range pools.Value {
				if n := walkAll(t, src, p.NativeID); n != *p.Counts.Total || n != counted[p.NativeID] {
					t.Errorf("pool %s has %d desktops, says %d, and %d are counted", p.NativeID, n, *p.Counts.Total, counted[p.NativeID])
				}
			}
			wantedTokens := 0
			if credentials.Username != "" {
				wantedTokens = 1
			}
			if n := sim.Requests("CreateToken"); n != wantedTokens {
				t.Errorf("%d tokens were asked for, want %d", n, wantedTokens)
			}
			if drift := src.Drift.Counts(); len(drift.Fields)+len(drift.Types) > 0 {
				t.Errorf("drift: %+v", drift)
			}
		})
	}
}

// TestSimulatedPages lists more pools than fit on a page, all of them or none,
// whatever becomes of every other request.
func TestSimulatedPages(t *testing.T) {
	faults := &fault.Set{}
	world := huaweisim.NewWorld(1, huaweisim.WorldOptions{Pools: 1005, Desktops: 2000})
	src, sim := simulated(t, huaweisim.Config{World: world, Faults: faults}, Config{Credentials: simCredentials()["keys"]})
	list := func() (int, error) {
		got, err := src.Reader.Pools(t.Context())
		ids := map[string]bool{}
		for _, p := range got.Value {
			ids[p.NativeID] = true
		}
		return len(ids), err
	}
	if n, err := list(); n != 1005 || err != nil {
		t.Fatalf("%d pools, error %v", n, err)
	}
	if n := sim.Requests("ListDesktopPools"); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	for _, kind := range []fault.Kind{fault.Error, fault.Cut, fault.HTML, fault.Throttle, fault.LoseAnswer} {
		if err := faults.Add(fault.Fault{Kind: kind, Probability: 0.5}); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if n, err := list(); err == nil && n != 1005 {
				t.Errorf("with fault %s: %d pools, want 1005 or an error", kind, n)
			}
		}
		faults.Clear()
	}
	if n, err := list(); n != 1005 || err != nil {
		t.Fatalf("%d pools, error %v", n, err)
	}
}

// walkAll counts the desktops of a pool, in pages of 7.
func walkAll(t *testing.T, src pool.Source, id string) int {
	t.Helper()
	q := pool.DesktopsQuery{PoolID: id, Size: 7}
	for n := 0; ; {
		a, err := src.Reader.Desktops(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		n += len(a.Value.Items)
		if q.Token = a.Value.Next; q.Token == "" {
			return n
		}
	}
}

func TestSimulatedExample(t *testing.T) {
	src, _ := simulated(t, huaweisim.Config{World: smallWorld()}, Config{Credentials: simCredentials()["keys"]})
	got, err := src.Reader.Pool(t.Context(), testPool)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seedPool(), got.Value); diff != "" {
		t.Errorf("the example of the vendor's document (-want +got):\n%s", diff)
	}
}

func TestSimulatedErrors(t *testing.T) {
	const list, show, desktops, desktop = "ListDesktopPools", "ShowDesktopPoolDetail", "ListPoolDesktopsDetail", "ShowDesktopDetail"
	keys := simCredentials()["keys"]
	wrong := keys
	wrong.SecretKey = pool.NewSecret("wrong")
	stranger := keys
	stranger.AccessKey = pool.NewSecret("AKSTRANGER000000001")
	temporary := simCredentials()["temporary keys"]
	temporary.SecurityToken = pool.NewSecret("wrong")
	user := simCredentials()["user"]
	user.Password = pool.NewSecret("wrong")
	tests := []struct {
		name        string
		sim         huaweisim.Config
		credentials Credentials
		reads       map[string]pool.Kind // by operation
		requests    int                  // that the cloud saw, in all
	}{
		{"wrong secret key: one bad signature, not more", huaweisim.Config{}, wrong, map[string]pool.Kind{list: pool.Auth}, 1},
		{"unknown access key", huaweisim.Config{}, stranger, map[string]pool.Kind{show: pool.Auth}, 1},
		{"wrong security token", huaweisim.Config{}, temporary, map[string]pool.Kind{show: pool.Auth}, 1},
		{"wrong password", huaweisim.Config{}, user, map[string]pool.Kind{desktops: pool.Auth}, 1},
		{"service not enabled", huaweisim.Config{NotSubscribed: true}, keys, map[string]pool.Kind{list: pool.NotEnabled, show: pool.NotEnabled}, 2},
		{"unknown desktop", huaweisim.Config{}, keys, map[string]pool.Kind{desktop: pool.NotFound}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, sim := simulated(t, tt.sim, Config{Credentials: tt.credentials})
			for operation, want := range tt.reads {
				wantKind(t, readers(src.Reader)[operation](t.Context()), want)
			}
			if n := sim.Requests(""); n != tt.requests {
				t.Errorf("the cloud saw %d requests, want %d", n, tt.requests)
			}
		})
	}
	for name, sim := range map[string]huaweisim.Config{
		"as the live service": {}, "as documented": {UnknownPool404: true}, "400 for desktops too": {PoolDesktops400: true},
	} {
		t.Run("unknown pool "+name, func(t *testing.T) {
			src, _ := simulated(t, sim, Config{Credentials: keys})
			_, err := src.Reader.Pool(t.Context(), unknownID)
			wantKind(t, err, pool.NotFound)
			_, err = src.Reader.Desktops(t.Context(), firstPage(unknownID))
			wantKind(t, err, pool.NotFound)
		})
	}
}

// TestSimulatedThrottle holds that a throttled call says how long to wait, and
// does not go on asking: calls that are refused count as well.
func TestSimulatedThrottle(t *testing.T) {
	c := newClock()
	src, sim := simulated(t, huaweisim.Config{ReadsPerMinute: 2, Now: c.Now}, Config{Credentials: simCredentials()["keys"], Now: c.Now})
	mustRead(t, src)
	mustRead(t, src)
	_, err := src.Reader.Pools(t.Context())
	if e := failed(t, err, pool.Throttled); e.RetryAfter != time.Minute {
		t.Errorf("retry after %v, want a minute", e.RetryAfter)
	}
	if n := sim.Requests(""); n != 3 {
		t.Errorf("the cloud saw %d requests, want 3", n)
	}
	c.pass(time.Minute)
	mustRead(t, src)
}

// TestSimulatedClocks lets the cloud's clock differ from ours.
func TestSimulatedClocks(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ahead": time.Hour, "behind": -25 * time.Hour, "alike": 10 * time.Minute} {
		for as, credentials := range simCredentials() {
			t.Run(name+", "+as, func(t *testing.T) {
				c := newClock()
				sim := huaweisim.Config{Now: func() time.Time { return c.Now().Add(ahead) }}
				src, _ := simulated(t, sim, Config{Credentials: credentials, Now: c.Now})
				mustRead(t, src)
				mustRead(t, src)
			})
		}
	}
}

// TestSimulatedTokenExpires lets a day pass.
func TestSimulatedTokenExpires(t *testing.T) {
	c := newClock()
	src, sim := simulated(t, huaweisim.Config{Now: c.Now}, Config{Credentials: simCredentials()["user"], Now: c.Now})
	mustRead(t, src)
	c.pass(25 * time.Hour)
	mustRead(t, src)
	if n := sim.Requests("CreateToken"); n != 2 {
		t.Errorf("%d tokens were asked for, want 2", n)
	}
	if n := sim.Requests("ListDesktopPools"); n != 2 {
		t.Errorf("pools were listed %d times, want 2: none with a token that has ended", n)
	}
}

// TestSimulatedLimit walks to where the cloud's listing ends.
func TestSimulatedLimit(t *testing.T) {
	world := huaweisim.NewWorld(1, huaweisim.WorldOptions{Pools: 1, BigPool: 10_500})
	src, _ := simulated(t, huaweisim.Config{World: world}, Config{Credentials: simCredentials()["keys"]})
	pools, err := src.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := pool.DesktopsQuery{PoolID: pools.Value[len(pools.Value)-1].NativeID, Size: pool.MaxPage, Token: "9900"}
	for _, want := range []string{"10000", "10100"} {
		a, err := src.Reader.Desktops(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Value.Items) != pool.MaxPage || a.Value.Next != want || *a.Value.Total != 10_500 {
			t.Fatalf("%d desktops, next %q, total %d", len(a.Value.Items), a.Value.Next, *a.Value.Total)
		}
		q.Token = a.Value.Next
	}
	_, err = src.Reader.Desktops(t.Context(), q)
	wantKind(t, err, pool.LimitReached)
}
