// Package providertest is the contract of a pool.Source as a test that every
// cloud runs.
//
// A new cloud writes a simulated cloud from its vendor's reference, wrapped in
// the faults of package fault, fills it with a world, and calls Run:
//
//	func TestContract(t *testing.T) {
//		providertest.Run(t, func(t *testing.T) providertest.Fixture {
//			var faults fault.Set
//			cloud := newcloudsim.New(...)                          // a world with a pool of 300 desktops
//			server := httptest.NewServer(cloud.Handler(&faults))
//			t.Cleanup(server.Close)
//			t.Cleanup(faults.Clear)                                // runs first, and lets hanging requests go
//			source, err := newcloud.New(newcloud.Config{...}, transport.New(transport.Options{}))
//			if err != nil {
//				t.Fatal(err)
//			}
//			return providertest.Fixture{Source: source, Pools: 120, ...}
//		})
//	}
//
// A failure names the promise that was broken, which is a comment of
// internal/pool/source.go, and what was seen instead. Nothing else needs to
// be written for what every cloud has in common: the adapter's own tests are
// about its vendor's words and quirks.
package providertest

import (
	"context"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// Fixture is a source with what the suite must know of the world behind it.
// Nothing in that world changes by itself.
type Fixture struct {
	Source pool.Source
	// Pools is how many pools there are: more than fit on one page of the
	// cloud's listing, if the cloud pages it.
	Pools int
	// BigPoolID is the native id of a pool of more than 250 desktops;
	// BigPoolDesktops is how many a walk over it finds, deleted ones included
	// if the source lists them.
	BigPoolID       string
	BigPoolDesktops int
	// UnknownPoolID and UnknownDesktopID are well-formed and name nothing.
	UnknownPoolID, UnknownDesktopID string
	// Break puts a fault on the cloud, on top of those that are on; Heal takes
	// all of them away. Both nil: the cloud cannot be broken, and the promises
	// about that hold by themselves.
	Break func(f fault.Fault)
	Heal  func()
	// Secrets are the texts that no error and no answer may hold: keys, tokens, passwords.
	Secrets []string
	// Calls is how many requests the cloud has seen, counted when one arrives; nil: it sees none.
	Calls func() int
}

// reader is the one that reads past every cache.
func (fx Fixture) reader() pool.Reader {
	if fx.Source.Live != nil {
		return fx.Source.Live
	}
	return fx.Source.Reader
}

// promise is one part of the contract. keep returns what was seen to break it.
type promise struct {
	name string
	keep func(ctx context.Context, fx Fixture) error
}

// Run tests that a source keeps the contract, one subtest a promise.
// newFixture is called once in each.
func Run(t *testing.T, newFixture func(t *testing.T) Fixture) {
	t.Helper()
	for _, p := range promises() {
		t.Run(p.name, func(t *testing.T) {
			fx := newFixture(t)
			if fx.Heal != nil {
				t.Cleanup(fx.Heal)
			}
			if err := p.keep(t.Context(), fx); err != nil {
				t.Error(err)
			}
		})
	}
}

func promises() []promise {
	return []promise{
		{"a source says who it is", identified},
		{"every pool is listed once", poolsListed},
		{"a walk finds every desktop once", desktopsWalked},
		{"filters are applied as declared", filtersApplied},
		{"a pool by id is what its row says", poolAgrees},
		{"a desktop by id is what its row says", desktopAgrees},
		{"unknown ids are not found", unknownIDs},
		{"answers say when", answersDated},
		{"words are of the vocabularies", wordsKnown},
		{"what is not reported is not said", notReported},
		{"answers hold the cloud's own JSON", nativeKept},
		{"personal keys are known", personalKnown},
		{"counters add up", countersAddUp},
		{"pools are counted one by one", poolsCounted},
		{"nothing is asked when ctx is done", doneBefore},
		{"ctx ends a call that hangs", hangEnds},
		{"failures have their kinds", failuresJudged},
		{"a single failure is repeated", failureRepeated},
		{"failures never shorten an answer", nothingLost},
		{"drift is counted, and is no error", driftCounted},
		{"no secret is told", secretsKept},
		{"calls may be concurrent", concurrent},
	}
}
