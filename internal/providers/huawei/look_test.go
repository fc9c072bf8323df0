package huawei

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	listOrders   = "GET " + ordersPath
	detailOrders = "GET " + ordersPath + "/details/"
	showPeriod   = "GET /desktop-pools/" + periodPool
)

// booked is an order as ListCustomerOrders has it.
func booked(id string, kind int, service, created string) string {
	return fmt.Sprintf(`{"order_id":%q,"order_type":%d,"service_type_code":%q,"status":6,"create_time":%q,"currency":"CNY","amount_after_discount":63.2,"measure_id":1,"user_name":"u"}`,
		id, kind, service, created)
}

func bookOf(rows ...string) http.HandlerFunc {
	return ok(fmt.Sprintf(`{"total_count":%d,"order_infos":[%s]}`, len(rows), strings.Join(rows, ",")))
}

// suspicion is that a resize of periodPool, sent at 08:00:00 and lost by 08:00:30, was placed.
func suspicion(o pool.Order) pool.Suspect {
	at := newClock().Now()
	o.PoolID = periodPool
	b := state{[]thing{{ID: periodPool, ProductID: "large2"}}}
	return pool.Suspect{Order: o, Call: pool.OrderCall{PoolID: periodPool, Before: encode(b)}, At: at, Until: at.Add(30 * time.Second)}
}

// within are answers of a pool that is as it was, and of books with these rows.
func within(book http.HandlerFunc) map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{showPeriod: dated(newClock().Now(), ok(periodPoolJSON(periodPool, "STEADY"))), listOrders: book}
}

// dated is an answer by a clock.
func dated(now time.Time, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now.Format(http.TimeFormat))
		answer(w, r)
	}
}

func TestLook(t *testing.T) {
	answers := within(bookOf(booked("CS1", 3, "hws.service.type.vdi", "2025-07-14T08:00:10Z")))
	answers[detailOrders+"CS1"] = ok(`{"total_count":1,"order_info":{"order_id":"CS1","status":5,"amount_after_discount":60.5},"order_line_items":[{"service_type_code":"hws.service.type.vdi"}]}`)
	c := newClock()
	src, cloud := shop(t, Config{DomainID: "domain-1", Now: c.Now}, answers)
	got, err := src.Ordering.Look(t.Context(), suspicion(resize(false)))
	if err != nil {
		t.Fatal(err)
	}
	want := []pool.CloudOrder{{
		ID: "CS1", PaymentState: pool.PayCompleted, CreatedAt: time.Date(2025, 7, 14, 8, 0, 10, 0, time.UTC), Amount: yuan("60.50"),
		Native: json.RawMessage(booked("CS1", 3, "hws.service.type.vdi", "2025-07-14T08:00:10Z")),
	}}
	if diff := cmp.Diff(want, got.Orders); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if got.Changed == nil || *got.Changed {
		t.Errorf("changed %v, want false", got.Changed)
	}
	var parts []string
	for _, p := range got.Parts {
		parts = append(parts, p.Operation)
	}
	if want := []string{"ShowDesktopPoolDetail", "ListCustomerOrders", "ShowCustomerOrderDetails"}; !slices.Equal(parts, want) {
		t.Errorf("parts %q, want %q", parts, want)
	}
	r := cloud.requests(listOrders)[0]
	if q := r.URL.Query(); q.Get("create_time_begin") != "2025-07-14T07:58:00Z" || q.Get("create_time_end") != "2025-07-14T08:02:30Z" || q.Get("limit") != "100" || q.Get("offset") != "0" {
		t.Errorf("query %v", q)
	}
	if r.Header.Get("X-Domain-Id") != "domain-1" || r.Header.Get("X-Project-Id") != "" || !strings.Contains(r.Header.Get("Authorization"), "SignedHeaders=host;x-domain-id;x-sdk-date,") {
		t.Errorf("headers %v", r.Header)
	}
}

func TestLookKinds(t *testing.T) {
	const soon, vdi = "2025-07-14T08:00:10Z", "hws.service.type.vdi"
	add, drop := goods[0].order, goods[len(goods)-1].order
	tests := []struct {
		name  string
		order pool.Order
		row   string
		want  bool
	}{
		{"a change", resize(false), booked("CS1", 3, vdi, soon), true},
		{"another service", resize(false), booked("CS1", 3, "hws.service.type.ec2", soon), false},
		{"a new order", resize(false), booked("CS1", 1, vdi, soon), false},
		{"a renewal", resize(false), booked("CS1", 2, vdi, soon), false},
		{"too early", resize(false), booked("CS1", 3, vdi, "2025-07-14T07:57:59Z"), false},
		{"too late", resize(false), booked("CS1", 3, vdi, "2025-07-14T08:02:31Z"), false},
		{"at the edge", resize(false), booked("CS1", 3, vdi, "2025-07-14T08:02:30Z"), true},
		{"nothing is said of it", resize(false), `{"order_id":"CS1"}`, true},
		{"not even its id", resize(false), `{"order_type":3}`, true},
		{"a disk of the disk service", add, booked("CS1", 1, "hws.service.type.ebs", soon), true},
		{"not for a resize", resize(false), booked("CS1", 3, "hws.service.type.ebs", soon), false},
		{"giving up is unsubscribing", drop, booked("CS1", 4, vdi, soon), true},
		{"but resizing is not", resize(false), booked("CS1", 4, vdi, soon), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			src, _ := shop(t, Config{DomainID: "domain-1", Now: c.Now}, within(bookOf(tt.row)))
			got, err := src.Ordering.Look(t.Context(), suspicion(tt.order))
			if err != nil {
				t.Fatal(err)
			}
			if (len(got.Orders) == 1) != tt.want {
				t.Errorf("%d orders", len(got.Orders))
			}
		})
	}
}

// TestLookDetails: the listing is good without them.
func TestLookDetails(t *testing.T) {
	const soon, vdi = "2025-07-14T08:00:10Z", "hws.service.type.vdi"
	rows := bookOf(booked("CS1", 3, vdi, soon), booked("CS2", 3, vdi, soon), booked("CS3", 3, "", soon))
	lines := func(services ...string) http.HandlerFunc {
		return ok(`{"order_info":{"order_id":"another","status":5},"order_line_items":[{"service_type_code":"` + strings.Join(services, `"},{"service_type_code":"`) + `"}]}`)
	}
	for name, tt := range map[string]struct {
		first, third http.HandlerFunc
		want         []string
		kind         pool.Kind
	}{
		"all of another service":   {lines("hws.service.type.ec2", "hws.service.type.vpc"), nil, []string{"CS2", "CS3"}, ""},
		"a line of the service":    {lines("hws.service.type.ec2", vdi), nil, []string{"CS1", "CS2", "CS3"}, ""},
		"a line that says nothing": {lines("hws.service.type.ec2", ""), nil, []string{"CS1", "CS2", "CS3"}, ""},
		"not there yet":            {respond(404, coded("CBC.0100")), lines("hws.service.type.ec2"), []string{"CS1", "CS2", "CS3"}, ""},
		"not allowed":              {respond(403, coded("CBC.0151")), nil, []string{"CS1", "CS2", "CS3"}, ""},
		"bad signature":            {respond(401, coded("APIGW.0301")), nil, nil, pool.Auth},
	} {
		t.Run(name, func(t *testing.T) {
			answers := within(rows)
			answers[detailOrders+"CS1"], answers[detailOrders+"CS2"], answers[detailOrders+"CS3"] = tt.first, ok(`{}`), tt.third
			c := newClock()
			src, cloud := shop(t, Config{DomainID: "domain-1", Now: c.Now}, answers)
			got, err := src.Ordering.Look(t.Context(), suspicion(resize(false)))
			if tt.kind != "" {
				wantKind(t, err, tt.kind)
				if n := len(cloud.requests(detailOrders + "CS2")); n != 0 {
					t.Errorf("%d calls after a bad signature", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, o := range got.Orders {
				ids = append(ids, o.ID)
				if o.PaymentState != pool.PayAwaitingPayment { // as listed: the details are of another order
					t.Errorf("order %s is %s", o.ID, o.PaymentState)
				}
			}
			if !slices.Equal(ids, tt.want) {
				t.Errorf("orders %q, want %q", ids, tt.want)
			}
		})
	}
}

func TestLookPages(t *testing.T) {
	const soon, vdi = "2025-07-14T08:00:10Z", "hws.service.type.vdi"
	for _, tt := range []struct{ rows, pages int }{{0, 1}, {100, 1}, {101, 2}, {230, 3}} {
		c := newClock()
		src, cloud := shop(t, Config{DomainID: "domain-1", Now: c.Now}, within(paged("order_infos", tt.rows, func(i int) string { return booked(fmt.Sprintf("CS%d", i), 3, vdi, soon) })))
		got, err := src.Ordering.Look(t.Context(), suspicion(resize(false)))
		if err != nil || len(got.Orders) != tt.rows || len(cloud.requests(listOrders)) != tt.pages {
			t.Errorf("%d orders in %d pages, error %v; want %d in %d", len(got.Orders), len(cloud.requests(listOrders)), err, tt.rows, tt.pages)
		}
	}
	c := newClock()
	src, _ := shop(t, Config{DomainID: "domain-1", Now: c.Now}, within(paged("order_infos", 5000, func(i int) string { return booked(fmt.Sprintf("CS%d", i), 3, vdi, soon) })))
	_, err := src.Ordering.Look(t.Context(), suspicion(resize(false)))
	wantKind(t, err, pool.LimitReached)
}

// TestLookClocks: the books have the cloud's time, which may be another.
func TestLookClocks(t *testing.T) {
	for name, tt := range map[string]struct {
		ahead        time.Duration
		begin, until string
	}{
		"in step":        {0, "2025-07-14T07:58:00Z", "2025-07-14T08:02:30Z"},
		"an hour ahead":  {time.Hour, "2025-07-14T07:58:00Z", "2025-07-14T09:02:30Z"},
		"an hour behind": {-time.Hour, "2025-07-14T06:58:00Z", "2025-07-14T08:02:30Z"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			answers := within(bookOf())
			answers[showPeriod] = dated(c.Now().Add(tt.ahead), ok(periodPoolJSON(periodPool, "STEADY")))
			src, cloud := shop(t, Config{DomainID: "domain-1", Now: c.Now}, answers)
			if _, err := src.Ordering.Look(t.Context(), suspicion(resize(false))); err != nil {
				t.Fatal(err)
			}
			if q := cloud.requests(listOrders)[0].URL.Query(); q.Get("create_time_begin") != tt.begin || q.Get("create_time_end") != tt.until {
				t.Errorf("from %s to %s, want %s to %s", q.Get("create_time_begin"), q.Get("create_time_end"), tt.begin, tt.until)
			}
		})
	}
}

// TestLookTargets: what is gone cannot show anything, what cannot be read is an error.
func TestLookTargets(t *testing.T) {
	for name, tt := range map[string]struct {
		target  http.HandlerFunc
		book    http.HandlerFunc
		changed *bool
		kind    pool.Kind
	}{
		"changed":            {ok(strings.ReplaceAll(periodPoolJSON(periodPool, "TEMPORARY"), "large2", "large4")), bookOf(), ptr(true), ""},
		"gone":               {respond(400, coded("WKS.0001")), bookOf(), nil, ""},
		"target unreadable":  {respond(500, coded("WKS.00000003")), bookOf(), nil, pool.Failed},
		"books closed":       {ok(periodPoolJSON(periodPool, "STEADY")), respond(403, coded("CBC.0151")), nil, pool.Denied},
		"books empty-handed": {ok(periodPoolJSON(periodPool, "STEADY")), ok(`{}`), nil, pool.BadBody},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			src, _ := shop(t, Config{DomainID: "domain-1", Now: c.Now}, map[string]http.HandlerFunc{showPeriod: tt.target, listOrders: tt.book})
			got, err := src.Ordering.Look(t.Context(), suspicion(resize(false)))
			if tt.kind != "" {
				wantKind(t, err, tt.kind)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.changed, got.Changed, cmpopts.EquateEmpty()); diff != "" || len(got.Orders) != 0 {
				t.Errorf("%d orders, changed (-want +got):\n%s", len(got.Orders), diff)
			}
		})
	}
}

func TestLookDesktops(t *testing.T) {
	was := `{"things":[{"id":"` + desktopA + `","product_id":"large2"},{"id":"` + desktopB + `","product_id":"large2"}]}`
	larger := strings.NewReplacer("large2", "large4")
	a, b := desktopDetail(desktopA, "ACTIVE", "CONNECTED"), desktopDetail(desktopB, "ACTIVE", "CONNECTED")
	for name, tt := range map[string]struct {
		rows []string
		want *bool
	}{
		"none": {[]string{a, b}, ptr(false)}, "one": {[]string{larger.Replace(a), b}, nil},
		"both": {[]string{larger.Replace(a), larger.Replace(b)}, ptr(true)}, "one is gone": {[]string{larger.Replace(a)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			src, _ := shop(t, Config{DomainID: "domain-1", Now: c.Now}, map[string]http.HandlerFunc{
				"GET /desktops/detail": ok(`{"desktops":[` + strings.Join(tt.rows, ",") + `]}`), listOrders: bookOf()})
			s := suspicion(resize(false))
			s.Call.PoolID, s.Call.DesktopIDs, s.Call.Before = "", []string{desktopA, desktopB}, json.RawMessage(was)
			got, err := src.Ordering.Look(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Changed); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLookWithoutBefore(t *testing.T) {
	src, cloud := shop(t, Config{}, nil)
	s := suspicion(resize(false))
	s.Call.Before = nil
	_, err := src.Ordering.Look(t.Context(), s)
	wantKind(t, err, pool.Failed)
	if n := len(cloud.requests(showPeriod)); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestLookEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	answers := within(bookOf(booked("CS1", 3, "hws.service.type.vdi", "2025-07-14T08:00:10Z")))
	answers[detailOrders+"CS1"] = func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}
	c := newClock()
	src, _ := shop(t, Config{DomainID: "domain-1", Now: c.Now}, answers)
	if _, err := src.Ordering.Look(ctx, suspicion(resize(false))); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled in it", err)
	}
}

// FuzzBooks: whatever billing says, what is kept is what it sent.
func FuzzBooks(f *testing.F) {
	f.Add([]byte(`{"total_count":1,"order_infos":[`+booked("CS1", 3, "hws.service.type.vdi", "2025-07-14T08:00:10Z")+`]}`), []byte(`{"order_info":{"order_id":"CS1","status":5},"order_line_items":[{"service_type_code":"a.vdi"}]}`))
	f.Add([]byte(`{"order_infos":{"order_id":7,"status":"x","create_time":"2025","amount_after_discount":{},"service_type_code":"."}}`), []byte(`{"order_info":[],"order_line_items":{}}`))
	f.Fuzz(func(t *testing.T, list, details []byte) {
		var page customerOrders
		var detail orderDetail
		_, good := received(t, details, &detail)
		if _, listed := received(t, list, &page); !listed {
			return
		}
		at := newClock().Now()
		b := books{kind: kindOf(pool.AddVolumeOrder), from: at.Add(-time.Hour), until: at}
		for _, row := range page.Rows {
			if b.may(row) && !row.Created.IsZero() && (row.Created.Before(b.from) || row.Created.After(b.until)) {
				t.Errorf("an order of %v is kept", row.Created)
			}
			if good {
				row = detail.with(row)
			}
			o := row.order(nil)
			wantRow(t, []pool.Part{{Body: o.Native}}, list)
			if o.Amount != nil {
				if _, err := pool.NewMoney(o.Amount.Amount, o.Amount.Currency); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
