package pool

// StatisticsQuery says what to count.
type StatisticsQuery struct {
	DesktopType DesktopType
	PoolIDs     []string // native ids, sorted; empty: every pool
	Axes        Axes
	Exact       bool // count desktops one by one where the cloud has no aggregate
}

// DesktopType is which desktops are counted.
type DesktopType string

// The desktop types.
const (
	Pooled      DesktopType = "POOLED"
	Dedicated   DesktopType = "DEDICATED"
	AllDesktops DesktopType = "ALL"
)

// Axes says which axes are counted.
type Axes struct{ Power, Connection, Assignment bool }

// Statistics is what one source counts.
type Statistics struct {
	Total Counts // of every desktop that matches
	Pools []PoolStatistics
}

// PoolStatistics is what one source counts in one pool.
type PoolStatistics struct {
	PoolID, PoolName string // native id
	Counts           Counts
}

// Counts is one row of counters. An axis that was not asked for is nil; in an
// axis without nils the counters sum to Total.
type Counts struct {
	Total      *int
	Power      *PowerCounts
	Connection *ConnectionCounts
	Assignment *AssignmentCounts
	Basis      Basis
	Missing    []Missing // a reason for every nil counter of an axis that was asked for
}

// PowerCounts counts desktops by power.
type PowerCounts struct {
	Running, Stopped, Hibernated, Faulted, Changing, Other *int
}

// ConnectionCounts counts desktops by connection.
type ConnectionCounts struct {
	Connected, Disconnected, Idle, NotConnected, AgentOffline, Unreachable, Other *int
}

// AssignmentCounts counts desktops by assignment.
type AssignmentCounts struct {
	Assigned, Unassigned, Assigning, Failed, Other *int
}

// Basis is where a row of counters comes from.
type Basis string

// The bases.
const (
	UpstreamAggregate Basis = "UPSTREAM_AGGREGATE"
	Counted           Basis = "COUNTED"
	Mixed             Basis = "MIXED"
)

// Missing says why a counter is not known.
type Missing struct {
	Field  string // as in "connection.idle", or "total"
	Reason MissingReason
}

// MissingReason is why a number is not known.
type MissingReason string

// The reasons.
const (
	NotReportedByCloud MissingReason = "NOT_REPORTED_BY_CLOUD"
	NotCounted         MissingReason = "NOT_COUNTED"
	SourceFailed       MissingReason = "SOURCE_FAILED"
)
