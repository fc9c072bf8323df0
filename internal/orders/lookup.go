package orders

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	// batch is how many orders are looked up in one round, eight at a time.
	batch    = 64
	atOnce   = 8
	lookTime = 20 * time.Second // that one look may take
	// emptyLooks in a row, after the signature has expired, prove that nothing was placed.
	emptyLooks = 3
)

// Run takes up orders that were left behind, and looks up what became of
// those whose outcome is unknown, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	if d.o.Ledger == nil {
		return
	}
	every := min(time.Second, d.o.Pace.First/4)
	for {
		d.round(ctx)
		timer := time.NewTimer(every)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// round does all that is due now.
func (d *Desk) round(ctx context.Context) {
	var due []Record
	queries := []Query{{Due: now(), Limit: batch}}
	if d.o.Sole {
		// All that are under way: they are due within that time.
		queries = append(queries, Query{States: []State{Reserved, Sending}, Due: now().Add(2 * (d.o.Timeout + slack)), Limit: batch})
	}
	for _, q := range queries {
		records, _, err := d.o.Ledger.List(ctx, q)
		if err != nil {
			d.o.Log.Debug().Err(err).Msg("orders cannot be looked up now")
			return
		}
		due = append(due, records...)
	}
	slots := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	seen := map[string]bool{}
	// What was left behind comes first: a cloud that hangs delays only looks.
	slices.SortStableFunc(due, func(a, b Record) int { return boolInt(a.State == Unknown) - boolInt(b.State == Unknown) })
	for _, rec := range due {
		if seen[rec.ID] || d.worksOn(rec.ID) {
			continue
		}
		seen[rec.ID] = true
		if rec.State != Unknown {
			d.attend(ctx, rec)
			continue
		}
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			d.attend(ctx, rec)
		})
	}
	group.Wait()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// attend does what one order needs. What goes wrong with it is logged, and tried again.
func (d *Desk) attend(ctx context.Context, rec Record) {
	defer func() {
		if v := recover(); v != nil {
			d.o.Log.Error().Str("order", rec.ID).Msg(fmt.Sprintf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	var err error
	switch rec.State {
	case Reserved, Sending:
		_, err = d.o.Ledger.Change(ctx, rec.abandoned(now(), d.o.Pace))
	case Unknown:
		err = d.look(ctx, rec)
	}
	if err != nil && !errors.Is(err, Changed) {
		d.o.Log.Warn().Err(err).Str("order", rec.ID).Msg("an order could not be looked up")
	}
}

// abandoned is a record whose holder is gone. Without the right to send it was
// not sent; with it, nobody knows.
func (r Record) abandoned(at time.Time, pace Pace) Record {
	r.Items = slices.Clone(r.Items)
	for i, item := range r.Items {
		if item.State == ItemSending {
			r.Items[i].State = itemUnknown
		}
	}
	return r.concluded(at, pace)
}

// look asks the cloud what became of an order, once.
func (d *Desk) look(ctx context.Context, rec Record) error {
	at := now()
	rec.Looks++
	rec.NextLook = at.Add(lookTime + slack) // keeps other processes from looking as well
	rec, err := d.o.Ledger.Change(ctx, rec)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	next, lookErr := d.found(ctx, rec)
	if lookErr != nil {
		next = rec.wait(now(), d.o.Pace)
	}
	kept, err := d.o.Ledger.Change(context.WithoutCancel(ctx), next)
	if err == nil && kept.State != Unknown {
		d.o.Log.Info().Str("order", kept.ID).Str("state", string(kept.State)).Msg("an unknown order is settled")
		if src, known := d.source(kept.Source); known && src.Forget != nil {
			src.Forget(ctx, kept.Pools)
		}
	}
	return errors.Join(lookErr, err)
}

// found is the record after a look at every call whose outcome is unknown.
func (d *Desk) found(ctx context.Context, rec Record) (Record, error) {
	src, known := d.source(rec.Source)
	if !known || src.Account != rec.Account {
		return rec, &pool.Error{Kind: pool.NotFound, Source: rec.Source, Op: "look up an order", Detail: "The source is not configured any more."}
	}
	items := slices.Clone(rec.Items)
	conflict, empty := "", true
	for i, item := range items {
		if item.State != itemUnknown {
			continue
		}
		evidence, err := src.Ordering.Look(ctx, pool.Suspect{
			Order: rec.Order, Call: item.Call, At: item.SentAt, Until: d.until(item),
		})
		if err != nil {
			return rec, err
		}
		others, err := d.others(ctx, rec, i)
		if err != nil {
			return rec, err
		}
		v := weigh(rec, item, evidence, others)
		empty = empty && v.empty
		if v.conflict != "" {
			conflict = v.conflict
		}
		if v.placed {
			items[i].State, items[i].Orders, items[i].Refusal = itemPlaced, kept(v.orders), nil
		}
	}
	rec.Items = items
	return rec.judged(now(), d.o.Pace, empty, conflict), nil
}

// until is when the last of a call's orders can have been made: a request that was given
// up here can be carried out there for as long as its signature is good.
func (d *Desk) until(i Item) time.Time {
	if i.State == itemUnknown || i.State == ItemSending {
		return i.SentAt.Add(d.o.Pace.Expiry)
	}
	return i.EndedAt
}

// judged draws the conclusion of a look.
func (r Record) judged(at time.Time, pace Pace, empty bool, conflict string) Record {
	if conclude(r.Items) != Unknown {
		return r.settled(at, conclude(r.Items), "It was looked up. "+notes[conclude(r.Items)])
	}
	if !at.Before(r.signed().Add(pace.Expiry)) {
		if conflict != "" {
			return r.settled(at, NeedsReview, "The evidence is not clear: "+conflict+" A person must settle it.")
		}
		if r.EmptyLooks++; !empty {
			r.EmptyLooks = 0
		}
		if r.EmptyLooks >= emptyLooks {
			for i, item := range r.Items {
				if item.State == itemUnknown {
					r.Items[i].State = ItemNotPlaced
				}
			}
			return r.settled(at, conclude(r.Items), "It was looked up. "+notes[conclude(r.Items)])
		}
	}
	return r.wait(at, pace)
}

// settled is the record with nothing left to be done by itself.
func (r Record) settled(at time.Time, state State, note string) Record {
	r.NextLook = time.Time{}
	if state != NeedsReview {
		r.Refusal = nil
	}
	r.step(at, state, note)
	return r
}

// signed is when the latest of the unknown calls was signed.
func (r Record) signed() time.Time {
	var latest time.Time
	for _, i := range r.Items {
		if i.State == itemUnknown && i.SentAt.After(latest) {
			latest = i.SentAt
		}
	}
	return latest
}

// wait is the record until its next look, or until a person looks at it.
func (r Record) wait(at time.Time, pace Pace) Record {
	if !at.Before(r.signed().Add(pace.GiveUp)) {
		return r.settled(at, NeedsReview, "It could not be found out what became of the order. A person must settle it.")
	}
	pause := pace.Most // between looks that count against it, too
	if r.Looks < 16 && at.Before(r.signed().Add(pace.Expiry)) {
		pause = min(pause, pace.First<<r.Looks)
	}
	r.NextLook, r.UpdatedAt = at.Add(pause), at
	return r
}
