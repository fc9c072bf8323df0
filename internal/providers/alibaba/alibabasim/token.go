package alibabasim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// position is where the next page starts: at or after two numbers, whose
// meaning is the operation's. It names rows by their place in the order of
// ids, not by how many were read, so rows that come or go do not move it.
type position struct{ a, b uint32 }

// token is a position in a query, as 32 hex digits that say nothing to a
// client and fit no other query. query is the operation and its filters.
func (w *World) token(query string, p position) string {
	var b [16]byte
	binary.BigEndian.PutUint32(b[:], p.a)
	binary.BigEndian.PutUint32(b[4:], p.b)
	copy(b[8:], w.seal(query, b[:8]))
	for i, m := range w.seal(query, b[8:])[:8] {
		b[i] ^= m
	}
	return hex.EncodeToString(b[:])
}

// parseToken is the reverse of token; it is false for a token that was not
// made for query.
func (w *World) parseToken(query, token string) (position, bool) {
	b, err := hex.DecodeString(token)
	if err != nil || len(b) != 16 {
		return position{}, false
	}
	for i, m := range w.seal(query, b[8:])[:8] {
		b[i] ^= m
	}
	if !hmac.Equal(b[8:], w.seal(query, b[:8])[:8]) {
		return position{}, false
	}
	return position{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}, true
}

func (w *World) seal(query string, data []byte) []byte {
	mac := hmac.New(sha256.New, binary.BigEndian.AppendUint64([]byte("NextToken"), w.seed))
	mac.Write([]byte(query))
	mac.Write([]byte{0})
	mac.Write(data)
	return mac.Sum(nil)
}

// start is the position that the request's NextToken stands for. filters is
// the operation's own struct of filters, without pointers; ended is true if the
// page is to be empty.
func (s *Sim) start(p *params, operation string, filters any) (query string, at position, ended bool) {
	query = operation + fmt.Sprintf("%#v", filters)
	text := p.text("NextToken")
	if text == "" {
		return query, position{}, false
	}
	at, ok := s.c.World.parseToken(query, text)
	if ok {
		return query, at, false
	}
	if !s.c.BadTokenEmptyPage {
		p.fail(invalid("NextToken"))
	}
	return query, position{}, true
}

// next is the NextToken of a page: nil, or "" if the knob says so, on the last.
func (s *Sim) next(query string, at position, more bool) *string {
	if more {
		return new(s.c.World.token(query, at))
	}
	if s.c.EmptyLastToken {
		return new("")
	}
	return nil
}
