package alibaba

import (
	"encoding/json"
	"time"
)

// desktopsPage is the answer of DescribeDesktopsInGroup: two arrays under one token.
type desktopsPage struct {
	RequestID             string         `json:"RequestId" wire:"ignore"`
	NextToken             string         `json:"NextToken"`
	PaidDesktopsCount     *int           `json:"PaidDesktopsCount"`
	PostPaidDesktopsCount *int           `json:"PostPaidDesktopsCount"`
	PaidDesktops          []groupDesktop `json:"PaidDesktops"`
	PostPaidDesktops      []groupDesktop `json:"PostPaidDesktops"`

	// The amount has neither unit nor currency, and the counts are of
	// subscription desktops only: they are in the page's native envelope.
	PostPaidDesktopsTotalAmount json.RawMessage `json:"PostPaidDesktopsTotalAmount" wire:"ignore"`
	OnlinePrePaidDesktopsCount  json.RawMessage `json:"OnlinePrePaidDesktopsCount" wire:"ignore"`
	RunningPrePaidDesktopsCount json.RawMessage `json:"RunningPrePaidDesktopsCount" wire:"ignore"`
	StopedPrePaidDesktopsCount  json.RawMessage `json:"StopedPrePaidDesktopsCount" wire:"ignore"`
	StoppedPrePaidDesktopsCount json.RawMessage `json:"StoppedPrePaidDesktopsCount" wire:"ignore"`
}

// groupDesktop is an element of PaidDesktops or PostPaidDesktops. ExpiredTime
// is of the former only; CreateTime, ReleaseTime and CreateDuration of the latter.
type groupDesktop struct {
	ID               string    `json:"DesktopId"`
	Name             string    `json:"DesktopName"`
	Status           string    `json:"DesktopStatus"`
	ConnectionStatus string    `json:"ConnectionStatus"`
	ManagementFlag   string    `json:"ManagementFlag"`
	ManagementFlags  []string  `json:"ManagementFlags"`
	EndUserID        string    `json:"EndUserId"`    // who may use it
	EndUserName      string    `json:"EndUserName"`  //
	EndUserIDs       []string  `json:"EndUserIds"`   // who is connected; absent if nobody is
	EndUserNames     []string  `json:"EndUserNames"` //
	ImageID          string    `json:"ImageId"`
	ImageName        string    `json:"ImageName"`
	OSType           string    `json:"OsType"`
	SystemDiskSize   *int      `json:"SystemDiskSize"` // GiB
	GPUDriverVersion string    `json:"GpuDriverVersion"`
	ProtocolType     string    `json:"ProtocolType"`
	FotaVersion      string    `json:"FotaVersion"`
	MemberENIIP      string    `json:"MemberEniIp"`
	PrimaryENIIP     string    `json:"PrimaryEniIp"`
	ResetTime        time.Time `json:"ResetTime"`
	ExpiredTime      time.Time `json:"ExpiredTime"`
	CreateTime       time.Time `json:"CreateTime"`
	ReleaseTime      time.Time `json:"ReleaseTime"`
	CreateDuration   *int64    `json:"CreateDuration" wire:"text"` // ms

	// DiskType, SYSTEM or DATA, is a leftover of a join: it says nothing of a desktop.
	DiskType json.RawMessage `json:"DiskType" wire:"ignore"`

	Raw json.RawMessage `json:"-" wire:"raw"`
}

// foundDesktops is the answer of DescribeDesktops.
type foundDesktops struct {
	RequestID  string          `json:"RequestId" wire:"ignore"`
	NextToken  string          `json:"NextToken"`
	TotalCount json.RawMessage `json:"TotalCount" wire:"ignore"`
	PageNumber json.RawMessage `json:"PageNumber" wire:"ignore"`
	PageSize   json.RawMessage `json:"PageSize" wire:"ignore"`
	Desktops   []foundDesktop  `json:"Desktops"`
}

// foundDesktop is a row of DescribeDesktops. Its SystemDiskSize and
// DataDiskSize are unreliable: Disks is what holds.
type foundDesktop struct {
	ID                 string           `json:"DesktopId"`
	Name               string           `json:"DesktopName"`
	Status             string           `json:"DesktopStatus"`
	ConnectionStatus   string           `json:"ConnectionStatus"`
	ManagementFlag     string           `json:"ManagementFlag"`
	ManagementFlags    []string         `json:"ManagementFlags"`
	ChargeType         string           `json:"ChargeType"`
	CreationTime       time.Time        `json:"CreationTime"`
	ExpiredTime        time.Time        `json:"ExpiredTime"`
	DesktopGroupID     string           `json:"DesktopGroupId"` // "null" outside a group
	DesktopType        string           `json:"DesktopType"`
	CPU                *int             `json:"Cpu"`
	Memory             *int             `json:"Memory"` // MiB
	GPUCount           *float64         `json:"GpuCount"`
	GPUSpec            string           `json:"GpuSpec"`
	GPUDriverVersion   string           `json:"GpuDriverVersion"`
	ImageID            string           `json:"ImageId"`
	ImageName          string           `json:"ImageName"`
	OSType             string           `json:"OsType"`
	Platform           string           `json:"Platform"`
	Disks              []desktopDisk    `json:"Disks"`
	EndUserIDs         []string         `json:"EndUserIds"` // who may use it
	Sessions           []desktopSession `json:"Sessions"`   // who is connected
	NetworkInterfaceIP string           `json:"NetworkInterfaceIp"`
	ProtocolType       string           `json:"ProtocolType"`
	FotaUpdate         struct {
		CurrentAppVersion string          `json:"CurrentAppVersion"`
		NewAppVersion     json.RawMessage `json:"NewAppVersion" wire:"ignore"`
		ReleaseNote       json.RawMessage `json:"ReleaseNote" wire:"ignore"`
		ReleaseNoteEn     json.RawMessage `json:"ReleaseNoteEn" wire:"ignore"`
		ReleaseNoteJp     json.RawMessage `json:"ReleaseNoteJp" wire:"ignore"`
		Size              json.RawMessage `json:"Size" wire:"ignore"`
	} `json:"FotaUpdate"`
	otherDesktop
}

type desktopDisk struct {
	ID       string `json:"DiskId"`
	Type     string `json:"DiskType"` // SYSTEM or DATA
	Size     *int   `json:"DiskSize"` // GiB
	Category string `json:"DiskCategory"`

	PerformanceLevel json.RawMessage `json:"PerformanceLevel" wire:"ignore"`
}

type desktopSession struct {
	EndUserID         string          `json:"EndUserId"`
	ExternalUserName  string          `json:"ExternalUserName"`
	EstablishmentTime json.RawMessage `json:"EstablishmentTime" wire:"ignore"`
}

// otherDesktop is what DescribeDesktops says and the model has no place for.
type otherDesktop struct {
	AccountType                  json.RawMessage `json:"AccountType" wire:"ignore"`
	AgentProviderList            json.RawMessage `json:"AgentProviderList" wire:"ignore"`
	BindAmount                   json.RawMessage `json:"BindAmount" wire:"ignore"`
	BundleID                     json.RawMessage `json:"BundleId" wire:"ignore"`
	BundleName                   json.RawMessage `json:"BundleName" wire:"ignore"`
	DataDiskCategory             json.RawMessage `json:"DataDiskCategory" wire:"ignore"`
	DataDiskSize                 json.RawMessage `json:"DataDiskSize" wire:"ignore"`
	DesktopDurationList          json.RawMessage `json:"DesktopDurationList" wire:"ignore"`
	DirectoryID                  json.RawMessage `json:"DirectoryId" wire:"ignore"`
	DirectoryType                json.RawMessage `json:"DirectoryType" wire:"ignore"`
	DomainType                   json.RawMessage `json:"DomainType" wire:"ignore"`
	DowngradeQuota               json.RawMessage `json:"DowngradeQuota" wire:"ignore"`
	DowngradedTimes              json.RawMessage `json:"DowngradedTimes" wire:"ignore"`
	EntraDomainName              json.RawMessage `json:"EntraDomainName" wire:"ignore"`
	EnvID                        json.RawMessage `json:"EnvId" wire:"ignore"`
	EnvType                      json.RawMessage `json:"EnvType" wire:"ignore"`
	GPUCategory                  json.RawMessage `json:"GpuCategory" wire:"ignore"`
	HibernationBeta              json.RawMessage `json:"HibernationBeta" wire:"ignore"`
	HibernationOptionsConfigured json.RawMessage `json:"HibernationOptionsConfigured" wire:"ignore"`
	HostName                     json.RawMessage `json:"HostName" wire:"ignore"`
	IsLDAP                       json.RawMessage `json:"IsLdap" wire:"ignore"`
	NetworkInterfaceID           json.RawMessage `json:"NetworkInterfaceId" wire:"ignore"`
	OfficeSiteID                 json.RawMessage `json:"OfficeSiteId" wire:"ignore"`
	OfficeSiteName               json.RawMessage `json:"OfficeSiteName" wire:"ignore"`
	OfficeSiteType               json.RawMessage `json:"OfficeSiteType" wire:"ignore"`
	OfficeSiteVPCType            json.RawMessage `json:"OfficeSiteVpcType" wire:"ignore"`
	OSUpdate                     json.RawMessage `json:"OsUpdate" wire:"ignore"`
	PolicyGroupID                json.RawMessage `json:"PolicyGroupId" wire:"ignore"`
	PolicyGroupName              json.RawMessage `json:"PolicyGroupName" wire:"ignore"`
	PolicyGroupIDList            json.RawMessage `json:"PolicyGroupIdList" wire:"ignore"`
	PolicyGroupNameList          json.RawMessage `json:"PolicyGroupNameList" wire:"ignore"`
	Progress                     json.RawMessage `json:"Progress" wire:"ignore"`
	ResourceGroups               json.RawMessage `json:"ResourceGroups" wire:"ignore"`
	SerialNumber                 json.RawMessage `json:"SerialNumber" wire:"ignore"`
	SessionType                  json.RawMessage `json:"SessionType" wire:"ignore"`
	SnapshotPolicyID             json.RawMessage `json:"SnapshotPolicyId" wire:"ignore"`
	SnapshotPolicyName           json.RawMessage `json:"SnapshotPolicyName" wire:"ignore"`
	StandardStartTime            json.RawMessage `json:"StandardStartTime" wire:"ignore"`
	StartTime                    json.RawMessage `json:"StartTime" wire:"ignore"`
	SubnetID                     json.RawMessage `json:"SubnetId" wire:"ignore"`
	SupportHibernation           json.RawMessage `json:"SupportHibernation" wire:"ignore"`
	SystemDiskCategory           json.RawMessage `json:"SystemDiskCategory" wire:"ignore"`
	SystemDiskSize               json.RawMessage `json:"SystemDiskSize" wire:"ignore"`
	Tags                         json.RawMessage `json:"Tags" wire:"ignore"`
	VolumeEncryptionEnabled      json.RawMessage `json:"VolumeEncryptionEnabled" wire:"ignore"`
	VolumeEncryptionKey          json.RawMessage `json:"VolumeEncryptionKey" wire:"ignore"`
	ZoneType                     json.RawMessage `json:"ZoneType" wire:"ignore"`
}
