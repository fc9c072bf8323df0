package pool

import "time"

// Within returns a Service over the same sources that gives nothing that was
// read longer ago than maxAge. With zero every source is asked.
func (s *Service) Within(maxAge time.Duration) *Service {
	fresh := make([]Source, len(s.sources))
	for i, src := range s.sources {
		if src.Within != nil {
			src.Reader = src.Within(maxAge)
		}
		fresh[i] = src
	}
	return &Service{sources: fresh}
}
