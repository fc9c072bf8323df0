package huawei

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskpool/deskpool/internal/pool"
)

// volumes is the answer of ListVolumeProductInfo, every documented field in it.
const volumes = `{"volumes":[{"resource_spec_code":"SAS","volume_type":"SAS","volume_product_type":"workspace","resource_type":"hws.resource.type.volume",
	"cloud_service_type":"hws.service.type.ebs","status":"normal","iops":{"min":1},"throughput":{}},{"volume_type":"SSD","status":"sellout"}]}`

// paged answers a listing of n rows by offset and limit, 100 at most.
func paged(key string, n int, row func(i int) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil || limit < 1 || limit > 100 {
			respond(http.StatusBadRequest, coded("WKS.0001"))(w, r)
			return
		}
		var rows []string
		for i := offset; i < min(offset+limit, n); i++ {
			rows = append(rows, row(i))
		}
		ok(fmt.Sprintf(`{"total_count":%d,%q:[%s]}`, n, key, strings.Join(rows, ",")))(w, r)
	}
}

func TestProducts(t *testing.T) {
	const row = `{"product_id":"large2","flavor_id":"c7","type":"BASE","cpu":"2","memory":"4096","descriptions":"Ultimate | 2 vCPUs","charge_mode":"0","architecture":"x86",
		"is_gpu":false,"package_type":"ultimate","system_disk_type":"SAS","system_disk_size":"80","data_disk_size":"10","contain_data_disk":true,"status":"normal",
		"product_desc":{},"name":{"en":"n"},"share_space_size":5,"cpu_desc":"","vram":"","gpu_desc":""}`
	products := `{"total_count":1,"os_type":"Windows","architecture":"x86","availability_zone":"z","products":%s}`
	for name, rows := range map[string]string{"an array": "[" + row + "]", "one object": row} {
		t.Run(name, func(t *testing.T) {
			src, cloud := shop(t, Config{}, map[string]http.HandlerFunc{"GET /products": ok(fmt.Sprintf(products, rows)), "GET /volume/products": ok(volumes)})
			got, err := src.Catalogue.Products(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := []pool.Offer{
				{Kind: pool.DesktopOffer, Name: "Ultimate | 2 vCPUs", SystemDiskGiB: ptr(80), DataDiskGiB: ptr(10), Product: pool.Product{
					ID: "large2", FlavorID: "c7", Description: "Ultimate | 2 vCPUs", Family: "ultimate", Architecture: "x86", CPU: ptr(2), MemoryMiB: ptr(4096),
					BillingMode: pool.Prepaid, SaleStatus: pool.OnSale}},
				{Kind: pool.VolumeOffer, Name: "SAS", Product: pool.Product{ID: "SAS", SaleStatus: pool.OnSale}},
				{Kind: pool.VolumeOffer, Name: "SSD", Product: pool.Product{ID: "SSD", SaleStatus: pool.SoldOut}},
			}
			if diff := cmp.Diff(want, got.Value, cmpopts.IgnoreFields(pool.Offer{}, "Native")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := got.Value[0].Native; len(n) != 1 || string(n[0].Body) != row || n[0].Operation != "ListProducts" || n[0].RequestID != "request-1" {
				t.Errorf("native %+v", n)
			}
			if len(got.Parts) != 2 || string(got.Parts[1].Body) != `{}` || strings.Contains(string(got.Parts[0].Body), "large2") || got.AsOf.IsZero() {
				t.Errorf("parts %s", got.Parts)
			}
			if drift := src.Drift.Counts(); len(drift.Fields)+len(drift.Words) > 0 {
				t.Errorf("drift %+v", drift)
			}
			if q := cloud.requests("GET /products")[0].URL.RawQuery; q != "limit=100&offset=0" {
				t.Errorf("query %q", q)
			}
		})
	}
}

func TestCataloguePages(t *testing.T) {
	src, cloud := shop(t, Config{}, map[string]http.HandlerFunc{
		"GET /products":        paged("products", 250, func(i int) string { return fmt.Sprintf(`{"product_id":"p-%d"}`, i) }),
		"GET /volume/products": ok(volumes),
		"GET /images":          paged("images", 200, func(i int) string { return fmt.Sprintf(`{"id":"i-%d"}`, i) }),
	})
	products, err := src.Catalogue.Products(t.Context())
	if err != nil || len(products.Value) != 252 || len(products.Parts) != 4 {
		t.Errorf("%d offers in %d parts, error %v", len(products.Value), len(products.Parts), err)
	}
	images, err := src.Catalogue.Images(t.Context())
	if err != nil || len(images.Value) != 200 || len(images.Parts) != 2 || images.Value[199].Image.ID != "i-199" {
		t.Errorf("%d images in %d parts, error %v", len(images.Value), len(images.Parts), err)
	}
	if n := len(cloud.requests("GET /images")); n != 2 {
		t.Errorf("%d pages of images", n)
	}
}

func TestImages(t *testing.T) {
	const row = `{"id":"i-1","image_type":"gold","os_type":"Windows","architecture":"x86","os_version":"Windows 10 64bit","disk_format":"zvhd2","name":"Ten",
		"min_ram":4096,"min_disk":80,"product_code":"code-1","created_at":"2025-05-22T09:48:47Z","kms_id":""}`
	src, _ := shop(t, Config{}, map[string]http.HandlerFunc{"GET /images": ok(`{"total_count":1,"images":[` + row + `]}`)})
	got, err := src.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []pool.ImageOffer{{
		Image: pool.Image{ID: "i-1", Name: "Ten", OSType: pool.Windows, OSVersion: "Windows 10 64bit", ProductCode: "code-1"},
		Kind:  "gold", SizeGiB: ptr(80), CreatedAt: time.Date(2025, 5, 22, 9, 48, 47, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, got.Value, cmpopts.IgnoreFields(pool.ImageOffer{}, "Native")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := got.Value[0].Native; len(n) != 1 || string(n[0].Body) != row {
		t.Errorf("native %+v", n)
	}
	if drift := src.Drift.Counts(); len(drift.Fields)+len(drift.Words)+len(drift.Types) > 0 {
		t.Errorf("drift %+v", drift)
	}
}

func TestCatalogueFails(t *testing.T) {
	one := ok(`{"total_count":1,"products":[{"product_id":"p"}]}`)
	endless := paged("products", 6000, func(i int) string { return fmt.Sprintf(`{"product_id":"p-%d"}`, i) })
	same := func(w http.ResponseWriter, r *http.Request) {
		ok(`{"total_count":500,"products":[{"product_id":"p"}]}`)(w, r)
	}
	for name, tt := range map[string]struct {
		products, volumes http.HandlerFunc
		want              pool.Kind
	}{
		"products fail":        {respond(500, coded("WKS.00000003")), ok(volumes), pool.Failed},
		"no rows":              {ok(`{"total_count":5}`), ok(volumes), pool.BadBody},
		"past the last offset": {endless, ok(volumes), pool.LimitReached},
		"the same page":        {same, ok(volumes), pool.BadBody},
		"volume types fail":    {one, respond(403, coded("APIGW.0302")), pool.Denied},
		"no volume types":      {one, ok(`{}`), pool.BadBody},
	} {
		t.Run(name, func(t *testing.T) {
			src, _ := shop(t, Config{}, map[string]http.HandlerFunc{"GET /products": tt.products, "GET /volume/products": tt.volumes})
			got, err := src.Catalogue.Products(t.Context())
			wantKind(t, err, tt.want)
			if got.Value != nil {
				t.Errorf("%d offers with an error", len(got.Value))
			}
		})
	}
}
