// Command server is deskpool: one HTTP API over the desktop pools of many clouds.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/providers"
	"github.com/deskpool/deskpool/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr, func(string, string) {})
	stop()
	os.Exit(code)
}

// The exit codes. exitConfig is EX_CONFIG of sysexits.h.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 78
)

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version = "dev"

// run is the whole program. ready is called once, with the addresses of the
// public and the admin listener; run returns when ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer, ready func(public, admin string)) int {
	f, code := parseFlags(args, getenv, stderr)
	switch {
	case f == nil:
		return code
	case f.version:
		_, _ = fmt.Fprintln(stdout, "deskpool", version)
		return exitOK
	case f.sandbox:
		return runSandbox(ctx, f, getenv, stdout, stderr, ready)
	}
	load := func() (*config.Config, []config.Fault) { return config.Load(f.config, f.options(getenv)) }
	cfg, faults := load()
	if len(faults) > 0 {
		return report(stderr, faults)
	}
	if f.checkConfig {
		_, _ = fmt.Fprintf(stdout, "%s: ok\n", f.config)
		return exitOK
	}
	return serve(ctx, cfg, service{stderr: stderr, ready: ready, reload: load, seams: newSeams(getenv)})
}

// runSandbox serves the simulated clouds' world, and says on stdout what to try.
func runSandbox(ctx context.Context, f *flags, getenv func(string) string, stdout, stderr io.Writer, ready func(string, string)) int {
	box, err := sandbox.Start(f.seed)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return exitFailed
	}
	cfg := box.Config()
	if faults := cfg.Apply(f.options(getenv)); len(faults) > 0 {
		report(stderr, faults)
		if err := box.Close(); err != nil {
			_, _ = fmt.Fprintln(stderr, err)
		}
		return exitConfig
	}
	code := serve(ctx, cfg, service{stderr: stderr, faults: box.FaultKnobs(), seams: newSeams(getenv), ready: func(public, admin string) {
		for _, line := range box.Hints(public, admin) {
			_, _ = fmt.Fprintln(stdout, line)
		}
		ready(public, admin)
	}})
	if err := box.Close(); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return code
}

// report prints one fault a line.
func report(stderr io.Writer, faults []config.Fault) int {
	for _, fault := range faults {
		_, _ = fmt.Fprintln(stderr, fault)
	}
	return exitConfig
}

// options are what the configuration depends on besides its file.
func (f *flags) options(getenv func(string) string) config.Options {
	return config.Options{
		Getenv: getenv, Clouds: providers.Words(),
		Flags: config.Overrides{Listen: f.listen, AdminListen: f.adminListen},
	}
}
