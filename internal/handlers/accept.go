package handlers

import (
	"net/http"
	"strconv"
	"strings"
)

// The media types of answers.
const (
	mediaJSON    = "application/json"
	mediaNDJSON  = "application/x-ndjson"
	mediaProblem = "application/problem+json"
)

// negotiate returns the offer that the Accept headers like best, the first of
// several equals, and false if they like none. No header likes all.
func negotiate(h http.Header, offers []string) (string, bool) {
	accept := strings.Join(h.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" || len(offers) == 0 {
		return first(offers), true
	}
	best, bestQ := "", 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	return best, bestQ > 0
}

func first(offers []string) string {
	if len(offers) == 0 {
		return ""
	}
	return offers[0]
}

// quality is how much an Accept header likes a media type, 0 to 1: what its
// most specific range says.
func quality(accept, media string) float64 {
	major, _, _ := strings.Cut(media, "/")
	q, specific := 0.0, -1
	for _, r := range strings.Split(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(r), ";")
		how := -1
		switch strings.ToLower(strings.TrimSpace(name)) {
		case media:
			how = 2
		case major + "/*":
			how = 1
		case "*/*":
			how = 0
		}
		if how > specific {
			q, specific = weight(params), how
		}
	}
	return q
}

// weight is the q of a media range; 1 if it has none that can be read.
func weight(params string) float64 {
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
		}
	}
	return 1
}
