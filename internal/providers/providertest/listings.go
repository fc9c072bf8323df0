package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

func identified(_ context.Context, fx Fixture) error {
	switch s := fx.Source; {
	case !pool.ValidSourceID(s.ID):
		return fmt.Errorf("%q cannot name a source", s.ID)
	case s.Cloud == "":
		return errors.New("a source without a cloud")
	case s.Reader == nil:
		return errors.New("a source without a reader")
	case fx.BigPoolDesktops <= 250:
		return fmt.Errorf("the fixture's big pool has %d desktops; more than 250 are needed", fx.BigPoolDesktops)
	}
	return nil
}

func poolsListed(ctx context.Context, fx Fixture) error {
	a, err := fx.Source.Reader.Pools(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(a.Value))
	for i, p := range a.Value {
		ids[i] = p.NativeID
	}
	if len(ids) != fx.Pools {
		err = fmt.Errorf("%d pools, want %d", len(ids), fx.Pools)
	}
	if !slices.Contains(ids, fx.BigPoolID) {
		err = errors.Join(err, fmt.Errorf("the big pool %s is not listed", fx.BigPoolID))
	}
	return errors.Join(err, unique(ids))
}

func unique(ids []string) error {
	seen := map[string]bool{}
	for _, id := range ids {
		if id == "" {
			return errors.New("an item without an id")
		}
		if seen[id] {
			return fmt.Errorf("%s is listed twice", id)
		}
		seen[id] = true
	}
	return nil
}

func desktopsWalked(ctx context.Context, fx Fixture) error {
	var last []string
	for _, size := range []int{pool.MaxPage, pool.MaxPage, pool.MaxPage - 1, 37, 13} {
		ids, err := walked(ctx, fx, size)
		if err != nil {
			return fmt.Errorf("pages of %d: %w", size, err)
		}
		if last != nil && size == pool.MaxPage && !slices.Equal(last, ids) {
			return fmt.Errorf("two walks in pages of %d give two orders", size)
		}
		// A cloud may order by page, so that only sets compare between sizes.
		if last != nil && !slices.Equal(slices.Sorted(slices.Values(last)), slices.Sorted(slices.Values(ids))) {
			return fmt.Errorf("pages of %d give other desktops than the walk before", size)
		}
		last = ids
	}
	return nil
}

// walked walks the big pool and returns the ids.
func walked(ctx context.Context, fx Fixture, size int) ([]string, error) {
	q := pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: size}
	desktops, err := walk(ctx, fx.Source.Reader, q)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(desktops))
	for i, d := range desktops {
		ids[i] = d.NativeID
		if d.PoolID != "" && d.PoolID != fx.BigPoolID {
			return nil, fmt.Errorf("%s says that it is in pool %q", d.NativeID, d.PoolID)
		}
	}
	if len(ids) != fx.BigPoolDesktops {
		return nil, fmt.Errorf("%d desktops, want %d", len(ids), fx.BigPoolDesktops)
	}
	a, err := fx.Source.Reader.Desktops(ctx, q)
	if err != nil {
		return nil, err
	}
	if total := a.Value.Total; total != nil && *total != fx.BigPoolDesktops {
		return nil, fmt.Errorf("the total is %d, want %d", *total, fx.BigPoolDesktops)
	}
	return ids, unique(ids)
}

// filtersApplied holds every filter that the source declares against the same
// filter over all desktops of the big pool.
func filtersApplied(ctx context.Context, fx Fixture) error {
	r := fx.Source.Reader
	all, err := walk(ctx, r, pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: pool.MaxPage})
	if err != nil {
		return err
	}
	for _, f := range fx.pushdowns(all) {
		got, err := walk(ctx, r, pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: 50, Filter: f})
		if err != nil {
			return fmt.Errorf("filter %+v: %w", f, err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(d pool.Desktop) bool { return !passes(&d, f) })
		if !slices.EqualFunc(got, want, func(a, b pool.Desktop) bool { return a.NativeID == b.NativeID }) {
			return fmt.Errorf("filter %+v gives %d desktops; of all %d that are read without it, these pass: %d", f, len(got), len(all), len(want))
		}
	}
	return nil
}

// pushdowns are filters that the source declares.
func (fx Fixture) pushdowns(all []pool.Desktop) []pool.DesktopPushdown {
	var list []pool.DesktopPushdown
	can := fx.Source.DesktopFilters
	if can.BillingMode {
		list = append(list, pool.DesktopPushdown{BillingMode: pool.Prepaid}, pool.DesktopPushdown{BillingMode: pool.Postpaid})
	}
	if can.PowerState {
		list = append(list, pool.DesktopPushdown{PowerState: pool.Running}, pool.DesktopPushdown{PowerState: pool.Stopped})
	}
	if can.User {
		for _, u := range users(all) {
			if u.Name != "" {
				list = append(list, pool.DesktopPushdown{User: u.Name})
				break
			}
		}
		list = append(list, pool.DesktopPushdown{User: "nobody-of-this-name"})
	}
	return list
}

func users(desktops []pool.Desktop) []pool.User {
	var list []pool.User
	for _, d := range desktops {
		for _, a := range d.Assignments {
			list = append(list, a.User)
		}
		list = append(list, d.ActiveUsers...)
	}
	return list
}

func passes(d *pool.Desktop, f pool.DesktopPushdown) bool {
	is := func(u pool.User) bool { return u.Name == f.User || u.Name == "" && u.ID == f.User }
	return (f.BillingMode == "" || d.BillingMode == f.BillingMode) &&
		(f.PowerState == "" || d.PowerState == f.PowerState) &&
		(f.User == "" || slices.ContainsFunc(users([]pool.Desktop{*d}), is))
}

func unknownIDs(ctx context.Context, fx Fixture) error {
	var broken []error
	for _, r := range fx.readsOf(fx.UnknownPoolID, fx.UnknownDesktopID) {
		if r.name == "Pools" || r.name == "Statistics" {
			continue // they name no id
		}
		if _, err := r.ask(ctx); !errors.Is(err, pool.NotFound) {
			broken = append(broken, fmt.Errorf("%s: error %s, want %q", r.name, told(err), string(pool.NotFound)))
		} else {
			broken = append(broken, blamed(fx, err))
		}
	}
	return errors.Join(broken...)
}
