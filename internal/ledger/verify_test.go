package ledger

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/orders"
)

// TestVerifyFindsAlteredBytes alters single bytes: what the file says of
// its orders is either still so, or it is refused.
func TestVerifyFindsAlteredBytes(t *testing.T) {
	path := filled(t, 30)
	whole := read(t, path)
	good, err := verify(bytes.NewReader(whole), int64(len(whole)))
	must(t, err)
	if good.orders != 30 || good.version == 0 {
		t.Fatalf("it holds %+v", good)
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
	found := 0
	for range 3000 {
		altered := bytes.Clone(whole)
		altered[random.IntN(len(altered))] ^= byte(1 + random.IntN(255))
		holds, err := verify(bytes.NewReader(altered), int64(len(altered)))
		if err != nil {
			found++
		} else if holds != good { // else it was in a free page, or in a gap
			t.Fatalf("it holds %+v, want %+v", holds, good)
		}
	}
	if found == 0 {
		t.Error("no altered byte was found")
	}
}

// TestVerifyFindsDamagedRoots alters every byte of both, in turn.
func TestVerifyFindsDamagedRoots(t *testing.T) {
	whole := read(t, filled(t, 3))
	for _, root := range []int{0, os.Getpagesize()} {
		for at := range metaSize {
			altered := bytes.Clone(whole)
			altered[root+headerSize+at] ^= 1
			if _, err := verify(bytes.NewReader(altered), int64(len(altered))); err == nil {
				t.Errorf("byte %d of the root at %d may be anything", at, root)
			}
		}
	}
}

// TestVerifyFindsPagesUsedTwice: bbolt would write over what is in use.
func TestVerifyFindsPagesUsedTwice(t *testing.T) {
	whole := read(t, filled(t, 30))
	v := &verifier{f: bytes.NewReader(whole)}
	root, free, err := v.roots(uint64(len(whole)))
	must(t, err)
	list := whole[free*v.pageSize+headerSize:]
	native.PutUint64(list, root)
	if _, err := verify(bytes.NewReader(whole), int64(len(whole))); err == nil {
		t.Error("the root is free, and in use")
	}
}

// TestVerifyFindsOldPages puts pages of older files into a newer one: each is good by itself.
func TestVerifyFindsOldPages(t *testing.T) {
	url := newFile(t)
	path := url[len("file:"):]
	l := open(t, url)
	for n := range 20 {
		mustCreate(t, l, record(n))
	}
	var versions [][]byte
	for n := range 12 {
		r := mustGet(t, l, id(n%3))
		r.Looks++
		mustChange(t, l, r)
		versions = append(versions, read(t, path))
	}
	newest, size, found := versions[len(versions)-1], os.Getpagesize(), 0
	for _, older := range versions[:len(versions)-1] {
		for at := 2 * size; at < len(newest); at += size {
			mixed := bytes.Clone(newest)
			copy(mixed[at:], older[at:at+size])
			holds, err := verify(bytes.NewReader(mixed), int64(len(mixed)))
			if err != nil {
				found++
			} else if holds.orders != 20 {
				t.Errorf("page %d: it holds %+v", at/size, holds)
			}
		}
	}
	if found == 0 {
		t.Error("no old page was found")
	}
}

// FuzzOpen: whatever is written into a file beside an .id, nothing panics, and
// it is used only if it is the ledger that was here, with its orders.
func FuzzOpen(f *testing.F) {
	path := filled(f, 3)
	whole, id := read(f, path), read(f, path+".id")
	all := uint(len(whole))
	f.Add(all, uint(0), []byte{})
	f.Add(uint(0), uint(0), []byte("garbage"))
	f.Add(uint(8192), uint(0), []byte{})
	f.Add(all, uint(0), make([]byte, all))
	for at := uint(0); at < all; at += 997 {
		f.Add(all, at, []byte{0xFF, byte(at)})
	}
	f.Fuzz(func(t *testing.T, size, at uint, b []byte) {
		spoilt := append(bytes.Clone(whole[:min(size, all)]), make([]byte, len(b))...)
		copy(spoilt[at%uint(len(spoilt)+1):], b)
		path := t.TempDir() + "/orders.db"
		must(t, os.WriteFile(path, spoilt, 0o600))
		must(t, os.WriteFile(path+".id", id, 0o600))
		l, err := Open(Options{URL: "file:" + path, Log: zerolog.Nop()})
		must(t, err)
		defer func() { _ = l.Close() }()
		records, _, err := l.List(t.Context(), orders.Query{Limit: 10})
		if err != nil {
			is(t, err, orders.Unrecorded)
			return
		}
		if len(records) != 3 {
			t.Fatalf("it is used, and has %d orders", len(records))
		}
		mustCreate(t, l, record(4))
	})
}
