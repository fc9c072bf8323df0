package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGuardSparesASourceThatRefusesOurKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{err: &Error{Kind: Auth, Upstream: &Upstream{Code: "APIGW.0301"}}}
		src := Guard(f.source("s", Huawei))
		for range 10 {
			_, err := src.Reader.Pools(t.Context())
			if !errors.Is(err, Auth) || AsError(err).Upstream.Code != "APIGW.0301" {
				t.Fatalf("err = %v, want the cloud's refusal", err)
			}
		}
		if n := f.calls.Load(); n != 1 {
			t.Fatalf("asked %d times, want once", n)
		}
		time.Sleep(59 * time.Second)
		if _, err := src.Reader.Pool(t.Context(), "p"); AsError(err).RetryAfter != time.Second || f.calls.Load() != 1 {
			t.Errorf("after 59s: retry after %v, %d calls; want 1s and no other call", AsError(err).RetryAfter, f.calls.Load())
		}
		time.Sleep(time.Second)
		f.err = nil
		if _, err := src.Reader.Pools(t.Context()); err != nil || f.calls.Load() != 2 {
			t.Errorf("after 60s: %v, %d calls; want to be asked again", err, f.calls.Load())
		}
		if ok, last, _ := src.Health.Last(); ok.IsZero() || !errors.Is(last, Auth) {
			t.Errorf("health: ok at %v, last error %v", ok, last)
		}
	})
}

// TestGuardProvesCredentialsWithOneCall: with a wrong key, a burst of callers
// costs one bad signature, not as many as lock the key.
func TestGuardProvesCredentialsWithOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{err: &Error{Kind: Auth}}
		src := Guard(f.source("s", Huawei))
		for range 50 {
			go func() { _, _ = src.Reader.Pools(t.Context()) }()
		}
		synctest.Wait()
		if n := f.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestGuardLetsProvenSourcesWorkInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		src := Guard(f.source("s", Huawei))
		if _, err := src.Reader.Pools(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.hang = true
		ctx, cancel := context.WithCancel(t.Context())
		for range 5 {
			go func() { _, _ = src.Reader.Pools(ctx) }()
		}
		synctest.Wait()
		if n := f.calls.Load(); n != 6 {
			t.Errorf("%d calls under way or done, want 6", n)
		}
		cancel()
		synctest.Wait()
		if _, err, _ := src.Health.Last(); err != nil {
			t.Errorf("callers that left are held against the source: %v", err)
		}
	})
}

func TestGuardWaitsNoLongerThanTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{hang: true}
		src := Guard(f.source("s", Huawei))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go func() { _, _ = src.Reader.Pools(ctx) }()
		synctest.Wait()
		short, done := context.WithTimeout(t.Context(), time.Second)
		defer done()
		if _, err := src.Reader.Pools(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the caller's deadline in it", err)
		}
		cancel()
		synctest.Wait()
	})
}
