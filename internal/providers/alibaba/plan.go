package alibaba

import (
	"context"
	"fmt"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// Plan reads the target: a pool with all its desktops, or desktops with their
// pools. Desktops that do not exist any more are left out of a pool.
func (r *orderer) Plan(ctx context.Context, o pool.Order) (pool.Plan, error) {
	if !offered(o) {
		return pool.Plan{}, r.invalid(pool.Fault{Pointer: "/type", Code: codeType, Detail: "The cloud takes no orders of this type."})
	}
	t, err := r.target(ctx, o)
	if err != nil {
		return pool.Plan{}, err
	}
	if o.ExtendVolume != nil {
		if faults := t.cannotExtend(*o.ExtendVolume); len(faults) > 0 {
			return pool.Plan{}, r.invalid(faults...)
		}
	}
	calls, err := r.calls(o, t)
	if err != nil {
		return pool.Plan{}, err
	}
	return pool.Plan{
		Pools: t.pools, Desktops: t.desktops, Impact: t.impact(),
		Obstacle: r.obstacle(o, t.desktops), Calls: calls, AsOf: t.asOf,
	}, nil
}

// offered tells whether o is of a type that there is. A call for any other would change nothing.
func offered(o pool.Order) bool {
	switch o.Type {
	case pool.ResizeOrder:
		return o.Resize != nil
	case pool.ExtendVolumeOrder:
		return o.ExtendVolume != nil
	case pool.ChangeImageOrder:
		return o.ChangeImage != nil
	default:
		return false
	}
}

// impact counts whom the order touches. Of a desktop that is off it does not
// matter that the cloud does not know whether somebody is connected.
func (t target) impact() pool.Impact {
	running, connected := 0, 0
	i := pool.Impact{Desktops: new(len(t.desktops)), Running: &running, Connected: &connected, AsOf: t.asOf}
	for _, d := range t.desktops {
		switch d.PowerState {
		case "":
			i.Running = nil
		case pool.Running:
			running++
		}
		switch {
		case d.ConnectionState == pool.Connected:
			connected++
		case d.ConnectionState != pool.NotConnected && d.PowerState != pool.Stopped:
			i.Connected = nil
		}
	}
	return i
}

// obstacle is what is in the way of an order. ModifyDesktopSpec changes only
// desktops that are Stopped; ResetDesktops does not ask for that.
func (r *orderer) obstacle(o pool.Order, desktops []pool.Desktop) *pool.Error {
	inTheWay := func(is func(pool.Desktop) bool, detail string) *pool.Error {
		n := 0
		for _, d := range desktops {
			if is(d) {
				n++
			}
		}
		if n == 0 {
			return nil
		}
		e := r.ecd.fail(pool.Conflict, planOp, nil)
		e.Detail = fmt.Sprintf("%d of %d desktops %s", n, len(desktops), detail)
		return e
	}
	if e := inTheWay(expired, "have expired: they must be renewed first."); e != nil {
		return e
	}
	if e := inTheWay(changing, "are being changed already."); e != nil || o.Type == pool.ChangeImageOrder {
		return e
	}
	return inTheWay(notStopped, "are not stopped, and only stopped ones can be changed.")
}

func expired(d pool.Desktop) bool { return d.BillingState == pool.BillingExpired }

func changing(d pool.Desktop) bool {
	return slices.Contains([]pool.LifecycleState{pool.Provisioning, pool.Updating, pool.Rebuilding, pool.Deleting}, d.LifecycleState)
}

func notStopped(d pool.Desktop) bool { return d.PowerState != pool.Stopped }
