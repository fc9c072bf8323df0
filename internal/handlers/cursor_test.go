package handlers_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// next is the cursor of the page after target's.
func (g *gateway) next(target string) string {
	g.t.Helper()
	c, _ := row(g.ok(target)).at("page.next_cursor").(string)
	if c == "" {
		g.t.Fatalf("%s has no next page", target)
	}
	return c
}

// TestForeignCursors sends cursors that are not of this query: none reaches a source.
func TestForeignCursors(t *testing.T) {
	ours, calls := ailing(world(t, "mem"), nil)
	other, _ := ailing(world(t, "mem"), nil)
	g := start(t, setup{sources: []pool.Source{ours}, other: []pool.Source{other}})
	list, rows := "/v1/pools?limit=2", "/v1/pools/mem:pool-01/desktops?limit=2"
	cursors := map[string]string{
		"another route":            g.next(rows),
		"another filter":           g.next(list + "&billing_mode=PREPAID"),
		"another order":            g.next(list + "&sort=-name"),
		"other fields":             g.next(list + "&fields=name"),
		"another key's scopes":     g.as(keyRead).next(list),
		"another tenant":           g.as(keyOther).next(list),
		"statistics":               g.next("/v1/statistics?group_by=pool&limit=2"),
		"garbage":                  "garbage",
		"a dot":                    ".",
		"base64 of JSON":           base64.RawURLEncoding.EncodeToString([]byte(`{"e":99999999999,"q":""}`)),
		"only a seal":              base64.RawURLEncoding.EncodeToString(make([]byte, 16)),
		"shorter than a seal":      base64.RawURLEncoding.EncodeToString(make([]byte, 15)),
		"padded":                   g.next(list) + "=",
		"with a space":             g.next(list) + " ",
		"cut":                      g.next(list)[:40],
		"twice":                    strings.Repeat(g.next(list), 2),
		"a letter changed":         tamper(g.next(list), 10),
		"a letter of the body":     tamper(g.next(list), 60),
		"the last letter":          tamper(g.next(list), len(g.next(list))-1),
		"of standard base64":       strings.NewReplacer("-", "+", "_", "/").Replace(g.next(list)) + "+/",
		"unicode":                  "курсор",
		"percent signs":            "%25%25",
		"a number":                 "50",
		"null":                     "null",
		"very long":                strings.Repeat("A", 4096),
		"the same, in lower case":  strings.ToLower(g.next(list)),
		"the same, with a newline": g.next(list)[:20] + "-_" + g.next(list)[20:],
	}
	calls.Store(0)
	for name, cursor := range cursors {
		rep := g.get(list + "&" + query("cursor", cursor))
		if rep.status != http.StatusBadRequest || rep.json(t)["code"] != "CURSOR_INVALID" || !names(row(rep.json(t)), "cursor", "INVALID") {
			t.Errorf("%s: %d %s", name, rep.status, rep.body)
		}
	}
	for _, target := range []string{rows, "/v1/statistics?limit=2&group_by=pool", "/v1/sources?limit=1", "/v1/capabilities?limit=1"} {
		if rep := g.get(target + "&" + query("cursor", cursors["another order"])); rep.status != 400 || rep.json(t)["code"] != "CURSOR_INVALID" {
			t.Errorf("%s: %d %s", target, rep.status, rep.body)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the source was asked %d times", n)
	}
	same := []string{
		"/v1/pools?limit=5&cursor=" + g.next(list), "/v1/pools?cursor=" + g.next(list), // another limit
		"/v1/pools?sort=name&limit=2&billing_mode=PREPAID&cursor=" + g.next("/v1/pools?billing_mode=PREPAID&limit=2&sort=name"), // another order of parameters
		"/v1/pools/mem%3Apool-01/desktops?limit=2&cursor=" + g.next(rows),                                                       // the same path
	}
	for _, target := range same {
		if rep := g.get(target); rep.status != http.StatusOK {
			t.Errorf("%s: %d %s", target, rep.status, rep.body)
		}
	}
}

func tamper(s string, at int) string {
	swapped := byte('A')
	if s[at] == swapped {
		swapped = 'B'
	}
	return s[:at] + string(swapped) + s[at+1:]
}

// TestCursorExpires after one hour, and says so.
func TestCursorExpires(t *testing.T) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	g := start(t, setup{sources: []pool.Source{world(t, "mem")}, now: func() time.Time { return now }})
	for _, target := range []string{"/v1/pools?limit=2", "/v1/pools/mem:pool-01/desktops?limit=2", "/v1/statistics?group_by=pool&limit=2"} {
		at := now
		second := target + "&cursor=" + g.next(target)
		for _, tt := range []struct {
			later time.Duration
			want  int
		}{{59*time.Minute + 59*time.Second, 200}, {time.Hour, 410}, {48 * time.Hour, 410}} {
			now = at.Add(tt.later)
			rep := g.get(second)
			if rep.status != tt.want || tt.want == 410 && rep.json(t)["code"] != "CURSOR_EXPIRED" {
				t.Errorf("%s after %v: %d %s", target, tt.later, rep.status, rep.body)
			}
		}
		if rep := g.get(strings.Replace(second, "limit=2&cursor=", "limit=2&cursor=x", 1)); rep.status != 400 {
			t.Errorf("an old cursor that is not ours is %d", rep.status)
		}
		now = at
	}
}

// TestAnswersAreNotOlderThanTheirCursors: 304 must not keep alive a page whose
// cursor has expired.
func TestAnswersAreNotOlderThanTheirCursors(t *testing.T) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	g := start(t, setup{sources: cached([]pool.Source{world(t, "mem")}), now: func() time.Time { return now }})
	const target = "/v1/pools?limit=2"
	first := g.get(target)
	held, tag := row(first.json(t)).at("page.next_cursor").(string), first.header.Get("ETag")
	for range 100 {
		now = now.Add(5 * time.Minute)
		rep := g.get(target, "If-None-Match: "+tag)
		if rep.status == http.StatusOK {
			held, tag = row(rep.json(t)).at("page.next_cursor").(string), rep.header.Get("ETag")
		}
		if rep := g.get(target + "&" + query("cursor", held)); rep.status != http.StatusOK {
			t.Fatalf("at %v the cursor of a page that still holds is %d %s", now, rep.status, rep.body)
		}
	}
}

// TestNextIsAnAddress that leads to the second page as it stands.
func TestNextIsAnAddress(t *testing.T) {
	g := start(t, setup{sources: []pool.Source{world(t, "mem")}})
	for _, target := range []string{"/v1/pools?limit=2&name.contains=" + url.QueryEscape(" ") + "&created_at.gte=2025-01-01T00%3A00%3A00%2B08%3A00", "/v1/pools/mem%3Apool-01/desktops?limit=2"} {
		rep := g.get(target)
		next, err := url.Parse(row(rep.json(t)).at("page.next").(string))
		if err != nil || !strings.HasPrefix(next.String(), publicURL+"/v1/") {
			t.Fatalf("%v %v", next, err)
		}
		second := rowsOf(g.ok(next.RequestURI()))
		whole := rowsOf(g.ok(strings.Replace(target, "limit=2", "limit=4", 1)))
		if !slices.Equal(ids(second), ids(whole[2:])) {
			t.Errorf("%s: the second page is %v, want %v", target, ids(second), ids(whole[2:]))
		}
	}
}
