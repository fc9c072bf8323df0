//go:build proof

package main

import (
	"math/rand/v2"
	"testing"
)

// TestProofHistory is TestHistory with 20,000 operations.
func TestProofHistory(t *testing.T) {
	holds(t, crashSeed(t, rand.Uint64()), 20_000)
}

// TestProofHistoryShowsDefects builds the server with one mistake at a time.
func TestProofHistoryShowsDefects(t *testing.T) {
	for _, d := range historyDefects() {
		t.Run(d.name, func(t *testing.T) { d.shown(t, crashSeed(t, rand.Uint64())) })
	}
}
