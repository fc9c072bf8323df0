package ledger

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

func (p *postgres) create(ctx context.Context, r orders.Record) (orders.Record, error) {
	r.Version = 1
	kept, r, err := encode(r)
	if err != nil {
		return orders.Record{}, err
	}
	answer := r
	err = p.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `
			insert into orders (id, tenant, key, source, type, state, pools, created_at, updated_at, due_at, version, record)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			on conflict (tenant, key) do nothing`,
			r.ID, r.Tenant, r.Key, r.Source, r.Order.Type, r.State, natives(r), r.CreatedAt, r.UpdatedAt, due(r), r.Version, kept)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			answer, err = one(tx.Query(ctx, "select record from orders where tenant = $1 and key = $2", r.Tenant, r.Key))
			return taken(orders.KeyTaken, err)
		}
		answer, err = hold(ctx, tx, r)
		return err
	})
	return kindOnly(answer, err)
}

func (p *postgres) change(ctx context.Context, r orders.Record) (orders.Record, error) {
	version := r.Version
	r.Version++
	kept, r, err := encode(r)
	if err != nil {
		return orders.Record{}, err
	}
	answer := r
	err = p.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `
			update orders set source = $5, type = $6, state = $7, pools = $8, created_at = $9, updated_at = $10, due_at = $11, version = $12, record = $13
			where id = $1 and version = $2 and tenant = $3 and key = $4`,
			r.ID, version, r.Tenant, r.Key, r.Source, r.Order.Type, r.State, natives(r), r.CreatedAt, r.UpdatedAt, due(r), r.Version, kept)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return orders.Changed
		}
		if _, err := tx.Exec(ctx, "delete from order_pools where order_id = $1 and not ($2 and source = $3 and pool = any($4))",
			r.ID, r.State.Open(), r.Source, natives(r)); err != nil {
			return err
		}
		answer, err = hold(ctx, tx, r)
		return err
	})
	return kindOnly(answer, err)
}

// natives are the pools of r, without doubles, in an order that all
// transactions keep to, so that they do not lock each other out.
func natives(r orders.Record) []string {
	pools := append([]string{}, r.Pools...)
	slices.Sort(pools)
	return slices.Compact(pools)
}

// hold takes the pools of r if it is open, and returns r; with PoolTaken, the
// other order that holds one. A pool that another transaction is taking is waited for.
func hold(ctx context.Context, tx pgx.Tx, r orders.Record) (orders.Record, error) {
	pools := natives(r)
	if !r.State.Open() {
		return r, nil
	}
	_, err := tx.Exec(ctx, `
		insert into order_pools (source, pool, order_id)
		select $1, pool, $3 from unnest($2::text[]) as wanted (pool) order by pool
		on conflict do nothing`, r.Source, pools, r.ID)
	if err != nil {
		return orders.Record{}, err
	}
	var own int
	var other []byte
	err = tx.QueryRow(ctx, `
		select count(*) filter (where order_id = $3),
			(select record from orders where id = min(order_id) filter (where order_id <> $3))
		from order_pools where source = $1 and pool = any($2)`, r.Source, pools, r.ID).Scan(&own, &other)
	switch {
	case err != nil:
		return orders.Record{}, err
	case other != nil:
		holder, err := decode(other)
		return holder, taken(orders.PoolTaken, err)
	case own < len(pools):
		return orders.Record{}, errAgain // one was released between the two
	}
	return r, nil
}

// taken is why, unless who has taken it could not be read because of err.
func taken(why pool.Kind, err error) error {
	if err != nil {
		return err
	}
	return why
}

// one reads the one record of rows; pool.NotFound if there is none.
func one(rows pgx.Rows, err error) (orders.Record, error) {
	if err != nil {
		return orders.Record{}, err
	}
	kept, err := pgx.CollectOneRow(rows, pgx.RowTo[[]byte])
	if errors.Is(err, pgx.ErrNoRows) {
		return orders.Record{}, pool.NotFound
	}
	if err != nil {
		return orders.Record{}, err
	}
	return decode(kept)
}

func (p *postgres) get(ctx context.Context, ref orders.Ref) (r orders.Record, err error) {
	err = p.use(ctx, func(ctx context.Context, server *pgxpool.Pool) error {
		if ref.ID != "" {
			r, err = one(server.Query(ctx, "select record from orders where id = $1", ref.ID))
		} else {
			r, err = one(server.Query(ctx, "select record from orders where tenant = $1 and key = $2", ref.Tenant, ref.Key))
		}
		return err
	})
	return r, err
}
