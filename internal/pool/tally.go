package pool

import (
	"context"
	"slices"
	"time"
)

// TallyQuery asks for counts over many sources.
type TallyQuery struct {
	Sources SourceFilter
	Pools   []ID // empty: all. Only the sources of these pools are asked.
	GroupBy GroupBy
	Count   StatisticsQuery // its PoolIDs are filled from Pools
}

// GroupBy is what a row of counts stands for.
type GroupBy string

// The groupings.
const (
	GroupByNone   GroupBy = "none"
	GroupByCloud  GroupBy = "cloud"
	GroupBySource GroupBy = "source"
	GroupByPool   GroupBy = "pool"
)

// Tally is counts over many sources.
type Tally struct {
	Rows     []TallyRow // by cloud, source, pool
	Outcomes []Outcome
}

// TallyRow is one row of counts. Fields that the grouping has not are empty.
type TallyRow struct {
	Cloud            Cloud
	Source           string
	PoolID, PoolName string // native id
	Counts           Counts
	AsOf             time.Time // the oldest; zero if nothing was read
}

// Tally counts desktops. A counter to which a source would have to add, but
// did not, is nil, with a reason. A pool asked for that its source does not
// know is NotFound.
func (s *Service) Tally(ctx context.Context, q TallyQuery) (Tally, error) {
	sources, pools, err := s.tallied(q)
	if err != nil {
		return Tally{}, err
	}
	replies := gather(ctx, sources, func(ctx context.Context, src Source) (Answer[Statistics], error) {
		count := q.Count
		count.PoolIDs = pools[src.ID]
		return src.Reader.Statistics(ctx, count)
	})
	t := Tally{}
	for _, r := range replies {
		t.Outcomes = append(t.Outcomes, r.outcome)
	}
	if err := unknownPool(replies, pools); err != nil {
		return t, err
	}
	t.Rows = group(replies, q)
	return t, nil
}

// tallied returns the sources to ask and, where pools are named, their native ids by source.
func (s *Service) tallied(q TallyQuery) ([]Source, map[string][]string, error) {
	sources := s.Sources(q.Sources)
	if len(q.Pools) == 0 {
		return sources, nil, nil
	}
	pools := map[string][]string{}
	for _, id := range q.Pools {
		if _, found := s.Source(id.Source); !found {
			return nil, nil, &Error{Kind: NotFound, Op: "find the source", Detail: "There is no pool " + id.String() + "."}
		}
		if !slices.Contains(pools[id.Source], id.Native) {
			pools[id.Source] = append(pools[id.Source], id.Native)
		}
	}
	for _, ids := range pools {
		slices.Sort(ids)
	}
	sources = slices.DeleteFunc(sources, func(src Source) bool { return pools[src.ID] == nil })
	return sources, pools, nil
}

func unknownPool(replies []reply[Statistics], pools map[string][]string) error {
	for _, r := range replies {
		if r.outcome.Err != nil {
			continue
		}
		for _, id := range pools[r.outcome.Source.ID] {
			known := slices.ContainsFunc(r.answer.Value.Pools, func(p PoolStatistics) bool { return p.PoolID == id })
			if !known {
				name := ID{Source: r.outcome.Source.ID, Native: id}
				return &Error{Kind: NotFound, Source: name.Source, Op: "count desktops", Detail: "There is no pool " + name.String() + "."}
			}
		}
	}
	return nil
}

// group makes the rows. Replies come by source id.
func group(replies []reply[Statistics], q TallyQuery) []TallyRow {
	var rows []TallyRow
	add := func(row TallyRow) {
		i := slices.IndexFunc(rows, func(r TallyRow) bool { return r.Cloud == row.Cloud && r.Source == row.Source })
		if i < 0 {
			rows = append(rows, row)
			return
		}
		rows[i].Counts = Sum(q.Count.Axes, rows[i].Counts, row.Counts)
		if rows[i].AsOf.IsZero() || !row.AsOf.IsZero() && row.AsOf.Before(rows[i].AsOf) {
			rows[i].AsOf = row.AsOf
		}
	}
	for _, r := range replies {
		src := r.outcome.Source
		row := TallyRow{Counts: r.answer.Value.Total, AsOf: r.outcome.AsOf}
		if r.outcome.Err != nil {
			row.Counts = failedCounts(q.Count.Axes)
		}
		switch q.GroupBy {
		case GroupByPool:
			for _, p := range r.answer.Value.Pools {
				rows = append(rows, TallyRow{
					Cloud: src.Cloud, Source: src.ID, PoolID: p.PoolID, PoolName: p.PoolName,
					Counts: p.Counts, AsOf: r.outcome.AsOf,
				})
			}
			continue
		case GroupBySource:
			row.Cloud, row.Source = src.Cloud, src.ID
		case GroupByCloud:
			row.Cloud = src.Cloud
		}
		add(row)
	}
	slices.SortStableFunc(rows, compareRows)
	return rows
}
