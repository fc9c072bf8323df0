package orders

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
)

// Malformed is a body that is not one well-formed JSON document.
const Malformed pool.Kind = "malformed body"

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 32

// Parse reads the body of an order strictly: UTF-8 without a byte-order mark,
// one document and nothing after it, no name twice in an object, at most 32
// levels. What breaks this is a Malformed error with a Detail. The tree is as
// encoding/json makes it, with float64 for numbers; faults are the numbers that are not
// written as whole numbers, as 10.0 and 1e1, which no field takes.
func Parse(body []byte) (tree any, faults []pool.Fault, err error) {
	if detail := notText(body); detail != "" {
		return nil, nil, malformed(detail)
	}
	p := parser{dec: json.NewDecoder(bytes.NewReader(body))}
	p.dec.UseNumber()
	if tree, err = p.value("", 0); err != nil {
		return nil, nil, err
	}
	return tree, p.faults, nil
}

func malformed(detail string) error {
	return &pool.Error{Kind: Malformed, Op: "read the body", Detail: detail}
}

// notText says why body is no JSON document; "" if it is one.
func notText(body []byte) string {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "The body is empty."
	case bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")):
		return "The body begins with a byte-order mark."
	case !utf8.Valid(body):
		return "The body is not UTF-8."
	case !json.Valid(body):
		return "The body is not one JSON document: " + position(body)
	case loneSurrogate(body):
		return `The body has half a character: a \u escape of a surrogate without the other.`
	}
	return ""
}

// position says where a body stops being JSON, without repeating any of it.
func position(body []byte) string {
	var syntax *json.SyntaxError
	var v any
	if errors.As(json.Unmarshal(body, &v), &syntax) {
		return fmt.Sprintf("it goes wrong, breaks off or goes on at byte %d.", syntax.Offset)
	}
	return "it cannot be read."
}

// loneSurrogate tells whether a valid document escapes half a character, which
// encoding/json would silently replace.
func loneSurrogate(body []byte) bool {
	for {
		i := bytes.IndexByte(body, '\\')
		if i < 0 {
			return false
		}
		unit, ok := escaped(body[i:])
		if !ok { // another escape, of two characters
			body = body[i+2:]
			continue
		}
		body = body[i+6:]
		if !utf16.IsSurrogate(unit) {
			continue
		}
		low, ok := escaped(body)
		if !ok || utf16.DecodeRune(unit, low) == utf8.RuneError {
			return true
		}
		body = body[6:]
	}
}

// escaped is what an escape of the form \uXXXX at the start of b stands for.
func escaped(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// parser reads a valid document again, for what encoding/json lets through.
type parser struct {
	dec    *json.Decoder
	faults []pool.Fault
}

func (p *parser) value(pointer string, depth int) (any, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, malformed("The body is not one JSON document.")
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, malformed(fmt.Sprintf("The body is nested deeper than %d levels.", maxDepth))
		}
		if t == '{' {
			return p.object(pointer, depth+1)
		}
		return p.array(pointer, depth+1)
	case json.Number:
		return p.number(pointer, t.String()), nil
	}
	return token, nil
}

func (p *parser) object(pointer string, depth int) (any, error) {
	object := map[string]any{}
	for p.dec.More() {
		token, _ := p.dec.Token() // the document is valid
		name, _ := token.(string)
		if _, twice := object[name]; twice {
			return nil, malformed("An object of the body has the same name twice.")
		}
		value, err := p.value(pointer+"/"+escapePointer(name), depth)
		if err != nil {
			return nil, err
		}
		object[name] = value
	}
	_, _ = p.dec.Token() // its end
	return object, nil
}

func (p *parser) array(pointer string, depth int) (any, error) {
	array := []any{}
	for p.dec.More() {
		value, err := p.value(pointer+"/"+strconv.Itoa(len(array)), depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, _ = p.dec.Token() // its end
	return array, nil
}

func (p *parser) number(pointer, text string) float64 {
	if strings.ContainsAny(text, ".eE") {
		p.faults = append(p.faults, pool.Fault{
			Pointer: pointer, Code: FaultInvalid, Detail: "Write it as a whole number, without a point or an exponent.",
		})
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil { // too large
		return math.Copysign(math.MaxFloat64, n)
	}
	return n
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
