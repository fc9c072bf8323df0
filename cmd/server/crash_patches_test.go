package main

import "testing"

// TestDefectsApply: the source still has what the defects change, each once.
func TestDefectsApply(t *testing.T) {
	for _, d := range defects() {
		t.Run(d.name, func(t *testing.T) { d.overlay(t) })
	}
}
