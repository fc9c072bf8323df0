package pool

import (
	"crypto/subtle"
	"fmt"
)

// Secret is a text that prints as *** in every format. The zero value is no
// secret. It holds a pointer, so that fmt, which asks no method of an
// unexported field, finds an address there and not the text.
type Secret struct{ text *string }

const masked = "***"

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text, for signing and sending only.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Given tells whether there is a secret.
func (s Secret) Given() bool { return s.text != nil }

// Equal tells whether both are the same text.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// Format implements fmt.Formatter for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// String returns ***.
func (Secret) String() string { return masked }

// MarshalText returns ***, for JSON, YAML and the rest.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
