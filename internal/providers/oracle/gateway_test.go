package oracle_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/deskpool/deskpool/internal/providers/transport"
)

// gateway stands where a cloud has its gateway, and holds the signature of
// every request against the one that the vendor's own code makes for it.
type gateway struct {
	// sign is the Authorization that the vendor's code gives to r.
	sign func(r *http.Request, access, secret string) (string, error)
	// answer is the body of the good answer to r.
	answer func(r *http.Request) string

	mu             sync.Mutex
	access, secret string
	requests       int
	faults         []string
}

// openGateway starts g. The client reaches it under any host.
func openGateway(t *testing.T, g *gateway) *transport.Client {
	t.Helper()
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	client := transport.New(transport.Options{
		Attempts: 1,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
	})
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.requests++
	want, err := g.sign(r, g.access, g.secret)
	if err != nil {
		g.faults = append(g.faults, r.RequestURI+": "+err.Error())
	}
	if got := r.Header.Get("Authorization"); err == nil && got != want {
		g.faults = append(g.faults, "the request "+r.RequestURI+" is signed\n"+got+"\nand the vendor signs it\n"+want)
	}
	g.mu.Unlock()
	_, _ = io.WriteString(w, g.answer(r)) // a client that is gone has failed already
}

// expect has the next requests signed with a key.
func (g *gateway) expect(access, secret string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.access, g.secret, g.requests, g.faults = access, secret, 0, nil
}

// seen is how many requests came since, and what was wrong with them.
func (g *gateway) seen() (int, []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requests, g.faults
}
