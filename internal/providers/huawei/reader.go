package huawei

import (
	"context"
	"errors"
	"net/url"
	"regexp"
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

// Pools lists desktop pools: GET /desktop-pools, by offset.
func (r *reader) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	result := pool.Answer[[]pool.Pool]{Value: []pool.Pool{}, AsOf: r.now()}
	parts, err := poolListing().read(ctx, r.c, r.drift, func(row desktopPool, a answer) {
		result.Value = append(result.Value, r.pool(row, a))
	})
	if err != nil {
		return pool.Answer[[]pool.Pool]{}, err
	}
	result.Parts = parts
	return result, nil
}

func poolListing() listing[desktopPools, desktopPool] {
	return listing[desktopPools, desktopPool]{
		call:   call{op: "list desktop pools", operation: "ListDesktopPools", path: "/desktop-pools"},
		key:    "desktop_pools",
		limit:  poolsPage,
		most:   maxPoolsOffset,
		beyond: "Huawei Cloud does not list pools past the 20,000th.",
		page:   func(p desktopPools) ([]desktopPool, *int) { return p.Rows, p.Total },
		id:     func(d desktopPool) string { return d.ID },
	}
}

// pool makes a pool of a row.
func (r *reader) pool(row desktopPool, a answer) pool.Pool {
	p := row.pool(r.drift)
	p.Native = []pool.Part{a.part(row.Raw)}
	return p
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

func (r *reader) limit(k call, detail string) error { return r.c.limit(k, detail) }

func (r *reader) invalid(k call, cause error) error {
	return &pool.Error{Kind: pool.Invalid, Source: r.c.source, Op: k.op, Err: cause}
}
