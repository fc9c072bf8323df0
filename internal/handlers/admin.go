package handlers

import (
	"context"
	"net/http"
	"net/http/pprof"

	"github.com/go-chi/chi/v5"
)

// AdminOptions are what the admin listener needs.
type AdminOptions struct {
	Draining func() bool  // nil: never
	Profiles bool         // serve /debug/pprof/: for loopback listeners only
	Faults   http.Handler // serve /sandbox/faults; nil: it is not there
	// Detail says for /readyz how the parts are that are not needed to be ready; nil: nothing.
	Detail func(context.Context) map[string]string
}

// Admin returns the handler of the admin listener. None of it is ever on the public one.
func Admin(o AdminOptions) http.Handler {
	r := chi.NewRouter()
	r.Get("/livez", func(w http.ResponseWriter, _ *http.Request) { healthy(w, nil) })
	r.Get("/readyz", func(w http.ResponseWriter, r *http.Request) {
		if o.Draining != nil && o.Draining() {
			w.Header().Set("Retry-After", "5")
			http.Error(w, meanings[Draining].title, http.StatusServiceUnavailable)
			return
		}
		healthy(w, detail(r, o.Detail))
	})
	if o.Profiles {
		r.HandleFunc("/debug/pprof/*", pprof.Index)
		r.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		r.HandleFunc("/debug/pprof/profile", pprof.Profile)
		r.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		r.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	if o.Faults != nil {
		r.Handle("/sandbox/faults", o.Faults)
	}
	return r
}
