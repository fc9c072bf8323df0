package huawei

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// maxPoolIDs is how many ids of pools are put into one URL, which the gateway
// refuses when it is too long.
const maxPoolIDs = 100

// Statistics counts desktops: one GET /statistics, which counts along all
// three axes. For more pools than fit into its URL it counts all of them.
func (r *reader) Statistics(ctx context.Context, q pool.StatisticsQuery) (pool.Answer[pool.Statistics], error) {
	k := call{op: "count desktops", operation: "ListDesktopsStatistics", path: "/statistics", query: url.Values{
		"desktop_type":    desktopTypes(q.DesktopType),
		"statistics_type": {"attach-state", "login-state", "run-state"},
	}}
	if len(q.PoolIDs) <= maxPoolIDs {
		k.query["desktop_pool_ids"] = q.PoolIDs
	}
	asked := r.now()
	var said statistics
	a, err := r.c.get(ctx, k, &said, r.drift)
	if err != nil {
		return pool.Answer[pool.Statistics]{}, err
	}
	if said.empty() {
		return pool.Answer[pool.Statistics]{}, r.c.badBody(k, a, errors.New("the answer counts nothing"))
	}
	return pool.Answer[pool.Statistics]{Value: said.statistics(q), AsOf: asked, Parts: []pool.Part{a.part(a.body)}}, nil
}

// desktopTypes is the value of desktop_type, whose key is repeated for both.
func desktopTypes(t pool.DesktopType) []string {
	switch t {
	case pool.Dedicated:
		return []string{"DEDICATED"}
	case pool.AllDesktops:
		return []string{"DEDICATED", "POOLED"}
	}
	return []string{"POOLED"} // not POOL, as one page has it
}

// empty tells whether nothing was counted at all, which the cloud never says.
func (s statistics) empty() bool {
	return s.Pools == nil && s.counters == counters{}
}

func (s statistics) statistics(q pool.StatisticsQuery) pool.Statistics {
	rows := s.rows(q)
	value := pool.Statistics{Total: s.counts(q.Axes), Pools: make([]pool.PoolStatistics, len(rows))}
	list := make([]pool.Counts, len(rows))
	for i, row := range rows {
		list[i] = row.counts(q.Axes)
		value.Pools[i] = pool.PoolStatistics{PoolID: row.PoolID, PoolName: row.PoolName, Counts: list[i]}
	}
	if len(q.PoolIDs) > maxPoolIDs {
		value.Total = pool.Sum(q.Axes, list...)
		value.Total.Basis = pool.UpstreamAggregate // also of no rows
	}
	return value
}

// rows are the counted pools that q asks for.
func (s statistics) rows(q pool.StatisticsQuery) []poolStatistics {
	if q.DesktopType == pool.Dedicated {
		return nil
	}
	return slices.DeleteFunc(s.Pools, func(p poolStatistics) bool {
		return len(q.PoolIDs) > 0 && !slices.Contains(q.PoolIDs, p.PoolID)
	})
}

// counts makes a row of counters, of the axes that were asked for.
func (c counters) counts(axes pool.Axes) pool.Counts {
	t := tally{total: c.Total}
	counts := pool.Counts{Total: t.count("total", c.Total), Basis: pool.UpstreamAggregate}
	if axes.Power {
		counts.Power = c.power(&t)
	}
	if axes.Connection {
		counts.Connection = c.connection(&t)
	}
	if axes.Assignment {
		counts.Assignment = c.assignment(&t)
	}
	counts.Missing = t.missing
	return counts
}

func (c counters) power(t *tally) *pool.PowerCounts {
	return &pool.PowerCounts{
		Running:    t.count("power.running", c.Run.Active),
		Stopped:    t.count("power.stopped", c.Run.Stopped),
		Hibernated: t.count("power.hibernated", c.Run.Hibernated),
		Faulted:    t.count("power.faulted", c.Run.Failed),
		Changing:   t.count("power.changing", nil),
		Other:      t.rest("power.other", c.Run.Active, c.Run.Stopped, c.Run.Hibernated, c.Run.Failed),
	}
}

func (c counters) connection(t *tally) *pool.ConnectionCounts {
	l := c.Login
	return &pool.ConnectionCounts{
		Connected:    t.count("connection.connected", l.InUse),
		Disconnected: t.count("connection.disconnected", l.Disconnected),
		Idle:         t.count("connection.idle", l.Ready),
		NotConnected: t.count("connection.not_connected", nil),
		AgentOffline: t.count("connection.agent_offline", l.Unregistered),
		Unreachable:  t.count("connection.unreachable", l.Unable),
		Other:        t.rest("connection.other", l.InUse, l.Disconnected, l.Ready, l.Unregistered, l.Unable),
	}
}

func (c counters) assignment(t *tally) *pool.AssignmentCounts {
	a := c.Attach
	return &pool.AssignmentCounts{
		Assigned:   t.count("assignment.assigned", a.Attached),
		Unassigned: t.count("assignment.unassigned", a.Unattached),
		Assigning:  t.count("assignment.assigning", a.Attaching),
		Failed:     t.count("assignment.failed", a.Failed),
		Other:      t.rest("assignment.other", a.Attached, a.Unattached, a.Attaching, a.Failed),
	}
}

// tally notes what is missing while a row is made.
type tally struct {
	total   *int
	missing []pool.Missing
}

// count passes a counter on. One that is absent is not known; so is a negative one.
func (t *tally) count(field string, n *int) *int {
	if n == nil || *n < 0 {
		t.missing = append(t.missing, pool.Missing{Field: field, Reason: pool.NotReportedByCloud})
		return nil
	}
	return n
}

// rest is what the parts leave of the total: not known unless all of them are, or if they exceed it.
func (t *tally) rest(field string, parts ...*int) *int {
	if t.total == nil {
		return t.count(field, nil)
	}
	left := *t.total
	for _, n := range parts {
		if n == nil || *n < 0 || *n > left {
			return t.count(field, nil)
		}
		left -= *n
	}
	return t.count(field, &left)
}
