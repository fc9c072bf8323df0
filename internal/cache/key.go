package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// A key is deskpool:<format>:<source>@<scope>:<kind>:<what was asked>. What was asked is
// the native id, or a hash of every field of the query, for desktops after
// their pool's id: a key must not tell the names of users, and two queries never share one.
const (
	keyFormat      = "deskpool:2:"
	kindPools      = "pools"
	kindPool       = "pool"
	kindDesktops   = "desktops"
	kindDesktop    = "desktop"
	kindStatistics = "statistics"
	kindProducts   = "products"
	kindImages     = "images"
	kindMark       = "mark" // of no entry, but of what is forgotten together
)

// keyPrefix escapes what is no source id, so that no source can spell another's keys.
func keyPrefix(source, scope string) string {
	return keyFormat + url.QueryEscape(source) + "@" + url.QueryEscape(scope) + ":"
}

// kindOf returns the kind that key names, or "".
func kindOf(key string) string {
	_, kind, _ := cutKey(key)
	return kind
}

func cutKey(key string) (prefix, kind, asked string) {
	rest, ok := strings.CutPrefix(key, keyFormat)
	if !ok {
		return "", "", ""
	}
	source, rest, _ := strings.Cut(rest, ":")
	kind, asked, _ = strings.Cut(rest, ":")
	return keyFormat + source + ":", kind, asked
}

// markOf returns the mark with which the entry of key is forgotten: that of
// its pool, or of its source where it is of many pools, or it is not known of
// which. What can be ordered has none: an order does not change it.
func markOf(key string) string {
	switch prefix, kind, asked := cutKey(key); kind {
	case kindPools, kindStatistics, kindDesktop:
		return sourceMark(prefix)
	case kindPool:
		return poolMark(prefix, asked)
	case kindDesktops:
		pool, _, _ := strings.Cut(asked, ":")
		return prefix + kindMark + ":" + pool
	}
	return ""
}

func sourceMark(prefix string) string { return prefix + kindMark + ":" }

func poolMark(prefix, id string) string { return prefix + kindMark + ":" + url.QueryEscape(id) }

func desktopsKey(prefix string, q pool.DesktopsQuery) string {
	f := make(fingerprint, 0, 256).
		text(q.PoolID).text(q.Token).number(q.Size).flag(q.IncludeDeleted).
		text(string(q.Filter.BillingMode)).text(q.Filter.User).text(string(q.Filter.PowerState))
	return f.key(prefix + kindDesktops + ":" + url.QueryEscape(q.PoolID) + ":")
}

func statisticsKey(prefix string, q pool.StatisticsQuery) string {
	f := make(fingerprint, 0, 256).
		text(string(q.DesktopType)).
		flag(q.Axes.Power).flag(q.Axes.Connection).flag(q.Axes.Assignment).flag(q.Exact).
		number(len(q.PoolIDs))
	for _, id := range q.PoolIDs {
		f = f.text(id)
	}
	return f.key(prefix + kindStatistics + ":")
}

// fingerprint is a row of values, each of which ends where the next begins.
type fingerprint []byte

func (f fingerprint) text(s string) fingerprint { return append(f.number(len(s)), s...) }

func (f fingerprint) number(n int) fingerprint { return binary.AppendVarint(f, int64(n)) }

func (f fingerprint) flag(b bool) fingerprint {
	if b {
		return append(f, 1)
	}
	return append(f, 0)
}

func (f fingerprint) key(prefix string) string {
	sum := sha256.Sum256(f)
	return prefix + hex.EncodeToString(sum[:16])
}
