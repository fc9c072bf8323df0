package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
)

// Request asks for an order to be placed.
type Request struct {
	Draft
	Tenant    string
	Key       string // the Idempotency-Key
	KeyID     string // of the credentials
	RequestID string
}

// slack is how much longer than its time-out a process may hold an order.
const slack = 30 * time.Second

// Place places an order, unless the key has one, which is returned as it is
// now, with replayed. Once it is reserved the order goes on when ctx ends;
// then the error is InProgress.
//
// Errors: Unprocessable, Unsupported, KeyReused, InProgress, Unresolved,
// PriceChanged, Unrecorded, Conflict, those of a Reader. With an error nothing
// was sent, but for InProgress and Unrecorded, where it is not known.
func (d *Desk) Place(ctx context.Context, s *pool.Service, r Request) (rec Record, replayed bool, err error) {
	if err := d.on(); err != nil {
		return Record{}, false, err
	}
	o, id, err := r.order()
	if err != nil {
		return Record{}, false, err
	}
	mark := fingerprint(id, o, r.MaxAmount)
	key := tenantKey{r.Tenant, r.Key}
	if err := d.claim(key, mark); err != nil {
		return Record{}, false, err
	}
	d.working.Add(1)
	done := func() { d.release(key); d.working.Done() }
	handed := false
	defer func() { // after a panic, too
		if !handed {
			done()
		}
	}()

	old, err := d.o.Ledger.Get(ctx, Ref{Tenant: r.Tenant, Key: r.Key})
	again := err == nil && old.State == NotSent && old.Fingerprint == mark
	switch {
	case err != nil && !errors.Is(err, pool.NotFound):
		return Record{}, false, err
	case err == nil && !again:
		return replay(old, mark)
	}
	rec, p, err := d.draw(ctx, s, r, mark)
	if err != nil {
		return Record{}, false, err
	}
	if again {
		rec = anew(old, rec)
	}
	handed = true
	return d.hand(ctx, p, rec, mark, done)
}

// replay is what the key's order answers for itself.
func replay(rec Record, mark string) (Record, bool, error) {
	if rec.Fingerprint != mark {
		return Record{}, false, underWay(false)
	}
	if rec.State == Reserved || rec.State == Sending {
		return Record{}, false, underWay(true)
	}
	return rec, true, nil
}

// draw makes the record of an order that can be placed. It only reads.
func (d *Desk) draw(ctx context.Context, s *pool.Service, r Request, mark string) (Record, prepared, error) {
	p, err := d.prepare(ctx, s, r.Draft)
	if err != nil {
		return Record{}, p, err
	}
	if p.plan.Obstacle != nil {
		return Record{}, p, p.blame(r.Draft, p.plan.Obstacle)
	}
	estimate, err := p.price(ctx, r.Draft)
	if err != nil {
		return Record{}, p, err
	}
	at := now()
	rec := Record{
		ID: newID(at), Tenant: r.Tenant, Key: r.Key, KeyID: r.KeyID, RequestID: r.RequestID, Fingerprint: mark,
		Source: p.source.ID, Account: p.source.Account, Cloud: p.source.Cloud, Attempt: 1, Order: p.order, MaxAmount: r.MaxAmount, Body: slices.Clone(r.Body),
		Estimate: &estimate, CreatedAt: at,
	}
	for _, target := range p.plan.Pools {
		rec.Pools = append(rec.Pools, target.NativeID)
	}
	slices.Sort(rec.Pools)
	for _, call := range p.plan.Calls {
		rec.Items = append(rec.Items, Item{Call: call, State: ItemPending})
	}
	rec.step(at, Reserved, "The order was checked and priced. Nothing is sent yet.")
	rec.LeaseUntil = at.Add(d.o.Timeout + slack)
	return rec, p, nil
}

// anew is the record of an order that was not sent and is tried again.
func anew(old, rec Record) Record {
	rec.ID, rec.CreatedAt, rec.Version, rec.Attempt = old.ID, old.CreatedAt, old.Version, old.Attempt+1
	rec.History = append(slices.Clone(old.History), rec.History...)
	return rec
}

// step adds a state to the history.
func (r *Record) step(at time.Time, state State, note string) {
	r.State, r.UpdatedAt = state, at
	r.History = append(slices.Clip(r.History), Event{At: at, State: state, Note: note})
	if over := len(r.History) - maxHistory; over > 0 { // of very many attempts
		r.History = slices.Delete(slices.Clone(r.History), 1, 1+over)
	}
}

// maxHistory is how many events of an order are kept: the first, and the latest.
const maxHistory = 150

// placement is how a request to place an order ended.
type placement struct {
	rec      Record
	replayed bool
	err      error
}

// hand places the order for as long as that takes, and waits for it as long
// as the caller does.
func (d *Desk) hand(ctx context.Context, p prepared, rec Record, mark string, done func()) (Record, bool, error) {
	ended := make(chan placement, 1)
	go func() { // ends within the time-outs of its calls
		got := d.execute(context.WithoutCancel(ctx), p, rec, mark)
		done() // first: who has the answer may ask again
		ended <- got
	}()
	select {
	case got := <-ended:
		return got.rec, got.replayed, got.err
	case <-ctx.Done():
		return Record{}, false, underWay(true)
	}
}

// execute reserves the order and carries it out. After a panic the record is
// found under way, and looked up.
func (d *Desk) execute(ctx context.Context, p prepared, rec Record, mark string) (got placement) {
	defer d.work(rec.ID)()
	defer func() {
		if v := recover(); v != nil {
			got = placement{err: underWay(true)}
			d.o.Log.Error().Str("order", rec.ID).Msg(fmt.Sprintf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	kept, err := d.reserve(ctx, rec)
	switch {
	case errors.Is(err, KeyTaken):
		got.rec, got.replayed, got.err = replay(kept, mark)
	case err != nil:
		got.err = err
	default:
		got.rec, got.err = d.carryOut(ctx, p.source, kept)
	}
	return got
}

// reserve keeps the order, which takes its key and its pools.
func (d *Desk) reserve(ctx context.Context, rec Record) (Record, error) {
	var kept Record
	var err error
	if rec.Version == 0 {
		kept, err = d.o.Ledger.Create(ctx, rec)
	} else {
		kept, err = d.o.Ledger.Change(ctx, rec)
	}
	switch {
	case errors.Is(err, PoolTaken):
		return Record{}, &pool.Error{
			Kind: Unresolved, Source: rec.Source, Op: "reserve the order", RetryAfter: d.o.Pace.First,
			Detail: "Another order of one of its pools is under way, or nobody knows yet what became of it.",
		}
	case errors.Is(err, Changed): // somebody else tries it again
		return Record{}, underWay(true)
	}
	return kept, err
}

// carryOut sends the calls of a reserved order, one after the other, and keeps
// what became of each. The error is Unrecorded, or Changed's InProgress.
func (d *Desk) carryOut(ctx context.Context, src pool.Source, rec Record) (Record, error) {
	for i := range rec.Items {
		if i > 0 && d.leaving.Load() {
			break // the process ends: what follows is not begun
		}
		next := rec
		next.Items = slices.Clone(rec.Items)
		at := now()
		next.Items[i].State, next.Items[i].SentAt = ItemSending, at
		next.LeaseUntil = at.Add(d.o.Timeout + slack)
		if next.UpdatedAt = at; i == 0 {
			next.step(at, Sending, "The right to send is taken.")
		}
		kept, err := d.o.Ledger.Change(ctx, next)
		if err != nil {
			return d.unsent(ctx, rec, i, err)
		}
		rec = kept
		sent := d.send(ctx, src, rec.Items[i].Call, at)
		rec.Items[i] = rec.Items[i].with(sent, now())
		if sent.State == pool.CallUnknown || sent.State == pool.CallNotSent {
			break // what follows is not begun
		}
	}
	rec = rec.concluded(now(), d.o.Pace)
	if rec.State != NotSent && src.Forget != nil {
		src.Forget(ctx, rec.Pools)
	}
	return d.settle(ctx, rec)
}

// send makes one call within the time-out.
func (d *Desk) send(ctx context.Context, src pool.Source, call pool.OrderCall, at time.Time) pool.Sent {
	ctx, cancel := context.WithDeadline(ctx, at.Add(d.o.Timeout))
	defer cancel()
	return src.Ordering.Send(ctx, call, at)
}

// unsent ends an order whose right to send the i-th call could not be kept.
// Whether the ledger took it is not known; that nothing was sent by it is.
func (d *Desk) unsent(ctx context.Context, rec Record, i int, cause error) (Record, error) {
	if i == 0 && errors.Is(cause, Changed) {
		return Record{}, underWay(true) // it was given up for us, and is somebody else's now
	}
	rec.Items[i].State = ItemState(pool.CallNotSent)
	rec.Items[i].Refusal = &Refusal{Kind: Unrecorded, Op: "keep the order", Detail: "The ledger could not be written."}
	if rec, err := d.settle(ctx, rec.concluded(now(), d.o.Pace)); err == nil && rec.State != NotSent {
		return rec, nil // the calls before it count
	}
	return Record{}, cause
}

// with is the item after its call.
func (i Item) with(sent pool.Sent, at time.Time) Item {
	i.State, i.EndedAt = ItemState(sent.State), at
	i.RequestID = sent.RequestID
	i.Orders, i.Native = kept(sent.Orders), keptJSON(sent.Native)
	if sent.Err != nil {
		i.Refusal = newRefusal(sent.Err)
	}
	return i
}

// kept is what of a cloud's orders a ledger can keep: JSON in UTF-8.
func kept(orders []pool.CloudOrder) []pool.CloudOrder {
	orders = slices.Clone(orders)
	for i := range orders {
		orders[i].Native = keptJSON(orders[i].Native)
	}
	return orders
}

func keptJSON(body json.RawMessage) json.RawMessage {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil
	}
	return body
}

func newRefusal(e *pool.Error) *Refusal {
	r := &Refusal{Kind: e.Kind, Op: e.Op, Detail: e.Detail, Upstream: e.Upstream}
	if e.RetryAfter > 0 {
		r.RetryAfterS = int((e.RetryAfter + time.Second - 1) / time.Second)
	}
	return r
}

// cloudOrders are the ids of the cloud's orders that are known.
func (r Record) cloudOrders() []string {
	var ids []string
	for _, i := range r.Items {
		for _, o := range i.Orders {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// keepTrying is how long an outcome that the ledger does not take is offered again.
const keepTrying = 10 * time.Second

// settle keeps an outcome: what the holder of an order knows goes before what
// others have concluded meanwhile, unless that is final.
func (d *Desk) settle(ctx context.Context, rec Record) (Record, error) {
	until := time.Now().Add(keepTrying)
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		kept, err := d.o.Ledger.Change(ctx, rec)
		if err == nil {
			return kept, nil
		}
		d.o.Log.Error().Err(err).Str("order", rec.ID).Str("state", string(rec.State)).Strs("cloud_orders", rec.cloudOrders()).
			Msg("the outcome of an order is not kept yet")
		if errors.Is(err, Changed) {
			latest, err := d.o.Ledger.Get(ctx, Ref{ID: rec.ID})
			switch {
			case err == nil && (latest.Attempt != rec.Attempt || !latest.State.Open()):
				return latest, nil // it was made although it seemed to fail, or others have gone on
			case err == nil: // given up for us: what we know is added to it
				rec.Version = latest.Version
				rec.History = append(slices.Clone(latest.History), rec.History[len(rec.History)-1])
			}
		}
		if time.Now().Add(wait).After(until) {
			return Record{}, &pool.Error{Kind: Unrecorded, Op: "keep an order", Detail: "The outcome of the order is not kept yet.", Err: err}
		}
		time.Sleep(wait)
	}
}
