package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

// death is one end of the server, by kill -9.
type death struct {
	// at is a point of seams_crashtest.go, at which the server kills itself, or one at which it is killed:
	//
	//	cloud.<step>  a step of a trap, in the cloud
	//	caller.first  the first byte of the answer is with the caller
	//	time          some time after the order was sent to the server
	//	start         some time after the server was started
	at    string
	n     int           // for the n-th time; 0: 1
	taken bool          // of cloud.accept, first and request: the cloud gets the order all the same
	after time.Duration // of time and start
}

// story is what happens to one order: the deaths of the servers that have to
// do with it, one after the other, and how the cloud misbehaves.
type story struct {
	deaths   []death
	cloud    pool.Cloud // empty: either
	loses    fault.Loss // the answer is lost so
	trade    fault.Kind // the cloud refuses all of it, or a part
	throttle bool       // the cloud turns the first request away
}

func dies(points ...string) (s story) {
	for _, p := range points {
		s.deaths = append(s.deaths, death{at: p})
	}
	return s
}

func (s story) with(change func(*story)) story {
	s.deaths = slices.Clone(s.deaths)
	change(&s)
	return s
}

// steps are all points at which a server dies that places an order.
func steps() []string {
	return []string{
		"reserve.before", "reserve.after", "sending.before", "sending.after", "dial.before", "dial.after",
		"write.before", "write.half", "write.after", "read.before", "read.first", "read.after",
		"outcome.before", "outcome.after",
	}
}

// basics are stories of a cloud that behaves: a death at every step, seen from every side.
func basics() (list []story) {
	for _, p := range steps() {
		list = append(list, dies(p))
	}
	for _, step := range []string{"accept", "first", "request"} {
		for _, taken := range []bool{false, true} {
			// Alibaba is asked for prices over several connections at once: which is the order's cannot be told.
			list = append(list, story{deaths: []death{{at: "cloud." + step, taken: taken}}, cloud: pool.Huawei})
		}
	}
	for _, p := range []string{"cloud.acted", "cloud.half", "cloud.answered", "caller.first", "time"} {
		list = append(list, dies(p))
	}
	return list
}

// losses are all ways to lose an answer; a hang takes as long as an order may, and comes once.
func losses() []fault.Loss {
	return []fault.Loss{
		fault.LostByReset, fault.LostByCut, fault.LostBy500, fault.LostBy502, fault.LostBy504,
		fault.LostByHTML, fault.LostByEmpty, fault.LostByObject, fault.LostByRedirect, fault.LostByHang,
	}
}

// twists are stories with more than one death, of a second call, or of a cloud that misbehaves.
func twists() (list []story) {
	for _, p := range steps()[2:12] {
		list = append(list, story{deaths: []death{{at: p, n: 2}}, cloud: pool.Alibaba})
	}
	list = append(list, // who finds the order dies as well
		dies("sending.after", "abandon.before"), dies("write.after", "abandon.after"), dies("reserve.after", "abandon.before"),
		dies("read.before", "look.before"), dies("dial.after", "look.after"), dies("write.after", "verdict.before"),
		dies("write.half", "verdict.after"), dies("write.after", "abandon.after", "look.after", "verdict.before"),
		dies("read.first", "start"), dies("outcome.before", "start", "start"), dies("time", "start", "time"),
	)
	looking := []string{"look.before", "look.after", "verdict.before", "verdict.after"}
	for i, loss := range losses() {
		for _, p := range []string{looking[i%len(looking)], "outcome.before", "outcome.after", "time"} {
			list = append(list, dies(p).with(func(s *story) { s.loses = loss }))
		}
	}
	for _, p := range []string{"reserve.before", "reserve.after", "sending.before", "write.after", "outcome.before"} {
		list = append(list, dies(p).with(func(s *story) { s.throttle, s.deaths[0].n = true, 2 })) // at the second try
	}
	for _, p := range []string{"read.after", "outcome.before", "outcome.after"} {
		list = append(list, dies(p).with(func(s *story) { s.throttle = true }))
	}
	for _, trade := range []fault.Kind{fault.SoldOut, fault.PartialFailure} {
		for _, p := range []string{"write.after", "read.after", "outcome.before", "outcome.after", "caller.first"} {
			list = append(list, dies(p).with(func(s *story) { s.trade = trade }))
		}
	}
	return list
}

// stories are n of them: the basics in a random order, then the twists, then any.
func stories(rng *rand.Rand, n int) []story {
	list, more := basics(), twists()
	for _, part := range [][]story{list, more} {
		rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
	list = append(list, more...)
	all := len(list)
	for len(list) < n {
		s := list[rng.IntN(all)]
		if s.loses == fault.LostByHang && rng.IntN(4) > 0 { // it takes long
			continue
		}
		list = append(list, s)
	}
	list = list[:n]
	for i := range list {
		list[i] = list[i].with(func(s *story) { s.draw(rng) })
	}
	return list
}

// draw chooses what is left open.
func (s *story) draw(rng *rand.Rand) {
	if s.cloud == "" {
		s.cloud = []pool.Cloud{pool.Huawei, pool.Huawei, pool.Alibaba}[rng.IntN(3)]
	}
	for i := range s.deaths {
		switch s.deaths[i].at {
		case "time":
			s.deaths[i].after = time.Duration(rng.Int64N(int64(100 * time.Millisecond)))
		case "start":
			s.deaths[i].after = 20*time.Millisecond + time.Duration(rng.Int64N(int64(300*time.Millisecond)))
		}
	}
}

// round is the story of one order, with its order.
type round struct {
	story
	n         int
	key, plan string
	account   *account
	body      string
	other     string // another order
}

func (r *round) String() string {
	return fmt.Sprintf("%s of %s (deaths %v, loses %q, trade %q, throttle %v)", r.key, r.account.source, r.deaths, r.loses, r.trade, r.throttle)
}
