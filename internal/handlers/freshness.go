package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// longest bounds max-age, in seconds: more is as good as none.
const longest = 1 << 30

// maxAge is how old an answer may be by the request's Cache-Control (RFC 9111,
// 5.2.1), in seconds; -1 if it does not say. no-cache is max-age=0. Directives
// that would take something older than there is are a fault as long as nothing
// older is kept; those that are not about age are ignored, as the RFC wants.
func maxAge(h http.Header) (seconds int, fault *FieldError) {
	seconds = -1
	for _, directive := range strings.Split(strings.Join(h["Cache-Control"], ","), ",") {
		word, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch word = strings.ToLower(word); word {
		case "no-cache":
			seconds = 0
		case "max-age":
			s, err := strconv.Atoi(strings.Trim(value, `"`))
			if err != nil || s < 0 {
				return -1, badFreshness(faultInvalid, "max-age is a whole number of seconds.")
			}
			if s = min(s, longest); seconds < 0 || s < seconds {
				seconds = s
			}
		case "max-stale", "only-if-cached":
			return -1, badFreshness(faultNotAllowed, "This version does not serve "+word+". Leave it out.")
		}
	}
	return seconds, nil
}

func badFreshness(code, detail string) *FieldError {
	return &FieldError{Parameter: "Cache-Control", Code: code, Detail: detail, Allowed: []string{"no-cache", "max-age=<seconds>"}}
}

// service is what the caller sees, as fresh as the request wants it.
func service(h http.Header, c *Caller) *pool.Service {
	if len(h["Cache-Control"]) == 0 {
		return c.Service
	}
	if seconds, _ := maxAge(h); seconds >= 0 { // a fault was found by check
		return c.Service.Within(time.Duration(seconds) * time.Second)
	}
	return c.Service
}
