package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// missing is the failure of one resource that could not be read: notFound if
// no source has it, else what is wrong with the source.
func missing(err error, notFound Code) failure {
	e := pool.AsError(err)
	if e.Kind == pool.NotFound {
		f := failure{code: notFound, detail: e.Detail, cause: err, errors: rows(e.Faults, fieldError)}
		if f.detail == "" {
			f.detail = meanings[notFound].text
		}
		if e.Upstream != nil {
			f.upstream = e
		}
		return f
	}
	code := codeOf(e.Kind)
	return failure{code: code, detail: meanings[code].text, upstream: e}
}

// unusable tells why a list cannot be answered: no source contributed, or the
// caller wants all of them and one did not. Nil if it can.
func unusable(outcomes []pool.Outcome, strict bool) *failure {
	var failed []*pool.Error
	contributed := 0
	for _, o := range outcomes {
		if o.Contributed() {
			contributed++
		}
		if o.Err != nil && (strict || !o.Contributed()) {
			failed = append(failed, o.Err)
		}
	}
	if len(failed) == 0 || contributed > 0 && !strict {
		return nil
	}
	return merged(failed, len(outcomes))
}

// merged is one failure for those of several sources: their code if they have
// the same one, else the most general.
func merged(failed []*pool.Error, asked int) *failure {
	codes := make([]Code, len(failed))
	var wait time.Duration
	for i, e := range failed {
		if codes[i] = codeOf(e.Kind); meanings[codes[i]].status < http.StatusInternalServerError {
			codes[i] = UpstreamError // a conflict is with one resource, not with a list
		}
		wait = max(wait, e.RetryAfter)
	}
	f := &failure{code: codes[0], detail: meanings[codes[0]].text, retryAfter: wait}
	if len(failed) == 1 {
		f.upstream = failed[0]
		return f
	}
	f.detail = fmt.Sprintf("%d of %d sources failed; the header Source-Status says why, source by source.", len(failed), asked)
	if !slices.ContainsFunc(codes, func(c Code) bool { return c != codes[0] }) {
		return f
	}
	f.code = UpstreamError
	if !slices.ContainsFunc(codes, func(c Code) bool { return meanings[c].status != http.StatusServiceUnavailable }) {
		f.code = UpstreamUnavailable
	}
	return f
}
