package pool

import (
	"context"
	"errors"
)

// maxWalk is how many upstream pages one answer reads at most.
const maxWalk = 20

// Place is where a walk over a pool's desktops goes on. The zero Place is the start.
type Place struct {
	Token string // of an upstream page
	Skip  int    // rows of that page that were given already
}

// DesktopQuery asks for a page of a pool's desktops.
type DesktopQuery struct {
	Pool   ID
	Filter DesktopFilter
	From   Place
	Limit  int // 1 or more
}

// DesktopsPage is a page of a pool's desktops.
type DesktopsPage struct {
	Items   []DesktopItem
	Outcome Outcome
	Next    *Place // nil: there are no more
	Total   *int   // of the whole pool; nil if the cloud does not say, or a filter holds
}

// Desktops walks over a pool's desktops in the cloud's order until Limit rows
// match, maxWalk upstream pages are read, or ctx ends; fewer rows, even none,
// with a Next are normal. What was read before a failure is kept: the outcome
// is then PARTIAL and Next is where to go on.
func (s *Service) Desktops(ctx context.Context, q DesktopQuery) (DesktopsPage, error) {
	src, found := s.Source(q.Pool.Source)
	if !found {
		return DesktopsPage{}, &Error{Kind: NotFound, Op: "find the source"}
	}
	w := walk{q: q, src: src, at: q.From}
	w.page.Outcome = Outcome{Source: src}
	err := w.run(ctx)
	if q.From == (Place{}) && w.page.Next == nil && w.page.Outcome.Status == StatusOK && q.Filter.empty() {
		w.page.Total = new(len(w.page.Items)) // these are all
	}
	return w.page, err
}

// walk is one walk over upstream pages.
type walk struct {
	q     DesktopQuery
	src   Source
	at    Place
	pages int
	page  DesktopsPage
}

func (w *walk) run(ctx context.Context) error {
	for len(w.page.Items) < w.q.Limit && w.pages < maxWalk {
		r := ask(ctx, w.src, w.question)
		w.page.Outcome.Took += r.outcome.Took
		if err := r.outcome.Err; err != nil {
			return w.stop(r.outcome)
		}
		w.pages++
		w.account(r.outcome)
		if last := w.take(r.answer); last {
			return nil
		}
	}
	w.page.Next = &w.at
	return nil
}

// question asks for the upstream page at the present place. Without filters of
// ours it asks for no more rows than are wanted, so that nothing is read twice.
func (w *walk) question(ctx context.Context, src Source) (Answer[DesktopPage], error) {
	push, exact := w.q.Filter.pushdown(src.DesktopFilters)
	size := MaxPage
	if exact && w.at.Skip == 0 {
		size = min(MaxPage, w.q.Limit-len(w.page.Items))
	}
	return src.Reader.Desktops(ctx, DesktopsQuery{
		PoolID: w.q.Pool.Native, Token: w.at.Token, Size: size,
		IncludeDeleted: w.q.Filter.IncludeDeleted, Filter: push,
	})
}

// stop ends the walk at a failure. A limit of the cloud's is the end of what
// can be read; after any other failure the walk can go on later.
func (w *walk) stop(failed Outcome) error {
	limit := errors.Is(failed.Err, LimitReached)
	if w.pages == 0 && !limit {
		failed.Took = w.page.Outcome.Took
		w.page.Outcome = failed
		return failed.Err
	}
	w.page.Outcome.Status, w.page.Outcome.Err = StatusPartial, failed.Err
	if limit {
		return nil
	}
	w.page.Next = &w.at
	return nil
}

// account adds one upstream page to the outcome.
func (w *walk) account(o Outcome) {
	sum := &w.page.Outcome
	if w.pages == 1 {
		sum.Status, sum.AsOf, sum.From, sum.Version = o.Status, o.AsOf, o.From, o.Version
	} else {
		if o.AsOf.Before(sum.AsOf) {
			sum.AsOf = o.AsOf
		}
		if o.From == FromCloud {
			sum.From = FromCloud
		}
		if sum.Version != "" && o.Version != "" {
			sum.Version += "." + o.Version
		} else {
			sum.Version = ""
		}
	}
	sum.Parts = append(sum.Parts, o.Parts...)
}

// take adds the matching rows of one upstream page and moves on; it tells
// whether that was the last.
func (w *walk) take(a Answer[DesktopPage]) (last bool) {
	if w.q.Filter.empty() {
		w.page.Total = a.Value.Total
	}
	rows := a.Value.Items
	for i := min(w.at.Skip, len(rows)); i < len(rows); i++ {
		if len(w.page.Items) == w.q.Limit {
			w.at.Skip = i
			return false
		}
		if d := &rows[i]; w.q.Filter.match(d) {
			w.page.Items = append(w.page.Items, DesktopItem{Source: &w.src, Desktop: d, AsOf: a.AsOf})
			w.page.Outcome.Items++
		}
	}
	w.at = Place{Token: a.Value.Next}
	return a.Value.Next == ""
}

// note keeps the ids of the first requests of a walk without end, and no bodies.
func (o *Outcome) note(parts []Part) {
	for _, p := range parts {
		if len(o.Parts) < maxWalk {
			o.Parts = append(o.Parts, Part{Operation: p.Operation, RequestID: p.RequestID, ReadAt: p.ReadAt})
		}
	}
}

// Stream reads all of a pool's desktops past every cache, one upstream page at
// a time, and gives the matching rows of each, be there any or none, to yield,
// whose error ends it and is returned. A failure after the first page makes the outcome PARTIAL and is
// no error.
func (s *Service) Stream(ctx context.Context, id ID, f DesktopFilter, yield func([]DesktopItem) error) (Outcome, error) {
	src, found := s.Source(id.Source)
	if !found {
		return Outcome{}, &Error{Kind: NotFound, Op: "find the source"}
	}
	if src.Live != nil {
		src.Reader = src.Live
	}
	w := walk{q: DesktopQuery{Pool: id, Filter: f, Limit: MaxPage}, src: src}
	sum := Outcome{Source: src}
	for first := true; ; first = false {
		w.page, w.pages = DesktopsPage{}, 0
		r := ask(ctx, src, w.question)
		sum.Took += r.outcome.Took
		if r.outcome.Err != nil {
			limit := errors.Is(r.outcome.Err, LimitReached)
			if first && !limit {
				return r.outcome, r.outcome.Err
			}
			sum.Status, sum.Err = StatusPartial, r.outcome.Err
			return sum, nil
		}
		if first {
			sum.Status, sum.AsOf, sum.From = r.outcome.Status, r.outcome.AsOf, r.outcome.From
		}
		last := w.take(r.answer)
		sum.Items += len(w.page.Items)
		sum.note(r.outcome.Parts)
		if err := yield(w.page.Items); err != nil {
			return sum, err
		}
		if last {
			return sum, nil
		}
	}
}
