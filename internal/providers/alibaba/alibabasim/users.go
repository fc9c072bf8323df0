package alibabasim

import (
	"fmt"
	"slices"
	"strings"
)

type userRow struct {
	EndUserID         string  `json:"EndUserId"`
	EndUserName       string  `json:"EndUserName"`
	EndUserEmail      *string `json:",omitempty"`
	EndUserPhone      *string `json:",omitempty"`
	EndUserType       *string `json:",omitempty"`
	EndUserRemark     *string `json:",omitempty"`
	DisplayName       *string `json:",omitempty"`
	UserPrincipalName *string `json:",omitempty"`
	ConnectionStatus  string  // "0" or "1"
	DesktopID         *string `json:"DesktopId,omitempty"`
	DesktopName       *string `json:",omitempty"`
	UserDesktopID     *string `json:"UserDesktopId,omitempty"`
}

type usersAnswer struct {
	RequestID        string    `json:"RequestId"`
	NextToken        *string   `json:"NextToken,omitempty"`
	UsersCount       *int      `json:",omitempty"`
	OnlineUsersCount *int      `json:",omitempty"`
	EndUsers         []userRow `json:",omitzero"`
}

type userFilter struct {
	group, state, user, contains string
	users                        []string
	details                      bool
}

func (f userFilter) matches(r userRow) bool {
	return is(f.state, r.ConnectionStatus) && is(f.user, r.EndUserID) && in(f.users, r.EndUserID) &&
		strings.Contains(r.EndUserID, f.contains)
}

func (s *Sim) describeUsersInGroup(p *params) any {
	f := userFilter{
		group: p.text("DesktopGroupId"), state: p.word("ConnectState", "0", "1"), user: p.text("EndUserId"),
		contains: p.text("Filter"), users: p.list("EndUserIds", 100), details: p.flag("QueryUserDetail", true),
	}
	size := p.pageSize(100)
	g := s.group(p)
	query, at, ended := s.start(p, "DescribeUsersInGroup", f)
	a := usersAnswer{RequestID: p.requestID}
	if g == nil {
		a.UsersCount, a.OnlineUsersCount, a.NextToken = new(0), new(0), s.next(query, position{}, false)
		return a
	}
	a.UsersCount, a.OnlineUsersCount = g.total(g.users), g.total(p.view.totals(g).onlineUsers)
	if !g.sparse {
		a.EndUsers = []userRow{}
	}
	next, more := position{}, false
	for n := int(at.a); n < g.users && !ended && !more; n++ {
		row := g.userRow(p.view, n, f.details)
		switch {
		case !f.matches(row):
		case len(a.EndUsers) == size:
			next, more = position{a: uint32(n)}, true
		default:
			a.EndUsers = append(a.EndUsers, row)
		}
	}
	a.NextToken = s.next(query, next, more)
	return a
}

func (g *group) userRow(v view, n int, details bool) userRow {
	name := g.user(n)
	r := userRow{EndUserID: name, EndUserName: name, ConnectionStatus: "0"}
	if slot := n / g.bind; slot < g.slots() {
		d := v.desktop(g, slot)
		if users := d.users(d.assigned); slices.Contains(users, name) {
			r.DesktopID, r.DesktopName = new(d.id()), new(d.name())
			r.UserDesktopID = r.DesktopID
		}
		if slices.Contains(d.users(d.sessions), name) {
			r.ConnectionStatus = "1"
		}
	}
	if details {
		r.EndUserEmail, r.EndUserPhone = new(name+"@example.com"), new(fmt.Sprintf("1381111%04d", n%10000))
		r.EndUserType, r.EndUserRemark = new("SIMPLE"), new("")
		r.DisplayName, r.UserPrincipalName = new(name), new("")
	}
	return r
}
