package alibabasim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	exampleSubscription = "ud-7ftf5b6yu77b0k3qz"
	examplePayAsYouGo   = "ud-2i8qxpv6t1a07m9wd"

	saltDigits    = 9
	groupDigits   = 3
	slotDigits    = 5
	desktopDigits = saltDigits + groupDigits + slotDigits

	deletedEvery = 13 // of so many places of an array
	deletedAt    = 5  // this one holds a deleted desktop
)

// desktop is one place of a group and what is there.
type desktop struct {
	g                        *group
	slot                     int
	status, connection, flag string
	firstUser                int // number in the group of the first user who may be there
	assigned                 int // how many users it belongs to: none, one, or up to g.bind
	sessions                 int // how many of these are connected
	changed                  makeup
}

// makeup is what a desktop is made of. A zero field is as its group has it.
type makeup struct {
	product      string // a desktop type
	system, data int    // GiB
	image        string
	reset        time.Time
}

// desktop works out what is at a place.
func (g *group) desktop(slot int) desktop {
	d := desktop{g: g, slot: slot, status: "Deleted", connection: "Unknown", flag: "NoFlag", firstUser: slot * g.bind}
	if d.example() {
		d.firstUser, d.assigned, d.sessions, d.connection, d.status = 0, 1, 1, "Connected", "Running"
		if slot > 0 {
			d.status = "Stopped" // and yet Connected and released: the vendor's example says so
		}
		return d
	}
	if d.place()%deletedEvery == deletedAt {
		return d
	}
	h := mix(g.w.seed, uint64(g.ordinal), uint64(slot)<<8)
	d.status = liveStatus(slot*7 + g.ordinal*5)
	if g.idle {
		d.status = "Stopped"
	}
	if h%8 != 0 {
		d.assigned = max(0, min(g.bind, g.users-d.firstUser))
	}
	d.connect(h >> 8)
	switch {
	case g.idle:
	case d.status == "Stopped" && h>>16%5 == 0:
		d.flag = "Updating"
	case d.status == "Stopped" && h>>16%5 == 1:
		d.flag = "Migrating"
	}
	return d
}

// liveStatus is a state for each of 23 numbers in turn. A caller that goes on
// by 7, which has no factor in common with 23, meets all of them.
func liveStatus(n int) string {
	switch n %= 23; {
	case n < 10:
		return "Running"
	case n < 16:
		return "Stopped"
	}
	return pick(n-16, "Starting", "Stopping", "Rebuilding", "Pending", "Expired", "Failed", "Hibernated")
}

// connect decides who is connected: nobody, unless it runs and has users.
func (d *desktop) connect(h uint64) {
	switch d.status {
	case "Running":
		switch {
		case d.assigned > 0 && h%5 < 3:
			d.connection, d.sessions = "Connected", 1+int(h>>8%uint64(d.assigned))
		case h%10 != 9:
			d.connection = "Disconnected"
		}
	case "Stopped", "Expired", "Hibernated", "Failed":
		if h%4 != 0 {
			d.connection = "Disconnected"
		}
	}
}

// example is true for the two desktops of the vendor's example.
func (d desktop) example() bool {
	return d.g.ordinal == 0 && d.g.id == exampleGroup && (d.slot == 0 || d.slot == d.g.prepaid)
}

// place is the number of the desktop in its array.
func (d desktop) place() int {
	if d.slot < d.g.prepaid {
		return d.slot
	}
	return d.slot - d.g.prepaid
}

func (d desktop) id() string {
	if d.example() && d.slot == 0 {
		return exampleSubscription
	}
	if d.example() {
		return examplePayAsYouGo
	}
	return d.g.prefix + d.g.salt + base36(uint64(d.g.ordinal), groupDigits) + base36(uint64(d.slot), slotDigits)
}

func (d desktop) name() string {
	if d.example() {
		return "testName"
	}
	return fmt.Sprintf("%s-%05d", strings.ReplaceAll(d.g.name(), " ", "-"), d.slot)
}

// protocol is the group's, but the vendor's example shows one of each.
func (d desktop) protocol() string {
	if d.example() && d.slot > 0 {
		return "HDX"
	}
	return d.g.protocol()
}

func (d desktop) payType() string {
	if d.slot < d.g.prepaid {
		return payPre
	}
	return payPost
}

func (d desktop) product() product {
	if d.changed.product != "" {
		return findProduct(d.changed.product)
	}
	return d.g.product()
}

// image is the image's id and name.
func (d desktop) image() (id, name string) {
	if d.changed.image != "" {
		return d.changed.image, d.g.w.images[d.changed.image].name
	}
	return d.g.image()
}

func (d desktop) os() string {
	if d.changed.image != "" {
		return d.g.w.images[d.changed.image].os
	}
	return d.g.os()
}

func (d desktop) systemGiB() int {
	_, size := d.g.systemDisk()
	return max(size, d.changed.system)
}

// dataGiB is the size of the data disk; 0: there is none.
func (d desktop) dataGiB() int {
	_, size := d.g.dataDisk()
	if size == nil {
		return 0
	}
	n, _ := strconv.Atoi(*size) // "" is none, too
	return max(n, d.changed.data)
}

// users are the names of count users, beginning with the first.
func (d desktop) users(count int) []string {
	var names []string
	for i := range count {
		names = append(names, d.g.user(d.firstUser+i))
	}
	return names
}

func (d desktop) hasAnyUser(ids []string) bool {
	for _, name := range d.users(d.assigned) {
		for _, id := range ids {
			if name == id {
				return true
			}
		}
	}
	return false
}

// hash is a number that looks random, one for each purpose.
func (d desktop) hash(purpose uint64) uint64 {
	return mix(d.g.w.seed, uint64(d.g.ordinal)<<8|purpose, uint64(d.slot))
}

func (d desktop) created() time.Time {
	if d.example() {
		return time.Date(2022, time.January, 21, 6, 34, 57, 0, time.UTC)
	}
	return epoch().Add(-time.Duration(d.hash(1)%(400*24*3600)) * time.Second)
}

func (d desktop) released() time.Time {
	return d.created().Add(epoch().Sub(d.created()) / 2).Truncate(time.Second)
}

func (d desktop) expires() time.Time {
	days := time.Duration(1+d.hash(2)%360) * 24 * time.Hour
	if d.status == "Expired" {
		days = -days
	}
	return epoch().Add(days)
}

// memberIP is the address of the NIC on the customer's side.
func (d desktop) memberIP() string { return d.ip(10) }

// primaryIP is the address of the NIC on the service's side.
func (d desktop) primaryIP() string { return d.ip(100) }

func (d desktop) ip(first int) string {
	if d.example() {
		return fmt.Sprintf("192.168.10.%d", 20+first+min(d.slot, 1))
	}
	return fmt.Sprintf("%d.%d.%d.%d", first, 64+d.g.ordinal%32*2+d.slot/64000, d.slot/250%256, d.slot%250+1)
}

// whole writes a time with seconds, as in 2022-02-17T14:51:07Z.
func whole(t time.Time) string { return t.Format("2006-01-02T15:04:05Z") }

// minutes writes a time without seconds, as in 2020-11-06T08:28Z.
func minutes(t time.Time) string { return t.Format("2006-01-02T15:04Z") }

// blank writes a time without zone, as in 2021-03-03 08:48:08.
func blank(t time.Time) string { return t.Format("2006-01-02 15:04:05") }
