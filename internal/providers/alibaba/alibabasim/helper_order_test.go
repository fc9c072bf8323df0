package alibabasim

import (
	"strings"
	"testing"
	"time"
)

// clock is a time that tests move by hand.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

// orderSim is a cloud to order from, its clock, and the ids of desktops that take orders.
func orderSim(edit func(*Config)) (*Sim, *clock, []string) {
	c := &clock{now: day}
	s := newTestSim(func(cfg *Config) {
		cfg.Now = func() time.Time { return c.now }
		if edit != nil {
			edit(cfg)
		}
	})
	return s, c, liveIDs(s.c.World.group(s.c.World.IdleGroup()))
}

func liveIDs(g *group) []string {
	var ids []string
	for slot := range g.slots() {
		if d := g.desktop(slot); d.status != "Deleted" {
			ids = append(ids, d.id())
		}
	}
	return ids
}

// try sends a good request, whatever comes of it.
func try(t testing.TB, s *Sim, action string, pairs ...string) answer {
	t.Helper()
	return send(t, s, request{action: action, query: q(pairs...), date: s.c.Now().Format(dateLayout)}.signed())
}

// refused sends a request and wants one error, and nothing ordered.
func refused(t testing.TB, s *Sim, status int, code, action string, pairs ...string) {
	t.Helper()
	orders := len(s.Orders())
	if got := try(t, s, action, pairs...); got.status != status || got.code() != code {
		t.Errorf("%s %v: %d %q, want %d %q", action, pairs, got.status, got.code(), status, code)
	}
	if n := len(s.Orders()) - orders; n != 0 {
		t.Errorf("%s %v was refused, and ordered %d", action, pairs, n)
	}
}

// done is try that wants 200.
func done(t testing.TB, s *Sim, action string, pairs ...string) answer {
	t.Helper()
	got := try(t, s, action, pairs...)
	if got.status != 200 {
		t.Fatalf("%s %v: %d %s", action, pairs, got.status, got.raw)
	}
	return got
}

// row is a desktop in DescribeDesktops.
func row(t testing.TB, s *Sim, id string) map[string]any {
	t.Helper()
	rows := done(t, s, "DescribeDesktops", "DesktopId.1", id, "FilterDesktopGroup", "false").rows("Desktops")
	if len(rows) != 1 {
		t.Fatalf("%s: %d rows", id, len(rows))
	}
	return rows[0]
}

// bill is the Data of an answer of the billing product.
func bill(t testing.TB, s *Sim, action string, pairs ...string) (data map[string]any, orders []map[string]any) {
	t.Helper()
	got := billing(t, s, action, pairs...)
	if got.status != 200 || got.body["Success"] != true || got.code() != "Success" {
		t.Fatalf("%s %v: %d %s", action, pairs, got.status, got.raw)
	}
	data, _ = got.body["Data"].(map[string]any)
	list, _ := data["OrderList"].(map[string]any)
	return data, answer{body: list}.rows("Order")
}

// billing asks the billing product, on its own host.
func billing(t testing.TB, s *Sim, action string, pairs ...string) answer {
	t.Helper()
	return send(t, s, request{action: action, query: q(pairs...), noQuery: true, host: "business.aliyuncs.com", date: s.c.Now().Format(dateLayout)}.signed())
}

func specs(ids []string, pairs ...string) []string {
	for i, id := range ids {
		pairs = append(pairs, "ResourceSpecs."+digits(i+1)+".DesktopId", id)
	}
	return pairs
}

func manyIDs(prefix string, ids []string) []string {
	var pairs []string
	for i, id := range ids {
		pairs = append(pairs, prefix+"."+digits(i+1), id)
	}
	return pairs
}

// disks is the sizes of a row's disks, as in "SYSTEM 80 DATA 40".
func disks(r map[string]any) string {
	var words []string
	for _, d := range (answer{body: r}).rows("Disks") {
		words = append(words, d["DiskType"].(string), digits(answer{body: d}.number("DiskSize")))
	}
	return strings.Join(words, " ")
}
