package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// An encoded entry is
//
//	deskpool/2 <SHA-256 of the rest, in hex>\n
//	<header, JSON>\n
//	<value, JSON, less native parts><body of a part>...
//
// Bodies stand apart as they came: encoding/json would rewrite them.
const magic = "deskpool/2 "

var errGarbage = errors.New("not an entry of this format")

// header is what an encoded entry says of itself.
type header struct {
	Key     string
	Stored  time.Time
	Until   time.Time
	Gen     string   `json:",omitempty"` // of the mark, in which it was begun to be read
	Missing *missing `json:",omitempty"`
	AsOf    time.Time
	Version string
	Value   int // bytes
	Parts   []part
	Natives [][]part // item by item
}

// of tells whether h is the header of e.
func (h header) of(e *Entry) bool {
	return e.said != nil && e.said.content().version == h.Version &&
		e.Key == h.Key && e.gen.shared == h.Gen && e.Stored.Equal(h.Stored) && e.Until.Equal(h.Until)
}

// missing is a pool.Error of kind NotFound, less its cause.
type missing struct {
	Source, Op, Detail string
	RetryAfter         time.Duration
	Upstream           *pool.Upstream
}

// part is a pool.Part whose body stands elsewhere.
type part struct {
	Operation, RequestID string
	ReadAt               time.Time
	Body                 int // bytes; -1: the body is nil
}

func encode(e *Entry) ([]byte, error) {
	h := header{Key: e.Key, Stored: e.Stored, Until: e.Until, Gen: e.gen.shared}
	var value, bodies []byte
	if e.missing != nil {
		m := e.missing
		h.Missing = &missing{m.Source, m.Op, m.Detail, m.RetryAfter, m.Upstream}
	} else {
		c := e.said.content()
		bare, natives := detach(c.value)
		var err error
		if value, err = json.Marshal(bare); err != nil {
			return nil, err
		}
		h.AsOf, h.Version, h.Value = c.asOf, c.version, len(value)
		for _, n := range natives {
			h.Natives = append(h.Natives, headers(n, &bodies))
		}
		h.Parts = headers(c.parts, &bodies)
	}
	head, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return seal(bytes.Join([][]byte{head, {'\n'}, value, bodies}, nil)), nil
}

// headers returns parts less their bodies, which it appends to bodies.
func headers(parts []pool.Part, bodies *[]byte) []part {
	if parts == nil {
		return nil
	}
	out := make([]part, len(parts))
	for i, p := range parts {
		out[i] = part{p.Operation, p.RequestID, p.ReadAt, len(p.Body)}
		if p.Body == nil {
			out[i].Body = -1
		}
		*bodies = append(*bodies, p.Body...)
	}
	return out
}

func seal(rest []byte) []byte {
	sum := sha256.Sum256(rest)
	return bytes.Join([][]byte{[]byte(magic), []byte(hex.EncodeToString(sum[:])), {'\n'}, rest}, nil)
}

// unseal returns what was sealed, if it is whole.
func unseal(data []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, errGarbage
	}
	said, rest, ok := bytes.Cut(rest, []byte{'\n'})
	if sum := sha256.Sum256(rest); !ok || string(said) != hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("%w: it is torn", errGarbage)
	}
	return rest, nil
}

// decode reads what encode wrote for key, and nothing else. If that is held,
// it returns held, which is a fraction of the work.
func decode(key string, data []byte, held *Entry) (*Entry, error) {
	rest, err := unseal(data)
	if err != nil {
		return nil, err
	}
	return decodeEntry(key, rest, held)
}

func decodeEntry(key string, rest []byte, held *Entry) (*Entry, error) {
	head, rest, _ := bytes.Cut(rest, []byte{'\n'})
	var h header
	d := json.NewDecoder(bytes.NewReader(head))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return nil, fmt.Errorf("%w: %w", errGarbage, err)
	}
	if h.Key != key {
		return nil, fmt.Errorf("%w: it belongs to another key", errGarbage)
	}
	if held != nil && h.of(held) {
		return held, nil
	}
	e := &Entry{Key: key, Stored: h.Stored, Until: h.Until, gen: Generation{shared: h.Gen}, weight: overhead + len(key) + len(rest)}
	if m := h.Missing; m != nil {
		e.missing = &pool.Error{Kind: pool.NotFound, Source: m.Source, Op: m.Op, Detail: m.Detail, RetryAfter: m.RetryAfter, Upstream: m.Upstream}
		return e, nil
	}
	var err error
	switch kindOf(key) {
	case kindPools:
		err = decodeAs[[]pool.Pool](e, h, rest)
	case kindPool:
		err = decodeAs[pool.Pool](e, h, rest)
	case kindDesktops:
		err = decodeAs[pool.DesktopPage](e, h, rest)
	case kindDesktop:
		err = decodeAs[pool.Desktop](e, h, rest)
	case kindStatistics:
		err = decodeAs[pool.Statistics](e, h, rest)
	case kindProducts:
		err = decodeAs[[]pool.Offer](e, h, rest)
	case kindImages:
		err = decodeAs[[]pool.ImageOffer](e, h, rest)
	default:
		err = fmt.Errorf("%w: it is of no known kind", errGarbage)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// decodeAs fills e from the value and bodies in rest.
func decodeAs[T any](e *Entry, h header, rest []byte) error {
	if h.Value < 0 || h.Value > len(rest) {
		return fmt.Errorf("%w: its value is cut", errGarbage)
	}
	s := &said[T]{pool.Answer[T]{AsOf: h.AsOf, Version: h.Version, From: pool.FromCache}}
	if err := json.Unmarshal(rest[:h.Value], &s.Value); err != nil {
		return fmt.Errorf("%w: %w", errGarbage, err)
	}
	b := bodies{rest: bytes.Clone(rest[h.Value:])}
	at := nativesOf(&s.Value)
	if len(at) != len(h.Natives) {
		return fmt.Errorf("%w: %d items, but native parts of %d", errGarbage, len(at), len(h.Natives))
	}
	for i, n := range h.Natives {
		*at[i] = b.parts(n)
	}
	s.Parts = b.parts(h.Parts)
	if b.cut || len(b.rest) != 0 {
		return fmt.Errorf("%w: its bodies are not as long as it says", errGarbage)
	}
	e.said, e.weight = s, weigh(h.Key, rest[:h.Value], s.Parts, natives(at))
	return nil
}

func natives(at []*[]pool.Part) [][]pool.Part {
	out := make([][]pool.Part, len(at))
	for i, parts := range at {
		out[i] = *parts
	}
	return out
}

// bodies gives bodies to parts, one after the other.
type bodies struct {
	rest []byte
	cut  bool
}

func (b *bodies) parts(headers []part) []pool.Part {
	if headers == nil {
		return nil
	}
	out := make([]pool.Part, len(headers))
	for i, p := range headers {
		out[i] = pool.Part{Operation: p.Operation, RequestID: p.RequestID, ReadAt: p.ReadAt, Body: b.next(p.Body)}
	}
	return out
}

func (b *bodies) next(size int) json.RawMessage {
	if size < -1 || size > len(b.rest) {
		b.cut = true
		return nil
	}
	if size == -1 {
		return nil
	}
	body := b.rest[:size:size]
	b.rest = b.rest[size:]
	return body
}
