package handlers

import (
	"context"
	"net/http"

	"github.com/deskpool/deskpool/internal/pool"
)

// resource is a request for one pool or desktop.
type resource struct {
	id       string
	include  []string
	fields   []string
	notFound Code
}

// question is what a read of one pool or desktop needs.
type question struct {
	ctx     context.Context //nolint:containedctx // lives as long as the call it is an argument of
	service *pool.Service
	id      pool.ID
}

// reader reads one pool or desktop; the function it returns makes the answer of it.
type reader func(question) (pool.Outcome, func(view) any, error)

// resource answers with one pool or desktop.
func (a *api) resource(w http.ResponseWriter, r *http.Request, q resource, read reader) {
	v, _, f := callOf(r).caller.include(q.include)
	if f != nil {
		a.fail(w, r, *f)
		return
	}
	out, made, ok := a.read(w, r, q, read)
	if !ok {
		return
	}
	a.one(w, r, out, func() []byte { return newProjection(q.fields).apply(encode(made(v))) })
}

// native answers with everything that a cloud said of one pool or desktop.
func (a *api) native(w http.ResponseWriter, r *http.Request, q resource, read reader) {
	out, _, ok := a.read(w, r, q, read)
	if !ok {
		return
	}
	c := callOf(r)
	c.outcomes = []pool.Outcome{out}
	v := view{native: true, personal: c.caller.may(ScopePersonalRead)}
	a.headers(w, r, "")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("Age") // each part says when it was read
	write(w, encode(NativeView{
		ID: q.id, Source: out.Source.ID, Cloud: string(out.Source.Cloud), Parts: v.parts(out.Parts, &out.Source),
	}))
}

// read reads what is asked for, or answers with the problem and returns false.
func (a *api) read(w http.ResponseWriter, r *http.Request, q resource, read reader) (pool.Outcome, func(view) any, bool) {
	c := callOf(r)
	pref, f := a.prefer(r)
	id, f2 := parseID("id", q.id)
	if f := firstOf(f, f2); f != nil {
		a.fail(w, r, *f)
		return pool.Outcome{}, nil, false
	}
	ctx, cancel := pref.patience(r)
	defer cancel()
	out, made, err := read(question{ctx: ctx, service: c.service, id: id})
	if err != nil {
		if out.Source.ID != "" {
			c.outcomes = []pool.Outcome{out}
			a.account(w.Header(), c.outcomes)
		}
		a.fail(w, r, missing(err, q.notFound))
		return out, nil, false
	}
	return out, made, true
}

// parseID reads the id of a pool or desktop, given as a parameter of this name.
func parseID(parameter, s string) (pool.ID, *failure) {
	id, err := pool.ParseID(s)
	if err != nil {
		return id, faulty(InvalidParameter, []FieldError{{Parameter: parameter, Code: faultInvalid, Detail: err.Error(), Allowed: []string{}}})
	}
	return id, nil
}
