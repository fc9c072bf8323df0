package alibaba

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// withoutTime leaves out when an answer was read.
var withoutTime = cmpopts.IgnoreFields(pool.Part{}, "ReadAt")

// TestSeedExample reads the vendor's own example of DescribeDesktopsInGroup.
func TestSeedExample(t *testing.T) {
	example := testdata(t, "DescribeDesktopsInGroup.example.json")
	c := serve(t, bodies(map[string]string{"DescribeDesktopsInGroup": example}))
	got, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-2i8qxpv6t1a03", Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	var raw struct {
		PaidDesktops, PostPaidDesktops []json.RawMessage
	}
	if err := json.Unmarshal([]byte(example), &raw); err != nil {
		t.Fatal(err)
	}
	part := func(row json.RawMessage) []pool.Part {
		return []pool.Part{{Operation: "DescribeDesktopsInGroup", RequestID: "1CBAFFAB-B697-4049-A9B1-67E1FC5F****", Body: row}}
	}
	alice := pool.User{ID: "alice", Name: "alice"}
	paid := pool.Desktop{
		NativeID:         "ud-7ftf5b6yu77b0****",
		PoolID:           "dg-2i8qxpv6t1a03",
		Name:             "testName",
		LifecycleState:   pool.LifecycleReady,
		PowerState:       pool.Running,
		ConnectionState:  pool.Connected,
		AssignmentState:  pool.Assigned,
		BillingState:     pool.BillingActive,
		BillingMode:      pool.Prepaid,
		Assignments:      []pool.Assignment{{User: alice}},
		ActiveUsers:      []pool.User{alice},
		Image:            pool.Image{ID: "m-hn5v2mmk0****", Name: "Win10_ZC", OSType: pool.Windows},
		Disks:            []pool.Disk{{ID: "SYSTEM", Role: pool.SystemDisk, SizeGiB: new(80)}},
		Addresses:        []pool.Address{{IP: "192.168.XX.XX", Role: "MEMBER"}, {IP: "192.168.XX.XX", Role: "PRIMARY"}},
		Protocol:         "ASP",
		GPUDriverVersion: "1",
		AgentVersion:     "0.1.0-R-20220914.17****",
		ResetAt:          at("2021-03-03T08:48:08Z"),
		Native:           part(raw.PaidDesktops[0]),
	}
	postpaid := paid
	postpaid.NativeID = "ud-2i8qxpv6t1a07****"
	postpaid.PowerState = pool.Stopped
	postpaid.BillingMode = pool.Postpaid
	postpaid.Protocol = "HDX"
	postpaid.CreatedAt = at("2022-01-21T06:34:57Z")
	postpaid.ReleasedAt = at("2022-01-21T16:34:57Z")
	postpaid.RetainedSeconds = new(int64(4153958))
	postpaid.Native = part(raw.PostPaidDesktops[0])
	want := pool.DesktopPage{
		Items: []pool.Desktop{paid, postpaid},
		Next:  "caeba0bbb2be03f84eb48b699f0a4883",
		Total: new(20),
	}
	if diff := cmp.Diff(want, got.Value, withoutTime); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	wantEnvelope := `{"PostPaidDesktopsCount":10,"NextToken":"caeba0bbb2be03f84eb48b699f0a4883","PaidDesktopsCount":10,` +
		`"RequestId":"1CBAFFAB-B697-4049-A9B1-67E1FC5F****","PostPaidDesktopsTotalAmount":10000,` +
		`"OnlinePrePaidDesktopsCount":100,"RunningPrePaidDesktopsCount":100,` +
		`"StopedPrePaidDesktopsCount":100,"StoppedPrePaidDesktopsCount":100}`
	if len(got.Parts) != 1 || compact(t, got.Parts[0].Body) != wantEnvelope {
		t.Errorf("parts %+v, want one envelope %s", got.Parts, wantEnvelope)
	}
	wantDrift := pool.DriftCounts{ // the example writes as numbers what the page promises as text
		Fields: map[string]int64{}, Words: map[string]int64{},
		Types: map[string]int64{
			"DescribeDesktopsInGroup.PaidDesktops.GpuDriverVersion":     1,
			"DescribeDesktopsInGroup.PostPaidDesktops.GpuDriverVersion": 1,
			"DescribeDesktopsInGroup.PostPaidDesktops.CreateDuration":   1,
		},
	}
	if diff := cmp.Diff(wantDrift, c.source.Drift.Counts()); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
}
