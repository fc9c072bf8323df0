package alibabasim

import (
	"crypto/sha256"
	"math"
	"sync"
	"time"
)

const (
	nonceMemory = 31 * time.Minute
	maxNonces   = 1 << 16 // when full, the oldest is forgotten
)

// nonceStore remembers which nonces were used. The zero value is empty.
type nonceStore struct {
	mu    sync.Mutex
	used  map[nonceID]struct{}
	queue []usedNonce // oldest first
}

type nonceID [16]byte

type usedNonce struct {
	id nonceID
	at time.Time
}

// use is false if keyID used nonce in the last 31 minutes.
func (n *nonceStore) use(keyID, nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	drop := 0
	for drop < len(n.queue) && (now.Sub(n.queue[drop].at) >= nonceMemory || len(n.queue)-drop >= maxNonces) {
		delete(n.used, n.queue[drop].id)
		drop++
	}
	n.queue = n.queue[drop:]
	sum := sha256.Sum256([]byte(keyID + "\n" + nonce))
	id := nonceID(sum[:16])
	if _, seen := n.used[id]; seen {
		return false
	}
	if n.used == nil {
		n.used = make(map[nonceID]struct{})
	}
	n.used[id] = struct{}{}
	n.queue = append(n.queue, usedNonce{id, now})
	return true
}

// buckets limits rates: for each name a bucket of one second's requests. The
// zero value has none.
type buckets struct {
	mu sync.Mutex
	m  map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// take takes one token and returns 0, or else how long to wait for the next,
// in whole milliseconds.
func (b *buckets) take(name string, perSecond int, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	rate := float64(perSecond)
	k, ok := b.m[name]
	if !ok {
		k = bucket{tokens: rate, at: now}
	}
	k.tokens = min(rate, k.tokens+rate*max(0, now.Sub(k.at).Seconds()))
	k.at = now
	var wait time.Duration
	if k.tokens >= 1 {
		k.tokens--
	} else {
		wait = time.Duration(math.Ceil((1-k.tokens)/rate*1000)) * time.Millisecond
	}
	if b.m == nil {
		b.m = make(map[string]bucket)
	}
	b.m[name] = k
	return wait
}
