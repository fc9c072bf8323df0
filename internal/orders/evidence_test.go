package orders

import (
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestWeigh is about books that tell the desktops; TestLookUp is about those that do not.
func TestWeigh(t *testing.T) {
	order := func(id string, desktops ...string) pool.CloudOrder {
		return pool.CloudOrder{ID: id, DesktopIDs: desktops}
	} // without desktops: nil
	tests := []struct {
		name     string
		found    []pool.CloudOrder
		others   others
		placed   bool
		conflict bool
	}{
		{"one for all", []pool.CloudOrder{order("1", "b", "a", "c")}, others{}, true, false},
		{"one for each", []pool.CloudOrder{order("1", "a"), order("2", "c"), order("3", "b")}, others{}, true, false},
		{"with a rival", []pool.CloudOrder{order("1", "a", "b", "c")}, others{rivals: true}, true, false},
		{"one for some", []pool.CloudOrder{order("1", "a", "b")}, others{}, false, true},
		{"one for more", []pool.CloudOrder{order("1", "a", "b", "c", "d")}, others{}, false, true},
		{"one desktop twice", []pool.CloudOrder{order("1", "a", "b", "c"), order("2", "c")}, others{}, false, true},
		{"all of another record", []pool.CloudOrder{order("1", "a", "b", "c")}, others{claimed: map[string]bool{"1": true}}, false, false},
		{"one that is silent", []pool.CloudOrder{order("1")}, others{}, true, false},
		{"one that is silent, with a rival", []pool.CloudOrder{order("1")}, others{rivals: true}, false, true},
		{"two, one of them silent", []pool.CloudOrder{order("1", "a", "b", "c"), order("2")}, others{}, false, true},
		{"none", nil, others{}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			item := Item{Call: pool.OrderCall{DesktopIDs: []string{"a", "b", "c"}, Orders: 1}}
			v := weigh(Record{Items: []Item{item}}, item, pool.Evidence{Orders: tt.found}, tt.others)
			if v.placed != tt.placed || (v.conflict != "") != tt.conflict || v.empty == (tt.placed || tt.conflict) {
				t.Errorf("placed %t, empty %t, conflict %q", v.placed, v.empty, v.conflict)
			}
		})
	}
}
