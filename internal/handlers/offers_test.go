package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// shelf is a catalogue in two slices, or a failure.
type shelf struct {
	offers []pool.Offer
	images []pool.ImageOffer
	err    error
}

func (s *shelf) Products(context.Context) (pool.Answer[[]pool.Offer], error) {
	return pool.Answer[[]pool.Offer]{Value: s.offers, Parts: []pool.Part{{Operation: "ListProducts", Body: []byte(`{"count":3}`)}}}, s.err
}

func (s *shelf) Images(context.Context) (pool.Answer[[]pool.ImageOffer], error) {
	return pool.Answer[[]pool.ImageOffer]{Value: s.images}, s.err
}

// offering is a source with this catalogue.
func offering(t *testing.T, c pool.Catalogue) pool.Source {
	src := small(t, "m1")
	src.Catalogue = c
	return src
}

// TestOffers lists what can be ordered, by kind and id, page by page.
func TestOffers(t *testing.T) {
	var s shelf
	for _, id := range []string{"b", "a", "c", "b"} { // a cloud lists one twice
		s.offers = append(s.offers,
			pool.Offer{Kind: pool.VolumeOffer, Product: pool.Product{ID: id}, Native: []pool.Part{{Operation: "ListProducts", Body: []byte(`{"user_id":"u-1"}`)}}},
			pool.Offer{Kind: pool.DesktopOffer, Name: "Name of " + id, Product: pool.Product{ID: id, CPU: new(4)}, SystemDiskGiB: new(80)},
		)
		s.images = append(s.images, pool.ImageOffer{Image: pool.Image{ID: id, Name: "Image " + id}, Kind: "gold", SizeGiB: new(40)})
	}
	g := start(t, setup{sources: []pool.Source{offering(t, &s)}})
	kinds := func(rows []row) (list []string) {
		for _, r := range rows {
			list = append(list, r.text("kind")[:1]+r.id())
		}
		return list
	}
	walk := func(target string) (rows []row) { // ids come twice here
		for target != "" {
			list := g.ok(target)
			rows = append(rows, rowsOf(list)...)
			next, _ := list["page"].(map[string]any)["next"].(string)
			target = strings.TrimPrefix(next, publicURL)
		}
		return rows
	}
	for _, limit := range []string{"", "limit=1", "limit=3"} {
		for filter, want := range map[string]string{
			"": "Da Db Db Dc Va Vb Vb Vc", "kind=VOLUME": "Va Vb Vb Vc", "kind=DESKTOP": "Da Db Db Dc", "kind=VOLUME,DESKTOP": "Da Db Db Dc Va Vb Vb Vc",
		} {
			if got := strings.Join(kinds(walk("/v1/sources/m1/products?"+strings.Trim(limit+"&"+filter, "&"))), " "); got != want {
				t.Errorf("%s %s: %s, want %s", limit, filter, got, want)
			}
		}
		if got := strings.Join(ids(walk("/v1/sources/m1/images?"+limit)), " "); got != "a b b c" {
			t.Errorf("%s: the images are %s", limit, got)
		}
	}
	first := row(rowsOf(g.ok("/v1/sources/m1/products"))[0])
	if first.text("source") != "m1" || first.text("cloud") != "MEMORY" || first.at("product.cpu") != 4.0 || first.at("system_disk_gib") != 80.0 || first["data_disk_gib"] != nil {
		t.Errorf("the first is %v", first)
	}
	trimmed := rowsOf(g.ok("/v1/sources/m1/images?fields=image.name&limit=1"))[0]
	if len(trimmed) != 2 || trimmed.text("image.name") != "Image a" || len(trimmed["image"].(map[string]any)) != 1 {
		t.Errorf("with fields: %v", trimmed)
	}
	list := row(g.ok("/v1/sources/m1/products?include=native,total&limit=1&kind=VOLUME"))
	if list.at("page.total") != 4.0 || len(rowsOf(list)[0]["native"].([]any)) != 1 || !strings.Contains(fmt.Sprint(list["sources"]), "count:3") {
		t.Errorf("with native and total: %v", list)
	}
	masked := g.as(keyNative).ok("/v1/sources/m1/products?include=native&kind=VOLUME")
	if !strings.Contains(fmt.Sprint(masked["items"]), "user_id:***") {
		t.Errorf("personal data is shown: %v", masked)
	}
	wantReply(t, g.as(keyRead).get("/v1/sources/m1/products?include=native"), http.StatusForbidden, "FORBIDDEN")
}

// TestOffersThatFail: no such source, none that says, or one that fails.
func TestOffersThatFail(t *testing.T) {
	var ours shelf
	none := start(t, setup{sources: []pool.Source{offering(t, nil)}, other: []pool.Source{small(t, "m3")}})
	g := start(t, setup{sources: []pool.Source{offering(t, &ours)}})
	for _, what := range []string{"products", "images"} {
		wantReply(t, none.get("/v1/sources/m1/"+what), http.StatusUnprocessableEntity, "CAPABILITY_NOT_SUPPORTED")
		for _, id := range []string{"m9", "m3"} {
			wantReply(t, none.get("/v1/sources/"+id+"/"+what), http.StatusNotFound, "SOURCE_NOT_FOUND")
		}
		for kind, want := range map[pool.Kind]struct {
			status int
			code   string
		}{pool.Timeout: {504, "UPSTREAM_TIMEOUT"}, pool.Throttled: {503, "UPSTREAM_THROTTLED"}, pool.Denied: {502, "UPSTREAM_AUTH"}, pool.NotFound: {502, "UPSTREAM_ERROR"}} {
			ours.err = &pool.Error{Kind: kind}
			rep := g.get("/v1/sources/m1/" + what)
			wantReply(t, rep, want.status, want.code)
			if row(rep.json(t)).text("upstream.source") != "m1" {
				t.Errorf("%s: %s", kind, rep.body)
			}
		}
		ours.err = nil
		empty := g.ok("/v1/sources/m1/" + what)
		if items, ok := empty["items"].([]any); !ok || len(items) != 0 {
			t.Errorf("nothing for sale is %v", empty["items"])
		}
	}
}

// TestOrderCapabilities: what a source takes is told as it is, so that a form can be drawn from it.
func TestOrderCapabilities(t *testing.T) {
	src := small(t, "m1")
	src.Ordering = &pool.Ordering{MaxDesktops: 20, Types: []pool.OrderSupport{
		{Type: pool.ExtendVolumeOrder, Price: true, Parameters: []pool.Parameter{
			{Name: "disk_id", Type: pool.TextParameter, Required: true, Allowed: []string{"SYSTEM", "DATA"}, Length: new(6)},
			{Name: "new_size_gib", Type: pool.IntegerParameter, Required: true, Min: new(20), Max: new(1020), Step: new(10)},
			{Name: "auto_pay", Type: pool.BooleanParameter},
		}},
		{Type: pool.ChangeImageOrder},
	}}
	none := small(t, "m2")
	none.Ordering = nil
	whole := small(t, "m3")
	whole.Ordering = &pool.Ordering{Types: []pool.OrderSupport{{Type: pool.ResizeOrder}}}
	g := start(t, setup{sources: []pool.Source{src, none, whole}})
	rep := g.get("/v1/capabilities")
	for _, want := range []string{
		`"order_types":[{"type":"EXTEND_VOLUME","parameters":[{"name":"disk_id","type":"TEXT","required":true,"min":null,"max":null,"step":null,"max_length":6,"allowed":["SYSTEM","DATA"]},` +
			`{"name":"new_size_gib","type":"INTEGER","required":true,"min":20,"max":1020,"step":10,"max_length":null,"allowed":null},` +
			`{"name":"auto_pay","type":"BOOLEAN","required":false,"min":null,"max":null,"step":null,"max_length":null,"allowed":null}],"price":true},` +
			`{"type":"CHANGE_IMAGE","parameters":[],"price":false}],"price_support":true,"max_desktops":20,"auto_pay":true,`,
		`"order_types":[],"price_support":false,"max_desktops":null,"auto_pay":false,`,
		`"order_types":[{"type":"RESIZE","parameters":[],"price":false}],"price_support":false,"max_desktops":null,"auto_pay":false,`,
	} {
		if !strings.Contains(string(rep.body), want) {
			t.Errorf("%s is not in %s", want, rep.body)
		}
	}
}

// TestFormsFromCapabilities: an order made of nothing but what a source says of itself is taken.
func TestFormsFromCapabilities(t *testing.T) {
	s := open(t, nil)
	first := func(target string) string { return rowsOf(s.ok(target))[0].id() }
	values := map[string]any{
		"volume_type": first("/v1/sources/m1/products?kind=VOLUME"), "product_id": first("/v1/sources/m1/products?kind=DESKTOP"), "image_id": first("/v1/sources/m1/images"),
		"disk_id": "disk-1", "sku": "sharer", "stop_running": true,
	}
	types := rowsOf(map[string]any{"items": rowsOf(s.ok("/v1/capabilities"))[0]["order_types"]})
	if len(types) != 6 {
		t.Fatalf("%d types", len(types))
	}
	for _, form := range types {
		object := tree{}
		for _, p := range rowsOf(map[string]any{"items": form["parameters"]}) {
			name := p.text("name")
			v, filled := values[name]
			switch allowed, _ := p["allowed"].([]any); {
			case slices.Contains([]string{"promotion_plan_id", "auto_pay", "image_spec_code", "message", "notice_minutes"}, name):
				continue
			case p["max"] != nil:
				v = min(p["max"].(float64), max(p["min"].(float64), 100))
			case len(allowed) > 0:
				v = allowed[0]
			case !filled:
				t.Errorf("%s: nothing is known of %s", form.text("type"), name)
			}
			object[name] = v
		}
		body := tree{"type": form.text("type"), "target": tree{"pool_id": "m1:pool-1"}, strings.ToLower(form.text("type")): object}
		rep := s.post("/v1/estimates", body.String())
		if rep.status != http.StatusOK || (rep.json(t)["amount"] != nil) != (form["price"] == true) {
			t.Errorf("%s: %d %s, and price is %v", body, rep.status, rep.body, form["price"])
		}
	}
}

// TestEstimate: price and impact, and nothing is bought or kept.
func TestEstimate(t *testing.T) {
	s := open(t, nil)
	rep := s.as(keyBuyer).post("/v1/estimates", `{"type":"RESIZE","target":{"pool_id":"m1:pool-2"},"resize":{"product_id":"large","stop_running":true},"promotion_plan_id":"p-1"}`)
	got := row(rep.json(t))
	for path, want := range map[string]any{
		"source": "m1", "amount.amount": "90.00", "amount.currency": "CNY", "list_amount.amount": "100.00", "reason": nil, "impact.desktops": 2.0, "impact.running": 1.0, "impact.connected": 0.0,
	} {
		if got.at(path) != want {
			t.Errorf("%s is %v, want %v: %s", path, got.at(path), want, rep.body)
		}
	}
	if fmt.Sprint(got["side_effects"]) != "[STOPS_RUNNING_DESKTOPS]" || row(got["discounts"].([]any)[0].(map[string]any)).text("amount.amount") != "10.00" || got.text("impact.as_of") == "" {
		t.Errorf("%s", rep.body)
	}
	running := s.post("/v1/estimates", `{"type":"RESIZE","target":{"pool_id":"m1:pool-2"},"resize":{"product_id":"large"}}`)
	if running.status != http.StatusOK { // what is in the way of an order is none of an estimate
		t.Errorf("with a desktop running: %d %s", running.status, running.body)
	}
	free := row(s.post("/v1/estimates", `{"type":"DELETE_SUB_RESOURCES","target":{"pool_id":"m1:pool-1"},"delete_sub_resources":{"sub_resource_type":"DESKTOP_SHARER"}}`).json(t))
	if free["amount"] != nil || free.text("reason") != "NO_PRICE_CALL" || len(free["discounts"].([]any)) != 0 {
		t.Errorf("without a price: %v", free)
	}
	native := row(s.post("/v1/estimates?include=native", disk("m1:pool-1")).json(t))
	if parts, _ := native["native"].([]any); len(parts) != 1 || row(parts[0].(map[string]any)).text("operation") != "OrderPrice" {
		t.Errorf("native: %v", native)
	}
	wantReply(t, s.as(keyBuyer).post("/v1/estimates?include=native", disk("m1:pool-1")), http.StatusForbidden, "FORBIDDEN")
	if s.cloud.Writes() != 0 || len(s.records()) != 0 {
		t.Error("an estimate did something")
	}
}
