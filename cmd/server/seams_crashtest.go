//go:build crashtest

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
)

// The environment of the build for the crash tests.
const (
	// crashVariable is "<point>@<key>" or "<point>:<n>@<key>": when the process comes to that point of the
	// order of that Idempotency-Key, for the n-th time, it kills itself. The points, in the order of an order:
	//
	//	reserve, sending, outcome     a commit by who places it, followed by .before or .after
	//	abandon, look, verdict        a commit by who finds it, likewise
	//	dial.before, dial.after       the connection of the order itself
	//	write.before .half .after     its request, on that connection
	//	read.before .first .after     the answer; .before: some of it is there, and none is read
	crashVariable = "DESKPOOL_CRASH"
	// paceVariable is five durations with commas between them: those of orders.Pace, and for how long at
	// most a process holds an order that it places or looks up before another one may.
	paceVariable = "DESKPOOL_CRASH_PACE"
)

// newSeams panics if the environment makes no sense.
func newSeams(getenv func(string) string) seams {
	s, c, hold := noSeams(), &crash{}, time.Duration(0)
	if text := getenv(paceVariable); text != "" {
		s.pace, hold = readPace(text)
		go endWith(os.Getppid())
	}
	if text := getenv(crashVariable); text != "" {
		c = readCrash(text)
		s.dial = c.dial
	}
	s.ledger = func(l orders.Ledger) orders.Ledger { return &crashLedger{Ledger: l, crash: c, hold: hold} }
	return s
}

// endWith ends the process when its parent, a test, is gone.
func endWith(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	os.Exit(exitFailed)
}

func readPace(text string) (orders.Pace, time.Duration) {
	var d [5]time.Duration
	parts := strings.Split(text, ",")
	if len(parts) != len(d) {
		panic(paceVariable + ": want five durations")
	}
	for i, part := range parts {
		var err error
		if d[i], err = time.ParseDuration(part); err != nil {
			panic(fmt.Errorf("%s: %w", paceVariable, err))
		}
	}
	return orders.Pace{First: d[0], Most: d[1], Expiry: d[2], GiveUp: d[3]}, d[4]
}

func readCrash(text string) *crash {
	point, key, ok := strings.Cut(text, "@")
	point, times, counted := strings.Cut(point, ":")
	n := 1
	if counted {
		var err error
		n, err = strconv.Atoi(times)
		ok = ok && err == nil
	}
	if !ok {
		panic(crashVariable + ": want <point>[:<n>]@<key>")
	}
	c := &crash{point: point, key: key}
	c.left.Store(int64(n))
	return c
}

// crash is where the process is to end. The zero value is nowhere.
type crash struct {
	point, key string
	left       atomic.Int64 // times to come there
	held       atomic.Bool  // this process has reserved the order
	placing    atomic.Bool  // and has not kept its outcome yet: what is dialed now is for it
}

// at ends the process if this is the point.
func (c *crash) at(point string) {
	if point != c.point || c.left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until it has
}

// crashLedger ends the process before or after a commit.
type crashLedger struct {
	orders.Ledger
	crash *crash
	hold  time.Duration // 0: as it is
}

// Create implements orders.Ledger.
func (l *crashLedger) Create(ctx context.Context, r orders.Record) (orders.Record, error) {
	return l.commit(ctx, r, l.Ledger.Create)
}

// Change implements orders.Ledger.
func (l *crashLedger) Change(ctx context.Context, r orders.Record) (orders.Record, error) {
	return l.commit(ctx, r, l.Ledger.Change)
}

func (l *crashLedger) commit(
	ctx context.Context, r orders.Record, write func(context.Context, orders.Record) (orders.Record, error),
) (orders.Record, error) {
	l.hurry(&r)
	if r.Key != l.crash.key {
		return write(ctx, r)
	}
	step := l.crash.step(r)
	if step == "outcome" {
		l.crash.placing.Store(false)
	}
	l.crash.at(step + ".before")
	kept, err := write(ctx, r)
	if err != nil {
		return kept, err
	}
	if step == "reserve" {
		l.crash.held.Store(true)
		l.crash.placing.Store(true)
	}
	l.crash.at(step + ".after")
	return kept, nil
}

// step names the commit of a record.
func (c *crash) step(r orders.Record) string {
	switch {
	case r.State == orders.Reserved:
		return "reserve"
	case r.State == orders.Sending:
		return "sending"
	case r.State == orders.Unknown && r.Looks > 0:
		return "look"
	case len(r.History) > 1 && r.History[len(r.History)-2].State == orders.Unknown:
		return "verdict"
	case c.held.Load():
		return "outcome"
	}
	return "abandon"
}

// hurry shortens how long others must leave an order alone.
func (l *crashLedger) hurry(r *orders.Record) {
	if l.hold == 0 {
		return
	}
	latest := time.Now().UTC().Add(l.hold).Truncate(time.Millisecond)
	for _, at := range []*time.Time{&r.LeaseUntil, &r.NextLook} {
		if at.After(latest) {
			*at = latest
		}
	}
}
