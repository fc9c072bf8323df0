package huawei

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// periodPoolJSON is a yearly/monthly pool as ShowDesktopPoolDetail has it.
func periodPoolJSON(id, status string) string {
	return fmt.Sprintf(`{"id":%q,"name":"period","status":%q,"charging_mode":"0","desktop_count":3,"image_id":"image-1","image_product_code":"code-1",
		"product":{"product_id":"large2","charge_mode":"0"},
		"root_volume":{"id":"root-1","type":"SAS","size":80},"data_volumes":[{"id":%q,"type":"SAS","size":10}]}`, id, status, diskID)
}

const periodCounts = `{"total_num":3,"desktop_pool_statistics":[{"desktop_pool_id":"` + periodPool + `","total_num":3,
	"attach_statistics":{"attached_num":3,"unattached_num":0,"attaching_num":0,"attach_error_num":0},
	"run_state_statistics":{"stop_num":1,"active_num":2,"error_num":0,"hibernated_num":0},
	"login_state_statistics":{"in_use_num":1,"unregistered_num":1,"ready_num":1,"disconnected_num":0}}]}`

// desktopDetail is a desktop as GET /desktops/detail has it.
func desktopDetail(id, status, login string) string {
	return fmt.Sprintf(`{"desktop_id":%q,"computer_name":"pc","status":%q,"task_status":"","login_status":%q,"product":{"product_id":"large2","charge_mode":"0"},
		"metadata":{"metering.image_id":"image-1"},"data_volumes":[{"desktop_pool_disk_id":%q,"type":"SAS","size":10}]}`, id, status, login, diskID)
}

func resize(stop bool) pool.Order {
	return pool.Order{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "large4", StopRunning: stop}}
}

func TestPlanPool(t *testing.T) {
	answers := map[string]http.HandlerFunc{"GET /desktop-pools/" + periodPool: ok(periodPoolJSON(periodPool, "STEADY")), "GET /statistics": ok(periodCounts)}
	src, cloud := shop(t, Config{}, answers)
	o := goods[0].order
	o.PoolID = periodPool
	got, err := src.Ordering.Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Pools) != 1 || got.Pools[0].NativeID != periodPool || len(got.Pools[0].Disks) != 2 || got.Desktops != nil || got.Obstacle != nil || got.AsOf.IsZero() {
		t.Errorf("plan %+v", got)
	}
	if diff := cmp.Diff(pool.Impact{Desktops: ptr(3), Running: ptr(2), Connected: ptr(1), AsOf: got.AsOf}, got.Impact); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	want := []pool.OrderCall{{
		Operation: "CreateDesktopPoolChangeOrder", PoolID: periodPool, Orders: 1,
		Request: json.RawMessage(`{"type":"ADD_VOLUME","add_volume_param":{"desktop_pool_id":"` + periodPool + `","volume_type":"SAS","volume_size":10}}`),
		Before: json.RawMessage(`{"things":[{"id":"` + periodPool + `","product_id":"large2","image_id":"image-1","image_code":"code-1",` +
			`"disks":[{"id":"root-1","type":"SAS","size_gib":80},{"id":"` + diskID + `","type":"SAS","size_gib":10}]}]}`),
	}}
	if diff := cmp.Diff(want, got.Calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if q := cloud.requests("GET /statistics")[0].URL.Query(); q.Get("desktop_pool_ids") != periodPool || q.Get("desktop_type") != "POOLED" {
		t.Errorf("counted %v", q)
	}
	kept, err := json.Marshal(got.Calls[0]) // as the ledger does
	if err != nil {
		t.Fatal(err)
	}
	var again pool.OrderCall
	if err := json.Unmarshal(kept, &again); err != nil || string(again.Request) != string(want[0].Request) {
		t.Errorf("from the ledger comes %s, error %v", again.Request, err)
	}
}

func TestPlanPoolCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		counts http.HandlerFunc
		want   pool.Impact
		kind   pool.Kind
	}{
		"may not count":       {respond(403, coded("APIGW.0302")), pool.Impact{Desktops: ptr(3)}, ""},
		"the pool has no row": {ok(`{"total_num":0,"desktop_pool_statistics":[]}`), pool.Impact{Desktops: ptr(3)}, ""},
		"another pool's row":  {ok(strings.ReplaceAll(periodCounts, periodPool, "other")), pool.Impact{Desktops: ptr(3)}, ""},
		"fails":               {respond(500, coded("WKS.00000003")), pool.Impact{}, pool.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			src, _ := shop(t, Config{}, map[string]http.HandlerFunc{"GET /desktop-pools/" + periodPool: ok(periodPoolJSON(periodPool, "STEADY")), "GET /statistics": tt.counts})
			o := resize(false)
			o.PoolID = periodPool
			got, err := src.Ordering.Plan(t.Context(), o)
			if tt.kind != "" {
				wantKind(t, err, tt.kind)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Impact, cmpopts.IgnoreFields(pool.Impact{}, "AsOf")); diff != "" || got.Obstacle != nil {
				t.Errorf("obstacle %v, impact (-want +got):\n%s", got.Obstacle, diff)
			}
		})
	}
}

func TestPlanObstacle(t *testing.T) {
	tests := []struct {
		name   string
		order  pool.Order
		status string // of the pool
		want   string
	}{
		{"desktops run", resize(false), "STEADY", "Desktops are running: stop them first, or order with stop_running."},
		{"desktops may be stopped", resize(true), "STEADY", ""},
		{"not a resize", goods[0].order, "STEADY", ""},
		{"the pool changes", goods[0].order, "TEMPORARY", "The pool is being changed."},
		{"the pool changes, and desktops may be stopped", resize(true), "TEMPORARY", "The pool is being changed."},
		{"some desktops are frozen", goods[0].order, "EXIST_FROZEN", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, _ := shop(t, Config{}, map[string]http.HandlerFunc{"GET /desktop-pools/" + periodPool: ok(periodPoolJSON(periodPool, tt.status)), "GET /statistics": ok(periodCounts)})
			o := tt.order
			o.PoolID = periodPool
			got, err := src.Ordering.Plan(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.want == "" && got.Obstacle != nil:
				t.Errorf("obstacle %v", got.Obstacle)
			case tt.want != "" && (got.Obstacle == nil || got.Obstacle.Kind != pool.Conflict || got.Obstacle.Detail != tt.want):
				t.Errorf("obstacle %+v, want %q", got.Obstacle, tt.want)
			}
			if len(got.Calls) != 1 {
				t.Errorf("%d calls", len(got.Calls))
			}
		})
	}
}

func TestPlanDesktops(t *testing.T) {
	const otherPool = "pool-2"
	src, cloud := shop(t, Config{}, map[string]http.HandlerFunc{
		"GET /desktops": ok(`{"total_count":2,"desktops":[{"desktop_id":"` + desktopB + `","pool_id":"` + otherPool + `"},
			{"desktop_id":"` + desktopA + `","pool_id":"` + periodPool + `"},{"desktop_id":"not-asked-for","pool_id":"x"}]}`),
		"GET /desktops/detail":             ok(`{"total_count":2,"desktops":[` + desktopDetail(desktopB, "SHUTOFF", "UNREGISTER") + `,` + desktopDetail(desktopA, "ACTIVE", "CONNECTED") + `]}`),
		"GET /desktop-pools/" + periodPool: ok(periodPoolJSON(periodPool, "STEADY")),
		"GET /desktop-pools/" + otherPool:  ok(periodPoolJSON(otherPool, "STEADY")),
	})
	o := resize(false)
	o.DesktopIDs = []string{desktopA, desktopB}
	got, err := src.Ordering.Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Pools) != 2 || got.Pools[0].NativeID != periodPool || got.Pools[1].NativeID != otherPool {
		t.Errorf("pools %+v", got.Pools)
	}
	type row struct {
		id, pool string
		mode     pool.BillingMode
		power    pool.PowerState
		login    pool.ConnectionState
		disk     string
	}
	var rows []row
	for _, d := range got.Desktops {
		rows = append(rows, row{d.NativeID, d.PoolID, d.BillingMode, d.PowerState, d.ConnectionState, d.Disks[0].ID})
	}
	if want := []row{
		{desktopA, periodPool, pool.Prepaid, pool.Running, pool.Connected, diskID},
		{desktopB, otherPool, pool.Prepaid, pool.Stopped, pool.AgentOffline, diskID},
	}; !slices.Equal(rows, want) {
		t.Errorf("desktops %+v, want %+v", rows, want)
	}
	if diff := cmp.Diff(pool.Impact{Desktops: ptr(2), Running: ptr(1), Connected: ptr(1), AsOf: got.AsOf}, got.Impact); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	if got.Obstacle == nil || got.Obstacle.Kind != pool.Conflict {
		t.Errorf("obstacle %v: one desktop runs", got.Obstacle)
	}
	c := got.Calls[0]
	if c.PoolID != "" || !slices.Equal(c.DesktopIDs, o.DesktopIDs) || c.Orders != 2 || strings.Contains(string(c.Request), "desktop_pool_id") {
		t.Errorf("call %+v", c)
	}
	for _, name := range []string{"GET /desktops", "GET /desktops/detail"} {
		all := cloud.requests(name)
		if q := all[0].URL.Query(); len(all) != 1 || !slices.Equal(q["desktop_id"], o.DesktopIDs) || q.Get("limit") != "100" {
			t.Errorf("%s: %d calls, query %v", name, len(all), q)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	row := func(id, in string) string { return fmt.Sprintf(`{"desktop_id":%q,"pool_id":%q}`, id, in) }
	tests := []struct {
		name     string
		target   pool.Order
		desktops []string // rows of GET /desktops
		want     pool.Kind
		pointers []string
	}{
		{"unknown pool", pool.Order{PoolID: unknownID}, nil, pool.NotFound, nil},
		{"an id that leads elsewhere", pool.Order{PoolID: ".."}, nil, pool.NotFound, nil},
		{"no target", pool.Order{}, nil, pool.NotFound, nil},
		{"unknown desktop", pool.Order{DesktopIDs: []string{desktopA, desktopB}}, []string{row(desktopA, periodPool)}, pool.NotFound, []string{"/target/desktop_ids/1"}},
		{"in no pool", pool.Order{DesktopIDs: []string{desktopA, desktopB}}, []string{row(desktopA, ""), row(desktopB, "")}, pool.Invalid, []string{"/target/desktop_ids/0", "/target/desktop_ids/1"}},
		{"one of both", pool.Order{DesktopIDs: []string{desktopA, desktopB}}, []string{row(desktopA, "")}, pool.NotFound, []string{"/target/desktop_ids/1"}},
		{"gone between two calls", pool.Order{DesktopIDs: []string{desktopA}}, []string{row(desktopA, periodPool)}, pool.NotFound, nil},
		{"too many", pool.Order{DesktopIDs: make([]string, 101)}, nil, pool.Invalid, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, _ := shop(t, Config{}, map[string]http.HandlerFunc{
				"GET /desktops":                   ok(fmt.Sprintf(`{"total_count":%d,"desktops":[%s]}`, len(tt.desktops), strings.Join(tt.desktops, ","))),
				"GET /desktops/detail":            ok(`{"total_count":0,"desktops":[]}`),
				"GET /desktop-pools/" + unknownID: respond(400, coded("WKS.0001")),
			})
			o := resize(true)
			o.PoolID, o.DesktopIDs = tt.target.PoolID, tt.target.DesktopIDs
			_, err := src.Ordering.Plan(t.Context(), o)
			e := failed(t, err, tt.want)
			var pointers []string
			for _, f := range e.Faults {
				pointers = append(pointers, f.Pointer)
			}
			if !slices.Equal(pointers, tt.pointers) || e.Source != "hw-test" {
				t.Errorf("faults at %q, want %q; of %q", pointers, tt.pointers, e.Source)
			}
		})
	}
}

func TestImpact(t *testing.T) {
	states := func(power ...pool.PowerState) (desktops []pool.Desktop) {
		for _, p := range power {
			desktops = append(desktops, pool.Desktop{PowerState: p, ConnectionState: pool.Idle})
		}
		return desktops
	}
	for _, tt := range []struct {
		desktops []pool.Desktop
		running  *int
	}{
		{states(pool.Running, pool.Starting, pool.Restarting, pool.Stopping, pool.Stopped, pool.Hibernated, pool.PowerUnknown), ptr(3)},
		{states(pool.Running, ""), nil},
		{states("", pool.Running), nil},
	} {
		got := impact(tt.desktops, newClock().Now())
		if diff := cmp.Diff(tt.running, got.Running); diff != "" || *got.Desktops != len(tt.desktops) || *got.Connected != 0 {
			t.Errorf("impact %+v (-want +got):\n%s", got, diff)
		}
	}
}
