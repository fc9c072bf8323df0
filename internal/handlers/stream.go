package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// streamQuery is a walk over all of a pool's desktops.
type streamQuery struct {
	pool   pool.ID
	filter pool.DesktopFilter
	fields []string
}

// line is one line of a stream; the document describes its kinds.
type line struct {
	Type     string          `json:"type"`
	Item     json.RawMessage `json:"item,omitempty"`
	Source   *SourceOutcome  `json:"source,omitempty"`
	Complete *bool           `json:"complete,omitempty"`
	Items    *int            `json:"items,omitempty"`
}

// streamPatience is how long one upstream page may be on its way to a reader
// who takes nothing.
const streamPatience = 30 * time.Second

// errHeadersOnly ends the walk of a HEAD.
var errHeadersOnly = errors.New("only the headers are wanted")

// stream writes every desktop as a line, and holds no more than one upstream
// page. Headers go out with the first page, so that a walk that fails before
// is a problem as any other.
func (a *api) stream(w http.ResponseWriter, r *http.Request, v view, q streamQuery) {
	c := callOf(r)
	want := newProjection(q.fields)
	out := http.NewResponseController(w)
	started := false
	start := func() {
		if !started {
			a.streamHeaders(w)
			started = true
		}
	}
	outcome, err := c.service.Stream(r.Context(), q.pool, q.filter, func(page []pool.DesktopItem) error {
		start()
		if r.Method == http.MethodHead {
			return errHeadersOnly
		}
		_ = out.SetWriteDeadline(time.Now().Add(streamPatience)) // not every writer has deadlines
		for _, item := range page {
			row := want.apply(encode(v.desktop(item)))
			if _, err := w.Write(append(encode(line{Type: "item", Item: row}), '\n')); err != nil {
				return err
			}
		}
		return flush(out)
	})
	c.outcomes = []pool.Outcome{outcome}
	if err != nil && !started {
		a.account(w.Header(), sourced(c.outcomes))
		a.fail(w, r, missing(err, PoolNotFound))
		return
	}
	start()
	if r.Method == http.MethodHead {
		return
	}
	if err != nil { // the reader has left
		c.cause = err
		return
	}
	outcome.Parts = nil // the envelopes of a whole walk have no bound: they are left out
	said := v.outcome(outcome, a.opts.Now(), c.caller)
	complete := pool.Complete(c.outcomes)
	_ = out.SetWriteDeadline(time.Now().Add(streamPatience)) // the last rows may have been long ago
	end := append(encode(line{Type: "source", Source: &said}), '\n')
	end = append(end, encode(line{Type: "end", Complete: &complete, Items: &outcome.Items})...)
	_, _ = w.Write(append(end, '\n')) // a reader that has left is no failure of ours
}

func (a *api) streamHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", mediaNDJSON)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Authorization, Accept, Accept-Encoding, Prefer")
	w.WriteHeader(http.StatusOK)
}

// flush sends what is written, where the writer can.
func flush(out *http.ResponseController) error {
	if err := out.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// sourced leaves out outcomes of no source.
func sourced(outcomes []pool.Outcome) []pool.Outcome {
	if len(outcomes) == 1 && outcomes[0].Source.ID == "" {
		return nil
	}
	return outcomes
}
