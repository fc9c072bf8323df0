package alibaba

import (
	"cmp"
	"net/netip"

	"github.com/deskpool/deskpool/internal/pool"
)

// desktop converts an element of DescribeDesktopsInGroup; the array in which
// it sits tells its billing mode.
func (w words) desktop(d *groupDesktop, groupID string, billing pool.BillingMode) pool.Desktop {
	flags := unwrap(append([]string{d.ManagementFlag}, d.ManagementFlags...))
	desktop := pool.Desktop{
		NativeID:         identifier(d.ID),
		PoolID:           groupID,
		Name:             d.Name,
		LifecycleState:   w.lifecycleState(d.Status, flags),
		PowerState:       w.powerState(d.Status),
		ConnectionState:  w.connectionState(d.ConnectionStatus),
		BillingState:     w.billingState(d.Status),
		BillingMode:      billing,
		ActiveUsers:      users(unwrap(d.EndUserIDs), unwrap(d.EndUserNames)),
		Image:            pool.Image{ID: identifier(d.ImageID), Name: d.ImageName, OSType: w.osType("desktop.image.os_type", d.OSType)},
		Addresses:        addresses(d.MemberENIIP, "MEMBER", d.PrimaryENIIP, "PRIMARY"),
		Protocol:         d.ProtocolType,
		GPUDriverVersion: identifier(d.GPUDriverVersion),
		AgentVersion:     d.FotaVersion,
		CreatedAt:        d.CreateTime,
		ReleasedAt:       d.ReleaseTime,
		ResetAt:          d.ResetTime,
		ExpiresAt:        d.ExpiredTime,
	}
	desktop.AssignmentState, desktop.Assignments = assignment([]pool.User{{ID: identifier(d.EndUserID), Name: d.EndUserName}})
	if d.SystemDiskSize != nil {
		desktop.Disks = []pool.Disk{w.disk(pool.SystemDisk, "", d.SystemDiskSize)}
	}
	if d.CreateDuration != nil {
		desktop.RetainedSeconds = new(*d.CreateDuration / 1000)
	}
	return desktop
}

// found converts a row of DescribeDesktops.
func (w words) found(d *foundDesktop) pool.Desktop {
	flags := unwrap(append([]string{d.ManagementFlag}, d.ManagementFlags...))
	desktop := pool.Desktop{
		NativeID:         identifier(d.ID),
		PoolID:           identifier(d.DesktopGroupID),
		Name:             d.Name,
		LifecycleState:   w.lifecycleState(d.Status, flags),
		PowerState:       w.powerState(d.Status),
		ConnectionState:  w.connectionState(d.ConnectionStatus),
		BillingState:     w.billingState(d.Status),
		BillingMode:      w.billingMode("desktop.billing_mode", d.ChargeType),
		Image:            pool.Image{ID: identifier(d.ImageID), Name: d.ImageName, OSType: w.osType("desktop.image.os_type", d.OSType), OSPlatform: d.Platform},
		Product:          product(d.DesktopType, d.CPU, d.Memory, gpu(d.GPUCount, identifier(d.GPUSpec))),
		Addresses:        addresses(d.NetworkInterfaceIP, "NETWORK_INTERFACE"),
		Protocol:         d.ProtocolType,
		GPUDriverVersion: identifier(d.GPUDriverVersion),
		AgentVersion:     d.FotaUpdate.CurrentAppVersion,
		CreatedAt:        d.CreationTime,
		ExpiresAt:        d.ExpiredTime,
	}
	desktop.AssignmentState, desktop.Assignments = assignment(users(unwrap(d.EndUserIDs), nil))
	var ids, names []string
	for _, s := range d.Sessions {
		ids, names = append(ids, s.EndUserID), append(names, s.ExternalUserName)
	}
	desktop.ActiveUsers = users(ids, names)
	for _, disk := range d.Disks {
		desktop.Disks = append(desktop.Disks, w.disk(w.diskRole(disk.Type), disk.Category, disk.Size))
	}
	return desktop
}

// joinDesktop completes what DescribeDesktops says of a desktop by its row in
// the group. Its states are those of DescribeDesktops, which was asked for it
// alone; in the rest the row holds, so that a desktop looks the same in a
// listing. EndUserIds are other users in each.
func joinDesktop(d, row pool.Desktop) pool.Desktop {
	d.BillingMode = row.BillingMode
	d.AssignmentState, d.Assignments, d.ActiveUsers = row.AssignmentState, row.Assignments, row.ActiveUsers
	d.Image = pool.Image{
		ID:         cmp.Or(row.Image.ID, d.Image.ID),
		Name:       cmp.Or(row.Image.Name, d.Image.Name),
		OSType:     cmp.Or(row.Image.OSType, d.Image.OSType),
		OSPlatform: d.Image.OSPlatform,
	}
	d.Protocol = cmp.Or(row.Protocol, d.Protocol)
	d.GPUDriverVersion = cmp.Or(row.GPUDriverVersion, d.GPUDriverVersion)
	d.AgentVersion = cmp.Or(row.AgentVersion, d.AgentVersion)
	d.CreatedAt = cmp.Or(row.CreatedAt, d.CreatedAt)
	d.ExpiresAt = cmp.Or(row.ExpiresAt, d.ExpiresAt)
	d.ReleasedAt, d.ResetAt, d.RetainedSeconds = row.ReleasedAt, row.ResetAt, row.RetainedSeconds
	if len(d.Disks) == 0 {
		d.Disks = row.Disks
	}
	for _, a := range d.Addresses {
		if !hasIP(row.Addresses, a.IP) {
			row.Addresses = append(row.Addresses, a)
		}
	}
	d.Addresses = row.Addresses
	return d
}

// assignment tells whose a desktop is: of those users that have an id.
func assignment(to []pool.User) (pool.AssignmentState, []pool.Assignment) {
	list := []pool.Assignment{}
	for _, u := range to {
		if u.ID != "" {
			list = append(list, pool.Assignment{User: u})
		}
	}
	if len(list) == 0 {
		return pool.Unassigned, list
	}
	return pool.Assigned, list
}

// users pairs ids with names. There are none if nobody is named: the cloud
// leaves such lists out, or writes [""].
func users(ids, names []string) []pool.User {
	list := []pool.User{}
	for i := range max(len(ids), len(names)) {
		var u pool.User
		if i < len(ids) {
			u.ID = identifier(ids[i])
		}
		if i < len(names) {
			u.Name = names[i]
		}
		if u != (pool.User{}) {
			list = append(list, u)
		}
	}
	return list
}

// addresses takes pairs of an IP address and its role.
func addresses(pairs ...string) []pool.Address {
	var list []pool.Address
	for i := 0; i+1 < len(pairs); i += 2 {
		if ip := identifier(pairs[i]); ip != "" {
			list = append(list, pool.Address{IP: ip, Role: pairs[i+1], Version: ipVersion(ip)})
		}
	}
	return list
}

func ipVersion(ip string) string {
	a, err := netip.ParseAddr(ip)
	switch {
	case err != nil:
		return ""
	case a.Unmap().Is4():
		return "4"
	}
	return "6"
}

func hasIP(list []pool.Address, ip string) bool {
	for _, a := range list {
		if a.IP == ip {
			return true
		}
	}
	return false
}
