package pool

import "fmt"

// Secret is a text that prints as *** in every format.
type Secret string

const masked = "***"

// Reveal returns the text, for signing and sending only.
func (s Secret) Reveal() string { return string(s) }

// Format implements fmt.Formatter for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// String returns ***.
func (Secret) String() string { return masked }

// MarshalText returns ***, for JSON, YAML and the rest.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
