package handlers

import (
	"bytes"
	"encoding/json"
)

// hidden stands for personal data that the caller may not see.
const hidden = "***"

// maskNative returns body with every text and number under a personal key
// replaced by hidden; other values keep their bytes, and keys their order.
func maskNative(body json.RawMessage, personal func(key string) bool) json.RawMessage {
	if personal == nil || len(body) == 0 {
		return body
	}
	m := mask{dec: json.NewDecoder(bytes.NewReader(body)), body: body, personal: personal}
	m.dec.UseNumber()
	if err := m.value(false); err != nil {
		return json.RawMessage(`"` + hidden + `"`) // never show what could not be read
	}
	return m.out.Bytes()
}

// mask copies a body, token by token.
type mask struct {
	dec      *json.Decoder
	body     []byte
	personal func(string) bool
	out      bytes.Buffer
}

// token is the next token, and its bytes as they stand in the body.
func (m *mask) token() (json.Token, []byte, error) {
	from := m.dec.InputOffset()
	tok, err := m.dec.Token()
	if err != nil {
		return nil, nil, err
	}
	return tok, bytes.TrimLeft(m.body[from:m.dec.InputOffset()], " \t\r\n,:"), nil
}

// value copies the next value; hide is true below a personal key.
func (m *mask) value(hide bool) error {
	tok, raw, err := m.token()
	if err != nil {
		return err
	}
	switch t := tok.(type) {
	case json.Delim:
		return m.inside(t, hide)
	case json.Number:
	case string:
		hide = hide && t != ""
	default: // null, true or false
		hide = false
	}
	if hide {
		raw = []byte(`"` + hidden + `"`)
	}
	m.out.Write(raw)
	return nil
}

// inside copies what follows after a bracket, up to the one that closes it.
func (m *mask) inside(open json.Delim, hide bool) error {
	m.out.WriteString(open.String())
	for first := true; m.dec.More(); first = false {
		if !first {
			m.out.WriteByte(',')
		}
		below := hide
		if open == '{' {
			key, raw, err := m.token()
			if err != nil {
				return err
			}
			name, _ := key.(string) // keys of an object are texts
			below = hide || m.personal(name)
			m.out.Write(raw)
			m.out.WriteByte(':')
		}
		if err := m.value(below); err != nil {
			return err
		}
	}
	_, raw, err := m.token()
	m.out.Write(raw)
	return err
}
