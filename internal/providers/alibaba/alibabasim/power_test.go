package alibabasim

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStartAndStop(t *testing.T) {
	s, c, ids := orderSim(nil)
	states := func() string {
		r := row(t, s, ids[0])
		return r["DesktopStatus"].(string) + " " + r["ConnectionStatus"].(string)
	}
	refused(t, s, 400, "IncorrectDesktopStatus", "StopDesktops", "DesktopId.1", ids[0])
	got := done(t, s, "StartDesktops", manyIDs("DesktopId", []string{ids[0], ids[1], ids[0]})...)
	if diff := cmp.Diff(map[string]any{"RequestId": got.header.Get("x-acs-request-id")}, got.body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := states(); got != "Starting Unknown" {
		t.Errorf("at once: %s", got)
	}
	refused(t, s, 400, "IncorrectDesktopStatus", "StartDesktops", "DesktopId.1", ids[0])
	refused(t, s, 400, "IncorrectDesktopStatus", "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType)
	c.pass(time.Second)
	if got := states(); got != "Running Disconnected" {
		t.Errorf("a second later: %s", got)
	}
	refused(t, s, 400, "IncorrectDesktopStatus", "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType)
	refused(t, s, 400, "IncorrectDesktopStatus", "StopDesktops", manyIDs("DesktopId", ids[:3])...)
	if got := states(); got != "Running Disconnected" {
		t.Errorf("a call that was refused had an effect: %s", got)
	}
	done(t, s, "StopDesktops", append(manyIDs("DesktopId", ids[:2]), "StoppedMode", "KeepCharging")...)
	if got := states(); got != "Stopping Unknown" {
		t.Errorf("stopping: %s", got)
	}
	c.pass(time.Second)
	if got := states(); got != "Stopped Disconnected" {
		t.Errorf("stopped: %s", got)
	}
	done(t, s, "ModifyDesktopSpec", "DesktopId", ids[0], "DesktopType", otherType)
	refused(t, s, 400, "IncorrectDesktopStatus", "StartDesktops", "DesktopId.1", ids[0]) // it is being changed
}

func TestPowerParameters(t *testing.T) {
	s, _, ids := orderSim(nil)
	for _, action := range []string{"StartDesktops", "StopDesktops"} {
		refused(t, s, 400, "MissingDesktopId", action)
		refused(t, s, 400, "InvalidDesktopId.NotFound", action, "DesktopId.1", ids[0], "DesktopId.2", "ud-unknown")
		refused(t, s, 400, "InvalidDesktopId.NotFound", action, "DesktopId.1", ids[0], "RegionId", "cn-beijing")
		refused(t, s, 400, "InvalidDesktopId", action, manyIDs("DesktopId", many(101))...)
	}
	refused(t, s, 400, "InvalidStoppedMode", "StopDesktops", "DesktopId.1", ids[0], "StoppedMode", "Later")
}

const linux = "desktopimage-ubuntu-2404-asp"

// TestStoppingDisconnects: who is connected to a desktop that is stopped is so no longer.
func TestStoppingDisconnects(t *testing.T) {
	s, c, _ := orderSim(nil)
	before := ask(t, s, "DescribeUsersInGroup", "DesktopGroupId", exampleGroup).number("OnlineUsersCount")
	done(t, s, "StopDesktops", "DesktopId.1", exampleSubscription)
	c.pass(time.Second)
	if r := row(t, s, exampleSubscription); r["DesktopStatus"] != "Stopped" || r["Sessions"] != nil {
		t.Errorf("stopped: %v", r)
	}
	after := ask(t, s, "DescribeUsersInGroup", "DesktopGroupId", exampleGroup)
	if n := after.number("OnlineUsersCount"); n != before-1 {
		t.Errorf("%d online users, before %d", n, before)
	}
}

func TestResetDesktops(t *testing.T) {
	s, c, ids := orderSim(nil)
	image := row(t, s, ids[0])["ImageId"]
	got := done(t, s, "ResetDesktops", append(manyIDs("DesktopId", ids[:2]), "ResetType", "1", "ImageId", linux, "DesktopGroupId", "dg-ignored", "PayType", "PostPaid")...)
	if diff := cmp.Diff(map[string]any{"RequestId": got.header.Get("x-acs-request-id")}, got.body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r := row(t, s, ids[0])
	if r["DesktopStatus"] != "Rebuilding" || r["ConnectionStatus"] != "Unknown" || r["ImageId"] != image || r["Progress"] != "60%" {
		t.Errorf("at once: %v", r)
	}
	refused(t, s, 400, "IncorrectDesktopStatus", "ResetDesktops", "DesktopId.1", ids[0], "ResetType", "1")
	c.pass(time.Second)
	r = row(t, s, ids[0])
	if r["DesktopStatus"] != "Stopped" || r["ImageId"] != linux || r["OsType"] != "Linux" {
		t.Errorf("a second later: %v", r)
	}
	in := done(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", s.c.World.IdleGroup(), "IgnoreDeleted", "false").rows("PaidDesktops")
	if in[1]["ImageId"] != linux || in[1]["ImageName"] != "Ubuntu 24.04" || in[1]["ResetTime"] != "2025-11-21 08:00:01" {
		t.Errorf("in the group: %v", in[1])
	}
	if in[2]["ImageId"] != image {
		t.Errorf("a desktop that was not named: %v", in[2])
	}
	if id := done(t, s, "DescribeDesktopGroups", "DesktopGroupId", s.c.World.IdleGroup()).rows("DesktopGroups")[0]["ImageId"]; id != image {
		t.Errorf("the group has image %v, want %v as before", id, image)
	}
	want := Order{Operation: "ResetDesktops", DesktopIDs: ids[:2], CreatedAt: day}
	orders := s.Orders()
	if len(orders) != 1 || orders[0].Params.Get("ImageId") != linux {
		t.Fatalf("orders %v", orders)
	}
	orders[0].Params = nil
	if diff := cmp.Diff(want, orders[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, listed := bill(t, s, "QueryOrders"); len(listed) != 0 {
		t.Errorf("a reset is billed: %v", listed)
	}
}

// TestResetGroup resets what runs or is stopped, and leaves the rest alone.
func TestResetGroup(t *testing.T) {
	s, c, _ := orderSim(nil)
	g := s.c.World.groups[0]
	before := allDesktops(t, s, "1000", append(slices.Clone(pooled), "DesktopGroupId", g.id)...)
	counts := done(t, s, "DescribeDesktopGroups", "DesktopGroupId", g.id).rows("DesktopGroups")[0]["CountPerStatus"]
	done(t, s, "ResetDesktops", "DesktopGroupId", g.id, "ResetType", "1", "ImageId", linux, "PayType", "PrePaid")
	during := allDesktops(t, s, "1000", append(slices.Clone(pooled), "DesktopGroupId", g.id)...)
	if diff := cmp.Diff(countStates(during), groupCounts(t, s, g)); diff != "" {
		t.Errorf("CountPerStatus, while it goes on (-counted +told):\n%s", diff)
	}
	c.pass(time.Second)
	after := allDesktops(t, s, "1000", append(slices.Clone(pooled), "DesktopGroupId", g.id)...)
	reset := 0
	for i, was := range before {
		hit := was["ChargeType"] == "PrePaid" && (was["DesktopStatus"] == "Running" || was["DesktopStatus"] == "Stopped") && was["ManagementFlag"] == "NoFlag"
		if hit {
			reset++
		}
		if (during[i]["DesktopStatus"] == "Rebuilding") != (hit || was["DesktopStatus"] == "Rebuilding") {
			t.Errorf("%v %v is %v meanwhile", was["DesktopId"], was["DesktopStatus"], during[i]["DesktopStatus"])
		}
		if (after[i]["ImageId"] == linux) != hit || after[i]["DesktopStatus"] != was["DesktopStatus"] {
			t.Errorf("%v %v is %v afterwards, with %v", was["DesktopId"], was["DesktopStatus"], after[i]["DesktopStatus"], after[i]["ImageId"])
		}
	}
	if reset == 0 || reset == len(before) {
		t.Errorf("%d of %d were reset: that proves nothing", reset, len(before))
	}
	if diff := cmp.Diff(counts, done(t, s, "DescribeDesktopGroups", "DesktopGroupId", g.id).rows("DesktopGroups")[0]["CountPerStatus"]); diff != "" {
		t.Errorf("CountPerStatus, before and after:\n%s", diff)
	}
	if o := s.Orders()[0]; !slices.Equal(o.GroupIDs, []string{g.id}) || o.DesktopIDs != nil || o.ID != "" {
		t.Errorf("order %+v", o)
	}
	done(t, s, "ResetDesktops", "DesktopGroupIds.1", g.id, "DesktopGroupIds.2", s.c.World.IdleGroup(), "ResetType", "3")
	c.pass(time.Second)
	for _, id := range []string{exampleSubscription, examplePayAsYouGo} {
		r := row(t, s, id)
		want := "m-hn5v2mmk0q7zt" // without ImageId the image stays
		if id == exampleSubscription {
			want = linux
		}
		if r["ImageId"] != want {
			t.Errorf("%s has %v, want %s", id, r["ImageId"], want)
		}
	}
}

// TestLastResetHolds: of resets of one desktop and of its group the last one holds.
func TestLastResetHolds(t *testing.T) {
	const windows = "desktopimage-windows-server-2022-64-asp"
	s, c, ids := orderSim(nil)
	group := q1("DesktopGroupId", s.c.World.IdleGroup(), "ResetType", "1")
	desktop := q1("DesktopId.1", ids[0], "ResetType", "1")
	for i, step := range []struct {
		pairs []string
		image string
	}{{group, linux}, {desktop, windows}, {desktop, linux}, {group, windows}, {group, linux}, {desktop, windows}} {
		done(t, s, "ResetDesktops", append(slices.Clone(step.pairs), "ImageId", step.image)...)
		c.pass(time.Second)
		if got := row(t, s, ids[0])["ImageId"]; got != step.image {
			t.Errorf("after reset %d the image is %v, want %s", i, got, step.image)
		}
	}
}

func countStates(rows []map[string]any) map[string]int {
	counts := map[string]int{}
	for _, r := range rows {
		counts[r["DesktopStatus"].(string)]++
	}
	return counts
}

func groupCounts(t *testing.T, s *Sim, g *group) map[string]int {
	t.Helper()
	counts := map[string]int{}
	group := answer{body: done(t, s, "DescribeDesktopGroups", "DesktopGroupId", g.id).rows("DesktopGroups")[0]}
	for _, r := range group.rows("CountPerStatus") {
		counts[r["Status"].(string)] = answer{body: r}.number("Count")
	}
	return counts
}

// TestCountsFollow holds all counts of a group against its rows, while single desktops and all of it change.
func TestCountsFollow(t *testing.T) {
	s, c, ids := orderSim(nil)
	g := s.c.World.groups[idleGroup]
	check := func(when string) {
		rows := allDesktops(t, s, "1000", append(slices.Clone(pooled), "DesktopGroupId", g.id)...)
		counts := countStates(rows)
		if diff := cmp.Diff(counts, groupCounts(t, s, g)); diff != "" {
			t.Errorf("%s: CountPerStatus (-counted +told):\n%s", when, diff)
		}
		in := done(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", g.id, "IgnoreDeleted", "false")
		if in.number("RunningPrePaidDesktopsCount") != counts["Running"] || in.number("StoppedPrePaidDesktopsCount") != counts["Stopped"] ||
			in.number("PaidDesktopsCount") != len(rows) {
			t.Errorf("%s: %v, counted %v", when, in.raw[:200], counts)
		}
	}
	check("untouched")
	done(t, s, "StartDesktops", manyIDs("DesktopId", ids[:5])...)
	check("starting")
	c.pass(time.Second)
	check("started")
	done(t, s, "StopDesktops", manyIDs("DesktopId", ids[:1])...)
	done(t, s, "ResetDesktops", "DesktopGroupId", g.id, "ResetType", "1")
	check("resetting")
	if status := row(t, s, ids[1])["DesktopStatus"]; status != "Rebuilding" {
		t.Errorf("a desktop that was started and is being reset with its group is %v", status)
	}
	c.pass(time.Second)
	check("reset")
}

func TestResetParameters(t *testing.T) {
	s, _, ids := orderSim(nil)
	w := s.c.World
	one := func(pairs ...string) []string { return append(pairs, "DesktopId.1", ids[0]) }
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"no type", one(), "MissingResetType"},
		{"a type that is none", one("ResetType", "4"), "InvalidResetType"},
		{"a scope that is none", one("ResetType", "1", "ResetScope", "SOME"), "InvalidResetScope"},
		{"a pay type that is none", one("ResetType", "1", "PayType", "Free"), "InvalidPayType"},
		{"no target", q1("ResetType", "1"), "MissingDesktopGroupId"},
		{"101 desktops", append(manyIDs("DesktopId", many(101)), "ResetType", "1"), "InvalidDesktopId"},
		{"101 groups", append(manyIDs("DesktopGroupIds", many(101)), "ResetType", "1"), "InvalidDesktopGroupIds"},
		{"an unknown desktop", one("ResetType", "1", "DesktopId.2", "ud-unknown"), "InvalidDesktopId.NotFound"},
		{"a desktop of no group", q1("ResetType", "1", "DesktopId.1", liveIDs(w.dedicated)[0]), "InvalidDesktopId.NotFound"},
		{"an unknown group", q1("ResetType", "1", "DesktopGroupId", "dg-unknown"), "InvalidDesktopGroupId.NotFound"},
		{"one unknown group of two", q1("ResetType", "1", "DesktopGroupIds.1", w.IdleGroup(), "DesktopGroupIds.2", "dg-unknown"), "InvalidDesktopGroupId.NotFound"},
		{"another region", q1("ResetType", "1", "DesktopGroupId", w.IdleGroup(), "RegionId", "cn-beijing"), "InvalidDesktopGroupId.NotFound"},
		{"an unknown image", one("ResetType", "1", "ImageId", "m-unknown"), "InvalidImageId.NotFound"},
		{"an image that is being made", one("ResetType", "1", "ImageId", "m-creating00000001"), "InvalidImageStatus.NotValid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, s, 400, tt.code, "ResetDesktops", tt.pairs...) })
	}
	if n := len(s.Writes()); n != len(tests) {
		t.Errorf("%d writes were noted, want %d", n, len(tests))
	}
	if r := row(t, s, ids[0]); r["DesktopStatus"] != "Stopped" {
		t.Errorf("a reset that was refused had an effect: %v", r)
	}
}
