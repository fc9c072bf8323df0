package pool

import (
	"cmp"
	"slices"
	"strings"
)

// SortField is a field by which pools can be sorted.
type SortField string

// The sortable fields of a pool.
const (
	SortID          SortField = "id"
	SortSource      SortField = "source"
	SortCloud       SortField = "cloud"
	SortName        SortField = "name"
	SortState       SortField = "state"
	SortBillingMode SortField = "billing_mode"
	SortCreatedAt   SortField = "created_at"
	SortTotal       SortField = "counts.total"
)

// SortKey is one field of an order; what is not known comes last either way.
type SortKey struct {
	Field      SortField
	Descending bool
}

// Rank is the value of one sort key of one row. The zero Rank is an unknown value.
type Rank struct {
	Known bool   `json:"k,omitempty"`
	N     int64  `json:"n,omitempty"`
	S     string `json:"s,omitempty"`
}

func text(s string) Rank { return Rank{Known: s != "", S: s} }

// rank of a pool row by one field.
func (p PoolItem) rank(f SortField) Rank {
	switch f {
	case SortID:
		return text(p.ID().String())
	case SortSource:
		return text(p.Source.ID)
	case SortCloud:
		return text(string(p.Source.Cloud))
	case SortName:
		return text(p.Pool.Name)
	case SortState:
		return text(string(p.Pool.State))
	case SortBillingMode:
		return text(string(p.Pool.BillingMode))
	case SortCreatedAt:
		if p.Pool.CreatedAt.IsZero() {
			return Rank{}
		}
		return Rank{Known: true, N: p.Pool.CreatedAt.UnixNano()}
	case SortTotal:
		if p.Pool.Counts.Total == nil {
			return Rank{}
		}
		return Rank{Known: true, N: int64(*p.Pool.Counts.Total)}
	}
	return Rank{}
}

// order is a total order of rows: the keys asked for, then source and id.
type order []SortKey

func newOrder(keys []SortKey) order {
	return append(slices.Clone(keys), SortKey{Field: SortSource}, SortKey{Field: SortID})
}

// position of a row in the order.
func (o order) position(p PoolItem) []Rank {
	ranks := make([]Rank, len(o))
	for i, k := range o {
		ranks[i] = p.rank(k.Field)
	}
	return ranks
}

// compare two positions; a position of another length comes first.
func (o order) compare(a, b []Rank) int {
	if len(a) != len(o) || len(b) != len(o) {
		return cmp.Compare(len(a), len(b))
	}
	for i, k := range o {
		if c := k.compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (k SortKey) compare(a, b Rank) int {
	if a.Known != b.Known {
		if a.Known {
			return -1
		}
		return 1
	}
	c := cmp.Compare(a.N, b.N)
	if c == 0 {
		c = strings.Compare(a.S, b.S)
	}
	if k.Descending {
		return -c
	}
	return c
}
