package huawei

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	// refreshAhead is how long before its end a token is replaced.
	refreshAhead = 40 * time.Minute
	// tokenPause is the least time between two tokens, and between a refusal
	// by IAM and the next question: IAM locks an account after bad passwords.
	tokenPause = time.Minute
)

// tokens send the token that IAM gives for a user and password. One is fetched for all
// concurrent calls, replaced ahead of time while the old one goes on being
// used, and dropped when Workspace refuses it.
type tokens struct {
	source string
	fetch  func(ctx context.Context) (token, error)
	now    func() time.Time
	secret pool.Secret // the password

	mu      sync.Mutex
	current token     // the zero token: none
	pending *fetching // nil: none is being fetched
	refused error     // what IAM said last, if it refused the user
	pause   time.Time // until then IAM is not asked ahead of time, nor after a refusal
}

// token is what IAM gave. Its times are by our clock.
type token struct {
	value                       pool.Secret
	fetched, refreshAt, expires time.Time
}

// fetching is a question to IAM that is under way.
type fetching struct {
	done  chan struct{}
	token token
	err   error
}

func (t *tokens) permit(ctx context.Context) (permit, error) {
	got, err := t.get(ctx)
	if err != nil {
		return permit{}, err
	}
	return permit{
		authorize: func(r *http.Request, _ []byte, _ time.Time) error {
			r.Header.Set(headerToken, got.value.Reveal())
			return nil
		},
		renew:   func(said refusal) bool { return t.drop(got, said) },
		secrets: []pool.Secret{got.value, t.secret},
	}, nil
}

// get returns the present token, or waits for one.
func (t *tokens) get(ctx context.Context) (token, error) {
	current, pending, err := t.ask(ctx)
	if pending == nil {
		return current, err
	}
	select {
	case <-pending.done:
		return pending.token, pending.err
	case <-ctx.Done():
		return token{}, t.left(ctx.Err())
	}
}

// ask returns the present token; or, if there is none, the question that is
// under way, or why there is neither.
func (t *tokens) ask(ctx context.Context) (token, *fetching, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	paused := now.Before(t.pause)
	if t.current.value.Given() && now.Before(t.current.expires) {
		if t.pending == nil && !paused && !now.Before(t.current.refreshAt) {
			t.start(ctx)
		}
		return t.current, nil, nil
	}
	if t.pending == nil {
		if paused && t.refused != nil {
			return token{}, nil, t.refused
		}
		if err := ctx.Err(); err != nil {
			return token{}, nil, t.left(err)
		}
		t.start(ctx)
	}
	return token{}, t.pending, nil
}

// start asks IAM, for all who wait: the question outlives the call that began
// it. The lock is held.
func (t *tokens) start(ctx context.Context) {
	f := &fetching{done: make(chan struct{})}
	t.pending = f
	ctx = context.WithoutCancel(ctx)
	go func() {
		f.token, f.err = t.fetch(ctx)
		t.finish(f)
		close(f.done)
	}()
}

func (t *tokens) finish(f *fetching) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending, t.refused, t.pause = nil, nil, time.Time{}
	if f.err == nil {
		t.current = f.token
		return
	}
	t.pause = t.now().Add(tokenPause)
	if pool.AsError(f.err).Kind == pool.Auth {
		t.refused = f.err
	}
}

// drop forgets a token that Workspace refused with 0301 or 0307, and tells
// whether another may do better. A token that was just made is not the reason
// of a refusal, so it is kept: a token for every refused call would be a storm.
func (t *tokens) drop(used token, said refusal) bool {
	number, isGateway := gatewayNumber(said.said.Code)
	if !isGateway || number != "0301" && number != "0307" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.current.value.Equal(used.value) {
		return true
	}
	if t.now().Sub(used.fetched) < tokenPause {
		return false
	}
	t.current = token{}
	return true
}

// left is the error of a caller whose ctx ended while it waited.
func (t *tokens) left(cause error) error {
	return &pool.Error{Kind: pool.Timeout, Source: t.source, Op: opToken, Err: cause}
}
