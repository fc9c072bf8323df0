package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// operation is one operation of openapi.yaml, as the middlewares need it.
type operation struct {
	id    string
	scope string // its x-scope
	route *routers.Route
	query []string // the names of its query parameters, sorted
	aged  bool     // whether the request's Cache-Control means something
	// path holds the patterns of its path parameters: a value that matches needs no other check.
	path    map[string]*regexp.Regexp
	accepts []string         // the media types of its good answers, the default first
	body    *openapi3.Schema // what it takes; nil: no body
	keyed   bool             // whether it needs an Idempotency-Key
}

// operations returns the operations of doc by method and path template, as in
// "GET /v1/pools". One without an x-scope is an error: no route is open by accident.
func operations(doc *openapi3.T) (map[string]*operation, error) {
	ops := map[string]*operation{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			scope, ok := o.Extensions["x-scope"].(string)
			if !ok || scope == "" {
				return nil, fmt.Errorf("openapi: %s %s has no x-scope", method, path)
			}
			op := &operation{id: o.OperationID, scope: scope, route: &routers.Route{
				Spec: doc, Path: path, PathItem: item, Method: method, Operation: o,
			}}
			if err := op.readParameters(slices.Concat(item.Parameters, o.Parameters)); err != nil {
				return nil, fmt.Errorf("openapi: %s %s: %w", method, path, err)
			}
			if err := op.readBody(o); err != nil {
				return nil, fmt.Errorf("openapi: %s %s: %w", method, path, err)
			}
			ops[method+" "+path] = op
		}
	}
	return ops, nil
}

func (op *operation) readParameters(params openapi3.Parameters) (err error) {
	op.path = map[string]*regexp.Regexp{}
	for _, p := range params {
		switch p.Value.In {
		case openapi3.ParameterInQuery:
			op.query = append(op.query, p.Value.Name)
		case openapi3.ParameterInHeader:
			op.aged = op.aged || p.Value.Name == "Cache-Control"
			op.keyed = op.keyed || p.Value.Name == headerKey
		case openapi3.ParameterInPath:
			if op.path[p.Value.Name], err = regexp.Compile(p.Value.Schema.Value.Pattern); err != nil {
				return err
			}
		}
	}
	slices.Sort(op.query)
	return nil
}

// needsCheck tells whether a request has a value of p that is not known to be good.
func (op *operation) needsCheck(p *openapi3.Parameter, path map[string]string, query url.Values, header http.Header) bool {
	switch p.In {
	case openapi3.ParameterInPath:
		return !op.path[p.Name].MatchString(path[p.Name])
	case openapi3.ParameterInQuery:
		return query.Has(p.Name)
	}
	return p.Name != headerKey && len(header[p.Name]) > 0 // the document spells them as net/http does
}

// readBody reads which media types an operation answers with, and what it takes.
func (op *operation) readBody(o *openapi3.Operation) error {
	for _, status := range []string{"200", "201"} {
		if good := o.Responses.Value(status); good != nil {
			op.accepts = slices.SortedFunc(maps.Keys(good.Value.Content), jsonFirst)
		}
	}
	if o.RequestBody == nil {
		return nil
	}
	content := o.RequestBody.Value.Content[mediaJSON]
	if content == nil || len(o.RequestBody.Value.Content) != 1 {
		return errors.New("its body is not " + mediaJSON + " alone")
	}
	op.body = content.Schema.Value
	return nil
}

// jsonFirst puts application/json before the other media types.
func jsonFirst(a, b string) int {
	rank := func(s string) string {
		if s == mediaJSON {
			return ""
		}
		return s
	}
	switch {
	case rank(a) < rank(b):
		return -1
	case rank(a) > rank(b):
		return 1
	}
	return 0
}
