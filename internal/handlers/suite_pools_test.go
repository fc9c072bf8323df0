package handlers_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func testPoolPages(t *testing.T, s *subject) {
	var want []string
	for _, src := range s.sources {
		said, err := src.Reader.Pools(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range said.Value {
			want = append(want, src.ID+":"+p.NativeID)
		}
	}
	if !slices.IsSortedFunc(s.pools, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.text("source"), b.text("source")), cmp.Compare(a.id(), b.id()))
	}) {
		t.Error("the rows do not come by source and id")
	}
	slices.Sort(want)
	if diff := gocmp.Diff(want, slices.Sorted(slices.Values(ids(s.pools)))); diff != "" {
		t.Errorf("the pools of all sources:\n%s", diff)
	}
	for _, limit := range []int{1, 11, len(s.pools), len(s.pools) + 1} {
		for _, sort := range []string{"", "&sort=counts.total,-created_at", "&sort=state"} {
			whole := ids(rowsOf(s.ok("/v1/pools?fields=id&limit=1000" + sort)))
			if diff := gocmp.Diff(whole, ids(s.walk(fmt.Sprintf("/v1/pools?fields=id&limit=%d%s", limit, sort)))); diff != "" {
				t.Errorf("pages of %d%s:\n%s", limit, sort, diff)
			}
		}
	}
	list := s.ok("/v1/pools?limit=2")
	page := row(list).at("page").(map[string]any)
	if got := len(rowsOf(s.ok("/v1/pools?limit=3&cursor=" + page["next_cursor"].(string)))); got != 3 {
		t.Errorf("another limit on the second page gives %d rows, want 3", got)
	}
	for target, n := range map[string]int{"/v1/pools": len(s.pools), "/v1/statistics?group_by=pool": len(s.pools), "/v1/sources": len(s.sources), "/v1/capabilities": len(s.sources)} {
		joint := "?"
		if strings.Contains(target, "?") {
			joint = "&"
		}
		for limit, last := range map[int]bool{n: true, n - 1: false, n + 1: true} {
			if next := row(s.ok(fmt.Sprintf("%s%slimit=%d", target, joint, limit))).at("page.next"); (next == nil) != last {
				t.Errorf("%s has %d rows, and with limit %d the next page is %v", target, n, limit, next)
			}
		}
	}
	if got := row(s.ok("/v1/pools")).at("page.limit"); got != 50.0 {
		t.Errorf("limit is %v if not said, want 50", got)
	}
}

// testPoolsByID reads each pool: what both the list and the pool say must agree.
func testPoolsByID(t *testing.T, s *subject) {
	for _, p := range s.pools {
		for _, id := range []string{p.id(), strings.ReplaceAll(p.id(), ":", "%3A"), strings.ReplaceAll(p.id(), ":", "%3a")} {
			got := row(s.ok("/v1/pools/" + id))
			for _, path := range []string{"id", "source", "cloud", "region", "name", "state", "billing_mode", "created_at"} {
				if got.at(path) != p.at(path) {
					t.Errorf("%s of %s is %v, in the list %v", path, id, got.at(path), p.at(path))
				}
			}
		}
	}
}

func testPoolFilters(t *testing.T, s *subject) {
	paths := map[string]string{
		"state": "state", "billing_mode": "billing_mode", "assignment_mode": "assignment_mode", "os_type": "image.os_type",
		"image_id": "image.id", "product_id": "product.id", "source": "source", "cloud": "cloud", "region": "region",
	}
	for param, path := range paths {
		found := values(s.pools, 4, func(r row) []string { return []string{r.text(path)} })
		if len(found) == 0 {
			t.Errorf("no pool has a %s", path)
		}
		if n := len(found); n > 1 {
			found = append(found, found[0]+","+found[n-1])
		}
		for _, value := range found {
			s.filtered(param+"="+value, func(r row) bool { return slices.Contains(strings.Split(value, ","), r.text(path)) })
		}
	}
	for _, name := range values(s.pools, 3, func(r row) []string { return []string{r.text("name")} }) {
		s.filtered(query("name", name), func(r row) bool { return r.text("name") == name })
		part := string([]rune(name)[1:3])
		s.filtered(query("name.contains", part), func(r row) bool { return strings.Contains(r.text("name"), part) })
		s.filtered(query("name", strings.ToUpper(name)+"x"), func(row) bool { return false })
	}
	for _, b := range []bool{true, false} {
		s.filtered("in_maintenance="+strconv.FormatBool(b), func(r row) bool { return r.at("in_maintenance") == b })
	}
	for _, at := range values(s.pools, 3, func(r row) []string { return []string{r.text("created_at")} }) {
		bound, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		s.filtered(query("created_at.gte", at), func(r row) bool { c, ok := created(r); return ok && !c.Before(bound) })
		s.filtered(query("created_at.lt", at), func(r row) bool { c, ok := created(r); return ok && c.Before(bound) })
		east := bound.In(time.FixedZone("", 8*3600)).Format(time.RFC3339)
		s.filtered(query("created_at.gte", east), func(r row) bool { c, ok := created(r); return ok && !c.Before(bound) })
		s.filtered(query("created_at.gte", at)+"&"+query("created_at.lt", at), func(row) bool { return false })
	}
	s.filtered("state=READY,CHANGING&billing_mode=POSTPAID", func(r row) bool {
		return r.text("billing_mode") == "POSTPAID" && (r.text("state") == "READY" || r.text("state") == "CHANGING")
	})
}

func created(r row) (time.Time, bool) {
	c, err := time.Parse(time.RFC3339, r.text("created_at"))
	return c, err == nil
}

// filtered compares a filter with what is left of all pools by hand. Sources
// that are not asked are not accounted for.
func (s *subject) filtered(filter string, ok func(row) bool) {
	s.t.Helper()
	list := s.ok("/v1/pools?limit=1000&fields=id&include=total&" + filter)
	want := ids(keep(s.pools, ok))
	if diff := gocmp.Diff(want, ids(rowsOf(list))); diff != "" {
		s.t.Errorf("%s:\n%s", filter, diff)
	}
	if total := row(list).at("page.total"); total != float64(len(want)) {
		s.t.Errorf("%s: the total is %v, want %d", filter, total, len(want))
	}
	if diff := gocmp.Diff(want, ids(s.walk("/v1/pools?limit=5&fields=id&"+filter))); diff != "" {
		s.t.Errorf("%s, by page:\n%s", filter, diff)
	}
}

func testPoolOrder(t *testing.T, s *subject) {
	for _, field := range []string{"id", "source", "cloud", "name", "state", "billing_mode", "created_at", "counts.total"} {
		for _, sign := range []string{"", "-"} {
			want := slices.Clone(s.pools)
			slices.SortStableFunc(want, func(a, b row) int { return byField(a.at(field), b.at(field), sign == "-") })
			if diff := gocmp.Diff(ids(want), ids(s.walk("/v1/pools?limit=11&fields=id&sort="+sign+field))); diff != "" {
				t.Errorf("sort=%s%s:\n%s", sign, field, diff)
			}
		}
	}
	want := slices.Clone(s.pools)
	slices.SortStableFunc(want, func(a, b row) int {
		return cmp.Or(byField(a.at("billing_mode"), b.at("billing_mode"), true), byField(a.at("name"), b.at("name"), false))
	})
	if diff := gocmp.Diff(ids(want), ids(s.walk("/v1/pools?sort=-billing_mode,name"))); diff != "" {
		t.Errorf("two keys:\n%s", diff)
	}
}

// byField orders two values; null comes last either way.
func byField(a, b any, descending bool) int {
	if a == nil || b == nil {
		return cmp.Compare(bit(a == nil), bit(b == nil))
	}
	order := 0
	if x, ok := a.(float64); ok {
		order = cmp.Compare(x, b.(float64))
	} else {
		order = cmp.Compare(a.(string), b.(string))
	}
	if descending {
		return -order
	}
	return order
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
