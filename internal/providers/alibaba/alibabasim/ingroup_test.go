package alibabasim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// walk reads all pages of DescribeDesktopsInGroup and returns both arrays and
// the sizes of the pages.
func walk(t *testing.T, s *Sim, lastToken bool, pairs ...string) (paid, postpaid []map[string]any, sizes []int) {
	t.Helper()
	token := ""
	for range 1000 {
		got := ask(t, s, "DescribeDesktopsInGroup", append(pairs, "NextToken", token)...)
		paid = append(paid, got.rows("PaidDesktops")...)
		postpaid = append(postpaid, got.rows("PostPaidDesktops")...)
		sizes = append(sizes, len(got.rows("PaidDesktops"))+len(got.rows("PostPaidDesktops")))
		var there bool
		token, there = got.body["NextToken"].(string)
		if token == "" {
			if there != lastToken {
				t.Errorf("NextToken of the last page: there is %v, want %v", there, lastToken)
			}
			return paid, postpaid, sizes
		}
		if len(token) != 32 {
			t.Fatalf("token %q", token)
		}
	}
	t.Fatal("no end")
	return nil, nil, nil
}

func TestPagesOfDesktopsInGroup(t *testing.T) {
	for _, emptyLast := range []bool{false, true} {
		s := newTestSim(func(c *Config) { c.EmptyLastToken = emptyLast })
		for _, g := range s.c.World.groups {
			for _, deleted := range []string{"true", "false"} {
				count := g.totals.all
				if deleted == "false" {
					count = g.totals.live
				}
				for _, size := range []int{1, 7, 100} {
					paid, postpaid, sizes := walk(t, s, emptyLast, "DesktopGroupId", g.id, "IgnoreDeleted", deleted, "MaxResults", digits(size))
					if len(paid) != count[0] || len(postpaid) != count[1] {
						t.Errorf("%s deleted=%s by %d: %d and %d desktops, want %v", g.id, deleted, size, len(paid), len(postpaid), count)
					}
					for i, n := range sizes {
						if i < len(sizes)-1 && n != size {
							t.Errorf("%s: page %d of %d has %d rows, want %d", g.id, i, len(sizes), n, size)
						}
					}
					for name, rows := range map[string][]map[string]any{"PaidDesktops": paid, "PostPaidDesktops": postpaid} {
						ids := texts(rows, "DesktopId")
						if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
							t.Errorf("%s %s: ids are not in order or not unique: %v", g.id, name, ids)
						}
					}
				}
			}
		}
	}
}

func TestPayTypeChoosesAnArray(t *testing.T) {
	s := newTestSim(nil)
	g := s.c.World.groups[0]
	for _, tt := range []struct {
		payType        string
		paid, postpaid int
	}{
		{payPre, g.totals.all[0], 0}, {payPost, 0, g.totals.all[1]}, {"", g.totals.all[0], g.totals.all[1]},
	} {
		paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", g.id, "PayType", tt.payType, "MaxResults", "9")
		if len(paid) != tt.paid || len(postpaid) != tt.postpaid {
			t.Errorf("PayType %q: %d and %d desktops, want %d and %d", tt.payType, len(paid), len(postpaid), tt.paid, tt.postpaid)
		}
		got := ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", g.id, "PayType", tt.payType)
		if a, b := got.number("PaidDesktopsCount"), got.number("PostPaidDesktopsCount"); a != g.totals.all[0] || b != g.totals.all[1] {
			t.Errorf("PayType %q: totals %d and %d follow it, want %v", tt.payType, a, b, g.totals.all)
		}
	}
}

func TestPageEachArray(t *testing.T) {
	s := newTestSim(func(c *Config) { c.PageEachArray = true })
	g := s.c.World.groups[0]
	first := ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", g.id, "MaxResults", "4")
	if a, b := len(first.rows("PaidDesktops")), len(first.rows("PostPaidDesktops")); a != 4 || b != 4 {
		t.Errorf("first page has %d and %d rows, want 4 and 4", a, b)
	}
	paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", g.id, "MaxResults", "4")
	if len(paid) != g.totals.all[0] || len(postpaid) != g.totals.all[1] {
		t.Errorf("%d and %d desktops, want %v", len(paid), len(postpaid), g.totals.all)
	}
}

// TestEnvelopeAgreesWithRows counts the rows and compares the totals.
func TestEnvelopeAgreesWithRows(t *testing.T) {
	s := newTestSim(nil)
	for _, g := range s.c.World.groups {
		for _, deleted := range []string{"", "true", "false"} {
			paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", g.id, "IgnoreDeleted", deleted, "MaxResults", "100")
			if gone := slices.Contains(texts(append(paid, postpaid...), "DesktopStatus"), "Deleted"); gone && deleted == "false" {
				t.Errorf("%s: IgnoreDeleted=false lists deleted desktops", g.id)
			}
			has := func(field, word string) (n int) {
				for _, v := range texts(paid, field) {
					if v == word {
						n++
					}
				}
				return n
			}
			got := ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", g.id, "IgnoreDeleted", deleted, "MaxResults", "1")
			for name, want := range map[string]int{
				"PaidDesktopsCount": len(paid), "PostPaidDesktopsCount": len(postpaid),
				"OnlinePrePaidDesktopsCount":  has("ConnectionStatus", "Connected"),
				"RunningPrePaidDesktopsCount": has("DesktopStatus", "Running"),
				"StopedPrePaidDesktopsCount":  has("DesktopStatus", "Stopped"),
				"StoppedPrePaidDesktopsCount": has("DesktopStatus", "Stopped"),
			} {
				if got.number(name) != want {
					t.Errorf("%s IgnoreDeleted=%q: %s is %d, counted %d", g.id, deleted, name, got.number(name), want)
				}
				if _, there := got.body[name]; there != (want > 0 || !g.sparse) {
					t.Errorf("%s: %s is there: %v, though the group is sparse: %v", g.id, name, there, g.sparse)
				}
			}
		}
	}
}

func TestDeletedAreListedByDefault(t *testing.T) {
	s := newTestSim(nil)
	paid, postpaid, _ := walk(t, s, false, "DesktopGroupId", exampleGroup)
	for _, rows := range [][]map[string]any{paid, postpaid} {
		if !slices.Contains(texts(rows, "DesktopStatus"), "Deleted") {
			t.Error("an array without deleted desktops")
		}
	}
	for _, r := range postpaid {
		release, _ := r["ReleaseTime"].(string)
		if r["DesktopStatus"] == "Deleted" && release == "" {
			t.Errorf("a deleted desktop without ReleaseTime: %v", r)
		}
	}
}

// TestVendorExample holds the first desktops of the first group against the
// example of the vendor's page, DescribeDesktopsInGroup, 2025-11-14.
func TestVendorExample(t *testing.T) {
	const common = `"EndUserId":"alice","DesktopName":"testName","ConnectionStatus":"Connected","EndUserName":"alice",
		"ManagementFlag":"NoFlag","EndUserIds":["alice"],"EndUserNames":["alice"],"ResetTime":"2021-03-03 08:48:08",
		"ImageId":"m-hn5v2mmk0q7zt","ImageName":"Win10_ZC","SystemDiskSize":80,"OsType":"Windows","GpuDriverVersion":1,
		"DiskType":"SYSTEM","ManagementFlags":["NoFlag"],"FotaVersion":"0.1.0-R-20220914.171530",`
	want := map[string]string{
		"PaidDesktops": `{` + common + `"DesktopId":"ud-7ftf5b6yu77b0k3qz","DesktopStatus":"Running","ProtocolType":"ASP",
			"MemberEniIp":"192.168.10.30","PrimaryEniIp":"192.168.10.120"}`,
		"PostPaidDesktops": `{` + common + `"DesktopId":"ud-2i8qxpv6t1a07m9wd","DesktopStatus":"Stopped","ProtocolType":"HDX",
			"CreateTime":"2022-01-21T06:34:57Z","ReleaseTime":"2022-01-21T16:34:57Z","CreateDuration":4153958447,
			"MemberEniIp":"192.168.10.31","PrimaryEniIp":"192.168.10.121"}`,
	}
	s := newTestSim(nil)
	if !strings.HasPrefix(exampleGroup, "dg-2i8qxpv6t1a03") {
		t.Errorf("the example's group is %s", exampleGroup)
	}
	for payType, name := range map[string]string{payPre: "PaidDesktops", payPost: "PostPaidDesktops"} {
		got := ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", exampleGroup, "PayType", payType, "MaxResults", "1")
		var row map[string]any
		d := json.NewDecoder(strings.NewReader(want[name]))
		d.UseNumber()
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]map[string]any{row}, got.rows(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestUnknownGroup(t *testing.T) {
	s := newTestSim(nil)
	got := ask(t, s, "GetDesktopGroupDetail", "DesktopGroupId", "dg-unknown")
	if diff := cmp.Diff(map[string]any{"RequestId": got.header.Get("x-acs-request-id")}, got.body); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	got = ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", "dg-unknown")
	zero := json.Number("0")
	want := map[string]any{
		"RequestId": got.header.Get("x-acs-request-id"), "PaidDesktopsCount": zero, "PostPaidDesktopsCount": zero,
		"PostPaidDesktopsTotalAmount": zero, "OnlinePrePaidDesktopsCount": zero, "RunningPrePaidDesktopsCount": zero,
		"StopedPrePaidDesktopsCount": zero, "StoppedPrePaidDesktopsCount": zero,
	}
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("desktops (-want +got):\n%s", diff)
	}
	if got := ask(t, s, "DescribeUsersInGroup", "DesktopGroupId", "dg-unknown"); got.number("UsersCount") != 0 || got.rows("EndUsers") == nil {
		t.Errorf("users: %s", got.raw)
	}
	strict := newTestSim(func(c *Config) { c.UnknownGroupError = true })
	for _, action := range []string{"GetDesktopGroupDetail", "DescribeDesktopsInGroup", "DescribeUsersInGroup"} {
		got := send(t, strict, request{action: action, query: q("DesktopGroupId", "dg-unknown")}.signed())
		if got.status != 400 || got.code() != "InvalidDesktopGroupId.NotFound" {
			t.Errorf("%s: %d %s", action, got.status, got.raw)
		}
	}
	if got := ask(t, s, "GetDesktopGroupDetail", "DesktopGroupId", exampleGroup, "RegionId", "cn-beijing"); got.body["Desktops"] != nil {
		t.Errorf("a group was found in another region: %s", got.raw)
	}
}

func TestTokenIsOfOneQuery(t *testing.T) {
	w := NewWorld(7, WorldOptions{Groups: 13, Desktops: 600})
	s := newTestSim(func(c *Config) { c.World = w })
	first := ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", exampleGroup, "PayType", payPre, "MaxResults", "3")
	token := first.body["NextToken"].(string)
	tests := []struct {
		name, action string
		pairs        []string
		code         string
	}{
		{"the same query", "DescribeDesktopsInGroup", []string{"PayType", payPre}, ""},
		{"another page size", "DescribeDesktopsInGroup", []string{"PayType", payPre, "MaxResults", "50"}, ""},
		{"the default spelt out", "DescribeDesktopsInGroup", []string{"PayType", payPre, "IgnoreDeleted", "true"}, ""},
		{"a parameter that nobody knows", "DescribeDesktopsInGroup", []string{"PayType", payPre, "X", "1"}, ""},
		{"another filter", "DescribeDesktopsInGroup", []string{"PayType", payPre, "IgnoreDeleted", "false"}, "InvalidNextToken"},
		{"without the filter", "DescribeDesktopsInGroup", nil, "InvalidNextToken"},
		{"another group", "DescribeDesktopsInGroup", []string{"PayType", payPre, "DesktopGroupId", w.groups[1].id}, "InvalidNextToken"},
		{"another operation", "DescribeUsersInGroup", nil, "InvalidNextToken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			query := q("DesktopGroupId", exampleGroup, "NextToken", token)
			for i := 0; i < len(tt.pairs); i += 2 {
				query.Set(tt.pairs[i], tt.pairs[i+1])
			}
			if got := send(t, s, request{action: tt.action, query: query}.signed()); got.code() != tt.code {
				t.Errorf("code %q, want %q", got.code(), tt.code)
			}
		})
	}
	again := newTestSim(func(c *Config) { c.World = w })
	ask(t, again, "DescribeDesktopsInGroup", "DesktopGroupId", exampleGroup, "PayType", payPre, "NextToken", token)
	lenient := newTestSim(func(c *Config) { c.BadTokenEmptyPage = true })
	got := ask(t, lenient, "DescribeDesktopsInGroup", "DesktopGroupId", exampleGroup, "NextToken", "garbage")
	if rows := len(got.rows("PaidDesktops")) + len(got.rows("PostPaidDesktops")); rows != 0 || got.body["NextToken"] != nil {
		t.Errorf("%d rows, token %v, want an empty last page", rows, got.body["NextToken"])
	}
	if got.number("PaidDesktopsCount") == 0 {
		t.Error("an empty page without totals")
	}
}

func FuzzParseToken(f *testing.F) {
	w := NewWorld(7, WorldOptions{Groups: 2, Desktops: 10})
	f.Add("query", w.token("query", position{3, 4}), uint32(3), uint32(4))
	f.Add("", "caeba0bbb2be03f84eb48b699f0a4883", uint32(0), uint32(1<<31))
	f.Fuzz(func(t *testing.T, query, token string, a, b uint32) {
		if at, ok := w.parseToken(query, token); ok && w.token(query, at) != strings.ToLower(token) {
			t.Errorf("%q is taken for %v but was not made", token, at)
		}
		made := w.token(query, position{a, b})
		if at, ok := w.parseToken(query, made); !ok || at != (position{a, b}) {
			t.Errorf("%q became %v, want %v", made, at, position{a, b})
		}
		if _, ok := w.parseToken(query+"x", made); ok {
			t.Errorf("the token of %q fits another query", query)
		}
	})
}

// TestBigGroup walks a group of 20,000 desktops.
func TestBigGroup(t *testing.T) {
	w := NewWorld(7, WorldOptions{Groups: 2, Desktops: 20, BigGroup: 20_000})
	s := newTestSim(func(c *Config) { c.World = w })
	big := w.groups[2]
	row := ask(t, s, "DescribeDesktopGroups", "DesktopGroupId", big.id).rows("DesktopGroups")[0]
	if got := fmt.Sprint(row["DesktopCount"]); got != "20000" {
		t.Errorf("DesktopCount %s, want 20000", got)
	}
	seen := make(map[string]bool, 20_000)
	token, pages := "", 0
	for pages < 1000 {
		got := ask(t, s, "DescribeDesktopsInGroup", "DesktopGroupId", big.id, "IgnoreDeleted", "false", "MaxResults", "100", "NextToken", token)
		for _, name := range []string{"PaidDesktops", "PostPaidDesktops"} {
			for _, id := range texts(got.rows(name), "DesktopId") {
				seen[id] = true
			}
		}
		pages++
		if token, _ = got.body["NextToken"].(string); token == "" {
			break
		}
	}
	if len(seen) != 20_000 || pages != 200 {
		t.Errorf("%d desktops on %d pages, want 20000 on 200", len(seen), pages)
	}
	if got := s.Requests("DescribeDesktopsInGroup"); got != 200 {
		t.Errorf("%d requests were counted, want 200", got)
	}
}
