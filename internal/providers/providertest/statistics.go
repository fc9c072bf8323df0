package providertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

func countersAddUp(ctx context.Context, fx Fixture) error {
	var broken []error
	for _, kind := range []pool.DesktopType{pool.Pooled, pool.Dedicated, pool.AllDesktops} {
		for _, axes := range []pool.Axes{{}, {Power: true}, {Connection: true}, {Assignment: true}, everything().Axes} {
			q := pool.StatisticsQuery{DesktopType: kind, Axes: axes}
			broken = append(broken, checkQuery(ctx, fx, q))
			if axes == everything().Axes {
				q.Exact = true
				broken = append(broken, checkQuery(ctx, fx, q))
			}
		}
	}
	return errors.Join(broken...)
}

func checkQuery(ctx context.Context, fx Fixture, q pool.StatisticsQuery) error {
	a, err := fx.Source.Reader.Statistics(ctx, q)
	if err != nil {
		return fmt.Errorf("%+v: %w", q, err)
	}
	return checkRows(q, a.Value)
}

func checkRows(q pool.StatisticsQuery, s pool.Statistics) error {
	if err := checkCounts(s.Total, q.Axes); err != nil {
		return fmt.Errorf("%+v: the total: %w", q, err)
	}
	ids := make([]string, len(s.Pools))
	for i, p := range s.Pools {
		ids[i] = p.PoolID
		if err := checkCounts(p.Counts, q.Axes); err != nil {
			return fmt.Errorf("%+v: pool %s: %w", q, p.PoolID, err)
		}
	}
	return unique(ids)
}

// checkCounts checks one row of counters.
func checkCounts(c pool.Counts, asked pool.Axes) error {
	axes := []struct {
		name  string
		asked bool
		value reflect.Value
	}{
		{"power", asked.Power, reflect.ValueOf(c.Power)},
		{"connection", asked.Connection, reflect.ValueOf(c.Connection)},
		{"assignment", asked.Assignment, reflect.ValueOf(c.Assignment)},
	}
	counters := map[string]*int{"total": c.Total}
	for _, axis := range axes {
		if axis.value.IsNil() == axis.asked {
			return fmt.Errorf("the axis %s: asked %v, there %v", axis.name, axis.asked, !axis.asked)
		}
		if !axis.asked {
			continue
		}
		if err := checkAxis(axis.name, axis.value.Elem(), c.Total, counters); err != nil {
			return err
		}
	}
	return checkMissing(c.Missing, counters)
}

// checkAxis checks that the counters of an axis sum to the total if all are
// known, and puts them into counters.
func checkAxis(name string, axis reflect.Value, total *int, counters map[string]*int) error {
	sum, whole := 0, true
	for i := range axis.NumField() {
		field := name + "." + snake(axis.Type().Field(i).Name)
		n := axis.Field(i).Interface().(*int)
		counters[field] = n
		if n == nil {
			whole = false
			continue
		}
		if *n < 0 {
			return fmt.Errorf("%s is %d", field, *n)
		}
		sum += *n
	}
	if whole && (total == nil || sum != *total) {
		return fmt.Errorf("the counters of %s sum to %d, the total is %s", name, sum, number(total))
	}
	return nil
}

// checkMissing checks that there is one reason for every counter that is not
// known, and none for the others.
func checkMissing(missing []pool.Missing, counters map[string]*int) error {
	reasons := map[string]bool{}
	for _, m := range missing {
		n, known := counters[m.Field]
		switch {
		case !known:
			return fmt.Errorf("a reason for %q, which was not asked for", m.Field)
		case n != nil:
			return fmt.Errorf("a reason for %s, which is %d", m.Field, *n)
		case reasons[m.Field]:
			return fmt.Errorf("two reasons for %s", m.Field)
		case m.Reason == "":
			return fmt.Errorf("an empty reason for %s", m.Field)
		}
		reasons[m.Field] = true
	}
	for field, n := range counters {
		if n == nil && !reasons[field] {
			return fmt.Errorf("%s is not known, and no reason given", field)
		}
	}
	return nil
}

func number(n *int) string {
	if n == nil {
		return "not known"
	}
	return fmt.Sprint(*n)
}

// poolsCounted holds counts of chosen pools against the listing and a walk.
func poolsCounted(ctx context.Context, fx Fixture) error {
	count := func(ids ...string) (pool.Statistics, error) {
		slices.Sort(ids)
		q := everything()
		q.PoolIDs, q.Exact = ids, true
		a, err := fx.Source.Reader.Statistics(ctx, q)
		return a.Value, err
	}
	one, err1 := count(fx.BigPoolID)
	none, err2 := count(fx.UnknownPoolID)
	both, err3 := count(fx.BigPoolID, fx.UnknownPoolID)
	all, err4 := count()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	live, err := fx.liveDesktops(ctx)
	if err != nil {
		return err
	}
	return errors.Join(
		bigPoolOnly("the big pool", fx, one, live),
		bigPoolOnly("the big pool and an unknown one", fx, both, live),
		unknownUncounted(none),
		rowsOfListing(ctx, fx, all),
	)
}

// liveDesktops is how many desktops of the big pool are not deleted.
func (fx Fixture) liveDesktops(ctx context.Context) (int, error) {
	desktops, err := walk(ctx, fx.Source.Reader, pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: pool.MaxPage})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, d := range desktops {
		if d.LifecycleState != pool.Deleted {
			n++
		}
	}
	return n, nil
}

func bigPoolOnly(what string, fx Fixture, s pool.Statistics, live int) error {
	if len(s.Pools) != 1 || s.Pools[0].PoolID != fx.BigPoolID {
		return fmt.Errorf("%s: the rows are %+v, want one of %s", what, s.Pools, fx.BigPoolID)
	}
	row := s.Pools[0].Counts
	for name, n := range map[string]*int{"row": row.Total, "total": s.Total.Total} {
		if n == nil || *n != live {
			return fmt.Errorf("%s: the %s counts %s desktops, a walk finds %d that are not deleted", what, name, number(n), live)
		}
	}
	return nil
}

func unknownUncounted(s pool.Statistics) error {
	if len(s.Pools) != 0 || s.Total.Total != nil && *s.Total.Total != 0 {
		return fmt.Errorf("an unknown pool: %d rows and %s desktops, want none", len(s.Pools), number(s.Total.Total))
	}
	return nil
}

// rowsOfListing checks that the pools that are counted are those that are
// listed, and that they sum to the total.
func rowsOfListing(ctx context.Context, fx Fixture, s pool.Statistics) error {
	listed, err := fx.Source.Reader.Pools(ctx)
	if err != nil {
		return err
	}
	if len(s.Pools) != len(listed.Value) {
		return fmt.Errorf("%d pools are counted, %d listed", len(s.Pools), len(listed.Value))
	}
	sum := 0
	for _, row := range s.Pools {
		i := slices.IndexFunc(listed.Value, func(p pool.Pool) bool { return p.NativeID == row.PoolID })
		switch {
		case i < 0:
			return fmt.Errorf("pool %s is counted, but not listed", row.PoolID)
		case row.PoolName != "" && row.PoolName != listed.Value[i].Name:
			return fmt.Errorf("pool %s is counted as %q and listed as %q", row.PoolID, row.PoolName, listed.Value[i].Name)
		case row.Counts.Total == nil:
			return nil // then so may the sum be
		}
		sum += *row.Counts.Total
	}
	if total := s.Total.Total; total == nil || *total != sum {
		return fmt.Errorf("the pools sum to %d desktops, the total is %s", sum, number(total))
	}
	return nil
}
