package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// model is what a ledger should do, as plainly as can be.
type model map[string]orders.Record

// find returns the first order, by id, of which is holds.
func (m model) find(is func(orders.Record) bool) (orders.Record, bool) {
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range m {
			if !yield(id) {
				return
			}
		}
	}) {
		if is(m[id]) {
			return m[id], true
		}
	}
	return orders.Record{}, false
}

// holders returns the ids of the other open orders that hold a pool of r, if it is open.
func (m model) holders(r orders.Record) (ids []string) {
	for _, o := range m {
		common := slices.ContainsFunc(o.Pools, func(p string) bool { return slices.Contains(r.Pools, p) })
		if r.State.Open() && o.State.Open() && o.ID != r.ID && o.Source == r.Source && common {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

func (m model) create(r orders.Record) (instead []string, err error) {
	other, taken := m.find(func(o orders.Record) bool { return o.Tenant == r.Tenant && o.Key == r.Key })
	if taken {
		return []string{other.ID}, orders.KeyTaken
	}
	if ids := m.holders(r); len(ids) > 0 {
		return ids, orders.PoolTaken
	}
	r.Version = 1
	m[r.ID] = r
	return []string{r.ID}, nil
}

func (m model) change(r orders.Record) (instead []string, err error) {
	if m[r.ID].Version != r.Version {
		return nil, orders.Changed
	}
	if ids := m.holders(r); len(ids) > 0 {
		return ids, orders.PoolTaken
	}
	r.Version++
	m[r.ID] = r
	return []string{r.ID}, nil
}

func (m model) list(q orders.Query) (ids []string, more bool) {
	for _, r := range m {
		if wanted(q, r) {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	if q.Due.IsZero() {
		slices.Reverse(ids)
		ids = slices.DeleteFunc(ids, func(id string) bool { return q.Before != "" && id >= q.Before })
	} else {
		slices.SortStableFunc(ids, func(a, b string) int { return m.due(a).Compare(m.due(b)) })
		if last := m.due(q.Before); !last.IsZero() {
			ids = slices.DeleteFunc(ids, func(id string) bool {
				return cmp.Or(m.due(id).Compare(last), cmp.Compare(id, q.Before)) <= 0
			})
		}
	}
	return ids[:min(len(ids), q.Limit)], len(ids) > q.Limit
}

// due returns when an order is due; zero if never.
func (m model) due(id string) time.Time {
	r := m[id]
	switch {
	case !slices.Contains([]orders.State{orders.Reserved, orders.Sending, orders.Unknown}, r.State):
		return time.Time{}
	case !r.NextLook.IsZero():
		return r.NextLook
	}
	return r.LeaseUntil
}

func wanted(q orders.Query, r orders.Record) bool {
	due := model{r.ID: r}.due(r.ID)
	return (q.Tenant == "" || q.Tenant == r.Tenant) && (q.Key == "" || q.Key == r.Key) &&
		(q.States == nil || slices.Contains(q.States, r.State)) &&
		(q.Sources == nil || slices.Contains(q.Sources, r.Source)) &&
		(q.Types == nil || slices.Contains(q.Types, r.Order.Type)) &&
		(q.Pools == nil || slices.ContainsFunc(q.Pools, func(id pool.ID) bool { return id.Source == r.Source && slices.Contains(r.Pools, id.Native) })) &&
		(q.CreatedGTE.IsZero() || !r.CreatedAt.Before(q.CreatedGTE)) && (q.CreatedLT.IsZero() || r.CreatedAt.Before(q.CreatedLT)) &&
		(q.UpdatedGTE.IsZero() || !r.UpdatedAt.Before(q.UpdatedGTE)) &&
		(q.Due.IsZero() || !due.IsZero() && !due.After(q.Due))
}

// draw makes records and queries of few words, so that they meet.
type draw struct{ *rapid.T }

func (d draw) word(label string, words ...string) string {
	return rapid.SampledFrom(words).Draw(d.T, label)
}

func (d draw) some(label string, words ...string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, len(words), rapid.ID).Draw(d.T, label)
}

func (d draw) maybe(label string) bool { return rapid.Bool().Draw(d.T, label) }

func (d draw) at(label string) time.Time {
	return start.Add(time.Duration(rapid.IntRange(0, 20).Draw(d.T, label)) * time.Millisecond)
}

func (d draw) id() string { return id(rapid.IntRange(1, 40).Draw(d.T, "id")) }

func (d draw) kind() pool.OrderType {
	return pool.OrderType(d.word("type", string(pool.ResizeOrder), string(pool.AddVolumeOrder)))
}

func (d draw) state() orders.State { return rapid.SampledFrom(orders.States()).Draw(d.T, "state") }

// fill sets what may change of a record.
func (d draw) fill(r orders.Record) orders.Record {
	r.Source, r.Pools, r.State = d.word("source", "s1", "s2"), d.some("pools", "p1", "p2", "p3", "p4", "p5"), d.state()
	slices.Sort(r.Pools)
	r.Order.Type = d.kind()
	r.LeaseUntil, r.NextLook = time.Time{}, time.Time{}
	if d.maybe("leased") {
		r.LeaseUntil = d.at("lease")
	}
	if d.maybe("looked up") {
		r.NextLook = d.at("look")
	}
	r.UpdatedAt = d.at("updated")
	return r
}

func (d draw) query() orders.Query {
	q := orders.Query{Limit: rapid.IntRange(1, 6).Draw(d.T, "limit")}
	either := func(label string, set func()) {
		if rapid.IntRange(0, 3).Draw(d.T, label) == 0 {
			set()
		}
	}
	either("by tenant", func() { q.Tenant = d.word("tenant", "t1", "t2") })
	either("by key", func() { q.Key = d.word("key", "k1", "k2", "k3") })
	either("by state", func() { q.States = []orders.State{d.state(), d.state()} })
	either("by source", func() { q.Sources = d.some("sources", "s1", "s2", "s3") })
	either("by type", func() { q.Types = []pool.OrderType{d.kind()} })
	either("by pool", func() {
		for _, p := range d.some("pools", "p1", "p2") {
			q.Pools = append(q.Pools, pool.ID{Source: d.word("source", "s1", "s2"), Native: p})
		}
	})
	fraction := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 999_999}).Draw(d.T, "ns"))
	either("since", func() { q.CreatedGTE = d.at("since").Add(fraction) })
	either("until", func() { q.CreatedLT = d.at("until").Add(fraction) })
	either("changed since", func() { q.UpdatedGTE = d.at("changed since").Add(fraction) })
	either("due", func() { q.Due = d.at("due").Add(fraction) })
	either("before", func() { q.Before = d.id() })
	return q
}

// TestModel compares every kind of ledger with the model.
func TestModel(t *testing.T) {
	for name, create := range kinds() {
		t.Run(name, func(t *testing.T) {
			url := create(t)
			l := openTwice(t, url)
			if err := l[0].Health(t.Context()); err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(rt *rapid.T) {
				if l[0].Sole() {
					// As many as there are rounds: each has a file of its own.
					_ = l[0].Close()
					fresh := open(t, newFile(t))
					l = [2]*Ledger{fresh, fresh}
				} else {
					cluster.Exec(t, url, "truncate orders, order_pools")
				}
				compare(rt, l)
			})
		})
	}
}

func compare(rt *rapid.T, l [2]*Ledger) {
	m := model{}
	ctx := context.Background()
	rt.Repeat(map[string]func(*rapid.T){
		"create": func(rt *rapid.T) {
			d := draw{rt}
			r := d.fill(record(1))
			if r.ID = d.id(); m[r.ID].Version != 0 {
				return
			}
			r.Tenant, r.Key, r.CreatedAt = d.word("tenant", "t1", "t2"), fmt.Sprintf("k%d", rapid.IntRange(1, 9).Draw(rt, "key")), d.at("created")
			ids, want := m.create(r)
			got, err := l[0].Create(ctx, r)
			agree(rt, m, ids, got, want, err)
		},
		"change": func(rt *rapid.T) {
			d := draw{rt}
			r, there := m[d.id()]
			if !there {
				return
			}
			r = d.fill(r)
			r.Version -= rapid.SampledFrom([]int64{0, 0, 0, 1}).Draw(rt, "behind")
			ids, want := m.change(r)
			got, err := l[1].Change(ctx, r)
			agree(rt, m, ids, got, want, err)
		},
		"get": func(rt *rapid.T) {
			id := draw{rt}.id()
			got, err := l[1].Get(ctx, orders.Ref{ID: id})
			if diff := gocmp.Diff(m[id], got); diff != "" || (err != nil) == (m[id].Version != 0) {
				rt.Fatalf("Get %s: %v (-want +got):\n%s", id, err, diff)
			}
		},
		"list": func(rt *rapid.T) {
			q := draw{rt}.query()
			records, more, err := l[0].List(ctx, q)
			if err != nil {
				rt.Fatal(err)
			}
			want, wantMore := m.list(q)
			got := []string{}
			for _, r := range records {
				got = append(got, r.ID)
			}
			if !slices.Equal(want, got) || more != wantMore {
				rt.Fatalf("%+v\nlists %v, %v\nwant  %v, %v", q, got, more, want, wantMore)
			}
		},
	})
}

// agree checks an answer: one of the orders with these ids, as the model has it.
func agree(rt *rapid.T, m model, ids []string, got orders.Record, want, err error) {
	if (want == nil) != (err == nil) || !errors.Is(err, want) {
		rt.Fatalf("err = %v, want %v", err, want)
	}
	if len(ids) == 0 && got.ID == "" {
		return
	}
	if !slices.Contains(ids, got.ID) {
		rt.Fatalf("the answer is %q, want one of %v", got.ID, ids)
	}
	if diff := gocmp.Diff(m[got.ID], got); diff != "" {
		rt.Fatalf("answer (-want +got):\n%s", diff)
	}
}
