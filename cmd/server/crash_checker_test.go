package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// testimony is all that is known after a number of orders, from everybody who
// had to do with them. The clouds' own books are the truth.
type testimony struct {
	records  []orders.Record // what the ledger has
	booked   []booking       // what the clouds have
	arrivals []arrival       // what came in at the clouds
	answers  []answer        // what the callers were told
}

// purchase is one call of one order. Every order has a promotion plan of its own, which
// the ledger and the clouds' books both know.
type purchase struct{ source, plan, target string }

// target names what a call is for: its desktops, or else its pool.
func target(poolID string, desktops []string) string {
	if len(desktops) == 0 {
		return poolID
	}
	return strings.Join(slices.Sorted(slices.Values(desktops)), ",")
}

// booking is an order in a cloud's own book.
type booking struct {
	purchase
	id string
}

// arrival is a request to order, as it came in at a cloud.
type arrival struct {
	purchase
	throttled bool // it was turned away, so that it may come again
	header    http.Header
	text      string // its URL and body
	close     bool   // it asked for Connection: close
}

// answer is one to a POST of an order.
type answer struct {
	key      string
	status   int
	replayed bool
	state    orders.State // Order-State; empty if there is none
	code     string       // of a problem
	id       string       // of the order; empty if there is none
	body     string
}

// verdict is the state that an answer stands for, if it is a final one.
func (a answer) verdict() (s orders.State, final bool) {
	switch {
	case a.status == http.StatusCreated:
		return a.state, true
	case a.code == "ORDER_REJECTED":
		return orders.Rejected, true
	case a.code == "ORDER_NOT_PLACED":
		return orders.NotPlaced, true
	}
	return "", false
}

// ofNothing tells whether an answer says nothing of the key's order.
func (a answer) ofNothing() bool {
	return a.code == "IDEMPOTENCY_KEY_MISMATCH" || a.code == "LEDGER_UNAVAILABLE"
}

// finding is one thing that must not be.
type finding struct {
	kind string // doubled, lost, wrong or leaked
	key  string
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s: %s: %s", f.kind, f.key, f.text) }

// check joins what everybody says, and returns what does not fit together.
func (t testimony) check() []finding {
	c := checker{books: map[purchase][]string{}, sent: map[purchase]int{}}
	for _, b := range t.booked {
		c.books[b.purchase] = append(c.books[b.purchase], b.id)
	}
	byKey := map[string]orders.Record{}
	for _, r := range t.records {
		if _, known := byKey[r.Key]; known {
			c.find("doubled", r.Key, "the ledger has two orders of the key")
		}
		byKey[r.Key] = r
	}
	keys := slices.Sorted(maps.Keys(byKey))
	for _, a := range t.arrivals {
		c.arrival(a, keys)
	}
	for _, key := range keys {
		c.record(byKey[key])
	}
	for _, p := range slices.SortedFunc(maps.Keys(c.books), comparePurchases) {
		c.find("lost", p.plan, "the ledger has no order for %v of %s for %s", c.books[p], p.source, p.target)
	}
	for _, p := range slices.SortedFunc(maps.Keys(c.sent), comparePurchases) {
		c.find("lost", p.plan, "the ledger has no order that was sent to %s for %s", p.source, p.target)
	}
	c.answers(t.answers, byKey)
	return c.findings
}

func comparePurchases(a, b purchase) int {
	return strings.Compare(a.source+" "+a.plan+" "+a.target, b.source+" "+b.plan+" "+b.target)
}

// checker holds what is not accounted for yet.
type checker struct {
	books    map[purchase][]string // ids
	sent     map[purchase]int      // times, without those that were throttled
	findings []finding
}

func (c *checker) find(kind, key, format string, args ...any) {
	c.findings = append(c.findings, finding{kind, key, fmt.Sprintf(format, args...)})
}

// arrival checks that nothing in a request lets anybody on the way send it again.
func (c *checker) arrival(a arrival, keys []string) {
	if !a.throttled {
		c.sent[a.purchase]++
	}
	if !a.close {
		c.find("leaked", a.plan, "it came over a connection that is kept")
	}
	for name, values := range a.header {
		if strings.Contains(strings.ToLower(name), "idempotency") {
			c.find("leaked", a.plan, "it came with the header %s", name)
		}
		for _, v := range values {
			if slices.Contains(keys, v) {
				c.find("leaked", a.plan, "the header %s holds the caller's key", name)
			}
		}
	}
	for _, key := range keys {
		if strings.Contains(a.text, key) {
			c.find("leaked", a.plan, "its URL or body holds the caller's key")
		}
	}
}

// record checks an order of the ledger against the books, and takes it out of them.
func (c *checker) record(r orders.Record) {
	if !r.State.Final() {
		c.find("wrong", r.Key, "it ends as %s", r.State)
	}
	bought, whole := 0, true
	for i, item := range r.Items {
		p := purchase{r.Source, r.Order.PromotionPlanID, target(item.Call.PoolID, item.Call.DesktopIDs)}
		ids, sent := c.books[p], c.sent[p]
		delete(c.books, p)
		delete(c.sent, p)
		if len(ids) > 0 {
			bought++
		}
		whole = whole && len(ids) > 0 && item.State == orders.ItemState(pool.CallPlaced)
		if len(ids) > 1 {
			c.find("doubled", r.Key, "call %d was booked %d times: %v", i+1, len(ids), ids)
		}
		if sent > 1 {
			c.find("doubled", r.Key, "call %d was sent %d times", i+1, sent)
		}
		c.item(r.Key, item, ids)
	}
	want := []orders.State{orders.Partial}
	switch {
	case bought == 0:
		want = []orders.State{orders.Rejected, orders.NotPlaced}
	case whole:
		want = []orders.State{orders.Placed}
	}
	if !slices.Contains(want, r.State) {
		c.find("wrong", r.Key, "it ends as %s with %d of %d calls booked, want %v", r.State, bought, len(r.Items), want)
	}
}

// item checks one call of an order.
func (c *checker) item(key string, item orders.Item, booked []string) {
	says := item.State == orders.ItemState(pool.CallPlaced) || item.State == orders.ItemState(pool.CallPartial)
	var ids []string
	for _, o := range item.Orders {
		if !o.Failed {
			ids = append(ids, o.ID)
		}
	}
	switch {
	case says && len(booked) == 0:
		c.find("wrong", key, "a call is %s, and the cloud has no order of it", item.State)
	case !says && len(booked) > 0:
		c.find("lost", key, "a call is %s, and the cloud has %v of it", item.State, booked)
	case says && len(booked) == 1 && !slices.Equal(ids, booked):
		c.find("wrong", key, "a call has %v, and the cloud has %v of it", ids, booked)
	}
}

// answers checks that nobody was told what is not so, or first this and then that.
func (c *checker) answers(answers []answer, records map[string]orders.Record) {
	first := map[string]answer{}
	plain := map[string]int{}
	for _, a := range answers {
		r, known := records[a.key]
		if a.id != "" && (!known || a.id != r.ID) {
			c.find("lost", a.key, "the order %s was answered, and the ledger has %q", a.id, r.ID)
		}
		state, final := a.verdict()
		if !final {
			if told, was := first[a.key]; was && !a.ofNothing() {
				c.find("wrong", a.key, "it was answered %d %s after it had been %d", a.status, a.code, told.status)
			}
			continue
		}
		if known && state != r.State {
			c.find("wrong", a.key, "it was answered as %s, and ends as %s", state, r.State)
		}
		if told, was := first[a.key]; was && (told.body != a.body || told.status != a.status) {
			c.find("wrong", a.key, "two final answers differ:\n%s\n%s", told.body, a.body)
		} else if !was {
			first[a.key] = a
		}
		if a.status == http.StatusCreated && !a.replayed {
			plain[a.key]++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(plain)) {
		if plain[key] > 1 {
			c.find("doubled", key, "%d answers say that they have placed it", plain[key])
		}
	}
}
