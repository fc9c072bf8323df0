package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/deskpool/deskpool/internal/pool"
)

// rendered is the part of an answer that depends only on the question and on
// what the sources said: it is the same until one of them says something else.
type rendered struct {
	body  []byte // of one resource, or of a list's items
	page  Page   // of a list
	items []int  // of a list: how many rows each source gave
}

// renderKey is the question, who asks, and what every source said when.
type renderKey [sha256.Size]byte

// renders keeps encoded answers: encoding a list takes far longer than sending it.
type renders struct {
	cache *otter.Cache[renderKey, *rendered]
}

const maxRenders = 64 << 20 // bytes of bodies

func newRenders() *renders {
	return &renders{cache: otter.Must(&otter.Options[renderKey, *rendered]{
		MaximumWeight: maxRenders,
		Weigher: func(_ renderKey, r *rendered) uint32 {
			return uint32(min(len(r.body)+512, maxRenders)) //nolint:gosec // bounded by maxRenders
		},
	})}
}

// get returns what is kept under key, or makes it. A nil key keeps nothing.
func (rs *renders) get(key *renderKey, render func() (*rendered, error)) (*rendered, error) {
	if key == nil {
		return render()
	}
	if r, ok := rs.cache.GetIfPresent(*key); ok {
		return r, nil
	}
	r, err := render()
	if err == nil {
		rs.cache.Set(*key, r)
	}
	return r, err
}

// identify returns the weak entity tag of an answer, and the key of its
// rendering. Both are empty where a source's part has no version. Age tells
// apart renderings that hold cursors of different ages.
func identify(r *http.Request, c *call, outcomes []pool.Outcome, age string) (etag string, key *renderKey) {
	h := sha256.New()
	text(h, age, c.op.id, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Prefer"), c.caller.Tenant)
	text(h, c.caller.Scopes...)
	for i := range outcomes {
		o := &outcomes[i]
		if o.Contributed() && o.Version == "" {
			return "", nil
		}
		text(h, o.Source.ID, string(o.Status), o.Version)
		if o.Err != nil {
			text(h, string(o.Err.Kind))
		}
	}
	sum := h.Sum(nil)
	etag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	var times [8]byte
	for i := range outcomes {
		binary.LittleEndian.PutUint64(times[:], uint64(outcomes[i].AsOf.UnixNano())) //nolint:gosec // only told apart
		h.Write(times[:])
	}
	key = new(renderKey)
	h.Sum(key[:0])
	return etag, key
}

// text writes texts so that no two lists of them are the same bytes.
func text(h hash.Hash, list ...string) {
	var size [4]byte
	for _, s := range list {
		binary.LittleEndian.PutUint32(size[:], uint32(len(s))) //nolint:gosec // far below 4 GiB
		h.Write(size[:])
		_, _ = h.Write([]byte(s)) // a hash never fails
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
	h := sha256.New()
	text(h, list...)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
