//go:build unix

package ledger

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/deskpool/deskpool/internal/orders"
)

// TestFullDisk fills up the room that a process has for its file.
func TestFullDisk(t *testing.T) {
	url := newFile(t)
	c := spawn(t, "cramped", url)
	var lines []string
	for line := c.line(); line != ""; line = c.line() {
		lines = append(lines, line)
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
	}
	var kept int
	if _, err := fmt.Sscanf(lines[len(lines)-1], "kept %d", &kept); err != nil || kept < 3 {
		t.Fatalf("it says %q (%v)", lines, err)
	}
	l := open(t, url)
	if ids, _ := listed(t, l, orders.Query{Limit: 1000}); len(ids) != kept {
		t.Errorf("the ledger has %d orders, it was told of %d", len(ids), kept)
	}
}

// writeCramped keeps orders until there is no room any more, and some after there is again.
func writeCramped(url string) int {
	fail := func(why string, err error) int {
		fmt.Println(why, err)
		return 1
	}
	ctx := context.Background()
	l := childLedger(url)
	if err := l.Health(ctx); err != nil {
		return fail("at first", err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	var room syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return fail("getrlimit", err)
	}
	unlimited := room.Cur
	room.Cur = 256 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return fail("setrlimit", err)
	}
	kept := 0
	var err error
	for err == nil && kept < 10_000 {
		if _, err = l.Create(ctx, record(kept+1)); err == nil {
			kept++
		}
	}
	if !errors.Is(err, orders.Unrecorded) {
		return fail("without room", err)
	}
	if _, err := l.Get(ctx, orders.Ref{ID: id(kept)}); err != nil {
		return fail("reading without room", err)
	}
	if _, err := l.Get(ctx, orders.Ref{ID: id(kept + 1)}); err == nil {
		return fail("what was not kept is there", nil)
	}
	room.Cur = unlimited
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return fail("setrlimit", err)
	}
	if err := l.Health(ctx); err != nil {
		return fail("with room again", err)
	}
	if _, err := l.Create(ctx, record(kept+1)); err != nil {
		return fail("with room again", err)
	}
	if err := l.Close(); err != nil {
		return fail("close", err)
	}
	fmt.Println("kept", kept+1)
	return 0
}
