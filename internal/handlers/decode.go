package handlers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// decode makes a T of the body of a request: it must be one JSON document, fit
// the schema of its operation, and keep the rules in the tags of T. Faults of
// the last two kinds are told all at once.
func decode[T any](rules *validator.Validate, c *call) (T, *failure) {
	var v T
	tree, numbers, err := orders.Parse(c.body)
	if err != nil {
		return v, &failure{code: MalformedRequest, detail: pool.AsError(err).Detail}
	}
	faults := newBodyFaults(schemaFaults(c.op.body, tree))
	for _, f := range numbers {
		faults.add(fieldError(f))
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	err = dec.Decode(&v) // with faults, as far as it fits
	for _, f := range ruleFaults(rules.Struct(v), faults.at["/type"]) {
		faults.add(f)
	}
	if err != nil && len(faults.list) == 0 {
		faults.add(atPointer("", faultInvalid, "It is not what the API document says."))
	}
	if len(faults.list) > 0 {
		return v, invalidBody(faults.list)
	}
	return v, nil
}

// bodyFaults are the faults of a body, and the pointers to them.
type bodyFaults struct {
	list []FieldError
	at   map[string]bool
}

func newBodyFaults(list []FieldError) *bodyFaults {
	b := &bodyFaults{list: list, at: map[string]bool{}}
	for _, f := range list {
		b.at[*f.Pointer] = true
	}
	return b
}

// add adds a fault, unless its place, or what that lies in, is known to be at fault.
func (b *bodyFaults) add(f FieldError) {
	for at := *f.Pointer; ; at = at[:strings.LastIndexByte(at, '/')] {
		if b.at[at] {
			return
		}
		if at == "" {
			break
		}
	}
	b.list, b.at[*f.Pointer] = append(b.list, f), true
}

// invalidBody is the failure of a body with faults.
func invalidBody(faults []FieldError) *failure {
	slices.SortFunc(faults, func(a, b FieldError) int {
		return cmp.Or(strings.Compare(value(a.Pointer), value(b.Pointer)), strings.Compare(a.Code, b.Code))
	})
	for i, f := range faults {
		shown := clean(value(f.Pointer)) // it may hold names that the caller sent
		faults[i].Pointer = &shown
	}
	return faulty(ValidationFailed, faults)
}

// atPointer is a fault of a place in the body.
func atPointer(pointer, code, detail string, allowed ...string) FieldError {
	return FieldError{Pointer: &pointer, Code: code, Detail: detail, Allowed: append([]string{}, allowed...)}
}

// fieldError is a fault that another room has found.
func fieldError(f pool.Fault) FieldError {
	return atPointer(f.Pointer, f.Code, f.Detail, f.Allowed...)
}

// newRules reads the validate tags of the generated structs, and calls fields by their JSON names.
func newRules() *validator.Validate {
	rules := validator.New(validator.WithRequiredStructEnabled())
	rules.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return rules
}

// ruleFaults are the faults that a validator found. Which object goes with a
// type is not judged if untyped: then the type itself is at fault.
func ruleFaults(err error, untyped bool) (faults []FieldError) {
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) {
		return nil
	}
	for _, rule := range broken {
		_, word, _ := strings.Cut(rule.Param(), " ")
		code, detail := faultInvalid, ""
		switch rule.Tag() {
		case "required_if":
			code, detail = faultRequired, "It goes with the type "+word+"."
		case "excluded_unless":
			detail = "It goes with the type " + word + " only."
		case "required_without":
			code, detail = faultRequired, oneOf(rule, broken)
		case "excluded_with":
			detail = oneOf(rule, broken)
		default:
			panic("the document has a rule of which nothing is known: " + rule.Tag())
		}
		if untyped && word != "" {
			continue
		}
		faults = append(faults, atPointer(pointerTo(rule), code, detail))
	}
	return faults
}

// pointerTo makes a pointer of a place as in OrderRequest.target.pool_id.
func pointerTo(rule validator.FieldError) string {
	_, path, _ := strings.Cut(rule.Namespace(), ".")
	return "/" + strings.ReplaceAll(path, ".", "/")
}

// oneOf names all fields that break the same rule side by side: of these exactly one must be given.
func oneOf(rule validator.FieldError, broken validator.ValidationErrors) string {
	parent := strings.TrimSuffix(rule.Namespace(), rule.Field())
	var names []string
	for _, other := range broken {
		if other.Tag() == rule.Tag() && other.Namespace() == parent+other.Field() {
			names = append(names, other.Field())
		}
	}
	return fmt.Sprintf("Give exactly one of %s.", strings.Join(names, " and "))
}
