package alibaba

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestCalls holds the parameters of every kind of call, letter for letter.
func TestCalls(t *testing.T) {
	two := []desk{{id: "ecd-b", system: 80, data: 100}, {id: "ecd-a", system: 80, data: 60}}
	mixed := []desk{{id: "ecd-c", product: "ecd.basic.small", system: 80}, {id: "ecd-b", system: 80}, {id: "ecd-a", product: "ecd.basic.small", system: 80}}
	tests := []struct {
		name     string
		desktops []desk
		order    pool.Order
		change   func(*pool.Order)
		want     []string
		targets  [][]string // DesktopIDs of each call
	}{
		{"resize a pool", two, resize("dg-1"), nil, []string{
			"ModifyDesktopSpec?AutoPay=false&DesktopType=eds.general.8c16g&ResourceSpecs.1.DesktopId=ecd-a&ResourceSpecs.2.DesktopId=ecd-b",
		}, [][]string{{"ecd-a", "ecd-b"}}},
		{"resize a desktop, pay, with a promotion", two, resize("", "ecd-b"), func(o *pool.Order) { o.AutoPay, o.PromotionPlanID = true, "promo & more" }, []string{
			"ModifyDesktopSpec?AutoPay=true&DesktopType=eds.general.8c16g&PromotionId=promo+%26+more&ResourceSpecs.1.DesktopId=ecd-b",
		}, [][]string{{"ecd-b"}}},
		{"extend the system disk of types apart", mixed, extend("SYSTEM", 120, "dg-1"), nil, []string{
			"ModifyDesktopSpec?AutoPay=false&DesktopType=ecd.basic.small&ResourceSpecs.1.DesktopId=ecd-a&ResourceSpecs.1.RootDiskSizeGib=120&ResourceSpecs.2.DesktopId=ecd-c&ResourceSpecs.2.RootDiskSizeGib=120",
			"ModifyDesktopSpec?AutoPay=false&DesktopType=eds.general.2c4g&ResourceSpecs.1.DesktopId=ecd-b&ResourceSpecs.1.RootDiskSizeGib=120",
		}, [][]string{{"ecd-a", "ecd-c"}, {"ecd-b"}}},
		{"extend the data disk", two, extend("DATA", 200, "", "ecd-a", "ecd-b"), nil, []string{
			"ModifyDesktopSpec?AutoPay=false&DesktopType=eds.general.2c4g&ResourceSpecs.1.DesktopId=ecd-a&ResourceSpecs.1.UserDiskSizeGib=200&ResourceSpecs.2.DesktopId=ecd-b&ResourceSpecs.2.UserDiskSizeGib=200",
		}, [][]string{{"ecd-a", "ecd-b"}}},
		{"extend a disk by its own id", two, extend("d-ecd-b-data", 200, "", "ecd-b"), nil, []string{
			"ModifyDesktopSpec?AutoPay=false&DesktopType=eds.general.2c4g&ResourceSpecs.1.DesktopId=ecd-b&ResourceSpecs.1.UserDiskSizeGib=200",
		}, [][]string{{"ecd-b"}}},
		{"change the image of a pool", two, changeImage("dg-1"), nil, []string{
			"ResetDesktops?DesktopGroupId=dg-1&ImageId=m-new&PayType=PrePaid&ResetScope=ALL&ResetType=1",
		}, [][]string{nil}},
		{"change the image of desktops", two, changeImage("", "ecd-a", "ecd-b"), nil, []string{
			"ResetDesktops?DesktopId.1=ecd-a&DesktopId.2=ecd-b&ImageId=m-new&ResetScope=ALL&ResetType=1",
		}, [][]string{{"ecd-a", "ecd-b"}}},
		{"nothing to resize", nil, resize("dg-1"), nil, nil, nil},
		{"nothing to reset", nil, changeImage("dg-1"), nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change != nil {
				tt.change(&tt.order)
			}
			c := (&office{desktops: slices.Clone(tt.desktops)}).open(t)
			p := plan(t, c, tt.order)
			if diff := cmp.Diff(tt.want, requestsOf(t, p.Calls)); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			var targets [][]string
			for _, call := range p.Calls {
				targets = append(targets, call.DesktopIDs)
				orders := map[string]int{modifySpec: 1, resetAll: 0}[call.Operation]
				if call.PoolID != tt.order.PoolID || call.Orders != orders {
					t.Errorf("pool %q, %d orders; want %q, %d", call.PoolID, call.Orders, tt.order.PoolID, orders)
				}
			}
			same(t, "targets", targets, tt.targets)
			again := plan(t, c, tt.order)
			if diff := cmp.Diff(p.Calls, again.Calls); diff != "" {
				t.Errorf("planned again (-first +second):\n%s", diff)
			}
			if p.Desktops == nil || p.Obstacle != nil {
				t.Errorf("desktops %v, obstacle %v", p.Desktops, p.Obstacle)
			}
			if w := writes(c); w != 0 {
				t.Errorf("planning wrote %d times", w)
			}
		})
	}
}

// writes counts the calls that change something.
func writes(c *cloud) (n int) {
	for _, action := range c.actions() {
		if action == modifySpec || action == resetAll {
			n++
		}
	}
	return n
}

// TestCallsOfTwenty proves that each desktop of a large pool is in one call, at most 20 in each.
func TestCallsOfTwenty(t *testing.T) {
	c := (&office{desktops: desks(145, desk{system: 80})}).open(t)
	p := plan(t, c, resize("dg-1"))
	var all []string
	for i, call := range p.Calls {
		if want := min(20, 145-20*i); len(call.DesktopIDs) != want {
			t.Errorf("call %d is for %d desktops, want %d", i, len(call.DesktopIDs), want)
		}
		all = append(all, call.DesktopIDs...)
	}
	if want := nativeIDs(p.Desktops); len(p.Calls) != 8 || len(want) != 145 || !slices.Equal(all, want) {
		t.Errorf("%d calls for %d of %d desktops", len(p.Calls), len(all), len(want))
	}
}

func TestPlanOfPool(t *testing.T) {
	c := (&office{desktops: []desk{
		{id: "ecd-a", system: 80, data: 60, image: "m-1", resetTime: "2026-01-05 08:00:00"},
		{id: "ecd-gone", status: "Deleted"},
		{id: "ecd-b", status: "Running", connection: "Connected", system: 80, charge: "PostPaid"},
		{id: "ecd-other", group: "dg-2"},
	}}).open(t)
	p := plan(t, c, resize("dg-1"))
	same(t, "desktops", ids(p.Desktops), []string{"ecd-a", "ecd-b"})
	want := pool.Desktop{
		NativeID: "ecd-a", PoolID: "dg-1", LifecycleState: pool.LifecycleReady, PowerState: pool.Stopped, ConnectionState: pool.NotConnected,
		AssignmentState: pool.Unassigned, BillingState: pool.BillingActive, BillingMode: pool.Prepaid,
		Assignments: []pool.Assignment{}, ActiveUsers: []pool.User{}, Image: pool.Image{ID: "m-1"}, Product: pool.Product{ID: "eds.general.2c4g"},
		Disks: []pool.Disk{
			{ID: "SYSTEM", Role: pool.SystemDisk, SizeGiB: new(80)}, {ID: "DATA", Role: pool.DataDisk, SizeGiB: new(60)},
		},
		ResetAt: at("2026-01-05T08:00:00Z"),
	}
	if diff := cmp.Diff(want, p.Desktops[0]); diff != "" {
		t.Errorf("desktop (-want +got):\n%s", diff)
	}
	same(t, "billing of the other", p.Desktops[1].BillingMode, pool.Postpaid)
	if len(p.Pools) != 1 || p.Pools[0].NativeID != "dg-1" || p.AsOf.IsZero() {
		t.Errorf("pools %+v as of %v", p.Pools, p.AsOf)
	}
	impact := pool.Impact{Desktops: new(2), Running: new(1), Connected: new(1), AsOf: p.AsOf}
	if diff := cmp.Diff(impact, p.Impact); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	same(t, "IgnoreDeleted", c.requests()[2].Query.Get("IgnoreDeleted"), "false")
	const wasA = `"ecd-a":{"pool_id":"dg-1","product_id":"eds.general.2c4g","image_id":"m-1","system_gib":80,"data_gib":60,"reset_at":"2026-01-05T08:00:00Z"}`
	if got := string(p.Calls[0].Before); !strings.Contains(got, wasA) {
		t.Errorf("before is %s, want %s in it", got, wasA)
	}
}

func TestPlanOfDesktops(t *testing.T) {
	c := (&office{desktops: []desk{{id: "ecd-a", group: "dg-2"}, {id: "ecd-b"}, {id: "ecd-c", charge: "PostPaid"}}}).open(t)
	p := plan(t, c, resize("", "ecd-a", "ecd-b", "ecd-c"))
	same(t, "desktops", ids(p.Desktops), []string{"ecd-a", "ecd-b", "ecd-c"})
	var pools []string
	for _, q := range p.Pools {
		pools = append(pools, q.NativeID)
	}
	same(t, "pools", pools, []string{"dg-1", "dg-2"})
	same(t, "billing", p.Desktops[2].BillingMode, pool.Postpaid)
	for _, r := range c.requests() {
		if r.Action == "DescribeDesktops" {
			same(t, "parameters", r.Query.Get("OnlyDesktopGroup")+r.Query.Get("FilterDesktopGroup")+r.Query.Get("MaxResults"), "truefalse100")
		}
	}
}

// TestUnknownConnections proves that who is connected is not known where the cloud does not know it.
func TestUnknownConnections(t *testing.T) {
	for status, known := range map[string]bool{"Running": false, "Starting": false, "Stopped": true} {
		c := (&office{desktops: []desk{{id: "ecd-a", status: status, connection: "Unknown"}}}).open(t)
		if got := plan(t, c, changeImage("dg-1")).Impact.Connected; (got != nil) != known {
			t.Errorf("%s: connected is %v", status, got)
		}
	}
}

func TestObstacles(t *testing.T) {
	tests := []struct {
		name          string
		with          desk
		modify, reset string // in the Detail; "" is no obstacle
	}{
		{"stopped", desk{}, "", ""},
		{"running", desk{status: "Running"}, "are not stopped", ""},
		{"starting", desk{status: "Starting"}, "are not stopped", ""},
		{"stopping", desk{status: "Stopping"}, "are not stopped", ""},
		{"hibernated", desk{status: "Hibernated"}, "are not stopped", ""},
		{"failed", desk{status: "Failed"}, "are not stopped", ""},
		{"a new word", desk{status: "Levitating"}, "are not stopped", ""},
		{"expired", desk{status: "Expired"}, "have expired", "have expired"},
		{"updating", desk{flag: "Updating"}, "are being changed", "are being changed"},
		{"migrating", desk{flag: "Migrating"}, "are being changed", "are being changed"},
		{"pending", desk{status: "Pending"}, "are being changed", "are being changed"},
		{"rebuilding", desk{status: "Rebuilding"}, "are being changed", "are being changed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.with.id, tt.with.system = "ecd-a", 80
			c := (&office{desktops: []desk{tt.with, {id: "ecd-b", system: 80}}}).open(t)
			for _, o := range []struct {
				order pool.Order
				want  string
			}{
				{resize("dg-1"), tt.modify}, {extend("SYSTEM", 100, "dg-1"), tt.modify}, {resize("", "ecd-a", "ecd-b"), tt.modify},
				{changeImage("dg-1"), tt.reset}, {changeImage("", "ecd-a", "ecd-b"), tt.reset},
			} {
				e := plan(t, c, o.order).Obstacle
				switch {
				case o.want == "" && e != nil:
					t.Errorf("%s: %v", o.order.Type, e)
				case o.want != "" && (e == nil || e.Kind != pool.Conflict || e.Source != "ali-hz" || !strings.HasPrefix(e.Detail, "1 of 2 desktops "+o.want)):
					t.Errorf("%s: obstacle %+v, want Conflict: %s", o.order.Type, e, o.want)
				}
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	fault := func(pointer, code string, allowed ...string) pool.Fault {
		return pool.Fault{Pointer: pointer, Code: code, Allowed: allowed}
	}
	const size, disk = "/extend_volume/new_size_gib", "/extend_volume/disk_id"
	one := []desk{{id: "ecd-a", system: 80, data: 100}}
	gpu := []desk{{id: "ecd-a", product: "eds.graphics.16c1t4", system: 80, data: 20}}
	tests := []struct {
		name     string
		desktops []desk
		order    pool.Order
		want     []pool.Fault
	}{
		{"a size below the bounds", one, extend("SYSTEM", 70, "dg-1"), []pool.Fault{fault(size, codeRange), fault(size, codeRange)}},
		{"a size above the bounds of the system disk", one, extend("SYSTEM", 510, "dg-1"), []pool.Fault{fault(size, codeRange)}},
		{"a size above the bounds of the data disk", one, extend("DATA", 1030, "dg-1"), []pool.Fault{fault(size, codeRange)}},
		{"a size in no step", one, extend("DATA", 105, "dg-1"), []pool.Fault{fault(size, codeInvalid)}},
		{"the same size", one, extend("DATA", 100, "dg-1"), []pool.Fault{fault(size, codeRange)}},
		{"too small for a GPU type", gpu, extend("DATA", 30, "dg-1"), []pool.Fault{fault(size, codeRange)}},
		{"too small for one of two desktops", append(slices.Clone(one), desk{id: "ecd-b", system: 80, data: 300}), extend("DATA", 200, "dg-1"), []pool.Fault{fault(size, codeRange)}},
		{"an unknown disk", one, extend("d-nowhere", 200, "", "ecd-a"), []pool.Fault{fault(disk, codeWord, "SYSTEM", "DATA")}},
		{"one desktop's disk for a pool", desks(2, desk{system: 80, data: 100}), extend("d-ecd-001-data", 200, "dg-1"), []pool.Fault{fault(disk, codeWord, "SYSTEM", "DATA")}},
		{"no data disk", append(slices.Clone(one), desk{id: "ecd-b", system: 80}), extend("DATA", 200, "dg-1"), []pool.Fault{fault(disk, codeInvalid)}},
		{"a desktop in no pool", []desk{{id: "ecd-a"}, {id: "ecd-b", group: "null"}}, resize("", "ecd-a", "ecd-b"), []pool.Fault{fault("/target/desktop_ids/1", codeInvalid)}},
		{"too large a pool", desks(1001, desk{}), changeImage("dg-1"), []pool.Fault{fault("/target/pool_id", codeInvalid)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := (&office{desktops: slices.Clone(tt.desktops)}).open(t)
			_, err := c.source.Ordering.Plan(t.Context(), tt.order)
			e := pool.AsError(err)
			if !errors.Is(err, pool.Invalid) || e.Source != "ali-hz" {
				t.Fatalf("error %v, want Invalid", err)
			}
			if diff := cmp.Diff(tt.want, e.Faults, cmpopts.IgnoreFields(pool.Fault{}, "Detail")); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			for _, f := range e.Faults {
				if !strings.HasSuffix(f.Detail, ".") {
					t.Errorf("detail %q is no sentence", f.Detail)
				}
			}
		})
	}
	if p := plan(t, (&office{desktops: slices.Clone(gpu)}).open(t), extend("DATA", 40, "dg-1")); len(p.Calls) != 1 {
		t.Errorf("%d calls for 40 GiB of a GPU type, want 1", len(p.Calls))
	}
	if p := plan(t, (&office{desktops: desks(1000, desk{})}).open(t), changeImage("dg-1")); len(p.Desktops) != 1000 {
		t.Errorf("%d desktops, want 1000", len(p.Desktops))
	}
}

// TestSizesBesideGPU proves that a type is one with a GPU by what the cloud says of it, or by its name.
func TestSizesBesideGPU(t *testing.T) {
	for _, p := range []pool.Product{{ID: "eds.hf.4c8g", GPU: &pool.GPU{Count: new(1.0)}}, {ID: "ecd.graphics.xlarge"}} {
		both := target{desktops: []pool.Desktop{{Product: pool.Product{ID: "eds.hf.4c8g"}}, {Product: p}}}
		if low, high := both.sizes(pool.DataDisk); low != 40 || high != 1020 {
			t.Errorf("%s: %d to %d GiB, want 40 to 1020", p.ID, low, high)
		}
	}
}

func TestPlanNotFound(t *testing.T) {
	for name, o := range map[string]pool.Order{"desktop": resize("", "ecd-a", "ecd-nowhere"), "deleted desktop": resize("", "ecd-gone")} {
		c := (&office{desktops: []desk{{id: "ecd-a"}, {id: "ecd-gone", status: "Deleted"}}}).open(t)
		if _, err := c.source.Ordering.Plan(t.Context(), o); !errors.Is(err, pool.NotFound) {
			t.Errorf("%s: error %v, want NotFound", name, err)
		}
	}
	c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": `{"DesktopGroups":[]}`, "GetDesktopGroupDetail": `{"RequestId":"R"}`}))
	if _, err := c.source.Ordering.Plan(t.Context(), changeImage("dg-1")); !errors.Is(err, pool.NotFound) {
		t.Errorf("pool: error %v, want NotFound", err)
	}
}

// TestPlanDisagrees proves that an order is not planned for desktops of which the cloud says too little.
func TestPlanDisagrees(t *testing.T) {
	o := &office{desktops: desks(2, desk{system: 80})}
	c := o.open(t)
	o.give = answering("DescribeDesktops", 200, `{"Desktops":[{"DesktopId":"ecd-001","DesktopStatus":"Stopped"}]}`)
	if _, err := c.source.Ordering.Plan(t.Context(), resize("dg-1")); !errors.Is(err, pool.Failed) {
		t.Errorf("a desktop is missing: error %v, want Failed", err)
	}
	o.give = answering("DescribeDesktops", 200, `{"Desktops":[{"DesktopId":"ecd-001"},{"DesktopId":"ecd-002"}]}`)
	if _, err := c.source.Ordering.Plan(t.Context(), extend("SYSTEM", 100, "dg-1")); !errors.Is(err, pool.BadBody) {
		t.Errorf("a type is missing: error %v, want BadBody", err)
	}
}

func TestOrderingSays(t *testing.T) {
	o := (&office{}).open(t).source.Ordering
	var got []string
	for _, s := range o.Types {
		line := fmt.Sprintf("%s price=%v", s.Type, s.Price)
		for _, p := range s.Parameters {
			line += fmt.Sprintf(" %s:%s:%v", p.Name, p.Type, p.Required)
			if p.Min != nil {
				line += fmt.Sprintf(":%d-%d/%d", *p.Min, *p.Max, *p.Step)
			}
			if p.Allowed != nil {
				t.Errorf("%s has words", p.Name)
			}
		}
		got = append(got, line)
	}
	same(t, "types", got, []string{
		"RESIZE price=true product_id:TEXT:true promotion_plan_id:TEXT:false auto_pay:BOOLEAN:false",
		"EXTEND_VOLUME price=true disk_id:TEXT:true new_size_gib:INTEGER:true:20-1020/10 promotion_plan_id:TEXT:false auto_pay:BOOLEAN:false",
		"CHANGE_IMAGE price=false image_id:TEXT:true",
	})
	same(t, "most desktops", o.MaxDesktops, 1000)
}
