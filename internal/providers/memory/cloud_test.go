package memory

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// office are two small pools: desktops o1 and o2, of which o2 runs, and d1.
func office() []Pool {
	p := func(id string, desktops ...pool.Desktop) Pool {
		value := pool.Pool{
			NativeID: id, BillingMode: pool.Prepaid, Product: pool.Product{ID: "small"}, Image: pool.Image{ID: "plain-windows"},
			Disks: []pool.Disk{{ID: id + "-system", Role: pool.SystemDisk, SizeGiB: new(80)}, {ID: id + "-data", Role: pool.DataDisk, SizeGiB: new(100)}},
		}
		for i := range desktops {
			d := &desktops[i]
			d.Product, d.Image, d.BillingMode = value.Product, value.Image, pool.Prepaid
			d.Disks = []pool.Disk{{ID: "of-" + d.NativeID, Role: pool.DataDisk, SizeGiB: new(100)}}
		}
		return Pool{Pool: value, Desktops: desktops}
	}
	return []Pool{
		p("office", pool.Desktop{NativeID: "o1", PowerState: pool.Stopped}, pool.Desktop{NativeID: "o2", PowerState: pool.Running, ConnectionState: pool.Connected},
			pool.Desktop{NativeID: "o3", PowerState: pool.Running, LifecycleState: pool.Deleted}),
		p("design", pool.Desktop{NativeID: "d1", PowerState: pool.Stopped}),
	}
}

// shapes are what orders change, of everything in the office.
func shapes(t *testing.T, r pool.Reader) map[string]shape {
	t.Helper()
	all := map[string]shape{}
	for _, id := range []string{"office", "design"} {
		p, err := r.Pool(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		all[id] = shapeOf(p.Value)
	}
	for _, id := range []string{"o1", "o2", "o3", "d1"} {
		d, err := r.Desktop(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		all[id] = shapeOfDesktop(d.Value)
	}
	return all
}

func mustPlan(t *testing.T, c *Cloud, o pool.Order) pool.Plan {
	t.Helper()
	plan, err := c.Source().Ordering.Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestOrdersTakeEffectWhenPaid(t *testing.T) {
	tests := []struct {
		name    string
		order   pool.Order
		changed []string
		change  func(s *shape)
	}{
		{"a volume for a pool", pool.Order{Type: pool.AddVolumeOrder, PoolID: "office", AddVolume: &pool.AddVolume{VolumeType: "fast", VolumeSizeGiB: 10}},
			[]string{"office", "o1", "o2"}, func(s *shape) {
				s.Disks = append(s.Disks, pool.Disk{ID: map[int]string{1: "added-1", 2: "added-2"}[len(s.Disks)],
					Role: pool.DataDisk, Class: pool.DiskUnknown, NativeType: "fast", SizeGiB: new(10)})
			}},
		{"a pool's disk", pool.Order{Type: pool.ExtendVolumeOrder, PoolID: "office", ExtendVolume: &pool.ExtendVolume{DiskID: "office-data", NewSizeGiB: 300}},
			[]string{"office", "o1", "o2"}, func(s *shape) { s.Disks[len(s.Disks)-1].SizeGiB = new(300) }},
		{"a disk, by its pool's", pool.Order{Type: pool.ExtendVolumeOrder, DesktopIDs: []string{"o1"}, ExtendVolume: &pool.ExtendVolume{DiskID: "office-data", NewSizeGiB: 300}},
			[]string{"o1"}, func(s *shape) { s.Disks[0].SizeGiB = new(300) }},
		{"a disk, by its own id", pool.Order{Type: pool.ExtendVolumeOrder, DesktopIDs: []string{"d1"}, ExtendVolume: &pool.ExtendVolume{DiskID: "of-d1", NewSizeGiB: 300}},
			[]string{"d1"}, func(s *shape) { s.Disks[0].SizeGiB = new(300) }},
		{"a product", pool.Order{Type: pool.ResizeOrder, DesktopIDs: []string{"d1", "o1"}, Resize: &pool.Resize{ProductID: "large"}},
			[]string{"d1", "o1"}, func(s *shape) {
				s.Product = pool.Product{ID: "large", CPU: new(8), MemoryMiB: new(16384), BillingMode: pool.Prepaid, SaleStatus: pool.OnSale}
			}},
		{"an image", pool.Order{Type: pool.ChangeImageOrder, PoolID: "design", ChangeImage: &pool.ChangeImage{ImageSpecCode: "linux"}},
			[]string{"design", "d1"}, func(s *shape) {
				s.Image = pool.Image{ID: "plain-linux", Name: "Plain Linux", OSType: pool.Linux, ProductCode: "linux"}
			}},
		{"a sharer", pool.Order{Type: pool.AddSubResourcesOrder, PoolID: "design", AddSubResources: &pool.AddSubResources{SKU: "s"}}, nil, nil},
		{"a sharer less", pool.Order{Type: pool.DeleteSubResourcesOrder, PoolID: "design", DeleteSubResources: &pool.DeleteSubResources{Type: "DESKTOP_SHARER"}}, nil, nil},
	}
	for _, tt := range tests {
		for _, autoPay := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				c := cloud(t, Config{Pools: office()})
				before := shapes(t, c.Source().Reader)
				tt.order.AutoPay = autoPay
				call := mustPlan(t, c, tt.order).Calls[0]
				at := time.Now()
				sent := c.Source().Ordering.Send(t.Context(), call, at)
				state := pool.PayCompleted
				if !autoPay {
					state = pool.PayAwaitingPayment
					if diff := cmp.Diff(before, shapes(t, c.Source().Reader)); diff != "" {
						t.Errorf("unpaid, it takes effect:\n%s", diff)
					}
					if found := look(t, c, tt.order, call, at); found.Changed != nil && *found.Changed {
						t.Error("unpaid, the target shows the change")
					}
				}
				for _, o := range sent.Orders {
					if o.PaymentState != state {
						t.Errorf("%s is %s, want %s", o.ID, o.PaymentState, state)
					}
					if err := c.Pay(o.ID); (err == nil) == autoPay {
						t.Errorf("paying it: %v", err)
					}
				}
				for _, id := range tt.changed {
					s := before[id]
					s.Disks = append([]pool.Disk(nil), s.Disks...)
					tt.change(&s)
					before[id] = s
				}
				if diff := cmp.Diff(before, shapes(t, c.Source().Reader)); diff != "" {
					t.Errorf("the effect (-want +got):\n%s", diff)
				}
				found := look(t, c, tt.order, call, at)
				if want := tt.changed != nil; want != (found.Changed != nil && *found.Changed) || !want && found.Changed != nil {
					t.Errorf("Changed is %v, want %v", found.Changed, want)
				}
				if found.Orders[0].PaymentState != pool.PayCompleted {
					t.Errorf("paid, it is %s", found.Orders[0].PaymentState)
				}
			})
		}
	}
}

func look(t *testing.T, c *Cloud, o pool.Order, call pool.OrderCall, at time.Time) pool.Evidence {
	t.Helper()
	found, err := c.Source().Ordering.Look(t.Context(), pool.Suspect{Order: o, Call: call, At: at, Until: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func resize(desktops ...string) pool.Order {
	return pool.Order{Type: pool.ResizeOrder, DesktopIDs: desktops, Resize: &pool.Resize{ProductID: "large", StopRunning: true}}
}

func TestFates(t *testing.T) {
	tests := []struct {
		fate           Fate
		want           pool.SentState
		kind           pool.Kind
		writes, booked int
	}{
		{Done, pool.CallPlaced, "", 1, 2},
		{Unreachable, pool.CallNotSent, pool.Unavailable, 0, 0},
		{Throttle, pool.CallNotSent, pool.Throttled, 0, 0},
		{Refuse, pool.CallRejected, pool.Invalid, 1, 0},
		{RefuseKey, pool.CallRejected, pool.Auth, 1, 0},
		{SomeFail, pool.CallPartial, pool.Failed, 1, 1},
		{LoseRequest, pool.CallUnknown, pool.Unavailable, 1, 0},
		{LoseAnswer, pool.CallUnknown, pool.Unavailable, 1, 2},
		{Hang, pool.CallUnknown, pool.Timeout, 1, 2},
	}
	for _, tt := range tests {
		t.Run(string(tt.fate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := cloud(t, Config{Pools: office()})
				order := resize("d1", "o1")
				call := mustPlan(t, c, order).Calls[0]
				c.Decide(InTurn(tt.fate))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				at := time.Now()
				sent := c.Source().Ordering.Send(ctx, call, at)
				if sent.State != tt.want || c.Writes() != tt.writes || len(c.Orders()) != tt.booked {
					t.Errorf("%s, %d writes, %d booked; want %s, %d, %d", sent.State, c.Writes(), len(c.Orders()), tt.want, tt.writes, tt.booked)
				}
				if tt.kind == "" && sent.Err != nil || tt.kind != "" && !errors.Is(sent.Err, tt.kind) {
					t.Errorf("error %v, want %q", sent.Err, tt.kind)
				}
				if found := look(t, c, order, call, at); len(found.Orders) != tt.booked {
					t.Errorf("%d orders are found, want %d", len(found.Orders), tt.booked)
				}
				if sent := c.Source().Ordering.Send(ctx, call, at); tt.fate != Hang && sent.State != pool.CallPlaced {
					t.Errorf("the next call is %s", sent.State)
				}
			})
		})
	}
}

func TestSomeOfAPoolFails(t *testing.T) {
	c := cloud(t, Config{Pools: office()})
	c.Decide(InTurn(SomeFail))
	o := resize()
	o.PoolID = "office"
	sent := c.Source().Ordering.Send(t.Context(), mustPlan(t, c, o).Calls[0], time.Now())
	if sent.State != pool.CallPartial || len(sent.Orders) != 2 || sent.Orders[0].Failed || !sent.Orders[1].Failed {
		t.Errorf("%s: %+v; want PARTIAL, one good and one failed", sent.State, sent.Orders)
	}
}

func TestPlanTakesAPoolApart(t *testing.T) {
	o := resize()
	o.PoolID = "office"
	whole := mustPlan(t, cloud(t, Config{Pools: office()}), o)
	if whole.Desktops != nil || len(whole.Calls) != 1 || whole.Calls[0].PoolID != "office" || whole.Calls[0].Orders != 1 {
		t.Errorf("as a whole: %+v", whole)
	}
	apart := cloud(t, Config{Pools: office(), Batch: 1})
	plan := mustPlan(t, apart, o)
	var calls [][]string
	for _, c := range plan.Calls {
		calls = append(calls, c.DesktopIDs)
	}
	if diff := cmp.Diff([][]string{{"o1"}, {"o2"}}, calls); diff != "" || len(plan.Desktops) != 2 {
		t.Errorf("taken apart (-want +got):\n%s", diff)
	}
	if apart.Source().Ordering.MaxDesktops != maxDesktops {
		t.Errorf("MaxDesktops is %d", apart.Source().Ordering.MaxDesktops)
	}
	for _, p := range []pool.Plan{whole, plan} {
		if i := p.Impact; *i.Desktops != 2 || *i.Running != 1 || *i.Connected != 1 {
			t.Errorf("the impact is %d, %d, %d; want 2 desktops, 1 running, 1 connected", *i.Desktops, *i.Running, *i.Connected)
		}
	}
}

func TestPlanObstacle(t *testing.T) {
	for _, tt := range []struct {
		name     string
		stop     bool
		desktops []string
		want     bool
	}{{"stopped", false, []string{"o1"}, false}, {"running", false, []string{"o1", "o2"}, true}, {"to be stopped", true, []string{"o1", "o2"}, false}} {
		t.Run(tt.name, func(t *testing.T) {
			o := resize(tt.desktops...)
			o.Resize.StopRunning = tt.stop
			plan := mustPlan(t, cloud(t, Config{Pools: office()}), o)
			if got := plan.Obstacle != nil && errors.Is(plan.Obstacle, pool.Conflict); got != tt.want {
				t.Errorf("obstacle %v, want one: %v", plan.Obstacle, tt.want)
			}
		})
	}
}

// TestNotForSale: what the cloud does not sell is found when it is planned, and refused when it is sent.
func TestNotForSale(t *testing.T) {
	pools := office()
	pools[1].Product = pool.Product{ID: "rare", SaleStatus: pool.SoldOut}
	c := cloud(t, Config{Pools: pools})
	tests := map[string]pool.Order{
		"/add_volume/volume_type": {Type: pool.AddVolumeOrder, AddVolume: &pool.AddVolume{VolumeType: "golden", VolumeSizeGiB: 10}},
		"/extend_volume/disk_id":  {Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: "design-data", NewSizeGiB: 500}},
		"/resize/product_id":      {Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "rare", StopRunning: true}},
		"/change_image":           {Type: pool.ChangeImageOrder, ChangeImage: &pool.ChangeImage{ImageID: "none"}},
		"/type":                   {Type: pool.ChangeImageOrder, Resize: &pool.Resize{ProductID: "large"}},
	}
	for pointer, o := range tests {
		t.Run(pointer, func(t *testing.T) {
			o.PoolID = "office"
			_, err := c.Source().Ordering.Plan(t.Context(), o)
			if e := pool.AsError(err); !errors.Is(err, pool.Invalid) || len(e.Faults) != 1 || e.Faults[0].Pointer != pointer {
				t.Errorf("error %v, want a fault at %s", err, pointer)
			}
			sent := c.Source().Ordering.Send(t.Context(), pool.OrderCall{Request: encode(o)}, time.Now())
			if sent.State != pool.CallRejected || len(c.Orders()) != 0 {
				t.Errorf("sent nonetheless it is %s, and %d are booked", sent.State, len(c.Orders()))
			}
		})
	}
}

func TestPrices(t *testing.T) {
	c := cloud(t, Config{Pools: office()})
	price := func(o pool.Order) pool.Price {
		t.Helper()
		p, err := c.Source().Ordering.Price(t.Context(), o, mustPlan(t, c, o))
		if err != nil {
			t.Fatal(err)
		}
		p.Parts = nil
		return p
	}
	cny := func(amount string) *pool.Money { return &pool.Money{Amount: amount, Currency: "CNY"} }
	o := resize("d1", "o1")
	if diff := cmp.Diff(pool.Price{Amount: cny("100.00"), ListAmount: cny("100.00")}, price(o)); diff != "" {
		t.Errorf("two desktops (-want +got):\n%s", diff)
	}
	c.Raise(21)
	o.PromotionPlanID = "promo"
	want := pool.Price{Amount: cny("108.90"), ListAmount: cny("121.00"), Discounts: []pool.Discount{{ID: "promo", Name: "A tenth off", Amount: cny("12.10")}}}
	if diff := cmp.Diff(want, price(o)); diff != "" {
		t.Errorf("dearer, with a promotion (-want +got):\n%s", diff)
	}
	o.DesktopIDs, o.PoolID = nil, "office"
	c.Source().Ordering.Send(t.Context(), mustPlan(t, c, o).Calls[0], time.Now())
	if got := c.Orders()[0].Amount; !reflect.DeepEqual(got, price(o).Amount) {
		t.Errorf("the book says %v, the price was %v", got, price(o).Amount)
	}
}

func TestListLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cloud(t, Config{Pools: office()})
		c.ListLate(time.Minute)
		call := mustPlan(t, c, resize("o1")).Calls[0]
		at := time.Now()
		c.Source().Ordering.Send(t.Context(), call, at)
		for _, want := range []int{0, 1} {
			if found := look(t, c, resize("o1"), call, at); len(found.Orders) != want {
				t.Errorf("after %v %d orders are found, want %d", time.Since(at), len(found.Orders), want)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestLookTellsOrdersApart by target, type and time.
func TestLookTellsOrdersApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cloud(t, Config{Pools: office()})
		image := pool.Order{Type: pool.ChangeImageOrder, DesktopIDs: []string{"o1"}, ChangeImage: &pool.ChangeImage{ImageID: "plain-linux"}}
		var mine string
		var at time.Time
		for i, o := range []pool.Order{resize("o1"), resize("d1"), image, resize("o1"), resize("o1")} {
			time.Sleep(time.Second)
			sent := c.Source().Ordering.Send(t.Context(), mustPlan(t, c, o).Calls[0], time.Now())
			if i == 3 {
				mine, at = sent.Orders[0].ID, time.Now()
			}
		}
		call := mustPlan(t, c, resize("o1")).Calls[0]
		found, err := c.Source().Ordering.Look(t.Context(), pool.Suspect{Order: resize("o1"), Call: call, At: at, Until: at})
		if err != nil || len(found.Orders) != 1 || found.Orders[0].ID != mine {
			t.Errorf("found %+v, %v; want only %s", found.Orders, err, mine)
		}
	})
}
