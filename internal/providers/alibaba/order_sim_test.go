package alibaba

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// shop is a simulated cloud with a clock of its own, and one of its pools, all
// of whose desktops are stopped subscriptions.
type shop struct {
	source pool.Source
	sim    *alibabasim.Sim
	faults *fault.Set
	clock  atomic.Int64 // nanoseconds since the epoch
	poolID string
}

func (s *shop) now() time.Time           { return time.Unix(0, s.clock.Load()).UTC() }
func (s *shop) pass(d time.Duration)     { s.clock.Add(int64(d)) }
func (s *shop) ordering() *pool.Ordering { return s.source.Ordering }

func newShop(t *testing.T, c alibabasim.Config) *shop {
	t.Helper()
	s := &shop{faults: new(fault.Set)}
	s.clock.Store(at("2026-01-05T08:00:00.25Z").UnixNano())
	c.Now, c.Faults, c.ChangeTime = s.now, s.faults, time.Minute
	if c.World == nil {
		c.World = alibabasim.NewWorld(7, alibabasim.WorldOptions{})
	}
	s.source, s.sim = simulate(t, c, func(cfg *Config) { cfg.Now = s.now })
	pools, err := s.source.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pools.Value {
		if n := p.Counts; p.BillingMode == pool.Prepaid && n.Total != nil && *n.Total > 1 && *n.Stopped == *n.Total {
			s.poolID = p.NativeID
			return s
		}
	}
	t.Fatal("no pool of stopped subscriptions")
	return nil
}

func (s *shop) plan(t *testing.T, o pool.Order) pool.Plan {
	t.Helper()
	p, err := s.ordering().Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if p.Obstacle != nil {
		t.Fatal(p.Obstacle)
	}
	return p
}

func (s *shop) look(t *testing.T, o pool.Order, c pool.OrderCall, sent time.Time) pool.Evidence {
	t.Helper()
	e, err := s.ordering().Look(t.Context(), pool.Suspect{Order: o, Call: c, At: sent, Until: sent.Add(30 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// other is a product that the desktops of p can become, and that costs more.
func other(t *testing.T, p pool.Plan) string {
	t.Helper()
	switch now := p.Desktops[0].Product.ID; {
	case now == "eds.hf.12c24g" || strings.Contains(now, "graphics"):
		t.Fatalf("desktops of type %s", now)
	case strings.HasPrefix(now, "eds.general"):
		return "eds.general.16c32g"
	}
	return "eds.hf.12c24g"
}

// TestOrderOfSim follows a resize and a larger disk from the plan until they are done.
func TestOrderOfSim(t *testing.T) {
	for _, kind := range []pool.OrderType{pool.ResizeOrder, pool.ExtendVolumeOrder} {
		for _, paid := range []bool{false, true} {
			t.Run(string(kind)+map[bool]string{true: ", paid at once"}[paid], func(t *testing.T) {
				s := newShop(t, alibabasim.Config{})
				o := pool.Order{Type: kind, PoolID: s.poolID, AutoPay: paid}
				before := s.plan(t, changeImage(s.poolID))
				if kind == pool.ResizeOrder {
					o.Resize = &pool.Resize{ProductID: other(t, s.plan(t, resize(s.poolID)))}
				} else {
					o.ExtendVolume = &pool.ExtendVolume{DiskID: "SYSTEM", NewSizeGiB: 500}
				}
				p := s.plan(t, o)
				same(t, "calls", len(p.Calls), 1)
				same(t, "desktops", nativeIDs(p.Desktops), nativeIDs(before.Desktops))
				price, err := s.ordering().Price(t.Context(), o, p)
				if err != nil || price.Amount == nil {
					t.Fatalf("price %+v, error %v", price, err)
				}
				sent := s.now()
				got := s.ordering().Send(t.Context(), p.Calls[0], sent)
				booked := s.sim.Orders()
				if got.State != pool.CallPlaced || len(booked) != 1 || len(got.Orders) != 1 || got.Orders[0].ID != booked[0].ID || booked[0].AutoPay != paid {
					t.Fatalf("%s, %v: orders %+v, booked %+v", got.State, got.Err, got.Orders, booked)
				}
				e := s.look(t, o, p.Calls[0], sent)
				if len(e.Orders) != 1 || e.Orders[0].ID != booked[0].ID {
					t.Fatalf("evidence %+v", e.Orders)
				}
				if diff := cmp.Diff(price.Amount, e.Orders[0].Amount); diff != "" {
					t.Errorf("booked (-priced +booked):\n%s", diff)
				}
				if !paid {
					same(t, "unpaid", []any{e.Orders[0].PaymentState, *e.Changed}, []any{pool.PayAwaitingPayment, false})
					if err := s.sim.Pay(booked[0].ID); err != nil {
						t.Fatal(err)
					}
					e = s.look(t, o, p.Calls[0], sent)
				}
				same(t, "at it", []any{e.Orders[0].PaymentState, *e.Changed}, []any{pool.PayProcessing, true})
				s.pass(2 * time.Minute)
				e = s.look(t, o, p.Calls[0], sent)
				same(t, "done", []any{e.Orders[0].PaymentState, *e.Changed}, []any{pool.PayCompleted, true})
				same(t, "writes", len(s.sim.Writes()), 1)
				drift := s.source.Drift.Counts()
				if len(drift.Fields)+len(drift.Words)+len(drift.Types) > 0 {
					t.Errorf("drift %+v", drift)
				}
			})
		}
	}
}

// TestResetOfSim changes the image of a pool, and of two desktops to the one that they have.
func TestResetOfSim(t *testing.T) {
	s := newShop(t, alibabasim.Config{})
	images, err := s.source.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	members := s.plan(t, resize(s.poolID)).Desktops
	was := members[0]
	i := slices.IndexFunc(images.Value, func(i pool.ImageOffer) bool {
		return i.State == "Available" && i.Image.ID != was.Image.ID && i.Image.OSType == was.Image.OSType
	})
	if i < 0 {
		t.Fatal("no other image")
	}
	o := changeImage(s.poolID)
	o.ChangeImage.ImageID = images.Value[i].Image.ID
	two := changeImage("", members[0].NativeID, members[1].NativeID)
	two.ChangeImage.ImageID = o.ChangeImage.ImageID
	for _, order := range []pool.Order{o, two} {
		p := s.plan(t, order)
		sent := s.now()
		same(t, "before", *s.look(t, order, p.Calls[0], sent).Changed, false)
		if got := s.ordering().Send(t.Context(), p.Calls[0], sent); got.State != pool.CallPlaced || got.Orders != nil {
			t.Fatalf("%s, %v", got.State, got.Err)
		}
		same(t, "at it", *s.look(t, order, p.Calls[0], sent).Changed, true)
		s.pass(2 * time.Minute)
		same(t, "done", *s.look(t, order, p.Calls[0], sent).Changed, true)
		s.pass(time.Hour)
	}
	same(t, "asked the books", s.sim.Requests("QueryOrders"), 0)
}

// TestLostOrders proves that what was made is found, and what was not is not.
func TestLostOrders(t *testing.T) {
	tests := []struct {
		name  string
		fault *fault.Fault
		state pool.SentState
		made  int
	}{
		{"nothing is wrong", nil, pool.CallPlaced, 1},
		{"answer lost", &fault.Fault{Kind: fault.LoseAnswer}, pool.CallUnknown, 1},
		{"answer cut", &fault.Fault{Kind: fault.Cut}, pool.CallUnknown, 1},
		{"500", &fault.Fault{Kind: fault.Error}, pool.CallUnknown, 0},
		{"HTML", &fault.Fault{Kind: fault.HTML}, pool.CallUnknown, 0},
		{"throttled", &fault.Fault{Kind: fault.Throttle}, pool.CallNotSent, 0},
		{"sold out", &fault.Fault{Kind: fault.SoldOut}, pool.CallRejected, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, alibabasim.Config{})
			o := resize(s.poolID)
			o.Resize.ProductID = other(t, s.plan(t, o))
			p := s.plan(t, o)
			if tt.fault != nil {
				tt.fault.Operation = modifySpec
				if err := s.faults.Add(*tt.fault); err != nil {
					t.Fatal(err)
				}
			}
			sent := s.now()
			got := s.ordering().Send(t.Context(), p.Calls[0], sent)
			booked := s.sim.Orders()
			if got.State != tt.state || len(booked) != tt.made {
				t.Fatalf("%s, %v; %d orders; want %s, %d", got.State, got.Err, len(booked), tt.state, tt.made)
			}
			s.pass(5 * time.Second)
			e := s.look(t, o, p.Calls[0], sent)
			if len(e.Orders) != tt.made || tt.made == 1 && e.Orders[0].ID != booked[0].ID {
				t.Errorf("found %+v, want %+v", e.Orders, booked)
			}
			if tt.made == 0 {
				same(t, "changed", *e.Changed, false)
			}
		})
	}
}

// TestCloudRefuses proves that what the cloud will not price or take is said, and nothing made.
func TestCloudRefuses(t *testing.T) {
	s := newShop(t, alibabasim.Config{})
	o := resize(s.poolID)
	o.Resize.ProductID = "ecd.nosuch"
	p := s.plan(t, o)
	if _, err := s.ordering().Price(t.Context(), o, p); !errors.Is(err, pool.Invalid) {
		t.Errorf("price: %v, want Invalid", err)
	}
	if got := s.ordering().Send(t.Context(), p.Calls[0], s.now()); got.State != pool.CallRejected || got.Err.Upstream.Code == "" {
		t.Errorf("%s, %v, want REJECTED", got.State, got.Err)
	}
	same(t, "orders", len(s.sim.Orders()), 0)
}

// TestCatalogueOfSim proves that what the simulated cloud sells is read without drift.
func TestCatalogueOfSim(t *testing.T) {
	s := newShop(t, alibabasim.Config{})
	products, err := s.source.Catalogue.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	images, err := s.source.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(products.Value) < 10 || len(images.Value) < 2 {
		t.Errorf("%d products, %d images", len(products.Value), len(images.Value))
	}
	for _, p := range products.Value {
		if p.Product.CPU == nil || p.Product.MemoryMiB == nil || p.Product.SaleStatus == "" {
			t.Errorf("product %+v", p.Product)
		}
	}
	if drift := s.source.Drift.Counts(); len(drift.Fields)+len(drift.Words)+len(drift.Types) > 0 {
		t.Errorf("drift %+v", drift)
	}
}
