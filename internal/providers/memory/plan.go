package memory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	operation   = "OrderChange" // the one call that orders
	maxDesktops = 1000          // of an order that is taken apart
)

// orderer is how the cloud is ordered from.
type orderer struct{ *Cloud }

// Plan reads the target of o from the pools themselves.
func (o *orderer) Plan(ctx context.Context, order pool.Order) (pool.Plan, error) {
	const op = "plan an order"
	now, err := o.reader.begin(ctx, op)
	if err != nil {
		return pool.Plan{}, err
	}
	if faults := shapeless(order); len(faults) > 0 {
		return pool.Plan{}, o.invalid(op, faults)
	}
	defer o.reader.store.reading()()
	plan := pool.Plan{AsOf: now}
	var targets []*pool.Desktop
	if order.PoolID != "" {
		p, known := o.reader.store.poolByID[order.PoolID]
		if !known {
			return pool.Plan{}, o.reader.fail(pool.NotFound, op, "")
		}
		plan.Pools, targets = []pool.Pool{p.full()}, p.live()
	} else if targets, plan.Pools, err = o.desktops(op, order.DesktopIDs); err != nil {
		return pool.Plan{}, err
	}
	if faults := o.faults(order); len(faults) > 0 {
		return pool.Plan{}, o.invalid(op, faults)
	}
	plan.Impact = impact(targets, now)
	if order.Resize != nil && !order.Resize.StopRunning && *plan.Impact.Running > 0 {
		plan.Obstacle = &pool.Error{
			Kind: pool.Conflict, Source: o.source.ID, Op: op,
			Detail: fmt.Sprintf("%d of the desktops are running, and are not to be stopped.", *plan.Impact.Running),
		}
	}
	if order.PoolID != "" && o.batch == 0 {
		plan.Calls = []pool.OrderCall{o.call(order)}
		return plan, nil
	}
	if len(targets) > maxDesktops {
		return pool.Plan{}, o.invalid(op, []pool.Fault{{
			Pointer: "/target/pool_id", Code: "OUT_OF_RANGE", Detail: "The pool has more than " + strconv.Itoa(maxDesktops) + " desktops.",
		}})
	}
	plan.Desktops, plan.Calls = o.apart(order, targets)
	for _, c := range plan.Calls {
		order.PoolID, order.DesktopIDs = "", c.DesktopIDs
		if faults := o.faults(order); len(faults) > 0 {
			return pool.Plan{}, o.invalid(op, faults)
		}
	}
	return plan, nil
}

// desktops finds the desktops of these ids, and their pools.
func (o *orderer) desktops(op string, ids []string) ([]*pool.Desktop, []pool.Pool, error) {
	var targets []*pool.Desktop
	var pools []pool.Pool
	for _, id := range ids {
		d, known := o.reader.store.desktopByID[id]
		if !known || d.LifecycleState == pool.Deleted {
			return nil, nil, o.reader.fail(pool.NotFound, op, "")
		}
		targets = append(targets, d)
		if !slices.ContainsFunc(pools, func(p pool.Pool) bool { return p.NativeID == d.PoolID }) {
			pools = append(pools, o.reader.store.poolByID[d.PoolID].full())
		}
	}
	return targets, pools, nil
}

// full is the pool as a read by id gives it.
func (p *stored) full() pool.Pool {
	value := p.Pool
	value.Native = nil
	return value
}

// apart makes the calls for single desktops.
func (o *orderer) apart(order pool.Order, targets []*pool.Desktop) ([]pool.Desktop, []pool.OrderCall) {
	desktops := make([]pool.Desktop, len(targets))
	ids := make([]string, len(targets))
	for i, d := range targets {
		desktops[i], ids[i] = *d, d.NativeID
		desktops[i].Native = nil
	}
	size := o.batch
	if size == 0 {
		size = max(1, len(ids))
	}
	var calls []pool.OrderCall
	for part := range slices.Chunk(ids, size) {
		order.PoolID, order.DesktopIDs = "", part
		calls = append(calls, o.call(order))
	}
	return desktops, calls
}

// call is the call that orders o as it stands.
func (o *orderer) call(order pool.Order) pool.OrderCall {
	return pool.OrderCall{
		Operation: operation, PoolID: order.PoolID, DesktopIDs: order.DesktopIDs,
		Request: encode(order), Before: encode(o.before(order)), Orders: max(1, len(order.DesktopIDs)),
	}
}

func (o *orderer) invalid(op string, faults []pool.Fault) error {
	return &pool.Error{Kind: pool.Invalid, Source: o.source.ID, Op: op, Faults: faults}
}

func impact(desktops []*pool.Desktop, asOf time.Time) pool.Impact {
	i := pool.Impact{Desktops: new(len(desktops)), Running: new(int), Connected: new(int), AsOf: asOf}
	for _, d := range desktops {
		if d.PowerState == pool.Running {
			*i.Running++
		}
		if d.ConnectionState == pool.Connected {
			*i.Connected++
		}
	}
	return i
}
