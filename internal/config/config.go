// Package config reads the configuration: a YAML file, the environment and
// flags, in rising order of precedence. It reports every fault at once, and
// never a value, since any value may be a secret in the wrong place.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Config is a configuration without a fault.
type Config struct {
	Listen      string // host:port of the public listener
	AdminListen string // host:port of the admin listener
	// PublicURL is how clients reach the public listener, without a slash at its end.
	// Empty: http:// and the address that is listened on.
	PublicURL string
	Replicas  int // 1
	Log       Log
	Auth      Auth
	Tenants   []Tenant // empty: every tenant sees every source
	Cache     Cache
	Ledger    *Ledger // nil: orders are off
	Sources   []Source
	Limits    Limits
	// AllowInsecureEndpoints permits endpoints with http, on loopback only.
	AllowInsecureEndpoints bool
}

// Log is what is logged, and how.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // json or console
}

// Mode is how callers prove who they are.
type Mode string

// The modes.
const (
	ModeAPIKey Mode = "api_key"
	ModeNone   Mode = "none" // DefaultTenant with every scope; loopback listener only
)

// DefaultTenant is everybody's tenant where ModeNone holds.
const DefaultTenant = "default"

// Auth is who may call.
type Auth struct {
	Mode    Mode
	APIKeys []APIKey // with ModeAPIKey
}

// APIKey is a key by its hash; the key itself is known to its holder only.
type APIKey struct {
	ID     string
	Tenant string
	SHA256 [32]byte
	Scopes []string
}

// Tenant is a customer and the ids of the sources that they see.
type Tenant struct {
	ID      string
	Sources []string
}

// Cache is what is kept, where and for how long.
type Cache struct {
	MemoryMiB int
	Redis     *Redis // nil: memory only
	TTL       TTL
}

// Redis is one server (URL), servers watched by Sentinel (Addrs and Master),
// or a cluster (Addrs and Cluster).
type Redis struct {
	URL      string // redis:// or rediss://, without a password
	Addrs    []string
	Master   string
	Cluster  bool
	Password pool.Secret
}

// Ledger is where orders are kept.
type Ledger struct {
	URL      string // file:<path>, or postgres://user@host/db without a password
	Password pool.Secret
}

// TTL is how long an entry is fresh.
type TTL struct{ Pools, Pool, Desktops, Statistics time.Duration }

// Source is an account and region of a cloud. Which fields are set depends on the cloud.
type Source struct {
	ID        string
	Cloud     string // as in the file: huawei
	Region    string
	ProjectID string
	DomainID  string
	// The endpoints are URLs without a path. Empty: the cloud's own for the region.
	Endpoint, IAMEndpoint, BillingEndpoint string
	Credentials                            Credentials
}

// Credentials are an access key and its secret key, for a time with a
// security token, or a user with their password and domain.
type Credentials struct {
	AccessKey, SecretKey, SecurityToken pool.Secret
	Username, Password                  pool.Secret
	DomainName                          string
}

// Limits bound the work.
type Limits struct {
	UpstreamTimeout time.Duration // of one read of a cloud, with its repetitions
	OrderTimeout    time.Duration // of one call that places an order
}

// Scopes lists the scopes that a key may have.
func Scopes() []string {
	return []string{
		"pools:read", "native:read", "personal:read",
		"orders:estimate", "orders:write", "orders:pay", "orders:read", "admin",
	}
}

// Default returns what holds where nothing is said. It has no keys and no sources.
func Default() *Config {
	return &Config{
		Listen:      "127.0.0.1:8080",
		AdminListen: "127.0.0.1:8081",
		Replicas:    1,
		Log:         Log{Level: "info", Format: "json"},
		Auth:        Auth{Mode: ModeAPIKey},
		Cache: Cache{
			MemoryMiB: 256,
			TTL: TTL{
				Pools: 30 * time.Second, Pool: 15 * time.Second,
				Desktops: 15 * time.Second, Statistics: 15 * time.Second,
			},
		},
		Limits: Limits{UpstreamTimeout: 8 * time.Second, OrderTimeout: 30 * time.Second},
	}
}

// Fault is one thing that is wrong with the configuration.
type Fault struct {
	Path string // as in sources[1].credentials.secret_key, -listen or DESKPOOL_LISTEN
	Line int    // of the file; 0 if it is not about a line
	Text string
}

// String is the fault on one line: path, text, line.
func (f Fault) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.Path, f.Text)
	}
	return fmt.Sprintf("%s: %s (line %d)", f.Path, f.Text, f.Line)
}

// Options are what a configuration depends on besides its file.
type Options struct {
	Getenv func(string) string
	Clouds []string // the words that sources[].cloud may be
	Flags  Overrides

	readFile func(string) ([]byte, error) // for tests; nil: readFile
}

// Load reads the configuration file at path. It returns a configuration or faults.
func Load(path string, o Options) (*Config, []Fault) {
	data, err := readFile(path)
	if err != nil {
		return nil, []Fault{{Path: path, Text: "cannot be read: " + reason(err)}}
	}
	return Parse(data, o)
}

// maxFile bounds the configuration and each file of a secret, in bytes.
const maxFile = 1 << 20

var (
	errNotAFile = errors.New("it is not a regular file")
	errTooLarge = errors.New("it is larger than 1 MiB")
)

// readFile reads a regular file of up to maxFile bytes: a device or a pipe
// could have no end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotAFile
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}

// reason is an error of a file without its path.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
