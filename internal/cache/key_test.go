package cache

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/pool"
)

// asked is one of everything that a source can be asked.
type asked struct {
	Source, Scope, Kind, ID string
	Desktops                pool.DesktopsQuery
	Statistics              pool.StatisticsQuery
}

func (a asked) key() string {
	prefix := keyPrefix(a.Source, a.Scope)
	switch a.Kind {
	case kindDesktops:
		return desktopsKey(prefix, a.Desktops)
	case kindStatistics:
		return statisticsKey(prefix, a.Statistics)
	}
	return prefix + a.Kind + ":" + a.ID
}

// mark is with what it is forgotten.
func (a asked) mark() string {
	prefix := keyPrefix(a.Source, a.Scope)
	switch a.Kind {
	case kindPool:
		return poolMark(prefix, a.ID)
	case kindDesktops:
		return poolMark(prefix, a.Desktops.PoolID)
	case kindProducts, kindImages:
		return ""
	}
	return sourceMark(prefix)
}

// drawAsked keeps texts short and alike, so that pairs often differ little.
func drawAsked(t *rapid.T, name string) asked {
	text := rapid.StringOfN(rapid.SampledFrom([]rune(`a:%|"\{}é`)), 0, 4, -1)
	draw := func(what string) string { return text.Draw(t, name+" "+what) }
	flag := func(what string) bool { return rapid.Bool().Draw(t, name+" "+what) }
	a := asked{Source: draw("source"), Scope: draw("scope"), Kind: rapid.SampledFrom([]string{
		kindPools, kindPool, kindDesktops, kindDesktop, kindStatistics, kindProducts, kindImages,
	}).Draw(t, name+" kind")}
	switch a.Kind {
	case kindPools, kindProducts, kindImages:
	case kindPool, kindDesktop:
		a.ID = draw("id")
	case kindDesktops:
		a.Desktops = pool.DesktopsQuery{PoolID: draw("pool"), Token: draw("token"), Size: rapid.IntRange(0, 2).Draw(t, name+" size"), IncludeDeleted: flag("deleted"),
			Filter: pool.DesktopPushdown{BillingMode: pool.BillingMode(draw("billing")), User: draw("user"), PowerState: pool.PowerState(draw("power"))}}
	case kindStatistics:
		a.Statistics = pool.StatisticsQuery{DesktopType: pool.DesktopType(draw("type")), PoolIDs: rapid.SliceOfN(text, 0, 3).Draw(t, name+" pools"),
			Axes: pool.Axes{Power: flag("power"), Connection: flag("connection"), Assignment: flag("assignment")}, Exact: flag("exact")}
	}
	return a
}

// TestKeysNeverCollide holds that two keys are the same only if the same was asked.
func TestKeysNeverCollide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := drawAsked(t, "one")
		two := rapid.OneOf(rapid.Just(one), rapid.Custom(func(t *rapid.T) asked { return drawAsked(t, "two") })).Draw(t, "two")
		same := cmp.Equal(one, two, cmpopts.EquateEmpty())
		if equal := one.key() == two.key(); equal != same {
			t.Fatalf("keys %q and %q of\n%+v\n%+v", one.key(), two.key(), one, two)
		}
		if kind := kindOf(one.key()); kind != one.Kind {
			t.Fatalf("%q is of kind %q, want %q", one.key(), kind, one.Kind)
		}
		if got, want := markOf(one.key()), one.mark(); got != want {
			t.Fatalf("%q has the mark %q, want %q", one.key(), got, want)
		}
	})
}

// TestKeysHoldEveryField finds a field of a query that its key forgot.
func TestKeysHoldEveryField(t *testing.T) {
	t.Run("desktops", func(t *testing.T) {
		var q pool.DesktopsQuery
		checkFields(t, reflect.ValueOf(&q).Elem(), func() string { return desktopsKey("", q) })
	})
	t.Run("statistics", func(t *testing.T) {
		var q pool.StatisticsQuery
		checkFields(t, reflect.ValueOf(&q).Elem(), func() string { return statisticsKey("", q) })
	})
}

func checkFields(t *testing.T, v reflect.Value, key func() string) {
	var keys []string
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		switch f.Kind() {
		case reflect.Struct:
			checkFields(t, f, key)
			continue
		case reflect.String:
			f.SetString("x")
		case reflect.Int:
			f.SetInt(7)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"x"}))
		default:
			t.Fatalf("%s is a %v, which this test cannot set", name, f.Type())
		}
		changed := key()
		f.SetZero()
		if changed == key() || slices.Contains(keys, changed) {
			t.Errorf("%s does not change the key", name)
		}
		keys = append(keys, changed)
	}
}

func TestKeys(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"a pool", asked{Source: "hw-bj4", Kind: kindPool, ID: "1ad74b36"}.key(), "deskpool:2:hw-bj4@:pool:1ad74b36"},
		{"all pools", asked{Source: "hw-bj4", Kind: kindPools}.key(), "deskpool:2:hw-bj4@:pools:"},
		// Keys outlive a binary: another hash means that replicas of two versions do not share.
		{"desktops", desktopsKey(keyPrefix("ali-hz", ""), pool.DesktopsQuery{PoolID: "dg-1", Size: 100, Filter: pool.DesktopPushdown{User: "alice"}}),
			"deskpool:2:ali-hz@:desktops:dg-1:5aa59effe40800cc20629d29fb8e085a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("key %q, want %q", tt.got, tt.want)
			}
		})
	}
}
