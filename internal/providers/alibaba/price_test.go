package alibaba

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// priceAt plans an order at o and prices it.
func priceAt(t *testing.T, o *office, order pool.Order) (pool.Price, *cloud, error) {
	t.Helper()
	c := o.open(t)
	p, err := c.source.Ordering.Price(t.Context(), order, plan(t, c, order))
	return p, c, err
}

// pricedAt answers every price inquiry with one Price.
func pricedAt(price string) map[string]func(url.Values) (int, string) {
	return answering("DescribeModificationPrice", 200, `{"RequestId":"R-P","PriceInfo":{"Price":`+price+`,"Rules":[{"RuleId":1587,"Description":"a rule"}]}}`)
}

// TestPriceExample prices with the sample of the page DescribeModificationPrice.
func TestPriceExample(t *testing.T) {
	o := &office{desktops: []desk{{id: "ecd-b", system: 80, data: 100}, {id: "ecd-a", system: 90}}, give: pricedAt(
		`{"Currency":"CNY","OriginalPrice":79,"DiscountPrice":15.8,"TradePrice":63.2,"OrderLines":{"k":"v"},
		"Promotions":[{"PromotionId":"promo_option","PromotionName":"test","PromotionDesc":"test","OptionCode":"test","Selected":true},{"PromotionId":"other","Selected":false}]}`)}
	order := resize("dg-1")
	order.PromotionPlanID = "promo_option"
	got, c, err := priceAt(t, o, order)
	if err != nil {
		t.Fatal(err)
	}
	want := pool.Price{
		Amount: &pool.Money{Amount: "63.20", Currency: "CNY"}, ListAmount: &pool.Money{Amount: "79.00", Currency: "CNY"},
		Discounts: []pool.Discount{{ID: "promo_option", Name: "test", Amount: &pool.Money{Amount: "15.80", Currency: "CNY"}}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(pool.Price{}, "Parts")); diff != "" {
		t.Errorf("price (-want +got):\n%s", diff)
	}
	if len(got.Parts) != 1 || got.Parts[0].Operation != "DescribeModificationPrice" || got.Parts[0].RequestID != "R-P" {
		t.Errorf("parts %+v", got.Parts)
	}
	seen := c.requests()
	same(t, "inquiry", seen[len(seen)-1].Query.Encode(),
		"InstanceType=eds.general.8c16g&PromotionId=promo_option&RegionId=cn-hangzhou"+
			"&ResourceSpecs.1.DesktopId=ecd-a&ResourceSpecs.1.RootDiskSizeGib=90"+
			"&ResourceSpecs.2.DesktopId=ecd-b&ResourceSpecs.2.RootDiskSizeGib=80&ResourceSpecs.2.UserDiskSizeGib=100&ResourceType=Desktop")
	if n := writes(c); n != 0 {
		t.Errorf("pricing wrote %d times", n)
	}
	noDrift(t, c)
}

func TestPriceOfLargerDisk(t *testing.T) {
	_, c, err := priceAt(t, &office{desktops: []desk{{id: "ecd-a", system: 80, data: 100}}, give: pricedAt(`{"TradePrice":1,"Currency":"CNY"}`)}, extend("DATA", 200, "", "ecd-a"))
	if err != nil {
		t.Fatal(err)
	}
	seen := c.requests()
	same(t, "inquiry", seen[len(seen)-1].Query.Encode(), "InstanceType=eds.general.2c4g&RegionId=cn-hangzhou"+
		"&ResourceSpecs.1.DesktopId=ecd-a&ResourceSpecs.1.RootDiskSizeGib=80&ResourceSpecs.1.UserDiskSizeGib=200&ResourceType=Desktop")
}

func TestPriceSums(t *testing.T) {
	o := &office{desktops: desks(45, desk{system: 80})}
	give := func(prices ...string) {
		o.give = map[string]func(url.Values) (int, string){"DescribeModificationPrice": func(q url.Values) (int, string) {
			return 200, `{"PriceInfo":{"Price":` + map[string]string{"ecd-001": prices[0], "ecd-021": prices[1], "ecd-041": prices[2]}[q.Get("ResourceSpecs.1.DesktopId")] + `}}`
		}}
	}
	money := func(s string) *pool.Money { return &pool.Money{Amount: s, Currency: "CNY"} }
	tests := []struct {
		name   string
		prices []string
		want   pool.Price
		kind   pool.Kind
	}{
		{"of all calls", []string{
			`{"Currency":"CNY","TradePrice":0.1,"OriginalPrice":1,"DiscountPrice":0.9,"Promotions":[{"PromotionId":"p","Selected":true}]}`,
			`{"Currency":"CNY","TradePrice":0.2,"OriginalPrice":2,"DiscountPrice":1.8,"Promotions":[{"PromotionId":"p","Selected":true}]}`,
			`{"Currency":"CNY","TradePrice":9007199254740993.01,"OriginalPrice":3,"DiscountPrice":0}`,
		}, pool.Price{Amount: money("9007199254740993.31"), ListAmount: money("6.00"), Discounts: []pool.Discount{{ID: "p", Amount: money("2.70")}}}, ""},
		{"one without an amount", []string{
			`{"Currency":"CNY","TradePrice":1,"OriginalPrice":1}`, `{"Currency":"CNY","TradePrice":null}`, `{"Currency":"CNY","TradePrice":1,"OriginalPrice":1}`,
		}, pool.Price{Reason: pool.PriceNotOffered}, ""},
		{"one without a currency", []string{`{"Currency":"CNY","TradePrice":1}`, `{"TradePrice":1}`, `{"Currency":"CNY","TradePrice":1}`}, pool.Price{Reason: pool.PriceNotOffered}, ""},
		{"two currencies", []string{`{"Currency":"CNY","TradePrice":1}`, `{"Currency":"USD","TradePrice":1}`, `{}`}, pool.Price{}, pool.BadBody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			give(tt.prices...)
			got, c, err := priceAt(t, o, resize("dg-1"))
			if tt.kind != "" {
				if !errors.Is(err, tt.kind) {
					t.Errorf("error %v, want %s", err, tt.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(pool.Price{}, "Parts"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("price (-want +got):\n%s", diff)
			}
			if len(got.Parts) != 3 {
				t.Errorf("%d parts of %d calls, want 3", len(got.Parts), len(c.requests()))
			}
		})
	}
}

func TestAmount(t *testing.T) {
	for said, want := range map[string]string{
		`63.2`: "63.20", `"63.20"`: "63.20", `0`: "0.00", `1.2E7`: "12000000.00", `63.199999999999996`: "63.20", `0.1`: "0.10",
		`-5.5`: "-5.50", `1e-3`: "0.001", `12345678901234567.89`: "12345678901234567.89", `1e99`: "", `1e999999999`: "",
		`null`: "", `""`: "", `"free"`: "", `{}`: "", `"1,000"`: "", `true`: "", `"0x10"`: "", `"1/3"`: "",
	} {
		got := ""
		if m := amount(json.RawMessage(said), "CNY"); m != nil {
			got = m.Amount
		}
		if got != want {
			t.Errorf("%s became %q, want %q", said, got, want)
		}
	}
	if m := amount(json.RawMessage(`1`), ""); m != nil {
		t.Errorf("without a currency: %v", m)
	}
}

func TestPriceOfImage(t *testing.T) {
	got, c, err := priceAt(t, &office{desktops: desks(3, desk{})}, changeImage("dg-1"))
	if err != nil || got.Amount != nil || got.Reason != pool.FreeOfCharge {
		t.Errorf("price %+v, error %v", got, err)
	}
	for _, action := range c.actions() {
		if action == "DescribeModificationPrice" {
			t.Error("what is free was priced")
		}
	}
}

func TestPriceRefused(t *testing.T) {
	tests := []struct {
		status int
		body   string
		want   pool.Kind
	}{
		{400, `{"Code":"InvalidDesktopChargeType.NotSupported","Message":"The desktop is no monthly subscription.","RequestId":"R"}`, pool.Invalid},
		{400, `{"Code":"InvalidDesktopId.NotFound","RequestId":"R"}`, pool.NotFound},
		{403, `{"Code":"NoPermission","RequestId":"R"}`, pool.Denied},
		{200, `<html>`, pool.BadBody},
	}
	for _, tt := range tests {
		_, _, err := priceAt(t, &office{desktops: desks(1, desk{}), give: answering("DescribeModificationPrice", tt.status, tt.body)}, resize("dg-1"))
		if !errors.Is(err, tt.want) || pool.AsError(err).Op != priceOp {
			t.Errorf("%d %s is %v, want %s", tt.status, tt.body, err, tt.want)
		}
	}
}
