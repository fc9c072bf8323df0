package huawei

// statistics is the answer of ListDesktopsStatistics.
type statistics struct {
	inBodyError
	counters
	Pools []poolStatistics `json:"desktop_pool_statistics"`
}

type poolStatistics struct {
	PoolID   string `json:"desktop_pool_id"`
	PoolName string `json:"desktop_pool_name"`
	counters
}

// counters counts the same desktops along three axes. An axis is absent if it
// was not asked for.
type counters struct {
	Total  *int          `json:"total_num"`
	Attach attachCounter `json:"attach_statistics"`
	Run    runCounter    `json:"run_state_statistics"`
	Login  loginCounter  `json:"login_state_statistics"`
}

type attachCounter struct {
	Attached   *int `json:"attached_num"`
	Unattached *int `json:"unattached_num"`
	Attaching  *int `json:"attaching_num"`
	Failed     *int `json:"attach_error_num"`
}

type runCounter struct {
	Stopped    *int `json:"stop_num"`
	Active     *int `json:"active_num"`
	Failed     *int `json:"error_num"`
	Hibernated *int `json:"hibernated_num"`
}

// loginCounter: unable_to_connect_num is optional, and is not the same as
// unregistered_num, whatever its description says.
type loginCounter struct {
	InUse        *int `json:"in_use_num"`
	Unregistered *int `json:"unregistered_num"`
	Unable       *int `json:"unable_to_connect_num"`
	Ready        *int `json:"ready_num"`
	Disconnected *int `json:"disconnected_num"`
}
