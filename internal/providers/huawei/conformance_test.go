package huawei

import (
	"cmp"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
	"github.com/deskpool/deskpool/internal/providers/providertest"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const (
	simPassword  = "sesame-1"
	unknownID    = "00000000-0000-4000-8000-000000000000"
	simSecurity  = "SECURITY-TOKEN-1"
	simTemporary = "AKTEMPORARY00000001"
)

// simulated starts a simulated cloud and returns it with the source of c, that asks it.
func simulated(t *testing.T, sim huaweisim.Config, c Config) (pool.Source, *huaweisim.Sim) {
	t.Helper()
	return simulatedOver(t, sim, c, transport.Options{Timeout: time.Minute})
}

// simulatedOver is simulated with a client of these options.
func simulatedOver(t *testing.T, sim huaweisim.Config, c Config, o transport.Options) (pool.Source, *huaweisim.Sim) {
	t.Helper()
	sim.Source, sim.Region, sim.ProjectID, sim.DomainID = "hw-test", "cn-north-4", testProject, "domain-1"
	sim.Keys = []huaweisim.Key{{Access: testAccess, Secret: testSecret}, {Access: simTemporary, Secret: testSecret, SecurityToken: simSecurity}}
	sim.Users = []huaweisim.User{{Name: "user", Password: simPassword, Domain: "account"}}
	cloud := huaweisim.New(sim)
	server := httptest.NewServer(cloud)
	t.Cleanup(server.Close)
	c.ID, c.Region, c.ProjectID = "hw-test", "cn-north-4", testProject
	c.Endpoint, c.IAMEndpoint, c.BillingEndpoint = server.URL, server.URL, server.URL
	src, err := New(c, transport.New(o))
	if err != nil {
		t.Fatal(err)
	}
	return src, cloud
}

// simCredentials are all the ways to be known to a simulated cloud.
func simCredentials() map[string]Credentials {
	return map[string]Credentials{
		"keys":           {AccessKey: pool.NewSecret(testAccess), SecretKey: pool.NewSecret(testSecret)},
		"temporary keys": {AccessKey: pool.NewSecret(simTemporary), SecretKey: pool.NewSecret(testSecret), SecurityToken: pool.NewSecret(simSecurity)},
		"user":           {Username: "user", Password: pool.NewSecret(simPassword), DomainName: "account"},
	}
}

// briefly is for so short a time that what the suite breaks is noticed.
var briefly = cache.TTL{Pools: time.Nanosecond, Pool: time.Nanosecond, Desktops: time.Nanosecond, Statistics: time.Nanosecond, Products: time.Nanosecond, Images: time.Nanosecond}

// TestConformance runs over pools that fit on one page: TestSimulatedPages has
// more, which the suite compares too often for the race detector's patience.
func TestConformance(t *testing.T) {
	const pools, big = 12, 300
	world := huaweisim.NewWorld(1, huaweisim.WorldOptions{Pools: pools, Desktops: 400, BigPool: big, ArrayAddresses: true})
	for _, tt := range []struct {
		name, kind string
		cached     bool
	}{{"keys", "keys", false}, {"user", "user", false}, {"behind the cache", "keys", true}} {
		t.Run(tt.name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) providertest.Fixture {
				faults := &fault.Set{}
				src, sim := simulated(t, huaweisim.Config{World: world, Faults: faults}, Config{Credentials: simCredentials()[tt.kind]})
				all, err := src.Reader.Pools(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				largest := slices.MaxFunc(all.Value, func(a, b pool.Pool) int { return cmp.Compare(*a.Counts.Total, *b.Counts.Total) })
				if tt.cached {
					src = cache.Wrap(src, cache.NewMemory(64<<20), cache.Options{TTL: briefly})
					src.Live = nil // the suite would ask that
				}
				return providertest.Fixture{
					Source: src, Pools: pools + 1, BigPoolID: largest.NativeID, BigPoolDesktops: big,
					UnknownPoolID: unknownID, UnknownDesktopID: unknownID,
					Break: func(f fault.Fault) {
						if err := faults.Add(f); err != nil {
							t.Fatal(err)
						}
					},
					Heal:    faults.Clear,
					Secrets: []string{testAccess, testSecret, simTemporary, simSecurity, simPassword},
					Calls:   func() int { return sim.Requests("") },
				}
			})
		})
	}
}
