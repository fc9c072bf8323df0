package oracle_test

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2/model"

	"github.com/deskpool/deskpool/internal/pool"
)

// poolFacts is what both the SDK and our adapter say of a pool, in words that neither uses.
type poolFacts struct {
	ID, Name, Assignment, State, Billing, Zone, Project string
	Total, Assigned                                     int
	Product, CPU, Memory, Image, ImageName, OSVersion   string
	Subnets, Disks, SecurityGroups                      []string
	Created                                             string
}

// desktopFacts is the same of a desktop.
type desktopFacts struct {
	ID, Name, Power, Connection, Assignment, Billing, Zone, Product string
	Users, Disks, Addresses                                         []string
	Created                                                         string
}

// say is what p points to, or the zero value if that is nothing.
func say[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

func sdkPoolFacts(d model.ShowDesktopPoolDetailResponse) poolFacts {
	product := say(d.Product)
	f := poolFacts{
		ID: say(d.Id), Name: say(d.Name), Assignment: say(d.Type), Zone: say(d.AvailabilityZone), Project: say(d.EnterpriseProjectId),
		State:   map[string]string{"STEADY": "READY", "TEMPORARY": "CHANGING", "EXIST_FROZEN": "DEGRADED"}[say(d.Status)],
		Billing: map[string]string{"0": "PREPAID", "1": "POSTPAID"}[say(d.ChargingMode)],
		Total:   int(say(d.DesktopCount)), Assigned: int(say(d.DesktopUsed)),
		Product: say(product.ProductId), CPU: say(product.Cpu), Memory: say(product.Memory),
		Image: say(d.ImageId), ImageName: say(d.ImageName), OSVersion: say(d.ImageOsVersion),
		Subnets: say(d.SubnetIds), Created: sdkTime(say(d.CreatedTime)),
	}
	if f.State == "" {
		f.State = pool.Unknown
	}
	if f.Subnets == nil {
		f.Subnets = []string{say(d.SubnetId)}
	}
	for _, v := range append([]model.VolumeInfo{say(d.RootVolume)}, say(d.DataVolumes)...) {
		f.Disks = append(f.Disks, fmt.Sprint(say(v.Id), v.Type, v.Size, say(v.ResourceSpecCode)))
	}
	for _, g := range say(d.SecurityGroups) {
		f.SecurityGroups = append(f.SecurityGroups, fmt.Sprint(say(g.Id), say(g.Name)))
	}
	return f
}

func ourPoolFacts(p pool.Pool) poolFacts {
	f := poolFacts{
		ID: p.NativeID, Name: p.Name, Assignment: string(p.AssignmentMode), State: string(p.State), Billing: string(p.BillingMode),
		Zone: p.AvailabilityZone, Project: p.EnterpriseProjectID, Total: say(p.Counts.Total), Assigned: say(p.Counts.Assigned),
		Product: p.Product.ID, CPU: strconv.Itoa(say(p.Product.CPU)), Memory: strconv.Itoa(say(p.Product.MemoryMiB)),
		Image: p.Image.ID, ImageName: p.Image.Name, OSVersion: p.Image.OSVersion, Subnets: p.SubnetIDs, Created: stamp(p.CreatedAt),
		Disks: diskFacts(p.Disks),
	}
	for _, g := range p.SecurityGroups {
		f.SecurityGroups = append(f.SecurityGroups, fmt.Sprint(g.ID, g.Name))
	}
	return f
}

func diskFacts(disks []pool.Disk) []string {
	var facts []string
	for _, d := range disks {
		facts = append(facts, fmt.Sprint(d.ID, d.NativeType, say(d.SizeGiB), d.SpecCode))
	}
	return facts
}

func sdkDesktopFacts(d model.DesktopDetailInfo) desktopFacts {
	f := desktopFacts{
		ID: say(d.DesktopId), Name: say(d.ComputerName), Power: say(d.Status), Zone: say(d.AvailabilityZone), Product: say(d.ProductId),
		Connection: map[string]string{
			"CONNECTED": "CONNECTED", "DISCONNECTED": "DISCONNECTED", "REGISTERED": "IDLE", "UNREGISTER": "AGENT_OFFLINE",
		}[say(d.LoginStatus)],
		Assignment: map[string]string{
			"ATTACHED": "ASSIGNED", "UNATTACH": "UNASSIGNED", "DEATTACHED": "UNASSIGNED",
			"ATTACHING": "ASSIGNING", "DEATTACHING": "UNASSIGNING", "WAITING": "PENDING",
			"ATTACHFAIL": "ASSIGN_FAILED", "ATTACH_FAIL_CAN_ATTACH_AGAIN": "ASSIGN_FAILED",
			"DEATTACHFAIL": "UNASSIGN_FAILED", "DEATTACH_FAIL_CAN_DEATTACH_AGAIN": "UNASSIGN_FAILED",
		}[say(d.AttachState).Value()],
		Billing: map[bool]string{true: "FROZEN", false: "ACTIVE"}[say(d.IsFreeze)],
		Created: sdkTime(say(d.Created)),
	}
	if say(d.TaskStatus) != "" {
		f.Power = "busy" // what task_status makes of it is not the vendor's to say
	}
	for _, u := range say(d.AttachUserInfos) {
		f.Users = append(f.Users, fmt.Sprint(say(u.UserId), u.UserName, say(u.Type).Value()))
	}
	for _, v := range append(rootVolume(d.RootVolume), say(d.DataVolumes)...) {
		f.Disks = append(f.Disks, fmt.Sprint(say(v.DesktopPoolDiskId), v.Type, v.Size, say(v.ResourceSpecCode)))
	}
	for _, network := range d.Addresses {
		for _, a := range network {
			f.Addresses = append(f.Addresses, fmt.Sprint(say(a.Addr), say(a.OSEXTIPStype), say(a.Version)))
		}
	}
	slices.Sort(f.Addresses)
	return f
}

func rootVolume(v *model.VolumeDetail) []model.VolumeDetail {
	if v == nil {
		return nil
	}
	return []model.VolumeDetail{*v}
}

func ourDesktopFacts(d pool.Desktop, busy bool) desktopFacts {
	f := desktopFacts{
		ID: d.NativeID, Name: d.Name, Zone: d.AvailabilityZone, Product: d.Product.ID, Created: stamp(d.CreatedAt), Disks: diskFacts(d.Disks),
		Power: map[pool.PowerState]string{
			pool.Running: "ACTIVE", pool.Stopped: "SHUTOFF", pool.Hibernated: "HIBERNATED", pool.PowerUnknown: "ERROR",
		}[d.PowerState],
		Connection: string(d.ConnectionState), Billing: string(d.BillingState),
		Assignment: string(d.AssignmentState),
	}
	if busy {
		f.Power = "busy"
	}
	for _, a := range d.Assignments {
		f.Users = append(f.Users, fmt.Sprint(a.ID, a.Name, a.Type))
	}
	for _, a := range d.Addresses {
		f.Addresses = append(f.Addresses, fmt.Sprint(a.IP, a.Role, a.Version))
	}
	slices.Sort(f.Addresses)
	return f
}

// sdkTime is a time of the vendor's, which is UTC though it may not say so.
func sdkTime(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return err.Error()
	}
	return stamp(t)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
