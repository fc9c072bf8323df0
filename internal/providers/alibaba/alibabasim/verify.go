package alibabasim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	v3Algorithm = "ACS3-HMAC-SHA256"
	dateLayout  = "2006-01-02T15:04:05Z"
	clockSkew   = 15 * time.Minute
)

// proof is what a request says about who signed it, and how to check that.
type proof struct {
	keyID, date, nonce, token string
	// check returns nil if the signature was made with secret.
	check func(secret string) *apiError
}

// authenticate finds and checks the signature of c, in the gateway's order:
// syntax, key id, date, signature, nonce, token. The nonce is used up only by
// a request whose signature matched.
func (s *Sim) authenticate(c *call) (Key, *apiError) {
	p, err := readProof(c)
	if err != nil {
		return Key{}, err
	}
	key, ok := s.keys[p.keyID]
	if !ok {
		return Key{}, errUnknownKey()
	}
	if key.Disabled {
		return Key{}, errInactiveKey()
	}
	now := s.c.Now()
	date, parseErr := time.Parse(dateLayout, p.date)
	if parseErr != nil {
		return Key{}, errDateFormat()
	}
	if now.Sub(date).Abs() > clockSkew {
		return Key{}, errDateExpired()
	}
	if err := p.check(key.Secret); err != nil {
		return Key{}, err
	}
	if !s.nonces.use(p.keyID, p.nonce, now) {
		return Key{}, errNonceUsed()
	}
	return key, key.checkToken(p.token, now)
}

func readProof(c *call) (proof, *apiError) {
	if c.header.Get("Authorization") != "" {
		return readV3(c)
	}
	if c.query.Has("Signature") || c.form.Has("Signature") {
		return readV1(c)
	}
	return proof{}, missing("AccessKeyId")
}

func (k Key) checkToken(token string, now time.Time) *apiError {
	switch {
	case k.SecurityToken != "" && token == "":
		return missing("SecurityToken")
	case !hmac.Equal([]byte(token), []byte(k.SecurityToken)):
		return errTokenMismatch()
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return errTokenExpired()
	}
	return nil
}

// readV3 reads an ACS3-HMAC-SHA256 signature. What must be signed is host,
// content-type if present, and every x-acs- header.
func readV3(c *call) (proof, *apiError) {
	credential, signed, signature, ok := parseAuthorization(c.header.Get("Authorization"))
	if !ok || !signsEnough(c, signed) {
		return proof{}, errIncomplete()
	}
	return proof{
		keyID: credential,
		date:  c.header.Get("x-acs-date"),
		nonce: c.header.Get("x-acs-signature-nonce"),
		token: c.header.Get("x-acs-security-token"),
		check: func(secret string) *apiError {
			canonical := c.canonicalRequest(signed)
			digest := sha256.Sum256([]byte(canonical))
			toSign := v3Algorithm + "\n" + hex.EncodeToString(digest[:])
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(toSign))
			want := hex.EncodeToString(mac.Sum(nil))
			if hmac.Equal([]byte(want), []byte(signature)) && c.header.Get("x-acs-content-sha256") == c.payloadHash() {
				return nil
			}
			return bad("SignatureDoesNotMatch", "Specified signature does not match our calculation. server StringToSign is ["+
				toSign+"] server CanonicalRequest is ["+canonical+"]")
		},
	}, nil
}

// parseAuthorization takes "ACS3-HMAC-SHA256 Credential=..,SignedHeaders=..,Signature=.." apart.
func parseAuthorization(header string) (credential string, signed []string, signature string, ok bool) {
	algorithm, rest, _ := strings.Cut(header, " ")
	if algorithm != v3Algorithm {
		return "", nil, "", false
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := fields[name]; !found || value == "" || twice {
			return "", nil, "", false
		}
		fields[name] = value
	}
	signed = strings.Split(fields["SignedHeaders"], ";")
	credential, signature = fields["Credential"], fields["Signature"]
	ok = len(fields) == 3 && credential != "" && fields["SignedHeaders"] != "" && signature != ""
	return credential, signed, signature, ok
}

// signsEnough is true if every header that has to be signed is there and signed,
// and every signed one is there.
func signsEnough(c *call, signed []string) bool {
	for _, name := range []string{
		"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256",
	} {
		if c.headerValue(name) == "" || !slices.Contains(signed, name) {
			return false
		}
	}
	for name := range c.header {
		name = strings.ToLower(name)
		if (name == "content-type" || strings.HasPrefix(name, "x-acs-")) && !slices.Contains(signed, name) {
			return false
		}
	}
	for _, name := range signed {
		if name != "host" && len(c.header.Values(name)) == 0 {
			return false
		}
	}
	return true
}

// canonicalRequest rebuilds the request as its signer saw it. The query is
// encoded anew: a client may send a space as + but signs it as %20. A form
// body is covered by the payload hash alone.
func (c *call) canonicalRequest(signed []string) string {
	signed = slices.Sorted(slices.Values(signed))
	var headers strings.Builder
	for _, name := range signed {
		headers.WriteString(name + ":" + c.headerValue(name) + "\n")
	}
	return strings.Join([]string{
		c.method, "/", canonicalQuery(c.query), headers.String(), strings.Join(signed, ";"), c.payloadHash(),
	}, "\n")
}

// headerValue is the canonical value of a header: trimmed, and if repeated, sorted and joined.
func (c *call) headerValue(name string) string {
	if name == "host" {
		return c.host
	}
	values := make([]string, 0, 1)
	for _, v := range c.header.Values(name) {
		values = append(values, strings.TrimSpace(v))
	}
	slices.Sort(values)
	return strings.Join(values, ",")
}

func (c *call) payloadHash() string {
	sum := sha256.Sum256(c.body)
	return hex.EncodeToString(sum[:])
}

// canonicalQuery joins the parameters sorted bytewise by name, so X.10 comes before X.2.
func canonicalQuery(values url.Values) string {
	pairs := make([]string, 0, len(values))
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range values[name] {
			pairs = append(pairs, percentEncode(name)+"="+percentEncode(v))
		}
	}
	return strings.Join(pairs, "&")
}

// percentEncode encodes by RFC 3986: everything but letters, digits and -_.~
func percentEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
