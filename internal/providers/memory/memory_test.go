package memory

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/providertest"
)

func source(t *testing.T, pools []Pool) pool.Source {
	t.Helper()
	s, err := New(Config{ID: "mem", Region: "here", Pools: pools})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Fixture {
		return providertest.Fixture{
			Source: source(t, World(1)), Pools: worldPools, BigPoolID: "pool-01", BigPoolDesktops: bigPool,
			UnknownPoolID: "pool-99", UnknownDesktopID: "desktop-99-0001",
		}
	})
}

func TestNewRefuses(t *testing.T) {
	p := func(id string, desktops ...pool.Desktop) Pool {
		return Pool{Pool: pool.Pool{NativeID: id}, Desktops: desktops}
	}
	d := func(id, poolID string) pool.Desktop { return pool.Desktop{NativeID: id, PoolID: poolID} }
	tests := []struct {
		name string
		c    Config
	}{
		{"no source id", Config{}},
		{"a bad source id", Config{ID: "A b"}},
		{"no pool id", Config{ID: "m", Pools: []Pool{p("")}}},
		{"a pool twice", Config{ID: "m", Pools: []Pool{p("a"), p("a")}}},
		{"no desktop id", Config{ID: "m", Pools: []Pool{p("a", d("", ""))}}},
		{"a desktop in two pools", Config{ID: "m", Pools: []Pool{p("a", d("x", "")), p("b", d("x", ""))}}},
		{"a desktop of another pool", Config{ID: "m", Pools: []Pool{p("a", d("x", "b")), p("b")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := New(tt.c); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func TestDesktopsRefuses(t *testing.T) {
	r := source(t, World(1)).Reader
	for _, q := range []pool.DesktopsQuery{
		{Size: 0}, {Size: -1}, {Size: pool.MaxPage + 1}, {Size: 10, Token: "x"}, {Size: 10, Token: "-1"}, {Size: 10, Token: "0"},
		{Size: 10, Token: strconv.Itoa(bigPool)}, {Size: 10, Token: "290", Filter: pool.DesktopPushdown{PowerState: pool.Running}},
	} {
		q.PoolID = "pool-01"
		_, err := r.Desktops(t.Context(), q)
		if e := pool.AsError(err); !errors.Is(err, pool.Invalid) || e.Source != "mem" || e.Op != "list desktops" {
			t.Errorf("%+v: error %v, want %q", q, err, pool.Invalid)
		}
	}
}

func TestStatisticsCounts(t *testing.T) {
	desktop := func(id string, l pool.LifecycleState, p pool.PowerState, c pool.ConnectionState, a pool.AssignmentState) pool.Desktop {
		return pool.Desktop{NativeID: id, LifecycleState: l, PowerState: p, ConnectionState: c, AssignmentState: a}
	}
	r := source(t, []Pool{
		{Pool: pool.Pool{NativeID: "a", Name: "A"}, Desktops: []pool.Desktop{
			desktop("1", pool.LifecycleReady, pool.Running, pool.Connected, pool.Assigned),
			desktop("2", pool.LifecycleReady, pool.Starting, pool.Idle, pool.UnassignFailed),
			desktop("3", pool.Faulted, pool.Running, pool.Unreachable, pool.AssignFailed),
			desktop("4", pool.Deleted, pool.Running, pool.Connected, pool.Assigned),
			desktop("5", "", "", "", ""),
		}},
		{Pool: pool.Pool{NativeID: "b", Name: "B"}, Desktops: []pool.Desktop{
			desktop("6", pool.LifecycleReady, pool.Hibernated, pool.AgentOffline, pool.AssignmentPending),
		}},
	}).Reader
	got, err := r.Statistics(t.Context(), pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: []string{"a", "c"},
		Axes: pool.Axes{Power: true, Connection: true, Assignment: true}})
	if err != nil {
		t.Fatal(err)
	}
	want := pool.Counts{
		Total: new(4), Basis: pool.Counted,
		Power: &pool.PowerCounts{Running: new(1), Stopped: new(0), Hibernated: new(0), Faulted: new(1), Changing: new(1), Other: new(1)},
		Connection: &pool.ConnectionCounts{Connected: new(1), Disconnected: new(0), Idle: new(1), NotConnected: new(0),
			AgentOffline: new(0), Unreachable: new(1), Other: new(1)},
		Assignment: &pool.AssignmentCounts{Assigned: new(1), Unassigned: new(0), Assigning: new(0), Failed: new(2), Other: new(1)},
	}
	if diff := cmp.Diff(pool.Statistics{Total: want, Pools: []pool.PoolStatistics{{PoolID: "a", PoolName: "A", Counts: want}}}, got.Value); diff != "" {
		t.Errorf("statistics (-want +got):\n%s", diff)
	}
}

func TestWorldIsTheSameForTheSameSeed(t *testing.T) {
	if diff := cmp.Diff(World(7), World(7)); diff != "" {
		t.Errorf("two worlds of one seed (-first +second):\n%s", diff)
	}
	if reflect.DeepEqual(World(7), World(8)) {
		t.Error("two seeds make the same world")
	}
}

func TestWorldHasEveryWord(t *testing.T) {
	elsewhere := []string{"Basis", "MissingReason", "OfferKind", "PaymentState"} // of counts and orders
	for seed := range uint64(5) {
		said := providertest.Words(World(seed))
		for name, words := range providertest.Vocabularies() {
			for _, word := range words {
				if !said[name][word] && !slices.Contains(elsewhere, name) {
					t.Errorf("seed %d: no %s is %s", seed, name, word)
				}
			}
		}
	}
}

// TestVocabulariesAreThoseOfTheModel reads the constants of package pool.
func TestVocabulariesAreThoseOfTheModel(t *testing.T) {
	want := map[string][]string{}
	for _, file := range []string{"model.go", "desktop.go", "statistics.go", "catalogue.go", "order.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "pool", file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil || len(spec.Values) != 1 {
				return true
			}
			name, word := spec.Type.(*ast.Ident).Name, pool.Unknown
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				if word, err = strconv.Unquote(literal.Value); err != nil {
					t.Fatal(err)
				}
			}
			want[name] = append(want[name], word)
			return true
		})
	}
	for _, other := range []string{"Cloud", "DesktopType", "SummaryState", "OrderType", "ParameterType", "SentState"} { // said by us, not by a source
		delete(want, other)
	}
	got := providertest.Vocabularies()
	for _, words := range []map[string][]string{want, got} {
		for _, list := range words {
			slices.Sort(list)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("vocabularies (-package pool +providertest):\n%s", diff)
	}
}
