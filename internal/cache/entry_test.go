package cache

import (
	"encoding/json"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

func versioned(t *testing.T, change func(a *pool.Answer[[]pool.Pool])) string {
	t.Helper()
	a := pool.Answer[[]pool.Pool]{
		Value: []pool.Pool{{NativeID: "p1", Native: []pool.Part{{Operation: "List", RequestID: "R-1", ReadAt: time.Unix(1, 0), Body: json.RawMessage(`{"id":"p1"}`)}}}, {NativeID: "p2"}},
		AsOf:  time.Unix(1, 0),
		Parts: []pool.Part{{Operation: "List", RequestID: "R-1", ReadAt: time.Unix(1, 0), Body: json.RawMessage(`{"RequestId":"R-1","total":2}`)}},
	}
	change(&a)
	e, err := newEntry("key", Generation{}, a, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return e.said.content().version
}

func TestVersion(t *testing.T) {
	type listing = pool.Answer[[]pool.Pool]
	base := versioned(t, func(*listing) {})
	tests := []struct {
		name   string
		change func(a *listing)
		same   bool
	}{
		{"read again", func(a *listing) {
			a.AsOf = time.Unix(2, 0)
			a.Value[0].Native[0].RequestID, a.Value[0].Native[0].ReadAt = "R-2", time.Unix(2, 0)
			a.Parts[0] = pool.Part{Operation: "List", RequestID: "R-2", ReadAt: time.Unix(2, 0), Body: json.RawMessage(`{"RequestId":"R-2","total":2}`)}
		}, true},
		{"a version and an origin of before", func(a *listing) { a.Version, a.From = "v", pool.FromCache }, true},
		{"a request id in the header only", func(a *listing) {
			a.Parts[0].RequestID, a.Parts[0].Body = "", json.RawMessage(`{"RequestId":"","total":2}`)
		}, true},
		{"another value", func(a *listing) { a.Value[1].Name = "new" }, false},
		{"another order", func(a *listing) { a.Value[0], a.Value[1] = a.Value[1], a.Value[0] }, false},
		{"one less", func(a *listing) { a.Value = a.Value[:1] }, false},
		{"another native body", func(a *listing) { a.Value[0].Native[0].Body = json.RawMessage(`{"id":"p1","new":1}`) }, false},
		{"a native body elsewhere", func(a *listing) { a.Value[1].Native, a.Value[0].Native = a.Value[0].Native, nil }, false},
		{"another envelope", func(a *listing) { a.Parts[0].Body = json.RawMessage(`{"RequestId":"R-1","total":3}`) }, false},
		{"a number that is part of the request id", func(a *listing) {
			a.Parts[0].RequestID, a.Parts[0].Body = "2", json.RawMessage(`{"RequestId":"","total":}`)
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := versioned(t, tt.change)
			if (got == base) != tt.same {
				t.Errorf("version %s, before %s", got, base)
			}
		})
	}
}

// TestMemoryIsBounded fills a Memory far beyond its bound with answers of all
// sizes, decoded ones as they come from Redis, and looks at the heap.
func TestMemoryIsBounded(t *testing.T) {
	const bound = 8 << 20
	before := heap()
	m := NewMemory(bound)
	n, large := 6, 0
	for i := range 200 {
		key := keyPrefix("hw", "") + kindDesktops + ":" + strconv.Itoa(i)
		var page pool.DesktopPage
		for j := range i % n * 20 {
			id := strconv.Itoa(i*1000 + j)
			page.Items = append(page.Items, pool.Desktop{
				NativeID: "desktop-" + id, Name: "the desktop " + id, Disks: make([]pool.Disk, 2), Addresses: make([]pool.Address, 2),
				Native: []pool.Part{{Operation: "ListDesktops", RequestID: "R-" + id, Body: make([]byte, 1500)}},
			})
		}
		e, err := newEntry(key, Generation{}, pool.Answer[pool.DesktopPage]{Value: page}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if e.weight > large {
			large = e.weight
		}
		if err := m.Set(t.Context(), mustDecode(t, key, mustEncode(t, e))); err != nil {
			t.Fatal(err)
		}
	}
	m.entries.CleanUp()
	if got := m.entries.WeightedSize(); got > bound || got < bound-2*uint64(large) {
		t.Errorf("it weighs %d bytes, want just under %d", got, bound)
	}
	if used := heap() - before; used > bound*5/4 || used < bound/2 {
		t.Errorf("%d entries take %d bytes of the heap, want about %d", m.entries.EstimatedSize(), used, bound)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

func TestMemoryDoesNotKeepWhatIsLargerThanItself(t *testing.T) {
	m := NewMemory(600)
	key := keyPrefix("hw", "") + kindPool + ":p1"
	if err := m.Set(t.Context(), poolEntry(t, key)); err != nil {
		t.Fatal(err)
	}
	m.entries.CleanUp()
	if e := m.Peek(key); e != nil {
		t.Errorf("it keeps %d bytes", e.weight)
	}
}
