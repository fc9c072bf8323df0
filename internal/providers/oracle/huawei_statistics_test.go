package oracle_test

import (
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2/model"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// huaweiCounts is a row of Huawei's statistics.
type huaweiCounts struct {
	Total                                                 int32
	Attached, Unattached, Attaching, AttachError          int32
	Stopped, Active, Failed, Hibernated                   int32
	InUse, Unregistered, Unreachable, Ready, Disconnected int32
}

// count counts desktops one by one, by what their fields are documented to mean.
func (c *huaweiCounts) count(desktops []model.DesktopDetailInfo) {
	for _, d := range desktops {
		c.Total++
		switch say(d.AttachState).Value() {
		case "ATTACHED":
			c.Attached++
		case "UNATTACH", "DEATTACHED":
			c.Unattached++
		case "ATTACHING", "DEATTACHING", "WAITING":
			c.Attaching++
		default:
			c.AttachError++
		}
		*map[string]*int32{"SHUTOFF": &c.Stopped, "ACTIVE": &c.Active, "ERROR": &c.Failed, "HIBERNATED": &c.Hibernated}[say(d.Status)]++
		login := map[string]*int32{
			"CONNECTED": &c.InUse, "DISCONNECTED": &c.Disconnected, "REGISTERED": &c.Ready, "UNREGISTER": &c.Unregistered,
		}[say(d.LoginStatus)]
		if say(d.Isolated) { // no user is led to it
			login = &c.Unreachable
		}
		*login++
	}
}

func sdkCounts(total *int32, a *model.AttachStatistics, r *model.DesktopRunStatisticsRsp, l *model.DesktopLoginStatisticsRsp) huaweiCounts {
	attach, run, login := say(a), say(r), say(l)
	return huaweiCounts{
		say(total),
		say(attach.AttachedNum), say(attach.UnattachedNum), say(attach.AttachingNum), say(attach.AttachErrorNum),
		run.StopNum, run.ActiveNum, run.ErrorNum, run.HibernatedNum,
		login.InUseNum, login.UnregisteredNum, say(login.UnableToConnectNum), login.ReadyNum, login.DisconnectedNum,
	}
}

// ourCounts is a row of our adapter's, which it is to know in full.
func ourCounts(c pool.Counts) huaweiCounts {
	a, p, l := say(c.Assignment), say(c.Power), say(c.Connection)
	n := func(count *int) int32 {
		if count == nil {
			return -1
		}
		return int32(*count)
	}
	return huaweiCounts{
		n(c.Total), n(a.Assigned), n(a.Unassigned), n(a.Assigning), n(a.Failed), n(p.Stopped), n(p.Running), n(p.Faulted), n(p.Hibernated),
		n(l.Connected), n(l.AgentOffline), n(l.Unreachable), n(l.Idle), n(l.Disconnected),
	}
}

// TestHuaweiStatistics counts every desktop that the SDK lists, and holds the
// cloud's own counters and our adapter's rows against that.
func TestHuaweiStatistics(t *testing.T) {
	address := startHuawei(t, huaweisim.Config{World: huaweisim.NewWorld(10, huaweisim.WorldOptions{Pools: 15, Desktops: 1500})})
	client, source := newHuaweiClient(t, address, huaweiKey(), huaweiProject), huaweiSource(t, address)
	var pooled, every huaweiCounts
	want := map[string]huaweiCounts{}
	for _, p := range huaweiPools(t, client) {
		desktops := huaweiDesktops(t, client, say(p.Id))
		var c huaweiCounts
		c.count(desktops)
		want[say(p.Id)] = c
		pooled.count(desktops)
	}
	all := read(t, client, "ListDesktopsDetail", client.ListDesktopsDetail, model.ListDesktopsDetailRequest{Limit: new(int32(1000))})
	rest := read(t, client, "ListDesktopsDetail", client.ListDesktopsDetail, model.ListDesktopsDetailRequest{Limit: new(int32(1000)), Offset: new(int32(1000))})
	every.count(append(say(all.Desktops), say(rest.Desktops)...))
	if pooled.Total < 1000 || every.Total <= pooled.Total {
		t.Errorf("%d desktops in pools and %d in all, want a thousand, and some in no pool", pooled.Total, every.Total)
	}

	counted := huaweiStatistics(t, client, "POOLED")
	got := map[string]huaweiCounts{}
	for _, row := range say(counted.DesktopPoolStatistics) {
		got[say(row.DesktopPoolId)] = sdkCounts(row.TotalNum, row.AttachStatistics, row.RunStateStatistics, row.LoginStateStatistics)
	}
	same(t, "the cloud's rows", got, want)
	same(t, "the cloud's sum", sdkCounts(counted.TotalNum, counted.AttachStatistics, counted.RunStateStatistics, counted.LoginStateStatistics), pooled)
	both := huaweiStatistics(t, client, "POOLED", "DEDICATED")
	same(t, "the cloud's sum of all", sdkCounts(both.TotalNum, both.AttachStatistics, both.RunStateStatistics, both.LoginStateStatistics), every)
	run := read(t, client, "ListRunState", client.ListRunState, model.ListRunStateRequest{})
	same(t, "ListRunState", []int32{say(run.StopNum), say(run.ActiveNum), say(run.ErrorNum), say(run.HibernatedNum)},
		[]int32{every.Stopped, every.Active, every.Failed, every.Hibernated})
	login := read(t, client, "ListLoginState", client.ListLoginState, model.ListLoginStateRequest{})
	same(t, "ListLoginState",
		[]int32{say(login.InUseNum), say(login.UnregisteredNum), say(login.UnableToConnectNum), say(login.ReadyNum), say(login.DisconnectedNum)},
		[]int32{every.InUse, every.Unregistered, every.Unreachable, every.Ready, every.Disconnected})

	ours, err := source.Reader.Statistics(t.Context(), pool.StatisticsQuery{
		DesktopType: pool.Pooled, Axes: pool.Axes{Power: true, Connection: true, Assignment: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	got = map[string]huaweiCounts{}
	for _, row := range ours.Value.Pools {
		got[row.PoolID] = ourCounts(row.Counts)
	}
	same(t, "our rows", got, want)
	same(t, "our sum", ourCounts(ours.Value.Total), pooled)
}

// huaweiStatistics counts desktops of these types along every axis.
func huaweiStatistics(t *testing.T, c *huaweiClient, types ...string) *model.ListDesktopsStatisticsResponse {
	t.Helper()
	axes := model.GetListDesktopsStatisticsRequestStatisticsTypeEnum()
	return read(t, c, "ListDesktopsStatistics", c.ListDesktopsStatistics, model.ListDesktopsStatisticsRequest{
		DesktopType:    &types,
		StatisticsType: &[]model.ListDesktopsStatisticsRequestStatisticsType{axes.ATTACH_STATE, axes.LOGIN_STATE, axes.RUN_STATE},
	})
}
