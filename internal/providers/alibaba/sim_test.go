package alibaba

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// simKeys are an STS key and a plain one.
func simKeys() []alibabasim.Key {
	return []alibabasim.Key{{ID: testKey, Secret: testSecret, SecurityToken: testToken}, {ID: "plainKey", Secret: "plainSecret"}}
}

// simulate starts a simulated cloud and opens a source on it.
func simulate(t *testing.T, c alibabasim.Config, change func(*Config)) (pool.Source, *alibabasim.Sim) {
	t.Helper()
	if c.Keys == nil {
		c.Keys = simKeys()
	}
	if c.World == nil {
		c.World = alibabasim.NewWorld(7, alibabasim.WorldOptions{})
	}
	if c.Faults == nil {
		c.Faults = new(fault.Set)
	}
	sim := alibabasim.New(c)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(c.Faults.Clear)
	cfg := config(server.URL)
	if change != nil {
		change(&cfg)
	}
	return open(t, cfg), sim
}

// bigGroup is the pool with the most desktops.
func bigGroup(t *testing.T, source pool.Source) string {
	t.Helper()
	pools, err := source.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id, most := "", -1
	for _, p := range pools.Value {
		if n := p.Counts.Total; n != nil && *n > most {
			id, most = p.NativeID, *n
		}
	}
	return id
}

// TestWalks proves that a walk finds the same desktops, whatever the vendor leaves open of its pages.
func TestWalks(t *testing.T) {
	world := alibabasim.NewWorld(11, alibabasim.WorldOptions{BigGroup: 260})
	var want []string
	for _, c := range []alibabasim.Config{{}, {EmptyLastToken: true}, {PageEachArray: true}, {EmptyLastToken: true, PageEachArray: true}} {
		c.World = world
		source, sim := simulate(t, c, nil)
		id := bigGroup(t, source)
		for _, size := range []int{100, 37, 1} {
			t.Run(fmt.Sprintf("%v/%v/%d", c.EmptyLastToken, c.PageEachArray, size), func(t *testing.T) {
				before := sim.Requests("DescribeDesktopsInGroup")
				got := walkAll(t, source, pool.DesktopsQuery{PoolID: id, Size: size})
				slices.Sort(got)
				if want == nil {
					want = got
				}
				if len(got) != 260 || !slices.Equal(got, want) {
					t.Errorf("%d desktops, want the same 260", len(got))
				}
				pages := (260 + size - 1) / size
				if calls := sim.Requests("DescribeDesktopsInGroup") - before; !c.PageEachArray && calls != pages {
					t.Errorf("%d calls, want %d", calls, pages)
				}
			})
		}
	}
}

func walkAll(t *testing.T, source pool.Source, q pool.DesktopsQuery) []string {
	t.Helper()
	var list []string
	for {
		page, err := source.Reader.Desktops(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Value.Items) > q.Size {
			t.Fatalf("a page of %d desktops, want at most %d", len(page.Value.Items), q.Size)
		}
		list = append(list, ids(page.Value.Items)...)
		if q.Token = page.Value.Next; q.Token == "" {
			return list
		}
	}
}

// TestDeletedAndBilling walks with both parameters of the cloud's.
func TestDeletedAndBilling(t *testing.T) {
	source, _ := simulate(t, alibabasim.Config{World: alibabasim.NewWorld(11, alibabasim.WorldOptions{BigGroup: 260})}, nil)
	q := pool.DesktopsQuery{PoolID: bigGroup(t, source), Size: 100}
	live := walkAll(t, source, q)
	q.IncludeDeleted = true
	all := walkAll(t, source, q)
	if len(all) <= len(live) {
		t.Errorf("%d desktops with deleted ones, %d without", len(all), len(live))
	}
	q.IncludeDeleted = false
	var split []string
	for _, mode := range []pool.BillingMode{pool.Prepaid, pool.Postpaid} {
		q.Filter.BillingMode = mode
		page, err := source.Reader.Desktops(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		part := walkAll(t, source, q)
		if page.Value.Total == nil || *page.Value.Total != len(part) {
			t.Errorf("total of %s is %v, want %d", mode, page.Value.Total, len(part))
		}
		split = append(split, part...)
	}
	same(t, "both billing modes", split, live)
}

// TestExactStatistics holds the counts against a walk over every desktop.
func TestExactStatistics(t *testing.T) {
	source, sim := simulate(t, alibabasim.Config{}, nil)
	got, err := source.Reader.Statistics(t.Context(), pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: allAxes, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	calls := sim.Requests("DescribeDesktopsInGroup")
	if sim.Requests("DescribeDesktopGroups") != 1 || calls > maxCountCalls {
		t.Errorf("%d and %d calls, want 1 and at most %d", sim.Requests("DescribeDesktopGroups"), calls, maxCountCalls)
	}
	var assigned, connected, running int
	for _, p := range got.Value.Pools {
		q := pool.DesktopsQuery{PoolID: p.PoolID, Size: 100}
		for {
			page, err := source.Reader.Desktops(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.Value.Items {
				assigned += one(d.AssignmentState == pool.Assigned)
				connected += one(d.ConnectionState == pool.Connected)
				running += one(d.PowerState == pool.Running)
			}
			if q.Token = page.Value.Next; q.Token == "" {
				break
			}
		}
	}
	total := got.Value.Total
	same(t, "counted", []*int{total.Assignment.Assigned, total.Connection.Connected, total.Power.Running}, []*int{&assigned, &connected, &running})
	same(t, "basis", total.Basis, pool.Mixed)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestSimulatedFailures proves what becomes of the errors that only configuration brings about.
func TestSimulatedFailures(t *testing.T) {
	hour := func() time.Time { return time.Now().Add(time.Hour) }
	tests := []struct {
		name   string
		cloud  alibabasim.Config
		change func(*Config)
		want   pool.Kind // "": it succeeds
		code   string
	}{
		{"STS", alibabasim.Config{}, nil, "", ""},
		{"a plain key", alibabasim.Config{}, func(c *Config) {
			c.Credentials = Credentials{AccessKey: pool.NewSecret("plainKey"), SecretKey: pool.NewSecret("plainSecret")}
		}, "", ""},
		{"an unknown key", alibabasim.Config{}, func(c *Config) { c.Credentials.AccessKey = pool.NewSecret("nobody") }, pool.Auth, "InvalidAccessKeyId.NotFound"},
		{"a wrong secret", alibabasim.Config{}, func(c *Config) { c.Credentials.SecretKey = pool.NewSecret("wrong") }, pool.Auth, "SignatureDoesNotMatch"},
		{"a wrong token", alibabasim.Config{}, func(c *Config) { c.Credentials.SecurityToken = pool.NewSecret("wrong") }, pool.Auth, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"no token", alibabasim.Config{}, func(c *Config) { c.Credentials.SecurityToken = pool.NewSecret("") }, pool.Auth, "MissingSecurityToken"},
		{"an expired token", alibabasim.Config{Keys: []alibabasim.Key{
			{ID: testKey, Secret: testSecret, SecurityToken: testToken, Expires: time.Now().Add(-time.Minute)},
		}}, nil, pool.Auth, "InvalidSecurityToken.Expired"},
		{"a disabled key", alibabasim.Config{Keys: []alibabasim.Key{{ID: testKey, Secret: testSecret, SecurityToken: testToken, Disabled: true}}},
			nil, pool.Auth, "InvalidAccessKeyId.Inactive"},
		{"no permission", alibabasim.Config{Keys: []alibabasim.Key{
			{ID: testKey, Secret: testSecret, SecurityToken: testToken, Deny: []string{"*"}},
		}}, nil, pool.Denied, "NoPermission"},
		{"an unknown region", alibabasim.Config{}, func(c *Config) { c.Region = "xx-nowhere" }, pool.Invalid, "InvalidRegionId.NotFound"},
		{"our clock is an hour ahead", alibabasim.Config{}, func(c *Config) { c.Now = hour }, "", ""},
		{"one request a second", alibabasim.Config{PerSecond: 1}, nil, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source, _ := simulate(t, tt.cloud, tt.change)
			for range 2 {
				_, err := source.Reader.Pools(t.Context())
				if tt.want == "" {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				e := pool.AsError(err)
				if !errors.Is(err, tt.want) || e.Upstream == nil || e.Upstream.Code != tt.code || e.Upstream.RequestID == "" {
					t.Errorf("error %v of %+v, want %s of %s", err, e.Upstream, tt.want, tt.code)
				}
				if (e.Upstream != nil && e.Upstream.AuthorizationMessage != "") != (tt.want == pool.Denied) {
					t.Errorf("authorization message %q", e.Upstream.AuthorizationMessage)
				}
			}
		})
	}
}

// TestThrottledForLong proves that throttling, which comes with HTTP 400, is
// told apart, and says how long to wait.
func TestThrottledForLong(t *testing.T) {
	var faults fault.Set
	if err := faults.Add(fault.Fault{Kind: fault.Throttle}); err != nil {
		t.Fatal(err)
	}
	source, _ := simulate(t, alibabasim.Config{Faults: &faults}, nil)
	_, err := source.Reader.Pool(t.Context(), "dg-1")
	e := pool.AsError(err)
	if !errors.Is(err, pool.Throttled) || e.RetryAfter != time.Second || e.Upstream.HTTPStatus != 400 {
		t.Errorf("error %v, retry after %v, of %+v; want throttled for 1 s by HTTP 400", err, e.RetryAfter, e.Upstream)
	}
}

// TestSeedWorld reads the vendor's own example through the simulated cloud.
func TestSeedWorld(t *testing.T) {
	source, _ := simulate(t, alibabasim.Config{}, nil)
	pools, err := source.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: pools.Value[0].NativeID, Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range page.Value.Items {
		if d.Name != "testName" || d.BillingMode != pool.Postpaid {
			continue
		}
		got := []any{d.PowerState, d.GPUDriverVersion, d.CreatedAt, d.ReleasedAt, d.ResetAt, *d.RetainedSeconds}
		want := []any{pool.Stopped, "1", at("2022-01-21T06:34:57Z"), at("2022-01-21T16:34:57Z"), at("2021-03-03T08:48:08Z"), int64(4153958)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the example (-want +got):\n%s", diff)
		}
		return
	}
	t.Error("the example is not in its group")
}
