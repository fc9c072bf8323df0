package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// preferences are what the Prefer header asks for (RFC 7240).
type preferences struct {
	strict bool          // every source, or a problem
	wait   time.Duration // how long sources may take
}

// maxWait bounds wait, in seconds.
const maxWait = 60

// prefer reads the Prefer headers. Preferences that are not ours are ignored,
// as the RFC wants; ours with a value that cannot be are a fault.
func (a *api) prefer(r *http.Request) (preferences, *failure) {
	p := preferences{wait: a.opts.Wait}
	if len(r.Header["Prefer"]) == 0 {
		return p, nil
	}
	var applied []string
	seen := map[string]bool{}
	for _, pref := range listed(r.Header["Prefer"], ',') {
		name, value, _ := strings.Cut(listed([]string{pref}, ';')[0], "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.Trim(strings.TrimSpace(value), `"`)
		if seen[name] { // only the first counts (RFC 7240, 2)
			continue
		}
		seen[name] = true
		switch name {
		case "handling":
			if value != "strict" && value != "lenient" {
				return p, badPreference("handling is strict or lenient.", "handling=strict", "handling=lenient")
			}
			p.strict = value == "strict"
			applied = append(applied, "handling="+value)
		case "wait":
			s, err := strconv.Atoi(value)
			if err != nil || s < 1 || s > maxWait {
				return p, badPreference("wait is a whole number of seconds from 1 to 60.")
			}
			p.wait = time.Duration(s) * time.Second
			applied = append(applied, "wait="+strconv.Itoa(s))
		}
	}
	c := callOf(r)
	c.applied = strings.Join(applied, ", ")
	return p, nil
}

// listed splits the lines of a header at a separator that is not in quotes.
func listed(lines []string, separator byte) []string {
	var list []string
	s, from, quoted := strings.Join(lines, string(separator)), 0, false
	for i := range len(s) {
		switch {
		case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case s[i] == separator && !quoted:
			list = append(list, s[from:i])
			from = i + 1
		}
	}
	return append(list, s[from:])
}

func badPreference(detail string, allowed ...string) *failure {
	return &failure{code: InvalidParameter, detail: "The header Prefer is at fault: " + detail, errors: []FieldError{{
		Parameter: "Prefer", Code: faultInvalid, Detail: detail, Allowed: append([]string{}, allowed...),
	}}}
}

// patience is the request's context, which ends when the wait is over.
func (p preferences) patience(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), p.wait)
}
