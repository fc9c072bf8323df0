package handlers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// schemaFaults holds a decoded body against its schema: every fault, none of
// which repeats a value.
func schemaFaults(s *openapi3.Schema, tree any) []FieldError {
	found := schemaFinder{opened: map[string]bool{}}
	found.add(s.VisitJSON(tree, openapi3.MultiErrors()))
	return found.faults
}

type schemaFinder struct {
	faults []FieldError
	opened map[string]bool // the objects whose unknown names are listed
}

func (f *schemaFinder) add(err error) {
	var many openapi3.MultiError
	var one *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &many):
		for _, e := range many {
			f.add(e)
		}
	case errors.As(err, &one):
		f.judge(one)
	default:
		panic(err) // a schema that cannot be read; a test holds the document to that
	}
}

func (f *schemaFinder) judge(e *openapi3.SchemaError) {
	at, s := pointerOf(e.JSONPointer()), e.Schema
	code, detail, allowed := faultInvalid, jsonExpectation(s), []string(nil)
	switch e.SchemaField {
	case "properties":
		f.unknown(at, e)
		return
	case "required":
		code, detail = faultRequired, "It is required."
	case "enum":
		code, detail = faultNotAllowed, "It is none of the words that are allowed."
		for _, word := range s.Enum {
			allowed = append(allowed, fmt.Sprint(word))
		}
	case "minLength", "minItems": // both are 1 wherever they are given
		code = faultEmpty
	case "minimum", "maximum", "maxLength", "maxItems":
		code = faultOutOfRange
	case "uniqueItems":
		code, detail = faultRepeated, "A value stands in the list twice."
	}
	f.faults = append(f.faults, atPointer(at, code, detail, allowed...))
}

// unknown lists the names of an object that its schema does not have. The
// library reports them one by one, without saying which it means.
func (f *schemaFinder) unknown(at string, e *openapi3.SchemaError) {
	object, _ := e.Value.(map[string]any)
	if f.opened[at] {
		return
	}
	f.opened[at] = true
	known := slices.Sorted(maps.Keys(e.Schema.Properties))
	for name := range object {
		if e.Schema.Properties[name] == nil {
			f.faults = append(f.faults, atPointer(at+pointerOf([]string{name}), faultUnknown, "There is no such name.", known...))
		}
	}
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointerOf is a JSON pointer (RFC 6901) along these names.
func pointerOf(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteByte('/')
		b.WriteString(pointerEscapes.Replace(name))
	}
	return b.String()
}

// jsonExpectation says in words what a schema takes in a body.
func jsonExpectation(s *openapi3.Schema) string {
	switch {
	case s.Type.Is("object"):
		return "It must be an object."
	case s.Type.Is("array") && s.MaxItems != nil:
		return fmt.Sprintf("It must be a list of %d to %d values.", s.MinItems, *s.MaxItems)
	case s.Type.Is("integer") && s.Min != nil && s.Max != nil:
		return fmt.Sprintf("It must be a whole number from %.0f to %.0f.", *s.Min, *s.Max)
	case s.Type.Is("boolean"):
		return "It must be true or false."
	case s.Pattern != "" && s.MaxLength != nil:
		return fmt.Sprintf("It must be text of %d to %d characters that matches %s", s.MinLength, *s.MaxLength, s.Pattern)
	case s.Pattern != "":
		return "It must be text that matches " + s.Pattern
	}
	return "It is not what the API document says."
}
