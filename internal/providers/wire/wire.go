// Package wire decodes what clouds send, which is not always what they document.
package wire

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

var errNotWritten = errors.New("not written yet")

// Decode fills v, a pointer to a struct with json tags, from the JSON object
// in data, and is lenient: a scalar is taken from text, number or boolean alike, a
// lone object where an array was promised is an array of one, null is absent.
// What cannot be read leaves its field as it was. Unknown fields and values of
// another type than documented are counted in drift as "op.path.to.field"
// (array indexes left out).
//
// Field types: string, *string (nil = absent), *int, *int64, *float64, *bool,
// time.Time (see ParseTime), json.RawMessage, structs, pointers to structs, slices and maps
// of these. The tag wire:"text" on a numeric or boolean field says that it is
// documented as text, so that text is no drift. A field tagged wire:"raw" of
// type json.RawMessage receives the whole object itself, bytes as they came;
// a field tagged wire:"ignore" is known but not read.
//
// It fails only if data is not one JSON object.
func Decode(data []byte, op string, v any, drift *pool.Drift) error { return errNotWritten }

// Envelope returns the object in data without the named keys: a listing less its rows.
// Values keep their bytes.
func Envelope(data []byte, without ...string) json.RawMessage { return nil }

// ParseTime reads the timestamps that clouds send: RFC 3339 with 0 to 9
// fraction digits, 2020-11-06T08:28Z, and 2022-02-23 04:02:07 taken as UTC.
// Empty text is the zero time and true.
func ParseTime(s string) (time.Time, bool) { return time.Time{}, false }
