package providertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// OrdersFixture is a source that can be ordered from, with what the suite must
// know of the world behind it. Of Fixture it needs no number of pools and no big pool.
type OrdersFixture struct {
	Fixture
	// Orders are orders that the cloud takes as its world is: at least one of
	// each type that the source lists, and at least one for a pool and one for
	// desktops. Each is placed in a world of its own.
	Orders []pool.Order
	// Writes is how many requests that change something have reached the cloud, refused ones too.
	Writes func() int
	// Booked is the cloud's own book: the ids of all orders that it has made,
	// and "" for what it has carried out without an order.
	Booked func() []string
	// LoseAnswer makes the cloud do what the next write asks for, and lose its answer.
	LoseAnswer func()
	// Disconnect makes every new connection fail, until reconnect is called.
	Disconnect func() (reconnect func())
}

// RunOrders tests that a source keeps the contract of its Ordering and its
// Catalogue (internal/pool/order.go and catalogue.go), one subtest a promise.
// newFixture is called for each order in each of them, since an order changes
// its world: what is dear and does not change is made once, outside.
//
// A cloud calls it beside Run, with the same simulated cloud:
//
//	func TestOrders(t *testing.T) {
//		world := newcloudsim.NewWorld(...)
//		providertest.RunOrders(t, func(t *testing.T) providertest.OrdersFixture {
//			fx, cloud, dial := fixture(t, world)                   // what Run is given, too
//			return providertest.OrdersFixture{
//				Fixture: fx,
//				Orders: []pool.Order{
//					{Type: pool.ResizeOrder, PoolID: prepaid, Resize: &pool.Resize{ProductID: larger}},
//					{Type: pool.ResizeOrder, DesktopIDs: some, Resize: &pool.Resize{ProductID: larger}},
//				},
//				Writes:     func() int { return len(cloud.Writes()) },
//				Booked:     func() []string { ... },               // ids of cloud.Orders()
//				LoseAnswer: func() { faults.Add(fault.Fault{Kind: fault.LoseAnswer, Operation: "ModifySpec", Count: 1}) },
//				Disconnect: dial.refuse,                           // of transport.Options.Dial
//			}
//		})
//	}
//
// Nothing in the fixture is optional but Break, Heal and Calls, as in Fixture.
func RunOrders(t *testing.T, newFixture func(t *testing.T) OrdersFixture) {
	t.Helper()
	for _, p := range orderPromises() {
		t.Run(p.name, func(t *testing.T) {
			fresh := func() OrdersFixture {
				fx := newFixture(t)
				if fx.Heal != nil {
					t.Cleanup(fx.Heal)
				}
				return fx
			}
			if err := p.keep(t.Context(), fresh); err != nil {
				t.Error(err)
			}
		})
	}
}

// orderPromise is one part of the contract. keep returns what was seen to
// break it; each fixture that it takes is a world of its own.
type orderPromise struct {
	name string
	keep func(ctx context.Context, fresh func() OrdersFixture) error
}

func orderPromises() []orderPromise {
	return []orderPromise{
		{"a source says what can be ordered", once(declared)},
		{"other types are invalid", once(othersInvalid)},
		{"a plan is of the target as it is", each(planned)},
		{"a plan is read past every cache", each(planLive)},
		{"an unknown target is not found", each(targetUnknown)},
		{"a price is money, with a currency", each(priced)},
		{"planning, pricing and looking order nothing", each(nothingOrdered)},
		{"an order is booked once", each(bookedOnce)},
		{"nothing is sent when ctx is done", each(nothingSent)},
		{"without a connection nothing is sent", each(notConnected)},
		{"a lost answer is unknown, and looking finds the order", each(answerLost)},
		{"what was not sent is not found", each(nothingFound)},
		{"a cloud that fails tells nothing", each(failuresOfOrders)},
		{"no secret is told by orders", each(orderSecretsKept)},
		{"orders may be asked for concurrently", once(ordersConcurrent)},
		{"the catalogue lists what pools have", once(catalogued)},
		{"the catalogue says when, and in the cloud's own JSON", once(catalogueAnswers)},
	}
}

// once checks one world.
func once(check func(ctx context.Context, fx OrdersFixture) error) func(context.Context, func() OrdersFixture) error {
	return func(ctx context.Context, fresh func() OrdersFixture) error { return check(ctx, fresh()) }
}

// each checks every order of the fixture, in a world of its own.
func each(check func(ctx context.Context, fx OrdersFixture, o pool.Order) error) func(context.Context, func() OrdersFixture) error {
	return func(ctx context.Context, fresh func() OrdersFixture) error {
		fx := fresh()
		if len(fx.Orders) == 0 || fx.Source.Ordering == nil {
			return errors.New("the fixture has no orders, or its source takes none")
		}
		var broken []error
		for i := range len(fx.Orders) {
			if i > 0 {
				fx = fresh()
			}
			if err := check(ctx, fx, fx.Orders[i]); err != nil {
				broken = append(broken, fmt.Errorf("order %d, %s: %w", i, fx.Orders[i].Type, err))
			}
		}
		return errors.Join(broken...)
	}
}

// orderReads are the reads of a source that can be ordered from; the plan is one of o.
func (fx OrdersFixture) orderReads(o pool.Order, plan pool.Plan) []read {
	plain := func(value any, err error) (reply, error) { return reply{value: value}, err }
	ordering := fx.Source.Ordering
	reads := []read{
		{"Plan", func(ctx context.Context) (reply, error) { return plain(ordering.Plan(ctx, o)) }},
		{"Look", func(ctx context.Context) (reply, error) {
			return plain(ordering.Look(ctx, suspect(o, plan.Calls[0], now())))
		}},
	}
	if fx.support(o.Type).Price {
		reads = append(reads, read{"Price", func(ctx context.Context) (reply, error) { return plain(ordering.Price(ctx, o, plan)) }})
	}
	return append(reads, fx.catalogueReads()...)
}

func (fx OrdersFixture) catalogueReads() []read {
	if fx.Source.Catalogue == nil {
		return nil
	}
	return []read{{"Products", asking(fx.Source.Catalogue.Products)}, {"Images", asking(fx.Source.Catalogue.Images)}}
}

// support is what the source says of a type.
func (fx OrdersFixture) support(t pool.OrderType) pool.OrderSupport {
	for _, s := range fx.Source.Ordering.Types {
		if s.Type == t {
			return s
		}
	}
	return pool.OrderSupport{}
}
