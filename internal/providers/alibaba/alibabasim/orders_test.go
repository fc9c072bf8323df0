package alibabasim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// over sends a signed request through a real connection.
func over(t *testing.T, client *http.Client, url string, r *http.Request, edit func(*http.Request)) (int, error) {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), r.Method, url+"/?"+r.URL.RawQuery, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	out.Header, out.Host = r.Header.Clone(), r.Host
	if edit != nil {
		edit(out)
	}
	res, err := client.Do(out)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if closing := res.Body.Close(); closing != nil {
		t.Error(closing)
	}
	return res.StatusCode, err
}

func TestWrites(t *testing.T) {
	faults := &fault.Set{}
	s, _, ids := orderSim(func(c *Config) { c.Faults = faults })
	srv := httptest.NewServer(s)
	defer srv.Close()
	modify := q("DesktopId", ids[0], "DesktopType", otherType)
	steps := []struct {
		name   string
		r      request
		edit   func(*http.Request)
		status int
		fault  fault.Kind
	}{
		{"unsigned", request{action: "ModifyDesktopSpec", query: modify}, func(r *http.Request) { r.Header.Del("Authorization") }, 400, ""},
		{"broken", request{action: "ModifyDesktopSpec", query: modify}, nil, 500, fault.Error},
		{"refused", request{action: "ModifyDesktopSpec", query: q("DesktopId", "ud-unknown", "DesktopType", otherType)}, nil, 400, ""},
		{"good", request{action: "ModifyDesktopSpec", query: modify}, func(r *http.Request) { r.Close = true; r.Header.Set("Idempotency-Key", "k") }, 200, ""},
		{"good, and loses data", request{action: "ResetDesktops", query: q("DesktopId.1", ids[1], "ResetType", "1")}, nil, 200, ""},
		{"no write", request{action: "DescribeDesktopGroups"}, nil, 200, ""},
		{"no write of this kind", request{action: "StartDesktops", query: q("DesktopId.1", ids[2])}, nil, 200, ""},
	}
	for _, step := range steps {
		faults.Clear()
		if step.fault != "" {
			if err := faults.Add(fault.Fault{Kind: step.fault}); err != nil {
				t.Fatal(err)
			}
		}
		if status, err := over(t, srv.Client(), srv.URL, step.r.signed(), step.edit); err != nil || status != step.status {
			t.Errorf("%s: %d %v, want %d", step.name, status, err, step.status)
		}
	}
	writes := s.Writes()
	if len(writes) != 5 {
		t.Fatalf("%d writes, want 5", len(writes))
	}
	for i, w := range writes {
		if w.Operation != steps[i].r.action || w.Close != (i == 3) || !w.At.Equal(day) || (w.Header.Get("Idempotency-Key") != "") != (i == 3) {
			t.Errorf("%s: %+v", steps[i].name, w)
		}
		if want := i == 3; (len(w.OrderIDs) == 1 && w.OrderIDs[0] == s.Orders()[0].ID) != want {
			t.Errorf("%s: orders %v", steps[i].name, w.OrderIDs)
		}
	}
	writes[3].OrderIDs[0], writes[3].Header["Idempotency-Key"][0] = "changed", "changed"
	s.Orders()[0].DesktopIDs[0] = "changed"
	if w := s.Writes()[3]; w.OrderIDs[0] == "changed" || w.Header.Get("Idempotency-Key") != "k" || s.Orders()[0].DesktopIDs[0] != ids[0] {
		t.Error("what Writes and Orders return is not the caller's own")
	}
	r := request{action: "ModifyDesktopSpec", query: modify, header: http.Header{"X-Test": {"sent"}}}.signed()
	send(t, s, r)
	r.Header.Set("X-Test", "changed")
	if got := s.Writes()[5].Header.Get("X-Test"); got != "sent" {
		t.Errorf("the header was %s", got)
	}
}

func TestOrderIDsAreUnique(t *testing.T) {
	s, c, ids := orderSim(nil)
	d, _ := s.c.World.desktop(ids[0])
	seen := map[string]bool{}
	for range 5000 {
		seen[s.enter(&params{now: c.now}, []wanted{{d, makeup{product: otherType}}}, Order{}).ID] = true
	}
	if len(seen) != 5000 {
		t.Errorf("%d ids of 5000 orders", len(seen))
	}
}

// TestLostAnswer: the order is booked, once, however its answer is lost.
func TestLostAnswer(t *testing.T) {
	for _, as := range []string{"reset", "cut", "hang", "500", "502", "504", "html", "empty", "object", "redirect"} {
		t.Run(as, func(t *testing.T) {
			faults := &fault.Set{}
			s, _, ids := orderSim(func(c *Config) { c.Faults = faults })
			if err := faults.Add(fault.Fault{Operation: "ModifyDesktopSpec", Kind: fault.LoseAnswer, As: fault.Loss(as)}); err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(s)
			defer srv.Close()
			srv.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			r := request{action: "ModifyDesktopSpec", query: q("DesktopId", ids[0], "DesktopType", otherType)}.signed()
			if as == "hang" {
				time.AfterFunc(50*time.Millisecond, faults.Clear)
			}
			_, _ = over(t, srv.Client(), srv.URL, r, func(r *http.Request) { r.Close = true })
			orders, writes := s.Orders(), s.Writes()
			if len(orders) != 1 || len(writes) != 1 || !slices.Equal(writes[0].OrderIDs, []string{orders[0].ID}) {
				t.Fatalf("orders %v, writes %v", orders, writes)
			}
			faults.Clear()
			if _, listed := bill(t, s, "QueryOrders"); len(listed) != 1 || listed[0]["OrderId"] != orders[0].ID {
				t.Errorf("billed: %v", listed)
			}
		})
	}
}

// TestOrdersAtOnce: of many who order for the same desktops at once, each desktop goes to one.
func TestOrdersAtOnce(t *testing.T) {
	s, _, ids := orderSim(nil)
	var requests []*http.Request
	for range 10 {
		for _, id := range ids {
			requests = append(requests, request{action: "ModifyDesktopSpec", query: q("DesktopId", id, "DesktopType", otherType)}.signed(),
				request{action: "DescribeDesktops", query: q(append(slices.Clone(pooled), "DesktopGroupId", s.c.World.IdleGroup())...)}.signed(),
				request{action: "DescribeDesktopGroups"}.signed(), request{action: "ResetDesktops", query: q("DesktopGroupId", exampleGroup, "ResetType", "1")}.signed())
		}
	}
	var wg sync.WaitGroup
	for _, r := range requests {
		wg.Go(func() {
			s.ServeHTTP(httptest.NewRecorder(), r)
			if len(s.Writes()) == 0 && len(s.Orders()) > 0 {
				t.Error("an order without a write")
			}
		})
	}
	wg.Wait()
	var bought []string
	for _, o := range s.Orders() {
		if o.Operation == "ModifyDesktopSpec" {
			bought = append(bought, o.DesktopIDs...)
		}
	}
	slices.Sort(bought)
	if diff := cmp.Diff(ids, bought); diff != "" {
		t.Errorf("desktops that were ordered for (-want +got):\n%s", diff)
	}
	if n := len(s.Writes()); n != 160 {
		t.Errorf("%d writes, want 160", n)
	}
}

// TestInABubble: nothing runs in the background, so time may be fake.
func TestInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, ids := orderSim(func(c *Config) { c.Now = time.Now })
		client := &http.Client{Transport: &http.Transport{DialContext: pipetest.Serve(t, s).Dial}}
		defer client.CloseIdleConnections()
		order := request{action: "ModifyDesktopSpec", query: q("DesktopId", ids[0], "DesktopType", otherType), date: time.Now().UTC().Format(dateLayout)}
		if status, err := over(t, client, "http://ecd.test", order.signed(), nil); status != 200 || err != nil {
			t.Fatal(status, err)
		}
		if r := row(t, s, ids[0]); r["ManagementFlag"] != "Updating" {
			t.Errorf("at once: %v", r["ManagementFlag"])
		}
		time.Sleep(time.Second)
		if r := row(t, s, ids[0]); r["ManagementFlag"] != "NoFlag" || r["DesktopType"] != otherType {
			t.Errorf("a second later: %v", r)
		}
	})
}

func TestIdleGroup(t *testing.T) {
	for seed := range uint64(20) {
		for _, o := range []WorldOptions{{}, {Groups: 8, Desktops: 600}, {Groups: 12, Desktops: 1500}, {Idle: 45}} {
			w := NewWorld(seed, o)
			g := w.group(w.IdleGroup())
			want := 8
			if o.Idle > 0 {
				want = o.Idle
			}
			if g.totals.live != [2]int{want, 0} || g.totals.stop != want || g.payType() != payPre || g.status() != 1 {
				t.Errorf("seed %d, %+v: %+v", seed, o, g.totals)
			}
			for slot := range g.slots() {
				if d := g.desktop(slot); d.flag != "NoFlag" || d.sessions != 0 {
					t.Errorf("%s is %s with %d sessions", d.id(), d.flag, d.sessions)
				}
			}
		}
	}
	if id := NewWorld(7, WorldOptions{Groups: 6}).IdleGroup(); id != "" {
		t.Errorf("a small world has the idle group %s", id)
	}
}

// TestResetCostsNoMemory: to reset a large group is one change, however many desktops it has.
func TestResetCostsNoMemory(t *testing.T) {
	reset := func(n int) float64 {
		world := NewWorld(7, WorldOptions{Groups: 2, Desktops: 20, BigGroup: n})
		s := newTestSim(func(c *Config) { c.World = world })
		r := request{action: "ResetDesktops", query: q("DesktopGroupId", world.groups[2].id, "ResetType", "1")}
		var requests []*http.Request
		for range 3 {
			requests = append(requests, r.signed())
		}
		return testing.AllocsPerRun(2, func() {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, requests[0])
			if requests = requests[1:]; w.Code != 200 {
				t.Error(w.Body)
			}
		})
	}
	if few, many := reset(100), reset(50_000); many > few+20 {
		t.Errorf("%v allocations with 100 desktops, %v with 50,000", few, many)
	}
}
