package alibaba

import (
	"encoding/json"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// words turns the cloud's words into ours. Text that is absent stays "", what
// is not in a table is UNKNOWN and counted.
type words struct{ drift *pool.Drift }

func (w words) unknown(vocabulary, word string) { w.drift.Word(vocabulary, word) }

// poolState reads a group's Status: 0 unpaid, 1 normal, 2 expired or overdue.
func (w words) poolState(status *int) pool.PoolState {
	if status == nil {
		return ""
	}
	switch *status {
	case 0:
		return pool.PoolPendingPayment
	case 1:
		return pool.PoolReady
	case 2:
		return pool.PoolSuspended
	}
	w.unknown("pool.state", number(*status))
	return pool.PoolUnknown
}

// billingMode reads PayType and ChargeType, which the vendor writes in more than one case.
func (w words) billingMode(vocabulary, payType string) pool.BillingMode {
	switch strings.ToLower(payType) {
	case "":
		return ""
	case "prepaid":
		return pool.Prepaid
	case "postpaid":
		return pool.Postpaid
	}
	w.unknown(vocabulary, payType)
	return pool.BillingUnknown
}

// sessionMode reads OwnType, of whose 0 the vendor's pages say different things.
func (w words) sessionMode(ownType *int) pool.SessionMode {
	if ownType == nil {
		return ""
	}
	switch *ownType {
	case 1:
		return pool.MultiSession
	case 0:
	default:
		w.unknown("pool.session_mode", number(*ownType))
	}
	return pool.SessionUnknown
}

func (w words) osType(vocabulary, osType string) pool.OSType {
	switch strings.ToLower(osType) {
	case "":
		return ""
	case "windows":
		return pool.Windows
	case "linux":
		return pool.Linux
	}
	w.unknown(vocabulary, osType)
	return pool.OSUnknown
}

func (w words) diskClass(category string) pool.DiskClass {
	switch category {
	case "":
		return ""
	case "cloud_efficiency":
		return pool.Balanced
	case "cloud_ssd", "cloud_auto":
		return pool.GeneralSSD
	case "cloud_essd":
		return pool.FastSSD
	}
	w.unknown("disk.class", category)
	return pool.DiskUnknown
}

func (w words) diskRole(diskType string) pool.DiskRole {
	switch diskType {
	case "SYSTEM":
		return pool.SystemDisk
	case "DATA":
		return pool.DataDisk
	case "":
	default:
		w.unknown("disk.role", diskType)
	}
	return ""
}

// The words of DesktopStatus. Failed and Hibernated are not in the documented
// list of the operations read here, but in other pages of the vendor's.
const (
	statusDeleted = "Deleted"
	statusExpired = "Expired"
)

// powerState reads DesktopStatus.
func (w words) powerState(status string) pool.PowerState {
	switch status {
	case "":
		return ""
	case "Running":
		return pool.Running
	case "Stopped":
		return pool.Stopped
	case "Starting":
		return pool.Starting
	case "Stopping":
		return pool.Stopping
	case "Hibernated":
		return pool.Hibernated
	case "Pending", "Rebuilding", "Failed", statusExpired, statusDeleted:
		return pool.PowerUnknown
	}
	w.unknown("desktop.power_state", status)
	return pool.PowerUnknown
}

// lifecycleState reads DesktopStatus and the management flags. A word that
// powerState has counted is not counted again.
func (w words) lifecycleState(status string, flags []string) pool.LifecycleState {
	switch status {
	case "Pending":
		return pool.Provisioning
	case "Rebuilding":
		return pool.Rebuilding
	case statusDeleted:
		return pool.Deleted
	case "Failed":
		return pool.Faulted
	}
	updating := false
	for _, flag := range flags {
		switch flag {
		case "Updating", "Migrating":
			updating = true
		case "NoFlag", "":
		default:
			w.unknown("desktop.lifecycle_state", flag)
		}
	}
	switch {
	case updating:
		return pool.Updating
	case status == "":
		return ""
	case status == statusExpired, words{}.powerState(status) != pool.PowerUnknown:
		return pool.LifecycleReady
	}
	return pool.LifecycleUnknown
}

func (w words) billingState(status string) pool.BillingState {
	switch status {
	case "":
		return ""
	case statusExpired:
		return pool.BillingExpired
	}
	return pool.BillingActive
}

// connectionState reads ConnectionStatus, which is 0 or 1 in old answers.
// Disconnected does not say that a session is kept.
func (w words) connectionState(status string) pool.ConnectionState {
	switch status {
	case "":
		return ""
	case "Connected", "1":
		return pool.Connected
	case "Disconnected", "0":
		return pool.NotConnected
	case "Unknown":
		return pool.ConnectionUnknown
	}
	w.unknown("desktop.connection_state", status)
	return pool.ConnectionUnknown
}

// retention reads KeepDuration, milliseconds, where 0 means for ever.
func (w words) retention(keep *int64) pool.Retention {
	switch {
	case keep == nil:
		return pool.Retention{}
	case *keep == 0:
		return pool.Retention{Mode: pool.RetainForever}
	case *keep < 0:
		w.unknown("pool.session_retention", number(*keep))
		return pool.Retention{Mode: pool.RetentionUnknown}
	}
	return pool.Retention{Mode: pool.RetainTimed, Seconds: new(int(*keep / 1000))}
}

// identifier returns an id, which the vendor writes "null" where there is none.
func identifier(id string) string {
	if id == "null" {
		return ""
	}
	return id
}

// unwrap undoes a list that is written as text, as in ["[\"NoFlag\"]"].
func unwrap(list []string) []string {
	var flat []string
	for _, s := range list {
		var inner []string
		if strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &inner) == nil {
			flat = append(flat, inner...)
		} else {
			flat = append(flat, s)
		}
	}
	return flat
}
