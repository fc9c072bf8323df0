package wire

import (
	"reflect"
	"strings"
	"sync"
)

// plan is what Decode knows of a struct type.
type plan struct {
	fields map[string]field
	raw    []int // the index of the field tagged wire:"raw"; nil: there is none
}

type field struct {
	index  []int
	text   bool // documented as text
	ignore bool
}

// plans keeps the plan of every struct type that was decoded, as
// encoding/json keeps its own: there are only as many as there are types.
var plans sync.Map // reflect.Type -> *plan

func planOf(t reflect.Type) *plan {
	if p, known := plans.Load(t); known {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, newPlan(t))
	return p.(*plan)
}

func newPlan(t reflect.Type) *plan {
	p := &plan{fields: map[string]field{}}
	for _, f := range reflect.VisibleFields(t) {
		wire := f.Tag.Get("wire")
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case wire == "raw":
			p.raw = f.Index
			continue
		case f.Anonymous && name == "", !f.IsExported(), name == "-":
			continue
		case name == "":
			name = f.Name
		}
		p.fields[name] = field{index: f.Index, text: wire == "text", ignore: wire == "ignore"}
	}
	return p
}
