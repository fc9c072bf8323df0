package pool

import (
	"slices"
	"strings"
	"time"
)

// SourceFilter selects sources. Empty fields select all; the values of one
// field are alternatives, different fields must hold together.
type SourceFilter struct {
	IDs     []string
	Clouds  []Cloud
	Regions []string
}

func (f SourceFilter) match(s Source) bool {
	return oneOf(f.IDs, s.ID) && oneOf(f.Clouds, s.Cloud) && oneOf(f.Regions, s.Region)
}

// PoolFilter selects pools, as SourceFilter does sources.
type PoolFilter struct {
	States          []PoolState
	BillingModes    []BillingMode
	AssignmentModes []AssignmentMode
	OSTypes         []OSType
	ImageIDs        []string
	ProductIDs      []string
	InMaintenance   *bool
	Name            *string
	NameContains    string    // case counts
	CreatedFrom     time.Time // inclusive
	CreatedBefore   time.Time // exclusive
}

func (f PoolFilter) match(p *Pool) bool {
	return oneOf(f.States, p.State) &&
		oneOf(f.BillingModes, p.BillingMode) &&
		oneOf(f.AssignmentModes, p.AssignmentMode) &&
		oneOf(f.OSTypes, p.Image.OSType) &&
		oneOf(f.ImageIDs, p.Image.ID) &&
		oneOf(f.ProductIDs, p.Product.ID) &&
		(f.InMaintenance == nil || p.InMaintenance != nil && *p.InMaintenance == *f.InMaintenance) &&
		(f.Name == nil || p.Name == *f.Name) &&
		strings.Contains(p.Name, f.NameContains) &&
		(f.CreatedFrom.IsZero() || !p.CreatedAt.IsZero() && !p.CreatedAt.Before(f.CreatedFrom)) &&
		(f.CreatedBefore.IsZero() || !p.CreatedAt.IsZero() && p.CreatedAt.Before(f.CreatedBefore))
}

// DesktopFilter selects desktops, as SourceFilter does sources.
type DesktopFilter struct {
	PowerStates      []PowerState
	ConnectionStates []ConnectionState
	AssignmentStates []AssignmentState
	LifecycleStates  []LifecycleState
	SummaryStates    []SummaryState
	BillingModes     []BillingMode
	User             string // name of an assigned or active user, exact; empty: any
	NameContains     string
	IncludeDeleted   bool
}

func (f DesktopFilter) match(d *Desktop) bool {
	return (f.IncludeDeleted || d.LifecycleState != Deleted) &&
		oneOf(f.PowerStates, d.PowerState) &&
		oneOf(f.ConnectionStates, d.ConnectionState) &&
		oneOf(f.AssignmentStates, d.AssignmentState) &&
		oneOf(f.LifecycleStates, d.LifecycleState) &&
		(len(f.SummaryStates) == 0 || slices.Contains(f.SummaryStates, d.Summary())) &&
		oneOf(f.BillingModes, d.BillingMode) &&
		(f.User == "" || uses(d, f.User)) &&
		strings.Contains(d.Name, f.NameContains)
}

// uses tells whether a desktop is assigned to, or used by, a user of that
// name; a user without a name is known by the id.
func uses(d *Desktop, user string) bool {
	is := func(u User) bool { return u.Name == user || u.Name == "" && u.ID == user }
	return slices.ContainsFunc(d.ActiveUsers, is) ||
		slices.ContainsFunc(d.Assignments, func(a Assignment) bool { return is(a.User) })
}

// pushdown is the part of f that a source with these filters applies itself,
// and whether anything is left for us. What is pushed down is applied by us
// as well: a cloud's filter may be wider than ours.
func (f DesktopFilter) pushdown(can DesktopFilters) (p DesktopPushdown, exact bool) {
	rest := f
	rest.IncludeDeleted = false
	if can.BillingMode && len(f.BillingModes) == 1 {
		p.BillingMode, rest.BillingModes = f.BillingModes[0], nil
	}
	if can.PowerState && len(f.PowerStates) == 1 {
		p.PowerState, rest.PowerStates = f.PowerStates[0], nil
	}
	if can.User && f.User != "" {
		p.User, rest.User = f.User, ""
	}
	return p, rest.empty()
}

func (f DesktopFilter) empty() bool {
	return len(f.PowerStates)+len(f.ConnectionStates)+len(f.AssignmentStates)+len(f.LifecycleStates)+
		len(f.SummaryStates)+len(f.BillingModes)+len(f.User)+len(f.NameContains) == 0
}

// oneOf tells whether v is among the alternatives; no alternatives allow all.
func oneOf[T comparable](alternatives []T, v T) bool {
	return len(alternatives) == 0 || slices.Contains(alternatives, v)
}
