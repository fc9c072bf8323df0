package handlers

import (
	"context"
	"fmt"
	"net/http"
)

// GetOpenAPIJSON serves GET /openapi.json.
func (a *api) GetOpenAPIJSON(w http.ResponseWriter, _ *http.Request) {
	open(w, mediaJSON)
	write(w, a.specJSON)
}

// GetOpenAPIYAML serves GET /openapi.yaml.
func (a *api) GetOpenAPIYAML(w http.ResponseWriter, _ *http.Request) {
	open(w, "application/yaml")
	write(w, a.opts.Spec)
}

// GetProblem serves GET /problems/{slug}.
func (a *api) GetProblem(w http.ResponseWriter, r *http.Request, slug string) {
	code, known := codeOfSlug(slug)
	if !known {
		a.fail(w, r, failure{code: NotFound, detail: "There is no problem of this name."})
		return
	}
	m := meanings[code]
	again := "The same request will fail again."
	if m.retryable {
		again = "The same request may succeed later."
	}
	open(w, "text/plain; charset=utf-8")
	write(w, fmt.Appendf(nil, "%s (%d)\n\n%s. %s\n\n%s\n", code, m.status, m.title, m.text, again))
}

// GetLiveness serves GET /livez.
func (a *api) GetLiveness(w http.ResponseWriter, _ *http.Request) { healthy(w, nil) }

// GetReadiness serves GET /readyz.
func (a *api) GetReadiness(w http.ResponseWriter, r *http.Request) {
	if a.opts.Draining() {
		a.fail(w, r, failure{code: Draining, detail: meanings[Draining].text})
		return
	}
	healthy(w, detail(r, a.opts.Detail))
}

// healthy says that all is well, and how the parts are that this does not depend on.
func healthy(w http.ResponseWriter, detail map[string]string) {
	open(w, mediaJSON)
	w.Header().Set("Cache-Control", "no-store")
	write(w, encode(Health{Status: "OK", Detail: detail}))
}

func detail(r *http.Request, of func(context.Context) map[string]string) map[string]string {
	if of == nil {
		return nil
	}
	return of(r.Context())
}

// open writes the headers of what anybody may read and keep.
func open(w http.ResponseWriter, media string) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "public, max-age=300")
}
