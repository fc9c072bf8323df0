package huawei

import (
	"math"

	"github.com/deskpool/deskpool/internal/pool"
)

// pool makes a Pool of a Huawei desktop pool. What the cloud did not say stays unsaid.
func (d desktopPool) pool(drift *pool.Drift) pool.Pool {
	p := pool.Pool{
		NativeID:            d.ID,
		Name:                d.Name,
		Description:         d.Description,
		State:               poolStates.of(d.Status, drift),
		AssignmentMode:      assignmentModes.of(d.Type, drift),
		SessionMode:         pool.SessionUnknown,
		BillingMode:         billingModes.of(d.ChargingMode, drift),
		Counts:              pool.PoolCounts{Total: d.DesktopCount, Assigned: d.DesktopUsed, Postpaid: d.OnDemand},
		AvailabilityZone:    d.Zone,
		SubnetIDs:           d.subnets(),
		Product:             d.Product.product(drift),
		Image:               d.image(drift),
		Disks:               d.disks(drift),
		SecurityGroups:      d.securityGroups(),
		SessionRetention:    d.retention(),
		Autoscale:           d.autoscale(drift),
		InMaintenance:       d.InMaintenance,
		EnterpriseProjectID: d.Enterprise,
		NamePolicyID:        d.NamePolicy,
		CreatedAt:           d.Created,
	}
	p.Conditions = conditions(p.State)
	return p
}

// conditions: a steady pool has no frozen desktops; of a changing one it is not said.
func conditions(s pool.PoolState) []pool.Condition {
	switch s {
	case pool.PoolDegraded:
		return []pool.Condition{pool.HasFrozenDesktops}
	case pool.PoolReady:
		return []pool.Condition{}
	}
	return nil
}

// subnets prefers subnet_ids to the deprecated subnet_id, which is its first.
func (d desktopPool) subnets() []string {
	if len(d.SubnetIDs) == 0 && d.SubnetID != "" {
		return []string{d.SubnetID}
	}
	return d.SubnetIDs
}

// product of an absent one is the zero Product.
func (p *product) product(drift *pool.Drift) pool.Product {
	if p == nil {
		return pool.Product{}
	}
	return pool.Product{
		ID:           p.ID,
		FlavorID:     p.FlavorID,
		Description:  p.Descriptions,
		Family:       p.PackageType,
		Architecture: p.Architecture,
		CPU:          p.CPU,
		MemoryMiB:    p.MemoryMB,
		GPU:          p.gpu(),
		BillingMode:  billingModes.of(p.ChargeMode, drift),
		SaleStatus:   saleStates.of(p.Status, drift),
	}
}

func (p *product) gpu() *pool.GPU {
	if p.IsGPU == nil || !*p.IsGPU {
		return nil
	}
	return &pool.GPU{Model: p.GPUModel}
}

func (d desktopPool) image(drift *pool.Drift) pool.Image {
	return pool.Image{
		ID:          d.ImageID,
		Name:        d.ImageName,
		OSType:      osTypes.of(d.ImageOSType, drift),
		OSVersion:   d.ImageOSVersion,
		OSPlatform:  d.ImageOSPlatform,
		ProductCode: d.ImageCode,
	}
}

func (d desktopPool) disks(drift *pool.Drift) []pool.Disk {
	return disks(d.RootVolume, d.DataVolumes, drift)
}

// anyVolume is a volume of a pool or of a desktop.
type anyVolume interface {
	disk(pool.DiskRole, *pool.Drift) pool.Disk
}

// disks lists the system disk, then the data disks in the cloud's order.
func disks[V anyVolume](root *V, data []V, drift *pool.Drift) []pool.Disk {
	var list []pool.Disk
	if data != nil {
		list = []pool.Disk{}
	}
	if root != nil {
		list = append(list, (*root).disk(pool.SystemDisk, drift))
	}
	for _, v := range data {
		list = append(list, v.disk(pool.DataDisk, drift))
	}
	return list
}

func (v volume) disk(role pool.DiskRole, drift *pool.Drift) pool.Disk {
	return pool.Disk{
		ID:         v.ID,
		Role:       role,
		Class:      diskClasses.of(v.Type, drift),
		NativeType: v.Type,
		SizeGiB:    v.SizeGB,
		SpecCode:   v.SpecCode,
	}
}

func (d desktopPool) securityGroups() []pool.Named {
	if d.SecurityGroups == nil {
		return nil
	}
	groups := make([]pool.Named, len(d.SecurityGroups))
	for i, g := range d.SecurityGroups {
		groups[i] = pool.Named{ID: g.ID, Name: g.Name}
	}
	return groups
}

// retention reads disconnected_retention_period, whole minutes. A static pool
// has none and says 0; what 0 means for a dynamic pool, whose range begins at 10, is not documented.
func (d desktopPool) retention() pool.Retention {
	const secondsPerMinute = 60
	switch mins := d.RetentionMins; {
	case mins == nil:
		return pool.Retention{}
	case *mins > 0 && *mins <= math.MaxInt/secondsPerMinute:
		seconds := *mins * secondsPerMinute
		return pool.Retention{Mode: pool.RetainTimed, Seconds: &seconds}
	case *mins == 0 && d.Type == "STATIC":
		return pool.Retention{Mode: pool.RetainNone}
	}
	return pool.Retention{Mode: pool.RetentionUnknown}
}

// autoscale keeps the numbers of a policy that is switched off, as the cloud does.
func (d desktopPool) autoscale(drift *pool.Drift) pool.Autoscale {
	var a pool.Autoscale
	policy := ""
	if p := d.AutoscalePolicy; p != nil {
		policy = p.Type
		a = pool.Autoscale{Min: p.MinRetention, MinIdle: p.MinIdle, MaxAutoCreated: p.MaxAutoCreated, Step: p.OnceCreated}
	}
	switch {
	case d.Autoscale == nil:
	case !*d.Autoscale:
		a.Mode = pool.AutoscaleOff
	case policy == "":
		a.Mode = pool.AutoscaleUnknown
	default:
		a.Mode = autoscaleModes.of(policy, drift)
	}
	return a
}
