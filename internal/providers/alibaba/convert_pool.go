package alibaba

import (
	"cmp"
	"strconv"

	"github.com/deskpool/deskpool/internal/pool"
)

// listed converts a row of DescribeDesktopGroups. What makes a group grow is
// not in it.
func (w words) listed(g *listedGroup) pool.Pool {
	states, _ := g.states()
	p := pool.Pool{
		NativeID:         identifier(g.ID),
		Name:             g.Name,
		Description:      g.Comments,
		State:            w.poolState(g.Status),
		AssignmentMode:   pool.Dynamic, // a group hands out any desktop that is free
		SessionMode:      w.sessionMode(g.OwnType),
		BillingMode:      w.billingMode("pool.billing_mode", g.PayType),
		Counts:           pool.PoolCounts{Total: g.total()},
		Product:          product(g.DesktopType, g.CPU, g.Memory, gpu(g.GPUCount, "")),
		Image:            pool.Image{ID: identifier(g.ImageID), OSType: w.osType("pool.image.os_type", g.OSType)},
		Disks:            w.poolDisks(g.group),
		SessionRetention: w.retention(g.KeepDuration),
		CreatedAt:        g.CreateTime,
		ExpiresAt:        g.ExpiredTime,
	}
	if states != nil {
		p.Counts.Running, p.Counts.Stopped = new(states["Running"]), new(states["Stopped"])
	}
	if id := identifier(g.SubnetID); id != "" {
		p.SubnetIDs = []string{id}
	}
	p.Autoscale.Min, p.Autoscale.Max = g.MinDesktopsCount, g.MaxDesktopsCount
	if p.BillingMode == pool.Prepaid && g.MaxDesktopsCount != nil && g.BuyDesktopsCount != nil {
		p.Autoscale.MaxAutoCreated = new(max(0, *g.MaxDesktopsCount-*g.BuyDesktopsCount))
	}
	return p
}

// joined converts what both operations say of a group. Where both say
// something, the listing holds: it is what the other routes show.
func (w words) joined(g *listedGroup, d *detailedGroup) pool.Pool {
	whole := *g
	whole.group = g.or(d.group)
	if whole.CreateTime.IsZero() {
		whole.CreateTime = d.CreationTime
	}
	p := w.listed(&whole)
	p.Product.GPU = gpu(whole.GPUCount, d.GPUSpec)
	p.Autoscale.Mode = w.autoscaleMode(whole.group, p.BillingMode, d)
	p.Autoscale.MinIdle = d.AllowBufferCount
	return p
}

// or fills what g leaves out from o.
func (g group) or(o group) group {
	g.Name = cmp.Or(g.Name, o.Name)
	g.Comments = cmp.Or(g.Comments, o.Comments)
	g.Status = cmp.Or(g.Status, o.Status)
	g.PayType = cmp.Or(g.PayType, o.PayType)
	g.ExpiredTime = cmp.Or(g.ExpiredTime, o.ExpiredTime)
	g.BuyDesktopsCount = cmp.Or(g.BuyDesktopsCount, o.BuyDesktopsCount)
	g.MinDesktopsCount = cmp.Or(g.MinDesktopsCount, o.MinDesktopsCount)
	g.MaxDesktopsCount = cmp.Or(g.MaxDesktopsCount, o.MaxDesktopsCount)
	g.KeepDuration = cmp.Or(g.KeepDuration, o.KeepDuration)
	g.ImageID = cmp.Or(g.ImageID, o.ImageID)
	g.OSType = cmp.Or(g.OSType, o.OSType)
	g.CPU = cmp.Or(g.CPU, o.CPU)
	g.Memory = cmp.Or(g.Memory, o.Memory)
	g.GPUCount = cmp.Or(g.GPUCount, o.GPUCount)
	g.SystemDiskCategory = cmp.Or(g.SystemDiskCategory, o.SystemDiskCategory)
	g.SystemDiskSize = cmp.Or(g.SystemDiskSize, o.SystemDiskSize)
	g.DataDiskCategory = cmp.Or(g.DataDiskCategory, o.DataDiskCategory)
	g.DataDiskSize = cmp.Or(g.DataDiskSize, o.DataDiskSize)
	return g
}

// autoscaleMode takes a lower bound that is absent for zero, which the cloud leaves out.
func (w words) autoscaleMode(g group, billing pool.BillingMode, d *detailedGroup) pool.AutoscaleMode {
	bounded, least := g.MaxDesktopsCount != nil, 0
	if g.MinDesktopsCount != nil {
		least = *g.MinDesktopsCount
	}
	switch {
	case len(d.ScaleTimerInfos) > 0:
		return pool.AutoscaleSchedule
	case d.AllowAutoSetup != nil && *d.AllowAutoSetup == 1,
		billing == pool.Postpaid && bounded && *g.MaxDesktopsCount > least:
		return pool.AutoscaleKeepIdle
	case d.AllowAutoSetup != nil && *d.AllowAutoSetup != 0:
		w.unknown("pool.autoscale.mode", number(*d.AllowAutoSetup))
		return pool.AutoscaleUnknown
	case d.AllowAutoSetup != nil, billing == pool.Postpaid && bounded:
		return pool.AutoscaleOff
	}
	return ""
}

// states counts desktops by DesktopStatus, less the deleted. CountPerStatus
// leaves out what is zero; it is nil and false if the cloud does not say.
func (g *listedGroup) states() (map[string]int, bool) {
	if len(g.CountPerStatus) == 0 && (g.DesktopCount == nil || *g.DesktopCount != 0) {
		return nil, false
	}
	states := map[string]int{}
	for _, s := range g.CountPerStatus {
		switch {
		case s.Status == statusDeleted:
		case s.Count == nil:
			return nil, false
		default:
			states[s.Status] += *s.Count
		}
	}
	return states, true
}

// total is how many desktops there are, nil if the cloud does not say.
func (g *listedGroup) total() *int {
	states, known := g.states()
	if !known {
		return g.DesktopCount
	}
	sum := 0
	for _, n := range states {
		sum += n
	}
	return &sum
}

// poolDisks makes the templates of a group's disks. It has at most one data
// disk, and none if its size is absent or 0.
func (w words) poolDisks(g group) []pool.Disk {
	var disks []pool.Disk
	if identifier(g.SystemDiskCategory) != "" || g.SystemDiskSize != nil {
		disks = append(disks, w.disk(pool.SystemDisk, g.SystemDiskCategory, g.SystemDiskSize))
	}
	if g.DataDiskSize != nil && *g.DataDiskSize > 0 {
		disks = append(disks, w.disk(pool.DataDisk, g.DataDiskCategory, g.DataDiskSize))
	}
	return disks
}

// disk makes a disk, whose id is its role: that is how ModifyDesktopSpec tells them apart.
func (w words) disk(role pool.DiskRole, category string, size *int) pool.Disk {
	category = identifier(category)
	return pool.Disk{ID: string(role), Role: role, Class: w.diskClass(category), NativeType: category, SizeGiB: size}
}

func product(desktopType string, cpu, memory *int, g *pool.GPU) pool.Product {
	return pool.Product{ID: identifier(desktopType), CPU: cpu, MemoryMiB: memory, GPU: g}
}

// gpu is nil where GpuCount is 0, or nothing is said.
func gpu(count *float64, model string) *pool.GPU {
	if count != nil && *count == 0 || count == nil && model == "" {
		return nil
	}
	return &pool.GPU{Count: count, Model: model}
}

func number[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }
