package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/semaphore"
)

// lockWait is how long another process may take to let go of a file.
const lockWait = time.Second

var (
	idPattern  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	errLocked  = errors.New("another process holds its lock")
	errStuck   = errors.New("requests that read it have not ended")
	errEmpty   = errors.New("it has 0 bytes, and an .id file beside it: put the ledger back, or delete both to begin a new one")
	errMissing = errors.New("there is no file, but an .id file of it: put the ledger back, or delete the .id file to begin a new one")
	errNotFile = errors.New("it is not a regular file")
	errBadID   = errors.New("its .id file does not hold 32 hexadecimal digits")
	errOther   = errors.New("it is another ledger than its .id file names")
	errChanged = errors.New("it is another ledger than the one before")
	errOlder   = errors.New("it is older than it was: a copy was put in its place")
)

// opening is one attempt to open a file.
type opening struct {
	s      *file
	want   string // the id in the .id file; empty if there is no such file
	f      *os.File
	fresh  bool // the file has just been made
	holds  contents
	create bool
}

// open opens the file, and makes it at the first start: when there is neither
// a file nor an .id of one. Two processes never have it open.
func (s *file) open() (*handle, error) {
	if err := s.released(); err != nil {
		return nil, err
	}
	want, err := readID(s.path)
	if err != nil {
		return nil, err
	}
	o := &opening{s: s, want: want, create: want == "" && s.id == ""}
	if o.create {
		if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
			return nil, &trouble{unreadable, err}
		}
	}
	var h *handle
	err = shielded(func() error {
		h, err = o.handle()
		return err
	})
	return h, err
}

// released waits until the file that was lost before has been closed.
func (s *file) released() error {
	if s.closing == nil {
		return nil
	}
	select {
	case <-s.closing:
		return nil
	case <-time.After(lockWait):
		return &trouble{unusable, errStuck}
	}
}

func (o *opening) handle() (*handle, error) {
	db, err := bolt.Open(o.s.path, 0o600, &bolt.Options{Timeout: lockWait, OpenFile: o.file})
	var t *trouble
	switch {
	case errors.As(err, &t):
		return nil, err
	case err != nil:
		return nil, &trouble{unreadable, err}
	}
	h := &handle{db: db, f: o.f, turns: semaphore.NewWeighted(readers)}
	if err := o.admit(h); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

// file opens, locks and reads the file, before bbolt does.
func (o *opening) file(path string, flag int, mode os.FileMode) (*os.File, error) {
	if !o.create {
		flag &^= os.O_CREATE
	}
	f, err := os.OpenFile(path, flag, mode) //nolint:gosec // the path is the operator's
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &trouble{gone, errMissing}
	case err != nil:
		return nil, &trouble{unreadable, err}
	}
	if err := o.examine(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	o.f = f
	return f, nil
}

// examine refuses a file that is not the ledger that is expected here.
func (o *opening) examine(f *os.File) error {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return &trouble{unreadable, errors.Join(errNotFile, err)}
	}
	if err := lock(f, lockWait); err != nil {
		return err
	}
	// Who had the lock may have made the file, and its .id.
	want, err := readID(o.s.path)
	if err != nil {
		return err
	}
	o.want = want
	// What another process wrote last may not be safe yet.
	if err := f.Sync(); err != nil {
		return &trouble{unreadable, err}
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return &trouble{unreadable, err}
	case info.Size() == 0 && (o.want != "" || !o.create):
		return &trouble{empty, errEmpty}
	case info.Size() == 0:
		o.fresh = true
		return nil
	}
	o.holds, err = verify(f, info.Size())
	if err != nil {
		return err
	}
	return o.identify()
}

// identify compares the ledger in the file with the one that is expected.
func (o *opening) identify() error {
	id := o.holds.id
	switch {
	case o.want == "" && o.holds.orders > 0:
		return &trouble{nameless, fmt.Errorf("if it is the right ledger, write %s into its .id file", id)}
	case o.want != "" && o.want != id:
		return &trouble{foreign, errOther}
	case o.s.id != "" && o.s.id != id:
		return &trouble{foreign, errChanged}
	case o.holds.version < o.s.newest.Load():
		return &trouble{foreign, errOlder}
	}
	return nil
}

// admit makes what a new ledger lacks, and takes note of the ledger.
func (o *opening) admit(h *handle) error {
	id := o.holds.id
	if o.fresh {
		id = newID()
		if err := h.db.Update(func(tx *bolt.Tx) error { return found(tx, id) }); err != nil {
			return &trouble{unreadable, err}
		}
	}
	if o.want == "" {
		if err := writeID(o.s.path, id); err != nil {
			return &trouble{unreadable, err}
		}
	}
	o.s.id = id
	return o.s.same(h)
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// readID returns the id in the .id file beside path; empty if there is no such file.
func readID(path string) (string, error) {
	text, err := os.ReadFile(path + ".id") //nolint:gosec // the path is the operator's
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", &trouble{unreadable, err}
	}
	id := strings.TrimSpace(string(text))
	if !idPattern.MatchString(id) {
		return "", &trouble{foreign, errBadID}
	}
	return id, nil
}

// writeID makes the .id file beside path, whole or not at all, and sees to it
// that both files are found after a power failure.
func writeID(path, id string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".id-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(id + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path+".id")
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	// The folders above may be new, too; those that are not ours need not be.
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		_ = syncDir(dir)
	}
	return nil
}
