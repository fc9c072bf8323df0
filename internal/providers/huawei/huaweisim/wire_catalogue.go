package huaweisim

// productRow is a product of ListProducts: a ProductInfo without flavor_id, and more.
type productRow struct {
	productInfo
	FlavorID       string            `json:"flavor_id,omitempty"` // hides that of ProductInfo: not said here
	CPUDesc        string            `json:"cpu_desc,omitempty"`
	VRAM           string            `json:"vram,omitempty"` // GB
	DataDiskSize   string            `json:"data_disk_size,omitempty"`
	ProductDesc    map[string]string `json:"product_desc,omitempty"` // by language
	Name           map[string]string `json:"name,omitempty"`
	ShareSpaceSize int               `json:"share_space_size,omitempty"` // users who can work together
}

// imageInfo is ImageInfo.
type imageInfo struct {
	ID           string `json:"id"`
	ImageType    string `json:"image_type"` // gold: everybody's; private
	OSType       string `json:"os_type"`
	Architecture string `json:"architecture"`
	OSVersion    string `json:"os_version"`
	DiskFormat   string `json:"disk_format"`
	Name         string `json:"name"`
	MinRAM       int    `json:"min_ram"`  // MB
	MinDisk      int    `json:"min_disk"` // GB
	ProductCode  string `json:"product_code,omitempty"`
	CreatedAt    string `json:"created_at"`
	KMSID        string `json:"kms_id,omitempty"`
}

// zoneInfo is AvailabilityZoneInfo.
type zoneInfo struct {
	AvailabilityZone string            `json:"availability_zone"`
	DisplayName      string            `json:"display_name"`
	I18n             map[string]string `json:"i18n"`
	SoldOut          soldOutInfo       `json:"sold_out"`
	ProductIDs       []string          `json:"product_ids"` // empty: all
	Visible          bool              `json:"visible"`
	Default          bool              `json:"default_availability_zone"`
}

type soldOutInfo struct {
	Products []string `json:"products"`
}

// volumeProduct is VolumeProductInfo.
type volumeProduct struct {
	ResourceSpecCode  string           `json:"resource_spec_code"`
	VolumeType        string           `json:"volume_type"`
	VolumeProductType string           `json:"volume_product_type"`
	ResourceType      string           `json:"resource_type"`
	CloudServiceType  string           `json:"cloud_service_type"`
	Name              []i18nText       `json:"name"`
	Status            string           `json:"status"`
	IOPS              *iopsRange       `json:"iops,omitempty"`
	Throughput        *throughputRange `json:"throughput,omitempty"`
}

type i18nText struct {
	Language string `json:"language"`
	Value    string `json:"value"`
}

type iopsRange struct {
	Min         int `json:"min"`
	Max         int `json:"max"`
	RangeBySize int `json:"range_by_size"`
}

type throughputRange struct {
	Min         int   `json:"min"`
	Max         int   `json:"max"`
	RangeByIOPS cents `json:"range_by_iops"`
}
