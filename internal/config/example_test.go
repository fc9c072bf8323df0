package config

import (
	"bytes"
	"crypto/sha256"
	"os"
	"strings"
	"testing"
)

// TestDeployExample loads the example of deploy/ with the variables of its
// own example file and nothing else.
func TestDeployExample(t *testing.T) {
	text, err := os.ReadFile("../../deploy/deskpool.env.example")
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			t.Errorf("not a variable: %s", line)
		}
		env[name] = value
	}
	used := map[string]bool{}
	c, faults := Load("../../deploy/deskpool.yaml", Options{
		Getenv: func(name string) string { used[name] = true; return env[name] },
		Clouds: []string{"alibaba", "huawei"},
	})
	if len(faults) > 0 {
		t.Fatalf("faults: %v", faults)
	}
	for name := range env {
		if !used[name] {
			t.Errorf("%s is in the example of the environment, and nothing reads it", name)
		}
	}
	for i, key := range []string{"portal-example-key", "operator-example-key"} {
		if want := sha256.Sum256([]byte(key)); !bytes.Equal(c.Auth.APIKeys[i].SHA256[:], want[:]) {
			t.Errorf("the hash of key %d is not that of %s", i, key)
		}
	}
}
