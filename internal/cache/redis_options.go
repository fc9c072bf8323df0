package cache

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/deskpool/deskpool/internal/pool"
)

// RedisOptions say where Redis is: URL, or Addrs.
type RedisOptions struct {
	URL      string   // redis://[user@]host[:port][/db], or rediss:// for TLS; without a password
	Addrs    []string // host:port of the server, of the Sentinels, or of some nodes of a Cluster
	Master   string   // the name that the Sentinels in Addrs know it by
	Cluster  bool
	Username string
	Password pool.Secret
	// SentinelUsername and SentinelPassword are for the Sentinels themselves.
	SentinelUsername string
	SentinelPassword pool.Secret
	DB               int // not in a Cluster, which has only 0
	TLS              bool
	// Timeout bounds every operation; 50 ms.
	Timeout time.Duration

	dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// universal returns the client's own options.
func (o RedisOptions) universal() (*redis.UniversalOptions, error) {
	if o.URL != "" {
		if err := o.readURL(); err != nil {
			return nil, err
		}
	}
	switch {
	case len(o.Addrs) == 0:
		return nil, errors.New("redis: no address")
	case o.Master != "" && o.Cluster:
		return nil, errors.New("redis: either Sentinels with a master or a cluster, not both")
	case o.Cluster && o.DB != 0:
		return nil, errors.New("redis: a cluster has no database but 0")
	case len(o.Addrs) > 1 && o.Master == "" && !o.Cluster:
		return nil, errors.New("redis: several addresses are Sentinels with a master, or a cluster: say which")
	}
	timeout := orDefault(o.Timeout, redisTimeout)
	u := &redis.UniversalOptions{
		Addrs: o.Addrs, MasterName: o.Master, IsClusterMode: o.Cluster, DB: o.DB,
		Username: o.Username, Password: o.Password.Reveal(),
		SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword.Reveal(),
		Dialer:                o.dial,
		Protocol:              2,  // plain commands and no pushes
		MaxRetries:            -1, // a miss is cheaper than a second try
		DialTimeout:           dialTimeout,
		DialerRetries:         1,
		ReadTimeout:           timeout,
		WriteTimeout:          timeout,
		PoolTimeout:           timeout,
		ContextTimeoutEnabled: true,
		DisableIdentity:       true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
		},
	}
	if o.TLS {
		u.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return u, nil
}

// readURL sets what URL says. Its errors do not repeat it, since it may hold a password.
func (o *RedisOptions) readURL() error {
	u, err := url.Parse(o.URL)
	if err != nil {
		return errors.New("redis: the URL cannot be read")
	}
	if _, has := u.User.Password(); has {
		return errors.New("redis: the password does not belong in the URL")
	}
	if u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "redis" && u.Scheme != "rediss") {
		return errors.New("redis: the URL is redis://[user@]host[:port][/db], or rediss://")
	}
	if len(o.Addrs) != 0 || o.Master != "" || o.Cluster || o.DB != 0 {
		return errors.New("redis: either a URL or addresses, not both")
	}
	said, err := redis.ParseURL(o.URL)
	if err != nil {
		return errors.New("redis: the URL is redis://[user@]host[:port][/db], or rediss://")
	}
	o.Addrs, o.DB = []string{said.Addr}, said.DB
	o.TLS = o.TLS || u.Scheme == "rediss"
	if said.Username != "" {
		o.Username = said.Username
	}
	return nil
}
