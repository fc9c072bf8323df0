package wire

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// cursor walks once over JSON that is known to be valid.
type cursor struct {
	data []byte
	at   int
}

func (c *cursor) space() {
	for c.at < len(c.data) {
		switch c.data[c.at] {
		case ' ', '\t', '\r', '\n':
			c.at++
		default:
			return
		}
	}
}

func (c *cursor) peek() byte { return c.data[c.at] }

// object calls member at the value of every member of the object at the
// cursor; member must consume the value. The key comes as a JSON text.
func (c *cursor) object(member func(key []byte)) {
	c.items('}', func() {
		key := c.skip()
		c.space()
		c.at++ // the colon
		c.space()
		member(key)
	})
}

// array calls element at every element of the array at the cursor; element
// must consume it.
func (c *cursor) array(element func()) { c.items(']', element) }

func (c *cursor) items(end byte, item func()) {
	c.at++ // the opening bracket
	c.space()
	for c.peek() != end {
		item()
		c.space()
		if c.peek() == ',' {
			c.at++
			c.space()
		}
	}
	c.at++
}

// skip consumes the value at the cursor and returns its bytes.
func (c *cursor) skip() []byte {
	start := c.at
	switch c.peek() {
	case '"':
		c.skipText()
	case '{', '[':
		c.skipNested()
	default:
		for c.at < len(c.data) && !bytes.ContainsRune([]byte(" \t\r\n,]}"), rune(c.peek())) {
			c.at++
		}
	}
	return c.data[start:c.at:c.at]
}

func (c *cursor) skipText() {
	for c.at++; c.peek() != '"'; c.at++ {
		if c.peek() == '\\' {
			c.at++
		}
	}
	c.at++
}

func (c *cursor) skipNested() {
	for depth := 0; ; {
		switch c.peek() {
		case '"':
			c.skipText()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.at++
		if depth == 0 {
			return
		}
	}
}

// text is what a JSON text says.
func text(literal []byte) string {
	inner := literal[1 : len(literal)-1]
	if !bytes.ContainsRune(inner, '\\') && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(literal, &s) // cannot fail: the literal is valid
	return s
}
