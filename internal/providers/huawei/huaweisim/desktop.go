package huaweisim

import (
	"fmt"
	"net/netip"
	"time"
)

// desktop is one desktop: everything about it follows from its pool and index.
type desktop struct {
	pool *desktopPool
	i    int // from 0, the newest
}

func (d desktop) id() string { return d.pool.world.desktopID(d.pool.index, d.i) }

func (d desktop) state() state {
	if d.pool.index == 0 { // the documents' example: no desktop is bound to a user
		return pick(d.i, state{status: "ACTIVE", login: "REGISTERED", attach: "UNATTACH"},
			state{status: "SHUTOFF", login: "UNREGISTER", attach: "UNATTACH"})
	}
	s := pick(d.pool.first+d.i, d.pool.world.states...)
	s.maintenance = s.maintenance || d.pool.info.InMaintenanceMode
	return s
}

// frozen desktops are only in pools that say so.
func (d desktop) frozen() bool { return d.pool.info.Status == "EXIST_FROZEN" && d.i%5 == 0 }

// onDemand is true if the desktop is paid for by use: in a yearly/monthly pool, those that autoscaling made.
func (d desktop) onDemand() bool {
	return d.pool.info.ChargingMode == "1" || d.pool.info.EnableAutoscale && d.i%9 == 8
}

// charge is onDemand as charge_mode has it.
func (d desktop) charge() string {
	if d.onDemand() {
		return "1"
	}
	return "0"
}

func (d desktop) kind() string {
	switch {
	case !d.pool.ordinary:
		return "POOLED"
	case d.i%10 == 9:
		return "SHARED"
	}
	return "DEDICATED"
}

// template is what the desktop is made after: its pool, unless it was changed apart from it.
func (d desktop) template() *poolInfo {
	if own, ok := d.pool.own[d.i]; ok {
		return own
	}
	return &d.pool.info
}

func (d desktop) shareSKU() string {
	if sku := d.template().ShareSKU; sku != nil {
		return *sku
	}
	if d.kind() == "SHARED" {
		return "workspace.share.2"
	}
	return ""
}

func (d desktop) name() string {
	if d.pool.ordinary {
		return fmt.Sprintf("desk-%06d", d.i)
	}
	return fmt.Sprintf("%s-%06d", d.pool.info.Name, d.i)
}

// created lies between the creation of the desktop's pool and that of the next younger one.
func (d desktop) created() time.Time {
	step := poolGap / time.Duration(d.pool.size+1)
	return d.pool.created.Add(time.Duration(d.pool.size-d.i) * step)
}

func (d desktop) ipv4() string {
	n := uint32(10)<<24 | uint32(d.pool.index&63)<<18 | uint32(d.i&0x3ffff)
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

func (d desktop) floating() string {
	return netip.AddrFrom4([4]byte{198, 51, 100, byte(d.i)}).String()
}

func (d desktop) ipv6() string {
	if d.i%7 != 3 {
		return ""
	}
	return fmt.Sprintf("fd00:%x::%x", d.pool.index+1, d.i+1)
}

func (d desktop) internet() string { return pick(d.i, "", "", "EIP", "", "NAT", "", "BOTH") }

func (d desktop) subnet() string {
	if ids := d.pool.info.SubnetIDs; len(ids) > 0 {
		return pick(d.i, ids...)
	}
	return d.pool.info.SubnetID
}

// user is who the desktop is bound to; group says that it is a group.
func (d desktop) user() (name string, group bool) {
	if !d.state().bound() {
		return "", false
	}
	if d.i%17 == 3 {
		return pick(d.i, "night-shift", "contractors", "interns"), true
	}
	h := mix(d.pool.world.seed, 9, uint64(d.pool.index), uint64(d.i))
	return fmt.Sprintf("%s.%s%d", pick(int(h>>8&0xff), "wang", "li", "zhang", "chen", "liu", "garcia", "müller"),
		pick(int(h>>16&0xff), "fang", "wei", "min", "jing", "ana", "lukas"), d.i), false
}

// rights is the group of the operating system that the user is in.
func (d desktop) rights() string {
	if d.template().ImageOSType == "Linux" {
		return pick(d.i, "default", "sudo")
	}
	return pick(d.i, "users", "administrators")
}

// differs is how the desktop differs from its pool, in the words of the query parameter inconsistent_type.
func (d desktop) differs(how string) bool {
	own, p := d.template(), &d.pool.info
	switch how {
	case "PRODUCT_ID", "PRODUCT":
		return d.i%23 == 5 || own.Product.ProductID != p.Product.ProductID
	case "IMAGE_ID", "IMAGE":
		return d.i%31 == 7 || own.ImageID != p.ImageID
	case "DISK_NUM":
		return d.i%37 == 9 || len(own.DataVolumes) != len(p.DataVolumes)
	case "DISK_SIZE":
		return d.i%41 == 3 || own.gigabytes() != p.gigabytes()
	case "AUTO_ISOLATION":
		return d.state().isolated
	}
	return false
}
