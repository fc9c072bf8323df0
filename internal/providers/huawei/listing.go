package huawei

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"strconv"

	"github.com/deskpool/deskpool/internal/pool"
)

var (
	errNoRows   = errors.New("the answer has no rows, and does not say that there are none")
	errSamePage = errors.New("the cloud sends the same page again")
)

// listing is one that is read by offset, P its page and R its row.
type listing[P, R any] struct {
	call   call   // its query lacks offset and limit
	key    string // of the rows in the page
	limit  int    // rows of a page
	most   int    // the largest offset that can be asked for
	beyond string // what is said of what lies beyond it
	page   func(P) (rows []R, total *int)
	id     func(R) string // empty: the row has none
}

// read reads every page and gives each row to keep. A row that moved from one page to the
// next while they were read is kept once. The parts are the pages less their rows.
func (l listing[P, R]) read(ctx context.Context, c *caller, drift *pool.Drift, keep func(R, answer)) ([]pool.Part, error) {
	var parts []pool.Part
	seen := map[string]bool{}
	for offset := 0; ; {
		if offset > l.most {
			return nil, c.limit(l.call, l.beyond)
		}
		var p P
		a, err := c.get(ctx, l.at(offset), &p, drift)
		if err != nil {
			return nil, err
		}
		rows, total := l.page(p)
		if rows == nil && (total == nil || *total != 0) {
			return nil, c.badBody(l.call, a, errNoRows)
		}
		parts = append(parts, a.envelope(l.key))
		known := len(seen)
		for _, row := range l.unseen(rows, seen) {
			keep(row, a)
		}
		offset += len(rows)
		if last(offset, len(rows), l.limit, total) {
			return parts, nil
		}
		if len(seen) == known {
			return nil, c.badBody(l.call, a, errSamePage)
		}
	}
}

// at is the call for the page at an offset.
func (l listing[P, R]) at(offset int) call {
	k := l.call
	k.query = url.Values{"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(l.limit)}}
	maps.Copy(k.query, l.call.query)
	return k
}

// unseen are the rows that no earlier page had.
func (l listing[P, R]) unseen(rows []R, seen map[string]bool) []R {
	var fresh []R
	for _, row := range rows {
		id := l.id(row)
		if id != "" && seen[id] {
			continue
		}
		seen[id] = true
		fresh = append(fresh, row)
	}
	return fresh
}

// last tells whether a page of n rows that ends before next is the last. The
// total may be absent, or lower than what was listed already: then a page that
// is not full is the last.
func last(next, n, limit int, total *int) bool {
	if n == 0 {
		return true
	}
	if total == nil || *total < next {
		return n < limit
	}
	return next == *total
}
