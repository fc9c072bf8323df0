package huawei

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

const (
	opToken       = "get an IAM token"
	headerSubject = "X-Subject-Token"
	tokenLifetime = 24 * time.Hour // if IAM does not say
)

// newTokens returns tokens for what scope names: a project or a domain, by id or name.
func newTokens(c Config, scope any, client *transport.Client) *tokens {
	asker := iam{
		source:   c.ID,
		endpoint: c.IAMEndpoint,
		client:   client,
		question: passwordQuestion(c, scope),
		secrets:  []pool.Secret{c.Credentials.Password},
		now:      c.Now,
	}
	return &tokens{source: c.ID, fetch: asker.token, now: c.Now, secret: c.Credentials.Password}
}

// iam asks Identity and Access Management.
type iam struct {
	source, endpoint string
	client           *transport.Client
	question         any
	secrets          []pool.Secret
	now              func() time.Time
}

type object map[string]any

// passwordQuestion is the body of POST /v3/auth/tokens: user, password and scope.
func passwordQuestion(c Config, scope any) any {
	return object{"auth": object{
		"identity": object{
			"methods": []string{"password"},
			"password": object{"user": object{
				"name":     c.Credentials.Username,
				"password": c.Credentials.Password.Reveal(),
				"domain":   object{"name": c.Credentials.DomainName},
			}},
		},
		"scope": scope,
	}}
}

// token asks for a token: POST /v3/auth/tokens, which may be repeated, since a
// new token does not revoke another.
func (i iam) token(ctx context.Context) (token, error) {
	body, err := json.Marshal(i.question)
	if err != nil {
		return token{}, &pool.Error{Kind: pool.Failed, Source: i.source, Op: opToken, Err: err}
	}
	asked := i.now()
	res, err := i.client.Read(ctx, transport.Call{
		Source: i.source,
		Op:     opToken,
		Build: func(ctx context.Context) (*http.Request, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.endpoint+"/v3/auth/tokens?nocatalog=true", bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			r.Header.Set("Content-Type", "application/json;charset=UTF-8")
			r.Header.Set("Accept", "application/json")
			return r, nil
		},
		Judge: i.judge,
	})
	if err != nil {
		return token{}, err
	}
	return newToken(res, asked), nil
}

// judge turns refused input into a failure: the input is our configuration,
// not the caller's.
func (i iam) judge(res transport.Response) (*pool.Error, bool) {
	err, again := judge(res, false, i.secrets)
	switch {
	case err != nil && err.Kind == pool.Invalid:
		err.Kind = pool.Failed
	case err == nil && res.Header.Get(headerSubject) == "":
		err = &pool.Error{Kind: pool.BadBody, Upstream: &pool.Upstream{HTTPStatus: res.Status, RequestID: requestID(res, nil)}}
	}
	return err, again
}

// newToken reads an answer of IAM. How long the token lives is taken from the
// difference of IAM's own times, since our clock may be off.
func newToken(res transport.Response, asked time.Time) token {
	var said struct {
		Token struct {
			Issued  time.Time `json:"issued_at"`
			Expires time.Time `json:"expires_at"`
		} `json:"token"`
	}
	lifetime := tokenLifetime
	if err := wire.Decode(res.Body, "KeystoneCreateUserTokenByPassword", &said, nil); err == nil &&
		!said.Token.Issued.IsZero() && said.Token.Expires.After(said.Token.Issued) {
		lifetime = said.Token.Expires.Sub(said.Token.Issued)
	}
	return token{
		value:     pool.NewSecret(res.Header.Get(headerSubject)),
		fetched:   asked,
		refreshAt: asked.Add(lifetime - min(refreshAhead, lifetime/2)),
		expires:   asked.Add(lifetime),
	}
}
