package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// keyed is memoryConfig with the hashes of these keys.
func keyed(a, b string) string {
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	text := strings.Replace(memoryConfig, "1111111111111111111111111111111111111111111111111111111111111111", sum(a), 1)
	return strings.Replace(text, strings.Repeat("0", 64), sum(b), 1)
}

func TestTenantsSeeTheirOwnSources(t *testing.T) {
	s := start(t, nil, "-config", writeConfig(t, keyed("key-a", "key-b")))
	for key, want := range map[string]string{"key-a": "mem-a", "key-b": "mem-b"} {
		other := map[string]string{"mem-a": "mem-b", "mem-b": "mem-a"}[want]
		code, body := get(t, "GET", s.public+"/v1/sources", key, "")
		if code != http.StatusOK || !strings.Contains(string(body), want) || strings.Contains(string(body), other) {
			t.Errorf("%s sees %d %s, want only %s", key, code, body, want)
		}
		if code, _ := get(t, "GET", s.public+"/v1/sources/"+other, key, ""); code != http.StatusNotFound {
			t.Errorf("%s reads %s: %d", key, other, code)
		}
		if code, _ := get(t, "GET", s.public+"/v1/pools/"+other+":pool-01", key, ""); code != http.StatusNotFound {
			t.Errorf("%s reads a pool of %s: %d", key, other, code)
		}
		if code, _ := get(t, "GET", s.public+"/v1/pools/"+want+":pool-01", key, ""); code != http.StatusOK {
			t.Errorf("%s reads a pool of its own: %d", key, code)
		}
	}
	for _, key := range []string{"", "key-c", "KEY-A"} {
		if code, _ := get(t, "GET", s.public+"/v1/sources", key, ""); code != http.StatusUnauthorized {
			t.Errorf("key %q: %d, want 401", key, code)
		}
	}
	if strings.Contains(s.err.String(), "key-a") {
		t.Error("a key is in the log")
	}
}

// TestReload sends SIGHUP: a bad file changes nothing, a good one all at once.
func TestReload(t *testing.T) {
	path := writeConfig(t, keyed("old-key", "key-b"))
	s := start(t, nil, "-config", path)
	status := func(key string) int {
		code, _ := get(t, "GET", s.public+"/v1/sources", key, "")
		return code
	}
	hangup := func(text, logged string) {
		t.Helper()
		before := strings.Count(s.err.String(), logged)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for strings.Count(s.err.String(), logged) == before {
			if status("old-key") == 0 { // keeps asking until the log says so
				t.Fatal("no answer")
			}
			if err := t.Context().Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if status("old-key") != http.StatusOK {
		t.Fatal("the first configuration does not work")
	}
	hangup("sources: nonsense\n", "is not taken")
	if status("old-key") != http.StatusOK {
		t.Error("a bad configuration was taken")
	}
	hangup(keyed("new-key", "key-b"), "is taken")
	if status("new-key") != http.StatusOK || status("old-key") != http.StatusUnauthorized {
		t.Errorf("new key %d, old key %d; want 200 and 401", status("new-key"), status("old-key"))
	}
}

// TestReloadDoesNotOpenAPublicListener: a file that moves the listener to
// loopback and asks for no keys is good, but the listener does not move.
func TestReloadDoesNotOpenAPublicListener(t *testing.T) {
	tests := []struct {
		address string
		taken   bool
	}{
		{"127.0.0.1:8080", true},
		{"[::1]:8080", true},
		{"[::]:8080", false},
		{"192.0.2.1:8080", false},
	}
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			cfg, faults := config.Parse([]byte("auth: { mode: none }\nsources: [{ id: m, cloud: memory }]\n"),
				(&flags{}).options(env(nil)))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			store, err := openStore(cfg.Cache, zerolog.Nop())
			if err != nil {
				t.Fatal(err)
			}
			api := &swap{}
			b := builder{store: store, desk: orders.New(orders.Options{}), log: zerolog.Nop(), draining: func() bool { return false }, address: tt.address}
			s := service{reload: func() (*config.Config, []config.Fault) { return cfg, nil }}
			s.reloaded(api, b, cfg, zerolog.Nop())
			if taken := api.now.Load() != nil; taken != tt.taken {
				t.Errorf("taken: %v, want %v", taken, tt.taken)
			}
		})
	}
}

func TestNeedsRestart(t *testing.T) {
	redis := func() *config.Redis { return &config.Redis{Addrs: []string{"a:1"}, Password: pool.NewSecret("x")} }
	tests := []struct {
		name   string
		change func(*config.Config)
		want   bool
	}{
		{"nothing", func(*config.Config) {}, false},
		{"what a reload takes", func(c *config.Config) { c.Cache.TTL.Pool, c.PublicURL, c.Auth.Mode = 1, "http://x", config.ModeNone }, false},
		{"a listener", func(c *config.Config) { c.Listen = "127.0.0.1:1" }, true},
		{"the admin listener", func(c *config.Config) { c.AdminListen = "127.0.0.1:1" }, true},
		{"the log", func(c *config.Config) { c.Log.Level = "debug" }, true},
		{"memory", func(c *config.Config) { c.Cache.MemoryMiB++ }, true},
		{"no Redis", func(c *config.Config) { c.Cache.Redis = nil }, true},
		{"another Redis", func(c *config.Config) { c.Cache.Redis.Addrs = []string{"b:1"} }, true},
		{"another password", func(c *config.Config) { c.Cache.Redis.Password = pool.NewSecret("y") }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old, cfg := config.Default(), config.Default()
			old.Cache.Redis, cfg.Cache.Redis = redis(), redis()
			tt.change(cfg)
			if got := needsRestart(old, cfg); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
