//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package ledger

import (
	"os"
	"time"
)

// lock leaves locking to bbolt.
func lock(*os.File, time.Duration) error { return nil }

// unlock leaves it to the end of the process.
func unlock(*os.File) error { return nil }

// syncDir does nothing: folders cannot be synced here.
func syncDir(string) error { return nil }
