package huaweisim

import (
	"slices"
	"strings"
)

// filter is the common query of the desktop lists. What is not given matches
// everything; what is given must all match. user_name, computer_name and
// desktop_ip match a part, as the documents say of some (chosen for the rest).
type filter struct {
	status, computer, ip, image, charge, subnet, zone, enterprise, differs string

	poolIDs, kinds, ids, users, userParts, computers, tags []string

	bound, maintenance, shared, internet, isolated *bool

	found map[spot]bool // the ids, see find
}

// spot is where a desktop is: the index of its pool, and its own.
type spot struct{ pool, i int }

// find looks the ids up once: to make the id of every desktop of a large pool would take long.
func (f *filter) find(w *World) {
	f.found = map[spot]bool{}
	for _, id := range f.ids {
		if d, ok := w.desktop(id); ok {
			f.found[spot{d.pool.index, d.i}] = true
		}
	}
}

func (q *query) filter() filter {
	f := filter{
		status:      q.word("status", "ACTIVE", "SHUTOFF", "ERROR", "HIBERNATED"),
		computer:    q.text("computer_name"),
		ip:          q.text("desktop_ip"),
		image:       q.text("image_id"),
		charge:      q.word("charge_mode", "0", "1"),
		subnet:      q.text("subnet_id"),
		zone:        q.text("availability_zone"),
		enterprise:  q.text("enterprise_project_id"),
		differs:     q.word("inconsistent_type", "PRODUCT_ID", "IMAGE_ID", "DISK_NUM", "DISK_SIZE", "AUTO_ISOLATION", "PRODUCT", "IMAGE"),
		poolIDs:     q.commas("pool_id"),
		kinds:       q.words("desktop_type", q.commas("desktop_type"), "DEDICATED", "POOLED", "SHARED"),
		ids:         q.list("desktop_id"),
		users:       q.list("user_names"),
		userParts:   q.list("user_name"),
		computers:   q.list("computer_names"),
		tags:        q.commas("tag"),
		bound:       q.flag("user_attached"),
		maintenance: q.flag("in_maintenance_mode"),
		shared:      q.flag("is_share_desktop"),
		internet:    q.flag("is_support_internet"),
		isolated:    q.flag("isolated"),
	}
	if len(f.users) > 0 {
		f.userParts = nil // user_names wins
	}
	return f
}

// everything is true if every desktop of the pools asked for matches.
func (f filter) everything() bool {
	return f.status+f.computer+f.ip+f.image+f.charge+f.subnet+f.zone+f.enterprise+f.differs == "" &&
		len(f.kinds)+len(f.ids)+len(f.users)+len(f.userParts)+len(f.computers)+len(f.tags) == 0 &&
		f.bound == nil && f.maintenance == nil && f.shared == nil && f.internet == nil && f.isolated == nil
}

func (f filter) pool(p *desktopPool) bool {
	return among(f.poolIDs, p.info.ID) && (len(f.poolIDs) == 0 || !p.ordinary)
}

func (f filter) match(d desktop) bool {
	p, s := d.template(), d.state()
	return is(f.status, s.status) && is(f.image, p.ImageID) && is(f.charge, d.charge()) && is(f.zone, p.AvailabilityZone) &&
		is(f.enterprise, p.EnterpriseProjectID) && is(f.subnet, d.subnet()) && (f.differs == "" || d.differs(f.differs)) &&
		flagged(f.bound, s.bound()) && flagged(f.maintenance, s.maintenance) && flagged(f.isolated, s.isolated) &&
		flagged(f.shared, d.shareSKU() != "") && flagged(f.internet, d.internet() != "") &&
		among(f.kinds, d.kind()) && f.matchTexts(d)
}

// matchTexts is the dear part of match: its texts have to be made.
func (f filter) matchTexts(d desktop) bool {
	if len(f.ids) > 0 && !f.found[spot{d.pool.index, d.i}] {
		return false
	}
	if f.ip != "" && !strings.Contains(d.ipv4(), f.ip) {
		return false
	}
	if f.computer != "" && !strings.Contains(d.name(), f.computer) {
		return false
	}
	if len(f.computers) > 0 && !slices.Contains(f.computers, d.name()) {
		return false
	}
	if len(f.users)+len(f.userParts) > 0 {
		name, _ := d.user()
		part := func(part string) bool { return strings.Contains(name, part) }
		if !among(f.users, name) || (len(f.userParts) > 0 && !slices.ContainsFunc(f.userParts, part)) {
			return false
		}
	}
	for _, want := range f.tags { // key=value
		if !slices.ContainsFunc(d.pool.info.Tags, func(t tag) bool { return t.Key+"="+t.Value == want }) {
			return false
		}
	}
	return true
}

func is(want, got string) bool { return want == "" || want == got }

func flagged(want *bool, got bool) bool { return want == nil || *want == got }

func among(want []string, got string) bool { return len(want) == 0 || slices.Contains(want, got) }
