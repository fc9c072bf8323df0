package alibaba

import (
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/providertest"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// line is a network that can be down, for all connections that are yet to be made.
type line struct{ down atomic.Bool }

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if l.down.Load() {
		return nil, errors.New("the network is down")
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (l *line) disconnect() (reconnect func()) {
	l.down.Store(true)
	return func() { l.down.Store(false) }
}

// connected is simulate over a network, with the patience that a busy machine needs.
func connected(t *testing.T, c alibabasim.Config, network *line, attempts int) (pool.Source, *alibabasim.Sim) {
	t.Helper()
	c.Keys = simKeys()
	sim := alibabasim.New(c)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	client := transport.New(transport.Options{Timeout: time.Minute, Attempts: attempts, Dial: network.dial})
	t.Cleanup(client.CloseIdleConnections)
	source, err := New(config(server.URL), client)
	if err != nil {
		t.Fatal(err)
	}
	return source, sim
}

// idleOrders are orders of every type for the idle group of a world, and for desktops of it.
func idleOrders(t *testing.T, world *alibabasim.World) []pool.Order {
	t.Helper()
	s := newShop(t, alibabasim.Config{World: world})
	s.poolID = world.IdleGroup()
	desktops := s.plan(t, resize(s.poolID)).Desktops
	images, err := s.source.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now := desktops[0]
	i := slices.IndexFunc(images.Value, func(i pool.ImageOffer) bool {
		return i.State == "Available" && i.Image.ID != now.Image.ID && i.Image.OSType == now.Image.OSType
	})
	if i < 0 {
		t.Fatal("no other image")
	}
	larger, some := other(t, pool.Plan{Desktops: desktops}), nativeIDs(desktops)[:3]
	orders := []pool.Order{
		resize(s.poolID), resize("", some...),
		extend("SYSTEM", 500, s.poolID), extend("SYSTEM", 500, "", some...),
		changeImage(s.poolID), changeImage("", some...), changeImage("", some...),
	}
	for _, o := range orders[:2] {
		o.Resize.ProductID = larger
	}
	for _, o := range orders[4:6] {
		o.ChangeImage.ImageID = images.Value[i].Image.ID
	}
	orders[6].ChangeImage.ImageID = now.Image.ID // once more, which only the time of the reset shows
	orders[1].AutoPay, orders[2].AutoPay, orders[2].PromotionPlanID = true, true, "PROMOTION-1"
	return orders
}

// TestOrdersConformance has a client that repeats reads: an order that was sent like one would be booked twice.
func TestOrdersConformance(t *testing.T) {
	for _, tt := range []struct {
		name   string
		idle   int // desktops of the pool; a call changes 20
		c      alibabasim.Config
		cached bool
	}{
		{"as most likely", 8, alibabasim.Config{}, false},
		{"the other way, three calls", 45, alibabasim.Config{EmptyLastToken: true, UnknownGroupError: true, PageEachArray: true, UnpaidBlocks: true}, false},
		{"behind the cache", 8, alibabasim.Config{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			world := alibabasim.NewWorld(7, alibabasim.WorldOptions{Idle: tt.idle})
			orders := idleOrders(t, world)
			providertest.RunOrders(t, func(t *testing.T) providertest.OrdersFixture {
				faults, network := &fault.Set{}, &line{}
				c := tt.c
				c.World, c.Faults, c.Guard = world, faults, -1
				source, sim := connected(t, c, network, 2)
				if tt.cached {
					source = cache.Wrap(pool.Guard(source), cache.NewMemory(1<<20), cache.Options{TTL: briefly})
				}
				breaks := func(f fault.Fault) {
					if err := faults.Add(f); err != nil {
						t.Fatal(err)
					}
				}
				return providertest.OrdersFixture{
					Fixture: providertest.Fixture{
						Source: source, UnknownPoolID: "dg-nosuchgroup00001", UnknownDesktopID: "ecd-nosuchdesktop01",
						Break: breaks, Heal: faults.Clear, Calls: func() int { return sim.Requests("") },
						Secrets: []string{testKey, testSecret, testToken},
					},
					Orders: orders,
					Writes: func() int { return len(sim.Writes()) },
					Booked: func() []string { return bookedIDs(sim) },
					LoseAnswer: func() {
						for _, operation := range []string{modifySpec, resetAll} {
							breaks(fault.Fault{Kind: fault.LoseAnswer, Operation: operation, Count: 1})
						}
					},
					Disconnect: network.disconnect,
				}
			})
		})
	}
}

// bookedIDs are the ids of the book, in which a reset has none.
func bookedIDs(sim *alibabasim.Sim) []string {
	var ids []string
	for _, o := range sim.Orders() {
		ids = append(ids, o.ID)
	}
	return ids
}
