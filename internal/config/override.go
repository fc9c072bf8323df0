package config

import (
	"net"
	"strings"
)

// PathVariable names the environment variable that holds the path of the file.
const PathVariable = "DESKPOOL_CONFIG"

// Overrides are settings given as flags; an empty one is not given.
type Overrides struct{ Listen, AdminListen string }

// Apply puts the environment and then the flags over c, and holds c to the
// rules that are about listeners. Parse and Load have done it; a
// configuration that came from no file needs it.
func (c *Config) Apply(o Options) []Fault {
	settings := []struct {
		path, value string
		to          *string
		ok          check
	}{
		{"DESKPOOL_LISTEN", o.Getenv("DESKPOOL_LISTEN"), &c.Listen, address},
		{"DESKPOOL_ADMIN_LISTEN", o.Getenv("DESKPOOL_ADMIN_LISTEN"), &c.AdminListen, address},
		{"DESKPOOL_PUBLIC_URL", o.Getenv("DESKPOOL_PUBLIC_URL"), &c.PublicURL, publicURL},
		{"DESKPOOL_LOG_LEVEL", o.Getenv("DESKPOOL_LOG_LEVEL"), &c.Log.Level, logLevel},
		{"DESKPOOL_LOG_FORMAT", o.Getenv("DESKPOOL_LOG_FORMAT"), &c.Log.Format, logFormat},
		{"-listen", o.Flags.Listen, &c.Listen, address},
		{"-admin-listen", o.Flags.AdminListen, &c.AdminListen, address},
	}
	var faults []Fault
	for _, s := range settings {
		if s.value == "" {
			continue
		}
		if must := s.ok(s.value); must != "" {
			faults = append(faults, Fault{Path: s.path, Text: "must be " + must})
			continue
		}
		*s.to = s.value
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	return append(faults, c.listeners()...)
}

// listeners holds c to the rules about listeners.
func (c *Config) listeners() []Fault {
	var faults []Fault
	if c.Auth.Mode == ModeNone && !LoopbackAddress(c.Listen) {
		faults = append(faults, Fault{Path: "auth.mode", Text: "none is only for a listen address on loopback, as in 127.0.0.1:8080"})
	}
	if c.Listen == c.AdminListen && !anyPort(c.Listen) {
		faults = append(faults, Fault{Path: "admin_listen", Text: "must not be the address of listen"})
	}
	return faults
}

// anyPort tells whether the system chooses the port.
func anyPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port == "0"
}
