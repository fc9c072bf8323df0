package huawei

import (
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// conflictPause is how often the vendor's own tools repeat what was refused as a conflict.
const conflictPause = 20 * time.Second

var throttleWindow = regexp.MustCompile(`time:\s?(\d{1,4}) ?(second|minute|hour|day)`)

// retryAfter is how long the cloud wants to be left alone: the header, which
// no document promises, else the window of a throttle's message, as in
// "policy user over ratelimit,limit:200,time:1 minute".
func retryAfter(res transport.Response, kind pool.Kind, message string) time.Duration {
	if said := res.Header.Get("Retry-After"); said != "" {
		if s, err := strconv.ParseUint(said, 10, 31); err == nil {
			return time.Duration(s) * time.Second
		}
		if t, err := http.ParseTime(said); err == nil {
			return max(0, t.Sub(res.At))
		}
	}
	switch kind {
	case pool.Throttled:
		return window(message)
	case pool.Conflict:
		return conflictPause
	}
	return 0
}

func window(message string) time.Duration {
	m := throttleWindow.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // cannot fail: up to four digits
	unit := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return time.Duration(n) * unit[m[2]]
}
