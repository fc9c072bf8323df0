package huawei

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// desktop makes a Desktop of a Huawei desktop.
func (d desktop) desktop(operation string, drift *pool.Drift) pool.Desktop {
	lifecycle, power := d.states(drift)
	p := d.Product.product(drift)
	p.ID = cmp.Or(p.ID, d.ProductID)
	p.FlavorID = cmp.Or(p.FlavorID, d.Flavor.ID)
	return pool.Desktop{
		NativeID:         d.ID,
		PoolID:           d.PoolID,
		Name:             d.Name,
		LifecycleState:   lifecycle,
		PowerState:       power,
		ConnectionState:  connectionStates.of(d.LoginStatus, drift),
		AssignmentState:  assignmentStates.of(d.AttachState, drift),
		BillingState:     d.billing(),
		BillingMode:      p.BillingMode,
		Assignments:      d.assignments(drift),
		Image:            d.image(drift),
		Product:          p,
		Disks:            d.disks(drift),
		Addresses:        d.addresses(operation, drift),
		CreatedAt:        d.Created,
		InMaintenance:    d.InMaintenance,
		AvailabilityZone: d.Zone,
	}
}

// states reads task_status, which says what is under way, before status.
func (d desktop) states(drift *pool.Drift) (pool.LifecycleState, pool.PowerState) {
	running := ""
	if d.Task != nil {
		running = *d.Task
	}
	lifecycle, power := task(running)
	unknown := running != "" && lifecycle == "" && power == ""
	if unknown {
		drift.Word("desktop.task_status", running)
	}
	switch {
	case lifecycle != "":
	case d.Status == statusError:
		lifecycle = pool.Faulted
	case unknown:
		lifecycle = pool.LifecycleUnknown
	case d.Task != nil || d.Status != "":
		lifecycle = pool.LifecycleReady
	}
	if power == "" {
		power = powerStates.of(d.Status, drift)
	}
	return lifecycle, power
}

func (d desktop) billing() pool.BillingState {
	switch {
	case d.Frozen == nil:
		return ""
	case *d.Frozen:
		return pool.BillingFrozen
	}
	return pool.BillingActive
}

// assignments prefers attach_user_infos, which has ids, to the lists of names,
// and those to the one user_name.
func (d desktop) assignments(drift *pool.Drift) []pool.Assignment {
	var all []pool.Assignment
	if d.Attached != nil || d.Users != nil || d.Groups != nil || d.UserName != nil {
		all = []pool.Assignment{}
	}
	for _, u := range d.Attached {
		all = append(all, pool.Assignment{User: pool.User{ID: u.ID, Name: u.Name}, Type: assignee(u.Type, drift)})
	}
	if len(all) > 0 {
		return all
	}
	for _, name := range d.Users {
		all = append(all, pool.Assignment{User: pool.User{Name: name}, Type: "USER"})
	}
	for _, name := range d.Groups {
		all = append(all, pool.Assignment{User: pool.User{Name: name}, Type: "GROUP"})
	}
	if len(all) == 0 && d.UserName != nil && *d.UserName != "" {
		all = append(all, pool.Assignment{User: pool.User{Name: *d.UserName}})
	}
	return all
}

// assignee is USER or GROUP, or nothing for a word that is neither.
func assignee(said string, drift *pool.Drift) string {
	if t := assigneeTypes.of(said, drift); t != pool.Unknown {
		return t
	}
	return ""
}

func (d desktop) image(drift *pool.Drift) pool.Image {
	return pool.Image{
		ID:          d.Metadata.ImageID,
		Name:        d.Metadata.ImageName,
		OSType:      osTypes.of(d.Metadata.OSType, drift),
		OSVersion:   cmp.Or(d.OSVersion, d.Metadata.OSVersion),
		ProductCode: d.Metadata.ImageCode,
	}
}

func (d desktop) disks(drift *pool.Drift) []pool.Disk {
	return disks(d.RootVolume, d.DataVolumes, drift)
}

func (v desktopVolume) disk(role pool.DiskRole, drift *pool.Drift) pool.Disk {
	return volume{ID: v.TemplateID, Type: v.Type, SizeGB: v.SizeGB, SpecCode: v.SpecCode}.disk(role, drift)
}

// addresses reads the map by network that is documented, or the bare array
// that an example shows; without either, the addresses that stand alone.
func (d desktop) addresses(operation string, drift *pool.Drift) []pool.Address {
	listed, said := listedAddresses(d.Addresses, operation, drift)
	if len(listed) > 0 {
		return listed
	}
	alone := d.IPs
	if len(alone) == 0 {
		alone = slices.DeleteFunc([]string{d.IPv4, d.IPv6}, func(s string) bool { return s == "" })
	}
	for _, ip := range alone {
		listed = append(listed, pool.Address{IP: ip, Version: ipVersion(ip, "")})
	}
	if listed == nil && (said || d.IPs != nil) {
		return []pool.Address{}
	}
	return listed
}

func listedAddresses(raw json.RawMessage, operation string, drift *pool.Drift) (listed []pool.Address, said bool) {
	if len(raw) == 0 {
		return nil, false
	}
	whole := slices.Concat([]byte(`{"addresses":`), raw, []byte(`}`))
	var all []address
	if bytes.HasPrefix(raw, []byte("[")) {
		var bare struct {
			Addresses []address `json:"addresses"`
		}
		said = wire.Decode(whole, operation, &bare, drift) == nil
		all = bare.Addresses
	} else {
		var byNetwork struct {
			Addresses map[string][]address `json:"addresses"`
		}
		said = wire.Decode(whole, operation, &byNetwork, drift) == nil && byNetwork.Addresses != nil
		for _, network := range slices.Sorted(maps.Keys(byNetwork.Addresses)) {
			all = append(all, byNetwork.Addresses[network]...)
		}
	}
	for _, a := range all {
		if a.IP == "" { // something else among the networks
			continue
		}
		listed = append(listed, pool.Address{IP: a.IP, Role: a.Type, Version: ipVersion(a.IP, a.Version)})
	}
	return listed, said
}

func ipVersion(ip, said string) string {
	if said != "" {
		return said
	}
	switch a, err := netip.ParseAddr(ip); {
	case err != nil:
		return ""
	case a.Is4():
		return "4"
	}
	return "6"
}
