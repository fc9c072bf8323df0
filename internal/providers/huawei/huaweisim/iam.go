package huaweisim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

const (
	tokenLife   = 24 * time.Hour
	tokenLayout = "2006-01-02T15:04:05.000000Z"
	// tokenKey seals tokens. All simulated clouds share it, so that a token of
	// another region is read and refused for what it is.
	tokenKey = "huaweisim"
)

// grant is what a token says. It is scoped to a project or to the account, Domain.
type grant struct {
	User, Region    string
	Project, Domain string // one of them
	Expires         time.Time
}

// seal makes a token of g: it needs no store, and more of them do not revoke older ones.
func (g grant) seal() (string, error) {
	b, err := json.Marshal(g)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(tokenMAC(b), b...)), nil
}

func openToken(token string) (grant, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], tokenMAC(b[sha256.Size:])) {
		return grant{}, false
	}
	var g grant
	err = json.Unmarshal(b[sha256.Size:], &g)
	return g, err == nil
}

func tokenMAC(b []byte) []byte {
	mac := hmac.New(sha256.New, []byte(tokenKey))
	mac.Write(b)
	return mac.Sum(nil)
}

func (s *Sim) checkToken(token string, now time.Time) (identity, *failure) {
	g, ok := openToken(token)
	if !ok {
		return identity{}, unauthenticated("decrypt token fail")
	}
	if !now.Before(g.Expires) {
		return identity{}, unauthenticated("token expires, expires_at: " + g.Expires.Format(tokenLayout))
	}
	if g.Region != s.cfg.Region {
		return identity{}, &failure{401, "APIGW.0307", "The token must be updated"}
	}
	return identity{user: g.User, project: g.Project, domain: g.Domain}, nil
}

// tokenRequest is the body of POST /v3/auth/tokens.
type tokenRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string
			Password *struct {
				User struct {
					Name, Password string
					Domain         struct{ Name string }
				}
			}
		}
		Scope tokenScope
	}
}

// tokenScope names a project or the account; without either, it is the account.
type tokenScope struct{ Project, Domain *struct{ ID, Name string } }

func (s *Sim) createToken(c *call) (reply, *failure) {
	var req tokenRequest
	if err := json.Unmarshal(c.body, &req); err != nil {
		return reply{}, badToken()
	}
	id := req.Auth.Identity
	if len(id.Methods) != 1 || id.Methods[0] != "password" || id.Password == nil || id.Password.User.Name == "" {
		return reply{}, badToken()
	}
	user := User{id.Password.User.Name, id.Password.User.Password, id.Password.User.Domain.Name}
	if err := s.checkPassword(user, c.now); err != nil {
		return reply{}, err
	}
	g := grant{User: user.Name, Region: s.cfg.Region, Expires: c.now.Add(tokenLife)}
	if err := s.scope(&g, req.Auth.Scope, user.Domain); err != nil {
		return reply{}, err
	}
	token, err := g.seal()
	if err != nil {
		return reply{}, &failure{500, "", "The token could not be made."}
	}
	catalog := strings.TrimSpace(c.query.Get("nocatalog")) == ""
	return reply{status: 201, token: token, body: map[string]any{"token": s.tokenBody(g, user, c.now, catalog)}}, nil
}

// scope gives a grant the scope that was asked for; account is the name of the user's.
func (s *Sim) scope(g *grant, asked tokenScope, account string) *failure {
	if p := asked.Project; p != nil {
		if (p.ID != "" && p.ID != s.cfg.ProjectID) || (p.ID == "" && p.Name != s.cfg.Region) {
			return &failure{404, "", "Could not find project: " + p.ID + p.Name + "."}
		}
		g.Project = s.cfg.ProjectID
		return nil
	}
	if d := asked.Domain; d != nil && ((d.ID != "" && d.ID != s.cfg.DomainID) || (d.ID == "" && d.Name != account)) {
		return &failure{404, "", "Could not find domain: " + d.ID + d.Name + "."}
	}
	g.Domain = s.cfg.DomainID
	return nil
}

func badToken() *failure { return &failure{400, "", "The request body is invalid"} }

func (s *Sim) checkPassword(u User, now time.Time) *failure {
	name := u.Domain + "/" + u.Name
	if s.users.locked(name, now) {
		return &failure{401, "", "The account is locked."}
	}
	for _, known := range s.cfg.Users {
		if known == u {
			s.users.passed(name)
			return nil
		}
	}
	s.users.failed(name, now)
	return &failure{401, "", "The username or password is wrong."}
}

func (s *Sim) tokenBody(g grant, u User, now time.Time, catalog bool) map[string]any {
	domain := map[string]string{"id": s.cfg.DomainID, "name": u.Domain}
	body := map[string]any{
		"expires_at": g.Expires.Format(tokenLayout),
		"issued_at":  now.Format(tokenLayout),
		"methods":    []string{"password"},
		"roles":      []map[string]string{{"id": "0", "name": "te_admin"}},
		"user": map[string]any{"id": uuid(mixText(u.Name)), "name": u.Name,
			"password_expires_at": "", "domain": domain},
	}
	if g.Project != "" {
		body["project"] = map[string]any{"id": g.Project, "name": s.cfg.Region, "domain": domain}
	} else {
		body["domain"] = domain
	}
	if catalog {
		body["catalog"] = []map[string]any{{"id": uuid(mixText("workspace")), "name": "workspace", "type": "workspace",
			"endpoints": []map[string]string{{"interface": "public", "region": s.cfg.Region, "region_id": s.cfg.Region,
				"url": "https://workspace." + s.cfg.Region + ".myhuaweicloud.com/v2/" + g.Project}}}}
	}
	return body
}

// listProjects answers GET /v3/projects. Huawei's account has one project a region, named after it.
func (s *Sim) listProjects(c *call) (reply, *failure) {
	ids := []string{s.cfg.ProjectID}
	if s.cfg.TwinProject {
		ids = append(ids, hexID(mixText(s.cfg.ProjectID)))
	}
	projects := []map[string]any{}
	for _, id := range ids {
		if name := c.query.Get("name"); name == "" || name == s.cfg.Region {
			projects = append(projects, map[string]any{
				"id": id, "name": s.cfg.Region, "domain_id": s.cfg.DomainID, "parent_id": s.cfg.DomainID,
				"enabled": true, "is_domain": false, "description": "",
				"links": map[string]string{"self": "https://iam." + s.cfg.Region + ".myhuaweicloud.com/v3/projects/" + id}})
		}
	}
	return reply{body: map[string]any{"projects": projects, "links": map[string]any{
		"self": "https://iam." + s.cfg.Region + ".myhuaweicloud.com/v3/projects", "previous": nil, "next": nil}}}, nil
}

// listAuthDomains answers GET /v3/auth/domains: the account that the caller
// belongs to. It is named as its users say; without any, by its id (chosen).
func (s *Sim) listAuthDomains(*call) (reply, *failure) {
	name := s.cfg.DomainID
	if len(s.cfg.Users) > 0 {
		name = s.cfg.Users[0].Domain
	}
	base := "https://iam." + s.cfg.Region + ".myhuaweicloud.com/v3/"
	return reply{body: map[string]any{
		"domains": []map[string]any{{"id": s.cfg.DomainID, "name": name, "enabled": true, "description": "",
			"links": map[string]string{"self": base + "domains/" + s.cfg.DomainID}}},
		"links": map[string]any{"self": base + "auth/domains", "previous": nil, "next": nil},
	}}, nil
}
