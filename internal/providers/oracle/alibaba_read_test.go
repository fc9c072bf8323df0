package oracle_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
)

// inEveryWay runs a test with each signature of the vendor's client, with a
// lasting key and a temporary one, over clouds that differ in what the vendor leaves open.
func inEveryWay(t *testing.T, test func(t *testing.T, client *alibabaClient, source pool.Source)) {
	world := alibabasim.NewWorld(3, alibabasim.WorldOptions{Groups: 14, Desktops: 700, Region: alibabaRegion})
	for _, way := range []struct {
		name, signature string
		key             alibabasim.Key
		cloud           alibabasim.Config
	}{
		{"signature 3", signatureV3, alibabaKey(), alibabasim.Config{World: world}},
		{"signature 1", signatureV1, alibabaKey(), alibabasim.Config{World: world, EmptyLastToken: true}},
		{"signature 3, temporary key", signatureV3, alibabaTemporaryKey(), alibabasim.Config{World: world, PageEachArray: true}},
		{"signature 1, temporary key", signatureV1, alibabaTemporaryKey(), alibabasim.Config{World: world}},
	} {
		t.Run(way.name, func(t *testing.T) {
			address := startAlibaba(t, way.cloud)
			source := alibabaSource(t, address, way.key)
			test(t, newAlibabaClient(t, address, way.signature, way.key), source)
			same(t, "fields that our adapter does not know", len(source.Drift.Counts().Fields), 0)
		})
	}
}

// TestAlibabaPools reads every group with Alibaba's client and with our adapter.
func TestAlibabaPools(t *testing.T) {
	inEveryWay(t, func(t *testing.T, client *alibabaClient, source pool.Source) {
		groups := rows(client.pages(t, "DescribeDesktopGroups", 4, nil), "DesktopGroups")
		same(t, "how many groups there are", len(groups), 14)
		ours, err := source.Reader.Pools(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var native []map[string]any
		for _, p := range ours.Value {
			native = append(native, object(t, p.Native[0].Body))
			same(t, "the listed group", ourGroup(p), sdkGroup(native[len(native)-1]))
		}
		same(t, "the listing", native, groups)

		ids := column(groups, "DesktopGroupId")
		chosen := rows(client.pages(t, "DescribeDesktopGroups", 100, map[string]any{"DesktopGroupIds": ids[2:13]}), "DesktopGroups")
		same(t, "eleven groups by id", column(chosen, "DesktopGroupId"), ids[2:13])
		for i, id := range ids {
			detail := client.read(t, "GetDesktopGroupDetail", map[string]any{"DesktopGroupId": id})
			one, err := source.Reader.Pool(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "the group "+id, ourGroup(one.Value), sdkGroup(groups[i]))
			same(t, "the row of "+id, rows([]map[string]any{object(t, one.Parts[0].Body)}, "DesktopGroups"), groups[i:i+1])
			same(t, "the detail of "+id, object(t, one.Parts[1].Body)["Desktops"], detail["Desktops"])
		}
	})
}

// TestAlibabaDesktops reads every desktop of every group in three ways.
func TestAlibabaDesktops(t *testing.T) {
	inEveryWay(t, func(t *testing.T, client *alibabaClient, source pool.Source) {
		total := 0
		for _, id := range column(rows(client.pages(t, "DescribeDesktopGroups", 100, nil), "DesktopGroups"), "DesktopGroupId") {
			for _, deleted := range []bool{false, true} {
				want := groupDesktops(t, client, id, 41, deleted)
				got := map[string]map[string]any{}
				for _, d := range ourDesktops(t, source, pool.DesktopsQuery{PoolID: id, Size: 37, IncludeDeleted: deleted}) {
					row := object(t, d.Native[0].Body)
					row["(billing)"] = string(d.BillingMode)
					got[d.NativeID] = row
					same(t, "the desktop "+d.NativeID, ourGroupDesktop(d), sdkGroupDesktop(id, row))
				}
				same(t, "the desktops of "+id, got, want)
				total += len(want)
			}
			live := groupDesktops(t, client, id, 100, false)
			found := rows(client.pages(t, "DescribeDesktops", 50, map[string]any{
				"DesktopGroupId": id, "OnlyDesktopGroup": true, "FilterDesktopGroup": false,
			}), "Desktops")
			same(t, "how many desktops of "+id+" there are", len(found), len(live))
			for _, row := range found {
				agree(t, row, live[word(row, "DesktopId")])
			}
		}
		if total < 1000 {
			t.Errorf("%d desktops, want a thousand at least", total)
		}
	})
}

// agree holds what two operations say of one desktop against each other.
func agree(t *testing.T, found, inGroup map[string]any) {
	t.Helper()
	for _, name := range []string{"DesktopName", "DesktopStatus", "ConnectionStatus", "ImageId", "OsType", "ProtocolType"} {
		same(t, name+" of "+word(found, "DesktopId"), found[name], inGroup[name])
	}
	billing := map[string]string{"PrePaid": "PREPAID", "PostPaid": "POSTPAID"}[word(found, "ChargeType")]
	same(t, "ChargeType of "+word(found, "DesktopId"), billing, inGroup["(billing)"])
}

// groupDesktops lists every desktop of a group by id, and adds in which array it came.
func groupDesktops(t *testing.T, c *alibabaClient, group string, size int, deleted bool) map[string]map[string]any {
	t.Helper()
	pages := c.pages(t, "DescribeDesktopsInGroup", size, map[string]any{"DesktopGroupId": group, "IgnoreDeleted": deleted})
	all := map[string]map[string]any{}
	for array, billing := range map[string]string{"PaidDesktops": "PREPAID", "PostPaidDesktops": "POSTPAID"} {
		for _, row := range rows(pages, array) {
			if _, twice := all[word(row, "DesktopId")]; twice {
				t.Errorf("the desktop %s is listed twice", word(row, "DesktopId"))
			}
			row["(billing)"] = billing
			all[word(row, "DesktopId")] = row
		}
	}
	return all
}

// TestAlibabaDesktop reads single desktops, and all of them by numbered pages.
func TestAlibabaDesktop(t *testing.T) {
	inEveryWay(t, func(t *testing.T, client *alibabaClient, source pool.Source) {
		var numbered []map[string]any
		first := client.read(t, "DescribeDesktops", map[string]any{"FilterDesktopGroup": false, "PageSize": 100})
		total, err := strconv.Atoi(number(first, "TotalCount"))
		if err != nil {
			t.Fatal(err)
		}
		for n := range (total + 99) / 100 {
			page := client.read(t, "DescribeDesktops", map[string]any{"FilterDesktopGroup": false, "PageSize": 100, "PageNumber": n + 1})
			numbered = append(numbered, page)
		}
		all := rows(numbered, "Desktops")
		byToken := rows(client.pages(t, "DescribeDesktops", 1000, map[string]any{"FilterDesktopGroup": false}), "Desktops")
		same(t, "the pages by number and by token", all, byToken)
		same(t, "TotalCount", total, len(all))
		for i := 0; i < len(all); i += 11 {
			row := all[i]
			id, group := word(row, "DesktopId"), word(row, "DesktopGroupId")
			if group == "null" { // in no group: the adapter reads pools
				continue
			}
			alone := client.read(t, "DescribeDesktops", map[string]any{"FilterDesktopGroup": false, "DesktopId": []string{id}})
			same(t, "the desktop alone", rows([]map[string]any{alone}, "Desktops"), []map[string]any{row})
			one, err := source.Reader.Desktop(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			d := one.Value
			same(t, "the desktop "+id, []string{d.NativeID, d.PoolID, d.Name, d.Product.ID, d.Image.ID, strconv.Itoa(say(d.Product.CPU))},
				[]string{id, group, word(row, "DesktopName"), word(row, "DesktopType"), word(row, "ImageId"), number(row, "Cpu")})
			same(t, "the native view of "+id, rows([]map[string]any{object(t, one.Parts[0].Body)}, "Desktops"), []map[string]any{row})
		}
	})
}

func object(t *testing.T, body []byte) map[string]any {
	t.Helper()
	o, ok := parseJSON(t, body).(map[string]any)
	if !ok {
		t.Fatalf("%s is no object", body)
	}
	return o
}

func column(rows []map[string]any, name string) []string {
	var values []string
	for _, row := range rows {
		values = append(values, word(row, name))
	}
	return slices.Clip(values)
}
