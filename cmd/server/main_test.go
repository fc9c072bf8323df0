package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// server is the whole program under test, on ports of its own.
type server struct {
	public, admin string
	out, err      *output
}

// output can be read while the program writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// start runs the program until the test ends, and holds it to a clean end.
func start(t *testing.T, vars map[string]string, args ...string) *server {
	t.Helper()
	s := &server{out: &output{}, err: &output{}}
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan int, 1)
	args = append(args, "-listen", "127.0.0.1:0", "-admin-listen", "127.0.0.1:0")
	go func() {
		ended <- run(ctx, args, env(vars), s.out, s.err, func(public, admin string) {
			s.public, s.admin = "http://"+public, "http://"+admin
			close(ready)
		})
	}()
	select {
	case <-ready:
	case code := <-ended:
		cancel()
		t.Fatalf("ended with %d before it was ready: %s", code, s.err)
	}
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitOK {
			t.Errorf("ended with %d: %s", code, s.err)
		}
	})
	return s
}

// get asks and returns status and body.
func get(t *testing.T, method, url, key, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body = http.NoBody
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, got
}

// TestSandboxHintsWork pastes every line that the sandbox prints into a shell.
func TestSandboxHintsWork(t *testing.T) {
	s := start(t, nil, "-sandbox")
	lines := strings.Split(strings.TrimSpace(s.out.String()), "\n")
	if len(lines) < 8 {
		t.Fatalf("only %d lines are printed:\n%s", len(lines), s.out)
	}
	broken := 0
	for _, line := range lines {
		if !strings.HasPrefix(line, "curl ") {
			t.Errorf("%q is no curl line", line)
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "curl ", "curl --fail-with-body ", 1))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s\n%v: %s", line, err, out)
		}
		if !json.Valid(out) {
			t.Errorf("%s\nanswered with no JSON: %s", line, out)
		}
		if bytes.Contains(out, []byte(`"complete":false`)) {
			broken++
		}
		for key, state := range map[string]string{"try-1": "PLACED", "try-2": "UNKNOWN"} {
			if strings.Contains(line, key) && !bytes.Contains(out, []byte(`"state":"`+state+`"`)) {
				t.Errorf("%s\nis not %s: %s", line, state, out)
			}
		}
	}
	if broken != 1 {
		t.Errorf("%d lines show a partial answer, want the one after the fault was set", broken)
	}
}

func TestSandboxSourcesAreAllReadable(t *testing.T) {
	s := start(t, nil, "-sandbox", "-sandbox-seed", "7")
	code, body := get(t, "GET", s.public+"/v1/pools?limit=1000&include=total", "", "")
	var list struct {
		Items    []struct{ Cloud string }
		Complete bool
		Page     struct{ Total int }
		Sources  []struct {
			ID, Status string
			Items      int
		}
	}
	if err := json.Unmarshal(body, &list); err != nil || code != http.StatusOK {
		t.Fatalf("%d: %v: %s", code, err, body)
	}
	if !list.Complete || list.Page.Total < 40 || len(list.Items) != list.Page.Total || len(list.Sources) != 4 {
		t.Errorf("complete %v, %d of %d pools, %d sources; want all of at least 40 of 4",
			list.Complete, len(list.Items), list.Page.Total, len(list.Sources))
	}
	clouds := map[string]int{}
	for _, p := range list.Items {
		clouds[p.Cloud]++
	}
	if clouds["HUAWEI"] == 0 || clouds["ALIBABA"] == 0 {
		t.Errorf("pools by cloud: %v", clouds)
	}
}

func TestFaultKnobs(t *testing.T) {
	s := start(t, nil, "-sandbox")
	faults := s.admin + "/sandbox/faults"
	for _, tt := range []struct {
		method, body string
		want         int
		says         string
	}{
		{"GET", "", 200, `{"faults":[]}`},
		{"POST", `{"source":"ali-hz","kind":"error"}`, 200, `"kind":"error"`},
		{"POST", `{"source":"nowhere","kind":"error"}`, 400, "source"},
		{"POST", `{"source":"ali-hz","kind":"melt"}`, 400, "kind"},
		{"POST", `{"sauce":"ali-hz"}`, 400, "sauce"},
		{"POST", `{"source":"ali-hz","kind":"error"}{}`, 400, "one fault at a time"},
		{"POST", strings.Repeat(" ", 5000), 400, "send one fault"},
		{"PUT", `{}`, 405, "GET lists"},
		{"DELETE", "", 200, `{"faults":[]}`},
	} {
		code, body := get(t, tt.method, faults, "", tt.body)
		if code != tt.want || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s %.60s: %d %s, want %d with %q", tt.method, tt.body, code, body, tt.want, tt.says)
		}
	}
	if code, _ := get(t, "GET", s.public+"/sandbox/faults", "", ""); code != http.StatusNotFound {
		t.Errorf("the knobs are on the public listener: %d", code)
	}
}

func TestAdminListener(t *testing.T) {
	s := start(t, nil, "-sandbox")
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/v1/pools": 404} {
		if code, _ := get(t, "GET", s.admin+path, "", ""); code != want {
			t.Errorf("admin %s: %d, want %d", path, code, want)
		}
	}
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/debug/pprof/": 404, "/metrics": 404} {
		if code, _ := get(t, "GET", s.public+path, "", ""); code != want {
			t.Errorf("public %s: %d, want %d", path, code, want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	good := writeConfig(t, memoryConfig)
	bad := writeConfig(t, "sources: [{id: BAD, cloud: nope, secret: hunter2}]\nsurprise: 1\n")
	tests := []struct {
		name        string
		args        []string
		vars        map[string]string
		want        int
		out, errOut string
	}{
		{"nothing to serve", nil, nil, 2, "", "-sandbox"},
		{"unknown flag", []string{"-nope"}, nil, 2, "", "-nope"},
		{"stray argument", []string{"-sandbox", "now"}, nil, 2, "", `"now"`},
		{"sandbox with a configuration", []string{"-sandbox", "-config", good}, nil, 2, "", "-sandbox takes no configuration"},
		{"help", []string{"-h"}, nil, 0, "", "-check-config"},
		{"version", []string{"-version"}, nil, 0, "deskpool dev", ""},
		{"good configuration", []string{"-check-config", "-config", good}, nil, 0, good + ": ok", ""},
		{"from the environment", []string{"-check-config"}, map[string]string{"DESKPOOL_CONFIG": good}, 0, good + ": ok", ""},
		{"every fault at once", []string{"-check-config", "-config", bad}, nil, 78, "", "surprise"},
		{"missing file", []string{"-config", "/nowhere/at/all.yaml"}, nil, 78, "", "/nowhere/at/all.yaml"},
		{"none beyond loopback", []string{"-sandbox", "-listen", "0.0.0.0:0"}, nil, 78, "", "loopback"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(t.Context(), tt.args, env(tt.vars), &out, &errOut, func(string, string) { t.Error("it serves") })
			if code != tt.want || !strings.Contains(out.String(), tt.out) || !strings.Contains(errOut.String(), tt.errOut) {
				t.Errorf("exit %d\nstdout %s\nstderr %s\nwant %d, %q, %q", code, &out, &errOut, tt.want, tt.out, tt.errOut)
			}
			if strings.Contains(out.String()+errOut.String(), "hunter2") {
				t.Error("a secret is printed")
			}
			if tt.want == exitConfig && strings.Count(errOut.String(), "\n") == 0 {
				t.Error("no line for a fault")
			}
		})
	}
}

// memoryConfig has two tenants, each with a source of its own. keyed puts in the hashes of real keys.
const memoryConfig = `
auth:
  mode: api_key
  api_keys:
    - { id: a, tenant: ta, sha256: 1111111111111111111111111111111111111111111111111111111111111111, scopes: ["pools:read"] }
    - { id: b, tenant: tb, sha256: 0000000000000000000000000000000000000000000000000000000000000000, scopes: ["pools:read"] }
tenants:
  - { id: ta, sources: [mem-a] }
  - { id: tb, sources: [mem-b] }
sources:
  - { id: mem-a, cloud: memory, region: here }
  - { id: mem-b, cloud: memory, region: there }
`

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "deskpool.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
