package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/deskpool/deskpool/internal/config"
)

// flags is the command line.
type flags struct {
	config      string
	checkConfig bool
	listen      string
	adminListen string
	sandbox     bool
	seed        uint64
	version     bool
}

// parseFlags reads the command line. It returns nil and the exit code where
// there is nothing to run.
func parseFlags(args []string, getenv func(string) string, stderr io.Writer) (*flags, int) {
	f := &flags{}
	set := flag.NewFlagSet("server", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.config, "config", "", "configuration `FILE`; else $"+config.PathVariable)
	set.BoolVar(&f.checkConfig, "check-config", false, "check the configuration and exit: 0 if it is good, else 78")
	set.StringVar(&f.listen, "listen", "", "`ADDRESS` of the API, over environment and file")
	set.StringVar(&f.adminListen, "admin-listen", "", "`ADDRESS` for health and profiles, over environment and file")
	set.BoolVar(&f.sandbox, "sandbox", false, "serve simulated clouds; needs no configuration and no account")
	set.Uint64Var(&f.seed, "sandbox-seed", 1, "`NUMBER` that the sandbox's world grows from")
	set.BoolVar(&f.version, "version", false, "print the version and exit")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, exitOK
		}
		return nil, exitUsage
	}
	if fault := f.settle(set, getenv); fault != "" {
		_, _ = fmt.Fprintln(stderr, fault)
		set.Usage()
		return nil, exitUsage
	}
	return f, exitOK
}

// settle fills in the environment and returns what is wrong with the flags as a whole.
func (f *flags) settle(set *flag.FlagSet, getenv func(string) string) string {
	if set.NArg() > 0 {
		return fmt.Sprintf("unexpected argument %q", set.Arg(0))
	}
	if f.version {
		return ""
	}
	if f.sandbox {
		if f.config != "" || f.checkConfig {
			return "-sandbox takes no configuration: leave out -config and -check-config"
		}
		return ""
	}
	if f.config == "" {
		f.config = getenv(config.PathVariable)
	}
	if f.config == "" {
		return "nothing to serve: give -config FILE, or -sandbox to try it without an account"
	}
	return ""
}
