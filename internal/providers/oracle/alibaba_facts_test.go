package oracle_test

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// groupFacts is what both the SDK and our adapter say of a group.
type groupFacts struct{ ID, Name, Total, State, Billing, CPU, Memory, Image, Product, Most string }

func sdkGroup(row map[string]any) groupFacts {
	return groupFacts{
		word(row, "DesktopGroupId"), word(row, "DesktopGroupName"), number(row, "DesktopCount"),
		map[string]string{"0": "PENDING_PAYMENT", "1": "READY", "2": "SUSPENDED"}[number(row, "Status")],
		map[string]string{"PrePaid": "PREPAID", "PostPaid": "POSTPAID"}[word(row, "PayType")],
		number(row, "Cpu"), number(row, "Memory"), word(row, "ImageId"), word(row, "DesktopType"), number(row, "MaxDesktopsCount"),
	}
}

func ourGroup(p pool.Pool) groupFacts {
	n := func(v *int) string {
		if v == nil {
			return ""
		}
		return strconv.Itoa(*v)
	}
	return groupFacts{
		p.NativeID, p.Name, n(p.Counts.Total), string(p.State), string(p.BillingMode), n(p.Product.CPU), n(p.Product.MemoryMiB),
		p.Image.ID, p.Product.ID, n(p.Autoscale.Max),
	}
}

// groupDesktopFacts is the same of a desktop in a group.
type groupDesktopFacts struct {
	ID, Pool, Name, Lifecycle, Power, Connection, Billing, User, Active     string
	Image, ImageName, OS, Disk, GPUDriver, Agent, Protocol, Member, Primary string
}

func sdkGroupDesktop(group string, row map[string]any) groupDesktopFacts {
	status, lifecycle := word(row, "DesktopStatus"), "READY"
	if word(row, "ManagementFlag") == "Updating" {
		lifecycle = "UPDATING"
	}
	lifecycle = cmp.Or(map[string]string{
		"Pending": "PROVISIONING", "Rebuilding": "REBUILDING", "Deleted": "DELETED", "Failed": "FAULTED",
	}[status], lifecycle)
	var active []string
	list, _ := row["EndUserIds"].([]any)
	for _, user := range list {
		name, _ := user.(string)
		active = append(active, name)
	}
	return groupDesktopFacts{
		ID: word(row, "DesktopId"), Pool: group, Name: word(row, "DesktopName"), Lifecycle: lifecycle,
		Power: cmp.Or(map[string]string{
			"Running": "RUNNING", "Stopped": "STOPPED", "Starting": "STARTING", "Stopping": "STOPPING", "Hibernated": "HIBERNATED",
		}[status], "UNKNOWN"),
		Connection: map[string]string{
			"Connected": "CONNECTED", "Disconnected": "NOT_CONNECTED", "Unknown": "UNKNOWN",
		}[word(row, "ConnectionStatus")],
		Billing: cmp.Or(map[string]string{"Expired": "EXPIRED"}[status], "ACTIVE"),
		User:    word(row, "EndUserId"), Active: strings.Join(active, " "),
		Image: word(row, "ImageId"), ImageName: word(row, "ImageName"), OS: strings.ToUpper(word(row, "OsType")),
		Disk: number(row, "SystemDiskSize"), GPUDriver: word(row, "GpuDriverVersion") + number(row, "GpuDriverVersion"),
		Agent: word(row, "FotaVersion"), Protocol: word(row, "ProtocolType"),
		Member: word(row, "MemberEniIp"), Primary: word(row, "PrimaryEniIp"),
	}
}

func ourGroupDesktop(d pool.Desktop) groupDesktopFacts {
	f := groupDesktopFacts{
		ID: d.NativeID, Pool: d.PoolID, Name: d.Name, Lifecycle: string(d.LifecycleState), Power: string(d.PowerState),
		Connection: string(d.ConnectionState), Billing: string(d.BillingState), Image: d.Image.ID, ImageName: d.Image.Name,
		OS: string(d.Image.OSType), GPUDriver: d.GPUDriverVersion, Agent: d.AgentVersion, Protocol: d.Protocol,
	}
	for _, a := range d.Assignments {
		f.User += a.ID
	}
	var active []string
	for _, u := range d.ActiveUsers {
		active = append(active, u.ID)
	}
	f.Active = strings.Join(active, " ")
	for _, disk := range d.Disks {
		f.Disk += strconv.Itoa(say(disk.SizeGiB))
	}
	for _, a := range d.Addresses {
		if a.Role == "MEMBER" {
			f.Member = a.IP
		} else {
			f.Primary = a.IP
		}
	}
	return f
}

// word is a text of a row, number a number as it was written; "" if there is none.
func word(row map[string]any, name string) string {
	s, _ := row[name].(string)
	return s
}

func number(row map[string]any, name string) string {
	n, _ := row[name].(json.Number)
	return n.String()
}
