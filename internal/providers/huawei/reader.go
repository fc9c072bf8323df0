package huawei

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// The bounds of the vendor's listings.
const (
	poolsPage         = 1000
	maxPoolsOffset    = 20_000
	maxDesktopsOffset = 10_000
)

// reader reads one source. It keeps no answers.
type reader struct {
	c     *caller
	drift *pool.Drift
	now   func() time.Time
}

var (
	errNoRows   = errors.New("the answer has no rows, and does not say that there are none")
	errSamePage = errors.New("the cloud sends the same page again")
)

// Pools lists desktop pools: GET /desktop-pools, by offset. A pool that moved
// from one page to the next while they were read is listed once.
func (r *reader) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	k := call{op: "list desktop pools", operation: "ListDesktopPools", path: "/desktop-pools"}
	result := pool.Answer[[]pool.Pool]{Value: []pool.Pool{}, AsOf: r.now()}
	seen := map[string]bool{}
	for offset := 0; ; {
		if offset > maxPoolsOffset {
			return pool.Answer[[]pool.Pool]{}, r.limit(k, "Huawei Cloud does not list pools past the 20,000th.")
		}
		k.query = url.Values{"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(poolsPage)}}
		var page desktopPools
		a, err := r.c.get(ctx, k, &page, r.drift)
		if err != nil {
			return pool.Answer[[]pool.Pool]{}, err
		}
		if page.Rows == nil && (page.Total == nil || *page.Total != 0) {
			return pool.Answer[[]pool.Pool]{}, r.c.badBody(k, a, errNoRows)
		}
		result.Parts = append(result.Parts, a.envelope("desktop_pools"))
		known := len(seen)
		result.Value = append(result.Value, r.unseen(page.Rows, seen, a)...)
		offset += len(page.Rows)
		if last(offset, len(page.Rows), poolsPage, page.Total) {
			return result, nil
		}
		if len(seen) == known {
			return pool.Answer[[]pool.Pool]{}, r.c.badBody(k, a, errSamePage)
		}
	}
}

// unseen makes pools of the rows that no earlier page had.
func (r *reader) unseen(rows []desktopPool, seen map[string]bool, a answer) []pool.Pool {
	var pools []pool.Pool
	for _, row := range rows {
		if row.ID != "" && seen[row.ID] {
			continue
		}
		seen[row.ID] = true
		p := row.pool(r.drift)
		p.Native = []pool.Part{a.part(row.Raw)}
		pools = append(pools, p)
	}
	return pools
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

// Pool reads one desktop pool: GET /desktop-pools/{pool_id}, which is complete.
func (r *reader) Pool(ctx context.Context, id string) (pool.Answer[pool.Pool], error) {
	k := call{op: "show a desktop pool", operation: "ShowDesktopPoolDetail", path: "/desktop-pools/" + url.PathEscape(id), byID: true}
	asked := r.now()
	if !addressable(id) {
		return pool.Answer[pool.Pool]{}, r.notFound(k)
	}
	var d desktopPool
	a, err := r.c.get(ctx, k, &d, r.drift)
	if err != nil {
		return pool.Answer[pool.Pool]{}, err
	}
	if d.ID == "" {
		return pool.Answer[pool.Pool]{}, r.c.badBody(k, a, errors.New("the pool has no id"))
	}
	return pool.Answer[pool.Pool]{Value: d.pool(r.drift), AsOf: asked, Parts: []pool.Part{a.part(a.body)}}, nil
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,128}$`)

// addressable tells whether an id can stand in a path. An empty one would ask
// for the listing, and two dots for something else altogether.
func addressable(id string) bool {
	return plainID.MatchString(id) && id != "." && id != ".."
}

// notFound is the error for an id that is not worth asking for.
func (r *reader) notFound(k call) error {
	return &pool.Error{Kind: pool.NotFound, Source: r.c.source, Op: k.op}
}

func (r *reader) limit(k call, detail string) error {
	return &pool.Error{Kind: pool.LimitReached, Source: r.c.source, Op: k.op, Detail: detail}
}

func (r *reader) invalid(k call, cause error) error {
	return &pool.Error{Kind: pool.Invalid, Source: r.c.source, Op: k.op, Err: cause}
}
