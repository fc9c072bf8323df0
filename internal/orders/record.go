// Package orders decides when an order may be sent, and finds out what became
// of it. An order is sent at most once, whatever crashes: the right to send is
// one durable compare-and-set in the Ledger, and is never granted again unless
// its holder proves that nothing left the machine.
package orders

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// State is how far an order is.
type State string

// The states, and where they lead:
//
//	RESERVED -> SENDING -> PLACED | PARTIAL | REJECTED | NOT_SENT | UNKNOWN
//	NOT_SENT -> RESERVED                  (the same key again)
//	UNKNOWN  -> PLACED | PARTIAL | NOT_PLACED | NEEDS_REVIEW      (looked up)
//
// A RESERVED order that nobody holds is NOT_SENT, a SENDING one UNKNOWN. A
// person may settle UNKNOWN and NEEDS_REVIEW.
const (
	Reserved    State = "RESERVED"
	Sending     State = "SENDING"
	Placed      State = "PLACED"
	Partial     State = "PARTIAL"
	Rejected    State = "REJECTED"
	NotSent     State = "NOT_SENT"
	Unknown     State = "UNKNOWN"
	NotPlaced   State = "NOT_PLACED"
	NeedsReview State = "NEEDS_REVIEW"
)

// States lists all states.
func States() []State {
	return []State{Reserved, Sending, Placed, Partial, Rejected, NotSent, Unknown, NotPlaced, NeedsReview}
}

// Final tells whether s never changes any more.
func (s State) Final() bool {
	return slices.Contains([]State{Placed, Partial, Rejected, NotPlaced}, s)
}

// Open tells whether an order in s may still buy something, or has in a way
// that nobody knows: its pools take no other order.
func (s State) Open() bool {
	return slices.Contains([]State{Reserved, Sending, Unknown, NeedsReview}, s)
}

// Record is an order in the ledger. Times are UTC in whole milliseconds.
type Record struct {
	ID          string          `json:"id"` // "ord_" and 26 letters and digits; sorts by time of creation
	Tenant      string          `json:"tenant"`
	Key         string          `json:"key"`    // the Idempotency-Key, 1..255 characters; one of its tenant's
	KeyID       string          `json:"key_id"` // the credentials that placed it
	RequestID   string          `json:"request_id"`
	Fingerprint string          `json:"fingerprint"` // hex of SHA-256 over source, order and max_amount
	Source      string          `json:"source"`
	Account     string          `json:"account,omitempty"` // of the source, at that time
	Cloud       pool.Cloud      `json:"cloud"`
	Pools       []string        `json:"pools"` // native ids of all pools it touches, sorted; at least one
	Order       pool.Order      `json:"order"`
	MaxAmount   *pool.Money     `json:"max_amount,omitempty"`
	Body        json.RawMessage `json:"body"` // as the caller sent it
	Estimate    *Estimate       `json:"estimate,omitempty"`
	State       State           `json:"state"`
	Items       []Item          `json:"items,omitempty"` // one for each call
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	History     []Event         `json:"history"`
	// Refusal is why a REJECTED or NOT_SENT order is so.
	Refusal *Refusal `json:"refusal,omitempty"`
	// Attempt counts how often the order was reserved: what became of one
	// attempt never goes over another.
	Attempt int `json:"attempt"`
	// LeaseUntil is until when the process that holds a RESERVED or SENDING
	// order may work on it.
	LeaseUntil time.Time `json:"lease_until,omitzero"`
	// Of an UNKNOWN order: when it is looked up next, how often it was, and how
	// many of the looks that count against it found nothing, in a row.
	NextLook   time.Time `json:"next_look,omitzero"`
	Looks      int       `json:"looks,omitempty"`
	EmptyLooks int       `json:"empty_looks,omitempty"`
	// Version counts the changes; the ledger sets it.
	Version int64 `json:"version"`
}

// Item is one call of an order.
type Item struct {
	Call      pool.OrderCall    `json:"call"`
	State     ItemState         `json:"state"`
	SentAt    time.Time         `json:"sent_at,omitzero"` // of the signature
	EndedAt   time.Time         `json:"ended_at,omitzero"`
	Orders    []pool.CloudOrder `json:"orders,omitempty"`
	RequestID string            `json:"request_id,omitempty"` // the cloud's
	Native    json.RawMessage   `json:"native,omitempty"`
	Refusal   *Refusal          `json:"refusal,omitempty"`
}

// ItemState is how far one call is.
type ItemState string

// The states of an item; the others are those of pool.SentState.
const (
	ItemPending   ItemState = "PENDING"    // not begun
	ItemSending   ItemState = "SENDING"    // may have been sent
	ItemNotPlaced ItemState = "NOT_PLACED" // looked up: the cloud knows nothing of it
)

// Refusal is why a call did not place its orders, fit to be kept.
type Refusal struct {
	Kind        pool.Kind      `json:"kind"`
	Op          string         `json:"op,omitempty"`
	Detail      string         `json:"detail,omitempty"`
	RetryAfterS int            `json:"retry_after_s,omitempty"`
	Upstream    *pool.Upstream `json:"upstream,omitempty"`
}

// Event is one step of an order's history.
type Event struct {
	At    time.Time `json:"at"`
	State State     `json:"state"`
	Note  string    `json:"note"`
}

// Estimate is what an order costs and whom it touches.
type Estimate struct {
	Amount      *pool.Money     `json:"amount"`
	ListAmount  *pool.Money     `json:"list_amount"`
	Discounts   []pool.Discount `json:"discounts"`
	Reason      string          `json:"reason,omitempty"` // why Amount is nil
	SideEffects []SideEffect    `json:"side_effects"`
	Impact      pool.Impact     `json:"impact"`
}

// SideEffect is what an order does besides what it is for.
type SideEffect string

// The side effects.
const (
	StopsRunningDesktops SideEffect = "STOPS_RUNNING_DESKTOPS"
	ErasesSystemDisk     SideEffect = "ERASES_SYSTEM_DISK"
)
