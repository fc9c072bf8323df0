package alibaba

import (
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/providertest"
)

// briefly is for so short a time that what the suite breaks is noticed.
var briefly = cache.TTL{
	Pools: time.Nanosecond, Pool: time.Nanosecond, Desktops: time.Nanosecond, Statistics: time.Nanosecond,
	Products: time.Nanosecond, Images: time.Nanosecond,
}

// TestConformance runs the contract of a source over both readings of what the vendor leaves open.
func TestConformance(t *testing.T) {
	for _, sim := range []struct {
		name   string
		c      alibabasim.Config
		cached bool
	}{
		{"as most likely", alibabasim.Config{}, false},
		{"the other way", alibabasim.Config{EmptyLastToken: true, UnknownGroupError: true, ListDeletedInCounts: true, PageEachArray: true}, false},
		{"behind the cache", alibabasim.Config{}, true},
	} {
		t.Run(sim.name, func(t *testing.T) {
			t.Parallel()
			const groups = 121
			// A world in which none of the first desktops is being migrated, which
			// DescribeDesktops says and DescribeDesktopsInGroup does not, and the big
			// group's desktops have no data disk, of which the same is true.
			world := alibabasim.NewWorld(4, alibabasim.WorldOptions{Groups: groups, Desktops: 600, BigGroup: 300})
			providertest.Run(t, func(t *testing.T) providertest.Fixture {
				var faults fault.Set
				c := sim.c
				c.World, c.Faults = world, &faults
				source, cloud := connected(t, c, new(line), 3)
				big := bigGroup(t, source)
				if sim.cached {
					source = cache.Wrap(source, cache.NewMemory(64<<20), cache.Options{TTL: briefly})
					source.Live = nil // the suite would ask that
				}
				return providertest.Fixture{
					Source: source, Pools: groups + 1,
					BigPoolID: big, BigPoolDesktops: 300,
					UnknownPoolID: "dg-nosuchgroup00001", UnknownDesktopID: "ecd-nosuchdesktop01",
					Break: func(f fault.Fault) {
						if err := faults.Add(f); err != nil {
							t.Fatal(err)
						}
					},
					Heal:    faults.Clear,
					Secrets: []string{testKey, testSecret, testToken},
					Calls:   func() int { return cloud.Requests("") },
				}
			})
		})
	}
}
