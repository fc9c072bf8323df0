package fault

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddChecks(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		want  string // the error, "" if there is none
	}{
		{"least", Fault{Kind: Hang}, ""},
		{"everything", Fault{Source: "hw", Operation: "ShowDesktopDetail", Kind: Latency, Probability: 0.5, Count: 3, LatencyMS: 20}, ""},
		{"probability of one", Fault{Kind: Cut, Probability: 1}, ""},
		{"longest latency", Fault{Kind: Latency, LatencyMS: 3_600_000}, ""},
		{"no kind", Fault{}, `kind: "" is none of latency, hang, error, throttle, cut, html, drift, lose_answer, sold_out, partial_failure, price_moved, late_listing`},
		{"unknown kind", Fault{Kind: "HANG"}, `kind: "HANG" is none of latency, hang, error, throttle, cut, html, drift, lose_answer, sold_out, partial_failure, price_moved, late_listing`},
		{"negative probability", Fault{Kind: Cut, Probability: -0.1}, "probability: -0.1 is not between 0 and 1"},
		{"probability over one", Fault{Kind: Cut, Probability: 1.5}, "probability: 1.5 is not between 0 and 1"},
		{"probability is no number", Fault{Kind: Cut, Probability: math.NaN()}, "probability: NaN is not between 0 and 1"},
		{"negative count", Fault{Kind: Cut, Count: -1}, "count: -1 is negative"},
		{"latency without a time", Fault{Kind: Latency}, "latency_ms: 0 is not between 1 and 3600000"},
		{"negative latency", Fault{Kind: Latency, LatencyMS: -5}, "latency_ms: -5 is not between 1 and 3600000"},
		{"latency that overflows", Fault{Kind: Latency, LatencyMS: math.MaxInt}, "latency_ms: 9223372036854775807 is not between 1 and 3600000"},
		{"time without latency", Fault{Kind: Hang, LatencyMS: 1}, `latency_ms: only with kind "latency"`},
		{"a loss", Fault{Kind: LoseAnswer, As: LostByRedirect}, ""},
		{"a fault of trade", Fault{Operation: "ModifyDesktopSpec", Kind: PartialFailure, Count: 1}, ""},
		{"unknown loss", Fault{Kind: LoseAnswer, As: "503"},
			`as: "503" is none of reset, cut, hang, 500, 502, 504, html, empty, object, redirect`},
		{"a loss of another kind", Fault{Kind: Cut, As: LostByCut}, `as: only with kind "lose_answer"`},
		{"all at once", Fault{Kind: "x", Probability: 2, Count: -1, LatencyMS: 1, As: "y"}, strings.Join([]string{
			`kind: "x" is none of latency, hang, error, throttle, cut, html, drift, lose_answer, sold_out, partial_failure, price_moved, late_listing`,
			"probability: 2 is not between 0 and 1",
			"count: -1 is negative",
			`latency_ms: only with kind "latency"`,
			`as: only with kind "lose_answer"`}, "\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s Set
			err := s.Add(tt.fault)
			got, want := "", []Fault{}
			if err != nil {
				got = err.Error()
			} else {
				want = append(want, tt.fault)
			}
			if got != tt.want {
				t.Errorf("Add = %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(want, s.List()); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	var s Set
	mustAdd(t, &s,
		Fault{Source: "other", Kind: Error},
		Fault{Operation: "other", Kind: Error},
		Fault{Source: "hw", Kind: Latency, LatencyMS: 5},
		Fault{Operation: "op", Kind: Latency, LatencyMS: 7, Count: 1},
		Fault{Source: "hw", Operation: "op", Kind: LoseAnswer, As: LostByHang, Count: 2},
		Fault{Kind: Drift, Count: 2},
		Fault{Operation: "op", Kind: SoldOut, Count: 1},
		Fault{Kind: PriceMoved, Count: 2},
	)
	type happened struct {
		WaitMS int64
		Kind   Kind
		As     Loss
		Trade  Kind
	}
	var got []happened
	for range 5 {
		p := s.plan("hw", "op")
		got = append(got, happened{p.wait.Milliseconds(), p.kind, p.as, p.trade})
	}
	want := []happened{
		{12, LoseAnswer, LostByHang, SoldOut}, {5, LoseAnswer, LostByHang, PriceMoved}, {5, Drift, "", PriceMoved}, {5, Drift, "", ""}, {5, "", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("five requests (-want +got):\n%s", diff)
	}
	left := []Fault{
		{Source: "other", Kind: Error},
		{Operation: "other", Kind: Error},
		{Source: "hw", Kind: Latency, LatencyMS: 5},
	}
	if diff := cmp.Diff(left, s.List()); diff != "" {
		t.Errorf("List after them (-want +got):\n%s", diff)
	}
	s.Clear()
	if diff := cmp.Diff([]Fault{}, s.List()); diff != "" {
		t.Errorf("List after Clear (-want +got):\n%s", diff)
	}
}

// A half is far from never and always: to fail by chance, 10,000 tosses would
// have to lie 20 standard deviations off.
func TestProbability(t *testing.T) {
	var s Set
	mustAdd(t, &s, Fault{Kind: Error, Probability: 0.5})
	n := 0
	for range 10_000 {
		if s.plan("hw", "op").kind == Error {
			n++
		}
	}
	if n < 4_000 || n > 6_000 {
		t.Errorf("%d of 10,000 requests broke, want about half", n)
	}
}

func TestCountIsExactUnderConcurrency(t *testing.T) {
	var s Set
	mustAdd(t, &s, Fault{Kind: Error, Count: 100})
	var broken [8]int
	var wg sync.WaitGroup
	for i := range broken {
		wg.Go(func() {
			for range 50 {
				if s.plan("hw", "op").kind == Error {
					broken[i]++
				}
				s.List()
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range broken {
		sum += n
	}
	if sum != 100 {
		t.Errorf("%d requests broke, want 100", sum)
	}
}

func mustAdd(t *testing.T, s *Set, faults ...Fault) {
	t.Helper()
	for _, f := range faults {
		if err := s.Add(f); err != nil {
			t.Fatal(err)
		}
	}
}
