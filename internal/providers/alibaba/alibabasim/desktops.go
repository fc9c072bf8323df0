package alibabasim

import (
	"slices"
	"strings"
)

// desktopFilter is the filters of DescribeDesktops.
type desktopFilter struct {
	ids, statuses, users, notUsers, images, systems                    []string
	group, status, charge, flag, name, product, office, policy, onlyID string
	officeName, protocol, multi                                        string
	onlyPooled, hidePooled, elsewhere                                  bool
	tags                                                               []tag
}

func readDesktopFilter(p *params) desktopFilter {
	f := desktopFilter{
		ids: p.list("DesktopId", 100), group: p.text("DesktopGroupId"), onlyID: p.text("GroupId"),
		onlyPooled: p.flag("OnlyDesktopGroup", false),
		hidePooled: p.flag("FilterDesktopGroup", true), // pooled desktops are hidden unless asked for
		status:     p.text("DesktopStatus"), statuses: p.list("DesktopStatusList", 10),
		charge: p.word("ChargeType", payPre, payPost), flag: p.word("ManagementFlag", "NoFlag", "Updating", "Migrating"),
		users: p.list("EndUserId", 100), notUsers: p.list("ExcludedEndUserId", 100), images: p.list("ImageId", 100),
		systems: p.list("OsTypes", 100), name: p.text("DesktopName"), product: p.text("DesktopType"),
		office: p.text("OfficeSiteId"), officeName: p.text("OfficeSiteName"), policy: p.text("PolicyGroupId"),
		protocol: p.word("ProtocolType", "HDX", "ASP"), multi: p.word("MultiResource", "true", "false"),
		tags: p.tags(), elsewhere: p.elsewhere,
	}
	if len(f.ids) > 0 {
		f.group = "" // used only when DesktopId is absent
	}
	return f
}

// matchesGroup holds for what all desktops of a group share.
func (f desktopFilter) matchesGroup(g *group) bool {
	pooled := g != g.w.dedicated
	office, officeName, _ := g.office()
	return !f.elsewhere && (!f.onlyPooled || pooled) && (!f.hidePooled || !pooled) &&
		is(f.group, g.id) && is(f.onlyID, g.id) && is(f.office, office) && is(f.officeName, officeName) &&
		(f.policy == "" || slices.Contains(g.policy(), f.policy)) &&
		(f.multi == "" || (f.multi == "true") == (pooled && g.slots() != 1)) && hasTags(g.tags(), f.tags)
}

// matches holds for the desktop itself. A deleted one is found by its id or
// by its status only.
func (f desktopFilter) matches(d desktop) bool {
	if d.status == "Deleted" && len(f.ids) == 0 && f.status != "Deleted" && !slices.Contains(f.statuses, "Deleted") {
		return false
	}
	return f.matchesMake(d) && is(f.status, d.status) && in(f.statuses, d.status) && is(f.charge, d.payType()) && is(f.flag, d.flag) && is(f.protocol, d.protocol()) &&
		(f.name == "" || strings.Contains(d.name(), f.name)) &&
		(len(f.users) == 0 || d.hasAnyUser(f.users)) && !d.hasAnyUser(f.notUsers)
}

// matchesMake holds for what the desktop is made of.
func (f desktopFilter) matchesMake(d desktop) bool {
	if f.product != "" && f.product != d.product().id {
		return false
	}
	if len(f.images) > 0 {
		if id, _ := d.image(); !slices.Contains(f.images, id) {
			return false
		}
	}
	return in(f.systems, d.os())
}

// each calls do for every desktop that matches, in the order of groups and places.
func (f desktopFilter) each(v view, w *World, do func(desktop)) {
	if len(f.ids) > 0 {
		for _, d := range v.desktops(w, f.ids) {
			if f.matchesGroup(d.g) && f.matches(d) {
				do(d)
			}
		}
		return
	}
	for n := range len(w.groups) + 1 {
		g := w.ordinal(n)
		if !f.matchesGroup(g) {
			continue
		}
		for slot := range g.slots() {
			if d := v.desktop(g, slot); f.matches(d) {
				do(d)
			}
		}
	}
}

// desktops finds desktops by id, each once, in the order of groups and places;
// unknown ids are passed over.
func (v view) desktops(w *World, ids []string) []desktop {
	var found []desktop
	for _, id := range ids {
		if d, ok := w.desktop(id); ok {
			found = append(found, v.desktop(d.g, d.slot))
		}
	}
	slices.SortFunc(found, compare)
	return slices.CompactFunc(found, func(a, b desktop) bool { return compare(a, b) == 0 })
}

func compare(a, b desktop) int {
	if a.g.ordinal != b.g.ordinal {
		return a.g.ordinal - b.g.ordinal
	}
	return a.slot - b.slot
}

type desktopsAnswer struct {
	RequestID  string       `json:"RequestId"`
	TotalCount int          `json:"TotalCount"`
	NextToken  *string      `json:"NextToken,omitempty"`
	PageNumber *int         `json:",omitempty"`
	PageSize   *int         `json:",omitempty"`
	Desktops   []desktopRow `json:"Desktops"`
}

// describeDesktops pages by token, or by number if PageNumber or PageSize is given.
func (s *Sim) describeDesktops(p *params) any {
	f, size := readDesktopFilter(p), p.pageSize(1000)
	number, numberSize := p.number("PageNumber", 1, 1<<20, 1), p.number("PageSize", 1, 100, 10)
	query, at, ended := s.start(p, "DescribeDesktops", f)
	a := desktopsAnswer{RequestID: p.requestID, Desktops: []desktopRow{}}
	if p.err != nil {
		return nil
	}
	byNumber := p.text("PageNumber") != "" || p.text("PageSize") != ""
	skip := 0
	if byNumber {
		size, skip = numberSize, (number-1)*numberSize
		at, ended = position{}, false
		a.PageNumber, a.PageSize = &number, &numberSize
	}
	next, more := position{}, false
	f.each(p.view, s.c.World, func(d desktop) {
		a.TotalCount++
		here := position{uint32(d.g.ordinal), uint32(d.slot)}
		if ended || more || a.TotalCount <= skip || here.a < at.a || here.a == at.a && here.b < at.b {
			return
		}
		if len(a.Desktops) == size {
			next, more = here, true
			return
		}
		a.Desktops = append(a.Desktops, d.row())
	})
	if !byNumber {
		a.NextToken = s.next(query, next, more)
	}
	return a
}

type desktopInfoRow struct {
	DesktopID         string   `json:"DesktopId"`
	DesktopGroupID    string   `json:"DesktopGroupId"`
	DesktopStatus     string   `json:"DesktopStatus"`
	ConnectionStatus  string   `json:"ConnectionStatus"`
	ManagementFlag    []string `json:"ManagementFlag"`
	StartTime         string   `json:"StartTime"`
	CurrentAppVersion string   `json:"CurrentAppVersion"`
}

type desktopInfoAnswer struct {
	RequestID string           `json:"RequestId"`
	Desktops  []desktopInfoRow `json:"Desktops"`
}

func (s *Sim) describeDesktopInfo(p *params) any {
	ids := p.list("DesktopId", 100)
	if len(ids) == 0 {
		p.fail(missing("DesktopId"))
	}
	a := desktopInfoAnswer{RequestID: p.requestID, Desktops: []desktopInfoRow{}}
	if p.elsewhere {
		return a
	}
	for _, d := range p.view.desktops(s.c.World, ids) {
		a.Desktops = append(a.Desktops, desktopInfoRow{
			d.id(), d.g.id, d.status, d.connection, []string{d.flag}, minutes(d.created()), "0.1.0-R-20220914.171530",
		})
	}
	return a
}
