package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

func TestRunOnABreakableCloud(t *testing.T) {
	Run(t, func(t *testing.T) Fixture {
		fx, _ := newFixture(t)
		return fx
	})
}

// saboteurs break one promise each, and are found out by it.
var saboteurs = []struct {
	promise, how string
	sabotage     func(fx *Fixture, b *breakable, l *liar)
}{
	{"a source says who it is", "bad id", func(fx *Fixture, _ *breakable, _ *liar) { fx.Source.ID = "Mem" }},
	{"a source says who it is", "no cloud", func(fx *Fixture, _ *breakable, _ *liar) { fx.Source.Cloud = "" }},
	{"a source says who it is", "no reader", func(fx *Fixture, _ *breakable, _ *liar) { fx.Source.Reader = nil }},
	{"a source says who it is", "small fixture", func(fx *Fixture, _ *breakable, _ *liar) { fx.BigPoolDesktops = 250 }},

	{"every pool is listed once", "one lost", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value = a.Value[:len(a.Value)-1] }
	}},
	{"every pool is listed once", "one doubled", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value[3] = a.Value[2] }
	}},
	{"every pool is listed once", "the big one replaced", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value[0].NativeID = "other" }
	}},
	{"every pool is listed once", "no id", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value[5].NativeID = "" }
	}},

	{"a walk finds every desktop once", "lost at the border", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Value.Items = a.Value.Items[1:] }
	}},
	{"a walk finds every desktop once", "one twice", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Value.Items[0] = a.Value.Items[1] }
	}},
	{"a walk finds every desktop once", "never ends", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Value.Next = "10" }
	}},
	{"a walk finds every desktop once", "larger pages", func(_ *Fixture, _ *breakable, l *liar) {
		l.query = func(q *pool.DesktopsQuery) { q.Size = pool.MaxPage }
	}},
	{"a walk finds every desktop once", "wrong total", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Value.Total = new(len(a.Value.Items)) }
	}},
	{"a walk finds every desktop once", "of another pool", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Value.Items[0].PoolID = "pool-02" }
	}},
	{"a walk finds every desktop once", "another order every time", func(_ *Fixture, _ *breakable, l *liar) {
		pages := 0
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) {
			if pages++; pages > 3 {
				slices.Reverse(a.Value.Items)
			}
		}
	}},
	{"a walk finds every desktop once", "others in smaller pages", func(_ *Fixture, _ *breakable, l *liar) {
		size := 0
		l.query = func(q *pool.DesktopsQuery) { size = q.Size }
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) {
			if size == 37 {
				a.Value.Items[0].NativeID += "x"
			}
		}
	}},

	{"filters are applied as declared", "power ignored", func(_ *Fixture, _ *breakable, l *liar) {
		l.query = func(q *pool.DesktopsQuery) { q.Filter.PowerState = "" }
	}},
	{"filters are applied as declared", "billing ignored", func(_ *Fixture, _ *breakable, l *liar) {
		l.query = func(q *pool.DesktopsQuery) { q.Filter.BillingMode = "" }
	}},
	{"filters are applied as declared", "user ignored", func(_ *Fixture, _ *breakable, l *liar) {
		l.query = func(q *pool.DesktopsQuery) { q.Filter.User = "" }
	}},

	{"a pool by id is what its row says", "less", func(_ *Fixture, _ *breakable, l *liar) {
		l.pool = func(a *pool.Answer[pool.Pool]) { a.Value.AssignmentMode = "" }
	}},
	{"a pool by id is what its row says", "other", func(_ *Fixture, _ *breakable, l *liar) {
		l.pool = func(a *pool.Answer[pool.Pool]) { a.Value.Counts.Total = new(7777) }
	}},
	{"a pool by id is what its row says", "another list", func(_ *Fixture, _ *breakable, l *liar) {
		l.pool = func(a *pool.Answer[pool.Pool]) { a.Value.Disks = nil }
	}},
	{"a pool by id is what its row says", "not there", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value[1].NativeID = "gone" }
	}},

	{"a desktop by id is what its row says", "another pool", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) { a.Value.PoolID = "pool-02" }
	}},
	{"a desktop by id is what its row says", "another zone", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) { a.Value.CreatedAt = a.Value.CreatedAt.Add(8 * time.Hour) }
	}},
	{"a desktop by id is what its row says", "no pointer", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) { a.Value.InMaintenance = nil }
	}},

	{"unknown ids are not found", "another kind", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(err error) error {
			e := *pool.AsError(err)
			e.Kind = pool.Failed
			return &e
		}
	}},
	{"unknown ids are not found", "an empty page", func(fx *Fixture, _ *breakable, _ *liar) { fx.UnknownPoolID = "pool-02" }},
	{"unknown ids are not found", "nobody to blame", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(error) error { return &pool.Error{Kind: pool.NotFound} }
	}},
	{"unknown ids are not found", "another type", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(error) error { return pool.NotFound }
	}},

	{"answers say when", "never", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.AsOf = time.Time{} }
	}},
	{"answers say when", "in the future", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) { a.AsOf = a.AsOf.Add(time.Hour) }
	}},
	{"answers say when", "parts before", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) { a.Parts[0].ReadAt = a.AsOf.Add(-time.Hour) }
	}},
	{"answers say when", "from a cache", func(_ *Fixture, _ *breakable, l *liar) {
		l.pool = func(a *pool.Answer[pool.Pool]) { a.From = pool.FromCache }
	}},

	{"words are of the vocabularies", "melted", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value[4].State = "MELTED" }
	}},
	{"words are of the vocabularies", "the cloud's own", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) { a.Value.Disks = []pool.Disk{{Class: "SAS"}} }
	}},
	{"words are of the vocabularies", "no basis", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) { a.Value.Total.Basis = "GUESSED" }
	}},

	{"what is not reported is not said", "no such field", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.NotReported = []string{"pool.disks.colour"}
	}},
	{"what is not reported is not said", "no such model", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.NotReported = []string{"order.id"}
	}},
	{"what is not reported is not said", "said in a list", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.NotReported = []string{"pool.disks.size_gib"}
	}},
	{"what is not reported is not said", "said of desktops", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.NotReported = []string{"desktop.retained_s"}
	}},
	{"what is not reported is not said", "said behind a pointer", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.NotReported = []string{"desktop.product.gpu.model"}
	}},
	{"what is not reported is not said", "said of users", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.NotReported = []string{"desktop.assignments.user_id"}
	}},

	{"answers hold the cloud's own JSON", "no parts", func(_ *Fixture, _ *breakable, l *liar) {
		l.parts = func([]pool.Part) []pool.Part { return nil }
	}},
	{"answers hold the cloud's own JSON", "no JSON", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) { a.Parts[0].Body = json.RawMessage(`{`) }
	}},
	{"answers hold the cloud's own JSON", "no operation", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) { a.Parts[0].Operation = "" }
	}},
	{"answers hold the cloud's own JSON", "no rows", func(_ *Fixture, _ *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) { a.Value[3].Native = nil }
	}},
	{"answers hold the cloud's own JSON", "another's row", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Value.Items[0].Native = a.Value.Items[1].Native }
	}},
	{"answers hold the cloud's own JSON", "rows in the envelope", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktops = func(a *pool.Answer[pool.DesktopPage]) { a.Parts = append(a.Parts, a.Value.Items[0].Native...) }
	}},
	{"answers hold the cloud's own JSON", "twice in a full read", func(_ *Fixture, _ *breakable, l *liar) {
		l.pool = func(a *pool.Answer[pool.Pool]) { a.Value.Native = a.Parts }
	}},
	{"answers hold the cloud's own JSON", "not in a full read", func(_ *Fixture, _ *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) { a.Parts[0].Body = json.RawMessage(`{}`) }
	}},

	{"personal keys are known", "none", func(fx *Fixture, _ *breakable, _ *liar) { fx.Source.Personal = nil }},
	{"personal keys are known", "one of two", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.Personal = func(key string) bool { return key == "user_id" }
	}},

	{"counters add up", "one more", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if p := a.Value.Total.Power; p != nil {
				*p.Running++
			}
		}
	}},
	{"counters add up", "negative", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if c := a.Value.Total.Connection; c != nil {
				*c.Idle, *c.Other = -1, *c.Other+*c.Idle+1
			}
		}
	}},
	{"counters add up", "no reason", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if c := a.Value.Total.Assignment; c != nil {
				c.Failed = nil
			}
		}
	}},
	{"counters add up", "no reason for the total", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) { a.Value.Total = pool.Counts{} }
	}},
	{"counters add up", "a reason too many", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			a.Value.Total.Missing = []pool.Missing{{Field: "total", Reason: pool.NotCounted}}
		}
	}},
	{"counters add up", "a reason for nothing", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			a.Value.Total.Missing = []pool.Missing{{Field: "power.melted", Reason: pool.NotCounted}}
		}
	}},
	{"counters add up", "axes unasked", func(_ *Fixture, _ *breakable, l *liar) {
		l.count = func(q *pool.StatisticsQuery) { q.Axes.Power = true }
	}},
	{"counters add up", "axes left out", func(_ *Fixture, _ *breakable, l *liar) {
		l.count = func(q *pool.StatisticsQuery) { q.Axes.Power = false }
	}},
	{"counters add up", "a pool twice", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			a.Value.Pools = append(a.Value.Pools, a.Value.Pools...)
		}
	}},

	{"pools are counted one by one", "all of them", func(_ *Fixture, _ *breakable, l *liar) {
		l.count = func(q *pool.StatisticsQuery) { q.PoolIDs = nil }
	}},
	{"pools are counted one by one", "none known means all", func(fx *Fixture, _ *breakable, l *liar) {
		l.count = func(q *pool.StatisticsQuery) {
			q.PoolIDs = slices.DeleteFunc(q.PoolIDs, func(id string) bool { return id == fx.UnknownPoolID })
		}
	}},
	{"pools are counted one by one", "one row less", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if len(a.Value.Pools) > 1 {
				a.Value.Pools = a.Value.Pools[1:]
			}
		}
	}},
	{"pools are counted one by one", "another total", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if len(a.Value.Pools) > 1 {
				*a.Value.Total.Total++
			}
		}
	}},
	{"pools are counted one by one", "another name", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if len(a.Value.Pools) > 1 {
				a.Value.Pools[1].PoolName = "other"
			}
		}
	}},
	{"pools are counted one by one", "deleted ones too", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if len(a.Value.Pools) == 1 {
				*a.Value.Total.Total = 300
			}
		}
	}},

	{"nothing is asked when ctx is done", "ctx ignored", func(_ *Fixture, _ *breakable, l *liar) {
		l.ctx = context.WithoutCancel
	}},
	{"nothing is asked when ctx is done", "asked first", func(_ *Fixture, b *breakable, l *liar) {
		l.ctx = func(ctx context.Context) context.Context { b.calls.Add(1); return ctx }
	}},
	{"nothing is asked when ctx is done", "the cause lost", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(error) error { return &pool.Error{Kind: pool.Timeout, Source: "mem", Op: "read"} }
	}},

	{"ctx ends a call that hangs", "the kind lost", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(err error) error {
			e := *pool.AsError(err)
			e.Kind = pool.Unavailable
			return &e
		}
	}},
	{"ctx ends a call that hangs", "the cause of leaving lost", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(err error) error {
			if errors.Is(err, context.Canceled) {
				return &pool.Error{Kind: pool.Timeout, Source: "mem", Op: "read"}
			}
			return err
		}
	}},

	{"failures have their kinds", "throttled is failed", func(_ *Fixture, b *breakable, _ *liar) { b.kinds[fault.Throttle] = pool.Failed }},
	{"failures have their kinds", "cut is unavailable", func(_ *Fixture, b *breakable, _ *liar) { b.kinds[fault.Cut] = pool.Unavailable }},
	{"failures have their kinds", "HTML is not found", func(_ *Fixture, b *breakable, _ *liar) { b.kinds[fault.HTML] = pool.NotFound }},
	{"failures have their kinds", "500 is ours", func(_ *Fixture, b *breakable, _ *liar) { b.kinds[fault.Error] = pool.Invalid }},
	{"failures have their kinds", "lost is failed", func(_ *Fixture, b *breakable, _ *liar) { b.kinds[fault.LoseAnswer] = pool.Failed }},
	{"failures have their kinds", "hidden", func(fx *Fixture, _ *breakable, _ *liar) { fx.Break = func(fault.Fault) {} }},
	{"failures have their kinds", "nobody to blame", func(_ *Fixture, b *breakable, _ *liar) { b.source = "" }},
	{"failures have their kinds", "not mended", func(fx *Fixture, b *breakable, _ *liar) {
		fx.Break = func(f fault.Fault) {
			if b.heal(); f.Kind == fault.Latency {
				f.Kind = fault.Error
			}
			b.strike(f)
		}
	}},

	{"a single failure is repeated", "never", func(_ *Fixture, b *breakable, _ *liar) { b.attempts = 1 }},

	{"failures never shorten an answer", "half a listing", func(_ *Fixture, b *breakable, l *liar) {
		l.pools = func(a *pool.Answer[[]pool.Pool]) {
			if b.breaks() {
				a.Value = a.Value[:10]
			}
		}
	}},
	{"failures never shorten an answer", "half a count", func(_ *Fixture, b *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) {
			if b.breaks() {
				a.Value.Pools = nil
			}
		}
	}},

	{"drift is counted, and is no error", "not watched", func(fx *Fixture, _ *breakable, _ *liar) { fx.Source.Drift = nil }},
	{"drift is counted, and is no error", "not counted", func(_ *Fixture, b *breakable, _ *liar) { b.drift = nil }},
	{"drift is counted, and is no error", "an error", func(fx *Fixture, b *breakable, _ *liar) {
		fx.Break = func(fault.Fault) { b.strike(fault.Fault{Kind: fault.Cut}) }
	}},
	{"drift is counted, and is no error", "in sound answers", func(_ *Fixture, b *breakable, l *liar) {
		l.pool = func(*pool.Answer[pool.Pool]) { b.drift.Field("op.documented") }
	}},
	{"drift is counted, and is no error", "changes the answer", func(_ *Fixture, b *breakable, l *liar) {
		l.desktop = func(a *pool.Answer[pool.Desktop]) {
			if b.breaks() {
				a.Value.Product.CPU = nil
			}
		}
	}},

	{"no secret is told", "in a detail", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(err error) error {
			e := *pool.AsError(err)
			e.Upstream = &pool.Upstream{Message: "key " + secret}
			return &e
		}
	}},
	{"no secret is told", "in a cause", func(_ *Fixture, _ *breakable, l *liar) {
		l.err = func(error) error { return &pool.Error{Kind: pool.Failed, Err: errors.New(secret)} }
	}},
	{"no secret is told", "in a part", func(_ *Fixture, _ *breakable, l *liar) {
		l.statistics = func(a *pool.Answer[pool.Statistics]) { a.Parts[0].RequestID = secret }
	}},
	{"no secret is told", "by the source", func(fx *Fixture, _ *breakable, _ *liar) { fx.Source.Region = secret }},
	{"no secret is told", "by the reader", func(fx *Fixture, _ *breakable, _ *liar) {
		fx.Source.Reader = struct {
			pool.Reader
			key string
		}{fx.Source.Reader, secret}
	}},

	{"calls may be concurrent", "mixed up", func(_ *Fixture, _ *breakable, l *liar) {
		var calls atomic.Int64
		l.pool = func(a *pool.Answer[pool.Pool]) {
			if calls.Add(1) > 1 {
				a.Value.NativeID = "pool-02"
			}
		}
	}},
	{"calls may be concurrent", "refused", func(_ *Fixture, b *breakable, l *liar) {
		var calls atomic.Int64
		l.ctx = func(ctx context.Context) context.Context {
			if calls.Add(1) > 10 {
				b.strike(fault.Fault{Kind: fault.Error})
			}
			return ctx
		}
	}},
}

// breaks tells whether a fault is on.
func (b *breakable) breaks() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.faults) > 0
}

func TestSaboteursAreFoundOut(t *testing.T) {
	for _, p := range promises() {
		found := 0
		for _, s := range saboteurs {
			if s.promise != p.name {
				continue
			}
			found++
			t.Run(p.name+"/"+s.how, func(t *testing.T) {
				fx, b := newFixture(t)
				l := &liar{Reader: b}
				fx.Source.Reader = l
				s.sabotage(&fx, b, l)
				if err := p.keep(t.Context(), fx); err == nil {
					t.Error("the promise was not seen to be broken")
				}
			})
		}
		if found == 0 {
			t.Errorf("nobody breaks the promise %q", p.name)
		}
	}
}

func TestSaboteursBreakPromises(t *testing.T) {
	for _, s := range saboteurs {
		if !slices.ContainsFunc(promises(), func(p promise) bool { return p.name == s.promise }) {
			t.Errorf("%q is no promise", s.promise)
		}
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"ID": "id", "NotConnected": "not_connected", "MemoryMiB": "memory_mib", "SizeGiB": "size_gib", "SubnetIDs": "subnet_ids", "OSType": "os_type",
		"GPUDriverVersion": "gpu_driver_version", "CPU": "cpu", "EnterpriseProjectID": "enterprise_project_id", "IP": "ip", "CreatedAt": "created_at",
	} {
		if got := snake(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
