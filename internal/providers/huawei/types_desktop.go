package huawei

import (
	"encoding/json"
	"time"
)

// poolDesktops is the answer of ListPoolDesktopsDetail.
type poolDesktops struct {
	inBodyError
	Total *int      `json:"total_count"`
	Rows  []desktop `json:"pool_desktops"`

	OnDemand             ignored `json:"on_demand_desktops_num" wire:"ignore"`
	Period               ignored `json:"period_desktops_num" wire:"ignore"`
	OnDemandFreeImages   ignored `json:"on_demand_free_image_desktops_num" wire:"ignore"`
	OnDemandChargeImages ignored `json:"on_demand_charge_image_desktops_num" wire:"ignore"`
	PeriodFreeImages     ignored `json:"period_free_image_desktops_num" wire:"ignore"`
	PeriodChargeImages   ignored `json:"period_charge_image_desktops_num" wire:"ignore"`
	InconsistentType     ignored `json:"inconsistent_type" wire:"ignore"`
}

// oneDesktop is the answer of ShowDesktopDetail.
type oneDesktop struct {
	inBodyError
	Desktop *desktop `json:"desktop"`
}

// someDesktops is the answer of ListDesktops, whose rows name the pool.
type someDesktops struct {
	inBodyError
	Rows []desktop `json:"desktops"`

	Total ignored `json:"total_count" wire:"ignore"`
}

// desktop is PoolDesktop, a row of ListPoolDesktopsDetail, and the desktop of
// ShowDesktopDetail; a row of ListDesktops has some of its fields, and pool_id.
type desktop struct {
	Raw           json.RawMessage `wire:"raw"`
	ID            string          `json:"desktop_id"`
	PoolID        string          `json:"pool_id"`
	Name          string          `json:"computer_name"`
	DesktopType   string          `json:"desktop_type"` // DEDICATED, SHARED, POOLED
	Addresses     json.RawMessage `json:"addresses"`    // see addresses
	IPs           []string        `json:"ip_addresses"`
	IPv4          string          `json:"ipv4"`
	IPv6          string          `json:"ipv6"`
	UserName      *string         `json:"user_name"`
	Users         []string        `json:"user_list"`
	Groups        []string        `json:"user_group_list"`
	Attached      []attachedUser  `json:"attach_user_infos"`
	Metadata      imageMetadata   `json:"metadata"`
	Flavor        flavor          `json:"flavor"`
	Status        string          `json:"status"`
	Task          *string         `json:"task_status"` // "" is idle
	LoginStatus   string          `json:"login_status"`
	AttachState   string          `json:"attach_state"`
	InMaintenance *bool           `json:"in_maintenance_mode"`
	Frozen        *bool           `json:"is_freeze"`
	Created       time.Time       `json:"created"`
	ProductID     string          `json:"product_id"`
	Product       *product        `json:"product"`
	RootVolume    *desktopVolume  `json:"root_volume"`
	DataVolumes   []desktopVolume `json:"data_volumes"`
	Zone          string          `json:"availability_zone"`
	OSVersion     string          `json:"os_version"`

	desktopIgnored
}

type desktopIgnored struct {
	OSHostName        ignored `json:"os_host_name" wire:"ignore"`
	IPAddress         ignored `json:"ip_address" wire:"ignore"`
	UserGroup         ignored `json:"user_group" wire:"ignore"` // of the operating system, as in sudo
	DesktopDetailType ignored `json:"desktop_detail_type" wire:"ignore"`
	ConnectStatus     ignored `json:"connect_status" wire:"ignore"`
	Isolated          ignored `json:"isolated" wire:"ignore"`
	SupportInternet   ignored `json:"is_support_internet" wire:"ignore"`
	AttachingEIP      ignored `json:"is_attaching_eip" wire:"ignore"`
	SecurityGroups    ignored `json:"security_groups" wire:"ignore"`
	ShareResourceSKU  ignored `json:"share_resource_sku" wire:"ignore"`
	OrderID           ignored `json:"order_id" wire:"ignore"`
	BillResource      ignored `json:"bill_resource_id" wire:"ignore"`
	RootResource      ignored `json:"root_resource_id" wire:"ignore"`
	SiteType          ignored `json:"site_type" wire:"ignore"`
	SiteName          ignored `json:"site_name" wire:"ignore"`
	SubnetID          ignored `json:"subnet_id" wire:"ignore"`
	OUName            ignored `json:"ou_name" wire:"ignore"`
	SID               ignored `json:"sid" wire:"ignore"`
	Domain            ignored `json:"domain" wire:"ignore"`
	DomainID          ignored `json:"domain_id" wire:"ignore"`
	ProjectID         ignored `json:"project_id" wire:"ignore"`
	Enterprise        ignored `json:"enterprise_project_id" wire:"ignore"`
	Tags              ignored `json:"tags" wire:"ignore"`
	InternetMode      ignored `json:"internet_mode" wire:"ignore"`
	InternetModes     ignored `json:"internet_mode_list" wire:"ignore"`
	Process           ignored `json:"process" wire:"ignore"`
	HourPackage       ignored `json:"hour_package_info" wire:"ignore"`
	Inconsistent      ignored `json:"inconsistent_types" wire:"ignore"`
}

// attachedUser is a user or group that a desktop is assigned to.
type attachedUser struct {
	ID   string `json:"user_id"`
	Name string `json:"user_name"`
	Type string `json:"type"`

	Domain ignored `json:"domain" wire:"ignore"`
	Group  ignored `json:"user_group" wire:"ignore"`
}

// imageMetadata is the metadata of a desktop. Its charging_mode is not read:
// it is documented the other way round than its own example shows it.
type imageMetadata struct {
	ImageID   string `json:"metering.image_id"`
	ImageName string `json:"image_name"`
	ImageCode string `json:"image_spec_code"`
	OSType    string `json:"os_type"`
	OSVersion string `json:"desktop_os_version"`

	ChargingMode  ignored `json:"charging_mode" wire:"ignore"`
	ImageService  ignored `json:"image_cloud_service_type" wire:"ignore"`
	ImageResource ignored `json:"image_resource_type" wire:"ignore"`
	ImageBill     ignored `json:"image_bill_resource_id" wire:"ignore"`
	MeteringCode  ignored `json:"metering.resourcespeccode" wire:"ignore"`
	MeteringType  ignored `json:"metering.resourcetype" wire:"ignore"`
	OSBit         ignored `json:"os_bit" wire:"ignore"`
}

type flavor struct {
	ID string `json:"id"`

	Links ignored `json:"links" wire:"ignore"`
}

// desktopVolume is VolumeDetail: a disk of a desktop.
type desktopVolume struct {
	TemplateID string `json:"desktop_pool_disk_id"` // the id of the pool's volume
	Type       string `json:"type"`
	SizeGB     *int   `json:"size"`
	SpecCode   string `json:"resource_spec_code"`

	ID           ignored `json:"id" wire:"ignore"`
	VolumeID     ignored `json:"volume_id" wire:"ignore"`
	Device       ignored `json:"device" wire:"ignore"`
	BillResource ignored `json:"bill_resource_id" wire:"ignore"`
	Created      ignored `json:"create_time" wire:"ignore"`
	DisplayName  ignored `json:"display_name" wire:"ignore"`
	KMS          ignored `json:"kms_id" wire:"ignore"`
	IOPS         ignored `json:"iops" wire:"ignore"`
	Throughput   ignored `json:"throughput" wire:"ignore"`
	Cluster      ignored `json:"cluster_id" wire:"ignore"`
}

// address is one of a desktop's.
type address struct {
	IP      string `json:"addr"`
	Version string `json:"version"`
	Type    string `json:"OS-EXT-IPS:type"`

	MAC ignored `json:"OS-EXT-IPS-MAC:mac_addr" wire:"ignore"`
}
