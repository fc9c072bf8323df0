//go:build unix

// Package pgtest runs a real PostgreSQL server for tests, in a folder of its
// own on a loopback port. It needs the server's programs (Debian: the package postgresql).
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	owner    = "deskpool"
	patience = time.Minute // for a server to start, or to end
)

// Server is a server of its own for a test binary: the zero value starts when
// it is first asked for a database. Its user may do everything. TestMain must Stop it.
type Server struct {
	// Password is what it asks for; empty: it asks for none.
	Password string

	mu        sync.Mutex
	programs  string // their folder
	dir       string // its own
	port      int
	process   *process
	databases int
}

// Start starts a server for one test, which ends with it.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{}
	tb.Cleanup(s.Stop)
	s.running(tb)
	return s
}

// Database makes a new, empty database and returns its URL, which has no password.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	s.running(tb)
	s.mu.Lock()
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	s.mu.Unlock()
	s.Exec(tb, s.URL("postgres"), "create database "+name)
	return s.URL(name)
}

// URL returns the URL of a database, without a password.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", owner, s.Addr(), database)
}

// Addr returns host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Exec runs statements in the database at url.
func (s *Server) Exec(tb testing.TB, url, statements string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := s.connect(ctx, url)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statements); err != nil {
		tb.Fatalf("%s: %v", statements, err)
	}
}

// Crash ends the server at once, as a power failure would, but for what the
// operating system has in its cache.
func (s *Server) Crash(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.process.end(syscall.SIGQUIT); err != nil {
		tb.Fatal(err)
	}
	s.process = nil
}

// Restart starts the server again after Crash, on its old port, with settings
// as default_transaction_read_only=on.
func (s *Server) Restart(tb testing.TB, settings ...string) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.serve(settings...); err != nil {
		tb.Fatal(err)
	}
}

// Demote makes the server a replica, which knows of no primary: it is read, and takes no writes.
func (s *Server) Demote(tb testing.TB) {
	tb.Helper()
	s.Crash(tb)
	if err := os.WriteFile(filepath.Join(s.data(), "standby.signal"), nil, 0o644); err != nil { //nolint:gosec // it is empty
		tb.Fatal(err)
	}
	s.Restart(tb)
}

// Stop ends the server, if it runs, and removes its folder.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.end(syscall.SIGQUIT)
		s.process = nil
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

func (s *Server) running(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" {
		return
	}
	err := s.initialize()
	if err == nil {
		err = s.serve()
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// initialize makes the server's folder and its data.
func (s *Server) initialize() (err error) {
	if s.programs, err = programs(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return err
	}
	args := []string{"--no-sync", "--encoding=UTF8", "--locale=C", "--username=" + owner, "--pgdata=" + s.data(), "--auth=trust"}
	if s.Password != "" {
		file := filepath.Join(s.dir, "password")
		if err := os.WriteFile(file, []byte(s.Password), 0o600); err != nil {
			return err
		}
		args = append(args, "--auth=scram-sha-256", "--pwfile="+file)
	}
	if err := giveAway(s.dir); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.programs, "initdb"), args...) //nolint:gosec // found by programs
	humble(cmd, s.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// serve starts the server and waits until it answers. The first time it looks for a port.
func (s *Server) serve(settings ...string) (err error) {
	tries := 1
	if s.port == 0 {
		tries = 5 // somebody may take the port first
	}
	for range tries {
		if tries > 1 {
			if s.port, err = freePort(); err != nil {
				return err
			}
		}
		if err = s.launch(settings); err == nil {
			return nil
		}
	}
	return err
}

func (s *Server) launch(settings []string) error {
	args := []string{"-D", s.data()}
	for _, setting := range append([]string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.port), "unix_socket_directories=",
		"max_connections=300", "shared_buffers=16MB", "logging_collector=off",
	}, settings...) {
		args = append(args, "-c", setting)
	}
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.programs, "postgres"), args...) //nolint:gosec // found by programs
	humble(cmd, s.dir)
	p, err := start(cmd)
	if err != nil {
		return err
	}
	if err := s.answers(p); err != nil {
		_ = p.end(syscall.SIGQUIT)
		return fmt.Errorf("postgres does not start: %w\n%s", err, p.said())
	}
	s.process = p
	return nil
}

// answers waits until the server takes connections, or p has ended.
func (s *Server) answers(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := s.connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return err
		}
	}
}

func (s *Server) connect(ctx context.Context, url string) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	c.Password = s.Password
	return pgx.ConnectConfig(ctx, c)
}

// programs finds the folder with initdb and postgres.
func programs() (string, error) {
	folders := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin"} {
		found, _ := filepath.Glob(pattern)
		folders = append(folders, found...)
	}
	for _, folder := range folders {
		initdb, err := filepath.EvalSymlinks(filepath.Join(folder, "initdb"))
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(initdb), "postgres")); err == nil {
			return filepath.Dir(initdb), nil
		}
	}
	return "", fmt.Errorf("pgtest: initdb and postgres are not here (Debian: apt-get install postgresql); looked in %s", strings.Join(folders, ", "))
}

func freePort() (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port //nolint:errcheck // it is one of TCP
	return port, l.Close()
}
