package config

import (
	"slices"
	"unicode/utf8"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// tokenize splits a file into tokens and mends a fault of the lexer: within
// braces it takes the colon of pools:read for that of a mapping, in
// { scopes: [pools:read] } too. YAML wants a space after that one (7.3.3,
// plain style); after a quoted key it does not.
func tokenize(data []byte) token.Tokens {
	tokens := lexer.Tokenize(string(data))
	var mended token.Tokens
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if i+2 < len(tokens) && t.Type == token.StringType && tokens[i+1].Type == token.MappingValueType &&
			adjacent(t, tokens[i+1]) && adjacent(tokens[i+1], tokens[i+2]) && plain(tokens[i+2]) {
			value := t.Value + ":" + tokens[i+2].Value
			t = token.String(value, value, t.Position)
			i += 2
		}
		mended.Add(t)
	}
	if n := len(mended); n > 0 {
		mended[n-1].Next = nil
	}
	return mended
}

// adjacent tells whether b begins where a ends.
func adjacent(a, b *token.Token) bool {
	return a.Position.Line == b.Position.Line && a.Position.Column+utf8.RuneCountInString(a.Value) == b.Position.Column
}

// plain tells whether t is a scalar without quotes.
func plain(t *token.Token) bool {
	return slices.Contains([]token.Type{
		token.StringType, token.IntegerType, token.FloatType, token.BoolType, token.NullType,
		token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType, token.InfinityType, token.NanType,
	}, t.Type)
}

// maxDepth bounds nesting: the parser takes minutes over a mebibyte of open
// brackets.
const maxDepth = 64

// tooDeep returns the line where tokens nest more than maxDepth deep, or zero.
// Nesting by indentation bounds itself, except on one line, as in "- - - a".
func tooDeep(tokens token.Tokens) int {
	open, line, inLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			inLine++
		}
		if open > maxDepth || inLine > maxDepth {
			return line
		}
	}
	return 0
}
