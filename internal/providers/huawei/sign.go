package huawei

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	signAlgorithm  = "SDK-HMAC-SHA256"
	signTimeLayout = "20060102T150405Z"

	headerDate          = "X-Sdk-Date"
	headerPayloadHash   = "X-Sdk-Content-Sha256"
	headerProject       = "X-Project-Id"
	headerDomain        = "X-Domain-Id"
	headerSecurityToken = "X-Security-Token"
	headerToken         = "X-Auth-Token"
)

// Sign sets the Authorization header of r, which is sent with body, as
// Huawei's API gateway verifies it: over the named headers, X-Sdk-Date among
// them. All of them must be set. Sign it anew for every attempt: a signature
// is good for 15 minutes.
func Sign(r *http.Request, body []byte, access, secret pool.Secret, headers ...string) error {
	names := signedNames(headers)
	if !slices.Contains(names, strings.ToLower(headerDate)) {
		return fmt.Errorf("%s is not among the signed headers", headerDate)
	}
	for _, name := range names {
		if headerValue(r, name) == "" {
			return fmt.Errorf("the signed header %s is not set", name)
		}
	}
	canonical := sha256.Sum256([]byte(canonicalRequest(r, body, names)))
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(signAlgorithm + "\n" + r.Header.Get(headerDate) + "\n" + hex.EncodeToString(canonical[:])))
	r.Header.Set("Authorization", fmt.Sprintf("%s Access=%s, SignedHeaders=%s, Signature=%s",
		signAlgorithm, access.Reveal(), strings.Join(names, ";"), hex.EncodeToString(mac.Sum(nil))))
	return nil
}

func signedNames(headers []string) []string {
	names := make([]string, len(headers))
	for i, h := range headers {
		names[i] = strings.ToLower(h)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// canonicalRequest is what is signed. names are lower case and sorted.
func canonicalRequest(r *http.Request, body []byte, names []string) string {
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	return strings.Join([]string{
		r.Method,
		canonicalPath(r.URL.EscapedPath()),
		canonicalQuery(r.URL.RawQuery),
		headers.String(),
		strings.Join(names, ";"),
		payloadHash(r, body),
	}, "\n")
}

func headerValue(r *http.Request, name string) string {
	if name != "host" {
		return strings.TrimSpace(r.Header.Get(name))
	}
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// canonicalPath ends in a slash, though the path that is sent need not.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if decoded, err := url.PathUnescape(s); err == nil {
			s = decoded
		}
		segments[i] = escape(s)
	}
	path = strings.Join(segments, "/")
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	return path
}

// canonicalQuery sorts keys, and the values of one key, by their decoded bytes.
func canonicalQuery(raw string) string {
	type pair struct{ key, value string }
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, pair{unescapeQuery(key), unescapeQuery(value)})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = escape(p.key) + "=" + escape(p.value)
	}
	return strings.Join(parts, "&")
}

func unescapeQuery(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}

func payloadHash(r *http.Request, body []byte) string {
	if said := r.Header.Get(headerPayloadHash); said != "" {
		return said
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
