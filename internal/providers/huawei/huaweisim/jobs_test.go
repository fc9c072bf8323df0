package huaweisim

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type subJobs struct {
	Total int      `json:"total_count"`
	Jobs  []subJob `json:"jobs"`
}

const subJobList = v2 + "/workspace-sub-jobs"

func TestJobOfOneDesktop(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.JobTime = 10 * time.Second })
	d := desktop{c.cfg.World.pools[3], 1}
	id := c.order(extendVolume, forDesktops(d.id())+c.good()[extendVolume])[0].OrderID
	if got := read[subJobs](c, subJobList); got.Total != 0 || got.Jobs == nil {
		t.Errorf("before the payment: %+v", got)
	}
	if err := c.Pay(id); err != nil {
		t.Fatal(err)
	}
	c.clock.add(4 * time.Second)
	user, _ := d.user()
	row := read[subJobs](c, subJobList+"?job_type=expandVolumes&desktop_pool_id="+orderPoolID).Jobs[0]
	want := subJob{
		ID: row.ID, JobType: "expandVolumes", Entities: jobEntities{d.id(), d.template().Product.ProductID, user, d.name(), d.ipv4()},
		BeginTime: "2026-01-05 08:00:00", Status: "RUNNING", ProjectID: testProject, JobID: row.JobID, Process: 40,
		AttachUser: user, Entity: d.name(), IPAddress: d.ipv4(),
	}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("sub-job (-want +got):\n%s", diff)
	}
	job := jobInfo{ID: row.JobID, JobType: "expandVolumes", BeginTime: "2026-01-05 08:00:00", Status: "RUNNING", SubJobsTotal: 1, SubJobs: []subJob{want}}
	show := v2 + "/workspace-jobs/" + row.JobID
	if diff := cmp.Diff(job, read[jobInfo](c, show)); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	c.clock.add(6 * time.Second)
	want.Status, want.Process, want.EndTime = "SUCCESS", 100, "2026-01-05 08:00:10"
	job.Status, job.EndTime, job.SubJobs = "SUCCESS", want.EndTime, []subJob{want}
	if diff := cmp.Diff(job, read[jobInfo](c, show)); diff != "" {
		t.Errorf("job when done (-want +got):\n%s", diff)
	}
	for _, other := range []string{"none", jobID("none")} {
		if got := c.get(v2 + "/workspace-jobs/" + other).code(); got != "404 WKS.0404 The job does not exist." {
			t.Errorf("job %s: %q", other, got)
		}
	}
}

func TestFailedJob(t *testing.T) {
	c := start(t, nil)
	id := c.order(resize, forPool(orderPoolID)+c.good()[resize])[0].OrderID
	_, _ = c.Push(id, 3), c.Push(id, 7)
	c.clock.add(time.Hour)
	job := read[jobInfo](c, v2+"/workspace-jobs/"+jobID(id))
	if job.Status != "FAIL" || job.JobErrorCode == "" || job.FailReason == "" || job.JobType != "resizeDesktopPool" || job.EndTime != job.BeginTime {
		t.Errorf("job = %+v", job)
	}
	n := c.cfg.World.pools[3].size
	if got := read[subJobs](c, subJobList+"?status=FAILED&job_id="+job.ID); got.Total != n || got.Jobs[0].ErrorCode == "" || got.Jobs[0].FailReason == "" {
		t.Errorf("%d sub-jobs FAILED, want %d", got.Total, n)
	}
}

func TestSubJobPages(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.World = NewWorld(1, WorldOptions{Pools: 6, Desktops: 200, BigPool: 30000}) })
	big := c.cfg.World.pools[6].info
	ids := []string{}
	for _, pool := range []string{orderPoolID, big.ID} {
		ids = append(ids, c.order(changeImage, forPool(pool)+c.good()[changeImage])[0].OrderID)
		c.paid(ids[len(ids)-1])
	}
	small := c.cfg.World.pools[3].size
	tests := []struct {
		query        string
		total, count int
		first        string // the desktop
	}{
		{"", 30000 + small, 1000, desktop{c.cfg.World.pools[6], 0}.id()},
		{"limit=10&offset=9999", 30000 + small, 10, desktop{c.cfg.World.pools[6], 9999}.id()},
		{"desktop_pool_id=" + orderPoolID, small, small, desktop{c.cfg.World.pools[3], 0}.id()},
		{"job_id=" + jobID(ids[0]) + "&offset=1&limit=1", small, 1, desktop{c.cfg.World.pools[3], 1}.id()},
		{"job_type=rebuildDesktopPool&limit=0", 30000 + small, 0, ""},
		{"job_type=createDesktops", 0, 0, ""},
		{"status=RUNNING&status=WAITING", 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got := read[subJobs](c, subJobList+"?"+tt.query)
			first := ""
			if len(got.Jobs) > 0 {
				first = got.Jobs[0].Entities.DesktopID
			}
			if got.Total != tt.total || len(got.Jobs) != tt.count || first != tt.first {
				t.Errorf("%d of %d from %s, want %d of %d from %s", len(got.Jobs), got.Total, first, tt.count, tt.total, tt.first)
			}
		})
	}
	if got := read[jobInfo](c, v2+"/workspace-jobs/"+jobID(ids[1])); got.SubJobsTotal != 30000 || len(got.SubJobs) != 1000 {
		t.Errorf("%d of %d sub-jobs are shown, want 1000 of 30000", len(got.SubJobs), got.SubJobsTotal)
	}
	for _, query := range []string{"status=FAIL", "limit=1001", "offset=10001"} {
		if got := c.get(subJobList + "?" + query).status; got != 400 {
			t.Errorf("%s: status = %d, want 400", query, got)
		}
	}
}

// What an order does to a large pool costs no memory for each of its desktops.
func TestLargePoolStaysFlat(t *testing.T) {
	w := NewWorld(1, WorldOptions{Pools: 6, Desktops: 200, BigPool: 100_000})
	o := &order{Order: Order{ID: "CS1"}, change: &change{kind: addVolume, volume: volumeInfo{Type: "SAS", Size: 10}}, pool: 6, desktop: -1}
	var after *World
	bytes := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			after = w.after(o)
		}
	}).AllocedBytesPerOp()
	if bytes > 10_000 {
		t.Errorf("a change of 100,000 desktops takes %d bytes", bytes)
	}
	d := desktop{after.pools[6], 99_999}
	if got := fmt.Sprint(len(d.template().DataVolumes) - len(w.pools[6].info.DataVolumes)); got != "1" {
		t.Errorf("the last desktop has %s disks more, want 1", got)
	}
}
