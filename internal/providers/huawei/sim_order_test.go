package huawei

import (
	"slices"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// market is a simulated cloud with the catalogue and a steady yearly/monthly pool of it.
type market struct {
	src      pool.Source
	sim      *huaweisim.Sim
	clock    *clock
	faults   *fault.Set
	pool     pool.Pool
	desktops []string // two of the pool's
}

func newMarket(t *testing.T, c Config) *market {
	t.Helper()
	m := &market{clock: newClock(), faults: &fault.Set{}}
	c.Now = m.clock.Now
	m.src, m.sim = simulated(t, huaweisim.Config{World: smallWorld(), Faults: m.faults, Now: m.clock.Now, JobTime: time.Minute}, c)
	pools, err := m.src.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(pools.Value, func(p pool.Pool) bool {
		return p.BillingMode == pool.Prepaid && p.State == pool.PoolReady && *p.Counts.Total >= 4
	})
	if i < 0 {
		t.Fatal("no yearly/monthly pool in the world")
	}
	m.pool = m.full(t, pools.Value[i].NativeID)
	page, err := m.src.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: m.pool.NativeID, Size: 100, Filter: pool.DesktopPushdown{BillingMode: pool.Prepaid}})
	if err != nil || len(page.Value.Items) < 2 {
		t.Fatalf("%d desktops, error %v", len(page.Value.Items), err)
	}
	for _, d := range page.Value.Items[:2] {
		m.desktops = append(m.desktops, d.NativeID)
	}
	slices.Sort(m.desktops)
	return m
}

func (m *market) full(t *testing.T, id string) pool.Pool {
	t.Helper()
	p, err := m.src.Reader.Pool(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Value
}

// orders are good orders of every type for this market, as its catalogue has it.
func (m *market) orders(t *testing.T) []pool.Order {
	t.Helper()
	products, err := m.src.Catalogue.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	product := slices.IndexFunc(products.Value, func(o pool.Offer) bool {
		return o.Kind == pool.DesktopOffer && o.Product.ID != m.pool.Product.ID && o.Product.BillingMode == pool.Prepaid &&
			o.Product.SaleStatus == pool.OnSale && o.Product.Architecture == m.pool.Product.Architecture
	})
	images, err := m.src.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	image := slices.IndexFunc(images.Value, func(i pool.ImageOffer) bool { return i.Image.ID != m.pool.Image.ID })
	if product < 0 || image < 0 {
		t.Fatalf("nothing to change to: product %d, image %d", product, image)
	}
	root := m.pool.Disks[0]
	return []pool.Order{
		{Type: pool.AddVolumeOrder, AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 50}},
		{Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: root.ID, NewSizeGiB: *root.SizeGiB + 100}},
		{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: products.Value[product].Product.ID, StopRunning: true}},
		{Type: pool.ChangeImageOrder, ChangeImage: &pool.ChangeImage{ImageID: images.Value[image].Image.ID, NoticeMinutes: ptr(5), Message: "Save your work."}},
		{Type: pool.AddSubResourcesOrder, AddSubResources: &pool.AddSubResources{SKU: "workspace.sharer"}},
		{Type: pool.DeleteSubResourcesOrder, DeleteSubResources: &pool.DeleteSubResources{Type: "DESKTOP_SHARER"}},
	}
}

// visible tells whether the target shows an order of this type.
func visible(t pool.OrderType) bool {
	return t != pool.AddSubResourcesOrder && t != pool.DeleteSubResourcesOrder
}

// TestSimulatedOrders takes every type of order through its life: planned, priced, placed, found in
// the books unpaid, paid, and found once more when it shows.
func TestSimulatedOrders(t *testing.T) {
	for name, credentials := range simCredentials() {
		for _, whole := range []bool{true, false} {
			t.Run(map[bool]string{true: "a pool, ", false: "desktops, "}[whole]+name, func(t *testing.T) {
				for _, o := range newMarket(t, Config{Credentials: credentials}).orders(t) {
					m := newMarket(t, Config{Credentials: credentials})
					if o.DesktopIDs = m.desktops; whole {
						o.PoolID, o.DesktopIDs = m.pool.NativeID, nil
					}
					m.live(t, o)
					if drift := m.src.Drift.Counts(); len(drift.Fields)+len(drift.Types) > 0 {
						t.Errorf("drift %+v", drift)
					}
				}
			})
		}
	}
}

func (m *market) live(t *testing.T, o pool.Order) {
	t.Helper()
	plan, err := m.src.Ordering.Plan(t.Context(), o)
	if err != nil || plan.Obstacle != nil {
		t.Fatalf("%s: obstacle %v, error %v", o.Type, plan.Obstacle, err)
	}
	price, err := m.src.Ordering.Price(t.Context(), o, plan)
	if err != nil || (price.Amount == nil) != (o.Type == pool.DeleteSubResourcesOrder) {
		t.Errorf("%s: price %+v, error %v", o.Type, price, err)
	}
	at := m.clock.Now()
	sent := m.src.Ordering.Send(t.Context(), plan.Calls[0], at)
	if sent.State != pool.CallPlaced || len(sent.Orders) != plan.Calls[0].Orders || sent.Orders[0].PaymentState != pool.PayAwaitingPayment {
		t.Fatalf("%s: sent %+v", o.Type, sent)
	}
	m.clock.pass(time.Second)
	s := pool.Suspect{Order: o, Call: plan.Calls[0], At: at, Until: m.clock.Now()}
	m.wantEvidence(t, s, pool.PayAwaitingPayment, map[bool]*bool{true: ptr(false)}[visible(o.Type)])
	for _, placed := range m.sim.Orders() {
		if err := m.sim.Pay(placed.ID); err != nil {
			t.Fatal(err)
		}
	}
	m.clock.pass(10 * time.Minute)
	m.wantEvidence(t, s, pool.PayCompleted, map[bool]*bool{true: ptr(true)}[visible(o.Type)])
	if n := len(m.sim.Writes()); n != 1 {
		t.Errorf("%s: %d writes", o.Type, n)
	}
}

// wantEvidence looks once and finds exactly the cloud's own orders, so far, and the change, or not.
func (m *market) wantEvidence(t *testing.T, s pool.Suspect, state pool.PaymentState, changed *bool) {
	t.Helper()
	e, err := m.src.Ordering.Look(t.Context(), s)
	if err != nil {
		t.Fatalf("%s: %v", s.Order.Type, err)
	}
	var got, want []string
	for _, o := range e.Orders {
		got = append(got, o.ID)
		if o.PaymentState != state || o.CreatedAt.IsZero() || o.Amount == nil || o.Amount.Currency != "CNY" {
			t.Errorf("%s: order %+v, want %s", s.Order.Type, o, state)
		}
	}
	for _, o := range m.sim.Orders() {
		want = append(want, o.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: orders %q, want %q", s.Order.Type, got, want)
	}
	if (e.Changed == nil) != (changed == nil) || changed != nil && *e.Changed != *changed {
		t.Errorf("%s: changed %v, want %v", s.Order.Type, show(e.Changed), show(changed))
	}
}

func show(b *bool) string {
	if b == nil {
		return "nobody knows"
	}
	return map[bool]string{true: "yes", false: "no"}[*b]
}

// TestSimulatedLosses loses the answer in every way: one write, one order, and a look that finds it.
func TestSimulatedLosses(t *testing.T) {
	for _, as := range []fault.Loss{fault.LostByReset, fault.LostByCut, fault.LostBy500, fault.LostBy502, fault.LostBy504, fault.LostByHTML, fault.LostByEmpty, fault.LostByObject, fault.LostByRedirect} {
		t.Run(string(as), func(t *testing.T) {
			m := newMarket(t, Config{Credentials: simCredentials()["keys"]})
			o := m.orders(t)[0]
			o.PoolID = m.pool.NativeID
			plan, err := m.src.Ordering.Plan(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.faults.Add(fault.Fault{Operation: orderName, Kind: fault.LoseAnswer, As: as}); err != nil {
				t.Fatal(err)
			}
			at := m.clock.Now()
			sent := m.src.Ordering.Send(t.Context(), plan.Calls[0], at)
			if sent.State != pool.CallUnknown || sent.Err == nil {
				t.Errorf("%s with error %v", sent.State, sent.Err)
			}
			if w := m.sim.Writes(); len(w) != 1 || len(m.sim.Orders()) != 1 || !w[0].Close || w[0].Header.Get("Idempotency-Key") != "" {
				t.Errorf("%d orders of writes %+v", len(m.sim.Orders()), w)
			}
			m.wantEvidence(t, pool.Suspect{Order: o, Call: plan.Calls[0], At: at, Until: m.clock.Now()}, pool.PayAwaitingPayment, ptr(false))
		})
	}
}

// TestSimulatedRefusals holds what an order comes to when the cloud does not do all of it.
func TestSimulatedRefusals(t *testing.T) {
	tests := []struct {
		kind     fault.Kind
		desktops bool
		want     pool.SentState
		failed   int
		ordered  int // by the cloud's own book
	}{
		{fault.SoldOut, false, pool.CallRejected, 0, 0},
		{fault.PartialFailure, true, pool.CallPartial, 1, 1},
		{fault.PartialFailure, false, pool.CallPartial, 1, 1},
		{fault.Throttle, false, pool.CallNotSent, 0, 0},
		{fault.Error, false, pool.CallUnknown, 0, 0},
		{fault.HTML, true, pool.CallUnknown, 0, 0},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			m := newMarket(t, Config{Credentials: simCredentials()["keys"]})
			o := m.orders(t)[0]
			if o.PoolID = m.pool.NativeID; tt.desktops {
				o.PoolID, o.DesktopIDs = "", m.desktops
			}
			plan, err := m.src.Ordering.Plan(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.faults.Add(fault.Fault{Operation: orderName, Kind: tt.kind}); err != nil {
				t.Fatal(err)
			}
			sent := m.src.Ordering.Send(t.Context(), plan.Calls[0], m.clock.Now())
			failures := 0
			for _, order := range sent.Orders {
				if order.Failed {
					failures++
				}
			}
			if sent.State != tt.want || failures != tt.failed || len(m.sim.Orders()) != tt.ordered || sent.Err == nil {
				t.Errorf("%s with %d failures and %d orders: %+v", sent.State, failures, len(m.sim.Orders()), sent)
			}
			if n := m.sim.Requests(orderName); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestSimulatedBadOrders: what the cloud refuses to price, it refuses to take.
func TestSimulatedBadOrders(t *testing.T) {
	m := newMarket(t, Config{Credentials: simCredentials()["keys"]})
	for name, o := range map[string]pool.Order{
		"no such product":     {Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "none", StopRunning: true}},
		"no such disk":        {Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: "none", NewSizeGiB: 100}},
		"no such volume type": {Type: pool.AddVolumeOrder, AddVolume: &pool.AddVolume{VolumeType: "NONE", VolumeSizeGiB: 10}},
	} {
		t.Run(name, func(t *testing.T) {
			o.PoolID = m.pool.NativeID
			plan, err := m.src.Ordering.Plan(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.src.Ordering.Price(t.Context(), o, plan)
			wantKind(t, err, pool.Invalid)
			if sent := m.src.Ordering.Send(t.Context(), plan.Calls[0], m.clock.Now()); sent.State != pool.CallRejected || sent.Err.Upstream.Code == "" {
				t.Errorf("sent %+v", sent)
			}
		})
	}
}

// TestSimulatedNothingPlaced: an order that was never made leaves no trace.
func TestSimulatedNothingPlaced(t *testing.T) {
	m := newMarket(t, Config{Credentials: simCredentials()["user"]})
	o := m.orders(t)[2]
	o.DesktopIDs = m.desktops
	plan, err := m.src.Ordering.Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	m.wantEvidence(t, pool.Suspect{Order: o, Call: plan.Calls[0], At: m.clock.Now(), Until: m.clock.Now()}, "", ptr(false))
}

// TestSimulatedTargets: desktops in no pool, and none.
func TestSimulatedTargets(t *testing.T) {
	m := newMarket(t, Config{Credentials: simCredentials()["keys"]})
	count, err := m.src.Reader.Statistics(t.Context(), pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: []string{m.pool.NativeID}, Axes: pool.Axes{Power: true}})
	if err != nil {
		t.Fatal(err)
	}
	o := m.orders(t)[0]
	o.PoolID = m.pool.NativeID
	plan, err := m.src.Ordering.Plan(t.Context(), o)
	if err != nil || *plan.Impact.Desktops != *m.pool.Counts.Total || *plan.Impact.Running != *count.Value.Pools[0].Counts.Power.Running {
		t.Errorf("impact %+v, error %v", plan.Impact, err)
	}
	o.PoolID, o.DesktopIDs = "", []string{m.desktops[0], unknownID}
	slices.Sort(o.DesktopIDs)
	_, err = m.src.Ordering.Plan(t.Context(), o)
	e := failed(t, err, pool.NotFound)
	if len(e.Faults) != 1 || o.DesktopIDs[slices.Index(o.DesktopIDs, unknownID)] != unknownID {
		t.Errorf("faults %+v", e.Faults)
	}
}

func TestSimulatedCatalogue(t *testing.T) {
	m := newMarket(t, Config{Credentials: simCredentials()["keys"]})
	products, err := m.src.Catalogue.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	images, err := m.src.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(products.Value) < 50 || len(images.Value) < 101 {
		t.Errorf("%d offers, %d images", len(products.Value), len(images.Value))
	}
	if !slices.ContainsFunc(products.Value, func(o pool.Offer) bool { return o.Product.ID == m.pool.Product.ID && *o.Product.CPU > 0 }) ||
		!slices.ContainsFunc(images.Value, func(i pool.ImageOffer) bool { return i.Image.ID == m.pool.Image.ID && *i.SizeGiB > 0 }) {
		t.Error("the pool's product or image is not in the catalogue")
	}
	wantWords(t, products.Value)
	wantWords(t, images.Value)
	if drift := m.src.Drift.Counts(); len(drift.Fields)+len(drift.Types) > 0 {
		t.Errorf("drift %+v", drift)
	}
}
