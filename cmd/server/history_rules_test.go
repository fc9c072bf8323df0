package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
)

// tale is a history of one key, in which one request ends before the next begins, unless it was begun by long.
type tale struct {
	history
	clock time.Duration
}

func (s *tale) add(a historyAsked, t historyTold) *tale {
	s.clock += 10 * time.Second
	a.request = len(s.requests) + 1
	s.requests = append(s.requests, historyRequest{historyAsked: a, told: t, server: 1, call: s.clock, end: s.clock + time.Second})
	return s
}

// long makes the last request end only after n more.
func (s *tale) long(n int) *tale {
	s.requests[len(s.requests)-1].end += time.Duration(n) * 10 * time.Second
	return s
}

// post is a POST of an order that is answered with a state.
func (s *tale) post(variant string, state orders.State, body string) *tale {
	return s.add(historyAsked{verb: historyPost, variant: variant}, historyTold{class: historyIs, state: state, body: body})
}

func (s *tale) again(variant string, state orders.State, body string) *tale {
	return s.add(historyAsked{verb: historyPost, variant: variant}, historyTold{class: historyIs, state: state, body: body, replayed: true})
}

func (s *tale) other(variant string, class historyClass) *tale {
	return s.add(historyAsked{verb: historyPost, variant: variant}, historyTold{class: class})
}

func (s *tale) read(state orders.State, body string) *tale {
	return s.add(historyAsked{verb: historyRead}, historyTold{class: historyIs, state: state, body: body})
}

func (s *tale) resolve(word orders.State, class historyClass) *tale {
	return s.add(historyAsked{verb: historyResolve, word: word}, historyTold{class: class, state: word, body: "x"})
}

// TestHistoryModel tells tales that may be, and others that must not.
func TestHistoryModel(t *testing.T) {
	tests := []struct {
		name string
		tale *tale
		want bool
	}{
		{"placed, and asked again", new(tale).read("", "").post("a", orders.Placed, "x").again("a", orders.Placed, "x").read(orders.Placed, "x"), true},
		{"two that have placed it", new(tale).post("a", orders.Placed, "x").post("a", orders.Placed, "x"), false},
		{"two at a time that have placed it", new(tale).post("a", orders.Placed, "x").long(1).post("a", orders.Placed, "x"), false},
		{"a final body changes", new(tale).post("a", orders.Placed, "x").again("a", orders.Placed, "y"), false},
		{"it reads otherwise than it was answered", new(tale).post("a", orders.Placed, "x").read(orders.Placed, "y"), false},
		{"another order is placed", new(tale).post("a", orders.Placed, "x").post("b", orders.Placed, "y"), false},
		{"another order is answered with the first", new(tale).post("a", orders.Placed, "x").again("b", orders.Placed, "x"), false},
		{"another order is refused", new(tale).post("a", orders.Placed, "x").other("b", historyMismatch), true},
		{"an order is refused for another that is none", new(tale).other("a", historyMismatch), false},
		{"an order is refused for another at that time", new(tale).other("a", historyRefused).long(1).other("b", historyMismatch), true},
		{"PLACED after NOT_PLACED", new(tale).post("a", orders.Unknown, "").again("a", orders.NotPlaced, "p").again("a", orders.Placed, "x"), false},
		{"NOT_PLACED after PLACED", new(tale).post("a", orders.Placed, "x").read(orders.NotPlaced, "y"), false},
		{"looked up", new(tale).post("a", orders.Unknown, "").read(orders.Unknown, "").again("a", orders.Placed, "x"), true},
		{"looked up, and sent again", new(tale).post("a", orders.Unknown, "").read(orders.NotSent, ""), false},
		{"looked up, and placed again", new(tale).post("a", orders.Unknown, "").post("a", orders.Placed, "x"), false},
		{"a replay of what nobody placed", new(tale).again("a", orders.Placed, "x"), false},
		{"a replay after an answer that was lost", new(tale).other("a", historyUnsure).again("a", orders.Placed, "x"), true},
		{"a replay before the lost request", new(tale).again("a", orders.Placed, "x").other("a", historyUnsure), false},
		{"not sent, and tried again", new(tale).post("a", orders.NotSent, "").read(orders.NotSent, "").post("a", orders.Placed, "x"), true},
		{"not sent, and then unknown", new(tale).post("a", orders.NotSent, "").read(orders.Unknown, ""), false},
		{"not sent, and another order is placed", new(tale).post("a", orders.NotSent, "").post("b", orders.Placed, "x"), false},
		{"rejected, and tried again", new(tale).post("a", orders.Rejected, "p").post("a", orders.Placed, "x"), false},
		{"it is lost", new(tale).post("a", orders.Placed, "x").read("", ""), false},
		{"in progress, and nobody places it", new(tale).other("a", historyBusy), false},
		{"in progress while it is placed", new(tale).post("a", orders.Placed, "x").long(1).other("a", historyBusy), true},
		{"in progress when it is placed", new(tale).post("a", orders.Placed, "x").other("a", historyBusy), false},
		{"it goes back to be sent", new(tale).other("a", historyUnsure).read(orders.Sending, "").read(orders.Reserved, ""), false},
		{"it waits for itself", new(tale).post("a", orders.Placed, "x").other("a", historyUnresolved), false},
		{"a person settles it", new(tale).post("a", orders.Unknown, "").resolve(orders.Placed, historyIs).again("a", orders.Placed, "x"), true},
		{"a person changes it", new(tale).post("a", orders.Placed, "x").resolve(orders.NotPlaced, historyIs), false},
		{"a person is told that it is settled", new(tale).post("a", orders.Placed, "x").resolve(orders.NotPlaced, historySettled), true},
		{"a person is told so, and it is not", new(tale).post("a", orders.NeedsReview, "").resolve(orders.Placed, historySettled), false},
		{"an answer that must never be", new(tale).other("a", historyStrange), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v := tt.tale.judge(); (len(v.illegal) == 0) != tt.want || len(v.undecided) > 0 {
				t.Errorf("%v: want legal %v", v, tt.want)
			}
		})
	}
}

// TestHistoryContention holds two orders of one pool against each other, and what somebody was told of them.
func TestHistoryContention(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	record := func(key string, from, until int) orders.Record {
		return orders.Record{Key: key, Source: "hw-0", State: orders.Placed, UpdatedAt: at(until), History: []orders.Event{
			{At: at(from), State: orders.Reserved}, {At: at(from + 1), State: orders.Sending}, {At: at(until), State: orders.Placed},
		}}
	}
	told := func(call, end int) historyRequest {
		asked := historyAsked{verb: historyPost, key: 7}
		return historyRequest{historyAsked: asked, told: historyTold{class: historyUnresolved}, call: time.Duration(call) * time.Second, end: time.Duration(end) * time.Second}
	}
	tests := []struct {
		name    string
		records []orders.Record
		told    historyRequest
		want    string
	}{
		{"one after the other", []orders.Record{record("a", 10, 20), record("b", 20, 30)}, told(12, 13), "[]"},
		{"drawn up before the end of the first", []orders.Record{record("a", 10, 20), record("b", 19, 30)}, told(12, 13), "[]"},
		{"two at a time", []orders.Record{record("a", 10, 20), record("b", 15, 30)}, told(12, 13), "doubled"},
		{"told before", []orders.Record{record("a", 10, 20)}, told(5, 9), "wrong"},
		{"told while", []orders.Record{record("a", 10, 20)}, told(5, 11), "[]"},
		{"told long after", []orders.Record{record("a", 10, 20)}, told(40, 41), "wrong"},
		{"told of itself", []orders.Record{record(historyKey(0, 7), 10, 20)}, told(12, 13), "wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := "[]"
			if found := contend(tt.records, []historyRequest{tt.told}, at(0)); len(found) > 0 {
				got = found[0].kind
			}
			if got != tt.want {
				t.Errorf("found %s, want %s", fmt.Sprint(got), tt.want)
			}
		})
	}
}
