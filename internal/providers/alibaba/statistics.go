package alibaba

import (
	"context"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const countOp = "count desktops"

// Statistics counts with one DescribeDesktopGroups per hundred groups: totals
// and power. Connection and assignment have no aggregate; if the query is exact,
// desktops are counted one by one, in at most maxCountCalls calls. If it is not,
// a group without a count is looked into nevertheless, since the cloud leaves out
// totals of zero: one page tells. Desktops outside groups are not counted.
func (r *reader) Statistics(ctx context.Context, q pool.StatisticsQuery) (pool.Answer[pool.Statistics], error) {
	answer := pool.Answer[pool.Statistics]{AsOf: r.ecd.now()}
	answer.Value.Total = pool.NewCounts(q.Axes, pool.NotReportedByCloud)
	if q.DesktopType == pool.Dedicated {
		return answer, nil
	}
	groups, parts, asked, err := r.countedGroups(ctx, q.PoolIDs)
	if err != nil {
		return pool.Answer[pool.Statistics]{}, err
	}
	answer.Parts, answer.AsOf = parts, asked
	counter := counter{reader: r, exact: q.Exact, calls: maxCountCalls}
	var rows []tally
	for i := range groups {
		row := r.words.aggregate(&groups[i], q.Axes)
		if q.Exact && row.incomplete() || row.counts.Total == nil {
			if err := counter.refine(ctx, groups[i].ID, &row); err != nil {
				return pool.Answer[pool.Statistics]{}, err
			}
		}
		rows = append(rows, row)
		answer.Value.Pools = append(answer.Value.Pools, pool.PoolStatistics{
			PoolID: identifier(groups[i].ID), PoolName: groups[i].Name, Counts: row.counts,
		})
	}
	answer.Parts = append(answer.Parts, counter.parts...)
	if q.DesktopType != pool.AllDesktops || len(q.PoolIDs) > 0 {
		answer.Value.Total = sum(rows, q.Axes)
	}
	return answer, nil
}

// countedGroups reads the groups with these ids, or all, each once.
func (r *reader) countedGroups(ctx context.Context, ids []string) (groups []listedGroup, parts []pool.Part, asked time.Time, err error) {
	chunks := slices.Collect(slices.Chunk(ids, pageSize))
	if len(ids) == 0 {
		chunks = [][]string{nil}
	}
	seen := map[string]bool{}
	for _, chunk := range chunks {
		more, at, err := r.groups(ctx, countOp, chunk, func(g *listedGroup, _ reply) {
			if !seen[g.ID] && (chunk == nil || slices.Contains(chunk, g.ID)) {
				seen[g.ID] = true
				groups = append(groups, *g)
			}
		})
		if err != nil {
			return nil, nil, time.Time{}, err
		}
		if len(parts) == 0 {
			asked = at
		}
		parts = append(parts, more...)
	}
	return groups, parts, asked, nil
}

// tally is a row of counts, and where its numbers come from.
type tally struct {
	counts              pool.Counts
	aggregated, counted bool
}

// aggregate fills what a group's row says: the total and the power axis.
func (w words) aggregate(g *listedGroup, axes pool.Axes) tally {
	t := tally{counts: pool.NewCounts(axes, pool.NotCounted), aggregated: true}
	c := &t.counts
	c.Total = g.total()
	states, known := g.states()
	if c.Power != nil && known {
		c.Power = w.power(states)
	}
	if !known {
		// Had the cloud counted by DesktopStatus, these would be there.
		c.Missing = slices.DeleteFunc(c.Missing, func(m pool.Missing) bool { return isPowerOrTotal(m.Field) })
		c.Explain(pool.NotReportedByCloud)
	}
	c.Explain(pool.NotCounted)
	c.Basis = t.basis()
	return t
}

// power sums up desktops by DesktopStatus. Expired says nothing of power.
func (w words) power(states map[string]int) *pool.PowerCounts {
	var running, stopped, hibernated, faulted, changing, other int
	for status, n := range states {
		switch status {
		case "Running":
			running += n
		case "Stopped":
			stopped += n
		case "Hibernated":
			hibernated += n
		case "Failed":
			faulted += n
		case "Pending", "Starting", "Stopping", "Rebuilding":
			changing += n
		default:
			w.powerState(status) // counts a word that it does not know
			other += n
		}
	}
	return &pool.PowerCounts{
		Running: &running, Stopped: &stopped, Hibernated: &hibernated, Faulted: &faulted, Changing: &changing, Other: &other,
	}
}

// incomplete tells whether counting would add to t.
func (t *tally) incomplete() bool {
	c := &t.counts
	return c.Total == nil || c.Connection != nil || c.Assignment != nil || c.Power != nil && c.Power.Running == nil
}

func (t *tally) basis() pool.Basis {
	switch {
	case t.aggregated && t.counted:
		return pool.Mixed
	case t.counted:
		return pool.Counted
	}
	return pool.UpstreamAggregate
}
