// Package ledger keeps orders durably: in a file for one process, in
// PostgreSQL for several. It fails closed: what cannot be kept is not said to
// be, and a ledger that is not the one that it was is not used.
package ledger

import (
	"context"
	"errors"
	"sync"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// Options say where a ledger is.
type Options struct {
	// URL is file:<path>, or postgres://user@host/database with the parameters of libpq, without a password.
	URL      string
	Password pool.Secret // for PostgreSQL
	Log      zerolog.Logger
}

// Ledger implements orders.Ledger. While it cannot be used, every method
// says why, as Unrecorded, and it is tried again about once a second.
type Ledger struct {
	store store
	sole  bool
	log   zerolog.Logger

	mu       sync.Mutex
	told     string // the trouble that was logged last; empty if there is none
	unwieldy bool   // a write failed, and none has succeeded since
}

var _ orders.Ledger = (*Ledger)(nil)

// store keeps orders in one of the ways there are. Its errors are pool.Kinds
// and troubles.
type store interface {
	create(ctx context.Context, r orders.Record) (orders.Record, error)
	change(ctx context.Context, r orders.Record) (orders.Record, error)
	get(ctx context.Context, ref orders.Ref) (orders.Record, error)
	list(ctx context.Context, q orders.Query) ([]orders.Record, bool, error)
	// probe tells whether the store can be used, and if write, whether it can be written.
	probe(ctx context.Context, write bool) error
	close() error
}

// Open returns the ledger at o.URL without waiting for it. The error is for a
// URL that makes no sense; whatever is wrong with the ledger itself, its
// methods say.
func Open(o Options) (*Ledger, error) {
	where, err := parse(o)
	if err != nil {
		return nil, err
	}
	if where.database != nil {
		return &Ledger{store: openPostgres(where.database), log: o.Log}, nil
	}
	return &Ledger{store: openFile(where.path), sole: true, log: o.Log}, nil
}

// Sole tells that no other process uses the ledger.
func (l *Ledger) Sole() bool { return l.sole }

// Close lets go of the ledger. Its methods are Unrecorded from then on.
func (l *Ledger) Close() error { return l.store.close() }

// Create implements orders.Ledger. The record that it returns is as it will be
// read: json.RawMessages are without white space.
func (l *Ledger) Create(ctx context.Context, r orders.Record) (orders.Record, error) {
	kept, err := l.store.create(ctx, r)
	return kept, l.wrote(ctx, "keep an order", err)
}

// Change implements orders.Ledger. An order keeps its tenant and its key: with
// another one it is Changed.
func (l *Ledger) Change(ctx context.Context, r orders.Record) (orders.Record, error) {
	kept, err := l.store.change(ctx, r)
	return kept, l.wrote(ctx, "change an order", err)
}

// Get implements orders.Ledger.
func (l *Ledger) Get(ctx context.Context, ref orders.Ref) (orders.Record, error) {
	r, err := l.store.get(ctx, ref)
	return r, l.result(ctx, "read an order", err)
}

// List implements orders.Ledger. With Due, Before is passed by when that order is
// due; if it is not, the list begins anew.
func (l *Ledger) List(ctx context.Context, q orders.Query) ([]orders.Record, bool, error) {
	q.Limit = max(q.Limit, 1)
	records, more, err := l.store.list(ctx, q)
	return records, more, l.result(ctx, "list orders", err)
}

// Health is why the ledger cannot be used, an Unrecorded error; nil if it can.
// Where the last write failed, it tries one.
func (l *Ledger) Health(ctx context.Context) error {
	const op = "check the ledger"
	l.mu.Lock()
	write := l.unwieldy
	l.mu.Unlock()
	err := l.store.probe(ctx, write)
	if write {
		return l.wrote(ctx, op, err)
	}
	return l.result(ctx, op, err)
}

// wrote is result, for a write.
func (l *Ledger) wrote(ctx context.Context, op string, err error) error {
	var t *trouble
	l.mu.Lock()
	switch {
	case err == nil:
		l.unwieldy = false
	case errors.As(err, &t) && ctx.Err() == nil:
		l.unwieldy = true
	}
	l.mu.Unlock()
	return l.result(ctx, op, err)
}

// result makes the *pool.Error of what a store says, and logs when a trouble
// comes and when it goes.
func (l *Ledger) result(ctx context.Context, op string, err error) error {
	var kind pool.Kind
	var t *trouble
	switch {
	case err == nil:
		l.tell("", nil)
		return nil
	case errors.As(err, &t):
	case errors.As(err, &kind):
		l.tell("", nil)
		return &pool.Error{Kind: kind, Op: op}
	default:
		t = &trouble{detail: unusable, err: err}
	}
	if ctx.Err() == nil {
		l.tell(t.detail, t.err)
	}
	return &pool.Error{Kind: orders.Unrecorded, Op: op, Detail: t.detail, Err: t.err}
}

func (l *Ledger) tell(detail string, err error) {
	l.mu.Lock()
	before := l.told
	if detail != "" || !l.unwieldy {
		l.told = detail
	}
	now := l.told
	l.mu.Unlock()
	switch {
	case before == now:
	case now == "":
		l.log.Info().Msg("the ledger can be used again")
	default:
		l.log.Error().Err(err).Str("detail", detail).Msg("the ledger cannot be used: orders are refused")
	}
}
