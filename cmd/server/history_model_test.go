package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/deskpool/deskpool/internal/orders"
)

// historyKeys is how many idempotency keys are used for orders of one pool.
const historyKeys = 8

// historyStates is a set of states that an order may be in.
type historyStates uint16

// historyAbsent is the state of a key that has no order yet.
const historyAbsent historyStates = 1

// historyState is the set of the states that are named; "" is that of a key without an order.
func historyState(names ...orders.State) (set historyStates) {
	for _, name := range names {
		if name == "" {
			set |= historyAbsent
		} else {
			set |= historyAbsent << (1 + slices.Index(orders.States(), name))
		}
	}
	return set
}

var (
	historyOpen  = historyState(orders.Reserved, orders.Sending, orders.Unknown, orders.NeedsReview)
	historyFinal = historyState(orders.Placed, orders.Partial, orders.Rejected, orders.NotPlaced)
	historyDoubt = historyState(orders.Unknown, orders.NeedsReview)
)

func (s historyStates) has(some historyStates) bool { return s&some != 0 }

func (s historyStates) String() string {
	var names []string
	for _, name := range append([]orders.State{""}, orders.States()...) {
		if s.has(historyState(name)) {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, "|")
}

// historyEntry is the order of one key: the state of the model.
type historyEntry struct {
	can     historyStates // more than one only if none of them is open, and nobody was told which it is
	variant string        // of the order that has the key; empty: none has
	holder  int           // the request that placed it and was not answered yet; 0: none
	// The bodies for its final state, as they were first seen: that of the order, and that of the problem.
	order, problem string
}

// leads is where an order can go without a request: who holds it sends it or gives up, it is found left
// behind, or it is looked up. What a holder knows goes before what others have concluded, unless that is final.
func (e historyEntry) leads() historyStates {
	found := historyState(orders.Placed, orders.Partial, orders.NotPlaced)
	outcome := historyState(orders.Placed, orders.Partial, orders.Rejected, orders.NotSent, orders.Unknown)
	var to historyStates
	switch {
	case e.can.has(historyState(orders.Reserved)):
		to = historyState(orders.Sending, orders.NeedsReview) | outcome | found
	case e.can.has(historyState(orders.Sending)):
		to = historyState(orders.NeedsReview) | outcome | found
	case e.can.has(historyState(orders.Unknown)):
		to = historyState(orders.NeedsReview) | found
	}
	if e.holder != 0 && e.can.has(historyDoubt) {
		to |= outcome
	}
	return to &^ e.can
}

// drift is e, and all that it can become without a request.
func (e historyEntry) drift() []historyEntry {
	list := []historyEntry{e}
	to := e.leads()
	if closed := to &^ historyOpen; closed != 0 {
		list = append(list, e.as(closed))
	}
	for _, name := range orders.States() {
		if open := historyState(name) & historyOpen & to; open != 0 {
			list = append(list, e.as(open))
		}
	}
	return list
}

// as is e in other states.
func (e historyEntry) as(can historyStates) historyEntry {
	e.can = can
	return e
}

// free is the states in which a request may place the order of its key.
func (e historyEntry) free(variant string) historyStates {
	if e.variant == "" || e.variant == variant {
		return e.can & historyState("", orders.NotSent)
	}
	return 0
}

// historyModel is section 7.2 of the design, as the callers of the API see it, for one key.
func historyModel() porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{historyEntry{can: historyAbsent}} },
		Step: func(state, asked, told any) []any {
			var list []any
			for _, e := range state.(historyEntry).drift() {
				for _, next := range asked.(historyAsked).step(e, told.(historyTold)) {
					list = append(list, next)
				}
			}
			return list
		},
		DescribeOperation: func(asked, told any) string { return fmt.Sprintf("%v: %v", asked, told) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
	return model.ToModel()
}
