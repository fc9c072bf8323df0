package huaweisim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is all that a world says of a pool and its first desktops.
func said(t *testing.T, w *World, pool int) string {
	t.Helper()
	p := w.pools[pool]
	b, err := json.Marshal([]any{p.detail(), desktop{p, 0}.detail(), desktop{p, 1}.detail()})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A change makes a new world, and leaves every older one as it was.
func TestWorldsStayAsTheyWere(t *testing.T) {
	const pool = 4 // with three data disks
	w := NewWorld(1, WorldOptions{Pools: 6, Desktops: 200})
	disk := w.pools[pool].info.DataVolumes[1].ID
	product := newProduct("agile", "arm", 96)
	worlds, texts := []*World{w}, []string{said(t, w, pool)}
	for i, o := range []*order{
		{change: &change{kind: addVolume, volume: volumeInfo{Type: "SAS", Size: 10}}, desktop: 0},
		{change: &change{kind: addVolume, volume: volumeInfo{Type: "SSD", Size: 20}}, desktop: 1},
		{change: &change{kind: extendVolume, volume: volumeInfo{ID: disk, Size: 700}}, desktop: 0},
		{change: &change{kind: addVolume, volume: volumeInfo{Type: "ESSD", Size: 30}}, desktop: -1},
		{change: &change{kind: extendVolume, volume: volumeInfo{ID: disk, Size: 600}}, desktop: -1},
		{change: &change{kind: resize, product: product}, desktop: -1},
	} {
		o.ID, o.pool = string(rune('A'+i)), pool
		last := worlds[len(worlds)-1].working(pool, 1)
		worlds = append(worlds, last, last.after(o))
		texts = append(texts, said(t, last, pool), said(t, worlds[len(worlds)-1], pool))
	}
	for i, w := range worlds {
		if diff := cmp.Diff(texts[i], said(t, w, pool)); diff != "" {
			t.Errorf("world %d has changed (-then +now):\n%s", i, diff)
		}
	}
	p := worlds[len(worlds)-1].pools[pool]
	sizes := func(i *poolInfo) (out []int) {
		for _, v := range i.DataVolumes {
			out = append(out, v.Size)
		}
		return out
	}
	was := sizes(&w.pools[pool].info)
	want := [][]int{{was[0], 700, was[2], 10, 30}, {was[0], 600, was[2], 20, 30}, {was[0], 600, was[2], 30}}
	got := [][]int{sizes(desktop{p, 0}.template()), sizes(desktop{p, 1}.template()), sizes(&p.info)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sizes of the first, the second and all other desktops (-want +got):\n%s", diff)
	}
	if a, b := p.info.Product, w.pools[pool].info.Product; a.ProductID != product.ProductID || a.ChargeMode != b.ChargeMode || b.ChargeMode == product.ChargeMode {
		t.Errorf("product = %+v, want another, billed as %s like that before", a, b.ChargeMode)
	}
}
