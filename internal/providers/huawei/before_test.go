package huawei

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// oneThing is a target with data disks of these sizes, of which the first has the id disk-0.
func oneThing(product, image string, sizes ...int) thing {
	t := thing{ID: "a", ProductID: product, ImageID: image, ImageCode: image + "-code", Disks: []disk{}}
	for i, size := range sizes {
		t.Disks = append(t.Disks, disk{ID: fmt.Sprintf("disk-%d", i), Type: "SAS", SizeGiB: &size})
	}
	return t
}

func TestShows(t *testing.T) {
	yes, no := ptr(true), ptr(false)
	was := oneThing("p1", "i1", 10)
	addTen := pool.Order{AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 10}}
	extend := pool.Order{ExtendVolume: &pool.ExtendVolume{DiskID: "disk-0", NewSizeGiB: 20}}
	image := pool.Order{ChangeImage: &pool.ChangeImage{ImageID: "i2"}}
	code := pool.Order{ChangeImage: &pool.ChangeImage{ImageSpecCode: "i2-code"}}
	size := pool.Order{Resize: &pool.Resize{ProductID: "p2"}}
	unsaid := oneThing("", "", 10)
	unsaid.Disks = nil
	tests := []struct {
		name  string
		order pool.Order
		was   thing
		now   thing
		want  *bool
	}{
		{"resized", size, was, oneThing("p2", "i1", 10), yes},
		{"not resized", size, was, was, no},
		{"resized otherwise", size, was, oneThing("p3", "i1", 10), no},
		{"had that product before", size, oneThing("p2", "i1", 10), oneThing("p2", "i1", 10), nil},
		{"the product is not said", size, was, unsaid, nil},
		{"the product was not said", size, unsaid, oneThing("p2", "i1"), nil},
		{"image changed", image, was, oneThing("p1", "i2", 10), yes},
		{"image not changed", image, was, was, no},
		{"had that image before", image, oneThing("p1", "i2"), oneThing("p1", "i2"), nil},
		{"image changed, by its code", code, was, oneThing("p1", "i2", 10), yes},
		{"image not changed, by its code", code, was, was, no},
		{"added", addTen, was, oneThing("p1", "i1", 10, 10), yes},
		{"not added", addTen, was, was, no},
		{"another one added", addTen, was, oneThing("p1", "i1", 10, 20), no},
		{"disks are not said", addTen, was, unsaid, nil},
		{"disks were not said", addTen, unsaid, was, nil},
		{"extended", extend, was, oneThing("p1", "i1", 20), yes},
		{"extended, and once more since", extend, was, oneThing("p1", "i1", 30), yes},
		{"not extended", extend, was, was, no},
		{"was that large before", extend, oneThing("p1", "i1", 20), oneThing("p1", "i1", 20), nil},
		{"the disk is gone", extend, was, oneThing("p1", "i1"), nil},
		{"cannot be seen", pool.Order{AddSubResources: &pool.AddSubResources{SKU: "s"}}, was, was, nil},
		{"cannot be seen either", pool.Order{DeleteSubResources: &pool.DeleteSubResources{Type: "t"}}, was, was, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kept, err := json.Marshal(state{[]thing{tt.was}})
			if err != nil {
				t.Fatal(err)
			}
			var was state
			if err := json.Unmarshal(kept, &was); err != nil {
				t.Fatal(err)
			}
			got, _ := was.shows(tt.order, state{[]thing{tt.now}})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestShowsOfMany: all of them, none of them, or not to be told.
func TestShowsOfMany(t *testing.T) {
	o := pool.Order{Resize: &pool.Resize{ProductID: "new"}}
	many := func(products ...string) (s state) {
		for i, p := range products {
			s.Things = append(s.Things, thing{ID: string(rune('a' + i)), ProductID: p})
		}
		return s
	}
	was := many("old", "old", "old")
	for name, tt := range map[string]struct {
		now  state
		want *bool
	}{
		"all":      {many("new", "new", "new"), ptr(true)},
		"none":     {many("old", "old", "old"), ptr(false)},
		"some":     {many("new", "old", "new"), nil},
		"the last": {many("old", "old", "new"), nil},
		"one gone": {many("new", "new"), nil},
		"all gone": {state{}, nil},
		"one mute": {many("new", "", "new"), nil},
		"and more": {many("new", "new", "new", "old"), ptr(true)},
	} {
		t.Run(name, func(t *testing.T) {
			got, partly := was.shows(o, tt.now)
			if want := tt.want == nil && name != "all gone"; partly != want {
				t.Errorf("partly %t, want %t", partly, want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got, _ := (state{}).shows(o, was); got != nil {
		t.Errorf("of nothing: %v", *got)
	}
}
