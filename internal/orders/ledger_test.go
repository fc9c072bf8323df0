package orders

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// notebook is a Ledger in memory. before and after are called around every
// change; an error of theirs is the ledger's.
type notebook struct {
	mu            sync.Mutex
	records       map[string][]byte
	before, after func(Record) error
}

func newNotebook() *notebook { return &notebook{records: map[string][]byte{}} }

func (n *notebook) all() []Record {
	var all []Record
	for _, b := range n.records {
		var r Record
		if err := json.Unmarshal(b, &r); err != nil {
			panic(err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Record) int { return -compare(a.ID, b.ID) })
	return all
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func fails(hook func(Record) error, r Record) error {
	if hook == nil {
		return nil
	}
	return hook(r)
}

func (n *notebook) keep(r Record) (Record, error) {
	if err := fails(n.before, r); err != nil {
		return Record{}, err
	}
	r.Version++
	b, err := json.Marshal(r)
	if err != nil {
		return Record{}, err
	}
	n.records[r.ID] = b
	var kept Record
	if err := json.Unmarshal(b, &kept); err != nil {
		return Record{}, err
	}
	return kept, fails(n.after, r)
}

// holder is another open order on one of r's pools.
func (n *notebook) holder(r Record) (Record, bool) {
	for _, o := range n.all() {
		if o.ID != r.ID && r.State.Open() && o.State.Open() && o.Source == r.Source &&
			slices.ContainsFunc(o.Pools, func(p string) bool { return slices.Contains(r.Pools, p) }) {
			return o, true
		}
	}
	return Record{}, false
}

func (n *notebook) Create(_ context.Context, r Record) (Record, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.all() {
		if o.Tenant == r.Tenant && o.Key == r.Key {
			return o, &pool.Error{Kind: KeyTaken}
		}
	}
	if o, taken := n.holder(r); taken {
		return o, &pool.Error{Kind: PoolTaken}
	}
	return n.keep(r)
}

func (n *notebook) Change(_ context.Context, r Record) (Record, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.all() {
		if o.ID != r.ID || o.Version != r.Version {
			continue
		}
		if h, taken := n.holder(r); taken {
			return h, &pool.Error{Kind: PoolTaken}
		}
		return n.keep(r)
	}
	return Record{}, &pool.Error{Kind: Changed}
}

func (n *notebook) Get(_ context.Context, ref Ref) (Record, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.all() {
		if o.ID == ref.ID || ref.ID == "" && o.Tenant == ref.Tenant && o.Key == ref.Key {
			return o, nil
		}
	}
	return Record{}, &pool.Error{Kind: pool.NotFound}
}

func (n *notebook) List(_ context.Context, q Query) (records []Record, more bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	due := func(t time.Time) bool { return !t.IsZero() && !t.After(q.Due) }
	for _, o := range n.all() {
		switch {
		case q.Tenant != "" && o.Tenant != q.Tenant, len(q.States) > 0 && !slices.Contains(q.States, o.State),
			len(q.Sources) > 0 && !slices.Contains(q.Sources, o.Source),
			q.Before != "" && o.ID >= q.Before,
			!q.UpdatedGTE.IsZero() && o.UpdatedAt.Before(q.UpdatedGTE),
			!q.CreatedGTE.IsZero() && o.CreatedAt.Before(q.CreatedGTE), !q.CreatedLT.IsZero() && !o.CreatedAt.Before(q.CreatedLT),
			!q.Due.IsZero() && !due(o.NextLook) && (!o.NextLook.IsZero() || !due(o.LeaseUntil)):
			continue
		}
		records = append(records, o)
	}
	more = len(records) > q.Limit
	return records[:min(len(records), q.Limit)], more, nil
}

// of returns the record of a key.
func (n *notebook) of(t *testing.T, key string) Record {
	t.Helper()
	rec, err := n.Get(t.Context(), Ref{Tenant: "t", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// only returns the one record that n holds.
func (n *notebook) only(t *testing.T) Record {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.all()
	if len(all) != 1 {
		t.Fatalf("the ledger holds %d orders, want 1", len(all))
	}
	return all[0]
}
