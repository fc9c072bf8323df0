package alibaba

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// wordTest is one row of a vocabulary: drift is what it counts as unknown.
type wordTest[In, Out any] struct {
	in    In
	want  Out
	drift string
}

func testWords[In, Out any](t *testing.T, read func(words, In) Out, tests []wordTest[In, Out]) {
	t.Helper()
	for _, tt := range tests {
		var drift pool.Drift
		got := read(words{&drift}, tt.in)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.in, diff)
		}
		counted := map[string]int64{}
		if tt.drift != "" {
			counted[tt.drift] = 1
		}
		if diff := cmp.Diff(counted, drift.Counts().Words); diff != "" {
			t.Errorf("%+v drift (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestPoolState(t *testing.T) {
	testWords(t, words.poolState, []wordTest[*int, pool.PoolState]{
		{nil, "", ""},
		{new(0), pool.PoolPendingPayment, ""},
		{new(1), pool.PoolReady, ""},
		{new(2), pool.PoolSuspended, ""},
		{new(3), pool.PoolUnknown, "pool.state=3"},
	})
}

func TestBillingMode(t *testing.T) {
	read := func(w words, s string) pool.BillingMode { return w.billingMode("pool.billing_mode", s) }
	testWords(t, read, []wordTest[string, pool.BillingMode]{
		{"", "", ""},
		{"PrePaid", pool.Prepaid, ""},
		{"PREPAID", pool.Prepaid, ""},
		{"PostPaid", pool.Postpaid, ""},
		{"Postpaid", pool.Postpaid, ""},
		{"Barter", pool.BillingUnknown, "pool.billing_mode=Barter"},
	})
}

func TestSessionMode(t *testing.T) {
	testWords(t, words.sessionMode, []wordTest[*int, pool.SessionMode]{
		{nil, "", ""},
		{new(0), pool.SessionUnknown, ""},
		{new(1), pool.MultiSession, ""},
		{new(2), pool.SessionUnknown, "pool.session_mode=2"},
	})
}

func TestOSType(t *testing.T) {
	read := func(w words, s string) pool.OSType { return w.osType("pool.image.os_type", s) }
	testWords(t, read, []wordTest[string, pool.OSType]{
		{"", "", ""},
		{"Windows", pool.Windows, ""},
		{"WINDOWS", pool.Windows, ""},
		{"Linux", pool.Linux, ""},
		{"BeOS", pool.OSUnknown, "pool.image.os_type=BeOS"},
	})
}

func TestDiskClass(t *testing.T) {
	testWords(t, words.diskClass, []wordTest[string, pool.DiskClass]{
		{"", "", ""},
		{"cloud_efficiency", pool.Balanced, ""},
		{"cloud_ssd", pool.GeneralSSD, ""},
		{"cloud_auto", pool.GeneralSSD, ""},
		{"cloud_essd", pool.FastSSD, ""},
		{"cloud_tape", pool.DiskUnknown, "disk.class=cloud_tape"},
	})
}

func TestDiskRole(t *testing.T) {
	testWords(t, words.diskRole, []wordTest[string, pool.DiskRole]{
		{"", "", ""},
		{"SYSTEM", pool.SystemDisk, ""},
		{"DATA", pool.DataDisk, ""},
		{"SWAP", "", "disk.role=SWAP"},
	})
}

func TestConnectionState(t *testing.T) {
	testWords(t, words.connectionState, []wordTest[string, pool.ConnectionState]{
		{"", "", ""},
		{"Connected", pool.Connected, ""},
		{"1", pool.Connected, ""},
		{"Disconnected", pool.NotConnected, ""},
		{"0", pool.NotConnected, ""},
		{"Unknown", pool.ConnectionUnknown, ""},
		{"Dancing", pool.ConnectionUnknown, "desktop.connection_state=Dancing"},
	})
}

func TestDesktopStatus(t *testing.T) {
	type states struct {
		Power     pool.PowerState
		Lifecycle pool.LifecycleState
		Billing   pool.BillingState
		Bucket    string
	}
	read := func(w words, status string) states {
		return states{w.powerState(status), w.lifecycleState(status, nil), w.billingState(status), bucket(status)}
	}
	testWords(t, read, []wordTest[string, states]{
		{"Running", states{pool.Running, pool.LifecycleReady, pool.BillingActive, "running"}, ""},
		{"Stopped", states{pool.Stopped, pool.LifecycleReady, pool.BillingActive, "stopped"}, ""},
		{"Starting", states{pool.Starting, pool.LifecycleReady, pool.BillingActive, "changing"}, ""},
		{"Stopping", states{pool.Stopping, pool.LifecycleReady, pool.BillingActive, "changing"}, ""},
		{"Hibernated", states{pool.Hibernated, pool.LifecycleReady, pool.BillingActive, "hibernated"}, ""},
		{"Pending", states{pool.PowerUnknown, pool.Provisioning, pool.BillingActive, "changing"}, ""},
		{"Rebuilding", states{pool.PowerUnknown, pool.Rebuilding, pool.BillingActive, "changing"}, ""},
		{"Failed", states{pool.PowerUnknown, pool.Faulted, pool.BillingActive, "faulted"}, ""},
		{"Expired", states{pool.PowerUnknown, pool.LifecycleReady, pool.BillingExpired, "other"}, ""},
		{"Deleted", states{pool.PowerUnknown, pool.Deleted, pool.BillingActive, "none"}, ""},
		{"unavailable", states{pool.PowerUnknown, pool.LifecycleUnknown, pool.BillingActive, "other"}, "desktop.power_state=unavailable"},
	})
	if got := (words{}).powerState(""); got != "" {
		t.Errorf("power of no status is %q, want none", got)
	}
	if got := (words{}).lifecycleState("", nil); got != "" {
		t.Errorf("lifecycle of no status is %q, want none", got)
	}
	if got := (words{}).billingState(""); got != "" {
		t.Errorf("billing of no status is %q, want none", got)
	}
}

// bucket is the counter of the power axis that holds one desktop of a status.
func bucket(status string) string {
	g := listedGroup{CountPerStatus: []statusCount{{Status: status, Count: new(1)}}}
	c := words{}.aggregate(&g, pool.Axes{Power: true}).counts
	for name, n := range map[string]*int{
		"running": c.Power.Running, "stopped": c.Power.Stopped, "hibernated": c.Power.Hibernated,
		"faulted": c.Power.Faulted, "changing": c.Power.Changing, "other": c.Power.Other,
	} {
		if *n == 1 && *c.Total == 1 {
			return name
		}
	}
	if *c.Total != 0 {
		return "lost"
	}
	return "none"
}

func TestManagementFlags(t *testing.T) {
	type flags struct {
		status string
		flags  []string
	}
	read := func(w words, in flags) pool.LifecycleState { return w.lifecycleState(in.status, in.flags) }
	testWords(t, read, []wordTest[flags, pool.LifecycleState]{
		{flags{"Running", []string{"NoFlag"}}, pool.LifecycleReady, ""},
		{flags{"Running", []string{"", "Updating"}}, pool.Updating, ""},
		{flags{"Stopped", []string{"Migrating"}}, pool.Updating, ""},
		{flags{"Failed", []string{"Updating"}}, pool.Faulted, ""},
		{flags{"", []string{"Updating"}}, pool.Updating, ""},
		{flags{"Running", []string{"Melting"}}, pool.LifecycleReady, "desktop.lifecycle_state=Melting"},
	})
}

func TestRetention(t *testing.T) {
	testWords(t, words.retention, []wordTest[*int64, pool.Retention]{
		{nil, pool.Retention{}, ""},
		{new(int64(0)), pool.Retention{Mode: pool.RetainForever}, ""},
		{new(int64(180000)), pool.Retention{Mode: pool.RetainTimed, Seconds: new(180)}, ""},
		{new(int64(-1)), pool.Retention{Mode: pool.RetentionUnknown}, "pool.session_retention=-1"},
	})
}

func TestAutoscaleMode(t *testing.T) {
	bounds := func(least, most int) group { return group{MinDesktopsCount: &least, MaxDesktopsCount: &most} }
	setup := func(n int) detailedGroup { return detailedGroup{AllowAutoSetup: &n} }
	tests := []struct {
		name    string
		group   group
		billing pool.BillingMode
		detail  detailedGroup
		want    pool.AutoscaleMode
	}{
		{"nothing said", group{}, pool.Prepaid, detailedGroup{}, ""},
		{"timers", group{}, pool.Prepaid, detailedGroup{AllowAutoSetup: new(1), ScaleTimerInfos: make([]json.RawMessage, 1)}, pool.AutoscaleSchedule},
		{"no timers, switched off", group{}, pool.Prepaid, detailedGroup{AllowAutoSetup: new(0), ScaleTimerInfos: []json.RawMessage{}}, pool.AutoscaleOff},
		{"switched on", group{}, pool.Prepaid, setup(1), pool.AutoscaleKeepIdle},
		{"subscription with room, switched off", bounds(1, 5), pool.Prepaid, setup(0), pool.AutoscaleOff},
		{"subscription with room, nothing said", bounds(1, 5), pool.Prepaid, detailedGroup{}, ""},
		{"pay-as-you-go with room", bounds(1, 5), pool.Postpaid, setup(0), pool.AutoscaleKeepIdle},
		{"pay-as-you-go with room above zero, which is left out", group{MaxDesktopsCount: new(5)}, pool.Postpaid, setup(0), pool.AutoscaleKeepIdle},
		{"pay-as-you-go without bounds", group{}, pool.Postpaid, detailedGroup{}, ""},
		{"pay-as-you-go without room", bounds(5, 5), pool.Postpaid, detailedGroup{}, pool.AutoscaleOff},
		{"another number", group{}, pool.Prepaid, setup(7), pool.AutoscaleUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (words{}).autoscaleMode(tt.group, tt.billing, &tt.detail); got != tt.want {
				t.Errorf("autoscale mode %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPersonal(t *testing.T) {
	for _, key := range []string{
		"EndUserId", "EndUserIds", "EndUserName", "EndUserNames", "EndUserEmail", "EndUserPhone", "ExternalUserName", "endUserIds",
		"OldEndUserIds", "Email", "Phone",
	} {
		if !personal(key) {
			t.Errorf("%s is not personal, but should be", key)
		}
	}
	for _, key := range []string{"Creator", "EndUserCount", "DesktopName", "DesktopId", "UserGroupName", "UserOuPath", "ImageName", "HostName"} {
		if personal(key) {
			t.Errorf("%s is personal, but should not be", key)
		}
	}
}

// TestMaxAutoCreated: a subscription that has outgrown its upper bound creates none.
func TestMaxAutoCreated(t *testing.T) {
	for most, want := range map[int]int{7: 2, 5: 0, 3: 0} {
		p := (words{}).listed(&listedGroup{group: group{PayType: "PrePaid", BuyDesktopsCount: new(5), MaxDesktopsCount: &most}})
		if got := p.Autoscale.MaxAutoCreated; got == nil || *got != want {
			t.Errorf("5 bought of at most %d: %v, want %d", most, got, want)
		}
	}
}

// TestJoinedBillingMode: the array in which a desktop sits tells it, whatever ChargeType says.
func TestJoinedBillingMode(t *testing.T) {
	for _, said := range []pool.BillingMode{"", pool.Prepaid, pool.BillingUnknown} {
		got := joinDesktop(pool.Desktop{BillingMode: said}, pool.Desktop{BillingMode: pool.Postpaid})
		if got.BillingMode != pool.Postpaid {
			t.Errorf("with ChargeType %q it is %q, want %q", said, got.BillingMode, pool.Postpaid)
		}
	}
}
