package pool

import (
	"context"
	"sync"
	"time"
)

// Source is one configured account and region of a cloud: the unit of
// failure, freshness, credentials and limits. What a source cannot do is a
// nil field. A Source is a set of references; copies share their state.
type Source struct {
	ID     string
	Cloud  Cloud
	Region string
	Reader Reader
	// Live reads past every cache; nil if Reader itself does.
	Live Reader
	// Within is Reader, but gives nothing that was read longer ago than maxAge;
	// with zero the source is asked. Nil if Reader keeps nothing.
	Within func(maxAge time.Duration) Reader
	// Account tells apart accounts that have had the same source id; empty: it is not told.
	Account string
	// Catalogue reads what can be ordered; nil: that cannot be asked.
	Catalogue Catalogue
	// Ordering is what can be done for money; nil: nothing.
	Ordering *Ordering
	// Forget drops what is kept of these pools and their desktops, and of all listings, after
	// an order; nil: nothing is kept.
	Forget func(ctx context.Context, poolIDs []string)
	// NotReported lists the fields of the model that this cloud never gives,
	// as in "pool.security_groups" or "desktop.availability_zone".
	NotReported []string
	// Personal tells whether the cloud's own JSON key holds personal data:
	// ids, names, e-mail or phone of users. Nil: none does.
	Personal func(key string) bool
	// DesktopFilters are the filters that the cloud applies itself; the others are applied by the Service.
	DesktopFilters DesktopFilters
	// Drift counts what the cloud said that the adapter did not know; nil: nothing is counted.
	Drift *Drift
	// Health is what became of the latest calls; nil: not watched. Guard sets it.
	Health *Health
}

// DesktopFilters says which parts of a DesktopFilter are pushed down to the cloud.
type DesktopFilters struct{ BillingMode, User, PowerState bool }

// Reader reads one source. Its methods may be called concurrently.
//
// Ids are native ids. Errors are *Error: NotFound for an unknown pool or
// desktop, Throttled, Auth, Denied, Timeout, Unavailable, BadBody, Failed;
// when ctx ends, the error wraps ctx.Err().
type Reader interface {
	// Pools reads the whole listing, every page of it.
	Pools(ctx context.Context) (Answer[[]Pool], error)
	// Pool reads one pool in full.
	Pool(ctx context.Context, id string) (Answer[Pool], error)
	// Desktops reads one page of a pool's desktops. LimitReached says that the
	// cloud cannot list past this point; NotFound that it knows no such pool.
	Desktops(ctx context.Context, q DesktopsQuery) (Answer[DesktopPage], error)
	// Desktop reads one desktop in full.
	Desktop(ctx context.Context, id string) (Answer[Desktop], error)
	// Statistics counts desktops in as few calls as the cloud allows. An
	// unknown pool id has no row.
	Statistics(ctx context.Context, q StatisticsQuery) (Answer[Statistics], error)
}

// Answer is what one source said, and when.
type Answer[T any] struct {
	Value T
	// AsOf is when the source was asked; the oldest, if in several calls.
	AsOf time.Time
	// Parts are the cloud's answers, in order. For listings their bodies are
	// the envelopes less the rows, which the items hold as Native; for one
	// pool or desktop they are whole.
	Parts []Part
	// Version identifies the content: the same content read again has the
	// same version. Only a cache sets it.
	Version string
	// From is CLOUD or CACHE; empty means CLOUD.
	From From
}

// From says where an answer came from.
type From string

// The origins.
const (
	FromCloud From = "CLOUD"
	FromCache From = "CACHE"
)

// MaxPage is the most desktops that one page holds.
const MaxPage = 100

// DesktopsQuery asks for one page of desktops.
type DesktopsQuery struct {
	PoolID string
	// Token is where the page starts: empty, or the Next of another page of
	// the same query.
	Token string
	Size  int // 1..MaxPage
	// IncludeDeleted asks for deleted desktops too, where the cloud keeps them.
	IncludeDeleted bool
	Filter         DesktopPushdown
}

// DesktopPushdown is the part of a filter that the cloud applies. Only fields
// that the source's DesktopFilters names are set.
type DesktopPushdown struct {
	BillingMode BillingMode // "" = any
	User        string      // "" = any; the user's name
	PowerState  PowerState  // "" = any
}

// DesktopPage is one page of a pool's desktops, in the cloud's order.
type DesktopPage struct {
	Items []Desktop
	Next  string // the token of the next page; empty on the last
	Total *int   // how many there are in all pages, if the cloud says
}

// Health is what became of the latest calls to a source. Its zero value is a
// source that was not asked yet.
type Health struct {
	mu        sync.Mutex
	lastOK    time.Time
	lastError *Error
	failedAt  time.Time
}

// OK notes a success at t.
func (h *Health) OK(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastOK = t
}

// Fail notes a failure at t.
func (h *Health) Fail(err *Error, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastError, h.failedAt = err, t
}

// Last returns the time of the last success, and the last error with its
// time: zero and nil if there was none.
func (h *Health) Last() (ok time.Time, err *Error, failed time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lastOK, h.lastError, h.failedAt
}

// Drift counts what a cloud said that its adapter did not know. A nil *Drift
// counts nothing. It is bounded: past maxDrift names of one kind it counts
// them together as "(other)".
type Drift struct {
	mu                   sync.Mutex
	fields, words, types map[string]int64
}

const maxDrift = 200

// DriftCounts is how often each unknown thing was seen.
type DriftCounts struct {
	Fields map[string]int64 // "operation.path.to.field"
	Words  map[string]int64 // "vocabulary=word"
	Types  map[string]int64 // "operation.path.to.field", where the type was not the documented one
}

// Field counts an undocumented field, by its path.
func (d *Drift) Field(path string) {
	d.count(func(d *Drift) *map[string]int64 { return &d.fields }, path)
}

// Word counts an unknown word of a vocabulary, as in ("pool.state", "MELTED").
func (d *Drift) Word(vocabulary, word string) {
	d.count(func(d *Drift) *map[string]int64 { return &d.words }, vocabulary+"="+bounded(word, 64))
}

// Type counts a value of another type than documented, by its path.
func (d *Drift) Type(path string) {
	d.count(func(d *Drift) *map[string]int64 { return &d.types }, path)
}

func (d *Drift) count(which func(*Drift) *map[string]int64, name string) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	m := which(d)
	if *m == nil {
		*m = map[string]int64{}
	}
	name = bounded(name, 160)
	if _, known := (*m)[name]; !known && len(*m) >= maxDrift {
		name = "(other)"
	}
	(*m)[name]++
}

// Counts returns a copy of all counts.
func (d *Drift) Counts() DriftCounts {
	if d == nil {
		return DriftCounts{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return DriftCounts{Fields: clone(d.fields), Words: clone(d.words), Types: clone(d.types)}
}

func clone(m map[string]int64) map[string]int64 {
	c := make(map[string]int64, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
