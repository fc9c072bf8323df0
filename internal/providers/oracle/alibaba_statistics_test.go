package oracle_test

import (
	"maps"
	"strconv"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestAlibabaStatistics counts every desktop that the SDK lists, and holds the
// cloud's own counters and our adapter's rows against that.
func TestAlibabaStatistics(t *testing.T) {
	inEveryWay(t, func(t *testing.T, client *alibabaClient, source pool.Source) {
		ours, err := source.Reader.Statistics(t.Context(), pool.StatisticsQuery{
			DesktopType: pool.Pooled, Exact: true, Axes: pool.Axes{Power: true, Connection: true, Assignment: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, want := map[string]map[string]int{}, map[string]map[string]int{}
		for _, row := range ours.Value.Pools {
			got[row.PoolID] = ourNumbers(row.Counts)
		}
		for _, g := range rows(client.pages(t, "DescribeDesktopGroups", 100, nil), "DesktopGroups") {
			id := word(g, "DesktopGroupId")
			live := groupDesktops(t, client, id, 100, false)
			want[id] = sdkNumbers(live)
			checkGroupCounts(t, g, live)
			checkPageCounts(t, client, id, live)
		}
		same(t, "our rows", got, want)
	})
}

// statuses counts desktops by DesktopStatus.
func statuses(desktops map[string]map[string]any) map[string]int {
	counts := map[string]int{}
	for _, d := range desktops {
		counts[word(d, "DesktopStatus")]++
	}
	return counts
}

// checkGroupCounts holds DesktopCount and CountPerStatus against the desktops.
// Both may be left out of a group without desktops.
func checkGroupCounts(t *testing.T, group map[string]any, live map[string]map[string]any) {
	t.Helper()
	said := map[string]int{}
	for _, row := range rows([]map[string]any{group}, "CountPerStatus") {
		said[word(row, "Status")] = whole(t, row, "Count")
	}
	same(t, "CountPerStatus of "+word(group, "DesktopGroupId"), said, statuses(live))
	same(t, "DesktopCount of "+word(group, "DesktopGroupId"), whole(t, group, "DesktopCount"), len(live))
}

// checkPageCounts holds the totals of DescribeDesktopsInGroup, which stand on
// every page, against the desktops. Three are of subscriptions only.
func checkPageCounts(t *testing.T, client *alibabaClient, id string, live map[string]map[string]any) {
	t.Helper()
	want := map[string]int{}
	for _, d := range live {
		if d["(billing)"] == "POSTPAID" {
			want["PostPaidDesktopsCount"]++
			continue
		}
		want["PaidDesktopsCount"]++
		if word(d, "ConnectionStatus") == "Connected" {
			want["OnlinePrePaidDesktopsCount"]++
		}
		switch word(d, "DesktopStatus") {
		case "Running":
			want["RunningPrePaidDesktopsCount"]++
		case "Stopped":
			want["StopedPrePaidDesktopsCount"]++
			want["StoppedPrePaidDesktopsCount"]++
		}
	}
	for n, page := range client.pages(t, "DescribeDesktopsInGroup", 30, map[string]any{"DesktopGroupId": id, "IgnoreDeleted": false}) {
		got := map[string]int{}
		for _, name := range []string{
			"PaidDesktopsCount", "PostPaidDesktopsCount", "OnlinePrePaidDesktopsCount", "RunningPrePaidDesktopsCount",
			"StopedPrePaidDesktopsCount", "StoppedPrePaidDesktopsCount",
		} {
			got[name] = whole(t, page, name)
		}
		maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
		same(t, "the totals of "+id+" on page "+strconv.Itoa(n), got, want)
	}
}

// whole is a count, 0 if it is left out.
func whole(t *testing.T, row map[string]any, name string) int {
	t.Helper()
	if row[name] == nil {
		return 0
	}
	n, err := strconv.Atoi(number(row, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// sdkNumbers counts desktops by the words of our model, less what is zero.
func sdkNumbers(desktops map[string]map[string]any) map[string]int {
	power := map[string]string{
		"Running": "running", "Stopped": "stopped", "Hibernated": "hibernated", "Failed": "faulted", "Expired": "other power",
		"Pending": "changing", "Starting": "changing", "Stopping": "changing", "Rebuilding": "changing",
	}
	connection := map[string]string{"Connected": "connected", "Disconnected": "not connected", "Unknown": "other connection"}
	counts := map[string]int{}
	for _, d := range desktops {
		counts["total"]++
		counts[power[word(d, "DesktopStatus")]]++
		counts[connection[word(d, "ConnectionStatus")]]++
		if word(d, "EndUserId") != "" {
			counts["assigned"]++
		} else {
			counts["unassigned"]++
		}
	}
	return counts
}

// ourNumbers is a row of our adapter's in the same form. What it does not know is -1.
func ourNumbers(c pool.Counts) map[string]int {
	p, n, a := say(c.Power), say(c.Connection), say(c.Assignment)
	counts := map[string]int{}
	for name, count := range map[string]*int{
		"total": c.Total, "running": p.Running, "stopped": p.Stopped, "hibernated": p.Hibernated, "faulted": p.Faulted,
		"changing": p.Changing, "other power": p.Other, "connected": n.Connected, "not connected": n.NotConnected,
		"other connection": n.Other, "assigned": a.Assigned, "unassigned": a.Unassigned, "other assignment": a.Other,
	} {
		switch {
		case count == nil:
			counts[name] = -1
		case *count != 0:
			counts[name] = *count
		}
	}
	return counts
}
