package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// refusing refuses what it is asked as if all its credentials were bad, so
// that a body that got so far does nothing.
type refusing struct{ asked *bool }

func (r refusing) Plan(context.Context, pool.Order) (pool.Plan, error) {
	*r.asked = true
	return pool.Plan{}, &pool.Error{Kind: pool.Conflict, Op: "plan an order"}
}

func (refusing) Price(context.Context, pool.Order, pool.Plan) (pool.Price, error) { panic("priced") }

func (refusing) Send(context.Context, pool.OrderCall, time.Time) pool.Sent { panic("sent") }

func (refusing) Look(context.Context, pool.Suspect) (pool.Evidence, error) { panic("looked") }

// FuzzOrderBody sends any body, by any key: never 5xx, and a source is asked only
// for a body that the document allows.
func FuzzOrderBody(f *testing.F) {
	for i, good := range goodBodies() {
		f.Add(good.String(), strconv.Itoa(i))
	}
	for i, b := range unfit() {
		if i%20 == 0 {
			f.Add(b.body, "k")
		}
	}
	for i, b := range broken() {
		if i%10 == 0 {
			f.Add(b.body, `"k"`)
		}
	}
	asked := false
	s := open(f, func(up *setup) {
		o := *up.sources[0].Ordering
		o.Orderer = refusing{&asked}
		up.sources[0].Ordering = &o
	})
	schema := s.contract.doc.Components.Schemas["OrderRequest"].Value
	f.Fuzz(func(t *testing.T, body, key string) {
		send := func(target string) reply {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+keyAll)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
			r.Header.Set("Idempotency-Key", key)
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			rep := reply{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
			s.contract.check(t, r, rep)
			return rep
		}
		for _, target := range []string{"/v1/orders", "/v1/estimates"} {
			asked = false
			rep := send(target)
			if rep.status < 400 || rep.status >= 500 {
				t.Errorf("%s %q by %q: %d %s", target, body, key, rep.status, rep.body)
			}
			if !asked {
				continue
			}
			tree, faults, err := orders.Parse([]byte(body))
			if err != nil || len(faults) > 0 || schema.VisitJSON(tree) != nil {
				t.Errorf("%s %q went through to the source", target, body)
			}
		}
	})
}
