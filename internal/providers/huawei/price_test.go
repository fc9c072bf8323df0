package huawei

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

func yuan(amount string) *pool.Money { return &pool.Money{Amount: amount, Currency: "CNY"} }

func TestPrice(t *testing.T) {
	for _, good := range goods {
		t.Run(good.name, func(t *testing.T) {
			o := good.order
			o.PoolID = periodPool
			src, cloud := shop(t, Config{}, map[string]http.HandlerFunc{"POST " + good.inquiryPath: ok(fixture(t, "every-price-field.json"))})
			got, err := src.Ordering.Price(t.Context(), o, pool.Plan{})
			if err != nil {
				t.Fatal(err)
			}
			if good.inquiry == "" {
				if diff := cmp.Diff(pool.Price{Reason: pool.NoPriceCall}, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return
			}
			want := pool.Price{Amount: yuan("80.10"), ListAmount: yuan("100.30"), Discounts: []pool.Discount{
				{Name: "official website discount", Amount: yuan("20.20")},
				{ID: "discount-1", Name: "Partner (optional)", Amount: yuan("8.01")},
			}}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(pool.Price{}, "Parts")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(got.Parts) != 1 || string(got.Parts[0].Body) != fixture(t, "every-price-field.json") || !strings.HasPrefix(got.Parts[0].Operation, "Estimate") {
				t.Errorf("parts %+v", got.Parts)
			}
			if sent := cloud.sent("POST " + good.inquiryPath); len(sent) != 1 || sent[0] != strings.ReplaceAll(good.inquiry, "%T", targets[0].wrote) {
				t.Errorf("sent %q", sent)
			}
			r := cloud.requests("POST " + good.inquiryPath)[0]
			if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Project-Id") != testProject {
				t.Errorf("headers %v", r.Header)
			}
			if drift := src.Drift.Counts(); len(drift.Fields)+len(drift.Types) > 0 {
				t.Errorf("drift %+v", drift)
			}
		})
	}
}

func TestPriceOfAnswers(t *testing.T) {
	official := func(amounts string) string {
		return `{"currency":"CNY","cloud_service_rating_results":[{"official_website_rating_result":{` + amounts + `}}]}`
	}
	unknown := pool.Price{Reason: pool.PriceNotOffered}
	tests := []struct {
		name, body string
		want       pool.Price
	}{
		{"digit for digit", official(`"amount":0.1,"original_amount":12345678901234567.12345678`), pool.Price{Amount: yuan("0.10"), ListAmount: yuan("12345678901234567.12345678")}},
		{"as text", official(`"amount":"63.2"`), pool.Price{Amount: yuan("63.20")}},
		{"the official price for want of an original", official(`"amount":1,"official_website_amount":2`), pool.Price{Amount: yuan("1.00"), ListAmount: yuan("2.00")}},
		{"for nothing", official(`"amount":0,"original_amount":0,"official_website_discount_amount":0`), pool.Price{Amount: yuan("0.00"), ListAmount: yuan("0.00")}},
		{"in yuan", official(`"amount":7,"measure_id":1`), pool.Price{Amount: yuan("7.00")}},
		{"in another unit", official(`"amount":700,"measure_id":3`), unknown},
		{"no number", official(`"amount":"free"`), unknown},
		{"an exponent", official(`"amount":1e3`), unknown},
		{"null", official(`"amount":null`), unknown},
		{"no currency", `{"cloud_service_rating_results":[{"official_website_rating_result":{"amount":1}}]}`, unknown},
		{"no results", `{"currency":"CNY","cloud_service_rating_results":[]}`, unknown},
		{"empty", `{}`, unknown},
		{"two orders", `{"currency":"CNY","cloud_service_rating_results":[
			{"official_website_rating_result":{"amount":0.1,"official_website_discount_amount":1}},{"official_website_rating_result":{"amount":0.2,"official_website_discount_amount":2}}]}`,
			pool.Price{Amount: yuan("0.30"), Discounts: []pool.Discount{{Name: "official website discount", Amount: yuan("3.00")}}}},
		{"one of two orders without a price", `{"currency":"CNY","cloud_service_rating_results":[
			{"official_website_rating_result":{"amount":1}},{}]}`, unknown},
		{"the total discount for want of the optional", `{"currency":"CNY","cloud_service_rating_results":[{"official_website_rating_result":{"amount":1},
			"optional_discount_rating_results":[{"discount_id":"d","discount_name":"n","discount_amount":0.5},{"discount_name":"m"}]}]}`,
			pool.Price{Amount: yuan("1.00"), Discounts: []pool.Discount{{ID: "d", Name: "n (optional)", Amount: yuan("0.50")}, {Name: "m (optional)"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var said inquiry
			if _, good := received(t, []byte(tt.body), &said); !good {
				t.Fatal("not good")
			}
			if diff := cmp.Diff(tt.want, said.price()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPriceRefused(t *testing.T) {
	for _, tt := range []struct {
		status int
		code   string
		want   pool.Kind
	}{{400, "WKS.0001", pool.Invalid}, {409, "WKS.00010032", pool.Conflict}, {200, "WKS.00010032", pool.Conflict}, {429, "APIGW.0308", pool.Throttled}} {
		src, _ := shop(t, Config{}, map[string]http.HandlerFunc{"POST " + goods[0].inquiryPath: respond(tt.status, coded(tt.code))})
		o := goods[0].order
		o.PoolID = periodPool
		_, err := src.Ordering.Price(t.Context(), o, pool.Plan{})
		if e := failed(t, err, tt.want); e.Op != "price an order" || e.Source != "hw-test" {
			t.Errorf("error of %q, %q", e.Source, e.Op)
		}
	}
}

func FuzzPrice(f *testing.F) {
	f.Add([]byte(fixture(f, "every-price-field.json")))
	f.Add([]byte(`{"currency":"CNY","cloud_service_rating_results":{"official_website_rating_result":{"amount":"1.5","measure_id":"1"}}}`))
	f.Add([]byte(`{"currency":7,"cloud_service_rating_results":[null,{"official_website_rating_result":{"amount":999999999999999999}},{"official_website_rating_result":{"amount":1}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var said inquiry
		if _, good := received(t, body, &said); !good {
			return
		}
		p := said.price()
		if (p.Amount == nil) != (p.Reason == pool.PriceNotOffered) {
			t.Errorf("amount %v with reason %q", p.Amount, p.Reason)
		}
		amounts := []*pool.Money{p.Amount, p.ListAmount}
		for _, d := range p.Discounts {
			amounts = append(amounts, d.Amount)
		}
		for _, m := range amounts {
			if m == nil {
				continue
			}
			if again, err := pool.NewMoney(m.Amount, m.Currency); err != nil || again != *m || m.Currency == "" {
				t.Errorf("%+v is no money: %v", m, err)
			}
		}
		if _, err := json.Marshal(p); err != nil {
			t.Error(err)
		}
	})
}
