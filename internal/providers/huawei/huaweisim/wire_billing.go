package huaweisim

// The types of this file are those of BSS, version 2 of its API, by the names of its own documents.

// customerOrder is CustomerOrderV2 of the list and CustomerOrderV3 of the details.
type customerOrder struct {
	OrderID             string     `json:"order_id"`
	CustomerID          string     `json:"customer_id"`
	ServiceTypeCode     string     `json:"service_type_code"`
	ServiceTypeName     string     `json:"service_type_name"`
	SourceType          int        `json:"source_type"` // 1: the customer
	Status              int        `json:"status"`
	OrderType           int        `json:"order_type"` // 3: change
	AmountAfterDiscount cents      `json:"amount_after_discount"`
	OfficialAmount      cents      `json:"official_amount"`
	MeasureID           int        `json:"measure_id"` // 1: yuan
	CreateTime          string     `json:"create_time"`
	PaymentTime         string     `json:"payment_time,omitempty"`
	Currency            string     `json:"currency"`
	AmountInfo          amountInfo `json:"amount_info"`
	// In the details only.
	UserName              string `json:"user_name,omitempty"`
	PendingPaymentEndTime string `json:"pending_payment_end_time,omitempty"`
}

// amountInfo is AmountInfomationV2.
type amountInfo struct {
	Discounts                 []discountItem `json:"discounts"`
	FlexipurchaseCouponAmount cents          `json:"flexipurchase_coupon_amount"`
	CouponAmount              cents          `json:"coupon_amount"`
	StoredCardAmount          cents          `json:"stored_card_amount"`
	CommissionAmount          cents          `json:"commission_amount"`
	ConsumedAmount            cents          `json:"consumed_amount"`
}

// discountItem is DiscountItemV2.
type discountItem struct {
	DiscountType   string `json:"discount_type"`
	DiscountAmount cents  `json:"discount_amount"`
}

// orderLineItem is OrderLineItemEntityV2. It names no resource.
type orderLineItem struct {
	OrderLineItemID     string     `json:"order_line_item_id"`
	ServiceTypeCode     string     `json:"service_type_code"`
	ServiceTypeName     string     `json:"service_type_name"`
	ProductID           string     `json:"product_id"`
	ProductSpecDesc     string     `json:"product_spec_desc"`
	PeriodType          int        `json:"period_type"` // 2: month
	PeriodNum           int        `json:"period_num"`
	EffectiveTime       string     `json:"effective_time,omitempty"`
	ExpireTime          string     `json:"expire_time,omitempty"`
	SubscriptionNum     int        `json:"subscription_num"`
	AmountAfterDiscount cents      `json:"amount_after_discount"`
	OfficialAmount      cents      `json:"official_amount"`
	AmountInfo          amountInfo `json:"amount_info"`
	Currency            string     `json:"currency"`
	CategoryCode        string     `json:"category_code"`
	ProductOwnerService string     `json:"product_owner_service"`
	CommercialResource  string     `json:"commercial_resource"`
	OrderID             string     `json:"order_id"`
}
