package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// historyPace is how soon unknown orders are looked up: DESKPOOL_CRASH_PACE. An order is held for longer than
// its call may take, and longer still passes before what the cloud does not know counts as not placed.
const (
	historyPace    = "100ms,300ms,4s,1h,2s" // the last is historyHold
	historyTimeout = "1s"
)

// historyServer is a process, with its number.
type historyServer struct {
	*process
	n int
}

// historyServers are some processes over one ledger. When one is killed, another takes its place.
type historyServers struct {
	t               testing.TB
	program, config string
	began           time.Time

	mu     sync.Mutex
	places []historyServer
	all    []historyServer
	deaths map[int]time.Duration
}

func newHistoryServers(t testing.TB, program, config string, count int) *historyServers {
	t.Helper()
	s := &historyServers{
		t: t, program: program, config: filepath.Join(t.TempDir(), "deskpool.yaml"), began: time.Now(),
		places: make([]historyServer, count), deaths: map[int]time.Duration{},
	}
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for place := range count {
		if err := s.start(place); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// since is the time of the history.
func (s *historyServers) since() time.Duration { return time.Since(s.began) }

// start starts a server, and returns when it listens.
func (s *historyServers) start(place int) error {
	p, err := launch(s.t.Context(), s.program, s.config, "DESKPOOL_CRASH_PACE="+historyPace)
	if err != nil {
		return err
	}
	if err := p.ready(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	started := historyServer{p, len(s.all) + 1}
	s.all = append(s.all, started)
	s.places[place] = started
	return nil
}

// one is a server by chance, which may be dead.
func (s *historyServers) one(rng *rand.Rand) historyServer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.places[rng.IntN(len(s.places))]
}

// kill ends the server of a place with kill -9.
func (s *historyServers) kill(place int) {
	s.mu.Lock()
	victim := s.places[place]
	s.mu.Unlock()
	victim.kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaths[victim.n] = s.since()
}

// rage kills and starts servers by chance until ctx ends, and returns how many it killed.
func (s *historyServers) rage(ctx context.Context, rng *rand.Rand) (kills int) {
	for {
		select {
		case <-ctx.Done():
			return kills
		case <-time.After(100*time.Millisecond + time.Duration(rng.Int64N(int64(600*time.Millisecond)))):
		}
		place := rng.IntN(len(s.places))
		s.kill(place)
		kills++
		if err := s.start(place); err != nil {
			s.t.Error(err)
			return kills
		}
	}
}

// panics are those that any of the servers has logged.
func (s *historyServers) panics() (found []finding) {
	for _, server := range s.all {
		for line := range strings.Lines(server.log.String()) {
			if strings.Contains(line, "panic: ") || strings.Contains(line, "fatal error: ") {
				found = append(found, finding{"wrong", fmt.Sprintf("server %d", server.n), line})
			}
		}
	}
	return found
}

// keep writes the logs of all servers beside the other things that a test leaves behind.
func (s *historyServers) keep() {
	s.t.Helper()
	for _, server := range s.all {
		file := filepath.Join(s.t.ArtifactDir(), fmt.Sprintf("server-%d.log", server.n))
		if err := os.WriteFile(file, []byte(server.log.String()), 0o600); err != nil {
			s.t.Error(err)
		}
	}
}

// end kills all of them.
func (s *historyServers) end() {
	for place := range s.places {
		s.kill(place)
	}
}
