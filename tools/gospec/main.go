// Gospec turns openapi.yaml, which is written for readers, into the document
// from which oapi-codegen makes pleasant Go: it reads the one from standard
// input and writes the other to standard output.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gospec:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var doc yaml.Node
	if err := yaml.NewDecoder(in).Decode(&doc); err != nil {
		return fmt.Errorf("read openapi.yaml: %w", err)
	}
	s := spec{root: doc.Content[0]}
	if get(get(s.root, "components"), "schemas") == nil {
		return errors.New("openapi.yaml has no components.schemas")
	}
	s.operations()
	s.schemas()
	enc := yaml.NewEncoder(out)
	if err := enc.Encode(s.root); err != nil {
		return err
	}
	return enc.Close()
}

// spec is an OpenAPI document that is rewritten in place.
type spec struct{ root *yaml.Node }

// operations inlines parameters, so that they become plain fields, drops their
// enums, which the request is checked against before it is bound, and drops
// what is said of responses and bodies: of these only the schemas become Go.
func (s spec) operations() {
	paths := get(s.root, "paths")
	for _, item := range values(paths) {
		for _, op := range values(item) {
			for i, p := range list(get(op, "parameters")) {
				get(op, "parameters").Content[i] = s.resolve(p)
			}
			for _, r := range values(get(op, "responses")) {
				*r = *object("description", text("-"))
			}
			drop(op, "requestBody")
		}
	}
	components := get(s.root, "components")
	for _, p := range values(get(components, "parameters")) {
		drop(get(p, "schema"), "enum")
		drop(get(get(p, "schema"), "items"), "enum")
	}
	for _, name := range []string{"responses", "requestBodies", "headers", "examples"} {
		drop(components, name)
	}
}

// schemas keeps the objects among the schemas, and inlines the others.
func (s spec) schemas() {
	all := get(get(s.root, "components"), "schemas")
	var kept []*yaml.Node
	for i := 0; i < len(all.Content); i += 2 {
		schema := all.Content[i+1]
		s.inline(schema)
		if get(schema, "type") != nil && get(schema, "type").Value == "object" {
			properties(schema)
			kept = append(kept, all.Content[i], schema)
		}
	}
	all.Content = kept
	drop(get(s.root, "components"), "parameters")
}

// inline replaces references to what is not an object.
func (s spec) inline(n *yaml.Node) {
	for i, c := range n.Content {
		if get(c, "$ref") == nil {
			s.inline(c)
			continue
		}
		if target := s.resolve(c); get(target, "type") != nil && get(target, "type").Value != "object" {
			s.inline(target)
			n.Content[i] = clone(target)
		}
	}
}

// properties keeps the written order of an object's properties in Go and JSON,
// and says which are left out when they are zero. Closed words become plain
// text: bodies are checked before they are bound.
func properties(schema *yaml.Node) {
	required := map[string]bool{}
	for _, r := range list(get(schema, "required")) {
		required[r.Value] = true
	}
	trimmable := get(schema, "x-trimmable") != nil
	props := get(schema, "properties")
	for i := 0; props != nil && i < len(props.Content); i += 2 {
		name, p := props.Content[i], props.Content[i+1]
		set(p, "x-order", number(i/2+1))
		drop(p, "enum")
		if trimmable && name.Value != "native" && !required[name.Value] {
			// Only fields= leaves it out, and only after it was encoded.
			require(schema, name.Value)
			continue
		}
		optional(p, required[name.Value])
	}
}

// optional lets a zero scalar and a nil list of an optional property be absent.
func optional(p *yaml.Node, required bool) {
	kind := get(p, "type")
	if required || kind == nil || get(p, "x-go-type") != nil {
		return
	}
	switch kind.Value {
	case "array":
		set(p, "x-omitempty", boolean(false))
		set(p, "x-omitzero", boolean(true))
	case "string", "integer":
		if get(p, "x-go-type-skip-optional-pointer") == nil { // where zero means something the document says so
			set(p, "x-go-type-skip-optional-pointer", boolean(true))
		}
	}
}

func require(schema *yaml.Node, name string) {
	r := get(schema, "required")
	if r == nil {
		r = &yaml.Node{Kind: yaml.SequenceNode}
		set(schema, "required", r)
	}
	r.Content = append(r.Content, text(name))
}

// resolve follows a reference within the document; what is none is returned.
func (s spec) resolve(n *yaml.Node) *yaml.Node {
	ref := get(n, "$ref")
	if ref == nil {
		return n
	}
	kind, name, _ := strings.Cut(strings.TrimPrefix(ref.Value, "#/components/"), "/")
	return get(get(get(s.root, "components"), kind), name)
}

func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func set(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, text(key), value)
}

func drop(n *yaml.Node, key string) {
	if n == nil {
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = append(n.Content[:i], n.Content[i+2:]...)
			return
		}
	}
}

func values(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var out []*yaml.Node
	for i := 1; i < len(n.Content); i += 2 {
		out = append(out, n.Content[i])
	}
	return out
}

func list(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	return n.Content
}

func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, clone(child))
	}
	return &c
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func number(i int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(i)}
}

func boolean(b bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(b)}
}

func object(key string, value *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text(key), value}}
}
