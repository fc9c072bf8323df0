//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package ledger

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lock takes the lock of f that bbolt takes afterwards, within wait: the file
// must not change between being verified and being used.
func lock(f *os.File, wait time.Duration) error {
	const again = 50 * time.Millisecond
	for deadline := time.Now().Add(wait); ; time.Sleep(again) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) //nolint:gosec // a descriptor is an int
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return &trouble{unreadable, err}
		case time.Now().After(deadline.Add(-again)):
			return &trouble{inUse, errLocked}
		}
	}
}

func unlock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) //nolint:gosec // a descriptor is an int
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the path is the operator's
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
