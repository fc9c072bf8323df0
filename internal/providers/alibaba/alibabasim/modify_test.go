package alibabasim

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

const (
	nowType   = "eds.enterprise_office.8c16g" // of the idle group
	otherType = "eds.hf.12c24g"
)

func TestModifyDesktopSpecAnswer(t *testing.T) {
	s, _, ids := orderSim(nil)
	got := done(t, s, "ModifyDesktopSpec", specs(ids[:3], "DesktopType", otherType, "AutoPay", "false", "PromotionId", "promo")...)
	id, _ := got.body["OrderId"].(string)
	if !regexp.MustCompile(`^[1-9]\d{14}$`).MatchString(id) {
		t.Errorf("order id %q is not 15 digits", id)
	}
	want := map[string]any{"RequestId": got.header.Get("x-acs-request-id"), "OrderId": id, "OrderIds": []any{json.Number(id)}}
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	orders := s.Orders()
	if len(orders) != 1 {
		t.Fatalf("%d orders", len(orders))
	}
	params := orders[0].Params
	orders[0].Params = nil
	if diff := cmp.Diff(Order{
		ID: id, Operation: "ModifyDesktopSpec", DesktopIDs: ids[:3], DesktopType: otherType, PromotionID: "promo",
		CreatedAt: day, PaymentStatus: "unpaid",
	}, orders[0]); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if params.Get("ResourceSpecs.2.DesktopId") != ids[1] || params.Get("AutoPay") != "false" {
		t.Errorf("parameters %v", params)
	}
}

func TestOrderEachDesktop(t *testing.T) {
	s, _, ids := orderSim(func(c *Config) { c.OrderEachDesktop = true })
	got := done(t, s, "ModifyDesktopSpec", specs(ids, "DesktopType", otherType)...)
	var told []string
	for _, n := range got.body["OrderIds"].([]any) {
		told = append(told, n.(json.Number).String())
	}
	var booked []string
	for i, o := range s.Orders() {
		booked = append(booked, o.ID)
		if !slices.Equal(o.DesktopIDs, ids[i:i+1]) {
			t.Errorf("order %d is for %v, want %s", i, o.DesktopIDs, ids[i])
		}
	}
	if len(told) != len(ids) || !slices.Equal(told, booked) || told[0] != got.body["OrderId"] {
		t.Errorf("told %v, first %v, booked %v", told, got.body["OrderId"], booked)
	}
	slices.Sort(told)
	if len(slices.Compact(told)) != len(ids) {
		t.Error("order ids are not unique")
	}
	if w := s.Writes(); len(w) != 1 || !slices.Equal(w[0].OrderIDs, booked) {
		t.Errorf("writes %+v", w)
	}
}

// TestModifyDesktopSpecRules tries each rule on its own.
func TestModifyDesktopSpecRules(t *testing.T) {
	s, _, ids := orderSim(nil)
	w := s.c.World
	gpu, office, basic := w.groups[4], w.groups[2], w.groups[3]
	stopped := func(g *group) string {
		for slot := range g.slots() {
			if d := g.desktop(slot); d.status == "Stopped" && d.flag == "NoFlag" {
				return d.id()
			}
		}
		t.Fatal("none is stopped")
		return ""
	}
	like := func(field, word string) string {
		for _, g := range []*group{w.groups[0], w.groups[1], w.groups[10], w.groups[11]} { // whose types could become the other
			for slot := range g.slots() {
				if d := g.desktop(slot); !d.example() && (field == "status" && d.status == word || field == "flag" && d.flag == word) {
					return d.id()
				}
			}
		}
		t.Fatalf("no desktop has %s %s", field, word)
		return ""
	}
	one := func(pairs ...string) []string { return append([]string{"DesktopId", ids[0]}, pairs...) }
	same := func(pairs ...string) []string { return append(one("DesktopType", nowType), pairs...) }
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"no type", one("RootDiskSizeGib", "100"), "MissingDesktopType"},
		{"no desktop", q1("DesktopType", otherType), "MissingDesktopId"},
		{"a spec without a desktop", q1("DesktopType", otherType, "ResourceSpecs.1.RootDiskSizeGib", "100"), "MissingDesktopId"},
		{"a desktop and specs", specs(ids[1:2], one("DesktopType", otherType)...), "InvalidResourceSpecs"},
		{"a desktop twice", specs([]string{ids[0], ids[0]}, "DesktopType", otherType), "InvalidResourceSpecs"},
		{"21 desktops", specs(many(21), "DesktopType", otherType), "InvalidResourceSpecs"},
		{"an unknown desktop", q1("DesktopType", otherType, "DesktopId", "ud-unknown"), "InvalidDesktopId.NotFound"},
		{"one unknown of two", specs([]string{ids[0], "ud-unknown"}, "DesktopType", otherType), "InvalidDesktopId.NotFound"},
		{"a deleted desktop", q1("DesktopType", otherType, "DesktopId", w.groups[6].desktop(deletedAt).id()), "InvalidDesktopId.NotFound"},
		{"another region", one("DesktopType", otherType, "RegionId", "cn-beijing"), "InvalidDesktopId.NotFound"},
		{"an unknown type", one("DesktopType", "eds.huge.1c1g"), "InvalidDesktopType"},
		{"to GPU", one("DesktopType", "eds.graphics.24c1t4"), "InvalidDesktopType.Modification"},
		{"from GPU", q1("DesktopId", stopped(gpu), "DesktopType", otherType), "InvalidDesktopType.Modification"},
		{"to general office", one("DesktopType", "eds.general.8c16g"), "InvalidDesktopType.Modification"},
		{"from general office", q1("DesktopId", stopped(office), "DesktopType", otherType), "InvalidDesktopType.Modification"},
		{"sold out", one("DesktopType", "ecd.performance.2xlarge"), "OperationDenied.NoStock"},
		{"AutoPay that is none", one("DesktopType", otherType, "AutoPay", "1"), "InvalidAutoPay"},
		{"a level that is none", same("UserDiskPerformanceLevel", "PL9"), "InvalidUserDiskPerformanceLevel"},
		{"a resource type that is none", same("ResourceType", "Toaster"), "InvalidResourceType"},
		{"system disk past the gateway", same("RootDiskSizeGib", "32769"), "InvalidRootDiskSizeGib"},
		{"system disk too large", same("RootDiskSizeGib", "510"), "InvalidRootDiskSizeGib"},
		{"system disk smaller", same("RootDiskSizeGib", "70"), "InvalidRootDiskSizeGib"},
		{"system disk in fives", same("RootDiskSizeGib", "125"), "InvalidRootDiskSizeGib"},
		{"data disk smaller", same("UserDiskSizeGib", "30"), "InvalidUserDiskSizeGib"},
		{"data disk too large", same("UserDiskSizeGib", "1030"), "InvalidUserDiskSizeGib"},
		{"data disk in fives", same("UserDiskSizeGib", "55"), "InvalidUserDiskSizeGib"},
		{"a size for one of two", specs(ids[:2], "DesktopType", nowType, "ResourceSpecs.2.UserDiskSizeGib", "45"), "InvalidUserDiskSizeGib"},
		{"a data disk that is not there", q1("DesktopId", stopped(basic), "DesktopType", "ecd.basic.small", "UserDiskSizeGib", "40"), "InvalidUserDiskSizeGib"},
		{"running", q1("DesktopId", like("status", "Running"), "DesktopType", otherType), "IncorrectDesktopStatus"},
		{"expired", q1("DesktopId", like("status", "Expired"), "DesktopType", otherType), "IncorrectDesktopStatus"},
		{"updating", q1("DesktopId", like("flag", "Updating"), "DesktopType", otherType), "IncorrectDesktopStatus"},
		{"migrating", q1("DesktopId", like("flag", "Migrating"), "DesktopType", otherType), "IncorrectDesktopStatus"},
		{"one running of two", specs([]string{ids[0], like("status", "Running")}, "DesktopType", otherType), "IncorrectDesktopStatus"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, s, 400, tt.code, "ModifyDesktopSpec", tt.pairs...) })
	}
	if n := len(s.Writes()); n != len(tests) {
		t.Errorf("%d writes were noted, want %d", n, len(tests))
	}
	for _, id := range ids {
		if r := row(t, s, id); r["ManagementFlag"] != "NoFlag" || r["DesktopType"] != nowType || disks(r) != "SYSTEM 80 DATA 40" {
			t.Errorf("%s was changed though all was refused: %v", id, r)
		}
	}
}

func q1(pairs ...string) []string { return pairs }

func many(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, "ud-"+digits(i))
	}
	return ids
}

func TestModifyDesktopSpecTakes(t *testing.T) {
	tests := []struct {
		name  string
		pairs []string
		disks string
	}{
		{"the least step", q1("RootDiskSizeGib", "90", "UserDiskSizeGib", "50"), "SYSTEM 90 DATA 50"},
		{"the most", q1("RootDiskSizeGib", "500", "UserDiskSizeGib", "1020"), "SYSTEM 500 DATA 1020"},
		{"sizes as they are", q1("RootDiskSizeGib", "80", "UserDiskSizeGib", "40"), "SYSTEM 80 DATA 40"},
		{"zeros", q1("RootDiskSizeGib", "0", "UserDiskSizeGib", "0"), "SYSTEM 80 DATA 40"},
		{"one disk", q1("UserDiskSizeGib", "200"), "SYSTEM 80 DATA 200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c, ids := orderSim(nil)
			done(t, s, "ModifyDesktopSpec", append(tt.pairs, "DesktopId", ids[0], "DesktopType", nowType)...)
			done(t, s, "ModifyDesktopSpec", append(tt.pairs, "ResourceSpecs.4.DesktopId", ids[1], "DesktopType", nowType)...)
			c.pass(time.Second)
			for _, id := range ids[:2] {
				if got := disks(row(t, s, id)); got != tt.disks {
					t.Errorf("disks %s, want %s", got, tt.disks)
				}
			}
		})
	}
}

// TestChangeTakesItsTime follows an order that pays at once, in all views.
func TestChangeTakesItsTime(t *testing.T) {
	s, c, ids := orderSim(func(cfg *Config) { cfg.ChangeTime = 10 * time.Second })
	done(t, s, "ModifyDesktopSpec", specs(ids[:1], "DesktopType", otherType, "ResourceSpecs.1.RootDiskSizeGib", "120", "UserDiskSizeGib", "60")...)
	steps := []struct {
		after                   time.Duration
		flag, kind, disks, disk string
		cpu                     int
	}{
		{0, "Updating", nowType, "SYSTEM 80 DATA 40", "80", 8},
		{10*time.Second - 1, "Updating", nowType, "SYSTEM 80 DATA 40", "80", 8},
		{10 * time.Second, "NoFlag", otherType, "SYSTEM 120 DATA 60", "120", 12},
		{time.Hour, "NoFlag", otherType, "SYSTEM 120 DATA 60", "120", 12},
	}
	for _, step := range steps {
		c.now = day.Add(step.after)
		r := row(t, s, ids[0])
		if r["ManagementFlag"] != step.flag || r["DesktopType"] != step.kind || disks(r) != step.disks ||
			(answer{body: r}).number("Cpu") != step.cpu || r["DesktopStatus"] != "Stopped" {
			t.Errorf("after %v: %v", step.after, r)
		}
		in := done(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", s.c.World.IdleGroup(), "MaxResults", "1").rows("PaidDesktops")[0]
		if in["ManagementFlag"] != step.flag || in["SystemDiskSize"] != json.Number(step.disk) {
			t.Errorf("after %v, in the group: %v", step.after, in)
		}
		info := done(t, s, "DescribeDesktopInfo", "DesktopId.1", ids[0]).rows("Desktops")[0]
		if diff := cmp.Diff([]any{step.flag}, info["ManagementFlag"]); diff != "" {
			t.Errorf("after %v, its info (-want +got):\n%s", step.after, diff)
		}
		updating := done(t, s, "DescribeDesktops", append(slices.Clone(pooled), "DesktopGroupId", s.c.World.IdleGroup(), "ManagementFlag", "Updating")...)
		ofType := done(t, s, "DescribeDesktops", append(slices.Clone(pooled), "DesktopType", otherType)...)
		if n := updating.number("TotalCount"); (n == 1) != (step.flag == "Updating") {
			t.Errorf("after %v: %d are found as Updating", step.after, n)
		}
		if n := ofType.number("TotalCount"); (n == 1) != (step.kind == otherType) {
			t.Errorf("after %v: %d are found by their new type", step.after, n)
		}
	}
	if r := row(t, s, ids[1]); r["DesktopType"] != nowType || disks(r) != "SYSTEM 80 DATA 40" {
		t.Errorf("a desktop that was not ordered for: %v", r)
	}
}

func TestNothingHappensUntilPaid(t *testing.T) {
	s, c, ids := orderSim(nil)
	id := done(t, s, "ModifyDesktopSpec", specs(ids[:2], "DesktopType", otherType, "AutoPay", "false")...).body["OrderId"].(string)
	other := done(t, s, "ModifyDesktopSpec", specs(ids[2:3], "DesktopType", otherType, "AutoPay", "false")...).body["OrderId"].(string)
	c.pass(time.Hour)
	if r := row(t, s, ids[0]); r["ManagementFlag"] != "NoFlag" || r["DesktopType"] != nowType {
		t.Fatalf("changed without being paid: %v", r)
	}
	if err := s.Pay(id); err != nil {
		t.Fatal(err)
	}
	if r := row(t, s, ids[1]); r["ManagementFlag"] != "Updating" {
		t.Errorf("just paid: %v", r["ManagementFlag"])
	}
	c.pass(time.Second)
	if r := row(t, s, ids[1]); r["ManagementFlag"] != "NoFlag" || r["DesktopType"] != otherType {
		t.Errorf("a second later: %v", r)
	}
	if err := s.Cancel(other); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{id, other, "200000000000000", ""} {
		if s.Pay(id) == nil || s.Cancel(id) == nil {
			t.Errorf("order %q was paid or canceled, though it is unknown or not unpaid", id)
		}
	}
	var states []string
	for _, o := range s.Orders() {
		states = append(states, o.PaymentStatus)
	}
	if diff := cmp.Diff([]string{"paid", "canceled"}, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := row(t, s, ids[2]); r["DesktopType"] != nowType {
		t.Errorf("a canceled order had an effect: %v", r)
	}
}

func TestGuard(t *testing.T) {
	change := func(id string) []string { return q1("DesktopId", id, "DesktopType", otherType, "AutoPay", "false") }
	s, c, ids := orderSim(nil)
	done(t, s, "ModifyDesktopSpec", change(ids[0])...)
	refused(t, s, 400, "OperationTooFrequent", "ModifyDesktopSpec", change(ids[0])...)
	refused(t, s, 400, "OperationTooFrequent", "ModifyDesktopSpec", specs(ids[:2], "DesktopType", otherType)...)
	done(t, s, "ModifyDesktopSpec", change(ids[1])...)
	if err := s.Cancel(s.Orders()[1].ID); err != nil {
		t.Fatal(err)
	}
	done(t, s, "ModifyDesktopSpec", change(ids[1])...) // what was canceled does not count
	c.now = day.Add(5*time.Minute - 1)
	refused(t, s, 400, "OperationTooFrequent", "ModifyDesktopSpec", change(ids[0])...)
	c.now = day.Add(5 * time.Minute)
	done(t, s, "ModifyDesktopSpec", change(ids[0])...)

	s, c, ids = orderSim(func(c *Config) { c.Guard = time.Minute })
	done(t, s, "ModifyDesktopSpec", change(ids[0])...)
	c.pass(time.Minute)
	done(t, s, "ModifyDesktopSpec", change(ids[0])...)

	s, _, ids = orderSim(func(c *Config) { c.Guard = -1 })
	done(t, s, "ModifyDesktopSpec", change(ids[0])...)
	done(t, s, "ModifyDesktopSpec", change(ids[0])...)
}

func TestMoneyKnobs(t *testing.T) {
	s, _, ids := orderSim(func(c *Config) { c.UnpaidBlocks, c.Guard = true, -1 })
	change := q1("DesktopId", ids[0], "DesktopType", otherType, "AutoPay", "false")
	done(t, s, "ModifyDesktopSpec", change...)
	refused(t, s, 403, "Order.Unpaid", "ModifyDesktopSpec", change...)
	if err := s.Cancel(s.Orders()[0].ID); err != nil {
		t.Fatal(err)
	}
	done(t, s, "ModifyDesktopSpec", change...)

	s, _, ids = orderSim(func(c *Config) { c.InsufficientBalance = true })
	refused(t, s, 403, "InvalidAccountStatus.NotEnoughBalance", "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType)
	refused(t, s, 403, "InvalidAccountStatus.NotEnoughBalance", "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType, "AutoPay", "true")
	done(t, s, "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType, "AutoPay", "false")
}

func TestFaultsOfTrade(t *testing.T) {
	faults := &fault.Set{}
	s, _, ids := orderSim(func(c *Config) { c.Faults = faults })
	for kind, code := range map[fault.Kind]string{fault.SoldOut: "OperationDenied.NoStock", fault.PartialFailure: "IncorrectDesktopStatus"} {
		if err := faults.Add(fault.Fault{Source: "ali-hz", Operation: "ModifyDesktopSpec", Kind: kind, Count: 1}); err != nil {
			t.Fatal(err)
		}
		refused(t, s, 400, code, "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType)
	}
	done(t, s, "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType)
}

// FuzzModifyDesktopSpec orders with any parameters: what is booked keeps the rules.
func FuzzModifyDesktopSpec(f *testing.F) {
	_, _, ids := orderSim(nil)
	for _, pairs := range [][]string{
		specs(ids, "DesktopType", otherType, "AutoPay", "false"),
		q1("DesktopId", ids[0], "DesktopType", nowType, "RootDiskSizeGib", "120"),
		specs(ids[:2], "DesktopType", nowType, "ResourceSpecs.2.UserDiskSizeGib", "1020", "ResourceSpecs.9.DesktopId", ids[2]),
	} {
		f.Add(q(pairs...).Encode())
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s, c, _ := orderSim(func(c *Config) { c.World = fuzzWorld })
		values.Set("RegionId", "cn-hangzhou")
		p := &params{values: values, write: &Write{}}
		s.perform(findOperation("ModifyDesktopSpec"), p)
		orders := s.Orders()
		if (p.err == nil) != (len(orders) == 1) {
			t.Fatalf("%v, and %d orders", p.err, len(orders))
		}
		if p.err != nil {
			return
		}
		c.pass(time.Hour)
		v := view{&s.history, c.now}
		o := orders[0]
		if n := len(o.DesktopIDs); n < 1 || n > 20 || len(slices.Compact(slices.Sorted(slices.Values(o.DesktopIDs)))) != n {
			t.Errorf("an order for %v", o.DesktopIDs)
		}
		for _, id := range o.DesktopIDs {
			was, _ := s.c.World.desktop(id)
			is := v.desktop(was.g, was.slot)
			if was.status != "Stopped" || was.flag != "NoFlag" {
				t.Errorf("%s was %s, %s", id, was.status, was.flag)
			}
			if is.systemGiB() < was.systemGiB() || is.systemGiB() > 500 || is.dataGiB() < was.dataGiB() || is.dataGiB() > 1020 && is.dataGiB() != was.dataGiB() {
				t.Errorf("%s went from %d and %d GiB to %d and %d", id, was.systemGiB(), was.dataGiB(), is.systemGiB(), is.dataGiB())
			}
			if o.PaymentStatus == payPaid && is.product().id != o.DesktopType || is.product().gpu != was.product().gpu {
				t.Errorf("%s became a %s", id, is.product().id)
			}
		}
	})
}

var fuzzWorld = NewWorld(7, WorldOptions{Groups: 13, Desktops: 600})
