package memory

import (
	"fmt"

	"github.com/deskpool/deskpool/internal/pool"
)

// desktop makes the desktop k of the pool i.
func (w world) desktop(i, k int, p *pool.Pool) pool.Desktop {
	d := pool.Desktop{
		NativeID: fmt.Sprintf("desktop-%02d-%04d", i+1, k+1),
		PoolID:   p.NativeID,
		Name:     fmt.Sprintf("%s-%04d", p.Name, k+1),
		LifecycleState: pick(w, k, pool.LifecycleReady, pool.Provisioning, pool.Updating, pool.Rebuilding, pool.Deleting,
			pool.Deleted, pool.Faulted, pool.LifecycleUnknown),
		PowerState: pick(w, k, pool.Running, pool.Stopped, pool.Starting, pool.Stopping, pool.Restarting, pool.Hibernated, pool.PowerUnknown),
		ConnectionState: pick(w, k, pool.Connected, pool.Disconnected, pool.Idle, pool.NotConnected, pool.AgentOffline,
			pool.Unreachable, pool.ConnectionUnknown),
		AssignmentState: pick(w, k, pool.Assigned, pool.Unassigned, pool.Assigning, pool.Unassigning, pool.AssignmentPending,
			pool.AssignFailed, pool.UnassignFailed, pool.AssignmentStateUnknown),
		BillingState:     pick(w, k, pool.BillingActive, pool.BillingFrozen, pool.BillingExpired, pool.BillingStateUnknown),
		BillingMode:      w.billingMode(k),
		Image:            w.image(k),
		Product:          w.product(k),
		Disks:            w.disks(k),
		Protocol:         pick(w, k, "RDP", ""),
		GPUDriverVersion: pick(w, k, "16.1", ""),
		AgentVersion:     pick(w, k, "2.0.3", ""),
		CreatedAt:        w.time(),
		ReleasedAt:       w.time(),
		ResetAt:          w.time(),
		ExpiresAt:        w.time(),
		RetainedSeconds:  pick(w, k, nil, new(int64(3600))),
		InMaintenance:    pick(w, k, new(false), new(true), nil),
		AvailabilityZone: p.AvailabilityZone,
		Addresses: pick(w, k, []pool.Address{{IP: "10.0.0.7", Role: "fixed", Version: "4"}, {IP: "2001:db8::7", Role: "floating", Version: "6"}},
			[]pool.Address{}, nil),
	}
	d.Assignments, d.ActiveUsers = w.users(d.AssignmentState, d.ConnectionState)
	return d
}

// users makes the users of a desktop in these states.
func (w world) users(a pool.AssignmentState, c pool.ConnectionState) ([]pool.Assignment, []pool.User) {
	n := w.IntN(20)
	user := pool.User{ID: fmt.Sprintf("user-%02d", n), Name: fmt.Sprintf("name%02d", n)}
	var assigned []pool.Assignment
	switch a {
	case pool.Assigned:
		assigned = []pool.Assignment{{User: user, Type: pick(w, w.IntN(3), "USER", "GROUP", "")}}
	case pool.Unassigned:
		assigned = []pool.Assignment{}
	}
	if c == pool.Connected {
		return assigned, []pool.User{user}
	}
	return assigned, nil
}
