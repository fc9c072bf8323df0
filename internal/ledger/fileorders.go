package ledger

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

var (
	errIDTaken = errors.New("there is an order of that id")
	errNoRow   = errors.New("an order is missing that is in an index")
)

func (s *file) create(ctx context.Context, r orders.Record) (orders.Record, error) {
	r.Version = 1
	kept, r, err := encode(r)
	if err != nil {
		return orders.Record{}, err
	}
	err = s.write(ctx, func(c *change) error {
		if id := c.get(bucketKeys, tuple(r.Tenant, r.Key)); id != nil {
			return c.instead(&r, id, orders.KeyTaken)
		}
		if id := c.holder(r); id != nil {
			return c.instead(&r, id, orders.PoolTaken)
		}
		if c.get(bucketOrders, []byte(r.ID)) != nil {
			return &trouble{unusable, errIDTaken}
		}
		return c.replace(nil, r, kept)
	})
	return kindOnly(r, err)
}

func (s *file) change(ctx context.Context, r orders.Record) (orders.Record, error) {
	version := r.Version
	r.Version++
	kept, r, err := encode(r)
	if err != nil {
		return orders.Record{}, err
	}
	err = s.write(ctx, func(c *change) error {
		now := c.get(bucketOrders, []byte(r.ID))
		if now == nil {
			return orders.Changed
		}
		old, err := decode(now)
		if err != nil {
			return err
		}
		if old.Version != version || old.Tenant != r.Tenant || old.Key != r.Key {
			return orders.Changed
		}
		if id := c.holder(r); id != nil {
			return c.instead(&r, id, orders.PoolTaken)
		}
		return c.replace(&old, r, kept)
	})
	return kindOnly(r, err)
}

// instead reads the order that is in the way of r, in its place.
func (c *change) instead(r *orders.Record, id []byte, why pool.Kind) error {
	other, err := readOrder(c.tx, id)
	if err != nil {
		return err
	}
	*r = other
	return why
}

// kindOnly returns r where err lets it be returned.
func kindOnly(r orders.Record, err error) (orders.Record, error) {
	if err == nil || errors.Is(err, orders.KeyTaken) || errors.Is(err, orders.PoolTaken) {
		return r, err
	}
	return orders.Record{}, err
}

func readOrder(tx *bolt.Tx, id []byte) (orders.Record, error) {
	kept := tx.Bucket([]byte(bucketOrders)).Get(id)
	if kept == nil {
		return orders.Record{}, &trouble{damaged, errNoRow}
	}
	return decode(kept)
}

func (s *file) get(ctx context.Context, ref orders.Ref) (r orders.Record, err error) {
	err = s.read(ctx, func(tx *bolt.Tx) error {
		id := []byte(ref.ID)
		if ref.ID == "" {
			id = tx.Bucket([]byte(bucketKeys)).Get(tuple(ref.Tenant, ref.Key))
		}
		if id == nil || tx.Bucket([]byte(bucketOrders)).Get(id) == nil {
			return pool.NotFound
		}
		r, err = readOrder(tx, id)
		return err
	})
	return r, err
}
