package pool

import (
	"cmp"
	"math"
	"slices"
)

// counter is one named counter of a row.
type counter struct {
	field string
	value **int
}

// counters lists the axes' counters that exist in c, and the total.
func (c *Counts) counters() []counter {
	list := []counter{{"total", &c.Total}}
	if p := c.Power; p != nil {
		list = append(list,
			counter{"power.running", &p.Running}, counter{"power.stopped", &p.Stopped},
			counter{"power.hibernated", &p.Hibernated}, counter{"power.faulted", &p.Faulted},
			counter{"power.changing", &p.Changing}, counter{"power.other", &p.Other})
	}
	if p := c.Connection; p != nil {
		list = append(list,
			counter{"connection.connected", &p.Connected}, counter{"connection.disconnected", &p.Disconnected},
			counter{"connection.idle", &p.Idle}, counter{"connection.not_connected", &p.NotConnected},
			counter{"connection.agent_offline", &p.AgentOffline}, counter{"connection.unreachable", &p.Unreachable},
			counter{"connection.other", &p.Other})
	}
	if p := c.Assignment; p != nil {
		list = append(list,
			counter{"assignment.assigned", &p.Assigned}, counter{"assignment.unassigned", &p.Unassigned},
			counter{"assignment.assigning", &p.Assigning}, counter{"assignment.failed", &p.Failed},
			counter{"assignment.other", &p.Other})
	}
	return list
}

// NewCounts returns a row with the asked axes, in which every counter is nil
// for the given reason. An adapter fills what it knows and calls Explain.
func NewCounts(axes Axes, reason MissingReason) Counts {
	var c Counts
	if axes.Power {
		c.Power = &PowerCounts{}
	}
	if axes.Connection {
		c.Connection = &ConnectionCounts{}
	}
	if axes.Assignment {
		c.Assignment = &AssignmentCounts{}
	}
	c.Explain(reason)
	return c
}

// Explain makes Missing hold one reason for every nil counter, and none for
// the others: the one that stands there already, else reason.
func (c *Counts) Explain(reason MissingReason) {
	var missing []Missing
	for _, n := range c.counters() {
		if *n.value != nil {
			continue
		}
		i := slices.IndexFunc(c.Missing, func(m Missing) bool { return m.Field == n.field })
		if i >= 0 {
			missing = append(missing, c.Missing[i])
		} else {
			missing = append(missing, Missing{Field: n.field, Reason: reason})
		}
	}
	c.Missing = missing
}

func failedCounts(axes Axes) Counts { return NewCounts(axes, SourceFailed) }

// Sum adds up rows along these axes; no rows make zeros. A sum over a nil is
// nil, for the first reason that a row gives; so is one that no int can hold.
func Sum(axes Axes, rows ...Counts) Counts {
	sum := NewCounts(axes, NotCounted)
	sum.Missing = nil
	into := sum.counters()
	for _, n := range into {
		*n.value = new(int)
	}
	for _, row := range rows {
		row = row.along(axes)
		for i, n := range row.counters() {
			*into[i].value = plus(*into[i].value, *n.value)
		}
		sum.Missing = append(sum.Missing, row.Missing...)
		sum.Basis = sum.Basis.and(row.Basis)
	}
	if sum.Explain(NotCounted); len(sum.Missing) == len(into) {
		sum.Basis = "" // nothing is known, from nowhere
	}
	return sum
}

// along returns c with these axes and no others.
func (c Counts) along(axes Axes) Counts {
	c.Power = axis(axes.Power, c.Power)
	c.Connection = axis(axes.Connection, c.Connection)
	c.Assignment = axis(axes.Assignment, c.Assignment)
	return c
}

func axis[T any](wanted bool, counters *T) *T {
	switch {
	case !wanted:
		return nil
	case counters == nil:
		return new(T)
	}
	return counters
}

func plus(a, b *int) *int {
	if a == nil || b == nil || *a < 0 || *b < 0 || *a > math.MaxInt-*b {
		return nil
	}
	n := *a + *b
	return &n
}

// and is the basis of a sum. A row that failed has none.
func (b Basis) and(o Basis) Basis {
	switch {
	case b == "" || b == o:
		return o
	case o == "":
		return b
	}
	return Mixed
}

func compareRows(a, b TallyRow) int {
	return cmp.Or(cmp.Compare(a.Cloud, b.Cloud), cmp.Compare(a.Source, b.Source), cmp.Compare(a.PoolID, b.PoolID))
}
