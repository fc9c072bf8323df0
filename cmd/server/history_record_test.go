package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	// historyHold is for how long a process may hold an order; see historyPace.
	historyHold = 2 * time.Second
	// historyGrace is how long what a process had sent to PostgreSQL before it died may take there.
	historyGrace = 2 * time.Second
)

// historyRequest is a request, and what came of it.
type historyRequest struct {
	historyAsked
	told      historyTold
	client    int
	server    int // the process, from 1
	call, end time.Duration
}

// history is what all clients have seen. Its requests are in the order of their ends.
type history struct {
	requests []historyRequest
	deaths   map[int]time.Duration // of the processes
}

// historyPlace is one key: the histories of keys are independent of each other, but for what contend looks at.
type historyPlace struct{ pool, key int }

// operations are the history of each key, in the words of the model.
func (h history) operations() map[historyPlace][]porcupine.Operation {
	settled := map[historyPlace]time.Duration{} // since when a key is known to be in a final state
	posts := map[historyPlace][]historyRequest{}
	for _, r := range h.requests {
		at := historyPlace{r.pool, r.key}
		if r.told.class == historyIs && historyState(r.told.state).has(historyFinal) {
			if since, known := settled[at]; !known || r.end < since {
				settled[at] = r.end
			}
		}
		if r.verb == historyPost {
			posts[at] = append(posts[at], r)
		}
	}
	keys := map[historyPlace][]porcupine.Operation{}
	for _, r := range h.requests {
		at := historyPlace{r.pool, r.key}
		since, final := settled[at]
		if r.told.class == historyUnsure && final && since < r.call {
			continue // it could change nothing, and has told nothing
		}
		r.rivals(posts[at])
		for _, a := range r.split() {
			end := r.end
			if a.maybe {
				end = max(end, h.deaths[r.server]) + historyGrace
			}
			keys[at] = append(keys[at], porcupine.Operation{
				ClientId: r.client, Input: a, Output: r.told, Call: int64(r.call), Return: int64(end),
			})
		}
	}
	return keys
}

// rivals finds out what else the process had to do with the key at that time.
func (r *historyRequest) rivals(posts []historyRequest) {
	for _, p := range posts {
		if p.request != r.request && p.server == r.server && p.call <= r.end && r.call <= p.end {
			r.same = r.same || p.variant == r.variant
			r.other = r.other || p.variant != r.variant
		}
	}
}

// split is what a request has done, step by step.
func (r *historyRequest) split() []historyAsked {
	a := r.historyAsked
	unsure := r.told.class == historyUnsure
	switch {
	case a.verb == historyRead && unsure:
		return nil
	case a.verb == historyResolve:
		a.maybe = unsure
	case a.verb == historyPost && (unsure || r.told.class == historyBusy && r.end-r.call >= historyHold):
		// (Who holds an order for too long may be told that it is somebody else's now.)
		a.verb, a.maybe = historyReserve, true
	case a.verb == historyPost && r.told.class == historyIs && !r.told.replayed:
		outcome := a
		a.verb, outcome.verb = historyReserve, historyOutcome
		return []historyAsked{a, outcome}
	}
	return []historyAsked{a}
}

// historyVerdict is what porcupine says of a history.
type historyVerdict struct {
	partitions, operations int
	illegal, undecided     []historyPlace
	slowest, took          time.Duration
}

// historyPatience is how long porcupine may take over one key.
const historyPatience = 20 * time.Second

// judge checks all keys, one after the other.
func (h history) judge() historyVerdict {
	var v historyVerdict
	began := time.Now()
	for at, list := range h.operations() {
		start := time.Now()
		switch porcupine.CheckOperationsTimeout(historyModel(), list, historyPatience) {
		case porcupine.Illegal:
			v.illegal = append(v.illegal, at)
		case porcupine.Unknown:
			v.undecided = append(v.undecided, at)
		}
		v.partitions++
		v.operations += len(list)
		v.slowest = max(v.slowest, time.Since(start))
	}
	v.took = time.Since(began)
	return v
}

func (v historyVerdict) String() string {
	result := porcupine.Ok
	if len(v.undecided) > 0 {
		result = porcupine.Unknown
	}
	if len(v.illegal) > 0 {
		result = porcupine.Illegal
	}
	return fmt.Sprintf("porcupine: %s, %d steps in %d partitions, %v, the slowest %v", result, v.operations, v.partitions,
		v.took.Round(time.Millisecond), v.slowest.Round(time.Millisecond))
}

// show writes what happened to a key for people: a page, and the last that fits the model as text.
func (h history) show(t testing.TB, at historyPlace) {
	t.Helper()
	list := h.operations()[at]
	_, info := porcupine.CheckOperationsVerbose(historyModel(), list, historyPatience)
	file := fmt.Sprintf("%s/key-%d-%d.html", t.ArtifactDir(), at.pool, at.key)
	if err := porcupine.VisualizePath(historyModel(), info, file); err != nil {
		t.Error(err)
	}
	longest := 0 // operations that fit
	for _, some := range info.PartialLinearizationsOperations() {
		for _, fits := range some {
			longest = max(longest, len(fits))
		}
	}
	slices.SortStableFunc(list, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var b strings.Builder
	from := max(0, longest-30)
	for _, o := range list[from:min(len(list), longest+15)] {
		fmt.Fprintf(&b, "%8.3f %8.3f c%d  %v: %v\n", time.Duration(o.Call).Seconds(), time.Duration(o.Return).Seconds(), o.ClientId, o.Input, o.Output)
	}
	t.Logf("key %v: %d of %d steps fit the model; with -artifacts the page stays in %s. Around there:\n%s", at, longest, len(list), file, &b)
}
