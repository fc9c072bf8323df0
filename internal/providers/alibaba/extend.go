package alibaba

import (
	"fmt"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// The sizes of disks that ModifyDesktopSpec documents. (Its gateway lets more
// through.)
const (
	minSystemGiB  = 80
	maxSystemGiB  = 500
	minDataGiB    = 20
	minGPUDataGiB = 40 // of types with a GPU
	maxDataGiB    = 1020
	stepGiB       = 10
)

// cannotExtend says why the disks of t cannot get a size, in all respects that
// are known before the cloud is asked.
func (t *target) cannotExtend(e pool.ExtendVolume) []pool.Fault {
	role := t.disk(e.DiskID)
	if role == "" {
		return []pool.Fault{{
			Pointer: "/extend_volume/disk_id", Code: codeWord, Detail: "The target has no such disk.",
			Allowed: []string{string(pool.SystemDisk), string(pool.DataDisk)},
		}}
	}
	var faults []pool.Fault
	size := func(code, format string, args ...any) {
		faults = append(faults, pool.Fault{Pointer: "/extend_volume/new_size_gib", Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if low, high := t.sizes(role); e.NewSizeGiB < low || e.NewSizeGiB > high {
		size(codeRange, "A disk of this kind has %d to %d GiB here.", low, high)
	}
	if e.NewSizeGiB%stepGiB != 0 {
		size(codeInvalid, "A size is a multiple of %d GiB.", stepGiB)
	}
	lacking, largest := t.now(role)
	if lacking > 0 {
		faults = append(faults, pool.Fault{
			Pointer: "/extend_volume/disk_id", Code: codeInvalid,
			Detail: fmt.Sprintf("%d of %d desktops have no such disk.", lacking, len(t.desktops)),
		})
	}
	if e.NewSizeGiB <= largest {
		size(codeRange, "A disk can only grow, and this one has %d GiB.", largest)
	}
	return faults
}

// disk is the role of the disk that id names: it is its role, or the id of a
// real disk if that is the target's one desktop's. Such a disk is listed under
// the id by which the order names it. Empty: there is none.
func (t *target) disk(id string) pool.DiskRole {
	switch role := pool.DiskRole(id); {
	case role == pool.SystemDisk, role == pool.DataDisk:
		return role
	case len(t.desktops) != 1:
		return ""
	}
	d := &t.desktops[0]
	for _, disk := range t.rows[d.NativeID].Disks {
		for i := range d.Disks {
			if disk.ID == id && id != "" && string(d.Disks[i].Role) == disk.Type {
				d.Disks[i].ID = id
				return d.Disks[i].Role
			}
		}
	}
	return ""
}

// sizes are the bounds of a disk that hold for every desktop of t.
func (t *target) sizes(role pool.DiskRole) (low, high int) {
	if role == pool.SystemDisk {
		return minSystemGiB, maxSystemGiB
	}
	for _, d := range t.desktops {
		if d.Product.GPU != nil || strings.Contains(d.Product.ID, "graphics") {
			return minGPUDataGiB, maxDataGiB
		}
	}
	return minDataGiB, maxDataGiB
}

// now tells how many desktops lack a disk, and how large it is where it is
// largest. A desktop of whose disks nothing is said lacks none.
func (t *target) now(role pool.DiskRole) (lacking, largest int) {
	for _, d := range t.desktops {
		has := len(d.Disks) == 0
		for _, disk := range d.Disks {
			if disk.Role != role {
				continue
			}
			has = true
			if disk.SizeGiB != nil {
				largest = max(largest, *disk.SizeGiB)
			}
		}
		if !has {
			lacking++
		}
	}
	return lacking, largest
}
