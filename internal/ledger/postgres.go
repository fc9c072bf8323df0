package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	// answerTime bounds every method, however long the caller would wait.
	answerTime = 5 * time.Second
	// attempts is how often a transaction is begun that others get in the way of.
	attempts = 10
	// begin makes a commit wait for the disk and each statement see what was
	// committed before it, whatever the server's defaults are, and the server
	// end a transaction whose process stands still.
	begin = "begin isolation level read committed; set local synchronous_commit = on; set local idle_in_transaction_session_timeout = '10s'"
)

// errAgain is of a transaction that was overtaken by another.
var errAgain = errors.New("other changes came in between")

// postgres is a store in PostgreSQL, for any number of processes.
type postgres struct {
	lazy *lazy[*pgxpool.Pool]
	pool *pgxpool.Pool
	// err is why there is no pool.
	err      error
	migrated bool // by or before this process: it is never done again
}

func openPostgres(c *pgxpool.Config) *postgres {
	p := &postgres{}
	p.pool, p.err = pgxpool.NewWithConfig(context.Background(), c)
	p.lazy = newLazy(p.open)
	return p
}

// open is the first contact with the server, also after it was away.
func (p *postgres) open() (*pgxpool.Pool, error) {
	if p.err != nil {
		return nil, &trouble{unusable, p.err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	if !p.migrated {
		if err := migrate(ctx, p.pool); err != nil {
			return nil, explain(err)
		}
		p.migrated = true
	}
	if err := check(ctx, p.pool); err != nil {
		return nil, explain(err)
	}
	return p.pool, nil
}

func (p *postgres) close() error {
	p.lazy.close()
	if p.pool != nil {
		p.pool.Close()
	}
	return nil
}

func (p *postgres) probe(ctx context.Context, write bool) error {
	if !write {
		return p.use(ctx, check)
	}
	return p.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update ledger_version set version = version")
		return err
	})
}

// use lets do use the server, within answerTime. It returns pool.Kinds and troubles.
func (p *postgres) use(ctx context.Context, do func(context.Context, *pgxpool.Pool) error) error {
	within, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	server, err := p.lazy.get(within)
	if err != nil {
		return err
	}
	err = explain(do(within, server))
	var connect *pgconn.ConnectError
	if ctx.Err() == nil && (errors.As(err, &connect) || errors.Is(err, context.DeadlineExceeded)) {
		p.lazy.lose(server, err)
	}
	return err
}

// write lets do change something in a transaction, which may be begun several times.
func (p *postgres) write(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	return p.use(ctx, func(ctx context.Context, server *pgxpool.Pool) error {
		for n := 1; ; n++ {
			err := transact(ctx, server, do)
			if n == attempts || !overtaken(err) {
				return err
			}
		}
	})
}

// transact makes one transaction. Where the outcome of its commit is not
// known, the error is a trouble that says so.
func transact(ctx context.Context, server *pgxpool.Pool, do func(context.Context, pgx.Tx) error) error {
	tx, err := server.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		_ = tx.Rollback(ctx) // if that fails, the connection is closed
		return err
	}
	err = tx.Commit(ctx)
	var refused *pgconn.PgError
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) || errors.As(err, &refused) && refused.Severity != "FATAL" {
		return err
	}
	return &trouble{unknown, err}
}

// overtaken tells whether a transaction was undone because of others, and
// nothing is in the way of another try.
func overtaken(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code == "40001" || refused.Code == "40P01" // serialization failure, deadlock
	}
	return errors.Is(err, errAgain)
}

// explain makes a trouble of an error of the server's, or of the way to it.
func explain(err error) error {
	var known *trouble
	var kind pool.Kind
	var connect *pgconn.ConnectError
	var refused *pgconn.PgError
	detail := broken
	switch {
	case err == nil || errors.As(err, &known) || errors.As(err, &kind):
		return err
	case errors.Is(err, pgconn.ErrReadOnlyConnection):
		detail = readOnly
	case errors.As(err, &refused):
		detail = refusal(refused.Code)
	case errors.Is(err, context.Canceled):
		detail = late
	case errors.As(err, &connect):
		detail = away
	case errors.Is(err, context.DeadlineExceeded):
		detail = slow
	case errors.Is(err, errAgain) || errors.Is(err, pgx.ErrNoRows):
		detail = unusable
	}
	return &trouble{detail, err}
}

// refusal says what an error code of the server's means to callers.
func refusal(code string) string {
	switch code {
	case "25006", "53100": // read_only_sql_transaction, disk_full
		return readOnly
	case "57P01", "57P02", "57P03": // admin_shutdown, crash_shutdown, cannot_connect_now
		return away
	}
	return unusable
}
