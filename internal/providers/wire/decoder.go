package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// verdict is what became of one value.
type verdict int

const (
	absent     verdict = iota // null, or nothing where text stands for a number
	documented                // read, of the documented type
	converted                 // read, of another type
	unread                    // of another type, and could not be read
)

func (v verdict) read() bool { return v == documented || v == converted }

// path leads to a field. It is spelt out only when something drifted.
type path struct {
	parent *path
	name   string
}

func (p *path) String() string {
	var names []string
	for ; p != nil; p = p.parent {
		names = append([]string{p.name}, names...)
	}
	return strings.Join(names, ".")
}

type decoder struct {
	cursor
	drift *pool.Drift
}

var (
	rawType  = reflect.TypeFor[json.RawMessage]()
	timeType = reflect.TypeFor[time.Time]()
)

// structure fills v, a struct, from the object at the cursor.
func (d *decoder) structure(v reflect.Value, at *path) {
	p, start := planOf(v.Type()), d.at
	d.object(func(key []byte) {
		name := text(key)
		f, known := p.fields[name]
		switch {
		case !known:
			d.skip()
			d.unknown(&path{at, name})
		case f.ignore:
			d.skip()
		default:
			d.counted(v.FieldByIndex(f.index), f.text, &path{at, name})
		}
	})
	if p.raw != nil {
		v.FieldByIndex(p.raw).SetBytes(bytes.Clone(d.data[start:d.at]))
	}
}

func (d *decoder) unknown(at *path) {
	if d.drift != nil {
		d.drift.Field(at.String())
	}
}

// counted is value, and counts it if its type was another.
func (d *decoder) counted(v reflect.Value, asText bool, at *path) verdict {
	got := d.value(v, asText, at)
	if d.drift != nil && (got == converted || got == unread) {
		d.drift.Type(at.String())
	}
	return got
}

// value consumes the value at the cursor and sets v to it if it can.
func (d *decoder) value(v reflect.Value, asText bool, at *path) verdict {
	if d.peek() == 'n' {
		d.skip()
		return absent
	}
	switch {
	case v.Type() == rawType:
		v.SetBytes(bytes.Clone(d.skip()))
		return documented
	case v.Type() == timeType:
		return setTime(v, d.skip())
	}
	switch v.Kind() {
	case reflect.Pointer:
		return d.pointer(v, asText, at)
	case reflect.Slice:
		return d.slice(v, asText, at)
	case reflect.Map, reflect.Struct:
		return d.keyed(v, asText, at)
	default:
		return setScalar(v, d.skip(), asText)
	}
}

func (d *decoder) pointer(v reflect.Value, asText bool, at *path) verdict {
	to := reflect.New(v.Type().Elem())
	got := d.value(to.Elem(), asText, at)
	if got.read() {
		v.Set(to)
	}
	return got
}

// slice reads an array, less the elements that are null or cannot be read.
func (d *decoder) slice(v reflect.Value, asText bool, at *path) verdict {
	read := reflect.MakeSlice(v.Type(), 0, 0)
	if d.peek() != '[' {
		lone := reflect.New(v.Type().Elem()).Elem()
		if got := d.value(lone, asText, at); !got.read() || lone.Kind() == reflect.String && lone.Len() == 0 {
			return unread
		}
		v.Set(reflect.Append(read, lone))
		return converted
	}
	d.array(func() {
		element := reflect.New(v.Type().Elem()).Elem()
		if d.counted(element, asText, at).read() {
			read = reflect.Append(read, element)
		}
	})
	v.Set(read)
	return documented
}

// keyed reads an object into a struct or map.
func (d *decoder) keyed(v reflect.Value, asText bool, at *path) verdict {
	if d.peek() != '{' {
		d.skip()
		return unread
	}
	if v.Kind() == reflect.Struct {
		d.structure(v, at)
		return documented
	}
	read := reflect.MakeMap(v.Type())
	d.object(func(key []byte) {
		element := reflect.New(v.Type().Elem()).Elem()
		if d.counted(element, asText, at).read() {
			read.SetMapIndex(reflect.ValueOf(text(key)).Convert(v.Type().Key()), element)
		}
	})
	v.Set(read)
	return documented
}
