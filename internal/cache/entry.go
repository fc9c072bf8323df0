package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Entry is what a source said, or that it knows no such thing. It is shared,
// and never changed.
type Entry struct {
	Key    string
	Stored time.Time // when the answer arrived
	Until  time.Time // it is fresh until then

	said    answer      // nil if missing
	missing *pool.Error // NotFound, less its cause; nil if said
	weight  int         // bytes of memory, roughly
	gen     Generation  // in which it was begun to be read

	checked time.Time // when Layered last asked its back
	shared  bool      // whether that back has it
}

// answer is a *said[T].
type answer interface{ content() content }

// said is an answer as a hit gives it back.
type said[T any] struct{ pool.Answer[T] }

// content is an answer of whatever type.
type content struct {
	asOf    time.Time
	version string
	parts   []pool.Part
	value   any // a pointer to it
}

func (s *said[T]) content() content {
	return content{asOf: s.AsOf, version: s.Version, parts: s.Parts, value: &s.Value}
}

// newEntry makes an entry of an answer that has just arrived, and was asked
// for in gen. It fails if the answer cannot be encoded.
func newEntry[T any](key string, gen Generation, a pool.Answer[T], ttl time.Duration) (*Entry, error) {
	bare, natives := detach(&a.Value)
	value, err := json.Marshal(bare)
	if err != nil {
		return nil, err
	}
	a.From, a.Version = pool.FromCache, versionOf(value, a.Parts, natives)
	now := time.Now()
	return &Entry{
		Key: key, Stored: now, Until: now.Add(ttl), gen: gen,
		said: &said[T]{a}, weight: weigh(key, value, a.Parts, natives),
	}, nil
}

// newMissing makes an entry of an answer that there is no such thing.
func newMissing(key string, gen Generation, err *pool.Error) *Entry {
	e, now := *err, time.Now()
	e.Err = nil
	return &Entry{Key: key, Stored: now, Until: now.Add(missingTTL), gen: gen, missing: &e, weight: overhead + len(key)}
}

func (e *Entry) fresh(now time.Time) bool { return now.Before(e.Until) }

// asChecked is e as Layered keeps it after asking its back.
func (e *Entry) asChecked(now time.Time, shared bool) *Entry {
	c := *e
	c.checked, c.shared = now, shared
	return &c
}

const (
	overhead     = 512 // of an entry: its structs, and the store's node
	partOverhead = 128
)

// weigh estimates the memory that an answer takes. Its JSON spells out every
// field name, which is about what the structs take.
func weigh(key string, value []byte, parts []pool.Part, natives [][]pool.Part) int {
	n := overhead + len(key) + len(value)
	for _, parts := range append(natives, parts) {
		for _, p := range parts {
			n += partOverhead + len(p.Operation) + len(p.RequestID) + len(p.Body)
		}
	}
	return n
}

// versionOf is a short hash of what the cloud said, but for what differs each
// time it is asked the same: times and request ids.
func versionOf(value []byte, parts []pool.Part, natives [][]pool.Part) string {
	h := sha256.New()
	hashText(h, value)
	for _, parts := range append(natives, parts) {
		hashText(h, binary.AppendVarint(nil, int64(len(parts))))
		for _, p := range parts {
			hashText(h, []byte(p.Operation))
			hashText(h, withoutRequestID(p))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func hashText(h hash.Hash, text []byte) {
	h.Write(binary.AppendVarint(nil, int64(len(text))))
	h.Write(text)
}

// withoutRequestID is the body less the cloud's id of the request, which
// Alibaba puts into every body.
func withoutRequestID(p pool.Part) []byte {
	if p.RequestID == "" {
		return p.Body
	}
	return bytes.ReplaceAll(p.Body, []byte(`"`+p.RequestID+`"`), []byte(`""`))
}

// detach returns a copy of the value without the native parts of its items,
// and these, item by item. The value, a pointer, stays as it is.
func detach(value any) (bare any, natives [][]pool.Part) {
	switch v := value.(type) {
	case *[]pool.Pool:
		c := slices.Clone(*v)
		bare, natives = &c, take(nativesOf(&c))
	case *pool.Pool:
		c := *v
		bare, natives = &c, take(nativesOf(&c))
	case *pool.DesktopPage:
		c := *v
		c.Items = slices.Clone(v.Items)
		bare, natives = &c, take(nativesOf(&c))
	case *pool.Desktop:
		c := *v
		bare, natives = &c, take(nativesOf(&c))
	case *[]pool.Offer:
		c := slices.Clone(*v)
		bare, natives = &c, take(nativesOf(&c))
	case *[]pool.ImageOffer:
		c := slices.Clone(*v)
		bare, natives = &c, take(nativesOf(&c))
	default: // statistics have none
		bare = value
	}
	return bare, natives
}

// nativesOf returns where the items of a value keep their native parts.
func nativesOf(value any) []*[]pool.Part {
	var at []*[]pool.Part
	switch v := value.(type) {
	case *[]pool.Pool:
		for i := range *v {
			at = append(at, &(*v)[i].Native)
		}
	case *pool.Pool:
		at = append(at, &v.Native)
	case *pool.DesktopPage:
		for i := range v.Items {
			at = append(at, &v.Items[i].Native)
		}
	case *pool.Desktop:
		at = append(at, &v.Native)
	case *[]pool.Offer:
		for i := range *v {
			at = append(at, &(*v)[i].Native)
		}
	case *[]pool.ImageOffer:
		for i := range *v {
			at = append(at, &(*v)[i].Native)
		}
	}
	return at
}

// take empties all of at, and returns what was there.
func take(at []*[]pool.Part) [][]pool.Part {
	taken := make([][]pool.Part, len(at))
	for i, parts := range at {
		taken[i], *parts = *parts, nil
	}
	return taken
}
