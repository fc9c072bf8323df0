package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
)

// TestKilled kills a process in the middle of its work: what it had been told
// is kept, and what it had not is kept whole or not at all.
func TestKilled(t *testing.T) {
	for name, create := range kinds() {
		t.Run(name, func(t *testing.T) {
			for round := range 3 {
				killed(t, create(t), time.Duration(round)*700*time.Microsecond)
			}
		})
	}
}

func killed(t *testing.T, url string, later time.Duration) {
	c := spawn(t, "write", url)
	versions := map[int]int64{}
	note := func(line string) {
		var n int
		var version int64
		if _, err := fmt.Sscan(line, &n, &version); err == nil {
			versions[n] = version
		}
	}
	for range 40 {
		note(c.line())
	}
	<-time.After(later) // so that it dies at another step each time
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for line := c.line(); line != ""; line = c.line() {
		note(line)
	}
	_ = c.Wait()

	l := open(t, url)
	if len(versions) < 20 {
		t.Fatalf("it kept %d orders before it was killed, want 20", len(versions))
	}
	for n, version := range versions {
		r := mustGet(t, l, id(n))
		want := map[int64]orders.State{1: orders.Reserved, 2: orders.Sending}[r.Version]
		if r.Version < version || r.Version > version+1 || r.State != want {
			t.Errorf("order %d is %s, version %d; it was told version %d", n, r.State, r.Version, version)
		}
	}
	records, _, err := l.List(t.Context(), orders.Query{Limit: 1000})
	if err != nil || len(records) > len(versions)+1 {
		t.Errorf("%d orders, %v; it was told of %d", len(records), err, len(versions))
	}
	// Nothing is left behind that is in the way.
	if next := mustCreate(t, l, record(999)); next.Version != 1 {
		t.Errorf("version = %d", next.Version)
	}
}
