package handlers

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// operation is one operation of openapi.yaml, as the middlewares need it.
type operation struct {
	id      string
	scope   string // its x-scope
	route   *routers.Route
	query   []string // the names of its query parameters, sorted
	accepts []string // the media types of its good answers, the default first
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
			for _, p := range slices.Concat(item.Parameters, o.Parameters) {
				if p.Value.In == openapi3.ParameterInQuery {
					op.query = append(op.query, p.Value.Name)
				}
			}
			slices.Sort(op.query)
			if good := o.Responses.Value("200"); good != nil {
				op.accepts = slices.SortedFunc(maps.Keys(good.Value.Content), jsonFirst)
			}
			ops[method+" "+path] = op
		}
	}
	return ops, nil
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
