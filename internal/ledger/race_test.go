package ledger

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/orders"
)

// at32 runs 32 goroutines at once, over both ledgers, and returns what each got.
func at32(l [2]*Ledger, do func(l *Ledger, n int) (orders.Record, error)) (records [32]orders.Record, errs [32]error) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for n := range 32 {
		wg.Go(func() {
			<-begin
			records[n], errs[n] = do(l[n%2], n)
		})
	}
	close(begin)
	wg.Wait()
	return records, errs
}

// won returns the one record that came without an error.
func won(t testing.TB, records [32]orders.Record, errs [32]error, others error) orders.Record {
	t.Helper()
	winner, wins := orders.Record{}, 0
	for n, err := range errs {
		switch {
		case err == nil:
			winner = records[n]
			wins++
		case !errors.Is(err, others):
			t.Errorf("err = %v, want %v", err, others)
		}
	}
	if wins != 1 {
		t.Fatalf("%d won, want one", wins)
	}
	return winner
}

func testRaces(t *testing.T, l [2]*Ledger) {
	t.Run("one key", func(t *testing.T) {
		records, errs := at32(l, func(l *Ledger, n int) (orders.Record, error) {
			return l.Create(t.Context(), record(n, key("one")))
		})
		winner := won(t, records, errs, orders.KeyTaken)
		for _, r := range records {
			if diff := cmp.Diff(winner, r); diff != "" {
				t.Fatalf("another record (-want +got):\n%s", diff)
			}
		}
		has(t, l[0], winner)
		if ids, more := listed(t, l[1], orders.Query{Limit: 10}); len(ids) != 1 || more {
			t.Errorf("the ledger has %v", ids)
		}
	})
	t.Run("one pool", func(t *testing.T) {
		records, errs := at32(l, func(l *Ledger, n int) (orders.Record, error) {
			// Every two have one pool of three in common, asked for in different orders.
			mine := pools("common", fmt.Sprintf("a-%d", n%3))
			if n%2 == 0 {
				mine = pools(fmt.Sprintf("z-%d", n%3), "common")
			}
			return l.Create(t.Context(), record(100+n, mine))
		})
		winner := won(t, records, errs, orders.PoolTaken)
		for _, r := range records {
			if r.ID != winner.ID {
				t.Fatalf("the holder is %s, not %s", r.ID, winner.ID)
			}
		}
	})
	t.Run("one version", func(t *testing.T) {
		r := mustCreate(t, l[0], record(200))
		records, errs := at32(l, func(l *Ledger, n int) (orders.Record, error) {
			mine := r
			mine.State, mine.RequestID = orders.Sending, fmt.Sprint(n)
			return l.Change(t.Context(), mine)
		})
		has(t, l[1], won(t, records, errs, orders.Changed))
	})
	t.Run("reserved again", func(t *testing.T) {
		var given [32]orders.Record
		for n := range given {
			given[n] = mustCreate(t, l[0], record(300+n, pools("again"), state(orders.NotSent)))
		}
		records, errs := at32(l, func(l *Ledger, n int) (orders.Record, error) {
			mine := given[n]
			mine.State = orders.Reserved
			return l.Change(t.Context(), mine)
		})
		won(t, records, errs, orders.PoolTaken)
	})
	t.Run("taken and released", func(t *testing.T) { testTurns(t, l) })
}

// testTurns: many take the same two pools in turns, and never two at a time.
func testTurns(t *testing.T, l [2]*Ledger) {
	var holder sync.Mutex
	_, errs := at32(l, func(l *Ledger, n int) (orders.Record, error) {
		for round := range 5 {
			r, err := l.Create(t.Context(), record(1000+10*n+round, pools("left", "right")))
			if errors.Is(err, orders.PoolTaken) {
				continue
			}
			if err != nil {
				return r, err
			}
			if !holder.TryLock() {
				return r, errors.New("two hold one pool")
			}
			r.State = orders.Placed
			holder.Unlock()
			if _, err = l.Change(t.Context(), r); err != nil {
				return r, err
			}
		}
		return orders.Record{}, nil
	})
	if err := errors.Join(errs[:]...); err != nil {
		t.Error(err)
	}
}
