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

// catalogued looks for the product and image of every pool.
func catalogued(ctx context.Context, fx OrdersFixture) error {
	if fx.Source.Catalogue == nil {
		return errors.New("the source has no catalogue")
	}
	offers, err := fx.Source.Catalogue.Products(ctx)
	if err != nil {
		return err
	}
	products, volumes := map[string]bool{}, map[string]bool{}
	for _, o := range offers.Value {
		kind := products
		if o.Kind == pool.VolumeOffer {
			kind = volumes
		}
		if o.Kind == "" || o.Product.ID == "" || kind[o.Product.ID] {
			return fmt.Errorf("an offer of no kind, without an id, or twice: %s %q", o.Kind, o.Product.ID)
		}
		kind[o.Product.ID] = true
	}
	listed, err := fx.Source.Catalogue.Images(ctx)
	if err != nil {
		return err
	}
	images := map[string]bool{}
	for _, o := range listed.Value {
		if o.Image.ID == "" || images[o.Image.ID] {
			return fmt.Errorf("an image without an id, or twice: %q", o.Image.ID)
		}
		images[o.Image.ID] = true
	}
	if fx.support(pool.AddVolumeOrder).Type != "" && len(volumes) == 0 {
		return errors.New("volumes can be added, but no type of them is listed")
	}
	return errors.Join(fx.poolsHave(ctx, products, images), spelled(offers.Value), spelled(listed.Value))
}

func (fx OrdersFixture) poolsHave(ctx context.Context, products, images map[string]bool) error {
	pools, err := fx.reader().Pools(ctx)
	if err != nil {
		return err
	}
	for _, p := range pools.Value {
		if p.Product.ID != "" && !products[p.Product.ID] {
			return fmt.Errorf("pool %s has the product %q, which is not listed", p.NativeID, p.Product.ID)
		}
		if p.Image.ID != "" && !images[p.Image.ID] {
			return fmt.Errorf("pool %s has the image %q, which is not listed", p.NativeID, p.Image.ID)
		}
	}
	return nil
}

func catalogueAnswers(ctx context.Context, fx OrdersFixture) error {
	if fx.Source.Catalogue == nil {
		return errors.New("the source has no catalogue")
	}
	var broken []error
	for _, r := range fx.catalogueReads() {
		a, err := r.ask(ctx)
		if err == nil {
			err = errors.Join(dated(a), literal(a))
		}
		if err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	return errors.Join(broken...)
}

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
