package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// counters are the counters of a statistics row, and the words of desktops that each counts.
var counters = map[string]struct {
	field string
	words []string
}{
	"power.running":            {"power_state", []string{"RUNNING"}},
	"power.stopped":            {"power_state", []string{"STOPPED"}},
	"power.hibernated":         {"power_state", []string{"HIBERNATED"}},
	"power.changing":           {"power_state", []string{"STARTING", "STOPPING", "RESTARTING"}},
	"connection.connected":     {"connection_state", []string{"CONNECTED"}},
	"connection.disconnected":  {"connection_state", []string{"DISCONNECTED"}},
	"connection.idle":          {"connection_state", []string{"IDLE"}},
	"connection.not_connected": {"connection_state", []string{"NOT_CONNECTED"}},
	"connection.agent_offline": {"connection_state", []string{"AGENT_OFFLINE"}},
	"connection.unreachable":   {"connection_state", []string{"UNREACHABLE"}},
	"assignment.assigned":      {"assignment_state", []string{"ASSIGNED"}},
	"assignment.unassigned":    {"assignment_state", []string{"UNASSIGNED"}},
	"assignment.assigning":     {"assignment_state", []string{"ASSIGNING"}},
	"assignment.failed":        {"assignment_state", []string{"ASSIGN_FAILED", "UNASSIGN_FAILED"}},
}

// testStatisticsByPool compares what memory counts with the desktops one by
// one; how other clouds' words become counters is their adapters' matter, so
// of theirs only the totals are compared.
func testStatisticsByPool(t *testing.T, s *subject) {
	rows := s.walk("/v1/statistics?group_by=pool&exact=true&limit=7")
	if len(rows) != len(s.pools) {
		t.Fatalf("%d rows for %d pools", len(rows), len(s.pools))
	}
	for i, r := range rows {
		if r.text("group.pool_id") != s.byCloud()[i].id() || r.text("group.source") != s.byCloud()[i].text("source") {
			t.Fatalf("row %d is %v, want of %s", i, r["group"], s.byCloud()[i].id())
		}
		axesSum(t, r)
		desktops := s.walk(s.list(r.text("group.pool_id")) + "?limit=1000")
		if total := r.at("total"); total != nil && total != float64(len(desktops)) {
			t.Errorf("%s: the total is %v, but there are %d", r.text("group.pool_id"), total, len(desktops))
		}
		if r.text("group.cloud") == "MEMORY" {
			counted(t, r, desktops)
		}
	}
}

// byCloud are the pools in the order of statistics: by cloud, source and id.
func (s *subject) byCloud() []row {
	var out []row
	for _, cloud := range []string{"ALIBABA", "HUAWEI", "MEMORY"} {
		out = append(out, keep(s.pools, func(r row) bool { return r.text("cloud") == cloud })...)
	}
	return out
}

// counted compares each counter of a row with the desktops.
func counted(t *testing.T, r row, desktops []row) {
	t.Helper()
	for counter, c := range counters {
		want := len(keep(desktops, func(d row) bool {
			if strings.HasPrefix(counter, "power.") && d.text("lifecycle_state") == "FAULTED" {
				return false
			}
			return strings.Contains(" "+strings.Join(c.words, " ")+" ", " "+d.text(c.field)+" ")
		}))
		if r.at(counter) != float64(want) {
			t.Errorf("%s of %s is %v, but there are %d", counter, r.text("group.pool_id"), r.at(counter), want)
		}
	}
	if faulted := len(keep(desktops, func(d row) bool { return d.text("lifecycle_state") == "FAULTED" })); r.at("power.faulted") != float64(faulted) {
		t.Errorf("power.faulted is %v, but there are %d", r.at("power.faulted"), faulted)
	}
}

// axesSum holds a row to its rules: an axis without null sums to the total,
// and missing has a reason for each null and for nothing else.
func axesSum(t *testing.T, r row) {
	t.Helper()
	reasons := map[string]bool{}
	for _, m := range r["missing"].([]any) {
		field := row(m.(map[string]any)).text("field")
		if reasons[field] {
			t.Errorf("two reasons for %s", field)
		}
		reasons[field] = true
	}
	nulls := map[string]bool{}
	if r["total"] == nil {
		nulls["total"] = true
	}
	for _, axis := range []string{"power", "connection", "assignment"} {
		of, asked := r[axis].(map[string]any)
		sum, whole := 0.0, asked
		for name, n := range of {
			if n == nil {
				nulls[axis+"."+name], whole = true, false
				continue
			}
			sum += n.(float64)
		}
		if whole && sum != r["total"] {
			t.Errorf("%v: %s sums to %v, the total is %v", r["group"], axis, sum, r["total"])
		}
	}
	if diff := gocmp.Diff(nulls, reasons); diff != "" {
		t.Errorf("%v: nulls and reasons:\n%s", r["group"], diff)
	}
}

// testStatisticsGroups holds every grouping against the sum of the rows by pool.
func testStatisticsGroups(t *testing.T, s *subject) {
	byPool := s.walk("/v1/statistics?group_by=pool&exact=true&limit=1000")
	for grouping, key := range map[string]func(row) string{
		"none":   func(row) string { return "" },
		"cloud":  func(r row) string { return r.text("group.cloud") },
		"source": func(r row) string { return r.text("group.cloud") + " " + r.text("group.source") },
	} {
		want := map[string]any{}
		for _, r := range byPool {
			add(want, key(r), r.at("total"))
			for counter := range counters {
				add(want, key(r)+" "+counter, r.at(counter))
			}
		}
		for _, limit := range []int{1, 1000} {
			rows := s.walk(fmt.Sprintf("/v1/statistics?exact=true&limit=%d&group_by=%s", limit, grouping))
			got := map[string]any{}
			for _, r := range rows {
				axesSum(t, r)
				got[key(r)] = r.at("total")
				for counter := range counters {
					got[key(r)+" "+counter] = r.at(counter)
				}
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("group_by=%s, limit %d:\n%s", grouping, limit, diff)
			}
		}
	}
	if diff := gocmp.Diff(forgetAll(s.walk("/v1/statistics")), forgetAll(s.walk("/v1/statistics?group_by=source&desktop_type=POOLED&exact=false"))); diff != "" {
		t.Errorf("the defaults:\n%s", diff)
	}
}

// add adds to a sum, which begins with the first that is added.
func add(sums map[string]any, name string, n any) {
	sum, begun := sums[name]
	if !begun {
		sum = 0.0
	}
	sums[name] = plus(sum, n)
}

// plus adds counters; a sum over null is null.
func plus(a, b any) any {
	x, known := a.(float64)
	y, known2 := b.(float64)
	if !known || !known2 {
		return nil
	}
	return x + y
}

func forgetAll(rows []row) []any {
	out := make([]any, len(rows))
	for i, r := range rows {
		out[i] = forget(map[string]any(r), "as_of")
	}
	return out
}

func testStatisticsChoices(t *testing.T, s *subject) {
	both := map[string]string{"power": "run-state", "connection": "login-state", "assignment": "attach-state"}
	for axis, native := range both {
		ours := s.walk("/v1/statistics?states=" + axis)
		if diff := gocmp.Diff(forgetAll(ours), forgetAll(s.walk("/v1/statistics?statistics_type="+native))); diff != "" {
			t.Errorf("states=%s and statistics_type=%s differ:\n%s", axis, native, diff)
		}
		for other := range both {
			for _, r := range ours {
				if (r[other] != nil) != (other == axis) {
					t.Errorf("states=%s gives %s %v", axis, other, r[other])
				}
			}
		}
	}
	first, last := s.pools[0].id(), s.pools[len(s.pools)-1].id()
	rows := s.walk("/v1/statistics?group_by=pool&pool_id=" + first + "," + last)
	if len(rows) != 2 || rows[0].text("group.pool_id") != min(first, last) && rows[0].text("group.pool_id") != max(first, last) {
		t.Errorf("two pools give %v", rows)
	}
	if got := rowsOf(s.ok("/v1/statistics?pool_id=" + first)); len(got) != 1 || got[0].text("group.source") != s.pools[0].text("source") {
		t.Errorf("one pool by source gives %v", got)
	}
	if rep := s.get("/v1/statistics?pool_id=" + s.pools[0].text("source") + ":no-such-pool"); rep.status != 404 || rep.json(t)["code"] != "POOL_NOT_FOUND" {
		t.Errorf("an unknown pool: %d %s", rep.status, rep.body)
	}
	pooled, dedicated, all := s.total(t, "POOLED"), s.total(t, "DEDICATED"), s.total(t, "ALL")
	if pooled == nil || dedicated != nil && all != nil && plus(pooled, dedicated) != all {
		t.Errorf("%v pooled and %v dedicated desktops, but %v in all", pooled, dedicated, all)
	}
	if total := row(s.ok("/v1/statistics?include=total&limit=1&group_by=pool")).at("page.total"); total != float64(len(s.pools)) {
		t.Errorf("page.total is %v, want %d", total, len(s.pools))
	}
}

// total is how many desktops of a type there are, null if that is not known.
func (s *subject) total(t *testing.T, desktopType string) any {
	t.Helper()
	rows := s.walk("/v1/statistics?group_by=none&exact=true&desktop_type=" + desktopType)
	if len(rows) != 1 {
		t.Fatalf("desktop_type=%s gives %v", desktopType, rows)
	}
	axesSum(t, rows[0])
	return rows[0].at("total")
}
