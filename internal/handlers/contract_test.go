package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/deskpool/deskpool"
)

// contract is openapi.yaml, as a judge of exchanges.
type contract struct {
	doc  *openapi3.T
	json []byte // the document in the form that is read fastest
}

// openAPI reads the document once. It teaches kin-openapi that a stream is
// text; its lines are judged one by one.
var openAPI = sync.OnceValue(func() *contract {
	doc, err := openapi3.NewLoader().LoadFromData(deskpool.OpenAPI)
	if err != nil {
		panic(err)
	}
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	data, err := doc.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return &contract{doc, data}
})

// sentAlways are headers that no operation declares: they are of HTTP itself,
// or said of every answer in the document's words.
var sentAlways = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Transfer-Encoding", "X-Content-Type-Options",
	"Preference-Applied", "Server-Timing",
}

// check fails the test where an exchange is not as openapi.yaml has it.
func (c *contract) check(t testing.TB, r *http.Request, rep reply) {
	t.Helper()
	for _, fault := range c.faults(r, rep) {
		t.Errorf("%s %.200s answered %d: %s", r.Method, r.RequestURI, rep.status, fault)
	}
}

// faults are what is wrong with an exchange.
func (c *contract) faults(r *http.Request, rep reply) []string {
	faults := everyAnswer(rep)
	if r.Method == http.MethodHead && len(rep.body) > 0 {
		faults = append(faults, "HEAD has a body")
	}
	if rep.status >= 400 && r.Method != http.MethodHead {
		faults = append(faults, problemFaults(r, rep)...)
	}
	route, params := c.find(r)
	if route == nil {
		if rep.status != http.StatusNotFound {
			faults = append(faults, "no path of the document is this one")
		}
		return append(faults, c.against("Problem", rep)...)
	}
	asked := r.Clone(r.Context())
	if asked.Method = route.Method; route.Operation.RequestBody == nil {
		asked.Body, asked.ContentLength = nil, 0
	}
	in := &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route, QueryParams: asked.URL.Query(),
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, MultiError: true},
	}
	if rep.status < 400 {
		faults = append(faults, accepted(r, in)...)
	}
	faults = append(faults, answered(r, in, rep)...)
	declared := route.Operation.Responses.Status(rep.status)
	faults = append(faults, headerFaults(declared, rep)...)
	if declared != nil && rep.status < 300 && r.Method != http.MethodHead && !rep.cut {
		faults = append(faults, c.strict(route.Operation, asked.URL.Query(), rep)...)
	}
	return faults
}

// everyAnswer judges what holds of all answers.
func everyAnswer(rep reply) (faults []string) {
	if rep.header.Get("X-Content-Type-Options") != "nosniff" {
		faults = append(faults, "no X-Content-Type-Options")
	}
	for name, values := range rep.header {
		if len(values) > 1 {
			faults = append(faults, fmt.Sprintf("%s comes %d times", name, len(values)))
		}
	}
	return faults
}

// accepted judges a request that was served: the document must allow it.
func accepted(r *http.Request, in *openapi3filter.RequestValidationInput) (faults []string) {
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		faults = append(faults, "served, but the request is not valid: "+err.Error())
	}
	for name, values := range in.QueryParams {
		if in.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			faults = append(faults, "served, but there is no parameter "+name)
		}
		if len(values) != 1 {
			faults = append(faults, "served, but repeated: "+name)
		}
	}
	if r.Method != in.Route.Method && (r.Method != http.MethodHead || in.Route.Method != http.MethodGet) {
		faults = append(faults, "served, but the path has no "+r.Method)
	}
	return faults
}

// answered judges status, headers, content type and body.
func answered(r *http.Request, in *openapi3filter.RequestValidationInput, rep reply) (faults []string) {
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: rep.status, Header: rep.header, Body: io.NopCloser(bytes.NewReader(rep.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: r.Method == http.MethodHead || rep.cut},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		faults = append(faults, err.Error())
	}
	declared := in.Route.Operation.Responses.Status(rep.status)
	if rep.status == http.StatusNotModified && (declared == nil || len(rep.body) > 0) {
		faults = append(faults, "304 is not declared, or has a body")
	}
	return faults
}

// headerFaults finds headers that are required and missing, or not declared.
func headerFaults(declared *openapi3.ResponseRef, rep reply) (faults []string) {
	if declared == nil {
		return []string{"the status is not declared"}
	}
	for name, h := range declared.Value.Headers {
		if h.Value.Required && rep.header.Get(name) == "" {
			faults = append(faults, "no header "+name)
		}
	}
	for name := range rep.header {
		if declared.Value.Headers[name] == nil && declared.Value.Headers[unCanonical(declared, name)] == nil && !slices.Contains(sentAlways, name) {
			faults = append(faults, "the header "+name+" is not declared")
		}
	}
	return faults
}

// unCanonical is the document's spelling of a header, as in ETag.
func unCanonical(declared *openapi3.ResponseRef, name string) string {
	for spelt := range declared.Value.Headers {
		if strings.EqualFold(spelt, name) {
			return spelt
		}
	}
	return name
}

// find returns the operation that a request asks for, and its path's
// parameters. Where the path does not know the method it is any other.
func (c *contract) find(r *http.Request) (*routers.Route, map[string]string) {
	asked := strings.Split(r.URL.EscapedPath(), "/")
	for path, item := range c.doc.Paths.Map() {
		params, ok := match(strings.Split(path, "/"), asked)
		if !ok {
			continue
		}
		method := r.Method
		if item.GetOperation(method) == nil {
			if method = http.MethodGet; item.Get == nil {
				method = http.MethodPost
			}
		}
		return &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}, params
	}
	return nil, nil
}

func match(template, asked []string) (map[string]string, bool) {
	if len(template) != len(asked) {
		return nil, false
	}
	params := map[string]string{}
	for i, part := range template {
		if !strings.HasPrefix(part, "{") {
			if part != asked[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(asked[i])
		if err != nil || value == "" && i == len(template)-1 {
			return nil, false
		}
		params[strings.Trim(part, "{}")] = value
	}
	return params, true
}

// against holds a body against a schema of the document by name.
func (c *contract) against(schema string, rep reply) []string {
	value, err := decodeStrictly(rep.body)
	if err == nil {
		err = c.doc.Components.Schemas[schema].Value.VisitJSON(value, openapi3.MultiErrors())
	}
	if err != nil && len(rep.body) > 0 {
		return []string{err.Error()}
	}
	return nil
}
