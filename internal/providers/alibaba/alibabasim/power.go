package alibabasim

import "slices"

type doneAnswer struct {
	RequestID string `json:"RequestId"`
}

func (s *Sim) startDesktops(p *params) any { return s.power(p, "Stopped", startDesktop) }

func (s *Sim) stopDesktops(p *params) any {
	p.word("StoppedMode", "StopCharging", "KeepCharging")
	return s.power(p, "Running", stopDesktop)
}

// power changes desktops that are all in one state and at rest, or none of them.
func (s *Sim) power(p *params, from string, kind changeKind) any {
	desktops := s.named(p)
	if len(desktops) == 0 {
		p.fail(missing("DesktopId"))
	}
	for _, d := range desktops {
		if d.status != from || d.flag != "NoFlag" {
			p.fail(errDesktopStatus())
		}
	}
	if p.err != nil {
		return nil
	}
	for _, d := range desktops {
		s.history.add(d, change{kind: kind, at: p.now, until: p.now.Add(s.c.ChangeTime)})
	}
	return doneAnswer{p.requestID}
}

// named is the desktops of DesktopId, each once. An unknown one is an error of the whole call.
func (s *Sim) named(p *params) []desktop {
	var desktops []desktop
	for _, id := range p.list("DesktopId", mostOthers) {
		d, ok := s.find(p, id)
		if !ok {
			p.fail(errUnknownDesktop())
			return nil
		}
		if !slices.Contains(desktops, d) {
			desktops = append(desktops, d)
		}
	}
	return desktops
}

// resetDesktops puts pooled desktops back to an image, by default the one that
// they have. It makes no order. Named desktops are all reset, or none; of a group
// those that run or are stopped, which the vendor leaves open. Groups keep their own
// image for desktops to come.
func (s *Sim) resetDesktops(p *params) any {
	p.required("ResetType")
	p.word("ResetType", "0", "1", "2", "3")
	p.word("ResetScope", "ALL", "IMAGE")
	c := change{
		kind: resetDesktop, at: p.now, until: p.now.Add(s.c.ChangeTime),
		payType: p.word("PayType", payPre, payPost), to: makeup{image: s.imageFor(p), reset: p.now.Add(s.c.ChangeTime)},
	}
	desktops := s.named(p)
	var groups []*group
	if len(desktops) == 0 {
		groups = s.namedGroups(p)
	}
	for _, d := range desktops {
		if d.g == s.c.World.dedicated {
			p.fail(errUnknownDesktop())
		} else if !d.resettable() {
			p.fail(errDesktopStatus())
		}
	}
	if p.err != nil {
		return nil
	}
	done := &order{Order: Order{Operation: "ResetDesktops", CreatedAt: p.now, Params: p.values}}
	for _, d := range desktops {
		done.DesktopIDs = append(done.DesktopIDs, d.id())
		c.payType = "" // they are named
		s.history.add(d, c)
	}
	for _, g := range groups {
		done.GroupIDs = append(done.GroupIDs, g.id)
		s.history.addWhole(g, c)
	}
	s.book.orders = append(s.book.orders, done)
	return doneAnswer{p.requestID}
}

// imageFor is ImageId, which has to be an image that can be used; "" keeps the image.
func (s *Sim) imageFor(p *params) string {
	id := p.text("ImageId")
	if id == "" {
		return ""
	}
	switch i, ok := s.c.World.images[id]; {
	case !ok:
		p.fail(errUnknownImage())
	case i.status != "Available":
		p.fail(errImageStatus())
	}
	return id
}

// namedGroups is DesktopGroupId and DesktopGroupIds, of which one has to be
// there. For a write an unknown group is an error, which the vendor leaves open.
func (s *Sim) namedGroups(p *params) []*group {
	ids := p.list("DesktopGroupIds", mostOthers)
	if id := p.text("DesktopGroupId"); id != "" {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		p.fail(missing("DesktopGroupId"))
	}
	var groups []*group
	for _, id := range ids {
		g := s.c.World.group(id)
		if g == nil || p.elsewhere {
			p.fail(errUnknownGroup())
		} else if !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	return groups
}
