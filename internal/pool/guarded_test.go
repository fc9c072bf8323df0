package pool

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// shop is a catalogue and an orderer that answer what they are told to.
type shop struct {
	err   error
	sent  Sent
	hang  bool // until ctx ends
	calls atomic.Int64
}

func (s *shop) visit(ctx context.Context) error {
	s.calls.Add(1)
	if s.hang {
		<-ctx.Done()
	}
	return s.err
}

func (s *shop) Products(ctx context.Context) (Answer[[]Offer], error) {
	return Answer[[]Offer]{Value: []Offer{{Name: "small"}}}, s.visit(ctx)
}

func (s *shop) Images(ctx context.Context) (Answer[[]ImageOffer], error) {
	return Answer[[]ImageOffer]{Value: []ImageOffer{{Kind: "gold"}}}, s.visit(ctx)
}

func (s *shop) Plan(ctx context.Context, o Order) (Plan, error) {
	return Plan{Pools: []Pool{{NativeID: o.PoolID}}}, s.visit(ctx)
}

func (s *shop) Price(ctx context.Context, _ Order, _ Plan) (Price, error) {
	return Price{Reason: NoPriceCall}, s.visit(ctx)
}

func (s *shop) Send(ctx context.Context, c OrderCall, at time.Time) Sent {
	_ = s.visit(ctx)
	sent := s.sent
	sent.Orders = []CloudOrder{{ID: c.Operation, CreatedAt: at}}
	return sent
}

func (s *shop) Look(ctx context.Context, q Suspect) (Evidence, error) {
	return Evidence{Orders: []CloudOrder{{ID: q.Call.Operation}}}, s.visit(ctx)
}

func (s *shop) source() Source {
	src := (&fake{}).source("s", Huawei)
	src.Catalogue, src.Ordering = s, &Ordering{Orderer: s, MaxDesktops: 7}
	return src
}

// ways are all calls of a source that Guard watches besides those of the Reader.
var ways = map[string]func(ctx context.Context, src Source) error{
	"Products": func(ctx context.Context, src Source) error { _, err := src.Catalogue.Products(ctx); return err },
	"Images":   func(ctx context.Context, src Source) error { _, err := src.Catalogue.Images(ctx); return err },
	"Plan":     func(ctx context.Context, src Source) error { _, err := src.Ordering.Plan(ctx, Order{}); return err },
	"Price": func(ctx context.Context, src Source) error {
		_, err := src.Ordering.Price(ctx, Order{}, Plan{})
		return err
	},
	"Look": func(ctx context.Context, src Source) error { _, err := src.Ordering.Look(ctx, Suspect{}); return err },
	"Send": func(ctx context.Context, src Source) error {
		if s := src.Ordering.Send(ctx, OrderCall{}, time.Now()); s.Err != nil {
			return s.Err
		}
		return nil
	},
}

func TestGuardLeavesAnswersAlone(t *testing.T) {
	s := &shop{sent: Sent{State: CallPlaced}}
	inner := s.source()
	src, now := Guard(inner), time.Now()
	if _, watched := inner.Ordering.Orderer.(guardedOrderer); watched {
		t.Error("the source that was given is changed")
	}
	if src.Ordering.MaxDesktops != 7 {
		t.Errorf("MaxDesktops is %d, want 7", src.Ordering.MaxDesktops)
	}
	products, _ := src.Catalogue.Products(t.Context())
	images, _ := src.Catalogue.Images(t.Context())
	plan, _ := src.Ordering.Plan(t.Context(), Order{PoolID: "p"})
	price, _ := src.Ordering.Price(t.Context(), Order{}, plan)
	evidence, _ := src.Ordering.Look(t.Context(), Suspect{Call: OrderCall{Operation: "Change"}})
	sent := src.Ordering.Send(t.Context(), OrderCall{Operation: "Change"}, now)
	if products.Value[0].Name != "small" || images.Value[0].Kind != "gold" || plan.Pools[0].NativeID != "p" || price.Reason != NoPriceCall ||
		evidence.Orders[0].ID != "Change" || sent.State != CallPlaced || sent.Orders[0].ID != "Change" || !sent.Orders[0].CreatedAt.Equal(now) {
		t.Errorf("got %v, %v, %v, %v, %v, %v", products, images, plan, price, evidence, sent)
	}
	if s.calls.Load() != 6 {
		t.Errorf("%d calls, want 6", s.calls.Load())
	}
}

func TestGuardOfASourceThatOnlyReads(t *testing.T) {
	if src := Guard((&fake{}).source("s", Huawei)); src.Catalogue != nil || src.Ordering != nil {
		t.Errorf("catalogue %v, ordering %v; want none", src.Catalogue, src.Ordering)
	}
}

// TestGuardHoldsEverything: whichever call meets the refusal, none is made for a minute.
func TestGuardHoldsEverything(t *testing.T) {
	for first, meet := range ways {
		t.Run(first, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refusal := &Error{Kind: Auth, Upstream: &Upstream{Code: "APIGW.0301"}}
				s := &shop{err: refusal, sent: Sent{State: CallRejected, Err: refusal}}
				src := Guard(s.source())
				if err := meet(t.Context(), src); !errors.Is(err, Auth) {
					t.Fatalf("err = %v, want the refusal", err)
				}
				time.Sleep(59 * time.Second)
				for name, ask := range ways {
					err := ask(t.Context(), src)
					if !errors.Is(err, Auth) || AsError(err).RetryAfter != time.Second || AsError(err).Upstream.Code != "APIGW.0301" {
						t.Errorf("%s: err = %v, want the refusal of before and 1s", name, err)
					}
				}
				if sent := src.Ordering.Send(t.Context(), OrderCall{}, time.Now()); sent.State != CallNotSent {
					t.Errorf("a Send that is held back is %s", sent.State)
				}
				if _, err := src.Reader.Pools(t.Context()); !errors.Is(err, Auth) {
					t.Errorf("reads are not held: %v", err)
				}
				if n := s.calls.Load(); n != 1 {
					t.Errorf("%d calls, want only the first", n)
				}
				time.Sleep(time.Second)
				s.err, s.sent = nil, Sent{State: CallPlaced}
				if err := meet(t.Context(), src); err != nil || s.calls.Load() != 2 {
					t.Errorf("after a minute: %v, %d calls", err, s.calls.Load())
				}
			})
		})
	}
}

func TestGuardProvesCredentialsWithOneCallOfAnyKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{hang: true, sent: Sent{State: CallUnknown, Err: &Error{Kind: Timeout}}}
		src := Guard(s.source())
		ctx, cancel := context.WithCancel(t.Context())
		for _, ask := range ways {
			go func() { _ = ask(ctx, src) }()
		}
		synctest.Wait()
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%d calls under way, want 1", n)
		}
		short, done := context.WithTimeout(t.Context(), time.Second)
		defer done()
		sent := src.Ordering.Send(short, OrderCall{}, time.Now())
		if sent.State != CallNotSent || !errors.Is(sent.Err, context.DeadlineExceeded) {
			t.Errorf("a Send that had to wait: %s, %v; want NOT_SENT and the deadline", sent.State, sent.Err)
		}
		cancel()
		synctest.Wait()
	})
}

// TestGuardBlamesTheSource only for what it is to blame for.
func TestGuardBlamesTheSource(t *testing.T) {
	said := &Upstream{Code: "X"}
	tests := []struct {
		name    string
		sent    Sent
		ok, bad bool // what Health says
	}{
		{"placed", Sent{State: CallPlaced}, true, false},
		{"some failed", Sent{State: CallPartial, Err: &Error{Kind: Failed}}, true, false},
		{"a bad order, by the cloud", Sent{State: CallRejected, Err: &Error{Kind: Invalid, Upstream: said}}, true, false},
		{"sold out", Sent{State: CallRejected, Err: &Error{Kind: Conflict, Upstream: said}}, true, false},
		{"a bad order, by us", Sent{State: CallNotSent, Err: &Error{Kind: Invalid}}, false, false},
		{"the caller left", Sent{State: CallUnknown, Err: &Error{Kind: Timeout, Err: context.Canceled}}, false, false},
		{"denied", Sent{State: CallRejected, Err: &Error{Kind: Denied, Upstream: said}}, false, true},
		{"no connection", Sent{State: CallNotSent, Err: &Error{Kind: Unavailable}}, false, true},
		{"no answer", Sent{State: CallUnknown, Err: &Error{Kind: Timeout}}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := Guard((&shop{sent: tt.sent}).source())
			src.Ordering.Send(t.Context(), OrderCall{}, time.Now())
			if ok, err, _ := src.Health.Last(); ok.IsZero() == tt.ok || (err != nil) != tt.bad {
				t.Errorf("ok at %v, error %v; want ok %v, error %v", ok, err, tt.ok, tt.bad)
			}
		})
	}
}
