package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sync/semaphore"
)

// readers is how many may read a file at once. A write takes all places: a
// reader must not see what is written and not yet safe.
const readers = 64

var (
	errCrash  = errors.New("bbolt panicked")
	errGone   = errors.New("there is no file any more at its path")
	errMoved  = errors.New("another file is at its path")
	errShrunk = errors.New("it is smaller than it was")
)

// file is a store in a bbolt file, for one process.
type file struct {
	path string
	lazy *lazy[*handle]

	// Of the ledger that this process has had open, for opening it again.
	id     string // empty: none
	newest atomic.Uint64
	// closing is closed when what was lost has been let go.
	closing chan struct{}
}

// handle is a file while it is open.
type handle struct {
	db    *bolt.DB
	f     *os.File // db's
	turns *semaphore.Weighted
	size  atomic.Int64          // the most that it was; such a file never shrinks
	lost  atomic.Pointer[error] // why it is of no use any more
}

func openFile(path string) *file {
	s := &file{path: path}
	s.lazy = newLazy(s.open)
	return s
}

func (s *file) close() error {
	h, opened := s.lazy.close()
	if !opened {
		return nil
	}
	return h.db.Close()
}

func (s *file) probe(ctx context.Context, write bool) error {
	if !write {
		return s.read(ctx, func(*bolt.Tx) error { return nil })
	}
	return s.write(ctx, func(w *change) error { return w.touch() })
}

// read gives look what is safe on the disk.
func (s *file) read(ctx context.Context, look func(*bolt.Tx) error) error {
	return s.use(ctx, 1, func(h *handle) error { return h.db.View(look) })
}

// write commits what do changes, unless it fails.
func (s *file) write(ctx context.Context, do func(*change) error) error {
	return s.use(ctx, readers, func(h *handle) error {
		done, version := false, uint64(0)
		err := h.db.Update(func(tx *bolt.Tx) error {
			w := newChange(tx)
			if err := do(w); err != nil {
				return err
			}
			if err := w.seal(); err != nil {
				return err
			}
			done, version = true, uint64(tx.ID()) //nolint:gosec // it is never negative
			return s.same(h)
		})
		var t *trouble
		switch {
		case !done || errors.As(err, &t):
			return err
		case err != nil:
			// The change may have been made, where readers see it: then it must be safe.
			if unsafe := h.f.Sync(); unsafe != nil {
				return s.lose(h, &trouble{unknown, errors.Join(err, unsafe)})
			}
			return &trouble{unknown, err}
		}
		s.newest.Store(version)
		return s.same(h)
	})
}

// use lets do use the file, if it is still the one at its path.
func (s *file) use(ctx context.Context, places int64, do func(*handle) error) error {
	h, err := s.lazy.get(ctx)
	if err != nil {
		return err
	}
	if err := h.turns.Acquire(ctx, places); err != nil {
		return &trouble{late, err}
	}
	defer h.turns.Release(places)
	if lost := h.lost.Load(); lost != nil {
		return *lost
	}
	if err := s.same(h); err != nil {
		return err
	}
	err = shielded(func() error { return do(h) })
	if errors.Is(err, errCrash) || errors.Is(err, berrors.ErrInvalidMapping) || errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return s.lose(h, err)
	}
	return err
}

// shielded makes an error of what bbolt does with a damaged file: it panics,
// or reads memory that is not there.
func shielded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &trouble{damaged, fmt.Errorf("%w: %v", errCrash, p)}
		}
	}()
	return do()
}

// same loses the file if it is not the one at its path any more: what would be
// written then, nobody would find.
func (s *file) same(h *handle) error {
	open, err := h.f.Stat()
	if err != nil {
		return s.lose(h, &trouble{unusable, err})
	}
	there, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.lose(h, &trouble{gone, errGone})
	case err != nil:
		return s.lose(h, &trouble{unreadable, err})
	case !os.SameFile(open, there):
		return s.lose(h, &trouble{foreign, errMoved})
	case open.Size() == 0:
		return s.lose(h, &trouble{empty, errShrunk})
	case open.Size() < h.size.Load():
		return s.lose(h, &trouble{damaged, errShrunk})
	}
	h.size.Store(open.Size())
	return nil
}

// lose gives up a handle because of err, which it returns.
func (s *file) lose(h *handle, err error) error {
	if !h.lost.CompareAndSwap(nil, &err) {
		return err
	}
	closing := make(chan struct{})
	s.closing = closing
	s.lazy.lose(h, err)
	go func() {
		defer close(closing)
		if errors.Is(err, errCrash) {
			// After a panic bbolt may hold its own locks for ever. Its map of the
			// file is left behind; the file and its lock are let go.
			_ = errors.Join(unlock(h.f), h.f.Close())
			return
		}
		_ = h.db.Close()
	}()
	return err
}
