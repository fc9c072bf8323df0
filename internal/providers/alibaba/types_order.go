package alibaba

import (
	"encoding/json"
	"time"
)

// modificationPrice is the answer of DescribeModificationPrice. Its amounts are
// numbers, which are kept as they are written.
type modificationPrice struct {
	RequestID string `json:"RequestId" wire:"ignore"`
	PriceInfo struct {
		Price struct {
			Currency      string          `json:"Currency"`
			OriginalPrice json.RawMessage `json:"OriginalPrice"`
			DiscountPrice json.RawMessage `json:"DiscountPrice"`
			TradePrice    json.RawMessage `json:"TradePrice"`
			Promotions    []promotion     `json:"Promotions"`

			OrderLines json.RawMessage `json:"OrderLines" wire:"ignore"`
		} `json:"Price"`
		Rules json.RawMessage `json:"Rules" wire:"ignore"`
	} `json:"PriceInfo"`
}

type promotion struct {
	ID       string `json:"PromotionId"`
	Name     string `json:"PromotionName"`
	Selected *bool  `json:"Selected"`

	Desc       json.RawMessage `json:"PromotionDesc" wire:"ignore"`
	OptionCode json.RawMessage `json:"OptionCode" wire:"ignore"`
}

// bookPage is the answer of QueryOrders and GetOrderDetail, operations of
// BssOpenApi. Success is checked where every answer is.
type bookPage struct {
	RequestID string          `json:"RequestId" wire:"ignore"`
	Code      string          `json:"Code" wire:"ignore"`
	Message   json.RawMessage `json:"Message" wire:"ignore"`
	Success   *bool           `json:"Success"`
	Data      struct {
		TotalCount *int `json:"TotalCount"`
		OrderList  struct {
			Order []bookedOrder   `json:"Order"`
			Raw   json.RawMessage `json:"-" wire:"raw"`
		} `json:"OrderList"`

		HostName json.RawMessage `json:"HostName" wire:"ignore"`
		PageNum  json.RawMessage `json:"PageNum" wire:"ignore"`
		PageSize json.RawMessage `json:"PageSize" wire:"ignore"`
	} `json:"Data"`
}

// bookedOrder is a row of QueryOrders, or of GetOrderDetail, which has one for
// each part of an order. Words are in another case in each, amounts are text.
type bookedOrder struct {
	OrderID       string          `json:"OrderId"`
	OrderType     string          `json:"OrderType"`
	PaymentStatus string          `json:"PaymentStatus"`
	CreateTime    time.Time       `json:"CreateTime"`
	Currency      string          `json:"Currency"`
	PretaxAmount  json.RawMessage `json:"PretaxAmount"`
	// The reference and the vendor's client spell it in two ways; a JSON array inside a text.
	InstanceIDs   string `json:"InstanceIDs"`
	OtherSpelling string `json:"InstanceIds"`

	otherBooked
}

// otherBooked is what the books say and nothing here asks for.
type otherBooked struct {
	AfterTaxAmount       json.RawMessage `json:"AfterTaxAmount" wire:"ignore"`
	BillModuleConfig     json.RawMessage `json:"BillModuleConfig" wire:"ignore"`
	CommodityCode        json.RawMessage `json:"CommodityCode" wire:"ignore"`
	Config               json.RawMessage `json:"Config" wire:"ignore"`
	ExtendInfos          json.RawMessage `json:"ExtendInfos" wire:"ignore"`
	Operator             json.RawMessage `json:"Operator" wire:"ignore"`
	OrderSubType         json.RawMessage `json:"OrderSubType" wire:"ignore"`
	OriginalConfig       json.RawMessage `json:"OriginalConfig" wire:"ignore"`
	OriginalModuleConfig json.RawMessage `json:"OriginalModuleConfig" wire:"ignore"`
	PaymentCurrency      json.RawMessage `json:"PaymentCurrency" wire:"ignore"`
	PaymentTime          json.RawMessage `json:"PaymentTime" wire:"ignore"`
	PretaxAmountLocal    json.RawMessage `json:"PretaxAmountLocal" wire:"ignore"`
	PretaxGrossAmount    json.RawMessage `json:"PretaxGrossAmount" wire:"ignore"`
	ProductCode          json.RawMessage `json:"ProductCode" wire:"ignore"`
	ProductType          json.RawMessage `json:"ProductType" wire:"ignore"`
	Quantity             json.RawMessage `json:"Quantity" wire:"ignore"`
	Region               json.RawMessage `json:"Region" wire:"ignore"`
	RelatedOrderID       json.RawMessage `json:"RelatedOrderId" wire:"ignore"`
	SubOrderID           json.RawMessage `json:"SubOrderId" wire:"ignore"`
	SubscriptionType     json.RawMessage `json:"SubscriptionType" wire:"ignore"`
	Tax                  json.RawMessage `json:"Tax" wire:"ignore"`
	UsageEndTime         json.RawMessage `json:"UsageEndTime" wire:"ignore"`
	UsageStartTime       json.RawMessage `json:"UsageStartTime" wire:"ignore"`
}
