package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/ledger/pgtest"
	"github.com/deskpool/deskpool/internal/pool"
)

// crashSeed is that of the crash tests: DESKPOOL_CRASH_SEED, or else fallback.
func crashSeed(t testing.TB, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv("DESKPOOL_CRASH_SEED")
	if text == "" {
		return fallback
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// crashLedgers are the ledgers there are, each new.
func crashLedgers() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"file":     func(t testing.TB) string { return "file:" + filepath.Join(t.TempDir(), "orders.db") },
		"postgres": func(t testing.TB) string { return pgtest.Start(t).Database(t) },
	}
}

// survive runs so many rounds over a new ledger of a kind, which must find nothing.
func survive(t *testing.T, program, kind string, seed uint64, rounds int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("%s, seed %d", kind, seed)
	newCampaign(t, program, crashLedgers()[kind](t), rng, stories(rng, rounds)).findNothing()
}

// findNothing runs a campaign that must find nothing.
func (c *campaign) findNothing() {
	c.t.Helper()
	began := time.Now()
	found := c.run()
	for _, f := range found {
		c.t.Error(f)
	}
	c.t.Logf("%v: %s", time.Since(began).Round(time.Second), c.summary(found))
}

// TestCrash kills the real server at every step of an order, and holds what
// the ledger says against the clouds' own books.
func TestCrash(t *testing.T) {
	t.Parallel()
	program := build(t, "-tags", "crashtest")
	for kind, rounds := range map[string]int{"file": 50, "postgres": 12} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			survive(t, program, kind, crashSeed(t, 1), rounds)
		})
	}
}

// TestCrashOfTheOrdinaryBuild kills a server that has nothing in it for tests, and
// looks orders up when it pleases.
func TestCrashOfTheOrdinaryBuild(t *testing.T) {
	t.Parallel()
	list := []story{dies("cloud.acted"), dies("cloud.half"), dies("caller.first")}
	for i, cloud := range []pool.Cloud{pool.Huawei, pool.Alibaba, pool.Huawei} {
		list[i].cloud = cloud
	}
	c := newCampaign(t, build(t), crashLedgers()["file"](t), rand.New(rand.NewPCG(1, 0)), list)
	c.pace = ""
	c.findNothing()
}
