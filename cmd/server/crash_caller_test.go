package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// itself tells whether the server kills itself, and is not killed.
func (d death) itself() bool {
	return d.at != "" && d.at != "time" && d.at != "start" && !strings.HasPrefix(d.at, "cloud.") && !strings.HasPrefix(d.at, "caller.")
}

// write makes the order of a round, and another one.
func (c *campaign) write(ctx context.Context, r *round) error {
	poolID, err := c.pool(ctx, r.account)
	if err != nil {
		return err
	}
	var change string
	switch {
	case r.cloud == pool.Huawei:
		change = fmt.Sprintf(`"type":"ADD_VOLUME","add_volume":{"volume_type":"SAS","volume_size_gib":%d}`, 10+10*(r.n%20))
	case r.n%2 == 0:
		change = `"type":"RESIZE","resize":{"product_id":"eds.enterprise_office.4c8g"}`
	default:
		change = fmt.Sprintf(`"type":"EXTEND_VOLUME","extend_volume":{"disk_id":"SYSTEM","new_size_gib":%d}`, 200+10*(r.n%20))
	}
	text := func(plan string) string {
		return fmt.Sprintf(`{%s,"target":{"pool_id":%q},"promotion_plan_id":%q}`, change, poolID, plan)
	}
	r.body, r.other = text(r.plan), text("other-"+r.plan)
	return nil
}

// pool is the id of a pool of an account that takes orders.
func (c *campaign) pool(ctx context.Context, a *account) (string, error) {
	if group := c.groups[a.source]; group != "" {
		return a.source + ":" + group, nil
	}
	got, err := c.ask(ctx, "/v1/pools?billing_mode=PREPAID&state=READY&source="+a.source, nil)
	if err != nil {
		return "", err
	}
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(got.body, &list); err != nil || len(list.Items) == 0 {
		return "", fmt.Errorf("no pool takes orders (%w): %s", err, got.body)
	}
	_, c.groups[a.source], _ = strings.Cut(list.Items[0].ID, ":")
	return list.Items[0].ID, nil
}

// perish drives a round until the server dies.
func (c *campaign) perish(ctx context.Context, r *round, d death) error {
	if err := c.threaten(ctx, r, d); err != nil {
		return err
	}
	for !c.server.died(0) {
		a, err := c.post(ctx, r, d.at == "caller.first")
		switch _, final := a.verdict(); {
		case err != nil && !c.server.died(5*time.Second):
			return err
		case err != nil: // it died over it
		case !final:
			c.server.died(5 * time.Millisecond)
		case d.at == "time" || d.at == "start": // it was faster
			c.server.kill()
		case !c.server.died(time.Second):
			return fmt.Errorf("the server never came there, and answers %s", a.body)
		}
	}
	<-c.server.dead
	c.deaths[d.at]++
	return c.server.killed()
}

// threaten sees to it that the server is killed, if it does not do that itself.
func (c *campaign) threaten(ctx context.Context, r *round, d death) error {
	step, inCloud := strings.CutPrefix(d.at, "cloud.")
	if step == "accept" || step == "first" { // reads have a connection then, and the next new one is the order's
		if _, err := c.ask(ctx, "/v1/pools?source="+r.account.source, http.Header{"Cache-Control": {"no-cache"}}); err != nil {
			return err
		}
	}
	switch {
	case inCloud:
		r.account.set(&trap{step: step, n: max(d.n, 1), taken: d.taken, do: c.server.kill})
	case d.at == "time":
		time.AfterFunc(d.after, c.server.kill)
	}
	return nil
}

// settle asks until the order is settled, and then a little more.
func (c *campaign) settle(ctx context.Context, r *round) error {
	var a answer
	for {
		var err error
		if a, err = c.post(ctx, r, false); err != nil {
			return err
		}
		if _, final := a.verdict(); final {
			break
		}
		if a.state == orders.NeedsReview {
			return errors.New("it was left to a person")
		}
		if c.server.died(10 * time.Millisecond) {
			return errors.New("the server died, and was not to")
		}
	}
	if c.rng.IntN(3) > 0 {
		return nil
	}
	again, err := c.post(ctx, r, false)
	if err != nil {
		return err
	}
	other, err := c.send(ctx, r.key, r.other, false)
	if err != nil {
		return err
	}
	if other.code != "IDEMPOTENCY_KEY_MISMATCH" || other.status != http.StatusUnprocessableEntity {
		return fmt.Errorf("another order with the key: %d %s", other.status, other.body)
	}
	if again.id == "" {
		return nil
	}
	read, err := c.ask(ctx, "/v1/orders/"+again.id, nil)
	if err == nil && (read.status != http.StatusOK || string(read.body) != again.body) {
		err = fmt.Errorf("the order reads as %d %s, and was answered as %s", read.status, read.body, again.body)
	}
	return err
}

// post sends the order of a round, and notes down what is answered.
func (c *campaign) post(ctx context.Context, r *round, killAtAnswer bool) (answer, error) {
	a, err := c.send(ctx, r.key, r.body, killAtAnswer)
	if err == nil {
		c.told = append(c.told, a)
	}
	return a, err
}

// send sends an order, and may kill the server when the first byte of the answer is there.
func (c *campaign) send(ctx context.Context, key, body string, killAtAnswer bool) (answer, error) {
	if killAtAnswer {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: c.server.kill})
	}
	header := http.Header{"Idempotency-Key": {key}, "Content-Type": {"application/json"}}
	got, err := c.exchange(ctx, http.MethodPost, "/v1/orders", header, body)
	if err != nil {
		return answer{}, err
	}
	var said struct{ ID, Code string }
	if err := json.Unmarshal(got.body, &said); err != nil {
		return answer{}, fmt.Errorf("%d %s: %w", got.status, got.body, err)
	}
	return answer{
		key: key, status: got.status, code: said.Code, id: said.ID, body: string(got.body),
		replayed: got.header.Get("Idempotent-Replayed") == "true", state: orders.State(got.header.Get("Order-State")),
	}, nil
}

// ask reads something.
func (c *campaign) ask(ctx context.Context, path string, header http.Header) (response, error) {
	return c.exchange(ctx, http.MethodGet, path, header, "")
}

// response is a whole answer of the server.
type response struct {
	status int
	header http.Header
	body   []byte
}

// exchange makes one request on a connection of its own: Go repeats nothing of it.
func (c *campaign) exchange(ctx context.Context, method, path string, header http.Header, body string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.server.url+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	if header != nil {
		req.Header = header
	}
	if req.Close = true; body == "" {
		req.Body = http.NoBody
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = res.Body.Close() }() // it was read, or failed
	got, err := io.ReadAll(res.Body)
	return response{res.StatusCode, res.Header, got}, err
}
