package huaweisim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const allAxes = "&statistics_type=run-state&statistics_type=login-state&statistics_type=attach-state"

// recount is what the statistics must say, counted from what the lists say of each desktop.
func recount(rows []poolDesktop) poolStatistics {
	out := poolStatistics{Total: len(rows), Attach: &attachStatistics{}, Run: &runStatistics{}, Login: &loginStatistics{}}
	for _, d := range rows {
		*map[string]*int{
			"ATTACHED": &out.Attach.Attached, "UNATTACH": &out.Attach.Unattached, "DEATTACHED": &out.Attach.Unattached,
			"ATTACHING": &out.Attach.Attaching, "DEATTACHING": &out.Attach.Attaching, "WAITING": &out.Attach.Attaching,
			"ATTACHFAIL": &out.Attach.AttachError, "DEATTACHFAIL": &out.Attach.AttachError,
			"ATTACH_FAIL_CAN_ATTACH_AGAIN":     &out.Attach.AttachError,
			"DEATTACH_FAIL_CAN_DEATTACH_AGAIN": &out.Attach.AttachError,
		}[d.AttachState]++
		*map[string]*int{"SHUTOFF": &out.Run.Stop, "ACTIVE": &out.Run.Active, "ERROR": &out.Run.Error,
			"HIBERNATED": &out.Run.Hibernated}[d.Status]++
		login := map[string]*int{"CONNECTED": &out.Login.InUse, "UNREGISTER": &out.Login.Unregistered,
			"REGISTERED": &out.Login.Ready, "DISCONNECTED": &out.Login.Disconnected}[d.LoginStatus]
		if d.Isolated {
			login = &out.Login.UnableToConnect
		}
		*login++
	}
	return out
}

func TestStatisticsAgreeWithTheLists(t *testing.T) {
	c := start(t, nil)
	var pooled []poolDesktop
	want := map[string]poolStatistics{}
	for _, p := range read[poolList](c, v2+"/desktop-pools").Rows {
		rows := c.walk(p.ID, "")
		pooled = append(pooled, rows...)
		s := recount(rows)
		s.PoolID, s.PoolName = p.ID, p.Name
		want[p.ID] = s
	}
	all := read[poolStatistics](c, stats+"?desktop_type=POOLED"+allAxes)
	got := map[string]poolStatistics{}
	for _, s := range all.Pools {
		got[s.PoolID] = s
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by pool (-counted +said):\n%s", diff)
	}
	pools := all.Pools
	all.Pools = nil
	if diff := cmp.Diff(recount(pooled), all); diff != "" {
		t.Errorf("pooled (-counted +said):\n%s", diff)
	}
	ordinary := read[poolDesktops](c, v2+"/desktops/detail?limit=1000&desktop_type=DEDICATED,SHARED").Desktops
	if diff := cmp.Diff(recount(ordinary), read[poolStatistics](c, stats+"?desktop_type=DEDICATED"+allAxes)); diff != "" {
		t.Errorf("dedicated (-counted +said):\n%s", diff)
	}
	everything := recount(append(pooled, ordinary...))
	if diff := cmp.Diff(everything, read[poolStatistics](c, stats+"?"+allAxes)); diff != "" {
		t.Errorf("without a type (-counted +said):\n%s", diff)
	}
	if diff := cmp.Diff(*everything.Run, read[runStatistics](c, v2+"/desktops/statistics/run-state")); diff != "" {
		t.Errorf("run-state (-counted +said):\n%s", diff)
	}
	if diff := cmp.Diff(*everything.Login, read[loginStatistics](c, v2+"/desktops/statistics/login-state")); diff != "" {
		t.Errorf("login-state (-counted +said):\n%s", diff)
	}
	for _, s := range append(pools, everything, all) {
		a, r, l := s.Attach, s.Run, s.Login
		for name, sum := range map[string]int{
			"attach": a.Attached + a.Unattached + a.Attaching + a.AttachError,
			"run":    r.Stop + r.Active + r.Error + r.Hibernated,
			"login":  l.InUse + l.Unregistered + l.UnableToConnect + l.Ready + l.Disconnected,
		} {
			if sum != s.Total {
				t.Errorf("%s counters add up to %d of %d", name, sum, s.Total)
			}
		}
	}
}

// Exactly what was asked for is there.
func TestStatisticsParts(t *testing.T) {
	c := start(t, nil)
	example := poolStatistics{PoolID: examplePoolID, PoolName: "yay-test", Total: 10}
	run := &runStatistics{Stop: 5, Active: 5}
	tests := []struct {
		query string
		want  poolStatistics
	}{
		{"?desktop_pool_ids=" + examplePoolID, poolStatistics{Total: 10}},
		{"?desktop_pool_ids=" + examplePoolID + "&desktop_type=POOLED", poolStatistics{Total: 10, Pools: []poolStatistics{example}}},
		{"?desktop_pool_ids=" + examplePoolID + "&desktop_type=POOL", poolStatistics{Total: 10, Pools: []poolStatistics{example}}},
		{"?desktop_pool_ids=" + examplePoolID + "&desktop_pool_ids=none&desktop_type=POOLED&desktop_type=DEDICATED",
			poolStatistics{Total: 10, Pools: []poolStatistics{example}}},
		{"?desktop_pool_ids=none&desktop_type=POOLED", poolStatistics{Pools: []poolStatistics{}}},
		{"?desktop_pool_ids=" + examplePoolID + "&desktop_type=DEDICATED", poolStatistics{}},
		{"?desktop_pool_ids=" + examplePoolID + "&statistics_type=run-state", poolStatistics{Total: 10, Run: run}},
		{"?desktop_pool_ids=" + examplePoolID + "&statistics_type=login-state",
			poolStatistics{Total: 10, Login: &loginStatistics{Unregistered: 5, Ready: 5}}},
		{"?desktop_pool_ids=" + examplePoolID + "&statistics_type=attach-state",
			poolStatistics{Total: 10, Attach: &attachStatistics{Unattached: 10}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, read[poolStatistics](c, stats+tt.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
	if got := string(start(t, func(cfg *Config) { cfg.World = NewWorld(0, WorldOptions{}) }).get(stats).body); got != `{"total_num":10}` {
		t.Errorf("the least answer is %s", got)
	}
}
