package huawei

import (
	"strconv"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// vocabulary translates the cloud's words of one kind.
type vocabulary[W ~string] struct {
	name  string // for drift, as in pool.status
	words map[string]W
}

// of translates a word: none for none, UNKNOWN for one that the vocabulary has not.
func (v vocabulary[W]) of(said string, drift *pool.Drift) W {
	if said == "" {
		return ""
	}
	if w, known := v.words[said]; known {
		return w
	}
	drift.Word(v.name, said)
	return pool.Unknown
}

var poolStates = vocabulary[pool.PoolState]{"pool.status", map[string]pool.PoolState{
	"STEADY":       pool.PoolReady,
	"TEMPORARY":    pool.PoolChanging,
	"EXIST_FROZEN": pool.PoolDegraded,
	"UNKNOWN":      pool.PoolUnknown,
}}

var assignmentModes = vocabulary[pool.AssignmentMode]{"pool.type", map[string]pool.AssignmentMode{
	"STATIC":  pool.Static,
	"DYNAMIC": pool.Dynamic,
}}

// billingModes holds for charging_mode of pools and charge_mode of products:
// "0" is yearly/monthly. (The English page of ProductInfo says the opposite, against its own example.)
var billingModes = vocabulary[pool.BillingMode]{"charge_mode", map[string]pool.BillingMode{
	"0": pool.Prepaid,
	"1": pool.Postpaid,
}}

var saleStates = vocabulary[pool.SaleStatus]{"product.status", map[string]pool.SaleStatus{
	"normal":  pool.OnSale,
	"sellout": pool.SoldOut,
	"abandon": pool.Withdrawn,
}}

var osTypes = vocabulary[pool.OSType]{"os_type", map[string]pool.OSType{
	"Windows": pool.Windows, "windows": pool.Windows, "WINDOWS": pool.Windows,
	"Linux": pool.Linux, "linux": pool.Linux, "LINUX": pool.Linux,
	"Other": pool.OtherOS, "other": pool.OtherOS, "OTHER": pool.OtherOS,
}}

var diskClasses = vocabulary[pool.DiskClass]{"volume.type", map[string]pool.DiskClass{
	"SAS":   pool.Balanced,
	"GPSSD": pool.GeneralSSD,
	"SSD":   pool.FastSSD,
}}

var autoscaleModes = vocabulary[pool.AutoscaleMode]{"pool.autoscale_type", map[string]pool.AutoscaleMode{
	"ACCESS_CREATED": pool.AutoscaleOnAccess,
	"AUTO_CREATED":   pool.AutoscaleKeepIdle,
}}

var powerStates = vocabulary[pool.PowerState]{"desktop.status", map[string]pool.PowerState{
	"ACTIVE":     pool.Running,
	"SHUTOFF":    pool.Stopped,
	"HIBERNATED": pool.Hibernated,
	statusError:  pool.PowerUnknown,
}}

// statusError is a desktop's status that says nothing of its power.
const statusError = "ERROR"

var connectionStates = vocabulary[pool.ConnectionState]{"desktop.login_status", map[string]pool.ConnectionState{
	"CONNECTED":    pool.Connected,
	"DISCONNECTED": pool.Disconnected,
	"REGISTERED":   pool.Idle,
	"UNREGISTER":   pool.AgentOffline,
}}

var assignmentStates = vocabulary[pool.AssignmentState]{"desktop.attach_state", map[string]pool.AssignmentState{
	"ATTACHED":                         pool.Assigned,
	"UNATTACH":                         pool.Unassigned,
	"DEATTACHED":                       pool.Unassigned,
	"ATTACHING":                        pool.Assigning,
	"DEATTACHING":                      pool.Unassigning,
	"WAITING":                          pool.AssignmentPending,
	"ATTACHFAIL":                       pool.AssignFailed,
	"ATTACH_FAIL_CAN_ATTACH_AGAIN":     pool.AssignFailed,
	"DEATTACHFAIL":                     pool.UnassignFailed,
	"DEATTACH_FAIL_CAN_DEATTACH_AGAIN": pool.UnassignFailed,
}}

var assigneeTypes = vocabulary[string]{"desktop.attach_user_infos.type", map[string]string{
	"USER":       "USER",
	"GROUP":      "GROUP",
	"USER_GROUP": "GROUP",
}}

// task is what a task_status says of a desktop: one of the two, or neither.
func task(status string) (lifecycle pool.LifecycleState, power pool.PowerState) {
	switch status {
	case "scheduling", "block_device_mapping", "networking", "spawning":
		return pool.Provisioning, ""
	case "migrating", "updating", "desktopNetworkChanging":
		return pool.Updating, ""
	case "deleting":
		return pool.Deleting, ""
	case "deleteFailed":
		return pool.Faulted, ""
	case "powering-on":
		return "", pool.Starting
	case "powering-off":
		return "", pool.Stopping
	}
	switch {
	case strings.HasPrefix(status, "resize_"):
		return pool.Updating, ""
	case strings.HasPrefix(status, "rebuild"):
		return pool.Rebuilding, ""
	case strings.HasPrefix(status, "reboot"):
		return "", pool.Restarting
	}
	return "", ""
}

// paymentStates are those of order_status, of Workspace and of billing. The last five are documented and have no word of their own.
var paymentStates = map[int]pool.PaymentState{
	0:  pool.PayCreated,
	1:  pool.PayInReview,
	2:  pool.PayRefunding,
	3:  pool.PayProcessing,
	4:  pool.PayCanceled,
	5:  pool.PayCompleted,
	6:  pool.PayAwaitingPayment,
	7:  pool.PayCompensating,
	8:  pool.PayInReview,
	9:  pool.PayAwaitingConfirmation,
	10: pool.PayOther,
	11: pool.PayOther,
	12: pool.PayOther,
	13: pool.PayOther,
	14: pool.PayOther,
}

// paymentState is none for none, and OTHER for a number that is not documented.
func paymentState(status *int, drift *pool.Drift) pool.PaymentState {
	if status == nil {
		return ""
	}
	if s, known := paymentStates[*status]; known {
		return s
	}
	drift.Word("order_status", strconv.Itoa(*status))
	return pool.PayOther
}
