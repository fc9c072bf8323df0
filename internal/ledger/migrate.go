package ledger

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed schema.sql
var schema string

// migrations returns what makes each version of the tables of the one before.
// What has been released is never altered: a new one goes after it.
func migrations() []string { return []string{schema} }

// migrating is the advisory lock of who migrates.
const migrating = 0x6465736B706F6F6C // "deskpool"

// migrate brings the tables up to date: by one process at a time, and whole or not at all.
func migrate(ctx context.Context, server *pgxpool.Pool) error {
	return transact(ctx, server, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrating)); err != nil {
			return err
		}
		version, err := installed(ctx, tx)
		if err != nil || version == len(migrations()) {
			return err
		}
		if version > len(migrations()) {
			return &trouble{newer, fmt.Errorf("its tables have version %d, this program knows %d", version, len(migrations()))}
		}
		for _, step := range migrations()[version:] {
			if _, err := tx.Exec(ctx, step); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "update ledger_version set version = $1", len(migrations()))
		return err
	})
}

// installed returns the version of the tables; 0 for none. Where they exist,
// it needs no right to make tables.
func installed(ctx context.Context, tx pgx.Tx) (version int, err error) {
	var there bool
	if err := tx.QueryRow(ctx, "select to_regclass('ledger_version') is not null").Scan(&there); err != nil {
		return 0, err
	}
	if !there {
		if _, err := tx.Exec(ctx, "create table ledger_version as select 0 as version"); err != nil {
			return 0, err
		}
	}
	err = tx.QueryRow(ctx, "select version from ledger_version").Scan(&version)
	return version, err
}

// check tells whether the server has a ledger.
func check(ctx context.Context, server *pgxpool.Pool) error {
	var version int
	return server.QueryRow(ctx, "select version from ledger_version").Scan(&version)
}
