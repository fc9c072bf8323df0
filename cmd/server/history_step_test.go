package main

import (
	"fmt"

	"github.com/deskpool/deskpool/internal/orders"
)

// historyVerb is what is done at one moment. A POST that places an order is two of
// them: it reserves the order, and later there is an outcome.
type historyVerb string

const (
	historyReserve historyVerb = "reserve"
	historyOutcome historyVerb = "outcome"
	historyPost    historyVerb = "post" // any other: it changes nothing
	historyRead    historyVerb = "read"
	historyResolve historyVerb = "resolve"
)

// historyAsked is what somebody did.
type historyAsked struct {
	verb    historyVerb
	pool    int
	key     int
	variant string       // of the order, of which there are several for a key
	word    orders.State // of a person
	request int          // its number, from 1
	maybe   bool         // it may not have come to it
	// Whether the same process had another request with the key at that time, with
	// the same order, and with another one. It answers from memory then.
	same, other bool
}

func (a historyAsked) String() string {
	return fmt.Sprintf("#%d %s %d-%d%s %s", a.request, a.verb, a.pool, a.key, a.variant, a.word)
}

// historyClass is a kind of answer.
type historyClass string

const (
	historyIs         historyClass = "is"         // the order is in a state
	historyBusy       historyClass = "busy"       // 409 ORDER_IN_PROGRESS
	historyUnresolved historyClass = "unresolved" // 409 UNRESOLVED_ORDER
	historyMismatch   historyClass = "mismatch"   // 422 IDEMPOTENCY_KEY_MISMATCH
	historyRefused    historyClass = "refused"    // before anything was reserved
	historySettled    historyClass = "settled"    // 409: nothing is to be resolved
	historyUnsure     historyClass = "unsure"     // 503 LEDGER_UNAVAILABLE, or no answer at all
	historyStrange    historyClass = "strange"    // what must never be answered
)

// historyTold is the answer.
type historyTold struct {
	class    historyClass
	state    orders.State // with historyIs; empty: there is no order
	replayed bool
	problem  bool   // the body is that of a problem
	body     string // its digest
	text     string // for people
}

func (t historyTold) String() string {
	text := string(t.class)
	if t.class == historyIs {
		text = "is " + string(t.state)
	}
	if t.replayed {
		text += " (replayed)"
	}
	return text + " " + t.body + t.text
}

// step is what an order becomes by this, if that can be told of it; nothing if it cannot.
func (a historyAsked) step(e historyEntry, t historyTold) (list []historyEntry) {
	if a.maybe {
		list = append(list, e)
	}
	legal := false
	switch a.verb {
	case historyReserve:
		legal = e.free(a.variant) != 0
		e = historyEntry{can: historyState(orders.Reserved), variant: a.variant, holder: a.request}
	case historyOutcome:
		legal = e.holder == a.request && e.sees(t)
		e.holder = 0
	case historyPost:
		legal = a.post(&e, t)
	case historyRead:
		legal = t.class == historyIs && e.sees(t)
	case historyResolve:
		legal = a.resolve(&e, t)
	}
	if legal {
		list = append(list, e)
	}
	return list
}

// post tells whether a POST can find things so.
func (a historyAsked) post(e *historyEntry, t historyTold) bool {
	known, free := e.can != historyAbsent, e.free(a.variant)
	switch t.class {
	case historyIs:
		return known && e.variant == a.variant && t.replayed && e.sees(t)
	case historyBusy:
		return a.same || e.variant == a.variant && e.can.has(historyState(orders.Reserved, orders.Sending))
	case historyMismatch:
		return a.other || known && e.variant != a.variant
	case historyUnresolved, historyRefused:
		e.can = free
		return free != 0
	}
	return false
}

// resolve tells whether a person's word can be taken so.
func (a historyAsked) resolve(e *historyEntry, t historyTold) bool {
	switch t.class {
	case historyIs, historyUnsure:
		open := e.can.has(historyDoubt)
		e.can = historyState(a.word)
		return open && (t.class == historyUnsure || e.sees(t))
	case historySettled:
		e.can &^= historyDoubt | historyAbsent
		return e.can != 0
	}
	return false
}

// sees tells whether the order can be in the state that was told, and notes that down.
// A final state has one body for ever.
func (e *historyEntry) sees(t historyTold) bool {
	state := historyState(t.state)
	if !e.can.has(state) {
		return false
	}
	e.can = state
	if !state.has(historyFinal) {
		return true
	}
	body := &e.order
	if t.problem {
		body = &e.problem
	}
	if *body == "" {
		*body = t.body
	}
	return *body == t.body
}
