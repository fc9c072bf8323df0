package alibaba

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// every answers each operation with its every-field fixture.
func every(t *testing.T) *cloud {
	t.Helper()
	byAction := map[string]string{}
	for _, action := range []string{"DescribeDesktopGroups", "GetDesktopGroupDetail", "DescribeDesktopsInGroup", "DescribeDesktops"} {
		byAction[action] = testdata(t, action+".every-field.json")
	}
	return serve(t, bodies(byAction))
}

// noDrift fails the test if a documented field was counted as unknown.
func noDrift(t *testing.T, c *cloud) {
	t.Helper()
	none := pool.DriftCounts{Fields: map[string]int64{}, Words: map[string]int64{}, Types: map[string]int64{}}
	if diff := cmp.Diff(none, c.source.Drift.Counts()); diff != "" {
		t.Errorf("drift (-none +got):\n%s", diff)
	}
}

func everyListed(t *testing.T) pool.Pool {
	t.Helper()
	var raw struct{ DesktopGroups []json.RawMessage }
	if err := json.Unmarshal([]byte(testdata(t, "DescribeDesktopGroups.every-field.json")), &raw); err != nil {
		t.Fatal(err)
	}
	return pool.Pool{
		NativeID:       "dg-every0001",
		Name:           "every field",
		Description:    new("a comment"),
		State:          pool.PoolPendingPayment,
		AssignmentMode: pool.Dynamic,
		SessionMode:    pool.MultiSession,
		BillingMode:    pool.Prepaid,
		Counts:         pool.PoolCounts{Total: new(21), Running: new(11), Stopped: new(10)},
		SubnetIDs:      []string{"vsw-every0001"},
		Product:        pool.Product{ID: "eds.graphics.16c1t4", CPU: new(16), MemoryMiB: new(65536), GPU: &pool.GPU{Count: new(0.5)}},
		Image:          pool.Image{ID: "m-every0001", OSType: pool.Windows},
		Disks: []pool.Disk{
			{ID: "SYSTEM", Role: pool.SystemDisk, Class: pool.FastSSD, NativeType: "cloud_essd", SizeGiB: new(80)},
			{ID: "DATA", Role: pool.DataDisk, Class: pool.Balanced, NativeType: "cloud_efficiency", SizeGiB: new(100)},
		},
		SessionRetention: pool.Retention{Mode: pool.RetainTimed, Seconds: new(180)},
		Autoscale:        pool.Autoscale{Min: new(18), Max: new(42), MaxAutoCreated: new(23)},
		CreatedAt:        at("2022-02-17T14:51:07Z"),
		ExpiresAt:        at("2031-01-02T15:59:59Z"),
		Native: []pool.Part{{
			Operation: "DescribeDesktopGroups", RequestID: "11111111-0000-4000-8000-000000000001", Body: raw.DesktopGroups[0],
		}},
	}
}

func TestEveryFieldOfPools(t *testing.T) {
	c := every(t)
	got, err := c.source.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]pool.Pool{everyListed(t)}, got.Value, withoutTime); diff != "" {
		t.Errorf("pools (-want +got):\n%s", diff)
	}
	noDrift(t, c)
}

func TestEveryFieldOfPool(t *testing.T) {
	c := every(t)
	got, err := c.source.Reader.Pool(t.Context(), "dg-every0001")
	if err != nil {
		t.Fatal(err)
	}
	want := everyListed(t)
	want.Native = nil
	want.Product.GPU.Model = "NVIDIA T4"
	want.Autoscale.Mode = pool.AutoscaleSchedule
	want.Autoscale.MinIdle = new(7)
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("pool (-want +got):\n%s", diff)
	}
	wantParts := []pool.Part{
		{Operation: "DescribeDesktopGroups", RequestID: "11111111-0000-4000-8000-000000000001", Body: json.RawMessage(testdata(t, "DescribeDesktopGroups.every-field.json"))},
		{Operation: "GetDesktopGroupDetail", RequestID: "11111111-0000-4000-8000-000000000002", Body: json.RawMessage(testdata(t, "GetDesktopGroupDetail.every-field.json"))},
	}
	if diff := cmp.Diff(wantParts, got.Parts, withoutTime); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	noDrift(t, c)
}

// TestDetailAlone proves what the detail gives where the listing is silent.
func TestDetailAlone(t *testing.T) {
	c := serve(t, bodies(map[string]string{
		"DescribeDesktopGroups": `{"DesktopGroups":[{"DesktopGroupId":"dg-every0001"}]}`,
		"GetDesktopGroupDetail": testdata(t, "GetDesktopGroupDetail.every-field.json"),
	}))
	got, err := c.source.Reader.Pool(t.Context(), "dg-every0001")
	if err != nil {
		t.Fatal(err)
	}
	want := pool.Pool{
		NativeID:       "dg-every0001",
		Name:           "every field in detail",
		Description:    new("a comment in detail"),
		State:          pool.PoolSuspended,
		AssignmentMode: pool.Dynamic,
		BillingMode:    pool.Postpaid,
		Product:        pool.Product{CPU: new(116), MemoryMiB: new(165536), GPU: &pool.GPU{Count: new(1.5), Model: "NVIDIA T4"}},
		Image:          pool.Image{ID: "m-every0002", OSType: pool.Linux},
		Disks: []pool.Disk{
			{ID: "SYSTEM", Role: pool.SystemDisk, Class: pool.GeneralSSD, NativeType: "cloud_ssd", SizeGiB: new(180)},
			{ID: "DATA", Role: pool.DataDisk, Class: pool.GeneralSSD, NativeType: "cloud_auto", SizeGiB: new(200)},
		},
		SessionRetention: pool.Retention{Mode: pool.RetainTimed, Seconds: new(240)},
		Autoscale:        pool.Autoscale{Mode: pool.AutoscaleSchedule, Min: new(118), Max: new(142), MinIdle: new(7)},
		CreatedAt:        at("2022-02-17T14:50:00Z"),
		ExpiresAt:        at("2031-01-02T15:58:00Z"),
	}
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("pool (-want +got):\n%s", diff)
	}
}

func everyPaid(t *testing.T) pool.Desktop {
	t.Helper()
	return pool.Desktop{
		NativeID:         "ecd-every0001",
		PoolID:           "dg-every0001",
		Name:             "paid",
		LifecycleState:   pool.Updating,
		PowerState:       pool.Running,
		ConnectionState:  pool.Connected,
		AssignmentState:  pool.Assigned,
		BillingState:     pool.BillingActive,
		BillingMode:      pool.Prepaid,
		Assignments:      []pool.Assignment{{User: pool.User{ID: "alice", Name: "Alice"}}},
		ActiveUsers:      []pool.User{{ID: "bob", Name: "Bob"}},
		Image:            pool.Image{ID: "m-every0003", Name: "Win10_ZC", OSType: pool.Windows},
		Disks:            []pool.Disk{{ID: "SYSTEM", Role: pool.SystemDisk, SizeGiB: new(81)}},
		Addresses:        []pool.Address{{IP: "192.168.0.11", Role: "MEMBER", Version: "4"}, {IP: "fd00::12", Role: "PRIMARY", Version: "6"}},
		Protocol:         "ASP",
		GPUDriverVersion: "1.0",
		AgentVersion:     "0.1.0-R-20220914.171530",
		ResetAt:          at("2021-03-03T08:48:08Z"),
		ExpiresAt:        at("2031-02-03T15:59:59Z"),
		Native:           []pool.Part{everyRow(t, "PaidDesktops")},
	}
}

// everyRow is the part that holds the first row of an array of DescribeDesktopsInGroup.
func everyRow(t *testing.T, array string) pool.Part {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(testdata(t, "DescribeDesktopsInGroup.every-field.json")), &raw); err != nil {
		t.Fatal(err)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(raw[array], &rows); err != nil {
		t.Fatal(err)
	}
	return pool.Part{Operation: "DescribeDesktopsInGroup", RequestID: "11111111-0000-4000-8000-000000000003", Body: rows[0]}
}

func TestEveryFieldOfDesktops(t *testing.T) {
	c := every(t)
	got, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-every0001", Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	postpaid := pool.Desktop{
		NativeID:         "ecd-every0002",
		PoolID:           "dg-every0001",
		Name:             "postpaid",
		LifecycleState:   pool.Updating,
		PowerState:       pool.Starting,
		ConnectionState:  pool.NotConnected,
		AssignmentState:  pool.Assigned,
		BillingState:     pool.BillingActive,
		BillingMode:      pool.Postpaid,
		Assignments:      []pool.Assignment{{User: pool.User{ID: "carol", Name: "Carol"}}},
		ActiveUsers:      []pool.User{{ID: "dave", Name: "Dave"}},
		Image:            pool.Image{ID: "m-every0004", Name: "Ubuntu_ZC", OSType: pool.Linux},
		Disks:            []pool.Disk{{ID: "SYSTEM", Role: pool.SystemDisk, SizeGiB: new(82)}},
		Addresses:        []pool.Address{{IP: "192.168.0.21", Role: "MEMBER", Version: "4"}, {IP: "192.168.0.22", Role: "PRIMARY", Version: "4"}},
		Protocol:         "HDX",
		GPUDriverVersion: "2.0",
		AgentVersion:     "0.2.0-R-20220914.171530",
		CreatedAt:        at("2022-01-21T06:34:57Z"),
		ReleasedAt:       at("2022-01-22T16:34:58Z"),
		ResetAt:          at("2021-04-04T09:49:09Z"),
		RetainedSeconds:  new(int64(4153958)),
		Native:           []pool.Part{everyRow(t, "PostPaidDesktops")},
	}
	want := pool.DesktopPage{Items: []pool.Desktop{everyPaid(t), postpaid}, Total: new(3)}
	if diff := cmp.Diff(want, got.Value, withoutTime); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	wantEnvelope := `{"RequestId":"11111111-0000-4000-8000-000000000003","NextToken":"","PaidDesktopsCount":1,"PostPaidDesktopsCount":2,` +
		`"PostPaidDesktopsTotalAmount":10000000001,"OnlinePrePaidDesktopsCount":3,"RunningPrePaidDesktopsCount":4,` +
		`"StopedPrePaidDesktopsCount":5,"StoppedPrePaidDesktopsCount":6}`
	if len(got.Parts) != 1 || compact(t, got.Parts[0].Body) != wantEnvelope {
		t.Errorf("parts %+v, want one envelope %s", got.Parts, wantEnvelope)
	}
	noDrift(t, c)
}

func TestEveryFieldOfDesktop(t *testing.T) {
	c := every(t)
	got, err := c.source.Reader.Desktop(t.Context(), "ecd-every0001")
	if err != nil {
		t.Fatal(err)
	}
	want := everyFound()
	row := everyPaid(t)
	want.Assignments, want.ActiveUsers = row.Assignments, row.ActiveUsers
	want.Addresses = append(row.Addresses, want.Addresses...)
	want.Image = row.Image
	want.Image.OSPlatform = "Ubuntu"
	want.Protocol, want.GPUDriverVersion, want.AgentVersion = row.Protocol, row.GPUDriverVersion, row.AgentVersion
	want.ResetAt, want.ExpiresAt = row.ResetAt, row.ExpiresAt
	if diff := cmp.Diff(want, got.Value); diff != "" {
		t.Errorf("desktop (-want +got):\n%s", diff)
	}
	wantParts := []pool.Part{
		{Operation: "DescribeDesktops", RequestID: "11111111-0000-4000-8000-000000000004", Body: json.RawMessage(testdata(t, "DescribeDesktops.every-field.json"))},
		everyRow(t, "PaidDesktops"),
	}
	if diff := cmp.Diff(wantParts, got.Parts, withoutTime); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	noDrift(t, c)
}

// everyFound is what DescribeDesktops alone says.
func everyFound() pool.Desktop {
	return pool.Desktop{
		NativeID:        "ecd-every0001",
		PoolID:          "dg-every0001",
		Name:            "found",
		LifecycleState:  pool.Updating,
		PowerState:      pool.Hibernated,
		ConnectionState: pool.ConnectionUnknown,
		AssignmentState: pool.Assigned,
		BillingState:    pool.BillingActive,
		BillingMode:     pool.Prepaid,
		Assignments:     []pool.Assignment{{User: pool.User{ID: "erin"}}},
		ActiveUsers:     []pool.User{{ID: "frank", Name: "Frank"}},
		Image:           pool.Image{ID: "m-every0005", Name: "the image", OSType: pool.Linux, OSPlatform: "Ubuntu"},
		Product: pool.Product{
			ID: "eds.enterprise_office.4c8g", CPU: new(4), MemoryMiB: new(8192), GPU: &pool.GPU{Count: new(0.25), Model: "NVIDIA A10"},
		},
		Disks: []pool.Disk{
			{ID: "SYSTEM", Role: pool.SystemDisk, Class: pool.FastSSD, NativeType: "cloud_essd", SizeGiB: new(83)},
			{ID: "DATA", Role: pool.DataDisk, Class: pool.GeneralSSD, NativeType: "cloud_auto", SizeGiB: new(84)},
		},
		Addresses:        []pool.Address{{IP: "192.168.0.31", Role: "NETWORK_INTERFACE", Version: "4"}},
		Protocol:         "HDX",
		GPUDriverVersion: "535.129.03",
		AgentVersion:     "0.3.0-D-20220102.000000",
		CreatedAt:        at("2022-01-20T06:34:00Z"),
		ExpiresAt:        at("2031-03-03T15:59:00Z"),
	}
}

// TestDesktopOutsideItsGroupsPages proves that a desktop is given although its
// row is not among the first ten pages.
func TestDesktopOutsideItsGroupsPages(t *testing.T) {
	pages := 0
	c := serve(t, func(action string, _ url.Values) (int, string) {
		if action == "DescribeDesktops" {
			return http.StatusOK, testdata(t, "DescribeDesktops.every-field.json")
		}
		pages++
		return http.StatusOK, fmt.Sprintf(`{"NextToken":"%d","PaidDesktops":[{"DesktopId":"ecd-other%d"}]}`, pages, pages)
	})
	got, err := c.source.Reader.Desktop(t.Context(), "ecd-every0001")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyFound(), got.Value); diff != "" {
		t.Errorf("desktop (-want +got):\n%s", diff)
	}
	if pages != 10 {
		t.Errorf("%d pages of the group were read, want 10", pages)
	}
}

// TestFixturesHaveValuesOfTheirOwn proves that no test above can pass with two fields mixed up.
func TestFixturesHaveValuesOfTheirOwn(t *testing.T) {
	rows := map[string][]string{
		"DescribeDesktopGroups":   {"DesktopGroups"},
		"GetDesktopGroupDetail":   {"Desktops"},
		"DescribeDesktopsInGroup": {"PaidDesktops", "PostPaidDesktops"},
		"DescribeDesktops":        {"Desktops"},
	}
	for _, action := range slices.Sorted(maps.Keys(rows)) {
		for _, array := range rows[action] {
			t.Run(action+" "+array, func(t *testing.T) {
				var body map[string]json.RawMessage
				if err := json.Unmarshal([]byte(testdata(t, action+".every-field.json")), &body); err != nil {
					t.Fatal(err)
				}
				seen := map[string]bool{}
				for _, value := range leaves(t, body[array]) {
					if seen[value] {
						t.Errorf("%s occurs twice", value)
					}
					seen[value] = true
				}
			})
		}
	}
}

// leaves lists the scalars in raw, less booleans, of which there are only two.
func leaves(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var list []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k])
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case bool:
		default:
			list = append(list, fmt.Sprint(v))
		}
	}
	walk(v)
	return list
}
