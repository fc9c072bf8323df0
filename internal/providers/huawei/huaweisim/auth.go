package huaweisim

import (
	"slices"
	"sync"
	"time"
)

// identity is who calls, and for which project or account. A token is for one
// of the two; a key is for its project, and for the account that a signed X-Domain-Id names.
type identity struct{ user, project, domain string }

// authenticate takes the token if there is one, as the gateway does (chosen), else the signature.
func (s *Sim) authenticate(c *call) (identity, *failure) {
	if token := c.r.Header.Get("X-Auth-Token"); token != "" {
		return s.checkToken(token, c.now)
	}
	if c.r.Header.Get("Authorization") == "" {
		return identity{}, unauthenticated("x-auth-token not found")
	}
	sig, ok := parseAuthorization(c.r.Header.Get("Authorization"))
	if !ok {
		return identity{}, unauthenticated("Unauthorized")
	}
	return s.checkSignature(c, sig)
}

// maxSkew is how far X-Sdk-Date may be from the cloud's clock.
const maxSkew = 15 * time.Minute

func (s *Sim) checkSignature(c *call, sig signature) (identity, *failure) {
	key, ok := s.key(sig.access)
	if !ok {
		return identity{}, unauthenticated("ak " + sig.access + " not exist")
	}
	if s.keys.locked(key.Access, c.now) {
		return identity{}, unauthenticated("AK access failed to reach the limit,forbidden.")
	}
	date := c.r.Header.Get("X-Sdk-Date")
	signed, err := time.Parse(dateLayout, date)
	if err != nil || c.now.Sub(signed).Abs() > maxSkew {
		return identity{}, unauthenticated("signature expired, signature time:" + date + ",server time:" + c.now.Format(dateLayout))
	}
	if c.r.Header.Get("X-Security-Token") != key.SecurityToken {
		return identity{}, unauthenticated("Get secretKey failed")
	}
	if canonical, ok := sig.verify(c.r, c.body, key.Secret); !ok {
		s.keys.failed(key.Access, c.now)
		return identity{}, unauthenticated("verify aksk signature fail, canonicalRequest:" + canonical)
	}
	s.keys.passed(key.Access)
	who := identity{user: key.Access, project: s.cfg.ProjectID}
	if slices.Contains(sig.signed, "x-domain-id") {
		who.domain = c.r.Header.Get("X-Domain-Id")
	}
	return who, nil
}

func (s *Sim) key(access string) (Key, bool) {
	for _, k := range s.cfg.Keys {
		if k.Access == access {
			return k, true
		}
	}
	return Key{}, false
}

// lock shuts a name out for a time after so many failures in a row, for
// everybody. Failures while it is shut do not make that longer (chosen).
type lock struct {
	tries int
	hold  time.Duration

	mu    sync.Mutex
	names map[string]failures
}

type failures struct {
	n    int
	last time.Time
}

func (l *lock) locked(name string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.names[name]
	if f.n < l.tries {
		return false
	}
	if now.Sub(f.last) < l.hold {
		return true
	}
	delete(l.names, name)
	return false
}

func (l *lock) failed(name string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.names == nil {
		l.names = map[string]failures{}
	}
	l.names[name] = failures{l.names[name].n + 1, now}
}

func (l *lock) passed(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.names, name)
}

// limiter counts calls in fixed minutes; those it refuses count as well.
type limiter struct {
	perMinute int // 0: no limit

	mu     sync.Mutex
	minute time.Time
	calls  map[string]int
}

func (l *limiter) allow(name string, now time.Time) bool {
	if l.perMinute == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if minute := now.Truncate(time.Minute); l.calls == nil || !minute.Equal(l.minute) {
		l.minute, l.calls = minute, map[string]int{}
	}
	l.calls[name]++
	return l.calls[name] <= l.perMinute
}
