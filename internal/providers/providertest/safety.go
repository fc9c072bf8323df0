package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// orderSecretsKept looks for secrets in all that orders say and keep.
func orderSecretsKept(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.plan(ctx, o)
	if err != nil {
		return err
	}
	broken := []error{fx.tells("the orderer", fx.Source.Ordering.Orderer), fx.tells("the catalogue", fx.Source.Catalogue), fx.tells("the plan", plan)}
	for _, r := range fx.orderReads(o, plan) {
		a, err := r.ask(ctx)
		broken = append(broken, fx.tells("the answer of "+r.name, a.value), fx.tells("the parts of "+r.name, a.parts), fx.tellsError("the error of "+r.name, err))
	}
	unknown := o
	unknown.PoolID, unknown.DesktopIDs = fx.UnknownPoolID, nil
	_, err = fx.Source.Ordering.Plan(ctx, unknown)
	broken = append(broken, fx.tellsError("the error for an unknown target", err))
	done, cancel := context.WithCancel(ctx)
	cancel()
	send := func(ctx context.Context, what string) {
		s, err := fx.send(ctx, plan.Calls[0])
		broken = append(broken, fx.tells(what, s.sent), fx.tellsError("the error of "+what, err))
		if s.sent.Err != nil {
			broken = append(broken, fx.tellsError("the error of "+what, s.sent.Err))
		}
	}
	send(done, "what was not sent")
	reconnect := fx.Disconnect()
	send(ctx, "what had no connection")
	reconnect()
	fx.LoseAnswer()
	send(ctx, "what had no answer")
	send(ctx, "what was answered")
	return errors.Join(broken...)
}

// ordersConcurrent makes callers plan, price and look at once; the race detector watches.
func ordersConcurrent(ctx context.Context, fx OrdersFixture) error {
	const callers = 16
	var reads []read
	for _, o := range fx.Orders {
		plan, err := fx.plan(ctx, o)
		if err != nil {
			return err
		}
		reads = append(reads, fx.orderReads(o, plan)...)
	}
	alone := make([]reply, len(reads))
	for i, r := range reads {
		var err error
		if alone[i], err = r.ask(ctx); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	broken := make([]error, max(callers, len(reads)))
	var wait sync.WaitGroup
	for i := range broken {
		wait.Go(func() {
			r := reads[i%len(reads)]
			got, err := r.ask(ctx)
			if err != nil {
				broken[i] = fmt.Errorf("%s: %w", r.name, err)
			} else if diff := undated(alone[i%len(reads)], got); diff != "" {
				broken[i] = fmt.Errorf("%s (-alone +among others):\n%s", r.name, diff)
			}
		})
	}
	wait.Wait()
	return errors.Join(broken...)
}

// undated is how two answers differ, apart from what the cloud sent literally, and from when they were read.
func undated(a, b reply) string {
	parts := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type() == partsType }, cmp.Ignore())
	return cmp.Diff(a.value, b.value, parts, cmpopts.IgnoreFields(pool.Plan{}, "AsOf"), cmpopts.IgnoreFields(pool.Impact{}, "AsOf"))
}
