package handlers

import (
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody is how large the body of a request may be, in bytes.
const maxBody = 64 << 10

// takeBody reads the body of a request whose operation takes one, and its
// Idempotency-Key where that is needed. What a body says is looked at by decode.
func takeBody(r *http.Request, c *call) (f *failure) {
	if c.op.body == nil {
		return nil
	}
	if f = framing(r); f != nil {
		return f
	}
	if c.op.keyed {
		if c.key, f = idempotencyKey(r.Header); f != nil {
			return f
		}
	}
	c.body = make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, c.body); err != nil {
		return &failure{code: MalformedRequest, detail: "The body is shorter than its Content-Length.", cause: err}
	}
	return nil
}

// framing judges how a body is sent, before any of it is read.
func framing(r *http.Request) *failure {
	switch {
	case r.ContentLength < 0, r.ContentLength == 0 && r.Header.Get("Content-Length") == "":
		return &failure{code: LengthRequired, detail: "Send the body with its Content-Length, not in chunks."}
	case r.ContentLength > maxBody:
		return &failure{code: PayloadTooLarge, detail: "The body is larger than 65536 bytes."}
	case !plain(r.Header["Content-Encoding"]):
		return unsupported("Content-Encoding", "Send the body as it is, not compressed.", "identity")
	case !isJSON(r.Header["Content-Type"]):
		return unsupported("Content-Type", "The body is read as JSON in UTF-8 only.", mediaJSON)
	}
	return nil
}

func unsupported(header, detail, allowed string) *failure {
	return &failure{code: UnsupportedMediaType, detail: "The header " + header + " is at fault: " + detail, errors: []FieldError{
		{Parameter: header, Code: faultNotAllowed, Detail: detail, Allowed: []string{allowed}},
	}}
}

// plain tells whether Content-Encoding says that nothing was done to the body.
func plain(encodings []string) bool {
	for _, e := range encodings {
		if !strings.EqualFold(e, "identity") {
			return false
		}
	}
	return true
}

// isJSON tells whether Content-Type is given once, as JSON in UTF-8.
func isJSON(types []string) bool {
	if len(types) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(types[0])
	if err != nil || media != mediaJSON {
		return false
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}
