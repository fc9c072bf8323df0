package handlers

import (
	"net/http"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// ListPools serves GET /v1/pools.
func (a *api) ListPools(w http.ResponseWriter, r *http.Request, p ListPoolsParams) {
	c := callOf(r)
	v, total, f := c.caller.include(p.Include)
	q := poolQuery(p)
	pref, f2 := a.prefer(r)
	filter, f3 := a.sourceFilter(c.caller, p.Cloud, p.Source, p.Region)
	page, f4 := a.paging(r, p.Limit, p.Cursor)
	if f := firstOf(f, f2, f3, f4); f != nil {
		a.fail(w, r, *f)
		return
	}
	q.After, q.Limit = page.at.After, page.limit
	ctx, cancel := pref.patience(r)
	defer cancel()
	said := c.service.Listings(ctx, filter)
	if f := unusable(said.Outcomes, pref.strict); f != nil {
		a.failList(w, r, said.Outcomes, f)
		return
	}
	a.list(w, r, v, said.Outcomes, func() *rendered {
		got := said.Page(q)
		out := &rendered{body: items(rows(got.Items, v.pool), p.Fields)}
		for _, o := range said.Outcomes {
			out.items = append(out.items, o.Items)
		}
		var next *cursor
		if got.Last != nil {
			next = &cursor{After: got.Last}
		}
		out.page = a.page(page, next, when(total, &got.Total))
		return out
	})
}

// poolQuery is what the document has checked, in the words of the model.
func poolQuery(p ListPoolsParams) pool.PoolQuery {
	q := pool.PoolQuery{Filter: pool.PoolFilter{
		States:          words[pool.PoolState](p.State),
		BillingModes:    words[pool.BillingMode](p.BillingMode),
		AssignmentModes: words[pool.AssignmentMode](p.AssignmentMode),
		OSTypes:         words[pool.OSType](p.OSType),
		ImageIDs:        p.ImageID, ProductIDs: p.ProductID,
		InMaintenance: p.InMaintenance, Name: p.Name, NameContains: value(p.NameContains),
		CreatedFrom: value(p.CreatedAtGte), CreatedBefore: value(p.CreatedAtLt),
	}}
	for _, s := range p.Sort {
		field, descending := strings.CutPrefix(s, "-")
		q.Sort = append(q.Sort, pool.SortKey{Field: pool.SortField(field), Descending: descending})
	}
	return q
}

// GetPool serves GET /v1/pools/{id}.
func (a *api) GetPool(w http.ResponseWriter, r *http.Request, id string, p GetPoolParams) {
	a.resource(w, r, resource{id: id, include: p.Include, fields: p.Fields, notFound: PoolNotFound}, a.readPool)
}

// readPool reads one pool, encoded as v wants it.
func (a *api) readPool(q question) (pool.Outcome, func(view) any, error) {
	item, out, err := q.service.Pool(q.ctx, q.id)
	return out, func(v view) any {
		p := *item.Pool
		p.Native = out.Parts
		item.Pool = &p
		return v.pool(item)
	}, err
}

// readDesktop reads one desktop, encoded as v wants it.
func (a *api) readDesktop(q question) (pool.Outcome, func(view) any, error) {
	item, out, err := q.service.Desktop(q.ctx, q.id)
	return out, func(v view) any {
		d := *item.Desktop
		d.Native = out.Parts
		item.Desktop = &d
		return v.desktop(item)
	}, err
}

// GetDesktop serves GET /v1/desktops/{id}.
func (a *api) GetDesktop(w http.ResponseWriter, r *http.Request, id string, p GetDesktopParams) {
	a.resource(w, r, resource{id: id, include: p.Include, fields: p.Fields, notFound: DesktopNotFound}, a.readDesktop)
}

// GetPoolNative serves GET /v1/pools/{id}/native.
func (a *api) GetPoolNative(w http.ResponseWriter, r *http.Request, id string, _ GetPoolNativeParams) {
	a.native(w, r, resource{id: id, notFound: PoolNotFound}, a.readPool)
}

// GetDesktopNative serves GET /v1/desktops/{id}/native.
func (a *api) GetDesktopNative(w http.ResponseWriter, r *http.Request, id string, _ GetDesktopNativeParams) {
	a.native(w, r, resource{id: id, notFound: DesktopNotFound}, a.readDesktop)
}

// value is what p points to, or zero.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// when is p if it was asked for.
func when[T any](asked bool, p *T) *T {
	if asked {
		return p
	}
	return nil
}

func firstOf(fs ...*failure) *failure {
	for _, f := range fs {
		if f != nil {
			return f
		}
	}
	return nil
}

// failList answers with the problem of a list, and the account of its sources.
func (a *api) failList(w http.ResponseWriter, r *http.Request, outcomes []pool.Outcome, f *failure) {
	callOf(r).outcomes = outcomes
	a.account(w.Header(), outcomes)
	a.fail(w, r, *f)
}
