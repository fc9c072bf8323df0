package cache

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is a redis-server process of the test's own.
type server struct {
	addr   string
	args   []string
	cmd    *exec.Cmd
	client *redis.Client // the test's own
}

// startServer starts redis-server, which must be installed, on a free port.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{addr: freeAddr(t)}
	host, port, _ := net.SplitHostPort(s.addr)
	s.args = append([]string{"--bind", host, "--port", port, "--dir", t.TempDir(), "--save", "", "--appendonly", "no"}, args...)
	s.start(t)
	s.client = redis.NewClient(&redis.Options{Addr: s.addr, Protocol: 2})
	t.Cleanup(func() {
		_ = s.client.Close()
		s.kill()
	})
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start returns when the server accepts connections.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.CommandContext(context.Background(), "redis-server", s.args...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("redis-server must be installed: %v", err)
	}
	lines := bufio.NewReader(out)
	var log strings.Builder
	for {
		line, err := lines.ReadString('\n')
		log.WriteString(line)
		if err != nil {
			t.Fatalf("redis-server ended: %v\n%s", err, log.String())
		}
		if strings.Contains(line, "eady to accept connections") || strings.Contains(line, "+monitor master") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// stop freezes the server: it is there, and answers nothing.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
	t.Cleanup(func() { _ = s.cmd.Process.Signal(syscall.SIGCONT) })
}

func (s *server) must(t *testing.T, command ...any) *redis.Cmd {
	t.Helper()
	r := s.client.Do(t.Context(), command...)
	if r.Err() != nil {
		t.Fatalf("%v: %v", command, r.Err())
	}
	return r
}

// startSentinel starts a Sentinel that watches s under the name deskpool.
func startSentinel(t *testing.T, s *server) *server {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.addr)
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(conf, []byte("sentinel monitor deskpool "+host+" "+port+" 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &server{addr: freeAddr(t)}
	host, port, _ = net.SplitHostPort(w.addr)
	w.args = []string{conf, "--sentinel", "--bind", host, "--port", port}
	w.start(t)
	t.Cleanup(w.kill)
	return w
}

// patient is a Redis for what is not about time: on a busy machine 50 ms pass.
func patient(t *testing.T, o RedisOptions) *Redis {
	t.Helper()
	o.Timeout = 30 * time.Second
	return newRedis(t, o)
}

func newRedis(t *testing.T, o RedisOptions) *Redis {
	t.Helper()
	r, err := NewRedis(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}
