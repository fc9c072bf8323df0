package alibaba

import (
	"encoding/json"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// FuzzDesktopGroups proves that no answer breaks the conversion of groups, and
// that a row's counters sum to its total.
func FuzzDesktopGroups(f *testing.F) {
	f.Add([]byte(testdata(f, "DescribeDesktopGroups.every-field.json")), []byte(testdata(f, "GetDesktopGroupDetail.every-field.json")))
	f.Add([]byte(twoGroups), []byte(`{"Desktops":{}}`))
	f.Add([]byte(`{"DesktopGroups":{"CountPerStatus":"x","DesktopCount":-1}}`), []byte(`{"Desktops":null}`))
	f.Fuzz(func(t *testing.T, list, one []byte) {
		var page groupPage
		var detail groupDetail
		var drift pool.Drift
		if wire.Decode(list, "list", &page, &drift) != nil || wire.Decode(one, "one", &detail, &drift) != nil {
			return
		}
		w := words{&drift}
		if detail.Desktops == nil {
			detail.Desktops = &detailedGroup{}
		}
		for i := range page.DesktopGroups {
			g := &page.DesktopGroups[i]
			if !json.Valid(g.Raw) {
				t.Errorf("the row %q is not JSON", g.Raw)
			}
			listed, joined := w.listed(g), w.joined(g, detail.Desktops)
			if listed.NativeID != joined.NativeID {
				t.Errorf("ids %q and %q of one group", listed.NativeID, joined.NativeID)
			}
			sumsUp(t, w.aggregate(g, allAxes).counts)
		}
	})
}

func sumsUp(t *testing.T, c pool.Counts) {
	t.Helper()
	if c.Power == nil || c.Power.Running == nil {
		return
	}
	sum := *c.Power.Running + *c.Power.Stopped + *c.Power.Hibernated + *c.Power.Faulted + *c.Power.Changing + *c.Power.Other
	if c.Total == nil || sum != *c.Total {
		t.Errorf("power sums to %d, total is %v", sum, c.Total)
	}
}

// FuzzDesktopsInGroup proves that no page breaks the conversion of desktops,
// that both arrays keep their order, and that what is counted sums up.
func FuzzDesktopsInGroup(f *testing.F) {
	f.Add([]byte(testdata(f, "DescribeDesktopsInGroup.every-field.json")))
	f.Add([]byte(testdata(f, "DescribeDesktopsInGroup.example.json")))
	f.Add([]byte(fiveDesktops))
	f.Add([]byte(`{"PaidDesktops":{"ManagementFlags":"[\"NoFlag\"","EndUserIds":[null,[]]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var page desktopsPage
		var drift pool.Drift
		if wire.Decode(body, "page", &page, &drift) != nil {
			return
		}
		r := &reader{words: words{&drift}}
		rows := r.rows(page, "dg-1", reply{})
		if len(rows) != len(page.PaidDesktops)+len(page.PostPaidDesktops) {
			t.Fatalf("%d rows of %d and %d", len(rows), len(page.PaidDesktops), len(page.PostPaidDesktops))
		}
		var seen census
		for i, d := range rows {
			row, billing := &groupDesktop{}, pool.Prepaid
			if i < len(page.PaidDesktops) {
				row = &page.PaidDesktops[i]
			} else {
				row, billing = &page.PostPaidDesktops[i-len(page.PaidDesktops)], pool.Postpaid
			}
			if d.NativeID != identifier(row.ID) || d.BillingMode != billing || !json.Valid(d.Native[0].Body) {
				t.Errorf("row %d is %q, %s, %q", i, d.NativeID, d.BillingMode, d.Native[0].Body)
			}
			if (d.AssignmentState == pool.Assigned) != (len(d.Assignments) == 1) {
				t.Errorf("row %d is %s with %d assignments", i, d.AssignmentState, len(d.Assignments))
			}
			seen.add(row, r.words)
		}
		counts := tally{counts: pool.NewCounts(allAxes, pool.NotCounted)}
		counts.take(seen, r.words, true)
		c := counts.counts
		sumsUp(t, c)
		if *c.Connection.Connected+*c.Connection.NotConnected+*c.Connection.Other != *c.Total {
			t.Errorf("connection does not sum to %d", *c.Total)
		}
		if *c.Assignment.Assigned+*c.Assignment.Unassigned != *c.Total {
			t.Errorf("assignment does not sum to %d", *c.Total)
		}
	})
}

// FuzzPlace proves that a token of ours leads back to its place, and the
// cloud's tokens to themselves.
func FuzzPlace(f *testing.F) {
	f.Add("caeba0bbb2be03f84eb48b699f0a4883", 50, 20, 30)
	f.Add("~1~2~x", 1, 0, 0)
	f.Fuzz(func(t *testing.T, token string, size, skip, rows int) {
		if size < 1 || size > pool.MaxPage || skip < 0 || rows < 0 {
			return
		}
		at := place{size: size, skip: skip, token: token}
		got, ok := parsePlace(at.next(skip, skip+1, "other"), 1)
		if !ok || got != at {
			t.Errorf("%+v came back as %+v, %v", at, got, ok)
		}
		got, ok = parsePlace(at.next(rows, rows, token), size)
		if !ok || got != (place{size: size, token: token}) {
			t.Errorf("the cloud's %q came back as %+v, %v", token, got, ok)
		}
		_, _ = parsePlace(token, size)
	})
}

func FuzzDesktop(f *testing.F) {
	f.Add([]byte(testdata(f, "DescribeDesktops.every-field.json")))
	f.Add([]byte(`{"Desktops":{"DesktopId":"ecd-1","DesktopGroupId":"null","Disks":{"DiskSize":"x"},"Sessions":[null]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var page foundDesktops
		var drift pool.Drift
		if wire.Decode(body, "page", &page, &drift) != nil {
			return
		}
		w := words{&drift}
		for i := range page.Desktops {
			d := w.found(&page.Desktops[i])
			if d.NativeID != identifier(page.Desktops[i].ID) || d.PoolID == "null" {
				t.Errorf("%q of %q became %q of %q", page.Desktops[i].ID, page.Desktops[i].DesktopGroupID, d.NativeID, d.PoolID)
			}
			if (d.AssignmentState == pool.Assigned) != (len(d.Assignments) > 0) {
				t.Errorf("%s with %d assignments", d.AssignmentState, len(d.Assignments))
			}
		}
	})
}
