package alibabasim

import (
	"fmt"
	"maps"
	"slices"
)

const (
	payPre  = "PrePaid"
	payPost = "PostPaid"

	exampleGroup = "dg-2i8qxpv6t1a03abcd"
)

// group is a desktop group: places for desktops, subscription first, then
// pay-as-you-go, of which some hold deleted desktops. How it looks follows from
// its number, so that a dozen groups show everything that the vendor documents.
type group struct {
	w                 *World
	ordinal           int
	id, salt          string
	prefix            string // of desktop ids
	prepaid, postpaid int    // places, with those of deleted desktops
	users             int    // authorized
	bind              int    // users a desktop at a time
	sparse            bool   // leaves out empty arrays and zero totals
	idle              bool   // all its desktops are stopped, so that they can be changed
	totals            totals
}

// totals counts the desktops of a group.
type totals struct {
	live, all             [2]int // subscription, pay-as-you-go
	online, running, stop int    // of subscription desktops
	status                map[string]int
	onlineUsers           int
}

// groupSize is how many desktops there are to be in a group.
type groupSize struct {
	live int
	big  bool
	idle bool
}

func newGroup(w *World, ordinal int, of groupSize) *group {
	h, live := mix(w.seed, uint64(ordinal), 1), of.live
	g := &group{w: w, ordinal: ordinal, bind: 1, prefix: "ud-", sparse: ordinal%4 == 1, idle: of.idle}
	g.id = "dg-" + base36(h, 13) + base36(uint64(ordinal), 4)
	if ordinal == 0 {
		g.id = exampleGroup
	}
	if ordinal%3 == 2 {
		g.prefix = "ecd-"
	}
	// Ids sort after both ids of the vendor's example, which come first.
	g.salt = base36(16+h%20, 1) + base36(h>>8, saltDigits-1)
	if g.multi() {
		g.bind = 3
	}
	pre := live
	switch {
	case of.big, ordinal%4 == 0:
		pre = (live*3 + 4) / 5
	case ordinal%4 == 1:
		pre = 0
	case ordinal%4 == 3:
		pre = live * 2 / 5
	}
	if ordinal == 0 {
		pre = min(pre, live-1)
	}
	g.prepaid, g.postpaid = places(pre), places(live-pre)
	g.users = g.slots()*g.bind*7/10 + 1
	if ordinal == 0 {
		g.users = min(g.users, g.prepaid)
	}
	g.totals = g.count(g.desktop)
	return g
}

// multi is true for a group whose desktops serve several users at a time.
func (g *group) multi() bool { return g.ordinal%3 == 1 }

func (g *group) slots() int { return g.prepaid + g.postpaid }

// places is how many places n live desktops and their deleted neighbours take.
func places(live int) int {
	n := live
	for n-deletedAmong(n) < live {
		n++
	}
	return n
}

// deletedAmong is how many of the first n places hold a deleted desktop.
func deletedAmong(n int) int { return (n + deletedEvery - 1 - deletedAt) / deletedEvery }

// count counts what see finds at each place.
func (g *group) count(see func(slot int) desktop) totals {
	t := totals{status: map[string]int{}}
	for slot := range g.slots() {
		t.add(see(slot), 1)
	}
	return t
}

// add counts d n times; n is negative to take it away.
func (t *totals) add(d desktop, n int) {
	t.status[d.status] += n
	pay := 0
	if d.payType() == payPost {
		pay = 1
	}
	t.all[pay] += n
	if d.status != "Deleted" {
		t.live[pay] += n
	}
	if d.slot != d.g.prepaid || d.g.ordinal != 0 { // alice of the example is counted at her first desktop
		t.onlineUsers += n * d.sessions
	}
	if pay == 1 {
		return
	}
	if d.connection == "Connected" {
		t.online += n
	}
	switch d.status {
	case "Running":
		t.running += n
	case "Stopped":
		t.stop += n
	}
}

func (t totals) clone() totals {
	t.status = maps.Clone(t.status)
	return t
}

// user is the group's user number n, who may belong to other groups too.
func (g *group) user(n int) string {
	names := []string{
		"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy",
		"o'neil", "鲍勃", "mallory", "niaj", "olivia", "peggy", "rupert", "sybil", "trent", "wendy",
	}
	k := g.ordinal*7 + n
	if k < len(names) {
		return names[k]
	}
	return fmt.Sprintf("%s%d", names[k%len(names)], k/len(names))
}

func (g *group) hasUser(id string) bool {
	for n := range g.users {
		if g.user(n) == id {
			return true
		}
	}
	return false
}

func (g *group) hasAnyUser(ids []string) bool { return slices.ContainsFunc(ids, g.hasUser) }

func (g *group) payType() string { return pick(g.ordinal, payPre, payPost) }

func (g *group) name() string {
	if g.ordinal >= 10 {
		return fmt.Sprintf("team-%d", g.ordinal)
	}
	return pick(g.ordinal, "testName", "Design & 3D", "研发 池", "call-centre", "finance", "new-joiners",
		"contractors", "kiosk", "lab_a", "support.emea")
}

// product is the desktop type of the group.
func (g *group) product() product {
	return findProduct(pick(g.ordinal, "eds.enterprise_office.4c8g", "eds.enterprise_office.8c16g", "eds.general.2c4g",
		"ecd.basic.small", "eds.graphics.16c1t4"))
}

func (g *group) gpu() bool { return g.ordinal%5 == 4 }

func (g *group) image() (id, name string) {
	if g.ordinal == 0 {
		return "m-hn5v2mmk0q7zt", "Win10_ZC"
	}
	if g.ordinal%4 == 2 {
		return fmt.Sprintf("desktopimage-ubuntu-2204-%d", g.ordinal), "Ubuntu 22.04\n" // the line feed is the vendor's
	}
	return "m-" + base36(mix(g.w.seed, uint64(g.ordinal), 2), 13), "Win11_EN"
}

func (g *group) os() string {
	if g.ordinal%4 == 2 {
		return "Linux"
	}
	return "Windows"
}

func (g *group) protocol() string { return pick(g.ordinal/2, "ASP", "HDX") }

func (g *group) policy() []string { // ids; a group has one to three, the first being the main one
	n := 1 + g.ordinal%3
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "pg-" + base36(mix(g.w.seed, uint64(g.ordinal), uint64(10+i)), 13)
	}
	return ids
}

func (g *group) policyNames() []string {
	return []string{"All enabled policy", "No clipboard", "Watermark 水印"}[:1+g.ordinal%3]
}

func (g *group) office() (id, name, kind string) {
	kind = pick(g.ordinal, "SIMPLE", "AD_CONNECTOR", "SIMPLE", "RAM", "PERSONAL")
	word := "dir"
	if g.ordinal%2 == 1 {
		word = "os"
	}
	return fmt.Sprintf("%s+%s-%010d", g.w.region, word, 7000000000+g.ordinal%4), fmt.Sprintf("office-%d", g.ordinal%4), kind
}

func (g *group) bundle() (id, name string) {
	if g.ordinal%2 == 1 {
		return "bundle_eds_enterprise_office_" + base36(uint64(g.ordinal), 2), "Enterprise Office"
	}
	return "b-" + base36(mix(g.w.seed, uint64(g.ordinal), 3), 13), "custom bundle"
}

func (g *group) tags() []tag {
	if g.ordinal%3 == 0 {
		return nil
	}
	return []tag{{"env", pick(g.ordinal, "prod", "test")}, {"环境 env", ""}}
}

type tag struct{ Key, Value string }
