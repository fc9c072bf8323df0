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
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var out bytes.Buffer
	if err := maskValue(dec, &out, personal, false); err != nil {
		return json.RawMessage(`"` + hidden + `"`) // never show what could not be read
	}
	return out.Bytes()
}

// maskValue copies the next value; hide is true below a personal key.
func maskValue(dec *json.Decoder, out *bytes.Buffer, personal func(string) bool, hide bool) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' {
			return maskObject(dec, out, personal, hide)
		}
		return maskArray(dec, out, personal, hide)
	case nil:
		out.WriteString("null")
	case bool:
		writeJSON(out, t)
	case json.Number:
		if hide {
			writeJSON(out, hidden)
		} else {
			out.WriteString(t.String())
		}
	case string:
		if hide && t != "" {
			t = hidden
		}
		writeJSON(out, t)
	}
	return nil
}

func maskObject(dec *json.Decoder, out *bytes.Buffer, personal func(string) bool, hide bool) error {
	out.WriteByte('{')
	for first := true; dec.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string) // keys of an object are texts
		writeJSON(out, key)
		out.WriteByte(':')
		if err := maskValue(dec, out, personal, hide || personal(key)); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	_, err := dec.Token()
	return err
}

func maskArray(dec *json.Decoder, out *bytes.Buffer, personal func(string) bool, hide bool) error {
	out.WriteByte('[')
	for first := true; dec.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if err := maskValue(dec, out, personal, hide); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	_, err := dec.Token()
	return err
}

// writeJSON writes a text or boolean, without escaping HTML.
func writeJSON(out *bytes.Buffer, v any) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // texts and booleans always encode
	out.Truncate(out.Len() - 1)
}
