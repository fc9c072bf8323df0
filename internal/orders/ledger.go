package orders

import (
	"context"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Ledger keeps orders durably. What a method has returned without an error
// survives the death of every process, kill -9 and power failure included. It
// is safe for concurrent use, by several processes too where the store is shared.
//
// Errors are *pool.Error of the kinds below; every other trouble is
// Unrecorded, and then it is not known whether the change was made.
type Ledger interface {
	// Create keeps a new record, with Version 1. KeyTaken: the tenant has an
	// order of that key, which is returned instead. PoolTaken: another order
	// that is Open holds one of its pools at its source; it is returned. KeyTaken goes first.
	Create(ctx context.Context, r Record) (Record, error)
	// Change replaces the record of r.ID if its version is r.Version, and returns it with
	// the next version. Changed: it has another version, or does not exist. PoolTaken: as for Create, if r is Open.
	Change(ctx context.Context, r Record) (Record, error)
	// Get returns one order. NotFound (pool's) if there is none.
	Get(ctx context.Context, ref Ref) (Record, error)
	// List returns orders, the newest first, and whether there are more.
	List(ctx context.Context, q Query) (records []Record, more bool, err error)
}

// The kinds of a Ledger's errors.
const (
	KeyTaken   pool.Kind = "idempotency key taken"
	PoolTaken  pool.Kind = "pool has an open order"
	Changed    pool.Kind = "changed meanwhile"
	Unrecorded pool.Kind = "ledger unavailable"
)

// Ref names an order: by ID, or by Tenant and Key where ID is empty.
type Ref struct{ ID, Tenant, Key string }

// Query selects orders; what is zero selects all.
type Query struct {
	Tenant     string // every tenant's, if empty
	States     []State
	Sources    []string
	Pools      []pool.ID
	Types      []pool.OrderType
	Key        string
	CreatedGTE time.Time // created then or later
	CreatedLT  time.Time // created before
	UpdatedGTE time.Time // changed then or later
	// Due selects orders that have work to be done at that time: NextLook or
	// LeaseUntil is set and not after it. The longest due come first then.
	Due time.Time
	// Before is the id of the last order of the page before. Limit is 1 or more.
	Before string
	Limit  int
}
