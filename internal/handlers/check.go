package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/go-chi/chi/v5"
)

// What is wrong with one parameter or field, in errors[].code.
const (
	faultUnknown    = "UNKNOWN"
	faultRequired   = "REQUIRED"
	faultEmpty      = "EMPTY"
	faultRepeated   = "REPEATED"
	faultNotAllowed = "NOT_ALLOWED"
	faultOutOfRange = "OUT_OF_RANGE"
	faultInvalid    = "INVALID"
)

// check holds a request against its operation in the document: every fault at
// once, nil if there is none.
func check(r *http.Request, op *operation) *failure {
	if op.body == nil && r.ContentLength != 0 {
		return &failure{code: MalformedRequest, detail: "This route takes no body."}
	}
	aged := op.aged && len(r.Header["Cache-Control"]) > 0
	if r.URL.RawQuery == "" && !aged {
		return checkPath(r, op)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &failure{code: MalformedRequest, detail: "The query string cannot be read: an escape is wrong, or it has a semicolon."}
	}
	faults := names(query, op)
	unknown := len(faults) > 0
	faults = append(faults, values(query)...)
	if aged {
		if _, fault := maxAge(r.Header); fault != nil {
			faults = append(faults, *fault)
		}
	}
	faults = append(faults, against(r, query, op, faults)...)
	switch {
	case len(faults) == 0:
		return nil
	case unknown:
		return faulty(UnknownParameter, faults)
	}
	return faulty(InvalidParameter, faults)
}

// maxFaults is how many faults are listed: a small request must not make a large answer.
const maxFaults = 50

// faulty is the failure of a request with faults.
func faulty(code Code, faults []FieldError) *failure {
	return &failure{code: code, detail: summary(faults), errors: faults[:min(len(faults), maxFaults)]}
}

// checkPath checks a request that has nothing but a path.
func checkPath(r *http.Request, op *operation) *failure {
	if faults := against(r, nil, op, nil); len(faults) > 0 {
		return faulty(InvalidParameter, faults)
	}
	return nil
}

// names finds parameters that the operation does not have.
func names(query url.Values, op *operation) []FieldError {
	var faults []FieldError
	for name := range query {
		if _, known := slices.BinarySearch(op.query, name); !known {
			faults = append(faults, FieldError{
				Parameter: shown(name), Code: faultUnknown, Detail: "This route has no such parameter.", Allowed: append([]string{}, op.query...),
			})
		}
	}
	sortFaults(faults)
	return faults
}

// values finds parameters that are repeated, empty or no text.
func values(query url.Values) []FieldError {
	var faults []FieldError
	for name, vs := range query {
		f := FieldError{Parameter: shown(name), Allowed: []string{}}
		switch {
		case len(vs) > 1:
			f.Code, f.Detail = faultRepeated, "Give it once; several values are separated by commas."
		case vs[0] == "":
			f.Code, f.Detail = faultEmpty, "It has no value. Leave it out, or give one."
		case !utf8.ValidString(vs[0]) || strings.ContainsFunc(vs[0], isControl):
			f.Code, f.Detail = faultInvalid, "It is not UTF-8 text without control characters."
		default:
			continue
		}
		faults = append(faults, f)
	}
	sortFaults(faults)
	return faults
}

// against holds the parameters that have no fault yet against their schemas.
func against(r *http.Request, query url.Values, op *operation, known []FieldError) []FieldError {
	in := &openapi3filter.RequestValidationInput{
		Request: r, QueryParams: query, Route: op.route, PathParams: pathParams(r),
		Options: &openapi3filter.Options{SkipSettingDefaults: true},
	}
	var faults []FieldError
	for _, p := range slices.Concat(op.route.PathItem.Parameters, op.route.Operation.Parameters) {
		name := p.Value.Name
		if slices.ContainsFunc(known, func(f FieldError) bool { return f.Parameter == name }) {
			continue
		}
		if !op.needsCheck(p.Value, in.PathParams, query, r.Header) {
			continue
		}
		if err := openapi3filter.ValidateParameter(context.WithoutCancel(r.Context()), in, p.Value); err != nil {
			faults = append(faults, parameterFault(p.Value, err))
		} else if !exact(p.Value.Schema.Value, query.Get(name)) {
			faults = append(faults, FieldError{Parameter: name, Code: faultInvalid, Allowed: []string{}, Detail: expectation(p.Value.Schema.Value)})
		}
	}
	return faults
}

// exact tells whether a value that fits its schema is also spelt as JSON
// spells it: the reader of numbers and booleans takes "+5" and "T" as well.
func exact(s *openapi3.Schema, value string) bool {
	switch {
	case s.Type.Is("boolean"):
		return value == "true" || value == "false"
	case s.Type.Is("integer"):
		n, err := strconv.Atoi(value)
		return err == nil && strconv.Itoa(n) == value
	}
	return true
}

// unreadable is the failure of a parameter that fits its schema and yet cannot
// be read, as the 30th of February.
func unreadable(op *operation, err error) failure {
	var format *InvalidParamFormatError
	name := ""
	if errors.As(err, &format) {
		name = format.ParamName
	}
	for _, p := range slices.Concat(op.route.PathItem.Parameters, op.route.Operation.Parameters) {
		if p.Value.Name == name {
			f := faulty(InvalidParameter, []FieldError{{
				Parameter: name, Code: faultInvalid, Allowed: []string{}, Detail: expectation(p.Value.Schema.Value),
			}})
			f.cause = err
			return *f
		}
	}
	return failure{code: InvalidParameter, detail: "A parameter could not be read.", cause: err}
}

// pathParams are the path's parameters, decoded once. What cannot be decoded
// stays as it is, and fits no pattern.
func pathParams(r *http.Request) map[string]string {
	ctx := chi.RouteContext(r.Context())
	params := make(map[string]string, len(ctx.URLParams.Keys))
	for i, key := range ctx.URLParams.Keys {
		value := ctx.URLParams.Values[i]
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
		params[key] = value
	}
	return params
}

// parameterFault says what the schema has against a value. It never repeats the value.
func parameterFault(p *openapi3.Parameter, err error) FieldError {
	f := FieldError{Parameter: p.Name, Code: faultInvalid, Allowed: []string{}, Detail: expectation(p.Schema.Value)}
	var se *openapi3.SchemaError
	if !errors.As(err, &se) {
		return f
	}
	switch se.SchemaField {
	case "enum":
		f.Code, f.Detail = faultNotAllowed, "A value is not in the list of those that are allowed."
		for _, v := range se.Schema.Enum {
			f.Allowed = append(f.Allowed, fmt.Sprint(v))
		}
	case "minimum", "maximum", "maxLength", "maxItems":
		f.Code = faultOutOfRange
	case "uniqueItems":
		f.Code, f.Detail = faultRepeated, "A value stands in the list twice."
	}
	return f
}

// expectation says in words what a schema takes.
func expectation(s *openapi3.Schema) string {
	switch {
	case s.Type.Is("array"):
		return "It must be a list, separated by commas; each of it: " + expectation(s.Items.Value)
	case s.Type.Is("integer") && s.Min != nil && s.Max != nil:
		return fmt.Sprintf("It must be a whole number from %v to %v.", *s.Min, *s.Max)
	case s.Type.Is("boolean"):
		return "It must be true or false."
	case s.Format == "date-time":
		return "It must be a time in RFC 3339, as in 2026-01-05T08:00:00Z."
	case s.Pattern != "":
		return "It must match " + s.Pattern + "."
	case s.MaxLength != nil:
		return fmt.Sprintf("It must be text of 1 to %d characters.", *s.MaxLength)
	}
	return "It is not what the API document says."
}

// summary is the detail of a problem with these faults.
func summary(faults []FieldError) string {
	kind, name := "parameter", faults[0].Parameter
	if at := faults[0].Pointer; at != nil {
		kind, name = "field", *at
	}
	switch {
	case len(faults) > 1:
		return fmt.Sprintf("%d %ss are at fault; errors[] says what is wrong with each.", len(faults), kind)
	case name == "":
		return "The body is at fault: " + faults[0].Detail
	}
	return fmt.Sprintf("The %s %s is at fault: %s", kind, name, faults[0].Detail)
}

func sortFaults(faults []FieldError) {
	slices.SortFunc(faults, func(a, b FieldError) int { return strings.Compare(a.Parameter, b.Parameter) })
}

// shown is the name of a parameter that a caller sent, which may be empty.
func shown(name string) string {
	if name == "" {
		return `""`
	}
	return clean(name)
}

// clean makes a name that a caller sent fit to be shown: bounded text without control characters.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if isControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if utf8.RuneCountInString(s) > maxShown {
		s = string([]rune(s)[:maxShown]) + "…"
	}
	return s
}

// maxShown is how many characters of a name or path are shown: more than an id has.
const maxShown = 200

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
