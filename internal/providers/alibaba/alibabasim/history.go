package alibabasim

import "time"

// changeKind is what is done to a desktop.
type changeKind int

const (
	startDesktop  changeKind = iota // Stopped -> Starting -> Running
	stopDesktop                     // Running -> Stopping -> Stopped
	resetDesktop                    // -> Rebuilding -> as before, with another image
	modifyDesktop                   // ManagementFlag Updating, then another makeup
)

// change is one thing that is done to a desktop, or to all of a group. What a
// desktop is like at a time follows from its changes; nothing runs in between.
type change struct {
	number    int // in the order of all changes
	at, until time.Time
	kind      changeKind
	payType   string // of a whole group: only desktops paid so; empty: all
	to        makeup
}

// past is the changes of one group.
type past struct {
	whole []change         // of all its desktops
	slots map[int][]change // of the one at a place
}

// history is what was done to a world. Only desktops that were changed one by
// one cost memory. The zero value is ready to use.
type history struct {
	groups map[int]*past // by ordinal
	count  int
}

func (h *history) of(g *group) *past {
	if h.groups == nil {
		h.groups = map[int]*past{}
	}
	p := h.groups[g.ordinal]
	if p == nil {
		p = &past{slots: map[int][]change{}}
		h.groups[g.ordinal] = p
	}
	return p
}

// add notes a change of one desktop.
func (h *history) add(d desktop, c change) {
	h.count++
	c.number = h.count
	p := h.of(d.g)
	p.slots[d.slot] = append(p.slots[d.slot], c)
}

// addWhole notes a change of a whole group.
func (h *history) addWhole(g *group, c change) {
	h.count++
	c.number = h.count
	p := h.of(g)
	p.whole = append(p.whole, c)
}

// view is a world with its history, as at a time.
type view struct {
	*history
	now time.Time
}

// desktop is what is at a place.
func (v view) desktop(g *group, slot int) desktop {
	d := g.desktop(slot)
	p := v.groups[g.ordinal]
	if p == nil {
		return d
	}
	m := motion{now: d, then: d}
	whole, own := p.whole, p.slots[slot]
	for len(whole) > 0 || len(own) > 0 {
		if len(own) == 0 || len(whole) > 0 && whole[0].number < own[0].number {
			m.apply(whole[0])
			whole = whole[1:]
		} else {
			m.apply(own[0])
			own = own[1:]
		}
	}
	return m.at(v.now)
}

// totals counts the desktops of g. Most are as they ever were, so that only
// the changed ones are looked at; a group that is being reset is counted anew.
func (v view) totals(g *group) totals {
	p := v.groups[g.ordinal]
	if p == nil {
		return g.totals
	}
	if n := len(p.whole); n > 0 && v.now.Before(p.whole[n-1].until) {
		return g.count(func(slot int) desktop { return v.desktop(g, slot) })
	}
	t := g.totals.clone()
	for slot := range p.slots {
		t.add(g.desktop(slot), -1)
		t.add(v.desktop(g, slot), 1)
	}
	return t
}

// motion is a desktop that is becoming another.
type motion struct {
	now, then desktop
	until     time.Time
}

func (m motion) at(t time.Time) desktop {
	if t.Before(m.until) {
		return m.now
	}
	return m.then
}

// apply begins a change. One that comes while another is under way ends no
// earlier than that.
func (m *motion) apply(c change) {
	now, then := m.at(c.at), m.then
	switch c.kind {
	case startDesktop:
		now.status, now.connection = "Starting", "Unknown"
		then.status, then.connection = "Running", "Disconnected"
	case stopDesktop:
		now.status, now.connection, now.sessions = "Stopping", "Unknown", 0
		then.status, then.connection, then.sessions = "Stopped", "Disconnected", 0
	case resetDesktop:
		if !now.resettable() || !is(c.payType, now.payType()) {
			return
		}
		now.status, now.connection, now.sessions = "Rebuilding", "Unknown", 0
		then.changed.take(c.to) // who was connected connects again
	case modifyDesktop:
		now.flag = "Updating"
		then.changed.take(c.to)
	}
	m.now, m.then = now, then
	if c.until.After(m.until) {
		m.until = c.until
	}
}

// resettable is true for a desktop that can be reset: at rest, and running or stopped.
func (d desktop) resettable() bool {
	return d.flag == "NoFlag" && (d.status == "Running" || d.status == "Stopped")
}

// take overwrites what to says.
func (m *makeup) take(to makeup) {
	if to.product != "" {
		m.product = to.product
	}
	if to.image != "" {
		m.image = to.image
	}
	if !to.reset.IsZero() {
		m.reset = to.reset
	}
	m.system, m.data = max(m.system, to.system), max(m.data, to.data)
}
