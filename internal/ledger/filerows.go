package ledger

import (
	"encoding/binary"
	"errors"
	"hash/crc64"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/deskpool/deskpool/internal/orders"
)

// The buckets of a file.
const (
	bucketLedger = "ledger" // what the file says of itself
	bucketOrders = "orders" // id: record
	bucketKeys   = "keys"   // tenant, key: id
	bucketHolds  = "holds"  // source, pool: id of the open order
	bucketDue    = "due"    // time, id: nothing
	bucketLists  = "lists"  // tenant, or nothing for every tenant's, and id: summary
)

// The keys of bucketLedger. The sum is that of the digests of all other rows, so that a row that is lost, altered or old is noticed when the file is opened.
const (
	settingFormat = "format"
	settingID     = "id"
	settingSum    = "sum"
	fileFormat    = "deskpool ledger 1"
)

var polynomial = crc64.MakeTable(crc64.ECMA)

func digest(bucket string, key, value []byte) uint64 {
	sum := crc64.Update(0, polynomial, tuple([]byte(bucket), key))
	return crc64.Update(sum, polynomial, value)
}

// tuple joins parts so that different ones never become equal.
func tuple[T string | []byte](parts ...T) []byte {
	var b []byte
	for _, p := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(p))), p...)
	}
	return b
}

// part cuts the first part off a tuple.
func part(b []byte) (first, rest []byte) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil
	}
	return b[size : size+int(n)], b[size+int(n):] //nolint:gosec // it is no more than there is
}

func buckets() []string {
	return []string{bucketLedger, bucketOrders, bucketKeys, bucketHolds, bucketDue, bucketLists}
}

// found makes a new ledger.
func found(tx *bolt.Tx, id string) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	c := &change{tx: tx}
	return errors.Join(
		c.put(bucketLedger, []byte(settingFormat), []byte(fileFormat)),
		c.put(bucketLedger, []byte(settingID), []byte(id)),
		c.seal())
}

// rows is what is in one bucket.
type rows struct {
	count    int
	sum      uint64
	settings map[string]string // of bucketLedger
}

// of counts the rows of the bucket with that name.
func (r *rows) of(name string) visit {
	return func(key, value []byte, bucket bool) error {
		if bucket {
			return errForeign
		}
		r.count++
		if name == bucketLedger {
			r.settings[string(key)] = string(value)
		}
		if name != bucketLedger || string(key) != settingSum {
			r.sum += digest(name, key, value)
		}
		return nil
	}
}

// judge tells whether a file with these buckets is a whole ledger.
func judge(held map[string]*rows, version uint64) (contents, error) {
	self, there := held[bucketLedger]
	if !there || self.settings[settingFormat] != fileFormat || !idPattern.MatchString(self.settings[settingID]) {
		return contents{}, &trouble{damaged, errForeign}
	}
	var sum uint64
	for _, name := range buckets() {
		bucket, there := held[name]
		if !there {
			return contents{}, &trouble{damaged, errForeign}
		}
		sum += bucket.sum
	}
	if self.settings[settingSum] != string(binary.BigEndian.AppendUint64(nil, sum)) {
		return contents{}, &trouble{damaged, errSum}
	}
	return contents{id: self.settings[settingID], version: version, orders: held[bucketOrders].count}, nil
}

// change is a transaction that writes.
type change struct {
	tx  *bolt.Tx
	sum uint64
}

func newChange(tx *bolt.Tx) *change {
	return &change{tx: tx, sum: binary.BigEndian.Uint64(tx.Bucket([]byte(bucketLedger)).Get([]byte(settingSum)))}
}

// seal keeps the sum.
func (c *change) seal() error {
	return c.tx.Bucket([]byte(bucketLedger)).Put([]byte(settingSum), binary.BigEndian.AppendUint64(nil, c.sum))
}

func (c *change) get(bucket string, key []byte) []byte { return c.tx.Bucket([]byte(bucket)).Get(key) }

func (c *change) put(bucket string, key, value []byte) error {
	if old := c.get(bucket, key); old != nil {
		c.sum -= digest(bucket, key, old)
	}
	c.sum += digest(bucket, key, value)
	return c.tx.Bucket([]byte(bucket)).Put(key, value)
}

func (c *change) remove(bucket string, key []byte) error {
	if old := c.get(bucket, key); old != nil {
		c.sum -= digest(bucket, key, old)
	}
	return c.tx.Bucket([]byte(bucket)).Delete(key)
}

// index lists the rows by which a record is found, besides its id: bucket, key and value.
func index(r orders.Record) [][3][]byte {
	id := []byte(r.ID)
	summary := summarize(r)
	all := [][3][]byte{
		{[]byte(bucketKeys), tuple(r.Tenant, r.Key), id},
		{[]byte(bucketLists), listKey("", r.ID), summary},
		{[]byte(bucketLists), listKey(r.Tenant, r.ID), summary},
	}
	if at := due(r); at != nil {
		all = append(all, [3][]byte{[]byte(bucketDue), dueKey(at.UnixMilli(), r.ID), {}})
	}
	if r.State.Open() {
		for _, p := range r.Pools {
			all = append(all, [3][]byte{[]byte(bucketHolds), tuple(r.Source, p), id})
		}
	}
	return all
}

func listKey(tenant, id string) []byte { return append(tuple(tenant), id...) }

func dueKey(ms int64, id string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(ms)^1<<63), id...) //nolint:gosec // so that times before 1970 come first
}

// replace puts r in the place of old, which is nil at first.
func (c *change) replace(old *orders.Record, r orders.Record, kept []byte) error {
	if old != nil {
		for _, row := range index(*old) {
			if err := c.remove(string(row[0]), row[1]); err != nil {
				return err
			}
		}
	}
	for _, row := range append(index(r), [3][]byte{[]byte(bucketOrders), []byte(r.ID), kept}) {
		if err := c.put(string(row[0]), row[1], row[2]); err != nil {
			return err
		}
	}
	return nil
}

// holder returns the id of another order that holds a pool of r.
func (c *change) holder(r orders.Record) []byte {
	if !r.State.Open() {
		return nil
	}
	for _, p := range r.Pools {
		if id := c.get(bucketHolds, tuple(r.Source, p)); id != nil && string(id) != r.ID {
			return slices.Clone(id)
		}
	}
	return nil
}

// touch writes something.
func (c *change) touch() error {
	settings := c.tx.Bucket([]byte(bucketLedger))
	return settings.Put([]byte(settingID), slices.Clone(settings.Get([]byte(settingID))))
}
