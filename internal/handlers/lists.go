package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// defaultLimit is how many rows a page has if the caller does not say.
const defaultLimit = 50

// paging is where in a list the caller is.
type paging struct {
	limit   int
	at      cursor // zero on the first page
	request *http.Request
}

// question is what cursors are bound to: the route, all parameters but limit,
// and the tenant and what it may see.
func (p paging) question() string {
	c := callOf(p.request)
	query := p.request.URL.Query()
	query.Del("limit")
	query.Del("cursor")
	return digest(slices.Concat([]string{c.op.id, p.request.URL.Path, query.Encode(), c.caller.Tenant}, c.caller.Scopes)...)
}

// paging reads limit and cursor.
func (a *api) paging(r *http.Request, limit *int, sealed *string) (paging, *failure) {
	p := paging{limit: defaultLimit, request: r}
	if limit != nil {
		p.limit = *limit
	}
	if sealed == nil {
		return p, nil
	}
	at, err := a.cursors.open(*sealed, p.question())
	if errors.Is(err, errCursorExpired) {
		return p, &failure{code: CursorExpired, detail: meanings[CursorExpired].text}
	}
	if err != nil {
		return p, &failure{code: CursorInvalid, detail: meanings[CursorInvalid].text, errors: []FieldError{{
			Parameter: "cursor", Code: faultInvalid, Detail: "This is no cursor of this query.", Allowed: []string{},
		}}}
	}
	p.at = at
	return p, nil
}

// page describes the page that ends before next; nil: the last one.
func (a *api) page(p paging, next *cursor, total *int) Page {
	page := Page{Limit: p.limit}
	if total != nil {
		page.Total = &total
	}
	if next == nil {
		return page
	}
	next.Query = p.question()
	sealed := a.cursors.seal(*next)
	query := p.request.URL.Query()
	query.Set("cursor", sealed)
	address := a.opts.PublicURL + p.request.URL.EscapedPath() + "?" + query.Encode()
	page.NextCursor, page.Next = &sealed, &address
	return page
}

// cut takes one page from rows that stand in the order of their ids.
func cut[T any](list []T, p paging, id func(T) string) (page []T, next *cursor) {
	first := slices.IndexFunc(list, func(t T) bool { return id(t) > p.at.Row })
	if first < 0 {
		return nil, nil
	}
	list = list[first:]
	if len(list) > p.limit {
		list = list[:p.limit]
		next = &cursor{Row: id(list[p.limit-1])}
	}
	return list, next
}

// items encodes rows, each only with the fields asked for.
func items[T any](list []T, fields []string) []byte {
	want := newProjection(fields)
	out := []byte{'['}
	for i := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, want.apply(encode(list[i]))...)
	}
	return append(out, ']')
}

// sourceFilter reads cloud, source and region. Words that no source of the
// caller's, or no cloud of ours, has are faults.
func (a *api) sourceFilter(c *Caller, clouds, ids, regions []string) (pool.SourceFilter, *failure) {
	if len(clouds)+len(ids)+len(regions) == 0 {
		return pool.SourceFilter{}, nil
	}
	var faults []FieldError
	known := make([]string, len(a.opts.Clouds))
	for i, name := range a.opts.Clouds {
		known[i] = string(name)
	}
	var seen, places []string
	for _, src := range c.Service.Sources(pool.SourceFilter{}) {
		seen = append(seen, src.ID)
		places = append(places, src.Region)
	}
	slices.Sort(places)
	places = slices.Compact(places)
	for _, p := range []struct {
		name          string
		given, allows []string
	}{{"cloud", clouds, known}, {"source", ids, seen}, {"region", regions, places}} {
		if f, bad := outside(p.name, p.given, p.allows); bad {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return pool.SourceFilter{}, &failure{code: InvalidParameter, detail: summary(faults), errors: faults}
	}
	return pool.SourceFilter{IDs: ids, Clouds: words[pool.Cloud](clouds), Regions: regions}, nil
}

// outside is the fault of a parameter with a value that is not allowed.
func outside(name string, given, allowed []string) (FieldError, bool) {
	bad := slices.ContainsFunc(given, func(v string) bool { return !slices.Contains(allowed, v) })
	return FieldError{
		Parameter: name, Code: faultNotAllowed, Allowed: append([]string{}, allowed...),
		Detail: fmt.Sprintf("A value is none that you can see: %s is one of the list.", name),
	}, bad
}

// words gives texts that the document has checked their type. UNKNOWN is also
// how we show that a cloud did not say.
func words[W ~string](list []string) []W {
	out := rows(list, func(s string) W { return W(s) })
	if slices.Contains(list, pool.Unknown) {
		out = append(out, "")
	}
	return out
}

// include reads what is to be added, which may need a scope of its own.
func (c *Caller) include(list []string) (v view, total bool, f *failure) {
	v = view{native: slices.Contains(list, "native"), personal: c.may(ScopePersonalRead)}
	if v.native && !c.may(ScopeNativeRead) {
		f = &failure{code: Forbidden, detail: "include=native needs the scope " + ScopeNativeRead + "."}
	}
	return v, slices.Contains(list, "total"), f
}
