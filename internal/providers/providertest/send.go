package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// sale is what the cloud has of one Send.
type sale struct {
	sent   pool.Sent
	at     time.Time
	writes int      // requests
	booked []string // new entries
}

// send makes one call, as it comes back from a ledger.
func (fx OrdersFixture) send(ctx context.Context, c pool.OrderCall) (sale, error) {
	kept, err := json.Marshal(c)
	if err != nil {
		return sale{}, err
	}
	var call pool.OrderCall
	if err := json.Unmarshal(kept, &call); err != nil {
		return sale{}, err
	}
	writes, booked := fx.Writes(), len(fx.Booked())
	s := sale{at: now().UTC().Truncate(time.Millisecond)}
	s.sent = fx.Source.Ordering.Send(ctx, call, s.at)
	s.writes, s.booked = fx.Writes()-writes, fx.Booked()[booked:]
	if s.sent.State == pool.CallPlaced {
		return s, nil
	}
	if s.sent.Err == nil {
		return s, fmt.Errorf("%s without an error that says why", s.sent.State)
	}
	return s, blamed(fx.Fixture, s.sent.Err)
}

// is checks what became of a Send: its state, how many requests it took, and
// how many orders were made.
func (s sale) is(state pool.SentState, writes, booked int) error {
	if s.sent.State != state || s.writes != writes || len(s.booked) != booked {
		return fmt.Errorf("it is %s (%w) after %d writes, with %q booked; want %s, %d writes and %d booked",
			s.sent.State, cause(s.sent.Err), s.writes, s.booked, state, writes, booked)
	}
	return nil
}

// cause is e as an error, also where there is none.
func cause(e *pool.Error) error {
	if e == nil {
		return errors.New("no error")
	}
	return e
}

// entries is how many entries the cloud's book gets by a call.
func entries(c pool.OrderCall) int { return max(1, c.Orders) }

// plan plans an order, of which there must be a call.
func (fx OrdersFixture) plan(ctx context.Context, o pool.Order) (pool.Plan, error) {
	plan, err := fx.Source.Ordering.Plan(ctx, o)
	if err == nil && len(plan.Calls) == 0 {
		err = errors.New("the plan has no calls")
	}
	return plan, err
}

// bookedOnce makes every call of an order.
func bookedOnce(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	for _, c := range plan.Calls {
		s, err := fx.send(ctx, c)
		if err := errors.Join(err, s.is(pool.CallPlaced, 1, entries(c))); err != nil {
			return err
		}
		if c.Orders > 0 {
			err = same(s.sent.Orders, s.booked)
		}
		if err := errors.Join(err, spelled(s.sent.Orders)); err != nil {
			return err
		}
		if !json.Valid(s.sent.Native) {
			return fmt.Errorf("the answer is not kept as the cloud's own JSON: %.100q", s.sent.Native)
		}
	}
	return nil
}

// nothingSent asks for everything with a ctx that is done.
func nothingSent(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	for _, r := range fx.orderReads(o, plan) {
		if err := fx.leavesDone(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	s, err := fx.send(done, plan.Calls[0])
	if !errors.Is(cause(s.sent.Err), context.Canceled) {
		err = errors.Join(err, fmt.Errorf("Send: error %w, want context.Canceled in it", cause(s.sent.Err)))
	}
	return errors.Join(err, s.is(pool.CallNotSent, 0, 0))
}

// notConnected sends a call without a connection, and then the same with one.
func notConnected(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	reconnect := fx.Disconnect()
	s, err := fx.send(ctx, plan.Calls[0])
	reconnect()
	if err := errors.Join(err, s.is(pool.CallNotSent, 0, 0)); err != nil {
		return err
	}
	s, err = fx.send(ctx, plan.Calls[0])
	return errors.Join(err, s.is(pool.CallPlaced, 1, entries(plan.Calls[0])))
}

func suspect(o pool.Order, c pool.OrderCall, at time.Time) pool.Suspect {
	return pool.Suspect{Order: o, Call: c, At: at, Until: now().UTC().Truncate(time.Millisecond)}
}

// answerLost loses the answer to a call, and looks what became of it.
func answerLost(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	call := plan.Calls[0]
	fx.LoseAnswer()
	s, err := fx.send(ctx, call)
	if err := errors.Join(err, s.is(pool.CallUnknown, 1, entries(call))); err != nil {
		return err
	}
	found, err := fx.Source.Ordering.Look(ctx, suspect(o, call, s.at))
	if err != nil {
		return err
	}
	if call.Orders == 0 {
		if found.Changed == nil || !*found.Changed {
			return errors.New("the cloud makes no order of it, and the target does not show it: nobody can ever tell")
		}
		return nil
	}
	for _, c := range found.Orders {
		if c.CreatedAt.IsZero() {
			return fmt.Errorf("order %s, which was found, does not say when it was made", c.ID)
		}
	}
	return errors.Join(same(found.Orders, s.booked), spelled(found.Orders), checkParts(found.Parts))
}

// same checks that these are the orders of the book, with their ids and payment states.
func same(orders []pool.CloudOrder, booked []string) error {
	var got []string
	for _, c := range orders {
		if c.ID == "" || c.Failed || c.PaymentState == "" {
			return fmt.Errorf("an order without id or payment state, or a failed one: %+v", c)
		}
		got = append(got, c.ID)
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(booked))) {
		return fmt.Errorf("the orders are %q, but the cloud has booked %q", got, booked)
	}
	return nil
}

// nothingFound looks for a call that was never made.
func nothingFound(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	for _, c := range plan.Calls {
		found, err := fx.Source.Ordering.Look(ctx, suspect(o, c, now().UTC()))
		switch {
		case err != nil:
			return err
		case len(found.Orders) > 0:
			return fmt.Errorf("%d orders were found", len(found.Orders))
		case found.Changed != nil && *found.Changed:
			return errors.New("the target is said to show the change")
		}
	}
	return nil
}

// failuresOfOrders breaks the cloud under every read: above all nobody may take its silence for an answer.
func failuresOfOrders(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	if fx.Break == nil {
		return nil
	}
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	var broken []error
	for _, r := range fx.orderReads(o, plan) {
		if err := fx.judges(ctx, r); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	return errors.Join(broken...)
}
