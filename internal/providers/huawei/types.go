package huawei

import (
	"encoding/json"
	"time"
)

// The types of this file know every documented field, so that drift counts
// only what is new. Fields that are ignored are not unified; the native view has them.

// ignored is the type of a field that is known and not read.
type ignored struct{}

// inBodyError is what the vendor's older operations put into a good answer;
// judge has looked at it before the answer is read.
type inBodyError struct {
	Code   ignored `json:"error_code" wire:"ignore"`
	Msg    ignored `json:"error_msg" wire:"ignore"`
	Detail ignored `json:"error_detail" wire:"ignore"`
	Reason ignored `json:"encoded_authorization_message" wire:"ignore"`
}

// desktopPools is the answer of ListDesktopPools.
type desktopPools struct {
	inBodyError
	Total *int          `json:"total_count"`
	Rows  []desktopPool `json:"desktop_pools"`
}

// desktopPool is the answer of ShowDesktopPoolDetail, and a row of
// ListDesktopPools, where most fields may be absent.
type desktopPool struct {
	inBodyError
	Raw             json.RawMessage  `wire:"raw"`
	ID              string           `json:"id"`
	Name            string           `json:"name"`
	Type            string           `json:"type"`
	Description     *string          `json:"description"`
	Created         time.Time        `json:"created_time"`
	ChargingMode    string           `json:"charging_mode"`
	DesktopCount    *int             `json:"desktop_count"`
	DesktopUsed     *int             `json:"desktop_used"`
	OnDemand        *int             `json:"on_demand_desktop_num"`
	Zone            string           `json:"availability_zone"`
	SubnetID        string           `json:"subnet_id"` // deprecated for subnet_ids
	SubnetIDs       []string         `json:"subnet_ids"`
	Product         *product         `json:"product"`
	ImageID         string           `json:"image_id"`
	ImageName       string           `json:"image_name"`
	ImageOSType     string           `json:"image_os_type"`
	ImageOSVersion  string           `json:"image_os_version"`
	ImageOSPlatform string           `json:"image_os_platform"`
	ImageCode       string           `json:"image_product_code"`
	RootVolume      *volume          `json:"root_volume"`
	DataVolumes     []volume         `json:"data_volumes"`
	SecurityGroups  []securityGroup  `json:"security_groups"`
	RetentionMins   *int             `json:"disconnected_retention_period"`
	Autoscale       *bool            `json:"enable_autoscale"`
	AutoscalePolicy *autoscalePolicy `json:"autoscale_policy"`
	Status          string           `json:"status"`
	Enterprise      string           `json:"enterprise_project_id"`
	InMaintenance   *bool            `json:"in_maintenance_mode"`
	NamePolicy      string           `json:"desktop_name_policy_id"`

	ImageService  ignored `json:"image_cloud_service_type" wire:"ignore"`
	ImageResource ignored `json:"image_resource_type" wire:"ignore"`
	ResetPolicy   ignored `json:"user_reset_policy" wire:"ignore"`
	Tags          ignored `json:"tags" wire:"ignore"`
	OUName        ignored `json:"ou_name" wire:"ignore"`
	VPC           ignored `json:"vpc_id" wire:"ignore"`
	Domain        ignored `json:"domain" wire:"ignore"`
	IsolationNum  ignored `json:"isolation_num" wire:"ignore"`
}

// product is ProductInfo. Its numbers are documented as text.
type product struct {
	ID           string `json:"product_id"`
	FlavorID     string `json:"flavor_id"`
	CPU          *int   `json:"cpu" wire:"text"`
	MemoryMB     *int   `json:"memory" wire:"text"`
	Descriptions string `json:"descriptions"`
	ChargeMode   string `json:"charge_mode"`
	Architecture string `json:"architecture"`
	IsGPU        *bool  `json:"is_gpu"`
	GPUModel     string `json:"gpu_desc"`
	PackageType  string `json:"package_type"`
	Status       string `json:"status"`
	SystemDiskGB *int   `json:"system_disk_size" wire:"text"` // the product's default, not the pool's disk
	DataDiskGB   *int   `json:"data_disk_size" wire:"text"`

	Type            ignored `json:"type" wire:"ignore"`
	SystemDiskType  ignored `json:"system_disk_type" wire:"ignore"`
	ContainDataDisk ignored `json:"contain_data_disk" wire:"ignore"`
	ResourceType    ignored `json:"resource_type" wire:"ignore"`
	ServiceType     ignored `json:"cloud_service_type" wire:"ignore"`
	VolumeProduct   ignored `json:"volume_product_type" wire:"ignore"`
	SubProducts     ignored `json:"sub_product_list" wire:"ignore"`
	CPUDesc         ignored `json:"cpu_desc" wire:"ignore"`
	VRAM            ignored `json:"vram" wire:"ignore"`
	BillSwitch      ignored `json:"bill_switch" wire:"ignore"`
	DomainIDs       ignored `json:"domain_ids" wire:"ignore"`
	DefaultDesktops ignored `json:"default_desktop_num" wire:"ignore"`
}

// volume is VolumeInfo: the template of a disk in a pool.
type volume struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	SizeGB   *int   `json:"size"`
	SpecCode string `json:"resource_spec_code"`

	IOPS       ignored `json:"iops" wire:"ignore"`
	Throughput ignored `json:"throughput" wire:"ignore"`
	KMS        ignored `json:"kms_id" wire:"ignore"`
	Cluster    ignored `json:"cluster_id" wire:"ignore"`
}

type securityGroup struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// autoscalePolicy may linger on after scaling was switched off.
type autoscalePolicy struct {
	Type           string `json:"autoscale_type"`
	MaxAutoCreated *int   `json:"max_auto_created"`
	MinIdle        *int   `json:"min_idle"`
	OnceCreated    *int   `json:"once_auto_created"`
	MinRetention   *int   `json:"min_retention"` // desktops, not a time

	IdleRetention    ignored `json:"idle_retention_duration" wire:"ignore"`
	AutoIsolation    ignored `json:"auto_isolation_enable" wire:"ignore"`
	AutoIsolationMax ignored `json:"auto_isolation_max_num" wire:"ignore"`
}
