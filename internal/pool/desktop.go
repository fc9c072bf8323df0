package pool

import "time"

// Desktop is one virtual desktop.
type Desktop struct {
	NativeID         string // the cloud's own id
	PoolID           string // the pool's native id; "" if the cloud does not say
	Name             string
	LifecycleState   LifecycleState
	PowerState       PowerState
	ConnectionState  ConnectionState
	AssignmentState  AssignmentState
	BillingState     BillingState
	BillingMode      BillingMode
	Assignments      []Assignment
	ActiveUsers      []User
	Image            Image
	Product          Product
	Disks            []Disk
	Addresses        []Address
	Protocol         string
	GPUDriverVersion string
	AgentVersion     string
	CreatedAt        time.Time
	ReleasedAt       time.Time
	ResetAt          time.Time
	ExpiresAt        time.Time
	RetainedSeconds  *int64
	InMaintenance    *bool
	AvailabilityZone string
	Native           []Part // as in Pool
}

// User is somebody who uses a desktop: personal data.
type User struct{ ID, Name string }

// Assignment is the right of a user or group to a desktop.
type Assignment struct {
	User
	Type string // USER or GROUP; "" if the cloud does not say
}

// Address is an IP address of a desktop.
type Address struct {
	IP      string
	Role    string // the cloud's word, as in fixed, floating, PRIMARY, MEMBER
	Version string // "4" or "6"
}

// LifecycleState is where a desktop is between order and deletion.
type LifecycleState string

// The lifecycle states.
const (
	Provisioning     LifecycleState = "PROVISIONING"
	LifecycleReady   LifecycleState = "READY"
	Updating         LifecycleState = "UPDATING"
	Rebuilding       LifecycleState = "REBUILDING"
	Deleting         LifecycleState = "DELETING"
	Deleted          LifecycleState = "DELETED"
	Faulted          LifecycleState = "FAULTED"
	LifecycleUnknown LifecycleState = Unknown
)

// PowerState is whether a desktop runs.
type PowerState string

// The power states.
const (
	Running      PowerState = "RUNNING"
	Stopped      PowerState = "STOPPED"
	Starting     PowerState = "STARTING"
	Stopping     PowerState = "STOPPING"
	Restarting   PowerState = "RESTARTING"
	Hibernated   PowerState = "HIBERNATED"
	PowerUnknown PowerState = Unknown
)

// ConnectionState is whether somebody is connected, or could be.
type ConnectionState string

// The connection states.
const (
	Connected         ConnectionState = "CONNECTED"
	Disconnected      ConnectionState = "DISCONNECTED" // the session is kept
	Idle              ConnectionState = "IDLE"
	NotConnected      ConnectionState = "NOT_CONNECTED" // it is not said whether a session is kept
	AgentOffline      ConnectionState = "AGENT_OFFLINE"
	Unreachable       ConnectionState = "UNREACHABLE"
	ConnectionUnknown ConnectionState = Unknown
)

// AssignmentState is whether a desktop belongs to somebody.
type AssignmentState string

// The assignment states.
const (
	Assigned               AssignmentState = "ASSIGNED"
	Unassigned             AssignmentState = "UNASSIGNED"
	Assigning              AssignmentState = "ASSIGNING"
	Unassigning            AssignmentState = "UNASSIGNING"
	AssignmentPending      AssignmentState = "PENDING"
	AssignFailed           AssignmentState = "ASSIGN_FAILED"
	UnassignFailed         AssignmentState = "UNASSIGN_FAILED"
	AssignmentStateUnknown AssignmentState = Unknown
)

// BillingState is whether a desktop is paid for.
type BillingState string

// The billing states.
const (
	BillingActive       BillingState = "ACTIVE"
	BillingFrozen       BillingState = "FROZEN"
	BillingExpired      BillingState = "EXPIRED"
	BillingStateUnknown BillingState = Unknown
)

// SummaryState is the one word for people in a hurry.
type SummaryState string

// The summary states, in the order in which the first that holds is taken.
const (
	SummaryDeleted      SummaryState = "DELETED"
	SummarySuspended    SummaryState = "SUSPENDED"
	SummaryFault        SummaryState = "FAULT"
	SummaryMaintenance  SummaryState = "MAINTENANCE"
	SummaryPreparing    SummaryState = "PREPARING"
	SummaryOff          SummaryState = "OFF"
	SummaryInUse        SummaryState = "IN_USE"
	SummaryDisconnected SummaryState = "DISCONNECTED"
	SummaryAvailable    SummaryState = "AVAILABLE"
	SummaryUnknown      SummaryState = Unknown
)

// Summary is the first summary state that holds of d.
func (d Desktop) Summary() SummaryState {
	switch {
	case d.LifecycleState == Deleted:
		return SummaryDeleted
	case d.BillingState == BillingFrozen, d.BillingState == BillingExpired:
		return SummarySuspended
	case d.LifecycleState == Faulted:
		return SummaryFault
	case d.InMaintenance != nil && *d.InMaintenance:
		return SummaryMaintenance
	case d.preparing():
		return SummaryPreparing
	case d.PowerState == Stopped, d.PowerState == Hibernated:
		return SummaryOff
	case d.ConnectionState == Connected:
		return SummaryInUse
	case d.ConnectionState == Disconnected:
		return SummaryDisconnected
	case d.PowerState == Running && (d.ConnectionState == Idle || d.ConnectionState == NotConnected):
		return SummaryAvailable
	}
	return SummaryUnknown
}

// preparing is true while the desktop is on its way to another state.
func (d Desktop) preparing() bool {
	switch d.LifecycleState {
	case Provisioning, Updating, Rebuilding, Deleting:
		return true
	}
	switch d.PowerState {
	case Starting, Stopping, Restarting:
		return true
	}
	return false
}
