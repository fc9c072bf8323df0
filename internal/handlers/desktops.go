package handlers

import (
	"net/http"

	"github.com/deskpool/deskpool/internal/pool"
)

// ListPoolDesktops serves GET /v1/pools/{id}/desktops, as a page or as a stream.
func (a *api) ListPoolDesktops(w http.ResponseWriter, r *http.Request, id string, p ListPoolDesktopsParams) {
	c := callOf(r)
	v, total, f := c.caller.include(p.Include)
	if p.User != nil && !c.caller.may(ScopePersonalRead) {
		f = &failure{code: Forbidden, detail: "user= needs the scope " + ScopePersonalRead + "."}
	}
	pref, f2 := a.prefer(r)
	page, f3 := a.paging(r, p.Limit, p.Cursor)
	poolID, f4 := parseID("id", id)
	if f := firstOf(f, f2, f3, f4); f != nil {
		a.fail(w, r, *f)
		return
	}
	filter := desktopFilter(p)
	if c.media == mediaNDJSON {
		a.stream(w, r, v, streamQuery{pool: poolID, filter: filter, fields: p.Fields})
		return
	}
	ctx, cancel := pref.patience(r)
	defer cancel()
	got, err := c.service.Desktops(ctx, pool.DesktopQuery{
		Pool: poolID, Filter: filter, Limit: page.limit,
		From: pool.Place{Token: page.at.Token, Skip: page.at.Skip},
	})
	outcomes := []pool.Outcome{got.Outcome}
	if err != nil {
		if got.Outcome.Source.ID != "" {
			c.outcomes = outcomes
			a.account(w.Header(), outcomes)
		}
		a.fail(w, r, missing(err, PoolNotFound))
		return
	}
	if f := unusable(outcomes, pref.strict); f != nil {
		a.failList(w, r, outcomes, f)
		return
	}
	a.list(w, r, v, outcomes, func() *rendered {
		var next *cursor
		if got.Next != nil {
			next = &cursor{Token: got.Next.Token, Skip: got.Next.Skip}
		}
		out := &rendered{body: items(rows(got.Items, v.desktop), p.Fields), page: a.page(page, next, nil)}
		if total {
			out.page.Total = &got.Total
		}
		return out
	})
}

// desktopFilter is what the document has checked, in the words of the model.
func desktopFilter(p ListPoolDesktopsParams) pool.DesktopFilter {
	return pool.DesktopFilter{
		PowerStates:      words[pool.PowerState](p.PowerState),
		ConnectionStates: words[pool.ConnectionState](p.ConnectionState),
		AssignmentStates: words[pool.AssignmentState](p.AssignmentState),
		LifecycleStates:  words[pool.LifecycleState](p.LifecycleState),
		SummaryStates:    words[pool.SummaryState](p.SummaryState),
		BillingModes:     words[pool.BillingMode](p.BillingMode),
		User:             value(p.User), NameContains: value(p.NameContains), IncludeDeleted: value(p.IncludeDeleted),
	}
}
