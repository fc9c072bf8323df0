package alibabasim

import (
	"errors"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The payment states of an order, as GetOrderDetail spells them.
const (
	payUnpaid   = "unpaid"
	payPaid     = "paid"
	payCanceled = "canceled"
)

// Order is an order in the cloud's own book. What ResetDesktops did stands
// there, too: it has no id and no payment.
type Order struct {
	ID            string // 15 digits
	Operation     string // ModifyDesktopSpec or ResetDesktops
	DesktopIDs    []string
	GroupIDs      []string // groups that were reset as a whole, without DesktopIDs
	DesktopType   string
	PromotionID   string
	AutoPay       bool
	CreatedAt     time.Time
	PaymentStatus string // unpaid, paid or canceled
	Params        url.Values
}

// Write is a request to change something for money or with loss: ModifyDesktopSpec or ResetDesktops.
type Write struct {
	Operation string
	Header    http.Header
	Close     bool // it asked for Connection: close
	At        time.Time
	OrderIDs  []string // what it ordered; nil if it was refused, or orders nothing
}

// wanted is what a desktop is to become.
type wanted struct {
	desktop desktop
	to      makeup
}

// order is an Order and what it does once it is paid.
type order struct {
	Order
	items  []wanted
	price  price
	paidAt time.Time
}

// place names a desktop without its state.
type place struct{ ordinal, slot int }

func (d desktop) at() place { return place{d.g.ordinal, d.slot} }

// book is all orders and writes, oldest first.
type book struct {
	orders []*order
	byID   map[string]*order
	last   map[place]*order // of each desktop
	writes []*Write
}

// note notes a request, if it is a Write.
func (s *Sim) note(r *http.Request, action string) *Write {
	if action != "ModifyDesktopSpec" && action != "ResetDesktops" {
		return nil
	}
	w := &Write{Operation: action, Header: r.Header.Clone(), Close: r.Close, At: s.c.Now()}
	s.state.Lock()
	defer s.state.Unlock()
	s.book.writes = append(s.book.writes, w)
	return w
}

// enter books an order for items. AutoPay pays it at once.
func (s *Sim) enter(p *params, items []wanted, o Order) *order {
	b := &s.book
	n := uint64(len(b.orders))
	o.ID = strconv.FormatUint(s.firstOrder()+n*10_007+mix(s.c.World.seed, n, 99)%10_007, 10)
	o.CreatedAt, o.PaymentStatus, o.Params = p.now, payUnpaid, p.values
	for _, w := range items {
		o.DesktopIDs = append(o.DesktopIDs, w.desktop.id())
	}
	booked := &order{Order: o, items: items, price: p.price(modification(items))}
	if b.byID == nil {
		b.byID, b.last = map[string]*order{}, map[place]*order{}
	}
	b.orders, b.byID[o.ID] = append(b.orders, booked), booked
	for _, w := range items {
		b.last[w.desktop.at()] = booked
	}
	if o.AutoPay {
		s.pay(booked, p.now)
	}
	return booked
}

// firstOrder is where this account's order ids begin: the cloud's are unique
// among all accounts, and so are these, for about 100,000 orders of each.
func (s *Sim) firstOrder() uint64 {
	account := fnv.New64a()
	_, _ = account.Write([]byte(s.c.Source)) // a hash never fails
	return 200_000_000_000_000 + account.Sum64()%700_000*1_000_000_000
}

// pay pays an order, and only then begins what it is for.
func (s *Sim) pay(o *order, now time.Time) {
	o.PaymentStatus, o.paidAt = payPaid, now
	for _, w := range o.items {
		s.history.add(w.desktop, change{kind: modifyDesktop, at: now, until: now.Add(s.c.ChangeTime), to: w.to})
	}
}

// Orders returns all orders so far, oldest first.
func (s *Sim) Orders() []Order {
	s.state.RLock()
	defer s.state.RUnlock()
	var list []Order
	for _, o := range s.book.orders {
		copied := o.Order
		copied.DesktopIDs, copied.GroupIDs, copied.Params = slices.Clone(o.DesktopIDs), slices.Clone(o.GroupIDs), maps.Clone(o.Params)
		list = append(list, copied)
	}
	return list
}

// Writes returns all writes that were read so far, refused or not, oldest first.
func (s *Sim) Writes() []Write {
	s.state.RLock()
	defer s.state.RUnlock()
	var list []Write
	for _, w := range s.book.writes {
		copied := *w
		copied.Header, copied.OrderIDs = w.Header.Clone(), slices.Clone(w.OrderIDs)
		list = append(list, copied)
	}
	return list
}

var (
	errNoOrder   = errors.New("alibabasim: there is no such order")
	errNotUnpaid = errors.New("alibabasim: the order is not unpaid")
)

// Pay pays an unpaid order, as a person does in the vendor's console.
func (s *Sim) Pay(orderID string) error {
	s.state.Lock()
	defer s.state.Unlock()
	o, err := s.unpaid(orderID)
	if err == nil {
		s.pay(o, s.c.Now())
	}
	return err
}

// Cancel cancels an unpaid order.
func (s *Sim) Cancel(orderID string) error {
	s.state.Lock()
	defer s.state.Unlock()
	o, err := s.unpaid(orderID)
	if err == nil {
		o.PaymentStatus = payCanceled
	}
	return err
}

func (s *Sim) unpaid(orderID string) (*order, error) {
	o := s.book.byID[orderID]
	switch {
	case o == nil:
		return nil, errNoOrder
	case o.PaymentStatus != payUnpaid:
		return nil, errNotUnpaid
	}
	return o, nil
}
