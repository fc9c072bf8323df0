package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func (s *subject) list(pool string) string { return "/v1/pools/" + pool + "/desktops" }

func deleted(r row) bool { return r.text("lifecycle_state") == "DELETED" }

func alive(r row) bool { return !deleted(r) }

func testDesktopPages(t *testing.T, s *subject) {
	if len(s.desktops) < 10 {
		t.Fatalf("the largest pool has only %d desktops", len(s.desktops))
	}
	for _, limit := range []int{17, 101} {
		for _, filter := range []string{"", "&include_deleted=true", "&power_state=RUNNING,STOPPED"} {
			whole := ids(s.walk(fmt.Sprintf("%s?fields=id&limit=1000%s", s.list(s.large), filter)))
			if diff := gocmp.Diff(whole, ids(s.walk(fmt.Sprintf("%s?fields=id&limit=%d%s", s.list(s.large), limit, filter)))); diff != "" {
				t.Errorf("pages of %d%s:\n%s", limit, filter, diff)
			}
		}
	}
	for _, p := range s.pools {
		rows := s.walk(s.list(p.id()) + "?limit=1000")
		for _, d := range rows {
			if d.text("pool_id") != p.id() || d.text("source") != p.text("source") || d.text("cloud") != p.text("cloud") {
				t.Errorf("%s of %s says pool_id %v, source %v, cloud %v", d.id(), p.id(), d.at("pool_id"), d.at("source"), d.at("cloud"))
			}
			if deleted(d) {
				t.Errorf("%s is deleted, and nobody asked for it", d.id())
			}
		}
	}
}

// testDesktopsByID reads desktops: what a list has said, they say as well.
func testDesktopsByID(t *testing.T, s *subject) {
	for _, d := range s.desktops[:min(40, len(s.desktops))] {
		got := row(s.ok("/v1/desktops/" + strings.ReplaceAll(d.id(), ":", "%3A")))
		for _, path := range []string{"id", "pool_id", "source", "name", "power_state", "assignment_state", "billing_mode"} {
			if got.at(path) != d.at(path) {
				t.Errorf("%s of %s is %v, in the list %v", path, d.id(), got.at(path), d.at(path))
			}
		}
	}
}

func testDesktopFilters(t *testing.T, s *subject) {
	for _, name := range []string{"power_state", "connection_state", "assignment_state", "lifecycle_state", "summary_state", "billing_mode"} {
		found := values(s.desktops, 20, func(r row) []string { return []string{r.text(name)} })
		if n := len(found); n > 1 {
			found = append(found, found[0]+","+found[n-1])
		}
		for _, value := range found {
			in := func(r row) bool { return slices.Contains(strings.Split(value, ","), r.text(name)) }
			s.desktopsFiltered(name+"="+value, func(r row) bool { return alive(r) && in(r) })
			s.desktopsFiltered(name+"="+value+"&include_deleted=true", in)
		}
	}
	users := values(s.desktops, 5, usersOf)
	if len(users) == 0 {
		t.Error("no desktop has a user")
	}
	for _, user := range users {
		uses := func(r row) bool { return alive(r) && slices.Contains(usersOf(r), user) }
		s.desktopsFiltered(query("user", user), uses)
		s.desktopsFiltered(query("user", user)+"&power_state=RUNNING", func(r row) bool {
			return uses(r) && r.text("power_state") == "RUNNING"
		})
	}
	for _, name := range values(s.desktops, 2, func(r row) []string { return []string{r.text("name")} }) {
		part := name[len(name)-2:]
		s.desktopsFiltered(query("name.contains", part), func(r row) bool { return alive(r) && strings.Contains(r.text("name"), part) })
	}
	s.desktopsFiltered("user=nobody-of-this-name", func(row) bool { return false })
	s.desktopsFiltered("include_deleted=false", alive)
}

// usersOf are the users of a desktop, by name, or by id where they have none.
func usersOf(d row) []string {
	var users []string
	for _, list := range []string{"assignments", "active_users"} {
		rows, _ := d.at(list).([]any)
		for _, u := range rows {
			user := row(u.(map[string]any))
			if name := user.text("user_name"); name != "" {
				users = append(users, name)
			} else {
				users = append(users, user.text("user_id"))
			}
		}
	}
	return users
}

// desktopsFiltered compares a filter with what is left of all desktops by
// hand, as pages and as a stream.
func (s *subject) desktopsFiltered(filter string, ok func(row) bool) {
	s.t.Helper()
	want := ids(keep(s.desktops, ok))
	if diff := gocmp.Diff(want, ids(s.walk(s.list(s.large)+"?limit=40&fields=id&"+filter))); diff != "" {
		s.t.Errorf("%s, by page:\n%s", filter, diff)
	}
	rows, _ := s.streamed(s.list(s.large) + "?fields=id&" + filter)
	if diff := gocmp.Diff(want, ids(rows)); diff != "" {
		s.t.Errorf("%s, streamed:\n%s", filter, diff)
	}
}

// streamed are the rows of a stream, and its last line.
func (g *gateway) streamed(target string) ([]row, map[string]any) {
	g.t.Helper()
	rep := g.get(target, "Accept: application/x-ndjson")
	if rep.status != 200 || rep.header.Get("Content-Type") != "application/x-ndjson" {
		g.t.Fatalf("%s: %d %s %.300s", target, rep.status, rep.header.Get("Content-Type"), rep.body)
	}
	rows := []row{}
	var last map[string]any
	for line := range bytes.Lines(rep.body) {
		last = nil
		if err := json.Unmarshal(line, &last); err != nil {
			g.t.Fatal(err)
		}
		if item, isItem := last["item"].(map[string]any); isItem {
			rows = append(rows, item)
		}
	}
	return rows, last
}

func testDesktopStream(t *testing.T, s *subject) {
	rows, end := s.streamed(s.list(s.large) + "?include_deleted=true")
	want, got := make([]any, len(s.desktops)), make([]any, len(rows))
	for i, d := range s.desktops {
		want[i] = forget(map[string]any(d), "as_of")
	}
	for i, d := range rows {
		got[i] = forget(map[string]any(d), "as_of")
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the stream and the list differ:\n%s", diff)
	}
	if end["complete"] != true || end["items"] != float64(len(want)) {
		t.Errorf("the last line is %v", end)
	}
	few, _ := s.streamed(s.list(s.large) + "?fields=name&include_deleted=true&limit=1")
	for i, d := range few {
		if diff := gocmp.Diff(map[string]any{"id": s.desktops[i].id(), "name": s.desktops[i].at("name")}, map[string]any(d)); diff != "" {
			t.Fatal(diff)
		}
	}
	if len(few) != len(want) {
		t.Errorf("with limit=1 the stream has %d rows, want %d", len(few), len(want))
	}
}
