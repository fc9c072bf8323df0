package huawei

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// caller makes the calls of one source to one of its services.
type caller struct {
	source string
	base   string // endpoint, with version and project where the service has them
	// scope says on a request whose resources are meant; nil: the credentials say that.
	scope  func(context.Context, *http.Request) error
	client *transport.Client
	auth   authorizer
	now    func() time.Time
	ahead  atomic.Int64 // nanoseconds that the cloud's clock is ahead of ours, as the latest answer had it
}

// authorizer has the credentials of a source. There are two: keys sign each
// request, tokens send what IAM gave.
type authorizer interface {
	// permit returns what a call needs, which may have to be fetched first.
	permit(ctx context.Context) (permit, error)
}

// permit puts credentials on the requests of one call.
type permit struct {
	// authorize puts them on a request that is sent with body at a time of our clock.
	authorize func(r *http.Request, body []byte, at time.Time) error
	// renew tells whether the same call, refused so, may be repeated with another permit.
	renew   func(refusal) bool
	secrets []pool.Secret // that no error may repeat
}

// refusal is an answer that refused a permit.
type refusal struct {
	said *pool.Upstream
	date time.Time // the cloud's clock; zero if it was not said
}

// call is one GET, or a POST that changes nothing.
type call struct {
	op        string // as in "list desktop pools"
	operation string // the vendor's name of it
	path      string // below the base, escaped
	query     url.Values
	body      []byte // of a POST; nil: a GET
	byID      bool   // the path names one thing, which may not exist
}

// answer is a good answer, and where it came from.
type answer struct {
	operation, requestID string
	at                   time.Time
	body                 []byte
}

func (a answer) part(body []byte) pool.Part {
	return pool.Part{Operation: a.operation, RequestID: a.requestID, ReadAt: a.at, Body: body}
}

// envelope is the answer less its rows.
func (a answer) envelope(rows string) pool.Part { return a.part(wire.Envelope(a.body, rows)) }

// get makes a call and decodes its answer into v. A call whose credentials were refused
// is repeated once, if renewing them may help: signatures that are refused
// again and again lock the key.
func (c *caller) get(ctx context.Context, k call, v any, drift *pool.Drift) (answer, error) {
	res, err := c.permitted(ctx, k)
	if err != nil {
		return answer{}, err
	}
	a := answer{operation: k.operation, requestID: requestID(res, nil), at: res.At, body: res.Body}
	if err := wire.Decode(res.Body, k.operation, v, drift); err != nil {
		return answer{}, c.badBody(k, a, err)
	}
	return a, nil
}

func (c *caller) permitted(ctx context.Context, k call) (transport.Response, error) {
	for first := true; ; first = false {
		p, err := c.auth.permit(ctx)
		if err != nil {
			return transport.Response{}, err
		}
		res, refused, err := c.send(ctx, k, p)
		if err == nil || refused == nil || !first || !p.renew(*refused) {
			return res, err
		}
	}
}

func (c *caller) send(ctx context.Context, k call, p permit) (transport.Response, *refusal, error) {
	var refused *refusal
	res, err := c.client.Read(ctx, transport.Call{
		Source: c.source,
		Op:     k.op,
		Build: func(ctx context.Context) (*http.Request, error) {
			return c.request(ctx, k, p, c.now())
		},
		Judge: func(res transport.Response) (*pool.Error, bool) {
			err, again := judge(res, k.byID, p.secrets)
			refused = c.refused(res, err)
			return err, again
		},
	})
	return res, refused, err
}

// refused notes the cloud's clock, and says whether an answer refused the permit; nil: it did not.
func (c *caller) refused(res transport.Response, err *pool.Error) *refusal {
	date, noDate := http.ParseTime(res.Header.Get("Date")) // the zero time if it is not one
	if noDate == nil {
		c.ahead.Store(int64(date.Sub(c.now())))
	}
	if err == nil || err.Kind != pool.Auth {
		return nil
	}
	return &refusal{said: err.Upstream, date: date}
}

// request makes the request of a call, as of a time of our clock.
func (c *caller) request(ctx context.Context, k call, p permit, at time.Time) (*http.Request, error) {
	target, method := c.base+k.path, http.MethodGet
	if len(k.query) > 0 {
		target += "?" + strings.ReplaceAll(k.query.Encode(), "+", "%20")
	}
	if k.body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(k.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if k.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.scope != nil {
		if err := c.scope(ctx, r); err != nil {
			return nil, err
		}
	}
	return r, p.authorize(r, k.body, at)
}

// badBody is the error for a good status with a body that does not hold what it should.
func (c *caller) badBody(k call, a answer, cause error) error {
	return &pool.Error{
		Kind: pool.BadBody, Source: c.source, Op: k.op, Err: cause,
		Upstream: &pool.Upstream{HTTPStatus: http.StatusOK, RequestID: a.requestID},
	}
}

func (c *caller) limit(k call, detail string) error {
	return &pool.Error{Kind: pool.LimitReached, Source: c.source, Op: k.op, Detail: detail}
}
