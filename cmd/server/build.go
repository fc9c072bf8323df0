package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"slices"

	goredis "github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool"
	"github.com/deskpool/deskpool/internal/cache"
	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/handlers"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// builder makes the API of a configuration. What it holds outlives a reload.
type builder struct {
	store    store
	desk     *orders.Desk
	detail   func(context.Context) map[string]string                           // for /readyz
	dial     func(ctx context.Context, network, addr string) (net.Conn, error) // nil: the default
	log      zerolog.Logger
	draining func() bool
	address  string // that the public listener has
}

// handler opens the sources of cfg and puts the API before them.
func (b builder) handler(cfg *config.Config) (http.Handler, error) {
	client := transport.New(transport.Options{Timeout: cfg.Limits.UpstreamTimeout, Dial: b.dial})
	sources, err := providers.Open(cfg.Sources, client)
	if err != nil {
		return nil, err
	}
	ttl := cache.TTL{
		Pools: cfg.Cache.TTL.Pools, Pool: cfg.Cache.TTL.Pool, Desktops: cfg.Cache.TTL.Desktops, Statistics: cfg.Cache.TTL.Statistics,
	}
	for i, src := range sources {
		src.Account = scope(cfg.Sources[i])
		sources[i] = cache.Wrap(src, b.store, cache.Options{TTL: ttl, Scope: src.Account})
	}
	api, err := handlers.New(handlers.Options{
		Spec: deskpool.OpenAPI, Auth: authenticator(cfg, sources), Clouds: clouds(sources), Orders: b.desk, Detail: b.detail,
		PublicURL: cmp.Or(cfg.PublicURL, "http://"+b.address),
		CursorKey: cursorKey(cfg), Log: b.log, Draining: b.draining,
	})
	if err == nil {
		b.desk.Use(sources)
	}
	return api, err
}

// clouds are the words that cloud= takes: the brands, and what has a source.
func clouds(sources []pool.Source) []pool.Cloud {
	return slices.DeleteFunc(providers.Names(), func(name pool.Cloud) bool {
		return name == pool.Memory && !slices.ContainsFunc(sources, func(s pool.Source) bool { return s.Cloud == name })
	})
}

// scope tells accounts apart that bear the same id, here after a reload or in
// another deployment over the same Redis. It tells nothing of the account.
func scope(s config.Source) string {
	h := sha256.New()
	for _, part := range []string{
		s.Cloud, s.Region, s.ProjectID, s.Endpoint,
		s.Credentials.AccessKey.Reveal(), s.Credentials.Username.Reveal(), s.Credentials.DomainName,
	} {
		_, _ = fmt.Fprintf(h, "%q", part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// authenticator knows the callers. Each tenant has a Service of its own, over
// only the sources that it may see.
func authenticator(cfg *config.Config, sources []pool.Source) handlers.Authenticator {
	services := map[string]*pool.Service{}
	for _, t := range cfg.Tenants {
		services[t.ID] = pool.NewService(slices.DeleteFunc(slices.Clone(sources), func(s pool.Source) bool {
			return !slices.Contains(t.Sources, s.ID)
		}))
	}
	if len(cfg.Tenants) == 0 {
		everything := pool.NewService(sources)
		services[config.DefaultTenant] = everything
		for _, k := range cfg.Auth.APIKeys {
			services[k.Tenant] = everything
		}
	}
	if cfg.Auth.Mode == config.ModeNone {
		return handlers.Everybody(handlers.Caller{
			Tenant: config.DefaultTenant, KeyID: "none", Scopes: sorted(config.Scopes()), Service: services[config.DefaultTenant],
		})
	}
	callers := map[[sha256.Size]byte]handlers.Caller{}
	for _, k := range cfg.Auth.APIKeys {
		callers[k.SHA256] = handlers.Caller{Tenant: k.Tenant, KeyID: k.ID, Scopes: sorted(k.Scopes), Service: services[k.Tenant]}
	}
	return handlers.APIKeys(callers)
}

func sorted(list []string) []string {
	s := slices.Clone(list)
	slices.Sort(s)
	return s
}

// cursorKey is the same in every replica, since it comes from what they all
// have: the hashes of the API keys.
func cursorKey(cfg *config.Config) []byte {
	h := sha256.New()
	h.Write([]byte("deskpool cursor 1"))
	for _, k := range cfg.Auth.APIKeys {
		h.Write(k.SHA256[:])
	}
	return h.Sum(nil)
}

// store is the cache of all sources, and how to close it.
type store struct {
	cache.Store
	close func() error
}

// Close closes the connections to Redis, if there are any.
func (s store) Close() error { return s.close() }

// openStore opens memory, and Redis behind it if there is one. A Redis that is
// down is no error: the cache does without.
func openStore(c config.Cache, log zerolog.Logger) (store, error) {
	memory := cache.NewMemory(int64(c.MemoryMiB) << 20)
	if c.Redis == nil {
		return store{memory, func() error { return nil }}, nil
	}
	goredis.SetLogger(redisLog{log})
	redis, err := cache.NewRedis(cache.RedisOptions{
		URL: c.Redis.URL, Addrs: c.Redis.Addrs, Master: c.Redis.Master, Cluster: c.Redis.Cluster, Password: c.Redis.Password,
	})
	if err != nil {
		return store{}, err
	}
	return store{cache.NewLayered(memory, redis), redis.Close}, nil
}

// redisLog takes what go-redis would print: its trouble is a miss, and of no
// interest but to somebody who looks for it.
type redisLog struct{ log zerolog.Logger }

// Printf implements the logger of go-redis.
func (l redisLog) Printf(_ context.Context, format string, v ...any) {
	l.log.Debug().Msgf("redis: "+format, v...)
}
