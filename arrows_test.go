package deskpool_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/deskpool/deskpool"

// room says what the code of a folder, tests aside, may import of this module.
type room struct {
	imports []string // folders; every one, if it is all
	// stdOnly forbids modules of others too.
	stdOnly bool
}

const all = "..."

// rooms is the plan of the house, by folder. A simulated cloud imports
// neither its adapter nor the model, so that it cannot agree with their
// mistakes; the model imports nothing, so that nothing can lead it astray.
func rooms() map[string]room {
	const (
		config    = "internal/config"
		pool      = "internal/pool"
		orders    = "internal/orders"
		ledger    = "internal/ledger"
		providers = "internal/providers"
		fault     = providers + "/fault"
		transport = providers + "/transport"
		wire      = providers + "/wire"
		huawei    = providers + "/huawei"
		alibaba   = providers + "/alibaba"
		memory    = providers + "/memory"
		huaweiSim = huawei + "/huaweisim"
		aliSim    = alibaba + "/alibabasim"
	)
	return map[string]room{
		".":                         {}, // embeds openapi.yaml
		"cmd/server":                {imports: []string{all}},
		pool:                        {stdOnly: true},
		"internal/cache":            {imports: []string{pool}},
		config:                      {imports: []string{pool}},
		orders:                      {imports: []string{pool}},
		ledger:                      {imports: []string{orders, pool}},
		ledger + "/pgtest":          {},
		"internal/handlers":         {imports: []string{orders, pool}},
		"internal/pipetest":         {stdOnly: true},
		"internal/sandbox":          {imports: []string{pool, huaweiSim, aliSim, fault, config}},
		providers:                   {imports: []string{pool, config, transport, huawei, alibaba, memory}},
		huawei:                      {imports: []string{pool, wire, transport}},
		huaweiSim:                   {imports: []string{fault}},
		alibaba:                     {imports: []string{pool, wire, transport}},
		aliSim:                      {imports: []string{fault}},
		memory:                      {imports: []string{pool}},
		providers + "/providertest": {imports: []string{pool, fault}},
		transport:                   {imports: []string{pool}},
		wire:                        {imports: []string{pool}},
		fault:                       {stdOnly: true},
	}
}

// TestArrows holds the imports between the rooms of this module to the plan.
func TestArrows(t *testing.T) {
	plan := rooms()
	seen := map[string]bool{}
	for file, imports := range sources(t) {
		folder := path.Dir(file)
		test := strings.HasSuffix(file, "_test.go")
		r, planned := plan[folder]
		if !planned {
			t.Errorf("%s: the folder %s is not in the plan of the house: give it a line in rooms() of arrows_test.go that says what it may import", file, folder)
			continue
		}
		seen[folder] = true
		for _, imported := range imports {
			if fault := r.judge(folder, imported, test); fault != "" {
				t.Errorf("%s imports %s: %s", file, imported, fault)
			}
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(plan)) {
		if !seen[folder] {
			t.Errorf("the plan of the house has %s, where there is no code", folder)
		}
	}
}

// judge says what is wrong with an import by a folder, if anything. Tests may
// import what they like, except that those of a simulated cloud keep away
// from its adapter.
func (r room) judge(folder, imported string, test bool) string {
	ours, local := strings.CutPrefix(imported, module+"/")
	if imported == module {
		ours, local = ".", true
	}
	simulated := strings.HasSuffix(folder, "sim")
	switch {
	case test && simulated && ours == path.Dir(folder):
		return "a simulated cloud never imports its adapter"
	case test, local && slices.Contains(r.imports, all):
		return ""
	case local && !slices.Contains(r.imports, ours):
		return folder + " may import of this module only: " + strings.Join(r.imports, ", ") + " (arrows_test.go)"
	case !local && r.stdOnly && strings.Contains(strings.Split(imported, "/")[0], "."):
		return folder + " imports the standard library only (arrows_test.go)"
	}
	return ""
}

// sources returns the imports of every Go file of this module, by its path.
// Folders with a go.mod of their own are other modules.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, noModule := os.Stat(filepath.Join(name, "go.mod"))
			hidden := name != "." && strings.HasPrefix(d.Name(), ".")
			if name != "." && noModule == nil || hidden || d.Name() == "testdata" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := []string{}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		files[filepath.ToSlash(name)] = imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestJudge sees each rule of the plan broken.
func TestJudge(t *testing.T) {
	const providers = "internal/providers/"
	tests := []struct {
		name, folder, imported string
		test, allowed          bool
	}{
		{"the model and the standard library", "internal/pool", "encoding/json", false, true},
		{"the model and another module", "internal/pool", "golang.org/x/sync/errgroup", false, false},
		{"the model and another module, in a test", "internal/pool", "go.uber.org/goleak", true, true},
		{"the model and a room", "internal/pool", module + "/internal/cache", false, false},
		{"handlers and the model", "internal/handlers", module + "/internal/pool", false, true},
		{"handlers and the configuration", "internal/handlers", module + "/internal/config", false, false},
		{"handlers and a cloud in a test", "internal/handlers", module + "/" + providers + "memory", true, true},
		{"handlers and the root", "internal/handlers", module, false, false},
		{"an adapter and the wire", providers + "huawei", module + "/" + providers + "wire", false, true},
		{"an adapter and another", providers + "huawei", module + "/" + providers + "alibaba", false, false},
		{"an adapter and its simulated cloud", providers + "huawei", module + "/" + providers + "huawei/huaweisim", false, false},
		{"a simulated cloud and its adapter", providers + "huawei/huaweisim", module + "/" + providers + "huawei", false, false},
		{"a simulated cloud and its adapter, in a test", providers + "huawei/huaweisim", module + "/" + providers + "huawei", true, false},
		{"a simulated cloud and the model", providers + "alibaba/alibabasim", module + "/internal/pool", false, false},
		{"the server and everything", "cmd/server", module + "/internal/sandbox", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fault := rooms()[tt.folder].judge(tt.folder, tt.imported, tt.test)
			if (fault == "") != tt.allowed {
				t.Errorf("%s and %s: %q, allowed should be %v", tt.folder, tt.imported, fault, tt.allowed)
			}
		})
	}
}
