package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// object is a mapping of the file.
type object struct {
	node
	fields map[string]node
	broken bool // it is none, which has been reported
}

// object reads n as a mapping and reports the keys that are not known. The
// path of a key at the top is the key alone.
func (n node) object(prefix string, known ...string) object {
	o := object{node: n, fields: map[string]node{}}
	var pairs []*ast.MappingValueNode
	switch v := n.v.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		n.mismatch("a mapping of " + strings.Join(known, ", "))
		o.broken = true
	}
	for _, kv := range pairs {
		key, printable := keyOf(kv.Key)
		child := node{r: n.r, path: prefix + key, line: n.line, v: kv.Value}
		if t := kv.Key.GetToken(); t != nil && t.Position != nil {
			child.line = t.Position.Line
		}
		_, twice := o.fields[key]
		switch {
		case !printable:
			child.path = n.path
			child.fault("has an unknown key, not printed since it may be a secret; allowed: " + strings.Join(known, ", "))
		case !slices.Contains(known, key):
			child.fault("unknown key; allowed: " + strings.Join(known, ", "))
		case twice:
			child.fault("is there twice")
		default:
			o.fields[key] = child
		}
	}
	return o
}

// keyOf is the text of a key, and whether it can be printed: longer or
// stranger than any key of ours, it may be a secret that lost its own key.
func keyOf(k ast.MapKeyNode) (string, bool) {
	s, ok := k.(*ast.StringNode)
	if !ok {
		return "", false
	}
	strange := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
	}
	digits := strings.ContainsAny(s.Value, "0123456789")
	ok = s.Value != "" && !strings.ContainsFunc(s.Value, strange) && len(s.Value) <= 24 && (!digits || len(s.Value) <= 12)
	return s.Value, ok
}

// check judges a text: it returns what it must be, or nothing if it is that.
type check func(string) string

// text reads a text that satisfies ok into to, and tells whether it was there and good.
func (o object) text(key string, to *string, ok check) bool {
	n, there := o.fields[key]
	if !there {
		return false
	}
	s, isText := n.scalar()
	if !isText {
		n.mismatch("a text")
		return false
	}
	if must := ok(s); must != "" {
		n.fault("must be " + must)
		return false
	}
	*to = s
	return true
}

func (o object) integer(key string, to *int, low, high int) {
	n, there := o.fields[key]
	if !there {
		return
	}
	must := fmt.Sprintf("a whole number from %d to %d", low, high)
	v, isInt := n.v.(*ast.IntegerNode)
	if !isInt {
		n.mismatch(must)
		return
	}
	i, err := strconv.Atoi(v.GetToken().Value)
	if err != nil || i < low || i > high {
		n.mismatch(must)
		return
	}
	*to = i
}

func (o object) boolean(key string, to *bool) {
	n, there := o.fields[key]
	if !there {
		return
	}
	v, isBool := n.v.(*ast.BoolNode)
	if !isBool {
		n.mismatch("true or false")
		return
	}
	*to = v.Value
}

func (o object) duration(key string, to *time.Duration, low, high time.Duration) {
	var s string
	if !o.text(key, &s, func(s string) string {
		if d, err := time.ParseDuration(s); err != nil || d < low || d > high {
			return fmt.Sprintf("a duration from %v to %v, as in 15s", low, high)
		}
		return ""
	}) {
		return
	}
	*to, _ = time.ParseDuration(s) // parsed a moment ago
}

// list returns the elements of a list that is there, and not empty.
func (o object) list(key string) []node {
	n, there := o.fields[key]
	if !there {
		return nil
	}
	seq, isList := n.v.(*ast.SequenceNode)
	if !isList {
		n.mismatch("a list")
		return nil
	}
	if len(seq.Values) == 0 {
		n.fault("must not be an empty list")
	}
	nodes := make([]node, len(seq.Values))
	for i, v := range seq.Values {
		nodes[i] = node{r: n.r, path: fmt.Sprintf("%s[%d]", n.path, i), line: n.line, v: v}
		if v != nil && v.GetToken() != nil && v.GetToken().Position != nil {
			nodes[i].line = v.GetToken().Position.Line
		}
	}
	return nodes
}

// texts reads a list of different texts.
func (o object) texts(key string, to *[]string, ok check) {
	for _, n := range o.list(key) {
		s, isText := n.scalar()
		switch must := ok(s); {
		case !isText:
			n.mismatch("a text")
		case must != "":
			n.fault("must be " + must)
		case slices.Contains(*to, s):
			n.fault("is there twice")
		default:
			*to = append(*to, s)
		}
	}
}

// has tells whether a key is there, good or bad.
func (o object) has(key string) bool { _, there := o.fields[key]; return there }

// child is a mapping under a key.
func (o object) child(key string, known ...string) (object, bool) {
	n, there := o.fields[key]
	if !there {
		return object{}, false
	}
	return n.object(n.path+".", known...), true
}

// require reports the keys that are not there.
func (o object) require(prefix string, keys ...string) {
	for _, k := range keys {
		if !o.broken && !o.has(k) {
			node{r: o.r, path: prefix + k, line: o.line}.fault("is required")
		}
	}
}

// refuse reports the keys that are there.
func (o object) refuse(why string, keys ...string) {
	for _, k := range keys {
		if n, there := o.fields[k]; there {
			n.fault(why)
		}
	}
}
