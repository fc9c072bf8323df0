package alibaba

import (
	"encoding/json"
	"time"
)

// Fields of the wire:"ignore" kind are documented and not unified: they are in
// the native view only. What no type here names is drift.

// groupPage is the answer of DescribeDesktopGroups.
type groupPage struct {
	RequestID     string        `json:"RequestId" wire:"ignore"`
	NextToken     string        `json:"NextToken"`
	DesktopGroups []listedGroup `json:"DesktopGroups"`
}

// groupDetail is the answer of GetDesktopGroupDetail. Desktops is one object,
// and absent for an unknown group.
type groupDetail struct {
	RequestID string         `json:"RequestId" wire:"ignore"`
	Desktops  *detailedGroup `json:"Desktops"`
}

// group is what both operations say of a group.
type group struct {
	ID                 string    `json:"DesktopGroupId"`
	Name               string    `json:"DesktopGroupName"`
	Comments           *string   `json:"Comments"`
	Status             *int      `json:"Status"`
	PayType            string    `json:"PayType"`
	ExpiredTime        time.Time `json:"ExpiredTime"`
	BuyDesktopsCount   *int      `json:"BuyDesktopsCount"`
	MinDesktopsCount   *int      `json:"MinDesktopsCount"`
	MaxDesktopsCount   *int      `json:"MaxDesktopsCount"`
	OwnType            *int      `json:"OwnType"`
	KeepDuration       *int64    `json:"KeepDuration"` // ms; 0: for ever
	ImageID            string    `json:"ImageId"`
	OSType             string    `json:"OsType"`
	CPU                *int      `json:"Cpu"`
	Memory             *int      `json:"Memory"` // MiB
	GPUCount           *float64  `json:"GpuCount"`
	SystemDiskCategory string    `json:"SystemDiskCategory"`
	SystemDiskSize     *int      `json:"SystemDiskSize"`
	DataDiskCategory   string    `json:"DataDiskCategory"`
	DataDiskSize       *int      `json:"DataDiskSize" wire:"text"`
	otherGroup
}

// otherGroup is what both operations say and the model has no place for.
type otherGroup struct {
	Creator                json.RawMessage `json:"Creator" wire:"ignore"`
	ExpiredTimes           json.RawMessage `json:"ExpiredTimes" wire:"ignore"`
	BindAmount             json.RawMessage `json:"BindAmount" wire:"ignore"`
	LoadPolicy             json.RawMessage `json:"LoadPolicy" wire:"ignore"`
	RatioThreshold         json.RawMessage `json:"RatioThreshold" wire:"ignore"`
	ResetType              json.RawMessage `json:"ResetType" wire:"ignore"`
	ConnectDuration        json.RawMessage `json:"ConnectDuration" wire:"ignore"`
	IdleDisconnectDuration json.RawMessage `json:"IdleDisconnectDuration" wire:"ignore"`
	StopDuration           json.RawMessage `json:"StopDuration" wire:"ignore"`
	OwnBundleID            json.RawMessage `json:"OwnBundleId" wire:"ignore"`
	OwnBundleName          json.RawMessage `json:"OwnBundleName" wire:"ignore"`
	ProtocolType           json.RawMessage `json:"ProtocolType" wire:"ignore"`
	OfficeSiteID           json.RawMessage `json:"OfficeSiteId" wire:"ignore"`
	OfficeSiteName         json.RawMessage `json:"OfficeSiteName" wire:"ignore"`
	OfficeSiteType         json.RawMessage `json:"OfficeSiteType" wire:"ignore"`
	DirectoryID            json.RawMessage `json:"DirectoryId" wire:"ignore"`
	DirectoryType          json.RawMessage `json:"DirectoryType" wire:"ignore"`
	PolicyGroupID          json.RawMessage `json:"PolicyGroupId" wire:"ignore"`
	PolicyGroupName        json.RawMessage `json:"PolicyGroupName" wire:"ignore"`
	Version                json.RawMessage `json:"Version" wire:"ignore"`
	EnvID                  json.RawMessage `json:"EnvId" wire:"ignore"`
	EnvType                json.RawMessage `json:"EnvType" wire:"ignore"`
}

// listedGroup is a row of DescribeDesktopGroups.
type listedGroup struct {
	group
	CreateTime     time.Time     `json:"CreateTime"`
	DesktopCount   *int          `json:"DesktopCount"`
	CountPerStatus []statusCount `json:"CountPerStatus"`
	DesktopType    string        `json:"DesktopType"`
	SubnetID       string        `json:"SubnetId"`

	EndUserCount            json.RawMessage `json:"EndUserCount" wire:"ignore"`
	GPUSpec                 json.RawMessage `json:"GpuSpec" wire:"ignore"` // memory here, as in 16 GiB
	GPUDriverVersion        json.RawMessage `json:"GpuDriverVersion" wire:"ignore"`
	VolumeEncryptionEnabled json.RawMessage `json:"VolumeEncryptionEnabled" wire:"ignore"`
	VolumeEncryptionKey     json.RawMessage `json:"VolumeEncryptionKey" wire:"ignore"`
	PolicyGroupIDList       json.RawMessage `json:"PolicyGroupIdList" wire:"ignore"`
	PolicyGroupNameList     json.RawMessage `json:"PolicyGroupNameList" wire:"ignore"`
	Tags                    json.RawMessage `json:"Tags" wire:"ignore"`
	UserOUPath              json.RawMessage `json:"UserOuPath" wire:"ignore"`
	UserGroupName           json.RawMessage `json:"UserGroupName" wire:"ignore"`
	SimpleUserGroupID       json.RawMessage `json:"SimpleUserGroupId" wire:"ignore"`
	IsLDAP                  json.RawMessage `json:"IsLdap" wire:"ignore"`
	AccountType             json.RawMessage `json:"AccountType" wire:"ignore"`
	EntraDomainName         json.RawMessage `json:"EntraDomainName" wire:"ignore"`
	QosRuleID               json.RawMessage `json:"QosRuleId" wire:"ignore"`

	Raw json.RawMessage `json:"-" wire:"raw"`
}

// statusCount is how many desktops of a group have one DesktopStatus.
type statusCount struct {
	Status string `json:"Status"`
	Count  *int   `json:"Count"`
}

// detailedGroup is the object of GetDesktopGroupDetail.
type detailedGroup struct {
	group
	CreationTime     time.Time         `json:"CreationTime"`
	AllowAutoSetup   *int              `json:"AllowAutoSetup"` // 0 off, 1 on; the English page of CreateDesktopGroup has it the wrong way round
	AllowBufferCount *int              `json:"AllowBufferCount"`
	GPUSpec          string            `json:"GpuSpec"` // the model here, as in NVIDIA T4
	ScaleTimerInfos  []json.RawMessage `json:"ScaleTimerInfos"`

	ResType             json.RawMessage `json:"ResType" wire:"ignore"`
	PolicyGroupIDs      json.RawMessage `json:"PolicyGroupIds" wire:"ignore"`
	PolicyGroupNames    json.RawMessage `json:"PolicyGroupNames" wire:"ignore"`
	ProfileFollowSwitch json.RawMessage `json:"ProfileFollowSwitch" wire:"ignore"`
	NASFileSystemID     json.RawMessage `json:"NasFileSystemID" wire:"ignore"`
	NASFileSystemName   json.RawMessage `json:"NasFileSystemName" wire:"ignore"`
	TimerInfos          json.RawMessage `json:"TimerInfos" wire:"ignore"`
	TimingStrategyInfo  json.RawMessage `json:"TimingStrategyInfo" wire:"ignore"`
}
