package alibabasim

// groupDetail is the group in GetDesktopGroupDetail, which names some things
// otherwise than the listing and leaves others out.
type groupDetail struct {
	groupCommon
	CreationTime        string
	AllowAutoSetup      int
	AllowBufferCount    *int `json:",omitempty"`
	ResType             int
	DirectoryID         string      `json:"DirectoryId"`
	DirectoryType       string      `json:"DirectoryType"`
	PolicyGroupIDs      []string    `json:"PolicyGroupIds,omitempty"`
	PolicyGroupNames    []string    `json:",omitempty"`
	ProfileFollowSwitch *bool       `json:",omitempty"`
	NasFileSystemID     *string     `json:"NasFileSystemID,omitempty"`
	NasFileSystemName   *string     `json:",omitempty"`
	TimerInfos          []timerInfo `json:",omitzero"`
	TimingStrategyInfo  *string     `json:",omitempty"`
	ScaleTimerInfos     []scaleInfo `json:",omitzero"`
}

type timerInfo struct {
	TimerType      int // 1 reset, 2 start, 3 stop, 4 restart
	CronExpression string
	Forced         bool
	Status         int // 1 on, 2 off, 3 deleted
}

type scaleInfo struct {
	Type           string // drop, normal, peak or rise
	Cron           string
	BuyResAmount   int
	MinResAmount   int
	MaxResAmount   int
	KeepDuration   int64
	LoadPolicy     int
	RatioThreshold float64
}

// detail is the group by itself, where GpuSpec is the GPU's model and times
// have no seconds, or do, as in the vendor's samples and texts.
func (g *group) detail() *groupDetail {
	d := &groupDetail{groupCommon: g.common(), CreationTime: minutes(g.created())}
	if g.ordinal%3 == 1 {
		d.CreationTime = whole(g.created())
	}
	if g.payType() == payPre {
		d.ExpiredTime = new(minutes(g.expires()))
		d.AllowAutoSetup = g.ordinal / 2 % 2
	} else {
		d.AllowBufferCount = new(pick(g.ordinal/2, 0, 5, 100))
	}
	if g.gpu() {
		d.GpuSpec = new("NVIDIA T4")
	}
	if g.ordinal%4 == 2 {
		d.OsType, d.ProtocolType = "", "" // the vendor's samples have them empty
	}
	d.DirectoryID, d.DirectoryType = d.OfficeSiteID, d.OfficeSiteType
	if !g.sparse {
		d.PolicyGroupIDs, d.PolicyGroupNames = g.policy(), g.policyNames()
		d.TimerInfos, d.ScaleTimerInfos = []timerInfo{}, []scaleInfo{}
	}
	if g.ordinal%3 == 0 {
		d.ProfileFollowSwitch = new(true)
		d.NasFileSystemID, d.NasFileSystemName = new("04f314"+base36(uint64(g.ordinal), 4)), new("profiles")
	}
	if g.ordinal%4 == 2 {
		d.TimerInfos = []timerInfo{
			{1, "0 0 2 ? * 1-7", true, 1}, {2, "0 0 0 ? * 2-6", false, 1},
			{3, "0 0 14 ? * 1-7", false, 2}, {4, "0 30 3 ? * 1", true, 3},
		}
		d.TimingStrategyInfo = new("")
	}
	if g.multi() && g.ordinal%2 == 1 {
		most := g.totals.live[0] + g.totals.live[1] + 10
		d.ScaleTimerInfos = []scaleInfo{
			{"rise", "0 0 0 ? * 2-6", 0, 1, most / 2, 300000, 1, 0.5}, {"peak", "0 0 2 ? * 2-6", 0, most / 2, most, 300000, 1, 0.85},
			{"drop", "0 0 10 ? * 2-6", 0, 1, most / 2, 180000, 0, 0.9}, {"normal", "0 0 14 ? * 1-7", 0, 0, 1, 180000, 0, 0.9},
		}
	}
	return d
}
