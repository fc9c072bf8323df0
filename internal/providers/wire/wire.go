// Package wire decodes what clouds send, which is not always what they document.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

var errNotObject = errors.New("not one JSON object")

// Decode fills v, a pointer to a struct with json tags, from the JSON object
// in data, and is lenient: a scalar is taken from text, number or boolean alike, a
// lone object where an array was promised is an array of one, null is absent.
// What cannot be read leaves its field as it was. Unknown fields and values of
// another type than documented are counted in drift as "op.path.to.field"
// (array indexes and map keys left out).
//
// Field types: string, *string (nil = absent), *int, *int64, *float64, *bool,
// time.Time (see ParseTime), json.RawMessage, structs, pointers to structs, slices and maps
// of these; embedded structs are read as encoding/json does. The tag wire:"text" on a
// numeric or boolean field says that it is documented as text, so that text is no
// drift, but a number is. A field tagged wire:"raw" of type json.RawMessage receives
// the whole object itself, bytes as they came; a field tagged wire:"ignore" is known
// but not read. Names are matched exactly.
//
// It fails only if data is not one JSON object. It reads data twice, however
// deep that is, and keeps nothing of it: raw messages are copies.
func Decode(data []byte, op string, v any, drift *pool.Drift) error {
	if !isObject(data) {
		return errNotObject
	}
	d := decoder{cursor: cursor{data: data}, drift: drift}
	d.space()
	d.structure(reflect.ValueOf(v).Elem(), &path{name: op})
	return nil
}

// Envelope returns the object in data without the named keys: a listing less its rows.
// Keys and values keep their bytes. It is nil if data is not one JSON object.
func Envelope(data []byte, without ...string) json.RawMessage {
	if !isObject(data) {
		return nil
	}
	c := cursor{data: data}
	c.space()
	rest := []byte{'{'}
	c.object(func(key []byte) {
		value := c.skip()
		if slices.Contains(without, text(key)) {
			return
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, key...), ':'), value...)
	})
	return append(rest, '}')
}

func isObject(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte{'{'}) && json.Valid(data)
}
