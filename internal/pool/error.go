package pool

import (
	"errors"
	"time"
)

// Kind says what went wrong in words that hold for every cloud. A Kind is an
// error, so callers write errors.Is(err, pool.Throttled).
type Kind string

// The kinds.
const (
	NotFound     Kind = "not found"
	Invalid      Kind = "invalid argument"    // the cloud refused our input
	Conflict     Kind = "operation conflict"  // busy; the same may succeed later
	NotEnabled   Kind = "service not enabled" // the account has not opened the service
	Auth         Kind = "credentials refused" // ours, at the cloud; never repeated
	Denied       Kind = "permission denied"   // our credentials are good, but may not do that
	Throttled    Kind = "throttled"           // refused before execution
	Unavailable  Kind = "unavailable"         // no connection, or the cloud says that it is down
	Timeout      Kind = "timeout"
	Failed       Kind = "upstream error" // any other failure of the cloud
	BadBody      Kind = "unreadable answer"
	LimitReached Kind = "upstream limit" // a bound of the cloud's that cannot be passed
	Skipped      Kind = "skipped"        // not asked: the source is being spared
)

func (k Kind) Error() string { return string(k) }

// Error is the one error type that crosses package borders.
type Error struct {
	Kind       Kind
	Source     string        // empty if no source was asked
	Op         string        // what was being done, as in "list desktop pools"
	Detail     string        // may be shown to the caller: no ids of ours, no secrets, no vendor's text
	RetryAfter time.Duration // how long to wait before repeating; zero if unknown
	Faults     []Fault       // what is wrong with the input, all of it; with Invalid
	Upstream   *Upstream     // what the cloud said; nil if it said nothing
	Err        error         // the cause, for logs only; may be nil
}

// Fault is one thing that is wrong with an input.
type Fault struct {
	Pointer string   // JSON pointer into the body, as in /add_volume/volume_size_gib
	Code    string   // as in errors[].code of the API
	Detail  string   // a sentence for the caller
	Allowed []string // the words that would do
}

// Upstream is what a cloud said of a failure. Its texts are bounded and free
// of control characters.
type Upstream struct {
	HTTPStatus                       int
	Code, Message, Detail, RequestID string
	// AuthorizationMessage is the vendor's encoded reason of a refusal; for administrators only.
	AuthorizationMessage string
}

func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Source != "" {
		s = e.Source + ": " + s
	}
	if e.Upstream != nil && e.Upstream.Code != "" {
		s += " (" + e.Upstream.Code + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap lets errors.Is find both the Kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// AsError returns the *Error in err, or a Failed that wraps it; nil for no error.
func AsError(err error) *Error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Failed, Err: err}
}
