package huawei

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// minSkew is the least difference of clocks worth correcting; the gateway
// allows 15 minutes.
const minSkew = time.Minute

// keys sign requests with an access key. They learn how far our clock is off
// from the cloud's when it says that a signature has expired.
type keys struct {
	c    Credentials
	now  func() time.Time
	skew atomic.Int64 // nanoseconds that the cloud's clock is ahead of ours
}

func (k *keys) permit(context.Context) (permit, error) {
	skew := time.Duration(k.skew.Load())
	return permit{
		authorize: func(r *http.Request, body []byte, at time.Time) error { return k.sign(r, body, at.Add(skew)) },
		renew:     func(said refusal) bool { return k.learn(said, skew) },
		secrets:   []pool.Secret{k.c.AccessKey, k.c.SecretKey, k.c.SecurityToken},
	}, nil
}

// sign signs what names the sender and the target, of what is there.
func (k *keys) sign(r *http.Request, body []byte, at time.Time) error {
	r.Header.Set(headerDate, at.UTC().Format(signTimeLayout))
	if k.c.SecurityToken.Given() {
		r.Header.Set(headerSecurityToken, k.c.SecurityToken.Reveal())
	}
	signed := []string{"host", headerDate}
	for _, name := range []string{headerProject, headerDomain, headerSecurityToken} {
		if r.Header.Get(name) != "" {
			signed = append(signed, name)
		}
	}
	return Sign(r, body, k.c.AccessKey, k.c.SecretKey, signed...)
}

// learn takes over the cloud's clock if the one that was used was the reason
// of the refusal, and tells whether it did.
func (k *keys) learn(said refusal, used time.Duration) bool {
	if said.date.IsZero() || !strings.Contains(said.said.Message, "signature expired") {
		return false
	}
	skew := said.date.Sub(k.now())
	if (skew - used).Abs() < minSkew {
		return false
	}
	k.skew.Store(int64(skew))
	return true
}
