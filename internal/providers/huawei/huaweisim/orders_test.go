package huaweisim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

const (
	changeOrder = v2 + "/desktop-pool/periodic/change/order"
	orderPool   = v2 + "/desktop-pools/" + orderPoolID
)

// post sends a signed POST.
func (c *testCloud) post(target, body string) answered {
	c.t.Helper()
	req := c.request(http.MethodPost, target, body)
	sign(req, body, testAccess, testSecret, c.clock.Now(), "host", "x-project-id", "x-sdk-date")
	return c.send(req)
}

// order places an order, and fails the test if that does.
func (c *testCloud) order(kind, param string) []orderResult {
	c.t.Helper()
	return c.results(c.post(changeOrder, orderBody(kind, param)))
}

func (c *testCloud) results(a answered) []orderResult {
	c.t.Helper()
	var out struct{ Orders []orderResult }
	if err := json.Unmarshal(a.body, &out); err != nil || a.status != http.StatusOK {
		c.t.Fatalf("order: %v, %s", a.err, a.code())
	}
	return out.Orders
}

func orderBody(kind, param string) string {
	return fmt.Sprintf(`{"type":%q,%q:{%s}}`, kind, parameter(kind), param)
}

// forPool and forDesktops begin a parameter object.
func forPool(id string) string { return `"desktop_pool_id":"` + id + `",` }

func forDesktops(ids ...string) string {
	b, _ := json.Marshal(ids)
	return `"desktop_ids":` + string(b) + `,`
}

// good is a good rest of the parameter object of each type, for the pool of the documents' example.
func (c *testCloud) good() map[string]string {
	w := c.cfg.World
	return map[string]string{
		addVolume: `"volume_type":"SAS","volume_size":10`, extendVolume: `"desktop_pool_disk_id":"` + w.pools[3].info.RootVolume.ID + `","new_size":500`,
		resize: `"product_id":"workspace.arm.agile.large8","mode":"STOP_DESKTOP"`, changeImage: `"image_id":"` + w.images[0].ID + `","delay_time":15,"message":"` + strings.Repeat("语", 400) + `"`,
		addSubResources: `"sub_resource_sku":"workspace.share.5"`, deleteSubResources: `"sub_resource_type":"DESKTOP_SHARER"`,
	}
}

// prepaid are the ids of yearly/monthly desktops of a pool.
func prepaid(p *desktopPool) []string {
	var ids []string
	for i := range p.size {
		if d := (desktop{p, i}); !d.onDemand() {
			ids = append(ids, d.id())
		}
	}
	return ids
}

// The documents' example request, as it stands there, gets the documents' example answer, but for the id.
func TestExampleOrder(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	c := start(t, nil)
	a := c.post(changeOrder, read("change-order-request.json"))
	id := c.Orders()[0].ID
	if !regexp.MustCompile(`^CS2601050800[0-9A-Z]{5}$`).MatchString(id) {
		t.Errorf("order_id = %q, want CS, the minute and five signs", id)
	}
	got := strings.ReplaceAll(string(a.body), id, "CS25052414519W9OP")
	want := regexp.MustCompile(`\s`).ReplaceAllString(read("change-order-response.json"), "")
	if a.status != http.StatusOK || got != want {
		t.Errorf("answer = %d %s, want 200 %s", a.status, got, want)
	}
}

func TestOrderBook(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.ResultSuccess = true })
	ids := prepaid(c.cfg.World.pools[3])[:2]
	for kind, param := range c.good() {
		body := orderBody(kind, forPool(orderPoolID)+`"promotion_plan_id":"P1","unknown":1,`+param)
		got := c.results(c.post(changeOrder, body))
		all := c.Orders()
		o := all[len(all)-1]
		want := Order{o.ID, kind, orderPoolID, nil, "P1", c.clock.Now(), 6, []byte(body)}
		if diff := cmp.Diff(want, o); diff != "" {
			t.Errorf("%s: the book (-want +got):\n%s", kind, diff)
		}
		if diff := cmp.Diff([]orderResult{{OrderID: o.ID, OrderStatus: 6, Result: "SUCCESS"}}, got); diff != "" {
			t.Errorf("%s: the answer (-want +got):\n%s", kind, diff)
		}
		c.clock.add(time.Second)
		rows := c.order(kind, forPool("none")+forDesktops(ids...)+param) // desktop_ids win
		all = c.Orders()
		for i, o := range all[len(all)-2:] {
			if o.ID != rows[i].OrderID || o.PoolID != orderPoolID || !slices.Equal(o.DesktopIDs, ids[i:i+1]) {
				t.Errorf("%s: order %d is %+v, answered as %+v", kind, i, o, rows[i])
			}
		}
		c.clock.add(time.Second)
	}
	if n := len(c.Orders()); n != 18 {
		t.Errorf("%d orders, want 18", n)
	}
}

// What is refused is refused before anything is ordered.
func TestRefusedOrders(t *testing.T) {
	c := start(t, nil)
	w, good := c.cfg.World, c.good()
	pool := forPool(orderPoolID)
	var many, ordinary []string
	for i := range 101 {
		many = append(many, w.desktopID(4, i))
	}
	for i := range 2 {
		ordinary = append(ordinary, desktop{w.ordinary, i}.id())
	}
	at := w.pools[3].info
	add, extend, image := pool+good[addVolume], pool+`"desktop_pool_disk_id":"`+at.RootVolume.ID+`",`, pool+`"image_id":"`+w.images[0].ID+`",`
	invalid := func(what string) string { return "400 WKS.0001 Invalid request: " + what }
	tests := []struct{ name, body, want string }{
		{"not JSON", `{`, invalid("the body is not a JSON object.")},
		{"two documents", `{} {}`, invalid("the body is not a JSON object.")},
		{"null", `null`, invalid("the body is not a JSON object.")},
		{"no type", `{}`, invalid("the parameter type is missing.")},
		{"another case", `{"TYPE":"ADD_VOLUME"}`, invalid("the parameter type is missing.")},
		{"unknown type", `{"type":"add_volume"}`, invalid("the parameter type must be one of ADD_VOLUME, ")},
		{"no object", `{"type":"ADD_VOLUME"}`, invalid("the parameter add_volume_param is missing.")},
		{"not an object", `{"type":"ADD_VOLUME","add_volume_param":[1]}`, invalid("the parameter add_volume_param must be an object.")},
		{"the object of another type", `{"type":"RESIZE","add_volume_param":{` + add + `}}`, invalid("the parameter add_volume_param does not belong to RESIZE.")},
		{"an object too many", `{"type":"RESIZE","resize_param":{` + pool + good[resize] + `},"add_volume_param":{` + add + `}}`,
			invalid("the parameter add_volume_param does not belong to RESIZE.")},
		{"no target", orderBody(addVolume, good[addVolume]), invalid("the parameter desktop_pool_id and desktop_ids must not both be empty.")},
		{"empty target", orderBody(addVolume, forPool("")+`"desktop_ids":[],`+good[addVolume]), invalid("the parameter desktop_pool_id and desktop_ids")},
		{"pool id as number", orderBody(addVolume, `"desktop_pool_id":1,`+good[addVolume]), invalid("the parameter desktop_pool_id must be text.")},
		{"long pool id", orderBody(addVolume, forPool(strings.Repeat("x", 65))+good[addVolume]), invalid("the parameter desktop_pool_id is longer than 64.")},
		{"101 desktops", orderBody(addVolume, forDesktops(many...)+good[addVolume]), invalid("the parameter desktop_ids has more than 100 values.")},
		{"a desktop twice", orderBody(addVolume, forDesktops(many[0], many[0])+good[addVolume]), invalid("the parameter desktop_ids has a value twice.")},
		{"one text for a list", orderBody(addVolume, `"desktop_ids":"x",`+good[addVolume]), invalid("the parameter desktop_ids must be a list of texts.")},
		{"unknown handle_type", orderBody(addVolume, add+`,"handle_type":"ALL"`), invalid("the parameter handle_type must be one of")},
		{"no volume_type", orderBody(addVolume, pool+`"volume_size":10`), invalid("the parameter volume_type is missing.")},
		{"unknown volume_type", orderBody(addVolume, pool+`"volume_type":"HDD","volume_size":10`), invalid("the parameter volume_type must be one of SAS,")},
		{"no volume_size", orderBody(addVolume, pool+`"volume_type":"SAS"`), invalid("the parameter volume_size is missing.")},
		{"small volume", orderBody(addVolume, pool+`"volume_type":"SAS","volume_size":9`), invalid("the parameter volume_size must be between 10 and 8200.")},
		{"large volume", orderBody(addVolume, pool+`"volume_type":"SAS","volume_size":8201`), invalid("the parameter volume_size must be between 10 and 8200.")},
		{"size as text", orderBody(addVolume, pool+`"volume_type":"SAS","volume_size":"10"`), invalid("the parameter volume_size must be a whole number.")},
		{"size with a point", orderBody(addVolume, pool+`"volume_type":"SAS","volume_size":10.0`), invalid("the parameter volume_size must be a whole number.")},
		{"no disk", orderBody(extendVolume, pool+`"new_size":500`), invalid("the parameter desktop_pool_disk_id is missing.")},
		{"unknown disk", orderBody(extendVolume, pool+`"new_size":500,"desktop_pool_disk_id":"x"`), invalid("the disk does not exist.")},
		{"no new_size", orderBody(extendVolume, strings.TrimSuffix(extend, ",")), invalid("the parameter new_size is missing.")},
		{"as large as before", orderBody(extendVolume, extend+fmt.Sprintf(`"new_size":%d`, at.RootVolume.Size)), invalid("the parameter new_size must be larger than the disk.")},
		{"too large", orderBody(extendVolume, extend+`"new_size":8201`), invalid("the parameter new_size must be between 10 and 8200.")},
		{"no product", orderBody(resize, pool+`"mode":"STOP_DESKTOP"`), invalid("the parameter product_id is missing.")},
		{"unknown product", orderBody(resize, pool+`"product_id":"x"`), invalid("the product does not exist.")},
		{"unknown mode", orderBody(resize, pool+good[resize]+`,"mode":"STOP"`), invalid("the parameter mode must be one of STOP_DESKTOP.")},
		{"no image", orderBody(changeImage, pool+`"delay_time":1`), invalid("the parameter image_id and image_spec_code must not both be empty.")},
		{"unknown image", orderBody(changeImage, pool+`"image_id":"x","image_spec_code":"market.win11.office"`), invalid("the image does not exist.")},
		{"unknown spec code", orderBody(changeImage, pool+`"image_spec_code":"x"`), invalid("the image does not exist.")},
		{"long delay", orderBody(changeImage, image+`"delay_time":16`), invalid("the parameter delay_time must be between 0 and 15.")},
		{"negative delay", orderBody(changeImage, image+`"delay_time":-1`), invalid("the parameter delay_time must be between 0 and 15.")},
		{"long message", orderBody(changeImage, image+`"message":"`+strings.Repeat("语", 401)+`"`), invalid("the parameter message is longer than 400.")},
		{"encrypted without a key", orderBody(changeImage, image+`"encrypt_type":"ENCRYPTED"`), invalid("the parameter kms_id is missing.")},
		{"no sku", orderBody(addSubResources, pool+`"x":1`), invalid("the parameter sub_resource_sku is missing.")},
		{"empty sku", orderBody(addSubResources, pool+`"sub_resource_sku":""`), invalid("the parameter sub_resource_sku is missing.")},
		{"no sub_resource_type", orderBody(deleteSubResources, pool+`"x":1`), invalid("the parameter sub_resource_type is missing.")},
		{"another sub_resource_type", orderBody(deleteSubResources, pool+`"sub_resource_type":"X"`), invalid("the parameter sub_resource_type must be one of DESKTOP_SHARER.")},
		{"unknown pool", orderBody(addVolume, forPool("none")+good[addVolume]), "404 WKS.0404 The desktop pool does not exist."},
		{"unknown desktop", orderBody(addVolume, forDesktops(many[0], "none")+good[addVolume]), "404 WKS.0404 The desktop does not exist."},
		{"pay-per-use pool", orderBody(addVolume, forPool(examplePoolID)+good[addVolume]), invalid("only what is billed yearly/monthly can be changed by an order.")},
		{"pay-per-use desktop", orderBody(addVolume, forDesktops(w.desktopID(0, 0))+good[addVolume]), invalid("only what is billed yearly/monthly")},
		{"desktop of autoscaling", orderBody(addVolume, forDesktops(w.desktopID(6, 8))+good[addVolume]), invalid("only what is billed yearly/monthly")},
		{"common and pooled desktops", orderBody(addVolume, forDesktops(ordinary[0], prepaid(w.pools[3])[0])+good[addVolume]), invalid("common and pooled desktops")},
		{"busy pool", orderBody(addVolume, forPool(w.pools[9].info.ID)+good[addVolume]), "409 WKS.00010032 Operation conflict. The desktop current instance status is " +
			"[TEMPORARY] and deny operation [ADD_VOLUME], resource id [" + w.pools[9].info.ID + "]."},
		{"desktop of a busy pool", orderBody(resize, forDesktops(prepaid(w.pools[9])[0])+good[resize]), "409 WKS.00010032"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := c.post(changeOrder, tt.body).code(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer = %q, want %q", got, tt.want)
			}
		})
	}
	if got := c.Orders(); len(got) != 0 {
		t.Errorf("%d orders were made", len(got))
	}
	if got := c.Writes(); len(got) != len(tests) || got[0].OrderIDs != nil {
		t.Errorf("%d writes were noted, want %d", len(got), len(tests))
	}
}

// A pool has ten data disks at most.
func TestTenDataDisks(t *testing.T) {
	c := start(t, nil)
	for n := range 11 {
		a := c.post(changeOrder, orderBody(addVolume, forPool(orderPoolID)+c.good()[addVolume]))
		if n == 10 {
			if want := "400 WKS.0001 Invalid request: there are ten data disks already."; a.code() != want {
				t.Errorf("the eleventh: %q, want %q", a.code(), want)
			}
			return
		}
		c.paid(c.results(a)[0].OrderID)
	}
}

func TestUnknownPoolOfOrder(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.PoolDesktops400 = true })
	body := orderBody(addVolume, forPool("none")+c.good()[addVolume])
	if got, want := c.post(changeOrder, body).code(), "400 WKS.0001 The desktop pool does not exist."; got != want {
		t.Errorf("answer = %q, want %q", got, want)
	}
}

// Desktops in no pool can be ordered for, too, and by the code of an image of the market.
func TestOrderByOtherNames(t *testing.T) {
	c := start(t, func(cfg *Config) {
		cfg.World = NewWorld(1, WorldOptions{Pools: 24, Desktops: 2400, Region: testRegion})
	})
	w := c.cfg.World
	ids := prepaid(w.ordinary)[:2]
	rows := c.order(changeImage, forDesktops(ids...)+`"image_spec_code":"market.win11.office"`)
	if o := c.Orders()[1]; len(rows) != 2 || o.PoolID != "" || o.DesktopIDs[0] != ids[1] {
		t.Errorf("%d rows, and the order %+v", len(rows), o)
	}
	if err := c.Pay(rows[1].OrderID); err != nil {
		t.Error(err)
	}
	c.order(changeImage, forDesktops(ids[0])+c.good()[changeImage]) // no pool is busy
	c.clock.add(time.Second)
	d, _ := c.book.at(c.clock.Now()).desktop(ids[1])
	if got := d.template(); got.ImageProductCode != "market.win11.office" || got.ImageCloudServiceType == "" {
		t.Errorf("image = %+v", got)
	}
}

// Every request to order that could be read is noted, with what was made of it.
func TestWrites(t *testing.T) {
	c, _ := faulty(t, func(cfg *Config) { cfg.WritesPerMinute = 2 }, fault.Fault{Operation: "CreateDesktopPoolChangeOrder", Kind: fault.LoseAnswer, Count: 1})
	body := orderBody(addVolume, forPool(orderPoolID)+c.good()[addVolume])
	if a := c.post(changeOrder, body); a.err == nil {
		t.Errorf("the lost answer came: %s", a.body)
	}
	kept := c.request(http.MethodPost, changeOrder, body)
	kept.Header.Set("X-Mark", "1")
	sign(kept, body, testAccess, "wrong", c.clock.Now(), "x-sdk-date")
	c.srv.Client().Transport.(*http.Transport).DisableKeepAlives = false
	c.send(kept)
	c.srv.Client().Transport.(*http.Transport).DisableKeepAlives = true
	c.order(addVolume, forDesktops(prepaid(c.cfg.World.pools[3])[:2]...)+c.good()[addVolume])
	if got := c.post(changeOrder, body).status; got != http.StatusTooManyRequests {
		t.Errorf("the third in a minute: status = %d, want 429", got)
	}
	var orders, closed []int
	for _, w := range c.Writes() {
		orders = append(orders, len(w.OrderIDs))
		if w.Close {
			closed = append(closed, len(orders))
		}
		if w.Operation != "CreateDesktopPoolChangeOrder" || !w.At.Equal(c.clock.Now()) || w.Header.Get("Authorization") == "" {
			t.Errorf("write = %+v", w)
		}
	}
	if diff := cmp.Diff([][]int{{1, 0, 2, 0}, {1, 3, 4}}, [][]int{orders, closed}); diff != "" {
		t.Errorf("orders of each write, and which asked for a close (-want +got):\n%s", diff)
	}
	if c.Writes()[1].Header.Get("X-Mark") != "1" {
		t.Error("the header is not that of the request")
	}
}

func TestFaultsOfTrade(t *testing.T) {
	order := fault.Fault{Operation: "CreateDesktopPoolChangeOrder", Count: 2}
	failed := orderResult{Result: "FAIL", ResultCode: "WKS.00010045", ResultMsg: "The resources are sold out."}

	t.Run("sold out", func(t *testing.T) {
		order.Kind = fault.SoldOut
		c, _ := faulty(t, nil, order)
		body := orderBody(addVolume, forPool(orderPoolID)+c.good()[addVolume])
		if got, want := c.post(changeOrder, body).code(), "400 WKS.00010045 The resources are sold out."; got != want || len(c.Orders()) != 0 {
			t.Errorf("answer = %q with %d orders, want %q", got, len(c.Orders()), want)
		}
	})
	t.Run("partial failure", func(t *testing.T) {
		order.Kind = fault.PartialFailure
		c, _ := faulty(t, nil, order)
		ids := prepaid(c.cfg.World.pools[3])[:3]
		rows := c.order(addVolume, forDesktops(ids...)+c.good()[addVolume])
		made := c.Orders()
		want := []orderResult{{OrderID: made[0].ID, OrderStatus: 6}, failed, {OrderID: made[1].ID, OrderStatus: 6}}
		if diff := cmp.Diff(want, rows); diff != "" || made[1].DesktopIDs[0] != ids[2] {
			t.Errorf("for desktops (-want +got):\n%s", diff)
		}
		rows = c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])
		if diff := cmp.Diff([]orderResult{{OrderID: c.Orders()[2].ID, OrderStatus: 6}, failed}, rows); diff != "" {
			t.Errorf("for a pool (-want +got):\n%s", diff)
		}
		if rows := c.order(addVolume, forDesktops(ids...)+c.good()[addVolume]); len(rows) != 3 || rows[1].OrderID == "" {
			t.Errorf("without the fault: %+v", rows)
		}
	})
}

func FuzzReadOrder(f *testing.F) {
	c := &testCloud{Sim: New(Config{World: NewWorld(1, WorldOptions{Pools: 4, Desktops: 100})})}
	for kind, param := range c.good() {
		f.Add([]byte(orderBody(kind, forPool(orderPoolID)+param)))
	}
	f.Add([]byte(`{"type":"ADD_VOLUME","add_volume_param":{"desktop_ids":["a","b"],"volume_type":"SSD","volume_size":8200,"iops":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ch, err := readOrder(body)
		if err != nil {
			return
		}
		var plain map[string]any
		if json.Unmarshal(body, &plain) != nil || plain["type"] != ch.kind || plain[parameter(ch.kind)] == nil {
			t.Errorf("%q was taken for %+v", body, ch)
		}
		if (ch.kind == addVolume || ch.kind == extendVolume) && (ch.volume.Size < 10 || ch.volume.Size > 8200) {
			t.Errorf("a disk of %d GB", ch.volume.Size)
		}
		if ch.poolID == "" && len(ch.desktopIDs) == 0 || len(ch.desktopIDs) > 100 {
			t.Errorf("the target is %q and %d desktops", ch.poolID, len(ch.desktopIDs))
		}
	})
}
