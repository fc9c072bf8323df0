package huaweisim

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query reads query parameters and keeps the first fault. An empty value is no
// value: the official SDK sends those. Unknown parameters are ignored.
type query struct {
	values url.Values
	fault  *failure
}

func (q *query) wrong(name, why string) {
	if q.fault == nil {
		q.fault = invalid("the parameter " + name + " " + why)
	}
}

func (q *query) text(name string) string {
	s := q.values.Get(name)
	if len(s) > 255 {
		q.wrong(name, "is longer than 255")
	}
	return s
}

// word is one of the allowed words, or "".
func (q *query) word(name string, allowed ...string) string {
	s := q.values.Get(name)
	if s != "" && !slices.Contains(allowed, s) {
		q.wrong(name, "must be one of "+strings.Join(allowed, ", "))
	}
	return s
}

func (q *query) number(name string, without, most int) int {
	s := q.values.Get(name)
	if s == "" {
		return without
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		q.wrong(name, "must be a number between 0 and "+strconv.Itoa(most))
	}
	return n
}

// flag is nil without the parameter.
func (q *query) flag(name string) *bool {
	s := q.word(name, "true", "false")
	if s == "" {
		return nil
	}
	b := s == "true"
	return &b
}

// list is a repeated parameter of at most 100 values.
func (q *query) list(name string) []string {
	var out []string
	for _, s := range q.values[name] {
		if s != "" {
			out = append(out, s)
		}
	}
	if len(out) > 100 {
		q.wrong(name, "has more than 100 values")
	}
	return out
}

// commas is a parameter whose documentation allows commas within its value.
func (q *query) commas(name string) []string {
	var out []string
	for _, s := range q.list(name) {
		out = append(out, strings.Split(s, ",")...)
	}
	return out
}

// words holds every value against the allowed words.
func (q *query) words(name string, values []string, allowed ...string) []string {
	for _, v := range values {
		if !slices.Contains(allowed, v) {
			q.wrong(name, "must be one of "+strings.Join(allowed, ", "))
		}
	}
	return values
}
