package huawei

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	// periodPool is the pool of the vendor's example of an order.
	periodPool = "b046ac8e-0994-4c09-a8a8-bd989d218120"
	diskID     = "305d3c76-199f-4407-8d82-2a42d970595e"
	desktopA   = "0f7d2e1c-1111-4c1f-9b1f-6a1d1a2b3c4d"
	desktopB   = "1a2b3c4d-2222-4c1f-9b1f-6a1d1a2b3c4d"
)

// counter is a scripted cloud that keeps the bodies it was sent, and answers by method and path.
type counter struct {
	answers map[string]http.HandlerFunc // "GET /path", of Workspace below the project

	mu     sync.Mutex
	bodies map[string][]string
	heads  map[string][]*http.Request
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v2/"+testProject)
	c.mu.Lock()
	if c.bodies == nil {
		c.bodies, c.heads = map[string][]string{}, map[string][]*http.Request{}
	}
	c.bodies[name] = append(c.bodies[name], string(body))
	c.heads[name] = append(c.heads[name], r)
	answer := c.answers[name]
	c.mu.Unlock()
	if answer == nil {
		respond(http.StatusNotFound, `{"error_code":"APIGW.0101","error_msg":"The API does not exist"}`)(w, r)
		return
	}
	answer(w, r)
}

// sent are the bodies of one operation.
func (c *counter) sent(name string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.bodies[name])
}

func (c *counter) requests(name string) []*http.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.heads[name])
}

// shop starts a scripted cloud, and returns a source of c whose services it all is.
func shop(t *testing.T, c Config, answers map[string]http.HandlerFunc) (pool.Source, *counter) {
	t.Helper()
	cloud := &counter{answers: answers}
	s := play(t, cloud.ServeHTTP)
	c.Endpoint, c.IAMEndpoint, c.BillingEndpoint = s.url, s.url, s.url
	return open(t, c), cloud
}

// goods are orders of every type, and their bodies in the words of the vendor's
// tables, in the tables' order. %T stands for the target.
var goods = []struct {
	name          string
	order         pool.Order
	body, inquiry string // what is sent; the inquiry is empty if there is none
	inquiryPath   string
}{
	{
		"add a volume", pool.Order{Type: pool.AddVolumeOrder, AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 10}},
		`{"type":"ADD_VOLUME","add_volume_param":{%T,"volume_type":"SAS","volume_size":10}}`,
		`{%T,"volume_type":"SAS","volume_size":10}`, "/desktop-pool/periodic/inquiry/add-volume",
	},
	{
		"extend a volume", pool.Order{Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: diskID, NewSizeGiB: 20}},
		`{"type":"EXTEND_VOLUME","extend_volume_param":{%T,"desktop_pool_disk_id":"` + diskID + `","new_size":20}}`,
		`{%T,"desktop_pool_disk_id":"` + diskID + `","new_size":20}`, "/desktop-pool/periodic/inquiry/extend-volume",
	},
	{
		"resize", pool.Order{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "workspace.x86.ultimate.large4"}},
		`{"type":"RESIZE","resize_param":{%T,"product_id":"workspace.x86.ultimate.large4"}}`,
		`{%T,"product_id":"workspace.x86.ultimate.large4"}`, "/desktop-pool/periodic/inquiry/resize",
	},
	{
		"resize what runs", pool.Order{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "p", StopRunning: true}},
		`{"type":"RESIZE","resize_param":{%T,"product_id":"p","mode":"STOP_DESKTOP"}}`,
		`{%T,"product_id":"p"}`, "/desktop-pool/periodic/inquiry/resize",
	},
	{
		"change the image", pool.Order{Type: pool.ChangeImageOrder, ChangeImage: &pool.ChangeImage{ImageID: "i", NoticeMinutes: ptr(5), Message: "Save <now> & log off"}},
		`{"type":"CHANGE_IMAGE","change_image_param":{%T,"image_id":"i","delay_time":5,"message":"Save \u003cnow\u003e \u0026 log off"}}`,
		`{%T,"image_id":"i"}`, "/desktop-pool/periodic/inquiry/change-image",
	},
	{
		"change the image at once", pool.Order{Type: pool.ChangeImageOrder, ChangeImage: &pool.ChangeImage{ImageSpecCode: "code", NoticeMinutes: ptr(0)}},
		`{"type":"CHANGE_IMAGE","change_image_param":{%T,"image_spec_code":"code","delay_time":0}}`,
		`{%T,"image_spec_code":"code"}`, "/desktop-pool/periodic/inquiry/change-image",
	},
	{
		"add sub-resources", pool.Order{Type: pool.AddSubResourcesOrder, AddSubResources: &pool.AddSubResources{SKU: "sharer.1"}},
		`{"type":"ADD_SUB_RESOURCES","add_sub_resources_param":{%T,"sub_resource_sku":"sharer.1"}}`,
		`{%T,"sub_resource_sku":"sharer.1"}`, "/periodic/inquiry/add-resources",
	},
	{
		"delete sub-resources", pool.Order{Type: pool.DeleteSubResourcesOrder, DeleteSubResources: &pool.DeleteSubResources{Type: "DESKTOP_SHARER"}},
		`{"type":"DELETE_SUB_RESOURCES","delete_sub_resources_param":{%T,"sub_resource_type":"DESKTOP_SHARER"}}`, "", "",
	},
}

// targets are all ways to say what an order is for, and how that is written.
var targets = []struct {
	name  string
	set   func(*pool.Order)
	wrote string
}{
	{"a pool", func(o *pool.Order) { o.PoolID = periodPool }, `"desktop_pool_id":"` + periodPool + `"`},
	{"desktops", func(o *pool.Order) { o.DesktopIDs = []string{desktopA, desktopB} }, `"desktop_ids":["` + desktopA + `","` + desktopB + `"]`},
	{"a pool, with a promotion", func(o *pool.Order) { o.PoolID, o.PromotionPlanID = periodPool, "promo-1" },
		`"desktop_pool_id":"` + periodPool + `","promotion_plan_id":"promo-1"`},
	{"desktops, never both", func(o *pool.Order) { o.PoolID, o.DesktopIDs = periodPool, []string{desktopA} }, `"desktop_ids":["` + desktopA + `"]`},
}

func TestWireOrder(t *testing.T) {
	for _, good := range goods {
		for _, target := range targets {
			t.Run(good.name+" of "+target.name, func(t *testing.T) {
				o := good.order
				target.set(&o)
				if want, got := strings.ReplaceAll(good.body, "%T", target.wrote), string(encode(wireOrder(o))); got != want {
					t.Errorf("order\n got %s\nwant %s", got, want)
				}
				k, body, ok := wireOrder(o).inquiry()
				if !ok {
					if good.inquiry != "" {
						t.Error("no inquiry")
					}
					return
				}
				if want, got := strings.ReplaceAll(good.inquiry, "%T", target.wrote), string(encode(body)); got != want || k.path != good.inquiryPath {
					t.Errorf("inquiry %s\n got %s\nwant %s", k.path, got, want)
				}
			})
		}
	}
}

// TestWireOrderExample holds the example request of the vendor's document, less its blanks.
func TestWireOrderExample(t *testing.T) {
	example := strings.NewReplacer(" ", "", "\n", "").Replace(fixture(t, "seed-order.json"))
	o := pool.Order{Type: pool.AddVolumeOrder, PoolID: periodPool, AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 10}}
	if got := string(encode(wireOrder(o))); got != example {
		t.Errorf("got  %s\nwant %s", got, example)
	}
}

func TestOrderTypes(t *testing.T) {
	src := open(t, Config{Endpoint: "http://cloud.test"})
	if src.Ordering == nil || src.Ordering.Orderer == nil || src.Ordering.MaxDesktops != 0 || src.Catalogue == nil {
		t.Fatalf("ordering %+v, catalogue %v", src.Ordering, src.Catalogue)
	}
	promotion := pool.Parameter{Name: "promotion_plan_id", Type: pool.TextParameter, Length: ptr(255)}
	text := func(name string) pool.Parameter {
		return pool.Parameter{Name: name, Type: pool.TextParameter, Required: true}
	}
	number := func(name string, least, most int) pool.Parameter {
		return pool.Parameter{Name: name, Type: pool.IntegerParameter, Required: true, Min: &least, Max: &most}
	}
	want := []pool.OrderSupport{
		{Type: pool.AddVolumeOrder, Price: true, Parameters: []pool.Parameter{text("volume_type"), number("volume_size_gib", 10, 8200), promotion}},
		{Type: pool.ExtendVolumeOrder, Price: true, Parameters: []pool.Parameter{text("disk_id"), number("new_size_gib", 10, 8200), promotion}},
		{Type: pool.ResizeOrder, Price: true, Parameters: []pool.Parameter{text("product_id"), {Name: "stop_running", Type: pool.BooleanParameter}, promotion}},
		{Type: pool.ChangeImageOrder, Price: true, Parameters: []pool.Parameter{
			{Name: "image_id", Type: pool.TextParameter}, {Name: "image_spec_code", Type: pool.TextParameter},
			{Name: "notice_minutes", Type: pool.IntegerParameter, Min: ptr(0), Max: ptr(15)},
			{Name: "message", Type: pool.TextParameter, Length: ptr(400)}, promotion,
		}},
		{Type: pool.AddSubResourcesOrder, Price: true, Parameters: []pool.Parameter{text("sku"), promotion}},
		{Type: pool.DeleteSubResourcesOrder, Parameters: []pool.Parameter{
			{Name: "sub_resource_type", Type: pool.TextParameter, Required: true, Allowed: []string{"DESKTOP_SHARER"}}, promotion,
		}},
	}
	if diff := cmp.Diff(want, src.Ordering.Types); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
