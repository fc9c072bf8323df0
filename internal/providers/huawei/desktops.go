package huawei

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/deskpool/deskpool/internal/pool"
)

// Desktops lists one page of a pool's desktops: GET
// /desktop-pools/{pool_id}/desktops. The token of a page is its offset.
func (r *reader) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	k := call{
		op: "list a pool's desktops", operation: "ListPoolDesktopsDetail",
		path: "/desktop-pools/" + url.PathEscape(q.PoolID) + "/desktops", byID: true,
	}
	offset, err := r.offset(k, q)
	if err != nil {
		return pool.Answer[pool.DesktopPage]{}, err
	}
	k.query = pushdown(q.Filter)
	k.query.Set("offset", strconv.Itoa(offset))
	k.query.Set("limit", strconv.Itoa(q.Size))
	asked := r.now()
	var page poolDesktops
	a, err := r.c.get(ctx, k, &page, r.drift)
	if err != nil {
		return pool.Answer[pool.DesktopPage]{}, err
	}
	if page.Rows == nil && (page.Total == nil || *page.Total != 0) {
		return pool.Answer[pool.DesktopPage]{}, r.c.badBody(k, a, errNoRows)
	}
	value := pool.DesktopPage{Items: r.desktops(page.Rows, q.PoolID, a)}
	if q.Filter == (pool.DesktopPushdown{}) {
		value.Total = page.Total
	} else {
		value.Items = slices.DeleteFunc(value.Items, func(d pool.Desktop) bool { return !matches(&d, q.Filter) })
	}
	if next := offset + len(page.Rows); !last(next, len(page.Rows), q.Size, page.Total) {
		value.Next = strconv.Itoa(next)
	}
	return pool.Answer[pool.DesktopPage]{Value: value, AsOf: asked, Parts: []pool.Part{a.envelope("pool_desktops")}}, nil
}

func (r *reader) desktops(rows []desktop, poolID string, a answer) []pool.Desktop {
	desktops := make([]pool.Desktop, len(rows))
	for i, row := range rows {
		d := row.desktop(a.operation+".pool_desktops", r.drift)
		d.PoolID = cmp.Or(d.PoolID, poolID)
		d.Native = []pool.Part{a.part(row.Raw)}
		desktops[i] = d
	}
	return desktops
}

// offset is where the page starts, or why it cannot be asked for.
func (r *reader) offset(k call, q pool.DesktopsQuery) (int, error) {
	if !addressable(q.PoolID) {
		return 0, r.notFound(k)
	}
	if q.Size < 1 || q.Size > pool.MaxPage {
		return 0, r.invalid(k, fmt.Errorf("a page of %d desktops", q.Size))
	}
	if q.Token == "" {
		return 0, nil
	}
	offset, err := strconv.ParseUint(q.Token, 10, 31)
	if err != nil {
		return 0, r.invalid(k, errors.New("a token that is not from this source"))
	}
	if offset > maxDesktopsOffset {
		return 0, r.limit(k, "Huawei Cloud does not list desktops of a pool past the 10,000th.")
	}
	return int(offset), nil
}

// pushdown asks the cloud for no fewer desktops than the filter wants. It may
// send more: its status leaves the task out of account, and part of a user's
// name is enough. A state that is a task cannot be asked for.
func pushdown(f pool.DesktopPushdown) url.Values {
	q := url.Values{}
	switch f.BillingMode {
	case pool.Prepaid:
		q.Set("charge_mode", "0")
	case pool.Postpaid:
		q.Set("charge_mode", "1")
	}
	switch f.PowerState {
	case pool.Running:
		q.Set("status", "ACTIVE")
	case pool.Stopped:
		q.Set("status", "SHUTOFF")
	case pool.Hibernated:
		q.Set("status", "HIBERNATED")
	}
	if f.User != "" {
		q.Set("user_name", f.User)
	}
	return q
}

// matches tells whether the filter wants d.
func matches(d *pool.Desktop, f pool.DesktopPushdown) bool {
	return (f.BillingMode == "" || d.BillingMode == f.BillingMode) &&
		(f.PowerState == "" || d.PowerState == f.PowerState) &&
		(f.User == "" || slices.ContainsFunc(d.Assignments, func(a pool.Assignment) bool {
			return a.Name == f.User || a.Name == "" && a.ID == f.User
		}))
}

// Desktop reads one desktop: GET /desktops/{desktop_id}, which does not say
// its pool, and its row of GET /desktops, which does.
func (r *reader) Desktop(ctx context.Context, id string) (pool.Answer[pool.Desktop], error) {
	k := call{op: "show a desktop", operation: "ShowDesktopDetail", path: "/desktops/" + url.PathEscape(id), byID: true}
	asked := r.now()
	if !addressable(id) || id == "detail" { // GET /desktops/detail is a listing
		return pool.Answer[pool.Desktop]{}, r.notFound(k)
	}
	var one oneDesktop
	a, err := r.c.get(ctx, k, &one, r.drift)
	if err != nil {
		return pool.Answer[pool.Desktop]{}, err
	}
	if one.Desktop == nil || one.Desktop.ID == "" {
		return pool.Answer[pool.Desktop]{}, r.c.badBody(k, a, errors.New("the desktop has no id"))
	}
	result := pool.Answer[pool.Desktop]{
		Value: one.Desktop.desktop(k.operation+".desktop", r.drift),
		AsOf:  asked,
		Parts: []pool.Part{a.part(a.body)},
	}
	if result.Value.PoolID != "" || !one.Desktop.mayBePooled() {
		return result, nil
	}
	return r.withPool(ctx, result)
}

// mayBePooled tells whether a desktop can be in a pool.
func (d desktop) mayBePooled() bool { return d.DesktopType == "POOLED" || d.DesktopType == "" }

// withPool adds the pool of a desktop. Who may not list desktops does not learn it.
func (r *reader) withPool(ctx context.Context, of pool.Answer[pool.Desktop]) (pool.Answer[pool.Desktop], error) {
	k := call{
		op: "find a desktop's pool", operation: "ListDesktops", path: "/desktops",
		query: url.Values{"desktop_id": {of.Value.NativeID}, "offset": {"0"}, "limit": {"1"}},
	}
	var some someDesktops
	a, err := r.c.get(ctx, k, &some, r.drift)
	switch {
	case errors.Is(err, pool.Denied):
		return of, nil
	case err != nil:
		return pool.Answer[pool.Desktop]{}, err
	}
	for _, row := range some.Rows {
		if row.ID == of.Value.NativeID {
			of.Value.PoolID = row.PoolID
		}
	}
	of.Parts = append(of.Parts, a.part(a.body))
	return of, nil
}
