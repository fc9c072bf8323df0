package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/ledger"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

const (
	// hasty is a pace at which a round takes a moment. It may be: nothing is under
	// way to a cloud any more when a dead server's connections have been dealt with.
	hasty = "20ms,40ms,150ms,1h,50ms"
	// perAccount is for how many orders an account is used: a cloud's books are searched
	// by time, and too many orders of the same minutes are too many to look at.
	perAccount = 25
	// patience is how long one order may take.
	patience = 30 * time.Second
)

// campaign places orders, one after the other, over one ledger, through servers that die.
type campaign struct {
	t       testing.TB
	program string
	ledger  string // URL
	pace    string // empty: the program's own
	rng     *rand.Rand
	stories []story

	config   string // the file
	rounds   []*round
	accounts map[string]*account // by source
	groups   map[string]string   // pools that take orders, by source
	coming   []plannedDeath
	server   *process
	told     []answer
	deaths   map[string]int
	played   int       // rounds
	findings []finding // besides those of the checker
}

type plannedDeath struct {
	death
	of *round
}

// newCampaign is a campaign of these stories. It needs run.
func newCampaign(t testing.TB, program, ledger string, rng *rand.Rand, stories []story) *campaign {
	return &campaign{
		t: t, program: program, ledger: ledger, pace: hasty, rng: rng, stories: stories,
		config: filepath.Join(t.TempDir(), "deskpool.yaml"), accounts: map[string]*account{}, groups: map[string]string{}, deaths: map[string]int{},
	}
}

// run plays all rounds, or up to one that gets stuck, and returns what must not be.
func (c *campaign) run() []finding {
	c.t.Helper()
	for n, s := range c.stories {
		r := &round{story: s, n: n, key: fmt.Sprintf("key-%05d", n), plan: fmt.Sprintf("plan-%05d", n)}
		r.account = c.account(s.cloud, uint(n/perAccount))
		c.rounds = append(c.rounds, r)
		for _, d := range s.deaths {
			c.coming = append(c.coming, plannedDeath{d, r})
		}
	}
	c.start(c.rounds[0])
	for _, r := range c.rounds {
		c.played++
		if err := c.play(r); err != nil {
			c.findings = append(c.findings, finding{"wrong", r.key, fmt.Sprintf("%v: %v\n%s", r, err, c.server.tail())})
			break // its pool may take no other order
		}
	}
	c.server.kill()
	return append(c.findings, c.testimony().check()...)
}

// account is the nth account of a cloud.
func (c *campaign) account(cloud pool.Cloud, n uint) *account {
	source := fmt.Sprintf("%s-%d", strings.ToLower(string(cloud)), n)
	a := c.accounts[source]
	switch {
	case a != nil:
		return a
	case cloud == pool.Alibaba:
		a, c.groups[source] = newAlibabaAccount(c.t, source, uint64(n))
	default:
		a = newHuaweiAccount(c.t, source)
	}
	c.accounts[source] = a
	return a
}

// play plays one round: its deaths, and then until the order is settled.
func (c *campaign) play(r *round) error {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	if err := c.write(ctx, r); err != nil {
		return err
	}
	r.misbehave()
	defer r.account.faults.Clear()
	for _, d := range r.deaths {
		if err := c.perish(ctx, r, d); err != nil {
			return fmt.Errorf("%s: %w", d.at, err)
		}
		c.coming = c.coming[1:]
		r.account.set(nil)
		if err := r.account.quiet(ctx); err != nil {
			return err
		}
		c.start(r)
	}
	return c.settle(ctx, r)
}

// start starts the server that is to die the next planned death, with the
// accounts of the round that it is started in, and of that death's.
func (c *campaign) start(r *round) {
	c.t.Helper()
	rounds := []*round{r, r}
	var env []string
	if c.pace != "" {
		env = append(env, "DESKPOOL_CRASH_PACE="+c.pace)
	}
	next := plannedDeath{of: r}
	if len(c.coming) > 0 {
		next = c.coming[0]
		rounds[1] = next.of
	}
	if next.itself() {
		env = append(env, fmt.Sprintf("DESKPOOL_CRASH=%s:%d@%s", next.at, max(next.n, 1), next.of.key))
	}
	text := "auth: { mode: none }\npublic_url: http://deskpool.test\nallow_insecure_endpoints: true\n" +
		"limits: { order_timeout: 3s }\nledger: { url: " + c.ledger + " }\nsources:\n"
	for _, source := range c.sources(rounds) {
		text += c.accounts[source].config()
	}
	if err := os.WriteFile(c.config, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	var err error
	if c.server, err = launch(c.t.Context(), c.program, c.config, env...); err != nil {
		c.t.Fatal(err)
	}
	if next.at == "start" {
		time.AfterFunc(next.after, c.server.kill)
	}
	if err := c.server.ready(); err != nil {
		c.t.Fatal(err)
	}
}

// sources are those of all rounds between two.
func (c *campaign) sources(ends []*round) []string {
	used := map[string]bool{}
	for _, r := range c.rounds[ends[0].n : ends[1].n+1] {
		used[r.account.source] = true
	}
	return slices.Sorted(maps.Keys(used))
}

// misbehave sets what the cloud is to do.
func (r *round) misbehave() {
	set := func(f fault.Fault) {
		f.Source, f.Operation, f.Count = r.account.source, r.account.order, 1
		if err := r.account.faults.Add(f); err != nil {
			panic(err) // the stories are wrong
		}
	}
	if r.throttle {
		set(fault.Fault{Kind: fault.Throttle})
	}
	if r.loses != "" {
		set(fault.Fault{Kind: fault.LoseAnswer, As: r.loses})
	}
	if r.trade != "" {
		set(fault.Fault{Kind: r.trade})
	}
}

// testimony asks everybody.
func (c *campaign) testimony() testimony {
	c.t.Helper()
	said := testimony{answers: c.told}
	for _, a := range c.accounts {
		a.testify(&said)
	}
	l, err := ledger.Open(ledger.Options{URL: c.ledger, Log: zerolog.Nop()})
	if err != nil {
		c.t.Fatal(err)
	}
	q := orders.Query{Limit: 100}
	for more := true; more; {
		var page []orders.Record
		if page, more, err = l.List(c.t.Context(), q); err != nil {
			c.t.Fatal(err)
		}
		said.records = append(said.records, page...)
		if more {
			q.Before = page[len(page)-1].ID
		}
	}
	if err := l.Close(); err != nil {
		c.t.Error(err)
	}
	return said
}

// summary says in a line what was done and found.
func (c *campaign) summary(found []finding) string {
	states, kinds := map[string]int{}, map[string]int{}
	for _, r := range c.testimony().records {
		states[string(r.State)]++
	}
	for _, f := range found {
		kinds[f.kind]++
	}
	total := 0
	for _, n := range c.deaths {
		total += n
	}
	return fmt.Sprintf("%d rounds, %d kills (%s), states %s: doubled=%d lost=%d wrong=%d leaked=%d", c.played, total,
		counted(c.deaths), counted(states), kinds["doubled"], kinds["lost"], kinds["wrong"], kinds["leaked"])
}

func counted(counts map[string]int) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(list, ", ")
}
