package memory

import (
	"context"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// Statistics counts desktops one by one, less the deleted ones. Every desktop
// of this cloud is in a pool, so that none is dedicated.
func (r *reader) Statistics(ctx context.Context, q pool.StatisticsQuery) (pool.Answer[pool.Statistics], error) {
	now, err := r.begin(ctx, "count desktops")
	if err != nil {
		return pool.Answer[pool.Statistics]{}, err
	}
	defer r.store.reading()()
	var all []*pool.Desktop
	var s pool.Statistics
	for _, p := range r.store.pools {
		if q.DesktopType == pool.Dedicated || len(q.PoolIDs) > 0 && !slices.Contains(q.PoolIDs, p.NativeID) {
			continue
		}
		all = append(all, p.desktops...)
		s.Pools = append(s.Pools, pool.PoolStatistics{PoolID: p.NativeID, PoolName: p.Name, Counts: count(p.desktops, q.Axes)})
	}
	s.Total = count(all, q.Axes)
	part := r.part("CountDesktops", now, envelope{Total: *s.Total.Total})
	return pool.Answer[pool.Statistics]{Value: s, AsOf: now, Parts: []pool.Part{part}}, nil
}

func count(desktops []*pool.Desktop, axes pool.Axes) pool.Counts {
	desktops = slices.DeleteFunc(slices.Clone(desktops), func(d *pool.Desktop) bool { return d.LifecycleState == pool.Deleted })
	c := pool.Counts{Total: new(len(desktops)), Basis: pool.Counted}
	if axes.Power {
		c.Power = powers(desktops)
	}
	if axes.Connection {
		c.Connection = connections(desktops)
	}
	if axes.Assignment {
		c.Assignment = assignments(desktops)
	}
	return c
}

func powers(desktops []*pool.Desktop) *pool.PowerCounts {
	const faulted = "(faulted)" // no word of the vocabulary
	n := tally(desktops, func(d *pool.Desktop) pool.PowerState {
		if d.LifecycleState == pool.Faulted {
			return faulted
		}
		return d.PowerState
	})
	return &pool.PowerCounts{
		Faulted:    n.take(faulted),
		Running:    n.take(pool.Running),
		Stopped:    n.take(pool.Stopped),
		Hibernated: n.take(pool.Hibernated),
		Changing:   n.take(pool.Starting, pool.Stopping, pool.Restarting),
		Other:      n.rest(),
	}
}

func connections(desktops []*pool.Desktop) *pool.ConnectionCounts {
	n := tally(desktops, func(d *pool.Desktop) pool.ConnectionState { return d.ConnectionState })
	return &pool.ConnectionCounts{
		Connected:    n.take(pool.Connected),
		Disconnected: n.take(pool.Disconnected),
		Idle:         n.take(pool.Idle),
		NotConnected: n.take(pool.NotConnected),
		AgentOffline: n.take(pool.AgentOffline),
		Unreachable:  n.take(pool.Unreachable),
		Other:        n.rest(),
	}
}

func assignments(desktops []*pool.Desktop) *pool.AssignmentCounts {
	n := tally(desktops, func(d *pool.Desktop) pool.AssignmentState { return d.AssignmentState })
	return &pool.AssignmentCounts{
		Assigned:   n.take(pool.Assigned),
		Unassigned: n.take(pool.Unassigned),
		Assigning:  n.take(pool.Assigning),
		Failed:     n.take(pool.AssignFailed, pool.UnassignFailed),
		Other:      n.rest(),
	}
}

// tallies is how many desktops a word holds of.
type tallies[W ~string] map[W]int

func tally[W ~string](desktops []*pool.Desktop, word func(*pool.Desktop) W) tallies[W] {
	n := tallies[W]{}
	for _, d := range desktops {
		n[word(d)]++
	}
	return n
}

// take returns the sum of these words, and takes them out.
func (n tallies[W]) take(words ...W) *int {
	sum := 0
	for _, w := range words {
		sum += n[w]
		delete(n, w)
	}
	return &sum
}

// rest is the sum of the words that were not taken.
func (n tallies[W]) rest() *int {
	sum := 0
	for _, k := range n {
		sum += k
	}
	return &sum
}
