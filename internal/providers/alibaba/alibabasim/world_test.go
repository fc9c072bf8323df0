package alibabasim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shapes collects, for each field of rows, what it was seen to hold: "absent",
// or its value where that is a word or number of interest, or the value's shape.
type shapes map[string]map[string]bool

func (s shapes) add(rows []map[string]any, fields ...string) {
	for _, r := range rows {
		for _, f := range fields {
			if s[f] == nil {
				s[f] = map[string]bool{}
			}
			s[f][shape(r, f)] = true
		}
	}
}

func shape(r map[string]any, field string) string {
	v, there := r[field]
	if !there {
		return "absent"
	}
	switch v := v.(type) {
	case json.Number:
		return "number " + v.String()
	case []any:
		if len(v) > 1 {
			return "many"
		}
		return fmt.Sprintf("%d %v", len(v), v)
	case string:
		for name, form := range map[string]string{
			"seconds": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, "minutes": `^\d{4}-\d\d-\d\dT\d\d:\d\dZ$`,
			"blank": `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`, "digits": `^[1-9]\d{6,}$`,
		} {
			if regexp.MustCompile(form).MatchString(v) {
				return name
			}
		}
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}

func (s shapes) want(t *testing.T, field string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !s[field][w] {
			t.Errorf("no row has %s %s; seen: %v", field, w, s[field])
		}
	}
}

// TestGroupsShowEverything: a dozen groups have every word and shape that the vendor documents.
func TestGroupsShowEverything(t *testing.T) {
	s := newTestSim(func(c *Config) { c.World = NewWorld(3, WorldOptions{}) })
	rows := allGroups(t, s, "MaxResults", "100")
	seen := shapes{}
	fields := []string{
		"Status", "PayType", "OwnType", "KeepDuration", "SystemDiskCategory", "DataDiskSize", "DataDiskCategory", "GpuSpec", "GpuCount",
		"OsType", "ProtocolType", "Comments", "ExpiredTime", "ExpiredTimes", "CreateTime", "PolicyGroupIdList", "Tags", "OfficeSiteType",
		"GpuDriverVersion", "ConnectDuration", "LoadPolicy", "RatioThreshold", "SubnetId", "CountPerStatus", "DesktopCount", "ResetType",
	}
	seen.add(rows, fields...)
	seen.want(t, "Status", "number 0", "number 1", "number 2")
	seen.want(t, "PayType", `"PrePaid"`, `"PostPaid"`)
	seen.want(t, "OwnType", "number 0", "number 1")
	seen.want(t, "KeepDuration", "number 0", "number 180000", "number 345600000")
	seen.want(t, "SystemDiskCategory", `"cloud_efficiency"`, `"cloud_ssd"`, `"cloud_auto"`, `"cloud_essd"`)
	seen.want(t, "DataDiskSize", "absent", `"0"`, `""`, `"100"`)
	seen.want(t, "DataDiskCategory", "absent", `"null"`, `"cloud_essd"`)
	seen.want(t, "GpuSpec", "absent", `"16 GiB"`)
	seen.want(t, "GpuCount", "absent", "number 1", "number 0.5")
	seen.want(t, "GpuDriverVersion", "absent", `"535.129.03"`)
	seen.want(t, "OsType", `"Windows"`, `"Linux"`)
	seen.want(t, "ProtocolType", `"ASP"`, `"HDX"`)
	seen.want(t, "Comments", "absent", `""`, `"shared by the test team"`)
	seen.want(t, "ExpiredTime", "absent", "seconds")
	seen.want(t, "ExpiredTimes", "absent", "1 []")
	seen.want(t, "CreateTime", "seconds")
	seen.want(t, "PolicyGroupIdList", "absent", "many")
	seen.want(t, "Tags", "absent", "0 []", "many")
	seen.want(t, "CountPerStatus", "absent", "many")
	seen.want(t, "DesktopCount", "absent", "number 1")
	seen.want(t, "ResetType", "number 0", "number 1", "number 2", "number 3")
	seen.want(t, "LoadPolicy", "absent", "number 0", "number 1")

	detail := shapes{}
	timers, scales := map[string]bool{}, map[string]bool{}
	for _, id := range texts(rows, "DesktopGroupId") {
		d := ask(t, s, "GetDesktopGroupDetail", "DesktopGroupId", id).body["Desktops"].(map[string]any)
		detail.add([]map[string]any{d}, "AllowAutoSetup", "AllowBufferCount", "GpuSpec", "OsType", "CreationTime", "ExpiredTime", "ScaleTimerInfos", "TimerInfos", "PolicyGroupIds")
		timerList, _ := d["TimerInfos"].([]any)
		for _, v := range timerList {
			timers[fmt.Sprint(v.(map[string]any)["TimerType"])] = true
		}
		scaleList, _ := d["ScaleTimerInfos"].([]any)
		for _, v := range scaleList {
			scales[fmt.Sprint(v.(map[string]any)["Type"])] = true
		}
	}
	detail.want(t, "AllowAutoSetup", "number 0", "number 1")
	detail.want(t, "AllowBufferCount", "absent", "number 0", "number 5", "number 100")
	detail.want(t, "GpuSpec", "absent", `"NVIDIA T4"`)
	detail.want(t, "OsType", `""`, `"Windows"`)
	detail.want(t, "CreationTime", "minutes", "seconds")
	detail.want(t, "ExpiredTime", "absent", "minutes")
	detail.want(t, "ScaleTimerInfos", "absent", "0 []", "many")
	detail.want(t, "TimerInfos", "absent", "0 []", "many")
	if want := map[string]bool{"1": true, "2": true, "3": true, "4": true}; !cmp.Equal(want, timers) {
		t.Errorf("timers %v", timers)
	}
	if want := map[string]bool{"drop": true, "normal": true, "peak": true, "rise": true}; !cmp.Equal(want, scales) {
		t.Errorf("scale timers %v", scales)
	}
}

// TestDesktopsShowEverything is the same for desktops.
func TestDesktopsShowEverything(t *testing.T) {
	s := newTestSim(func(c *Config) { c.World = NewWorld(3, WorldOptions{}) })
	pre, post := shapes{}, shapes{}
	fields := []string{
		"DesktopStatus", "ConnectionStatus", "ManagementFlag", "ManagementFlags", "EndUserId", "EndUserIds", "ResetTime", "ExpiredTime",
		"CreateTime", "ReleaseTime", "CreateDuration", "GpuDriverVersion", "OsType", "ImageName", "ProtocolType",
	}
	for _, g := range s.c.World.groups {
		paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", g.id, "MaxResults", "100")
		pre.add(paid, fields...)
		post.add(postpaid, fields...)
	}
	for _, seen := range []shapes{pre, post} {
		seen.want(t, "DesktopStatus", `"Stopped"`, `"Starting"`, `"Rebuilding"`, `"Running"`, `"Stopping"`, `"Expired"`, `"Deleted"`,
			`"Pending"`, `"Failed"`, `"Hibernated"`)
		seen.want(t, "ConnectionStatus", `"Unknown"`, `"Connected"`, `"Disconnected"`)
		seen.want(t, "ManagementFlag", `"NoFlag"`, `"Updating"`)
		seen.want(t, "ManagementFlags", "absent", "1 [NoFlag]", "1 [Updating]")
		seen.want(t, "EndUserId", "absent", `""`)
		seen.want(t, "EndUserIds", "absent", "0 []", "many")
		seen.want(t, "ResetTime", "absent", `""`, "blank")
		seen.want(t, "GpuDriverVersion", "absent", "number 1", `"1.0"`, `"535.129.03"`)
		seen.want(t, "OsType", `"Windows"`)
		seen.want(t, "ProtocolType", `"ASP"`, `"HDX"`)
	}
	pre.want(t, "EndUserId", `"alice"`)
	pre.want(t, "ImageName", `"Win10_ZC"`, `"Ubuntu 22.04\n"`)
	pre.want(t, "ExpiredTime", "absent", `""`, "seconds", "minutes")
	pre.want(t, "CreateTime", "absent")
	post.want(t, "ExpiredTime", "absent")
	post.want(t, "CreateTime", "seconds")
	post.want(t, "ReleaseTime", "absent", `""`, "seconds")
	post.want(t, "CreateDuration", "number 4153958447", "digits")
	flags := shapes{}
	flags.add(allDesktops(t, s, "1000", pooled...), "ManagementFlag")
	flags.want(t, "ManagementFlag", `"NoFlag"`, `"Updating"`, `"Migrating"`)
}

func TestWorldIsOfItsSeed(t *testing.T) {
	body := func(seed uint64) string {
		s := newTestSim(func(c *Config) { c.World = NewWorld(seed, WorldOptions{}) })
		got := ask(t, s, "DescribeDesktops", append(slices.Clone(pooled), "MaxResults", "1000")...)
		delete(got.body, "RequestId")
		return fmt.Sprint(got.body)
	}
	one, again, other := body(1), body(1), body(2)
	if one != again {
		t.Error("one seed made two worlds")
	}
	if one == other {
		t.Error("two seeds made one world")
	}
}

func TestWorldSize(t *testing.T) {
	tests := []struct {
		o            WorldOptions
		groups       int
		least, most  int // desktops
		biggest      int // desktops of the last group; 0: whatever
		first, empty int // desktops of the first group at least; empty groups
	}{
		{WorldOptions{}, 12, 280, 320, 0, 20, 1},
		{WorldOptions{Groups: 1, Desktops: 1}, 1, 2, 10, 0, 2, 0},
		{WorldOptions{Groups: 10, Desktops: 1000}, 10, 980, 1010, 0, 90, 1},
		{WorldOptions{Groups: 20, Desktops: 2000, BigGroup: 5000}, 21, 6900, 7010, 5000, 90, 2},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%+v", tt.o), func(t *testing.T) {
			w := NewWorld(5, tt.o)
			live := func(g *group) int { return g.totals.live[0] + g.totals.live[1] }
			all, empty := live(w.dedicated), 0
			for _, g := range w.groups {
				all += live(g)
				if live(g) == 0 {
					empty++
				}
			}
			if len(w.groups) != tt.groups || all < tt.least || all > tt.most || empty != tt.empty || live(w.groups[0]) < tt.first {
				t.Errorf("%d groups, %d empty, %d desktops, %d in the first", len(w.groups), empty, all, live(w.groups[0]))
			}
			if tt.biggest > 0 && live(w.groups[len(w.groups)-1]) != tt.biggest {
				t.Errorf("the big group has %d desktops, want %d", live(w.groups[len(w.groups)-1]), tt.biggest)
			}
		})
	}
}

// TestDesktopIDs finds every desktop again by its id.
func TestDesktopIDs(t *testing.T) {
	w := NewWorld(5, WorldOptions{BigGroup: 70_000})
	seen := map[string]bool{}
	form := regexp.MustCompile(`^(ud|ecd)-[0-9a-z]{17}$`)
	for n := range len(w.groups) + 1 {
		g := w.ordinal(n)
		for slot := range g.slots() {
			id := g.desktop(slot).id()
			if seen[id] || !form.MatchString(id) {
				t.Fatalf("id %q is not unique or has no good form", id)
			}
			seen[id] = true
			if d, ok := w.desktop(id); !ok || d != g.desktop(slot) {
				t.Fatalf("%s is found at %d of %v, want %d of %s", id, d.slot, d.g, slot, g.id)
			}
		}
	}
}

func TestDesktopIDsThatAreNone(t *testing.T) {
	w := NewWorld(5, WorldOptions{})
	id := w.groups[1].desktop(3).id()
	for name, wrong := range map[string]string{
		"another prefix":            "ecd-" + id[3:],
		"another salt":              "ud-" + strings.Repeat("0", saltDigits) + id[3+saltDigits:],
		"a place past the last":     id[:len(id)-slotDigits] + "zzzzz",
		"a group past the last":     id[:3+saltDigits] + "zzz" + id[3+saltDigits+groupDigits:],
		"upper case":                "ud-" + strings.ToUpper(id[3:]),
		"the place of an example's": w.groups[0].prefix + w.groups[0].salt + "00000000",
		"one digit more":            id + "0",
		"no prefix":                 id[3:],
	} {
		if d, ok := w.desktop(wrong); ok {
			t.Errorf("%s: %s was found as %s", name, wrong, d.id())
		}
	}
}

func FuzzDesktopID(f *testing.F) {
	w := NewWorld(5, WorldOptions{})
	f.Add(exampleSubscription)
	f.Add(w.groups[1].desktop(0).id())
	f.Add("ud-zzzzzzzzzzzzzzzzz")
	f.Add("ecd-+00000000+00+0000")
	f.Fuzz(func(t *testing.T, id string) {
		if d, ok := w.desktop(id); ok && d.id() != id {
			t.Errorf("%q was found as %q", id, d.id())
		}
	})
}
