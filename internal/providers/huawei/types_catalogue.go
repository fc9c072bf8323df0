package huawei

import (
	"encoding/json"
	"time"
)

// productList is the answer of ListProducts.
type productList struct {
	inBodyError
	Total *int         `json:"total_count"`
	Rows  []productRow `json:"products"` // one object where there is one, as an example has it

	OSType       ignored `json:"os_type" wire:"ignore"`
	Architecture ignored `json:"architecture" wire:"ignore"`
	Zone         ignored `json:"availability_zone" wire:"ignore"`
}

type productRow struct {
	Raw json.RawMessage `wire:"raw"`
	product

	ProductDesc    ignored `json:"product_desc" wire:"ignore"`
	Names          ignored `json:"name" wire:"ignore"` // by language, as descriptions are in one
	ShareSpaceSize ignored `json:"share_space_size" wire:"ignore"`
}

// volumeProducts is the answer of ListVolumeProductInfo.
type volumeProducts struct {
	inBodyError
	Rows []volumeProduct `json:"volumes"`
}

type volumeProduct struct {
	Raw    json.RawMessage `wire:"raw"`
	Type   string          `json:"volume_type"` // what orders name
	Status string          `json:"status"`

	Names        ignored `json:"name" wire:"ignore"`
	SpecCode     ignored `json:"resource_spec_code" wire:"ignore"`
	ProductType  ignored `json:"volume_product_type" wire:"ignore"`
	ResourceType ignored `json:"resource_type" wire:"ignore"`
	ServiceType  ignored `json:"cloud_service_type" wire:"ignore"`
	IOPS         ignored `json:"iops" wire:"ignore"`
	Throughput   ignored `json:"throughput" wire:"ignore"`
}

// imageList is the answer of ListImages.
type imageList struct {
	inBodyError
	Total *int       `json:"total_count"`
	Rows  []imageRow `json:"images"`
}

type imageRow struct {
	Raw         json.RawMessage `wire:"raw"`
	ID          string          `json:"id"`
	Kind        string          `json:"image_type"` // gold, private, market
	Name        string          `json:"name"`
	OSType      string          `json:"os_type"`
	OSVersion   string          `json:"os_version"`
	MinDiskGB   *int            `json:"min_disk"`
	ProductCode string          `json:"product_code"`
	Created     time.Time       `json:"created_at"`

	Architecture ignored `json:"architecture" wire:"ignore"`
	DiskFormat   ignored `json:"disk_format" wire:"ignore"`
	MinRAM       ignored `json:"min_ram" wire:"ignore"`
	KMS          ignored `json:"kms_id" wire:"ignore"`
}
