package alibaba

import (
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// FuzzPrice proves that every amount that comes of an answer is one, and that
// prices add up or fail.
func FuzzPrice(f *testing.F) {
	f.Add([]byte(`{"PriceInfo":{"Price":{"Currency":"CNY","OriginalPrice":79,"DiscountPrice":15.8,"TradePrice":63.2,"Promotions":[{"PromotionId":"p","Selected":true}]}}}`))
	f.Add([]byte(`{"PriceInfo":{"Price":{"Currency":"JPY","TradePrice":"1.2E7","OriginalPrice":1e99}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var said modificationPrice
		if wire.Decode(body, "price", &said, nil) != nil {
			return
		}
		one := said.price()
		sum, err := total([]pool.Price{one, one})
		if err != nil {
			return // past 18 digits
		}
		money := []*pool.Money{one.Amount, one.ListAmount, sum.Amount, sum.ListAmount}
		for _, d := range append(one.Discounts, sum.Discounts...) {
			money = append(money, d.Amount)
		}
		for _, m := range money {
			if m == nil {
				continue
			}
			if again, err := pool.NewMoney(m.Amount, m.Currency); err != nil || again != *m || m.Currency == "" {
				t.Errorf("%+v is no amount: %v", m, err)
			}
		}
		if (sum.Amount == nil) != (sum.Reason == pool.PriceNotOffered) || (one.Amount == nil) != (sum.Amount == nil) {
			t.Errorf("amount %v of twice %v, reason %q", sum.Amount, one.Amount, sum.Reason)
		}
	})
}

// FuzzBooks proves that no answer of the books breaks the look-up, and that an
// order whose desktops are not all known is for any.
func FuzzBooks(f *testing.F) {
	f.Add([]byte(`{"Success":true,"Data":{"TotalCount":1,"OrderList":{"Order":[{"OrderId":"12","PaymentStatus":"paid","InstanceIDs":"[\"ecd-1\"]","Currency":"CNY","PretaxAmount":"63.2"}]}}}`))
	f.Add([]byte(`{"Data":{"OrderList":{"Order":[{"InstanceIds":"[\"ecd-1\""},{"InstanceIDs":"ecd-2"}]}}}`))
	f.Add([]byte(`{"Data":{"TotalCount":-1,"OrderList":{"Order":{"OrderId":12,"InstanceIDs":["a"]}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var page bookPage
		if wire.Decode(body, "books", &page, nil) != nil {
			return
		}
		rows := page.Data.OrderList.Order
		all := words{}.cloudOrder(bookedOrder{OrderID: "12"}, &page, true)
		known := len(rows) > 0
		for _, row := range rows {
			known = known && len(row.instances()) > 0
		}
		if known != (len(all.DesktopIDs) > 0) {
			t.Errorf("desktops %q of %q", all.DesktopIDs, body)
		}
		for _, id := range all.DesktopIDs {
			if id == "" || strings.TrimSpace(id) != id {
				t.Errorf("desktop %q", id)
			}
		}
	})
}
