package main

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// live makes a history of so many requests, and returns it with what must not be, and what porcupine says.
func live(t *testing.T, program string, seed uint64, count int) (*historyWorld, []finding, historyVerdict) {
	t.Helper()
	began := time.Now()
	w := newHistoryWorld(t, program, seed, count)
	w.run()
	made := time.Since(began)
	v := w.seen.judge()
	found := append(w.servers.panics(), w.join()...)
	found = append(found, contend(w.records(), w.seen.requests, w.servers.began)...)
	states, classes := map[string]int{}, map[string]int{}
	for _, r := range w.records() {
		states[string(r.State)]++
	}
	for _, r := range w.seen.requests {
		class := string(r.verb) + " " + string(r.told.class)
		if r.told.class == historyIs {
			class = string(r.verb) + " " + string(r.told.state)
		}
		if r.told.replayed {
			class += " again"
		}
		classes[class]++
	}
	t.Logf("seed %d: %d operations by %d clients over %d processes with %d kills in %v\norders: %s\nanswers: %s\n%v", seed,
		len(w.seen.requests), historyClients, historyProcesses, w.kills, made.Round(time.Second), counted(states), counted(classes), v)
	return w, found, v
}

// holds makes a history that must be linearizable, and end as the clouds' books say.
func holds(t *testing.T, seed uint64, count int) {
	t.Helper()
	w, found, v := live(t, build(t, "-tags", "crashtest"), seed, count)
	for _, f := range found {
		t.Error(f)
	}
	for _, at := range v.illegal {
		t.Errorf("the history of the key %v is not linearizable", at)
	}
	if len(v.undecided) > 0 {
		t.Errorf("it could not be decided for the keys %v", v.undecided)
	}
	for _, at := range v.illegal[:min(3, len(v.illegal))] {
		w.seen.show(t, at)
	}
	if t.Failed() {
		w.servers.keep()
	}
	seen := map[historyClass]bool{}
	for _, r := range w.seen.requests {
		seen[r.told.class] = true
	}
	for _, class := range []historyClass{historyIs, historyBusy, historyUnresolved, historyMismatch, historySettled, historyUnsure} {
		if !seen[class] {
			t.Errorf("nobody was answered %q: there are only %v", class, slices.Collect(maps.Keys(seen)))
		}
	}
}

// TestHistory holds what many clients of several servers with one PostgreSQL
// see, while the servers are killed, against the model of an order.
func TestHistory(t *testing.T) {
	holds(t, crashSeed(t, 1), 1500)
}
