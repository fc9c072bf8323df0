package orders

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestLookUp follows an order whose answer was lost until it is settled.
func TestLookUp(t *testing.T) {
	yes, no := true, false
	vanished := func(int, func() pool.CloudOrder) pool.Sent { return failed(pool.CallUnknown, pool.Timeout) }
	others := func(ids ...string) []pool.CloudOrder {
		var list []pool.CloudOrder
		for _, id := range ids {
			list = append(list, pool.CloudOrder{ID: id, CreatedAt: time.Now(), Amount: &pool.Money{Amount: "7.00", Currency: "CNY"}})
		}
		return list
	}
	tests := []struct {
		name  string
		cloud *shop
		state State
		after time.Duration // at the earliest; at the latest within a minute and a half more
	}{
		{"it stands in the books", &shop{send: lost}, Placed, 5 * time.Second},
		{"it stands there late", &shop{send: lost, late: 19 * time.Minute}, Placed, 19 * time.Minute},
		{"it never comes", &shop{send: vanished}, NotPlaced, 22 * time.Minute},
		{"the books are late, past the expiry", &shop{send: lost, late: 21*time.Minute + 30*time.Second}, Placed, 21*time.Minute + 30*time.Second},
		{"the books cannot be read", &shop{send: lost, lookErr: &pool.Error{Kind: pool.Unavailable}}, NeedsReview, 2 * time.Hour},
		{"the target changed, the books have nothing", &shop{send: vanished, changed: &yes}, NeedsReview, 20 * time.Minute},
		{"another price", &shop{send: vanished, price: "6.00", foreign: others("C7")}, NeedsReview, 20 * time.Minute},
		{"two that may be it", &shop{send: lost, foreign: others("C7")}, NeedsReview, 20 * time.Minute},
		{"without books, changed", &shop{send: lost, none: true, changed: &yes}, Placed, 5 * time.Second},
		{"without books, not changed", &shop{send: lost, none: true, changed: &no}, NotPlaced, 22 * time.Minute},
		{"without books, changed in part", &shop{send: lost, none: true}, NeedsReview, 20 * time.Minute},
		{"the price tells it from another", &shop{send: lost, price: "6.00", foreign: others("C7")}, Placed, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for i := range tt.cloud.foreign { // in the time of the bubble
					tt.cloud.foreign[i].CreatedAt = time.Now()
				}
				l := newNotebook()
				d, s := desk(t, l, tt.cloud)
				d.o.Pace.GiveUp = 2 * time.Hour // a day has very many looks
				running(t, d)
				rec, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10))
				if err != nil || rec.State != Unknown {
					t.Fatal(rec.State, err)
				}
				time.Sleep(tt.after - time.Second)
				if rec := l.only(t); rec.State != Unknown {
					t.Fatalf("%s already after %v: %+v", rec.State, tt.after-time.Second, rec.History)
				}
				time.Sleep(91 * time.Second)
				rec = l.only(t)
				if rec.State != tt.state || !rec.NextLook.IsZero() {
					t.Fatalf("%s, next look %v; want %s; %+v", rec.State, rec.NextLook, tt.state, rec.History)
				}
				if tt.cloud.sends != 1 {
					t.Errorf("%d sends", tt.cloud.sends)
				}
				if rec.State == Placed && !tt.cloud.none && rec.Items[0].Orders[0].ID != "C1" {
					t.Errorf("orders %+v", rec.Items[0].Orders)
				}
			})
		})
	}
}

// TestTwoUnknowns has two orders of one source unknown at the same time: what is found cannot be told apart.
func TestTwoUnknowns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, l := &shop{}, newNotebook()
		cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 1 {
				return lost(n, book)
			}
			return failed(pool.CallUnknown, pool.Timeout) // the second never came
		}
		d, s := desk(t, l, cloud)
		running(t, d)
		for _, p := range []string{"p1", "p2"} {
			if rec, _, err := d.Place(t.Context(), s, volume("k"+p, p, 10)); err != nil || rec.State != Unknown {
				t.Fatal(rec.State, err)
			}
		}
		time.Sleep(25 * time.Minute)
		for _, rec := range []Record{l.of(t, "kp1"), l.of(t, "kp2")} {
			if rec.State != NeedsReview {
				t.Errorf("%s is %s, want %s", rec.Key, rec.State, NeedsReview)
			}
		}
		if _, err := d.Resolve(t.Context(), "t", l.of(t, "kp1").ID, "ops", Placed, "seen in the console"); err != nil {
			t.Error(err)
		}
		if _, err := d.Resolve(t.Context(), "t", l.of(t, "kp2").ID, "ops", NotPlaced, "not there"); err != nil {
			t.Error(err)
		}
		if _, err := d.Resolve(t.Context(), "t", l.of(t, "kp2").ID, "ops", Placed, "once more"); !errors.Is(err, Settled) {
			t.Errorf("a settled order was resolved: %v", err)
		}
		if _, err := d.Resolve(t.Context(), "u", l.of(t, "kp2").ID, "ops", Placed, "x"); !errors.Is(err, NoOrder) {
			t.Errorf("another tenant's order: %v", err)
		}
		if a, b := l.of(t, "kp1").State, l.of(t, "kp2").State; a != Placed || b != NotPlaced {
			t.Errorf("%s and %s", a, b)
		}
		if cloud.sends != 2 {
			t.Errorf("%d sends", cloud.sends)
		}
	})
}

// TestClaimedOrders are not taken for another's: the second order was never made.
func TestClaimedOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, l := &shop{}, newNotebook()
		cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 1 {
				return placed(book())
			}
			return failed(pool.CallUnknown, pool.Timeout)
		}
		d, s := desk(t, l, cloud)
		running(t, d)
		for _, p := range []string{"p1", "p2"} {
			if _, _, err := d.Place(t.Context(), s, volume("k"+p, p, 10)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(25 * time.Minute)
		if got := l.of(t, "kp2").State; got != NotPlaced {
			t.Errorf("%s, want %s", got, NotPlaced)
		}
	})
}

// TestClaimedLate: an order that was tried again days later is older than the orders that came of it.
func TestClaimedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, l := &shop{}, newNotebook()
		cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
			switch n {
			case 1:
				return failed(pool.CallNotSent, pool.Unavailable)
			case 2:
				return placed(book())
			}
			return failed(pool.CallUnknown, pool.Timeout)
		}
		d, s := desk(t, l, cloud)
		for _, wait := range []time.Duration{0, 72 * time.Hour} {
			time.Sleep(wait)
			if _, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10)); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := d.Place(t.Context(), s, volume("k2", "p2", 10)); err != nil {
			t.Fatal(err)
		}
		running(t, d)
		time.Sleep(25 * time.Minute)
		if got := l.of(t, "k2").State; got != NotPlaced {
			t.Errorf("%s, want %s", got, NotPlaced)
		}
	})
}

// TestDesktopsTell: books that name the desktops tell orders of the same time apart.
func TestDesktopsTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, l := &shop{}, newNotebook()
		cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
			book()
			cloud.booked[n-1].DesktopIDs = []string{"p1"}
			return failed(pool.CallUnknown, pool.Timeout)
		}
		d, s := desk(t, l, cloud)
		if _, _, err := d.Place(t.Context(), s, volume("k1", "p1", 10)); err != nil {
			t.Fatal(err)
		}
		rival := volume("k2", "p2", 10) // unknown as well
		cloud.send = func(int, func() pool.CloudOrder) pool.Sent { return failed(pool.CallUnknown, pool.Timeout) }
		if _, _, err := d.Place(t.Context(), s, rival); err != nil {
			t.Fatal(err)
		}
		running(t, d)
		time.Sleep(6 * time.Second)
		if got := l.of(t, "k1").State; got != Placed {
			t.Errorf("%s, want %s", got, Placed)
		}
	})
}
