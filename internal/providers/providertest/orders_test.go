package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

func TestRunOrdersOnABreakableCloud(t *testing.T) {
	RunOrders(t, func(t *testing.T) OrdersFixture {
		fx, _ := newShop(t)
		return fx
	})
}

// cheats break one promise of orders each, and are found out by it.
var cheats = []struct {
	promise, how string
	cheat        func(fx *OrdersFixture, s *shop)
}{
	{"a source says what can be ordered", "nothing", func(fx *OrdersFixture, _ *shop) { fx.Source.Ordering = nil }},
	{"a source says what can be ordered", "nobody to order from", func(fx *OrdersFixture, _ *shop) { fx.Source.Ordering.Orderer = nil }},
	{"a source says what can be ordered", "a fixture that cannot lose answers", func(fx *OrdersFixture, _ *shop) { fx.LoseAnswer = nil }},
	{"a source says what can be ordered", "a type that is not tried", func(fx *OrdersFixture, _ *shop) { fx.Orders = fx.Orders[1:] }},
	{"a source says what can be ordered", "no order for a pool", func(fx *OrdersFixture, _ *shop) {
		fx.Orders, fx.Source.Ordering.Types = fx.Orders[1:3], fx.Source.Ordering.Types[1:3]
	}},
	{"a source says what can be ordered", "no such type", listed(func(s *pool.OrderSupport) { s.Type = "MELT" })},
	{"a source says what can be ordered", "a type twice", listed(func(s *pool.OrderSupport) { s.Type = pool.ExtendVolumeOrder })},
	{"a source says what can be ordered", "the vendor's name", listed(func(s *pool.OrderSupport) { s.Parameters[1].Name = "volumeSize" })},
	{"a source says what can be ordered", "of another type", listed(func(s *pool.OrderSupport) { s.Parameters[0].Name = "sku" })},
	{"a source says what can be ordered", "one left out", listed(func(s *pool.OrderSupport) { s.Parameters = s.Parameters[1:] })},
	{"a source says what can be ordered", "one twice", listed(func(s *pool.OrderSupport) { s.Parameters = append(s.Parameters, s.Parameters[0]) })},
	{"a source says what can be ordered", "a number as text", listed(func(s *pool.OrderSupport) {
		s.Parameters[1] = pool.Parameter{Name: "volume_size_gib", Type: pool.TextParameter, Required: true}
	})},
	{"a source says what can be ordered", "not required", listed(func(s *pool.OrderSupport) { s.Parameters[0].Required = false })},
	{"a source says what can be ordered", "bounds the wrong way round", listed(func(s *pool.OrderSupport) { s.Parameters[1].Min = new(9000) })},
	{"a source says what can be ordered", "bounds of a text", listed(func(s *pool.OrderSupport) { s.Parameters[0].Max = new(9000) })},
	{"a source says what can be ordered", "words of a number", listed(func(s *pool.OrderSupport) { s.Parameters[1].Allowed = []string{"10"} })},
	{"a source says what can be ordered", "an image without a name", func(fx *OrdersFixture, _ *shop) {
		fx.Source.Ordering.Types[3].Parameters = fx.Source.Ordering.Types[3].Parameters[2:]
	}},

	{"other types are invalid", "planned nonetheless", func(_ *OrdersFixture, s *shop) {
		s.ask = func(o *pool.Order) {
			o.Type, o.AddVolume = pool.AddVolumeOrder, &pool.AddVolume{VolumeType: "slow", VolumeSizeGiB: 10}
		}
	}},
	{"other types are invalid", "another kind", func(_ *OrdersFixture, s *shop) {
		s.err = func(error) error { return &pool.Error{Kind: pool.Conflict, Source: "mem", Op: "plan"} }
	}},
	{"other types are invalid", "nobody to blame", func(_ *OrdersFixture, s *shop) {
		s.err = func(error) error { return &pool.Error{Kind: pool.Invalid} }
	}},

	{"a plan is of the target as it is", "no pool", plans(func(p *pool.Plan) { p.Pools = nil })},
	{"a plan is of the target as it is", "another pool", plans(func(p *pool.Plan) { p.Pools[0].NativeID = "elm" })},
	{"a plan is of the target as it is", "a pool too many", plans(func(p *pool.Plan) { p.Pools = append(p.Pools, p.Pools...) })},
	{"a plan is of the target as it is", "a pool's row", plans(func(p *pool.Plan) { p.Pools[0].Disks = nil })},
	{"a plan is of the target as it is", "a desktop less", plans(func(p *pool.Plan) { p.Desktops = p.Desktops[:max(0, len(p.Desktops)-1)] })},
	{"a plan is of the target as it is", "no desktops", plans(func(p *pool.Plan) { p.Desktops = nil })},
	{"a plan is of the target as it is", "billed otherwise", plans(func(p *pool.Plan) {
		for i := range p.Desktops {
			p.Desktops[i].BillingMode = ""
		}
	})},
	{"a plan is of the target as it is", "running", plans(func(p *pool.Plan) {
		for i := range p.Desktops {
			p.Desktops[i].PowerState = pool.Running
		}
	})},
	{"a plan is of the target as it is", "more impact", plans(func(p *pool.Plan) { *p.Impact.Desktops++ })},
	{"a plan is of the target as it is", "no impact", plans(func(p *pool.Plan) { p.Impact.Desktops = nil })},
	{"a plan is of the target as it is", "nobody is cut off", plans(func(p *pool.Plan) { p.Impact.Connected = new(int) })},
	{"a plan is of the target as it is", "nothing runs", plans(func(p *pool.Plan) { p.Impact.Running = new(int) })},
	{"a plan is of the target as it is", "an obstacle", plans(func(p *pool.Plan) { p.Obstacle = &pool.Error{Kind: pool.Conflict} })},
	{"a plan is of the target as it is", "no calls", plans(func(p *pool.Plan) { p.Calls = nil })},
	{"a plan is of the target as it is", "a call twice", plans(func(p *pool.Plan) { p.Calls = append(p.Calls, p.Calls...) })},
	{"a plan is of the target as it is", "a call for less", plans(func(p *pool.Plan) {
		if ids := p.Calls[0].DesktopIDs; len(ids) > 0 {
			p.Calls[0].DesktopIDs = ids[1:]
		}
	})},
	{"a plan is of the target as it is", "a call for another pool", plans(func(p *pool.Plan) { p.Calls[0].PoolID = "ash" })},
	{"a plan is of the target as it is", "a call of nothing", plans(func(p *pool.Plan) { p.Calls[0].Request = nil })},
	{"a plan is of the target as it is", "a call without a name", plans(func(p *pool.Plan) { p.Calls[0].Operation = "" })},

	{"a plan is read past every cache", "kept", func(_ *OrdersFixture, s *shop) {
		var first *pool.Plan
		s.plan = func(p *pool.Plan) {
			if first == nil {
				first = p
			}
			*p = *first
		}
	}},
	{"a plan is read past every cache", "not asked", func(_ *OrdersFixture, s *shop) {
		s.plan = func(*pool.Plan) { s.calls.Add(-1) }
	}},
	{"a plan is read past every cache", "an old impact", plans(func(p *pool.Plan) { p.Impact.AsOf = p.AsOf.Add(-time.Second) })},
	{"a plan is read past every cache", "never", plans(func(p *pool.Plan) { p.AsOf = time.Time{} })},

	{"an unknown target is not found", "another kind", func(_ *OrdersFixture, s *shop) {
		s.err = func(error) error { return &pool.Error{Kind: pool.Invalid, Source: "mem", Op: "plan"} }
	}},
	{"an unknown target is not found", "the known ones only", func(_ *OrdersFixture, s *shop) {
		s.ask = func(o *pool.Order) {
			if len(o.DesktopIDs) > 1 {
				o.DesktopIDs = slices.DeleteFunc(slices.Clone(o.DesktopIDs), func(id string) bool { return id == "ash-1" })
			}
		}
	}},
	{"an unknown target is not found", "nobody to blame", func(_ *OrdersFixture, s *shop) {
		s.err = func(error) error { return &pool.Error{Kind: pool.NotFound} }
	}},

	{"a price is money, with a currency", "a float", prices(func(p *pool.Price) { p.Amount.Amount = "6.32e1" })},
	{"a price is money, with a currency", "one digit", prices(func(p *pool.Price) { p.ListAmount = &pool.Money{Amount: "63.2", Currency: "CNY"} })},
	{"a price is money, with a currency", "a negative discount", prices(func(p *pool.Price) {
		p.Discounts = []pool.Discount{{Amount: &pool.Money{Amount: "-1.00", Currency: "CNY"}}}
	})},
	{"a price is money, with a currency", "no currency", prices(func(p *pool.Price) { p.Amount.Currency = "" })},
	{"a price is money, with a currency", "a measure", prices(func(p *pool.Price) { p.Amount.Currency = "1" })},
	{"a price is money, with a currency", "none, though there is a call", prices(func(p *pool.Price) { p.Amount, p.Reason = nil, pool.NoPriceCall })},
	{"a price is money, with a currency", "none, for no reason", func(fx *OrdersFixture, s *shop) {
		fx.Source.Ordering.Types[0].Price = false
		s.price = func(p *pool.Price) { p.Amount = nil }
	}},
	{"a price is money, with a currency", "a reason too many", prices(func(p *pool.Price) { p.Reason = pool.FreeOfCharge })},
	{"a price is money, with a currency", "not the cloud's", prices(func(p *pool.Price) { p.Parts = nil })},

	{"planning, pricing and looking order nothing", "a price buys", func(_ *OrdersFixture, s *shop) {
		var plan pool.Plan
		s.plan = func(p *pool.Plan) { plan = *p }
		s.price = func(*pool.Price) { s.orderer.Send(context.Background(), plan.Calls[0], time.Now()) }
	}},
	{"planning, pricing and looking order nothing", "looking tries again", func(_ *OrdersFixture, s *shop) {
		var call pool.OrderCall
		s.suspect = func(q *pool.Suspect) { call = q.Call }
		s.found = func(*pool.Evidence) {
			s.cloud.Decide(memory.InTurn(memory.Refuse))
			s.orderer.Send(context.Background(), call, time.Now())
		}
	}},

	{"an order is booked once", "twice", func(_ *OrdersFixture, s *shop) {
		s.call = func(c *pool.OrderCall) { s.orderer.Send(context.Background(), *c, time.Now()) }
	}},
	{"an order is booked once", "tried again", func(_ *OrdersFixture, s *shop) {
		s.call = func(c *pool.OrderCall) {
			s.cloud.Decide(memory.InTurn(memory.LoseRequest))
			s.orderer.Send(context.Background(), *c, time.Now())
		}
	}},
	{"an order is booked once", "not at all", func(_ *OrdersFixture, s *shop) {
		s.call = func(*pool.OrderCall) { s.cloud.Decide(memory.InTurn(memory.LoseRequest)) }
		s.sent = func(sent *pool.Sent) { sent.State, sent.Err = pool.CallPlaced, nil }
	}},
	{"an order is booked once", "unknown", sends(func(sent *pool.Sent) { sent.State = pool.CallUnknown })},
	{"an order is booked once", "without an id", sends(func(sent *pool.Sent) { sent.Orders[0].ID = "" })},
	{"an order is booked once", "without ids", sends(func(sent *pool.Sent) { sent.Orders = nil })},
	{"an order is booked once", "with another id", sends(func(sent *pool.Sent) { sent.Orders[0].ID += "x" })},
	{"an order is booked once", "the vendor's payment state", sends(func(sent *pool.Sent) { sent.Orders[0].PaymentState = "6" })},
	{"an order is booked once", "without its answer", sends(func(sent *pool.Sent) { sent.Native = nil })},
	{"an order is booked once", "more orders than planned", plans(func(p *pool.Plan) { p.Calls[0].Orders++ })},

	{"nothing is sent when ctx is done", "sent", func(_ *OrdersFixture, s *shop) { s.sending = context.WithoutCancel }},
	{"nothing is sent when ctx is done", "read", func(_ *OrdersFixture, s *shop) { s.with = context.WithoutCancel }},
	{"nothing is sent when ctx is done", "unknown", sends(func(sent *pool.Sent) { sent.State = pool.CallUnknown })},
	{"nothing is sent when ctx is done", "the cause lost", sends(func(sent *pool.Sent) { sent.Err = &pool.Error{Kind: pool.Timeout, Source: "mem", Op: "send"} })},
	{"nothing is sent when ctx is done", "no cause", sends(func(sent *pool.Sent) { sent.Err = nil })},
	{"nothing is sent when ctx is done", "reads go on", func(_ *OrdersFixture, s *shop) {
		s.err = func(error) error { return &pool.Error{Kind: pool.Timeout, Source: "mem", Op: "read"} }
	}},

	{"without a connection nothing is sent", "unknown", sends(func(sent *pool.Sent) {
		if sent.State == pool.CallNotSent {
			sent.State = pool.CallUnknown
		}
	})},
	{"without a connection nothing is sent", "a connection nonetheless", func(fx *OrdersFixture, _ *shop) {
		fx.Disconnect = func() func() { return func() {} }
	}},
	{"without a connection nothing is sent", "and never again", func(fx *OrdersFixture, s *shop) {
		fx.Disconnect = func() func() {
			s.cloud.Decide(func(pool.OrderCall) memory.Fate { return memory.Unreachable })
			return func() {}
		}
	}},

	{"a lost answer is unknown, and looking finds the order", "refused", sends(func(sent *pool.Sent) { sent.State = pool.CallRejected })},
	{"a lost answer is unknown, and looking finds the order", "not sent", sends(func(sent *pool.Sent) { sent.State = pool.CallNotSent })},
	{"a lost answer is unknown, and looking finds the order", "tried again", func(_ *OrdersFixture, s *shop) {
		var call pool.OrderCall
		s.call = func(c *pool.OrderCall) { call = *c }
		s.sent = func(*pool.Sent) { s.orderer.Send(context.Background(), call, time.Now()) }
	}},
	{"a lost answer is unknown, and looking finds the order", "not found", finds(func(e *pool.Evidence) { e.Orders = nil })},
	{"a lost answer is unknown, and looking finds the order", "another too", finds(func(e *pool.Evidence) {
		e.Orders = append(e.Orders, pool.CloudOrder{ID: "other", PaymentState: pool.PayCreated, CreatedAt: time.Now()})
	})},
	{"a lost answer is unknown, and looking finds the order", "without a time", finds(func(e *pool.Evidence) { e.Orders[0].CreatedAt = time.Time{} })},
	{"a lost answer is unknown, and looking finds the order", "without a payment state", finds(func(e *pool.Evidence) { e.Orders[0].PaymentState = "" })},
	{"a lost answer is unknown, and looking finds the order", "not the cloud's words", finds(func(e *pool.Evidence) { e.Parts = nil })},
	{"a lost answer is unknown, and looking finds the order", "without books, and unseen", func(_ *OrdersFixture, s *shop) {
		s.plan = func(p *pool.Plan) { p.Calls[0].Orders = 0 }
	}},

	{"what was not sent is not found", "an order", finds(func(e *pool.Evidence) { e.Orders = []pool.CloudOrder{{ID: "other"}} })},
	{"what was not sent is not found", "a change", finds(func(e *pool.Evidence) { e.Changed = new(true) })},

	{"a cloud that fails tells nothing", "silence is no order", func(_ *OrdersFixture, s *shop) {
		s.err = func(error) error { return nil }
	}},
	{"a cloud that fails tells nothing", "throttled is failed", func(_ *OrdersFixture, s *shop) { s.kinds[fault.Throttle] = pool.Failed }},
	{"a cloud that fails tells nothing", "nobody to blame", func(_ *OrdersFixture, s *shop) { s.source = "" }},

	{"no secret is told by orders", "by the plan", plans(func(p *pool.Plan) { p.Calls[0].Request = json.RawMessage(`{"key":"` + secret + `"}`) })},
	{"no secret is told by orders", "before it is sent", plans(func(p *pool.Plan) { p.Calls[0].Before = json.RawMessage(`"` + secret + `"`) })},
	{"no secret is told by orders", "by the answer", sends(func(sent *pool.Sent) { sent.RequestID = secret })},
	{"no secret is told by orders", "by what had no connection", sends(func(sent *pool.Sent) {
		if sent.State == pool.CallNotSent {
			sent.Err.Err = errors.New(secret)
		}
	})},
	{"no secret is told by orders", "by what had no answer", sends(func(sent *pool.Sent) {
		if sent.State == pool.CallUnknown {
			sent.Err.Upstream = &pool.Upstream{Message: secret}
		}
	})},
	{"no secret is told by orders", "by the evidence", finds(func(e *pool.Evidence) { e.Parts[0].Body = json.RawMessage(`"` + secret + `"`) })},
	{"no secret is told by orders", "by what is not found", func(_ *OrdersFixture, s *shop) {
		s.err = func(err error) error {
			return &pool.Error{Kind: pool.NotFound, Err: errors.Join(err, errors.New(secret))}
		}
	}},
	{"no secret is told by orders", "by the catalogue", func(_ *OrdersFixture, s *shop) {
		s.images = func(a *pool.Answer[[]pool.ImageOffer]) { a.Parts[0].RequestID = secret }
	}},

	{"orders may be asked for concurrently", "mixed up", func(_ *OrdersFixture, s *shop) {
		var calls atomic.Int64
		s.plan = func(p *pool.Plan) {
			if calls.Add(1) > 10 {
				p.Calls[0].Operation = "another"
			}
		}
	}},
	{"orders may be asked for concurrently", "refused", func(_ *OrdersFixture, s *shop) {
		var calls atomic.Int64
		s.suspect = func(*pool.Suspect) {
			if calls.Add(1) > 6 {
				s.strike(fault.Fault{Kind: fault.Error})
			}
		}
	}},

	{"the catalogue lists what pools have", "none", func(fx *OrdersFixture, _ *shop) { fx.Source.Catalogue = nil }},
	{"the catalogue lists what pools have", "a product less", products(func(a []pool.Offer) []pool.Offer { return a[1:] })},
	{"the catalogue lists what pools have", "a product twice", products(func(a []pool.Offer) []pool.Offer { return append(a, a[0]) })},
	{"the catalogue lists what pools have", "no volumes", products(func(a []pool.Offer) []pool.Offer {
		return slices.DeleteFunc(a, func(o pool.Offer) bool { return o.Kind == pool.VolumeOffer })
	})},
	{"the catalogue lists what pools have", "of no kind", products(func(a []pool.Offer) []pool.Offer { a[2].Kind = ""; return a })},
	{"the catalogue lists what pools have", "the vendor's kind", products(func(a []pool.Offer) []pool.Offer { a[2].Kind = "BASE"; return a })},
	{"the catalogue lists what pools have", "an image less", func(_ *OrdersFixture, s *shop) {
		s.images = func(a *pool.Answer[[]pool.ImageOffer]) { a.Value = a.Value[1:] }
	}},
	{"the catalogue lists what pools have", "an image without an id", func(_ *OrdersFixture, s *shop) {
		s.images = func(a *pool.Answer[[]pool.ImageOffer]) { a.Value[1].Image.ID = "" }
	}},

	{"the catalogue says when, and in the cloud's own JSON", "none", func(fx *OrdersFixture, _ *shop) { fx.Source.Catalogue = nil }},
	{"the catalogue says when, and in the cloud's own JSON", "never", func(_ *OrdersFixture, s *shop) {
		s.products = func(a *pool.Answer[[]pool.Offer]) { a.AsOf = time.Time{} }
	}},
	{"the catalogue says when, and in the cloud's own JSON", "no rows", products(func(a []pool.Offer) []pool.Offer { a[1].Native = nil; return a })},
	{"the catalogue says when, and in the cloud's own JSON", "rows in the envelope", func(_ *OrdersFixture, s *shop) {
		s.images = func(a *pool.Answer[[]pool.ImageOffer]) { a.Parts = append(a.Parts, a.Value[0].Native...) }
	}},
}

type cheat = func(fx *OrdersFixture, s *shop)

// listed changes what the source lists of ADD_VOLUME.
func listed(change func(*pool.OrderSupport)) cheat {
	return func(fx *OrdersFixture, _ *shop) { change(&fx.Source.Ordering.Types[0]) }
}

func plans(change func(*pool.Plan)) cheat { return func(_ *OrdersFixture, s *shop) { s.plan = change } }
func prices(change func(*pool.Price)) cheat {
	return func(_ *OrdersFixture, s *shop) { s.price = change }
}
func sends(change func(*pool.Sent)) cheat { return func(_ *OrdersFixture, s *shop) { s.sent = change } }
func finds(change func(*pool.Evidence)) cheat {
	return func(_ *OrdersFixture, s *shop) { s.found = change }
}

func products(change func([]pool.Offer) []pool.Offer) cheat {
	return func(_ *OrdersFixture, s *shop) {
		s.products = func(a *pool.Answer[[]pool.Offer]) { a.Value = change(a.Value) }
	}
}

func TestCheatsAreFoundOut(t *testing.T) {
	for _, p := range orderPromises() {
		found := 0
		for _, c := range cheats {
			if c.promise != p.name {
				continue
			}
			found++
			t.Run(p.name+"/"+c.how, func(t *testing.T) {
				fresh := func() OrdersFixture {
					fx, s := newShop(t)
					c.cheat(&fx, s)
					return fx
				}
				if err := p.keep(t.Context(), fresh); err == nil {
					t.Error("the promise was not seen to be broken")
				}
			})
		}
		if found == 0 {
			t.Errorf("nobody breaks the promise %q", p.name)
		}
	}
}

func TestCheatsBreakPromises(t *testing.T) {
	for _, c := range cheats {
		if !slices.ContainsFunc(orderPromises(), func(p orderPromise) bool { return p.name == c.promise }) {
			t.Errorf("%q is no promise", c.promise)
		}
	}
}
