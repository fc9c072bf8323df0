package alibabasim

import (
	"strconv"
	"time"
)

// inGroupRow is a desktop in DescribeDesktopsInGroup. A field that the
// vendor leaves out at times is a pointer, or any if it also comes as a number.
type inGroupRow struct {
	DesktopID        string `json:"DesktopId"`
	DesktopName      string
	DesktopStatus    string
	ConnectionStatus string
	ManagementFlag   string
	ManagementFlags  []string `json:",omitzero"`
	EndUserID        *string  `json:"EndUserId,omitempty"`
	EndUserName      *string  `json:",omitempty"`
	EndUserIDs       []string `json:"EndUserIds,omitzero"`
	EndUserNames     []string `json:",omitzero"`
	ImageID          string   `json:"ImageId"`
	ImageName        string
	OsType           string
	SystemDiskSize   int
	DiskType         string
	GpuDriverVersion any `json:",omitempty"`
	ProtocolType     string
	FotaVersion      string
	MemberEniIP      string  `json:"MemberEniIp"`
	PrimaryEniIP     string  `json:"PrimaryEniIp"`
	ResetTime        *string `json:",omitempty"`
	ExpiredTime      *string `json:",omitempty"` // subscription only, as all below are pay-as-you-go only
	CreateTime       *string `json:",omitempty"`
	ReleaseTime      *string `json:",omitempty"`
	CreateDuration   any     `json:",omitempty"`
}

type inGroupAnswer struct {
	RequestID                   string       `json:"RequestId"`
	NextToken                   *string      `json:"NextToken,omitempty"`
	PaidDesktopsCount           *int         `json:",omitempty"`
	PostPaidDesktopsCount       *int         `json:",omitempty"`
	PostPaidDesktopsTotalAmount *int         `json:",omitempty"`
	OnlinePrePaidDesktopsCount  *int         `json:",omitempty"`
	RunningPrePaidDesktopsCount *int         `json:",omitempty"`
	StopedPrePaidDesktopsCount  *int         `json:",omitempty"` // so spelt by the vendor, beside the next
	StoppedPrePaidDesktopsCount *int         `json:",omitempty"`
	PaidDesktops                []inGroupRow `json:",omitzero"`
	PostPaidDesktops            []inGroupRow `json:",omitzero"`
}

type inGroupFilter struct {
	group, payType string
	deleted        bool
}

func (s *Sim) describeDesktopsInGroup(p *params) any {
	f := inGroupFilter{
		group: p.text("DesktopGroupId"), payType: p.word("PayType", payPre, payPost),
		deleted: p.flag("IgnoreDeleted", true), // true: the deletion mark is ignored, deleted desktops are listed
	}
	size := p.pageSize(100)
	g := s.group(p)
	query, at, ended := s.start(p, "DescribeDesktopsInGroup", f)
	if g == nil {
		return inGroupAnswer{
			RequestID: p.requestID, NextToken: s.next(query, position{}, false),
			PaidDesktopsCount: new(0), PostPaidDesktopsCount: new(0), PostPaidDesktopsTotalAmount: new(0),
			OnlinePrePaidDesktopsCount: new(0), RunningPrePaidDesktopsCount: new(0),
			StopedPrePaidDesktopsCount: new(0), StoppedPrePaidDesktopsCount: new(0),
		}
	}
	a := g.envelope(p.view.totals(g), f.deleted)
	a.RequestID = p.requestID
	next := position{uint32(g.prepaid), uint32(g.slots())}
	if !ended {
		a.PaidDesktops, a.PostPaidDesktops, next = s.inGroupPage(p.view, g, f, at, size)
	}
	a.NextToken = s.next(query, next, next != position{uint32(g.prepaid), uint32(g.slots())})
	return a
}

// envelope is the totals, which are of the whole group: they follow
// IgnoreDeleted but neither PayType nor the page.
func (g *group) envelope(totals totals, deleted bool) inGroupAnswer {
	count := totals.live
	if deleted {
		count = totals.all
	}
	a := inGroupAnswer{
		PaidDesktopsCount: g.total(count[0]), PostPaidDesktopsCount: g.total(count[1]),
		PostPaidDesktopsTotalAmount: g.total(count[1] * 1000),
		OnlinePrePaidDesktopsCount:  g.total(totals.online), RunningPrePaidDesktopsCount: g.total(totals.running),
		StopedPrePaidDesktopsCount: g.total(totals.stop), StoppedPrePaidDesktopsCount: g.total(totals.stop),
	}
	if !g.sparse {
		a.PaidDesktops, a.PostPaidDesktops = []inGroupRow{}, []inGroupRow{}
	}
	return a
}

// inGroupPage is a page of both arrays. A position is the next place of each;
// one that has come to the end of its array stays there.
func (s *Sim) inGroupPage(v view, g *group, f inGroupFilter, at position, size int) (paid, postpaid []inGroupRow, next position) {
	if !g.sparse {
		paid, postpaid = []inGroupRow{}, []inGroupRow{}
	}
	next = position{uint32(g.prepaid), uint32(g.slots())}
	if f.payType != payPost {
		paid, next.a = f.take(v, g, paid, int(at.a), g.prepaid, size)
	}
	if !s.c.PageEachArray {
		size -= len(paid)
	}
	if f.payType != payPre {
		postpaid, next.b = f.take(v, g, postpaid, max(int(at.b), g.prepaid), g.slots(), size)
	}
	return paid, postpaid, next
}

// take appends up to size rows from places [from, to) and returns the place of
// the row after them, or to.
func (f inGroupFilter) take(v view, g *group, rows []inGroupRow, from, to, size int) ([]inGroupRow, uint32) {
	for slot := from; slot < to; slot++ {
		d := v.desktop(g, slot)
		if d.status == "Deleted" && !f.deleted {
			continue
		}
		if size == 0 {
			return rows, uint32(slot)
		}
		size--
		rows = append(rows, d.inGroup())
	}
	return rows, uint32(to)
}

// inGroup is the desktop's row. What the vendor leaves out at times is left
// out by some desktops here, and empty in others.
func (d desktop) inGroup() inGroupRow {
	g := d.g
	r := inGroupRow{
		DesktopID: d.id(), DesktopName: d.name(), DesktopStatus: d.status, ConnectionStatus: d.connection,
		ManagementFlag: d.flag, OsType: d.os(), DiskType: "SYSTEM", ProtocolType: d.protocol(),
		FotaVersion: "0.1.0-R-20220914.171530", MemberEniIP: d.memberIP(), PrimaryEniIP: d.primaryIP(),
	}
	r.ImageID, r.ImageName = d.image()
	r.SystemDiskSize = d.systemGiB()
	if d.flag == "Migrating" {
		r.ManagementFlag = "NoFlag" // this operation does not know of migration
	}
	r.ManagementFlags = []string{r.ManagementFlag}
	if d.hash(3)%4 == 0 && !d.example() {
		r.ManagementFlags = nil
	}
	d.addUsers(&r)
	switch {
	case d.example():
		r.GpuDriverVersion = 1
	case g.gpu():
		r.GpuDriverVersion = "535.129.03"
	case g.ordinal%2 == 0:
		r.GpuDriverVersion = "1.0"
	}
	switch {
	case !d.changed.reset.IsZero():
		r.ResetTime = new(blank(d.changed.reset))
	case d.example():
		r.ResetTime = new("2021-03-03 08:48:08")
	default:
		r.ResetTime = pick(int(d.hash(4)%3), new(blank(d.created().Add(time.Hour))), nil, new(""))
	}
	d.addBilling(&r)
	return r
}

// addUsers writes whom the desktop belongs to and who is connected. A desktop
// that several may use belongs to nobody.
func (d desktop) addUsers(r *inGroupRow) {
	if d.assigned > 0 && !d.g.multi() {
		name := d.g.user(d.firstUser)
		r.EndUserID, r.EndUserName = &name, &name
	} else if d.hash(5)%2 == 0 {
		r.EndUserID, r.EndUserName = new(""), new("")
	}
	r.EndUserIDs = d.users(d.sessions)
	if r.EndUserIDs == nil && !d.g.sparse && d.hash(6)%2 == 0 {
		r.EndUserIDs = []string{}
	}
	r.EndUserNames = r.EndUserIDs
}

func (d desktop) addBilling(r *inGroupRow) {
	switch {
	case d.example() && d.slot > 0:
		r.CreateTime, r.ReleaseTime = new("2022-01-21T06:34:57Z"), new("2022-01-21T16:34:57Z")
		r.CreateDuration = 4153958447
	case d.example():
	case d.payType() == payPre:
		r.ExpiredTime = pick(int(d.hash(7)%4), new(whole(d.expires())), new(minutes(d.expires())), new(""), nil)
	default:
		end := epoch()
		r.CreateTime = new(whole(d.created()))
		if d.status == "Deleted" {
			end = d.released()
			r.ReleaseTime = new(whole(end))
		} else if d.hash(8)%2 == 0 {
			r.ReleaseTime = new("")
		}
		r.CreateDuration = strconv.FormatInt(end.Sub(d.created()).Milliseconds(), 10)
	}
}
