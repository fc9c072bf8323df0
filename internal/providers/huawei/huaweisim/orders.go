package huaweisim

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// Order is one order in this cloud's own book, whatever its client was told of it.
type Order struct {
	ID              string
	Type            string   // as in ADD_VOLUME
	PoolID          string   // the pool, or that of the desktop; empty for a desktop in none
	DesktopIDs      []string // the one desktop; nil if the order is for the whole pool
	PromotionPlanID string
	CreatedAt       time.Time
	Status          int             // order_status
	Request         json.RawMessage // the body that ordered it
}

// Write is one request to order that was read to its end, refused or not.
type Write struct {
	Operation string
	Header    http.Header
	Close     bool // Connection: close was asked for
	At        time.Time
	OrderIDs  []string // that were made of it
}

var (
	errNoOrder = errors.New("there is no such order")
	errNotThen = errors.New("the order is not to be paid")
)

// Orders are all orders, in order of creation.
func (s *Sim) Orders() []Order {
	all := s.book.list(s.cfg.Now())
	out := make([]Order, len(all))
	for i, o := range all {
		out[i] = o.Order
	}
	return out
}

// Writes are all requests to order, in the order in which they came in.
func (s *Sim) Writes() []Write {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	out := make([]Write, len(s.book.writes))
	for i, w := range s.book.writes {
		out[i] = *w
		out[i].OrderIDs = slices.Clone(w.OrderIDs)
	}
	return out
}

// Pay pays an order as its customer would. The error is for an unknown order, and for one that is not to be paid.
func (s *Sim) Pay(orderID string) error { return s.settle(orderID, processing) }

// Cancel gives up an order that is not paid yet. Errors are those of Pay.
func (s *Sim) Cancel(orderID string) error { return s.settle(orderID, canceled) }

func (s *Sim) settle(orderID string, status int) error {
	known, moved := s.book.move(orderID, status, s.cfg.Now().UTC(), toBePaid)
	switch {
	case !known:
		return errNoOrder
	case !moved:
		return errNotThen
	}
	return nil
}

// Push gives an order any order_status, with what follows from that: 3 starts
// its job, 5 carries it out, 7 ends in 4. The error is for an unknown order.
func (s *Sim) Push(orderID string, status int) error {
	if known, _ := s.book.move(orderID, status, s.cfg.Now().UTC()); !known {
		return errNoOrder
	}
	return nil
}

// orderResult is OrderV5.
type orderResult struct {
	OrderID     string `json:"order_id,omitempty"`
	OrderStatus int    `json:"order_status,omitempty"`
	Result      string `json:"result,omitempty"`
	ResultCode  string `json:"result_code,omitempty"`
	ResultMsg   string `json:"result_msg,omitempty"`
}

// soldOut has a code that is chosen.
func soldOut() *failure {
	return &failure{400, "WKS.00010045", "The resources are sold out."}
}

// createChangeOrder answers POST /desktop-pool/periodic/change/order: one order
// for a pool, or one for each desktop. All that is refused is refused as a
// whole; only the fault partial_failure fails single orders, every second one, and
// beside the order for a whole pool another (chosen).
func (s *Sim) createChangeOrder(c *call) (reply, *failure) {
	change, err := readOrder(c.body)
	if err != nil {
		return reply{}, err
	}
	targets, err := s.resolve(&change, c.world)
	if err != nil {
		return reply{}, err
	}
	if err := change.conflict(targets); err != nil {
		return reply{}, err
	}
	planned := fault.Of(c.r)
	if planned == fault.SoldOut {
		return reply{}, soldOut()
	}
	rows := []orderResult{}
	failed := orderResult{Result: "FAIL", ResultCode: soldOut().code, ResultMsg: soldOut().msg}
	for i, t := range targets {
		if planned == fault.PartialFailure && i%2 == 1 {
			rows = append(rows, failed)
			continue
		}
		o := newOrder(&change, t, c.body, s.price(c, &change, t))
		s.book.place(o, c.now, c.write)
		rows = append(rows, s.result(o.ID))
	}
	if planned == fault.PartialFailure && targets[0].i < 0 {
		rows = append(rows, failed)
	}
	return reply{body: map[string]any{"orders": rows}}, nil
}

func newOrder(c *change, t target, body []byte, p price) *order {
	o := &order{change: c, pool: t.pool.index, desktop: t.i, count: t.desktops(), price: p}
	o.Type, o.PromotionPlanID, o.Request = c.kind, c.promotion, body
	if !t.pool.ordinary {
		o.PoolID = t.pool.info.ID
	}
	if t.i >= 0 {
		o.DesktopIDs = []string{desktop(t).id()}
	}
	return o
}

func (s *Sim) result(orderID string) orderResult {
	row := orderResult{OrderID: orderID, OrderStatus: toBePaid}
	if s.cfg.ResultSuccess {
		row.Result = "SUCCESS"
	}
	return row
}
