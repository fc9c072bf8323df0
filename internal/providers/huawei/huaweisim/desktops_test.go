package huaweisim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type poolDesktops struct {
	Total        int           `json:"total_count"`
	Rows         []poolDesktop `json:"pool_desktops"`
	Desktops     []poolDesktop `json:"desktops"`
	OnDemand     int           `json:"on_demand_desktops_num"`
	Period       int           `json:"period_desktops_num"`
	FreeDemand   int           `json:"on_demand_free_image_desktops_num"`
	ChargeDemand int           `json:"on_demand_charge_image_desktops_num"`
	FreePeriod   int           `json:"period_free_image_desktops_num"`
	ChargePeriod int           `json:"period_charge_image_desktops_num"`
	Inconsistent string        `json:"inconsistent_type"`
}

// walk reads a whole pool page by page.
func (c *testCloud) walk(poolID, query string) []poolDesktop {
	c.t.Helper()
	var all []poolDesktop
	for {
		page := read[poolDesktops](c, fmt.Sprintf("%s/desktop-pools/%s/desktops?limit=100&offset=%d&%s", v2, poolID, len(all), query))
		all = append(all, page.Rows...)
		if len(page.Rows) == 0 {
			if len(all) != page.Total {
				c.t.Errorf("walked %d desktops of %s, total_count is %d", len(all), poolID, page.Total)
			}
			return all
		}
	}
}

func desktopIDs(rows []poolDesktop) []string {
	var ids []string
	for _, d := range rows {
		ids = append(ids, d.DesktopID)
	}
	return ids
}

// A walk over every pool: the counts of each pool, ids, and order.
func TestWalk(t *testing.T) {
	c := start(t, nil)
	ids := map[string]bool{}
	last := "9999"
	for _, row := range read[poolList](c, v2+"/desktop-pools").Rows {
		used, onDemand := 0, 0
		rows := c.walk(row.ID, "")
		for _, d := range rows {
			if ids[d.DesktopID] {
				t.Errorf("%s twice", d.DesktopID)
			}
			ids[d.DesktopID] = true
			if d.Created >= last {
				t.Errorf("%s: created %s, not before %s", d.DesktopID, d.Created, last)
			}
			last = d.Created
			if len(d.AttachUserInfos) > 0 {
				used++
			}
			if d.OrderID == "" {
				onDemand++
			}
			if d.IsFreeze && row.Status != "EXIST_FROZEN" {
				t.Errorf("a frozen desktop in a pool that is %s", row.Status)
			}
		}
		if len(rows) != row.DesktopCount || used != row.DesktopUsed {
			t.Errorf("%s: %d desktops, %d used; want %d, %d", row.Name, len(rows), used, row.DesktopCount, row.DesktopUsed)
		}
		page := read[poolDesktops](c, v2+"/desktop-pools/"+row.ID+"/desktops?limit=0")
		if page.OnDemand != onDemand || page.Period != len(rows)-onDemand ||
			page.FreeDemand+page.ChargeDemand != onDemand || page.FreePeriod+page.ChargePeriod != page.Period {
			t.Errorf("%s: counts %+v, want %d on demand of %d", row.Name, page, onDemand, len(rows))
		}
		if charged := page.ChargeDemand+page.ChargePeriod > 0; charged && row.ImageProductCode == "" {
			t.Errorf("%s: charged images without one of the market", row.Name)
		}
	}
	if len(ids) < 2100 || len(ids) > 2400 {
		t.Errorf("%d desktops in pools, want 2400 roughly", len(ids))
	}
}

func TestDesktopPaging(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.World = NewWorld(1, WorldOptions{BigPool: 30000}) })
	pools := read[poolList](c, v2+"/desktop-pools").Rows
	big := pools[len(pools)-1]
	if big.Name != "big-pool" || big.DesktopCount != 30000 {
		t.Fatalf("last pool = %s with %d desktops, want big-pool with 30000", big.Name, big.DesktopCount)
	}
	tests := []struct {
		pool, query  string
		total, count int
		first        string // the name's number
	}{
		{examplePoolID, "", 10, 10, "000000"},
		{big.ID, "", 30000, 10, "000000"},
		{big.ID, "limit=100&offset=9950", 30000, 100, "009950"},
		{big.ID, "limit=100&offset=10000", 30000, 100, "010000"},
		{big.ID, "limit=0", 30000, 0, ""},
		{big.ID, "limit", 30000, 10, "000000"},
		{examplePoolID, "offset=8", 10, 2, "000008"},
		{examplePoolID, "offset=10", 10, 0, ""},
		{examplePoolID, "offset=9999", 10, 0, ""},
		{big.ID, "sort_field=created&limit=1", 30000, 1, "029999"},
		{big.ID, "sort_field=created&sort_type=DESC&offset=1", 30000, 10, "000001"},
		{big.ID, "sort_field=computer_name&sort_type=DESC", 30000, 10, "029999"},
		{big.ID, "sort_field=computer_name&offset=7", 30000, 10, "000007"},
		{examplePoolID, "sort_field=created&offset=20", 10, 0, ""},
		{examplePoolID, "status=SHUTOFF&offset=3", 5, 2, "000007"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got := read[poolDesktops](c, v2+"/desktop-pools/"+tt.pool+"/desktops?"+tt.query)
			first := ""
			if len(got.Rows) > 0 {
				name := got.Rows[0].ComputerName
				first = name[len(name)-6:]
			}
			if got.Total != tt.total || len(got.Rows) != tt.count || first != tt.first || got.Rows == nil {
				t.Errorf("%d of %d from %q, want %d of %d from %q", len(got.Rows), got.Total, first, tt.count, tt.total, tt.first)
			}
		})
	}
}

func TestDesktopFilters(t *testing.T) {
	c := start(t, nil)
	world := c.cfg.World
	var p *desktopPool
	for _, candidate := range world.pools {
		if candidate.size > 150 && len(candidate.info.SubnetIDs) > 1 && len(candidate.info.Tags) > 0 {
			p = candidate
		}
	}
	all := c.walk(p.info.ID, "")
	some := all[5]
	var user string
	for _, d := range all {
		if d.UserName != "" {
			user = d.UserName
		}
	}
	tests := []struct {
		query string
		match func(poolDesktop) bool
	}{
		{"status=HIBERNATED", func(d poolDesktop) bool { return d.Status == "HIBERNATED" }},
		{"user_attached=true", func(d poolDesktop) bool { return len(d.AttachUserInfos) > 0 }},
		{"user_attached=false&status=ACTIVE", func(d poolDesktop) bool { return len(d.AttachUserInfos) == 0 && d.Status == "ACTIVE" }},
		{"isolated=true", func(d poolDesktop) bool { return d.Isolated }},
		{"inconsistent_type=AUTO_ISOLATION", func(d poolDesktop) bool { return d.Isolated }},
		{"in_maintenance_mode=true", func(d poolDesktop) bool { return d.InMaintenanceMode }},
		{"is_support_internet=true", func(d poolDesktop) bool { return d.InternetMode != "" }},
		{"is_share_desktop=true", func(poolDesktop) bool { return false }},
		{"charge_mode=0", func(d poolDesktop) bool { return d.OrderID != "" }},
		{"charge_mode=1", func(d poolDesktop) bool { return d.OrderID == "" }},
		{"inconsistent_type=PRODUCT_ID", func(d poolDesktop) bool { return strings.Contains(fmt.Sprint(d.InconsistentTypes), "PRODUCT") }},
		{"inconsistent_type=IMAGE", func(d poolDesktop) bool { return strings.Contains(fmt.Sprint(d.InconsistentTypes), "IMAGE") }},
		{"desktop_type=POOLED", func(poolDesktop) bool { return true }},
		{"desktop_type=DEDICATED", func(poolDesktop) bool { return false }},
		{"computer_name=0001", func(d poolDesktop) bool { return strings.Contains(d.ComputerName, "0001") }},
		{"computer_names=" + url.QueryEscape(some.ComputerName), func(d poolDesktop) bool { return d.ComputerName == some.ComputerName }},
		{"desktop_ip=" + some.IPv4, func(d poolDesktop) bool { return strings.Contains(d.IPv4, some.IPv4) }},
		{"desktop_id=" + all[3].DesktopID + "&desktop_id=" + all[9].DesktopID, func(d poolDesktop) bool {
			return d.DesktopID == all[3].DesktopID || d.DesktopID == all[9].DesktopID
		}},
		{"user_names=" + url.QueryEscape(user) + "&user_name=nobody", func(d poolDesktop) bool { return d.UserName == user }},
		{"user_name=ang.", func(d poolDesktop) bool { return strings.Contains(d.UserName, "ang.") }},
		{"subnet_id=" + some.SubnetID, func(d poolDesktop) bool { return d.SubnetID == some.SubnetID }},
		{"availability_zone=" + some.AvailabilityZone, func(poolDesktop) bool { return true }},
		{"image_id=" + p.info.ImageID, func(poolDesktop) bool { return true }},
		{"image_id=other", func(poolDesktop) bool { return false }},
		{"enterprise_project_id=" + p.info.EnterpriseProjectID, func(poolDesktop) bool { return true }},
		{"tag=" + url.QueryEscape(p.info.Tags[0].Key+"="+p.info.Tags[0].Value), func(poolDesktop) bool { return true }},
		{"tag=a%3Db", func(poolDesktop) bool { return false }},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			var want []string
			for _, d := range all {
				if tt.match(d) {
					want = append(want, d.DesktopID)
				}
			}
			if diff := cmp.Diff(want, desktopIDs(c.walk(p.info.ID, tt.query))); diff != "" {
				t.Errorf("desktops (-want +got):\n%s", diff)
			}
		})
	}
	page := read[poolDesktops](c, v2+"/desktop-pools/"+p.info.ID+"/desktops?inconsistent_type=DISK_NUM")
	if page.Inconsistent != "disk_num" || page.Total != (p.size+27)/37 {
		t.Errorf("%d desktops of inconsistent_type %q, want %d of disk_num", page.Total, page.Inconsistent, (p.size+27)/37)
	}
}

func TestEveryDesktopWordOccurs(t *testing.T) {
	c := start(t, nil)
	got := map[string]map[string]bool{}
	see := func(what, word string) {
		if got[what] == nil {
			got[what] = map[string]bool{}
		}
		got[what][word] = true
	}
	rows := read[poolDesktops](c, v2+"/desktops/detail?limit=1000").Desktops
	rows = append(rows, read[poolDesktops](c, v2+"/desktops/detail?limit=1000&offset=1000").Desktops...)
	rows = append(rows, read[poolDesktops](c, v2+"/desktops/detail?limit=1000&offset=2000").Desktops...)
	for _, d := range rows {
		see("status", d.Status)
		see("task_status", d.TaskStatus)
		see("login_status", d.LoginStatus)
		see("attach_state", d.AttachState)
		see("desktop_type", d.DesktopType)
		see("freeze", strconv.FormatBool(d.IsFreeze))
		see("maintenance", strconv.FormatBool(d.InMaintenanceMode))
		see("isolated", strconv.FormatBool(d.Isolated))
		see("addresses", fmt.Sprintf("%T", d.Addresses))
		see("process", strconv.FormatBool(d.Process != nil))
		see("internet", d.InternetMode)
		see("ipv6", strconv.FormatBool(d.IPv6 != ""))
		see("group", strconv.FormatBool(len(d.UserGroupList) > 0))
		see("rights", d.UserGroup)
		see("package", strconv.FormatBool(d.HourPackageInfo != nil))
		see("parts", strconv.FormatBool(d.Product != nil && d.RootVolume != nil && d.Metadata != nil))
		see("order", strconv.FormatBool(d.OrderID != ""))
		see("site", d.SiteType)
		if (d.Process == nil) != (d.TaskStatus == "") {
			t.Errorf("%s: task %q, but process is %v", d.DesktopID, d.TaskStatus, d.Process)
		}
	}
	want := map[string][]string{
		"status": {"ACTIVE", "SHUTOFF", "ERROR", "HIBERNATED"},
		"task_status": {"", "scheduling", "block_device_mapping", "networking", "spawning", "rebooting", "reboot_pending",
			"reboot_started", "rebooting_hard", "reboot_pending_hard", "reboot_started_hard", "rebuilding",
			"rebuild_block_device_mapping", "rebuild_spawning", "migrating", "resize_prep", "resize_migrating",
			"resize_migrated", "resize_finish", "resize_reverting", "powering-off", "powering-on", "deleting",
			"deleteFailed", "updating", "desktopNetworkChanging"},
		"login_status": {"UNREGISTER", "REGISTERED", "CONNECTED", "DISCONNECTED"},
		"attach_state": {"ATTACHED", "UNATTACH", "DEATTACHED", "ATTACHING", "DEATTACHING", "ATTACHFAIL", "DEATTACHFAIL",
			"WAITING", "ATTACH_FAIL_CAN_ATTACH_AGAIN", "DEATTACH_FAIL_CAN_DEATTACH_AGAIN"},
		"desktop_type": {"POOLED", "DEDICATED", "SHARED"}, "freeze": {"true", "false"}, "maintenance": {"true", "false"},
		"isolated": {"true", "false"}, "addresses": {"map[string]interface {}", "[]interface {}"}, "process": {"true", "false"},
		"internet": {"", "EIP", "NAT", "BOTH"}, "ipv6": {"true", "false"}, "group": {"true", "false"},
		"rights":  {"", "users", "administrators", "default", "sudo"},
		"package": {"true", "false"}, "parts": {"true", "false"}, "order": {"true", "false"}, "site": {"", "CENTER", "IES"},
	}
	if diff := cmp.Diff(sorted(want), words(got)); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestShowDesktop(t *testing.T) {
	c := start(t, nil)
	type one struct{ Desktop poolDesktop }
	for _, d := range read[poolDesktops](c, v2+"/desktops/detail?limit=20&offset=300").Desktops {
		if diff := cmp.Diff(d, read[one](c, v2+"/desktops/"+d.DesktopID).Desktop); diff != "" {
			t.Errorf("row and detail (-row +detail):\n%s", diff)
		}
	}
	other := NewWorld(2, WorldOptions{Pools: 24, Desktops: 2400, Region: testRegion})
	for name, id := range map[string]string{
		"no id": "none", "an id of another world": other.desktopID(0, 0), "an index that is not there": c.cfg.World.desktopID(0, 10),
		"a pool that is not there": c.cfg.World.desktopID(25, 0), "upper case": strings.ToUpper(c.cfg.World.desktopID(0, 0)) + "X",
	} {
		if got := c.get(v2 + "/desktops/" + id).code(); got != "404 WKS.0404 The desktop does not exist." {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestListDesktops(t *testing.T) {
	c := start(t, nil)
	type list struct {
		Total    int `json:"total_count"`
		Desktops []desktopRow
	}
	pools := read[poolList](c, v2+"/desktop-pools").Rows
	first, second := pools[0], pools[2]
	got := read[list](c, v2+"/desktops?pool_id="+first.ID+","+second.ID)
	if got.Total != first.DesktopCount+second.DesktopCount || len(got.Desktops) != got.Total {
		t.Errorf("%d of %d desktops in two pools, want %d", len(got.Desktops), got.Total, first.DesktopCount+second.DesktopCount)
	}
	want := desktopRow{
		DesktopID: c.cfg.World.desktopID(0, 0), ComputerName: "yay-test-000000", OSHostName: "yay-test-000000",
		Created: "2025-05-24 05:26:57", IPAddress: "10.0.0.0", AttachUserInfos: []attachUser{}, EnterpriseProjectID: "0",
		Tags: []tag{}, DesktopType: "POOLED", SubnetID: "c7f30df4-f3ac-4807-9599-18950b05455f", Status: "ACTIVE",
		AvailabilityZone: "cn-north-7c", ConnectStatus: "REGISTERED", PoolID: examplePoolID, DomainID: "d0", ProjectID: testProject,
	}
	if diff := cmp.Diff(want, got.Desktops[0]); diff != "" {
		t.Errorf("the first row (-want +got):\n%s", diff)
	}
	byID := read[list](c, v2+"/desktops?desktop_id="+got.Desktops[12].DesktopID)
	if diff := cmp.Diff(list{1, []desktopRow{got.Desktops[12]}}, byID); diff != "" {
		t.Errorf("a row by its id (-want +got):\n%s", diff)
	}
	all := read[list](c, v2+"/desktops?limit=1")
	pooled := read[list](c, v2+"/desktops?limit=1&desktop_type=POOLED")
	others := read[list](c, v2+"/desktops?desktop_type=DEDICATED,SHARED")
	if all.Total != pooled.Total+others.Total || others.Total != 150 || len(others.Desktops) != 150 {
		t.Errorf("%d desktops, %d pooled and %d others; want 150 others", all.Total, pooled.Total, others.Total)
	}
	for _, d := range others.Desktops {
		if d.PoolID != "" || (d.DesktopType == "SHARED") != (d.ShareResourceSKU != "") {
			t.Errorf("a desktop of no pool: %+v", d)
		}
	}
}

// A world of a hundred thousand desktops stores none of them: two worlds of
// different size, which say the same otherwise, are the same.
func TestWorldIsReproducible(t *testing.T) {
	o := WorldOptions{Pools: 12, Desktops: 600, BigPool: 100_000, Region: "cn-east-3"}
	a, b, other := NewWorld(3, o), NewWorld(3, o), NewWorld(4, o)
	at := func(w *World) string {
		d := desktop{w.pools[12], 99_999}.detail()
		out, err := json.Marshal([]any{d, w.pools[5].info, w.pools[12].tally.login})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if at(a) != at(b) {
		t.Error("the same seed gives two worlds")
	}
	if at(a) == at(other) {
		t.Error("two seeds give one world")
	}
	if d, ok := a.desktop(a.desktopID(12, 99_999)); !ok || d.i != 99_999 || d.pool != a.pools[12] {
		t.Errorf("the last desktop by its id: %v, %v", d.i, ok)
	}
}

func FuzzDesktopID(f *testing.F) {
	w := NewWorld(1, WorldOptions{Pools: 3, Desktops: 100})
	f.Add(w.desktopID(1, 3))
	f.Add("00000000-0000-4000-8000-000000000000")
	f.Add(strings.Repeat("-", 36))
	f.Fuzz(func(t *testing.T, id string) {
		if d, ok := w.desktop(id); ok && d.id() != id {
			t.Errorf("%q led to %q", id, d.id())
		}
	})
}
