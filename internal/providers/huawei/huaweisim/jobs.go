package huaweisim

import (
	"slices"
	"time"
)

// jobInfo is the answer of ShowJob.
type jobInfo struct {
	ID           string   `json:"id"`
	JobType      string   `json:"job_type"`
	BeginTime    string   `json:"begin_time"` // 2020-04-10 06:45:14
	EndTime      string   `json:"end_time,omitempty"`
	Status       string   `json:"status"`
	JobErrorCode string   `json:"job_error_code,omitempty"`
	FailReason   string   `json:"fail_reason,omitempty"`
	SubJobsTotal int      `json:"sub_jobs_total"`
	SubJobs      []subJob `json:"sub_jobs"`
}

// subJob is JobDetailInfo: what a job does to one desktop.
type subJob struct {
	ID         string      `json:"id"`
	JobType    string      `json:"job_type"`
	Entities   jobEntities `json:"entities"`
	BeginTime  string      `json:"begin_time"`
	EndTime    string      `json:"end_time,omitempty"`
	Status     string      `json:"status"`
	ErrorCode  string      `json:"error_code,omitempty"`
	FailReason string      `json:"fail_reason,omitempty"`
	Host       string      `json:"host"`
	ProjectID  string      `json:"project_id"`
	JobID      string      `json:"job_id"` // the parent's
	Process    int         `json:"process"`
	AttachUser string      `json:"attach_user"`
	Entity     string      `json:"entity"`
	IPAddress  string      `json:"ip_address"`
}

type jobEntities struct {
	DesktopID   string `json:"desktop_id"`
	ProductID   string `json:"product_id"`
	UserName    string `json:"user_name"`
	DesktopName string `json:"desktop_name"`
	IPAddress   string `json:"ip_address"`
}

// The failure of a job whose order failed; both are chosen.
const (
	jobError  = "WKS.00010501"
	jobReason = "The change could not be carried out."
)

// job is the job of an order that was paid. It works through the desktops one after another.
type job struct {
	*order
	now time.Time
}

func (j job) id() string { return jobID(j.ID) }

func jobID(orderID string) string { return uuid(17, mixText(orderID)) }

// kind is the job_type. The documents name those of disks and images, for pools and desktops; the rest is chosen.
func (j job) kind() string {
	types := map[string][2]string{
		addVolume: {"addDesktopPoolVolumes", "addVolumes"}, extendVolume: {"expandDesktopPoolVolumes", "expandVolumes"},
		resize: {"resizeDesktopPool", "resizeDesktops"}, changeImage: {"rebuildDesktopPool", "rebuildDesktops"},
		addSubResources:    {"addDesktopPoolSubResources", "addSubResources"},
		deleteSubResources: {"deleteDesktopPoolSubResources", "deleteSubResources"},
	}
	if j.desktop < 0 {
		return types[j.change.kind][0]
	}
	return types[j.change.kind][1]
}

// failed is true once the job has ended without its effect.
func (j job) failed() bool { return !j.ended.IsZero() && j.Status != completed }

func (j job) status() string {
	switch {
	case j.ended.IsZero():
		return "RUNNING"
	case j.failed():
		return "FAIL"
	}
	return "SUCCESS"
}

// size is how many sub-jobs there are: one a desktop.
func (j job) size(w *World) int {
	if j.desktop >= 0 {
		return 1
	}
	return w.at(j.pool).size
}

// step is how far the k-th of n sub-jobs is.
func (j job) step(k, n int, jobTime time.Duration) (status string, percent int) {
	if !j.ended.IsZero() {
		if j.failed() {
			return "FAILED", 0
		}
		return "SUCCESS", 100
	}
	done := float64(n)*float64(j.now.Sub(j.started))/float64(jobTime) - float64(k)
	switch {
	case done >= 1:
		return "SUCCESS", 100
	case done >= 0:
		return "RUNNING", int(done * 100)
	}
	return "WAITING", 0
}

// sub is the k-th sub-job.
func (s *Sim) subJob(j job, w *World, k int) subJob {
	d := desktop{w.at(j.pool), max(j.desktop, k)}
	user, _ := d.user()
	out := subJob{
		ID: uuid(18, mixText(j.ID), uint64(k)), JobID: j.id(), JobType: j.kind(), BeginTime: j.started.Format(spaceLayout),
		Entities:  jobEntities{d.id(), d.template().Product.ProductID, user, d.name(), d.ipv4()},
		ProjectID: s.cfg.ProjectID, AttachUser: user, Entity: d.name(), IPAddress: d.ipv4(),
	}
	out.Status, out.Process = j.step(k, j.size(w), s.cfg.JobTime)
	if !j.ended.IsZero() {
		out.EndTime = j.ended.Format(spaceLayout)
	}
	if j.failed() {
		out.ErrorCode, out.FailReason = jobError, jobReason
	}
	return out
}

// jobs are the jobs of all orders that were paid, newest order first (chosen).
func (s *Sim) jobs(now time.Time) []job {
	var out []job
	for _, o := range slices.Backward(s.book.list(now)) {
		if !o.started.IsZero() {
			out = append(out, job{&o, now})
		}
	}
	return out
}

// showJob answers GET /workspace-jobs/{job_id}, with a thousand sub-jobs at most (chosen).
func (s *Sim) showJob(c *call) (reply, *failure) {
	for _, j := range s.jobs(c.now) {
		if j.id() != c.target {
			continue
		}
		out := jobInfo{ID: j.id(), JobType: j.kind(), BeginTime: j.started.Format(spaceLayout), Status: j.status(),
			SubJobsTotal: j.size(c.world), SubJobs: []subJob{}}
		if !j.ended.IsZero() {
			out.EndTime = j.ended.Format(spaceLayout)
		}
		if j.failed() {
			out.JobErrorCode, out.FailReason = jobError, jobReason
		}
		for k := range min(out.SubJobsTotal, 1000) {
			out.SubJobs = append(out.SubJobs, s.subJob(j, c.world, k))
		}
		return reply{body: out}, nil
	}
	return reply{}, notFound("The job does not exist.")
}

// listSubJobs answers GET /workspace-sub-jobs. status may be repeated, as in the documents' example.
func (s *Sim) listSubJobs(c *call) (reply, *failure) {
	q := query{values: c.query}
	states := q.words("status", q.list("status"), "WAITING", "RUNNING", "SUCCESS", "FAILED")
	id, kind, poolID := q.text("job_id"), q.text("job_type"), q.text("desktop_pool_id")
	offset, limit := q.number("offset", 0, maxOffset), q.number("limit", 1000, 1000)
	if q.fault != nil {
		return reply{}, q.fault
	}
	rows, total := []subJob{}, 0
	for _, j := range s.jobs(c.now) {
		if !is(id, j.id()) || !is(kind, j.kind()) || !is(poolID, j.PoolID) {
			continue
		}
		n := j.size(c.world)
		for k := range n {
			if status, _ := j.step(k, n, s.cfg.JobTime); !among(states, status) {
				continue
			}
			if total >= offset && len(rows) < limit {
				rows = append(rows, s.subJob(j, c.world, k))
			}
			total++
		}
	}
	return reply{body: map[string]any{"total_count": total, "jobs": rows}}, nil
}
