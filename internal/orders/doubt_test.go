package orders

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// place places an order that nothing is wrong with.
func place(t *testing.T, d *Desk, s *pool.Service, r Request) Record {
	t.Helper()
	rec, _, err := d.Place(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func vanished(int, func() pool.CloudOrder) pool.Sent {
	return failed(pool.CallUnknown, pool.Timeout)
}

// cutOff keeps the first NOT_SENT, but its answer is lost, and it is away for 3 s then.
type cutOff struct {
	*notebook
	until time.Time
}

func (c *cutOff) Change(ctx context.Context, r Record) (Record, error) {
	if time.Now().Before(c.until) {
		return Record{}, &pool.Error{Kind: Unrecorded}
	}
	kept, err := c.notebook.Change(ctx, r)
	if err == nil && r.State == NotSent && c.until.IsZero() {
		c.until = time.Now().Add(3 * time.Second)
		return Record{}, &pool.Error{Kind: Unrecorded}
	}
	return kept, err
}

// TestAttemptsAreApart: a process that is cut off from the ledger does not
// write the end of its attempt over another process's next one.
func TestAttemptsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newNotebook()
		throttled := &shop{send: func(int, func() pool.CloudOrder) pool.Sent { return failed(pool.CallNotSent, pool.Throttled) }}
		slow := &shop{send: func(_ int, book func() pool.CloudOrder) pool.Sent {
			o := book()
			time.Sleep(10 * time.Second) // of the bubble
			return placed(o)
		}}
		third := &shop{}
		one, s1 := desk(t, &cutOff{notebook: l}, throttled)
		two, s2 := desk(t, l, slow)
		three, s3 := desk(t, l, third)
		for _, d := range []*Desk{one, two, three} {
			d.o.Sole = false
		}
		go func() { _, _, _ = one.Place(t.Context(), s1, volume("k1", "p1", 10)) }()
		time.Sleep(time.Second)
		go func() { _, _, _ = two.Place(t.Context(), s2, volume("k1", "p1", 10)) }()
		time.Sleep(6 * time.Second) // the first is back, the second still waits for the cloud
		_, _, _ = three.Place(t.Context(), s3, volume("k1", "p1", 10))
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if rec := l.only(t); rec.State != Placed || len(rec.Items[0].Orders) != 1 || third.sends != 0 || slow.sends != 1 {
			t.Errorf("%s with %+v; the second sent %d times, the third %d", rec.State, rec.Items[0].Orders, slow.sends, third.sends)
		}
	})
}

// TestALateRequest is carried out by the cloud minutes after we gave it up.
func TestALateRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, cloud := newNotebook(), &shop{send: vanished}
		d, s := desk(t, l, cloud)
		running(t, d)
		place(t, d, s, volume("k1", "p1", 10))
		time.Sleep(14 * time.Minute)
		cloud.mu.Lock()
		cloud.booked = append(cloud.booked, pool.CloudOrder{ID: "C1", CreatedAt: time.Now()})
		cloud.mu.Unlock()
		time.Sleep(2 * time.Minute)
		if rec := l.only(t); rec.State != Placed {
			t.Errorf("%s, want %s", rec.State, Placed)
		}
	})
}

// TestLooksThatCountAreApart: after a long stop, too, three looks take two minutes.
func TestLooksThatCountAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, cloud := newNotebook(), &shop{send: vanished}
		d, s := desk(t, l, cloud)
		place(t, d, s, volume("k1", "p1", 10))
		time.Sleep(25 * time.Minute) // nobody looks
		running(t, d)
		time.Sleep(119 * time.Second)
		if rec := l.only(t); rec.State != Unknown {
			t.Errorf("%s already, after %d looks", rec.State, rec.Looks)
		}
		time.Sleep(5 * time.Second)
		if rec := l.only(t); rec.State != NotPlaced {
			t.Errorf("%s, want %s", rec.State, NotPlaced)
		}
	})
}

// TestResolvedIsARival: an order that a person found in the console has ids that nobody wrote down.
func TestResolvedIsARival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, cloud := newNotebook(), &shop{}
		cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 1 {
				book()
			}
			return failed(pool.CallUnknown, pool.Timeout)
		}
		d, s := desk(t, l, cloud)
		first := place(t, d, s, volume("k1", "p1", 10)) // booked
		place(t, d, s, volume("k2", "p2", 10))          // never arrived
		running(t, d)
		time.Sleep(time.Minute)
		if _, err := d.Resolve(t.Context(), "t", first.ID, "ops", Placed, "seen"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Minute)
		if got := l.of(t, "k2").State; got != NeedsReview {
			t.Errorf("%s, want %s", got, NeedsReview)
		}
	})
}

// TestSourcesOfOneAccount share its books.
func TestSourcesOfOneAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, cloud := newNotebook(), &shop{}
		cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
			if n == 1 {
				return failed(pool.CallUnknown, pool.Timeout)
			}
			return placed(book())
		}
		d, _ := desk(t, l, cloud)
		here, there := cloud.source(), cloud.source()
		there.ID = "there"
		sources := []pool.Source{here, there}
		d.Use(sources)
		s := pool.NewService(sources)
		place(t, d, s, volume("k1", "p1", 10)) // never arrived
		other := volume("k2", "p2", 10)
		other.Pool.Source = "there"
		place(t, d, s, other)
		running(t, d)
		time.Sleep(25 * time.Minute)
		if got := l.of(t, "k1").State; got != NotPlaced {
			t.Errorf("%s, want %s", got, NotPlaced)
		}
	})
}

// TestAnotherAccount has the id of the source by now: its books prove nothing.
func TestAnotherAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, cloud := newNotebook(), &shop{send: vanished}
		d, s := desk(t, l, cloud)
		d.o.Pace.GiveUp = time.Hour
		place(t, d, s, volume("k1", "p1", 10))
		other := cloud.source()
		other.Account = "other"
		d.Use([]pool.Source{other})
		running(t, d)
		time.Sleep(62 * time.Minute)
		if got := l.only(t).State; got != NeedsReview {
			t.Errorf("%s, want %s", got, NeedsReview)
		}
	})
}

// TestAPanicLetsGo of the key.
func TestAPanicLetsGo(t *testing.T) {
	l, cloud := newNotebook(), &shop{plan: func(*pool.Plan) { panic("x") }}
	d, s := desk(t, l, cloud)
	func() {
		defer func() { _ = recover() }()
		_, _, _ = d.Place(t.Context(), s, volume("k1", "p1", 10))
	}()
	cloud.plan = nil
	if rec := place(t, d, s, volume("k1", "p1", 10)); rec.State != Placed {
		t.Error(rec.State)
	}
	d.Drain(t.Context())
}

// TestLeaving: what is not begun when the process ends is not begun any more.
func TestLeaving(t *testing.T) {
	l, cloud := newNotebook(), &shop{calls: 3}
	d, s := desk(t, l, cloud)
	cloud.send = func(n int, book func() pool.CloudOrder) pool.Sent {
		if n == 2 {
			d.leaving.Store(true)
		}
		return placed(book())
	}
	rec := place(t, d, s, volume("k1", "p1", 10))
	if rec.State != Partial || cloud.sends != 2 || rec.Items[2].State != ItemPending {
		t.Errorf("%s after %d sends: %+v", rec.State, cloud.sends, rec.Items)
	}
}
