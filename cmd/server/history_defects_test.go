//go:build proof

package main

import "testing"

// historyDefects are mistakes in the source that a history must show.
func historyDefects() []defect {
	const (
		place   = "internal/orders/place.go"
		resolve = "internal/orders/resolve.go"
		store   = "internal/ledger/postgresorders.go"
	)
	return []defect{
		{name: "a person may change a final state", patches: []patch{
			{resolve, "if rec.State != Unknown && rec.State != NeedsReview {", "if rec.State == Reserved || rec.State == Sending {"},
		}},
		{name: "an unknown order is tried again", patches: []patch{
			{place, "old.State == NotSent &&", "(old.State == NotSent || old.State == Unknown) &&"},
		}},
		{name: "another order is answered with the first", patches: []patch{
			{place, "if rec.Fingerprint != mark {", "if false {"},
		}},
		{name: "a pool may have two open orders", patches: []patch{
			{store, "case other != nil:", "case other != nil && own < 0:"},
			{store, "case own < len(pools):", "case own < 0:"},
		}},
	}
}

// shown makes a history with the defect, in which it must be found.
func (d defect) shown(t *testing.T, seed uint64) {
	t.Helper()
	w, found, v := live(t, build(t, "-tags", "crashtest", d.overlay(t)), seed, 1500)
	if len(found) == 0 && len(v.illegal) == 0 {
		t.Fatalf("%q is not found", d.name)
	}
	t.Logf("%s: %d keys with a history that is not linearizable, %d findings in the books", d.name, len(v.illegal), len(found))
	if len(found) > 0 {
		t.Log(found[0])
	}
	if len(v.illegal) > 0 {
		w.seen.show(t, v.illegal[0])
	}
}
