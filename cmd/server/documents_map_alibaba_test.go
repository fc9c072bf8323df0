package main

import "strconv"

// alibabaDesktops maps DescribeDesktopsInGroup: its subscription desktops come
// first, and the example has one of each kind.
func alibabaDesktops() []mapping {
	m := []mapping{
		{"RequestId", "sources.0.native.0.request_id", `"1CBAFFAB-B697-4049-A9B1-67E1FC5F` + idEnd + `"`, same},
		{"PaidDesktopsCount", "page.total", `20`, desktopsTotal},
		{"PostPaidDesktopsCount", "page.total", `20`, desktopsTotal},
	}
	m = append(m, alibabaDesktop("PaidDesktops.0.", "items.0.", "PREPAID", alibabaExample{
		id: "ud-7ftf5b6yu77b0" + idEnd, power: "RUNNING", protocol: "ASP",
	})...)
	m = append(m, alibabaDesktop("PostPaidDesktops.0.", "items.1.", "POSTPAID", alibabaExample{
		id: "ud-2i8qxpv6t1a07" + idEnd, power: "STOPPED", protocol: "HDX",
	})...)
	return append(m,
		mapping{"PostPaidDesktops.0.CreateDuration", "items.1.retained_s", `4153958`, times(1, 1000)},
		mapping{"PostPaidDesktops.0.CreateTime", "items.1.created_at", `"2022-01-21T06:34:57Z"`, moment},
		mapping{"PostPaidDesktops.0.ReleaseTime", "items.1.released_at", `"2022-01-21T16:34:57Z"`, moment},
	)
}

func desktopsTotal(said leaves, _ string) string {
	paid, err1 := strconv.Atoi(said["PaidDesktopsCount"])
	postPaid, err2 := strconv.Atoi(said["PostPaidDesktopsCount"])
	if err1 != nil || err2 != nil {
		return "no counts"
	}
	return strconv.Itoa(paid + postPaid)
}

// alibabaExample is in what the page's two desktops differ.
type alibabaExample struct{ id, power, protocol string }

func alibabaDesktop(said, ours, billing string, ex alibabaExample) []mapping {
	lifecycle := func(l leaves, _ string) string { return alibabaLifecycle(l, said) }
	power := words("Running RUNNING, Stopped STOPPED, Starting STARTING, Stopping STOPPING")
	m := []mapping{
		{"DesktopId", "id", written("ali:" + ex.id), prefixed("ali:")},
		{"DesktopId", "pool_id", written("ali:" + groupID), always(written("ali:" + groupID))},
		{"DesktopId", "billing_mode", written(billing), always(written(billing))}, // by the array
		{"DesktopName", "name", `"testName"`, same},
		{"DesktopStatus", "power_state", written(ex.power), power},
		{"DesktopStatus", "lifecycle_state", `"READY"`, lifecycle},
		{"DesktopStatus", "billing_state", `"ACTIVE"`, only("Expired", always(`"EXPIRED"`), always(`"ACTIVE"`))},
		{"ManagementFlag", "lifecycle_state", `"READY"`, lifecycle},
		{"ManagementFlags.0", "lifecycle_state", `"READY"`, lifecycle},
		{"ConnectionStatus", "connection_state", `"CONNECTED"`, words("Connected CONNECTED, Disconnected NOT_CONNECTED, Unknown UNKNOWN")},
		{"EndUserId", "assignment_state", `"ASSIGNED"`, always(`"ASSIGNED"`)},
		{"EndUserId", "assignments.0.user_id", `"alice"`, same},
		{"EndUserName", "assignments.0.user_name", `"alice"`, same},
		{"EndUserIds.0", "active_users.0.user_id", `"alice"`, same},
		{"EndUserNames.0", "active_users.0.user_name", `"alice"`, same},
		{"ResetTime", "reset_at", `"2021-03-03T08:48:08Z"`, moment},
		{"ImageId", "image.id", `"m-hn5v2mmk0` + idEnd + `"`, same},
		{"ImageName", "image.name", `"Win10_ZC"`, same},
		{"OsType", "image.os_type", `"WINDOWS"`, words("Windows WINDOWS, Linux LINUX")},
		{"SystemDiskSize", "disks.0.size_gib", `80`, same},
		{"SystemDiskSize", "disks.0.role", `"SYSTEM"`, always(`"SYSTEM"`)},
		{"GpuDriverVersion", "gpu_driver_version", `"1"`, quoted}, // the page promises text, its example is a number
		{"MemberEniIp", "addresses.0.ip", `"192.168.XX.XX"`, same},
		{"PrimaryEniIp", "addresses.1.ip", `"192.168.XX.XX"`, same},
		{"ProtocolType", "protocol", written(ex.protocol), same},
		{"FotaVersion", "agent_version", `"0.1.0-R-20220914.17` + idEnd + `"`, same},
	}
	for i := range m {
		m[i].said, m[i].ours = said+m[i].said, ours+m[i].ours
	}
	return m
}

// alibabaLifecycle is the state of a desktop by its status, else by its flags.
func alibabaLifecycle(said leaves, row string) string {
	switch said.said(row + "DesktopStatus") {
	case "Pending":
		return `"PROVISIONING"`
	case "Rebuilding":
		return `"REBUILDING"`
	case "Deleted":
		return `"DELETED"`
	}
	switch {
	case said.said(row+"ManagementFlag") == "Updating", said.said(row+"ManagementFlags.0") == "Updating":
		return `"UPDATING"`
	case said.said(row+"DesktopStatus") == newWord:
		return `"UNKNOWN"`
	}
	return `"READY"`
}
