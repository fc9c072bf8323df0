package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskpool/deskpool/internal/pipetest"
	"github.com/deskpool/deskpool/internal/pool"
)

const inMemory = "http://" + host + "/v1?key=hush"

// hang answers nothing until the client leaves.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestReadWaitsBetweenAttempts(t *testing.T) {
	tests := []struct {
		name       string
		retryAfter time.Duration
	}{{"jitter only", 0}, {"above retry after", 1500 * time.Millisecond}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []time.Time
				cloud := pipetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if asked = append(asked, time.Now()); len(asked) < 3 {
						w.WriteHeader(http.StatusServiceUnavailable)
					}
				}))
				call := get(inMemory, pool.Throttled, true)
				judge := call.Judge
				call.Judge = func(r Response) (*pool.Error, bool) {
					err, again := judge(r)
					if err != nil {
						err.RetryAfter = tt.retryAfter
					}
					return err, again
				}
				answer, err := New(Options{Dial: cloud.Dial}).Read(t.Context(), call)
				if err != nil || answer.Status != http.StatusOK || !answer.At.Equal(time.Now()) {
					t.Fatalf("answer %+v, error %v; want 200 and none", answer, err)
				}
				for i, most := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond} {
					if wait := asked[i+1].Sub(asked[i]); wait < tt.retryAfter || wait >= tt.retryAfter+most {
						t.Errorf("wait %d was %v, want at least %v and less than %v more", i+1, wait, tt.retryAfter, most)
					}
				}
			})
		})
	}
}

func TestJitterIsSpread(t *testing.T) {
	for attempt, most := range map[int]time.Duration{1: firstJitter, 2: 2 * firstJitter, 5: maxJitter, 1000: maxJitter} {
		low, high := 0, 0
		for range 1000 {
			switch d := jitter(attempt); {
			case d < 0 || d >= most:
				t.Fatalf("jitter %d is %v, want 0 to %v", attempt, d, most)
			case d < most/2:
				low++
			default:
				high++
			}
		}
		if low < 300 || high < 300 {
			t.Errorf("jitter %d: %d in the lower half, %d in the upper", attempt, low, high)
		}
	}
}

func TestReadGivesUpWhenRetryAfterDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		cloud := pipetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; w.WriteHeader(http.StatusTooManyRequests) }))
		call := get(inMemory, pool.Throttled, true)
		call.Judge = func(Response) (*pool.Error, bool) {
			return &pool.Error{Kind: pool.Throttled, RetryAfter: 8 * time.Second}, true
		}
		began := time.Now()
		_, err := New(Options{Dial: cloud.Dial}).Read(t.Context(), call)
		if e := pool.AsError(err); e.Kind != pool.Throttled || e.RetryAfter != 8*time.Second || e.Source != "src" || e.Op != "read it" {
			t.Errorf("error %+v, want the throttling with its 8 s", e)
		}
		if asked != 1 || time.Since(began) != 0 {
			t.Errorf("asked %d times in %v, want once and at once", asked, time.Since(began))
		}
	})
}

func TestReadEndsInTime(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		ctx     func(context.Context) (context.Context, context.CancelFunc)
		handler http.HandlerFunc
		want    pool.Kind
		cause   error // nil: not ctx
		least   time.Duration
		below   time.Duration
	}{
		{name: "the time-out of a read", handler: hang, want: pool.Timeout, least: 8 * time.Second},
		{name: "first byte, thrice", options: Options{Timeout: time.Minute}, handler: hang, want: pool.Timeout,
			least: 15 * time.Second, below: 15*time.Second + 600*time.Millisecond},
		{name: "the caller's deadline", handler: hang, want: pool.Timeout, cause: context.DeadlineExceeded, least: time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			}},
		{name: "the caller leaves", handler: hang, want: pool.Timeout, cause: context.Canceled, least: 3 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(3*time.Second, cancel)
				return ctx, cancel
			}},
		{name: "the caller leaves between attempts", want: pool.Timeout, cause: context.Canceled, least: 2 * time.Second,
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(2*time.Second, cancel)
				return ctx, cancel
			}},
		{name: "a body that never ends", want: pool.Timeout, least: 8 * time.Second,
			handler: func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte("{"))
				_ = http.NewResponseController(w).Flush()
				hang(w, r)
			}},
		{name: "a body that never ends, and the caller's deadline", want: pool.Timeout, cause: context.DeadlineExceeded, least: 4 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 4*time.Second)
			},
			handler: func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte("{"))
				_ = http.NewResponseController(w).Flush()
				hang(w, r)
			}},
		{name: "no connection", want: pool.Unavailable, least: 6 * time.Second, below: 6*time.Second + 600*time.Millisecond,
			options: Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.options.Dial == nil {
					tt.options.Dial = pipetest.Serve(t, tt.handler).Dial
				}
				ctx := t.Context()
				if tt.ctx != nil {
					var cancel context.CancelFunc
					ctx, cancel = tt.ctx(ctx)
					defer cancel()
				}
				call := get(inMemory, pool.Unavailable, true)
				judge := call.Judge
				call.Judge = func(r Response) (*pool.Error, bool) {
					err, again := judge(r)
					err.RetryAfter = 5 * time.Second
					return err, again
				}
				began := time.Now()
				_, err := New(tt.options).Read(ctx, call)
				took := time.Since(began)
				if e := pool.AsError(err); e.Kind != tt.want || e.Source != "src" || e.Op != "read it" {
					t.Errorf("error %v, want %s", err, tt.want)
				}
				ofCtx := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
				if tt.cause == nil && ofCtx || tt.cause != nil && !errors.Is(err, tt.cause) {
					t.Errorf("error %v, want the cause %v", err, tt.cause)
				}
				if took < tt.least || took > max(tt.least, tt.below) {
					t.Errorf("it took %v, want %v, or less than %v", took, tt.least, tt.below)
				}
			})
		})
	}
}

func TestReadKeepsWithinTheRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		cloud := pipetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; w.WriteHeader(http.StatusBadGateway) }))
		c := New(Options{Dial: cloud.Dial})
		call := get(inMemory, pool.Unavailable, true)
		const calls = 105
		for range calls {
			if _, err := c.Read(t.Context(), call); !errors.Is(err, pool.Unavailable) {
				t.Fatalf("error %v, want unavailable", err)
			}
		}
		// Ten of the reserve, and one in ten calls after it.
		if want := calls + 20; asked != want {
			t.Errorf("asked %d times, want %d", asked, want)
		}
		asked, call.Source = 0, "other"
		if _, err := c.Read(t.Context(), call); asked != 3 || !errors.Is(err, pool.Unavailable) {
			t.Errorf("another source was asked %d times (%v), want 3", asked, err)
		}
	})
}

func TestReadDoesNotAskWhenCtxIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	call := get(inMemory, pool.Failed, true)
	call.Build = func(context.Context) (*http.Request, error) {
		t.Error("a request was built")
		return nil, errors.New("built")
	}
	_, err := New(Options{}).Read(ctx, call)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, pool.Timeout) {
		t.Errorf("error %v, want a time-out of context.Canceled", err)
	}
}
