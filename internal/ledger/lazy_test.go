package ledger

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errOpen = errors.New("not now")

// opener opens in a second, and fails while bad.
type opener struct {
	bad   bool
	calls int
}

func (o *opener) open() (int, error) {
	o.calls++
	calls, bad := o.calls, o.bad
	time.Sleep(time.Second)
	if bad {
		return 0, errOpen
	}
	return calls, nil
}

func TestLazyDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &opener{bad: true}
		began := time.Now()
		took := func(want time.Duration) {
			t.Helper()
			if got := time.Since(began); got != want {
				t.Errorf("it took %v, want %v", got, want)
			}
			began = time.Now()
		}
		l := newLazy(o.open)
		took(0)
		// All wait for the first attempt, and only for that.
		errs := make(chan error)
		for range 10 {
			go func() {
				_, err := l.get(t.Context())
				errs <- err
			}()
		}
		for range 10 {
			if err := <-errs; !errors.Is(err, errOpen) {
				t.Errorf("err = %v", err)
			}
		}
		took(time.Second)
		_, err := l.get(t.Context())
		if took(0); err == nil || o.calls != 1 {
			t.Errorf("after %d attempts: %v", o.calls, err)
		}
		// A second later one tries again; who comes meanwhile hears of the last failure.
		time.Sleep(pause)
		began = time.Now()
		o.bad = false
		go func() {
			_, err := l.get(t.Context())
			errs <- err
		}()
		synctest.Wait()
		if _, err := l.get(t.Context()); !errors.Is(err, errOpen) {
			t.Errorf("meanwhile: %v, want the last failure", err)
		}
		took(0)
		if err := <-errs; err != nil {
			t.Errorf("again: %v", err)
		}
		took(time.Second)
		it, err := l.get(t.Context())
		if took(0); it != 2 || err != nil || o.calls != 2 {
			t.Errorf("got %d, %v after %d attempts, want the second", it, err, o.calls)
		}
	})
}

func TestLazyLoses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &opener{}
		l := newLazy(o.open)
		if it, err := l.get(t.Context()); it != 1 || err != nil {
			t.Fatalf("got %d, %v", it, err)
		}
		lost := errors.New("lost")
		if l.lose(7, lost) {
			t.Error("what it never had was lost")
		}
		if !l.lose(1, lost) || l.lose(1, lost) {
			t.Error("it must be lost once")
		}
		if _, err := l.get(t.Context()); !errors.Is(err, lost) || o.calls != 1 {
			t.Errorf("err = %v, want why it was lost", err)
		}
		time.Sleep(pause)
		if it, err := l.get(t.Context()); it != 2 || err != nil {
			t.Errorf("later: %d, %v", it, err)
		}
	})
}

func TestLazyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &opener{}
		l := newLazy(o.open)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := l.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want that of the context", err)
		}
		if it, opened := l.close(); it != 1 || !opened {
			t.Errorf("close returned %d, %v, want what was being opened", it, opened)
		}
		time.Sleep(2 * pause)
		if _, err := l.get(t.Context()); !errors.Is(err, errClosed) || o.calls != 1 {
			t.Errorf("after close: %v, %d attempts", err, o.calls)
		}
		if _, opened := l.close(); opened {
			t.Error("it was closed twice")
		}
	})
}
