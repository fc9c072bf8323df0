package huawei

import (
	"encoding/json"

	"github.com/deskpool/deskpool/internal/pool"
)

// orderer orders changes to yearly/monthly pools and their desktops.
type orderer struct {
	r       *reader
	billing *caller
}

const (
	opOrder     = "place an order"
	orderName   = "CreateDesktopPoolChangeOrder"
	orderPath   = "/desktop-pool/periodic/change/order" // desktop-pool is singular here, and only here
	inquiryPath = "/desktop-pool/periodic/inquiry/"
	// addResourcesPath prices what goes with desktops; there is no such call for pools alone.
	addResourcesPath = "/periodic/inquiry/add-resources"
)

// wireOrder is an order in the vendor's words. Its parameter object is the one that the type names.
func wireOrder(o pool.Order) changeOrder {
	target := orderTarget{DesktopIDs: o.DesktopIDs, PromotionID: o.PromotionPlanID}
	if len(o.DesktopIDs) == 0 {
		target.PoolID = o.PoolID
	}
	w := changeOrder{Type: o.Type}
	switch {
	case o.Type == pool.AddVolumeOrder && o.AddVolume != nil:
		w.AddVolume = &addVolumeParam{target, o.AddVolume.VolumeType, o.AddVolume.VolumeSizeGiB}
	case o.Type == pool.ExtendVolumeOrder && o.ExtendVolume != nil:
		w.ExtendVolume = &extendVolumeParam{target, o.ExtendVolume.DiskID, o.ExtendVolume.NewSizeGiB}
	case o.Type == pool.ResizeOrder && o.Resize != nil:
		w.Resize = &resizeParam{orderTarget: target, ProductID: o.Resize.ProductID}
		if o.Resize.StopRunning {
			w.Resize.Mode = stopDesktop
		}
	case o.Type == pool.ChangeImageOrder && o.ChangeImage != nil:
		i := o.ChangeImage
		w.ChangeImage = &changeImageParam{target, i.ImageSpecCode, i.ImageID, i.NoticeMinutes, i.Message}
	case o.Type == pool.AddSubResourcesOrder && o.AddSubResources != nil:
		w.AddSubResources = &addSubResourcesParam{target, o.AddSubResources.SKU}
	case o.Type == pool.DeleteSubResourcesOrder && o.DeleteSubResources != nil:
		w.DeleteSubResources = &deleteSubResourceParam{target, o.DeleteSubResources.Type}
	}
	return w
}

// inquiry is the call that prices an order; false: there is none. It takes the
// order's own object, less what only the carrying out needs.
func (w changeOrder) inquiry() (k call, body any, ok bool) {
	k.op = "price an order"
	switch {
	case w.AddVolume != nil:
		k.operation, k.path, body = "EstimateDesktopPoolAddVolume", inquiryPath+"add-volume", w.AddVolume
	case w.ExtendVolume != nil:
		k.operation, k.path, body = "EstimateDesktopPoolExtendVolume", inquiryPath+"extend-volume", w.ExtendVolume
	case w.Resize != nil:
		resize := *w.Resize
		resize.Mode = ""
		k.operation, k.path, body = "EstimateDesktopPoolResize", inquiryPath+"resize", resize
	case w.ChangeImage != nil:
		image := *w.ChangeImage
		image.DelayTime, image.Message = nil, ""
		k.operation, k.path, body = "EstimateDesktopPoolChangeImage", inquiryPath+"change-image", image
	case w.AddSubResources != nil:
		k.operation, k.path, body = "EstimateAddResources", addResourcesPath, w.AddSubResources
	default:
		return call{}, nil, false
	}
	return k, body, true
}

// encode cannot fail: all bodies are made of texts and whole numbers.
func encode(body any) json.RawMessage {
	b, _ := json.Marshal(body)
	return b
}

// orderTypes are all types there are. Auto-pay is none of their parameters: the
// vendor's call has none. Words and lengths that differ by region, or are not documented, are not bounded.
func orderTypes() []pool.OrderSupport {
	const text, integer, boolean = pool.TextParameter, pool.IntegerParameter, pool.BooleanParameter
	between := func(name string, least, most int) pool.Parameter {
		return pool.Parameter{Name: name, Type: integer, Required: true, Min: &least, Max: &most}
	}
	need := func(name string) pool.Parameter { return pool.Parameter{Name: name, Type: text, Required: true} }
	notice := between("notice_minutes", 0, 15)
	notice.Required = false
	shared := need("sub_resource_type")
	shared.Allowed = []string{"DESKTOP_SHARER"}
	promotion, message := 255, 400
	support := func(t pool.OrderType, price bool, parameters ...pool.Parameter) pool.OrderSupport {
		parameters = append(parameters, pool.Parameter{Name: "promotion_plan_id", Type: text, Length: &promotion})
		return pool.OrderSupport{Type: t, Parameters: parameters, Price: price}
	}
	return []pool.OrderSupport{
		support(pool.AddVolumeOrder, true, need("volume_type"), between("volume_size_gib", 10, 8200)),
		support(pool.ExtendVolumeOrder, true, need("disk_id"), between("new_size_gib", 10, 8200)),
		support(pool.ResizeOrder, true, need("product_id"), pool.Parameter{Name: "stop_running", Type: boolean}),
		support(pool.ChangeImageOrder, true,
			pool.Parameter{Name: "image_id", Type: text}, pool.Parameter{Name: "image_spec_code", Type: text},
			notice, pool.Parameter{Name: "message", Type: text, Length: &message}),
		support(pool.AddSubResourcesOrder, true, need("sku")),
		support(pool.DeleteSubResourcesOrder, false, shared),
	}
}
