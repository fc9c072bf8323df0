package huawei

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// maxOrderDesktops is how many desktops one order, and one listing by ids, takes.
const maxOrderDesktops = 100

// Plan reads the target: a pool and the counts of its desktops, or the
// desktops and their pools. Either way the order is one call.
func (o *orderer) Plan(ctx context.Context, order pool.Order) (pool.Plan, error) {
	if err := o.offered(order); err != nil {
		return pool.Plan{}, err
	}
	plan := pool.Plan{AsOf: o.r.now()}
	var err error
	if len(order.DesktopIDs) > 0 {
		err = o.planDesktops(ctx, order.DesktopIDs, &plan)
	} else {
		err = o.planPool(ctx, order.PoolID, &plan)
	}
	if err != nil {
		return pool.Plan{}, err
	}
	plan.Obstacle = o.obstacle(order, plan)
	c := pool.OrderCall{
		Operation:  orderName,
		PoolID:     order.PoolID,
		DesktopIDs: order.DesktopIDs,
		Request:    encode(wireOrder(order)),
		Before:     encode(before(plan)),
		Orders:     max(1, len(order.DesktopIDs)), // of desktops, one each
	}
	plan.Calls = []pool.OrderCall{c}
	return plan, nil
}

// offered refuses an order of another type than there are, of which nothing but the type would be sent.
func (o *orderer) offered(order pool.Order) error {
	if wireOrder(order) != (changeOrder{Type: order.Type}) {
		return nil
	}
	return &pool.Error{Kind: pool.Invalid, Source: o.r.c.source, Op: opOrder, Faults: []pool.Fault{{
		Pointer: "/type", Code: "NOT_SUPPORTED", Detail: "The cloud takes no orders of this type.",
	}}}
}

// planPool reads a pool. Who may not count its desktops does not learn whom the order touches.
func (o *orderer) planPool(ctx context.Context, id string, plan *pool.Plan) error {
	p, err := o.r.Pool(ctx, id)
	if err != nil {
		return err
	}
	plan.Pools = []pool.Pool{p.Value}
	plan.Impact = pool.Impact{Desktops: p.Value.Counts.Total, AsOf: plan.AsOf}
	counted, err := o.r.Statistics(ctx, pool.StatisticsQuery{
		DesktopType: pool.Pooled, PoolIDs: []string{id}, Axes: pool.Axes{Power: true, Connection: true},
	})
	if err != nil && !errors.Is(err, pool.Denied) {
		return err
	}
	for _, row := range counted.Value.Pools {
		if row.PoolID == id {
			plan.Impact.Running, plan.Impact.Connected = row.Counts.Power.Running, row.Counts.Connection.Connected
			plan.Impact.Desktops = cmp.Or(row.Counts.Total, plan.Impact.Desktops)
		}
	}
	return nil
}

// planDesktops reads desktops and then each of their pools.
func (o *orderer) planDesktops(ctx context.Context, ids []string, plan *pool.Plan) error {
	k := call{op: "find the desktops of an order", operation: "ListDesktops"}
	if len(ids) > maxOrderDesktops {
		return o.r.invalid(k, fmt.Errorf("%d desktops in one order", len(ids)))
	}
	pools, err := o.poolsOf(ctx, ids)
	if err != nil {
		return err
	}
	if err := o.homeless(k, ids, pools); err != nil {
		return err
	}
	if plan.Desktops, _, err = o.desktops(ctx, ids); err != nil {
		return err
	}
	if len(plan.Desktops) < len(ids) { // gone since
		return o.r.notFound(k)
	}
	for i := range plan.Desktops {
		plan.Desktops[i].PoolID = pools[plan.Desktops[i].NativeID]
	}
	plan.Impact = impact(plan.Desktops, plan.AsOf)
	var names []string
	for _, id := range pools {
		names = append(names, id)
	}
	slices.Sort(names)
	for _, id := range slices.Compact(names) {
		p, err := o.r.Pool(ctx, id)
		if err != nil {
			return err
		}
		plan.Pools = append(plan.Pools, p.Value)
	}
	return nil
}

// homeless is the error for desktops that are unknown, or else in no pool. Desktops of several
// pools are good: the vendor's document only forbids to mix them with desktops of none.
func (o *orderer) homeless(k call, ids []string, pools map[string]string) error {
	var unknown, alone []pool.Fault
	for i, id := range ids {
		pointer := "/target/desktop_ids/" + strconv.Itoa(i)
		if in, known := pools[id]; !known {
			unknown = append(unknown, pool.Fault{Pointer: pointer, Code: "NOT_FOUND", Detail: "There is no such desktop."})
		} else if in == "" {
			alone = append(alone, pool.Fault{Pointer: pointer, Code: "INVALID", Detail: "The desktop is in no pool."})
		}
	}
	switch {
	case len(unknown) > 0:
		return &pool.Error{Kind: pool.NotFound, Source: o.r.c.source, Op: k.op, Faults: unknown}
	case len(alone) > 0:
		return &pool.Error{Kind: pool.Invalid, Source: o.r.c.source, Op: k.op, Faults: alone}
	}
	return nil
}

// poolsOf maps each of the desktops that exist to its pool, as GET /desktops
// has it; to "" if it is in none.
func (o *orderer) poolsOf(ctx context.Context, ids []string) (map[string]string, error) {
	rows, _, err := o.rows(ctx, call{op: "find the desktops of an order", operation: "ListDesktops", path: "/desktops"}, ids)
	if err != nil {
		return nil, err
	}
	pools := map[string]string{}
	for _, row := range rows {
		pools[row.ID] = row.PoolID
	}
	return pools, nil
}

// desktops reads those of the desktops that exist in full, in the order of ids: GET
// /desktops/detail, which does not say their pools.
func (o *orderer) desktops(ctx context.Context, ids []string) ([]pool.Desktop, answer, error) {
	k := call{op: "show the desktops of an order", operation: "ListDesktopsDetail", path: "/desktops/detail"}
	rows, a, err := o.rows(ctx, k, ids)
	if err != nil {
		return nil, answer{}, err
	}
	desktops := make([]pool.Desktop, len(rows))
	for i, row := range rows {
		desktops[i] = row.desktop(k.operation+".desktops", o.r.drift)
		desktops[i].Native = []pool.Part{a.part(row.Raw)}
	}
	return desktops, a, nil
}

// rows reads the rows of up to 100 desktops, in the order of ids.
func (o *orderer) rows(ctx context.Context, k call, ids []string) ([]desktop, answer, error) {
	k.query = url.Values{"desktop_id": ids, "offset": {"0"}, "limit": {strconv.Itoa(maxOrderDesktops)}}
	var said someDesktops
	a, err := o.r.c.get(ctx, k, &said, o.r.drift)
	if err != nil {
		return nil, answer{}, err
	}
	byID := map[string]desktop{}
	for _, row := range said.Rows {
		byID[row.ID] = row
	}
	var rows []desktop
	for _, id := range ids {
		if row, known := byID[id]; known {
			rows = append(rows, row)
		}
	}
	return rows, a, nil
}

// impact counts desktops. A count is not known if the cloud does not say it of every one.
func impact(desktops []pool.Desktop, asOf time.Time) pool.Impact {
	total, up, connected := len(desktops), 0, 0
	i := pool.Impact{Desktops: &total, Running: &up, Connected: &connected, AsOf: asOf}
	for _, d := range desktops {
		switch {
		case d.PowerState == "":
			i.Running = nil
		case running(d.PowerState):
			up++
		}
		switch d.ConnectionState {
		case "":
			i.Connected = nil
		case pool.Connected:
			connected++
		}
	}
	return i
}

// running tells whether a desktop has to be stopped before it can be resized.
func running(s pool.PowerState) bool {
	return s == pool.Running || s == pool.Starting || s == pool.Restarting
}

// obstacle is what would make the cloud refuse: work on a pool that is under way, or running desktops, which
// it resizes only if it may stop them.
func (o *orderer) obstacle(order pool.Order, plan pool.Plan) *pool.Error {
	conflict := pool.Error{Kind: pool.Conflict, Source: o.r.c.source, Op: opOrder}
	for _, p := range plan.Pools {
		if p.State == pool.PoolChanging {
			conflict.Detail, conflict.RetryAfter = "The pool is being changed.", conflictPause
			return &conflict
		}
	}
	if order.Resize != nil && !order.Resize.StopRunning && plan.Impact.Running != nil && *plan.Impact.Running > 0 {
		conflict.Detail = "Desktops are running: stop them first, or order with stop_running."
		return &conflict
	}
	return nil
}
