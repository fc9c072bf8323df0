package handlers_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestGzip: what is compressed says the same.
func TestGzip(t *testing.T) {
	g := start(t, setup{sources: cached([]pool.Source{world(t, "mem")})})
	for _, tt := range []struct{ target, media string }{
		{"/v1/pools?limit=30", "*/*"}, {"/v1/pools/mem:pool-01/desktops", "application/x-ndjson"}, {"/v1/pools?nonsense=1", "*/*"}, {"/v1/pools/mem:pool-01", "*/*"},
	} {
		g.get(tt.target, "Accept: "+tt.media) // the cache is filled
		plain := g.get(tt.target, "Accept: "+tt.media, "X-Request-Id: the-same-request")
		wire := g.wire(request{method: "GET", target: tt.target, headers: []string{"Accept: " + tt.media, "Accept-Encoding: gzip", "X-Request-Id: the-same-request"}})
		packed := g.roundTrip(wire, nil)
		if packed.header.Get("Content-Encoding") != "gzip" || packed.status != plain.status || packed.header.Get("ETag") != plain.header.Get("ETag") {
			t.Errorf("%s: %d %v", tt.target, packed.status, packed.header)
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		same := bytes.Equal(body, plain.body)
		if tt.media != "*/*" { // rows are read anew
			same = bytes.Count(body, []byte("\n")) == bytes.Count(plain.body, []byte("\n"))
		}
		if err != nil || !same {
			t.Errorf("%s: %d bytes unpacked, %d plain: %v", tt.target, len(body), len(plain.body), err)
		}
	}
}
