package ledger

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/deskpool/deskpool/internal/orders"
)

// BenchmarkOrder keeps an order and changes it three times, as placing it does.
func BenchmarkOrder(b *testing.B) {
	for name, create := range kinds() {
		b.Run(name, func(b *testing.B) {
			l := open(b, create(b))
			n := 0
			for b.Loop() {
				n++
				r := mustCreate(b, l, record(n))
				r.State = orders.Sending
				r = mustChange(b, l, r)
				r.State = orders.Placed
				mustChange(b, l, r)
			}
		})
	}
}

// BenchmarkPage lists 50 of 100,000 orders: the newest, and some that are rare and old.
func BenchmarkPage(b *testing.B) {
	const size = 100_000
	for name, create := range kinds() {
		b.Run(name, func(b *testing.B) {
			l := open(b, create(b))
			fill(b, l, size)
			queries := map[string]orders.Query{
				"newest":   {Limit: 50},
				"tenant's": {Tenant: "portal", Limit: 50},
				"middle":   {Tenant: "portal", Before: id(size / 2), Limit: 50},
				"rare":     {Tenant: "portal", States: []orders.State{orders.Partial}, Limit: 50},
				"due":      {Due: start.AddDate(1, 0, 0), Limit: 50},
			}
			for what, q := range queries {
				b.Run(what, func(b *testing.B) {
					for b.Loop() {
						listed(b, l, q)
					}
				})
			}
			b.Run("create", func(b *testing.B) {
				n := 2 * size
				for b.Loop() {
					n++
					mustCreate(b, l, record(n))
				}
			})
		})
	}
}

// fill puts n orders into a ledger in few transactions. The first is the only one that is PARTIAL.
func fill(b *testing.B, l *Ledger, n int) {
	b.Helper()
	must(b, l.Health(b.Context()))
	var batch []orders.Record
	for i := range n {
		r := record(i, state(orders.Placed))
		if r.Version = 1; i == 0 {
			r.State = orders.Partial
		}
		if batch = append(batch, r); len(batch) == 5000 || i == n-1 {
			must(b, fillWith(b.Context(), l, batch))
			batch = nil
		}
	}
}

func fillWith(ctx context.Context, l *Ledger, batch []orders.Record) error {
	if s, is := l.store.(*file); is {
		return s.write(ctx, func(c *change) error {
			for _, r := range batch {
				kept, r, err := encode(r)
				if err != nil {
					return err
				}
				if err := c.replace(nil, r, kept); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return l.store.(*postgres).write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		columns := []string{"id", "tenant", "key", "source", "type", "state", "pools", "created_at", "updated_at", "due_at", "version", "record"}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"orders"}, columns, pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			kept, r, err := encode(batch[i])
			return []any{r.ID, r.Tenant, r.Key, r.Source, string(r.Order.Type), string(r.State), natives(r), r.CreatedAt, r.UpdatedAt, due(r), r.Version, kept}, err
		}))
		return err
	})
}

// BenchmarkOpen opens a file with 100,000 orders, which reads all of it.
func BenchmarkOpen(b *testing.B) {
	url := newFile(b)
	l := open(b, url)
	fill(b, l, 100_000)
	must(b, l.Close())
	for b.Loop() {
		l := open(b, url)
		must(b, l.Health(b.Context()))
		must(b, l.Close())
	}
}
