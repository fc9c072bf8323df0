package memory

import (
	"fmt"
	"slices"
	"sync"

	"github.com/deskpool/deskpool/internal/pool"
)

// store is the pools by id. Orders change what they hold; slices and what is
// behind pointers are replaced then, never written to, since answers share them.
type store struct {
	mu          sync.RWMutex
	pools       []*stored
	poolByID    map[string]*stored
	desktopByID map[string]*pool.Desktop
}

type stored struct {
	pool.Pool
	desktops []*pool.Desktop
}

func newStore(pools []Pool) (*store, error) {
	s := &store{poolByID: map[string]*stored{}, desktopByID: map[string]*pool.Desktop{}}
	for _, p := range pools {
		if p.NativeID == "" || s.poolByID[p.NativeID] != nil {
			return nil, fmt.Errorf("the pool id %q is empty or taken", p.NativeID)
		}
		kept := &stored{Pool: p.Pool}
		s.poolByID[p.NativeID] = kept
		s.pools = append(s.pools, kept)
		for _, d := range p.Desktops {
			if err := s.add(kept, d); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// reading locks s for a reader, and returns what unlocks it.
func (s *store) reading() (done func()) {
	s.mu.RLock()
	return s.mu.RUnlock
}

func (s *store) add(p *stored, d pool.Desktop) error {
	if d.NativeID == "" || s.desktopByID[d.NativeID] != nil {
		return fmt.Errorf("the desktop id %q is empty or taken", d.NativeID)
	}
	if d.PoolID != "" && d.PoolID != p.NativeID {
		return fmt.Errorf("desktop %q says that it is in pool %q, but lies in %q", d.NativeID, d.PoolID, p.NativeID)
	}
	d.PoolID = p.NativeID
	s.desktopByID[d.NativeID] = &d
	p.desktops = append(p.desktops, &d)
	return nil
}

// matching are the pool's desktops that pass the filter.
func (p *stored) matching(f pool.DesktopPushdown) []*pool.Desktop {
	if f == (pool.DesktopPushdown{}) {
		return p.desktops
	}
	return slices.DeleteFunc(slices.Clone(p.desktops), func(d *pool.Desktop) bool {
		return f.BillingMode != "" && d.BillingMode != f.BillingMode ||
			f.PowerState != "" && d.PowerState != f.PowerState ||
			f.User != "" && !uses(d, f.User)
	})
}

// uses tells whether a desktop is assigned to, or used by, a user of that
// name; a user without a name is known by the id.
func uses(d *pool.Desktop, user string) bool {
	is := func(u pool.User) bool { return u.Name == user || u.Name == "" && u.ID == user }
	return slices.ContainsFunc(d.ActiveUsers, is) ||
		slices.ContainsFunc(d.Assignments, func(a pool.Assignment) bool { return is(a.User) })
}

// live are the pool's desktops that are not deleted.
func (p *stored) live() []*pool.Desktop {
	return slices.DeleteFunc(slices.Clone(p.desktops), func(d *pool.Desktop) bool { return d.LifecycleState == pool.Deleted })
}

// named are the desktops that an order names, which exist.
func (s *store) named(o pool.Order) []*pool.Desktop {
	var list []*pool.Desktop
	for _, id := range o.DesktopIDs {
		list = append(list, s.desktopByID[id])
	}
	return list
}
