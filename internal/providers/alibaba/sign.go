package alibaba

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// algorithm is Alibaba Cloud's third signature ("V3 request structure and signature").
const algorithm = "ACS3-HMAC-SHA256"

// sign sets X-Acs-Content-Sha256 and Authorization. Every header that the
// signature covers must be set before: Content-Type and all X-Acs-*. body is
// what r sends.
func sign(r *http.Request, body []byte, keyID, secret string) {
	hash := hexSHA256(body)
	r.Header.Set("X-Acs-Content-Sha256", hash)
	canonical, signed := canonicalRequest(r, hash)
	r.Header.Set("Authorization", algorithm+" Credential="+keyID+
		",SignedHeaders="+signed+",Signature="+signature(canonical, secret))
}

// signature is the hexadecimal HMAC of a canonical request.
func signature(canonical, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(algorithm + "\n" + hexSHA256([]byte(canonical))))
	return hex.EncodeToString(mac.Sum(nil))
}

// canonicalRequest is the text that is signed, and the names of the headers in it.
func canonicalRequest(r *http.Request, payloadHash string) (canonical, signedHeaders string) {
	lines := map[string]string{"host": cmp.Or(r.Host, r.URL.Host)}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		if name == "content-type" || strings.HasPrefix(name, "x-acs-") {
			lines[name] = headerValue(values)
		}
	}
	names := slices.Sorted(maps.Keys(lines))
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + lines[name] + "\n")
	}
	signedHeaders = strings.Join(names, ";")
	path := cmp.Or(r.URL.EscapedPath(), "/")
	return strings.Join([]string{
		r.Method, path, canonicalQuery(r.URL.Query()), headers.String(), signedHeaders, payloadHash,
	}, "\n"), signedHeaders
}

func headerValue(values []string) string {
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.TrimSpace(v)
	}
	slices.Sort(trimmed)
	return strings.Join(trimmed, ",")
}

// canonicalQuery sorts bytewise, so that X.10 comes before X.2, and encodes by
// RFC 3986. It is also the query that is sent.
func canonicalQuery(query url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			pairs = append(pairs, percentEncode(name)+"="+percentEncode(value))
		}
	}
	return strings.Join(pairs, "&")
}

// percentEncode leaves only A-Z a-z 0-9 - _ . ~ as they are.
func percentEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
