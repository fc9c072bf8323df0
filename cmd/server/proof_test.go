//go:build proof

package main

import "testing"

// TestProofHundredThousandDesktops is TestBigPoolInConstantMemory, ten times as big.
func TestProofHundredThousandDesktops(t *testing.T) {
	const desktops = 100_000
	url := bigPool(t, desktops)
	streamed(t, url, desktops)
	paged(t, url, desktops)
}
