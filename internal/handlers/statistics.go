package handlers

import (
	"net/http"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// axisNames are the words of states=, and of statistics_type=, which is
// Huawei's way to say the same.
var axisNames = map[string]func(*pool.Axes){
	"power": func(a *pool.Axes) { a.Power = true }, "run-state": func(a *pool.Axes) { a.Power = true },
	"connection": func(a *pool.Axes) { a.Connection = true }, "login-state": func(a *pool.Axes) { a.Connection = true },
	"assignment": func(a *pool.Axes) { a.Assignment = true }, "attach-state": func(a *pool.Axes) { a.Assignment = true },
}

// GetStatistics serves GET /v1/statistics.
func (a *api) GetStatistics(w http.ResponseWriter, r *http.Request, p GetStatisticsParams) {
	c := callOf(r)
	v, total, f := c.caller.include(p.Include)
	pref, f2 := a.prefer(r)
	filter, f3 := a.sourceFilter(c.caller, p.Cloud, p.Source, p.Region)
	page, f4 := a.paging(r, p.Limit, p.Cursor)
	q, f5 := tallyQuery(p)
	if f := firstOf(f, f2, f3, f4, f5); f != nil {
		a.fail(w, r, *f)
		return
	}
	q.Sources = filter
	ctx, cancel := pref.patience(r)
	defer cancel()
	tally, err := c.service.Tally(ctx, q)
	if err != nil {
		f := missing(err, PoolNotFound)
		a.failList(w, r, tally.Outcomes, &f)
		return
	}
	if f := unusable(tally.Outcomes, pref.strict); f != nil {
		a.failList(w, r, tally.Outcomes, f)
		return
	}
	a.list(w, r, v, tally.Outcomes, func() *rendered {
		shown, next := cut(tally.Rows, page, rowID)
		size := len(tally.Rows)
		return &rendered{
			body: items(rows(shown, tallyRow), nil), page: a.page(page, next, when(total, &size)),
			items: perSource(shown, tally.Outcomes),
		}
	})
}

// tallyQuery is what the document has checked, in the words of the model.
func tallyQuery(p GetStatisticsParams) (pool.TallyQuery, *failure) {
	q := pool.TallyQuery{GroupBy: pool.GroupBySource, Count: pool.StatisticsQuery{DesktopType: pool.Pooled, Exact: value(p.Exact)}}
	if p.GroupBy != nil {
		q.GroupBy = pool.GroupBy(*p.GroupBy)
	}
	if p.DesktopType != nil {
		q.Count.DesktopType = pool.DesktopType(*p.DesktopType)
	}
	if p.States != nil && p.StatisticsType != nil {
		return q, &failure{code: InvalidParameter, detail: "states and statistics_type mean the same: give one of them.", errors: []FieldError{
			{Parameter: "statistics_type", Code: faultRepeated, Detail: "states says the same.", Allowed: []string{}},
		}}
	}
	if q.Count.DesktopType == pool.Dedicated && len(p.PoolID) > 0 {
		return q, &failure{code: InvalidParameter, detail: "No pool has a dedicated desktop: leave out pool_id or desktop_type.", errors: []FieldError{
			{Parameter: "desktop_type", Code: faultNotAllowed, Detail: "With pool_id it is POOLED or ALL.", Allowed: []string{"POOLED", "ALL"}},
		}}
	}
	if q.Count.DesktopType == pool.Dedicated && q.GroupBy == pool.GroupByPool {
		return q, &failure{code: InvalidParameter, detail: "Dedicated desktops are in no pool: leave out desktop_type, or group by something else.", errors: []FieldError{
			{Parameter: "desktop_type", Code: faultNotAllowed, Detail: "With group_by=pool it is POOLED or ALL.", Allowed: []string{"POOLED", "ALL"}},
		}}
	}
	for _, name := range slices.Concat(p.States, p.StatisticsType) {
		axisNames[name](&q.Count.Axes)
	}
	if q.Count.Axes == (pool.Axes{}) {
		q.Count.Axes = pool.Axes{Power: true, Connection: true, Assignment: true}
	}
	for _, s := range p.PoolID {
		id, f := parseID("pool_id", s)
		if f != nil {
			return q, f
		}
		q.Pools = append(q.Pools, id)
	}
	return q, nil
}

// rowID orders rows as the Service does, by cloud, source and pool: what
// separates them sorts before everything that they can hold.
func rowID(r pool.TallyRow) string {
	return string(r.Cloud) + "\x00" + r.Source + "\x00" + r.PoolID
}

// perSource counts the rows that each source gave, in the order of outcomes.
// The row of one that failed is ours.
func perSource(list []pool.TallyRow, outcomes []pool.Outcome) []int {
	counts := make([]int, len(outcomes))
	for i, o := range outcomes {
		for _, row := range list {
			if row.Source == o.Source.ID && o.Contributed() {
				counts[i]++
			}
		}
	}
	return counts
}
