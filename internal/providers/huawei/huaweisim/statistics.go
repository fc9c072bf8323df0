package huaweisim

import "slices"

// poolStatistics is DesktopPoolStatistics, and without a pool the whole answer.
type poolStatistics struct {
	PoolID   string            `json:"desktop_pool_id,omitempty"`
	PoolName string            `json:"desktop_pool_name,omitempty"`
	Total    int               `json:"total_num"`
	Attach   *attachStatistics `json:"attach_statistics,omitempty"`
	Run      *runStatistics    `json:"run_state_statistics,omitempty"`
	Login    *loginStatistics  `json:"login_state_statistics,omitempty"`
	Pools    []poolStatistics  `json:"desktop_pool_statistics,omitzero"`
}

// statistics answers GET /statistics. Unknown pools are left out silently (chosen).
func (s *Sim) statistics(c *call) (reply, *failure) {
	q := query{values: c.query}
	kinds := q.words("desktop_type", q.list("desktop_type"), "DEDICATED", "POOLED", "POOL") // POOL stands in the documents, too
	axes := q.words("statistics_type", q.list("statistics_type"), "attach-state", "login-state", "run-state")
	ids := q.values["desktop_pool_ids"]
	if q.fault != nil {
		return reply{}, q.fault
	}
	perPool := slices.Contains(kinds, "POOLED") || slices.Contains(kinds, "POOL")
	var sum tally
	var pools []poolStatistics
	if perPool {
		pools = []poolStatistics{}
	}
	for _, p := range c.world.pools {
		if !among(ids, p.info.ID) || len(kinds) > 0 && !perPool {
			continue
		}
		sum.add(p.tally)
		if perPool {
			row := p.tally.statistics(axes)
			row.PoolID, row.PoolName = p.info.ID, p.info.Name
			pools = append(pools, row)
		}
	}
	if len(ids) == 0 && (len(kinds) == 0 || slices.Contains(kinds, "DEDICATED")) {
		sum.add(c.world.ordinary.tally)
	}
	out := sum.statistics(axes)
	out.Pools = pools
	return reply{body: out}, nil
}

// statistics is t on the axes that were asked for.
func (t tally) statistics(axes []string) poolStatistics {
	out := poolStatistics{Total: t.total}
	for _, axis := range axes {
		switch axis {
		case "attach-state":
			out.Attach = &t.attach
		case "run-state":
			out.Run = &t.run
		case "login-state":
			out.Login = &t.login
		}
	}
	return out
}

// tenant counts all desktops.
func (w *World) tenant() tally {
	sum := w.ordinary.tally
	for _, p := range w.pools {
		sum.add(p.tally)
	}
	return sum
}

// runState answers GET /desktops/statistics/run-state.
func (s *Sim) runState(c *call) (reply, *failure) { return reply{body: c.world.tenant().run}, nil }

// loginState answers GET /desktops/statistics/login-state.
func (s *Sim) loginState(c *call) (reply, *failure) { return reply{body: c.world.tenant().login}, nil }
