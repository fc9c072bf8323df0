package handlers_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// The set-ups that the whole suite runs for: one line each.

func TestMemory(t *testing.T)  { suite(t, worlds(t)) }
func TestCached(t *testing.T)  { suite(t, cached(worlds(t))) }
func TestHuawei(t *testing.T)  { suite(t, huaweis(t)) }
func TestAlibaba(t *testing.T) { suite(t, alibabas(t)) }
func TestClouds(t *testing.T)  { suite(t, cached(slices.Concat(huaweis(t), alibabas(t), worlds(t)))) }

// suite holds the API over any sources to what it promises.
func suite(t *testing.T, sources []pool.Source) {
	t.Parallel()
	g := start(t, setup{sources: sources, orders: desk(t, orders.Options{})})
	s := &subject{gateway: g, sources: sources}
	s.pools = g.walk("/v1/pools?limit=1000")
	s.large = s.largest(t)
	s.desktops = g.walk("/v1/pools/" + s.large + "/desktops?limit=1000&include_deleted=true")
	for name, test := range map[string]func(*testing.T, *subject){
		"routes":              testRoutesAnswer,
		"head":                testHead,
		"etag":                testETag,
		"pools by page":       testPoolPages,
		"pools by id":         testPoolsByID,
		"pool filters":        testPoolFilters,
		"pool order":          testPoolOrder,
		"pool fields":         testPoolFields,
		"desktops by page":    testDesktopPages,
		"desktops by id":      testDesktopsByID,
		"desktop filters":     testDesktopFilters,
		"desktop fields":      testDesktopFields,
		"desktops streamed":   testDesktopStream,
		"include":             testInclude,
		"native":              testNative,
		"statistics by pool":  testStatisticsByPool,
		"statistics groups":   testStatisticsGroups,
		"statistics choices":  testStatisticsChoices,
		"sources":             testSources,
		"capabilities":        testCapabilities,
		"nothing is not null": testEmpty,
	} {
		t.Run(name, func(t *testing.T) {
			mine := *s
			mine.gateway = g.in(t)
			test(t, &mine)
		})
	}
}

// subject is what the tests of a suite are about.
type subject struct {
	*gateway
	sources  []pool.Source
	pools    []row  // every pool, in the default order
	large    string // the id of the pool with the most desktops
	desktops []row  // every desktop of it, the deleted ones included
}

// row is one item of a list.
type row map[string]any

func (r row) id() string { id, _ := r["id"].(string); return id }

// at is the value at a path as in counts.total; nil if there is none.
func (r row) at(path string) any {
	var v any = map[string]any(r)
	for _, name := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// text is the text at a path; empty if it is null.
func (r row) text(path string) string { s, _ := r.at(path).(string); return s }

// rowsOf are the items of a list.
func rowsOf(list map[string]any) []row {
	items, _ := list["items"].([]any)
	rows := make([]row, len(items))
	for i, item := range items {
		rows[i], _ = item.(map[string]any)
	}
	return rows
}

// walk follows a list to its end. No row may come twice.
func (g *gateway) walk(target string) []row {
	g.t.Helper()
	var rows []row
	seen := map[string]bool{}
	for pages := 0; target != ""; pages++ {
		if pages > 1000 {
			g.t.Fatalf("%s does not end", target)
		}
		list := g.ok(target)
		for _, r := range rowsOf(list) {
			if id := r.id(); id != "" && seen[id] {
				g.t.Fatalf("%s comes twice, the second time on %s", id, target)
			} else if id != "" {
				seen[id] = true
			}
			rows = append(rows, r)
		}
		next, _ := list["page"].(map[string]any)["next"].(string)
		target = strings.TrimPrefix(next, publicURL)
	}
	return rows
}

func ids(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.id()
	}
	return out
}

// keep are the rows for which ok holds.
func keep(rows []row, ok func(row) bool) []row {
	var out []row
	for _, r := range rows {
		if ok(r) {
			out = append(out, r)
		}
	}
	return out
}

// values are the different texts at a path, those of lists included, at most so many.
func values(rows []row, most int, get func(row) []string) []string {
	var out []string
	for _, r := range rows {
		for _, v := range get(r) {
			if v != "" && !strings.Contains(v, ",") && !slices.Contains(out, v) && len(out) < most {
				out = append(out, v)
			}
		}
	}
	return out
}

// query is one parameter, escaped.
func query(name, value string) string { return url.QueryEscape(name) + "=" + url.QueryEscape(value) }

// largest is the id of the pool with the most desktops, which are more than one page of a cloud has.
func (s *subject) largest(t *testing.T) string {
	t.Helper()
	best := s.pools[0]
	for _, p := range s.pools {
		if n, _ := p.at("counts.total").(float64); n > best.at("counts.total").(float64) {
			best = p
		}
	}
	return best.id()
}
