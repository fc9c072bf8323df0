package config

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// minimal is a configuration to which a test adds one fault.
const minimal = `auth: {api_keys: [{id: k, tenant: t, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, scopes: [admin]}]}
sources: [{id: m, cloud: memory}]
`

func TestFaults(t *testing.T) {
	const (
		sources = "auth: {mode: none}\nsources:\n- "
		huawei  = sources + "{id: h, cloud: huawei, region: r, project_id: p, "
		alibaba = sources + "{id: a, cloud: alibaba, region: r, "
		aliKeys = "access_key: {env: ALI_ACCESS_KEY}, secret_key: {env: ALI_SECRET_KEY}"
		auth    = "sources: [{id: m, cloud: memory}]\nauth: "
		key     = auth + "{api_keys: [{id: k, tenant: t, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, scopes: [admin]}, "
		digest2 = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"

		allTop  = "listen, admin_listen, public_url, replicas, log, auth, tenants, cache, ledger, sources, limits, allow_insecure_endpoints"
		https   = "must be a URL with https; http is for loopback hosts, with allow_insecure_endpoints: true"
		cloud   = "must be a URL as in https://workspace.cn-north-4.myhuaweicloud.com, without user, path, query and fragment"
		public  = "must be a URL as in https://deskpool.example.com, without user, query and fragment"
		anID    = "must be an id: a small letter, then up to 31 small letters, digits and dashes"
		ref     = "must be a reference, { env: NAME } or { file: PATH }, never the secret itself"
		redis   = "must have either url, or addrs with master, or addrs with cluster: true"
		rURL    = "must be a URL as in redis://127.0.0.1:6379/0, with redis or rediss, without query and fragment"
		lURL    = "must be file:<path>, or postgres://user@host/database"
		eitherH = "must have either access_key and secret_key, or username, password and domain_name"
		unused  = "must not be there: alibaba has no such thing"
		ttl     = "must be a duration from 100ms to 5m0s, as in 15s"
		empty   = "must be the SHA-256 of the key, and this is that of no text at all"
	)
	tests := []struct {
		name, yaml string
		want       []string
	}{
		{"nothing", "", []string{"configuration: must be one YAML document, not 0 (line 1)"}},
		{"two documents", "a: 1\n---\nb: 2\n", []string{"configuration: must be one YAML document, not 2 (line 1)"}},
		{"no YAML", "listen: 'a\nlog: {\n", []string{"configuration: is not valid YAML (line 1)"}},
		{"too large", strings.Repeat("#", maxFile+1), []string{"configuration: is larger than 1 MiB (line 1)"}},
		{"deep brackets", "a: 1\n" + strings.Repeat("[", maxDepth+1), []string{"configuration: nests too deeply (line 2)"}},
		{"deep lists", strings.Repeat("- ", maxDepth+1), []string{"configuration: nests too deeply (line 1)"}},
		{"a list", "- a\n", []string{"configuration: must be a mapping of " + allTop + " (line 1)"}},
		{"an empty mapping", "{}\n", []string{"sources: is required (line 1)", "auth: is required (line 1)"}},
		{"unknown key", minimal + "lisen: x\n", []string{"lisen: unknown key; allowed: " + allTop + " (line 3)"}},
		{"a key of another case", minimal + "Listen: x\n", []string{"Listen: unknown key; allowed: " + allTop + " (line 3)"}},
		{"unknown key within", minimal + "log:\n  level: info\n  colour: red\n", []string{"log.colour: unknown key; allowed: level, format (line 5)"}},
		{"a key that may be a secret", minimal + "log: {HUAWEIEXAMPLE0000000: 1}\n", []string{"log: has an unknown key, not printed since it may be a secret; allowed: level, format (line 3)"}},
		{"a key twice", minimal + "replicas: 1\nreplicas: 1\n", []string{"replicas: is there twice (line 4)"}},
		{"no value", minimal + "listen:\n", []string{"listen: has no value; it must be a text (line 3)"}},
		{"an alias", minimal + "listen: &a x\nadmin_listen: *a\n", []string{
			"listen: must be written out: anchors, aliases and tags are not supported (line 3)",
			"admin_listen: must be written out: anchors, aliases and tags are not supported (line 4)",
		}},
		{"listen", minimal + "listen: 8080\n", []string{"listen: must be host:port, as in 127.0.0.1:8080 (line 3)"}},
		{"admin_listen", minimal + "admin_listen: localhost:http\n", []string{"admin_listen: must be host:port, as in 127.0.0.1:8080 (line 3)"}},
		{"public_url scheme", minimal + "public_url: ftp://x\n", []string{"public_url: " + public + " (line 3)"}},
		{"public_url with a password", minimal + "public_url: https://u:" + canary + "@x\n", []string{"public_url: " + public + " (line 3)"}},
		{"replicas", minimal + "replicas: 2\n", []string{"replicas: must be 1: replicas do not share their limits yet (line 3)"}},
		{"replicas as text", minimal + "replicas: '1'\n", []string{"replicas: must be a whole number from 1 to 1000 (line 3)"}},
		{"ledger without a url", minimal + "ledger: {}\n", []string{"ledger.url: is required (line 3)"}},
		{"ledger of another kind", minimal + "ledger: {url: 'redis://127.0.0.1:6379/0'}\n", []string{"ledger.url: " + lURL + " (line 3)"}},
		{"ledger without a path", minimal + "ledger: {url: 'file:'}\n", []string{"ledger.url: " + lURL + " (line 3)"}},
		{"ledger in a host", minimal + "ledger: {url: 'file://host/orders.db'}\n", []string{"ledger.url: " + lURL + " (line 3)"}},
		{"ledger without a database", minimal + "ledger: {url: 'postgres://u@h'}\n", []string{"ledger.url: " + lURL + " (line 3)"}},
		{"ledger with a password", minimal + "ledger: {url: 'postgres://u:c4n4ry@h/db'}\n", []string{
			"ledger.url: must be a URL without a password, which has its own key beside url (line 3)"}},
		{"ledger with a password in the query", minimal + "ledger: {url: 'postgres://u@h/db?password=" + canary + "'}\n", []string{
			"ledger.url: must be a URL without a password, which has its own key beside url (line 3)"}},
		{"ledger file with a password", minimal + "ledger: {url: file:a.db, password: {env: REDIS_PASSWORD}}\n", []string{
			"ledger.password: must not be there: a file has no password (line 3)"}},
		{"insecure endpoints", minimal + "allow_insecure_endpoints: yes\n", []string{"allow_insecure_endpoints: must be true or false (line 3)"}},
		{"log", minimal + "log: {level: loud, format: xml}\n", []string{
			"log.level: must be a level, one of: debug, info, warn, error (line 3)",
			"log.format: must be a format, one of: json, console (line 3)",
		}},
		{"no space after the colon", minimal + "log: {level:info}\n", []string{
			"log: has an unknown key, not printed since it may be a secret; allowed: level, format (line 3)"}},
		{"log as text", minimal + "log: info\n", []string{"log: must be a mapping of level, format (line 3)"}},
		{"limits", minimal + "limits:\n  upstream_timeout: 8\n  order_timeout: 2m\n", []string{
			"limits.upstream_timeout: must be a duration from 1s to 1m0s, as in 15s (line 4)",
			"limits.order_timeout: must be a duration from 1s to 1m0s, as in 15s (line 5)",
		}},
		{"cache", minimal + "cache:\n  memory_mib: 0\n  stale: 10m\n  ttl:\n    pools: 1h\n    pool: -1s\n    desktops: soon\n    statistics: 1ms\n", []string{
			"cache.memory_mib: must be a whole number from 1 to 1048576 (line 4)",
			"cache.stale: is not supported yet: this version serves nothing stale (line 5)",
			"cache.ttl.pools: " + ttl + " (line 7)",
			"cache.ttl.pool: " + ttl + " (line 8)",
			"cache.ttl.desktops: " + ttl + " (line 9)",
			"cache.ttl.statistics: " + ttl + " (line 10)",
		}},
		{"redis without servers", minimal + "cache: {redis: {}}\n", []string{"cache.redis: " + redis + " (line 3)"}},
		{"redis without a way", minimal + "cache: {redis: {addrs: ['a:1'], cluster: false}}\n", []string{"cache.redis: " + redis + " (line 3)"}},
		{"redis in two ways", minimal + "cache: {redis: {addrs: ['a:1'], master: m, cluster: true}}\n", []string{"cache.redis: " + redis + " (line 3)"}},
		{"redis with url and addrs", minimal + "cache: {redis: {addrs: ['a:1'], url: 'redis://a'}}\n", []string{"cache.redis: " + redis + " (line 3)"}},
		{"redis password in the URL", minimal + "cache: {redis: {url: 'redis://:c4n4ry@a'}}\n", []string{
			"cache.redis.url: must be a URL without a password, which has its own key beside url (line 3)"}},
		{"redis URL", minimal + "cache: {redis: {url: 'http://a'}}\n", []string{"cache.redis.url: " + rURL + " (line 3)"}},
		{"redis database", minimal + "cache: {redis: {url: 'redis://a/first'}}\n", []string{"cache.redis.url: " + rURL + " (line 3)"}},
		{"redis password as a literal", minimal + "cache: {redis: {url: 'redis://a', password: " + canary + "}}\n", []string{"cache.redis.password: " + ref + " (line 3)"}},

		{"auth mode", auth + "{mode: basic}\n", []string{"auth.mode: must be a mode, one of: api_key, none (line 2)"}},
		{"jwt", auth + "\n  mode: jwt\n  jwt: {issuer: x}\n", []string{
			"auth.mode: must be api_key or none: jwt is not supported yet (line 3)",
			"auth.jwt: is not supported yet; use api_keys (line 4)",
		}},
		{"no keys", auth + "{mode: api_key}\n", []string{"auth.api_keys: is required (line 2)"}},
		{"an empty list of keys", auth + "{api_keys: []}\n", []string{"auth.api_keys: must not be an empty list (line 2)"}},
		{"keys with none", auth + "{mode: none, api_keys: []}\n", []string{"auth.api_keys: must not be there with mode none (line 2)"}},
		{"an empty key", key + "{}]}\n", []string{
			"auth.api_keys[1].id: is required (line 2)", "auth.api_keys[1].tenant: is required (line 2)",
			"auth.api_keys[1].sha256: is required (line 2)", "auth.api_keys[1].scopes: is required (line 2)",
		}},
		{"two keys with one id", key + "{id: k, tenant: t, sha256: " + digest2 + ", scopes: [admin]}]}\n", []string{"auth.api_keys[1].id: is there twice (line 2)"}},
		{"two ids with one key", key + "{id: l, tenant: t, sha256: 9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, scopes: [admin]}]}\n", []string{
			"auth.api_keys[1].sha256: is that of another key too (line 2)"}},
		{"a short hash", key + "{id: l, tenant: t, sha256: 9f86, scopes: [admin]}]}\n", []string{
			"auth.api_keys[1].sha256: must be the SHA-256 of the key, 64 hexadecimal digits (line 2)"}},
		{"the key instead of its hash", key + "{id: l, tenant: t, sha256: " + canary + ", scopes: [admin]}]}\n", []string{
			"auth.api_keys[1].sha256: must be the SHA-256 of the key, 64 hexadecimal digits (line 2)"}},
		{"the hash of nothing", key + "{id: l, tenant: t, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, scopes: [admin]}]}\n", []string{
			"auth.api_keys[1].sha256: " + empty + " (line 2)"}},
		{"scopes", key + "{id: l, tenant: t, sha256: " + digest2 + ", scopes: [admin, admin, pools:write]}]}\n", []string{
			"auth.api_keys[1].scopes[1]: is there twice (line 2)",
			"auth.api_keys[1].scopes[2]: must be a scope, one of: pools:read, native:read, personal:read, orders:estimate, orders:write, orders:pay, orders:read, admin (line 2)",
		}},
		{"scopes as text", key + "{id: l, tenant: t, sha256: " + digest2 + ", scopes: admin}]}\n", []string{"auth.api_keys[1].scopes: must be a list (line 2)"}},
		{"a tenant's name", key + "{id: l, tenant: T, sha256: " + digest2 + ", scopes: [admin]}]}\n", []string{"auth.api_keys[1].tenant: " + anID + " (line 2)"}},
		{"a tenant that is not listed", minimal + "tenants: [{id: u, sources: [m]}]\n", []string{"auth.api_keys[0].tenant: must be the id of a tenant, one of: u (line 1)"}},
		{"tenants", minimal + "tenants:\n- {id: t, sources: [m, m, n]}\n- {id: t, sources: []}\n- {}\n", []string{
			"tenants[0].sources[1]: is there twice (line 4)",
			"tenants[0].sources[2]: must be the id of a source, one of: m (line 4)",
			"tenants[1].id: is there twice (line 5)",
			"tenants[1].sources: must not be an empty list (line 5)",
			"tenants[2].id: is required (line 6)",
			"tenants[2].sources: is required (line 6)",
		}},
		{"none without its tenant", auth + "{mode: none}\ntenants: [{id: t, sources: [m]}]\n", []string{
			"tenants: must have the tenant default, that of every caller with mode none (line 3)"}},

		{"no sources", "auth: {mode: none}\nsources: []\n", []string{"sources: must not be an empty list (line 2)"}},
		{"a source that is a text", sources + "x\n", []string{
			"sources[0]: must be a mapping of id, cloud, region, project_id, domain_id, endpoint, iam_endpoint, billing_endpoint, budget, credentials (line 3)"}},
		{"an empty source", sources + "{}\n", []string{"sources[0].id: is required (line 3)", "sources[0].cloud: is required (line 3)"}},
		{"two sources with one id", sources + "{id: m, cloud: memory}\n- {id: m, cloud: memory}\n", []string{"sources[1].id: is there twice (line 4)"}},
		{"a source's id", sources + "{id: 'hw:1', cloud: memory}\n", []string{"sources[0].id: " + anID + " (line 3)"}},
		{"a cloud", sources + "{id: m, cloud: Huawei}\n", []string{"sources[0].cloud: must be a cloud, one of: alibaba, huawei, memory (line 3)"}},
		{"names that become part of URLs", sources + "{id: m, cloud: memory, region: a.b, project_id: a/b, domain_id: ''}\n", []string{
			"sources[0].region: must be the name of a region, as in cn-north-4 (line 3)",
			"sources[0].project_id: must be an id of up to 64 letters, digits, dashes and underscores (line 3)",
			"sources[0].domain_id: must be an id of up to 64 letters, digits, dashes and underscores (line 3)",
		}},
		{"budget", sources + "{id: m, cloud: memory, budget: {reads_per_minute: 1}}\n", []string{"sources[0].budget: is not supported yet: only the cloud limits its calls (line 3)"}},
		{"http", sources + "{id: m, cloud: memory, endpoint: 'http://127.0.0.1'}\n", []string{"sources[0].endpoint: " + https + " (line 3)"}},
		{"http that is not loopback", "allow_insecure_endpoints: true\n" + sources + "{id: m, cloud: memory, endpoint: 'http://10.0.0.1'}\n", []string{"sources[0].endpoint: " + https + " (line 4)"}},
		{"http to a name like localhost", "allow_insecure_endpoints: true\n" + sources + "{id: m, cloud: memory, endpoint: 'http://localhost.x'}\n", []string{"sources[0].endpoint: " + https + " (line 4)"}},
		{"endpoints", sources + "{id: m, cloud: memory, endpoint: 'https://u:" + canary + "@h', iam_endpoint: 'https://h/v3', billing_endpoint: 'https://h?a=b'}\n", []string{
			"sources[0].endpoint: " + cloud + " (line 3)",
			"sources[0].iam_endpoint: " + cloud + " (line 3)",
			"sources[0].billing_endpoint: " + cloud + " (line 3)",
		}},
		{"endpoints that are none", sources + "{id: m, cloud: memory, endpoint: h, iam_endpoint: 'https://h:99999', billing_endpoint: 'https://'}\n", []string{
			"sources[0].endpoint: " + cloud + " (line 3)",
			"sources[0].iam_endpoint: " + cloud + " (line 3)",
			"sources[0].billing_endpoint: " + cloud + " (line 3)",
		}},
		{"an empty huawei", sources + "{id: h, cloud: huawei}\n", []string{
			"sources[0].region: is required (line 3)", "sources[0].project_id: is required (line 3)", "sources[0].credentials: is required (line 3)",
		}},
		{"huawei without credentials", huawei + "credentials: {}}\n", []string{"sources[0].credentials: " + eitherH + " (line 3)"}},
		{"huawei in both ways", huawei + "credentials: {access_key: {env: HW_ACCESS_KEY}, username: {env: HW_USER}}}\n", []string{"sources[0].credentials: " + eitherH + " (line 3)"}},
		{"huawei with half a key", huawei + "credentials: {access_key: {env: HW_ACCESS_KEY}}}\n", []string{"sources[0].credentials.secret_key: is required (line 3)"}},
		{"huawei with a token alone", huawei + "credentials: {security_token: {env: HW_TOKEN}}}\n", []string{
			"sources[0].credentials.access_key: is required (line 3)", "sources[0].credentials.secret_key: is required (line 3)",
		}},
		{"huawei with a user alone", huawei + "credentials: {username: {env: HW_USER}}}\n", []string{
			"sources[0].credentials.password: is required (line 3)", "sources[0].credentials.domain_name: is required (line 3)",
		}},
		{"an empty alibaba", sources + "{id: a, cloud: alibaba}\n", []string{
			"sources[0].region: is required (line 3)", "sources[0].credentials: is required (line 3)",
		}},
		{"alibaba with a user", alibaba + "project_id: p, credentials: {" + aliKeys + ", username: {env: HW_USER}, domain_name: d}}\n", []string{
			"sources[0].project_id: " + unused + " (line 3)",
			"sources[0].credentials.username: " + unused + " (line 3)",
			"sources[0].credentials.domain_name: " + unused + " (line 3)",
		}},
		{"alibaba without keys", alibaba + "credentials: {}}\n", []string{
			"sources[0].credentials.access_key: is required (line 3)", "sources[0].credentials.secret_key: is required (line 3)",
		}},
		{"literal secrets", sources + "id: a\n  cloud: alibaba\n  region: r\n  credentials:\n    access_key: " + canary + "\n    secret_key: |\n      " + canary + "\n", []string{
			"sources[0].credentials.access_key: " + ref + " (line 7)",
			"sources[0].credentials.secret_key: " + ref + " (line 8)",
		}},
		{"secrets that are not there", alibaba + "credentials: {access_key: {env: NO_SUCH_KEY}, secret_key: {file: /secrets/none}}}\n", []string{
			"sources[0].credentials.access_key: the environment variable NO_SUCH_KEY is not set, or empty (line 3)",
			"sources[0].credentials.secret_key: the file of the secret cannot be read: no such file or directory (line 3)",
		}},
		{"a secret in place of a name", alibaba + "credentials: {access_key: {env: HUAWEIEXAMPLE0000000}, secret_key: {env: " + canary + "}}}\n", []string{
			"sources[0].credentials.access_key: the environment variable is not set, or empty (line 3)",
			"sources[0].credentials.secret_key: the environment variable is not set, or empty (line 3)",
		}},
		{"odd references", alibaba + "credentials: {access_key: {env: HW_USER, file: /secrets/hw}, secret_key: {}, security_token: [x]}}\n", []string{
			"sources[0].credentials.access_key: must have either env or file (line 3)",
			"sources[0].credentials.secret_key: must have either env or file (line 3)",
			"sources[0].credentials.security_token: must be a mapping of env, file (line 3)",
		}},
		{"odd secrets", alibaba + "credentials: {access_key: {env: TWO_LINES}, secret_key: {file: /secrets/empty}, security_token: {env: ''}}}\n", []string{
			"sources[0].credentials.access_key: the secret must be one line without control characters (line 3)",
			"sources[0].credentials.secret_key: the file of the secret is empty (line 3)",
			"sources[0].credentials.security_token.env: must be a text that is not empty (line 3)",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, faults := Parse([]byte(tt.yaml), options(nil))
			if d := cmp.Diff(tt.want, lines(faults)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
			if c != nil {
				t.Errorf("a configuration in spite of faults")
			}
			if strings.Contains(fmt.Sprint(faults), canary) {
				t.Errorf("a fault tells a secret: %v", faults)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	const file = `listen: nowhere
colour: red
auth:
  api_keys:
    - { id: K, tenant: portal, sha256: 12, scopes: [all] }
sources:
  - id: hw
    cloud: huawei
    region: cn-north-4
    endpoint: http://example.com
    credentials: { access_key: { env: MISSING_KEY }, secret_key: c4n4ry/x }
  - id: hw
    cloud: aws
`
	want := []string{
		"listen: must be host:port",
		"colour: unknown key",
		"auth.api_keys[0].id: must be an id",
		"auth.api_keys[0].scopes[0]: must be a scope",
		"auth.api_keys[0].sha256: must be the SHA-256",
		"sources[0].project_id: is required",
		"sources[0].endpoint: must be a URL with https",
		"sources[0].credentials.access_key: the environment variable MISSING_KEY is not set",
		"sources[0].credentials.secret_key: must be a reference",
		"sources[1].id: is there twice",
		"sources[1].cloud: must be a cloud",
	}
	_, faults := Parse([]byte(file), options(nil))
	var got []string
	for _, line := range lines(faults) {
		for _, w := range want {
			if strings.HasPrefix(line, w) {
				line = w
			}
		}
		got = append(got, line)
	}
	if d := cmp.Diff(want, got, cmp.Transformer("counts", func(s []string) map[string]int {
		m := map[string]int{}
		for _, x := range s {
			m[x]++
		}
		return m
	})); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
	for i := 1; i < len(faults); i++ {
		if faults[i].Line < faults[i-1].Line {
			t.Errorf("%v stands after %v", faults[i], faults[i-1])
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	c, faults := Parse([]byte(whole), options(nil))
	if len(faults) > 0 {
		t.Fatalf("faults: %v", faults)
	}
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	ys, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	key := c.Sources[0].Credentials.SecretKey
	for form, text := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c),
		"%v of redis": fmt.Sprintf("%v", c.Cache.Redis), "%x": fmt.Sprintf("%x", key), "%q": fmt.Sprintf("%q", key), "%d": fmt.Sprintf("%d", key),
		"JSON": string(js), "YAML": string(ys),
	} {
		if !strings.Contains(text, "***") {
			t.Errorf("%s has no ***: %s", form, text)
		}
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s tells a secret: %s", form, text)
		}
	}
}

// FuzzParse holds Parse to: a configuration or faults, never both, never a
// panic; one line a fault; no secret of the environment or the files in any,
// nor a secret that stands in the file.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile("../../deploy/deskpool.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add([]byte(whole))
	f.Add([]byte(minimal))
	f.Add([]byte("listen: &a " + canary + "\n? " + canary + "\n: *a\n"))
	f.Add([]byte("sources: [{id: a, credentials: {secret_key: " + canary + "}}]\n"))
	f.Add([]byte("<<: {" + canary + ": 1}\n!!" + canary + " a: |\n " + canary + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, faults := Parse(data, options(nil))
		if (c == nil) == (len(faults) == 0) {
			t.Fatalf("configuration %v with faults %v", c, faults)
		}
		for _, fault := range faults {
			line := fault.String()
			if strings.Contains(line, canary) {
				t.Errorf("a fault tells a secret: %s", line)
			}
			if strings.ContainsAny(line, "\r\n") || fault.Path == "" || fault.Text == "" {
				t.Errorf("not a fault on one line: %q", line)
			}
		}
	})
}
