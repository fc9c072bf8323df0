package huawei

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// margin is added to both ends of the time in which an order may have been
// made, for what the cloud's clocks are off from each other.
const margin = 2 * time.Minute

// Look reads the target once more, and the orders of the account that billing
// has of the time of the call. Neither names the call, which carries no token
// of ours, and an order in the books names no pool.
func (o *orderer) Look(ctx context.Context, s pool.Suspect) (pool.Evidence, error) {
	var was state
	if err := json.Unmarshal(s.Call.Before, &was); err != nil {
		return pool.Evidence{}, &pool.Error{Kind: pool.Failed, Source: o.r.c.source, Op: "look up an order", Err: err}
	}
	now, parts, err := o.present(ctx, s.Call)
	if err != nil {
		return pool.Evidence{}, err
	}
	from, until := o.window(s)
	b := books{c: o.billing, drift: o.r.drift, kind: kindOf(s.Order.Type), from: from, until: until}
	orders, more, err := b.read(ctx)
	if err != nil {
		return pool.Evidence{}, err
	}
	changed, partly := was.shows(s.Order, now)
	return pool.Evidence{Orders: orders, Changed: changed, Partly: partly, Parts: append(parts, more...)}, nil
}

// present reads the target; what is gone by now is not in it.
func (o *orderer) present(ctx context.Context, c pool.OrderCall) (state, []pool.Part, error) {
	if len(c.DesktopIDs) > 0 {
		desktops, a, err := o.desktops(ctx, c.DesktopIDs)
		if err != nil {
			return state{}, nil, err
		}
		return desktopsState(desktops), []pool.Part{a.part(a.body)}, nil
	}
	p, err := o.r.Pool(ctx, c.PoolID)
	switch {
	case errors.Is(err, pool.NotFound):
		return state{}, nil, nil
	case err != nil:
		return state{}, nil, err
	}
	return poolState(p.Value), p.Parts, nil
}

// window is the time in which the order was made, by the cloud's clock. How far that
// is from ours the answer that was just read has told; then may have been as now, or in step.
func (o *orderer) window(s pool.Suspect) (from, until time.Time) {
	ahead := time.Duration(o.r.c.ahead.Load())
	return s.At.Add(min(ahead, 0) - margin), s.Until.Add(max(ahead, 0) + margin)
}
