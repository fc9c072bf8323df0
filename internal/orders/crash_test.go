package orders

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

var errPower = errors.New("power cut")

// TestEveryCrash lets a process die at every step of an order, before and
// after each commit and each send, and starts another one over the same
// ledger, which the caller asks again with the same key.
func TestEveryCrash(t *testing.T) {
	for calls := 1; calls <= 2; calls++ {
		for _, taken := range []bool{true, false} { // whether what is cut off at the send still reaches the cloud
			for step := 1; ; step++ {
				died := false
				t.Run(fmt.Sprintf("%d calls, taken %t, step %d", calls, taken, step), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { died = crash(t, calls, step, taken) })
				})
				if !died {
					if step < 4*calls+1 {
						t.Fatalf("an order of %d calls has only %d steps", calls, step)
					}
					break
				}
			}
		}
	}
}

// crash tells whether there was such a step.
func crash(t *testing.T, calls, step int, taken bool) (died bool) {
	cloud, l := &shop{calls: calls}, newNotebook()
	var mu sync.Mutex
	n := 0
	// tick ends the process, with all its goroutines, at the step.
	tick := func(Record) error {
		mu.Lock()
		defer mu.Unlock()
		if n++; n == step {
			died = true
		}
		if died {
			return errPower
		}
		return nil
	}
	l.before, l.after = tick, tick
	cloud.send = func(_ int, book func() pool.CloudOrder) pool.Sent {
		if tick(Record{}) != nil && !taken {
			runtime.Goexit()
		}
		o := book()
		if tick(Record{}) != nil {
			runtime.Goexit()
		}
		return placed(o)
	}
	one, s := desk(t, l, cloud)
	go func() {
		_, _, _ = one.Place(t.Context(), s, volume("k1", "p1", 10)) // what it says, nobody hears
	}()
	time.Sleep(45 * time.Second) // it has tried all it can
	l.mu.Lock()
	l.before, l.after = nil, nil
	l.mu.Unlock()
	cloud.mu.Lock()
	sent := cloud.sends
	cloud.send = nil
	cloud.mu.Unlock()
	mu.Lock()
	defer mu.Unlock()
	two, s := desk(t, l, cloud)
	two.o.Pace = Pace{First: time.Second, Most: 2 * time.Second, Expiry: 70 * time.Second, GiveUp: time.Hour}
	running(t, two)
	for range 45 { // the caller comes back again and again
		_, _, err := two.Place(t.Context(), s, volume("k1", "p1", 10))
		if err != nil && !errors.Is(err, InProgress) {
			t.Fatalf("the key again: %v", err)
		}
		time.Sleep(time.Second)
	}
	rec := l.only(t)
	cloud.mu.Lock()
	defer cloud.mu.Unlock()
	placedItems, known := 0, 0
	for _, i := range rec.Items {
		known += len(i.Orders)
		if i.State == itemPlaced {
			placedItems++
		}
	}
	if !rec.State.Final() || placedItems != len(cloud.booked) || known != len(cloud.booked) {
		t.Errorf("the order is %s with %d calls placed and %d orders known, the cloud has %d", rec.State, placedItems, known, len(cloud.booked))
	}
	if len(cloud.booked) > calls {
		t.Errorf("%d orders of %d calls", len(cloud.booked), calls)
	}
	if died && sent > 0 && cloud.sends != sent {
		t.Errorf("%d sends before the crash, %d after it", sent, cloud.sends-sent)
	}
	return died
}
