package alibabasim

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// The billing product, BssOpenApi. That these orders belong to a product ecd is chosen here.
const (
	billingVersion = "2017-12-14"
	productCode    = "ecd"
	lateListing    = 10 * time.Minute // by which the fault makes it late
)

// billingAnswer is the envelope of BssOpenApi, whose refusals come with HTTP 200.
type billingAnswer struct {
	RequestID string `json:"RequestId"`
	Success   bool
	Code      string
	Message   string
	Data      any `json:",omitempty"`
}

type orderPage struct {
	HostName   string
	PageNum    int
	PageSize   int
	TotalCount int
	OrderList  struct{ Order []any }
}

func billed(p *params, data any) billingAnswer {
	return billingAnswer{RequestID: p.requestID, Success: true, Code: "Success", Message: "Successful!", Data: data}
}

// orderRow is an order in QueryOrders, whose words begin with capitals.
type orderRow struct {
	OrderID           string `json:"OrderId"`
	RelatedOrderID    string `json:"RelatedOrderId,omitempty"`
	OrderType         string // New, Renew, Upgrade, Refund
	PaymentStatus     string // Unpaid, Paid, Cancelled
	PaymentTime       string `json:",omitempty"`
	CreateTime        string
	SubscriptionType  string
	ProductCode       string
	ProductType       string
	CommodityCode     string
	Currency          string
	PaymentCurrency   string
	PretaxGrossAmount string
	PretaxAmount      string
	AfterTaxAmount    string
	Tax               string
}

// orderDetail is an order in GetOrderDetail, whose words do not: upgrade, canceled.
type orderDetail struct {
	orderRow
	SubOrderID     string `json:"SubOrderId"`
	OrderSubType   string
	Region         string
	Quantity       string
	InstanceIDs    string // a JSON array
	UsageStartTime string
	UsageEndTime   string
	Config         string
	OriginalConfig string
}

func (o *order) row() orderRow {
	r := orderRow{
		OrderID: o.ID, OrderType: "Upgrade", CreateTime: whole(o.CreatedAt.UTC()), SubscriptionType: "Subscription", ProductCode: productCode,
		CommodityCode: "ecd_desktop_pre", Currency: currency, PaymentCurrency: currency, Tax: "0",
		PretaxGrossAmount: string(amount(o.price.list)), PretaxAmount: string(amount(o.price.toPay())), AfterTaxAmount: string(amount(o.price.toPay())),
	}
	switch o.PaymentStatus {
	case payUnpaid:
		r.PaymentStatus = "Unpaid"
	case payPaid:
		r.PaymentStatus, r.PaymentTime = "Paid", whole(o.paidAt.UTC())
	case payCanceled:
		r.PaymentStatus = "Cancelled"
	}
	return r
}

func (o *order) detail(region string) orderDetail {
	ids, _ := json.Marshal(o.DesktopIDs) // strings
	d := orderDetail{
		orderRow: o.row(), SubOrderID: o.ID + "01", OrderSubType: "upgrade", Region: region, Quantity: digits(len(o.items)),
		InstanceIDs: string(ids), UsageStartTime: whole(o.CreatedAt.UTC()), UsageEndTime: whole(o.CreatedAt.UTC().AddDate(0, 1, 0)),
		Config: "desktopType:" + o.DesktopType, OriginalConfig: "desktopType:" + o.items[0].desktop.product().id,
	}
	d.OrderType, d.PaymentStatus = "upgrade", o.PaymentStatus
	return d
}

// listed is true for an order that the billing product knows of already.
func (s *Sim) listed(p *params, o *order) bool {
	delay := s.c.BillingDelay
	if p.fault == fault.LateListing {
		delay = max(delay, lateListing)
	}
	return o.ID != "" && p.now.Sub(o.CreatedAt) >= delay
}

// getOrderDetail answers an unknown order with an empty list, which the vendor leaves open.
func (s *Sim) getOrderDetail(p *params) any {
	page := orderPage{HostName: accountID, PageNum: 1, PageSize: 20}
	page.OrderList.Order = []any{}
	if o := s.book.byID[p.required("OrderId")]; o != nil && s.listed(p, o) {
		page.TotalCount, page.OrderList.Order = 1, []any{o.detail(s.c.Region)}
	}
	return billed(p, page)
}

// queryOrders lists the newest orders first, by default those of the last hour. Both ends
// of the window belong to it.
func (s *Sim) queryOrders(p *params) any {
	end := p.time("CreateTimeEnd", p.now)
	start := p.time("CreateTimeStart", end.Add(-time.Hour))
	product, kind := p.text("ProductCode"), p.word("OrderType", "New", "Renew", "Upgrade", "Refund")
	status := p.word("PaymentStatus", "Unpaid", "Paid", "Cancelled")
	page := orderPage{HostName: accountID, PageNum: p.number("PageNum", 1, 1<<20, 1), PageSize: p.number("PageSize", 1, 300, 20)}
	page.OrderList.Order = []any{}
	for i := len(s.book.orders) - 1; i >= 0; i-- {
		o := s.book.orders[i]
		created, row := o.CreatedAt.Truncate(time.Second), o.row()
		if !s.listed(p, o) || created.Before(start) || created.After(end) ||
			!is(product, row.ProductCode) || !is(kind, row.OrderType) || !is(status, row.PaymentStatus) {
			continue
		}
		if n := page.TotalCount - (page.PageNum-1)*page.PageSize; n >= 0 && n < page.PageSize {
			page.OrderList.Order = append(page.OrderList.Order, row)
		}
		page.TotalCount++
	}
	return billed(p, page)
}

// cancelOrder cancels an unpaid order. The codes of its refusals are chosen here.
func (s *Sim) cancelOrder(p *params) any {
	id := p.required("OrderId")
	if p.err != nil {
		return nil
	}
	o, err := s.unpaid(id)
	switch {
	case errors.Is(err, errNoOrder):
		return billingAnswer{RequestID: p.requestID, Code: "OrderNotExist", Message: "The order does not exist."}
	case err != nil:
		return billingAnswer{RequestID: p.requestID, Code: "InvalidOrderStatus", Message: "Only an unpaid order can be canceled."}
	}
	o.PaymentStatus = payCanceled
	return billed(p, map[string]string{"HostId": accountID})
}
