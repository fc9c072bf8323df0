package huawei

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// caller makes the calls of one source.
type caller struct {
	source  string
	base    string // endpoint with version and project
	project string
	client  *transport.Client
	auth    authorizer
	now     func() time.Time
}

// authorizer has the credentials of a source. There are two: keys sign each
// request, tokens send what IAM gave.
type authorizer interface {
	// permit returns what a call needs, which may have to be fetched first.
	permit(ctx context.Context) (permit, error)
}

// permit puts credentials on the requests of one call.
type permit struct {
	authorize func(*http.Request) error
	// renew tells whether the same call, refused so, may be repeated with another permit.
	renew   func(refusal) bool
	secrets []pool.Secret // that no error may repeat
}

// refusal is an answer that refused a permit.
type refusal struct {
	said *pool.Upstream
	date time.Time // the cloud's clock; zero if it was not said
}

func newCaller(c Config, client *transport.Client) *caller {
	return &caller{
		source:  c.ID,
		base:    c.Endpoint + "/v2/" + c.ProjectID,
		project: c.ProjectID,
		client:  client,
		auth:    newAuthorizer(c, client),
		now:     c.Now,
	}
}

func newAuthorizer(c Config, client *transport.Client) authorizer {
	if c.Credentials.AccessKey.Given() {
		return &keys{c: c.Credentials, now: c.Now}
	}
	return newTokens(c, client)
}

// call is one GET of Workspace.
type call struct {
	op        string // as in "list desktop pools"
	operation string // the vendor's name of it
	path      string // below the project, escaped
	query     url.Values
	byID      bool // the path names one pool or desktop, which may not exist
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
			return c.request(ctx, k, p)
		},
		Judge: func(res transport.Response) (*pool.Error, bool) {
			err, again := judge(res, k.byID, p.secrets)
			if err != nil && err.Kind == pool.Auth {
				date, _ := http.ParseTime(res.Header.Get("Date")) // the zero time if it is not one
				refused = &refusal{said: err.Upstream, date: date}
			}
			return err, again
		},
	})
	return res, refused, err
}

func (c *caller) request(ctx context.Context, k call, p permit) (*http.Request, error) {
	target := c.base + k.path
	if len(k.query) > 0 {
		target += "?" + strings.ReplaceAll(k.query.Encode(), "+", "%20")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set(headerProject, c.project)
	return r, p.authorize(r)
}

// badBody is the error for a good status with a body that does not hold what it should.
func (c *caller) badBody(k call, a answer, cause error) error {
	return &pool.Error{
		Kind: pool.BadBody, Source: c.source, Op: k.op, Err: cause,
		Upstream: &pool.Upstream{HTTPStatus: http.StatusOK, RequestID: a.requestID},
	}
}
