package pool

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	yes := true
	ready := Desktop{LifecycleState: LifecycleReady, PowerState: Running, ConnectionState: Idle, BillingState: BillingActive}
	tests := []struct {
		name   string
		change func(*Desktop)
		want   SummaryState
	}{
		{"running and idle", func(*Desktop) {}, SummaryAvailable},
		{"running, not connected", func(d *Desktop) { d.ConnectionState = NotConnected }, SummaryAvailable},
		{"connected", func(d *Desktop) { d.ConnectionState = Connected }, SummaryInUse},
		{"disconnected", func(d *Desktop) { d.ConnectionState = Disconnected }, SummaryDisconnected},
		{"stopped, whatever the connection", func(d *Desktop) { d.PowerState = Stopped; d.ConnectionState = Connected }, SummaryOff},
		{"hibernated", func(d *Desktop) { d.PowerState = Hibernated }, SummaryOff},
		{"stopping", func(d *Desktop) { d.PowerState = Stopping }, SummaryPreparing},
		{"rebuilding", func(d *Desktop) { d.LifecycleState = Rebuilding }, SummaryPreparing},
		{"maintenance before preparing", func(d *Desktop) { d.LifecycleState = Updating; d.InMaintenance = &yes }, SummaryMaintenance},
		{"fault before maintenance", func(d *Desktop) { d.LifecycleState = Faulted; d.InMaintenance = &yes }, SummaryFault},
		{"frozen before fault", func(d *Desktop) { d.LifecycleState = Faulted; d.BillingState = BillingFrozen }, SummarySuspended},
		{"expired", func(d *Desktop) { d.BillingState = BillingExpired }, SummarySuspended},
		{"deleted before all", func(d *Desktop) { d.LifecycleState = Deleted; d.BillingState = BillingExpired }, SummaryDeleted},
		{"agent offline", func(d *Desktop) { d.ConnectionState = AgentOffline }, SummaryUnknown},
		{"nothing known", func(d *Desktop) { *d = Desktop{} }, SummaryUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := ready
			tt.change(&d)
			if got := d.Summary(); got != tt.want {
				t.Errorf("summary = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseID(t *testing.T) {
	good := map[string]ID{
		"hw-bj4:1ad74b36-0de7": {"hw-bj4", "1ad74b36-0de7"},
		"a:cn-hangzhou+dir-1":  {"a", "cn-hangzhou+dir-1"},
		"a:x.y_z":              {"a", "x.y_z"},
	}
	for s, want := range good {
		if got, err := ParseID(s); err != nil || got != want || got.String() != s {
			t.Errorf("ParseID(%q) = %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", ":", "a", "a:", ":b", "A:b", "1a:b", "a:b:c", "a:b/c", "a:b c", "a:b\n", "a:ü", "a:..%2f",
		strings.Repeat("a", 33) + ":b", "a:" + strings.Repeat("b", 129), "a\x00:b", " a:b",
	} {
		if got, err := ParseID(s); err == nil {
			t.Errorf("ParseID(%q) = %+v, want an error", s, got)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("hw-bj4:1ad74b36-0de7-45fe-aed3-6cb047d69e99")
	f.Add("a:b:c")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err == nil && id.String() != s {
			t.Errorf("%q came back as %q", s, id)
		}
	})
}

func TestSecretPrintsNothing(t *testing.T) {
	s := NewSecret("hunter2")
	holder := struct {
		Key Secret
		Ptr *Secret
		own Secret
	}{s, &s, s}
	js, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %+v %#v", s, s, s, s, s, s, s, holder, holder, holder) + s.String() + string(js)
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, "68756e74657232") {
		t.Errorf("printed as %s", printed)
	}
	if s.Reveal() != "hunter2" || !s.Given() {
		t.Error("Reveal does not")
	}
	if (Secret{}).Reveal() != "" || (Secret{}).Given() || NewSecret("").Given() {
		t.Error("no secret is one")
	}
}

func TestErrorIsItsKindAndItsCause(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("wrapped: %w", &Error{Kind: Throttled, Source: "s", Op: "list pools", Upstream: &Upstream{Code: "X.1"}, Err: cause})
	if !errors.Is(err, Throttled) || !errors.Is(err, cause) || errors.Is(err, Timeout) {
		t.Error("errors.Is does not find the kind and the cause, and them only")
	}
	if got, want := err.Error(), "wrapped: s: list pools: throttled (X.1): cause"; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
	if e := AsError(errors.New("plain")); e.Kind != Failed {
		t.Errorf("a plain error is %v, want %v", e.Kind, Failed)
	}
	if e := AsError(nil); e != nil {
		t.Errorf("no error is %v", e)
	}
}

func TestDriftIsBounded(t *testing.T) {
	var d Drift
	for i := range maxDrift + 50 {
		d.Field(fmt.Sprint("f", i))
	}
	d.Field("f1")
	d.Word("pool.state", strings.Repeat("x", 1000))
	c := d.Counts()
	if len(c.Fields) != maxDrift+1 || c.Fields["(other)"] != 50 || c.Fields["f1"] != 2 {
		t.Errorf("%d names, %d others, f1 %d times", len(c.Fields), c.Fields["(other)"], c.Fields["f1"])
	}
	for name := range c.Words {
		if len(name) > 160 {
			t.Errorf("a name of %d bytes", len(name))
		}
	}
	var none *Drift
	none.Field("x")
	if n := len(none.Counts().Fields); n != 0 {
		t.Errorf("a nil Drift counted %d", n)
	}
}
