package alibabasim

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// The bounds of disks in GiB, both multiples of diskStep.
const (
	diskStep              = 10
	leastRoot, mostRoot   = 80, 500
	mostUser              = 1020
	gatewayRoot           = 32768 // past these the gateway itself refuses
	gatewayUser           = 65536
	mostSpecs, mostOthers = 20, 100 // desktops of one call
)

// leastUser is the smallest data disk beside a type.
func leastUser(p product) int {
	if p.gpu {
		return 40
	}
	return 20
}

type modifyAnswer struct {
	RequestID string  `json:"RequestId"`
	OrderID   string  `json:"OrderId"`
	OrderIDs  []int64 `json:"OrderIds"`
}

// modifyDesktopSpec orders another type, larger disks, or both, for up to 20
// desktops: all of them, or an error.
func (s *Sim) modifyDesktopSpec(p *params) any {
	items := s.readSpecs(p, "DesktopId", "DesktopType")
	p.word("ResourceType", "DesktopMonthPackage")
	p.word("UserDiskPerformanceLevel", "PL0", "PL1", "PL2", "PL3")
	o := Order{
		Operation: "ModifyDesktopSpec", DesktopType: p.text("DesktopType"), PromotionID: p.text("PromotionId"),
		AutoPay: p.flag("AutoPay", true),
	}
	s.admitChange(p, items, o.AutoPay)
	if p.err != nil {
		return nil
	}
	batches := [][]wanted{items}
	if s.c.OrderEachDesktop {
		batches = slices.Collect(slices.Chunk(items, 1))
	}
	answer := modifyAnswer{RequestID: p.requestID}
	for _, batch := range batches {
		id := s.enter(p, batch, o).ID
		number, _ := strconv.ParseInt(id, 10, 64) // it is made of digits
		answer.OrderIDs = append(answer.OrderIDs, number)
		p.write.OrderIDs = append(p.write.OrderIDs, id)
	}
	answer.OrderID = p.write.OrderIDs[0]
	return answer
}

// readSpecs reads which desktops are to become what: either the one that idName
// names, or ResourceSpecs. Sizes of the whole call hold where a desktop has no
// own; 0 changes nothing.
func (s *Sim) readSpecs(p *params, idName, typeName string) []wanted {
	type spec struct {
		id         string
		root, user int
	}
	product := findProduct(p.required(typeName))
	if product.id == "" {
		p.fail(invalid(typeName))
	}
	all := spec{p.text(idName), p.number("RootDiskSizeGib", 0, gatewayRoot, 0), p.number("UserDiskSizeGib", 0, gatewayUser, 0)}
	var specs []spec
	for _, n := range p.numbered("ResourceSpecs") {
		prefix := fmt.Sprintf("ResourceSpecs.%d.", n)
		id := p.text(prefix + "DesktopId")
		if id == "" {
			p.fail(missing("DesktopId"))
		}
		specs = append(specs, spec{
			id, p.number(prefix+"RootDiskSizeGib", 0, gatewayRoot, all.root), p.number(prefix+"UserDiskSizeGib", 0, gatewayUser, all.user),
		})
	}
	switch {
	case len(specs) > mostSpecs || len(specs) > 0 && all.id != "":
		p.fail(invalid("ResourceSpecs"))
	case len(specs) == 0 && all.id == "":
		p.fail(missing(idName))
	case len(specs) == 0:
		specs = append(specs, all)
	}
	if p.err != nil {
		return nil
	}
	var items []wanted
	for _, sp := range specs {
		d, ok := s.find(p, sp.id)
		if !ok {
			p.fail(errUnknownDesktop())
			return nil
		}
		if slices.ContainsFunc(items, func(w wanted) bool { return w.desktop.at() == d.at() }) {
			p.fail(invalid("ResourceSpecs"))
		}
		items = append(items, wanted{d, makeup{product: product.id, system: sp.root, data: sp.user}})
	}
	for _, w := range items {
		w.check(p)
	}
	return items
}

// check holds w against what may be changed into what: disks only grow, and
// a data disk that is not there cannot.
func (w wanted) check(p *params) {
	d, to := w.desktop, findProduct(w.to.product)
	switch {
	case !d.product().becomes(to):
		p.fail(errTypeChange())
	case !grows(d.systemGiB(), w.to.system, leastRoot, mostRoot):
		p.fail(invalid("RootDiskSizeGib"))
	case !grows(d.dataGiB(), w.to.data, leastUser(to), mostUser), d.dataGiB() == 0 && w.to.data > 0:
		p.fail(invalid("UserDiskSizeGib"))
	}
}

// grows is true if a disk may go from one size to another; 0 or the same size changes nothing.
func grows(from, to, least, most int) bool {
	return to == 0 || to == from || to > from && to >= least && to <= most && to%diskStep == 0
}

// admitChange refuses what cannot be ordered now.
func (s *Sim) admitChange(p *params, items []wanted, autoPay bool) {
	switch p.fault {
	case fault.SoldOut:
		p.fail(errSoldOut())
	case fault.PartialFailure:
		p.fail(errDesktopStatus())
	}
	for _, w := range items {
		last := s.book.last[w.desktop.at()]
		switch {
		case last != nil && last.PaymentStatus == payUnpaid && s.c.UnpaidBlocks:
			p.fail(errUnpaid())
		case last != nil && last.PaymentStatus != payCanceled && p.now.Before(last.CreatedAt.Add(s.c.Guard)):
			p.fail(errTooFrequent())
		case w.desktop.status != "Stopped" || w.desktop.flag != "NoFlag":
			p.fail(errDesktopStatus())
		case findProduct(w.to.product).soldOut && w.to.product != w.desktop.product().id:
			p.fail(errSoldOut())
		}
	}
	if autoPay && s.c.InsufficientBalance {
		p.fail(errBalance())
	}
}
