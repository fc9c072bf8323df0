package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/ledger/pgtest"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

func TestPostgresComesAndGoes(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	first := open(t, url)
	r := mustCreate(t, first, record(1))
	if first.Sole() {
		t.Error("others may use the database")
	}

	server.Crash(t)
	began := time.Now()
	_, err := first.Create(t.Context(), record(2))
	is(t, err, orders.Unrecorded)
	second := open(t, url)
	refuses(t, second, away)
	if took := time.Since(began); took > answerTime {
		t.Errorf("it took %v to refuse", took)
	}

	server.Restart(t)
	for n, l := range []*Ledger{first, second} {
		eventually(t, "the server is back", func() error { return l.Health(t.Context()) })
		has(t, l, r)
		mustCreate(t, l, record(10+n))
	}

	server.Crash(t)
	server.Restart(t, "default_transaction_read_only=on")
	refuses(t, open(t, url), readOnly)
	_, err = first.Create(t.Context(), record(3))
	is(t, err, orders.Unrecorded)

	server.Demote(t)
	refuses(t, open(t, url), readOnly)
	_, err = first.Get(t.Context(), orders.Ref{ID: r.ID})
	is(t, err, orders.Unrecorded)
}

func TestPostgresPassword(t *testing.T) {
	t.Parallel()
	server := &pgtest.Server{Password: "hunter2"}
	t.Cleanup(server.Stop)
	url := server.Database(t)
	for password, want := range map[string]bool{"hunter2": true, "hunter3": false, "": false} {
		l, err := Open(Options{URL: url, Password: pool.NewSecret(password), Log: zerolog.Nop()})
		must(t, err)
		err = l.Health(t.Context())
		if (err == nil) != want || err != nil && strings.Contains(err.Error(), "hunter") {
			t.Errorf("password %q: %v", password, err)
		}
		must(t, l.Close())
	}
}

// TestPostgresCut: the connection dies at the commit. Nobody may say then that
// the change was made, nor that it was not.
func TestPostgresCut(t *testing.T) {
	for name, does := range map[string]int32{"before the server sees it": cutsBeforeCommit, "before the client sees it": cutsAfterCommit} {
		t.Run(name, func(t *testing.T) {
			url := cluster.Database(t)
			direct := open(t, url)
			p, through := interpose(t, url)
			l := open(t, through)
			must(t, l.Health(t.Context()))
			p.does.Store(does)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := l.Create(ctx, record(1))
			is(t, err, orders.Unrecorded)
			if e := pool.AsError(err); e.Detail != unknown {
				t.Errorf("detail = %q (%v), want %q", e.Detail, e.Err, unknown)
			}
			_, err = direct.Get(t.Context(), orders.Ref{ID: id(1)})
			if made := err == nil; made != (does == cutsAfterCommit) {
				t.Errorf("the change was made: %v", made)
			}
			p.does.Store(passes)
			eventually(t, "passing again", func() error { return l.Health(t.Context()) })
			_, err = l.Create(t.Context(), record(1))
			if does == cutsAfterCommit {
				is(t, err, orders.KeyTaken)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPostgresHangs: a server that says nothing holds nobody up for longer than answerTime.
func TestPostgresHangs(t *testing.T) {
	t.Parallel()
	p, through := interpose(t, cluster.Database(t))
	l := open(t, through)
	mustCreate(t, l, record(1))
	p.does.Store(hangs)
	began := time.Now()
	_, err := l.Create(t.Context(), record(2))
	is(t, err, orders.Unrecorded)
	if took := time.Since(began); took > answerTime+2*time.Second {
		t.Errorf("it took %v", took)
	}
	began = time.Now()
	refuses(t, l, slow)
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v to refuse, when it was known", took)
	}
	p.does.Store(passes)
	eventually(t, "passing again", func() error { return l.Health(t.Context()) })
	mustCreate(t, l, record(2))
}

// TestPostgresSettings: the defaults of a server, a database or a role do not weaken a commit.
func TestPostgresSettings(t *testing.T) {
	url := cluster.Database(t)
	cluster.Exec(t, url, `do $$ begin
		execute format('alter database %I set synchronous_commit = off', current_database());
		execute format('alter database %I set default_transaction_isolation = serializable', current_database());
	end $$`)
	l := openTwice(t, url)
	must(t, l[0].Health(t.Context()))
	err := l[0].store.(*postgres).write(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		for setting, want := range map[string]string{"synchronous_commit": "on", "transaction_isolation": "read committed", "idle_in_transaction_session_timeout": "10s"} {
			var got string
			if err := tx.QueryRow(ctx, "show "+setting).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %s (%v), want %s", setting, got, err, want)
			}
		}
		return nil
	})
	must(t, err)
	testRaces(t, l)
}

func TestPostgresMigratesOnce(t *testing.T) {
	url := cluster.Database(t)
	var all [12]*Ledger
	for n := range all {
		all[n] = open(t, url)
	}
	var wg sync.WaitGroup
	for n, l := range all {
		wg.Go(func() {
			if _, err := l.Create(t.Context(), record(n)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ids, _ := listed(t, all[0], orders.Query{Limit: 100}); len(ids) != len(all) {
		t.Errorf("there are %d orders, want %d", len(ids), len(all))
	}
}

// TestPostgresEmptied: tables that were there are not made anew.
func TestPostgresEmptied(t *testing.T) {
	url := cluster.Database(t)
	l := open(t, url)
	mustCreate(t, l, record(1))
	cluster.Exec(t, url, "drop table orders, order_pools, ledger_version")
	refuses(t, l, unusable)
	if _, err := l.store.(*postgres).open(); err == nil {
		t.Error("tried again, it has a ledger")
	}
	refuses(t, l, unusable)
}

func TestPostgresOfOthers(t *testing.T) {
	tests := []struct{ name, statements, detail string }{
		{"a newer version", "create table ledger_version as select 99 as version", newer},
		{"tables of others", "create table orders (id text)", unusable},
		{"nowhere to make tables", "do $$ begin execute format('alter database %I set search_path = nowhere', current_database()); end $$", unusable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url := cluster.Database(t)
			cluster.Exec(t, url, tt.statements)
			refuses(t, open(t, url), tt.detail)
		})
	}
}

// TestPostgresTriesAgain: a transaction that was undone because of others is
// begun again, and one whose commit broke off is not.
func TestPostgresTriesAgain(t *testing.T) {
	l := open(t, cluster.Database(t))
	must(t, l.Health(t.Context()))
	tests := []struct {
		err   error
		calls int
	}{
		{&pgconn.PgError{Code: "40P01"}, 3},
		{&pgconn.PgError{Code: "40001"}, 3},
		{fmt.Errorf("released meanwhile: %w", errAgain), 3},
		{&pgconn.PgError{Code: "23505"}, 1},
		{orders.Changed, 1},
		{&trouble{unknown, errors.New("cut")}, 1},
	}
	for _, tt := range tests {
		calls := 0
		_ = l.store.(*postgres).write(t.Context(), func(context.Context, pgx.Tx) error {
			if calls++; calls < 3 {
				return tt.err
			}
			return nil
		})
		if calls != tt.calls {
			t.Errorf("%v: begun %d times, want %d", tt.err, calls, tt.calls)
		}
	}
	calls := 0
	err := l.store.(*postgres).write(t.Context(), func(context.Context, pgx.Tx) error {
		calls++
		return errAgain
	})
	if err == nil || calls != attempts {
		t.Errorf("begun %d times (%v), want %d", calls, err, attempts)
	}
}

// between does something once, before the first statement that contains a text.
type between struct {
	text string
	once sync.Once
	do   func()
}

func (b *between) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, b.text) {
		b.once.Do(b.do)
	}
	return ctx
}

func (*between) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestPostgresReleasedMeanwhile: a pool that is released while it is being
// taken is either taken then, or it is said who has it.
func TestPostgresReleasedMeanwhile(t *testing.T) {
	url := cluster.Database(t)
	other := open(t, url)
	holder := mustCreate(t, other, record(1, pools("p", "q")))
	where, err := parse(Options{URL: url})
	must(t, err)
	where.database.ConnConfig.Tracer = &between{text: "count(*) filter", do: func() {
		holder.State = orders.Placed
		holder = mustChange(t, other, holder)
	}}
	l := &Ledger{store: openPostgres(where.database)}
	t.Cleanup(func() { _ = l.Close() })
	r := mustCreate(t, l, record(2, pools("p", "q")))
	got, err := other.Create(t.Context(), record(3, pools("q")))
	if is(t, err, orders.PoolTaken); got.ID != r.ID {
		t.Errorf("the pool is held by %q, want %s", got.ID, r.ID)
	}
	has(t, other, holder)
}

// TestPostgresDeadlock: two orders that each want the other's pool wait for
// each other. The server ends that, and both hear that the pool is taken.
func TestPostgresDeadlock(t *testing.T) {
	url := cluster.Database(t)
	cluster.Exec(t, url, "do $$ begin execute format('alter database %I set deadlock_timeout = 50', current_database()); end $$")
	l := openTwice(t, url)
	pair := [2]orders.Record{mustCreate(t, l[0], record(0)), mustCreate(t, l[0], record(1))}
	for range 20 {
		var wg sync.WaitGroup
		var errs [2]error
		for n, r := range pair {
			r.Pools = pair[1-n].Pools
			wg.Go(func() { _, errs[n] = l[n].Change(t.Context(), r) })
		}
		wg.Wait()
		for n, err := range errs {
			is(t, err, orders.PoolTaken)
			has(t, l[n], pair[n])
		}
	}
}
