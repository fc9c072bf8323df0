package pool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// Service answers questions about many sources: it asks all of them at once,
// merges what they say, and accounts for each. A tenant's Service holds only
// the sources that the tenant may see. It is safe for concurrent use.
type Service struct{ sources []Source } // sorted by id

// NewService returns a Service over sources, whose ids are unique.
func NewService(sources []Source) *Service {
	s := slices.Clone(sources)
	slices.SortFunc(s, func(a, b Source) int { return cmp.Compare(a.ID, b.ID) })
	return &Service{sources: s}
}

// Sources returns the sources that f selects, by id.
func (s *Service) Sources(f SourceFilter) []Source {
	var out []Source
	for _, src := range s.sources {
		if f.match(src) {
			out = append(out, src)
		}
	}
	return out
}

// Source returns the source of that id.
func (s *Service) Source(id string) (Source, bool) {
	i, found := slices.BinarySearchFunc(s.sources, id, func(src Source, id string) int { return cmp.Compare(src.ID, id) })
	if !found {
		return Source{}, false
	}
	return s.sources[i], true
}

// Status says what became of one source in one answer.
type Status string

// The statuses.
const (
	StatusOK      Status = "OK"
	StatusStale   Status = "STALE"   // served past its time, because the cloud could not be asked
	StatusPartial Status = "PARTIAL" // pages are missing
	StatusFailed  Status = "FAILED"
	StatusSkipped Status = "SKIPPED" // not asked
)

// Outcome is the account of one source in one answer.
type Outcome struct {
	Source  Source
	Status  Status
	AsOf    time.Time // zero if nothing was read
	From    From      // empty if nothing was read
	Version string    // of what was read; empty if unknown
	Items   int       // rows in this answer
	Parts   []Part    // what the cloud sent, for listings less the rows
	Err     *Error    // nil if Status is OK
	Took    time.Duration
}

// Contributed tells whether the source gave anything, an empty list included.
func (o Outcome) Contributed() bool { return o.Status != StatusFailed && o.Status != StatusSkipped }

// Complete tells whether every source gave all it has.
func Complete(outcomes []Outcome) bool {
	return !slices.ContainsFunc(outcomes, func(o Outcome) bool {
		return o.Status == StatusPartial || !o.Contributed()
	})
}

// reply is what one source answered.
type reply[T any] struct {
	answer  Answer[T]
	outcome Outcome
}

// ask asks one source, and accounts for it.
func ask[T any](ctx context.Context, src Source, question func(context.Context, Source) (Answer[T], error)) reply[T] {
	start := time.Now()
	answer, err := question(ctx, src)
	out := Outcome{Source: src, Took: time.Since(start)}
	if err != nil {
		out.Err = blame(ctx, src, err)
		out.Status = StatusFailed
		if out.Err.Kind == Skipped {
			out.Status = StatusSkipped
		}
		return reply[T]{outcome: out}
	}
	out.Status, out.AsOf, out.Version, out.Parts = StatusOK, answer.AsOf, answer.Version, answer.Parts
	out.From = cmp.Or(answer.From, FromCloud)
	return reply[T]{answer: answer, outcome: out}
}

// blame names the source in err. An error that only says that our own time is
// up is the source's time-out.
func blame(ctx context.Context, src Source, err error) *Error {
	e := *AsError(err)
	e.Source = src.ID
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		e.Kind = Timeout
	}
	return &e
}

// gather asks all sources at once and returns when all have answered or ctx
// has ended; then those that have not are timed out. Readers end with ctx, so
// no goroutine outlives it for long.
func gather[T any](ctx context.Context, sources []Source, question func(context.Context, Source) (Answer[T], error)) []reply[T] {
	type indexed struct {
		i      int
		r      reply[T]
		broken error // the reader panicked
	}
	replies := make([]reply[T], len(sources))
	if len(sources) == 1 {
		replies[0] = ask(ctx, sources[0], question)
		return replies
	}
	start := time.Now()
	arrived := make(chan indexed, len(sources))
	for i, src := range sources {
		go func() {
			in := indexed{i: i}
			defer func() {
				if v := recover(); v != nil {
					in.broken = fmt.Errorf("%v\n%s", v, debug.Stack())
				}
				arrived <- in
			}()
			in.r = ask(ctx, src, question)
		}()
	}
	pending := len(sources)
	for pending > 0 {
		select {
		case in := <-arrived:
			if in.broken != nil {
				panic(in.broken) // here somebody can answer it; in its own goroutine it would end the process
			}
			replies[in.i] = in.r
			pending--
		case <-ctx.Done():
			timeOut(ctx, sources, replies, time.Since(start))
			return replies
		}
	}
	return replies
}

// timeOut fills the replies that did not arrive.
func timeOut[T any](ctx context.Context, sources []Source, replies []reply[T], took time.Duration) {
	for i, src := range sources {
		if replies[i].outcome.Status == "" {
			replies[i].outcome = Outcome{
				Source: src, Status: StatusFailed, Took: took,
				Err: &Error{Kind: Timeout, Source: src.ID, Op: "wait for the source", Err: ctx.Err()},
			}
		}
	}
}

// one asks the source that id names. A source that s does not hold has nothing.
func one[T any](ctx context.Context, s *Service, id ID, question func(context.Context, Source) (Answer[T], error)) (Answer[T], Outcome, error) {
	src, found := s.Source(id.Source)
	if !found {
		return Answer[T]{}, Outcome{}, &Error{Kind: NotFound, Op: "find the source"}
	}
	r := ask(ctx, src, question)
	if r.outcome.Err != nil {
		return Answer[T]{}, r.outcome, r.outcome.Err
	}
	r.outcome.Items = 1
	return r.answer, r.outcome, nil
}

// PoolItem is a pool and where it is.
type PoolItem struct {
	Source *Source
	Pool   *Pool
	AsOf   time.Time
}

// ID of the pool in every source.
func (p PoolItem) ID() ID { return ID{Source: p.Source.ID, Native: p.Pool.NativeID} }

// DesktopItem is a desktop and where it is.
type DesktopItem struct {
	Source  *Source
	Desktop *Desktop
	AsOf    time.Time
}

// ID of the desktop in every source.
func (d DesktopItem) ID() ID { return ID{Source: d.Source.ID, Native: d.Desktop.NativeID} }

// Pool reads one pool in full. A pool that s does not see is NotFound.
func (s *Service) Pool(ctx context.Context, id ID) (PoolItem, Outcome, error) {
	a, out, err := one(ctx, s, id, func(ctx context.Context, src Source) (Answer[Pool], error) {
		return src.Reader.Pool(ctx, id.Native)
	})
	if err != nil {
		return PoolItem{}, out, err
	}
	return PoolItem{Source: &out.Source, Pool: &a.Value, AsOf: a.AsOf}, out, nil
}

// Desktop reads one desktop in full. A desktop that s does not see is NotFound.
func (s *Service) Desktop(ctx context.Context, id ID) (DesktopItem, Outcome, error) {
	a, out, err := one(ctx, s, id, func(ctx context.Context, src Source) (Answer[Desktop], error) {
		return src.Reader.Desktop(ctx, id.Native)
	})
	if err != nil {
		return DesktopItem{}, out, err
	}
	return DesktopItem{Source: &out.Source, Desktop: &a.Value, AsOf: a.AsOf}, out, nil
}
