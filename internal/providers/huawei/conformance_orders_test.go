package huawei

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
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

// inTurn are orders of every type, in turn for the pool of m as a whole and for desktops of it.
func (m *market) inTurn(t *testing.T, poolFirst bool) []pool.Order {
	t.Helper()
	orders := m.orders(t)
	for i := range orders {
		if i%2 == 0 == poolFirst {
			orders[i].PoolID, orders[i].PromotionPlanID = m.pool.NativeID, "PROMOTION-1"
		} else {
			orders[i].DesktopIDs = m.desktops
		}
	}
	return orders
}

// TestOrdersConformance has a client that repeats reads: an order that was sent like one would be booked twice.
func TestOrdersConformance(t *testing.T) {
	market, world := newMarket(t, Config{Credentials: simCredentials()["keys"]}), smallWorld()
	for _, tt := range []struct {
		name, kind        string
		poolFirst, cached bool
	}{{"keys", "keys", true, false}, {"user", "user", false, false}, {"behind the cache", "keys", true, true}} {
		orders := market.inTurn(t, tt.poolFirst)
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			providertest.RunOrders(t, func(t *testing.T) providertest.OrdersFixture {
				faults, network := &fault.Set{}, &line{}
				src, sim := simulatedOver(t, huaweisim.Config{World: world, Faults: faults},
					Config{Credentials: simCredentials()[tt.kind]}, transport.Options{Timeout: time.Minute, Attempts: 2, Dial: network.dial})
				if tt.cached {
					src = cache.Wrap(pool.Guard(src), cache.NewMemory(1<<20), cache.Options{TTL: briefly})
				}
				breaks := func(f fault.Fault) {
					if err := faults.Add(f); err != nil {
						t.Fatal(err)
					}
				}
				return providertest.OrdersFixture{
					Fixture: providertest.Fixture{
						Source: src, UnknownPoolID: unknownID, UnknownDesktopID: unknownID,
						Break: breaks, Heal: faults.Clear, Calls: func() int { return sim.Requests("") },
						Secrets: []string{testAccess, testSecret, simTemporary, simSecurity, simPassword},
					},
					Orders:     orders,
					Writes:     func() int { return len(sim.Writes()) },
					Booked:     func() []string { return bookedIDs(sim) },
					LoseAnswer: func() { breaks(fault.Fault{Kind: fault.LoseAnswer, Operation: orderName, Count: 1}) },
					Disconnect: network.disconnect,
				}
			})
		})
	}
}

func bookedIDs(sim *huaweisim.Sim) []string {
	var ids []string
	for _, o := range sim.Orders() {
		ids = append(ids, o.ID)
	}
	return ids
}
