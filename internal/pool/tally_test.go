package pool

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// runs is a row in which only the power axis is counted, wholly.
func runs(running, stopped int, basis Basis) Counts {
	return Counts{
		Total: num(running + stopped), Basis: basis,
		Power: &PowerCounts{Running: num(running), Stopped: num(stopped), Hibernated: num(0), Faulted: num(0), Changing: num(0), Other: num(0)},
	}
}

func TestTally(t *testing.T) {
	early, late := time.Unix(10, 0), time.Unix(20, 0)
	known := runs(3, 1, UpstreamAggregate)
	partly := runs(5, 5, Counted)
	partly.Power.Changing, partly.Power.Other = nil, nil
	partly.Explain(NotReportedByCloud)
	svc := NewService([]Source{
		(&fake{asOf: late, stats: Statistics{Total: known, Pools: []PoolStatistics{{PoolID: "p1", PoolName: "one", Counts: known}}}}).source("ali-1", Alibaba),
		(&fake{asOf: late, stats: Statistics{Total: known}}).source("hw-1", Huawei),
		(&fake{asOf: early, stats: Statistics{Total: partly}}).source("hw-2", Huawei),
		(&fake{err: &Error{Kind: Timeout}}).source("ali-2", Alibaba),
	})
	power := StatisticsQuery{Axes: Axes{Power: true}}
	huawei := runs(8, 6, Mixed)
	huawei.Power.Changing, huawei.Power.Other = nil, nil
	huawei.Missing = []Missing{{"power.changing", NotReportedByCloud}, {"power.other", NotReportedByCloud}}
	failed := NewCounts(power.Axes, SourceFailed)
	aliSum := NewCounts(power.Axes, SourceFailed)

	tests := []struct {
		name string
		q    TallyQuery
		want []TallyRow
	}{
		{"by source", TallyQuery{GroupBy: GroupBySource, Count: power}, []TallyRow{
			{Cloud: Alibaba, Source: "ali-1", Counts: known, AsOf: late},
			{Cloud: Alibaba, Source: "ali-2", Counts: failed},
			{Cloud: Huawei, Source: "hw-1", Counts: known, AsOf: late},
			{Cloud: Huawei, Source: "hw-2", Counts: partly, AsOf: early},
		}},
		{"by cloud: a sum over a nil is nil", TallyQuery{GroupBy: GroupByCloud, Count: power}, []TallyRow{
			{Cloud: Alibaba, Counts: aliSum, AsOf: late},
			{Cloud: Huawei, Counts: huawei, AsOf: early},
		}},
		{"by pool", TallyQuery{GroupBy: GroupByPool, Count: power}, []TallyRow{
			{Cloud: Alibaba, Source: "ali-1", PoolID: "p1", PoolName: "one", Counts: known, AsOf: late},
		}},
		{"all in one, of one cloud", TallyQuery{GroupBy: GroupByNone, Count: power, Sources: SourceFilter{Clouds: []Cloud{Huawei}}}, []TallyRow{
			{Counts: huawei, AsOf: early},
		}},
		{"only the sources of the pools named", TallyQuery{GroupBy: GroupBySource, Count: power, Pools: []ID{{"ali-1", "p1"}}}, []TallyRow{
			{Cloud: Alibaba, Source: "ali-1", Counts: known, AsOf: late},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := svc.Tally(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
	for _, id := range []ID{{"ali-1", "p2"}, {"nowhere", "p1"}} {
		if _, err := svc.Tally(t.Context(), TallyQuery{Pools: []ID{id}, Count: power}); !errors.Is(err, NotFound) {
			t.Errorf("pool %v: err = %v, want NotFound", id, err)
		}
	}
}

func TestExplainKeepsTheFirstReason(t *testing.T) {
	c := Counts{Total: num(1), Assignment: &AssignmentCounts{Assigned: num(1)}}
	c.Missing = []Missing{{"assignment.failed", NotReportedByCloud}, {"total", NotCounted}}
	c.Explain(NotCounted)
	want := []Missing{
		{"assignment.unassigned", NotCounted}, {"assignment.assigning", NotCounted},
		{"assignment.failed", NotReportedByCloud}, {"assignment.other", NotCounted},
	}
	if diff := cmp.Diff(want, c.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

func TestSum(t *testing.T) {
	axes := Axes{Power: true}
	zeros := runs(0, 0, "")
	if diff := cmp.Diff(zeros, Sum(axes)); diff != "" {
		t.Errorf("of no rows (-want +got):\n%s", diff)
	}
	odd := runs(1, 1, Counted)
	odd.Assignment, odd.Power.Stopped = &AssignmentCounts{Assigned: num(1)}, num(math.MaxInt)
	want := runs(3, 0, Mixed)
	want.Total, want.Power.Stopped = num(5), nil
	want.Missing = []Missing{{"power.stopped", NotCounted}}
	if diff := cmp.Diff(want, Sum(axes, odd, runs(2, 1, UpstreamAggregate))); diff != "" {
		t.Errorf("past what an int holds, with an axis that was not asked for (-want +got):\n%s", diff)
	}
	without := Sum(axes, Counts{Total: num(1)})
	if without.Power == nil || without.Power.Running != nil || len(without.Missing) != 6 || *without.Total != 1 {
		t.Errorf("of a row without the axis: %+v", without)
	}
}
