package alibaba

import (
	"github.com/deskpool/deskpool/internal/pool"
)

const (
	modifySpec = "ModifyDesktopSpec"
	resetAll   = "ResetDesktops"

	maxTarget   = 1000 // desktops of one order
	maxInCall   = 20   // of one ModifyDesktopSpec, and of one DescribeModificationPrice
	maxAtOnce   = 4    // reads of one plan or price at a time
	planOp      = "plan an order"
	priceOp     = "price an order"
	placeOp     = "place an order"
	lookOp      = "look up an order"
	codeInvalid = "INVALID"
	codeRange   = "OUT_OF_RANGE"
	codeWord    = "NOT_ALLOWED"
	codeType    = "NOT_SUPPORTED"
)

// orderer implements pool.Orderer: through ModifyDesktopSpec, which changes up
// to 20 desktops and makes an order, and ResetDesktops, which is free of charge.
type orderer struct {
	*reader
	bss *rpcClient // the books of the account
}

// ordering says what this cloud takes orders for. Nothing adds a volume to a
// desktop, and collaboration is not for sale.
func ordering(o *orderer) *pool.Ordering {
	paid := []pool.Parameter{
		{Name: "promotion_plan_id", Type: pool.TextParameter},
		{Name: "auto_pay", Type: pool.BooleanParameter},
	}
	return &pool.Ordering{
		Orderer: o,
		Types: []pool.OrderSupport{
			{Type: pool.ResizeOrder, Price: true, Parameters: append([]pool.Parameter{
				{Name: "product_id", Type: pool.TextParameter, Required: true},
			}, paid...)},
			{Type: pool.ExtendVolumeOrder, Price: true, Parameters: append([]pool.Parameter{
				{Name: "disk_id", Type: pool.TextParameter, Required: true},
				{Name: "new_size_gib", Type: pool.IntegerParameter, Required: true, Min: new(minDataGiB), Max: new(maxDataGiB), Step: new(stepGiB)},
			}, paid...)},
			{Type: pool.ChangeImageOrder, Parameters: []pool.Parameter{
				{Name: "image_id", Type: pool.TextParameter, Required: true},
			}},
		},
		MaxDesktops: maxTarget,
	}
}
