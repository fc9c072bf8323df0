package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// The scopes that a key can hold.
const (
	ScopePoolsRead    = "pools:read"
	ScopeNativeRead   = "native:read"
	ScopePersonalRead = "personal:read"

	ScopeOrdersEstimate = "orders:estimate"
	ScopeOrdersWrite    = "orders:write"
	ScopeOrdersPay      = "orders:pay"  // to let the cloud take the money at once
	ScopeOrdersRead     = "orders:read" // implied by orders:write

	ScopeAdmin = "admin"

	// scopeOpen marks the operations that need no credentials.
	scopeOpen = "open"
)

// Caller is who calls: a tenant, with one of its keys.
type Caller struct {
	Tenant  string
	KeyID   string
	Scopes  []string      // sorted
	Service *pool.Service // over the sources that the tenant sees
}

func (c *Caller) may(scope string) bool {
	for _, s := range c.Scopes {
		if s == scope {
			return true
		}
	}
	return scope == ScopeOrdersRead && c.may(ScopeOrdersWrite)
}

// Authenticator tells who calls. It returns nil for a request without good credentials.
type Authenticator func(r *http.Request) *Caller

// Everybody takes every request for the same caller's: for loopback listeners only.
func Everybody(c Caller) Authenticator { return func(*http.Request) *Caller { return &c } }

// APIKeys knows callers by the SHA-256 of the key in "Authorization: Bearer <key>".
func APIKeys(callers map[[sha256.Size]byte]Caller) Authenticator {
	known := make(map[[sha256.Size]byte]*Caller, len(callers))
	for sum, c := range callers {
		known[sum] = &c
	}
	return func(r *http.Request) *Caller {
		key, ok := bearer(r.Header)
		if !ok {
			return nil
		}
		sum := sha256.Sum256([]byte(key))
		for want, c := range known {
			if subtle.ConstantTimeCompare(want[:], sum[:]) == 1 {
				return c
			}
		}
		return nil
	}
}

// bearer returns the one bearer token of a request.
func bearer(h http.Header) (string, bool) {
	values := h["Authorization"]
	if len(values) != 1 {
		return "", false
	}
	scheme, token, found := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}
