package cache

import (
	"hash/fnv"
	"sync"
)

// Generation is the time between two Forgets of one mark. What was begun to be
// read in one is neither kept nor given back in the next.
type Generation struct {
	local  uint64 // Forgets in this process
	shared string // the word that replicas share; "" if there is none, or it could not be asked for
}

// epochs counts the Forgets in this process. Marks share 256 counters: what it
// costs is now and then an answer that is not kept.
type epochs struct {
	sync.RWMutex
	counts [256]uint64
}

// of returns the epoch of key. It is called under the lock.
func (e *epochs) of(key string) uint64 {
	mark := markOf(key)
	if mark == "" {
		return 0 // it is never forgotten
	}
	return e.counts[slot(mark)]
}

// next begins new epochs. It is called under the lock.
func (e *epochs) next(marks []string) {
	for _, mark := range marks {
		e.counts[slot(mark)]++
	}
}

func slot(mark string) uint8 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(mark)) // never fails
	return uint8(h.Sum32())
}
