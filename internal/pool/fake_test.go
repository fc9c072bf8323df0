package pool

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"
)

// fake is a source in memory: its fields are what it answers. A nil error and
// no hang make it a well-behaved one.
type fake struct {
	pools    []Pool
	desktops []Desktop // of every pool
	stats    Statistics
	err      error
	silent   bool          // desktops: no total
	failFrom int           // desktops: err only from this row on
	limit    int           // desktops: LimitReached from this row on; 0: none
	hang     bool          // answers only when ctx ends
	stubborn time.Duration // takes so long, whatever ctx says
	asOf     time.Time
	calls    atomic.Int64
	sizes    []int
}

func (f *fake) source(id string, cloud Cloud) Source {
	return Source{ID: id, Cloud: cloud, Region: "r-" + id, Reader: f}
}

func (f *fake) wait(ctx context.Context) error {
	f.calls.Add(1)
	time.Sleep(f.stubborn)
	if f.hang {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return &Error{Kind: Timeout, Op: "ask the fake", Err: err}
	}
	return f.err
}

func (f *fake) Pools(ctx context.Context) (Answer[[]Pool], error) {
	return Answer[[]Pool]{Value: f.pools, AsOf: f.asOf}, f.wait(ctx)
}

func (f *fake) Pool(ctx context.Context, id string) (Answer[Pool], error) {
	if err := f.wait(ctx); err != nil {
		return Answer[Pool]{}, err
	}
	for _, p := range f.pools {
		if p.NativeID == id {
			return Answer[Pool]{Value: p, AsOf: f.asOf}, nil
		}
	}
	return Answer[Pool]{}, &Error{Kind: NotFound, Op: "show the fake's pool"}
}

func (f *fake) Desktops(ctx context.Context, q DesktopsQuery) (Answer[DesktopPage], error) {
	f.sizes = append(f.sizes, q.Size)
	from := 0
	if q.Token != "" {
		from, _ = strconv.Atoi(q.Token)
	}
	if f.limit > 0 && from >= f.limit {
		return Answer[DesktopPage]{}, &Error{Kind: LimitReached, Op: "list the fake's desktops"}
	}
	if err := f.wait(ctx); err != nil && from >= f.failFrom {
		return Answer[DesktopPage]{}, err
	}
	to := min(from+q.Size, len(f.desktops))
	total := len(f.desktops)
	page := DesktopPage{Items: f.desktops[from:to], Total: &total}
	if f.silent {
		page.Total = nil
	}
	if to < len(f.desktops) {
		page.Next = strconv.Itoa(to)
	}
	return Answer[DesktopPage]{Value: page, AsOf: f.asOf}, nil
}

func (f *fake) Desktop(ctx context.Context, id string) (Answer[Desktop], error) {
	if err := f.wait(ctx); err != nil {
		return Answer[Desktop]{}, err
	}
	for _, d := range f.desktops {
		if d.NativeID == id {
			return Answer[Desktop]{Value: d, AsOf: f.asOf}, nil
		}
	}
	return Answer[Desktop]{}, &Error{Kind: NotFound, Op: "show the fake's desktop"}
}

func (f *fake) Statistics(ctx context.Context, _ StatisticsQuery) (Answer[Statistics], error) {
	return Answer[Statistics]{Value: f.stats, AsOf: f.asOf}, f.wait(ctx)
}

func num(n int) *int { return &n }
