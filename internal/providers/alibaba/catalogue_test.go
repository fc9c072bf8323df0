package alibaba

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestProducts(t *testing.T) {
	c := serve(t, bodies(map[string]string{"DescribeDesktopTypes": testdata(t, "DescribeDesktopTypes.every-field.json")}))
	got, err := c.source.Catalogue.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := pool.Offer{
		Kind: pool.DesktopOffer, Name: "ecd.graphics.xlarge",
		Product: pool.Product{
			ID: "ecd.graphics.xlarge", Family: "ecd.graphics", Description: "a type", CPU: new(4), MemoryMiB: new(23552),
			GPU: &pool.GPU{Count: new(0.5)}, SaleStatus: pool.OnSale,
		},
		SystemDiskGiB: new(81), DataDiskGiB: new(151),
	}
	if len(got.Value) != 2 {
		t.Fatalf("%d products, want 2", len(got.Value))
	}
	native := got.Value[0].Native
	got.Value[0].Native = nil
	if diff := cmp.Diff(want, got.Value[0]); diff != "" {
		t.Errorf("product (-want +got):\n%s", diff)
	}
	if len(native) != 1 || native[0].Operation != "DescribeDesktopTypes" || native[0].RequestID != "1CBAFFAB-B697-4049-A9B1-67E1FC5F0001" ||
		compact(t, native[0].Body) != `{"DesktopTypeId":"ecd.graphics.xlarge","InstanceTypeFamily":"ecd.graphics","Description":"a type","CpuCount":"4","MemorySize":"23552","SystemDiskSize":"81","DataDiskSize":"151","GpuCount":0.5,"GpuSpec":"16 GiB","GpuMemory":2048,"StockState":"Sufficient","DesktopTypeStatus":"SUFFICIENT","MaxSessionCount":3,"Scopes":["Public"],"EnvId":"env-1","EnvType":"Public"}` {
		t.Errorf("native %s", native)
	}
	same(t, "sold out", got.Value[1].Product.SaleStatus, pool.SoldOut)
	same(t, "no GPU", got.Value[1].Product.GPU, (*pool.GPU)(nil))
	same(t, "envelope", compact(t, got.Parts[0].Body), `{"RequestId":"1CBAFFAB-B697-4049-A9B1-67E1FC5F0001"}`)
	noDrift(t, c)
}

func TestImages(t *testing.T) {
	second := `{"RequestId":"R2","NextToken":"","Images":[{"ImageId":"m-2","OsType":"Linux","Status":"Molten","OsTypo":"x"},{"ImageId":"m-3","OsType":"BeOS"}]}`
	c := serve(t, func(_ string, q url.Values) (int, string) {
		if q.Get("NextToken") == "" {
			return 200, testdata(t, "DescribeImages.every-field.json")
		}
		return 200, second
	})
	got, err := c.source.Catalogue.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Value) != 3 || len(got.Parts) != 2 || got.AsOf.IsZero() {
		t.Fatalf("%d images on %d pages as of %v", len(got.Value), len(got.Parts), got.AsOf)
	}
	want := pool.ImageOffer{
		Image: pool.Image{ID: "m-every0001", Name: "the image", OSType: pool.Windows, OSPlatform: "Windows Server 2019"},
		Kind:  "SYSTEM", State: "Available", SizeGiB: new(40), CreatedAt: at("2018-01-10T01:01:10Z"),
	}
	native := got.Value[0].Native
	got.Value[0].Native = nil
	if diff := cmp.Diff(want, got.Value[0]); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
	if len(native) != 1 || native[0].Operation != "DescribeImages" {
		t.Errorf("native %v", native)
	}
	seen := c.requests()
	same(t, "first query", seen[0].Query.Encode(), "MaxResults=100&RegionId=cn-hangzhou")
	same(t, "second query", seen[1].Query.Encode(), "MaxResults=100&NextToken=the+token&RegionId=cn-hangzhou")
	same(t, "envelope", compact(t, got.Parts[1].Body), `{"RequestId":"R2","NextToken":""}`)
	same(t, "drift", c.source.Drift.Counts(), pool.DriftCounts{
		Fields: map[string]int64{"DescribeImages.Images.OsTypo": 1}, Words: map[string]int64{"image.os_type=BeOS": 1}, Types: map[string]int64{},
	})
}

func TestCatalogueFails(t *testing.T) {
	c := serve(t, func(string, url.Values) (int, string) { return 403, `{"Code":"NoPermission","RequestId":"R"}` })
	_, err := c.source.Catalogue.Products(t.Context())
	same(t, "products", pool.AsError(err).Kind, pool.Denied)
	_, err = c.source.Catalogue.Images(t.Context())
	same(t, "images", pool.AsError(err).Kind, pool.Denied)
	c = serve(t, func(string, url.Values) (int, string) { return 200, `{"NextToken":"again","Images":[]}` })
	_, err = c.source.Catalogue.Images(t.Context())
	same(t, "a token twice", pool.AsError(err).Kind, pool.Failed)
	c = serve(t, bodies(map[string]string{"DescribeDesktopTypes": `{"DesktopTypes":[{"DesktopTypeId":"x","StockState":"Molten"}]}`}))
	got, err := c.source.Catalogue.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a new word", got.Value[0].Product.SaleStatus, pool.SaleUnknown)
}
