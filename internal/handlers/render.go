package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"github.com/deskpool/deskpool/internal/pool"
)

// rendered is the part of an answer that depends only on the question and on
// what the sources said: it is the same until one of them says something else.
type rendered struct {
	etag  string // weak; empty where a source's part has no version
	body  []byte // of one resource, or of a list's items
	page  Page   // of a list
	items []int  // of a list: how many rows each source gave
	// whole is the list with its envelope as it was sent last: it holds ages, and so is good for a second.
	whole atomic.Pointer[whole]
}

// whole is an encoded list, and the ages that it holds.
type whole struct {
	ages string
	body []byte
}

// renders keeps encoded answers: encoding a list takes far longer than sending it.
type renders struct {
	cache *otter.Cache[string, *rendered]
}

const maxRenders = 64 << 20 // bytes of bodies

func newRenders() *renders {
	return &renders{cache: otter.Must(&otter.Options[string, *rendered]{
		MaximumWeight: maxRenders,
		Weigher: func(key string, r *rendered) uint32 {
			return uint32(min(2*len(r.body)+2*len(key)+512, maxRenders)) //nolint:gosec // bounded by maxRenders
		},
	})}
}

// identity is the question, who asks, and what each source said; its second
// half says when. The same identity has the same rendering.
type identity struct {
	said []byte // what the entity tag is made of
	key  string // said, and when; empty where a source's part has no version
}

// identify returns the identity of an answer. Age tells apart answers that
// hold cursors of different ages, so that nobody is left with one that is no longer good.
func identify(r *http.Request, c *call, outcomes []pool.Outcome, age string) identity {
	b := make([]byte, 0, 512)
	b = texts(b, age, c.op.id, r.URL.RawPath, r.URL.RawQuery, r.Header.Get("Prefer"), c.caller.Tenant)
	b = texts(b, c.caller.Scopes...)
	for i := range outcomes {
		o := &outcomes[i]
		if o.Contributed() && o.Version == "" {
			return identity{}
		}
		b = texts(b, o.Source.ID, string(o.Status), o.Version)
		if o.Err != nil {
			b = texts(b, string(o.Err.Kind))
		}
	}
	id := identity{said: b}
	for i := range outcomes {
		b = binary.LittleEndian.AppendUint64(b, uint64(outcomes[i].AsOf.UnixNano())) //nolint:gosec // only told apart
	}
	id.key = string(b)
	return id
}

// texts appends texts so that no two lists of them are the same bytes.
func texts(b []byte, list ...string) []byte {
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// etag is the weak entity tag of what was said, never of when.
func (id identity) etag() string {
	if id.key == "" {
		return ""
	}
	sum := sha256.Sum256(id.said)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// get returns what is kept; nil if nothing is.
func (rs *renders) get(id identity) *rendered {
	if id.key == "" {
		return nil
	}
	r, _ := rs.cache.GetIfPresent(id.key)
	return r
}

// set keeps r, if it has an identity.
func (rs *renders) set(id identity, r *rendered) {
	if id.key != "" {
		rs.cache.Set(id.key, r)
	}
}

// notModified tells whether the caller has this answer already.
func notModified(r *http.Request, etag string) bool {
	have := r.Header.Values("If-None-Match")
	if etag == "" || len(have) == 0 {
		return false
	}
	return slices.ContainsFunc(listed(have, ','), func(tag string) bool {
		tag = strings.TrimSpace(tag)
		return tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/")
	})
}

// digest is a short text for a list of texts.
func digest(list ...string) string {
	sum := sha256.Sum256(texts(nil, list...))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
