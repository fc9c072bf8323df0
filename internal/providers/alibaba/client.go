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
	apiVersion = "2020-09-30"
	dateFormat = "2006-01-02T15:04:05Z"
)

// ecdClient calls operations of ECD. It is safe for concurrent use.
type ecdClient struct {
	source, region string
	endpoint       url.URL
	// credentials is a function because fmt prints the unexported fields of a
	// struct without asking pool.Secret how.
	credentials func() Credentials
	http        *transport.Client
	now         func() time.Time
	drift       *pool.Drift
	skew        atomic.Int64 // nanoseconds that the cloud's clock is ahead of ours
}

// call is one operation with its parameters; RegionId is added.
type call struct {
	op     string // for errors
	action string // the vendor's name
	params url.Values
}

// reply is the good answer to a call.
type reply struct {
	action, requestID string
	asked, at         time.Time // when the answer was asked for, and when it arrived
	body              []byte
}

// part is body, the whole of the reply or some of it, for the native view.
func (a reply) part(body json.RawMessage) pool.Part {
	return pool.Part{Operation: a.action, RequestID: a.requestID, ReadAt: a.at, Body: body}
}

// read calls an operation that changes nothing, and decodes its answer into v.
func (c *ecdClient) read(ctx context.Context, call call, v any) (reply, error) {
	var asked time.Time
	var said failure
	resigned := false
	r, err := c.http.Read(ctx, transport.Call{
		Source: c.source,
		Op:     call.op,
		Build: func(ctx context.Context) (*http.Request, error) {
			asked = c.now()
			return c.request(ctx, call)
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
	return reply{action: call.action, requestID: said.requestID(r), asked: asked, at: r.At, body: r.Body}, nil
}

// request makes a signed request with a date and nonce of its own. Parameters
// go into the query, where every operation of ECD documents them.
func (c *ecdClient) request(ctx context.Context, call call) (*http.Request, error) {
	query := url.Values{"RegionId": {c.region}}
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
	now := c.now().Add(time.Duration(c.skew.Load()))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Acs-Action", call.action)
	r.Header.Set("X-Acs-Version", apiVersion)
	r.Header.Set("X-Acs-Date", now.UTC().Format(dateFormat))
	r.Header.Set("X-Acs-Signature-Nonce", hex.EncodeToString(nonce[:]))
	key := c.credentials()
	if token := key.SecurityToken; token.Given() {
		r.Header.Set("X-Acs-Security-Token", token.Reveal())
	}
	sign(r, nil, key.AccessKey.Reveal(), key.SecretKey.Reveal())
	return r, nil
}

// learnClock takes the cloud's time from the Date of an answer.
func (c *ecdClient) learnClock(r transport.Response) bool {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return false
	}
	c.skew.Store(int64(date.Sub(c.now())))
	return true
}

// fail is an error of this source that no answer spells out.
func (c *ecdClient) fail(kind pool.Kind, op string, cause error) *pool.Error {
	return &pool.Error{Kind: kind, Source: c.source, Op: op, Err: cause}
}

// follow calls page with the token of every page, the first of which is empty,
// until a page has no next. The cloud's tokens are opaque and its counts no
// measure of pages; so a token that comes twice, and more than most pages, are errors.
func (c *ecdClient) follow(op string, most int, page func(token string) (next string, err error)) error {
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
