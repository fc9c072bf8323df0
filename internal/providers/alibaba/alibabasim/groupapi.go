package alibabasim

import (
	"slices"
	"strings"
)

// groupFilter is the filters of DescribeDesktopGroups.
type groupFilter struct {
	id, name, office, policy, status, ownType, multi, protocol string
	ids, images, bundles, users, notUsers                      []string
	period                                                     int
	periodUnit, desktopType, qosRule                           string
	tags                                                       []tag
	elsewhere                                                  bool
}

func readGroupFilter(p *params) groupFilter {
	p.number("Status", 0, 2, 0)
	p.number("OwnType", 0, 1, 0)
	return groupFilter{
		id: p.text("DesktopGroupId"), ids: p.list("DesktopGroupIds", 100), name: p.text("DesktopGroupName"),
		office: p.text("OfficeSiteId"), policy: p.text("PolicyGroupId"),
		status: p.text("Status"), ownType: p.text("OwnType"), multi: p.word("MultiResource", "true", "false"),
		protocol: p.word("ProtocolType", "HDX", "ASP"), images: p.list("ImageId", 100), bundles: p.list("BundleId", 100),
		users: p.list("EndUserIds", 1000), notUsers: p.list("ExcludedEndUserIds", 1000),
		period: p.number("Period", 1, 60, 0), periodUnit: p.word("PeriodUnit", "Month", "Year"),
		desktopType: p.text("DesktopType"), qosRule: p.text("QosRuleId"), tags: p.tags(), elsewhere: p.elsewhere,
	}
}

func (f groupFilter) matches(g *group) bool {
	office, _, _ := g.office()
	image, _ := g.image()
	bundle, _ := g.bundle()
	return !f.elsewhere &&
		is(f.id, g.id) && in(f.ids, g.id) && strings.Contains(g.name(), f.name) &&
		is(f.office, office) && (f.policy == "" || slices.Contains(g.policy(), f.policy)) &&
		is(f.status, digits(g.status())) && is(f.ownType, digits(g.ownType())) &&
		(f.multi == "" || (f.multi == "true") == (g.slots() != 1)) &&
		is(f.protocol, g.protocol()) && in(f.images, image) && in(f.bundles, bundle) &&
		(len(f.users) == 0 || g.hasAnyUser(f.users)) && !g.hasAnyUser(f.notUsers) &&
		f.matchesPeriod(g) && is(f.desktopType, g.product().id) && is(f.qosRule, g.qosRule()) && hasTags(g.tags(), f.tags)
}

// matchesPeriod holds for the subscription's length; pay-as-you-go has none.
func (f groupFilter) matchesPeriod(g *group) bool {
	if f.period == 0 && f.periodUnit == "" {
		return true
	}
	period, unit := g.period()
	return g.payType() == payPre && (f.period == 0 || f.period == period) && is(f.periodUnit, unit)
}

// is holds if value is wanted, or nothing was asked for.
func is(wanted, value string) bool { return wanted == "" || wanted == value }

// in is the same for one of several.
func in(wanted []string, value string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, value)
}

func hasTags(have, wanted []tag) bool {
	for _, t := range wanted {
		if !slices.ContainsFunc(have, func(h tag) bool { return h.Key == t.Key && is(t.Value, h.Value) }) {
			return false
		}
	}
	return true
}

type groupsAnswer struct {
	RequestID     string     `json:"RequestId"`
	NextToken     *string    `json:"NextToken,omitempty"`
	DesktopGroups []groupRow `json:"DesktopGroups"`
}

func (s *Sim) describeDesktopGroups(p *params) any {
	filter, size := readGroupFilter(p), p.pageSize(100)
	query, at, ended := s.start(p, "DescribeDesktopGroups", filter)
	answer := groupsAnswer{RequestID: p.requestID, DesktopGroups: []groupRow{}}
	next, more := position{}, false
	for _, g := range s.c.World.groups {
		if ended || more || g.ordinal < int(at.a) || !filter.matches(g) {
			continue
		}
		if len(answer.DesktopGroups) == size {
			next, more = position{a: uint32(g.ordinal)}, true
			continue
		}
		answer.DesktopGroups = append(answer.DesktopGroups, s.groupRow(p.view, g))
	}
	answer.NextToken = s.next(query, next, more)
	return answer
}

type groupAnswer struct {
	RequestID string       `json:"RequestId"`
	Desktops  *groupDetail `json:"Desktops,omitempty"` // one object, for all its name
}

func (s *Sim) getDesktopGroupDetail(p *params) any {
	g := s.group(p)
	if g == nil {
		return groupAnswer{RequestID: p.requestID}
	}
	return groupAnswer{RequestID: p.requestID, Desktops: g.detail()}
}

// group is the group that DesktopGroupId, a required parameter, names; nil if
// there is none, which is an error only by knob.
func (s *Sim) group(p *params) *group {
	id := p.required("DesktopGroupId")
	if p.err != nil {
		return nil
	}
	var g *group
	if !p.elsewhere {
		g = s.c.World.group(id)
	}
	if g == nil && s.c.UnknownGroupError {
		p.fail(errUnknownGroup())
	}
	return g
}
