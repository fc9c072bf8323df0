package cache

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	redisTimeout = 50 * time.Millisecond // of every operation
	dialTimeout  = time.Second           // in the background: an operation does not wait for it longer than for anything else
	// rest is for how long Redis is not asked after it used up its time: else
	// every read would wait twice, and a walk twice a page.
	rest = time.Second
	// maxValue is the most bytes of an entry that Redis is asked to keep: more
	// would not arrive in time.
	maxValue = 8 << 20
)

var (
	errTooLarge = errors.New("the entry is too large for Redis")
	errResting  = errors.New("redis: not asked, since it did not answer in time a moment ago")
	// errForgotten is of an entry that was asked for before another replica forgot it.
	errForgotten = errors.New("the entry is forgotten")
)

// Redis is a Store that replicas share: one server, one behind Sentinels, or a
// Cluster. Whatever is wrong with it, an operation ends within its time-out.
type Redis struct {
	client     redis.UniversalClient
	timeout    time.Duration
	restsUntil atomic.Int64 // nanoseconds since 1970
}

// NewRedis returns a Redis. It does not connect: a Redis that is down when we
// start is one that is down later. It fails only if o makes no sense.
func NewRedis(o RedisOptions) (*Redis, error) {
	u, err := o.universal()
	if err != nil {
		return nil, err
	}
	return &Redis{client: redis.NewUniversalClient(u), timeout: u.ReadTimeout}, nil
}

// Close closes the connections. The Redis must not be used any more.
func (r *Redis) Close() error { return r.client.Close() }

// Peek implements Store: nothing is at hand.
func (r *Redis) Peek(string) *Entry { return nil }

// Get implements Store. What was not written by Set for this key is none.
func (r *Redis) Get(ctx context.Context, key string, held *Entry) (*Entry, Generation, error) {
	var entry, gen *redis.StringCmd
	err := r.ask(ctx, func(ctx context.Context) error {
		_, _ = r.client.Pipelined(ctx, func(p redis.Pipeliner) error { // each has its own error
			entry, gen = p.Get(ctx, key), getMark(ctx, p, key)
			return nil
		})
		return cmp.Or(unlessNil(entry), unlessNil(gen))
	})
	if err != nil {
		return nil, Generation{}, err
	}
	now := Generation{shared: gen.Val()}
	data, err := entry.Bytes()
	if err != nil { // there is none
		return nil, now, nil
	}
	e, err := decode(key, data, held)
	if err != nil || e.gen.shared != now.shared {
		return nil, now, nil // what cannot be read, or is forgotten, will be overwritten
	}
	return e, now, nil
}

// unlessNil is the error of c, but for the one that says that there is nothing.
func unlessNil(c *redis.StringCmd) error {
	if errors.Is(c.Err(), redis.Nil) {
		return nil
	}
	return c.Err()
}

// Set implements Store. Its error is errForgotten if another replica has ended the generation.
func (r *Redis) Set(ctx context.Context, e *Entry) error {
	if e.weight > maxValue {
		return errTooLarge
	}
	left := time.Until(e.Until).Truncate(time.Millisecond)
	if left <= 0 {
		return nil
	}
	data, err := encode(e)
	if err != nil {
		return err
	}
	var set *redis.StatusCmd
	var gen *redis.StringCmd
	err = r.ask(ctx, func(ctx context.Context) error {
		_, _ = r.client.Pipelined(ctx, func(p redis.Pipeliner) error { // each has its own error
			set, gen = p.Set(ctx, e.Key, data, left), getMark(ctx, p, e.Key)
			return nil
		})
		return cmp.Or(set.Err(), unlessNil(gen))
	})
	if err == nil && gen.Val() != e.gen.shared {
		return errForgotten
	}
	return err
}

// getMark asks for the mark of key, if it has one.
func getMark(ctx context.Context, p redis.Pipeliner, key string) *redis.StringCmd {
	if mark := markOf(key); mark != "" {
		return p.Get(ctx, mark)
	}
	return redis.NewStringResult("", redis.Nil)
}

// Forget implements Store: each mark gets a new word, and no entry bears it.
// It is too seldom, and matters too much, to be left out while Redis rests.
func (r *Redis) Forget(ctx context.Context, marks []string, keep time.Duration) error {
	word := rand.Text()
	return r.within(ctx, func(ctx context.Context) error {
		_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, mark := range marks {
				p.Set(ctx, mark, word, keep)
			}
			return nil
		})
		return err
	})
}

// ask runs one operation within its time, unless Redis rests. What fails at
// once, as with a Redis that is down, may be tried again at once.
func (r *Redis) ask(ctx context.Context, operation func(context.Context) error) error {
	if time.Now().UnixNano() < r.restsUntil.Load() {
		return errResting
	}
	return r.within(ctx, operation)
}

func (r *Redis) within(ctx context.Context, operation func(context.Context) error) error {
	start := time.Now()
	within, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	err := operation(within)
	slow := time.Since(start) > r.timeout/2
	if err != nil && slow && ctx.Err() == nil {
		r.restsUntil.Store(time.Now().Add(rest).UnixNano())
	}
	return err
}
