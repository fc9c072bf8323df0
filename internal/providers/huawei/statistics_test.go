package huawei

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// fieldNames are the JSON names of a type's fields and of the types within.
func fieldNames(v any) []string {
	var names []string
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]() {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return
		}
		for _, f := range reflect.VisibleFields(t) {
			if name := f.Tag.Get("json"); name != "" {
				names = append(names, name)
				collect(f.Type)
			}
		}
	}
	collect(reflect.TypeOf(v))
	return names
}

func missing(fields ...string) []pool.Missing {
	var list []pool.Missing
	for _, f := range fields {
		list = append(list, pool.Missing{Field: f, Reason: pool.NotReportedByCloud})
	}
	return list
}

func TestEveryCounter(t *testing.T) {
	body := fixture(t, "every-counter.json")
	src, cloud := record(t, ok(body))
	q := allAxes()
	q.PoolIDs = []string{"pool-1", "pool-2"}
	got, err := src.Reader.Statistics(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	never := missing("power.changing", "connection.not_connected")
	want := pool.Statistics{
		Total: pool.Counts{
			Total:      ptr(1000),
			Power:      &pool.PowerCounts{Running: ptr(166), Stopped: ptr(55), Hibernated: ptr(188), Faulted: ptr(77), Other: ptr(514)},
			Connection: &pool.ConnectionCounts{Connected: ptr(99), Disconnected: ptr(143), Idle: ptr(132), AgentOffline: ptr(110), Unreachable: ptr(121), Other: ptr(395)},
			Assignment: &pool.AssignmentCounts{Assigned: ptr(101), Unassigned: ptr(202), Assigning: ptr(303), Failed: ptr(44), Other: ptr(350)},
			Basis:      pool.UpstreamAggregate,
			Missing:    never,
		},
		Pools: []pool.PoolStatistics{{
			PoolID: "pool-1", PoolName: "pool-name-2",
			Counts: pool.Counts{
				Total:      ptr(500),
				Power:      &pool.PowerCounts{Running: ptr(16), Stopped: ptr(15), Hibernated: ptr(18), Faulted: ptr(17), Other: ptr(434)},
				Connection: &pool.ConnectionCounts{Connected: ptr(19), Disconnected: ptr(23), Idle: ptr(24), AgentOffline: ptr(20), Unreachable: ptr(21), Other: ptr(393)},
				Assignment: &pool.AssignmentCounts{Assigned: ptr(11), Unassigned: ptr(22), Assigning: ptr(33), Failed: ptr(434), Other: ptr(0)},
				Basis:      pool.UpstreamAggregate,
				Missing:    never,
			},
		}},
	}
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantParts(t, got.Parts, pool.Part{Operation: "ListDesktopsStatistics", RequestID: "request-1", Body: []byte(body)})
	wantDrift(t, src, pool.DriftCounts{})
	if got, want := cloud.asked()[0].RequestURI, "/v2/"+testProject+"/statistics?desktop_pool_ids=pool-1&desktop_pool_ids=pool-2&desktop_type=POOLED"+
		"&statistics_type=attach-state&statistics_type=login-state&statistics_type=run-state"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

// TestStatisticsUnknown holds that what is not known is null with a reason, never 0.
func TestStatisticsUnknown(t *testing.T) {
	power := []string{"power.running", "power.stopped", "power.hibernated", "power.faulted", "power.changing", "power.other"}
	connection := []string{"connection.connected", "connection.disconnected", "connection.idle", "connection.not_connected",
		"connection.agent_offline", "connection.unreachable", "connection.other"}
	assignment := []string{"assignment.assigned", "assignment.unassigned", "assignment.assigning", "assignment.failed", "assignment.other"}
	tests := []struct {
		name, body string
		axes       pool.Axes
		want       pool.Counts
	}{
		{"the minimal answer", `{"total_num":1}`, pool.Axes{}, pool.Counts{Total: ptr(1)}},
		{"axes that are not there", `{"total_num":1}`, pool.Axes{Power: true, Connection: true, Assignment: true}, pool.Counts{
			Total: ptr(1), Power: &pool.PowerCounts{}, Connection: &pool.ConnectionCounts{}, Assignment: &pool.AssignmentCounts{},
			Missing: missing(slices.Concat(power, connection, assignment)...),
		}},
		{"axes that were not asked for", `{"total_num":1,"run_state_statistics":{"stop_num":1,"active_num":0,"error_num":0,"hibernated_num":0}}`,
			pool.Axes{Assignment: true}, pool.Counts{Total: ptr(1), Assignment: &pool.AssignmentCounts{}, Missing: missing(assignment...)}},
		{"unable_to_connect_num is optional", `{"total_num":9,"login_state_statistics":{"in_use_num":1,"unregistered_num":2,"ready_num":0,"disconnected_num":3}}`,
			pool.Axes{Connection: true}, pool.Counts{
				Total:      ptr(9),
				Connection: &pool.ConnectionCounts{Connected: ptr(1), Disconnected: ptr(3), Idle: ptr(0), AgentOffline: ptr(2)},
				Missing:    missing("connection.not_connected", "connection.unreachable", "connection.other"),
			}},
		{"no total", `{"attach_statistics":{"attached_num":1,"unattached_num":2,"attaching_num":0,"attach_error_num":0}}`,
			pool.Axes{Assignment: true}, pool.Counts{
				Assignment: &pool.AssignmentCounts{Assigned: ptr(1), Unassigned: ptr(2), Assigning: ptr(0), Failed: ptr(0)},
				Missing:    missing("total", "assignment.other"),
			}},
		{"parts that exceed the total", `{"total_num":2,"attach_statistics":{"attached_num":1,"unattached_num":2,"attaching_num":0,"attach_error_num":0}}`,
			pool.Axes{Assignment: true}, pool.Counts{
				Total:      ptr(2),
				Assignment: &pool.AssignmentCounts{Assigned: ptr(1), Unassigned: ptr(2), Assigning: ptr(0), Failed: ptr(0)},
				Missing:    missing("assignment.other"),
			}},
		{"a negative part", `{"total_num":2,"attach_statistics":{"attached_num":-1,"unattached_num":2,"attaching_num":0,"attach_error_num":0}}`,
			pool.Axes{Assignment: true}, pool.Counts{
				Total:      ptr(2),
				Assignment: &pool.AssignmentCounts{Unassigned: ptr(2), Assigning: ptr(0), Failed: ptr(0)},
				Missing:    missing("assignment.assigned", "assignment.other"),
			}},
		{"numbers as text", `{"total_num":"3","attach_statistics":{"attached_num":"1","unattached_num":"2","attaching_num":"0","attach_error_num":"0"}}`,
			pool.Axes{Assignment: true}, pool.Counts{
				Total:      ptr(3),
				Assignment: &pool.AssignmentCounts{Assigned: ptr(1), Unassigned: ptr(2), Assigning: ptr(0), Failed: ptr(0), Other: ptr(0)},
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Basis = pool.UpstreamAggregate
			src, _ := record(t, ok(tt.body))
			got, err := src.Reader.Statistics(t.Context(), pool.StatisticsQuery{DesktopType: pool.Pooled, Axes: tt.axes})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(pool.Statistics{Total: tt.want, Pools: []pool.PoolStatistics{}}, got.Value); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatisticsQuery(t *testing.T) {
	const two = `{"total_num":7,"desktop_pool_statistics":[{"desktop_pool_id":"a","total_num":3},{"desktop_pool_id":"b","total_num":4}]}`
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("pool-%03d", i)
	}
	many[0] = "a"
	tests := []struct {
		name        string
		q           pool.StatisticsQuery
		types, sent []string // desktop_type, desktop_pool_ids
		rows        []string
		total       int
	}{
		{"pooled", pool.StatisticsQuery{DesktopType: pool.Pooled}, []string{"POOLED"}, nil, []string{"a", "b"}, 7},
		{"no type", pool.StatisticsQuery{}, []string{"POOLED"}, nil, []string{"a", "b"}, 7},
		{"dedicated has no pools", pool.StatisticsQuery{DesktopType: pool.Dedicated}, []string{"DEDICATED"}, nil, nil, 7},
		{"all", pool.StatisticsQuery{DesktopType: pool.AllDesktops}, []string{"DEDICATED", "POOLED"}, nil, []string{"a", "b"}, 7},
		{"one pool, of a cloud that tells of others", pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: []string{"b"}}, []string{"POOLED"}, []string{"b"}, []string{"b"}, 7},
		{"an unknown pool has no row", pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: []string{"c"}}, []string{"POOLED"}, []string{"c"}, nil, 7},
		{"as many pools as an URL takes", pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: many[:100]}, []string{"POOLED"}, many[:100], []string{"a"}, 7},
		{"more pools than an URL takes", pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: many}, []string{"POOLED"}, nil, []string{"a"}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := record(t, ok(two))
			got, err := src.Reader.Statistics(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for _, p := range got.Value.Pools {
				rows = append(rows, p.PoolID)
			}
			if !slices.Equal(rows, tt.rows) || *got.Value.Total.Total != tt.total {
				t.Errorf("rows %q of %d, want %q of %d", rows, *got.Value.Total.Total, tt.rows, tt.total)
			}
			q := cloud.asked()[0].URL.Query()
			if !slices.Equal(q["desktop_type"], tt.types) || !slices.Equal(q["desktop_pool_ids"], tt.sent) {
				t.Errorf("asked %v", q)
			}
		})
	}
}

func TestStatisticsOfManyPools(t *testing.T) {
	row := func(id string) string {
		_, after, _ := strings.Cut(fixture(t, "every-counter.json"), `"desktop_pool_statistics": [`)
		row, _, _ := strings.Cut(after, "\n  ],")
		return strings.Replace(row, "pool-1", id, 1)
	}
	ids := make([]string, 200)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	q := allAxes()
	q.PoolIDs = ids
	tests := []struct {
		name, rows string
		want       pool.Counts
	}{
		{"two known", row("7") + "," + row("8") + "," + row("999"), pool.Counts{
			Total:      ptr(1000),
			Power:      &pool.PowerCounts{Running: ptr(32), Stopped: ptr(30), Hibernated: ptr(36), Faulted: ptr(34), Other: ptr(868)},
			Connection: &pool.ConnectionCounts{Connected: ptr(38), Disconnected: ptr(46), Idle: ptr(48), AgentOffline: ptr(40), Unreachable: ptr(42), Other: ptr(786)},
			Assignment: &pool.AssignmentCounts{Assigned: ptr(22), Unassigned: ptr(44), Assigning: ptr(66), Failed: ptr(868), Other: ptr(0)},
			Missing:    missing("power.changing", "connection.not_connected"),
		}},
		{"none known: a sum of no rows is zeros", row("999"), pool.Sum(q.Axes)},
		{"one does not say", row("7") + `,{"desktop_pool_id":"8","attach_statistics":{"attached_num":1}}`, pool.Counts{
			Power:      &pool.PowerCounts{},
			Connection: &pool.ConnectionCounts{},
			Assignment: &pool.AssignmentCounts{Assigned: ptr(12)},
			Missing: missing("total", "power.running", "power.stopped", "power.hibernated", "power.faulted", "power.changing", "power.other",
				"connection.connected", "connection.disconnected", "connection.idle", "connection.not_connected", "connection.agent_offline",
				"connection.unreachable", "connection.other", "assignment.unassigned", "assignment.assigning", "assignment.failed", "assignment.other"),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Basis = pool.UpstreamAggregate
			src, _ := record(t, ok(`{"total_num":5000,"desktop_pool_statistics":[`+tt.rows+`]}`))
			got, err := src.Reader.Statistics(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Value.Total); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatisticsRefusesWhatCountsNothing(t *testing.T) {
	for _, body := range []string{`{}`, `{"message":"hello"}`, `{"total_num":null,"attach_statistics":{}}`} {
		src, _ := record(t, ok(body))
		_, err := src.Reader.Statistics(t.Context(), allAxes())
		wantKind(t, err, pool.BadBody)
	}
}
