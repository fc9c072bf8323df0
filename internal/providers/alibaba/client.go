package alibaba

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

const (
	ecdVersion = "2020-09-30"
	bssVersion = "2017-12-14"
	dateFormat = "2006-01-02T15:04:05Z"
	// The time of a signature may be maxClock from the cloud's; less than minClock is
	// the time that an answer travels, and its Date in whole seconds.
	minClock = 10 * time.Second
	maxClock = 15 * time.Minute
)

// rpcClient calls operations of one product, ECD or BssOpenApi. It is safe for
// concurrent use.
type rpcClient struct {
	source   string
	region   string // sent as RegionId; empty: the product does not take it
	version  string
	endpoint url.URL
	// credentials is a function because fmt prints the unexported fields of a
	// struct without asking pool.Secret how.
	credentials func() Credentials
	http        *transport.Client
	now         func() time.Time
	drift       *pool.Drift
	skew        atomic.Int64 // nanoseconds that the cloud's clock is ahead of ours
}

// call is one operation with its parameters; RegionId is added where it is needed.
type call struct {
	op     string // for errors
	action string // the vendor's name
	params url.Values
}

// reply is the good answer to a call.
type reply struct {
	action, requestID string
	asked, at         time.Time // when the answer was asked for, and when it arrived
	ahead             time.Duration
	body              []byte
}

// part is body, the whole of the reply or some of it, for the native view.
func (a reply) part(body json.RawMessage) pool.Part {
	return pool.Part{Operation: a.action, RequestID: a.requestID, ReadAt: a.at, Body: body}
}

// read calls an operation that changes nothing, and decodes its answer into v.
func (c *rpcClient) read(ctx context.Context, call call, v any) (reply, error) {
	var asked time.Time
	var said failure
	resigned := false
	r, err := c.http.Read(ctx, transport.Call{
		Source: c.source,
		Op:     call.op,
		Build: func(ctx context.Context) (*http.Request, error) {
			asked = c.now()
			return c.request(ctx, call, asked)
		},
		Judge: func(r transport.Response) (*pool.Error, bool) {
			err, again := c.judge(r, &said)
			if err != nil && err.Upstream != nil && err.Upstream.Code == codeExpired {
				again = !resigned && c.learnClock(r)
				resigned = true
			}
			return err, again
		},
	})
	if err != nil {
		return reply{}, err
	}
	if err := wire.Decode(r.Body, call.action, v, c.drift); err != nil {
		return reply{}, c.fail(pool.BadBody, call.op, err)
	}
	return reply{
		action: call.action, requestID: said.requestID(r), asked: asked, at: r.At,
		ahead: c.ahead(r, asked), body: r.Body,
	}, nil
}

// write calls an operation that changes something, at most once, with at as the
// time of its signature.
func (c *rpcClient) write(ctx context.Context, call call, at time.Time, judge func(transport.Response) pool.Sent) pool.Sent {
	return c.http.Once(ctx, transport.Write{
		Source: c.source,
		Op:     call.op,
		Build:  func(ctx context.Context) (*http.Request, error) { return c.request(ctx, call, at) },
		Judge:  judge,
	})
}

// request makes a signed request with a nonce of its own, and at, by the
// cloud's clock, as its date. Parameters go into the query, where every
// operation documents them.
func (c *rpcClient) request(ctx context.Context, call call, at time.Time) (*http.Request, error) {
	query := url.Values{}
	if c.region != "" {
		query.Set("RegionId", c.region)
	}
	for name, values := range call.params {
		query[name] = values
	}
	u := c.endpoint
	u.RawQuery = canonicalQuery(query)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Acs-Action", call.action)
	r.Header.Set("X-Acs-Version", c.version)
	r.Header.Set("X-Acs-Date", c.clock(at).UTC().Format(dateFormat))
	r.Header.Set("X-Acs-Signature-Nonce", hex.EncodeToString(nonce[:]))
	key := c.credentials()
	if token := key.SecurityToken; token.Given() {
		r.Header.Set("X-Acs-Security-Token", token.Reveal())
	}
	sign(r, nil, key.AccessKey.Reveal(), key.SecretKey.Reveal())
	return r, nil
}

// clock is the cloud's time at our time t, as far as we have learnt it.
func (c *rpcClient) clock(t time.Time) time.Time { return t.Add(time.Duration(c.skew.Load())) }

// ahead is how much further the cloud's clock is than we have learnt, by the
// Date of a good answer; zero where that is next to nothing, or more than a signature may be off.
func (c *rpcClient) ahead(r transport.Response, asked time.Time) time.Duration {
	date, err := http.ParseTime(r.Header.Get("Date"))
	by := date.Sub(c.clock(asked))
	if err != nil || by.Abs() < minClock || by.Abs() > maxClock {
		return 0
	}
	return by
}

// learnClock takes the cloud's time from the Date of an answer.
func (c *rpcClient) learnClock(r transport.Response) bool {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return false
	}
	c.skew.Store(int64(date.Sub(c.now())))
	return true
}

// fail is an error of this source that no answer spells out.
func (c *rpcClient) fail(kind pool.Kind, op string, cause error) *pool.Error {
	return &pool.Error{Kind: kind, Source: c.source, Op: op, Err: cause}
}

// follow calls page with the token of every page, the first of which is empty,
// until a page has no next. The cloud's tokens are opaque and its counts no
// measure of pages; so a token that comes twice, and more than most pages, are errors.
func (c *rpcClient) follow(op string, most int, page func(token string) (next string, err error)) error {
	seen := map[string]bool{}
	for token := ""; ; {
		if len(seen) == most {
			return c.fail(pool.LimitReached, op, errTooManyPages)
		}
		seen[token] = true
		next, err := page(token)
		if err != nil || next == "" {
			return err
		}
		if seen[next] {
			return c.fail(pool.Failed, op, errRepeatedToken)
		}
		token = next
	}
}
