package config

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// whole says everything that a file can say.
const whole = `
listen: 0.0.0.0:9090
admin_listen: 127.0.0.1:9091
public_url: https://desktops.example.com/api/
replicas: 1
log: { level: warn, format: console }
auth:
  mode: api_key
  api_keys:
    - { id: portal, tenant: portal, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, scopes: [pools:read, native:read] }
    - { id: ops, tenant: ops, sha256: "60303AE22B998861BCE3B28F33EEC1BE758A213C86C93C076DBE9F558C11C752", scopes: [admin] }
tenants:
  - { id: portal, sources: [hw-bj4, ali-hz] }
  - { id: ops, sources: [hw-iam] }
cache:
  memory_mib: 64
  redis: { url: "redis://reader@127.0.0.1:6379/2", password: { env: REDIS_PASSWORD } }
  ttl: { pools: 1m, pool: 20s, desktops: 500ms, statistics: 25s }
sources:
  - id: hw-bj4
    cloud: huawei
    region: cn-north-4
    project_id: 12345678901234567890123456789012
    domain_id: 0e10
    endpoint: https://workspace.cn-north-4.myhuaweicloud.com/
    iam_endpoint: https://iam.cn-north-4.myhuaweicloud.com
    billing_endpoint: http://localhost:8000
    credentials:
      access_key: { env: HW_ACCESS_KEY }
      secret_key: { file: /secrets/hw }
      security_token: { env: HW_TOKEN }
  - id: hw-iam
    cloud: huawei
    region: ap-southeast-1
    project_id: abc
    credentials: { username: { env: HW_USER }, password: { file: /secrets/hw }, domain_name: Example Ltd }
  - id: ali-hz
    cloud: alibaba
    region: cn-hangzhou
    credentials: { access_key: { env: ALI_ACCESS_KEY }, secret_key: { env: ALI_SECRET_KEY } }
  - { id: m, cloud: memory }
ledger: { url: postgres://desk@db.example.com/orders, password: { env: REDIS_PASSWORD } }
limits: { upstream_timeout: 5s, order_timeout: 20s }
allow_insecure_endpoints: true
`

// canary is in every secret of the tests, and must not come out.
const canary = "c4n4ry/x"

// options has an environment, files and clouds.
func options(env map[string]string) Options {
	secrets := map[string]string{
		"HW_ACCESS_KEY": "ak-" + canary, "HW_TOKEN": "token-" + canary, "HW_USER": "user-" + canary,
		"ALI_ACCESS_KEY": "aak-" + canary, "ALI_SECRET_KEY": "ask-" + canary, "REDIS_PASSWORD": "redis-" + canary,
		"TWO_LINES": canary + "\n" + canary,
	}
	return Options{
		Getenv: func(name string) string {
			if v, there := env[name]; there {
				return v
			}
			return secrets[name]
		},
		Clouds: []string{"alibaba", "huawei", "memory"},
		readFile: func(path string) ([]byte, error) {
			switch path {
			case "/secrets/hw":
				return []byte("file-" + canary + "\r\n"), nil
			case "/secrets/empty":
				return []byte("\n"), nil
			}
			return nil, &os.PathError{Op: "open", Path: path, Err: errors.New("no such file or directory")}
		},
	}
}

func TestParseReadsEverything(t *testing.T) {
	want := &Config{
		Listen:      "0.0.0.0:9090",
		AdminListen: "127.0.0.1:9091",
		PublicURL:   "https://desktops.example.com/api",
		Replicas:    1,
		Log:         Log{Level: "warn", Format: "console"},
		Auth: Auth{Mode: ModeAPIKey, APIKeys: []APIKey{
			{ID: "portal", Tenant: "portal", SHA256: sha256.Sum256([]byte("test")), Scopes: []string{"pools:read", "native:read"}},
			{ID: "ops", Tenant: "ops", SHA256: sha256.Sum256([]byte("test2")), Scopes: []string{"admin"}},
		}},
		Tenants: []Tenant{
			{ID: "portal", Sources: []string{"hw-bj4", "ali-hz"}},
			{ID: "ops", Sources: []string{"hw-iam"}},
		},
		Cache: Cache{
			MemoryMiB: 64,
			Redis:     &Redis{URL: "redis://reader@127.0.0.1:6379/2", Password: pool.NewSecret("redis-" + canary)},
			TTL:       TTL{Pools: time.Minute, Pool: 20 * time.Second, Desktops: 500 * time.Millisecond, Statistics: 25 * time.Second},
		},
		Sources: []Source{
			{
				ID: "hw-bj4", Cloud: "huawei", Region: "cn-north-4",
				ProjectID: "12345678901234567890123456789012", DomainID: "0e10",
				Endpoint:        "https://workspace.cn-north-4.myhuaweicloud.com",
				IAMEndpoint:     "https://iam.cn-north-4.myhuaweicloud.com",
				BillingEndpoint: "http://localhost:8000",
				Credentials:     Credentials{AccessKey: pool.NewSecret("ak-" + canary), SecretKey: pool.NewSecret("file-" + canary), SecurityToken: pool.NewSecret("token-" + canary)},
			},
			{
				ID: "hw-iam", Cloud: "huawei", Region: "ap-southeast-1", ProjectID: "abc",
				Credentials: Credentials{Username: pool.NewSecret("user-" + canary), Password: pool.NewSecret("file-" + canary), DomainName: "Example Ltd"},
			},
			{
				ID: "ali-hz", Cloud: "alibaba", Region: "cn-hangzhou",
				Credentials: Credentials{AccessKey: pool.NewSecret("aak-" + canary), SecretKey: pool.NewSecret("ask-" + canary)},
			},
			{ID: "m", Cloud: "memory"},
		},
		Ledger:                 &Ledger{URL: "postgres://desk@db.example.com/orders", Password: pool.NewSecret("redis-" + canary)},
		Limits:                 Limits{UpstreamTimeout: 5 * time.Second, OrderTimeout: 20 * time.Second},
		AllowInsecureEndpoints: true,
	}
	got, faults := Parse([]byte(whole), options(nil))
	if len(faults) > 0 {
		t.Fatalf("faults: %v", faults)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("configuration (-want +got):\n%s", d)
	}
}

func TestParseFillsInWhatIsNotSaid(t *testing.T) {
	got, faults := Parse([]byte("auth: {mode: none}\nsources: [{id: m, cloud: memory}]\n"), options(nil))
	if len(faults) > 0 {
		t.Fatalf("faults: %v", faults)
	}
	want := Default()
	want.Auth.Mode = ModeNone
	want.Sources = []Source{{ID: "m", Cloud: "memory"}}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("configuration (-want +got):\n%s", d)
	}
}

func TestRedis(t *testing.T) {
	tests := []struct {
		name, yaml string
		want       Redis
	}{
		{"one server", "{url: rediss://cache.example.com}", Redis{URL: "rediss://cache.example.com"}},
		{"sentinel", "{addrs: [a:26379, b:26379], master: main}", Redis{Addrs: []string{"a:26379", "b:26379"}, Master: "main"}},
		{"cluster", "{addrs: ['[::1]:7000'], cluster: true}", Redis{Addrs: []string{"[::1]:7000"}, Cluster: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, faults := Parse([]byte(minimal+"cache: {redis: "+tt.yaml+"}\n"), options(nil))
			if len(faults) > 0 {
				t.Fatalf("faults: %v", faults)
			}
			if d := cmp.Diff(&tt.want, c.Cache.Redis); d != "" {
				t.Errorf("redis (-want +got):\n%s", d)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := write("secret", "from-a-file\n")
	good := write("good.yaml", "auth: {mode: none}\nsources:\n- {id: a, cloud: alibaba, region: cn-hangzhou, credentials: {access_key: {env: ALI_ACCESS_KEY}, secret_key: {file: "+secret+"}}}\n")
	o := options(nil)
	o.readFile = nil

	c, faults := Load(good, o)
	if len(faults) > 0 {
		t.Fatalf("faults: %v", faults)
	}
	if got := c.Sources[0].Credentials.SecretKey.Reveal(); got != "from-a-file" {
		t.Errorf("secret key = %q, want the file's text without its end of line", got)
	}

	bad := []struct{ name, path, want string }{
		{"no such file", filepath.Join(dir, "none"), "cannot be read: no such file or directory"},
		{"a folder", dir, "cannot be read: it is not a regular file"},
		{"too large", write("large", strings.Repeat("#", maxFile+1)), "cannot be read: it is larger than 1 MiB"},
	}
	for _, tt := range bad {
		t.Run(tt.name, func(t *testing.T) {
			_, faults := Load(tt.path, o)
			if d := cmp.Diff([]Fault{{Path: tt.path, Text: tt.want}}, faults); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

func TestOverrides(t *testing.T) {
	env := map[string]string{
		"DESKPOOL_LISTEN": "127.0.0.1:1", "DESKPOOL_ADMIN_LISTEN": "127.0.0.1:2",
		"DESKPOOL_PUBLIC_URL": "https://other.example.com/", "DESKPOOL_LOG_LEVEL": "debug", "DESKPOOL_LOG_FORMAT": "json",
	}
	o := options(env)
	o.Flags = Overrides{Listen: "127.0.0.1:3"}
	c, faults := Parse([]byte(whole), o)
	if len(faults) > 0 {
		t.Fatalf("faults: %v", faults)
	}
	type settings struct{ Listen, AdminListen, PublicURL, Level, Format string }
	want := settings{"127.0.0.1:3", "127.0.0.1:2", "https://other.example.com", "debug", "json"}
	got := settings{c.Listen, c.AdminListen, c.PublicURL, c.Log.Level, c.Log.Format}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("flag over environment over file (-want +got):\n%s", d)
	}
}

func TestOverrideFaults(t *testing.T) {
	none := "auth: {mode: none}\nsources: [{id: m, cloud: memory}]\n"
	const notLoopback = "auth.mode: none is only for a listen address on loopback, as in 127.0.0.1:8080"
	tests := []struct {
		name  string
		env   map[string]string
		flags Overrides
		want  []string
	}{
		{"every bad one at once", map[string]string{
			"DESKPOOL_LISTEN": "x", "DESKPOOL_ADMIN_LISTEN": ":http", "DESKPOOL_PUBLIC_URL": "ftp://x",
			"DESKPOOL_LOG_LEVEL": "loud", "DESKPOOL_LOG_FORMAT": "xml",
		}, Overrides{Listen: "x:99999", AdminListen: "x:1/"}, []string{
			"DESKPOOL_LISTEN: must be host:port, as in 127.0.0.1:8080",
			"DESKPOOL_ADMIN_LISTEN: must be host:port, as in 127.0.0.1:8080",
			"DESKPOOL_PUBLIC_URL: must be a URL as in https://deskpool.example.com, without user, query and fragment",
			"DESKPOOL_LOG_LEVEL: must be a level, one of: debug, info, warn, error",
			"DESKPOOL_LOG_FORMAT: must be a format, one of: json, console",
			"-listen: must be host:port, as in 127.0.0.1:8080",
			"-admin-listen: must be host:port, as in 127.0.0.1:8080",
		}},
		{"no authentication, every interface", nil, Overrides{Listen: ":8080"}, []string{notLoopback}},
		{"no authentication, an address of the network", map[string]string{"DESKPOOL_LISTEN": "10.0.0.1:8080"}, Overrides{}, []string{notLoopback}},
		{"no authentication, a name", nil, Overrides{Listen: "localhost.example.com:8080"}, []string{notLoopback}},
		{"no authentication, IPv6 loopback", nil, Overrides{Listen: "[::1]:8080"}, nil},
		{"no authentication, localhost", nil, Overrides{Listen: "localhost:8080"}, nil},
		{"one address twice", nil, Overrides{AdminListen: "127.0.0.1:8080"}, []string{"admin_listen: must not be the address of listen"}},
		{"any port twice", nil, Overrides{Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(tt.env)
			o.Flags = tt.flags
			_, faults := Parse([]byte(none), o)
			if d := cmp.Diff(tt.want, lines(faults)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

func lines(faults []Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, f.String())
	}
	return all
}
