package alibaba

import (
	"encoding/json"
	"time"
)

// desktopTypes is the answer of DescribeDesktopTypes, which has no pages.
type desktopTypes struct {
	RequestID    string        `json:"RequestId" wire:"ignore"`
	DesktopTypes []desktopType `json:"DesktopTypes"`
}

// desktopType is a row of DescribeDesktopTypes, where most numbers are text.
type desktopType struct {
	ID             string   `json:"DesktopTypeId"`
	Family         string   `json:"InstanceTypeFamily"`
	Description    string   `json:"Description"`
	CPUCount       *int     `json:"CpuCount" wire:"text"`
	MemorySize     *int     `json:"MemorySize" wire:"text"`     // MiB
	SystemDiskSize *int     `json:"SystemDiskSize" wire:"text"` // GiB
	DataDiskSize   *int     `json:"DataDiskSize" wire:"text"`   // GiB
	GPUCount       *float64 `json:"GpuCount"`
	StockState     string   `json:"StockState"`

	GPUSpec           json.RawMessage `json:"GpuSpec" wire:"ignore"` // memory, as in 16 GiB
	GPUMemory         json.RawMessage `json:"GpuMemory" wire:"ignore"`
	DesktopTypeStatus json.RawMessage `json:"DesktopTypeStatus" wire:"ignore"`
	MaxSessionCount   json.RawMessage `json:"MaxSessionCount" wire:"ignore"`
	Scopes            json.RawMessage `json:"Scopes" wire:"ignore"`
	EnvID             json.RawMessage `json:"EnvId" wire:"ignore"`
	EnvType           json.RawMessage `json:"EnvType" wire:"ignore"`

	Raw json.RawMessage `json:"-" wire:"raw"`
}

// imagePage is the answer of DescribeImages.
type imagePage struct {
	RequestID string  `json:"RequestId" wire:"ignore"`
	NextToken string  `json:"NextToken"`
	Images    []image `json:"Images"`
}

// image is a row of DescribeImages.
type image struct {
	ID           string    `json:"ImageId"`
	Name         string    `json:"Name"`
	Type         string    `json:"ImageType"` // SYSTEM or CUSTOM
	Status       string    `json:"Status"`    // Creating, Available or CreateFailed
	OSType       string    `json:"OsType"`
	Platform     string    `json:"Platform"`
	Size         *int      `json:"Size"` // GiB
	CreationTime time.Time `json:"CreationTime"`

	AppVersion              json.RawMessage `json:"AppVersion" wire:"ignore"`
	DataDiskSize            json.RawMessage `json:"DataDiskSize" wire:"ignore"`
	Description             json.RawMessage `json:"Description" wire:"ignore"`
	GPUCategory             json.RawMessage `json:"GpuCategory" wire:"ignore"`
	GPUDriverVersion        json.RawMessage `json:"GpuDriverVersion" wire:"ignore"`
	Progress                json.RawMessage `json:"Progress" wire:"ignore"`
	ProtocolType            json.RawMessage `json:"ProtocolType" wire:"ignore"`
	SessionType             json.RawMessage `json:"SessionType" wire:"ignore"`
	SharedCount             json.RawMessage `json:"SharedCount" wire:"ignore"`
	SupportedLanguages      json.RawMessage `json:"SupportedLanguages" wire:"ignore"`
	UpdateTime              json.RawMessage `json:"UpdateTime" wire:"ignore"`
	VolumeEncryptionEnabled json.RawMessage `json:"VolumeEncryptionEnabled" wire:"ignore"`
	VolumeEncryptionKey     json.RawMessage `json:"VolumeEncryptionKey" wire:"ignore"`

	Raw json.RawMessage `json:"-" wire:"raw"`
}
