package main

import (
	"strconv"
	"strings"
	"time"
)

// mapping says where what a document's field says stands in our answer.
type mapping struct {
	said, ours string // paths
	// example is what ours is for the document's own example.
	example string
	as      as
}

// as makes what ours is, as JSON, of what a cloud said at a path.
type as func(said leaves, path string) string

func same(said leaves, path string) string { return said[path] }

func bare(said leaves, path string) string { return said.said(path) }

func quoted(said leaves, path string) string { return written(said.said(path)) }

func prefixed(prefix string) as {
	return func(said leaves, path string) string { return written(prefix + said.said(path)) }
}

func always(v string) as { return func(leaves, string) string { return v } }

func times(n, per int) as {
	return func(said leaves, path string) string {
		v, err := strconv.Atoi(said.said(path))
		if err != nil {
			return err.Error()
		}
		return strconv.Itoa(v * n / per)
	}
}

// moment is a time in UTC; none is said to be in another zone.
func moment(said leaves, path string) string {
	for _, layout := range []string{time.RFC3339, time.DateTime} {
		if when, err := time.Parse(layout, said.said(path)); err == nil {
			return written(when.Format(time.RFC3339))
		}
	}
	return "no time: " + said[path]
}

// words translates, as in "STEADY READY, TEMPORARY CHANGING".
func words(pairs string) as {
	table := map[string]string{}
	for pair := range strings.SplitSeq(pairs, ", ") {
		theirs, ours, _ := strings.Cut(pair, " ")
		table[theirs] = ours
	}
	return func(said leaves, path string) string {
		if w, known := table[said.said(path)]; known {
			return written(w)
		}
		return `"UNKNOWN"`
	}
}

// only is then where the field says when, else otherwise.
func only(when string, then, otherwise as) as {
	return func(said leaves, path string) string {
		if said.said(path) == when {
			return then(said, path)
		}
		return otherwise(said, path)
	}
}

// of reads another field than the one that is mapped.
func of(path string, a as) as { return func(said leaves, _ string) string { return a(said, path) } }

// huaweiPool maps ShowDesktopPoolDetail. The description of its product is in
// the language of the page.
func huaweiPool(productDescription string) []mapping {
	billing := words("0 PREPAID, 1 POSTPAID")
	scaling := words("ACCESS_CREATED ON_ACCESS, AUTO_CREATED KEEP_IDLE")
	scaled := of("enable_autoscale", only("false", always(`"OFF"`), of("autoscale_policy.autoscale_type", scaling)))
	m := []mapping{
		{"id", "id", `"hw:1ad74b36-0de7-45fe-aed3-6cb047d69e99"`, prefixed("hw:")},
		{"name", "name", `"yay-test"`, same},
		{"type", "assignment_mode", `"STATIC"`, words("STATIC STATIC, DYNAMIC DYNAMIC")},
		{"description", "description", `""`, same},
		{"created_time", "created_at", `"2025-05-22T09:48:47Z"`, moment},
		{"charging_mode", "billing_mode", `"POSTPAID"`, billing},
		{"desktop_count", "counts.total", `10`, same},
		{"desktop_used", "counts.assigned", `0`, same},
		{"availability_zone", "availability_zone", `"cn-north-7c"`, same},
		{"subnet_id", "subnet_ids.0", `"c7f30df4-f3ac-4807-9599-18950b05455f"`, same},
		{"product.product_id", "product.id", `"workspace.x86.ultimate.large2"`, same},
		{"product.flavor_id", "product.flavor_id", `"c7.large.2"`, same},
		{"product.cpu", "product.cpu", `2`, bare},
		{"product.memory", "product.memory_mib", `4096`, bare},
		{"product.descriptions", "product.description", written(productDescription), same},
		{"product.charge_mode", "product.billing_mode", `"POSTPAID"`, billing},
		{"product.architecture", "product.architecture", `"x86"`, same},
		{"product.is_gpu", "product.gpu", `null`, only("true", always(`{"count":null,"model":null}`), always(`null`))},
		{"product.package_type", "product.family", `"ultimate"`, same},
		{"product.status", "product.sale_status", `"ON_SALE"`, words("normal ON_SALE, sellout SOLD_OUT, abandon WITHDRAWN")},
		{"image_id", "image.id", `"cc3bbc0b-9441-461b-b80b-48c52f3aed08"`, same},
		{"image_name", "image.name", `"WKS_WIN1064_UserImage"`, same},
		{"image_os_type", "image.os_type", `"WINDOWS"`, words("Windows WINDOWS")},
		{"image_os_version", "image.os_version", `"Windows 10 64bit"`, same},
		{"image_os_platform", "image.os_platform", `"Windows"`, same},
		{"image_product_code", "image.product_code", `null`, same},
		{"security_groups.0.id", "security_groups.0.id", absent, same},
		{"security_groups.0.name", "security_groups.0.name", absent, same},
		{"disconnected_retention_period", "session_retention.mode", `"NONE"`, only("0", always(`"NONE"`), always(`"TIMED"`))},
		{"disconnected_retention_period", "session_retention.seconds", `null`, only("0", always(`null`), times(60, 1))},
		{"enable_autoscale", "autoscale.mode", `"KEEP_IDLE"`, scaled},
		{"autoscale_policy.autoscale_type", "autoscale.mode", `"KEEP_IDLE"`, scaled},
		{"autoscale_policy.max_auto_created", "autoscale.max_auto_created", `1`, same},
		{"autoscale_policy.min_idle", "autoscale.min_idle", `10`, same},
		{"autoscale_policy.once_auto_created", "autoscale.step", `1`, same},
		{"status", "state", `"READY"`, words("STEADY READY, TEMPORARY CHANGING, EXIST_FROZEN DEGRADED")},
		{"status", "conditions", `[]`, only("EXIST_FROZEN", always(`["HAS_FROZEN_DESKTOPS"]`), only("STEADY", always(`[]`), always(`null`)))},
		{"enterprise_project_id", "enterprise_project_id", `"0"`, same},
		{"in_maintenance_mode", "in_maintenance", `false`, same},
		{"desktop_name_policy_id", "name_policy_id", `null`, same},
	}
	m = append(m, huaweiDisk("root_volume.", "disks.0.", "SYSTEM", "651d3724-fa85-420a-ab5f-ff531629747f", "80")...)
	m = append(m, huaweiDisk("data_volumes.0.", "disks.1.", "DATA", "305d3c76-199f-4407-8d82-2a42d970595e", "10")...)
	return append(m, huaweiDisk("data_volumes.1.", "disks.2.", "DATA", "9969022b-557d-4c1e-b22f-e7736ebe30af", "10")...)
}

func huaweiDisk(said, ours, role, id, size string) []mapping {
	return []mapping{
		{said + "id", ours + "id", written(id), same},
		{said + "id", ours + "role", written(role), always(written(role))},
		{said + "type", ours + "class", `"BALANCED"`, words("SAS BALANCED, SSD FAST_SSD")},
		{said + "type", ours + "native_type", `"SAS"`, same},
		{said + "size", ours + "size_gib", size, same},
		{said + "resource_spec_code", ours + "spec_code", `null`, same},
	}
}

// huaweiStatistics maps ListDesktopsStatistics: its sum to the row of the
// source, its pools to theirs. The example has the total only.
func huaweiStatistics() []mapping {
	m := append(huaweiCounts("", "by_source.items.0.", `1`, `null`), huaweiCounts("desktop_pool_statistics.0.", "by_pool.items.0.", absent, absent)...)
	return append(m,
		mapping{"desktop_pool_statistics.0.desktop_pool_id", "by_pool.items.0.group.pool_id", absent, prefixed("hw:")},
		mapping{"desktop_pool_statistics.0.desktop_pool_name", "by_pool.items.0.group.pool_name", absent, same},
	)
}

func huaweiCounts(said, ours, total, counter string) []mapping {
	m := []mapping{{said + "total_num", ours + "total", total, same}}
	for _, pair := range [][2]string{
		{"attach_statistics.attached_num", "assignment.assigned"},
		{"attach_statistics.unattached_num", "assignment.unassigned"},
		{"attach_statistics.attaching_num", "assignment.assigning"},
		{"attach_statistics.attach_error_num", "assignment.failed"},
		{"run_state_statistics.stop_num", "power.stopped"},
		{"run_state_statistics.active_num", "power.running"},
		{"run_state_statistics.error_num", "power.faulted"},
		{"run_state_statistics.hibernated_num", "power.hibernated"},
		{"login_state_statistics.in_use_num", "connection.connected"},
		{"login_state_statistics.unregistered_num", "connection.agent_offline"},
		{"login_state_statistics.unable_to_connect_num", "connection.unreachable"},
		{"login_state_statistics.ready_num", "connection.idle"},
		{"login_state_statistics.disconnected_num", "connection.disconnected"},
	} {
		m = append(m, mapping{said + pair[0], ours + pair[1], counter, same})
	}
	return m
}
