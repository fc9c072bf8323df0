package alibaba

import (
	"context"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// maxCountCalls is how many calls counting one by one takes at most.
const maxCountCalls = 100

// counter counts desktops group by group, for as long as it has calls.
type counter struct {
	reader *reader
	exact  bool // else a group gets one call, for its total and power
	calls  int  // that are left
	parts  []pool.Part
}

// refine counts the desktops of a group and fills what t leaves open. A group
// for which the calls do not suffice stays as it is.
func (c *counter) refine(ctx context.Context, groupID string, t *tally) error {
	total := t.counts.Total
	if total != nil && (*total+pageSize-1)/pageSize > c.calls {
		return nil
	}
	var seen census
	if total == nil || *total > 0 {
		whole, err := c.walk(ctx, groupID, &seen)
		if err != nil || !whole {
			return err
		}
	}
	t.take(seen, c.reader.words, c.exact)
	return nil
}

// walk reads all desktops of a group into seen; false if the calls ran out.
func (c *counter) walk(ctx context.Context, groupID string, seen *census) (whole bool, err error) {
	err = c.reader.ecd.follow(countOp, maxCountCalls+1, func(token string) (string, error) {
		if whole = c.calls > 0; !whole {
			return "", nil
		}
		c.calls--
		page, from, err := c.reader.desktopsPage(ctx, countOp, desktopsQuery{group: groupID, token: token, size: pageSize})
		if err != nil {
			return "", err
		}
		c.parts = append(c.parts, from.part(wire.Envelope(from.body, "PaidDesktops", "PostPaidDesktops")))
		for _, rows := range [][]groupDesktop{page.PaidDesktops, page.PostPaidDesktops} {
			for i := range rows {
				seen.add(&rows[i], c.reader.words)
			}
		}
		if page.NextToken != "" && !c.exact {
			whole = false
			return "", nil
		}
		return page.NextToken, nil
	})
	return whole, err
}

// census is what was counted one by one.
type census struct {
	total                              int
	states                             map[string]int
	connected, notConnected, otherwise int
	assigned                           int
}

func (s *census) add(d *groupDesktop, w words) {
	if d.Status == statusDeleted {
		return
	}
	s.total++
	if s.states == nil {
		s.states = map[string]int{}
	}
	s.states[d.Status]++
	switch w.connectionState(d.ConnectionStatus) {
	case pool.Connected:
		s.connected++
	case pool.NotConnected:
		s.notConnected++
	default:
		s.otherwise++
	}
	if identifier(d.EndUserID) != "" {
		s.assigned++
	}
}

// take fills t from a census. The aggregates stay while they agree with it;
// otherwise they are as counted too, so that every axis sums to the total.
func (t *tally) take(s census, w words, exact bool) {
	c := &t.counts
	agree := c.Total != nil && *c.Total == s.total && (c.Power == nil || c.Power.Running != nil)
	if !agree {
		c.Total = &s.total
		if c.Power != nil {
			c.Power = w.power(s.states)
		}
	}
	if exact {
		c.Missing = nil // what stays nil is in no row of the cloud's either
		s.finer(c)
	}
	c.Explain(pool.NotReportedByCloud)
	t.aggregated, t.counted = agree && c.Power != nil, true
	c.Basis = t.basis()
}

// finer fills the axes for which there is no aggregate.
func (s *census) finer(c *pool.Counts) {
	if c.Connection != nil {
		c.Connection.Connected, c.Connection.NotConnected, c.Connection.Other = &s.connected, &s.notConnected, &s.otherwise
	}
	if c.Assignment != nil {
		c.Assignment.Assigned, c.Assignment.Unassigned, c.Assignment.Other = &s.assigned, new(s.total-s.assigned), new(0)
	}
}

// sum adds up rows. What was counted for an axis that the sum does not have is
// no basis of it.
func sum(rows []tally, axes pool.Axes) pool.Counts {
	list := make([]pool.Counts, len(rows))
	for i, row := range rows {
		list[i] = row.counts
	}
	c := pool.Sum(axes, list...)
	finer := c.Connection != nil && c.Connection.Connected != nil || c.Assignment != nil && c.Assignment.Assigned != nil
	var total tally
	for _, row := range rows {
		total.aggregated = total.aggregated || row.aggregated
		total.counted = total.counted || row.counted && (finer || !row.aggregated)
	}
	c.Basis = total.basis()
	return c
}

func isPowerOrTotal(field string) bool {
	return field == "total" || strings.HasPrefix(field, "power.")
}
