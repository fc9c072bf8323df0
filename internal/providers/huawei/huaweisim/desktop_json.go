package huaweisim

import (
	"fmt"
	"strconv"
)

// detail is the desktop as PoolDesktop. Every nineteenth lacks what may be lacking.
func (d desktop) detail() poolDesktop {
	p, s := d.template(), d.state()
	out := poolDesktop{
		DesktopID: d.id(), ComputerName: d.name(), DesktopType: d.kind(),
		Status: s.status, TaskStatus: s.task, LoginStatus: s.login, AttachState: s.attach,
		InMaintenanceMode: s.maintenance, IsFreeze: d.frozen(), Isolated: s.isolated,
		IsSupportInternet: d.internet() != "", IsAttachingEIP: d.i%43 == 2,
		Created: d.created().Format(millisLayout), SecurityGroups: append([]securityGroup{}, p.SecurityGroups...),
		ProductID: p.Product.ProductID, ShareResourceSKU: d.shareSKU(),
		AvailabilityZone: p.AvailabilityZone, SubnetID: d.subnet(), EnterpriseProjectID: p.EnterpriseProjectID,
		Tags: append([]tag{}, p.Tags...), InternetMode: d.internet(), InconsistentTypes: []string{},
		UserList: []string{}, UserGroupList: []string{}, AttachUserInfos: []attachUser{},
	}
	for _, how := range []string{"PRODUCT", "IMAGE"} {
		if d.differs(how) {
			out.InconsistentTypes = append(out.InconsistentTypes, how)
		}
	}
	if s.task != "" {
		percent := d.i * 7 % 101
		out.Process = &percent
	}
	if !d.onDemand() {
		out.OrderID = fmt.Sprintf("CS250524%04d%05X", d.pool.index%10000, d.i&0xfffff)
	}
	d.addUser(&out)
	d.addAddresses(&out)
	if d.i%19 != 6 {
		d.addParts(&out)
	}
	return out
}

func (d desktop) addUser(out *poolDesktop) {
	name, group := d.user()
	if name == "" {
		return
	}
	out.AttachUserInfos = d.attachUsers()
	out.UserGroup = d.rights()
	if group {
		out.UserGroupList = []string{name}
	} else {
		out.UserName, out.UserList = name, []string{name}
	}
}

func (d desktop) attachUsers() []attachUser {
	name, group := d.user()
	if name == "" {
		return []attachUser{}
	}
	kind := "USER"
	if group {
		kind = "GROUP"
	}
	return []attachUser{{hexID(mixText(name)), name, d.pool.info.Domain, d.rights(), kind}}
}

// addAddresses gives the map of the schema or, in a world that has such, every
// fifth desktop the bare array of the OpenAPI example.
func (d desktop) addAddresses(out *poolDesktop) {
	mac := fmt.Sprintf("fa:16:3e:%02x:%02x:%02x", d.i>>16&0xff, d.i>>8&0xff, d.i&0xff)
	list := []address{{d.ipv4(), "4", mac, "fixed"}}
	out.IPv4, out.IPAddresses = d.ipv4(), []string{d.ipv4()}
	if ip := d.ipv6(); ip != "" {
		list = append(list, address{ip, "6", mac, "fixed"})
		out.IPv6, out.IPAddresses = ip, append(out.IPAddresses, ip)
	}
	switch mode := d.internet(); mode {
	case "EIP", "BOTH":
		list = append(list, address{d.floating(), "4", mac, "floating"})
		out.IPAddresses = append(out.IPAddresses, d.floating())
		out.InternetModeList = []string{"EIP"}
		if mode == "BOTH" {
			out.InternetModeList = []string{"NAT", "EIP"}
		}
	case "NAT":
		out.InternetModeList = []string{"NAT"}
	}
	out.Addresses = map[string][]address{d.subnet(): list}
	if d.pool.world.arrays && d.i%5 == 4 {
		out.Addresses = list
	}
}

// addParts adds what some answers of the real service lack.
func (d desktop) addParts(out *poolDesktop) {
	p, seed, at := d.template(), d.pool.world.seed, uint64(d.pool.index)<<32|uint64(d.i)
	out.OSHostName, out.OSVersion, out.OUName, out.Domain = out.ComputerName, p.ImageOSVersion, p.OUName, p.Domain
	out.BillResourceID, out.RootResourceID = uuid(seed, 10, at), uuid(seed, 11, at)
	out.SID = fmt.Sprintf("S-1-5-21-%d-%d", uint32(seed), d.i+1000)
	out.SiteType, out.SiteName = pick(d.i, "CENTER", "CENTER", "IES"), pick(d.i, "center", "center", "branch-1")
	product := p.Product
	product.ChargeMode = d.charge()
	out.Product = &product
	out.Flavor = &flavor{product.FlavorID, []flavorLink{{"bookmark", "https://ecs.example.com/flavors/" + product.FlavorID}}}
	out.Metadata = map[string]string{
		"image_name": p.ImageName, "metering.image_id": p.ImageID, "metering.resourcespeccode": product.ProductID,
		"metering.resourcetype": product.ResourceType, "os_bit": "64", "os_type": p.ImageOSType, "desktop_os_version": p.ImageOSVersion,
	}
	root := d.volume(p.RootVolume, 0)
	out.RootVolume = &root
	out.DataVolumes = []volumeDetail{}
	for n, v := range p.DataVolumes {
		out.DataVolumes = append(out.DataVolumes, d.volume(v, n+1))
	}
	if d.pool.index > 0 && d.i%50 == 13 {
		out.HourPackageInfo = &hourPackage{"CS25052414519W9OP", uuid(seed, 12, at), uuid(seed, 13, at), "workspace.package.100h",
			"hour-package", pick(d.i, "SHUTDOWN_OR_HIBERNATE", "PAY_PER_USE"), 100, d.i % 100}
	}
}

// volume is a disk made after a template of the pool.
func (d desktop) volume(t volumeInfo, n int) volumeDetail {
	at := uint64(d.pool.index)<<32 | uint64(d.i)
	return volumeDetail{
		Type: t.Type, Size: t.Size, Device: "/dev/vd" + string(rune('a'+n)), DesktopPoolDiskID: t.ID,
		ID: uuid(d.pool.world.seed, 14, at, uint64(n)), VolumeID: uuid(d.pool.world.seed, 15, at, uint64(n)),
		CreateTime: d.created().Format(millisLayout), DisplayName: d.name() + "-" + strconv.Itoa(n),
		ResourceSpecCode: t.ResourceSpecCode, KMSID: t.KMSID, IOPS: t.IOPS, Throughput: t.Throughput,
	}
}

// row is the desktop as ListDesktops has it.
func (d desktop) row(domainID, projectID string) desktopRow {
	p, s := d.template(), d.state()
	out := desktopRow{
		DesktopID: d.id(), ComputerName: d.name(), OSHostName: d.name(), Created: d.created().Format(spaceLayout),
		IPAddress: d.ipv4(), AttachUserInfos: d.attachUsers(), OUName: p.OUName, EnterpriseProjectID: p.EnterpriseProjectID,
		Tags: append([]tag{}, p.Tags...), InMaintenanceMode: s.maintenance, ShareResourceSKU: d.shareSKU(), DesktopType: d.kind(),
		SubnetID: d.subnet(), Status: s.status, TaskStatus: s.task, AvailabilityZone: p.AvailabilityZone,
		ConnectStatus: s.login, DomainID: domainID, ProjectID: projectID,
	}
	if name, group := d.user(); name != "" {
		out.UserGroup = d.rights()
		if !group {
			out.UserName = name
		}
	}
	if !d.pool.ordinary {
		out.PoolID = d.pool.info.ID
	}
	return out
}
