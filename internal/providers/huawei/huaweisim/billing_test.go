package huaweisim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

const bills = "/v2/orders/customer-orders"

type billList struct {
	Total  int             `json:"total_count"`
	Orders []customerOrder `json:"order_infos"`
}

type bill struct {
	Total int             `json:"total_count"`
	Order customerOrder   `json:"order_info"`
	Items []orderLineItem `json:"order_line_items"`
}

// billed is an answer of BSS, which must succeed.
func billed[T any](c *testCloud, target string) T {
	c.t.Helper()
	a := c.billing(http.MethodGet, target, "")
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != http.StatusOK {
		c.t.Fatalf("GET %s: %v, %s", target, a.err, a.code())
	}
	return v
}

func TestBillingList(t *testing.T) {
	c := start(t, nil)
	var ids []string // newest first
	for range 12 {
		ids = slices.Insert(ids, 0, c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID)
		c.clock.add(time.Minute)
	}
	for i, status := range []int{1, 2, 3, 4, 5, 7, 9} { // 3 goes on to 5, and 7 over 2 to 4, when time goes on
		_ = c.Push(ids[i], status)
	}
	oldest := slices.Clone(ids)
	slices.Reverse(oldest)
	tests := []struct {
		query string
		total int
		want  []string
	}{
		{"", 12, ids[:10]},
		{"?limit=5&offset=5", 12, ids[5:10]},
		{"?limit=100&offset=10", 12, ids[10:]},
		{"?offset=12", 12, nil},
		{"?order_by=createTime&limit=3", 12, oldest[:3]},
		{"?order_by=-createTime&limit=3", 12, ids[:3]},
		{"?status=6", 5, ids[7:]},
		{"?status=1", 1, ids[:1]},
		{"?status=3", 2, []string{ids[2], ids[5]}}, // 7, compensating, is unknown to BSS
		{"?status=4", 1, ids[3:4]},
		{"?status=5", 1, ids[4:5]},
		{"?status=9", 1, ids[6:7]},
		{"?order_type=3&limit=2", 12, ids[:2]},
		{"?order_type=1", 0, nil},
		{"?service_type_code=hws.service.type.vdi&limit=1", 12, ids[:1]},
		{"?service_type_code=hws.service.type.obs", 0, nil},
		{"?customer_id=d0&limit=1", 12, ids[:1]},
		{"?customer_id=d1", 0, nil},
		{"?order_id=" + ids[4], 1, ids[4:5]},
		{"?create_time_begin=2026-01-05T08:09:00Z", 3, ids[:3]},
		{"?create_time_begin=2026-01-05T08:09:01Z", 2, ids[:2]},
		{"?create_time_end=2026-01-05T08:01:00Z", 2, ids[10:]},
		{"?create_time_begin=2026-01-05T08:04:00Z&create_time_end=2026-01-05T08:05:59Z", 2, ids[6:8]},
		{"?limit&offset&status&create_time_begin", 12, ids[:10]},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got := billed[billList](c, bills+tt.query)
			var rows []string
			for _, o := range got.Orders {
				rows = append(rows, o.OrderID)
			}
			if diff := cmp.Diff(tt.want, rows); diff != "" || got.Total != tt.total || got.Orders == nil {
				t.Errorf("%d of %d, want %d of %d (-want +got):\n%s", len(rows), got.Total, len(tt.want), tt.total, diff)
			}
		})
	}
}

func TestBillingFaults(t *testing.T) {
	c := start(t, nil)
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "offset=-1", "status=7", "status=x", "order_type=5", "order_by=name",
		"create_time_begin=2026-01-05", "create_time_end=2026-01-05T08:00:00%2B08:00",
		"create_time_begin=2024-01-05T08:00:00Z&create_time_end=2026-01-05T08:00:00Z"} {
		if got := c.billing(http.MethodGet, bills+"?"+query, "").code(); !strings.HasPrefix(got, "400 CBC.0100 ") {
			t.Errorf("%s: %q, want 400 CBC.0100", query, got)
		}
	}
	id := c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID
	if got := c.billing(http.MethodGet, bills+"/details/"+id+"?limit=0", "").code(); !strings.HasPrefix(got, "400 CBC.0100 ") {
		t.Errorf("details: %q", got)
	}
	if got := c.billing(http.MethodGet, bills+"/details/none", "").code(); !strings.HasPrefix(got, "400 CBC.30000010 ") {
		t.Errorf("an unknown order: %q", got)
	}
	down, _ := faulty(t, nil, fault.Fault{Kind: fault.Error})
	if got, want := down.billing(http.MethodGet, bills, "").code(), "500 CBC.0999 Other errors."; got != want {
		t.Errorf("broken: %q, want %q", got, want)
	}
}

func TestBill(t *testing.T) {
	c := start(t, nil)
	id := c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID
	p := c.cfg.World.pools[3]
	// 10 GB of SAS cost 3.50, of which the website takes off a tenth.
	amount := cents(350-35) * cents(p.size-p.tally.onDemand)
	want := bill{1, customerOrder{
		OrderID: id, CustomerID: "d0", ServiceTypeCode: "hws.service.type.vdi", ServiceTypeName: "Workspace", SourceType: 1, Status: 6, OrderType: 3,
		AmountAfterDiscount: amount, OfficialAmount: amount, MeasureID: 1, CreateTime: "2026-01-05T08:00:00Z", Currency: "CNY",
		AmountInfo: amountInfo{Discounts: []discountItem{}}, UserName: "admin", PendingPaymentEndTime: "2026-01-06T08:00:00Z",
	}, []orderLineItem{{
		OrderLineItemID: id + "-000001", ServiceTypeCode: "hws.service.type.vdi", ServiceTypeName: "Workspace", ProductID: "workspace.volume.SAS",
		ProductSpecDesc: "ADD_VOLUME", PeriodType: 2, PeriodNum: 1, SubscriptionNum: p.size - p.tally.onDemand, AmountAfterDiscount: amount,
		OfficialAmount: amount, AmountInfo: amountInfo{Discounts: []discountItem{}}, Currency: "CNY", CategoryCode: "main_serv_type",
		ProductOwnerService: "hws.service.type.vdi", CommercialResource: "hws.resource.type.workspace.desktop", OrderID: id,
	}}}
	if diff := cmp.Diff(want, billed[bill](c, bills+"/details/"+id)); diff != "" {
		t.Errorf("to be paid (-want +got):\n%s", diff)
	}
	row := want.Order
	row.UserName, row.PendingPaymentEndTime = "", ""
	if diff := cmp.Diff(row, billed[billList](c, bills).Orders[0]); diff != "" {
		t.Errorf("in the list (-want +got):\n%s", diff)
	}
	c.clock.add(time.Minute)
	c.paid(id)
	want.Order.Status, want.Order.PaymentTime = 5, "2026-01-05T08:01:00Z"
	want.Items[0].EffectiveTime, want.Items[0].ExpireTime = "2026-01-05T08:01:01Z", "2026-02-05T08:01:01Z"
	if diff := cmp.Diff(want, billed[bill](c, bills+"/details/"+id)); diff != "" {
		t.Errorf("completed (-want +got):\n%s", diff)
	}
	if got := billed[bill](c, bills+"/details/"+id+"?offset=1"); got.Total != 1 || len(got.Items) != 0 || got.Items == nil {
		t.Errorf("behind the last item: %+v", got)
	}
}

// The amount of an order is what its inquiry said.
func TestBillIsThePrice(t *testing.T) {
	c := start(t, nil)
	for kind, path := range inquiries() {
		param := forPool(orderPoolID) + c.good()[kind]
		price := c.inquire(path, param).Results[0].Official
		id := c.order(kind, param)[0].OrderID
		if got := billed[bill](c, bills+"/details/"+id).Order.AmountAfterDiscount; got != price.Amount {
			t.Errorf("%s costs %d, and was to cost %d", kind, got, price.Amount)
		}
	}
}

// BSS may know of an order later than Workspace.
func TestLateBilling(t *testing.T) {
	c, set := faulty(t, func(cfg *Config) { cfg.BillingDelay = time.Minute })
	id := c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID
	known := func() [2]bool {
		return [2]bool{billed[billList](c, bills).Total == 1, c.billing(http.MethodGet, bills+"/details/"+id, "").status == http.StatusOK}
	}
	expect := func(when string, want bool) {
		t.Helper()
		if got := known(); got != [2]bool{want, want} {
			t.Errorf("%s: listed and shown: %v, want %v", when, got, want)
		}
	}
	c.clock.add(time.Minute - 1)
	expect("within the delay", false)
	c.clock.add(1)
	expect("after the delay", true)
	if err := set.Add(fault.Fault{Kind: fault.LateListing}); err != nil {
		t.Fatal(err)
	}
	c.clock.add(9*time.Minute - 1)
	expect("within ten minutes of a late listing", false)
	c.clock.add(1)
	expect("after ten minutes", true)
}

// BSS asks for the account: a signature over X-Domain-Id, or a token of the account.
func TestBillingAuthentication(t *testing.T) {
	signed := func(domain string, headers ...string) func(*testCloud, *http.Request) {
		return func(c *testCloud, r *http.Request) {
			r.Header.Set("X-Domain-Id", domain)
			sign(r, "", testAccess, testSecret, c.clock.Now(), headers...)
		}
	}
	token := func(scope string) func(*testCloud, *http.Request) {
		return func(c *testCloud, r *http.Request) { r.Header.Set("X-Auth-Token", c.token(scope)) }
	}
	const denied = "403 CBC.0151 Access denied."
	tests := []struct {
		name string
		auth func(*testCloud, *http.Request)
		want string
	}{
		{"signed for the account", signed("d0", "host", "x-domain-id", "x-sdk-date"), "200"},
		{"the account is not signed", signed("d0", "host", "x-sdk-date"), denied},
		{"another account", signed("d1", "x-domain-id", "x-sdk-date"), denied},
		{"token of the account by name", token(`,"scope":{"domain":{"name":"acme"}}`), "200"},
		{"token of the account by id", token(`,"scope":{"domain":{"id":"d0"}}`), "200"},
		{"token without a scope", token(``), "200"},
		{"token of the project", token(byRegion), denied},
		{"nothing", func(*testCloud, *http.Request) {}, iamAuth + "x-auth-token not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, func(cfg *Config) { cfg.NotSubscribed = true }) // which is Workspace's affair
			r := c.request(http.MethodGet, bills, "")
			tt.auth(c, r)
			if got := c.send(r).code(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer = %q, want %q", got, tt.want)
			}
		})
	}
	c := start(t, nil)
	for _, scope := range []string{`{"domain":{"name":"other"}}`, `{"domain":{"id":"d1","name":"acme"}}`} {
		if a := c.login("reader", "secret", `,"scope":`+scope); a.status != http.StatusNotFound {
			t.Errorf("a token for %s: %d, want 404", scope, a.status)
		}
	}
}

func TestAuthDomains(t *testing.T) {
	type domains struct {
		Domains []struct {
			ID, Name string
			Enabled  bool
		}
	}
	for name, want := range map[string]string{"users": "acme", "no users": "d0"} {
		c := start(t, func(cfg *Config) {
			if name == "no users" {
				cfg.Users = nil
			}
		})
		if got := read[domains](c, "/v3/auth/domains").Domains; len(got) != 1 || got[0].ID != "d0" || got[0].Name != want || !got[0].Enabled {
			t.Errorf("%s: domains = %+v, want d0, %s", name, got, want)
		}
	}
	c := start(t, nil)
	r := c.request(http.MethodGet, "/v3/auth/domains", "")
	r.Header.Set("X-Auth-Token", c.token(byRegion))
	if got := c.send(r).status; got != http.StatusOK {
		t.Errorf("with a token: status = %d, want 200", got)
	}
}
