package deskpool_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// bodies returns the operations that take a body.
func bodies(doc *openapi3.T) []operation {
	return slices.DeleteFunc(operations(doc), func(op operation) bool { return op.RequestBody == nil })
}

// requestSchemas names the schemas of which bodies are made.
func requestSchemas(doc *openapi3.T) map[string]bool {
	found := map[string]bool{}
	for _, op := range bodies(doc) {
		for _, content := range op.RequestBody.Value.Content {
			reach(content.Schema, found)
		}
	}
	return found
}

func reach(s *openapi3.SchemaRef, found map[string]bool) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		found[s.Ref[strings.LastIndex(s.Ref, "/")+1:]] = true
	}
	for _, p := range s.Value.Properties {
		reach(p, found)
	}
	reach(s.Value.Items, found)
}

// describedBodies: a body is JSON, it is required and explained, each of its
// kinds has an example, and the statuses are declared that only bodies have.
func describedBodies(doc *openapi3.T) (faults []string) {
	for _, op := range bodies(doc) {
		body := op.RequestBody.Value
		content := body.Content["application/json"]
		if !body.Required || body.Description == "" || len(body.Content) != 1 || content == nil || content.Schema.Ref == "" {
			faults = append(faults, op.name+": the body is not required, described and of one named schema of JSON")
			continue
		}
		for _, status := range []string{"411", "413", "415", "422"} {
			if op.Responses.Value(status) == nil {
				faults = append(faults, op.name+": no "+status)
			}
		}
		var shown []string
		for name, e := range content.Examples {
			if e.Value.Summary == "" {
				faults = append(faults, op.name+": the body "+name+" has no summary")
			}
			example, _ := e.Value.Value.(map[string]any)
			shown = append(shown, fmt.Sprint(example["type"], example["state"]))
		}
		var want []string
		for _, choice := range []string{"type", "state"} {
			if p := content.Schema.Value.Properties[choice]; p != nil {
				for _, word := range texts(p.Value.Enum) {
					want = append(want, map[bool]string{true: word + "<nil>", false: "<nil>" + word}[choice == "type"])
				}
			}
		}
		slices.Sort(shown)
		slices.Sort(want)
		if diff := cmp.Diff(want, shown); diff != "" {
			faults = append(faults, op.name+": kinds of the body and its examples:\n"+diff)
		}
	}
	return faults
}

// rule is what a validate tag may say: internal/handlers puts only these into words.
var rule = regexp.MustCompile(`^(required_if=Type [A-Z_]+,excluded_unless=Type [A-Z_]+|required_without=[A-Za-z]+,excluded_with=[A-Za-z]+)$`)

// closedBodies: what is not declared is not taken, words are closed, and
// everything has a bound.
func closedBodies(doc *openapi3.T) (faults []string) {
	asked := requestSchemas(doc)
	walk(doc, func(name string, s *openapi3.Schema) {
		component, _, _ := strings.Cut(strings.ReplaceAll(name, "[]", "."), ".")
		if !asked[component] {
			return
		}
		if extra := s.AdditionalProperties; s.Type.Is("object") && (extra.Has == nil || *extra.Has || extra.Schema != nil) {
			faults = append(faults, name+": takes undeclared properties")
		}
		if s.Nullable || len(known(s)) > 0 || s.Format != "" {
			faults = append(faults, name+": a request takes no null, its words are closed, and formats are not checked")
		}
		if s.Type.Is("string") && len(s.Enum) == 0 && s.Pattern == "" {
			faults = append(faults, name+": takes any text")
		}
		if s.Type.Is("string") && strings.HasSuffix(s.Pattern, "*$") && (s.MaxLength == nil || s.MinLength != 1) {
			faults = append(faults, name+": takes text of any length")
		}
		if s.Type.Is("integer") && (s.Min == nil || s.Max == nil) || s.Type.Is("number") {
			faults = append(faults, name+": takes any number")
		}
		if s.Type.Is("array") && (s.MinItems != 1 || s.MaxItems == nil || !s.UniqueItems) {
			faults = append(faults, name+": takes any list")
		}
		for property, p := range s.Properties {
			for _, extensions := range []map[string]any{p.Extensions, p.Value.Extensions} {
				tags, _ := extensions["x-oapi-codegen-extra-tags"].(map[string]any)
				if tag, _ := tags["validate"].(string); len(tags) > 0 && !rule.MatchString(tag) {
					faults = append(faults, name+"."+property+": the rule "+tag)
				}
			}
		}
	})
	return faults
}
