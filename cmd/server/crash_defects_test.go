package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// defect is a mistake in the source that the crash tests must find.
type defect struct {
	name    string
	patches []patch
	finds   string  // the kind of what is found
	stories []story // that it is found by; nil: by one of all
}

// patch replaces a text that is in a file exactly once.
type patch struct{ file, old, with string }

// The patches that undo, one by one, what keeps Go from sending an order again by itself.
var (
	keptAlive = patch{"internal/providers/transport/transport.go", "t.DisableKeepAlives = true", "t.DisableKeepAlives = false"}
	bodyAgain = patch{"internal/providers/transport/once.go", "\trequest.GetBody = nil\n", ""}
	keyPassed = []patch{
		{"internal/orders/place.go", "sent := d.send(ctx,", `sent := d.send(context.WithValue(ctx, "key", rec.Key),`},
		{
			"internal/providers/transport/once.go", "\t})\n\treturn request, nil\n",
			"\t})\n\tif key, ok := ctx.Value(\"key\").(string); ok {\n\t\trequest.Header.Set(\"Idempotency-Key\", key)\n\t}\n\treturn request, nil\n",
		},
	}
)

// madeReserved is the defect of a server that takes an order for not sent which it finds SENDING.
func madeReserved() defect {
	return defect{"SENDING becomes RESERVED at start", []patch{{
		"internal/orders/lookup.go",
		"if item.State == ItemSending {\n\t\t\tr.Items[i].State = itemUnknown",
		"if item.State == ItemSending {\n\t\t\tr.Items[i].State = ItemState(pool.CallNotSent)",
	}}, "doubled", nil}
}

func defects() []defect {
	const (
		commit = "\t\tkept, err := d.o.Ledger.Change(ctx, next)\n\t\tif err != nil {\n\t\t\treturn d.unsent(ctx, rec, i, err)\n\t\t}\n\t\trec = kept\n"
		send   = "\t\tsent := d.send(ctx, src, rec.Items[i].Call, at)\n"
		judged = "\tvar sent pool.Sent\n\tif class :="
		refuse = "\tif r.Status == http.StatusGatewayTimeout {\n" +
			"\t\treturn pool.Sent{State: pool.CallRejected, Err: &pool.Error{Kind: pool.Invalid}}\n\t}\n"
	)
	return []defect{
		{"send before commit", []patch{{"internal/orders/place.go", commit + send, send + commit}}, "doubled", nil},
		madeReserved(),
		{"a 504 taken for a refusal", []patch{{"internal/providers/transport/once.go", judged, refuse + judged}}, "lost", nil},
		{"keep-alives on", []patch{keptAlive}, "leaked", nil},
		{"the key forwarded", keyPassed, "leaked", nil},
		// On a kept connection that dies under an order, Go sends that again.
		{"all of it left to Go", append([]patch{keptAlive, bodyAgain}, keyPassed...), "doubled", []story{
			{cloud: pool.Huawei}, {cloud: pool.Huawei, loses: fault.LostByReset},
		}},
	}
}

// overlay writes the patched files, and returns the flag for go build that puts them in place of ours.
func (d defect) overlay(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, p := range d.patches {
		path := filepath.Join(root, filepath.FromSlash(p.file))
		if texts[path] == "" {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(text)
		}
		if n := strings.Count(texts[path], p.old); n != 1 {
			t.Fatalf("%s has %d times, want once:\n%s", p.file, n, p.old)
		}
		texts[path] = strings.Replace(texts[path], p.old, p.with, 1)
	}
	dir, replace := t.TempDir(), map[string]string{}
	for path, text := range texts {
		replace[path] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, index, 0o600); err != nil {
		t.Fatal(err)
	}
	return "-overlay=" + file
}

// found runs the stories with the defect, which must be found.
func (d defect) found(t *testing.T, seed uint64, list []story) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range list {
		list[i] = list[i].with(func(s *story) { s.draw(rng) })
	}
	c := newCampaign(t, build(t, "-tags", "crashtest", d.overlay(t)), crashLedgers()["file"](t), rng, list)
	findings := c.run()
	i := slices.IndexFunc(findings, func(f finding) bool { return f.kind == d.finds })
	if i < 0 {
		t.Fatalf("seed %d: %q is not found: %s\n%v", seed, d.name, c.summary(findings), findings)
	}
	t.Logf("%s: %d findings in %d rounds, as %v", d.name, len(findings), c.played, findings[i])
}

// TestCrashFindsADefect shows that TestCrash can fail. (All defects have their turn with the tag proof.)
func TestCrashFindsADefect(t *testing.T) {
	t.Parallel()
	madeReserved().found(t, crashSeed(t, 1), []story{dies("dial.before"), dies("write.after"), dies("outcome.before")})
}
