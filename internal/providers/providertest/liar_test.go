package providertest

import (
	"context"

	"github.com/deskpool/deskpool/internal/pool"
)

// liar changes what a reader is asked and what it answers. Nil changes nothing.
type liar struct {
	pool.Reader
	ctx        func(context.Context) context.Context
	err        func(error) error
	parts      func([]pool.Part) []pool.Part
	query      func(*pool.DesktopsQuery)
	count      func(*pool.StatisticsQuery)
	pools      func(*pool.Answer[[]pool.Pool])
	pool       func(*pool.Answer[pool.Pool])
	desktops   func(*pool.Answer[pool.DesktopPage])
	desktop    func(*pool.Answer[pool.Desktop])
	statistics func(*pool.Answer[pool.Statistics])
}

func (l *liar) with(ctx context.Context) context.Context {
	if l.ctx != nil {
		return l.ctx(ctx)
	}
	return ctx
}

func lie[T any](l *liar, a pool.Answer[T], err error, change func(*pool.Answer[T])) (pool.Answer[T], error) {
	if err != nil {
		if l.err != nil {
			err = l.err(err)
		}
		return a, err
	}
	if l.parts != nil {
		a.Parts = l.parts(a.Parts)
	}
	if change != nil {
		change(&a)
	}
	return a, nil
}

func (l *liar) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	a, err := l.Reader.Pools(l.with(ctx))
	return lie(l, a, err, l.pools)
}

func (l *liar) Pool(ctx context.Context, id string) (pool.Answer[pool.Pool], error) {
	a, err := l.Reader.Pool(l.with(ctx), id)
	return lie(l, a, err, l.pool)
}

func (l *liar) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	if l.query != nil {
		l.query(&q)
	}
	a, err := l.Reader.Desktops(l.with(ctx), q)
	return lie(l, a, err, l.desktops)
}

func (l *liar) Desktop(ctx context.Context, id string) (pool.Answer[pool.Desktop], error) {
	a, err := l.Reader.Desktop(l.with(ctx), id)
	return lie(l, a, err, l.desktop)
}

func (l *liar) Statistics(ctx context.Context, q pool.StatisticsQuery) (pool.Answer[pool.Statistics], error) {
	if l.count != nil {
		l.count(&q)
	}
	a, err := l.Reader.Statistics(l.with(ctx), q)
	return lie(l, a, err, l.statistics)
}
