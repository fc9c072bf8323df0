package cache

import (
	"testing"

	"github.com/deskpool/deskpool/internal/providers/memory"
	"github.com/deskpool/deskpool/internal/providers/providertest"
)

// TestContract holds what Wrap returns to the contract of a source, over every store.
func TestContract(t *testing.T) {
	s := startServer(t)
	stores := []struct {
		name string
		open func(t *testing.T) Store
	}{
		{"memory", func(*testing.T) Store { return NewMemory(64 << 20) }},
		{"redis", func(t *testing.T) Store { return patient(t, RedisOptions{Addrs: []string{s.addr}}) }},
		{"layered", func(t *testing.T) Store {
			return NewLayered(NewMemory(64<<20), patient(t, RedisOptions{Addrs: []string{s.addr}}))
		}},
		{"none that works", func(t *testing.T) Store { return newRedis(t, RedisOptions{Addrs: []string{"127.0.0.1:1"}}) }},
	}
	world := memory.World(1)
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			providertest.Run(t, func(t *testing.T) providertest.Fixture {
				s.must(t, "FLUSHALL")
				src, err := memory.New(memory.Config{ID: "mem", Region: "here", Pools: world})
				if err != nil {
					t.Fatal(err)
				}
				src = Wrap(src, store.open(t), Options{})
				src.Live = nil // the suite would ask that
				return providertest.Fixture{
					Source: src, Pools: len(world), BigPoolID: world[0].NativeID, BigPoolDesktops: len(world[0].Desktops),
					UnknownPoolID: "pool-99", UnknownDesktopID: "desktop-99-0001",
				}
			})
		})
	}
}
