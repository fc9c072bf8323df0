package alibabasim

import (
	"strconv"
	"time"
)

// groupCommon is what both views of a group name alike.
type groupCommon struct {
	DesktopGroupID         string `json:"DesktopGroupId"`
	DesktopGroupName       string
	Comments               *string `json:",omitempty"`
	Creator                string
	Status                 int
	PayType                string
	ExpiredTime            *string  `json:",omitempty"`
	ExpiredTimes           []string `json:",omitempty"`
	BuyDesktopsCount       *int     `json:",omitempty"`
	MinDesktopsCount       *int     `json:",omitempty"`
	MaxDesktopsCount       *int     `json:",omitempty"`
	OwnType                int
	BindAmount             *int     `json:",omitempty"`
	LoadPolicy             *int     `json:",omitempty"`
	RatioThreshold         *float64 `json:",omitempty"`
	ResetType              int
	KeepDuration           int64
	ConnectDuration        *int64 `json:",omitempty"`
	IdleDisconnectDuration *int64 `json:",omitempty"`
	StopDuration           *int64 `json:",omitempty"`
	OwnBundleID            string `json:"OwnBundleId"`
	OwnBundleName          string
	ImageID                string `json:"ImageId"`
	CPU                    int    `json:"Cpu"`
	Memory                 int
	GpuCount               *float64 `json:",omitempty"`
	GpuSpec                *string  `json:",omitempty"`
	SystemDiskCategory     string
	SystemDiskSize         int
	DataDiskCategory       *string `json:",omitempty"`
	DataDiskSize           *string `json:",omitempty"` // a number in a string
	OsType                 string
	ProtocolType           string
	OfficeSiteID           string `json:"OfficeSiteId"`
	OfficeSiteName         string
	OfficeSiteType         string
	PolicyGroupID          string `json:"PolicyGroupId"`
	PolicyGroupName        string
	Version                int
}

// groupRow is a group in DescribeDesktopGroups.
type groupRow struct {
	groupCommon
	CreateTime              string
	DesktopCount            *int          `json:",omitempty"`
	CountPerStatus          []statusCount `json:",omitzero"`
	EndUserCount            *int          `json:",omitempty"`
	DesktopType             string
	GpuDriverVersion        *string  `json:",omitempty"`
	VolumeEncryptionEnabled *bool    `json:",omitempty"`
	VolumeEncryptionKey     *string  `json:",omitempty"`
	SubnetID                *string  `json:"SubnetId,omitempty"`
	PolicyGroupIDList       []string `json:"PolicyGroupIdList,omitempty"`
	PolicyGroupNameList     []string `json:",omitempty"`
	Tags                    []tag    `json:",omitzero"`
	QosRuleID               *string  `json:"QosRuleId,omitempty"`
}

type statusCount struct {
	Status string
	Count  int
}

func digits(n int) string { return strconv.Itoa(n) }

// unless is v, or nil if absent is true.
func unless[T any](absent bool, v T) *T {
	if absent {
		return nil
	}
	return &v
}

func (g *group) status() int {
	switch g.ordinal % 8 {
	case 3:
		return 2 // expired or overdue
	case 5:
		return 0 // unpaid
	}
	return 1
}

func (g *group) ownType() int {
	if g.multi() {
		return 1
	}
	return 0
}

func (g *group) qosRule() string {
	if g.ordinal%6 == 4 {
		return "qos-5605u0gelk2000001"
	}
	return ""
}

func (g *group) period() (int, string) {
	if g.ordinal%4 == 0 {
		return 1, "Year"
	}
	return 6, "Month"
}

func (g *group) created() time.Time {
	return epoch().Add(-time.Duration(500*24*3600+mix(g.w.seed, uint64(g.ordinal), 4)%(300*24*3600)) * time.Second)
}

func (g *group) expires() time.Time {
	days := 30 + 11*g.ordinal
	if g.status() == 2 {
		days = -days
	}
	return epoch().AddDate(0, 0, days)
}

// keep is KeepDuration in milliseconds; 0 is for ever.
func (g *group) keep() int64 { return pick[int64](g.ordinal, 0, 180000, 1800000, 0, 345600000) }

// dataDisk is absent in some groups, "0" or "" in others.
func (g *group) dataDisk() (category, size *string) {
	if g.idle {
		return new("cloud_essd"), new("40")
	}
	switch g.ordinal % 4 {
	case 0:
		return new(pick(g.ordinal/4, "cloud_essd", "cloud_auto", "cloud_efficiency")), new(pick(g.ordinal/4, "100", "40", "2000"))
	case 1:
		return nil, nil
	case 2:
		return new("cloud_efficiency"), new("0")
	}
	return new("null"), new("")
}

func (g *group) systemDisk() (category string, size int) {
	return pick(g.ordinal, "cloud_efficiency", "cloud_ssd", "cloud_auto", "cloud_essd"), 80 + 40*(g.ordinal%3)
}

// bounds is how many desktops were bought, and the least and most there may be.
func (g *group) bounds() (bought, least, most int) {
	live := g.totals.live[0] + g.totals.live[1]
	if g.payType() == payPre {
		return live, live, live + 5*(g.ordinal%3)
	}
	if g.ordinal%4 == 1 {
		return min(live, 1), live / 2, live + 10
	}
	return live, live, live
}

func (g *group) common() groupCommon {
	bought, least, most := g.bounds()
	c := groupCommon{
		DesktopGroupID: g.id, DesktopGroupName: g.name(), Creator: accountID,
		Comments: pick(g.ordinal, new("shared by the test team"), nil, new("")),
		Status:   g.status(), PayType: g.payType(), OwnType: g.ownType(), ResetType: g.ordinal % 4, Version: 2,
		BuyDesktopsCount: g.total(bought), MinDesktopsCount: g.total(least), MaxDesktopsCount: g.total(most),
		BindAmount: &g.bind, LoadPolicy: unless(!g.multi(), g.ordinal/3%2), RatioThreshold: unless(!g.multi(), 0.85),
		KeepDuration:           g.keep(),
		ConnectDuration:        unless(g.ordinal%3 == 1, int64(43200000)),
		IdleDisconnectDuration: unless(g.ordinal%3 == 2, int64(900000)),
		StopDuration:           unless(g.ordinal%2 == 1, int64(1800000)),
		OsType:                 g.os(), ProtocolType: g.protocol(),
		PolicyGroupID: g.policy()[0], PolicyGroupName: g.policyNames()[0],
		GpuCount: unless(!g.gpu(), pick(g.ordinal/5, 1, 0.5)),
	}
	if g.ordinal%4 == 3 {
		c.ExpiredTimes = []string{""} // the vendor's sample has it so
	}
	product := g.product()
	c.CPU, c.Memory = product.cpu, product.memory
	c.SystemDiskCategory, c.SystemDiskSize = g.systemDisk()
	c.DataDiskCategory, c.DataDiskSize = g.dataDisk()
	c.OfficeSiteID, c.OfficeSiteName, c.OfficeSiteType = g.office()
	c.OwnBundleID, c.OwnBundleName = g.bundle()
	c.ImageID, _ = g.image()
	return c
}

// total is a total, which a sparse group leaves out when it is zero.
func (g *group) total(n int) *int { return unless(n == 0 && g.sparse, n) }

// groupRow is the group in a listing, where GpuSpec is the GPU's memory.
func (s *Sim) groupRow(v view, g *group) groupRow {
	totals := v.totals(g)
	r := groupRow{groupCommon: g.common(), CreateTime: whole(g.created())}
	r.DesktopType = g.product().id
	if g.payType() == payPre {
		r.ExpiredTime = new(whole(g.expires()))
	}
	if g.gpu() {
		r.GpuSpec, r.GpuDriverVersion = new("16 GiB"), new("535.129.03")
	}
	count := totals.live
	if s.c.ListDeletedInCounts {
		count = totals.all
	}
	r.DesktopCount = g.total(count[0] + count[1])
	r.CountPerStatus = s.countPerStatus(g, totals)
	r.EndUserCount = g.total(g.users)
	if g.ordinal%3 == 2 {
		r.VolumeEncryptionEnabled, r.VolumeEncryptionKey = new(true), new("08c33a6f-4e0a-4a1b-a3fa-7ddfa1d4fb73")
	}
	r.SubnetID = unless(g.ordinal%2 == 1, "vsw-"+base36(mix(g.w.seed, uint64(g.ordinal%4), 5), 13))
	if !g.sparse {
		r.PolicyGroupIDList, r.PolicyGroupNameList = g.policy(), g.policyNames()
	}
	r.Tags = g.tags()
	if r.Tags == nil && !g.sparse {
		r.Tags = []tag{}
	}
	r.QosRuleID = unless(g.qosRule() == "", g.qosRule())
	return r
}

// countPerStatus leaves out states that no desktop is in.
func (s *Sim) countPerStatus(g *group, totals totals) []statusCount {
	var counts []statusCount
	for _, status := range []string{
		"Running", "Stopped", "Starting", "Stopping", "Rebuilding", "Pending", "Expired", "Failed", "Hibernated", "Deleted",
	} {
		n := totals.status[status]
		if n > 0 && (status != "Deleted" || s.c.ListDeletedInCounts) {
			counts = append(counts, statusCount{status, n})
		}
	}
	if counts == nil && !g.sparse {
		return []statusCount{}
	}
	return counts
}
