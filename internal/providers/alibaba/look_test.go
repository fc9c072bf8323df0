package alibaba

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// sentAt is the time of the signature in these tests.
func sentAt() time.Time { return at("2026-01-05T08:00:00Z") }

// look plans an order at an office, changes its desktops, and looks.
func look(t *testing.T, o *office, order pool.Order, change func(*office)) (pool.Evidence, *cloud, error) {
	t.Helper()
	c := o.open(t)
	p := plan(t, c, order)
	change(o)
	e, err := c.source.Ordering.Look(t.Context(), pool.Suspect{Order: order, Call: p.Calls[0], At: sentAt(), Until: sentAt().Add(30 * time.Second)})
	return e, c, err
}

// books answers BssOpenApi with these orders: id, type, status, instance ids.
func books(orders ...[4]string) map[string]func(url.Values) (int, string) {
	rows := []any{}
	for _, o := range orders {
		rows = append(rows, map[string]any{
			"OrderId": o[0], "OrderType": o[1], "PaymentStatus": o[2], "CreateTime": "2026-01-05T08:00:01Z", "Currency": "CNY", "PretaxAmount": "63.2",
		})
	}
	return map[string]func(url.Values) (int, string){
		"QueryOrders": func(url.Values) (int, string) {
			return 200, marshal(map[string]any{"RequestId": "R-Q", "Success": true, "Code": "Success", "Message": "Successful!", "Data": map[string]any{
				"HostName": "h", "PageNum": 1, "PageSize": 100, "TotalCount": len(rows), "OrderList": map[string]any{"Order": rows},
			}})
		},
		"GetOrderDetail": func(q url.Values) (int, string) {
			parts := []any{}
			for _, o := range orders {
				if o[0] != q.Get("OrderId") || o[3] == "" {
					continue
				}
				parts = append(parts, map[string]any{
					"OrderId": o[0], "SubOrderId": o[0] + "01", "OrderType": strings.ToLower(o[1]), "PaymentStatus": strings.ToLower(o[2]),
					"InstanceIDs": o[3], "Currency": "CNY", "PretaxAmount": "63.2",
				})
			}
			return 200, marshal(map[string]any{"RequestId": "R-O", "Success": true, "Code": "Success", "Data": map[string]any{"OrderList": map[string]any{"Order": parts}}})
		},
	}
}

// TestChanged tells for every kind of order what desktops show of it.
func TestChanged(t *testing.T) {
	yes, no := new(true), new(false)
	set := func(change ...func(*desk)) func(*office) {
		return func(o *office) {
			for i, f := range change {
				if f != nil {
					f(&o.desktops[i])
				}
			}
		}
	}
	larger := func(d *desk) { d.product = "eds.general.8c16g" }
	other := func(d *desk) { d.product = "eds.general.4c8g" }
	updating := func(d *desk) { d.flag = "Updating" }
	gone := func(d *desk) { d.status = "Deleted" }
	grown := func(d *desk) { d.data = 200 }
	image := func(d *desk) { d.image = "m-new" }
	rebuilding := func(d *desk) { d.status = "Rebuilding" }
	reset := func(when string) func(*desk) { return func(d *desk) { d.resetTime = when } }
	two := desk{system: 80, data: 100, resetTime: "2026-01-01 00:00:00"}
	had := desk{image: "m-new", resetTime: "2026-01-01 00:00:00"}
	tests := []struct {
		name   string
		like   desk
		order  pool.Order
		change func(*office)
		want   *bool
	}{
		{"resize: nothing", two, resize("dg-1"), set(), no},
		{"resize: both", two, resize("dg-1"), set(larger, larger), yes},
		{"resize: both, one still at it", two, resize("dg-1"), set(larger, updating), yes},
		{"resize: both at it", two, resize("dg-1"), set(updating, updating), yes},
		{"resize: one", two, resize("dg-1"), set(larger), nil},
		{"resize: to something else", two, resize("dg-1"), set(other, other), nil},
		{"resize: one is gone", two, resize("dg-1"), set(larger, gone), nil},
		{"resize: to what they had", desk{product: "eds.general.8c16g"}, resize("dg-1"), set(), nil},
		{"resize: to what they had, at it", desk{product: "eds.general.8c16g"}, resize("dg-1"), set(updating, updating), yes},
		{"extend: nothing", two, extend("DATA", 200, "dg-1"), set(), no},
		{"extend: both", two, extend("DATA", 200, "dg-1"), set(grown, grown), yes},
		{"extend: one", two, extend("DATA", 200, "dg-1"), set(grown), nil},
		{"extend: at it", two, extend("DATA", 200, "dg-1"), set(grown, updating), yes},
		{"extend: the other disk", two, extend("SYSTEM", 200, "dg-1"), set(grown, grown), no},
		{"image: nothing", two, changeImage("dg-1"), set(), no},
		{"image: both", two, changeImage("dg-1"), set(image, image), yes},
		{"image: one", two, changeImage("dg-1"), set(image), nil},
		{"image: at it", two, changeImage("dg-1"), set(image, rebuilding), yes},
		{"image: one is gone", two, changeImage("dg-1"), set(image, gone), nil},
		{"image: of desktops", two, changeImage("", "ecd-001", "ecd-002"), set(image, image), yes},
		{"image they had: nothing", had, changeImage("dg-1"), set(), no},
		{"image they had: reset since", had, changeImage("dg-1"), set(reset("2026-01-05 08:00:10"), reset("2026-01-05 08:00:11")), yes},
		{"image they had: one reset since", had, changeImage("dg-1"), set(reset("2026-01-05 08:00:10")), nil},
		{"image they had: reset shortly before", had, changeImage("dg-1"), set(reset("2026-01-05 07:00:00"), reset("2026-01-05 07:00:00")), no},
		{"image they had: of desktops, nothing", had, changeImage("", "ecd-001", "ecd-002"), set(), no},
		{"image they had: of desktops, reset since", had, changeImage("", "ecd-001", "ecd-002"), set(reset("2026-01-05 08:00:10"), rebuilding), yes},
		{"image they had: reset in a zone ahead", desk{image: "m-new", resetTime: "2026-01-05 15:00:00"}, changeImage("", "ecd-001", "ecd-002"), set(), no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := &office{desktops: desks(2, tt.like), give: books()}
			e, c, err := look(t, o, tt.order, tt.change)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, e.Changed); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
			if len(e.Parts) == 0 || len(e.Orders) != 0 {
				t.Errorf("%d parts, orders %v", len(e.Parts), e.Orders)
			}
			billed := strings.Contains(strings.Join(c.actions(), " "), "QueryOrders")
			if billed != (tt.order.Type != pool.ChangeImageOrder) {
				t.Errorf("asked the books: %v", billed)
			}
			if n := writes(c); n != 0 {
				t.Errorf("looking wrote %d times", n)
			}
		})
	}
}

func TestBooks(t *testing.T) {
	money := &pool.Money{Amount: "63.20", Currency: "CNY"}
	created := at("2026-01-05T08:00:01Z")
	order := func(id string, state pool.PaymentState, desktops ...string) pool.CloudOrder {
		return pool.CloudOrder{ID: id, PaymentState: state, CreatedAt: created, Amount: money, DesktopIDs: desktops}
	}
	tests := []struct {
		name   string
		booked [4]string
		change func(*office)
		want   []pool.CloudOrder
	}{
		{"unpaid", [4]string{"12", "Upgrade", "Unpaid", `["ecd-001","ecd-002"]`}, nil, []pool.CloudOrder{order("12", pool.PayAwaitingPayment, "ecd-001", "ecd-002")}},
		{"paid", [4]string{"12", "Upgrade", "Paid", `["ecd-002"]`}, nil, []pool.CloudOrder{order("12", pool.PayProcessing, "ecd-002")}},
		{"canceled", [4]string{"12", "Upgrade", "Canceled", `["ecd-001"]`}, nil, []pool.CloudOrder{order("12", pool.PayCanceled, "ecd-001")}},
		{"cancelled", [4]string{"12", "Upgrade", "Cancelled", `["ecd-001"]`}, nil, []pool.CloudOrder{order("12", pool.PayCanceled, "ecd-001")}},
		{"a new word", [4]string{"12", "Upgrade", "Levitating", `["ecd-001"]`}, nil, []pool.CloudOrder{order("12", pool.PayOther, "ecd-001")}},
		{"paid and done", [4]string{"12", "Upgrade", "Paid", `["ecd-001"]`}, func(o *office) {
			o.desktops[0].product, o.desktops[1].product = "eds.general.8c16g", "eds.general.8c16g"
		}, []pool.CloudOrder{order("12", pool.PayCompleted, "ecd-001")}},
		{"paid and nearly done", [4]string{"12", "Upgrade", "Paid", `["ecd-001"]`}, func(o *office) {
			o.desktops[0].product, o.desktops[1].product, o.desktops[1].flag = "eds.general.8c16g", "eds.general.8c16g", "Updating"
		}, []pool.CloudOrder{order("12", pool.PayProcessing, "ecd-001")}},
		{"one id, not in a list", [4]string{"12", "Upgrade", "Paid", `ecd-001`}, nil, []pool.CloudOrder{order("12", pool.PayProcessing, "ecd-001")}},
		{"a downgrade, which is refunded", [4]string{"12", "Refund", "", `["ecd-001"]`}, nil, []pool.CloudOrder{order("12", pool.PayOther, "ecd-001")}},
		{"no detail", [4]string{"12", "Upgrade", "Unpaid", ""}, nil, []pool.CloudOrder{order("12", pool.PayAwaitingPayment)}},
		{"unreadable instances", [4]string{"12", "Upgrade", "Unpaid", `["ecd-0`}, nil, []pool.CloudOrder{order("12", pool.PayAwaitingPayment)}},
		{"other desktops", [4]string{"12", "Upgrade", "Paid", `["ecd-777"]`}, nil, nil},
		{"a purchase", [4]string{"12", "New", "Paid", ""}, nil, nil},
		{"a renewal", [4]string{"12", "renew", "Paid", `["ecd-001"]`}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change == nil {
				tt.change = func(*office) {}
			}
			e, c, err := look(t, &office{desktops: desks(2, desk{}), give: books(tt.booked)}, resize("dg-1"), tt.change)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, e.Orders, cmpopts.IgnoreFields(pool.CloudOrder{}, "Native")); diff != "" {
				t.Errorf("orders (-want +got):\n%s", diff)
			}
			for _, r := range c.requests() {
				if r.Action != "QueryOrders" {
					continue
				}
				same(t, "query", r.Query.Encode(), "CreateTimeEnd=2026-01-05T08%3A02%3A30Z&CreateTimeStart=2026-01-05T07%3A58%3A00Z&PageNum=1&PageSize=100")
				same(t, "version", r.Header.Get("X-Acs-Version"), "2017-12-14")
			}
			if _, drifted := c.source.Drift.Counts().Words["order.payment_state=levitating"]; drifted != (tt.name == "a new word") {
				t.Errorf("drift %v", c.source.Drift.Counts().Words)
			}
		})
	}
}

// TestPartsOfAnOrder proves that the parts of an order add up, and that one part of which the desktops
// are not known may be for any.
func TestPartsOfAnOrder(t *testing.T) {
	give := books([4]string{"12", "Upgrade", "Paid", ""})
	detail := func(second string) func(url.Values) (int, string) {
		return func(url.Values) (int, string) {
			return 200, `{"Success":true,"Code":"Success","Data":{"OrderList":{"Order":[
				{"OrderId":"12","InstanceIds":"[\"ecd-777\"]","Currency":"CNY","PretaxAmount":"1.10"},
				{"OrderId":"12","InstanceIDs":` + second + `,"Currency":"CNY","PretaxAmount":"2.20"}]}}}`
		}
	}
	give["GetOrderDetail"] = detail(`"[\"ecd-001\"]"`)
	e, _, err := look(t, &office{desktops: desks(2, desk{}), give: give}, resize("dg-1"), func(*office) {})
	if err != nil || len(e.Orders) != 1 {
		t.Fatalf("evidence %+v, error %v", e, err)
	}
	same(t, "desktops", e.Orders[0].DesktopIDs, []string{"ecd-777", "ecd-001"})
	same(t, "amount", *e.Orders[0].Amount, pool.Money{Amount: "3.30", Currency: "CNY"})
	if !strings.HasPrefix(string(e.Orders[0].Native), `{"Order":[`) {
		t.Errorf("native %s", e.Orders[0].Native)
	}
	give["GetOrderDetail"] = detail(`""`)
	e, _, err = look(t, &office{desktops: desks(2, desk{}), give: give}, resize("dg-1"), func(*office) {})
	if err != nil || len(e.Orders) != 1 || e.Orders[0].DesktopIDs != nil {
		t.Errorf("evidence %+v, error %v; want an order for unknown desktops", e, err)
	}
}

// TestBookPages proves that all pages are read, and each order looked at once.
func TestBookPages(t *testing.T) {
	give := books()
	details := 0
	give["QueryOrders"] = func(q url.Values) (int, string) {
		from, to := map[string]int{"1": 0, "2": 99}[q.Get("PageNum")], map[string]int{"1": 100, "2": 150}[q.Get("PageNum")]
		var rows []string
		for i := from; i < to; i++ { // one stands on both pages
			kind := "New"
			if i >= 95 && i < 105 {
				kind = "Upgrade"
			}
			rows = append(rows, fmt.Sprintf(`{"OrderId":"%d","OrderType":%q,"PaymentStatus":"Paid"}`, 1000+i, kind))
		}
		return 200, `{"Success":true,"Code":"Success","Data":{"TotalCount":150,"OrderList":{"Order":[` + strings.Join(rows, ",") + `]}}}`
	}
	give["GetOrderDetail"] = func(url.Values) (int, string) {
		details++
		return 200, `{"Success":true,"Code":"Success","Data":{}}`
	}
	e, c, err := look(t, &office{desktops: desks(1, desk{}), give: give}, resize("dg-1"), func(*office) {})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "orders", len(e.Orders), 10)
	same(t, "details", details, 10)
	noDrift(t, c)
}

// TestLookFails proves that no evidence is no evidence of nothing.
func TestLookFails(t *testing.T) {
	many := make([][4]string, 61)
	for i := range many {
		many[i] = [4]string{fmt.Sprint(100 + i), "Upgrade", "Paid", `["ecd-001"]`}
	}
	with := func(action, body string) map[string]func(url.Values) (int, string) {
		give := books([4]string{"12", "Upgrade", "Paid", `["ecd-001"]`})
		give[action] = func(url.Values) (int, string) { return 200, body }
		return give
	}
	endless := `{"Code":"Success","Data":{"TotalCount":999999,"OrderList":{"Order":[{"OrderId":"1","OrderType":"New"}]}}}`
	tests := []struct {
		name string
		give map[string]func(url.Values) (int, string)
		want pool.Kind
	}{
		{"no success", with("QueryOrders", `{"Success":false,"Code":"NotAuthorized","Message":"no"}`), pool.Failed},
		{"no success, without a code", with("QueryOrders", `{"Success":false,"Data":{}}`), pool.Failed},
		{"no success of a detail", with("GetOrderDetail", `{"Success":false,"Code":"InternalError"}`), pool.Failed},
		{"HTML", with("QueryOrders", `<html>`), pool.BadBody},
		{"too many candidates", books(many...), pool.LimitReached},
		{"too many pages", with("QueryOrders", endless), pool.LimitReached},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := look(t, &office{desktops: desks(1, desk{}), give: tt.give}, resize("dg-1"), func(*office) {})
			if !errors.Is(err, tt.want) || pool.AsError(err).Op != lookOp {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	c := (&office{}).open(t)
	if _, err := c.source.Ordering.Look(t.Context(), pool.Suspect{Call: pool.OrderCall{Operation: modifySpec}}); !errors.Is(err, pool.Failed) {
		t.Errorf("a call that cannot be read: error %v, want Failed", err)
	}
}

// TestLookByTheCloudsClock proves that the window is by the clock of the cloud, as its answers tell it.
func TestLookByTheCloudsClock(t *testing.T) {
	for ahead, want := range map[time.Duration]string{
		0: "2026-01-05T07:58:00Z", 10 * time.Minute: "2026-01-05T08:08:00Z", -10 * time.Minute: "2026-01-05T07:48:00Z",
		time.Hour: "2026-01-05T07:58:00Z", // it would have refused the signature
	} {
		o := &office{desktops: []desk{desk{id: "ecd-a"}.or(), desk{id: "ecd-b"}.or()}, give: books()}
		c := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
			status, body := o.answer(r.Header.Get("X-Acs-Action"), r.URL.Query())
			w.Header().Set("Date", sentAt().Add(ahead).Format(http.TimeFormat))
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
		cfg := config(c.url)
		cfg.Now = sentAt
		if _, err := open(t, cfg).Ordering.Look(t.Context(), pool.Suspect{Call: aCall(), At: sentAt(), Until: sentAt()}); err != nil {
			t.Fatal(err)
		}
		for _, r := range c.requests() {
			if r.Action == "QueryOrders" {
				same(t, "start with the cloud ahead by "+ahead.String(), r.Query.Get("CreateTimeStart"), want)
			}
		}
	}
}
