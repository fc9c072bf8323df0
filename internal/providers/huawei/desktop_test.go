package huawei

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// everyDesktop is what testdata/every-desktop-field.json says.
func everyDesktop() pool.Desktop {
	return pool.Desktop{
		NativeID:        "desktop-1",
		PoolID:          "pool-2",
		Name:            "computer-3",
		LifecycleState:  pool.Updating,
		PowerState:      pool.Hibernated,
		ConnectionState: pool.Disconnected,
		AssignmentState: pool.Assigned,
		BillingState:    pool.BillingFrozen,
		BillingMode:     pool.Prepaid,
		Assignments: []pool.Assignment{
			{User: pool.User{ID: "user-id-14", Name: "attached-15"}, Type: "USER"},
			{User: pool.User{ID: "user-id-17", Name: "attached-18"}, Type: "GROUP"},
		},
		Image: pool.Image{ID: "image-26", Name: "image-name-21", OSType: pool.Windows, OSVersion: "os-70", ProductCode: "image-code-24"},
		Product: pool.Product{
			ID: "product-41", FlavorID: "flavor-42", Description: "descriptions-43", Family: "agile", Architecture: "x86",
			CPU: ptr(101), MemoryMiB: ptr(102), BillingMode: pool.Prepaid, SaleStatus: pool.Withdrawn,
		},
		Disks: []pool.Disk{
			{ID: "template-53", Role: pool.SystemDisk, Class: pool.Balanced, NativeType: "SAS", SizeGiB: ptr(107), SpecCode: "spec-55"},
			{ID: "template-61", Role: pool.DataDisk, Class: pool.FastSSD, NativeType: "SSD", SizeGiB: ptr(110), SpecCode: "spec-63"},
		},
		Addresses:        []pool.Address{{IP: "10.0.0.6", Role: "fixed", Version: "4"}, {IP: "fd00::5", Role: "floating", Version: "6"}},
		CreatedAt:        time.Date(2022, 1, 21, 6, 57, 47, 459_000_000, time.UTC),
		InMaintenance:    ptr(true),
		AvailabilityZone: "zone-66",
	}
}

// desktopRow is the one row of testdata/every-desktop-field.json, as it stands there.
func desktopRow(t testing.TB) string {
	t.Helper()
	_, after, _ := strings.Cut(fixture(t, "every-desktop-field.json"), `"pool_desktops": [`)
	row, _, found := strings.Cut(after, "\n  ],\n")
	if !found {
		t.Fatal("the fixture has another shape")
	}
	return strings.TrimSpace(row)
}

func TestEveryDesktopField(t *testing.T) {
	t.Run("in a listing", func(t *testing.T) {
		src, cloud := record(t, ok(fixture(t, "every-desktop-field.json")))
		got, err := src.Reader.Desktops(t.Context(), firstPage("pool-2"))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Value.Items) != 1 {
			t.Fatalf("%d desktops", len(got.Value.Items))
		}
		wantParts(t, got.Value.Items[0].Native, pool.Part{Operation: "ListPoolDesktopsDetail", RequestID: "request-1", Body: []byte(desktopRow(t))})
		got.Value.Items[0].Native = nil
		want := pool.DesktopPage{Items: []pool.Desktop{everyDesktop()}, Total: ptr(1)}
		if diff := cmp.Diff(want, got.Value); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		wantParts(t, got.Parts, pool.Part{Operation: "ListPoolDesktopsDetail", RequestID: "request-1", Body: []byte(`{"total_count":1,` +
			`"on_demand_desktops_num":115,"period_desktops_num":116,"on_demand_free_image_desktops_num":117,"on_demand_charge_image_desktops_num":118,` +
			`"period_free_image_desktops_num":119,"period_charge_image_desktops_num":120,"inconsistent_type":"product_id",` +
			`"error_code":null,"error_msg":null,"error_detail":null,"encoded_authorization_message":null}`)})
		wantDrift(t, src, pool.DriftCounts{})
		if got, want := cloud.asked()[0].RequestURI, "/v2/"+testProject+"/desktop-pools/pool-2/desktops?limit=100&offset=0"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	})
	t.Run("by id", func(t *testing.T) {
		body := `{"desktop": ` + desktopRow(t) + `}`
		src, cloud := record(t, ok(body))
		got, err := src.Reader.Desktop(t.Context(), "desktop-1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(everyDesktop(), got.Value); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		wantParts(t, got.Parts, pool.Part{Operation: "ShowDesktopDetail", RequestID: "request-1", Body: []byte(body)})
		wantDrift(t, src, pool.DriftCounts{})
		if got, want := cloud.asked()[0].RequestURI, "/v2/"+testProject+"/desktops/desktop-1"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	})
}

// readDesktop reads a desktop of which the cloud says only fields, besides its id.
func readDesktop(t *testing.T, fields string) (pool.Desktop, pool.Source) {
	t.Helper()
	src, _ := record(t, ok(`{"desktop":{"desktop_id":"d","desktop_type":"DEDICATED",`+fields+`}}`))
	got, err := src.Reader.Desktop(t.Context(), "d")
	if err != nil {
		t.Fatal(err)
	}
	return got.Value, src
}

func TestDesktopSaysNothing(t *testing.T) {
	got, _ := readDesktop(t, `"user_name":null,"process":null,"task_status":null,"addresses":null,"is_freeze":null`)
	if diff := cmp.Diff(pool.Desktop{NativeID: "d"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDesktopStates(t *testing.T) {
	type states struct {
		Lifecycle pool.LifecycleState
		Power     pool.PowerState
		Drift     map[string]int64
	}
	word := func(w string) map[string]int64 { return map[string]int64{w: 1} }
	tests := []struct {
		status, task string
		want         states
	}{
		{"ACTIVE", "", states{pool.LifecycleReady, pool.Running, nil}},
		{"SHUTOFF", "", states{pool.LifecycleReady, pool.Stopped, nil}},
		{"HIBERNATED", "", states{pool.LifecycleReady, pool.Hibernated, nil}},
		{"ERROR", "", states{pool.Faulted, pool.PowerUnknown, nil}},
		{"MELTED", "", states{pool.LifecycleReady, pool.PowerUnknown, word("desktop.status=MELTED")}},
		{"", "scheduling", states{pool.Provisioning, "", nil}},
		{"", "block_device_mapping", states{pool.Provisioning, "", nil}},
		{"", "networking", states{pool.Provisioning, "", nil}},
		{"", "spawning", states{pool.Provisioning, "", nil}},
		{"ACTIVE", "rebooting", states{pool.LifecycleReady, pool.Restarting, nil}},
		{"ACTIVE", "reboot_pending", states{pool.LifecycleReady, pool.Restarting, nil}},
		{"ACTIVE", "reboot_started", states{pool.LifecycleReady, pool.Restarting, nil}},
		{"ACTIVE", "rebooting_hard", states{pool.LifecycleReady, pool.Restarting, nil}},
		{"ACTIVE", "reboot_pending_hard", states{pool.LifecycleReady, pool.Restarting, nil}},
		{"ACTIVE", "reboot_started_hard", states{pool.LifecycleReady, pool.Restarting, nil}},
		{"SHUTOFF", "rebuilding", states{pool.Rebuilding, pool.Stopped, nil}},
		{"SHUTOFF", "rebuild_block_device_mapping", states{pool.Rebuilding, pool.Stopped, nil}},
		{"SHUTOFF", "rebuild_spawning", states{pool.Rebuilding, pool.Stopped, nil}},
		{"ACTIVE", "migrating", states{pool.Updating, pool.Running, nil}},
		{"SHUTOFF", "resize_prep", states{pool.Updating, pool.Stopped, nil}},
		{"SHUTOFF", "resize_migrating", states{pool.Updating, pool.Stopped, nil}},
		{"SHUTOFF", "resize_migrated", states{pool.Updating, pool.Stopped, nil}},
		{"SHUTOFF", "resize_finish", states{pool.Updating, pool.Stopped, nil}},
		{"SHUTOFF", "resize_reverting", states{pool.Updating, pool.Stopped, nil}},
		{"ACTIVE", "powering-off", states{pool.LifecycleReady, pool.Stopping, nil}},
		{"SHUTOFF", "powering-on", states{pool.LifecycleReady, pool.Starting, nil}},
		{"ACTIVE", "deleting", states{pool.Deleting, pool.Running, nil}},
		{"ACTIVE", "deleteFailed", states{pool.Faulted, pool.Running, nil}},
		{"ACTIVE", "updating", states{pool.Updating, pool.Running, nil}},
		{"ACTIVE", "desktopNetworkChanging", states{pool.Updating, pool.Running, nil}},
		{"ERROR", "powering-on", states{pool.Faulted, pool.Starting, nil}},
		{"ERROR", "rebuilding", states{pool.Rebuilding, pool.PowerUnknown, nil}},
		{"ACTIVE", "dancing", states{pool.LifecycleUnknown, pool.Running, word("desktop.task_status=dancing")}},
		{"ERROR", "dancing", states{pool.Faulted, pool.PowerUnknown, word("desktop.task_status=dancing")}},
	}
	for _, tt := range tests {
		t.Run(tt.status+" "+tt.task, func(t *testing.T) {
			got, src := readDesktop(t, fmt.Sprintf(`"status":%q,"task_status":%q`, tt.status, tt.task))
			words := src.Drift.Counts().Words
			if len(words) == 0 {
				words = nil
			}
			if diff := cmp.Diff(tt.want, states{got.LifecycleState, got.PowerState, words}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDesktopWords(t *testing.T) {
	tests := []struct {
		field string
		got   func(pool.Desktop) string
		want  map[string]string
	}{
		{"login_status", func(d pool.Desktop) string { return string(d.ConnectionState) }, map[string]string{
			"CONNECTED": "CONNECTED", "DISCONNECTED": "DISCONNECTED", "REGISTERED": "IDLE", "UNREGISTER": "AGENT_OFFLINE", "": "", "ASLEEP": "UNKNOWN",
		}},
		{"attach_state", func(d pool.Desktop) string { return string(d.AssignmentState) }, map[string]string{
			"ATTACHED": "ASSIGNED", "UNATTACH": "UNASSIGNED", "DEATTACHED": "UNASSIGNED", "ATTACHING": "ASSIGNING", "DEATTACHING": "UNASSIGNING",
			"WAITING": "PENDING", "ATTACHFAIL": "ASSIGN_FAILED", "ATTACH_FAIL_CAN_ATTACH_AGAIN": "ASSIGN_FAILED",
			"DEATTACHFAIL": "UNASSIGN_FAILED", "DEATTACH_FAIL_CAN_DEATTACH_AGAIN": "UNASSIGN_FAILED", "": "", "LOST": "UNKNOWN",
		}},
	}
	for _, tt := range tests {
		for said, want := range tt.want {
			t.Run(tt.field+" "+said, func(t *testing.T) {
				got, src := readDesktop(t, fmt.Sprintf("%q:%q", tt.field, said))
				if tt.got(got) != want {
					t.Errorf("%q became %q, want %q", said, tt.got(got), want)
				}
				drift := pool.DriftCounts{}
				if want == pool.Unknown {
					drift.Words = map[string]int64{"desktop." + tt.field + "=" + said: 1}
				}
				wantDrift(t, src, drift)
			})
		}
	}
	frozen, _ := readDesktop(t, `"is_freeze":true`)
	active, _ := readDesktop(t, `"is_freeze":"false"`)
	if frozen.BillingState != pool.BillingFrozen || active.BillingState != pool.BillingActive {
		t.Errorf("frozen is %s, not frozen %s", frozen.BillingState, active.BillingState)
	}
}

func TestAssignments(t *testing.T) {
	named := func(name, as string) pool.Assignment {
		return pool.Assignment{User: pool.User{Name: name}, Type: as}
	}
	tests := []struct {
		name, fields string
		want         []pool.Assignment
	}{
		{"not said", `"x":1`, nil},
		{"nobody", `"attach_user_infos":[]`, []pool.Assignment{}},
		{"no name", `"user_name":""`, []pool.Assignment{}},
		{"ids are preferred", `"attach_user_infos":[{"user_id":"1","user_name":"a","type":"USER"}],"user_list":["a"],"user_name":"a"`,
			[]pool.Assignment{{User: pool.User{ID: "1", Name: "a"}, Type: "USER"}}},
		{"a lone object", `"attach_user_infos":{"user_name":"a"}`, []pool.Assignment{named("a", "")}},
		{"a user group", `"attach_user_infos":[{"user_name":"g","type":"USER_GROUP"}]`, []pool.Assignment{named("g", "GROUP")}},
		{"another type", `"attach_user_infos":[{"user_name":"g","type":"ROBOT"}]`, []pool.Assignment{named("g", "")}},
		{"lists of names", `"attach_user_infos":[],"user_list":["a","b"],"user_group_list":["g"],"user_name":"a"`,
			[]pool.Assignment{named("a", "USER"), named("b", "USER"), named("g", "GROUP")}},
		{"one name", `"user_list":[],"user_name":"a"`, []pool.Assignment{named("a", "")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := readDesktop(t, tt.fields)
			if diff := cmp.Diff(tt.want, got.Assignments); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDesktopFallbacks(t *testing.T) {
	got, _ := readDesktop(t, `"product_id":"p","flavor":{"id":"f"},"metadata":{"desktop_os_version":"Windows 11"},
		"root_volume":{"type":"SAS","size":"80","id":"record","volume_id":"evs"}`)
	want := pool.Desktop{
		NativeID: "d", Product: pool.Product{ID: "p", FlavorID: "f"}, Image: pool.Image{OSVersion: "Windows 11"},
		// Neither the record nor the EVS volume is the template that orders name.
		Disks: []pool.Disk{{Role: pool.SystemDisk, Class: pool.Balanced, NativeType: "SAS", SizeGiB: ptr(80)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDesktopPool holds where a desktop's pool is found, and when it is looked for.
func TestDesktopPool(t *testing.T) {
	const row = `{"total_count":1,"desktops":[{"desktop_id":"d","pool_id":"p","created":"2022-02-23 04:02:07","ip_address":"10.0.0.1","connect_status":"x","domain_id":"y","project_id":"z"}]}`
	tests := []struct {
		name, desktop string
		list          http.HandlerFunc // nil: it is not asked
		pool          string
		err           pool.Kind
	}{
		{"said at once", `"pool_id":"q","desktop_type":"POOLED"`, nil, "q", ""},
		{"dedicated", `"desktop_type":"DEDICATED"`, nil, "", ""},
		{"listed", `"desktop_type":"POOLED"`, ok(row), "p", ""},
		{"of no type", `"x":1`, ok(row), "p", ""},
		{"not listed", `"desktop_type":"POOLED"`, ok(`{"total_count":0,"desktops":[]}`), "", ""},
		{"another is listed", `"desktop_type":"POOLED"`, ok(strings.Replace(row, `"d"`, `"e"`, 1)), "", ""},
		{"may not be listed", `"desktop_type":"POOLED"`, respond(http.StatusForbidden, coded("WKS.0003")), "", ""},
		{"the cloud is down", `"desktop_type":"POOLED"`, respond(http.StatusServiceUnavailable, `{}`), "", pool.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			desktop := `{"desktop":{"desktop_id":"d",` + tt.desktop + `}}`
			src, cloud := record(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/desktops/d") {
					ok(desktop)(w, r)
					return
				}
				if got, want := r.RequestURI, "/v2/"+testProject+"/desktops?desktop_id=d&limit=1&offset=0"; got != want || tt.list == nil {
					t.Errorf("asked %s", got)
				}
				tt.list(w, r)
			})
			got, err := src.Reader.Desktop(t.Context(), "d")
			if tt.err != "" {
				wantKind(t, err, tt.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Value.PoolID != tt.pool {
				t.Errorf("pool %q, want %q", got.Value.PoolID, tt.pool)
			}
			parts := []pool.Part{{Operation: "ShowDesktopDetail", RequestID: "request-1", Body: []byte(desktop)}}
			if tt.name == "listed" || tt.name == "of no type" {
				parts = append(parts, pool.Part{Operation: "ListDesktops", RequestID: "request-1", Body: []byte(row)})
			}
			if tt.pool != "" {
				wantParts(t, got.Parts, parts...)
			}
			if asked := len(cloud.asked()); asked != 1 && tt.list == nil {
				t.Errorf("asked %d times", asked)
			}
			if n := src.Drift.Counts(); len(n.Types) != 0 || len(n.Words) != 0 {
				t.Errorf("drift %+v", n)
			}
		})
	}
}

// TestDesktopsFiltered: the cloud's filters are wider than ours.
func TestDesktopsFiltered(t *testing.T) {
	const rows = `{"total_count":5,"pool_desktops":[
		{"desktop_id":"1","status":"ACTIVE","task_status":"","user_list":["ann"],"product":{"charge_mode":"1"}},
		{"desktop_id":"2","status":"ACTIVE","task_status":"rebooting","user_list":["anna"],"product":{"charge_mode":"0"}},
		{"desktop_id":"3","status":"SHUTOFF","attach_user_infos":[{"user_id":"ann"}]},
		{"desktop_id":"4","status":"HIBERNATED","user_name":"Ann"},
		{"desktop_id":"5","status":"ERROR","attach_user_infos":[{"user_id":"ann","user_name":"bob"}]}]}`
	tests := []struct {
		name   string
		filter pool.DesktopPushdown
		want   string
		total  *int
	}{
		{"none", pool.DesktopPushdown{}, "12345", ptr(5)},
		{"running", pool.DesktopPushdown{PowerState: pool.Running}, "1", nil},
		{"restarting", pool.DesktopPushdown{PowerState: pool.Restarting}, "2", nil},
		{"unknown power", pool.DesktopPushdown{PowerState: pool.PowerUnknown}, "5", nil},
		{"postpaid", pool.DesktopPushdown{BillingMode: pool.Postpaid}, "1", nil},
		{"prepaid", pool.DesktopPushdown{BillingMode: pool.Prepaid}, "2", nil},
		{"a user by name, or by id if there is no name", pool.DesktopPushdown{User: "ann"}, "13", nil},
		{"nobody", pool.DesktopPushdown{User: "a"}, "", nil},
		{"all three", pool.DesktopPushdown{User: "ann", BillingMode: pool.Postpaid, PowerState: pool.Running}, "1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, _ := record(t, ok(rows))
			got, err := src.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "p", Size: 5, Filter: tt.filter})
			if err != nil {
				t.Fatal(err)
			}
			ids := ""
			for _, d := range got.Value.Items {
				ids += d.NativeID
			}
			if ids != tt.want {
				t.Errorf("desktops %q, want %q", ids, tt.want)
			}
			if diff := cmp.Diff(tt.total, got.Value.Total); diff != "" {
				t.Errorf("total (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDesktopPages(t *testing.T) {
	rows := func(n int) string { return strings.TrimSuffix(strings.Repeat(`{"desktop_id":"d"},`, n), ",") }
	tests := []struct {
		name, token string
		size        int
		body        string
		next        string
		total       *int
	}{
		{"the only page", "", 10, `{"pool_desktops":[` + rows(3) + `],"total_count":3}`, "", ptr(3)},
		{"an empty pool", "", 10, `{"pool_desktops":[],"total_count":0}`, "", ptr(0)},
		{"an empty pool, no array", "", 10, `{"total_count":0}`, "", ptr(0)},
		{"the first of two", "", 3, `{"pool_desktops":[` + rows(3) + `],"total_count":4}`, "3", ptr(4)},
		{"the second of two", "3", 3, `{"pool_desktops":[` + rows(1) + `],"total_count":4}`, "", ptr(4)},
		{"exactly full", "3", 3, `{"pool_desktops":[` + rows(3) + `],"total_count":6}`, "", ptr(6)},
		{"short, but there are more", "3", 3, `{"pool_desktops":[` + rows(2) + `],"total_count":6}`, "5", ptr(6)},
		{"full, no total", "3", 3, `{"pool_desktops":[` + rows(3) + `]}`, "6", nil},
		{"not full, no total", "3", 3, `{"pool_desktops":[` + rows(2) + `]}`, "", nil},
		{"past the end", "300", 3, `{"pool_desktops":[],"total_count":6}`, "", ptr(6)},
		{"the last offset there is", "10000", 100, `{"pool_desktops":[` + rows(100) + `],"total_count":20000}`, "10100", ptr(20000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := record(t, ok(tt.body))
			got, err := src.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "p", Token: tt.token, Size: tt.size})
			if err != nil {
				t.Fatal(err)
			}
			if got.Value.Next != tt.next {
				t.Errorf("next is %q, want %q", got.Value.Next, tt.next)
			}
			if diff := cmp.Diff(tt.total, got.Value.Total); diff != "" {
				t.Errorf("total (-want +got):\n%s", diff)
			}
			for _, d := range got.Value.Items {
				if d.PoolID != "p" {
					t.Errorf("desktop of pool %q", d.PoolID)
				}
			}
			q := cloud.asked()[0].URL.Query()
			wantOffset := tt.token
			if wantOffset == "" {
				wantOffset = "0"
			}
			if q.Get("offset") != wantOffset || q.Get("limit") != fmt.Sprint(tt.size) {
				t.Errorf("asked %v", q)
			}
		})
	}
}

func TestDesktopsRefuses(t *testing.T) {
	tests := []struct {
		name string
		q    pool.DesktopsQuery
		want pool.Kind
	}{
		{"past offset 10,000", pool.DesktopsQuery{PoolID: "p", Token: "10001", Size: 1}, pool.LimitReached},
		{"a token that is no number", pool.DesktopsQuery{PoolID: "p", Token: "x", Size: 1}, pool.Invalid},
		{"a negative token", pool.DesktopsQuery{PoolID: "p", Token: "-1", Size: 1}, pool.Invalid},
		{"a token beyond all bounds", pool.DesktopsQuery{PoolID: "p", Token: "99999999999999999999", Size: 1}, pool.Invalid},
		{"no rows", pool.DesktopsQuery{PoolID: "p"}, pool.Invalid},
		{"too many rows", pool.DesktopsQuery{PoolID: "p", Size: 101}, pool.Invalid},
		{"no pool", pool.DesktopsQuery{Size: 1}, pool.NotFound},
		{"a pool that would lead elsewhere", pool.DesktopsQuery{PoolID: "..", Size: 1}, pool.NotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := record(t, ok(`{}`))
			_, err := src.Reader.Desktops(t.Context(), tt.q)
			e := failed(t, err, tt.want)
			if e.Source != "hw-test" || e.Op != "list a pool's desktops" {
				t.Errorf("error of %q, %q", e.Source, e.Op)
			}
			if n := len(cloud.asked()); n != 0 {
				t.Errorf("the cloud was asked %d times", n)
			}
		})
	}
}

func TestDesktopsPushdown(t *testing.T) {
	tests := []struct {
		name   string
		filter pool.DesktopPushdown
		want   string
	}{
		{"none", pool.DesktopPushdown{}, ""},
		{"prepaid", pool.DesktopPushdown{BillingMode: pool.Prepaid}, "charge_mode=0&"},
		{"postpaid", pool.DesktopPushdown{BillingMode: pool.Postpaid}, "charge_mode=1&"},
		{"a mode that cannot be asked for", pool.DesktopPushdown{BillingMode: pool.BillingUnknown}, ""},
		{"running", pool.DesktopPushdown{PowerState: pool.Running}, "status=ACTIVE"},
		{"stopped", pool.DesktopPushdown{PowerState: pool.Stopped}, "status=SHUTOFF"},
		{"hibernated", pool.DesktopPushdown{PowerState: pool.Hibernated}, "status=HIBERNATED"},
		{"a state that cannot be asked for", pool.DesktopPushdown{PowerState: pool.Starting}, ""},
		{"user", pool.DesktopPushdown{User: "张 A+B&c"}, "user_name=%E5%BC%A0%20A%2BB%26c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := record(t, ok(`{"total_count":0}`))
			q := firstPage("p")
			q.Filter = tt.filter
			if _, err := src.Reader.Desktops(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			want := "limit=100&offset=0"
			if strings.HasSuffix(tt.want, "&") {
				want = tt.want + want
			} else if tt.want != "" {
				want += "&" + tt.want
			}
			if got := cloud.asked()[0].URL.RawQuery; got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
		})
	}
}

// TestByID holds what becomes of ids that name nothing, or that could lead elsewhere.
func TestByID(t *testing.T) {
	for _, id := range []string{"", ".", "..", "a/b", "a b", "a%2fb", "桌", strings.Repeat("a", 129)} {
		src, cloud := record(t, ok(`{}`))
		_, err := src.Reader.Pool(t.Context(), id)
		wantKind(t, err, pool.NotFound)
		_, err = src.Reader.Desktop(t.Context(), id)
		wantKind(t, err, pool.NotFound)
		if n := len(cloud.asked()); n != 0 {
			t.Errorf("%q: the cloud was asked %d times", id, n)
		}
	}
	src, cloud := record(t, ok(`{"desktops":[]}`))
	_, err := src.Reader.Desktop(t.Context(), "detail")
	wantKind(t, err, pool.NotFound)
	if n := len(cloud.asked()); n != 0 {
		t.Errorf("the cloud was asked for its listing of desktops")
	}
	for _, body := range []string{`{}`, `{"desktop":null}`, `{"desktop":{}}`, `{"id":""}`, `{"desktop":[]}`} {
		src, _ := record(t, ok(body))
		_, err := src.Reader.Pool(t.Context(), "p")
		wantKind(t, err, pool.BadBody)
		_, err = src.Reader.Desktop(t.Context(), "d")
		wantKind(t, err, pool.BadBody)
	}
}

func TestDesktopsWithoutRows(t *testing.T) {
	for _, body := range []string{`{}`, `{"total_count":3}`, `{"pool_desktops":null}`} {
		src, _ := record(t, ok(body))
		_, err := src.Reader.Desktops(t.Context(), firstPage("p"))
		wantKind(t, err, pool.BadBody)
	}
}

func TestRequestHeaders(t *testing.T) {
	src, cloud := record(t, respond(http.StatusNotFound, coded("WKS.0001")))
	for operation, read := range readers(src.Reader) {
		if err := read(t.Context()); err == nil {
			t.Errorf("%s: no error", operation)
		}
	}
	for _, r := range cloud.asked() {
		if r.Header.Get("X-Project-Id") != testProject || r.Header.Get("Accept") != "application/json" || r.Header.Get("X-Auth-Token") != "" {
			t.Errorf("%s was sent %v", r.RequestURI, r.Header)
		}
		if !strings.Contains(r.Header.Get("Authorization"), "SignedHeaders=host;x-project-id;x-sdk-date, ") {
			t.Errorf("Authorization %s", r.Header.Get("Authorization"))
		}
	}
}
