package orders

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestPlace(t *testing.T) {
	refused := func(int, func() pool.CloudOrder) pool.Sent { return failed(pool.CallRejected, pool.Invalid) }
	tests := []struct {
		name  string
		calls int
		send  func(n int, book func() pool.CloudOrder) pool.Sent
		state State
		sends int
		items []ItemState
	}{
		{"placed", 1, nil, Placed, 1, []ItemState{"PLACED"}},
		{"rejected", 1, refused, Rejected, 1, []ItemState{"REJECTED"}},
		{"not sent", 1, func(int, func() pool.CloudOrder) pool.Sent { return failed(pool.CallNotSent, pool.Unavailable) }, NotSent, 1, []ItemState{"NOT_SENT"}},
		{"unknown", 1, lost, Unknown, 1, []ItemState{"UNKNOWN"}},
		{"partial in itself", 1, func(_ int, book func() pool.CloudOrder) pool.Sent {
			return pool.Sent{State: pool.CallPartial, Orders: []pool.CloudOrder{book(), {Failed: true, Code: "X"}}}
		}, Partial, 1, []ItemState{"PARTIAL"}},
		{"three calls", 3, nil, Placed, 3, []ItemState{"PLACED", "PLACED", "PLACED"}},
		{"the second is unknown", 3, func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 2 {
				return lost(n, book)
			}
			return placed(book())
		}, Unknown, 2, []ItemState{"PLACED", "UNKNOWN", "PENDING"}},
		{"the second is throttled", 3, func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 2 {
				return failed(pool.CallNotSent, pool.Throttled)
			}
			return placed(book())
		}, Partial, 2, []ItemState{"PLACED", "NOT_SENT", "PENDING"}},
		{"the second is refused", 3, func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 2 {
				return failed(pool.CallRejected, pool.Invalid)
			}
			return placed(book())
		}, Partial, 3, []ItemState{"PLACED", "REJECTED", "PLACED"}},
		{"all refused", 2, refused, Rejected, 2, []ItemState{"REJECTED", "REJECTED"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cloud, l := &shop{calls: tt.calls, send: tt.send}, newNotebook()
			d, s := desk(t, l, cloud)
			rec, replayed, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
			if err != nil || replayed || rec.State != tt.state {
				t.Fatalf("state %s, replayed %t, error %v; want %s", rec.State, replayed, err, tt.state)
			}
			var items []ItemState
			for _, i := range rec.Items {
				items = append(items, i.State)
			}
			if diff := cmp.Diff(tt.items, items); diff != "" || cloud.sends != tt.sends {
				t.Errorf("%d sends, want %d; items (-want +got):\n%s", cloud.sends, tt.sends, diff)
			}
			if diff := cmp.Diff(l.only(t), rec); diff != "" {
				t.Errorf("what was answered is not what is kept (-kept +answered):\n%s", diff)
			}
			last := rec.History[len(rec.History)-1]
			if rec.History[0].State != Reserved || rec.History[1].State != Sending || last.State != tt.state || last.Note == "" {
				t.Errorf("history %+v", rec.History)
			}
			if refused := tt.state != Placed && tt.name != "partial in itself"; refused != (rec.Refusal != nil) {
				t.Errorf("refusal %+v", rec.Refusal)
			}
		})
	}
}

func TestTheSameKey(t *testing.T) {
	cloud, l := &shop{}, newNotebook()
	d, s := desk(t, l, cloud)
	first, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
	if err != nil {
		t.Fatal(err)
	}
	again, replayed, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
	if err != nil || !replayed || cmp.Diff(first, again) != "" {
		t.Errorf("replayed %t, error %v: %s", replayed, err, cmp.Diff(first, again))
	}
	if _, _, err = d.Place(t.Context(), s, volume("k1", "p1", 20)); !errors.Is(err, KeyReused) {
		t.Errorf("another order with the key: %v, want %v", err, KeyReused)
	}
	other := volume("k1", "p1", 10)
	other.Tenant = "u"
	if rec, replayed, err := d.Place(t.Context(), s, other); err != nil || replayed || rec.ID == first.ID {
		t.Errorf("the key of another tenant: %s, replayed %t, error %v", rec.ID, replayed, err)
	}
	if cloud.sends != 2 {
		t.Errorf("%d sends, want 2", cloud.sends)
	}
}

// TestManyAtOnce is 200 identical requests: one order, and one plain answer.
func TestManyAtOnce(t *testing.T) {
	cloud, l := &shop{}, newNotebook()
	one, s := desk(t, l, cloud)
	two, _ := desk(t, l, cloud) // another process
	two.o.Sole, one.o.Sole = false, false
	var plain, replays, busy atomic.Int32
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() {
			d := one
			if i%2 == 0 {
				d = two
			}
			_, replayed, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
			switch {
			case errors.Is(err, InProgress):
				busy.Add(1)
			case err != nil:
				t.Error(err)
			case replayed:
				replays.Add(1)
			default:
				plain.Add(1)
			}
		})
	}
	group.Wait()
	if cloud.sends != 1 || plain.Load() != 1 || plain.Load()+replays.Load()+busy.Load() != 200 {
		t.Errorf("%d sends, %d plain, %d replays, %d busy", cloud.sends, plain.Load(), replays.Load(), busy.Load())
	}
}

func TestNotSentMayTryAgain(t *testing.T) {
	cloud, l := &shop{}, newNotebook()
	cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
		if n == 1 {
			return failed(pool.CallNotSent, pool.Unavailable)
		}
		return placed(book())
	}
	d, s := desk(t, l, cloud)
	first, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
	if err != nil || first.State != NotSent || first.Refusal.Kind != pool.Unavailable {
		t.Fatalf("%s %+v, error %v", first.State, first.Refusal, err)
	}
	if _, _, err := d.Place(t.Context(), s, volume("k1", "p1", 20)); !errors.Is(err, KeyReused) {
		t.Errorf("another order with the key of one that was not sent: %v", err)
	}
	second, replayed, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
	if err != nil || replayed || second.State != Placed || second.ID != first.ID || second.Refusal != nil || len(second.History) != 6 {
		t.Errorf("%s, replayed %t, error %v, history %v", second.State, replayed, err, second.History)
	}
	if _, replayed, _ := d.Place(t.Context(), s, volume("k1", "p1", 10)); !replayed || len(cloud.booked) != 1 {
		t.Errorf("replayed %t, %d orders", replayed, len(cloud.booked))
	}
}

func TestAnUnknownOrderHoldsItsPool(t *testing.T) {
	cloud, l := &shop{send: lost}, newNotebook()
	d, s := desk(t, l, cloud)
	if rec, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10)); err != nil || rec.State != Unknown {
		t.Fatal(rec.State, err)
	}
	cloud.send = nil
	if _, _, err := d.Place(t.Context(), s, volume("k2", "p1", 10)); !errors.Is(err, Unresolved) {
		t.Errorf("another order on the pool: %v, want %v", err, Unresolved)
	}
	if rec, _, err := d.Place(t.Context(), s, volume("k2", "p2", 10)); err != nil || rec.State != Placed {
		t.Errorf("on another pool: %s, %v", rec.State, err)
	}
	if rec, replayed, err := d.Place(t.Context(), s, volume("k1", "p1", 10)); err != nil || !replayed || rec.State != Unknown {
		t.Errorf("the key again: %s, replayed %t, %v", rec.State, replayed, err)
	}
	if cloud.sends != 2 {
		t.Errorf("%d sends, want 2", cloud.sends)
	}
}

func TestTheCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, l := &shop{}, newNotebook()
		cloud.send = func(_ int, book func() pool.CloudOrder) pool.Sent {
			time.Sleep(10 * time.Second) // of the bubble: the cloud takes its time
			return placed(book())
		}
		d, s := desk(t, l, cloud)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := d.Place(ctx, s, volume("k1", "p1", 10)); !errors.Is(err, InProgress) {
			t.Errorf("the caller left with %v, want %v", err, InProgress)
		}
		if _, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10)); !errors.Is(err, InProgress) {
			t.Errorf("the key again: %v, want %v", err, InProgress)
		}
		if _, _, err := d.Place(t.Context(), s, volume("k1", "p1", 20)); !errors.Is(err, KeyReused) {
			t.Errorf("the key with another order: %v, want %v", err, KeyReused)
		}
		d.Drain(t.Context())
		if rec := l.only(t); rec.State != Placed || cloud.sends != 1 {
			t.Errorf("%s after %d sends, want %s after 1", rec.State, cloud.sends, Placed)
		}
	})
}

func TestWhatIsRefusedBeforehand(t *testing.T) {
	money := func(amount, currency string) *pool.Money { return &pool.Money{Amount: amount, Currency: currency} }
	with := func(change func(*Request)) Request {
		r := volume("k1", "p1", 10)
		change(&r)
		return r
	}
	desktops := func(ids ...string) func(*Request) {
		return func(r *Request) {
			r.Pool = nil
			for _, id := range ids {
				r.Desktops = append(r.Desktops, pool.ID{Source: "shop", Native: id})
			}
		}
	}
	tests := []struct {
		name    string
		cloud   *shop
		request Request
		kind    pool.Kind
		faults  []string // code and pointer
		plans   int
	}{
		{name: "a source that is not there", request: with(func(r *Request) { r.Pool.Source = "other" }), kind: pool.NotFound},
		{name: "a pool that is not there", request: volume("k1", "none", 10), kind: pool.NotFound, plans: 1},
		{name: "a type that the source lacks", kind: Unsupported, faults: []string{"NOT_SUPPORTED /type"}, request: with(func(r *Request) {
			r.Order = pool.Order{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "x"}}
		})},
		{name: "parameters that the source lacks, and bounds", kind: Unsupported, request: with(func(r *Request) {
			r.Order.AutoPay, r.Order.AddVolume.VolumeSizeGiB, r.Order.PromotionPlanID = true, 8210, "123456789"
			r.Order.AddVolume.VolumeType = "FLOPPY"
		}), faults: []string{
			"NOT_ALLOWED /add_volume/volume_type", "OUT_OF_RANGE /add_volume/volume_size_gib",
			"OUT_OF_RANGE /promotion_plan_id", "NOT_SUPPORTED /auto_pay",
		}},
		{name: "a step", kind: Unprocessable, request: volume("k1", "p1", 15), faults: []string{"INVALID /add_volume/volume_size_gib"}},
		{name: "billed afterwards", cloud: &shop{plan: func(p *pool.Plan) { p.Pools[0].BillingMode = pool.Postpaid }}, kind: Unprocessable,
			request: volume("k1", "p1", 10), faults: []string{"INVALID /target/pool_id"}, plans: 1},
		{name: "one desktop is billed afterwards", cloud: &shop{plan: func(p *pool.Plan) { p.Desktops[0].BillingMode = pool.BillingUnknown }},
			kind: Unprocessable, request: with(desktops("z", "a", "m")), faults: []string{"INVALID /target/desktop_ids/1"}, plans: 1},
		{name: "a desktop twice", kind: Unprocessable, request: with(desktops("z", "z")), faults: []string{"REPEATED /target/desktop_ids/1"}},
		{name: "desktops of two sources", kind: Unprocessable, faults: []string{"INVALID /target/desktop_ids/1"}, request: with(func(r *Request) {
			desktops("z", "a")(r)
			r.Desktops[1].Source = "other"
		})},
		{name: "no target", kind: Unprocessable, faults: []string{"INVALID /target"}, request: with(desktops())},
		{name: "nothing to change", cloud: &shop{plan: func(p *pool.Plan) { p.Calls = nil }}, kind: Unprocessable,
			request: volume("k1", "p1", 10), faults: []string{"INVALID /target/pool_id"}, plans: 1},
		{name: "a disk that would not grow", kind: Unprocessable, faults: []string{"OUT_OF_RANGE /extend_volume/new_size_gib"}, plans: 1,
			request: with(func(r *Request) {
				r.Order = pool.Order{Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: "d1", NewSizeGiB: 100}}
			})},
		{name: "a disk that is not there", kind: Unprocessable, faults: []string{"NOT_ALLOWED /extend_volume/disk_id"}, plans: 1,
			request: with(func(r *Request) {
				r.Order = pool.Order{Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: "d2", NewSizeGiB: 200}}
			})},
		{name: "something is in the way", cloud: &shop{plan: func(p *pool.Plan) { p.Obstacle = &pool.Error{Kind: pool.Conflict} }},
			kind: pool.Conflict, request: volume("k1", "p1", 10), plans: 1},
		{name: "too dear", cloud: &shop{price: "100.01"}, kind: PriceChanged, plans: 1, request: with(func(r *Request) { r.MaxAmount = money("100.00", "CNY") })},
		{name: "another currency", cloud: &shop{price: "1.00"}, kind: Unprocessable, faults: []string{"NOT_ALLOWED /max_amount/currency"}, plans: 1,
			request: with(func(r *Request) { r.MaxAmount = money("100", "USD") })},
		{name: "a bound without a price", kind: Unprocessable, faults: []string{"INVALID /max_amount"}, plans: 1,
			request: with(func(r *Request) { r.MaxAmount = money("100", "CNY") })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.cloud == nil {
				tt.cloud = &shop{}
			}
			l := newNotebook()
			d, s := desk(t, l, tt.cloud)
			_, _, err := d.Place(t.Context(), s, tt.request)
			e := pool.AsError(err)
			if !errors.Is(err, tt.kind) {
				t.Fatalf("error %v, want %v", err, tt.kind)
			}
			var faults []string
			for _, f := range e.Faults {
				if f.Detail == "" {
					t.Errorf("%s has no detail", f.Pointer)
				}
				faults = append(faults, f.Code+" "+f.Pointer)
			}
			if diff := cmp.Diff(tt.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if tt.cloud.sends != 0 || tt.cloud.planned != tt.plans || len(l.records) != 0 {
				t.Errorf("%d sends, %d plans, %d records; want 0, %d, 0", tt.cloud.sends, tt.cloud.planned, len(l.records), tt.plans)
			}
		})
	}
}

func TestAPriceWithinTheBound(t *testing.T) {
	d, s := desk(t, newNotebook(), &shop{price: "100"})
	r := volume("k1", "p1", 10)
	r.MaxAmount = &pool.Money{Amount: "100.000", Currency: "CNY"}
	if rec, _, err := d.Place(t.Context(), s, r); err != nil || rec.State != Placed || rec.Estimate.Amount.Amount != "100" {
		t.Errorf("%s %+v, error %v", rec.State, rec.Estimate, err)
	}
	r.MaxAmount = &pool.Money{Amount: "100", Currency: "CNY"} // the same, written otherwise
	if _, replayed, err := d.Place(t.Context(), s, r); err != nil || !replayed {
		t.Errorf("replayed %t, error %v", replayed, err)
	}
}

func TestWithoutALedger(t *testing.T) {
	cloud := &shop{price: "5.00"}
	d := New(Options{})
	s := pool.NewService([]pool.Source{cloud.source()})
	if _, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10)); !errors.Is(err, Unrecorded) || cloud.planned != 0 {
		t.Errorf("error %v after %d plans, want %v after none", err, cloud.planned, Unrecorded)
	}
	if _, err := d.Order(t.Context(), "t", "x"); !errors.Is(err, Unrecorded) {
		t.Error(err)
	}
	got, err := d.Estimate(t.Context(), s, volume("", "p1", 10).Draft)
	if err != nil || got.Amount.Amount != "5.00" || *got.Impact.Desktops != 3 || got.Source.ID != "shop" {
		t.Errorf("estimate %+v, error %v", got, err)
	}
}
