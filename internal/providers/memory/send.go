package memory

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

var (
	errNoConnection = errors.New("no connection")
	errLost         = errors.New("the connection was lost")
)

// Send books what the call orders, as its fate has it.
func (o *orderer) Send(ctx context.Context, call pool.OrderCall, _ time.Time) pool.Sent {
	now, err := o.reader.begin(ctx, "place an order")
	if err != nil {
		return pool.Sent{State: pool.CallNotSent, Err: pool.AsError(err)}
	}
	fate := o.fateOf(call)
	switch fate {
	case Unreachable:
		return o.unplaced(pool.CallNotSent, pool.Unavailable, errNoConnection)
	case Throttle:
		return o.refused(pool.CallNotSent, pool.Throttled, now, 429)
	}
	o.set(func() { o.writes++ })
	switch fate {
	case Refuse:
		return o.refused(pool.CallRejected, pool.Invalid, now, 400)
	case RefuseKey:
		return o.refused(pool.CallRejected, pool.Auth, now, 401)
	case LoseRequest:
		return o.unplaced(pool.CallUnknown, pool.Unavailable, errLost)
	}
	rows, booked := o.booked(call, now, fate == SomeFail)
	switch {
	case !booked:
		return o.refused(pool.CallRejected, pool.Invalid, now, 400)
	case fate == LoseAnswer:
		return o.unplaced(pool.CallUnknown, pool.Unavailable, errLost)
	case fate == Hang:
		<-ctx.Done()
		return o.unplaced(pool.CallUnknown, pool.Timeout, ctx.Err())
	}
	return o.answered(rows, now)
}

// fateOf decides about a call, without the lock, since that may block.
func (o *orderer) fateOf(call pool.OrderCall) Fate {
	done := o.reader.store.reading()
	fate := o.fate
	done()
	if fate == nil {
		return Done
	}
	return fate(call)
}

// booked enters the orders of a call into the book: one for a pool, one for
// each desktop. It is false if the cloud does not take them.
func (o *orderer) booked(call pool.OrderCall, at time.Time, someFail bool) (rows []pool.CloudOrder, ok bool) {
	var order pool.Order
	if json.Unmarshal(call.Request, &order) != nil || len(shapeless(order)) > 0 {
		return nil, false
	}
	o.set(func() {
		if ok = o.exists(order) && len(o.faults(order)) == 0; !ok {
			return
		}
		for i, part := range parts(order) {
			if someFail && i%2 == 1 {
				rows = append(rows, failed(part))
			} else {
				rows = append(rows, o.enter(part, at).cloudOrder())
			}
		}
		if someFail && len(rows) == 1 {
			rows = append(rows, failed(order))
		}
	})
	return rows, ok
}

// parts are what the cloud makes an order of each.
func parts(o pool.Order) []pool.Order {
	if o.PoolID != "" {
		return []pool.Order{o}
	}
	list := make([]pool.Order, len(o.DesktopIDs))
	for i, id := range o.DesktopIDs {
		list[i] = o
		list[i].DesktopIDs = []string{id}
	}
	return list
}

func failed(o pool.Order) pool.CloudOrder {
	return pool.CloudOrder{Failed: true, Code: "Busy", Message: "It is being changed.", DesktopIDs: o.DesktopIDs}
}

func (o *orderer) answered(rows []pool.CloudOrder, now time.Time) pool.Sent {
	var body nativeOrders
	sent := pool.Sent{State: pool.CallPlaced, Orders: rows}
	for _, r := range rows {
		if r.Failed {
			sent.State, sent.Err = pool.CallPartial, o.failure(pool.Failed, errors.New("some orders failed"))
			body.Orders = append(body.Orders, encode(nativeFailure{r.Code, r.Message, r.DesktopIDs}))
		} else {
			body.Orders = append(body.Orders, r.Native)
		}
	}
	part := o.reader.part(operation, now, body)
	sent.RequestID, sent.Native = part.RequestID, part.Body
	return sent
}

// refused is what became of a call that the cloud refuses in so many words.
func (o *orderer) refused(state pool.SentState, kind pool.Kind, now time.Time, status int) pool.Sent {
	e := o.failure(kind, nil)
	if kind == pool.Throttled {
		e.RetryAfter = time.Second
	}
	code := map[int]string{400: "BadOrder", 401: "KeyRefused", 429: "TooMany"}[status]
	part := o.reader.part(operation, now, nativeFailure{Code: code, Message: "The cloud refuses."})
	e.Upstream = &pool.Upstream{HTTPStatus: status, Code: code, Message: "The cloud refuses.", RequestID: part.RequestID}
	return pool.Sent{State: state, RequestID: part.RequestID, Native: part.Body, Err: e}
}

// unplaced is what became of a call that the cloud says nothing about.
func (o *orderer) unplaced(state pool.SentState, kind pool.Kind, cause error) pool.Sent {
	return pool.Sent{State: state, Err: o.failure(kind, cause)}
}

func (o *orderer) failure(kind pool.Kind, cause error) *pool.Error {
	return &pool.Error{Kind: kind, Source: o.source.ID, Op: "place an order", Err: cause}
}
