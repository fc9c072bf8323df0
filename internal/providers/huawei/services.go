package huawei

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// newServices returns who asks Workspace, which belongs to the project, and
// who asks billing, which belongs to the account: the domain, in Huawei's word.
func newServices(c Config, client *transport.Client) (workspace, billing *caller) {
	workspace = &caller{source: c.ID, base: c.Endpoint + "/v2/" + c.ProjectID, client: client, now: c.Now}
	workspace.scope = func(_ context.Context, r *http.Request) error {
		r.Header.Set(headerProject, c.ProjectID)
		return nil
	}
	billing = &caller{source: c.ID, base: c.BillingEndpoint, client: client, now: c.Now}
	if c.Credentials.AccessKey.Given() {
		signer := &keys{c: c.Credentials, now: c.Now}
		workspace.auth, billing.auth = signer, signer
		billing.scope = newDomain(c, client, signer).scope
		return workspace, billing
	}
	// A token says itself what it is for, and is of no use for the other service.
	workspace.auth = newTokens(c, object{"project": object{"id": c.ProjectID}}, client)
	account := object{"name": c.Credentials.DomainName}
	if c.DomainID != "" {
		account = object{"id": c.DomainID}
	}
	billing.auth = newTokens(c, object{"domain": account}, client)
	return workspace, billing
}

// domain knows the id of the account: it is configured, or learnt from IAM once.
type domain struct {
	iam  *caller
	turn chan struct{} // held by the one who reads or asks

	id    string    // empty: not known yet
	err   error     // why it is not
	pause time.Time // until then IAM is not asked again
}

func newDomain(c Config, client *transport.Client, signer authorizer) *domain {
	return &domain{
		iam:  &caller{source: c.ID, base: c.IAMEndpoint, client: client, auth: signer, now: c.Now},
		turn: make(chan struct{}, 1),
		id:   c.DomainID,
	}
}

// scope sets X-Domain-Id.
func (d *domain) scope(ctx context.Context, r *http.Request) error {
	id, err := d.get(ctx)
	if err != nil {
		return err
	}
	r.Header.Set(headerDomain, id)
	return nil
}

const opDomain = "find the account's id"

// get returns the id. A failure is repeated for a minute, so that a bad
// signature is not: too many of them lock the key.
func (d *domain) get(ctx context.Context) (string, error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return "", &pool.Error{Kind: pool.Timeout, Source: d.iam.source, Op: opDomain, Err: ctx.Err()}
	}
	if d.id != "" {
		return d.id, nil
	}
	if d.iam.now().Before(d.pause) {
		return "", d.err
	}
	id, err := d.ask(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.err, d.pause = err, d.iam.now().Add(tokenPause)
		}
		return "", err
	}
	d.id = id
	return id, nil
}

// domains is the answer of KeystoneListAuthDomains.
type domains struct {
	Rows []struct {
		ID string `json:"id"`
	} `json:"domains"`
}

// ask lists the accounts that the key may be used for: GET /v3/auth/domains, of which there is one.
func (d *domain) ask(ctx context.Context) (string, error) {
	k := call{op: opDomain, operation: "KeystoneListAuthDomains", path: "/v3/auth/domains"}
	var said domains
	a, err := d.iam.get(ctx, k, &said, nil)
	if err != nil {
		return "", err
	}
	if len(said.Rows) != 1 || !projectID.MatchString(said.Rows[0].ID) {
		return "", d.iam.badBody(k, a, errors.New("it is not one account that the key belongs to: configure domain_id"))
	}
	return said.Rows[0].ID, nil
}
