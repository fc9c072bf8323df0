package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	bolt "go.etcd.io/bbolt"

	"github.com/deskpool/deskpool/internal/orders"
)

// filled makes a file with some orders, and returns its path. It is closed.
func filled(t testing.TB, orders int) string {
	t.Helper()
	url := newFile(t)
	l := open(t, url)
	for n := range orders {
		mustCreate(t, l, record(n+1))
	}
	if err := errors.Join(l.Health(t.Context()), l.Close()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(url, "file:")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path) //nolint:gosec // of a test
	must(t, err)
	return b
}

// overwrite puts b at an offset of a file.
func overwrite(t testing.TB, path string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // of a test
	must(t, err)
	_, err = f.WriteAt(b, at)
	must(t, errors.Join(err, f.Close()))
}

// TestRefusedAtTheStart: what is not the ledger that was here is not used, and not touched.
func TestRefusedAtTheStart(t *testing.T) {
	garbage := bytes.Repeat([]byte("garbage "), 8192)
	tests := []struct {
		name, detail string
		spoil        func(t *testing.T, path string)
	}{
		{"gone", gone, func(t *testing.T, path string) { must(t, os.Remove(path)) }},
		{"empty", empty, func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }},
		{"cut to less than a page", damaged, func(t *testing.T, path string) { must(t, os.Truncate(path, 100)) }},
		{"cut to its roots", damaged, func(t *testing.T, path string) { must(t, os.Truncate(path, int64(2*os.Getpagesize()))) }},
		{"cut by half", damaged, func(t *testing.T, path string) { must(t, os.Truncate(path, int64(len(read(t, path))/8192*4096))) }},
		{"garbage", damaged, func(t *testing.T, path string) { must(t, os.WriteFile(path, garbage, 0o600)) }},
		{"zeros", damaged, func(t *testing.T, path string) { must(t, os.WriteFile(path, make([]byte, 65536), 0o600)) }},
		{"text", damaged, func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("orders\n"), 0o600)) }},
		{"the first root overwritten", damaged, func(t *testing.T, path string) { overwrite(t, path, 16, garbage[:64]) }},
		{"the other root overwritten", damaged, func(t *testing.T, path string) { overwrite(t, path, int64(os.Getpagesize())+16, garbage[:64]) }},
		{"pages overwritten", damaged, func(t *testing.T, path string) {
			overwrite(t, path, int64(2*os.Getpagesize()), garbage[:4*os.Getpagesize()])
		}},
		{"a letter altered", damaged, func(t *testing.T, path string) {
			at := bytes.Index(read(t, path), []byte("12345678901234567890"))
			overwrite(t, path, int64(at), []byte("9"))
		}},
		{"a bbolt file of others", damaged, func(t *testing.T, path string) { must(t, errors.Join(os.Remove(path), foreignFile(path))) }},
		{"another ledger", foreign, func(t *testing.T, path string) { must(t, os.Rename(filled(t, 1), path)) }},
		{"a folder", unreadable, func(t *testing.T, path string) { must(t, errors.Join(os.Remove(path), os.Mkdir(path, 0o700))) }},
		{"no .id", nameless, func(t *testing.T, path string) { must(t, os.Remove(path+".id")) }},
		{"another .id", foreign, func(t *testing.T, path string) {
			must(t, os.WriteFile(path+".id", []byte("0123456789abcdef0123456789abcdef\n"), 0o600))
		}},
		{"an empty .id", foreign, func(t *testing.T, path string) { must(t, os.Truncate(path+".id", 0)) }},
		{"a folder as .id", unreadable, func(t *testing.T, path string) {
			must(t, errors.Join(os.Remove(path+".id"), os.Mkdir(path+".id", 0o700)))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filled(t, 40)
			tt.spoil(t, path)
			before, _ := os.ReadFile(path) //nolint:gosec // of a test
			refuses(t, open(t, "file:"+path), tt.detail)
			after, _ := os.ReadFile(path) //nolint:gosec // of a test
			if !bytes.Equal(before, after) {
				t.Error("the file was touched")
			}
		})
	}
}

// foreignFile makes a bbolt file that is not ours.
func foreignFile(path string) error {
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("orders"))
		if err != nil {
			return err
		}
		_, err = b.CreateBucket([]byte("nested"))
		return err
	})
	return errors.Join(err, db.Close())
}

// TestRefusedMeanwhile: the file is spoilt while it is open. Nothing is
// acknowledged then, and put back it is used again.
func TestRefusedMeanwhile(t *testing.T) {
	tests := []struct {
		name, detail string
		then         error // why it is refused when it is tried again
		spoil        func(t *testing.T, path string)
	}{
		{"moved away", gone, errMissing, func(*testing.T, string) {}},
		{"its folder moved away", gone, errMissing, func(t *testing.T, path string) {
			must(t, os.Rename(filepath.Dir(path), filepath.Dir(path)+".away"))
		}},
		{"a copy in its place", foreign, errOlder, func(t *testing.T, path string) {
			must(t, os.WriteFile(path, read(t, path+".old"), 0o600))
		}},
		{"another ledger in its place", foreign, errOther, func(t *testing.T, path string) { must(t, os.Rename(filled(t, 1), path)) }},
		{"a bbolt file of others in its place", foreign, errForeign, func(t *testing.T, path string) { must(t, foreignFile(path)) }},
		{"an empty file in its place", foreign, errEmpty, func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := newFile(t)
			path := strings.TrimPrefix(url, "file:")
			l := open(t, url)
			mustCreate(t, l, record(1))
			must(t, os.WriteFile(path+".old", read(t, path), 0o600))
			second := mustCreate(t, l, record(2))
			if !strings.Contains(tt.name, "folder") {
				must(t, os.Rename(path, path+".away"))
			}
			tt.spoil(t, path)
			refuses(t, l, tt.detail)
			eventually(t, "trying again", func() error {
				if err := l.Health(t.Context()); !errors.Is(err, tt.then) {
					return fmt.Errorf("health is %w, want %w", err, tt.then)
				}
				return nil
			})
			if strings.Contains(tt.name, "folder") {
				if _, err := os.Stat(filepath.Dir(path)); err == nil {
					t.Error("a new folder was made")
				}
				must(t, os.Rename(filepath.Dir(path)+".away", filepath.Dir(path)))
			} else {
				must(t, errors.Join(os.RemoveAll(path), os.Rename(path+".away", path)))
			}
			eventually(t, "put back", func() error { return l.Health(t.Context()) })
			has(t, l, second)
			mustCreate(t, l, record(3))
		})
	}
}

// TestShrunk: with fewer pages than it had, what bbolt has mapped is not there.
func TestShrunk(t *testing.T) {
	for name, size := range map[string]int64{"to nothing": 0, "to its roots": 8192, "by a page": -4096} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newFile(t)
			path := strings.TrimPrefix(url, "file:")
			l := open(t, url)
			mustCreate(t, l, record(1))
			if size < 0 {
				size += int64(len(read(t, path)))
			}
			must(t, os.Truncate(path, size))
			_, err := l.Create(t.Context(), record(2))
			is(t, err, orders.Unrecorded)
			_, err = l.Get(t.Context(), orders.Ref{ID: id(1)})
			is(t, err, orders.Unrecorded)
		})
	}
}

// TestShrunkInTheMiddle: the pages go while they are being read.
func TestShrunkInTheMiddle(t *testing.T) {
	url := newFile(t)
	l := open(t, url)
	for n := range 20 {
		mustCreate(t, l, record(n))
	}
	err := l.store.(*file).use(t.Context(), 1, func(h *handle) error {
		must(t, os.Truncate(strings.TrimPrefix(url, "file:"), int64(2*os.Getpagesize())))
		return h.db.View(func(tx *bolt.Tx) error {
			_, err := readOrder(tx, []byte(id(1)))
			return err
		})
	})
	if !errors.Is(err, errCrash) {
		t.Errorf("err = %v, want that bbolt failed", err)
	}
}

// TestDamagedMeanwhile: bbolt panics on such pages.
func TestDamagedMeanwhile(t *testing.T) {
	url := newFile(t)
	path := strings.TrimPrefix(url, "file:")
	l := open(t, url)
	for n := range 20 {
		mustCreate(t, l, record(n+1))
	}
	whole := read(t, path)
	overwrite(t, path, 8192, make([]byte, len(whole)-8192))
	refuses(t, l, damaged)
	must(t, os.WriteFile(path, whole, 0o600))
	eventually(t, "mended", func() error { return l.Health(t.Context()) })
	has(t, l, mustGet(t, l, id(20)))
}

func TestFirstStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "orders.db")
	l := open(t, "file:"+path)
	must(t, l.Health(t.Context()))
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".id": 0o600, filepath.Dir(path): os.ModeDir | 0o700} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 {
		t.Errorf("beside it there is %v (%v)", entries, err)
	}
	if !l.Sole() {
		t.Error("others may use the file")
	}
}

// TestFirstStartBroken: a first start that was killed in the middle does not need mending.
func TestFirstStartBroken(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, path string)
	}{
		{"before the first page", func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }},
		{"before the .id", func(*testing.T, string) {}},
		{"with nothing but a folder", func(t *testing.T, path string) { must(t, os.Remove(path)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filled(t, 0)
			must(t, os.Remove(path+".id"))
			tt.spoil(t, path)
			l := open(t, "file:"+path)
			r := mustCreate(t, l, record(1))
			must(t, l.Close())
			has(t, open(t, "file:"+path), r)
		})
	}
}

func TestSecondProcess(t *testing.T) {
	url := newFile(t)
	c := spawn(t, "hold", url)
	if got := c.line(); got != "opened: <nil>" {
		t.Fatalf("the first process says %q", got)
	}
	began := time.Now()
	l := open(t, url)
	if took := time.Since(began); took > lockWait/2 {
		t.Errorf("Open took %v", took)
	}
	refuses(t, l, inUse)
	began = time.Now()
	for range 100 {
		if err := l.Health(t.Context()); err == nil {
			t.Fatal("it can be used by two")
		}
	}
	if took := time.Since(began); took > 10*lockWait {
		t.Errorf("100 requests took %v", took)
	}
	must(t, c.Process.Kill())
	eventually(t, "after the first process", func() error { return l.Health(t.Context()) })
	mustCreate(t, l, record(1))
}

// TestLog: a trouble is logged when it comes, and when it goes, not with every request.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	path := filled(t, 1)
	must(t, os.Rename(path, path+".away"))
	l, err := Open(Options{URL: "file:" + path, Log: zerolog.New(&log)})
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	for range 5 {
		refuses(t, l, gone)
	}
	must(t, os.Rename(path+".away", path))
	eventually(t, "put back", func() error { return l.Health(t.Context()) })
	must(t, l.Health(t.Context()))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], errMissing.Error()) || !strings.Contains(lines[1], "again") {
		t.Errorf("logged:\n%s", log.String())
	}
}
