package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Values of headers that every read has. They are shared: nobody appends to them.
var (
	typeJSON   = []string{mediaJSON}
	revalidate = []string{"private, no-cache"}
	varyByRead = []string{"Authorization, Accept, Accept-Encoding, Prefer"}
	noSniff    = []string{"nosniff"}
)

// headers writes what every good read says besides its body.
func (a *api) headers(w http.ResponseWriter, r *http.Request, etag string) {
	c := callOf(r)
	h := w.Header()
	h["Content-Type"] = typeJSON
	h["Cache-Control"] = revalidate
	h["Vary"] = varyByRead
	if c.applied != "" {
		h.Set("Preference-Applied", c.applied)
	}
	if etag != "" {
		h["Etag"] = []string{etag}
	}
	if oldest := oldestRead(c.outcomes); !oldest.IsZero() {
		h["Age"] = []string{strconv.Itoa(ageSeconds(oldest, a.opts.Now()))}
	}
	a.account(h, c.outcomes)
}

// account writes the headers about sources.
func (a *api) account(h http.Header, outcomes []pool.Outcome) {
	if len(outcomes) == 0 {
		return
	}
	now := a.opts.Now()
	h["Source-Status"] = []string{sourceStatus(outcomes, now)}
	h["Server-Timing"] = []string{serverTiming(outcomes)}
	if ids := upstreamRequestIDs(outcomes); ids != "" {
		h["Upstream-Request-Id"] = []string{ids}
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

// one answers with one resource, which encodeIt encodes only if it is needed.
func (a *api) one(w http.ResponseWriter, r *http.Request, out pool.Outcome, encodeIt func() []byte) {
	c := callOf(r)
	c.outcomes = []pool.Outcome{out}
	got := a.render(w, r, "", func() *rendered { return &rendered{body: encodeIt()} })
	if got != nil {
		write(w, got.body)
	}
}

// list answers with a list of rows from sources. render makes the items and
// the page only if they are not kept from before; it returns the rows of each
// source in the order of outcomes.
func (a *api) list(w http.ResponseWriter, r *http.Request, v view, outcomes []pool.Outcome, render func() *rendered) {
	c := callOf(r)
	c.outcomes = outcomes
	got := a.render(w, r, a.cursors.age(), render)
	if got == nil {
		return
	}
	if got.page.Next != nil {
		w.Header().Set("Link", "<"+*got.page.Next+`>; rel="next"`)
	}
	write(w, got.list(outcomes, v, a.opts.Now(), c.caller))
}

// render writes the headers, and returns the answer as it was kept, or makes
// and keeps it. It is nil if the caller has it already: the answer is 304.
func (a *api) render(w http.ResponseWriter, r *http.Request, age string, render func() *rendered) *rendered {
	c := callOf(r)
	id := identify(r, c, c.outcomes, age)
	got := a.rendered.get(id)
	etag := ""
	if got != nil {
		etag = got.etag
	} else {
		etag = id.etag()
	}
	if notModified(r, etag) {
		a.headers(w, r, etag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if got == nil {
		got = render()
		got.etag = etag
		a.rendered.set(id, got)
	}
	a.headers(w, r, etag)
	return got
}

// list is the whole list: the envelope around its items. It is the same for as
// long as no age in it changes.
func (got *rendered) list(outcomes []pool.Outcome, v view, now time.Time, c *Caller) []byte {
	ages, keep := agesOf(outcomes, now)
	if last := got.whole.Load(); keep && last != nil && last.ages == ages {
		return last.body
	}
	sources := make([]SourceOutcome, len(outcomes))
	for i, o := range outcomes {
		if got.items != nil {
			o.Items = got.items[i]
		}
		sources[i] = v.outcome(o, now, c)
	}
	body := envelope(got, pool.Complete(outcomes), sources)
	if keep {
		got.whole.Store(&whole{ages: ages, body: body})
	}
	return body
}

// agesOf is all that changes in the account of sources while what they say
// stays the same; false where a failure's details change too.
func agesOf(outcomes []pool.Outcome, now time.Time) (string, bool) {
	b := make([]byte, 0, 128)
	for i := range outcomes {
		o := &outcomes[i]
		if o.Err != nil {
			return "", false
		}
		b = strconv.AppendInt(b, int64(ageSeconds(o.AsOf, now)), 10)
		b = append(b, o.From...)
	}
	return string(b), true
}

// envelope puts a list together around its encoded items.
func envelope(got *rendered, complete bool, sources []SourceOutcome) []byte {
	page, from := encode(got.page), encode(sources)
	b := make([]byte, 0, len(got.body)+len(page)+len(from)+64)
	b = append(b, `{"items":`...)
	b = append(b, got.body...)
	b = append(b, `,"page":`...)
	b = append(b, page...)
	b = append(b, `,"complete":`...)
	b = strconv.AppendBool(b, complete)
	b = append(b, `,"sources":`...)
	b = append(b, from...)
	return append(b, '}')
}

// write sends a whole body. A client that has left is no failure of ours.
func write(w http.ResponseWriter, body []byte) { writeAs(w, http.StatusOK, body) }

// writeAs sends a whole body with a status.
func writeAs(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
