package huaweisim

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const examplePoolID = "1ad74b36-0de7-45fe-aed3-6cb047d69e99"

type poolList struct {
	Total int        `json:"total_count"`
	Rows  []poolInfo `json:"desktop_pools"`
}

// The first pool of every world is the example of Huawei's documents, to the letter.
func TestExamplePool(t *testing.T) {
	want, err := os.ReadFile("testdata/show-desktop-pool.json")
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, want); err != nil {
		t.Fatal(err)
	}
	for _, seed := range []uint64{0, 7} {
		c := start(t, func(cfg *Config) { cfg.World = NewWorld(seed, WorldOptions{}) })
		if diff := cmp.Diff(compact.String(), string(c.get(v2+"/desktop-pools/"+examplePoolID).body)); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
		if got := read[poolList](c, v2+"/desktop-pools"); got.Total != 1 || got.Rows[0].ID != examplePoolID {
			t.Errorf("list = %+v, want that pool alone", got)
		}
	}
}

func TestUnknownPool(t *testing.T) {
	tests := []struct {
		name             string
		config           func(*Config)
		detail, desktops string
	}{
		{"by default", nil, "400 WKS.0001 The desktop pool does not exist.", "404 WKS.0404 The desktop pool does not exist."},
		{"as documented", func(c *Config) { c.UnknownPool404 = true },
			"404 WKS.0404 The desktop pool does not exist.", "404 WKS.0404 The desktop pool does not exist."},
		{"400 everywhere", func(c *Config) { c.PoolDesktops400 = true },
			"400 WKS.0001 The desktop pool does not exist.", "400 WKS.0001 The desktop pool does not exist."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, tt.config)
			if got := c.get(v2 + "/desktop-pools/none").code(); got != tt.detail {
				t.Errorf("detail: %q, want %q", got, tt.detail)
			}
			if got := c.get(v2 + "/desktop-pools/none/desktops").code(); got != tt.desktops {
				t.Errorf("desktops: %q, want %q", got, tt.desktops)
			}
		})
	}
}

func TestPoolFilters(t *testing.T) {
	c := start(t, nil)
	all := read[poolList](c, v2+"/desktop-pools").Rows
	enterprise := ""
	for _, p := range all {
		if p.EnterpriseProjectID != "0" && p.EnterpriseProjectID != "" {
			enterprise = p.EnterpriseProjectID
		}
	}
	full := func(id string) poolInfo { return read[poolInfo](c, v2+"/desktop-pools/"+id) }
	tests := []struct {
		query string
		match func(poolInfo) bool
	}{
		{"", func(poolInfo) bool { return true }},
		{"name=" + url.QueryEscape("研发"), func(p poolInfo) bool { return strings.Contains(p.Name, "研发") }},
		{"name=yay", func(p poolInfo) bool { return p.Name == "yay-test" }},
		{"name=YAY", func(poolInfo) bool { return false }},
		{"type=DYNAMIC", func(p poolInfo) bool { return p.Type == "DYNAMIC" }},
		{"in_maintenance_mode=true", func(p poolInfo) bool { return p.InMaintenanceMode }},
		{"in_maintenance_mode=false", func(p poolInfo) bool { return !p.InMaintenanceMode }},
		{"enterprise_project_id=" + enterprise, func(p poolInfo) bool { return full(p.ID).EnterpriseProjectID == enterprise }},
		{"enterprise_project_id&name", func(poolInfo) bool { return true }},
		{"type=STATIC&name=s&whatever=1", func(p poolInfo) bool { return p.Type == "STATIC" && strings.Contains(p.Name, "s") }},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			var want []string
			for _, p := range all {
				if tt.match(p) {
					want = append(want, p.ID)
				}
			}
			got := read[poolList](c, v2+"/desktop-pools?"+tt.query)
			if diff := cmp.Diff(want, poolIDs(got.Rows)); diff != "" || got.Total != len(want) {
				t.Errorf("total = %d, want %d; pools (-want +got):\n%s", got.Total, len(want), diff)
			}
		})
	}
}

func poolIDs(rows []poolInfo) []string {
	var ids []string
	for _, p := range rows {
		ids = append(ids, p.ID)
	}
	return ids
}

func TestPoolPaging(t *testing.T) {
	c := start(t, nil)
	all := poolIDs(read[poolList](c, v2+"/desktop-pools").Rows)
	if len(all) != 24 {
		t.Fatalf("%d pools, want 24", len(all))
	}
	tests := []struct {
		query string
		want  []string
	}{
		{"limit=10", all[:10]},
		{"limit=10&offset=20", all[20:]},
		{"offset=23", all[23:]},
		{"offset=24", nil},
		{"offset=20000", nil},
		{"limit=0", nil},
	}
	for _, tt := range tests {
		got := read[poolList](c, v2+"/desktop-pools?"+tt.query)
		if diff := cmp.Diff(tt.want, poolIDs(got.Rows)); diff != "" || got.Total != 24 || got.Rows == nil {
			t.Errorf("%s: total = %d; pools (-want +got):\n%s", tt.query, got.Total, diff)
		}
	}
}

func TestInvalidParameters(t *testing.T) {
	c := start(t, nil)
	pools, desktops := v2+"/desktop-pools", v2+"/desktop-pools/"+examplePoolID+"/desktops"
	many := strings.Repeat("&desktop_id=x", 101)
	tests := []struct{ target, name string }{
		{pools + "?limit=1001", "limit"}, {pools + "?limit=-1", "limit"}, {pools + "?limit=ten", "limit"},
		{pools + "?offset=20001", "offset"}, {pools + "?type=static", "type"},
		{pools + "?in_maintenance_mode=1", "in_maintenance_mode"}, {pools + "?enterprise_project_id=a%20b", "enterprise_project_id"},
		{pools + "?name=" + strings.Repeat("x", 256), "name"},
		{desktops + "?limit=101", "limit"}, {desktops + "?offset=10001", "offset"}, {desktops + "?status=active", "status"},
		{desktops + "?inconsistent_type=x", "inconsistent_type"}, {desktops + "?user_attached=yes", "user_attached"},
		{desktops + "?charge_mode=2", "charge_mode"}, {desktops + "?sort_field=name", "sort_field"},
		{desktops + "?sort_type=asc", "sort_type"}, {desktops + "?desktop_type=POOL", "desktop_type"},
		{desktops + "?x" + many, "desktop_id"},
		{v2 + "/desktops?limit=1001", "limit"}, {v2 + "/desktops/detail?limit=1001", "limit"},
		{stats + "?desktop_type=SHARED", "desktop_type"}, {stats + "?statistics_type=run_state", "statistics_type"},
		{stats + "?statistics_type=run-state,login-state", "statistics_type"},
	}
	for _, tt := range tests {
		want := "400 WKS.0001 Invalid request: the parameter " + tt.name + " "
		if got := c.get(tt.target).code(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", tt.target, got, want)
		}
	}
}

// Every word that the documents know occurs in a world of moderate size.
func TestEveryPoolWordOccurs(t *testing.T) {
	c := start(t, nil)
	seen := map[string]map[string]bool{}
	see := func(what, word string) {
		if seen[what] == nil {
			seen[what] = map[string]bool{}
		}
		seen[what][word] = true
	}
	for _, id := range poolIDs(read[poolList](c, v2+"/desktop-pools").Rows) {
		p := read[poolInfo](c, v2+"/desktop-pools/"+id)
		see("status", p.Status)
		see("type", p.Type)
		see("charging", p.ChargingMode)
		see("os", p.ImageOSType)
		see("product", p.Product.Status)
		see("package", p.Product.PackageType)
		see("arch", p.Product.Architecture)
		see("root disk", p.RootVolume.Type)
		see("gpu", strconv.FormatBool(p.Product.IsGPU != nil && *p.Product.IsGPU))
		see("market image", strconv.FormatBool(p.ImageProductCode != ""))
		see("subnets", strconv.FormatBool(p.SubnetID != "")+" "+strconv.Itoa(len(p.SubnetIDs)))
		see("time", strconv.Itoa(len(p.CreatedTime)))
		see("maintenance", strconv.FormatBool(p.InMaintenanceMode))
		see("zone", strings.TrimPrefix(p.AvailabilityZone, testRegion))
		see("groups", strconv.Itoa(len(p.SecurityGroups)))
		see("newer fields", strconv.FormatBool(p.VPCID != "" && p.Tags != nil && p.OnDemandDesktopNum != nil))
		autoscale, disks, description := "none", "not said", "not said"
		if p.AutoscalePolicy != nil {
			autoscale = strconv.FormatBool(p.EnableAutoscale) + " " + p.AutoscalePolicy.AutoscaleType
		}
		if p.DataVolumes != nil {
			disks = strconv.Itoa(len(p.DataVolumes))
		}
		if p.Description != nil {
			description = strconv.FormatBool(*p.Description != "")
		}
		see("autoscale", autoscale)
		see("data disks", disks)
		see("description", description)
	}
	want := map[string][]string{
		"status": {"STEADY", "TEMPORARY", "EXIST_FROZEN", "UNKNOWN"}, "type": {"STATIC", "DYNAMIC"}, "charging": {"0", "1"},
		"os": {"Windows", "Linux"}, "product": {"normal", "sellout", "abandon"}, "arch": {"x86", "arm"},
		"package":   {"ultimate", "enterprise", "general", "workstation", "dedicated", "solver", "agile"},
		"root disk": {"SAS", "SSD", "GPSSD", "SATA", "ESSD"}, "gpu": {"true", "false"}, "market image": {"true", "false"},
		"subnets": {"true 0", "false 1", "true 2", "false 3"}, "time": {"20", "24"}, "maintenance": {"true", "false"},
		"zone": {"a", "b", "c", "", "cn-north-7c"}, "groups": {"0", "1", "2"}, "newer fields": {"true", "false"},
		"autoscale":   {"none", "true ACCESS_CREATED", "true AUTO_CREATED", "false "},
		"data disks":  {"not said", "0", "1", "2", "3", "10"},
		"description": {"not said", "true", "false"},
	}
	if diff := cmp.Diff(sorted(want), words(seen)); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func words(seen map[string]map[string]bool) map[string][]string {
	out := map[string][]string{}
	for what, set := range seen {
		for word := range set {
			out[what] = append(out[what], word)
		}
	}
	return sorted(out)
}

func sorted(m map[string][]string) map[string][]string {
	for _, words := range m {
		slices.Sort(words)
	}
	return m
}

func TestRowsLackOptionalFields(t *testing.T) {
	c := start(t, nil)
	poor := 0
	for _, row := range read[poolList](c, v2+"/desktop-pools").Rows {
		full := read[poolInfo](c, v2+"/desktop-pools/"+row.ID)
		if row.IsolationNum != nil {
			t.Errorf("%s: isolation_num in a list", row.Name)
		}
		full.IsolationNum = nil
		if cmp.Diff(full, row) == "" {
			continue
		}
		poor++
		if row.ImageOSPlatform != "" || row.EnterpriseProjectID != "" || full.ImageOSPlatform == "" {
			t.Errorf("%s: row and detail differ otherwise: %s", row.Name, cmp.Diff(full, row))
		}
	}
	if poor != 4 {
		t.Errorf("%d poor rows, want 4", poor)
	}
}
