package alibabasim

import (
	"crypto/hmac"
	"crypto/sha1" // the older signature is defined over it
	"encoding/base64"
	"maps"
)

// readV1 reads the older RPC signature, HMAC-SHA1 over the parameters of query
// and form body.
func readV1(c *call) (proof, *apiError) {
	for _, name := range []string{"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"} {
		if c.param(name) == "" {
			return proof{}, missing(name)
		}
	}
	if c.param("SignatureMethod") != "HMAC-SHA1" {
		return proof{}, invalid("SignatureMethod")
	}
	if c.param("SignatureVersion") != "1.0" {
		return proof{}, invalid("SignatureVersion")
	}
	return proof{
		keyID: c.param("AccessKeyId"),
		date:  c.param("Timestamp"),
		nonce: c.param("SignatureNonce"),
		token: c.param("SecurityToken"),
		check: func(secret string) *apiError {
			signed := maps.Clone(c.merged())
			signed.Del("Signature")
			toSign := c.method + "&%2F&" + percentEncode(canonicalQuery(signed))
			mac := hmac.New(sha1.New, []byte(secret+"&"))
			mac.Write([]byte(toSign))
			want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
			if hmac.Equal([]byte(want), []byte(c.param("Signature"))) {
				return nil
			}
			return bad("SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:"+toSign)
		},
	}, nil
}
