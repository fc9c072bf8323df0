package alibabasim

import "time"

// desktopRow is a desktop in DescribeDesktops.
type desktopRow struct {
	DesktopID          string `json:"DesktopId"`
	DesktopName        string
	HostName           string
	DesktopStatus      string
	ConnectionStatus   string
	ManagementFlag     string
	ManagementFlags    []string `json:",omitzero"`
	ChargeType         string
	CreationTime       string
	StartTime          string
	StandardStartTime  string
	ExpiredTime        *string `json:",omitempty"`
	DesktopGroupID     string  `json:"DesktopGroupId"` // "null" outside of groups
	DesktopType        string
	CPU                int `json:"Cpu"`
	Memory             int
	GpuCount           *float64 `json:",omitempty"`
	GpuSpec            *string  `json:",omitempty"`
	GpuCategory        int
	GpuDriverVersion   *string `json:",omitempty"`
	ImageID            string  `json:"ImageId"`
	OsType             string
	Platform           string
	BundleID           string `json:"BundleId"`
	BundleName         string
	Disks              []diskRow
	SystemDiskCategory string
	SystemDiskSize     int
	DataDiskCategory   string // "null" and 0, as in the vendor's samples: Disks is what holds
	DataDiskSize       int
	EndUserIDs         []string     `json:"EndUserIds,omitzero"`
	Sessions           []sessionRow `json:",omitzero"`
	SessionType        string
	BindAmount         int
	NetworkInterfaceIP string `json:"NetworkInterfaceIp"`
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	OfficeSiteID       string `json:"OfficeSiteId"`
	OfficeSiteName     string
	OfficeSiteType     string
	OfficeSiteVpcType  string
	PolicyGroupID      string `json:"PolicyGroupId"`
	PolicyGroupName    string
	PolicyGroupIDList  []string `json:"PolicyGroupIdList"`
	PolicyGroupNames   []string `json:"PolicyGroupNameList"`
	ProtocolType       string
	Progress           string
	Tags               []tag `json:",omitzero"`
	SupportHibernation bool
}

type diskRow struct {
	DiskID           string `json:"DiskId"`
	DiskType         string // SYSTEM or DATA
	DiskSize         int
	DiskCategory     string
	PerformanceLevel *string `json:",omitempty"`
}

type sessionRow struct {
	EndUserID         string `json:"EndUserId"`
	EstablishmentTime string
	ExternalUserName  string
}

// row is the desktop in DescribeDesktops, where EndUserIds are those it
// belongs to and Sessions those who are connected.
func (d desktop) row() desktopRow {
	g := d.g
	started := d.created().Add(time.Hour)
	r := desktopRow{
		DesktopID: d.id(), DesktopName: d.name(), HostName: "DT" + base36(d.hash(9), 10), DesktopStatus: d.status,
		ConnectionStatus: d.connection, ManagementFlag: d.flag, ManagementFlags: []string{d.flag}, ChargeType: d.payType(),
		CreationTime: minutes(d.created()), StartTime: minutes(started), StandardStartTime: whole(started),
		DesktopGroupID: g.id, OsType: d.os(), Platform: platform(d.os()), DataDiskCategory: "null",
		EndUserIDs: d.users(d.assigned), SessionType: pick(g.ownType(), "SINGLE_SESSION", "MULTIPLE_SESSION"), BindAmount: g.bind,
		NetworkInterfaceIP: d.memberIP(), NetworkInterfaceID: "eni-" + base36(d.hash(10), 13), OfficeSiteVpcType: "basic",
		PolicyGroupID: g.policy()[0], PolicyGroupName: g.policyNames()[0],
		PolicyGroupIDList: g.policy(), PolicyGroupNames: g.policyNames(),
		ProtocolType: d.protocol(), Tags: g.tags(), SupportHibernation: g.ordinal%2 == 0, Progress: "100%",
	}
	if d.payType() == payPre {
		r.ExpiredTime = new(minutes(d.expires()))
	}
	if d.status == "Pending" || d.status == "Rebuilding" {
		r.Progress = "60%"
	}
	if g.gpu() {
		r.GpuCount, r.GpuSpec, r.GpuCategory, r.GpuDriverVersion = g.common().GpuCount, new("NVIDIA T4"), 1, new("535.129.03")
	}
	p := d.product()
	r.DesktopType, r.CPU, r.Memory = p.id, p.cpu, p.memory
	r.ImageID, _ = d.image()
	r.BundleID, r.BundleName = g.bundle()
	r.SystemDiskCategory, _ = g.systemDisk()
	r.SystemDiskSize = d.systemGiB()
	r.OfficeSiteID, r.OfficeSiteName, r.OfficeSiteType = g.office()
	r.Disks = d.disks()
	for _, name := range d.users(d.sessions) {
		r.Sessions = append(r.Sessions, sessionRow{name, whole(epoch().Add(-time.Hour)), name})
	}
	return r
}

func (d desktop) disks() []diskRow {
	category, _ := d.g.systemDisk()
	disks := []diskRow{{"d-" + base36(d.hash(11), 13), "SYSTEM", d.systemGiB(), category, level(category)}}
	if size := d.dataGiB(); size > 0 {
		category, _ := d.g.dataDisk()
		disks = append(disks, diskRow{"d-" + base36(d.hash(12), 13), "DATA", size, *category, level(*category)})
	}
	return disks
}

func platform(os string) string {
	if os == "Linux" {
		return "Ubuntu"
	}
	return "Windows 10"
}

// level is the performance level, which only ESSDs have.
func level(category string) *string { return unless(category != "cloud_essd", "PL1") }
