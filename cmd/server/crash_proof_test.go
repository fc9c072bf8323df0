//go:build proof

package main

import (
	"math/rand/v2"
	"testing"
)

// TestProofCrash is TestCrash with 1,000 rounds for each ledger.
func TestProofCrash(t *testing.T) {
	program := build(t, "-tags", "crashtest")
	for kind := range crashLedgers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			survive(t, program, kind, crashSeed(t, rand.Uint64()), 1000)
		})
	}
}

// TestProofCrashFindsDefects builds the server with one mistake at a time.
func TestProofCrashFindsDefects(t *testing.T) {
	for _, d := range defects() {
		t.Run(d.name, func(t *testing.T) {
			list := d.stories
			if list == nil {
				list = append(basics(), twists()...)
			}
			d.found(t, crashSeed(t, rand.Uint64()), list)
		})
	}
}
