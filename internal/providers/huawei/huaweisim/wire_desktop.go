package huaweisim

// poolDesktop is PoolDesktop of ListPoolDesktopsDetail, and the desktop of ShowDesktopDetail.
type poolDesktop struct {
	DesktopID           string            `json:"desktop_id"`
	ComputerName        string            `json:"computer_name"`
	OSHostName          string            `json:"os_host_name,omitempty"`
	Addresses           any               `json:"addresses"` // map[string][]address, or []address
	IPAddresses         []string          `json:"ip_addresses"`
	IPv4                string            `json:"ipv4,omitempty"`
	IPv6                string            `json:"ipv6,omitempty"`
	UserList            []string          `json:"user_list"`
	UserGroupList       []string          `json:"user_group_list"`
	UserName            string            `json:"user_name,omitempty"`
	UserGroup           string            `json:"user_group,omitempty"`
	AttachUserInfos     []attachUser      `json:"attach_user_infos"`
	DesktopType         string            `json:"desktop_type"`
	Metadata            map[string]string `json:"metadata,omitempty"`
	Flavor              *flavor           `json:"flavor,omitempty"`
	Status              string            `json:"status"`
	TaskStatus          string            `json:"task_status"`
	LoginStatus         string            `json:"login_status"`
	AttachState         string            `json:"attach_state"`
	InMaintenanceMode   bool              `json:"in_maintenance_mode"`
	IsFreeze            bool              `json:"is_freeze"`
	Isolated            bool              `json:"isolated"`
	IsSupportInternet   bool              `json:"is_support_internet"`
	IsAttachingEIP      bool              `json:"is_attaching_eip"`
	Created             string            `json:"created"`
	SecurityGroups      []securityGroup   `json:"security_groups"`
	ProductID           string            `json:"product_id"`
	ShareResourceSKU    string            `json:"share_resource_sku,omitempty"`
	OrderID             string            `json:"order_id,omitempty"`
	BillResourceID      string            `json:"bill_resource_id,omitempty"`
	RootResourceID      string            `json:"root_resource_id,omitempty"`
	Product             *productInfo      `json:"product,omitempty"`
	RootVolume          *volumeDetail     `json:"root_volume,omitempty"`
	DataVolumes         []volumeDetail    `json:"data_volumes,omitzero"`
	AvailabilityZone    string            `json:"availability_zone"`
	SiteType            string            `json:"site_type,omitempty"`
	SiteName            string            `json:"site_name,omitempty"`
	SubnetID            string            `json:"subnet_id,omitempty"`
	OUName              string            `json:"ou_name,omitempty"`
	OSVersion           string            `json:"os_version,omitempty"`
	SID                 string            `json:"sid,omitempty"`
	Domain              string            `json:"domain,omitempty"`
	EnterpriseProjectID string            `json:"enterprise_project_id"`
	Tags                []tag             `json:"tags"`
	InternetMode        string            `json:"internet_mode,omitempty"`
	InternetModeList    []string          `json:"internet_mode_list,omitempty"`
	Process             *int              `json:"process"` // null: no task
	HourPackageInfo     *hourPackage      `json:"hour_package_info,omitempty"`
	InconsistentTypes   []string          `json:"inconsistent_types"`
}

// desktopRow is a row of ListDesktops.
type desktopRow struct {
	DesktopID           string       `json:"desktop_id"`
	ComputerName        string       `json:"computer_name"`
	OSHostName          string       `json:"os_host_name,omitempty"`
	Created             string       `json:"created"` // 2022-02-23 04:02:07
	IPAddress           string       `json:"ip_address"`
	UserName            string       `json:"user_name"`
	UserGroup           string       `json:"user_group"`
	AttachUserInfos     []attachUser `json:"attach_user_infos"`
	SID                 string       `json:"sid"`
	OUName              string       `json:"ou_name"`
	EnterpriseProjectID string       `json:"enterprise_project_id"`
	Tags                []tag        `json:"tags"`
	InMaintenanceMode   bool         `json:"in_maintenance_mode"`
	ShareResourceSKU    string       `json:"share_resource_sku,omitempty"`
	DesktopType         string       `json:"desktop_type"`
	SubnetID            string       `json:"subnet_id"`
	BillResourceID      string       `json:"bill_resource_id"`
	Status              string       `json:"status"`
	TaskStatus          string       `json:"task_status"`
	AvailabilityZone    string       `json:"availability_zone"`
	ConnectStatus       string       `json:"connect_status"`
	PoolID              string       `json:"pool_id,omitempty"`
	DomainID            string       `json:"domain_id"`
	ProjectID           string       `json:"project_id"`
}

type address struct {
	Addr    string `json:"addr"`
	Version string `json:"version"`
	MAC     string `json:"OS-EXT-IPS-MAC:mac_addr"`
	Type    string `json:"OS-EXT-IPS:type"`
}

type attachUser struct {
	UserID    string `json:"user_id"`
	UserName  string `json:"user_name"`
	Domain    string `json:"domain,omitempty"`
	UserGroup string `json:"user_group"`
	Type      string `json:"type"`
}

type flavor struct {
	ID    string       `json:"id"`
	Links []flavorLink `json:"links"`
}

type flavorLink struct {
	Rel  string `json:"rel"`
	HRel string `json:"hrel"` // so spelt
}

// volumeDetail is VolumeDetail, a disk of a desktop.
type volumeDetail struct {
	Type              string `json:"type"`
	Size              int    `json:"size"`
	Device            string `json:"device"`
	ID                string `json:"id"`
	VolumeID          string `json:"volume_id"`
	BillResourceID    string `json:"bill_resource_id,omitempty"`
	DesktopPoolDiskID string `json:"desktop_pool_disk_id,omitempty"`
	CreateTime        string `json:"create_time"`
	DisplayName       string `json:"display_name"`
	ResourceSpecCode  string `json:"resource_spec_code,omitempty"`
	KMSID             string `json:"kms_id,omitempty"`
	IOPS              int    `json:"iops,omitempty"`
	Throughput        int    `json:"throughput,omitempty"`
}

type hourPackage struct {
	RootOrderID             string `json:"root_order_id"`
	PackageResourceID       string `json:"package_resource_id"`
	PackageInstanceID       string `json:"package_instance_id"`
	PackageSpecCode         string `json:"package_spec_code"`
	CombinedProductTypeCode string `json:"combined_product_type_code"`
	UseUpPolicy             string `json:"use_up_policy"`
	PackageDuration         int    `json:"package_duration"`
	UseDuration             int    `json:"use_duration"`
}
