package handlers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// maxStatusHeader bounds Source-Status, Server-Timing and Upstream-Request-Id, in bytes.
const maxStatusHeader = 2048

// sourceStatus is the account of all sources in one header, for curl -I. Where
// it would be too long, sources that are well are left out first.
func sourceStatus(outcomes []pool.Outcome, now time.Time) string {
	all := make([]string, len(outcomes))
	var bad []string
	for i, o := range outcomes {
		all[i] = statusMember(o, now)
		if o.Status != pool.StatusOK {
			bad = append(bad, all[i])
		}
	}
	if s := strings.Join(all, ", "); len(s) <= maxStatusHeader {
		return s
	}
	return truncated(append(bad, cutMark))
}

// statusMember speaks of one source. One that answered that there is no such thing is well.
func statusMember(o pool.Outcome, now time.Time) string {
	if o.Err != nil && o.Err.Kind == pool.NotFound {
		o.Status, o.Err = pool.StatusOK, nil
	}
	s := o.Source.ID + ";s=" + strings.ToLower(string(o.Status))
	if !o.AsOf.IsZero() {
		s += ";age=" + strconv.Itoa(ageSeconds(o.AsOf, now))
	}
	if o.Err != nil {
		s += fmt.Sprintf(";code=%q", codeOf(o.Err.Kind))
	}
	return s
}

// serverTiming says how long each source took to give its part, the cache's included.
func serverTiming(outcomes []pool.Outcome) string {
	members := make([]string, len(outcomes))
	for i, o := range outcomes {
		members[i] = o.Source.ID + ";dur=" + strconv.FormatFloat(float64(o.Took.Microseconds())/1000, 'f', -1, 64)
		if o.From == pool.FromCache {
			members[i] += `;desc="cache"`
		}
	}
	return truncated(members)
}

// upstreamRequestIDs lists the clouds' ids of the requests behind an answer,
// as <source>=<id>: of those that failed too.
func upstreamRequestIDs(outcomes []pool.Outcome) string {
	var ids []string
	for _, o := range outcomes {
		for _, p := range o.Parts {
			if p.RequestID != "" {
				ids = append(ids, o.Source.ID+"="+p.RequestID)
			}
		}
		if o.Err != nil && o.Err.Upstream != nil && o.Err.Upstream.RequestID != "" {
			ids = append(ids, o.Source.ID+"="+o.Err.Upstream.RequestID)
		}
	}
	return truncated(ids)
}

// cutMark ends a header from which members were left out.
const cutMark = "truncated"

// truncated joins members while they fit, and says so where they do not.
func truncated(members []string) string {
	s := strings.Join(members, ", ")
	for n := len(members); len(s) > maxStatusHeader; n-- {
		s = strings.Join(append(members[:n-1:n-1], cutMark), ", ")
	}
	return s
}

// ageSeconds is the age of what was read at asOf, in whole seconds, never negative.
func ageSeconds(asOf, now time.Time) int {
	return max(0, int(now.Sub(asOf)/time.Second))
}
