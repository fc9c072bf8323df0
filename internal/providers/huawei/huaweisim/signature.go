package huaweisim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	algorithm  = "SDK-HMAC-SHA256"
	dateLayout = "20060102T150405Z"
)

// signature is what an Authorization header claims.
type signature struct {
	access string
	signed []string // names of the signed headers, in the client's order
	mac    string   // hex
}

// parseAuthorization reads "SDK-HMAC-SHA256 Access=..., SignedHeaders=a;b, Signature=...".
func parseAuthorization(header string) (signature, bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return signature{}, false
	}
	var sig signature
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Access":
			sig.access = value
		case "SignedHeaders":
			sig.signed = strings.Split(value, ";")
		case "Signature":
			sig.mac = value
		}
	}
	return sig, sig.access != "" && len(sig.signed) > 0 && sig.mac != ""
}

// verify recomputes the signature from the request as it came, over the headers
// that the client says it signed. X-Sdk-Date must be one of them, and all must
// be there. The canonical request, LF shown as a bar, is what the gateway puts into its error.
func (sig signature) verify(r *http.Request, body []byte, secret string) (canonical string, ok bool) {
	lines, complete := headerLines(r, sig.signed)
	text := strings.Join([]string{
		r.Method,
		canonicalPath(r.URL),
		canonicalQuery(r.URL.RawQuery),
		lines,
		strings.Join(sig.signed, ";"),
		sig.payload(r, body),
	}, "\n")
	sum := sha256.Sum256([]byte(text))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(algorithm + "\n" + r.Header.Get("X-Sdk-Date") + "\n" + hex.EncodeToString(sum[:])))
	want := hex.EncodeToString(mac.Sum(nil))
	ok = complete && slices.Contains(sig.signed, "x-sdk-date") && hmac.Equal([]byte(want), []byte(sig.mac))
	return strings.ReplaceAll(text, "\n", "|"), ok
}

// headerLines is "name:value" LF for every signed header, and whether all are there.
func headerLines(r *http.Request, signed []string) (lines string, complete bool) {
	var b strings.Builder
	complete = true
	for _, name := range signed {
		values := slices.Sorted(slices.Values(r.Header.Values(name)))
		if name == "host" {
			values = []string{r.Host}
		}
		complete = complete && len(values) > 0
		for _, v := range values {
			b.WriteString(name + ":" + strings.TrimSpace(v) + "\n")
		}
	}
	return b.String(), complete
}

// payload is the hash of the body's raw bytes, or UNSIGNED-PAYLOAD if that is said in a signed header.
func (sig signature) payload(r *http.Request, body []byte) string {
	const header, unsigned = "x-sdk-content-sha256", "UNSIGNED-PAYLOAD"
	if r.Header.Get(header) == unsigned && slices.Contains(sig.signed, header) {
		return unsigned
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// canonicalPath encodes every segment anew and ends in a slash.
func canonicalPath(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = encode(plain)
		}
	}
	path := strings.Join(segments, "/")
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	return path
}

// canonicalQuery sorts by key, then value, and gives every key an equals sign.
func canonicalQuery(raw string) string {
	type pair struct{ key, value string }
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, pair{decode(key), decode(value)})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = encode(p.key) + "=" + encode(p.value)
	}
	return strings.Join(parts, "&")
}

func decode(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// encode is the percent-encoding of RFC 3986: everything but its unreserved characters.
func encode(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}
