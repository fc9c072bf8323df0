package handlers

import (
	"bytes"
	"encoding/json"
	"strings"
)

// projection is the fields of a row that are wanted: a tree by key, in which
// an empty branch wants all below it. A nil projection wants everything.
type projection map[string]projection

// newProjection makes a projection of paths as in "counts.total". The id, and
// native where it is there, always come along.
func newProjection(paths []string) projection {
	if len(paths) == 0 {
		return nil
	}
	root := projection{}
	for _, path := range append([]string{"id", "native"}, paths...) {
		root.add(strings.Split(path, "."))
	}
	return root
}

func (p projection) add(path []string) {
	branch, there := p[path[0]]
	switch {
	case len(path) == 1:
		p[path[0]] = projection{} // all of it
	case there && len(branch) == 0: // all of it already
	default:
		if !there {
			branch = projection{}
			p[path[0]] = branch
		}
		branch.add(path[1:])
	}
}

// apply returns what is wanted of an encoded value. A list is projected row by row.
func (p projection) apply(value []byte) []byte {
	if len(p) == 0 || len(value) == 0 {
		return value
	}
	switch value[0] {
	case '{':
		return p.object(value)
	case '[':
		return p.array(value)
	}
	return value
}

// object keeps the order of keys, which decoding into a map would lose.
func (p projection) object(value []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(value))
	_, _ = dec.Token()
	out := []byte{'{'}
	for dec.More() {
		key, _ := dec.Token()
		var raw json.RawMessage
		if dec.Decode(&raw) != nil {
			return value // our own encoding always decodes
		}
		name, _ := key.(string)
		branch, wanted := p[name]
		if !wanted {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, name...) // a key of ours: it needs no escapes
		out = append(out, '"', ':')
		out = append(out, branch.apply(raw)...)
	}
	return append(out, '}')
}

func (p projection) array(value []byte) []byte {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return value
	}
	out := []byte{'['}
	for i, row := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, p.apply(row)...)
	}
	return append(out, ']')
}
