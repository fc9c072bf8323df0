package ledger

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// What a proxy does with a connection.
const (
	passes           = iota
	cutsBeforeCommit // and the server never sees it
	cutsAfterCommit  // and the client never sees the answer
	hangs
)

// proxy stands between a ledger and its server.
type proxy struct {
	net.Listener
	does atomic.Int32
	to   string

	mu    sync.Mutex
	conns []net.Conn
}

// interpose returns a proxy, and url through it.
func interpose(t *testing.T, url string) (*proxy, string) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{Listener: l, to: cluster.Addr()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		serving.Wait()
	})
	return p, strings.Replace(url, p.to, l.Addr().String(), 1)
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	var d net.Dialer
	server, err := d.Dial("tcp", p.to) //nolint:noctx // it ends with the test
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	p.mu.Unlock()
	go func() {
		p.copy(client, server, func([]byte) bool { return false })
		_ = client.Close()
	}()
	p.copy(server, client, func(b []byte) bool {
		return bytes.Contains(b, []byte("commit\x00"))
	})
}

// copy passes on what comes, until commit tells that it has come to a commit that is to be cut.
func (p *proxy) copy(to io.Writer, from io.Reader, commit func([]byte) bool) {
	b := make([]byte, 65536)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		does := p.does.Load()
		if does == hangs {
			continue
		}
		if commit(b[:n]) && does == cutsBeforeCommit {
			return
		}
		if commit(b[:n]) && does == cutsAfterCommit {
			// The answer is not passed on: the other direction hangs first.
			p.does.Store(hangs)
			_, _ = to.Write(b[:n])
			_, _ = from.Read(b) // until the client gives up
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}
