package config

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Parse reads the text of a configuration file. It returns a configuration or faults.
func Parse(data []byte, o Options) (*Config, []Fault) {
	if o.readFile == nil {
		o.readFile = readFile
	}
	r := &reader{opts: o}
	root, ok := r.document(data)
	if !ok {
		return nil, r.faults
	}
	c := r.read(root)
	faults := append(c.Apply(o), r.faults...)
	if len(faults) > 0 {
		slices.SortStableFunc(faults, func(a, b Fault) int { return a.Line - b.Line })
		return nil, faults
	}
	return c, nil
}

// read reads the whole file. Sources come first, since tenants name them, and
// tenants before keys.
func (r *reader) read(root node) *Config {
	c := Default()
	top := root.object("", "listen", "admin_listen", "public_url", "replicas", "log", "auth", "tenants",
		"cache", "ledger", "sources", "limits", "allow_insecure_endpoints")
	top.text("listen", &c.Listen, address)
	top.text("admin_listen", &c.AdminListen, address)
	top.text("public_url", &c.PublicURL, publicURL)
	top.integer("replicas", &c.Replicas, 1, 1000)
	if c.Replicas != 1 {
		top.refuse("must be 1: replicas do not share their limits yet", "replicas")
	}
	top.boolean("allow_insecure_endpoints", &c.AllowInsecureEndpoints)
	r.log(top, &c.Log)
	r.cache(top, &c.Cache)
	r.ledger(top, c)
	r.limits(top, &c.Limits)
	r.sources(top, c)
	r.tenants(top, c)
	r.auth(top, c)
	return c
}

func (r *reader) log(top object, l *Log) {
	if o, there := top.child("log", "level", "format"); there {
		o.text("level", &l.Level, logLevel)
		o.text("format", &l.Format, logFormat)
	}
}

func (r *reader) limits(top object, l *Limits) {
	if o, there := top.child("limits", "upstream_timeout", "order_timeout"); there {
		o.duration("upstream_timeout", &l.UpstreamTimeout, time.Second, time.Minute)
		o.duration("order_timeout", &l.OrderTimeout, time.Second, time.Minute)
	}
}

func (r *reader) ledger(top object, c *Config) {
	o, there := top.child("ledger", "url", "password")
	if !there {
		return
	}
	o.require("ledger.", "url")
	var l Ledger
	if o.text("url", &l.URL, ledgerURL) && strings.HasPrefix(l.URL, "file:") {
		o.refuse("must not be there: a file has no password", "password")
	}
	o.secret("password", &l.Password)
	c.Ledger = &l
}

func (r *reader) cache(top object, c *Cache) {
	o, there := top.child("cache", "memory_mib", "redis", "ttl", "stale")
	if !there {
		return
	}
	o.integer("memory_mib", &c.MemoryMiB, 1, 1<<20)
	o.refuse("is not supported yet: this version serves nothing stale", "stale")
	if ttl, there := o.child("ttl", "pools", "pool", "desktops", "statistics"); there {
		const low, high = 100 * time.Millisecond, 5 * time.Minute
		ttl.duration("pools", &c.TTL.Pools, low, high)
		ttl.duration("pool", &c.TTL.Pool, low, high)
		ttl.duration("desktops", &c.TTL.Desktops, low, high)
		ttl.duration("statistics", &c.TTL.Statistics, low, high)
	}
	if o.has("redis") {
		c.Redis = r.redis(o)
	}
}

func (r *reader) redis(cache object) *Redis {
	var s Redis
	o, _ := cache.child("redis", "url", "addrs", "master", "cluster", "password")
	o.text("url", &s.URL, redisURL)
	o.texts("addrs", &s.Addrs, address)
	o.text("master", &s.Master, name)
	o.boolean("cluster", &s.Cluster)
	o.secret("password", &s.Password)
	ways := 0
	for _, way := range []bool{o.has("url"), o.has("master"), s.Cluster} {
		if way {
			ways++
		}
	}
	if !o.broken && (ways != 1 || o.has("addrs") == o.has("url")) {
		o.fault("must have either url, or addrs with master, or addrs with cluster: true")
	}
	return &s
}

func (r *reader) tenants(top object, c *Config) {
	var sources []string
	for _, s := range c.Sources {
		if s.ID != "" {
			sources = append(sources, s.ID)
		}
	}
	seen := map[string]bool{}
	for _, n := range top.list("tenants") {
		var t Tenant
		o := n.object(n.path+".", "id", "sources")
		o.require(n.path+".", "id", "sources")
		o.id(&t.ID, seen)
		o.texts("sources", &t.Sources, oneOf("the id of a source", sources))
		c.Tenants = append(c.Tenants, t)
	}
}

func (r *reader) auth(top object, c *Config) {
	top.require("", "auth")
	o, there := top.child("auth", "mode", "api_keys", "jwt")
	if !there || o.broken {
		return
	}
	mode := string(c.Auth.Mode)
	known := !o.has("mode") || o.text("mode", &mode, authMode)
	c.Auth.Mode = Mode(mode)
	o.refuse("is not supported yet; use api_keys", "jwt")
	if c.Auth.Mode == ModeNone {
		o.refuse("must not be there with mode none", "api_keys")
		if len(c.Tenants) > 0 && !slices.ContainsFunc(c.Tenants, func(t Tenant) bool { return t.ID == DefaultTenant }) {
			top.refuse("must have the tenant "+DefaultTenant+", that of every caller with mode none", "tenants")
		}
		return
	}
	if known {
		o.require("auth.", "api_keys")
	}
	r.apiKeys(o, c)
}

func (r *reader) apiKeys(auth object, c *Config) {
	var tenants []string
	for _, t := range c.Tenants {
		if t.ID != "" {
			tenants = append(tenants, t.ID)
		}
	}
	tenant := check(id)
	if len(tenants) > 0 {
		tenant = oneOf("the id of a tenant", tenants)
	}
	ids, hashes := map[string]bool{}, map[[32]byte]bool{}
	for _, n := range auth.list("api_keys") {
		var k APIKey
		o := n.object(n.path+".", "id", "tenant", "sha256", "scopes")
		o.require(n.path+".", "id", "tenant", "sha256", "scopes")
		o.id(&k.ID, ids)
		o.text("tenant", &k.Tenant, tenant)
		o.texts("scopes", &k.Scopes, oneOf("a scope", Scopes()))
		var digest string
		if o.text("sha256", &digest, sha256Hex) {
			_, _ = hex.Decode(k.SHA256[:], []byte(digest)) // sha256Hex has decoded it
			if hashes[k.SHA256] {
				o.refuse("is that of another key too", "sha256")
			}
			hashes[k.SHA256] = true
		}
		c.Auth.APIKeys = append(c.Auth.APIKeys, k)
	}
}

// id reads an id that is not among the seen ones.
func (o object) id(to *string, seen map[string]bool) {
	if !o.text("id", to, id) {
		return
	}
	if seen[*to] {
		o.refuse("is there twice", "id")
	}
	seen[*to] = true
}
