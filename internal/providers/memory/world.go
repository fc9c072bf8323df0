package memory

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	worldPools = 24
	bigPool    = 300 // desktops of the first pool; the second has none, the others a few
)

// World makes pools in which every word of the model stands somewhere, and
// every field is said of some and not of others. The same seed makes the same
// pools. Their ids are pool-01 and so on, those of desktops desktop-01-0001.
func World(seed uint64) []Pool {
	w := world{rand.New(rand.NewPCG(seed, 0))}
	pools := make([]Pool, worldPools)
	for i := range pools {
		size := 1 + w.IntN(12)
		switch i {
		case 0:
			size = bigPool
		case 1:
			size = 0
		}
		pools[i] = w.pool(i, size)
	}
	return pools
}

type world struct{ *rand.Rand }

// pick takes the words one after the other, and any of them when all were taken.
func pick[W any](w world, i int, words ...W) W {
	if i < len(words) {
		return words[i]
	}
	return words[w.IntN(len(words))]
}

// some is nil, or points at a number below n.
func (w world) some(n int) *int {
	if w.IntN(4) == 0 {
		return nil
	}
	return new(w.IntN(n))
}

// time is none, or some second of 2025.
func (w world) time() time.Time {
	if w.IntN(4) == 0 {
		return time.Time{}
	}
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(w.IntN(365*86400)) * time.Second)
}

func (w world) pool(i, size int) Pool {
	p := Pool{Pool: pool.Pool{
		NativeID:            fmt.Sprintf("pool-%02d", i+1),
		Name:                pick(w, i, "design", "office", "云桌面池", "Büro", "call centre") + fmt.Sprintf(" %d", i+1),
		Description:         pick(w, i, nil, new(""), new("for the \"night\" shift")),
		State:               pick(w, i, pool.PoolReady, pool.PoolChanging, pool.PoolDegraded, pool.PoolPendingPayment, pool.PoolSuspended, pool.PoolUnknown),
		Conditions:          pick(w, i, []pool.Condition{pool.HasFrozenDesktops}, []pool.Condition{}, nil),
		AssignmentMode:      pick(w, i, pool.Static, pool.Dynamic, pool.AssignmentUnknown),
		SessionMode:         pick(w, i, pool.SingleSession, pool.MultiSession, pool.SessionUnknown),
		BillingMode:         w.billingMode(i),
		AvailabilityZone:    pick(w, i, "zone-a", "zone-b", ""),
		SubnetIDs:           pick(w, i, []string{"subnet-1", "subnet-2"}, []string{}, nil),
		Product:             w.product(i),
		Image:               w.image(i),
		Disks:               w.disks(i),
		SecurityGroups:      pick(w, i, []pool.Named{{ID: "sg-1", Name: "default"}}, []pool.Named{}, nil),
		SessionRetention:    w.retention(i),
		Autoscale:           w.autoscale(i),
		InMaintenance:       pick(w, i, new(true), new(false), nil),
		EnterpriseProjectID: pick(w, i, "ep-1", ""),
		NamePolicyID:        pick(w, i, "np-1", ""),
		CreatedAt:           w.time(),
		ExpiresAt:           w.time(),
	}}
	for k := range size {
		p.Desktops = append(p.Desktops, w.desktop(i, k, &p.Pool))
	}
	p.Counts = counts(p.Desktops)
	return p
}

func (w world) billingMode(i int) pool.BillingMode {
	return pick(w, i, pool.Prepaid, pool.Postpaid, pool.BillingUnknown)
}

func (w world) product(i int) pool.Product {
	return pool.Product{
		ID:           fmt.Sprintf("product-%d", w.IntN(5)),
		FlavorID:     pick(w, i, "flavor-1", ""),
		Description:  pick(w, i, "4 vCPUs, 8 GiB", ""),
		Family:       pick(w, i, "general", "graphics", ""),
		Architecture: pick(w, i, "x86", "arm64", ""),
		CPU:          w.some(64),
		MemoryMiB:    w.some(1 << 18),
		GPU:          pick(w, i, &pool.GPU{Count: new(0.25), Model: "T4"}, &pool.GPU{}, nil),
		BillingMode:  w.billingMode(i),
		SaleStatus:   pick(w, i, pool.OnSale, pool.SoldOut, pool.Withdrawn, pool.SaleUnknown),
	}
}

func (w world) image(i int) pool.Image {
	return pool.Image{
		ID:          fmt.Sprintf("image-%d", w.IntN(5)),
		Name:        pick(w, i, "Windows 11", "Ubuntu 24.04", ""),
		OSType:      pick(w, i, pool.Windows, pool.Linux, pool.OtherOS, pool.OSUnknown),
		OSVersion:   pick(w, i, "11 Enterprise 64bit", ""),
		OSPlatform:  pick(w, i, "x64", ""),
		ProductCode: pick(w, i, "code-1", ""),
	}
}

func (w world) disks(i int) []pool.Disk {
	if i%7 == 6 {
		return pick(w, w.IntN(2), nil, []pool.Disk{})
	}
	var disks []pool.Disk
	for k, role := range []pool.DiskRole{pool.SystemDisk, pool.DataDisk} {
		disks = append(disks, pool.Disk{
			ID:         fmt.Sprintf("disk-%d-%d", i, k),
			Role:       role,
			Class:      pick(w, i, pool.Balanced, pool.GeneralSSD, pool.FastSSD, pool.DiskUnknown),
			NativeType: pick(w, i, "slow", "fast"),
			SizeGiB:    w.some(1000),
			SpecCode:   pick(w, i, "spec-1", ""),
		})
	}
	return disks
}

func (w world) retention(i int) pool.Retention {
	r := pool.Retention{Mode: pick(w, i, pool.RetainNone, pool.RetainTimed, pool.RetainForever, pool.RetentionUnknown)}
	if r.Mode == pool.RetainTimed {
		r.Seconds = new(60 * w.IntN(1440))
	}
	return r
}

func (w world) autoscale(i int) pool.Autoscale {
	return pool.Autoscale{
		Mode: pick(w, i, pool.AutoscaleOff, pool.AutoscaleOnAccess, pool.AutoscaleKeepIdle, pool.AutoscaleSchedule, pool.AutoscaleUnknown),
		Min:  w.some(5), Max: w.some(500), MinIdle: w.some(5), MaxAutoCreated: w.some(100), Step: w.some(10),
	}
}

// counts is what a pool says of its desktops.
func counts(desktops []pool.Desktop) pool.PoolCounts {
	number := func(is func(d *pool.Desktop) bool) *int {
		n := 0
		for i := range desktops {
			if desktops[i].LifecycleState != pool.Deleted && is(&desktops[i]) {
				n++
			}
		}
		return &n
	}
	return pool.PoolCounts{
		Total:     number(func(*pool.Desktop) bool { return true }),
		Assigned:  number(func(d *pool.Desktop) bool { return d.AssignmentState == pool.Assigned }),
		Connected: number(func(d *pool.Desktop) bool { return d.ConnectionState == pool.Connected }),
		Running:   number(func(d *pool.Desktop) bool { return d.PowerState == pool.Running }),
		Stopped:   number(func(d *pool.Desktop) bool { return d.PowerState == pool.Stopped }),
		Prepaid:   number(func(d *pool.Desktop) bool { return d.BillingMode == pool.Prepaid }),
		Postpaid:  number(func(d *pool.Desktop) bool { return d.BillingMode == pool.Postpaid }),
	}
}
