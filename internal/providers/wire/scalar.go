package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// setScalar sets v from the JSON value in literal, whatever its type.
// asText says that it is documented as text.
func setScalar(v reflect.Value, literal []byte, asText bool) verdict {
	said, is := spelling(literal)
	if is == reflect.Invalid {
		return unread
	}
	as := documented
	if documentedKind(v, asText) != is {
		as = converted
	}
	if v.Kind() == reflect.String {
		v.SetString(said)
		return as
	}
	if said == "" && asText {
		return absent
	}
	if !setSpelt(v, said) {
		return unread
	}
	return as
}

// spelling is what a JSON scalar says, less its quotes, and its type: String,
// Bool or Float64; Invalid for an object or array.
func spelling(literal []byte) (string, reflect.Kind) {
	switch literal[0] {
	case '"':
		return text(literal), reflect.String
	case 't', 'f':
		return string(literal), reflect.Bool
	case '{', '[':
		return "", reflect.Invalid
	}
	return string(literal), reflect.Float64
}

func documentedKind(v reflect.Value, asText bool) reflect.Kind {
	switch {
	case asText || v.Kind() == reflect.String:
		return reflect.String
	case v.Kind() == reflect.Bool:
		return reflect.Bool
	}
	return reflect.Float64
}

// setSpelt sets v, a number or boolean, from its spelling.
func setSpelt(v reflect.Value, said string) bool {
	switch v.Kind() {
	case reflect.Bool:
		b, ok := parseBool(said)
		if ok {
			v.SetBool(b)
		}
		return ok
	case reflect.Int, reflect.Int64:
		n, ok := parseInt(said)
		if ok = ok && !v.OverflowInt(n); ok {
			v.SetInt(n)
		}
		return ok
	case reflect.Float64:
		f, ok := parseFloat(said)
		if ok {
			v.SetFloat(f)
		}
		return ok
	}
	panic(fmt.Sprintf("wire: a field of type %v cannot be decoded", v.Type()))
}

func parseBool(said string) (value, ok bool) {
	switch said {
	case "true", "True", "TRUE", "1":
		return true, true
	case "false", "False", "FALSE", "0":
		return false, true
	}
	return false, false
}

// parseInt reads whole numbers, 5.0 and 5e0 too.
func parseInt(said string) (int64, bool) {
	if !isNumber(said) {
		b, ok := parseBool(said)
		if b {
			return 1, ok
		}
		return 0, ok
	}
	if n, err := strconv.ParseInt(said, 10, 64); err == nil {
		return n, true
	}
	const exact = 1 << 53 // above it, a float64 does not hold every whole number
	f, err := strconv.ParseFloat(said, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}

func parseFloat(said string) (float64, bool) {
	if !isNumber(said) {
		n, ok := parseInt(said)
		return float64(n), ok
	}
	f, err := strconv.ParseFloat(said, 64)
	return f, err == nil
}

// isNumber tells whether s is a number as JSON writes them: strconv takes more.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || isDigit(s[0])) && isDigit(s[len(s)-1]) && json.Valid([]byte(s))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func setTime(v reflect.Value, literal []byte) verdict {
	said, is := spelling(literal)
	if is != reflect.String {
		return unread
	}
	t, ok := ParseTime(said)
	if !ok {
		return unread
	}
	if t.IsZero() {
		return absent
	}
	v.Set(reflect.ValueOf(t))
	return documented
}

// ParseTime reads the timestamps that clouds send: RFC 3339 with 0 to 9
// fraction digits, 2020-11-06T08:28Z, and 2022-02-23 04:02:07 taken as UTC.
// Empty text is the zero time and true. The time is in UTC, and one that
// RFC 3339 can write.
func ParseTime(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	const longest = 64
	if len(s) > longest {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateTime, "2006-01-02T15:04:05"} {
		t, err := time.Parse(layout, s)
		if t = t.UTC(); err == nil && t.Year() >= 0 && t.Year() <= 9999 {
			return t, true
		}
	}
	return time.Time{}, false
}
