package alibabasim

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// params reads the parameters of an operation. The first fault is kept in err;
// what is read after it does not matter. An empty value counts as absent.
type params struct {
	values    url.Values
	requestID string
	elsewhere bool // RegionId names another region, where the account has nothing
	now       time.Time
	view      view
	fault     fault.Kind // one that is the operation's to act on
	write     *Write     // where the ids of orders are noted; nil unless it is one
	err       *apiError
}

func (p *params) fail(err *apiError) {
	if p.err == nil {
		p.err = err
	}
}

func (p *params) text(name string) string { return p.values.Get(name) }

func (p *params) required(name string) string {
	v := p.text(name)
	if v == "" {
		p.fail(missing(name))
	}
	return v
}

// word is one of the allowed words, or "".
func (p *params) word(name string, allowed ...string) string {
	v := p.text(name)
	if v != "" && !slices.Contains(allowed, v) {
		p.fail(invalid(name))
	}
	return v
}

// number is a whole number from low to high, or def if absent.
func (p *params) number(name string, low, high, def int) int {
	v := p.text(name)
	if v == "" {
		return def
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < int64(low) || n > int64(high) {
		p.fail(invalid(name))
		return def
	}
	return int(n)
}

func (p *params) pageSize(high int) int { return p.number("MaxResults", 1, high, 10) }

func (p *params) flag(name string, def bool) bool {
	switch p.word(name, "true", "false") {
	case "true":
		return true
	case "false":
		return false
	}
	return def
}

// list is name.1, name.2 and so on, by their numbers; gaps are allowed.
func (p *params) list(name string, most int) []string {
	type item struct {
		n int
		v string
	}
	var items []item
	for key, values := range p.values {
		suffix, ok := strings.CutPrefix(key, name+".")
		if !ok || values[0] == "" {
			continue
		}
		if n, err := strconv.Atoi(suffix); err == nil && n > 0 {
			items = append(items, item{n, values[0]})
		}
	}
	if len(items) > most {
		p.fail(invalid(name))
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.n, b.n) })
	var list []string
	for _, it := range items {
		list = append(list, it.v)
	}
	return list
}

// time is a time with seconds in UTC, or def if absent.
func (p *params) time(name string, def time.Time) time.Time {
	v := p.text(name)
	if v == "" {
		return def
	}
	t, err := time.Parse(dateLayout, v)
	if err != nil {
		p.fail(invalid(name))
	}
	return t
}

// numbered is the numbers N in parameters such as name.N.Key, in order.
func (p *params) numbered(name string) []int {
	var numbers []int
	for key := range p.values {
		suffix, ok := strings.CutPrefix(key, name+".")
		number, _, field := strings.Cut(suffix, ".")
		if n, err := strconv.Atoi(number); ok && field && err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// tags is Tag.N.Key and Tag.N.Value; an empty value asks for the key alone.
func (p *params) tags() []tag {
	var tags []tag
	for _, n := range p.numbered("Tag") {
		prefix := "Tag." + strconv.Itoa(n)
		if p.values.Has(prefix + ".Key") {
			tags = append(tags, tag{Key: p.text(prefix + ".Key"), Value: p.text(prefix + ".Value")})
		}
	}
	if len(tags) > 100 {
		p.fail(invalid("Tag"))
	}
	return tags
}
