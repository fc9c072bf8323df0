package providertest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// blamed checks that err is a *pool.Error that says where and in what it happened.
func blamed(fx Fixture, err error) error {
	var e *pool.Error
	switch {
	case !errors.As(err, &e):
		return fmt.Errorf("the error %s is no *pool.Error", told(err))
	case e.Source != fx.Source.ID || e.Op == "":
		return fmt.Errorf("the error %s names source %q and op %q, want %q and any", told(err), e.Source, e.Op, fx.Source.ID)
	}
	return nil
}

// told is the text of an error that was seen where another, or none, was due:
// it is quoted, not wrapped.
func told(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}

func doneBefore(ctx context.Context, fx Fixture) error {
	return fx.each(ctx, func(r read) error { return fx.leavesDone(ctx, r) })
}

// leavesDone checks that a read asks nothing when ctx is done.
func (fx Fixture) leavesDone(ctx context.Context, r read) error {
	done, cancel := context.WithCancel(ctx)
	cancel()
	seen := 0
	if fx.Calls != nil {
		seen = fx.Calls()
	}
	_, err := r.ask(done)
	if !errors.Is(err, context.Canceled) {
		return fmt.Errorf("error %s, want context.Canceled in it", told(err))
	}
	if fx.Calls != nil && fx.Calls() != seen {
		return errors.New("the cloud was asked")
	}
	return blamed(fx, err)
}

// hangEnds lets the cloud hang and ends ctx, by a deadline and by leaving
// when the cloud has seen the request.
func hangEnds(ctx context.Context, fx Fixture) error {
	if fx.Break == nil {
		return nil
	}
	return fx.each(ctx, func(r read) error {
		fx.Break(fault.Fault{Kind: fault.Hang})
		defer fx.Heal()
		const short = 50 * time.Millisecond
		brief, cancel := context.WithTimeout(ctx, short)
		_, err := r.ask(brief)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, pool.Timeout) {
			return fmt.Errorf("past its deadline: error %s, want %q with context.DeadlineExceeded in it", told(err), string(pool.Timeout))
		}
		left, leave := context.WithCancel(ctx)
		defer leave()
		if fx.Calls != nil {
			go leaveAfter(left, leave, fx.Calls, fx.Calls())
		} else {
			time.AfterFunc(short, leave)
		}
		if _, err = r.ask(left); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("after the caller left: error %s, want context.Canceled in it", told(err))
		}
		return blamed(fx, err)
	})
}

// leaveAfter leaves as soon as the cloud has seen more requests than these.
func leaveAfter(ctx context.Context, leave context.CancelFunc, calls func() int, seen int) {
	for calls() == seen && ctx.Err() == nil {
		runtime.Gosched()
	}
	leave()
}

func failuresJudged(ctx context.Context, fx Fixture) error {
	if fx.Break == nil {
		return nil
	}
	return fx.each(ctx, func(r read) error { return fx.judges(ctx, r) })
}

// judges breaks the cloud in every way, and checks what a read makes of it.
func (fx Fixture) judges(ctx context.Context, r read) error {
	tests := []struct {
		fault fault.Kind
		want  []pool.Kind // any of them
	}{
		{fault.Error, []pool.Kind{pool.Failed, pool.Unavailable}},
		{fault.Throttle, []pool.Kind{pool.Throttled}},
		{fault.Cut, []pool.Kind{pool.BadBody}},
		{fault.HTML, []pool.Kind{pool.Unavailable, pool.BadBody}},
		{fault.LoseAnswer, []pool.Kind{pool.Unavailable}},
	}
	for _, tt := range tests {
		fx.Break(fault.Fault{Kind: tt.fault})
		_, err := r.ask(ctx)
		fx.Heal()
		if !slices.ContainsFunc(tt.want, func(k pool.Kind) bool { return errors.Is(err, k) }) {
			return fmt.Errorf("fault %s: error %s, want %q", tt.fault, told(err), tt.want)
		}
		if err := blamed(fx, err); err != nil {
			return fmt.Errorf("fault %s: %w", tt.fault, err)
		}
	}
	fx.Break(fault.Fault{Kind: fault.Latency, LatencyMS: 10})
	defer fx.Heal()
	if _, err := r.ask(ctx); err != nil {
		return fmt.Errorf("a cloud that is slow, and a cloud that was mended: %w", err)
	}
	return nil
}

func failureRepeated(ctx context.Context, fx Fixture) error {
	if fx.Break == nil {
		return nil
	}
	reads, err := fx.reads(ctx)
	if err != nil {
		return err
	}
	for i, kind := range []fault.Kind{fault.Error, fault.Cut, fault.HTML, fault.LoseAnswer} {
		r := reads[i%len(reads)]
		fx.Break(fault.Fault{Kind: kind, Count: 1})
		if _, err := r.ask(ctx); err != nil {
			return fmt.Errorf("%s after one fault %s: %w", r.name, kind, err)
		}
		fx.Heal()
	}
	return nil
}

// nothingLost lets every other request fail: an answer that comes nonetheless
// must be the whole one.
func nothingLost(ctx context.Context, fx Fixture) error {
	if fx.Break == nil {
		return nil
	}
	return fx.each(ctx, func(r read) error {
		whole, err := r.ask(ctx)
		if err != nil {
			return err
		}
		for _, kind := range []fault.Kind{fault.Error, fault.Cut, fault.HTML, fault.Throttle} {
			fx.Break(fault.Fault{Kind: kind, Probability: 0.5})
			for range 5 {
				got, err := r.ask(ctx)
				if err != nil {
					continue
				}
				if diff := unified(whole, got); diff != "" {
					fx.Heal()
					return fmt.Errorf("with fault %s in every other request (-without +with):\n%s", kind, diff)
				}
			}
			fx.Heal()
		}
		return nil
	})
}

func driftCounted(ctx context.Context, fx Fixture) error {
	if fx.Break == nil {
		return nil
	}
	if fx.Source.Drift == nil {
		return errors.New("a cloud that can drift, and a source that does not count it")
	}
	err := fx.answered(ctx, func(reply) error {
		if n := fx.Source.Drift.Counts(); len(n.Fields)+len(n.Types) > 0 {
			return fmt.Errorf("a sound answer was counted as drift: fields %v, types %v", n.Fields, n.Types)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fx.each(ctx, func(r read) error {
		sound, err := r.ask(ctx)
		if err != nil {
			return err
		}
		before := fx.Source.Drift.Counts()
		fx.Break(fault.Fault{Kind: fault.Drift})
		drifted, err := r.ask(ctx)
		fx.Heal()
		if err != nil {
			return err
		}
		if diff := unified(sound, drifted); diff != "" {
			return fmt.Errorf("drift changed the answer (-sound +drifted):\n%s", diff)
		}
		after := fx.Source.Drift.Counts()
		if total(after.Fields) <= total(before.Fields) || total(after.Types) <= total(before.Types) {
			return fmt.Errorf("drift was not counted: before %+v, after %+v", before, after)
		}
		return nil
	})
}

func total(counts map[string]int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// unified is how two answers differ, apart from what the cloud sent literally.
func unified(a, b reply) string {
	parts := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type() == partsType }, cmp.Ignore())
	return cmp.Diff(a.value, b.value, parts)
}
