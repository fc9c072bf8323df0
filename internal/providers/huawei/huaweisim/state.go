package huaweisim

// state is how a desktop is, in the words of PoolDesktop.
type state struct {
	status, task, login, attach string
	maintenance, isolated       bool
}

// wheel has states in the order in which desktops take them: three common
// ones, then a rare one, so that some hundred desktops show every word there is.
type wheel []state

func newWheel() wheel {
	usual := []state{
		{status: "ACTIVE", login: "CONNECTED", attach: "ATTACHED"},
		{status: "ACTIVE", login: "REGISTERED", attach: "ATTACHED"},
		{status: "SHUTOFF", login: "UNREGISTER", attach: "ATTACHED"},
		{status: "ACTIVE", login: "CONNECTED", attach: "ATTACHED"},
		{status: "ACTIVE", login: "DISCONNECTED", attach: "ATTACHED"},
		{status: "ACTIVE", login: "REGISTERED", attach: "UNATTACH"},
		{status: "SHUTOFF", login: "UNREGISTER", attach: "UNATTACH"},
	}
	rare := append(tasks(),
		state{status: "HIBERNATED", login: "UNREGISTER", attach: "ATTACHED"},
		state{status: "ERROR", login: "UNREGISTER", attach: "ATTACHED"},
		state{status: "ACTIVE", login: "UNREGISTER", attach: "ATTACHED", isolated: true},
		state{status: "ACTIVE", login: "REGISTERED", attach: "ATTACHED", maintenance: true},
		state{status: "ACTIVE", login: "UNREGISTER", attach: "UNATTACH"},
		state{status: "ACTIVE", login: "REGISTERED", attach: "DEATTACHED"},
		state{status: "ACTIVE", login: "REGISTERED", attach: "ATTACHING"},
		state{status: "ACTIVE", login: "REGISTERED", attach: "DEATTACHING"},
		state{status: "ACTIVE", login: "REGISTERED", attach: "ATTACHFAIL"},
		state{status: "ACTIVE", login: "REGISTERED", attach: "DEATTACHFAIL"},
		state{status: "ACTIVE", login: "REGISTERED", attach: "WAITING"},
		state{status: "SHUTOFF", login: "UNREGISTER", attach: "ATTACH_FAIL_CAN_ATTACH_AGAIN"},
		state{status: "SHUTOFF", login: "UNREGISTER", attach: "DEATTACH_FAIL_CAN_DEATTACH_AGAIN"},
	)
	var w wheel
	for _, r := range rare {
		for range 3 {
			w = append(w, usual[len(w)%len(usual)])
		}
		w = append(w, r)
	}
	return w
}

// tasks has a state for every documented task_status.
func tasks() []state {
	var out []state
	add := func(status, login, attach string, tasks ...string) {
		for _, t := range tasks {
			out = append(out, state{status: status, task: t, login: login, attach: attach})
		}
	}
	add("SHUTOFF", "UNREGISTER", "UNATTACH", "scheduling", "block_device_mapping", "networking", "spawning", "deleting")
	add("ACTIVE", "UNREGISTER", "ATTACHED", "rebooting", "reboot_pending", "reboot_started",
		"rebooting_hard", "reboot_pending_hard", "reboot_started_hard")
	add("SHUTOFF", "UNREGISTER", "ATTACHED", "rebuilding", "rebuild_block_device_mapping", "rebuild_spawning",
		"resize_prep", "resize_migrating", "resize_migrated", "resize_finish", "resize_reverting", "powering-on")
	add("ACTIVE", "CONNECTED", "ATTACHED", "migrating", "updating")
	add("ACTIVE", "DISCONNECTED", "ATTACHED", "desktopNetworkChanging", "powering-off")
	add("ERROR", "UNREGISTER", "UNATTACH", "deleteFailed")
	return out
}

// bound is true if a user or group has the desktop, be it that it could not be taken away.
func (s state) bound() bool {
	switch s.attach {
	case "ATTACHED", "DEATTACHING", "DEATTACHFAIL", "DEATTACH_FAIL_CAN_DEATTACH_AGAIN":
		return true
	}
	return false
}

// tally counts desktops.
type tally struct {
	total, used, onDemand int
	attach                attachStatistics
	run                   runStatistics
	login                 loginStatistics
}

type attachStatistics struct {
	Attached    int `json:"attached_num"`
	Unattached  int `json:"unattached_num"`
	Attaching   int `json:"attaching_num"`
	AttachError int `json:"attach_error_num"`
}

type runStatistics struct {
	Stop       int `json:"stop_num"`
	Active     int `json:"active_num"`
	Error      int `json:"error_num"`
	Hibernated int `json:"hibernated_num"`
}

type loginStatistics struct {
	InUse           int `json:"in_use_num"`
	Unregistered    int `json:"unregistered_num"`
	UnableToConnect int `json:"unable_to_connect_num"`
	Ready           int `json:"ready_num"`
	Disconnected    int `json:"disconnected_num"`
}

// count counts a desktop once on each axis. What is on its way (DEATTACHING,
// WAITING too) counts as attaching, and an isolated desktop as unable to connect (chosen).
func (t *tally) count(d desktop) {
	s := d.state()
	t.total++
	if s.bound() {
		t.used++
	}
	if d.onDemand() {
		t.onDemand++
	}
	switch s.attach {
	case "ATTACHED":
		t.attach.Attached++
	case "UNATTACH", "DEATTACHED":
		t.attach.Unattached++
	case "ATTACHING", "DEATTACHING", "WAITING":
		t.attach.Attaching++
	default:
		t.attach.AttachError++
	}
	switch s.status {
	case "SHUTOFF":
		t.run.Stop++
	case "ACTIVE":
		t.run.Active++
	case "HIBERNATED":
		t.run.Hibernated++
	default:
		t.run.Error++
	}
	switch {
	case s.isolated:
		t.login.UnableToConnect++
	case s.login == "CONNECTED":
		t.login.InUse++
	case s.login == "REGISTERED":
		t.login.Ready++
	case s.login == "DISCONNECTED":
		t.login.Disconnected++
	default:
		t.login.Unregistered++
	}
}

// add adds what another tally has counted.
func (t *tally) add(o tally) {
	t.total += o.total
	t.used += o.used
	t.onDemand += o.onDemand
	t.attach.Attached += o.attach.Attached
	t.attach.Unattached += o.attach.Unattached
	t.attach.Attaching += o.attach.Attaching
	t.attach.AttachError += o.attach.AttachError
	t.run.Stop += o.run.Stop
	t.run.Active += o.run.Active
	t.run.Error += o.run.Error
	t.run.Hibernated += o.run.Hibernated
	t.login.InUse += o.login.InUse
	t.login.Unregistered += o.login.Unregistered
	t.login.UnableToConnect += o.login.UnableToConnect
	t.login.Ready += o.login.Ready
	t.login.Disconnected += o.login.Disconnected
}
