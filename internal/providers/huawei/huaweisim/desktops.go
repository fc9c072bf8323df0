package huaweisim

import (
	"slices"
	"strings"
)

// maxOffset is the last offset of every list of desktops: what lies beyond the page there cannot be listed.
const maxOffset = 10000

// listPoolDesktops answers GET /desktop-pools/{pool_id}/desktops.
func (s *Sim) listPoolDesktops(c *call) (reply, *failure) {
	q := query{values: c.query}
	f, page := q.filter(), q.page(10, 100)
	if q.fault != nil {
		return reply{}, q.fault
	}
	p, ok := c.world.pool(c.target)
	if !ok {
		return reply{}, noPool(!s.cfg.PoolDesktops400)
	}
	f.poolIDs = nil // not a parameter of this operation
	found, total := page.of(c.world, []*desktopPool{p}, f)
	body := map[string]any{"pool_desktops": details(found), "total_count": total}
	if f.differs != "" {
		body["inconsistent_type"] = strings.ToLower(f.differs)
	}
	for _, image := range []string{"free", "charge"} {
		body["on_demand_"+image+"_image_desktops_num"], body["period_"+image+"_image_desktops_num"] = 0, 0
	}
	image := "free"
	if p.info.ImageProductCode != "" { // from the market
		image = "charge"
	}
	for _, name := range []string{"desktops_num", image + "_image_desktops_num"} {
		body["on_demand_"+name], body["period_"+name] = p.tally.onDemand, p.size-p.tally.onDemand
	}
	return reply{body: body}, nil
}

// listDesktops answers GET /desktops.
func (s *Sim) listDesktops(c *call) (reply, *failure) {
	q := query{values: c.query}
	f, page := q.filter(), q.page(1000, 1000)
	if q.fault != nil {
		return reply{}, q.fault
	}
	found, total := page.of(c.world, c.world.every(), f)
	rows := make([]desktopRow, len(found))
	for i, d := range found {
		rows[i] = d.row(s.cfg.DomainID, s.cfg.ProjectID)
	}
	return reply{body: map[string]any{"desktops": rows, "total_count": total}}, nil
}

// listDesktopsDetail answers GET /desktops/detail, whose largest page is 500 in its text and 1000 in its schema.
func (s *Sim) listDesktopsDetail(c *call) (reply, *failure) {
	q := query{values: c.query}
	f, page := q.filter(), q.page(500, 1000)
	if q.fault != nil {
		return reply{}, q.fault
	}
	found, total := page.of(c.world, c.world.every(), f)
	return reply{body: map[string]any{"desktops": details(found), "total_count": total}}, nil
}

// showDesktop answers GET /desktops/{desktop_id}.
func (s *Sim) showDesktop(c *call) (reply, *failure) {
	d, ok := c.world.desktop(c.target)
	if !ok {
		return reply{}, notFound("The desktop does not exist.")
	}
	return reply{body: map[string]any{"desktop": d.detail()}}, nil
}

// every is all pools, and last the desktops in none: in this order desktops are newest first.
func (w *World) every() []*desktopPool { return append(slices.Clone(w.pools), w.ordinary) }

func details(found []desktop) []poolDesktop {
	out := make([]poolDesktop, len(found))
	for i, d := range found {
		out[i] = d.detail()
	}
	return out
}

// page is a part of a list in an order. Without sort_field, newest first (chosen).
type page struct {
	offset, limit int
	field         string
	descending    bool
}

func (q *query) page(limit, most int) page {
	p := page{offset: q.number("offset", 0, maxOffset), limit: q.number("limit", limit, most),
		field: q.word("sort_field", "created", "computer_name")}
	p.descending = q.word("sort_type", "ASC", "DESC") == "DESC"
	return p
}

// of is the page's part of the desktops that match, and how many match.
func (p page) of(w *World, pools []*desktopPool, f filter) (found []desktop, total int) {
	f.find(w)
	var all []desktop // only for a sort
	for _, pool := range pools {
		if !f.pool(pool) {
			continue
		}
		if p.field == "" && f.everything() {
			found = p.slice(found, pool, total)
			total += pool.size
			continue
		}
		for i := range pool.size {
			d := desktop{pool, i}
			if !f.match(d) {
				continue
			}
			if p.field != "" {
				all = append(all, d)
			} else if total >= p.offset && len(found) < p.limit {
				found = append(found, d)
			}
			total++
		}
	}
	if p.field != "" {
		p.sort(all)
		start := min(p.offset, total)
		found = all[start:min(start+p.limit, total)]
	}
	return found, total
}

// slice adds to found what the page takes of a pool without a filter, of whose desktops the first is the before-th.
func (p page) slice(found []desktop, pool *desktopPool, before int) []desktop {
	for i := max(0, p.offset-before); i < pool.size && len(found) < p.limit; i++ {
		found = append(found, desktop{pool, i})
	}
	return found
}

func (p page) sort(all []desktop) {
	slices.SortStableFunc(all, func(a, b desktop) int {
		c := a.created().Compare(b.created())
		if p.field == "computer_name" {
			c = strings.Compare(a.name(), b.name())
		}
		if p.descending {
			c = -c
		}
		return c
	})
}
