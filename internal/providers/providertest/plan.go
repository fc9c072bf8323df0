package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// planned holds the plan of o against what the reads say of its target.
func planned(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.Source.Ordering.Plan(ctx, o)
	if err != nil {
		return err
	}
	if plan.Obstacle != nil {
		return fmt.Errorf("an order that can be placed meets an obstacle: %w", plan.Obstacle)
	}
	target, err := fx.target(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(fx.poolsPlanned(ctx, o, plan, target), desktopsPlanned(o, plan, target), impactPlanned(plan, target), callsPlanned(o, plan))
}

// target reads the desktops that o is for, or all of its pool that are not
// deleted, one by one: a listing may say less of them than a plan.
func (fx OrdersFixture) target(ctx context.Context, o pool.Order) ([]pool.Desktop, error) {
	named := o.DesktopIDs
	if o.PoolID != "" {
		all, err := walk(ctx, fx.reader(), pool.DesktopsQuery{PoolID: o.PoolID, Size: pool.MaxPage})
		if err != nil {
			return nil, err
		}
		named = ids(slices.DeleteFunc(all, func(d pool.Desktop) bool { return d.LifecycleState == pool.Deleted }))
	}
	var list []pool.Desktop
	for _, id := range named {
		a, err := fx.reader().Desktop(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, a.Value)
	}
	return list, nil
}

func (fx OrdersFixture) poolsPlanned(ctx context.Context, o pool.Order, plan pool.Plan, target []pool.Desktop) error {
	want := []string{o.PoolID}
	if o.PoolID == "" {
		want = nil
		for _, d := range target {
			want = append(want, d.PoolID)
		}
	}
	var got []string
	for _, p := range plan.Pools {
		full, err := fx.reader().Pool(ctx, p.NativeID)
		if err != nil {
			return fmt.Errorf("a pool of the plan: %w", err)
		}
		if diff := unified(reply{value: full.Value}, reply{value: p}); diff != "" {
			return fmt.Errorf("pool %s is not planned for in full (-read +planned):\n%s", p.NativeID, diff)
		}
		got = append(got, p.NativeID)
	}
	if want = compact(want); !slices.Contains(want, "") && !slices.Equal(want, slices.Sorted(slices.Values(got))) {
		return fmt.Errorf("the plan is for the pools %q, want %q", got, want)
	}
	return nil
}

func compact(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

func desktopsPlanned(o pool.Order, plan pool.Plan, target []pool.Desktop) error {
	if plan.Desktops == nil && o.PoolID != "" {
		return nil // it goes as a whole
	}
	if got, want := ids(plan.Desktops), ids(target); !slices.Equal(got, want) {
		return fmt.Errorf("the plan changes the desktops %q, want %q", got, want)
	}
	var broken []error
	for _, d := range plan.Desktops {
		i := slices.IndexFunc(target, func(t pool.Desktop) bool { return t.NativeID == d.NativeID })
		d.Native, target[i].Native = nil, nil
		broken = append(broken, disagreements("desktop "+d.NativeID, reflect.ValueOf(d), reflect.ValueOf(target[i]))...)
		if d.BillingMode != target[i].BillingMode || d.PowerState != target[i].PowerState {
			broken = append(broken, fmt.Errorf("desktop %s is planned for as %q and %q, but is %q and %q",
				d.NativeID, d.BillingMode, d.PowerState, target[i].BillingMode, target[i].PowerState))
		}
	}
	return errors.Join(broken...)
}

func ids(desktops []pool.Desktop) []string {
	list := make([]string, len(desktops))
	for i, d := range desktops {
		list[i] = d.NativeID
	}
	slices.Sort(list)
	return list
}

// impactPlanned checks the counts, where they are known. A desktop on its way
// from one state to another may be counted or not.
func impactPlanned(plan pool.Plan, target []pool.Desktop) error {
	var running, connected, moving, unclear int
	for _, d := range target {
		switch d.PowerState {
		case pool.Running:
			running++
		case pool.Starting, pool.Stopping, pool.Restarting, pool.PowerUnknown, "":
			moving++
		}
		switch d.ConnectionState {
		case pool.Connected:
			connected++
		case pool.ConnectionUnknown, "":
			unclear++
		}
	}
	between := func(name string, got *int, low, high int) error {
		if got != nil && (*got < low || *got > high) {
			return fmt.Errorf("the impact is on %d %s, want %d to %d", *got, name, low, high)
		}
		return nil
	}
	i := plan.Impact
	if i.Desktops == nil {
		return errors.New("the impact does not say how many desktops")
	}
	return errors.Join(between("desktops", i.Desktops, len(target), len(target)),
		between("running desktops", i.Running, running, running+moving), between("connected desktops", i.Connected, connected, connected+unclear))
}

// callsPlanned checks that the calls change what the plan says, once.
func callsPlanned(o pool.Order, plan pool.Plan) error {
	var changed []string
	for _, c := range plan.Calls {
		if c.Operation == "" || !json.Valid(c.Request) || len(c.Before) > 0 && !json.Valid(c.Before) || c.Orders < 0 {
			return fmt.Errorf("a call without an operation or a request: %+v", c)
		}
		if c.DesktopIDs == nil && c.PoolID != o.PoolID {
			return fmt.Errorf("a call for the pool %q, want %q", c.PoolID, o.PoolID)
		}
		changed = append(changed, c.DesktopIDs...)
	}
	switch {
	case len(plan.Calls) == 0:
		return errors.New("the plan has no calls")
	case len(changed) == 0 && len(plan.Calls) == 1 && o.PoolID != "":
		return nil
	case !slices.Equal(slices.Sorted(slices.Values(changed)), ids(plan.Desktops)):
		return fmt.Errorf("the calls change %q, but the plan %q", changed, ids(plan.Desktops))
	}
	return nil
}

// planLive fills every cache, and plans.
func planLive(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	r := fx.Source.Reader
	if _, err := r.Pools(ctx); err != nil {
		return err
	}
	for range 2 {
		if o.PoolID != "" {
			if _, err := r.Pool(ctx, o.PoolID); err != nil {
				return err
			}
		}
		for _, id := range o.DesktopIDs {
			if _, err := r.Desktop(ctx, id); err != nil {
				return err
			}
		}
		seen := 0
		if fx.Calls != nil {
			seen = fx.Calls()
		}
		before := now()
		plan, err := fx.Source.Ordering.Plan(ctx, o)
		back := now()
		switch {
		case err != nil:
			return err
		case plan.AsOf.Before(before) || plan.AsOf.After(back) || plan.Impact.AsOf.Before(plan.AsOf) || plan.Impact.AsOf.After(back):
			return fmt.Errorf("the plan is as of %v, its impact of %v, but the call was from %v to %v", plan.AsOf, plan.Impact.AsOf, before, back)
		case fx.Calls != nil && fx.Calls() == seen:
			return errors.New("the cloud was not asked")
		}
	}
	return nil
}

func targetUnknown(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	targets := []pool.Order{{PoolID: fx.UnknownPoolID}, {DesktopIDs: []string{fx.UnknownDesktopID}}}
	if len(o.DesktopIDs) > 0 { // one of several
		targets = append(targets, pool.Order{DesktopIDs: compact(append(slices.Clone(o.DesktopIDs), fx.UnknownDesktopID))})
	}
	var broken []error
	for _, target := range targets {
		o.PoolID, o.DesktopIDs = target.PoolID, target.DesktopIDs
		if _, err := fx.Source.Ordering.Plan(ctx, o); !errors.Is(err, pool.NotFound) {
			broken = append(broken, fmt.Errorf("pool %q, desktops %q: error %s, want %q", o.PoolID, o.DesktopIDs, told(err), string(pool.NotFound)))
		} else {
			broken = append(broken, blamed(fx.Fixture, err))
		}
	}
	return errors.Join(broken...)
}
