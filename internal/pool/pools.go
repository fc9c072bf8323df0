package pool

import (
	"context"
	"slices"
)

// PoolQuery asks for a page of the pools of many sources.
type PoolQuery struct {
	Sources SourceFilter
	Filter  PoolFilter
	Sort    []SortKey // then by source and id
	After   []Rank    // the Last of the page before; nil: from the start
	Limit   int       // 1 or more
}

// Listings is what the sources said, before anything is selected from it.
type Listings struct {
	Outcomes []Outcome // by source id
	answers  []Answer[[]Pool]
}

// PoolPage is a page of pools.
type PoolPage struct {
	Items []PoolItem
	Total int    // rows that match, in all pages
	Last  []Rank // where the next page goes on; nil on the last
}

// Listings asks every selected source for its whole listing.
func (s *Service) Listings(ctx context.Context, f SourceFilter) Listings {
	replies := gather(ctx, s.Sources(f), func(ctx context.Context, src Source) (Answer[[]Pool], error) {
		return src.Reader.Pools(ctx)
	})
	l := Listings{Outcomes: make([]Outcome, len(replies)), answers: make([]Answer[[]Pool], len(replies))}
	for i, r := range replies {
		l.Outcomes[i], l.answers[i] = r.outcome, r.answer
	}
	return l
}

// Page filters, sorts and cuts l, and notes in its outcomes how many rows each source gave.
func (l Listings) Page(q PoolQuery) PoolPage {
	rows := l.rows(q.Filter)
	ord := newOrder(q.Sort)
	type placed struct {
		at   []Rank
		item PoolItem
	}
	all := make([]placed, len(rows))
	for i, r := range rows {
		all[i] = placed{ord.position(r), r}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return ord.compare(a.at, b.at) })
	page := PoolPage{Total: len(all)}
	if q.After != nil {
		first, _ := slices.BinarySearchFunc(all, q.After, func(p placed, after []Rank) int {
			if ord.compare(p.at, after) > 0 {
				return 1
			}
			return -1
		})
		all = all[first:]
	}
	if len(all) > q.Limit {
		all = all[:q.Limit]
		page.Last = all[q.Limit-1].at
	}
	counts := map[string]int{}
	for _, p := range all {
		page.Items = append(page.Items, p.item)
		counts[p.item.Source.ID]++
	}
	for i := range l.Outcomes {
		l.Outcomes[i].Items = counts[l.Outcomes[i].Source.ID]
	}
	return page
}

func (l Listings) rows(f PoolFilter) []PoolItem {
	var rows []PoolItem
	for i := range l.answers {
		for j := range l.answers[i].Value {
			if p := &l.answers[i].Value[j]; f.match(p) {
				rows = append(rows, PoolItem{Source: &l.Outcomes[i].Source, Pool: p, AsOf: l.answers[i].AsOf})
			}
		}
	}
	return rows
}
