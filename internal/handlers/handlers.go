// Package handlers is HTTP in and HTTP out, and the one place with status
// codes. openapi.yaml is the contract: models and routes are generated from it.
package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-playground/validator/v10"
	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// Options are what the API needs.
type Options struct {
	Spec      []byte        // openapi.yaml
	Auth      Authenticator // who calls
	Orders    *orders.Desk  // takes orders; nil: one without a ledger
	Clouds    []pool.Cloud  // the words that cloud= takes
	PublicURL string        // how clients reach us, without a slash at its end
	CursorKey []byte        // seals cursors; the same in every replica
	Log       zerolog.Logger
	Wait      time.Duration // how long a request waits for sources if it does not say; zero: 8 s
	Draining  func() bool   // whether new requests are unwelcome; nil: never
	// Detail says for /readyz how the parts are that are not needed to be ready; nil: nothing.
	Detail func(context.Context) map[string]string
	Now    func() time.Time // nil: time.Now
}

// defaultWait is how long an answer waits for sources at most, if the caller does not say.
const defaultWait = 8 * time.Second

// api serves the generated ServerInterface.
type api struct {
	opts     Options
	ops      map[string]*operation
	router   *chi.Mux
	cursors  cursors
	rendered *renders
	rules    *validator.Validate
	specJSON []byte
}

// New returns the handler of the public listener. It fails only on a document
// that is not fit to serve.
func New(o Options) (http.Handler, error) {
	o.Wait = cmp.Or(o.Wait, defaultWait)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	if o.Orders == nil {
		o.Orders = orders.New(orders.Options{Log: o.Log})
	}
	a := &api{opts: o, router: chi.NewRouter(), cursors: cursors{key: o.CursorKey, now: o.Now}, rendered: newRenders(), rules: newRules()}
	if err := a.readSpec(); err != nil {
		return nil, err
	}
	a.router.Use(a.begin, middleware.GetHead, compress)
	a.router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, noRoute(r))
	})
	a.router.MethodNotAllowed(a.methodNotAllowed)
	HandlerWithOptions(a, ChiServerOptions{
		BaseRouter: a.router.With(a.admit),
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.fail(w, r, unreadable(callOf(r).op, err))
		},
	})
	return a.router, nil
}

// compress answers with gzip those who accept it.
func compress(next http.Handler) http.Handler {
	squeezed := middleware.NewCompressor(5, mediaJSON, mediaProblem, mediaNDJSON).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Accept-Encoding"]) == 0 { // spares them the wrapping
			next.ServeHTTP(w, r)
			return
		}
		squeezed.ServeHTTP(w, r)
	})
}

// readSpec loads the document, its operations, and its JSON form, in which the
// server is the one that clients reach.
func (a *api) readSpec() error {
	doc, err := openapi3.NewLoader().LoadFromData(a.opts.Spec)
	if err != nil {
		return fmt.Errorf("openapi: %w", err)
	}
	if a.ops, err = operations(doc); err != nil {
		return err
	}
	served := *doc
	served.Servers = openapi3.Servers{{URL: a.opts.PublicURL}}
	if a.specJSON, err = json.Marshal(&served); err != nil {
		return fmt.Errorf("openapi: %w", err)
	}
	return nil
}

// operation finds what a routed request asks for.
func (a *api) operation(r *http.Request) *operation {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return a.ops[method+" "+chi.RouteContext(r.Context()).RoutePattern()]
}

func noRoute(r *http.Request) failure {
	return failure{code: NotFound, detail: "There is no route " + clean(r.URL.Path) + "."}
}

// methodNotAllowed answers 405 with the methods that the path has; 404 if it
// has none, which chi does not look for where it does not know the method.
func (a *api) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if a.router.Match(chi.NewRouteContext(), m, r.URL.EscapedPath()) {
			allow = append(allow, m)
			if m == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
	}
	if len(allow) == 0 {
		a.fail(w, r, noRoute(r))
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	a.fail(w, r, failure{code: MethodNotAllowed, detail: fmt.Sprintf("%s has no method %.20q.", clean(r.URL.Path), r.Method)})
}
