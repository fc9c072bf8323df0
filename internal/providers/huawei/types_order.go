package huawei

import (
	"encoding/json"

	"github.com/deskpool/deskpool/internal/pool"
)

// changeOrder is the body of CreateDesktopPoolChangeOrder: the object that the
// type names, and no other.
type changeOrder struct {
	Type               pool.OrderType          `json:"type"`
	AddVolume          *addVolumeParam         `json:"add_volume_param,omitempty"`
	ExtendVolume       *extendVolumeParam      `json:"extend_volume_param,omitempty"`
	Resize             *resizeParam            `json:"resize_param,omitempty"`
	ChangeImage        *changeImageParam       `json:"change_image_param,omitempty"`
	AddSubResources    *addSubResourcesParam   `json:"add_sub_resources_param,omitempty"`
	DeleteSubResources *deleteSubResourceParam `json:"delete_sub_resources_param,omitempty"`
}

// orderTarget begins every object. Of pool and desktops one is given: of both the cloud takes the desktops.
type orderTarget struct {
	PoolID      string   `json:"desktop_pool_id,omitempty"`
	DesktopIDs  []string `json:"desktop_ids,omitempty"`
	PromotionID string   `json:"promotion_plan_id,omitempty"`
}

// addVolumeParam is EstimateAddVolumeRequestBody.
type addVolumeParam struct {
	orderTarget
	VolumeType string `json:"volume_type"`
	VolumeSize int    `json:"volume_size"` // GB
}

// extendVolumeParam is EstimateExtendVolumeRequestBody.
type extendVolumeParam struct {
	orderTarget
	DiskID  string `json:"desktop_pool_disk_id"`
	NewSize int    `json:"new_size"` // GB in all
}

// resizeParam is CreateResizeOrderRequestBody.
type resizeParam struct {
	orderTarget
	ProductID string `json:"product_id"`
	Mode      string `json:"mode,omitempty"`
}

// stopDesktop is the only mode there is: running desktops are stopped first.
const stopDesktop = "STOP_DESKTOP"

// changeImageParam is CreateChangeImageOrderRequestBody.
type changeImageParam struct {
	orderTarget
	ImageSpecCode string `json:"image_spec_code,omitempty"`
	ImageID       string `json:"image_id,omitempty"`
	DelayTime     *int   `json:"delay_time,omitempty"` // minutes
	Message       string `json:"message,omitempty"`
}

// addSubResourcesParam is EstimateAddSubResourcesRequestBody.
type addSubResourcesParam struct {
	orderTarget
	SKU string `json:"sub_resource_sku"`
}

// deleteSubResourceParam is CreateDeleteSubResourcesOrderRequestBody.
type deleteSubResourceParam struct {
	orderTarget
	Type string `json:"sub_resource_type"`
}

// changeOrders is the answer of CreateDesktopPoolChangeOrder. What it means is judged by orderState.
type changeOrders struct {
	inBodyError
	Orders []orderV5 `json:"orders"`
}

// orderV5 is one order, or why there is none.
type orderV5 struct {
	Raw     json.RawMessage `wire:"raw"`
	ID      string          `json:"order_id"`
	Status  *int            `json:"order_status"`
	Result  string          `json:"result"` // SUCCESS, FAIL; absent in the vendor's example
	Code    string          `json:"result_code"`
	Message string          `json:"result_msg"`

	JobID ignored `json:"job_id" wire:"ignore"`
}
