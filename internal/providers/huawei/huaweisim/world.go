package huaweisim

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// WorldOptions says how large a world is.
type WorldOptions struct {
	Pools    int    // at least 1: the example of Huawei's documents, always the first
	Desktops int    // in all, roughly: over the pools, and some that are in no pool
	BigPool  int    // if > 0, one more pool, the last, with exactly so many desktops
	Region   string // for the names of zones; empty: cn-north-4
	// ArrayAddresses gives some desktops their addresses as the bare array of an
	// example in the vendor's OpenAPI, which the vendor's own SDK cannot read.
	ArrayAddresses bool
}

// World is what there is in a simulated cloud. The same seed and options give
// the same world. Desktops are not stored: a desktop is computed from its pool
// and its index. A World never changes, so it can be shared; what orders change
// is in a copy that shares the rest, see changed.go.
type World struct {
	seed   uint64
	region string
	arrays bool // as ArrayAddresses
	states wheel
	pools  []*desktopPool // newest first, as they are listed
	// ordinary are the desktops that are in no pool.
	ordinary *desktopPool
	products []productInfo // by id
	images   []imageInfo   // newest first
}

// desktopPool is a pool with the templates of its desktops.
type desktopPool struct {
	world    *World
	index    int
	info     poolInfo
	size     int
	first    int // where its desktops begin on the wheel of states
	created  time.Time
	ordinary bool // no pool, but the desktops outside of all pools
	tally    tally

	jobs int               // that run
	own  map[int]*poolInfo // the templates of desktops that were changed apart from the pool, by index
}

// status is TEMPORARY while a job runs.
func (p *desktopPool) status() string {
	if p.jobs > 0 {
		return "TEMPORARY"
	}
	return p.info.Status
}

// poolGap is the time between two pools, in which all desktops of the elder one were created.
const poolGap = 2 * 24 * time.Hour

// NewWorld makes a world.
func NewWorld(seed uint64, o WorldOptions) *World {
	if o.Region == "" {
		o.Region = "cn-north-4"
	}
	w := &World{seed: mix(seed, mixText(o.Region)), region: o.Region, arrays: o.ArrayAddresses, states: newWheel()}
	w.add(examplePool(), 10)
	ordinary := o.Desktops / 16
	sizes := w.sizes(max(o.Pools, 1)-1, o.Desktops-10-ordinary)
	for _, n := range sizes {
		w.add(w.generate(len(w.pools), o.Region), n)
	}
	if o.BigPool > 0 {
		w.add(w.bigPool(o.Region), o.BigPool)
	}
	w.ordinary = w.newPool(w.generate(len(w.pools), o.Region), ordinary)
	w.ordinary.ordinary = true
	w.ordinary.count()
	w.products, w.images = w.allProducts(), w.allImages()
	return w
}

// sizes shares desktops out over n pools, unevenly; of 8 pools or more, one is empty.
func (w *World) sizes(n, desktops int) []int {
	weights, sum := make([]int, n), 0
	for i := range weights {
		weights[i] = 1 + int(mix(w.seed, 1, uint64(i))%8)
		if i == 7 {
			weights[i] = 0
		}
		sum += weights[i]
	}
	sizes := make([]int, n)
	for i := range sizes {
		if weights[i] > 0 && desktops > 0 {
			sizes[i] = desktops * weights[i] / sum
		}
	}
	return sizes
}

func (w *World) add(info poolInfo, size int) {
	p := w.newPool(info, size)
	p.count()
	w.pools = append(w.pools, p)
}

func (w *World) newPool(info poolInfo, size int) *desktopPool {
	p := &desktopPool{world: w, index: len(w.pools), info: info, size: size}
	p.created = exampleCreated().Add(-time.Duration(p.index)*poolGap + time.Duration(p.index%2*696)*time.Millisecond)
	if p.index > 0 {
		last := w.pools[p.index-1]
		p.first = last.first + last.size
		p.info.CreatedTime = p.created.Format(pick(p.index, secondsLayout, millisLayout))
	}
	return p
}

// count fills in what a pool says of its desktops.
func (p *desktopPool) count() {
	for i := range p.size {
		p.tally.count(desktop{p, i})
	}
	p.info.DesktopCount = p.size
	p.info.DesktopUsed = p.tally.used
	if p.index > 0 {
		p.info.IsolationNum = &p.tally.login.UnableToConnect
		if p.info.VPCID != "" { // a newer region, see generate
			p.info.OnDemandDesktopNum = &p.tally.onDemand
		}
	}
}

// pool finds a pool by its id.
func (w *World) pool(id string) (*desktopPool, bool) {
	for _, p := range w.pools {
		if p.info.ID == id {
			return p, true
		}
	}
	return nil, false
}

// desktopID has the pool's index in its second and third group and the
// desktop's in its last, so that an id leads to its desktop without a search.
func (w *World) desktopID(pool, index int) string {
	check := mix(w.seed, 2, uint64(pool), uint64(index))
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(w.seed), pool>>12, pool&0xfff, check&0xfff, index)
}

// desktop finds a desktop by its id.
func (w *World) desktop(id string) (desktop, bool) {
	if len(id) != 36 {
		return desktop{}, false
	}
	pool, err1 := strconv.ParseUint(id[9:13]+id[15:18], 16, 32)
	index, err2 := strconv.ParseUint(id[24:], 16, 48)
	if err1 != nil || err2 != nil || pool > uint64(len(w.pools)) {
		return desktop{}, false
	}
	p := w.ordinary
	if int(pool) < len(w.pools) {
		p = w.pools[pool]
	}
	if index >= uint64(p.size) || w.desktopID(p.index, int(index)) != id {
		return desktop{}, false
	}
	return desktop{p, int(index)}, true
}

// mix hashes numbers into one, by splitmix64.
func mix(numbers ...uint64) uint64 {
	var h uint64
	for _, n := range numbers {
		h += n + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

func mixText(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// uuid is an id that follows from numbers.
func uuid(numbers ...uint64) string {
	a := mix(numbers...)
	b := mix(a, 3)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// The forms in which Huawei sends times, all UTC.
const (
	secondsLayout = "2006-01-02T15:04:05Z"
	millisLayout  = "2006-01-02T15:04:05.000Z"
	spaceLayout   = "2006-01-02 15:04:05"
)

// hexID is an id without dashes, as projects and users have.
func hexID(numbers ...uint64) string { return strings.ReplaceAll(uuid(numbers...), "-", "") }
