package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// The file is read from its syntax tree and not into structs, so that one
// reading finds every fault, each with its path and line.

// reader reads one file and collects what is wrong with it.
type reader struct {
	opts   Options
	faults []Fault
}

// document parses data, which holds one mapping.
func (r *reader) document(data []byte) (node, bool) {
	const path = "configuration"
	root := node{r: r, path: path, line: 1}
	if len(data) > maxFile {
		root.fault("is larger than 1 MiB")
		return root, false
	}
	tokens := tokenize(data)
	if line := tooDeep(tokens); line > 0 {
		root.line = line
		root.fault("nests too deeply")
		return root, false
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			root.line = syntax.GetToken().Position.Line
		}
		root.fault("is not valid YAML") // the parser's own words may quote the file
		return root, false
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	if len(docs) != 1 {
		root.fault(fmt.Sprintf("must be one YAML document, not %d", len(docs)))
		return root, false
	}
	root.v = docs[0].Body
	return root, true
}

// node is a value of the file and the path that leads to it.
type node struct {
	r    *reader
	path string
	line int
	v    ast.Node // nil if it is not there
}

func (n node) fault(text string) {
	n.r.faults = append(n.r.faults, Fault{Path: n.path, Line: n.line, Text: text})
}

// mismatch reports that n is not what it must be.
func (n node) mismatch(must string) {
	switch n.v.(type) {
	case *ast.NullNode:
		n.fault("has no value; it must be " + must)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		n.fault("must be written out: anchors, aliases and tags are not supported")
	default:
		n.fault("must be " + must)
	}
}

// scalar is the text of n as it is written: an id of digits stays what it is.
func (n node) scalar() (string, bool) {
	switch v := n.v.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.v.GetToken().Value, true
	default:
		return "", false
	}
}
