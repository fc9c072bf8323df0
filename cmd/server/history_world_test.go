package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/ledger"
	"github.com/deskpool/deskpool/internal/ledger/pgtest"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

const (
	historyProcesses = 3
	historyClients   = 32
	historyAtOnce    = 8   // pools that are ordered from at a time
	historyPerPool   = 250 // requests about the orders of one
)

// historyWorld is the clients, the servers, their ledger, and a cloud account for each pool.
type historyWorld struct {
	t        *testing.T
	seed     uint64
	count    int // of requests, before the last ones
	ledger   string
	accounts []*account // by pool
	native   string     // the id of the pool that takes orders, the same in all accounts
	servers  *historyServers
	kills    int

	next atomic.Int64 // the number of the last request
	mu   sync.Mutex
	seen history
	ids  map[string]string // of the orders, by key
}

// newHistoryWorld starts everything. It needs run.
func newHistoryWorld(t *testing.T, program string, seed uint64, count int) *historyWorld {
	t.Helper()
	w := &historyWorld{t: t, seed: seed, count: count, ledger: pgtest.Start(t).Database(t), ids: map[string]string{}}
	config := "auth: { mode: none }\npublic_url: http://deskpool.test\nallow_insecure_endpoints: true\n" +
		"limits: { order_timeout: " + historyTimeout + " }\nledger: { url: " + w.ledger + " }\nsources:\n"
	for pool := range (count + historyPerPool - 1) / historyPerPool {
		a := newHuaweiAccount(t, fmt.Sprintf("hw-%d", pool))
		w.accounts = append(w.accounts, a)
		config += a.config()
		w.misbehave(a)
	}
	w.servers = newHistoryServers(t, program, config, historyProcesses)
	w.native = w.find()
	return w
}

// misbehave makes an account do now and then what clouds do.
func (w *historyWorld) misbehave(a *account) {
	w.t.Helper()
	list := []fault.Fault{
		{Kind: fault.Latency, LatencyMS: 30, Probability: 0.5}, {Kind: fault.Throttle, Probability: 0.1},
		{Kind: fault.SoldOut, Probability: 0.1}, {Kind: fault.PartialFailure, Probability: 0.05},
	}
	for _, as := range []fault.Loss{fault.LostByReset, fault.LostByCut, fault.LostBy504, fault.LostByObject} {
		list = append(list, fault.Fault{Kind: fault.LoseAnswer, As: as, Probability: 0.06})
	}
	for _, f := range list {
		f.Source, f.Operation = a.source, a.order
		if err := a.faults.Add(f); err != nil {
			w.t.Fatal(err)
		}
	}
}

// find asks for a pool that takes orders.
func (w *historyWorld) find() string {
	w.t.Helper()
	_, body := get(w.t, http.MethodGet, w.servers.places[0].url+"/v1/pools?billing_mode=PREPAID&state=READY&source=hw-0", "", "")
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil || len(list.Items) == 0 {
		w.t.Fatalf("no pool takes orders: %v: %s", err, body)
	}
	return strings.TrimPrefix(list.Items[0].ID, "hw-0:")
}

// run makes all requests, lets everything settle, and ends the servers.
func (w *historyWorld) run() {
	ctx, stop := context.WithCancel(w.t.Context())
	var raging, working sync.WaitGroup
	raging.Go(func() { w.kills = w.servers.rage(ctx, rand.New(rand.NewPCG(w.seed, 0))) })
	var taken atomic.Int64
	for n := range historyClients {
		c := &historyClient{w, n, rand.New(rand.NewPCG(w.seed, uint64(n)+1))} //nolint:gosec // n is not negative
		working.Go(func() {
			for turn := int(taken.Add(1)) - 1; turn < w.count; turn = int(taken.Add(1)) - 1 {
				c.act(w.turn(turn, c.rng))
			}
		})
	}
	working.Wait()
	stop()
	raging.Wait()
	w.settle()
	w.servers.end()
	w.seen.deaths = w.servers.deaths
}

// turn is the pool of a turn: the pools are used some at a time.
func (w *historyWorld) turn(turn int, rng *rand.Rand) (pool int) {
	first := turn / (historyAtOnce * historyPerPool) * historyAtOnce
	return first + rng.IntN(min(historyAtOnce, len(w.accounts)-first))
}

// settle asks again until every order that there is has its final state, and reads all of them once more.
func (w *historyWorld) settle() {
	w.t.Helper()
	for _, a := range w.accounts {
		a.faults.Clear()
	}
	c := &historyClient{w, historyClients, rand.New(rand.NewPCG(w.seed, historyClients+1))}
	deadline := time.Now().Add(2 * time.Minute)
	for waiting := -1; waiting != 0; <-time.After(200 * time.Millisecond) {
		waiting = 0
		for _, r := range w.records() {
			if r.State.Final() {
				continue
			}
			waiting++
			pool, key, variant := historyPlan(r.Order.PromotionPlanID)
			switch r.State {
			case orders.NotSent:
				c.post(pool, key, variant)
			case orders.NeedsReview:
				c.judge(pool, key)
			}
		}
		if time.Now().After(deadline) {
			w.t.Errorf("%d orders are not settled", waiting)
			break
		}
	}
	for pool := range w.accounts {
		for key := range historyKeys {
			c.list(pool, key)
		}
	}
}

// records are all orders of the ledger.
func (w *historyWorld) records() (all []orders.Record) {
	w.t.Helper()
	l, err := ledger.Open(ledger.Options{URL: w.ledger, Log: zerolog.Nop()})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	q := orders.Query{Limit: 500}
	for more := true; more; {
		var page []orders.Record
		if page, more, err = l.List(w.t.Context(), q); err != nil {
			w.t.Fatal(err)
		}
		if all = append(all, page...); more {
			q.Before = page[len(page)-1].ID
		}
	}
	return all
}

// join holds the ledger against the books of the clouds.
func (w *historyWorld) join() []finding {
	said := testimony{records: w.records()}
	for _, a := range w.accounts {
		a.testify(&said)
	}
	for _, r := range said.records {
		for i := range r.Items { // a person's word names no order of the cloud: it must have one all the same
			if r.State != orders.Placed || r.Items[i].Orders != nil {
				continue
			}
			for _, b := range said.booked {
				if b.plan == r.Order.PromotionPlanID && !slices.ContainsFunc(r.Items[i].Orders, named(b.id)) {
					r.Items[i].Orders = append(r.Items[i].Orders, cloudOrder(b.id))
				}
			}
		}
	}
	return said.check()
}
