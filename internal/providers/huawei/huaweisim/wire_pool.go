package huaweisim

// The types of this file are Huawei's own, by the names in its documents. Absent is not null.

// poolInfo is the answer of ShowDesktopPoolDetail, and SimpleDesktopPoolInfo of the list.
type poolInfo struct {
	ID                    string           `json:"id"`
	Name                  string           `json:"name"`
	Type                  string           `json:"type"`
	Description           *string          `json:"description,omitempty"`
	CreatedTime           string           `json:"created_time"`
	ChargingMode          string           `json:"charging_mode"`
	DesktopCount          int              `json:"desktop_count"`
	DesktopUsed           int              `json:"desktop_used"`
	OnDemandDesktopNum    *int             `json:"on_demand_desktop_num,omitempty"`
	AvailabilityZone      string           `json:"availability_zone"`
	SubnetID              string           `json:"subnet_id,omitempty"`
	SubnetIDs             []string         `json:"subnet_ids,omitempty"`
	Product               productInfo      `json:"product"`
	ImageID               string           `json:"image_id"`
	ImageName             string           `json:"image_name"`
	ImageOSType           string           `json:"image_os_type"`
	ImageOSVersion        string           `json:"image_os_version"`
	ImageOSPlatform       string           `json:"image_os_platform,omitempty"`
	ImageProductCode      string           `json:"image_product_code,omitempty"`
	ImageCloudServiceType string           `json:"image_cloud_service_type,omitempty"`
	ImageResourceType     string           `json:"image_resource_type,omitempty"`
	RootVolume            volumeInfo       `json:"root_volume"`
	DataVolumes           []volumeInfo     `json:"data_volumes,omitzero"` // [] is sent
	SecurityGroups        []securityGroup  `json:"security_groups,omitzero"`
	Retention             *int             `json:"disconnected_retention_period,omitempty"`
	EnableAutoscale       bool             `json:"enable_autoscale"`
	AutoscalePolicy       *autoscalePolicy `json:"autoscale_policy,omitempty"`
	UserResetPolicy       *userResetPolicy `json:"user_reset_policy,omitempty"`
	Status                string           `json:"status"`
	EnterpriseProjectID   string           `json:"enterprise_project_id,omitempty"`
	InMaintenanceMode     bool             `json:"in_maintenance_mode"`
	DesktopNamePolicyID   string           `json:"desktop_name_policy_id,omitempty"`
	Tags                  []tag            `json:"tags,omitempty"`
	OUName                string           `json:"ou_name,omitempty"`
	VPCID                 string           `json:"vpc_id,omitempty"`
	Domain                string           `json:"domain,omitempty"`
	IsolationNum          *int             `json:"isolation_num,omitempty"`
	ShareSKU              *string          `json:"-"` // of the desktops' collaboration resource, if that was ordered or given up
}

// volumes are all disks, the system disk first.
func (p *poolInfo) volumes() []*volumeInfo {
	all := []*volumeInfo{&p.RootVolume}
	for i := range p.DataVolumes {
		all = append(all, &p.DataVolumes[i])
	}
	return all
}

// gigabytes is the size of all disks.
func (p *poolInfo) gigabytes() int {
	sum := p.RootVolume.Size
	for _, v := range p.DataVolumes {
		sum += v.Size
	}
	return sum
}

// productInfo is ProductInfo. Its numbers are text.
type productInfo struct {
	ProductID         string `json:"product_id"`
	FlavorID          string `json:"flavor_id"`
	Type              string `json:"type"`
	CPU               string `json:"cpu"`
	Memory            string `json:"memory"` // MB
	Descriptions      string `json:"descriptions"`
	ChargeMode        string `json:"charge_mode"`
	Architecture      string `json:"architecture"`
	IsGPU             *bool  `json:"is_gpu,omitempty"`
	GPUDesc           string `json:"gpu_desc,omitempty"`
	PackageType       string `json:"package_type"`
	SystemDiskType    string `json:"system_disk_type"`
	SystemDiskSize    string `json:"system_disk_size"` // GB
	ContainDataDisk   bool   `json:"contain_data_disk"`
	ResourceType      string `json:"resource_type"`
	CloudServiceType  string `json:"cloud_service_type"`
	VolumeProductType string `json:"volume_product_type"`
	Status            string `json:"status"`
}

// volumeInfo is VolumeInfo, the template of a disk.
type volumeInfo struct {
	ID               string `json:"id"`
	Type             string `json:"type"`
	Size             int    `json:"size"` // GB
	IOPS             int    `json:"iops,omitempty"`
	Throughput       int    `json:"throughput,omitempty"`
	ResourceSpecCode string `json:"resource_spec_code,omitempty"`
	KMSID            string `json:"kms_id,omitempty"`
}

type securityGroup struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type autoscalePolicy struct {
	AutoscaleType         string `json:"autoscale_type,omitempty"`
	MaxAutoCreated        int    `json:"max_auto_created,omitempty"`
	MinIdle               int    `json:"min_idle,omitempty"`
	OnceAutoCreated       int    `json:"once_auto_created,omitempty"`
	MinRetention          int    `json:"min_retention,omitempty"`           // desktops
	IdleRetentionDuration int    `json:"idle_retention_duration,omitempty"` // minutes
	AutoIsolationEnable   bool   `json:"auto_isolation_enable,omitempty"`
	AutoIsolationMaxNum   int    `json:"auto_isolation_max_num,omitempty"`
}

type userResetPolicy struct {
	Enable           bool `json:"enable"`
	ResetCountPerDay int  `json:"reset_count_per_day"`
}
