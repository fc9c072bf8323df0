package providertest

import (
	"context"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/memory"
)

// shop is a memory cloud that can be ordered from and broken, and whose
// Orderer and Catalogue can be made to lie. Nil changes nothing.
type shop struct {
	*breakable
	cloud     *memory.Cloud
	orderer   pool.Orderer
	catalogue pool.Catalogue

	with     func(context.Context) context.Context // of reads
	sending  func(context.Context) context.Context
	err      func(error) error
	ask      func(*pool.Order)
	plan     func(*pool.Plan)
	price    func(*pool.Price)
	call     func(*pool.OrderCall)
	sent     func(*pool.Sent)
	suspect  func(*pool.Suspect)
	found    func(*pool.Evidence)
	products func(*pool.Answer[[]pool.Offer])
	images   func(*pool.Answer[[]pool.ImageOffer])
}

// newShop has pools of two and three desktops, which are prepaid and stopped.
func newShop(t *testing.T) (OrdersFixture, *shop) {
	t.Helper()
	size := 100
	wood := func(id string, desktops ...string) memory.Pool {
		p := memory.Pool{Pool: pool.Pool{
			NativeID: id, Name: "the pool " + id, BillingMode: pool.Prepaid, Product: pool.Product{ID: "small"}, Image: pool.Image{ID: "plain-windows"},
			Disks: []pool.Disk{{ID: "system", Role: pool.SystemDisk, NativeType: "slow", SizeGiB: &size}},
		}}
		for _, d := range desktops {
			p.Desktops = append(p.Desktops, pool.Desktop{
				NativeID: d, BillingMode: pool.Prepaid, PowerState: pool.Stopped, ConnectionState: pool.Idle, LifecycleState: pool.LifecycleReady,
				Product: p.Product, Image: p.Image, Disks: p.Disks,
			})
		}
		return p
	}
	pools := []memory.Pool{wood("oak", "oak-1", "oak-2", "oak-3"), wood("elm", "elm-1", "elm-2")}
	pools[0].Desktops[1].PowerState, pools[0].Desktops[1].ConnectionState = pool.Running, pool.Connected
	cloud, err := memory.Open(memory.Config{ID: "mem", Region: "here", Pools: pools})
	if err != nil {
		t.Fatal(err)
	}
	_, b := newFixture(t)
	source := cloud.Source()
	b.Reader = source.Reader
	s := &shop{breakable: b, cloud: cloud, orderer: source.Ordering.Orderer, catalogue: source.Catalogue}
	source.Reader, source.Drift = b, b.drift
	source.Catalogue = s
	source.Ordering = &pool.Ordering{Orderer: s, Types: source.Ordering.Types}
	source.Ordering.Types = source.Ordering.Types[:4:4] // so that there are others
	return OrdersFixture{
		Fixture: Fixture{
			Source: source, UnknownPoolID: "ash", UnknownDesktopID: "ash-1",
			Break: b.strike, Heal: b.heal, Secrets: []string{secret}, Calls: func() int { return int(b.calls.Load()) },
		},
		Orders: []pool.Order{
			{Type: pool.AddVolumeOrder, PoolID: "oak", AddVolume: &pool.AddVolume{VolumeType: "fast", VolumeSizeGiB: 10}},
			{Type: pool.ExtendVolumeOrder, DesktopIDs: []string{"elm-1", "oak-2"}, ExtendVolume: &pool.ExtendVolume{DiskID: "system", NewSizeGiB: 200}, PromotionPlanID: "p"},
			{Type: pool.ResizeOrder, DesktopIDs: []string{"oak-1"}, Resize: &pool.Resize{ProductID: "large"}, AutoPay: true},
			{Type: pool.ChangeImageOrder, PoolID: "elm", ChangeImage: &pool.ChangeImage{ImageID: "plain-linux"}},
		},
		Writes: cloud.Writes,
		Booked: func() []string {
			var ids []string
			for _, o := range cloud.Orders() {
				ids = append(ids, o.ID)
			}
			return ids
		},
		LoseAnswer: func() { cloud.Decide(memory.InTurn(memory.LoseAnswer)) },
		Disconnect: func() func() {
			cloud.Decide(func(pool.OrderCall) memory.Fate { return memory.Unreachable })
			return func() { cloud.Decide(nil) }
		},
	}, s
}

// changed is v after change, which may be nil.
func changed[T any](v T, change func(*T)) T {
	if change != nil {
		change(&v)
	}
	return v
}

// lied is what the shop makes of an answer.
func lied[T any](ctx context.Context, s *shop, ask func(context.Context) (T, error), change func(*T)) (T, error) {
	if s.with != nil {
		ctx = s.with(ctx)
	}
	v, err := call(ctx, s.breakable, func() (T, error) { return ask(ctx) })
	if err != nil {
		if s.err != nil {
			err = s.err(err)
		}
		return v, err
	}
	return changed(v, change), nil
}

func (s *shop) Plan(ctx context.Context, o pool.Order) (pool.Plan, error) {
	types := []pool.OrderType{pool.AddVolumeOrder, pool.ExtendVolumeOrder, pool.ResizeOrder, pool.ChangeImageOrder}
	o = changed(o, s.ask)
	return lied(ctx, s, func(ctx context.Context) (pool.Plan, error) {
		for _, t := range types {
			if t == o.Type {
				return s.orderer.Plan(ctx, o)
			}
		}
		return pool.Plan{}, &pool.Error{Kind: pool.Invalid, Source: s.source, Op: "plan an order"}
	}, s.plan)
}

func (s *shop) Price(ctx context.Context, o pool.Order, p pool.Plan) (pool.Price, error) {
	return lied(ctx, s, func(ctx context.Context) (pool.Price, error) { return s.orderer.Price(ctx, o, p) }, s.price)
}

func (s *shop) Look(ctx context.Context, q pool.Suspect) (pool.Evidence, error) {
	q = changed(q, s.suspect)
	return lied(ctx, s, func(ctx context.Context) (pool.Evidence, error) { return s.orderer.Look(ctx, q) }, s.found)
}

func (s *shop) Send(ctx context.Context, c pool.OrderCall, at time.Time) pool.Sent {
	if s.sending != nil {
		ctx = s.sending(ctx)
	}
	return changed(s.orderer.Send(ctx, changed(c, s.call), at), s.sent)
}

func (s *shop) Products(ctx context.Context) (pool.Answer[[]pool.Offer], error) {
	return lied(ctx, s, s.catalogue.Products, s.products)
}

func (s *shop) Images(ctx context.Context) (pool.Answer[[]pool.ImageOffer], error) {
	return lied(ctx, s, s.catalogue.Images, s.images)
}
