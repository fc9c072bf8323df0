package providertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// reply is an answer of any type.
type reply struct {
	value        any
	asOf         time.Time
	parts        []pool.Part
	from         pool.From
	before, back time.Time // when the read began and ended
}

// read is one of a Reader's methods, with arguments.
type read struct {
	name string
	ask  func(ctx context.Context) (reply, error)
}

func asking[T any](method func(context.Context) (pool.Answer[T], error)) func(context.Context) (reply, error) {
	return func(ctx context.Context) (reply, error) {
		before := now()
		a, err := method(ctx)
		return reply{value: a.Value, asOf: a.AsOf, parts: a.Parts, from: a.From, before: before, back: now()}, err
	}
}

// now is the wall clock, which is what an answer without a monotonic reading is compared with.
func now() time.Time { return time.Now().Round(0) }

// reads are all five methods, of a pool and desktop that exist.
func (fx Fixture) reads(ctx context.Context) ([]read, error) {
	first, err := fx.reader().Desktops(ctx, pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: 5})
	if err != nil {
		return nil, fmt.Errorf("the first desktops of the big pool: %w", err)
	}
	if len(first.Value.Items) == 0 {
		return nil, errors.New("the first page of the big pool has no desktops")
	}
	return fx.readsOf(fx.BigPoolID, first.Value.Items[0].NativeID), nil
}

func (fx Fixture) readsOf(poolID, desktopID string) []read {
	r := fx.reader()
	return []read{
		{"Pools", asking(r.Pools)},
		{"Pool", asking(func(ctx context.Context) (pool.Answer[pool.Pool], error) { return r.Pool(ctx, poolID) })},
		{"Desktops", asking(func(ctx context.Context) (pool.Answer[pool.DesktopPage], error) {
			return r.Desktops(ctx, pool.DesktopsQuery{PoolID: poolID, Size: 23})
		})},
		{"Desktop", asking(func(ctx context.Context) (pool.Answer[pool.Desktop], error) { return r.Desktop(ctx, desktopID) })},
		{"Statistics", asking(func(ctx context.Context) (pool.Answer[pool.Statistics], error) {
			return r.Statistics(ctx, everything())
		})},
	}
}

func everything() pool.StatisticsQuery {
	return pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: pool.Axes{Power: true, Connection: true, Assignment: true}}
}

// each runs check on every read, and names it in the error.
func (fx Fixture) each(ctx context.Context, check func(read) error) error {
	reads, err := fx.reads(ctx)
	if err != nil {
		return err
	}
	var broken []error
	for _, r := range reads {
		if err := check(r); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	return errors.Join(broken...)
}

// answered runs check on the answer of every read.
func (fx Fixture) answered(ctx context.Context, check func(reply) error) error {
	return fx.each(ctx, func(r read) error {
		got, err := r.ask(ctx)
		if err != nil {
			return err
		}
		return check(got)
	})
}

// walk reads all pages of a query.
func walk(ctx context.Context, r pool.Reader, q pool.DesktopsQuery) ([]pool.Desktop, error) {
	var all []pool.Desktop
	for seen := map[string]bool{}; ; {
		a, err := r.Desktops(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("the page after %d desktops: %w", len(all), err)
		}
		if len(a.Value.Items) > q.Size {
			return nil, fmt.Errorf("a page has %d desktops, asked were %d", len(a.Value.Items), q.Size)
		}
		all = append(all, a.Value.Items...)
		if q.Token = a.Value.Next; q.Token == "" {
			return all, nil
		}
		if seen[q.Token] {
			return nil, fmt.Errorf("the token %q came twice: the walk never ends", q.Token)
		}
		seen[q.Token] = true
	}
}
