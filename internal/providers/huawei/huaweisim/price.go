package huaweisim

import (
	"fmt"
	"strconv"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// cents is an amount in hundredths of a yuan. In JSON it is a number with two digits after the point.
type cents int

// MarshalJSON implements json.Marshaler.
func (c cents) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%d.%02d", c/100, c%100), nil }

// price is what a change costs for the month that is left (chosen, as are all
// prices). The official website takes off a tenth, and a promotion that the customer may take a twentieth more.
type price struct{ original, website, optional cents }

func (p price) official() cents { return p.original - p.website }

// price is the price of a change for all desktops of a target; the fault price_moved makes it a fifth dearer.
func (s *Sim) price(c *call, ch *change, t target) price {
	each := ch.each(t.template())
	if fault.Of(c.r) == fault.PriceMoved {
		each = each * 6 / 5
	}
	n, website := cents(t.desktops()), each/10
	return price{original: each * n, website: website * n, optional: (each - website) / 20 * n}
}

// each is what a change costs for one desktop. A smaller product costs nothing, and nothing is paid back.
func (c *change) each(now *poolInfo) cents {
	switch c.kind {
	case addVolume:
		return gigabytePrice(c.volume.Type) * cents(c.volume.Size)
	case extendVolume:
		for _, v := range now.volumes() {
			if v.ID == c.volume.ID {
				return gigabytePrice(v.Type) * cents(max(0, c.volume.Size-v.Size))
			}
		}
	case resize:
		return max(0, productPrice(c.product)-productPrice(now.Product))
	case changeImage:
		if c.image.ProductCode != "" {
			return 1230
		}
	case addSubResources:
		return 2000
	}
	return 0
}

func gigabytePrice(volumeType string) cents {
	return map[string]cents{"SATA": 30, "SAS": 35, "GPSSD": 70, "SSD": 100, "ESSD": 155}[volumeType]
}

func productPrice(p productInfo) cents {
	cpu, _ := strconv.Atoi(p.CPU) // our own
	each := cents(cpu) * 4990
	if p.GPUDesc != "" {
		each += 80000
	}
	return each
}

// rating is OfficialWebsiteRatingResult and, less what follows PerPeriodType,
// ProductRatingResult. Amounts with "per" are those of a month, which is all that is left here.
type rating struct {
	Amount                 cents           `json:"amount"`
	OfficialAmount         cents           `json:"official_website_amount"`
	OriginalAmount         cents           `json:"original_amount"`
	OfficialDiscountAmount cents           `json:"official_website_discount_amount"`
	OptionalDiscountAmount cents           `json:"optional_discount_amount"`
	DiscountAmount         cents           `json:"discount_amount"`
	PerAmount              cents           `json:"per_amount"`
	PerDiscountAmount      cents           `json:"per_discount_amount"`
	PerOriginalAmount      cents           `json:"per_original_amount"`
	PerPeriodType          int             `json:"per_period_type"` // 2: month
	MeasureID              int             `json:"measure_id"`      // 1: yuan
	Products               []productRating `json:"product_rating_results,omitempty"`
}

type productRating struct {
	ID        string `json:"id"`
	ProductID string `json:"product_id"`
	rating
	PerOfficialAmount         cents  `json:"per_official_website_amount"`
	PerOfficialDiscountAmount cents  `json:"per_official_website_discount_amount"`
	PerOptionalDiscountAmount cents  `json:"per_optional_discount_amount"`
	ExtendParams              string `json:"extend_params"`
}

// optionalRating is OptionalDiscountRatingResult.
type optionalRating struct {
	DiscountID string `json:"discount_id"`
	rating
	PerOfficialAmount         cents  `json:"per_official_website_amount"`
	PerOfficialDiscountAmount cents  `json:"per_official_website_discount_amount"`
	PerOptionalDiscountAmount cents  `json:"per_optional_discount_amount"`
	DiscountType              int    `json:"discount_type"`
	DiscountName              string `json:"discount_name"`
	BestOffer                 int    `json:"best_offer"`
	SameRatioFlag             int    `json:"same_ratio_flag"`
	DiscountRatio             cents  `json:"discount_ratio"`
	PromotionInfo             string `json:"promotion_info"`
}

// rating is the price less an optional discount.
func (p price) rating(optional cents) rating {
	amount := p.official() - optional
	return rating{
		Amount: amount, OfficialAmount: p.official(), OriginalAmount: p.original,
		OfficialDiscountAmount: p.website, OptionalDiscountAmount: optional, DiscountAmount: p.website + optional,
		PerAmount: amount, PerDiscountAmount: p.website + optional, PerOriginalAmount: p.original, PerPeriodType: 2, MeasureID: 1,
	}
}

// whole is a rating with that of its product.
func (p price) whole(optional cents, productID string) rating {
	r := p.rating(optional)
	r.Products = []productRating{{ID: "1", ProductID: productID, rating: r, PerOfficialAmount: p.official(),
		PerOfficialDiscountAmount: p.website, PerOptionalDiscountAmount: optional, ExtendParams: "{}"}}
	return r
}

// inquire answers the price of a type of change, and changes nothing. Prices of
// pools that are being changed are told, too (chosen).
func inquire(kind string) func(*Sim, *call) (reply, *failure) {
	return func(s *Sim, c *call) (reply, *failure) {
		f := readFields(c.body)
		if f.fault != nil {
			return reply{}, f.fault
		}
		change := f.change(kind)
		if f.fault != nil {
			return reply{}, f.fault
		}
		targets, err := s.resolve(&change, c.world)
		if err != nil {
			return reply{}, err
		}
		var sum price
		for _, t := range targets {
			p := s.price(c, &change, t)
			sum = price{sum.original + p.original, sum.website + p.website, sum.optional + p.optional}
		}
		return reply{body: sum.inquiry(change.spec(targets[0].template()))}, nil
	}
}

// inquiry is the answer of all inquiries, with one rating for all targets (chosen).
func (p price) inquiry(productID string) map[string]any {
	result := map[string]any{"order_request_id": "1", "official_website_rating_result": p.whole(0, productID)}
	offers := []optionalRating{}
	if p.optional > 0 {
		offers = append(offers, optionalRating{
			DiscountID: "PDG0001", rating: p.whole(p.optional, productID), PerOfficialAmount: p.official(),
			PerOfficialDiscountAmount: p.website, PerOptionalDiscountAmount: p.optional,
			DiscountType: 700, DiscountName: "Office promotion", BestOffer: 1, SameRatioFlag: 1, DiscountRatio: 95,
			PromotionInfo: `{"promotionId":"PDG0001"}`,
		})
	}
	result["optional_discount_rating_results"] = offers
	return map[string]any{"currency": "CNY", "cloud_service_rating_results": []any{result}}
}

// spec is the product that BSS bills for a change.
func (c *change) spec(now *poolInfo) string {
	switch c.kind {
	case addVolume:
		return volumeSpec(c.volume.Type)
	case extendVolume:
		for _, v := range now.volumes() {
			if v.ID == c.volume.ID {
				return volumeSpec(v.Type)
			}
		}
	case resize:
		return c.productID
	case changeImage:
		return c.image.ProductCode
	case addSubResources:
		return c.sku
	}
	return ""
}
