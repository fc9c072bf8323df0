package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build builds the server, with flags of go build.
func build(t testing.TB, flags ...string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "deskpool")
	args := append([]string{"build", "-trimpath", "-o", program}, flags...)
	if out, err := exec.CommandContext(t.Context(), "go", append(args, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("go build %v: %v\n%s", flags, err, out)
	}
	return program
}

// process is a server in a process of its own.
type process struct {
	cmd  *exec.Cmd
	log  output
	up   chan string   // has its URL when it listens
	dead chan struct{} // is closed when it has ended
	url  string
}

// launch starts a server, which ends with ctx. It returns before that listens.
func launch(ctx context.Context, program, config string, env ...string) (*process, error) {
	p := &process{up: make(chan string, 1), dead: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, program, "-config", config, "-listen", "127.0.0.1:0", "-admin-listen", "127.0.0.1:0")
	p.cmd.Env = append([]string{"ACCESS=" + crashAccess, "SECRET=" + crashSecret, "HOME=" + os.TempDir()}, env...)
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended its state says
		close(p.dead)
	}()
	return p, nil
}

// Write takes the log, one line or several at a time.
func (p *process) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		var said struct{ Message, Listen string }
		if json.Unmarshal(line, &said) == nil && said.Message == "deskpool listens" {
			p.up <- "http://" + said.Listen
		}
	}
	return p.log.Write(b)
}

// ready waits until the server listens, or is dead.
func (p *process) ready() error {
	select {
	case p.url = <-p.up:
	case <-p.dead:
	case <-time.After(30 * time.Second):
		return fmt.Errorf("the server does not start:\n%s", p.tail())
	}
	return nil
}

// kill ends the server with kill -9, and waits until it has ended.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.dead
}

// died tells whether the server is dead, or will be within a time.
func (p *process) died(within time.Duration) bool {
	select {
	case <-p.dead:
		return true
	default:
	}
	select {
	case <-p.dead:
		return true
	case <-time.After(within):
		return false
	}
}

// killed is an error if the server, which is dead, did not end by kill -9.
func (p *process) killed() error {
	if s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() && s.Signal() == syscall.SIGKILL {
		return nil
	}
	return fmt.Errorf("the server ended with %v:\n%s", p.cmd.ProcessState, p.tail())
}

// tail is the end of its log.
func (p *process) tail() string {
	lines := strings.Split(strings.TrimSpace(p.log.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
