package alibabasim

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

const (
	currency  = "CNY"
	promotion = "500041830970001" // the one promotion that there is: a tenth less
)

// price is in hundredths of the currency.
type price struct{ list, discount int64 }

func (p price) toPay() int64 { return p.list - p.discount }

// amount writes hundredths as a decimal number with two digits after the point.
func amount(hundredths int64) json.Number {
	return json.Number(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100))
}

// monthly is what a desktop costs a month, before discounts. Disks are in GiB.
func monthly(p product, system, data int) int64 {
	sum := int64(p.cpu)*1550 + int64(p.memory/1024)*525 + int64(system)*31 + int64(data)*27
	if p.gpu {
		sum += 80_000
	}
	return sum
}

// modification is what changes cost for a month. What becomes smaller costs nothing, and
// what is paid by the hour costs nothing now.
func modification(items []wanted) int64 {
	var sum int64
	for _, w := range items {
		d, after := w.desktop, w.desktop.changed
		after.take(w.to)
		then := d
		then.changed = after
		if d.payType() == payPre {
			sum += max(0, then.monthly()-d.monthly())
		}
	}
	return sum
}

func (d desktop) monthly() int64 { return monthly(d.product(), d.systemGiB(), d.dataGiB()) }

// price is what list comes to in this request: 15 % less, with the promotion 25 %.
func (p *params) price(list int64) price {
	if p.fault == fault.PriceMoved {
		list = list * 120 / 100
	}
	if p.text("PromotionId") == promotion {
		return price{list, list * 25 / 100}
	}
	return price{list, list * 15 / 100}
}

type priceAnswer struct {
	RequestID string    `json:"RequestId"`
	PriceInfo priceInfo `json:"PriceInfo"`
}

type priceInfo struct {
	Price        priceRow
	Rules        []priceRule
	FreeCdsQuota *bool `json:",omitempty"` // of a new desktop only, as the next
	FreeCdsSize  *int  `json:",omitempty"`
}

type priceRow struct {
	Currency      string
	OriginalPrice json.Number
	DiscountPrice json.Number
	TradePrice    json.Number
	SpPrice       *json.Number `json:",omitempty"`
	OrderLines    map[string]string
	Promotions    []promotionRow
}

type promotionRow struct {
	PromotionID   string `json:"PromotionId"`
	PromotionName string
	PromotionDesc string
	OptionCode    string
	Selected      bool
}

type priceRule struct {
	RuleID      int64 `json:"RuleId"`
	Description string
}

// priceInfo is the price of list in this request.
func (p *params) priceInfo(list int64) priceInfo {
	of := p.price(list)
	return priceInfo{
		Price: priceRow{
			Currency: currency, OriginalPrice: amount(of.list), DiscountPrice: amount(of.discount), TradePrice: amount(of.toPay()),
			OrderLines: map[string]string{},
			Promotions: []promotionRow{{promotion, "Autumn sale", "10 % off", "youhui_quan", p.text("PromotionId") == promotion}},
		},
		Rules: []priceRule{{100001, "15 % off for subscriptions"}},
	}
}

// describeModificationPrice prices what modifyDesktopSpec would order. A
// desktop need not be stopped for that, but it has to be a subscribed one.
func (s *Sim) describeModificationPrice(p *params) any {
	p.word("ResourceType", "Desktop") // network packages are not simulated
	if p.text("InstanceId") != "" {
		p.required("RootDiskSizeGib")
		p.required("UserDiskSizeGib")
	}
	items := s.readSpecs(p, "InstanceId", "InstanceType")
	for _, w := range items {
		if w.desktop.payType() != payPre {
			p.fail(errChargeType())
		}
	}
	if p.err != nil {
		return nil
	}
	return priceAnswer{p.requestID, p.priceInfo(modification(items))}
}

// describePrice prices new desktops.
func (s *Sim) describePrice(p *params) any {
	p.word("ResourceType", "Desktop") // nothing else is simulated
	to := findProduct(p.required("InstanceType"))
	if to.id == "" {
		p.fail(invalid("InstanceType"))
	}
	system, data := p.number("RootDiskSizeGib", 0, gatewayRoot, leastRoot), p.number("UserDiskSizeGib", 0, gatewayUser, 0)
	unit := p.word("PeriodUnit", "Hour", "Month", "Year")
	period, count := p.number("Period", 1, math.MaxInt16, 1), p.number("Amount", 1, 1000, 1)
	list := monthly(to, system, data)
	switch unit {
	case "Year":
		list *= 10 // two months are given away
	case "", "Hour":
		list /= 360 // by the hour it is twice as dear
	}
	info := p.priceInfo(list * int64(period) * int64(count))
	info.Price.SpPrice, info.FreeCdsQuota, info.FreeCdsSize = new(info.Price.TradePrice), new(false), new(0)
	return priceAnswer{p.requestID, info}
}
