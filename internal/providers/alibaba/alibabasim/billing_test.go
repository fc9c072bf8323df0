package alibabasim

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// buy orders for one desktop and returns the order's id.
func buy(t *testing.T, s *Sim, id string, autoPay string) string {
	t.Helper()
	return done(t, s, "ModifyDesktopSpec", "DesktopId", id, "DesktopType", otherType, "AutoPay", autoPay).body["OrderId"].(string)
}

// TestSpellings: the two operations write the same words otherwise.
func TestSpellings(t *testing.T) {
	s, c, ids := orderSim(nil)
	notPaid, isPaid, gone := buy(t, s, ids[0], "false"), buy(t, s, ids[1], "true"), buy(t, s, ids[2], "false")
	c.pass(time.Minute)
	bill(t, s, "CancelOrder", "OrderId", gone)
	_, listed := bill(t, s, "QueryOrders")
	list := map[string]map[string]any{}
	for _, r := range listed {
		list[r["OrderId"].(string)] = r
	}
	for id, want := range map[string][4]string{
		notPaid: {"Upgrade", "Unpaid", "upgrade", "unpaid"},
		isPaid:  {"Upgrade", "Paid", "upgrade", "paid"},
		gone:    {"Upgrade", "Cancelled", "upgrade", "canceled"},
	} {
		_, orders := bill(t, s, "GetOrderDetail", "OrderId", id)
		if len(orders) != 1 || len(listed) != 3 {
			t.Fatalf("%d orders of %s, %d in all", len(orders), id, len(listed))
		}
		r, d := list[id], orders[0]
		got := [4]string{r["OrderType"].(string), r["PaymentStatus"].(string), d["OrderType"].(string), d["PaymentStatus"].(string)}
		if got != want {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
		for _, name := range []string{"OrderId", "CreateTime", "PretaxAmount", "Currency", "ProductCode"} {
			if r[name] != d[name] {
				t.Errorf("%s: %s is %v in the list and %v alone", id, name, r[name], d[name])
			}
		}
	}
}

// TestPublishedOrderFields: the fields of reference 3.9.
func TestPublishedOrderFields(t *testing.T) {
	s, _, ids := orderSim(nil)
	id := done(t, s, "ModifyDesktopSpec", specs(ids[:2], "DesktopType", otherType)...).body["OrderId"].(string)
	data, orders := bill(t, s, "GetOrderDetail", "OrderId", id)
	if diff := cmp.Diff([]string{"HostName", "OrderList", "PageNum", "PageSize", "TotalCount"}, slices.Sorted(maps.Keys(data))); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	for name, want := range map[string]any{
		"OrderId": id, "SubOrderId": id + "01", "OrderSubType": "upgrade", "PaymentTime": "2025-11-21T08:00:00Z", "CreateTime": "2025-11-21T08:00:00Z",
		"SubscriptionType": "Subscription", "ProductCode": "ecd", "ProductType": "", "CommodityCode": "ecd_desktop_pre", "Region": "cn-hangzhou",
		"Quantity": "2", "InstanceIDs": `["` + ids[0] + `","` + ids[1] + `"]`, "Currency": "CNY", "PaymentCurrency": "CNY",
		"PretaxGrossAmount": "208.00", "PretaxAmount": "176.80", "AfterTaxAmount": "176.80", "Tax": "0",
		"UsageStartTime": "2025-11-21T08:00:00Z", "UsageEndTime": "2025-12-21T08:00:00Z",
		"Config": "desktopType:" + otherType, "OriginalConfig": "desktopType:" + nowType,
	} {
		if got, there := orders[0][name]; !there || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	_, listed := bill(t, s, "QueryOrders")
	for _, name := range []string{"InstanceIDs", "Region", "SubOrderId", "Config"} {
		if _, there := listed[0][name]; there {
			t.Errorf("the list has %s", name)
		}
	}
}

func TestQueryOrders(t *testing.T) {
	s, c, ids := orderSim(nil)
	var made []string // newest first
	for i, id := range ids[:5] {
		made = append([]string{buy(t, s, id, []string{"true", "false"}[i%2])}, made...)
		c.pass(2 * time.Minute)
	}
	at := func(minutes int) string { return day.Add(time.Duration(minutes) * time.Minute).Format(dateLayout) }
	tests := []struct {
		name  string
		pairs []string
		want  []string
		total int
	}{
		{"by default", nil, made, 5},
		{"from", q1("CreateTimeStart", at(4)), made[:3], 3},
		{"until", q1("CreateTimeEnd", at(2)), made[3:], 2},
		{"from and until, both included", q1("CreateTimeStart", at(2), "CreateTimeEnd", at(6)), made[1:4], 3},
		{"another day", q1("CreateTimeStart", "2020-01-01T00:00:00Z", "CreateTimeEnd", "2020-01-02T00:00:00Z"), nil, 0},
		{"PaymentStatus", q1("PaymentStatus", "Unpaid"), []string{made[1], made[3]}, 2},
		{"OrderType", q1("OrderType", "Upgrade"), made, 5},
		{"another OrderType", q1("OrderType", "New"), nil, 0},
		{"ProductCode", q1("ProductCode", "ecd"), made, 5},
		{"another ProductCode", q1("ProductCode", "ecs"), nil, 0},
		{"a page", q1("PageSize", "2"), made[:2], 5},
		{"the last page", q1("PageSize", "2", "PageNum", "3"), made[4:], 5},
		{"a page past the last", q1("PageSize", "2", "PageNum", "4"), nil, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, orders := bill(t, s, "QueryOrders", tt.pairs...)
			if diff := cmp.Diff(tt.want, texts(orders, "OrderId")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := (answer{body: data}).number("TotalCount"); n != tt.total {
				t.Errorf("TotalCount %d, want %d", n, tt.total)
			}
		})
	}
	c.now = day.Add(time.Hour + time.Minute)
	if _, orders := bill(t, s, "QueryOrders"); len(orders) != 4 {
		t.Errorf("61 minutes after the first, %d of 5 orders are listed by default", len(orders))
	}
	for name, pairs := range map[string][]string{
		"InvalidCreateTimeStart": q1("CreateTimeStart", "yesterday"), "InvalidCreateTimeEnd": q1("CreateTimeEnd", "2025-11-21 08:00:00"),
		"InvalidPageSize": q1("PageSize", "301"), "InvalidPageNum": q1("PageNum", "0"), "InvalidPaymentStatus": q1("PaymentStatus", "paid"),
		"InvalidOrderType": q1("OrderType", "upgrade"),
	} {
		if got := billing(t, s, "QueryOrders", pairs...); got.status != 400 || got.code() != name {
			t.Errorf("%v: %d %s, want 400 %s", pairs, got.status, got.code(), name)
		}
	}
}

func TestUnknownOrder(t *testing.T) {
	s, c, ids := orderSim(nil)
	data, orders := bill(t, s, "GetOrderDetail", "OrderId", "200000000000000")
	if len(orders) != 0 || (answer{body: data}).number("TotalCount") != 0 {
		t.Errorf("%v", data)
	}
	isPaid := buy(t, s, ids[0], "true")
	for id, code := range map[string]string{"1": "OrderNotExist", isPaid: "InvalidOrderStatus"} {
		got := billing(t, s, "CancelOrder", "OrderId", id)
		if got.status != 200 || got.body["Success"] != false || got.code() != code {
			t.Errorf("canceling %s: %d %s, want 200 with %s", id, got.status, got.raw, code)
		}
	}
	c.pass(time.Second)
	if row(t, s, ids[0])["DesktopType"] != otherType {
		t.Error("a paid order was canceled")
	}
	for _, action := range []string{"GetOrderDetail", "CancelOrder"} {
		if got := billing(t, s, action); got.code() != "MissingOrderId" {
			t.Errorf("%s without an id: %s", action, got.raw)
		}
	}
}

func TestLateListing(t *testing.T) {
	faults := &fault.Set{}
	s, c, ids := orderSim(func(c *Config) { c.Faults, c.BillingDelay = faults, 30*time.Second })
	id := buy(t, s, ids[0], "true")
	seen := func() [2]int {
		_, listed := bill(t, s, "QueryOrders")
		_, detail := bill(t, s, "GetOrderDetail", "OrderId", id)
		return [2]int{len(listed), len(detail)}
	}
	steps := []struct {
		after time.Duration
		late  bool
		want  int
	}{
		{0, false, 0}, {30*time.Second - 1, false, 0}, {30 * time.Second, false, 1}, {time.Minute, true, 0},
		{10*time.Minute - 1, true, 0}, {10 * time.Minute, true, 1}, {time.Minute, false, 1},
	}
	for _, step := range steps {
		c.now = day.Add(step.after)
		faults.Clear()
		if step.late {
			if err := faults.Add(fault.Fault{Source: "ali-hz", Kind: fault.LateListing}); err != nil {
				t.Fatal(err)
			}
		}
		if got := seen(); got != [2]int{step.want, step.want} {
			t.Errorf("after %v, late %v: listed %v, want %d", step.after, step.late, got, step.want)
		}
	}
}

// TestProducts: each operation belongs to a product, which its version and host name.
func TestProducts(t *testing.T) {
	denied := Key{ID: "denied", Secret: "s", Deny: []string{"QueryOrders"}}
	s, _, _ := orderSim(func(c *Config) { c.Keys = append(c.Keys, denied) })
	tests := []struct {
		name string
		r    request
		code string
	}{
		{"billing", request{action: "QueryOrders", host: "business.aliyuncs.com", noQuery: true}, "Success"},
		{"billing, international", request{action: "QueryOrders", host: "business.ap-southeast-1.aliyuncs.com", noQuery: true}, "Success"},
		{"billing on loopback", request{action: "QueryOrders", host: "business.localhost:8080", noQuery: true}, "Success"},
		{"desktops on the billing host", request{action: "DescribeRegions", host: "business.aliyuncs.com"}, "InvalidAction.NotFound"},
		{"billing on the desktops' host", request{action: "QueryOrders"}, "InvalidAction.NotFound"},
		{"denied", request{action: "QueryOrders", host: "business.aliyuncs.com", key: &denied, noQuery: true}, "NoPermission"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := send(t, s, tt.r.signed()); got.code() != tt.code {
				t.Errorf("V3: code %q, want %q: %s", got.code(), tt.code, got.raw)
			}
			if got := send(t, s, tt.r.signedV1()); got.code() != tt.code {
				t.Errorf("V1: code %q, want %q: %s", got.code(), tt.code, got.raw)
			}
		})
	}
	wrong := request{action: "QueryOrders", host: "business.aliyuncs.com"}.signed()
	wrong.Header.Set("x-acs-version", "2020-09-30")
	if got := send(t, s, wrong); got.code() != "SignatureDoesNotMatch" {
		t.Errorf("a version that was not signed: %s", got.raw)
	}
	misdirected := request{action: "QueryOrders", header: http.Header{"x-acs-version": {"2017-12-14"}}}
	if got := send(t, s, misdirected.signed()); got.code() != "InvalidProduct.NotFound" {
		t.Errorf("billing on the desktops' host, by its own version: %s", got.raw)
	}
	got := send(t, s, request{action: "NoSuchThing", host: "business.aliyuncs.com"}.signed())
	if want := "https://api.aliyun.com/troubleshoot?q=InvalidAction.NotFound&product=BssOpenApi&requestId=" + got.body["RequestId"].(string); got.body["Recommend"] != want {
		t.Errorf("Recommend %v, want %s", got.body["Recommend"], want)
	}
}
