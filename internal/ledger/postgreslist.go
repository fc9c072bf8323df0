package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/deskpool/deskpool/internal/orders"
)

func (p *postgres) list(ctx context.Context, q orders.Query) (records []orders.Record, more bool, err error) {
	text, args := selection(q)
	err = p.use(ctx, func(ctx context.Context, server *pgxpool.Pool) error {
		rows, err := server.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		records, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (orders.Record, error) {
			var kept []byte
			if err := row.Scan(&kept); err != nil {
				return orders.Record{}, err
			}
			return decode(kept)
		})
		return err
	})
	if err != nil || len(records) <= q.Limit {
		return records, false, err
	}
	return records[:q.Limit], true, nil
}

// conditions are the terms of a where clause, and their arguments.
type conditions struct {
	terms []string
	args  []any
}

// add adds a term, in which each ? is the next of args.
func (c *conditions) add(term string, args ...any) {
	for _, arg := range args {
		c.args = append(c.args, arg)
		term = strings.Replace(term, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	c.terms = append(c.terms, term)
}

// selection makes the SQL of a query. It asks for one order more than the limit.
func selection(q orders.Query) (text string, args []any) {
	var c conditions
	if q.Tenant != "" {
		c.add("tenant = ?", q.Tenant)
	}
	if q.Key != "" {
		c.add("key = ?", q.Key)
	}
	if len(q.States) > 0 {
		c.add("state = any(?::text[])", q.States)
	}
	if len(q.Sources) > 0 {
		c.add("source = any(?::text[])", q.Sources)
	}
	if len(q.Types) > 0 {
		c.add("type = any(?::text[])", q.Types)
	}
	if len(q.Pools) > 0 {
		var sources, natives []string
		for _, id := range q.Pools {
			sources, natives = append(sources, id.Source), append(natives, id.Native)
		}
		c.add("pools && ?::text[]", natives) // which has an index
		c.add("exists (select from unnest(?::text[], ?::text[]) as wanted (at, pool) where at = source and pool = any(pools))", sources, natives)
	}
	if !q.CreatedGTE.IsZero() {
		c.add("created_at >= ?", ceil(q.CreatedGTE))
	}
	if !q.CreatedLT.IsZero() {
		c.add("created_at < ?", ceil(q.CreatedLT))
	}
	if !q.UpdatedGTE.IsZero() {
		c.add("updated_at >= ?", ceil(q.UpdatedGTE))
	}
	return c.ordered(q)
}

// ordered adds where the page begins, and ends.
func (c *conditions) ordered(q orders.Query) (text string, args []any) {
	order := "id desc"
	switch {
	case !q.Due.IsZero():
		order = "due_at, id"
		c.add("due_at <= ?", q.Due)
		if q.Before != "" {
			// If that order is not due any more, there is nothing to compare with.
			c.add("coalesce((due_at, id) > (select due_at, id from orders where id = ?), true)", q.Before)
		}
	case q.Before != "":
		c.add("id < ?", q.Before)
	}
	text = "select record from orders"
	if len(c.terms) > 0 {
		text += " where " + strings.Join(c.terms, " and ")
	}
	c.args = append(c.args, q.Limit+1)
	return fmt.Sprintf("%s order by %s limit $%d", text, order, len(c.args)), c.args
}
