package huaweisim

import (
	"fmt"
	"strconv"
	"time"
)

func exampleCreated() time.Time { return time.Date(2025, 5, 22, 9, 48, 47, 0, time.UTC) }

// examplePool is the example of "Querying Desktop Pool Details" (Huawei, 2025-07-14), as it stands there.
func examplePool() poolInfo {
	empty, zero := "", 0
	return poolInfo{
		ID: "1ad74b36-0de7-45fe-aed3-6cb047d69e99", Name: "yay-test", Type: "STATIC", Description: &empty,
		CreatedTime: exampleCreated().Format(secondsLayout), ChargingMode: "1",
		AvailabilityZone: "cn-north-7c", SubnetID: "c7f30df4-f3ac-4807-9599-18950b05455f",
		Product: productInfo{
			ProductID: "workspace.x86.ultimate.large2", FlavorID: "c7.large.2", Type: "BASE", CPU: "2", Memory: "4096",
			Descriptions: "Ultimate | 2 vCPUs | 4 GB memory", ChargeMode: "1", Architecture: "x86", PackageType: "ultimate",
			SystemDiskType: "SAS", SystemDiskSize: "140", ResourceType: "hws.resource.type.workspace.desktop",
			CloudServiceType: "hws.service.type.vdi", VolumeProductType: "workspace", Status: "normal",
		},
		ImageID: "cc3bbc0b-9441-461b-b80b-48c52f3aed08", ImageName: "WKS_WIN1064_UserImage",
		ImageOSType: "Windows", ImageOSVersion: "Windows 10 64bit", ImageOSPlatform: "Windows",
		RootVolume: volumeInfo{ID: "651d3724-fa85-420a-ab5f-ff531629747f", Type: "SAS", Size: 80},
		DataVolumes: []volumeInfo{
			{ID: "305d3c76-199f-4407-8d82-2a42d970595e", Type: "SAS", Size: 10},
			{ID: "9969022b-557d-4c1e-b22f-e7736ebe30af", Type: "SAS", Size: 10},
		},
		SecurityGroups: []securityGroup{}, Retention: &zero, EnableAutoscale: true,
		AutoscalePolicy: &autoscalePolicy{AutoscaleType: "AUTO_CREATED", MaxAutoCreated: 1, MinIdle: 10, OnceAutoCreated: 1},
		Status:          "STEADY", EnterpriseProjectID: "0",
	}
}

// generate makes the pool of index k, from 1. Every property turns with a period
// of its own, so that each of its words occurs within a dozen pools.
func (w *World) generate(k int, region string) poolInfo {
	id := func(what uint64) string { return uuid(w.seed, 4, uint64(k), what) }
	p := poolInfo{
		ID:                  id(0),
		Name:                fmt.Sprintf("%s-%02d", pick(k, "finance", "研发", "support", "sales", "设计", "training", "callcenter"), k),
		Type:                pick(k, "STATIC", "DYNAMIC"),
		ChargingMode:        pick(k, "0", "1", "1"),
		AvailabilityZone:    pick(k, region+"a", region+"b", region+"c", ""),
		Status:              pick(k, "STEADY", "STEADY", "TEMPORARY", "STEADY", "EXIST_FROZEN", "STEADY", "UNKNOWN"),
		EnterpriseProjectID: pick(k, "0", "0", uuid(w.seed, 5)),
		InMaintenanceMode:   k%8 == 5,
		EnableAutoscale:     k%5 != 0 && k%5 != 3,
		AutoscalePolicy:     autoscaleOf(k),
	}
	p.Product = productOf(k, p.ChargingMode)
	w.setImage(&p, k)
	w.setVolumes(&p, k)
	setRetention(&p, k)
	switch k % 4 {
	case 0:
		p.SubnetID = id(1)
	case 1:
		p.SubnetIDs = []string{id(1)}
	case 2:
		p.SubnetID, p.SubnetIDs = id(1), []string{id(1), id(2)}
	case 3:
		p.SubnetIDs = []string{id(1), id(2), id(3)}
	}
	for n := range k % 3 {
		p.SecurityGroups = append(p.SecurityGroups, securityGroup{id(10 + uint64(n)), pick(n, "WorkspaceUserSecurityGroup", "office-only")})
	}
	if text := pick(k, "", "Desktops of the "+p.Name+" team", "-"); text != "-" {
		p.Description = &text
	}
	if k%5 == 2 {
		p.DesktopNamePolicyID = id(20)
	}
	if k%3 != 1 { // the newer fields come region by region
		p.VPCID, p.Domain = id(21), pick(k, "", "corp.example.com")
		p.OUName = pick(k, "", "", "OU=Desktops")
		p.Tags = []tag{{"cost-centre", strconv.Itoa(4000 + k)}}
		p.UserResetPolicy = &userResetPolicy{k%2 == 0, 1 + k%100}
	}
	if k == 3 {
		p.ID = orderPoolID
	}
	return p
}

// orderPoolID is the pool of the example of "Batch Changing Orders of a
// Yearly/Monthly Desktop Pool" (Huawei, 2025-07-14): here the first pool that
// is yearly/monthly and STEADY, so that the example can be ordered as it stands.
const orderPoolID = "b046ac8e-0994-4c09-a8a8-bd989d218120"

func pick[T any](k int, from ...T) T { return from[k%len(from)] }

// bigPool is a plain pool for tests of size.
func (w *World) bigPool(region string) poolInfo {
	p := w.generate(len(w.pools), region)
	p.Name, p.Status, p.InMaintenanceMode = "big-pool", "STEADY", false
	return p
}

func autoscaleOf(k int) *autoscalePolicy {
	switch k % 5 {
	case 1:
		return &autoscalePolicy{AutoscaleType: "ACCESS_CREATED", MaxAutoCreated: 50 + k, OnceAutoCreated: 5}
	case 2:
		return &autoscalePolicy{AutoscaleType: "AUTO_CREATED", MaxAutoCreated: 100, MinIdle: 10, OnceAutoCreated: 10}
	case 3: // may stay behind after autoscaling was switched off
		return &autoscalePolicy{OnceAutoCreated: 1}
	case 4:
		return &autoscalePolicy{AutoscaleType: "AUTO_CREATED", MaxAutoCreated: 5000, MinIdle: 20, MinRetention: 15,
			IdleRetentionDuration: 120, AutoIsolationEnable: true, AutoIsolationMaxNum: 40}
	}
	return nil
}

func editions() []string {
	return []string{"ultimate", "enterprise", "general", "workstation", "dedicated", "solver", "agile"}
}

func productOf(k int, charge string) productInfo {
	edition, arch := pick(k, editions()...), pick(k, "x86", "x86", "arm")
	p := newProduct(edition, arch, pick(k, 2, 4, 8, 16))
	p.ChargeMode, p.ContainDataDisk = charge, k%6 == 1
	p.Status = pick(k, "normal", "normal", "normal", "sellout", "normal", "abandon")
	if edition != "workstation" && k%2 == 1 {
		p.IsGPU = nil
	}
	return p
}

// newProduct is a product on sale, of one of the editions (package_type) and architectures, with so many vCPUs.
func newProduct(edition, arch string, cpu int) productInfo {
	gpu := edition == "workstation"
	p := productInfo{
		ProductID: fmt.Sprintf("workspace.%s.%s.large%d", arch, edition, cpu), FlavorID: fmt.Sprintf("c7.large.%d", cpu),
		Type: "BASE", CPU: strconv.Itoa(cpu), Memory: strconv.Itoa(cpu * 2048),
		Descriptions: fmt.Sprintf("%s | %d vCPUs | %d GB memory", edition, cpu, cpu*2), ChargeMode: "0",
		Architecture: arch, IsGPU: &gpu, PackageType: edition, SystemDiskType: "SAS", SystemDiskSize: "80",
		ResourceType: "hws.resource.type.workspace.desktop", CloudServiceType: "hws.service.type.vdi",
		VolumeProductType: "workspace", Status: "normal",
	}
	if gpu {
		p.FlavorID, p.GPUDesc = "g6.xlarge.4", "1 x NVIDIA T4"
	}
	return p
}

func (w *World) setImage(p *poolInfo, k int) {
	linux, market := k%4 == 1, k%6 == 4
	p.ImageID = uuid(w.seed, 6, uint64(k%9), mixText(fmt.Sprint(linux, market)))
	if linux {
		p.ImageName, p.ImageOSType, p.ImageOSVersion, p.ImageOSPlatform = "WKS_UOS_V20", "Linux", "UOS V20 64bit", "Linux"
	} else {
		p.ImageName, p.ImageOSType, p.ImageOSVersion, p.ImageOSPlatform = "WKS_WIN1164_UserImage", "Windows", "Windows 11 64bit", "Windows"
	}
	if market {
		p.ImageProductCode, p.ImageCloudServiceType, p.ImageResourceType = "market.win11.office", marketService, marketResource
	}
}

// setVolumes gives a pool a system disk, and data disks: not said, none, one, two, three, or the ten that are allowed.
func (w *World) setVolumes(p *poolInfo, k int) {
	volume := func(n int) volumeInfo {
		v := volumeInfo{ID: uuid(w.seed, 7, uint64(k), uint64(n)), Type: pick(k+n, "SAS", "SSD", "GPSSD", "SATA", "ESSD"), Size: 10 + 10*n}
		v.ResourceSpecCode = volumeSpec(v.Type)
		if v.Type == "GPSSD" || v.Type == "ESSD" {
			v.IOPS, v.Throughput = 3000+100*n, 125+n
		}
		if k%6 == 4 {
			v.KMSID = uuid(w.seed, 8)
		}
		return v
	}
	p.RootVolume = volume(0)
	p.RootVolume.Size = pick(k, 80, 140, 300)
	n := pick(k, -1, 1, 2, 0, 3, 10)
	if n >= 0 {
		p.DataVolumes = []volumeInfo{}
	}
	for i := range max(n, 0) {
		p.DataVolumes = append(p.DataVolumes, volume(i+1))
	}
}

// What a pool says of an image of the market.
const (
	marketService  = "hws.service.type.marketplace"
	marketResource = "hws.resource.type.marketplace"
)

// volumeSpec is the resource_spec_code of a type of disk.
func volumeSpec(kind string) string { return "workspace.volume." + kind }

func setRetention(p *poolInfo, k int) {
	minutes := 0
	if p.Type == "DYNAMIC" {
		minutes = pick(k/2, 10, 60, 1440, 43200)
	} else if k%4 == 2 {
		return // not said
	}
	p.Retention = &minutes
}
