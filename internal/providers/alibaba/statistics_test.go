package alibaba

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

var allAxes = pool.Axes{Power: true, Connection: true, Assignment: true}

func count(t *testing.T, c *cloud, q pool.StatisticsQuery) pool.Statistics {
	t.Helper()
	got, err := c.source.Reader.Statistics(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return got.Value
}

// missing gives fields one reason.
func missing(reason pool.MissingReason, fields ...string) []pool.Missing {
	var list []pool.Missing
	for _, f := range fields {
		list = append(list, pool.Missing{Field: f, Reason: reason})
	}
	return list
}

var (
	connectionFields = []string{
		"connection.connected", "connection.disconnected", "connection.idle", "connection.not_connected",
		"connection.agent_offline", "connection.unreachable", "connection.other",
	}
	assignmentFields = []string{
		"assignment.assigned", "assignment.unassigned", "assignment.assigning", "assignment.failed", "assignment.other",
	}
	powerFields = []string{
		"power.running", "power.stopped", "power.hibernated", "power.faulted", "power.changing", "power.other",
	}
	// neverReported stay nil however exactly desktops are counted.
	neverReported = missing(pool.NotReportedByCloud, "connection.disconnected", "connection.idle", "connection.agent_offline",
		"connection.unreachable", "assignment.assigning", "assignment.failed")
)

func power(running, stopped, hibernated, faulted, changing, other int) *pool.PowerCounts {
	return &pool.PowerCounts{
		Running: &running, Stopped: &stopped, Hibernated: &hibernated, Faulted: &faulted, Changing: &changing, Other: &other,
	}
}

const twoGroups = `{"RequestId":"R1","DesktopGroups":[
	{"DesktopGroupId":"dg-1","DesktopGroupName":"one","DesktopCount":36,"CountPerStatus":[
		{"Status":"Running","Count":1},{"Status":"Stopped","Count":2},{"Status":"Hibernated","Count":3},{"Status":"Failed","Count":4},
		{"Status":"Pending","Count":1},{"Status":"Starting","Count":2},{"Status":"Stopping","Count":3},{"Status":"Rebuilding","Count":4},
		{"Status":"Expired","Count":7},{"Status":"Molten","Count":9},{"Status":"Deleted","Count":50}]},
	{"DesktopGroupId":"dg-2","DesktopGroupName":"two","DesktopCount":2,"CountPerStatus":[{"Status":"Running","Count":2}]}]}`

func TestStatisticsByAggregate(t *testing.T) {
	c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": twoGroups}))
	got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: allAxes})
	row := func(total int, p *pool.PowerCounts) pool.Counts {
		return pool.Counts{
			Total: &total, Power: p, Connection: &pool.ConnectionCounts{}, Assignment: &pool.AssignmentCounts{},
			Basis:   pool.UpstreamAggregate,
			Missing: missing(pool.NotCounted, slices.Concat(connectionFields, assignmentFields)...),
		}
	}
	same(t, "statistics", got, pool.Statistics{
		Total: row(38, power(3, 2, 3, 4, 10, 16)),
		Pools: []pool.PoolStatistics{
			{PoolID: "dg-1", PoolName: "one", Counts: row(36, power(1, 2, 3, 4, 10, 16))},
			{PoolID: "dg-2", PoolName: "two", Counts: row(2, power(2, 0, 0, 0, 0, 0))},
		},
	})
	same(t, "calls", c.actions(), []string{"DescribeDesktopGroups"})
	same(t, "drift", c.source.Drift.Counts().Words, map[string]int64{"desktop.power_state=Molten": 1})
}

func TestStatisticsAxes(t *testing.T) {
	c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": twoGroups}))
	got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled})
	same(t, "total", got.Total, pool.Counts{Total: new(38), Basis: pool.UpstreamAggregate})
	got = count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: pool.Axes{Power: true}, Exact: true})
	same(t, "total", got.Total, pool.Counts{Total: new(38), Power: power(3, 2, 3, 4, 10, 16), Basis: pool.UpstreamAggregate})
	same(t, "calls", len(c.requests()), 2)
}

func TestStatisticsOfNoGroups(t *testing.T) {
	c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": noGroups}))
	got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: pool.Axes{Power: true}})
	same(t, "statistics", got, pool.Statistics{Total: pool.Counts{Total: new(0), Power: power(0, 0, 0, 0, 0, 0), Basis: pool.UpstreamAggregate}})
}

func TestStatisticsOfDesktopTypes(t *testing.T) {
	nothing := pool.NewCounts(allAxes, pool.NotReportedByCloud)
	same(t, "missing", nothing.Missing, missing(pool.NotReportedByCloud, slices.Concat([]string{"total"}, powerFields, connectionFields, assignmentFields)...))
	tests := []struct {
		name  string
		query pool.StatisticsQuery
		known bool // the total
		pools int
		calls int
	}{
		{"pooled", pool.StatisticsQuery{DesktopType: pool.Pooled}, true, 2, 1},
		{"dedicated", pool.StatisticsQuery{DesktopType: pool.Dedicated}, false, 0, 0},
		{"all", pool.StatisticsQuery{DesktopType: pool.AllDesktops}, false, 2, 1},
		{"all in two pools", pool.StatisticsQuery{DesktopType: pool.AllDesktops, PoolIDs: []string{"dg-1", "dg-2"}}, true, 2, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": twoGroups}))
			tt.query.Axes = allAxes
			got := count(t, c, tt.query)
			if tt.known {
				same(t, "total", got.Total.Total, new(38))
			} else {
				same(t, "total", got.Total, nothing)
			}
			same(t, "pools", len(got.Pools), tt.pools)
			same(t, "calls", len(c.requests()), tt.calls)
		})
	}
}

// TestStatisticsOfManyPools proves one call per hundred ids, and that neither
// unknown ids nor groups that were not asked for have a row.
func TestStatisticsOfManyPools(t *testing.T) {
	var wanted []string
	for i := range 150 {
		wanted = append(wanted, fmt.Sprintf("dg-%03d", i))
	}
	c := serve(t, func(_ string, q url.Values) (int, string) {
		rows := []string{`{"DesktopGroupId":"dg-other","DesktopCount":1}`}
		for name := range q {
			if id := q.Get(name); strings.HasPrefix(name, "DesktopGroupIds.") && id != "dg-007" {
				rows = append(rows, `{"DesktopGroupId":"`+id+`","DesktopCount":1}`, `{"DesktopGroupId":"`+id+`","DesktopCount":1}`)
			}
		}
		return http.StatusOK, `{"DesktopGroups":[` + strings.Join(rows, ",") + `]}`
	})
	got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: wanted})
	same(t, "total", got.Total.Total, new(149))
	same(t, "pools", len(got.Pools), 149)
	requests := c.requests()
	same(t, "calls", len(requests), 2)
	same(t, "first id", requests[0].Query.Get("DesktopGroupIds.1"), "dg-000")
	same(t, "hundredth id", requests[0].Query.Get("DesktopGroupIds.100"), "dg-099")
	same(t, "first id of the second call", requests[1].Query.Get("DesktopGroupIds.1"), "dg-100")
	same(t, "parameters of the second call", len(requests[1].Query), 52)
}

func TestStatisticsWithoutAnAggregate(t *testing.T) {
	const groups = `{"DesktopGroups":[{"DesktopGroupId":"dg-1",%s}]}`
	notReported := missing(pool.NotReportedByCloud, powerFields...)
	tests := []struct {
		name, group, page string
		want              pool.Counts
		calls             int
	}{
		{"a total only", `"DesktopCount":7`, ``,
			pool.Counts{Total: new(7), Power: &pool.PowerCounts{}, Basis: pool.UpstreamAggregate, Missing: notReported}, 1},
		{"a state without a number", `"DesktopCount":7,"CountPerStatus":[{"Status":"Running"}]`, ``,
			pool.Counts{Total: new(7), Power: &pool.PowerCounts{}, Basis: pool.UpstreamAggregate, Missing: notReported}, 1},
		{"an empty group", `"DesktopCount":0`, ``,
			pool.Counts{Total: new(0), Power: power(0, 0, 0, 0, 0, 0), Basis: pool.UpstreamAggregate}, 1},
		{"nothing said of an empty group", `"Status":1`, `{}`,
			pool.Counts{Total: new(0), Power: power(0, 0, 0, 0, 0, 0), Basis: pool.Counted}, 2},
		{"nothing said of a small group", `"Status":1`, `{"PaidDesktops":[{"DesktopStatus":"Stopped"},{"DesktopStatus":"Deleted"}]}`,
			pool.Counts{Total: new(1), Power: power(0, 1, 0, 0, 0, 0), Basis: pool.Counted}, 2},
		{"nothing said of a large group", `"Status":1`, `{"PaidDesktops":[{"DesktopStatus":"Stopped"}],"NextToken":"more"}`,
			pool.Counts{Power: &pool.PowerCounts{}, Basis: pool.UpstreamAggregate,
				Missing: append(missing(pool.NotReportedByCloud, "total"), notReported...)}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": fmt.Sprintf(groups, tt.group), "DescribeDesktopsInGroup": tt.page}))
			got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: pool.Axes{Power: true}})
			same(t, "total", got.Total, tt.want)
			same(t, "pool", got.Pools[0].Counts, tt.want)
			same(t, "calls", len(c.requests()), tt.calls)
		})
	}
}

const fiveDesktops = `{"RequestId":"R2","PaidDesktopsCount":3,"PaidDesktops":[
	{"DesktopStatus":"Running","ConnectionStatus":"Connected","EndUserId":"alice"},
	{"DesktopStatus":"Running","ConnectionStatus":"Disconnected","EndUserId":""},
	{"DesktopStatus":"Deleted","ConnectionStatus":"Connected","EndUserId":"bob"}],
	"PostPaidDesktops":[
	{"DesktopStatus":"Stopped","ConnectionStatus":"Unknown","EndUserId":"carol"},
	{"DesktopStatus":"Stopped"},
	{"DesktopStatus":"Stopping","ConnectionStatus":0}]}`

func TestStatisticsExact(t *testing.T) {
	const group = `{"DesktopGroups":[{"DesktopGroupId":"dg-1","DesktopCount":%d,"CountPerStatus":[{"Status":"Running","Count":%d}]}]}`
	counted := pool.Counts{
		Total:      new(5),
		Connection: &pool.ConnectionCounts{Connected: new(1), NotConnected: new(2), Other: new(2)},
		Assignment: &pool.AssignmentCounts{Assigned: new(2), Unassigned: new(3), Other: new(0)},
		Missing:    neverReported,
	}
	tests := []struct {
		name  string
		total int
		axes  pool.Axes
		power *pool.PowerCounts
		basis pool.Basis
	}{
		{"the aggregate agrees", 5, allAxes, power(5, 0, 0, 0, 0, 0), pool.Mixed},
		{"the aggregate is older", 9, allAxes, power(2, 2, 0, 0, 1, 0), pool.Counted},
		{"counted axes only", 5, pool.Axes{Connection: true, Assignment: true}, nil, pool.Counted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": fmt.Sprintf(group, tt.total, tt.total), "DescribeDesktopsInGroup": fiveDesktops}))
			got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: tt.axes, Exact: true})
			want := counted
			want.Power, want.Basis = tt.power, tt.basis
			same(t, "pool", got.Pools[0].Counts, want)
			same(t, "total", got.Total, want)
			same(t, "actions", c.actions(), []string{"DescribeDesktopGroups", "DescribeDesktopsInGroup"})
			same(t, "IgnoreDeleted", c.requests()[1].Query.Get("IgnoreDeleted"), "false")
		})
	}
	t.Run("parts", func(t *testing.T) {
		c := serve(t, bodies(map[string]string{"DescribeDesktopGroups": fmt.Sprintf(group, 5, 5), "DescribeDesktopsInGroup": fiveDesktops}))
		got, err := c.source.Reader.Statistics(t.Context(), pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: allAxes, Exact: true})
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, p := range got.Parts {
			parts = append(parts, p.Operation+" "+string(p.Body))
		}
		same(t, "parts", parts, []string{`DescribeDesktopGroups {}`, `DescribeDesktopsInGroup {"RequestId":"R2","PaidDesktopsCount":3}`})
	})
}

// TestStatisticsExactIsBounded proves that counting takes at most a hundred
// calls, skips what does not fit, and goes on with what does.
func TestStatisticsExactIsBounded(t *testing.T) {
	sizes := map[string]int{"dg-1": 9850, "dg-2": 300, "dg-3": 100, "dg-4": 0, "dg-5": 1}
	c := serve(t, func(action string, q url.Values) (int, string) {
		if action == "DescribeDesktopGroups" {
			var rows []string
			for _, id := range []string{"dg-1", "dg-2", "dg-3", "dg-4", "dg-5"} {
				rows = append(rows, fmt.Sprintf(`{"DesktopGroupId":"%s","DesktopCount":%d,"CountPerStatus":[{"Status":"Running","Count":%d}]}`, id, sizes[id], sizes[id]))
			}
			return http.StatusOK, `{"DesktopGroups":[` + strings.Join(rows, ",") + `]}`
		}
		return http.StatusOK, desktopsFrom(t, sizes[q.Get("DesktopGroupId")], q)
	})
	got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: allAxes, Exact: true})
	assigned := map[string]*int{}
	for _, p := range got.Pools {
		assigned[p.PoolID] = p.Counts.Assignment.Assigned
	}
	same(t, "assigned", assigned, map[string]*int{"dg-1": new(9850), "dg-2": nil, "dg-3": new(100), "dg-4": new(0), "dg-5": nil})
	same(t, "missing of what did not fit", got.Pools[1].Counts.Missing, missing(pool.NotCounted, slices.Concat(connectionFields, assignmentFields)...))
	same(t, "total", got.Total.Total, new(10251))
	same(t, "power", got.Total.Power, power(10251, 0, 0, 0, 0, 0))
	same(t, "basis", got.Total.Basis, pool.UpstreamAggregate)
	same(t, "assigned in total", got.Total.Assignment, &pool.AssignmentCounts{})
	calls := 0
	for _, action := range c.actions() {
		if action == "DescribeDesktopsInGroup" {
			calls++
		}
	}
	same(t, "calls", calls, 100)
}

// TestStatisticsRunOutOfCalls proves that a group that is larger than its
// count says is not counted in part.
func TestStatisticsRunOutOfCalls(t *testing.T) {
	c := serve(t, func(action string, q url.Values) (int, string) {
		if action == "DescribeDesktopGroups" {
			return http.StatusOK, `{"DesktopGroups":[{"DesktopGroupId":"dg-1","DesktopCount":1}]}`
		}
		return http.StatusOK, desktopsFrom(t, 20000, q)
	})
	got := count(t, c, pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: pool.Axes{Assignment: true}, Exact: true})
	same(t, "pool", got.Pools[0].Counts, pool.Counts{
		Total: new(1), Assignment: &pool.AssignmentCounts{}, Basis: pool.UpstreamAggregate, Missing: missing(pool.NotCounted, assignmentFields...),
	})
	same(t, "calls", len(c.requests()), 101)
}

// desktopsFrom is a page of a group of so many desktops, all running and assigned.
func desktopsFrom(t *testing.T, size int, q url.Values) string {
	t.Helper()
	from := 0
	if token := q.Get("NextToken"); token != "" {
		if _, err := fmt.Sscan(token, &from); err != nil {
			t.Error(err)
		}
	}
	page := map[string]any{}
	rows := []map[string]string{}
	for i := from; i < min(from+100, size); i++ {
		rows = append(rows, map[string]string{"DesktopStatus": "Running", "EndUserId": "alice"})
	}
	page["PaidDesktops"] = rows
	if from+100 < size {
		page["NextToken"] = fmt.Sprint(from + 100)
	}
	b, err := json.Marshal(page)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}
