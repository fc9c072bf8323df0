// Package cache keeps what sources said. Wrap puts it before a source; the
// stores are Memory, Redis, and Layered, which is the one before the other.
//
// A cache that fails is a cache that misses: no failure of a store reaches a
// caller.
package cache

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/deskpool/deskpool/internal/pool"
)

// Store keeps entries by key, its own and those of other replicas. It gives
// back what it holds, also past its time: the reader decides what is fresh.
// Entries are shared: neither a store nor its callers change one.
type Store interface {
	// Peek returns what is at hand without waiting; nil if nothing is.
	Peek(key string) *Entry
	// Get returns the entry of key; nil if there is none, or none that can be
	// trusted; and the generation in which who finds none asks the source. The error
	// says that the store could not be asked. If the store has the same as
	// held, which may be nil, it may give held back.
	Get(ctx context.Context, key string, held *Entry) (*Entry, Generation, error)
	// Set keeps e, if it can, and if the generation of e is not over.
	Set(ctx context.Context, e *Entry) error
	// Forget ends the generation of these marks: what is kept of them, by
	// whatever replica, and what is on its way is not given back any more. No entry that
	// was asked for before lives longer than keep.
	Forget(ctx context.Context, marks []string, keep time.Duration) error
}

// Options of Wrap. The zero value has the documented defaults.
type Options struct {
	TTL TTL
	// Scope tells apart accounts that have had the same source id: their entries
	// are not each other's. Empty is a scope of its own.
	Scope string
	// Timeout bounds a read of the source, which callers share and which goes
	// on when they leave; 30 s.
	Timeout time.Duration
}

// TTL is for how long an answer is fresh, give or take spread. Zero is the default.
type TTL struct {
	Pools      time.Duration // a source's listing of pools; 30 s
	Pool       time.Duration // one pool; 15 s
	Desktops   time.Duration // a page of desktops, or one desktop; 15 s
	Statistics time.Duration // 15 s
	Products   time.Duration // 10 min
	Images     time.Duration // 10 min
}

const (
	defaultTimeout  = 30 * time.Second
	defaultPoolsTTL = 30 * time.Second
	defaultTTL      = 15 * time.Second
	catalogueTTL    = 10 * time.Minute
	// missingTTL is how long NotFound is kept: long enough against a client in
	// a loop, short enough for what was just created.
	missingTTL = 5 * time.Second
	// spread keeps entries that were read together from expiring together.
	spread = 0.15
)

// Wrap returns src with a Reader and a Catalogue that keep answers in store, and ask src
// once for all who ask the same at the same time. Live is src's own Reader,
// and Ordering, which reads live, stays as it is.
//
// Answers, their slices and bodies are shared between callers: nobody may change
// them. From is CACHE for what was kept, CLOUD for those who waited for the
// source; Version is the same for the same content, however often it is read.
//
// Within reads anew what was read too long ago, and keeps it for all.
//
// Forget drops what an order may have changed, here at once, and in other
// replicas within a second, and keeps reads that are under way from bringing it back.
//
// NotFound is kept for 5 s, other errors never. A caller whose ctx ends leaves
// at once with a Timeout that wraps ctx.Err(); the read of the source goes on, and is kept.
func Wrap(src pool.Source, store Store, o Options) pool.Source {
	if src.Live == nil {
		src.Live = src.Reader
	}
	r := reader{
		inner:   src.Reader,
		store:   store,
		source:  src.ID,
		prefix:  keyPrefix(src.ID, o.Scope),
		ttl:     o.TTL.orDefaults(),
		timeout: orDefault(o.Timeout, defaultTimeout),
		maxAge:  anyAge,
		flights: &atomic.Pointer[singleflight.Group]{},
	}
	r.flights.Store(&singleflight.Group{})
	src.Reader = &r
	if src.Catalogue != nil {
		src.Catalogue = &catalogue{r: &r, inner: src.Catalogue}
	}
	inner := src.Forget
	src.Forget = func(ctx context.Context, poolIDs []string) {
		if inner != nil {
			inner(ctx, poolIDs)
		}
		r.forget(ctx, poolIDs)
	}
	src.Within = func(maxAge time.Duration) pool.Reader {
		fresher := r
		fresher.maxAge = maxAge
		return &fresher
	}
	return src
}

func (t TTL) orDefaults() TTL {
	return TTL{
		Pools:      orDefault(t.Pools, defaultPoolsTTL),
		Pool:       orDefault(t.Pool, defaultTTL),
		Desktops:   orDefault(t.Desktops, defaultTTL),
		Statistics: orDefault(t.Statistics, defaultTTL),
		Products:   orDefault(t.Products, catalogueTTL),
		Images:     orDefault(t.Images, catalogueTTL),
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// spreadOut returns d, or up to spread more or less.
func spreadOut(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - spread + 2*spread*rand.Float64()))
}
