package alibabasim

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDesktopTypes(t *testing.T) {
	s, _, ids := orderSim(nil)
	rows := ask(t, s, "DescribeDesktopTypes").rows("DesktopTypes")
	want := map[string]any{
		"DesktopTypeId": "eds.graphics.16c1t4", "InstanceTypeFamily": "eds.graphics", "CpuCount": "16", "MemorySize": "31744",
		"SystemDiskSize": "80", "DataDiskSize": "40", "GpuSpec": "NVIDIA T4", "StockState": "Sufficient", "DesktopTypeStatus": "SUFFICIENT",
	}
	byID := map[string]map[string]any{}
	for _, r := range rows {
		byID[r["DesktopTypeId"].(string)] = r
	}
	for name, v := range want {
		if got := byID["eds.graphics.16c1t4"][name]; got != v {
			t.Errorf("%s is %v, want %v", name, got, v)
		}
	}
	if len(byID) != len(products) || len(rows) != len(products) {
		t.Errorf("%d types, of them %d different, want %d", len(rows), len(byID), len(products))
	}
	if byID["ecd.graphics.2xlarge"]["StockState"] != "Insufficient" {
		t.Error("a type that is sold out does not say so")
	}
	for _, g := range allGroups(t, s, "MaxResults", "100") {
		r := byID[g["DesktopType"].(string)]
		if r["CpuCount"] != (answer{body: g}).text("Cpu") || r["MemorySize"] != (answer{body: g}).text("Memory") {
			t.Errorf("group %v of %v with %v vCPU and %v MiB; the catalogue says %v", g["DesktopGroupId"], g["DesktopType"], g["Cpu"], g["Memory"], r)
		}
	}
	kinds := func(pairs ...string) []string {
		return texts(ask(t, s, "DescribeDesktopTypes", pairs...).rows("DesktopTypes"), "DesktopTypeId")
	}
	tests := []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"DesktopTypeId", q1("DesktopTypeId", otherType), q1(otherType)},
		{"DesktopTypeIdList", q1("DesktopTypeIdList.1", otherType, "DesktopTypeIdList.2", "eds.none", "DesktopTypeIdList.3", nowType), q1(nowType, otherType)},
		{"InstanceTypeFamily", q1("InstanceTypeFamily", "eds.hf"), q1("eds.hf.4c8g", "eds.hf.8c16g", "eds.hf.12c24g")},
		{"CpuCount", q1("CpuCount", "12"), q1(otherType)},
		{"MemorySize", q1("MemorySize", "2048"), q1("eds.general.2c2g")},
		{"DesktopIdForModify, larger", q1("DesktopIdForModify", ids[0], "OrderType", "UPGRADE"), q1("ecd.performance.2xlarge", "eds.hf.8c16g", otherType)},
		{"DesktopGroupIdForModify of GPU", q1("DesktopGroupIdForModify", s.c.World.groups[4].id), q1("ecd.graphics.xlarge", "ecd.graphics.2xlarge", "eds.graphics.16c1t4", "eds.graphics.24c1t4")},
		{"DesktopGroupIdForModify, smaller", q1("DesktopGroupIdForModify", s.c.World.groups[2].id, "OrderType", "DOWNGRADE"), q1("eds.general.2c2g")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, kinds(tt.pairs...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	refused(t, s, 400, "InvalidDesktopId.NotFound", "DescribeDesktopTypes", "DesktopIdForModify", "ud-unknown")
	refused(t, s, 400, "InvalidDesktopGroupId.NotFound", "DescribeDesktopTypes", "DesktopGroupIdForModify", "dg-unknown")
}

// TestEveryTypeToModifyCanBeOrdered: the list for a desktop is what modifyDesktopSpec takes.
func TestEveryTypeToModifyCanBeOrdered(t *testing.T) {
	s, _, ids := orderSim(nil)
	rows := ask(t, s, "DescribeDesktopTypes", "DesktopIdForModify", ids[0]).rows("DesktopTypes")
	for _, all := range ask(t, s, "DescribeDesktopTypes").rows("DesktopTypes") {
		id := all["DesktopTypeId"].(string)
		got := try(t, s, "DescribeModificationPrice", specs(ids[:1], "InstanceType", id)...)
		if listed := slices.Contains(texts(rows, "DesktopTypeId"), id); listed != (got.status == 200) {
			t.Errorf("%s is listed: %v, and asking its price is %d", id, listed, got.status)
		}
	}
}

func allImageRows(t *testing.T, s *Sim, pairs ...string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	for token := ""; ; {
		got := ask(t, s, "DescribeImages", append(slices.Clone(pairs), "NextToken", token)...)
		rows = append(rows, got.rows("Images")...)
		if token, _ = got.body["NextToken"].(string); token == "" {
			return rows
		}
		if len(rows) > 1000 {
			t.Fatal("no end")
		}
	}
}

func TestImages(t *testing.T) {
	s, _, _ := orderSim(nil)
	all := allImageRows(t, s, "MaxResults", "500")
	if diff := cmp.Diff(texts(all, "ImageId"), texts(allImageRows(t, s, "MaxResults", "3"), "ImageId")); diff != "" {
		t.Errorf("by 3 (-at once +got):\n%s", diff)
	}
	if first := ask(t, s, "DescribeImages"); len(first.rows("Images")) != 10 || first.body["NextToken"] == nil {
		t.Errorf("without MaxResults a page has %d images, want 10 and a token", len(first.rows("Images")))
	}
	byID := map[string]map[string]any{}
	for _, r := range all {
		byID[r["ImageId"].(string)] = r
	}
	for _, d := range allDesktops(t, s, "1000", "FilterDesktopGroup", "false") {
		if i := byID[d["ImageId"].(string)]; i == nil || !strings.EqualFold(i["OsType"].(string), d["OsType"].(string)) {
			t.Fatalf("%v has image %v and OS %v; the catalogue says %v", d["DesktopId"], d["ImageId"], d["OsType"], i)
		}
	}
	for _, tt := range []struct {
		name  string
		pairs []string
		match func(r map[string]any) bool
	}{
		{"ImageId", q1("ImageId.1", linux, "ImageId.2", "m-none"), func(r map[string]any) bool { return r["ImageId"] == linux }},
		{"SYSTEM", q1("ImageType", "SYSTEM"), func(r map[string]any) bool { return r["ImageType"] == "SYSTEM" }},
		{"Creating", q1("ImageStatus", "Creating"), func(r map[string]any) bool { return r["Progress"] == "40%" }},
		{"OsType", q1("OsType", "Linux"), func(r map[string]any) bool { return strings.EqualFold(r["OsType"].(string), "linux") }},
		{"GpuCategory", q1("GpuCategory", "true"), func(r map[string]any) bool { return r["GpuCategory"] == true }},
		{"DesktopInstanceType", q1("DesktopInstanceType", "eds.graphics.16c1t4"), func(r map[string]any) bool { return r["GpuCategory"] == true }},
		{"SessionType", q1("SessionType", "MULTIPLE_SESSION"), func(r map[string]any) bool { return r["SessionType"] == "MULTIPLE_SESSION" }},
		{"another region", q1("RegionId", "cn-beijing"), func(r map[string]any) bool { return r["ImageType"] == "SYSTEM" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			for _, r := range all {
				if tt.match(r) {
					want = append(want, r["ImageId"].(string))
				}
			}
			if len(want) == 0 || len(want) == len(all) {
				t.Fatalf("the case proves nothing: %d of %d images match", len(want), len(all))
			}
			if diff := cmp.Diff(want, texts(allImageRows(t, s, tt.pairs...), "ImageId")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	refused(t, s, 400, "InvalidMaxResults", "DescribeImages", "MaxResults", "501")
	refused(t, s, 400, "InvalidNextToken", "DescribeImages", "NextToken", "garbage")
	refused(t, s, 400, "InvalidImageType", "DescribeImages", "ImageType", "BOTH")
}

// TestPublishedCatalogueFields: the fields of reference 3.8.
func TestPublishedCatalogueFields(t *testing.T) {
	s, _, _ := orderSim(nil)
	gpu := ask(t, s, "DescribeDesktopTypes", "DesktopTypeId", "eds.graphics.16c1t4").rows("DesktopTypes")[0]
	if diff := cmp.Diff([]string{
		"CpuCount", "DataDiskSize", "DesktopTypeId", "DesktopTypeStatus", "GpuCount", "GpuMemory", "GpuSpec", "InstanceTypeFamily",
		"MaxSessionCount", "MemorySize", "Scopes", "StockState", "SystemDiskSize",
	}, slices.Sorted(maps.Keys(gpu))); diff != "" {
		t.Errorf("type (-want +got):\n%s", diff)
	}
	image := ask(t, s, "DescribeImages", "ImageId.1", "desktopimage-windows-server-2022-64-asp").rows("Images")[0]
	for name, want := range map[string]any{
		"Name": "Windows Server 2022 64-bit", "OsType": "WINDOWS", "ImageType": "SYSTEM", "Status": "Available", "Progress": "100%",
		"GpuCategory": false, "CreationTime": "2025-09-20T08:00:00.851Z", "UpdateTime": "2025-09-20T09:00:00.851Z",
	} {
		if image[name] != want {
			t.Errorf("%s is %v, want %v", name, image[name], want)
		}
	}
	for _, name := range []string{"Platform", "Size", "DataDiskSize", "SessionType"} {
		if _, there := image[name]; !there {
			t.Errorf("an image without %s", name)
		}
	}
}
