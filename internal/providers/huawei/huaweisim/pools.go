package huaweisim

import "strings"

// listPools answers GET /desktop-pools: newest first (chosen), name by a part of it.
func (s *Sim) listPools(c *call) (reply, *failure) {
	q := query{values: c.query}
	name, kind := q.text("name"), q.word("type", "DYNAMIC", "STATIC")
	enterprise, maintenance := q.text("enterprise_project_id"), q.flag("in_maintenance_mode")
	offset, limit := q.number("offset", 0, 20000), q.number("limit", 1000, 1000)
	if strings.Trim(enterprise, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		q.wrong("enterprise_project_id", "has characters that are not allowed")
	}
	if q.fault != nil {
		return reply{}, q.fault
	}
	rows, total := []poolInfo{}, 0
	for _, p := range c.world.pools {
		if !strings.Contains(p.info.Name, name) || !is(kind, p.info.Type) ||
			!is(enterprise, p.info.EnterpriseProjectID) || !flagged(maintenance, p.info.InMaintenanceMode) {
			continue
		}
		if total >= offset && len(rows) < limit {
			rows = append(rows, p.row())
		}
		total++
	}
	return reply{body: map[string]any{"total_count": total, "desktop_pools": rows}}, nil
}

// row is the pool in a list, where every sixth lacks most of what may be lacking.
func (p *desktopPool) row() poolInfo {
	row := p.detail()
	row.IsolationNum = nil // detail only
	if p.index%6 == 5 {
		row.Description, row.SecurityGroups, row.Retention, row.OnDemandDesktopNum = nil, nil, nil, nil
		row.ImageOSPlatform, row.EnterpriseProjectID, row.Tags, row.UserResetPolicy = "", "", nil, nil
	}
	return row
}

// detail is the pool in full.
func (p *desktopPool) detail() poolInfo {
	info := p.info
	info.Status = p.status()
	return info
}

// showPool answers GET /desktop-pools/{pool_id}.
func (s *Sim) showPool(c *call) (reply, *failure) {
	p, ok := c.world.pool(c.target)
	if !ok {
		return reply{}, noPool(s.cfg.UnknownPool404)
	}
	return reply{body: p.detail()}, nil
}

func noPool(documented bool) *failure {
	if documented {
		return notFound("The desktop pool does not exist.")
	}
	return &failure{400, "WKS.0001", "The desktop pool does not exist."}
}

// notFound is the documented 404; its code is chosen.
func notFound(msg string) *failure { return &failure{404, "WKS.0404", msg} }
