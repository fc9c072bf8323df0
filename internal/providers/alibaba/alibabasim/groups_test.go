package alibabasim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func allGroups(t *testing.T, s *Sim, pairs ...string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	token := ""
	for range 100 {
		got := ask(t, s, "DescribeDesktopGroups", append(pairs, "NextToken", token)...)
		rows = append(rows, got.rows("DesktopGroups")...)
		if token, _ = got.body["NextToken"].(string); token == "" {
			return rows
		}
	}
	t.Fatal("no end")
	return nil
}

func TestPagesOfGroups(t *testing.T) {
	s := newTestSim(nil)
	var want []string
	for _, g := range s.c.World.groups {
		want = append(want, g.id)
	}
	for _, size := range []string{"1", "5", "13", "100"} {
		if diff := cmp.Diff(want, texts(allGroups(t, s, "MaxResults", size), "DesktopGroupId")); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", size, diff)
		}
	}
	if got := ask(t, s, "DescribeDesktopGroups"); len(got.rows("DesktopGroups")) != 10 || got.body["NextToken"] == nil {
		t.Errorf("without MaxResults a page has %d groups, want 10 and a token", len(got.rows("DesktopGroups")))
	}
	if got := ask(t, s, "DescribeDesktopGroups", "MaxResults", "13"); got.body["NextToken"] != nil {
		t.Error("a token after the last group")
	}
	empty := newTestSim(func(c *Config) { c.EmptyLastToken = true })
	if got := ask(t, empty, "DescribeDesktopGroups", "MaxResults", "13"); got.body["NextToken"] != "" {
		t.Errorf("NextToken %v, want \"\"", got.body["NextToken"])
	}
}

// TestGroupFilters compares each filter with a look at all rows.
func TestGroupFilters(t *testing.T) {
	s := newTestSim(nil)
	all := allGroups(t, s, "MaxResults", "100")
	field := func(name string, words ...string) func(map[string]any) bool {
		return func(r map[string]any) bool { return slices.Contains(words, fmt.Sprint(r[name])) }
	}
	user := func(names ...string) func(map[string]any) bool {
		return func(r map[string]any) bool {
			g := s.c.World.group(r["DesktopGroupId"].(string))
			for n := range g.users {
				if slices.Contains(names, g.user(n)) {
					return true
				}
			}
			return false
		}
	}
	third, fourth := all[3]["DesktopGroupId"].(string), all[4]["DesktopGroupId"].(string)
	tests := []struct {
		name  string
		pairs []string
		match func(map[string]any) bool
	}{
		{"DesktopGroupId", []string{"DesktopGroupId", third}, field("DesktopGroupId", third)},
		{"DesktopGroupIds", []string{"DesktopGroupIds.1", fourth, "DesktopGroupIds.7", third, "DesktopGroupIds.8", "dg-unknown"}, field("DesktopGroupId", third, fourth)},
		{"unknown DesktopGroupId", []string{"DesktopGroupId", "dg-unknown"}, field("DesktopGroupId")},
		{"DesktopGroupName, a part", []string{"DesktopGroupName", "or"}, func(r map[string]any) bool { return strings.Contains(r["DesktopGroupName"].(string), "or") }},
		{"DesktopGroupName, with a space", []string{"DesktopGroupName", "研发 池"}, field("DesktopGroupName", "研发 池")},
		{"OfficeSiteId", []string{"OfficeSiteId", all[1]["OfficeSiteId"].(string)}, field("OfficeSiteId", all[1]["OfficeSiteId"].(string))},
		{"PolicyGroupId", []string{"PolicyGroupId", all[2]["PolicyGroupIdList"].([]any)[1].(string)}, field("DesktopGroupId", all[2]["DesktopGroupId"].(string))},
		{"Status 0", []string{"Status", "0"}, field("Status", "0")},
		{"Status 2", []string{"Status", "2"}, field("Status", "2")},
		{"OwnType", []string{"OwnType", "1"}, field("OwnType", "1")},
		{"MultiResource false", []string{"MultiResource", "false"}, field("DesktopCount", "1")},
		{"ProtocolType", []string{"ProtocolType", "HDX"}, field("ProtocolType", "HDX")},
		{"ImageId", []string{"ImageId.1", "m-hn5v2mmk0q7zt"}, field("ImageId", "m-hn5v2mmk0q7zt")},
		{"BundleId", []string{"BundleId.1", all[1]["OwnBundleId"].(string)}, field("OwnBundleId", all[1]["OwnBundleId"].(string))},
		{"EndUserIds", []string{"EndUserIds.1", "alice", "EndUserIds.2", "bob3"}, user("alice", "bob3")},
		{"ExcludedEndUserIds", []string{"ExcludedEndUserIds.1", "heidi"}, func(r map[string]any) bool { return !user("heidi")(r) }},
		{"DesktopType", []string{"DesktopType", "eds.graphics.16c1t4"}, field("DesktopType", "eds.graphics.16c1t4")},
		{"QosRuleId", []string{"QosRuleId", "qos-5605u0gelk2000001"}, field("QosRuleId", "qos-5605u0gelk2000001")},
		{"Period", []string{"Period", "1", "PeriodUnit", "Year"}, func(r map[string]any) bool {
			n := slices.IndexFunc(all, func(a map[string]any) bool { return a["DesktopGroupId"] == r["DesktopGroupId"] })
			return n%4 == 0
		}},
		{"Tag, key and value", []string{"Tag.1.Key", "env", "Tag.1.Value", "test"}, func(r map[string]any) bool { return strings.Contains(fmt.Sprint(r["Tags"]), "test") }},
		{"Tag, key", []string{"Tag.1.Key", "环境 env"}, func(r map[string]any) bool { return strings.Contains(fmt.Sprint(r["Tags"]), "环境 env") }},
		{"two filters", []string{"OwnType", "1", "ProtocolType", "HDX"}, func(r map[string]any) bool { return field("OwnType", "1")(r) && field("ProtocolType", "HDX")(r) }},
		{"another region", []string{"RegionId", "cn-beijing"}, field("DesktopGroupId")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			for _, r := range all {
				if tt.match(r) {
					want = append(want, r["DesktopGroupId"].(string))
				}
			}
			nothing := tt.name == "unknown DesktopGroupId" || tt.name == "another region"
			if (len(want) == 0) != nothing || len(want) == len(all) {
				t.Fatalf("the case proves nothing: %d of %d groups match", len(want), len(all))
			}
			if diff := cmp.Diff(want, texts(allGroups(t, s, append(tt.pairs, "MaxResults", "2")...), "DesktopGroupId")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := ask(t, s, "DescribeDesktopGroups", "DesktopGroupId", "dg-unknown"); !strings.Contains(got.raw, `"DesktopGroups":[]`) {
		t.Errorf("an empty list is left out: %s", got.raw)
	}
}

// TestCountPerStatus compares the totals of a listing with the desktops.
func TestCountPerStatus(t *testing.T) {
	for _, deleted := range []bool{false, true} {
		s := newTestSim(func(c *Config) { c.ListDeletedInCounts = deleted })
		for _, r := range allGroups(t, s, "MaxResults", "100") {
			id := r["DesktopGroupId"].(string)
			paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", id, "IgnoreDeleted", fmt.Sprint(deleted), "MaxResults", "100")
			want := map[string]string{}
			counts := map[string]int{}
			for _, status := range texts(append(paid, postpaid...), "DesktopStatus") {
				counts[status]++
				want[status] = digits(counts[status])
			}
			got := map[string]string{}
			list, _ := r["CountPerStatus"].([]any)
			for _, v := range list {
				c := v.(map[string]any)
				got[c["Status"].(string)] = c["Count"].(json.Number).String()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s deleted=%v (-counted +told):\n%s", id, deleted, diff)
			}
			total, _ := r["DesktopCount"].(json.Number)
			if n, _ := total.Int64(); int(n) != len(paid)+len(postpaid) {
				t.Errorf("%s: DesktopCount %v, counted %d", id, r["DesktopCount"], len(paid)+len(postpaid))
			}
		}
	}
}

// TestDetailAgreesWithRow compares what both views of a group say.
func TestDetailAgreesWithRow(t *testing.T) {
	s := newTestSim(nil)
	for _, row := range allGroups(t, s, "MaxResults", "100") {
		id := row["DesktopGroupId"].(string)
		detail, _ := ask(t, s, "GetDesktopGroupDetail", "DesktopGroupId", id).body["Desktops"].(map[string]any)
		if detail == nil {
			t.Fatalf("%s: no detail", id)
		}
		for _, name := range []string{
			"DesktopGroupId", "DesktopGroupName", "Comments", "Creator", "Status", "PayType", "BuyDesktopsCount", "MinDesktopsCount",
			"MaxDesktopsCount", "OwnType", "BindAmount", "KeepDuration", "OwnBundleId", "ImageId", "Cpu", "Memory", "GpuCount",
			"SystemDiskCategory", "SystemDiskSize", "DataDiskCategory", "DataDiskSize", "OfficeSiteId", "PolicyGroupId",
		} {
			if diff := cmp.Diff(row[name], detail[name]); diff != "" {
				t.Errorf("%s %s (-row +detail):\n%s", id, name, diff)
			}
		}
		if diff := cmp.Diff(row["PolicyGroupIdList"], detail["PolicyGroupIds"]); diff != "" {
			t.Errorf("%s policies (-row +detail):\n%s", id, diff)
		}
		for _, only := range []string{"DesktopCount", "CountPerStatus", "EndUserCount", "DesktopType", "GpuDriverVersion", "Tags", "CreateTime"} {
			if _, there := detail[only]; there {
				t.Errorf("%s: the detail has %s", id, only)
			}
		}
		for _, only := range []string{"AllowAutoSetup", "AllowBufferCount", "TimerInfos", "ScaleTimerInfos", "CreationTime"} {
			if _, there := row[only]; there {
				t.Errorf("%s: the listing has %s", id, only)
			}
		}
	}
}
