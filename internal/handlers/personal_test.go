package handlers_test

import (
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestPersonalData is shown to those who may see it, and to nobody else, in
// every view that holds some.
func TestPersonalData(t *testing.T) {
	for name, sources := range map[string][]pool.Source{"memory": worlds(t)[:1], "huawei": huaweis(t)[:1], "alibaba": alibabas(t)[:1]} {
		g := start(t, setup{sources: sources})
		s := &subject{gateway: g, sources: sources}
		s.pools = g.walk("/v1/pools?limit=1000")
		s.large = s.largest(t)
		s.desktops = g.walk(s.list(s.large) + "?limit=1000")
		var users []string // ids and names
		owner := ""
		for _, d := range s.desktops {
			for _, list := range []string{"assignments", "active_users"} {
				entries, _ := d.at(list).([]any)
				for _, e := range entries {
					u := row(e.(map[string]any))
					users = append(users, u.text("user_id"), u.text("user_name"))
					owner = d.id()
				}
			}
		}
		if owner == "" {
			t.Fatalf("%s: no desktop has a user", name)
		}
		for _, target := range []string{
			s.list(s.large) + "?limit=1000", "/v1/desktops/" + owner, s.list(s.large) + "?limit=1000&fields=assignments.user_name,active_users",
			s.list(s.large) + "?limit=1000&include=native", "/v1/desktops/" + owner + "?include=native", "/v1/desktops/" + owner + "/native", "/v1/pools/" + s.large + "/native",
		} {
			native := strings.Contains(target, "native")
			for _, media := range []string{"application/json", "application/x-ndjson, application/json;q=0.5"} {
				open := string(g.get(target, "Accept: "+media).body)
				masked := string(g.as(keyNative).get(target, "Accept: "+media).body)
				for _, u := range users {
					if u != "" && strings.Contains(masked, `"`+u+`"`) {
						t.Fatalf("%s: %s shows %s", name, target, u)
					}
				}
				if shown := strings.Contains(target, "desktops"); shown && (!strings.Contains(masked, `"***"`) || strings.Contains(open, `"***"`)) {
					t.Errorf("%s: %s: masked %v, open %v", name, target, strings.Contains(masked, `"***"`), strings.Contains(open, `"***"`))
				}
				if native {
					continue
				}
				if seen := string(g.as(keyPersonal).get(target, "Accept: "+media).body); strings.Contains(seen, `"***"`) {
					t.Errorf("%s: %s is masked for personal:read", name, target)
				}
			}
		}
	}
}

// TestPersonalScopes refuses what would tell of users without showing them.
func TestPersonalScopes(t *testing.T) {
	src, calls := ailing(small(t, "m1"), nil)
	g := start(t, setup{sources: []pool.Source{src}})
	for _, key := range []string{keyRead, keyNative} {
		for _, media := range []string{"application/json", "application/x-ndjson"} {
			rep := g.as(key).get("/v1/pools/m1:pool-1/desktops?user=alice", "Accept: "+media)
			if rep.status != 403 || !strings.Contains(string(rep.body), "personal:read") {
				t.Errorf("user= with %s: %d %s", key, rep.status, rep.body)
			}
		}
	}
	for _, target := range []string{"/v1/pools", "/v1/pools/m1:pool-1", "/v1/pools/m1:pool-1/desktops", "/v1/desktops/m1:desktop-1", "/v1/statistics"} {
		rep := g.as(keyRead).get(target + "?include=native")
		if rep.status != 403 || !strings.Contains(string(rep.body), "native:read") {
			t.Errorf("%s?include=native: %d %s", target, rep.status, rep.body)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls for requests that are refused", n)
	}
	if rows := g.as(keyPersonal).walk("/v1/pools/m1:pool-1/desktops?user=alice"); len(rows) != 1 || rows[0].id() != "m1:desktop-1" {
		t.Errorf("user=alice gives %v", rows)
	}
}
