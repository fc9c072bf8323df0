package handlers

import (
	"cmp"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// view is what a caller wants and may see of rows.
type view struct {
	native   bool // with the cloud's own words
	personal bool // with users' ids and names
}

// opt is nil for an empty text: it was not said.
func opt[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	t := string(s)
	return &t
}

// at is nil for the zero time: it was not said.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// readAt is when something was read, to the millisecond.
func readAt(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// word is the word, or UNKNOWN where the cloud did not say.
func word[S ~string](s S) string { return cmp.Or(string(s), pool.Unknown) }

// rows converts a list; nil stays nil: it was not said.
func rows[A, B any](list []A, convert func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = convert(a)
	}
	return out
}

func (v view) pool(item pool.PoolItem) Pool {
	p, src := item.Pool, item.Source
	out := Pool{
		ID: item.ID().String(), Source: src.ID, Cloud: string(src.Cloud), Region: src.Region,
		Name: opt(p.Name), Description: p.Description, State: word(p.State),
		Conditions:     rows(p.Conditions, func(c pool.Condition) string { return string(c) }),
		AssignmentMode: word(p.AssignmentMode), SessionMode: word(p.SessionMode), BillingMode: word(p.BillingMode),
		Counts:           PoolCounts(p.Counts),
		AvailabilityZone: opt(p.AvailabilityZone), SubnetIDs: p.SubnetIDs,
		Product: product(p.Product), Image: image(p.Image), Disks: rows(p.Disks, disk),
		SecurityGroups: rows(p.SecurityGroups, func(n pool.Named) SecurityGroup {
			return SecurityGroup{ID: n.ID, Name: opt(n.Name)}
		}),
		SessionRetention: SessionRetention{Mode: word(p.SessionRetention.Mode), Seconds: p.SessionRetention.Seconds},
		Autoscale:        autoscale(p.Autoscale),
		InMaintenance:    p.InMaintenance, EnterpriseProjectID: opt(p.EnterpriseProjectID), NamePolicyID: opt(p.NamePolicyID),
		CreatedAt: at(p.CreatedAt), ExpiresAt: at(p.ExpiresAt), AsOf: readAt(item.AsOf),
	}
	if v.native {
		out.Native = v.parts(p.Native, src)
	}
	return out
}

func (v view) desktop(item pool.DesktopItem) Desktop {
	d, src := item.Desktop, item.Source
	out := Desktop{
		ID: item.ID().String(), Source: src.ID, Cloud: string(src.Cloud), Name: opt(d.Name),
		LifecycleState: word(d.LifecycleState), PowerState: word(d.PowerState),
		ConnectionState: word(d.ConnectionState), AssignmentState: word(d.AssignmentState),
		BillingState: word(d.BillingState), SummaryState: string(d.Summary()), BillingMode: word(d.BillingMode),
		Assignments: rows(d.Assignments, v.assignment), ActiveUsers: rows(d.ActiveUsers, v.user),
		Image: image(d.Image), Product: product(d.Product), Disks: rows(d.Disks, disk),
		Addresses: rows(d.Addresses, func(a pool.Address) Address {
			return Address{IP: a.IP, Role: opt(a.Role), Version: opt(a.Version)}
		}),
		Protocol: opt(d.Protocol), GPUDriverVersion: opt(d.GPUDriverVersion), AgentVersion: opt(d.AgentVersion),
		CreatedAt: at(d.CreatedAt), ReleasedAt: at(d.ReleasedAt), ResetAt: at(d.ResetAt), ExpiresAt: at(d.ExpiresAt),
		RetainedS: d.RetainedSeconds, InMaintenance: d.InMaintenance, AvailabilityZone: opt(d.AvailabilityZone),
		AsOf: readAt(item.AsOf),
	}
	if d.PoolID != "" {
		out.PoolID = opt(pool.ID{Source: src.ID, Native: d.PoolID}.String())
	}
	if v.native {
		out.Native = v.parts(d.Native, src)
	}
	return out
}

func (v view) user(u pool.User) User {
	return User{UserID: v.hide(u.ID), UserName: v.hide(u.Name)}
}

func (v view) assignment(a pool.Assignment) Assignment {
	return Assignment{UserID: v.hide(a.ID), UserName: v.hide(a.Name), Type: opt(a.Type)}
}

// hide masks what is personal, unless it may be seen.
func (v view) hide(s string) *string {
	if s != "" && !v.personal {
		s = hidden
	}
	return opt(s)
}

// parts are a cloud's own words, masked where the caller may not see all. The
// list is never nil: it was asked for.
func (v view) parts(parts []pool.Part, src *pool.Source) []NativePart {
	out := make([]NativePart, len(parts))
	for i, p := range parts {
		body := p.Body
		if !v.personal {
			body = maskNative(body, src.Personal)
		}
		out[i] = NativePart{Operation: p.Operation, RequestID: opt(p.RequestID), ReadAt: readAt(p.ReadAt), Body: body}
	}
	return out
}

func product(p pool.Product) Product {
	out := Product{
		ID: opt(p.ID), FlavorID: opt(p.FlavorID), Description: opt(p.Description), Family: opt(p.Family),
		Architecture: opt(p.Architecture), CPU: p.CPU, MemoryMiB: p.MemoryMiB,
		BillingMode: word(p.BillingMode), SaleStatus: word(p.SaleStatus),
	}
	if p.GPU != nil {
		out.GPU = &GPU{Count: p.GPU.Count, Model: opt(p.GPU.Model)}
	}
	return out
}

func image(i pool.Image) Image {
	return Image{
		ID: opt(i.ID), Name: opt(i.Name), OSType: word(i.OSType), OSVersion: opt(i.OSVersion),
		OSPlatform: opt(i.OSPlatform), ProductCode: opt(i.ProductCode),
	}
}

func disk(d pool.Disk) Disk {
	return Disk{
		ID: opt(d.ID), Role: string(d.Role), Class: word(d.Class),
		NativeType: opt(d.NativeType), SizeGiB: d.SizeGiB, SpecCode: opt(d.SpecCode),
	}
}

func autoscale(a pool.Autoscale) Autoscale {
	return Autoscale{Mode: word(a.Mode), Min: a.Min, Max: a.Max, MinIdle: a.MinIdle, MaxAutoCreated: a.MaxAutoCreated, Step: a.Step}
}

func tallyRow(r pool.TallyRow) StatisticsRow {
	out := StatisticsRow{
		Group: StatisticsGroup{Cloud: opt(r.Cloud), Source: opt(r.Source), PoolName: opt(r.PoolName)},
		Total: r.Counts.Total, Power: (*PowerCounts)(r.Counts.Power), Basis: opt(r.Counts.Basis),
		Missing: []MissingCount{}, AsOf: at(readAt(r.AsOf)),
	}
	if r.PoolID != "" {
		out.Group.PoolID = opt(pool.ID{Source: r.Source, Native: r.PoolID}.String())
	}
	if c := r.Counts.Connection; c != nil {
		out.Connection = (*ConnectionCounts)(c)
	}
	if c := r.Counts.Assignment; c != nil {
		out.Assignment = (*AssignmentCounts)(c)
	}
	for _, m := range r.Counts.Missing {
		out.Missing = append(out.Missing, MissingCount{Field: m.Field, Reason: string(m.Reason)})
	}
	return out
}

// outcome is the account of one source in the envelope.
func (v view) outcome(o pool.Outcome, now time.Time, c *Caller) SourceOutcome {
	out := SourceOutcome{ID: o.Source.ID, Status: string(o.Status), AsOf: at(readAt(o.AsOf)), From: opt(o.From), Items: o.Items}
	if !o.AsOf.IsZero() {
		age := ageSeconds(o.AsOf, now)
		out.AgeS = &age
	}
	if o.Err != nil {
		out.Problem = &SourceProblem{Code: string(codeOf(o.Err.Kind)), RetryAfterS: wholeSeconds(o.Err.RetryAfter)}
		if o.Err.Upstream != nil {
			out.Problem.Upstream = upstream(o.Err, c)
		}
	}
	if v.native {
		out.Native = v.parts(o.Parts, &o.Source)
	}
	return out
}
