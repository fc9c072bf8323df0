package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
)

// historyLate is how long after its time an outcome may be kept: it is offered to the ledger for 10 s, which takes up to 5 s.
const historyLate = 15 * time.Second

// historySpan is a time in which an order is open.
type historySpan struct {
	order       orders.Record
	from, until time.Time
}

// spans are when an order was open, by its own history, whose times are taken before the commits. The surest: from
// the right to send, which is taken when the order is reserved already. The widest: from when it was drawn up.
func spans(r orders.Record) (surest, widest []historySpan) {
	for i, e := range r.History {
		if e.State != orders.Reserved && e.State != orders.Sending {
			continue
		}
		s := historySpan{r, e.At, r.UpdatedAt}
		for _, later := range r.History[i:] {
			if !later.State.Open() {
				s.until = later.At
				break
			}
		}
		if e.State == orders.Sending {
			surest = append(surest, s)
		} else {
			widest = append(widest, s)
		}
	}
	return surest, widest
}

// contend checks what joins the keys of a pool: one of its orders is open at a time, and who
// was told so was told the truth. The requests have their times since began.
func contend(records []orders.Record, requests []historyRequest, began time.Time) (found []finding) {
	surest, widest := map[string][]historySpan{}, map[string][]historySpan{}
	for _, r := range records {
		sure, wide := spans(r)
		surest[r.Source] = append(surest[r.Source], sure...)
		widest[r.Source] = append(widest[r.Source], wide...)
	}
	for source, list := range surest {
		slices.SortFunc(list, func(a, b historySpan) int { return a.from.Compare(b.from) })
		for i := 1; i < len(list); i++ {
			if list[i].from.Before(list[i-1].until) {
				found = append(found, finding{"doubled", list[i].order.Key, fmt.Sprintf("it was sent for the pool of %s at %v, while %s was open until %v",
					source, list[i].from, list[i-1].order.Key, list[i-1].until)})
			}
		}
	}
	for _, r := range requests {
		if r.told.class != historyUnresolved {
			continue
		}
		call, end := began.Add(r.call), began.Add(r.end)
		if !slices.ContainsFunc(widest[fmt.Sprintf("hw-%d", r.pool)], func(s historySpan) bool {
			return s.order.Key != historyKey(r.pool, r.key) && !s.from.After(end) && !s.until.Add(historyLate).Before(call)
		}) {
			found = append(found, finding{"wrong", historyKey(r.pool, r.key), "it was told that another order is open, and none was"})
		}
	}
	return found
}
