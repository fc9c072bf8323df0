package alibabasim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pooled asks for pooled desktops, which DescribeDesktops hides by default.
var pooled = []string{"OnlyDesktopGroup", "true", "FilterDesktopGroup", "false"}

func allDesktops(t *testing.T, s *Sim, size string, pairs ...string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	token := ""
	for range 1000 {
		got := ask(t, s, "DescribeDesktops", append(slices.Clone(pairs), "MaxResults", size, "NextToken", token)...)
		rows = append(rows, got.rows("Desktops")...)
		if token, _ = got.body["NextToken"].(string); token == "" {
			if n := got.number("TotalCount"); n != len(rows) {
				t.Errorf("%v: TotalCount %d, counted %d", pairs, n, len(rows))
			}
			return rows
		}
	}
	t.Fatal("no end")
	return nil
}

func TestPooledDesktopsAreHiddenByDefault(t *testing.T) {
	s := newTestSim(nil)
	w := s.c.World
	dedicated := w.dedicated.totals.live[0] + w.dedicated.totals.live[1]
	inGroups := 0
	for _, g := range w.groups {
		inGroups += g.totals.live[0] + g.totals.live[1]
	}
	id := w.groups[0].desktop(3).id()
	tests := []struct {
		name  string
		pairs []string
		want  int
	}{
		{"default", nil, dedicated},
		{"not filtered", []string{"FilterDesktopGroup", "false"}, dedicated + inGroups},
		{"only pooled, and yet filtered", []string{"OnlyDesktopGroup", "true"}, 0},
		{"only pooled", pooled, inGroups},
		{"one pooled, filtered", []string{"DesktopId.1", id}, 0},
		{"one pooled", append(slices.Clone(pooled), "DesktopId.1", id), 1},
		{"one group, filtered", []string{"DesktopGroupId", exampleGroup}, 0},
		{"another region", append(slices.Clone(pooled), "RegionId", "cn-beijing"), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := len(allDesktops(t, s, "1000", tt.pairs...)); got != tt.want {
				t.Errorf("%d desktops, want %d", got, tt.want)
			}
		})
	}
	for _, r := range allDesktops(t, s, "1000") {
		if r["DesktopGroupId"] != "null" {
			t.Errorf("a desktop outside of groups has DesktopGroupId %v, want the text null", r["DesktopGroupId"])
		}
	}
}

func TestPagesOfDesktops(t *testing.T) {
	s := newTestSim(nil)
	filter := append(slices.Clone(pooled), "DesktopGroupId", exampleGroup)
	want := texts(allDesktops(t, s, "1000", filter...), "DesktopId")
	for _, size := range []string{"1", "7", "100"} {
		if diff := cmp.Diff(want, texts(allDesktops(t, s, size, filter...), "DesktopId")); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", size, diff)
		}
	}
	var numbered []string
	for page := 1; page < 100; page++ {
		got := ask(t, s, "DescribeDesktops", append(slices.Clone(filter), "PageNumber", digits(page), "PageSize", "20")...)
		if got.number("PageNumber") != page || got.number("PageSize") != 20 || got.body["NextToken"] != nil {
			t.Fatalf("page %d: %s", page, got.raw)
		}
		rows := got.rows("Desktops")
		if len(rows) == 0 {
			break
		}
		numbered = append(numbered, texts(rows, "DesktopId")...)
	}
	if diff := cmp.Diff(want, numbered); diff != "" {
		t.Errorf("by number (-want +got):\n%s", diff)
	}
}

// TestDesktopFilters compares each filter with a look at all rows.
func TestDesktopFilters(t *testing.T) {
	s := newTestSim(nil)
	all := allDesktops(t, s, "1000", "FilterDesktopGroup", "false")
	field := func(name string, words ...string) func(map[string]any) bool {
		return func(r map[string]any) bool { return slices.Contains(words, fmt.Sprint(r[name])) }
	}
	user := func(name string) func(map[string]any) bool {
		return func(r map[string]any) bool {
			list, _ := r["EndUserIds"].([]any)
			return slices.Contains(list, any(name))
		}
	}
	ids := []string{all[9]["DesktopId"].(string), all[2]["DesktopId"].(string), all[70]["DesktopId"].(string)}
	tests := []struct {
		name  string
		pairs []string
		match func(map[string]any) bool
	}{
		{"DesktopId", []string{"DesktopId.1", ids[0], "DesktopId.2", ids[1], "DesktopId.3", ids[0], "DesktopId.4", ids[2], "DesktopId.5", "ud-no"}, field("DesktopId", ids...)},
		{"DesktopId before DesktopGroupId", []string{"DesktopId.1", ids[0], "DesktopGroupId", "dg-unknown"}, field("DesktopId", ids[0])},
		{"DesktopGroupId", []string{"DesktopGroupId", exampleGroup}, field("DesktopGroupId", exampleGroup)},
		{"GroupId", []string{"GroupId", exampleGroup}, field("DesktopGroupId", exampleGroup)},
		{"DesktopStatus", []string{"DesktopStatus", "Running"}, field("DesktopStatus", "Running")},
		{"DesktopStatusList", []string{"DesktopStatusList.1", "Failed", "DesktopStatusList.2", "Hibernated"}, field("DesktopStatus", "Failed", "Hibernated")},
		{"ChargeType", []string{"ChargeType", "PostPaid"}, field("ChargeType", "PostPaid")},
		{"ManagementFlag", []string{"ManagementFlag", "Migrating"}, field("ManagementFlag", "Migrating")},
		{"EndUserId", []string{"EndUserId.1", "alice"}, user("alice")},
		{"ExcludedEndUserId", []string{"ExcludedEndUserId.1", "alice"}, func(r map[string]any) bool { return !user("alice")(r) }},
		{"ImageId", []string{"ImageId.1", "m-hn5v2mmk0q7zt"}, field("ImageId", "m-hn5v2mmk0q7zt")},
		{"OsTypes", []string{"OsTypes.1", "Linux"}, field("OsType", "Linux")},
		{"DesktopName", []string{"DesktopName", "kiosk"}, func(r map[string]any) bool { return strings.Contains(r["DesktopName"].(string), "kiosk") }},
		{"DesktopType", []string{"DesktopType", "eds.general.2c4g"}, field("DesktopType", "eds.general.2c4g")},
		{"OfficeSiteName", []string{"OfficeSiteName", "office-2"}, field("OfficeSiteName", "office-2")},
		{"OfficeSiteId", []string{"OfficeSiteId", all[0]["OfficeSiteId"].(string)}, field("OfficeSiteId", all[0]["OfficeSiteId"].(string))},
		{"PolicyGroupId", []string{"PolicyGroupId", all[0]["PolicyGroupId"].(string)}, field("PolicyGroupId", all[0]["PolicyGroupId"].(string))},
		{"ProtocolType", []string{"ProtocolType", "HDX"}, field("ProtocolType", "HDX")},
		{"MultiResource", []string{"MultiResource", "false", "OnlyDesktopGroup", "true"}, func(r map[string]any) bool {
			g := s.c.World.group(r["DesktopGroupId"].(string))
			return g != nil && g.slots() == 1
		}},
		{"Tag", []string{"Tag.1.Key", "env", "Tag.1.Value", "test"}, func(r map[string]any) bool { return strings.Contains(fmt.Sprint(r["Tags"]), "test") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			for _, r := range all {
				if tt.match(r) {
					want = append(want, r["DesktopId"].(string))
				}
			}
			if len(want) == 0 || len(want) == len(all) {
				t.Fatalf("the case proves nothing: %d of %d desktops match", len(want), len(all))
			}
			got := allDesktops(t, s, "50", append(tt.pairs, "FilterDesktopGroup", "false")...)
			if diff := cmp.Diff(want, texts(got, "DesktopId")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeletedDesktopsAreFoundWhenNamed(t *testing.T) {
	s := newTestSim(nil)
	deleted := allDesktops(t, s, "1000", append(slices.Clone(pooled), "DesktopStatus", "Deleted")...)
	want := 0
	for _, g := range s.c.World.groups {
		want += g.totals.status["Deleted"]
	}
	if len(deleted) != want || want == 0 {
		t.Fatalf("%d deleted desktops, want %d", len(deleted), want)
	}
	id := deleted[0]["DesktopId"].(string)
	if got := allDesktops(t, s, "10", append(slices.Clone(pooled), "DesktopId.1", id)...); len(got) != 1 || got[0]["DesktopStatus"] != "Deleted" {
		t.Errorf("the deleted desktop is not found by its id: %v", got)
	}
}

// TestDesktopRowsAgree holds DescribeDesktops and DescribeDesktopInfo against
// DescribeDesktopsInGroup.
func TestDesktopRowsAgree(t *testing.T) {
	s := newTestSim(nil)
	for _, g := range s.c.World.groups {
		paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", g.id, "IgnoreDeleted", "false", "MaxResults", "100")
		rows := allDesktops(t, s, "1000", append(slices.Clone(pooled), "DesktopGroupId", g.id)...)
		if len(rows) != len(paid)+len(postpaid) {
			t.Fatalf("%s: %d desktops, in the group %d", g.id, len(rows), len(paid)+len(postpaid))
		}
		for i, in := range append(paid, postpaid...) {
			id := in["DesktopId"].(string)
			info := ask(t, s, "DescribeDesktopInfo", "DesktopId.1", id).rows("Desktops")
			if len(info) != 1 {
				t.Fatalf("%s: %d rows of info", id, len(info))
			}
			for _, name := range []string{"DesktopId", "DesktopStatus", "ConnectionStatus"} {
				if rows[i][name] != in[name] || info[0][name] != in[name] {
					t.Errorf("%s %s: %v in the group, %v alone, %v in the info", id, name, in[name], rows[i][name], info[0][name])
				}
			}
			for _, name := range []string{"DesktopName", "ImageId", "OsType", "SystemDiskSize", "ProtocolType"} {
				if rows[i][name] != in[name] {
					t.Errorf("%s %s: %v in the group, %v alone", id, name, in[name], rows[i][name])
				}
			}
			sessions, _ := rows[i]["Sessions"].([]any)
			users, _ := in["EndUserIds"].([]any)
			if len(sessions) != len(users) || (len(users) > 0) != (in["ConnectionStatus"] == "Connected") {
				t.Errorf("%s is %v with users %v and %d sessions", id, in["ConnectionStatus"], users, len(sessions))
			}
			if info[0]["DesktopGroupId"] != g.id || rows[i]["DesktopGroupId"] != g.id {
				t.Errorf("%s is in group %v and %v, want %s", id, info[0]["DesktopGroupId"], rows[i]["DesktopGroupId"], g.id)
			}
		}
	}
}

func TestDesktopInfo(t *testing.T) {
	s := newTestSim(nil)
	got := ask(t, s, "DescribeDesktopInfo", "DesktopId.1", exampleSubscription, "DesktopId.2", "ud-unknown", "DesktopId.3", exampleSubscription)
	want := []map[string]any{{
		"DesktopId": exampleSubscription, "DesktopGroupId": exampleGroup, "DesktopStatus": "Running", "ConnectionStatus": "Connected",
		"ManagementFlag": []any{"NoFlag"}, "StartTime": minutes(s.c.World.groups[0].desktop(0).created()),
		"CurrentAppVersion": "0.1.0-R-20220914.171530",
	}}
	if diff := cmp.Diff(want, got.rows("Desktops")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ask(t, s, "DescribeDesktopInfo", "DesktopId.1", exampleSubscription, "RegionId", "cn-beijing"); len(got.rows("Desktops")) != 0 {
		t.Errorf("found in another region: %s", got.raw)
	}
}

func TestUsersInGroup(t *testing.T) {
	s := newTestSim(nil)
	for _, g := range s.c.World.groups {
		var rows []map[string]any
		var last answer
		for token := ""; len(rows) <= g.users; {
			last = ask(t, s, "DescribeUsersInGroup", "DesktopGroupId", g.id, "MaxResults", "9", "NextToken", token)
			rows = append(rows, last.rows("EndUsers")...)
			if token, _ = last.body["NextToken"].(string); token == "" {
				break
			}
		}
		online := map[string]bool{}
		paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", g.id, "MaxResults", "100")
		for _, d := range append(paid, postpaid...) {
			list, _ := d["EndUserIds"].([]any)
			for _, u := range list {
				online[u.(string)] = true
			}
		}
		told := map[string]bool{}
		for _, r := range rows {
			if r["ConnectionStatus"] == "1" {
				told[r["EndUserId"].(string)] = true
				if r["DesktopId"] == nil {
					t.Errorf("%s: %v is connected to no desktop", g.id, r["EndUserId"])
				}
			}
		}
		if diff := cmp.Diff(online, told); diff != "" {
			t.Errorf("%s: who is connected (-by desktops +by users):\n%s", g.id, diff)
		}
		if len(rows) != last.number("UsersCount") || len(online) != last.number("OnlineUsersCount") {
			t.Errorf("%s: %d users, %d online, told %d and %d", g.id, len(rows), len(online), last.number("UsersCount"), last.number("OnlineUsersCount"))
		}
		row := ask(t, s, "DescribeDesktopGroups", "DesktopGroupId", g.id).rows("DesktopGroups")[0]
		if n, _ := row["EndUserCount"].(json.Number).Int64(); int(n) != len(rows) {
			t.Errorf("%s: EndUserCount %d, counted %d", g.id, n, len(rows))
		}
	}
}

func TestUserFilters(t *testing.T) {
	s := newTestSim(nil)
	tests := []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"EndUserId", []string{"EndUserId", "bob"}, []string{"bob"}},
		{"EndUserIds", []string{"EndUserIds.1", "dave", "EndUserIds.2", "bob", "EndUserIds.3", "nobody"}, []string{"bob", "dave"}},
		{"Filter", []string{"Filter", "lice"}, []string{"alice", "alice1"}},
		{"ConnectState and EndUserId", []string{"ConnectState", "1", "EndUserId", "alice"}, []string{"alice"}},
		{"ConnectState that is another", []string{"ConnectState", "0", "EndUserId", "alice"}, nil},
		{"another region", []string{"RegionId", "cn-beijing"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, s, "DescribeUsersInGroup", append(tt.pairs, "DesktopGroupId", exampleGroup, "MaxResults", "100")...)
			if diff := cmp.Diff(tt.want, texts(got.rows("EndUsers"), "EndUserId")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	full := ask(t, s, "DescribeUsersInGroup", "DesktopGroupId", exampleGroup).rows("EndUsers")[0]
	brief := ask(t, s, "DescribeUsersInGroup", "DesktopGroupId", exampleGroup, "QueryUserDetail", "false").rows("EndUsers")[0]
	if full["EndUserEmail"] != "alice@example.com" || brief["EndUserEmail"] != nil || brief["EndUserId"] != "alice" {
		t.Errorf("with details %v, without %v", full, brief)
	}
}

func TestRegions(t *testing.T) {
	s := newTestSim(nil)
	rows := ask(t, s, "DescribeRegions", "AcceptLanguage", "en").rows("Regions")
	if len(rows) != 22 {
		t.Errorf("%d regions, want 22", len(rows))
	}
	want := map[string]any{"RegionId": "cn-hangzhou", "RegionEndpoint": "ecd.cn-hangzhou.aliyuncs.com", "LocalName": "China (Hangzhou)"}
	if diff := cmp.Diff(want, rows[4]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if name := ask(t, s, "DescribeRegions").rows("Regions")[4]["LocalName"]; name != "华东1（杭州）" {
		t.Errorf("LocalName %v", name)
	}
}
