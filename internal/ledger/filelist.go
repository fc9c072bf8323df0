package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// scanned is after how many rows a list looks whether it is still wanted.
const scanned = 1024

func (s *file) list(ctx context.Context, q orders.Query) (records []orders.Record, more bool, err error) {
	err = s.read(ctx, func(tx *bolt.Tx) error {
		var ids [][]byte
		n := 0
		for id, summary := range candidates(tx, q) {
			if n++; n%scanned == 0 && ctx.Err() != nil {
				return &trouble{late, ctx.Err()}
			}
			if !selects(q, summary) {
				continue
			}
			if more = len(ids) == q.Limit; more {
				break
			}
			ids = append(ids, id)
		}
		for _, id := range ids {
			r, err := readOrder(tx, id)
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return records, more, nil
}

// candidates yields ids and summaries in the order that q asks for.
func candidates(tx *bolt.Tx, q orders.Query) iter.Seq2[[]byte, []byte] {
	if q.Due.IsZero() {
		return newest(tx, q.Tenant, q.Before)
	}
	return longestDue(tx, q)
}

// newest yields a tenant's orders from before on.
func newest(tx *bolt.Tx, tenant, before string) iter.Seq2[[]byte, []byte] {
	return func(yield func(id, summary []byte) bool) {
		prefix := tuple(tenant)
		c := tx.Bucket([]byte(bucketLists)).Cursor()
		end := append(slices.Clone(prefix), before...)
		if before == "" {
			end = append(end, 0xFF) // no id begins with that
		}
		back := c.Prev
		if k, _ := c.Seek(end); k == nil {
			back = c.Last
		}
		for k, v := back(); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
			if !yield(k[len(prefix):], v) {
				return
			}
		}
	}
}

// longestDue yields every tenant's orders that are due.
func longestDue(tx *bolt.Tx, q orders.Query) iter.Seq2[[]byte, []byte] {
	return func(yield func(id, summary []byte) bool) {
		lists := tx.Bucket([]byte(bucketLists))
		end := dueKey(q.Due.UnixMilli()+1, "")
		c := tx.Bucket([]byte(bucketDue)).Cursor()
		k, _ := c.First()
		if after := dueNow(tx, q.Before); after != nil {
			if k, _ = c.Seek(after); bytes.Equal(k, after) {
				k, _ = c.Next()
			}
		}
		for ; k != nil && bytes.Compare(k, end) < 0; k, _ = c.Next() {
			id := k[8:]
			if !yield(id, lists.Get(listKey("", string(id)))) {
				return
			}
		}
	}
}

// dueNow returns the key in bucketDue of an order; nil if it is not there.
func dueNow(tx *bolt.Tx, id string) []byte {
	if id == "" || tx.Bucket([]byte(bucketOrders)).Get([]byte(id)) == nil {
		return nil
	}
	r, err := readOrder(tx, []byte(id))
	if at := due(r); err == nil && at != nil {
		return dueKey(at.UnixMilli(), id)
	}
	return nil
}

// summarize makes what lists are filtered by.
func summarize(r orders.Record) []byte {
	times := binary.BigEndian.AppendUint64(nil, uint64(r.CreatedAt.UnixMilli()))  //nolint:gosec // and back
	times = binary.BigEndian.AppendUint64(times, uint64(r.UpdatedAt.UnixMilli())) //nolint:gosec // and back
	b := tuple(r.Tenant, r.Key, r.Source, string(r.Order.Type), string(r.State), string(times))
	return append(b, tuple(r.Pools...)...)
}

// selects tells whether q selects the order with that summary, its time of being due aside.
func selects(q orders.Query, summary []byte) bool {
	tenant, rest := part(summary)
	key, rest := part(rest)
	source, rest := part(rest)
	kind, rest := part(rest)
	state, rest := part(rest)
	times, pools := part(rest)
	if len(times) != 16 {
		return false
	}
	at := int64(binary.BigEndian.Uint64(times))          //nolint:gosec // as it was put in
	updated := int64(binary.BigEndian.Uint64(times[8:])) //nolint:gosec // as it was put in
	return (q.Tenant == "" || q.Tenant == string(tenant)) &&
		(q.Key == "" || q.Key == string(key)) &&
		oneOf(q.States, state) && oneOf(q.Types, kind) && oneOf(q.Sources, source) &&
		(q.CreatedGTE.IsZero() || at >= ceil(q.CreatedGTE).UnixMilli()) &&
		(q.CreatedLT.IsZero() || at < ceil(q.CreatedLT).UnixMilli()) &&
		(q.UpdatedGTE.IsZero() || updated >= ceil(q.UpdatedGTE).UnixMilli()) &&
		(len(q.Pools) == 0 || touches(q.Pools, source, pools))
}

// oneOf tells whether word is in words, or there are none.
func oneOf[T ~string](words []T, word []byte) bool {
	return len(words) == 0 || slices.ContainsFunc(words, func(w T) bool { return string(w) == string(word) })
}

// touches tells whether one of the pools is among those wanted.
func touches(wanted []pool.ID, source, pools []byte) bool {
	for len(pools) > 0 {
		var native []byte
		native, pools = part(pools)
		if slices.ContainsFunc(wanted, func(id pool.ID) bool { return id.Source == string(source) && id.Native == string(native) }) {
			return true
		}
	}
	return false
}
