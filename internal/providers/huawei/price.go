package huawei

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// Price asks one of the vendor's inquiries: POSTs that change nothing, and may be repeated.
func (o *orderer) Price(ctx context.Context, order pool.Order, _ pool.Plan) (pool.Price, error) {
	k, body, ok := wireOrder(order).inquiry()
	if !ok {
		return pool.Price{Reason: pool.NoPriceCall}, nil
	}
	k.body = encode(body)
	var said inquiry
	a, err := o.r.c.get(ctx, k, &said, o.r.drift)
	if err != nil {
		return pool.Price{}, err
	}
	price := said.price()
	price.Parts = []pool.Part{a.part(a.body)}
	return price, nil
}

// inquiry is the answer of every price inquiry.
type inquiry struct {
	inBodyError
	Currency string   `json:"currency"`
	Results  []priced `json:"cloud_service_rating_results"`
}

// priced is the price of one order.
type priced struct {
	Official *rating  `json:"official_website_rating_result"`
	Optional []rating `json:"optional_discount_rating_results"`

	RequestID ignored `json:"order_request_id" wire:"ignore"`
}

// rating is what an order costs, or would cost with one of the optional
// discounts. Amounts are numbers, kept as they are written.
type rating struct {
	Amount           json.RawMessage `json:"amount"` // to be paid
	OfficialAmount   json.RawMessage `json:"official_website_amount"`
	OriginalAmount   json.RawMessage `json:"original_amount"`
	OfficialDiscount json.RawMessage `json:"official_website_discount_amount"`
	OptionalDiscount json.RawMessage `json:"optional_discount_amount"`
	Discount         json.RawMessage `json:"discount_amount"`
	Measure          *int            `json:"measure_id"` // 1: the currency's unit
	DiscountID       string          `json:"discount_id"`
	DiscountName     string          `json:"discount_name"`

	PerAmount   ignored `json:"per_amount" wire:"ignore"`
	PerDiscount ignored `json:"per_discount_amount" wire:"ignore"`
	PerOriginal ignored `json:"per_original_amount" wire:"ignore"`
	PerOfficial ignored `json:"per_official_website_amount" wire:"ignore"`
	PerOff      ignored `json:"per_official_website_discount_amount" wire:"ignore"`
	PerOptional ignored `json:"per_optional_discount_amount" wire:"ignore"`
	PerPeriod   ignored `json:"per_period_type" wire:"ignore"`
	Products    ignored `json:"product_rating_results" wire:"ignore"`
	Type        ignored `json:"discount_type" wire:"ignore"`
	BestOffer   ignored `json:"best_offer" wire:"ignore"`
	SameRatio   ignored `json:"same_ratio_flag" wire:"ignore"`
	Ratio       ignored `json:"discount_ratio" wire:"ignore"`
	Promotion   ignored `json:"promotion_info" wire:"ignore"`
}

// unitMeasure is the measure_id of whole units of the currency.
const unitMeasure = 1

// money is an amount of the rating.
func (r rating) money(said json.RawMessage, currency string) *pool.Money {
	return money(said, currency, r.Measure)
}

// money reads a number, or a text that holds one, digit for digit; nil if it is neither, or the
// currency or the unit is not known.
func money(said json.RawMessage, currency string, measure *int) *pool.Money {
	if currency == "" || measure != nil && *measure != unitMeasure {
		return nil
	}
	m, err := pool.NewMoney(strings.Trim(string(said), `"`), currency)
	if err != nil {
		return nil
	}
	return &m
}

// price adds up what the orders cost. It is the official result, which holds
// without any choice. The optional discounts are for whoever pays to choose
// from: they are named, and not taken off.
func (i inquiry) price() pool.Price {
	var p pool.Price
	amounts, lists := sum{known: len(i.Results) > 0}, sum{known: len(i.Results) > 0}
	for _, result := range i.Results {
		var official rating
		if result.Official != nil {
			official = *result.Official
		}
		list := official.money(official.OriginalAmount, i.Currency)
		if list == nil {
			list = official.money(official.OfficialAmount, i.Currency)
		}
		amounts.add(official.money(official.Amount, i.Currency))
		lists.add(list)
		if off := official.money(official.OfficialDiscount, i.Currency); off != nil && !zero(*off) {
			p.Discounts = discounted(p.Discounts, pool.Discount{Name: "official website discount", Amount: off})
		}
		for _, r := range result.Optional {
			off := r.money(r.OptionalDiscount, i.Currency)
			if off == nil {
				off = r.money(r.Discount, i.Currency)
			}
			name := clean(r.DiscountName+" (optional)", maxText)
			p.Discounts = discounted(p.Discounts, pool.Discount{ID: clean(r.DiscountID, maxCode), Name: name, Amount: off})
		}
	}
	p.Amount, p.ListAmount = amounts.total(), lists.total()
	if p.Amount == nil {
		p.Reason = pool.PriceNotOffered
	}
	return p
}

// sum is of amounts, and known as long as all of them are.
type sum struct {
	known bool
	m     *pool.Money
}

func (s *sum) add(m *pool.Money) {
	switch {
	case !s.known:
	case m == nil:
		s.known = false
	case s.m == nil:
		s.m = m
	default:
		both, err := s.m.Add(*m)
		s.known, s.m = err == nil, &both
	}
}

func (s *sum) total() *pool.Money {
	if !s.known {
		return nil
	}
	return s.m
}

// discounted adds a discount to those of the same id and name.
func discounted(all []pool.Discount, d pool.Discount) []pool.Discount {
	for i, same := range all {
		if same.ID == d.ID && same.Name == d.Name {
			s := sum{known: true}
			s.add(same.Amount)
			s.add(d.Amount)
			all[i].Amount = s.total()
			return all
		}
	}
	return append(all, d)
}

func zero(m pool.Money) bool {
	c, err := m.Cmp(pool.Money{Amount: "0", Currency: m.Currency})
	return err == nil && c == 0
}
