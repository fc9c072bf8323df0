package oracle_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2/model"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// TestHuaweiPools reads every pool with Huawei's client and with our adapter.
func TestHuaweiPools(t *testing.T) {
	address := startHuawei(t, huaweisim.Config{World: huaweisim.NewWorld(7, huaweisim.WorldOptions{Pools: 17, Desktops: 300})})
	client, source := newHuaweiClient(t, address, huaweiKey(), huaweiProject), huaweiSource(t, address)
	ours, err := source.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got, want []poolFacts
	for _, p := range ours.Value {
		got = append(got, ourPoolFacts(p))
	}
	for _, row := range huaweiPools(t, client) {
		want = append(want, sdkPoolFacts(convert[model.ShowDesktopPoolDetailResponse](t, row)))
	}
	if len(want) != 17 {
		t.Errorf("the SDK lists %d pools, want 17", len(want))
	}
	same(t, "the listing", got, want)
	for _, p := range want {
		detail := read(t, client, "ShowDesktopPoolDetail", client.ShowDesktopPoolDetail, model.ShowDesktopPoolDetailRequest{PoolId: p.ID})
		one, err := source.Reader.Pool(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the pool "+p.Name, ourPoolFacts(one.Value), sdkPoolFacts(*detail))
	}
	// What a newer example of the documents has, and the SDK of 2026-07 has not.
	same(t, "what the SDK does not read", client.unreadPaths(), []string{
		"ListDesktopPools.desktop_pools.on_demand_desktop_num", "ListDesktopPools.desktop_pools.product.gpu_desc",
		"ShowDesktopPoolDetail.on_demand_desktop_num", "ShowDesktopPoolDetail.product.gpu_desc",
	})
}

// huaweiPools lists every pool, five at a time.
func huaweiPools(t *testing.T, c *huaweiClient) []model.SimpleDesktopPoolInfo {
	t.Helper()
	const limit = 5
	var pools []model.SimpleDesktopPoolInfo
	for {
		page := read(t, c, "ListDesktopPools", c.ListDesktopPools, model.ListDesktopPoolsRequest{Offset: new(int32(len(pools))), Limit: new(int32(limit))})
		pools = append(pools, say(page.DesktopPools)...)
		if n := len(say(page.DesktopPools)); n < limit || len(pools) == int(say(page.TotalCount)) {
			if len(pools) != int(say(page.TotalCount)) {
				t.Errorf("%d pools listed, of %d", len(pools), say(page.TotalCount))
			}
			return pools
		}
	}
}

// TestHuaweiDesktops reads every desktop of every pool in both ways, on pages of different sizes.
func TestHuaweiDesktops(t *testing.T) {
	address := startHuawei(t, huaweisim.Config{World: huaweisim.NewWorld(8, huaweisim.WorldOptions{Pools: 13, Desktops: 1200})})
	client, source := newHuaweiClient(t, address, huaweiKey(), huaweiProject), huaweiSource(t, address)
	total := 0
	for _, p := range huaweiPools(t, client) {
		rows := huaweiDesktops(t, client, say(p.Id))
		busy, want := map[string]bool{}, []desktopFacts(nil)
		for _, row := range rows {
			busy[say(row.DesktopId)] = say(row.TaskStatus) != ""
			want = append(want, sdkDesktopFacts(row))
		}
		var got []desktopFacts
		for _, d := range ourDesktops(t, source, pool.DesktopsQuery{PoolID: say(p.Id), Size: 37}) {
			got = append(got, ourDesktopFacts(d, busy[d.NativeID]))
		}
		same(t, "the desktops of "+say(p.Name), got, want)
		if len(want) != int(say(p.DesktopCount)) {
			t.Errorf("%s has %d desktops, and says %d", say(p.Name), len(want), say(p.DesktopCount))
		}
		total += len(rows)
	}
	if total < 1000 {
		t.Errorf("%d desktops in pools, want a thousand at least", total)
	}
	same(t, "what the SDK does not read", client.unreadPaths(), []string{
		"ListDesktopPools.desktop_pools.on_demand_desktop_num", "ListDesktopPools.desktop_pools.product.gpu_desc",
		"ListPoolDesktopsDetail.pool_desktops.product.gpu_desc",
	})
}

// huaweiDesktops lists every desktop of a pool.
func huaweiDesktops(t *testing.T, c *huaweiClient, poolID string) []model.DesktopDetailInfo {
	t.Helper()
	var desktops []model.DesktopDetailInfo
	for {
		page := read(t, c, "ListPoolDesktopsDetail", c.ListPoolDesktopsDetail, model.ListPoolDesktopsDetailRequest{
			PoolId: poolID, Offset: new(int32(len(desktops))), Limit: new(int32(100)),
		})
		for _, d := range say(page.PoolDesktops) {
			desktops = append(desktops, convert[model.DesktopDetailInfo](t, d))
		}
		if len(say(page.PoolDesktops)) == 0 || len(desktops) == int(say(page.TotalCount)) {
			return desktops
		}
	}
}

// ourDesktops reads every page of a pool's desktops.
func ourDesktops(t *testing.T, source pool.Source, q pool.DesktopsQuery) []pool.Desktop {
	t.Helper()
	var desktops []pool.Desktop
	for {
		page, err := source.Reader.Desktops(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		desktops = append(desktops, page.Value.Items...)
		if q.Token = page.Value.Next; q.Token == "" {
			return desktops
		}
	}
}

// TestHuaweiDesktop reads single desktops, in pools and in none.
func TestHuaweiDesktop(t *testing.T) {
	address := startHuawei(t, huaweisim.Config{World: huaweisim.NewWorld(9, huaweisim.WorldOptions{Pools: 10, Desktops: 640})})
	client, source := newHuaweiClient(t, address, huaweiKey(), huaweiProject), huaweiSource(t, address)
	all := read(t, client, "ListDesktopsDetail", client.ListDesktopsDetail, model.ListDesktopsDetailRequest{Limit: new(int32(1000))})
	rows := read(t, client, "ListDesktops", client.ListDesktops, model.ListDesktopsRequest{Limit: new(int32(1000))})
	same(t, "the desktops of two listings", len(say(rows.Desktops)), len(say(all.Desktops)))
	for i, d := range say(all.Desktops) {
		same(t, "desktop "+strconv.Itoa(i)+" of two listings", say(say(rows.Desktops)[i].DesktopId), say(d.DesktopId))
		if i%7 != 0 {
			continue
		}
		detail := read(t, client, "ShowDesktopDetail", client.ShowDesktopDetail, model.ShowDesktopDetailRequest{DesktopId: say(d.DesktopId)})
		want := sdkDesktopFacts(say(detail.Desktop))
		same(t, "the desktop "+want.Name+", listed", sdkDesktopFacts(d), want)
		one, err := source.Reader.Desktop(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the desktop "+want.Name, ourDesktopFacts(one.Value, say(d.TaskStatus) != ""), want)
	}
	same(t, "what the SDK does not read", client.unreadPaths(), []string{
		"ListDesktopsDetail.desktops.inconsistent_types", "ListDesktopsDetail.desktops.product.gpu_desc",
		"ShowDesktopDetail.desktop.inconsistent_types", "ShowDesktopDetail.desktop.product.gpu_desc",
	})
}

// convert carries a value of one of the SDK's types over to another with the same fields.
func convert[To any](t *testing.T, from any) To {
	t.Helper()
	b, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	var to To
	if err := json.Unmarshal(b, &to); err != nil {
		t.Fatal(err)
	}
	return to
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-vendor +ours):\n%s", what, diff)
	}
}
