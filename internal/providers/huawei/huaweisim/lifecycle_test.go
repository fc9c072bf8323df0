package huaweisim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pipetest"
)

// billing sends a request to BSS, signed for the account.
func (c *testCloud) billing(method, target, body string) answered {
	c.t.Helper()
	req := c.request(method, target, body)
	req.Header.Set("X-Domain-Id", c.cfg.DomainID)
	sign(req, body, testAccess, testSecret, c.clock.Now(), "host", "x-domain-id", "x-sdk-date")
	return c.send(req)
}

func payBody(id string) string {
	return `{"order_id":"` + id + `","use_coupon":"NO","use_discount":"NO"}`
}

const (
	pay    = "/v3/orders/customer-orders/pay"
	cancel = "/v2/orders/customer-orders/cancel"
)

// paid pays an order and waits for its effect.
func (c *testCloud) paid(id string) {
	c.t.Helper()
	if err := c.Pay(id); err != nil {
		c.t.Fatalf("pay: %v", err)
	}
	c.clock.add(c.cfg.JobTime)
}

// status is order_status as the book has it.
func (c *testCloud) status(id string) int {
	for _, o := range c.Orders() {
		if o.ID == id {
			return o.Status
		}
	}
	return -1
}

// From the order to its effect: nothing changes before it is paid, and not before its job has ended.
func TestOrderLife(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.JobTime = 10 * time.Second })
	before := read[poolInfo](c, orderPool)
	id := c.order(addVolume, forPool(orderPoolID)+`"volume_type":"GPSSD","volume_size":40,"iops":3000,"kms_id":"K"`)[0].OrderID
	expect := func(when string, status int, poolStatus string, disks, running, done int) {
		t.Helper()
		if got := c.status(id); got != status {
			t.Errorf("%s: order_status = %d, want %d", when, got, status)
		}
		p := read[poolInfo](c, orderPool)
		if p.Status != poolStatus || len(p.DataVolumes) != len(before.DataVolumes)+disks {
			t.Errorf("%s: %s with %d disks more, want %s with %d", when, p.Status, len(p.DataVolumes)-len(before.DataVolumes), poolStatus, disks)
		}
		jobs := read[subJobs](c, v2+"/workspace-sub-jobs?desktop_pool_id="+orderPoolID+"&status=WAITING&status=RUNNING").Total
		finished := read[subJobs](c, v2+"/workspace-sub-jobs?desktop_pool_id="+orderPoolID+"&status=SUCCESS").Total
		if jobs != running || finished != done {
			t.Errorf("%s: %d sub-jobs to do and %d done, want %d and %d", when, jobs, finished, running, done)
		}
	}
	n := before.DesktopCount
	expect("ordered", 6, "STEADY", 0, 0, 0)
	c.clock.add(23 * time.Hour)
	expect("not paid yet", 6, "STEADY", 0, 0, 0)
	if a := c.billing(http.MethodPost, pay, payBody(id)); a.status != http.StatusNoContent || len(a.body) != 0 {
		t.Fatalf("pay: %d %s, want 204 and nothing", a.status, a.body)
	}
	expect("paid", 3, "TEMPORARY", 0, n, 0)
	if got, want := c.post(changeOrder, orderBody(addVolume, forPool(orderPoolID)+c.good()[addVolume])).code(), "409 WKS.00010032 "; !strings.HasPrefix(got, want) {
		t.Errorf("another order meanwhile: %q, want %q", got, want)
	}
	c.clock.add(5 * time.Second)
	expect("half way", 3, "TEMPORARY", 0, n-n/2, n/2)
	c.clock.add(5 * time.Second)
	expect("carried out", 5, "STEADY", 1, 0, n)
	after := read[poolInfo](c, orderPool)
	disk := after.DataVolumes[len(after.DataVolumes)-1]
	want := volumeInfo{ID: disk.ID, Type: "GPSSD", Size: 40, IOPS: 3000, ResourceSpecCode: "workspace.volume.GPSSD", KMSID: "K"}
	if diff := cmp.Diff(want, disk); diff != "" || len(disk.ID) != 36 {
		t.Errorf("the new disk (-want +got):\n%s", diff)
	}
	for _, d := range c.walk(orderPoolID, "") {
		if d.DataVolumes != nil && d.DataVolumes[len(d.DataVolumes)-1].DesktopPoolDiskID != disk.ID {
			t.Errorf("%s lacks the disk: %+v", d.DesktopID, d.DataVolumes)
		}
	}
	row := read[poolList](c, v2+"/desktop-pools?name="+after.Name).Rows[0]
	if diff := cmp.Diff(after.DataVolumes, row.DataVolumes); diff != "" {
		t.Errorf("the disks in the list (-detail +list):\n%s", diff)
	}
	if c.cfg.World.pools[3].info.DataVolumes != nil && len(c.cfg.World.pools[3].info.DataVolumes) != len(before.DataVolumes) {
		t.Error("the world that others share has changed")
	}
}

// The ways of an order that is not paid, or fails.
func TestOrderEnds(t *testing.T) {
	type step struct {
		after time.Duration
		want  int
	}
	none := func(*testCloud, string) {}
	tests := []struct {
		name  string
		do    func(*testCloud, string)
		steps []step
		pool  string
	}{
		{"nobody pays", none, []step{{24*time.Hour - time.Second, 6}, {time.Second, 4}}, "STEADY"},
		{"canceled", func(c *testCloud, id string) {
			if a := c.billing(http.MethodPut, cancel, `{"order_id":"`+id+`"}`); a.status != http.StatusNoContent {
				c.t.Errorf("cancel: %s", a.code())
			}
		}, []step{{0, 4}, {48 * time.Hour, 4}}, "STEADY"},
		{"the job fails", func(c *testCloud, id string) {
			_ = c.Pay(id)
			_ = c.Push(id, 7)
		}, []step{{0, 7}, {time.Second, 2}, {time.Second, 4}, {time.Hour, 4}}, "STEADY"},
		{"looked at late", func(c *testCloud, id string) { _ = c.Push(id, 7) }, []step{{time.Hour, 4}}, "STEADY"},
		{"pushed to the end", func(c *testCloud, id string) { _ = c.Push(id, 5) }, []step{{0, 5}}, "STEADY"},
		{"stays in review", func(c *testCloud, id string) { _ = c.Push(id, 1) }, []step{{48 * time.Hour, 1}}, "STEADY"},
		{"is being carried out", func(c *testCloud, id string) { _ = c.Push(id, 3) }, []step{{time.Second - 1, 3}}, "TEMPORARY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, nil)
			disks := len(read[poolInfo](c, orderPool).DataVolumes)
			id := c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID
			tt.do(c, id)
			for _, s := range tt.steps {
				c.clock.add(s.after)
				if got := c.status(id); got != s.want {
					t.Errorf("after %v: order_status = %d, want %d", s.after, got, s.want)
				}
			}
			if tt.steps[len(tt.steps)-1].want == 5 {
				disks++
			}
			if p := read[poolInfo](c, orderPool); p.Status != tt.pool || len(p.DataVolumes) != disks {
				t.Errorf("the pool is %s with %d disks, want %s with %d", p.Status, len(p.DataVolumes), tt.pool, disks)
			}
		})
	}
}

func TestPayAndCancelOnce(t *testing.T) {
	c := start(t, nil)
	id := c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID
	if err := errors.Join(c.Pay("none"), c.Cancel("none"), c.Push("none", 5)); err == nil || strings.Count(err.Error(), errNoOrder.Error()) != 3 {
		t.Errorf("of an unknown order: %v", err)
	}
	if err := c.Pay(id); err != nil {
		t.Error(err)
	}
	if err := errors.Join(c.Pay(id), c.Cancel(id)); strings.Count(err.Error(), errNotThen.Error()) != 2 {
		t.Errorf("of a paid order: %v", err)
	}
	for target, want := range map[string]string{pay: "400 CBC.99003106 ", cancel: "400 CBC.99005010 "} {
		method := map[string]string{pay: http.MethodPost, cancel: http.MethodPut}[target]
		if got := c.billing(method, target, payBody(id)).code(); !strings.HasPrefix(got, want) {
			t.Errorf("%s of a paid order: %q, want %q", target, got, want)
		}
		if got := c.billing(method, target, payBody("none")).code(); !strings.HasPrefix(got, "400 CBC.30000010 ") {
			t.Errorf("%s of an unknown order: %q", target, got)
		}
		if got := c.billing(method, target, `{}`).code(); !strings.HasPrefix(got, "400 CBC.0100 ") {
			t.Errorf("%s of nothing: %q", target, got)
		}
	}
	if got := c.billing(http.MethodPost, pay, strings.ReplaceAll(payBody(id), "NO", "YES")).code(); !strings.HasPrefix(got, "400 CBC.0100 ") {
		t.Errorf("pay with a coupon: %q", got)
	}
}

// What each type changes, of a pool and of one desktop.
func TestEffects(t *testing.T) {
	c := start(t, nil)
	image, disk := c.cfg.World.images[2], c.cfg.World.pools[3].info.RootVolume.ID
	params := c.good()
	params[changeImage] = `"image_id":"` + image.ID + `"`
	shown := func(d poolDesktop) map[string]bool {
		out := map[string]bool{
			addVolume: false, resize: d.ProductID == "workspace.arm.agile.large8" && d.Product != nil && d.Product.FlavorID == "c7.large.8" && d.Product.ChargeMode == "0",
			changeImage: d.Metadata["metering.image_id"] == image.ID && d.OSVersion == image.OSVersion, addSubResources: d.ShareResourceSKU == "workspace.share.5",
			extendVolume: d.RootVolume != nil && d.RootVolume.Size == 500 && d.RootVolume.DesktopPoolDiskID == disk,
		}
		for _, v := range d.DataVolumes {
			out[addVolume] = out[addVolume] || v.Type == "SAS" && v.Size == 10
		}
		return out
	}
	rich := func(rows []poolDesktop) (one, other poolDesktop) { // with all parts
		for _, d := range rows {
			if d.Product != nil && d.OrderID != "" {
				one, other = d, one
			}
		}
		return one, other
	}
	kinds := []string{addVolume, extendVolume, resize, changeImage, addSubResources}
	for _, kind := range kinds {
		one, other := rich(c.walk(orderPoolID, ""))
		c.paid(c.order(kind, forDesktops(one.DesktopID)+params[kind])[0].OrderID)
		type answer struct{ Desktop poolDesktop }
		if got := read[answer](c, v2+"/desktops/"+one.DesktopID).Desktop; !shown(got)[kind] {
			t.Errorf("%s does not show in its desktop: %+v", kind, got)
		}
		if got := read[answer](c, v2+"/desktops/"+other.DesktopID).Desktop; shown(got)[kind] {
			t.Errorf("%s shows in another desktop: %+v", kind, got)
		}
	}
	for how, want := range map[string]int{"PRODUCT_ID": 1, "IMAGE_ID": 1, "DISK_NUM": 1, "DISK_SIZE": 1} {
		was := 0
		for i := range c.cfg.World.pools[3].size {
			if (desktop{c.cfg.World.pools[3], i}).differs(how) {
				was++
			}
		}
		if got := read[poolDesktops](c, orderPool+"/desktops?inconsistent_type="+how).Total; got != was+want {
			t.Errorf("%d desktops differ in %s, want %d and %d", got, how, was, want)
		}
	}
	if p := read[poolInfo](c, orderPool); cmp.Diff(c.cfg.World.pools[3].info, p) != "" {
		t.Errorf("the pool has changed with its desktops: %s", cmp.Diff(c.cfg.World.pools[3].info, p))
	}
	for _, kind := range kinds {
		c.paid(c.order(kind, forPool(orderPoolID)+params[kind])[0].OrderID)
	}
	one, other := rich(c.walk(orderPoolID, ""))
	for _, kind := range kinds {
		if !shown(one)[kind] || !shown(other)[kind] {
			t.Errorf("%s of the pool does not show in its desktops", kind)
		}
	}
	p := read[poolInfo](c, orderPool)
	if p.Product.ProductID != "workspace.arm.agile.large8" || p.ImageID != image.ID || p.ImageName != image.Name || p.RootVolume.Size != 500 {
		t.Errorf("pool = %+v", p)
	}
	c.paid(c.order(deleteSubResources, forPool(orderPoolID)+params[deleteSubResources])[0].OrderID)
	if one, _ := rich(c.walk(orderPoolID, "")); one.ShareResourceSKU != "" {
		t.Errorf("share_resource_sku = %q after it was given up", one.ShareResourceSKU)
	}
}

// Two orders for one pool may be carried out side by side; the pool is STEADY after the last.
func TestTwoOrdersAtOnce(t *testing.T) {
	c := start(t, nil)
	var ids []string
	for range 2 {
		ids = append(ids, c.order(addVolume, forPool(orderPoolID)+c.good()[addVolume])[0].OrderID)
	}
	for _, id := range ids {
		if err := c.Pay(id); err != nil {
			t.Fatal(err)
		}
		c.clock.add(time.Second / 2)
	}
	if p := read[poolInfo](c, orderPool); p.Status != "TEMPORARY" || len(p.DataVolumes) != 1 {
		t.Errorf("after one: %s with %d disks", p.Status, len(p.DataVolumes))
	}
	c.clock.add(time.Second)
	if p := read[poolInfo](c, orderPool); p.Status != "STEADY" || len(p.DataVolumes) != 2 || p.DataVolumes[0].ID == p.DataVolumes[1].ID {
		t.Errorf("after both: %s with %+v", p.Status, p.DataVolumes)
	}
}

// The cloud keeps time by itself, without anything that runs in the background.
func TestRealClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{ProjectID: testProject, Region: testRegion, Users: []User{{"reader", "secret", "acme"}},
			World: NewWorld(1, WorldOptions{Pools: 12, Desktops: 300, Region: testRegion})})
		client := &http.Client{Transport: &http.Transport{DialContext: pipetest.Serve(t, s).Dial, DisableKeepAlives: true}}
		send := func(method, target, token, body string) (string, string) {
			req, err := http.NewRequestWithContext(t.Context(), method, "http://cloud"+target, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Auth-Token", token)
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			b, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.Header.Get("X-Subject-Token"), string(b)
		}
		token, _ := send(http.MethodPost, "/v3/auth/tokens", "", login("reader", "secret", "acme", testRegion))
		send(http.MethodPost, changeOrder, token, orderBody(resize, forPool(orderPoolID)+`"product_id":"workspace.arm.agile.large96"`))
		if err := s.Pay(s.Orders()[0].ID); err != nil {
			t.Fatal(err)
		}
		product := func() string {
			_, body := send(http.MethodGet, orderPool, token, "")
			var p poolInfo
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatal(err)
			}
			return p.Status + " " + p.Product.ProductID
		}
		if got := product(); !strings.HasPrefix(got, "TEMPORARY ") || strings.HasSuffix(got, "large96") {
			t.Errorf("at once: %s", got)
		}
		time.Sleep(time.Second)
		if got, want := product(), "STEADY workspace.arm.agile.large96"; got != want {
			t.Errorf("after a second: %s, want %s", got, want)
		}
	})
}

// Many clients at once: every order is made once, and has its effect once.
func TestConcurrentOrders(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.JobTime = time.Millisecond })
	ids := prepaid(c.cfg.World.pools[3])[:8]
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			for range 5 {
				a := c.post(changeOrder, orderBody(addVolume, forDesktops(id)+c.good()[addVolume]))
				if a.status == http.StatusConflict { // the pool is being changed for another
					continue
				}
				for _, row := range c.results(a) {
					if err := c.Pay(row.OrderID); err != nil {
						t.Error(err)
					}
				}
				c.get(orderPool + "/desktops?limit=100")
				c.get(v2 + "/workspace-sub-jobs")
				c.billing(http.MethodGet, bills, "")
				c.clock.add(time.Millisecond)
				_, _ = c.Orders(), c.Writes()
			}
		})
	}
	wg.Wait()
	c.clock.add(time.Second)
	made, disks := map[string]int{}, 0
	for _, o := range c.Orders() {
		if o.Status != 5 {
			t.Errorf("%s is %d, want 5", o.ID, o.Status)
		}
		made[o.ID]++
	}
	w := c.book.at(c.clock.Now())
	for _, id := range ids {
		d, _ := w.desktop(id)
		disks += len(d.template().DataVolumes)
	}
	if len(made) != len(c.Orders()) || disks != len(made) || w.pools[3].jobs != 0 || len(made) == 0 {
		t.Errorf("%d orders with %d ids made %d disks, and %d jobs run", len(c.Orders()), len(made), disks, w.pools[3].jobs)
	}
}
