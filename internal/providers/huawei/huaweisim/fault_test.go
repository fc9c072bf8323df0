package huaweisim

import (
	"context"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// faulty starts a cloud with faults.
func faulty(t *testing.T, change func(*Config), faults ...fault.Fault) (*testCloud, *fault.Set) {
	t.Helper()
	set := &fault.Set{}
	for _, f := range faults {
		if err := set.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, func(cfg *Config) {
		cfg.Faults = set
		if change != nil {
			change(cfg)
		}
	}), set
}

func TestFaults(t *testing.T) {
	tests := []struct {
		kind fault.Kind
		want string // status, code and message, or the error of the connection
	}{
		{fault.Error, "500 WKS.00000003 Failed to read the database."},
		{fault.Throttle, "429 APIGW.0308 The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 minute"},
		{fault.HTML, "502: not JSON: <html>"},
		{fault.Cut, "unexpected EOF"},
		{fault.LoseAnswer, "connection reset by peer"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			c, _ := faulty(t, nil, fault.Fault{Source: "hw", Operation: "ListDesktopsStatistics", Kind: tt.kind, Count: 1})
			if got := c.get(v2 + "/desktop-pools").status; got != 200 {
				t.Errorf("another operation: status = %d, want 200", got)
			}
			a := c.get(stats)
			got := a.code()
			if a.err != nil {
				got = a.err.Error()
			}
			if !strings.HasPrefix(got, tt.want) && !strings.HasSuffix(got, tt.want) {
				t.Errorf("a client sees %q, want %q", got, tt.want)
			}
			if got := c.get(stats).status; got != 200 {
				t.Errorf("after the fault: status = %d, want 200", got)
			}
			if got := c.Requests("ListDesktopsStatistics"); got != 2 {
				t.Errorf("Requests = %d, want 2", got)
			}
		})
	}
}

func TestCutIsHalf(t *testing.T) {
	c, set := faulty(t, nil, fault.Fault{Kind: fault.Cut})
	target := v2 + "/desktop-pools/" + examplePoolID
	half := c.get(target)
	set.Clear()
	whole := c.get(target)
	if !errors.Is(half.err, io.ErrUnexpectedEOF) || string(half.body) != string(whole.body[:len(whole.body)/2]) {
		t.Errorf("err = %v after %d bytes, want an unexpected EOF after half of %d", half.err, len(half.body), len(whole.body))
	}
	if got := half.header.Get("Content-Length"); got != strconv.Itoa(len(whole.body)) {
		t.Errorf("Content-Length = %s, want that of the whole, %d", got, len(whole.body))
	}
}

func TestDrift(t *testing.T) {
	c, _ := faulty(t, nil, fault.Fault{Kind: fault.Drift})
	var got struct {
		Count   any             `json:"desktop_count"`
		New     json.RawMessage `json:"x_drift"`
		Product struct {
			New json.RawMessage `json:"x_drift"`
		}
	}
	if err := json.Unmarshal(c.get(v2+"/desktop-pools/"+examplePoolID).body, &got); err != nil {
		t.Fatal(err)
	}
	if got.New == nil || got.Product.New == nil {
		t.Errorf("no unknown fields: %+v", got)
	}
}

func TestHangAndLatency(t *testing.T) {
	c, set := faulty(t, nil, fault.Fault{Kind: fault.Hang, Operation: "ShowDesktopPoolDetail", Count: 1},
		fault.Fault{Kind: fault.Latency, LatencyMS: 1, Operation: "ListDesktopsStatistics"})
	if got := c.get(stats).status; got != 200 {
		t.Errorf("after a latency: status = %d, want 200", got)
	}
	ctx, leave := context.WithCancel(t.Context())
	req := c.request(http.MethodGet, v2+"/desktop-pools/"+examplePoolID, "").WithContext(ctx)
	done := make(chan error, 1)
	go func() { done <- c.send(req).err }()
	for len(set.List()) > 1 { // until the request has taken the fault
		runtime.Gosched()
	}
	select {
	case err := <-done:
		t.Fatalf("a request that hangs has ended: %v", err)
	default:
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a client that leaves gets %v", err)
	}
	set.Clear()
	if got := c.get(v2 + "/desktop-pools/" + examplePoolID).status; got != 200 {
		t.Errorf("after Clear: status = %d, want 200", got)
	}
}

func TestErrorsIn200(t *testing.T) {
	c, _ := faulty(t, func(cfg *Config) { cfg.ErrorsIn200 = true }, fault.Fault{Kind: fault.Error})
	if got, want := c.get(stats).code(), "200 WKS.00000003 Failed to read the database."; got != want {
		t.Errorf("answer = %q, want %q", got, want)
	}
	if got := c.get("/v3/projects").status; got != 500 {
		t.Errorf("IAM: status = %d, want 500", got)
	}
}

// The simulated cloud is written apart from its adapter: it imports the standard library and package fault alone.
func TestImports(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(path, ".") && !strings.HasSuffix(path, "/internal/providers/fault") {
				t.Errorf("%s imports %s", e.Name(), path)
			}
		}
	}
	if files < 10 {
		t.Errorf("only %d files were looked at", files)
	}
}
