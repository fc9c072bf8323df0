package memory

import (
	"testing"

	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/providertest"
)

func cloud(t *testing.T, c Config) *Cloud {
	t.Helper()
	c.ID, c.Region = "mem", "here"
	cl, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

// orders are one of each type, for a pool of World and for desktops of it.
func orders() []pool.Order {
	var list []pool.Order
	for _, target := range []pool.Order{{PoolID: "pool-22"}, {DesktopIDs: []string{"desktop-10-0001", "desktop-10-0002", "desktop-22-0001"}}} {
		o := target
		o.Type, o.AddVolume = pool.AddVolumeOrder, &pool.AddVolume{VolumeType: "fast", VolumeSizeGiB: 40}
		list = append(list, o)
		o = target
		o.Type, o.Resize, o.AutoPay = pool.ResizeOrder, &pool.Resize{ProductID: "large", StopRunning: true}, true
		list = append(list, o)
		o = target
		o.Type, o.ChangeImage, o.PromotionPlanID = pool.ChangeImageOrder, &pool.ChangeImage{ImageSpecCode: "linux"}, "promo-1"
		list = append(list, o)
		o = target
		o.Type, o.AddSubResources = pool.AddSubResourcesOrder, &pool.AddSubResources{SKU: "sharer"}
		list = append(list, o)
		o = target
		o.Type, o.DeleteSubResources = pool.DeleteSubResourcesOrder, &pool.DeleteSubResources{Type: "DESKTOP_SHARER"}
		list = append(list, o)
	}
	return append(list,
		pool.Order{Type: pool.ExtendVolumeOrder, PoolID: "pool-10", ExtendVolume: &pool.ExtendVolume{DiskID: "disk-9-0", NewSizeGiB: 2000}, AutoPay: true},
		pool.Order{Type: pool.ExtendVolumeOrder, DesktopIDs: []string{"desktop-10-0001", "desktop-10-0002"},
			ExtendVolume: &pool.ExtendVolume{DiskID: "disk-9-0", NewSizeGiB: 2000}},
	)
}

func TestOrdersContract(t *testing.T) {
	for _, tt := range []struct {
		name   string
		batch  int
		cached bool
	}{{"pools as a whole", 0, false}, {"pools taken apart", 2, false}, {"behind the cache", 0, true}} {
		t.Run(tt.name, func(t *testing.T) {
			providertest.RunOrders(t, func(t *testing.T) providertest.OrdersFixture {
				c := cloud(t, Config{Pools: World(1), Batch: tt.batch})
				src := pool.Guard(c.Source())
				if tt.cached {
					src = cache.Wrap(src, cache.NewMemory(64<<20), cache.Options{})
				}
				return providertest.OrdersFixture{
					Fixture: providertest.Fixture{Source: src, UnknownPoolID: "pool-99", UnknownDesktopID: "desktop-99-0001"},
					Orders:  orders(), Writes: c.Writes, Booked: func() []string { return booked(c) },
					LoseAnswer: func() { c.Decide(InTurn(LoseAnswer)) },
					Disconnect: func() func() {
						c.Decide(func(pool.OrderCall) Fate { return Unreachable })
						return func() { c.Decide(nil) }
					},
				}
			})
		})
	}
}

func booked(c *Cloud) []string {
	var ids []string
	for _, o := range c.Orders() {
		ids = append(ids, o.ID)
	}
	return ids
}
