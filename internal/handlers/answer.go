package handlers

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// headers writes what every good read says besides its body.
func (a *api) headers(w http.ResponseWriter, r *http.Request, etag string) {
	c := callOf(r)
	h := w.Header()
	h.Set("Content-Type", mediaJSON)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization, Accept, Accept-Encoding, Prefer")
	if c.applied != "" {
		h.Set("Preference-Applied", c.applied)
	}
	if etag != "" {
		h.Set("ETag", etag)
	}
	if oldest := oldestRead(c.outcomes); !oldest.IsZero() {
		h.Set("Age", strconv.Itoa(ageSeconds(oldest, a.opts.Now())))
	}
	a.account(h, c.outcomes)
}

// account writes the headers about sources.
func (a *api) account(h http.Header, outcomes []pool.Outcome) {
	if len(outcomes) == 0 {
		return
	}
	now := a.opts.Now()
	h.Set("Source-Status", sourceStatus(outcomes, now))
	h.Set("Server-Timing", serverTiming(outcomes))
	if ids := upstreamRequestIDs(outcomes); ids != "" {
		h.Set("Upstream-Request-Id", ids)
	}
}

func oldestRead(outcomes []pool.Outcome) time.Time {
	var oldest time.Time
	for _, o := range outcomes {
		if !o.AsOf.IsZero() && (oldest.IsZero() || o.AsOf.Before(oldest)) {
			oldest = o.AsOf
		}
	}
	return oldest
}

// one answers with one resource, which make encodes only if it is needed.
func (a *api) one(w http.ResponseWriter, r *http.Request, out pool.Outcome, encodeIt func() []byte) {
	c := callOf(r)
	c.outcomes = []pool.Outcome{out}
	etag, key := identify(r, c, c.outcomes, "")
	a.headers(w, r, etag)
	if notModified(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body, _ := a.rendered.get(key, func() (*rendered, error) { return &rendered{body: encodeIt()}, nil })
	write(w, body.body)
}

// list answers with a list of rows from sources. render makes the items and
// the page only if they are not kept from before; it returns the rows of each
// source in the order of outcomes.
func (a *api) list(w http.ResponseWriter, r *http.Request, v view, outcomes []pool.Outcome, render func() (*rendered, error)) {
	c := callOf(r)
	c.outcomes = outcomes
	etag, key := identify(r, c, outcomes, a.cursors.age())
	if notModified(r, etag) {
		a.headers(w, r, etag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	got, err := a.rendered.get(key, render)
	if err != nil {
		a.fail(w, r, asFailure(err))
		return
	}
	a.headers(w, r, etag)
	if got.page.Next != nil {
		w.Header().Set("Link", "<"+*got.page.Next+`>; rel="next"`)
	}
	now := a.opts.Now()
	sources := make([]SourceOutcome, len(outcomes))
	for i, o := range outcomes {
		if got.items != nil {
			o.Items = got.items[i]
		}
		sources[i] = v.outcome(o, now, c.caller)
	}
	write(w, envelope(got, pool.Complete(outcomes), sources))
}

// envelope puts a list together around its encoded items.
func envelope(got *rendered, complete bool, sources []SourceOutcome) []byte {
	var b bytes.Buffer
	page, from := encode(got.page), encode(sources)
	b.Grow(len(got.body) + len(page) + len(from) + 64)
	b.WriteString(`{"items":`)
	b.Write(got.body)
	b.WriteString(`,"page":`)
	b.Write(page)
	b.WriteString(`,"complete":`)
	b.WriteString(strconv.FormatBool(complete))
	b.WriteString(`,"sources":`)
	b.Write(from)
	b.WriteByte('}')
	return b.Bytes()
}

// write sends a whole body. A client that has left is no failure of ours.
func write(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
