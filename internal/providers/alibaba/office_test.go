package alibaba

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// office is a cloud with desktops, for tests of orders: it answers what a plan
// reads from them, and other operations as given.
type office struct {
	desktops []desk
	give     map[string]func(url.Values) (int, string)
}

// desk is one desktop. It is in group dg-1, Stopped and PrePaid unless something else is said.
type desk struct {
	id, group, status, flag, connection, charge string
	product, image, resetTime                   string
	system, data                                int // GiB; 0: no such disk
}

func (d desk) or() desk {
	set := func(s *string, or string) {
		if *s == "" {
			*s = or
		}
	}
	set(&d.group, "dg-1")
	set(&d.status, "Stopped")
	set(&d.flag, "NoFlag")
	set(&d.connection, "Disconnected")
	set(&d.charge, "PrePaid")
	set(&d.product, "eds.general.2c4g")
	set(&d.image, "m-old")
	return d
}

func (d desk) disks() []map[string]any {
	list := []map[string]any{}
	for kind, size := range map[string]int{"SYSTEM": d.system, "DATA": d.data} {
		if size > 0 {
			list = append(list, map[string]any{"DiskId": "d-" + d.id + "-" + strings.ToLower(kind), "DiskType": kind, "DiskSize": size})
		}
	}
	slices.SortFunc(list, func(a, b map[string]any) int { return strings.Compare(b["DiskType"].(string), a["DiskType"].(string)) })
	return list
}

// open serves the office and opens a source on it.
func (o *office) open(t *testing.T) *cloud {
	t.Helper()
	for i, d := range o.desktops {
		o.desktops[i] = d.or()
	}
	return serve(t, o.answer)
}

func (o *office) answer(action string, q url.Values) (int, string) {
	if give, given := o.give[action]; given {
		return give(q)
	}
	switch action {
	case "DescribeDesktopGroups":
		return 200, fmt.Sprintf(`{"RequestId":"R-G","DesktopGroups":[{"DesktopGroupId":%q,"PayType":"PrePaid"}]}`, q.Get("DesktopGroupIds.1"))
	case "GetDesktopGroupDetail":
		return 200, fmt.Sprintf(`{"RequestId":"R-D","Desktops":{"DesktopGroupId":%q}}`, q.Get("DesktopGroupId"))
	case "DescribeDesktopsInGroup":
		return 200, o.inGroup(q)
	case "DescribeDesktops":
		return 200, o.describe(q)
	}
	return 404, `{"Code":"InvalidAction.NotFound","RequestId":"R-N","Message":"Specified api is not found."}`
}

func (o *office) inGroup(q url.Values) string {
	start, _ := strconv.Atoi(q.Get("NextToken"))
	most, _ := strconv.Atoi(q.Get("MaxResults"))
	var members []desk
	for _, d := range o.desktops {
		if d.group == q.Get("DesktopGroupId") {
			members = append(members, d)
		}
	}
	end := min(start+most, len(members))
	body := map[string]any{"RequestId": "R-I", "PaidDesktopsCount": len(members)}
	rows := map[string][]any{}
	for _, d := range members[start:end] {
		array := map[string]string{"PrePaid": "PaidDesktops", "PostPaid": "PostPaidDesktops"}[d.charge]
		rows[array] = append(rows[array], map[string]any{
			"DesktopId": d.id, "DesktopStatus": d.status, "ManagementFlag": d.flag, "ConnectionStatus": d.connection,
			"ImageId": d.image, "ResetTime": d.resetTime, "SystemDiskSize": d.system,
		})
	}
	for name, array := range rows {
		body[name] = array
	}
	if end < len(members) {
		body["NextToken"] = strconv.Itoa(end)
	}
	return marshal(body)
}

// describe shows ten desktops a page unless it is asked for more, and, as its
// page says, pay-as-you-go ones only where no charge type is given.
func (o *office) describe(q url.Values) string {
	charge := q.Get("ChargeType")
	if charge == "" {
		charge = "PostPaid"
	}
	most, _ := strconv.Atoi(q.Get("MaxResults"))
	rows := []any{}
	for _, d := range o.desktops {
		if d.charge != charge || !slices.Contains(list(q, "DesktopId"), d.id) || len(rows) == max(most, 10) {
			continue
		}
		rows = append(rows, map[string]any{
			"DesktopId": d.id, "DesktopGroupId": d.group, "DesktopStatus": d.status, "ManagementFlag": d.flag,
			"ConnectionStatus": d.connection, "ChargeType": d.charge, "DesktopType": d.product, "ImageId": d.image, "Disks": d.disks(),
		})
	}
	return marshal(map[string]any{"RequestId": "R-F", "Desktops": rows})
}

func marshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// list is a repeated parameter.
func list(q url.Values, name string) (values []string) {
	for i := 1; q.Has(name + "." + strconv.Itoa(i)); i++ {
		values = append(values, q.Get(name+"."+strconv.Itoa(i)))
	}
	return values
}

// desks are so many like desktops, ecd-001 and on.
func desks(n int, like desk) []desk {
	list := make([]desk, n)
	for i := range list {
		list[i] = like
		list[i].id = fmt.Sprintf("ecd-%03d", i+1)
	}
	return list
}

func resize(group string, ids ...string) pool.Order {
	return pool.Order{Type: pool.ResizeOrder, PoolID: group, DesktopIDs: ids, Resize: &pool.Resize{ProductID: "eds.general.8c16g"}}
}

func extend(disk string, size int, group string, ids ...string) pool.Order {
	return pool.Order{Type: pool.ExtendVolumeOrder, PoolID: group, DesktopIDs: ids, ExtendVolume: &pool.ExtendVolume{DiskID: disk, NewSizeGiB: size}}
}

func changeImage(group string, ids ...string) pool.Order {
	return pool.Order{Type: pool.ChangeImageOrder, PoolID: group, DesktopIDs: ids, ChangeImage: &pool.ChangeImage{ImageID: "m-new"}}
}

// plan plans an order that can be planned.
func plan(t *testing.T, c *cloud, o pool.Order) pool.Plan {
	t.Helper()
	p, err := c.source.Ordering.Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// requestsOf are the parameters of each call, as they are sent.
func requestsOf(t *testing.T, calls []pool.OrderCall) []string {
	t.Helper()
	var all []string
	for _, c := range calls {
		var p map[string]string
		if err := json.Unmarshal(c.Request, &p); err != nil {
			t.Fatal(err)
		}
		q := url.Values{}
		for name, value := range p {
			q.Set(name, value)
		}
		all = append(all, c.Operation+"?"+q.Encode())
	}
	return all
}

// answering answers one operation with one body.
func answering(action string, status int, body string) map[string]func(url.Values) (int, string) {
	return map[string]func(url.Values) (int, string){action: func(url.Values) (int, string) { return status, body }}
}
