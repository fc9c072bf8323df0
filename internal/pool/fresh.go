package pool

import (
	"context"
	"time"
)

// Within returns a Service over the same sources that gives nothing older than
// maxAge: what a cache holds from before that is read anew, past the cache. With
// zero every source is asked.
func (s *Service) Within(maxAge time.Duration) *Service {
	fresh := make([]Source, len(s.sources))
	for i, src := range s.sources {
		if src.Live != nil {
			src.Reader = within{cached: src.Reader, live: src.Live, maxAge: maxAge}
		}
		fresh[i] = src
	}
	return &Service{sources: fresh}
}

// within is a Reader that gives nothing older than maxAge.
type within struct {
	cached, live Reader
	maxAge       time.Duration
}

func (w within) Pools(ctx context.Context) (Answer[[]Pool], error) {
	return recent(w, func(r Reader) (Answer[[]Pool], error) { return r.Pools(ctx) })
}

func (w within) Pool(ctx context.Context, id string) (Answer[Pool], error) {
	return recent(w, func(r Reader) (Answer[Pool], error) { return r.Pool(ctx, id) })
}

func (w within) Desktops(ctx context.Context, q DesktopsQuery) (Answer[DesktopPage], error) {
	return recent(w, func(r Reader) (Answer[DesktopPage], error) { return r.Desktops(ctx, q) })
}

func (w within) Desktop(ctx context.Context, id string) (Answer[Desktop], error) {
	return recent(w, func(r Reader) (Answer[Desktop], error) { return r.Desktop(ctx, id) })
}

func (w within) Statistics(ctx context.Context, q StatisticsQuery) (Answer[Statistics], error) {
	return recent(w, func(r Reader) (Answer[Statistics], error) { return r.Statistics(ctx, q) })
}

// recent asks the cache, and the source where that is too old or, since a
// cache keeps what does not exist for a while, finds nothing.
func recent[T any](w within, ask func(Reader) (Answer[T], error)) (Answer[T], error) {
	if w.maxAge > 0 {
		if a, err := ask(w.cached); err == nil && time.Since(a.AsOf) <= w.maxAge {
			return a, nil
		}
	}
	return ask(w.live)
}
