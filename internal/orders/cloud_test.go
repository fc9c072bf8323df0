package orders

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/pool"
)

// shop is a cloud that sells. It books what is sent, unless send says otherwise.
type shop struct {
	mu      sync.Mutex
	calls   int           // that an order is made of
	none    bool          // it keeps no books, and makes no orders
	price   string        // empty: it has no price call
	late    time.Duration // until an order stands in the books
	sends   int
	booked  []pool.CloudOrder
	changed *bool
	plan    func(*pool.Plan)
	send    func(n int, book func() pool.CloudOrder) pool.Sent // n counts from 1
	lookErr error
	planned int
	foreign []pool.CloudOrder // what others have ordered
}

func number(n int) *int { return &n }

func (s *shop) source() pool.Source {
	return pool.Source{ID: "shop", Cloud: pool.Memory, Ordering: &pool.Ordering{Orderer: s, Types: []pool.OrderSupport{{
		Type: pool.AddVolumeOrder, Price: s.price != "",
		Parameters: []pool.Parameter{
			{Name: "volume_type", Type: pool.TextParameter, Allowed: []string{"SAS", "SSD"}},
			{Name: "volume_size_gib", Type: pool.IntegerParameter, Min: number(10), Max: number(8200), Step: number(10)},
			{Name: "promotion_plan_id", Type: pool.TextParameter, Length: number(8)},
		},
	}, {
		Type:       pool.ExtendVolumeOrder,
		Parameters: []pool.Parameter{{Name: "disk_id", Type: pool.TextParameter}, {Name: "new_size_gib", Type: pool.IntegerParameter}},
	}}}}
}

func (s *shop) Plan(_ context.Context, o pool.Order) (pool.Plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned++
	if o.PoolID == "none" {
		return pool.Plan{}, &pool.Error{Kind: pool.NotFound}
	}
	p := pool.Plan{
		Pools:  []pool.Pool{{NativeID: o.PoolID, BillingMode: pool.Prepaid, Disks: []pool.Disk{{ID: "d1", SizeGiB: number(100)}}}},
		Impact: pool.Impact{Desktops: number(3)},
	}
	if o.PoolID == "" {
		p.Pools[0].NativeID = "of-" + o.DesktopIDs[0]
		for _, id := range o.DesktopIDs {
			p.Desktops = append(p.Desktops, pool.Desktop{NativeID: id, BillingMode: pool.Prepaid})
		}
	}
	for i := range max(s.calls, 1) {
		call := pool.OrderCall{Operation: "Buy", PoolID: o.PoolID, Orders: 1, Request: json.RawMessage(strconv.Itoa(i))}
		if s.none {
			call.Orders = 0
		}
		p.Calls = append(p.Calls, call)
	}
	if s.plan != nil {
		s.plan(&p)
	}
	return p, nil
}

func (s *shop) Price(context.Context, pool.Order, pool.Plan) (pool.Price, error) {
	if s.price == "" {
		return pool.Price{Reason: pool.NoPriceCall}, nil
	}
	return pool.Price{Amount: &pool.Money{Amount: s.price, Currency: "CNY"}}, nil
}

func (s *shop) Send(_ context.Context, _ pool.OrderCall, at time.Time) pool.Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sends++
	book := func() pool.CloudOrder {
		o := pool.CloudOrder{ID: "C" + strconv.Itoa(len(s.booked)+1), PaymentState: pool.PayAwaitingPayment, CreatedAt: at}
		if s.price != "" {
			o.Amount = &pool.Money{Amount: s.price, Currency: "CNY"}
		}
		s.booked = append(s.booked, o)
		return o
	}
	if s.send != nil {
		return s.send(s.sends, book)
	}
	return placed(book())
}

func placed(orders ...pool.CloudOrder) pool.Sent {
	return pool.Sent{State: pool.CallPlaced, Orders: orders, RequestID: "r1", Native: json.RawMessage(`{}`)}
}

func failed(state pool.SentState, kind pool.Kind) pool.Sent {
	return pool.Sent{State: state, Err: &pool.Error{Kind: kind, Op: "place an order"}}
}

// lost is an order that was booked, and whose answer never came.
func lost(_ int, book func() pool.CloudOrder) pool.Sent {
	book()
	return failed(pool.CallUnknown, pool.Timeout)
}

func (s *shop) Look(_ context.Context, q pool.Suspect) (pool.Evidence, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lookErr != nil {
		return pool.Evidence{}, s.lookErr
	}
	e := pool.Evidence{Changed: s.changed}
	for _, o := range append(append([]pool.CloudOrder{}, s.booked...), s.foreign...) {
		if o.DesktopIDs != nil && o.DesktopIDs[0] != q.Order.PoolID { // another's; a pool here is its own desktop
			continue
		}
		if !time.Now().Before(o.CreatedAt.Add(s.late)) && o.CreatedAt.After(q.At.Add(-margin)) && o.CreatedAt.Before(q.Until.Add(margin)) {
			e.Orders = append(e.Orders, o)
		}
	}
	if s.none {
		e.Orders = nil
	}
	return e, nil
}

// desk is a Desk over a shop. Its looking up ends with the test.
func desk(t *testing.T, l Ledger, s *shop) (*Desk, *pool.Service) {
	t.Helper()
	d := New(Options{Ledger: l, Sole: true, Log: zerolog.Nop()})
	d.Use([]pool.Source{s.source()})
	return d, pool.NewService([]pool.Source{s.source()})
}

// running lets d look up until the test ends, or stop is called.
func running(t *testing.T, d *Desk) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { d.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	t.Cleanup(stop)
	return stop
}

// volume is a request for a volume in a pool.
func volume(key, poolID string, size int) Request {
	return Request{Tenant: "t", Key: key, KeyID: "k", RequestID: "req", Draft: Draft{
		Pool:  &pool.ID{Source: "shop", Native: poolID},
		Order: pool.Order{Type: pool.AddVolumeOrder, AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: size}},
		Body:  json.RawMessage(`{}`),
	}}
}
