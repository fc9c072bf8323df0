package alibabasim

import (
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// prices is OriginalPrice, DiscountPrice and TradePrice.
func prices(t *testing.T, got answer) [3]string {
	t.Helper()
	info, _ := got.body["PriceInfo"].(map[string]any)
	price, _ := info["Price"].(map[string]any)
	var list [3]string
	for i, name := range []string{"OriginalPrice", "DiscountPrice", "TradePrice"} {
		n, _ := price[name].(json.Number)
		if list[i] = n.String(); !regexp.MustCompile(`^\d+\.\d\d$`).MatchString(list[i]) {
			t.Errorf("%s is %v, want two digits after the point", name, price[name])
		}
	}
	return list
}

func TestModificationPrice(t *testing.T) {
	faults := &fault.Set{}
	s, _, ids := orderSim(func(c *Config) { c.Faults = faults })
	one := q1("InstanceId", ids[0], "RootDiskSizeGib", "80", "UserDiskSizeGib", "40")
	tests := []struct {
		name  string
		moved bool
		pairs []string
		want  [3]string
	}{
		// 4 more vCPU at 15.50 and 8 GiB at 5.25 are 104.00 a month.
		{"a type", false, append(one, "InstanceType", otherType), [3]string{"104.00", "15.60", "88.40"}},
		{"a smaller type", false, append(one, "InstanceType", "eds.hf.4c8g"), [3]string{"0.00", "0.00", "0.00"}},
		{"the same", false, append(one, "InstanceType", nowType), [3]string{"0.00", "0.00", "0.00"}},
		{"a system disk", false, q1("InstanceId", ids[0], "RootDiskSizeGib", "180", "UserDiskSizeGib", "40", "InstanceType", nowType), [3]string{"31.00", "4.65", "26.35"}},
		{"a data disk, alone", false, specs(ids[:1], "InstanceType", nowType, "ResourceSpecs.1.UserDiskSizeGib", "140"), [3]string{"27.00", "4.05", "22.95"}},
		{"3 desktops", false, specs(ids[:3], "InstanceType", otherType), [3]string{"312.00", "46.80", "265.20"}},
		{"with the promotion", false, append(one, "InstanceType", otherType, "PromotionId", promotion), [3]string{"104.00", "26.00", "78.00"}},
		{"with one that is none", false, append(one, "InstanceType", otherType, "PromotionId", "1"), [3]string{"104.00", "15.60", "88.40"}},
		{"moved", true, append(one, "InstanceType", otherType), [3]string{"124.80", "18.72", "106.08"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.moved {
				if err := faults.Add(fault.Fault{Kind: fault.PriceMoved, Count: 1}); err != nil {
					t.Fatal(err)
				}
			}
			if got := prices(t, done(t, s, "DescribeModificationPrice", tt.pairs...)); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	if len(s.Orders()) != 0 || len(s.Writes()) != 0 || row(t, s, ids[0])["ManagementFlag"] != "NoFlag" {
		t.Error("asking for a price changed something")
	}
}

func TestModificationPriceRules(t *testing.T) {
	s, _, ids := orderSim(nil)
	w := s.c.World
	done(t, s, "DescribeModificationPrice", specs([]string{exampleSubscription}, "InstanceType", otherType)...) // it need not be stopped
	one := func(pairs ...string) []string {
		return append(q1("InstanceId", ids[0], "RootDiskSizeGib", "80", "UserDiskSizeGib", "40", "InstanceType", otherType), pairs...)
	}
	for _, tt := range []struct {
		name  string
		pairs []string
		code  string
	}{
		{"no type", q1("InstanceId", ids[0], "RootDiskSizeGib", "80", "UserDiskSizeGib", "40"), "MissingInstanceType"},
		{"no system disk", q1("InstanceId", ids[0], "UserDiskSizeGib", "40", "InstanceType", otherType), "MissingRootDiskSizeGib"},
		{"no data disk", q1("InstanceId", ids[0], "RootDiskSizeGib", "80", "InstanceType", otherType), "MissingUserDiskSizeGib"},
		{"no desktop", q1("InstanceType", otherType), "MissingInstanceId"},
		{"something else", one("ResourceType", "NetworkPackage"), "InvalidResourceType"},
		{"an unknown desktop", specs([]string{"ud-unknown"}, "InstanceType", otherType), "InvalidDesktopId.NotFound"},
		{"pay-as-you-go", specs([]string{liveIDs(w.groups[1])[0]}, "InstanceType", otherType), "InvalidChargeType.Unsupported"},
		{"to GPU", specs(ids, "InstanceType", "eds.graphics.24c1t4"), "InvalidDesktopType.Modification"},
		{"a smaller disk", specs(ids, "InstanceType", otherType, "RootDiskSizeGib", "70"), "InvalidRootDiskSizeGib"},
		{"21 desktops", specs(many(21), "InstanceType", otherType), "InvalidResourceSpecs"},
	} {
		t.Run(tt.name, func(t *testing.T) { refused(t, s, 400, tt.code, "DescribeModificationPrice", tt.pairs...) })
	}
}

// TestOrderCostsItsPrice: what is billed is what was asked for.
func TestOrderCostsItsPrice(t *testing.T) {
	s, _, ids := orderSim(nil)
	pairs := append(specs(ids, "PromotionId", promotion), "RootDiskSizeGib", "230")
	price := prices(t, done(t, s, "DescribeModificationPrice", append(slices.Clone(pairs), "InstanceType", otherType)...))
	id := done(t, s, "ModifyDesktopSpec", append(pairs, "DesktopType", otherType)...).body["OrderId"].(string)
	_, orders := bill(t, s, "GetOrderDetail", "OrderId", id)
	if len(orders) != 1 || orders[0]["PretaxGrossAmount"] != price[0] || orders[0]["AfterTaxAmount"] != price[2] {
		t.Errorf("priced %v, billed %v", price, orders)
	}
}

// TestPayAsYouGoCostsNothingNow: such a desktop can be changed, and is paid by the hour.
func TestPayAsYouGoCostsNothingNow(t *testing.T) {
	s, _, _ := orderSim(nil)
	id := done(t, s, "ModifyDesktopSpec", "DesktopId", examplePayAsYouGo, "DesktopType", otherType).body["OrderId"].(string)
	if _, orders := bill(t, s, "GetOrderDetail", "OrderId", id); orders[0]["PretaxGrossAmount"] != "0.00" {
		t.Errorf("%v", orders[0])
	}
}

func TestPrice(t *testing.T) {
	s, _, _ := orderSim(nil)
	month := prices(t, done(t, s, "DescribePrice", "InstanceType", otherType, "PeriodUnit", "Month", "RootDiskSizeGib", "100", "UserDiskSizeGib", "40"))
	// 12 vCPU at 15.50, 24 GiB at 5.25, 100 GiB at 0.31, 40 GiB at 0.27.
	if want := [3]string{"353.80", "53.07", "300.73"}; month != want {
		t.Errorf("a month costs %v, want %v", month, want)
	}
	more := prices(t, done(t, s, "DescribePrice", "InstanceType", otherType, "PeriodUnit", "Month", "RootDiskSizeGib", "100", "UserDiskSizeGib", "40", "Period", "3", "Amount", "5"))
	one, _ := new(big.Rat).SetString(month[0])
	fifteen, _ := new(big.Rat).SetString(more[0])
	if one.Mul(one, big.NewRat(15, 1)).Cmp(fifteen) != 0 {
		t.Errorf("3 months of 5 desktops cost %s, one %s", more[0], month[0])
	}
	hour := prices(t, done(t, s, "DescribePrice", "InstanceType", otherType))
	if hour[0] == "0.00" || len(hour[0]) >= len(month[0]) {
		t.Errorf("an hour costs %s, a month %s", hour[0], month[0])
	}
	refused(t, s, 400, "MissingInstanceType", "DescribePrice")
	refused(t, s, 400, "InvalidInstanceType", "DescribePrice", "InstanceType", "large")
	refused(t, s, 400, "InvalidAmount", "DescribePrice", "InstanceType", otherType, "Amount", "1001")
	refused(t, s, 400, "InvalidPeriodUnit", "DescribePrice", "InstanceType", otherType, "PeriodUnit", "Day")
}

// TestPublishedPriceFields: the fields of reference 3.8, no more and no fewer.
func TestPublishedPriceFields(t *testing.T) {
	s, _, ids := orderSim(nil)
	fields := func(m any) []string { return slices.Sorted(maps.Keys(m.(map[string]any))) }
	modify := done(t, s, "DescribeModificationPrice", specs(ids, "InstanceType", otherType)...).body["PriceInfo"].(map[string]any)
	if diff := cmp.Diff([]string{"Price", "Rules"}, fields(modify)); diff != "" {
		t.Errorf("modification (-want +got):\n%s", diff)
	}
	price := modify["Price"].(map[string]any)
	if diff := cmp.Diff([]string{"Currency", "DiscountPrice", "OrderLines", "OriginalPrice", "Promotions", "TradePrice"}, fields(price)); diff != "" {
		t.Errorf("modification's price (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"OptionCode", "PromotionDesc", "PromotionId", "PromotionName", "Selected"}, fields(price["Promotions"].([]any)[0])); diff != "" {
		t.Errorf("promotion (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Description", "RuleId"}, fields(modify["Rules"].([]any)[0])); diff != "" {
		t.Errorf("rule (-want +got):\n%s", diff)
	}
	fresh := done(t, s, "DescribePrice", "InstanceType", otherType).body["PriceInfo"].(map[string]any)
	if diff := cmp.Diff([]string{"FreeCdsQuota", "FreeCdsSize", "Price", "Rules"}, fields(fresh)); diff != "" {
		t.Errorf("new (-want +got):\n%s", diff)
	}
	if price["Currency"] != "CNY" || fresh["Price"].(map[string]any)["SpPrice"] == nil {
		t.Errorf("%v, %v", price, fresh)
	}
}
