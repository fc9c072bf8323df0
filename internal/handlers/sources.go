package handlers

import (
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// ListSources serves GET /v1/sources.
func (a *api) ListSources(w http.ResponseWriter, r *http.Request, p ListSourcesParams) {
	caller := callOf(r).caller
	listLocal(a, w, r, localQuery{p.Cloud, p.Source, p.Region, p.Limit, p.Cursor}, func(src pool.Source) Source {
		return source(src, caller)
	})
}

// localQuery asks for a list of sources, for which no cloud is asked.
type localQuery struct {
	clouds, ids, regions []string
	limit                *int
	cursor               *string
}

func listLocal[T any](a *api, w http.ResponseWriter, r *http.Request, q localQuery, convert func(pool.Source) T) {
	caller := callOf(r).caller
	filter, f := a.sourceFilter(caller, q.clouds, q.ids, q.regions)
	page, f2 := a.paging(r, q.limit, q.cursor)
	if f := firstOf(f, f2); f != nil {
		a.fail(w, r, *f)
		return
	}
	shown, next := cut(caller.Service.Sources(filter), page, func(s pool.Source) string { return s.ID })
	got := &rendered{body: items(rows(shown, convert), nil), page: a.page(page, next, nil)}
	a.headers(w, r, "")
	if got.page.Next != nil {
		w.Header().Set("Link", "<"+*got.page.Next+`>; rel="next"`)
	}
	write(w, envelope(got, true, []SourceOutcome{}))
}

// GetSource serves GET /v1/sources/{source}.
func (a *api) GetSource(w http.ResponseWriter, r *http.Request, id string) {
	caller := callOf(r).caller
	src, found := caller.Service.Source(id)
	if !found {
		a.fail(w, r, failure{code: SourceNotFound, detail: meanings[SourceNotFound].text})
		return
	}
	a.headers(w, r, "")
	write(w, encode(source(src, caller)))
}

// source says how a source is. One that was not asked yet is UNKNOWN.
func source(src pool.Source, c *Caller) Source {
	drift := src.Drift.Counts()
	out := Source{
		ID: src.ID, Cloud: string(src.Cloud), Region: src.Region, Status: pool.Unknown, Budgets: []Budget{},
		Drift: Drift{Fields: counts(drift.Fields), Words: counts(drift.Words), Types: counts(drift.Types)},
	}
	if src.Health == nil {
		return out
	}
	ok, err, failed := src.Health.Last()
	out.AsOf = at(readAt(ok))
	out.Status = latest(ok, err, failed)
	if err != nil {
		out.LastError = &SourceError{
			Code: string(codeOf(err.Kind)), FailedAt: readAt(failed), RetryAfterS: wholeSeconds(err.RetryAfter),
		}
		if err.Upstream != nil {
			out.LastError.Upstream = upstream(err, c)
		}
	}
	return out
}

// latest is how the latest call went.
func latest(ok time.Time, err *pool.Error, failed time.Time) string {
	switch {
	case err != nil && !failed.Before(ok):
		return string(pool.StatusFailed)
	case !ok.IsZero():
		return string(pool.StatusOK)
	}
	return pool.Unknown
}

// counts is never nil, so that it is {} and not null.
func counts(m map[string]int64) map[string]int64 {
	if m == nil {
		return map[string]int64{}
	}
	return m
}
