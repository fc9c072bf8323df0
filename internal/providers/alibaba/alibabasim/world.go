package alibabasim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// WorldOptions says how large a world is.
type WorldOptions struct {
	Groups   int    // 0: 12
	Desktops int    // roughly, in all groups and outside of them; 0: 300
	BigGroup int    // not 0: one more group, with exactly that many live desktops
	Idle     int    // live desktops of the idle group; 0: 8
	Region   string // "": cn-hangzhou
}

// World is what one account has: desktop groups, their users, their desktops,
// and desktops outside of groups. It is made from a seed, the same each time,
// and never changes: what is done to it is kept by each Sim, as its history. Desktops
// are not stored but worked out when they are asked for, so that their number costs
// no memory.
type World struct {
	seed      uint64
	region    string
	groups    []*group
	dedicated *group // desktops outside of groups
	byID      map[string]*group
	images    map[string]image
}

const accountID = "1234567890123456"

// epoch is the day on which the world is seen; all its times lie around it.
func epoch() time.Time { return time.Date(2025, time.November, 21, 8, 0, 0, 0, time.UTC) }

// NewWorld makes the world of seed. Its first group holds the two desktops of
// the vendor's own example of DescribeDesktopsInGroup.
func NewWorld(seed uint64, o WorldOptions) *World {
	if o.Groups <= 0 {
		o.Groups = 12
	}
	if o.Desktops <= 0 {
		o.Desktops = 300
	}
	if o.Idle <= 0 {
		o.Idle = 8
	}
	if o.Region == "" {
		o.Region = "cn-hangzhou"
	}
	w := &World{seed: seed, region: o.Region, byID: make(map[string]*group, o.Groups+1)}
	outside := max(8, o.Desktops/20)
	for i, live := range groupSizes(o.Groups, max(0, o.Desktops-outside)) {
		if i == idleGroup {
			w.add(groupSize{live: o.Idle, idle: true})
		} else {
			w.add(groupSize{live: live})
		}
	}
	if o.BigGroup > 0 {
		w.add(groupSize{live: o.BigGroup, big: true})
	}
	w.dedicated = newGroup(w, len(w.groups), groupSize{live: outside})
	w.dedicated.id = "null" // how the vendor's samples say that there is no group
	w.images = allImages(append(slices.Clone(w.groups), w.dedicated))
	return w
}

func (w *World) add(of groupSize) {
	g := newGroup(w, len(w.groups), of)
	w.groups = append(w.groups, g)
	w.byID[g.id] = g
}

// idleGroup is the number of the group whose desktops are all subscribed and stopped.
const idleGroup = 6

// IdleGroup is the id of the group whose desktops are all subscribed, stopped
// and at rest, so that they take orders; "" in a world of fewer than 7 groups.
func (w *World) IdleGroup() string {
	for _, g := range w.groups {
		if g.idle {
			return g.id
		}
	}
	return ""
}

// groupSizes shares desktops out unevenly: some groups are empty, some hold
// exactly one.
func groupSizes(groups, desktops int) []int {
	weights := []int{10, 20, 5, 10, 15, 0, 10, 0, 10, 20}
	sum := 0
	for i := range groups {
		if i != idleGroup {
			sum += weights[i%len(weights)]
		}
	}
	sizes := make([]int, groups)
	for i := range sizes {
		switch {
		case i == idleGroup: // WorldOptions say
		case i%len(weights) == 7:
			sizes[i] = 1
		default:
			sizes[i] = desktops * weights[i%len(weights)] / sum
		}
	}
	sizes[0] = max(2, sizes[0]) // the vendor's example
	return sizes
}

// group finds a group by id; nil if there is none.
func (w *World) group(id string) *group { return w.byID[id] }

// desktop finds a desktop by id, without a search: the id holds the numbers
// of its group and of its place in it.
func (w *World) desktop(id string) (desktop, bool) {
	first := w.groups[0]
	switch id {
	case exampleSubscription:
		return first.desktop(0), true
	case examplePayAsYouGo:
		return first.desktop(first.prepaid), true
	}
	_, digits, ok := strings.Cut(id, "-")
	if !ok || len(digits) != desktopDigits {
		return desktop{}, false
	}
	ordinal, err := strconv.ParseUint(digits[saltDigits:saltDigits+groupDigits], 36, 32)
	if err != nil || ordinal > uint64(len(w.groups)) {
		return desktop{}, false
	}
	g := w.ordinal(int(ordinal))
	slot, err := strconv.ParseUint(digits[saltDigits+groupDigits:], 36, 32)
	if err != nil || slot >= uint64(g.slots()) {
		return desktop{}, false
	}
	d := g.desktop(int(slot))
	return d, d.id() == id
}

// ordinal is the group with a number; the last is that of desktops outside of groups.
func (w *World) ordinal(n int) *group {
	if n < len(w.groups) {
		return w.groups[n]
	}
	return w.dedicated
}

// mix makes a number that looks random from three.
func mix(seed, a, b uint64) uint64 {
	x := seed
	for _, v := range [...]uint64{a, b} {
		x += 0x9e3779b97f4a7c15 ^ v*0xd6e8feb86659fd93
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}

// base36 is the last digits of n to base 36, always that many.
func base36(n uint64, digits int) string {
	b := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		b[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[n%36]
		n /= 36
	}
	return string(b)
}

// pick takes the list's entry number n, round and round.
func pick[T any](n int, list ...T) T { return list[n%len(list)] }

type regionRow struct {
	RegionID       string `json:"RegionId"`
	RegionEndpoint string
	LocalName      string
}

type regionsAnswer struct {
	RequestID string      `json:"RequestId"`
	Regions   []regionRow `json:"Regions"`
}

// regionNames are the regions of the service, with English and Chinese names.
func regionNames() [][3]string {
	return [][3]string{
		{"cn-qingdao", "China (Qingdao)", "华北1（青岛）"},
		{"cn-beijing", "China (Beijing)", "华北2（北京）"},
		{"cn-zhangjiakou", "China (Zhangjiakou)", "华北3（张家口）"},
		{"cn-wulanchabu", "China (Ulanqab)", "华北6（乌兰察布）"},
		{"cn-hangzhou", "China (Hangzhou)", "华东1（杭州）"},
		{"cn-shanghai", "China (Shanghai)", "华东2（上海）"},
		{"cn-nanjing", "China (Nanjing)", "华东5（南京）"},
		{"cn-shenzhen", "China (Shenzhen)", "华南1（深圳）"},
		{"cn-guangzhou", "China (Guangzhou)", "华南3（广州）"},
		{"cn-chengdu", "China (Chengdu)", "西南1（成都）"},
		{"cn-hongkong", "China (Hong Kong)", "中国香港"},
		{"ap-northeast-1", "Japan (Tokyo)", "日本（东京）"},
		{"ap-southeast-1", "Singapore", "新加坡"},
		{"ap-southeast-5", "Indonesia (Jakarta)", "印度尼西亚（雅加达）"},
		{"ap-southeast-6", "Philippines (Manila)", "菲律宾（马尼拉）"},
		{"ap-southeast-7", "Thailand (Bangkok)", "泰国（曼谷）"},
		{"us-west-1", "US (Silicon Valley)", "美国（硅谷）"},
		{"eu-west-1", "UK (London)", "英国（伦敦）"},
		{"eu-central-1", "Germany (Frankfurt)", "德国（法兰克福）"},
		{"me-central-1", "SAU (Riyadh)", "沙特（利雅得）"},
		{"cn-hangzhou-finance", "China East 1 Finance", "华东1 金融云"},
		{"cn-shanghai-finance-1", "China East 2 Finance", "华东2 金融云"},
	}
}

func knownRegion(id string) bool {
	return slices.ContainsFunc(regionNames(), func(r [3]string) bool { return r[0] == id })
}

func (s *Sim) describeRegions(p *params) any {
	language := p.word("AcceptLanguage", "en", "zh", "en-US", "zh-CN")
	answer := regionsAnswer{RequestID: p.requestID}
	for _, r := range regionNames() {
		name := r[2]
		if strings.HasPrefix(language, "en") {
			name = r[1]
		}
		answer.Regions = append(answer.Regions, regionRow{r[0], "ecd." + r[0] + ".aliyuncs.com", name})
	}
	return answer
}
