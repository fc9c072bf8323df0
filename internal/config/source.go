package config

import (
	"slices"
	"strings"
)

func (r *reader) sources(top object, c *Config) {
	top.require("", "sources")
	seen := map[string]bool{}
	for _, n := range top.list("sources") {
		o := n.object(n.path+".", "id", "cloud", "region", "project_id", "domain_id", "endpoint",
			"iam_endpoint", "billing_endpoint", "budget", "credentials")
		var s Source
		o.require(n.path+".", "id", "cloud")
		o.id(&s.ID, seen)
		o.text("cloud", &s.Cloud, oneOf("a cloud", r.opts.Clouds))
		o.text("region", &s.Region, region)
		o.text("project_id", &s.ProjectID, accountID)
		o.text("domain_id", &s.DomainID, accountID)
		o.refuse("is not supported yet: only the cloud limits its calls", "budget")
		o.endpoint("endpoint", &s.Endpoint, c.AllowInsecureEndpoints)
		o.endpoint("iam_endpoint", &s.IAMEndpoint, c.AllowInsecureEndpoints)
		o.endpoint("billing_endpoint", &s.BillingEndpoint, c.AllowInsecureEndpoints)
		r.credentials(o, &s)
		c.Sources = append(c.Sources, s)
	}
}

// endpoint reads a URL and leaves out the slash at its end.
func (o object) endpoint(key string, to *string, insecure bool) {
	if o.text(key, to, endpoint(insecure)) {
		*to = strings.TrimRight(*to, "/")
	}
}

func (r *reader) credentials(source object, s *Source) {
	o, there := source.child("credentials", "access_key", "secret_key", "security_token",
		"username", "password", "domain_name")
	if there {
		c := &s.Credentials
		o.secret("access_key", &c.AccessKey)
		o.secret("secret_key", &c.SecretKey)
		o.secret("security_token", &c.SecurityToken)
		o.secret("username", &c.Username)
		o.secret("password", &c.Password)
		o.text("domain_name", &c.DomainName, name)
	}
	switch s.Cloud {
	case "huawei":
		source.require(source.path+".", "region", "project_id", "credentials")
		if there {
			o.keyOrUser()
		}
	case "alibaba":
		const unused = "must not be there: alibaba has no such thing"
		source.require(source.path+".", "region", "credentials")
		source.refuse(unused, "project_id", "domain_id", "iam_endpoint")
		if there {
			o.require(o.path+".", "access_key", "secret_key")
			o.refuse(unused, "username", "password", "domain_name")
		}
	}
}

// keyOrUser holds credentials to one of Huawei's two ways.
func (o object) keyOrUser() {
	key := []string{"access_key", "secret_key"}
	user := []string{"username", "password", "domain_name"}
	hasKey := slices.ContainsFunc(append(key, "security_token"), o.has)
	hasUser := slices.ContainsFunc(user, o.has)
	switch {
	case o.broken:
	case hasKey == hasUser:
		o.fault("must have either access_key and secret_key, or username, password and domain_name")
	case hasKey:
		o.require(o.path+".", key...)
	default:
		o.require(o.path+".", user...)
	}
}
