package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// historyClient makes requests, one after the other, each at a server by chance.
type historyClient struct {
	*historyWorld
	n   int
	rng *rand.Rand
}

// act makes one request about an order of a pool, or a few that belong together.
func (c *historyClient) act(pool int) {
	key := c.rng.IntN(historyKeys)
	switch n := c.rng.IntN(100); {
	case n < 56:
		c.post(pool, key, "a")
	case n < 64:
		c.post(pool, key, "b")
	case n < 92:
		c.get(pool, key)
	case n < 95:
		c.list(pool, key)
	default:
		c.judge(pool, key)
	}
}

func historyKey(pool, key int) string { return fmt.Sprintf("key-%03d-%d", pool, key) }

// historyPlan reads the promotion plan, which is another one for every order.
func historyPlan(plan string) (pool, key int, variant string) {
	_, _ = fmt.Sscanf(plan, "plan-%d-%d-%s", &pool, &key, &variant) // ours
	return pool, key, variant
}

// post orders. Now and then the same order is written in another way.
func (c *historyClient) post(pool, key int, variant string) {
	change := fmt.Sprintf(`"type":"ADD_VOLUME","add_volume":{"volume_type":"SAS","volume_size_gib":%d}`, 10+10*key)
	target := fmt.Sprintf(`"target":{"pool_id":"hw-%d:%s"},"promotion_plan_id":"plan-%d-%d-%s"`, pool, c.native, pool, key, variant)
	body := "{" + change + "," + target + "}"
	if c.rng.IntN(2) == 0 {
		body = "{ " + target + ", " + change + " }"
	}
	header := http.Header{"Idempotency-Key": {historyKey(pool, key)}, "Content-Type": {"application/json"}}
	c.do(historyAsked{pool: pool, verb: historyPost, key: key, variant: variant}, http.MethodPost, "/v1/orders", header, body)
}

// get reads an order whose id was told.
func (c *historyClient) get(pool, key int) historyTold {
	c.mu.Lock()
	id := c.ids[historyKey(pool, key)]
	c.mu.Unlock()
	if id == "" {
		return c.list(pool, key)
	}
	return c.do(historyAsked{pool: pool, verb: historyRead, key: key}, http.MethodGet, "/v1/orders/"+id, nil, "")
}

// list looks for the order of a key.
func (c *historyClient) list(pool, key int) historyTold {
	path := "/v1/orders?idempotency_key=" + historyKey(pool, key)
	return c.do(historyAsked{pool: pool, verb: historyRead, key: key}, http.MethodGet, path, nil, "")
}

// judge is a person, who reads an order and the cloud's book, and settles what nobody knows; and who now and
// then says of a settled order that it is not so.
func (c *historyClient) judge(pool, key int) {
	order := c.get(pool, key)
	c.mu.Lock()
	id := c.ids[historyKey(pool, key)]
	c.mu.Unlock()
	if id == "" || order.class != historyIs {
		return
	}
	booked := slices.ContainsFunc(c.accounts[pool].orders(), func(b booking) bool {
		in, at, _ := historyPlan(b.plan)
		return in == pool && at == key
	})
	word := orders.NotPlaced
	switch state := historyState(order.state); {
	case order.state == orders.Unknown && booked, order.state == orders.NeedsReview && booked, order.state == orders.NotPlaced:
		word = orders.Placed
	case order.state == orders.NeedsReview, state.has(historyFinal):
	default:
		return
	}
	body := fmt.Sprintf(`{"state":%q,"note":"It is in the cloud's console, or it is not."}`, word)
	asked := historyAsked{pool: pool, verb: historyResolve, key: key, word: word}
	c.do(asked, http.MethodPost, "/v1/orders/"+id+"/resolution", http.Header{"Content-Type": {"application/json"}}, body)
}

// do makes a request and notes it down. Where no server is, there is none.
func (c *historyClient) do(asked historyAsked, method, path string, header http.Header, body string) historyTold {
	for {
		asked.request = int(c.next.Add(1))
		s := c.servers.one(c.rng)
		r := historyRequest{historyAsked: asked, client: c.n, server: s.n, call: c.servers.since()}
		a, err := c.exchange(method, s.url+path, header, body)
		r.end = c.servers.since()
		var refused *net.OpError
		if errors.As(err, &refused) && refused.Op == "dial" {
			<-time.After(20 * time.Millisecond)
			continue
		}
		if err != nil {
			r.told = historyTold{class: historyUnsure, text: "no answer"}
			if !s.died(5 * time.Second) {
				r.told = historyTold{class: historyStrange, text: err.Error()}
			}
		} else {
			r.told = c.read(asked, strings.HasPrefix(path, "/v1/orders?"), a)
		}
		c.mu.Lock()
		c.seen.requests = append(c.seen.requests, r)
		c.mu.Unlock()
		return r.told
	}
}

// historyResponse is a response that was read.
type historyResponse struct {
	status int
	header http.Header
	body   []byte
}

// exchange makes one request on a connection of its own: Go repeats nothing of it.
func (c *historyClient) exchange(method, url string, header http.Header, body string) (historyResponse, error) {
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return historyResponse{}, err
	}
	if header != nil {
		req.Header = header
	}
	if req.Close = true; body == "" {
		req.Body = http.NoBody
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return historyResponse{}, err
	}
	defer func() { _ = res.Body.Close() }() // it was read, or failed
	got, err := io.ReadAll(res.Body)
	return historyResponse{res.StatusCode, res.Header, got}, err
}

// read makes an answer of the model of a response, which may be a list.
func (c *historyClient) read(asked historyAsked, list bool, res historyResponse) historyTold {
	body := res.body
	strange := historyTold{class: historyStrange, text: fmt.Sprintf("%d %s", res.status, body)}
	if list && res.status == http.StatusOK {
		var list struct{ Items []json.RawMessage }
		if err := json.Unmarshal(body, &list); err != nil || len(list.Items) > 1 {
			return strange
		}
		if len(list.Items) == 0 {
			return historyTold{class: historyIs}
		}
		body = list.Items[0]
	}
	var said struct {
		ID, Code, State string
		Key             string `json:"idempotency_key"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return strange
	}
	if said.ID != "" {
		c.mu.Lock()
		c.ids[said.Key] = said.ID
		c.mu.Unlock()
	}
	t := historyTold{
		class: historyIs, state: orders.State(cmp.Or(res.header.Get("Order-State"), said.State)), body: digest(body),
		replayed: res.header.Get("Idempotent-Replayed") == "true", problem: said.Code != "",
	}
	switch {
	case t.state == "":
		t.class, t.text = historyClassOf(res.status, said.Code), fmt.Sprintf(" %d %s", res.status, said.Code)
	case asked.verb == historyPost && res.status != historyStatuses[t.state], said.Key != "" && said.Key != historyKey(asked.pool, asked.key):
		return strange
	}
	return t
}

// historyStatuses are the answers to a POST for each state.
var historyStatuses = map[orders.State]int{
	orders.Placed: http.StatusCreated, orders.Partial: http.StatusCreated,
	orders.Unknown: http.StatusAccepted, orders.NeedsReview: http.StatusAccepted,
	orders.Rejected: http.StatusUnprocessableEntity, orders.NotSent: http.StatusServiceUnavailable, orders.NotPlaced: http.StatusConflict,
}

// historyClassOf is the class of a problem that tells no state.
func historyClassOf(status int, code string) historyClass {
	switch code {
	case "ORDER_IN_PROGRESS":
		return historyBusy
	case "UNRESOLVED_ORDER":
		return historyUnresolved
	case "IDEMPOTENCY_KEY_MISMATCH":
		return historyMismatch
	case "OPERATION_CONFLICT":
		return historySettled
	case "LEDGER_UNAVAILABLE":
		return historyUnsure
	}
	if status >= http.StatusBadGateway {
		return historyRefused
	}
	return historyStrange
}

// digest is short, and does not depend on white space between the tokens.
func digest(body []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, body) != nil {
		return "no JSON"
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:6])
}

func named(id string) func(pool.CloudOrder) bool {
	return func(o pool.CloudOrder) bool { return o.ID == id }
}

func cloudOrder(id string) pool.CloudOrder { return pool.CloudOrder{ID: id} }
