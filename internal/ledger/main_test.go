package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/ledger/pgtest"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// cluster is the PostgreSQL of all tests; each has a database of its own.
var cluster pgtest.Server

// childEnv says what this binary does as a child process of a test.
const childEnv = "DESKPOOL_LEDGER_CHILD"

func TestMain(m *testing.M) {
	if role, url, is := strings.Cut(os.Getenv(childEnv), " "); is {
		os.Exit(roles()[role](url))
	}
	code := m.Run()
	cluster.Stop()
	os.Exit(code)
}

// kinds are the kinds of ledgers: each makes a URL of a new one.
func kinds() map[string]func(t testing.TB) string {
	return map[string]func(t testing.TB) string{
		"file":     newFile,
		"postgres": cluster.Database,
	}
}

func newFile(t testing.TB) string { return "file:" + t.TempDir() + "/data/orders.db" }

// open opens a ledger until the test ends.
func open(t testing.TB, url string) *Ledger {
	t.Helper()
	l, err := Open(Options{URL: url, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// openTwice opens a ledger as two processes do, where that may be.
func openTwice(t testing.TB, url string) [2]*Ledger {
	t.Helper()
	first := open(t, url)
	if first.Sole() {
		return [2]*Ledger{first, first}
	}
	return [2]*Ledger{first, open(t, url)}
}

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// id returns the nth id.
func id(n int) string { return fmt.Sprintf("ord_%026d", n) }

// record makes the nth order, of tenant portal, of a pool of its own.
func record(n int, change ...func(*orders.Record)) orders.Record {
	at := start.Add(time.Duration(n) * time.Second)
	r := orders.Record{
		ID: id(n), Tenant: "portal", Key: fmt.Sprintf("key-%d", n), KeyID: "k1", RequestID: "req-12345678", Fingerprint: "f0",
		Source: "hw-bj4", Cloud: "HUAWEI", Pools: []string{fmt.Sprintf("pool-%d", n)},
		Order: pool.Order{Type: pool.AddVolumeOrder, PoolID: fmt.Sprintf("pool-%d", n), AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 10}},
		Body:  []byte(`{"type":"ADD_VOLUME","n":12345678901234567890.10}`),
		State: orders.Reserved, CreatedAt: at, UpdatedAt: at,
		History: []orders.Event{{At: at, State: orders.Reserved, Note: "<received> & kept"}},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func state(s orders.State) func(*orders.Record) { return func(r *orders.Record) { r.State = s } }
func pools(ids ...string) func(*orders.Record)  { return func(r *orders.Record) { r.Pools = ids } }
func key(k string) func(*orders.Record)         { return func(r *orders.Record) { r.Key = k } }
func tenant(id string) func(*orders.Record)     { return func(r *orders.Record) { r.Tenant = id } }
func source(id string) func(*orders.Record)     { return func(r *orders.Record) { r.Source = id } }

// mustCreate keeps an order.
func mustCreate(t testing.TB, l orders.Ledger, r orders.Record) orders.Record {
	t.Helper()
	kept, err := l.Create(t.Context(), r)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return kept
}

// mustChange changes an order.
func mustChange(t testing.TB, l orders.Ledger, r orders.Record) orders.Record {
	t.Helper()
	kept, err := l.Change(t.Context(), r)
	if err != nil {
		t.Fatalf("Change: %v", err)
	}
	return kept
}

// has checks that the ledger has exactly this record.
func has(t testing.TB, l orders.Ledger, want orders.Record) {
	t.Helper()
	for _, ref := range []orders.Ref{{ID: want.ID}, {Tenant: want.Tenant, Key: want.Key}} {
		got, err := l.Get(t.Context(), ref)
		if err != nil {
			t.Errorf("Get %+v: %v", ref, err)
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Get %+v (-want +got):\n%s", ref, diff)
		}
	}
}

// is checks that err is one that may cross the border.
func is(t testing.TB, err error, kind pool.Kind) {
	t.Helper()
	var e *pool.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Op == "" {
		t.Errorf("err = %v, want a *pool.Error that is %q", err, kind)
	}
}

// refuses checks that no method of a ledger that cannot be used does anything, and that each says why.
func refuses(t testing.TB, l *Ledger, detail string) {
	t.Helper()
	ctx := t.Context()
	_, err1 := l.Create(ctx, record(900))
	_, err2 := l.Change(ctx, record(900))
	_, err3 := l.Get(ctx, orders.Ref{ID: id(1)})
	_, _, err4 := l.List(ctx, orders.Query{Limit: 1})
	for _, err := range []error{err1, err2, err3, err4, l.Health(ctx)} {
		is(t, err, orders.Unrecorded)
		if e := pool.AsError(err); e != nil && (e.Detail != detail || e.Err == nil) {
			t.Errorf("detail = %q (cause %v), want %q", e.Detail, e.Err, detail)
		}
	}
}

// eventually waits until what holds, for long enough.
func eventually(t testing.TB, why string, what func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := what()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", why, err)
		}
	}
}

// child is this binary in another process.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
}

// spawn starts a child in a role, which ends with the test.
func spawn(t testing.TB, role, url string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+role+" "+url)
	cmd.Stderr = os.Stderr
	_, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &child{cmd, bufio.NewScanner(out)}
}

// line returns the next line of a child; empty at its end.
func (c *child) line() string {
	if !c.lines.Scan() {
		return ""
	}
	return c.lines.Text()
}

// roles are what a child can do with the ledger at a URL.
func roles() map[string]func(url string) int {
	return map[string]func(url string) int{"hold": holdOpen, "write": writeOn, "cramped": writeCramped}
}

func childLedger(url string) *Ledger {
	l, err := Open(Options{URL: url, Log: zerolog.Nop()})
	if err != nil {
		panic(err)
	}
	return l
}

// holdOpen opens the ledger until it is killed, or the test that began it.
func holdOpen(url string) int {
	l := childLedger(url)
	fmt.Println("opened:", l.Health(context.Background()))
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// writeOn makes orders and sends them on their way, saying so after each step, until it is killed.
func writeOn(url string) int {
	l := childLedger(url)
	for n := 1; ; n++ {
		r, err := l.Create(context.Background(), record(n))
		if err != nil {
			fmt.Println("failed:", err)
			return 1
		}
		fmt.Println(n, r.Version)
		r.State = orders.Sending
		if r, err = l.Change(context.Background(), r); err != nil {
			fmt.Println("failed:", err)
			return 1
		}
		fmt.Println(n, r.Version)
	}
}
