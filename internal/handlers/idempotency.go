package handlers

import (
	"net/http"
	"strings"
)

// headerKey is the header that names an order (draft-ietf-httpapi-idempotency-key-header).
const headerKey = "Idempotency-Key"

// maxKey is how long a key may be, in characters.
const maxKey = 255

// idempotencyKey reads the key: visible ASCII characters; one in double quotes, as the draft
// wants it, is the same as without them.
func idempotencyKey(h http.Header) (string, *failure) {
	lines := h[headerKey]
	if len(lines) == 0 {
		return "", badKey(IdempotencyKeyMissing, faultRequired,
			"Choose a new one for every new order, and send the same one again with every repetition.")
	}
	if len(lines) > 1 {
		return "", badKey(IdempotencyKeyInvalid, faultRepeated, "Send it once.")
	}
	key := lines[0]
	if len(key) > 1 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	switch {
	case key == "":
		return "", badKey(IdempotencyKeyInvalid, faultEmpty, "It is empty.")
	case len(key) > maxKey:
		return "", badKey(IdempotencyKeyInvalid, faultOutOfRange, "It is longer than 255 characters.")
	case strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' }):
		return "", badKey(IdempotencyKeyInvalid, faultInvalid, "It has characters other than visible ASCII.")
	}
	return key, nil
}

func badKey(code Code, fault, detail string) *failure {
	return &failure{code: code, detail: "The header " + headerKey + " is at fault: " + detail, errors: []FieldError{
		{Parameter: headerKey, Code: fault, Detail: detail, Allowed: []string{}},
	}}
}
