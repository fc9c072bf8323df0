package huaweisim

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// UnmarshalJSON reads an amount that has two digits after the point, and no other.
func (c *cents) UnmarshalJSON(b []byte) error {
	whole, rest, _ := strings.Cut(string(b), ".")
	if len(rest) != 2 {
		return json.Unmarshal([]byte(`"an amount has two digits after the point"`), new(int))
	}
	return json.Unmarshal([]byte(strings.TrimLeft(whole+rest[:1], "0")+rest[1:]), (*int)(c))
}

type inquiryAnswer struct {
	Currency string
	Results  []struct {
		RequestID string           `json:"order_request_id"`
		Official  rating           `json:"official_website_rating_result"`
		Optional  []optionalRating `json:"optional_discount_rating_results"`
	} `json:"cloud_service_rating_results"`
}

// inquiries are the paths of the inquiries, by type.
func inquiries() map[string]string {
	const pools = v2 + "/desktop-pool/periodic/inquiry/"
	return map[string]string{addVolume: pools + "add-volume", extendVolume: pools + "extend-volume", resize: pools + "resize",
		changeImage: pools + "change-image", addSubResources: v2 + "/periodic/inquiry/add-resources"}
}

func (c *testCloud) inquire(path, param string) inquiryAnswer {
	c.t.Helper()
	a := c.post(path, "{"+param+"}")
	var out inquiryAnswer
	if err := json.Unmarshal(a.body, &out); err != nil || a.status != http.StatusOK {
		c.t.Fatalf("POST %s: %v, %s", path, err, a.code())
	}
	return out
}

// The price of a change for one desktop, in cents, and the sums that must hold.
func TestInquiries(t *testing.T) {
	c := start(t, nil)
	p := c.cfg.World.pools[3]
	one, three := prepaid(p)[:1], prepaid(p)[:3]
	root := p.info.RootVolume
	product := func(id string) string { return `"product_id":"` + id + `"` }
	tests := []struct {
		name, path, param string
		original          cents // for one desktop
	}{
		{"10 GB of SAS", inquiries()[addVolume], `"volume_type":"SAS","volume_size":10`, 350},
		{"8200 GB of ESSD", inquiries()[addVolume], `"volume_type":"ESSD","volume_size":8200`, 1271000},
		{"a larger disk", inquiries()[extendVolume], c.good()[extendVolume], gigabytePrice(root.Type) * cents(500-root.Size)},
		{"a larger product", inquiries()[resize], product("workspace.x86.general.large96"), 96*4990 - productPrice(p.info.Product)},
		{"the same product", inquiries()[resize], product(p.info.Product.ProductID), 0},
		{"a private image", inquiries()[changeImage], `"image_id":"` + c.cfg.World.images[0].ID + `"`, 0},
		{"an image of the market", v2 + "/periodic/inquiry/change-image", `"image_spec_code":"market.win11.office"`, 1230},
		{"a sub-resource", inquiries()[addSubResources], `"sub_resource_sku":"x"`, 2000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			period := p.size - p.tally.onDemand
			for target, n := range map[string]int{forDesktops(one...): 1, forDesktops(three...): 3, forPool(orderPoolID): period} {
				got := c.inquire(tt.path, target+tt.param)
				if got.Currency != "CNY" || len(got.Results) != 1 {
					t.Fatalf("answer = %+v", got)
				}
				r := got.Results[0].Official
				website := tt.original / 10 * cents(n)
				want := [...]cents{tt.original * cents(n), website, 0, website, tt.original*cents(n) - website, tt.original*cents(n) - website}
				if diff := cmp.Diff(want, [...]cents{r.OriginalAmount, r.OfficialDiscountAmount, r.OptionalDiscountAmount, r.DiscountAmount, r.OfficialAmount, r.Amount}); diff != "" {
					t.Errorf("for %d desktops (-want +got):\n%s", n, diff)
				}
				for _, o := range got.Results[0].Optional {
					if o.Amount != r.Amount-o.OptionalDiscountAmount || o.DiscountAmount != r.DiscountAmount+o.OptionalDiscountAmount || o.OptionalDiscountAmount <= 0 {
						t.Errorf("for %d desktops: the discount %+v does not fit the price %+v", n, o, r)
					}
				}
				if (len(got.Results[0].Optional) == 0) != (tt.original == 0) {
					t.Errorf("for %d desktops: %d discounts", n, len(got.Results[0].Optional))
				}
				if again := c.inquire(tt.path, target+tt.param); !reflect.DeepEqual(got, again) {
					t.Errorf("asked twice: %+v, then %+v", got, again)
				}
			}
		})
	}
	if len(c.Orders()) != 0 || len(c.Writes()) != 0 || read[poolInfo](c, orderPool).Status != "STEADY" {
		t.Error("an inquiry has changed something")
	}
}

// Inquiries are held to the rules of orders; but a pool that is being changed has a price, too.
func TestRefusedInquiries(t *testing.T) {
	c := start(t, nil)
	for kind, path := range inquiries() {
		for param, want := range map[string]string{
			`"x":1`:                                     "400 WKS.0001 ",
			c.good()[kind]:                              "400 WKS.0001 Invalid request: the parameter desktop_pool_id and desktop_ids must not both be empty.",
			forPool(orderPoolID) + `"x":1`:              "400 WKS.0001 Invalid request: the parameter ",
			forPool("none") + c.good()[kind]:            "404 WKS.0404 ",
			forPool(examplePoolID) + c.good()[kind]:     "400 WKS.0001 Invalid request: only what is billed yearly/monthly",
			forDesktops("none") + c.good()[kind]:        "404 WKS.0404 ",
			forPool(orderPoolID) + c.good()[kind] + "}": "400 WKS.0001 Invalid request: the body is not a JSON object.",
		} {
			if got := c.post(path, "{"+param+"}").code(); !strings.HasPrefix(got, want) {
				t.Errorf("%s {%s}: %q, want %q", path, param, got, want)
			}
		}
	}
	busy := c.cfg.World.pools[9]
	if got := c.inquire(inquiries()[addVolume], forPool(busy.info.ID)+c.good()[addVolume]); got.Results[0].Official.Amount == 0 {
		t.Errorf("a busy pool: %+v", got)
	}
}

func TestPriceMoves(t *testing.T) {
	c, _ := faulty(t, nil, fault.Fault{Kind: fault.PriceMoved, Operation: "EstimateDesktopPoolAddVolume", Count: 1})
	path, param := inquiries()[addVolume], forPool(orderPoolID)+c.good()[addVolume]
	moved, then := c.inquire(path, param).Results[0].Official, c.inquire(path, param).Results[0].Official
	if moved.Amount*5 != then.Amount*6 || moved.OriginalAmount*5 != then.OriginalAmount*6 {
		t.Errorf("%d, then %d; want a fifth more first", moved.Amount, then.Amount)
	}
}

func TestCents(t *testing.T) {
	for amount, want := range map[cents]string{0: "0.00", 5: "0.05", 350: "3.50", 1271000: "12710.00"} {
		if got, err := json.Marshal(amount); string(got) != want || err != nil {
			t.Errorf("%d cents are %s (%v), want %s", amount, got, err, want)
		}
	}
}

func TestWriteThrottle(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.ReadsPerMinute, cfg.WritesPerMinute = 5, 2 })
	path, param := inquiries()[addVolume], "{"+forPool(orderPoolID)+c.good()[addVolume]+"}"
	for range 2 {
		if got := c.post(path, param).status; got != http.StatusOK {
			t.Fatalf("status = %d within the limit", got)
		}
	}
	const want = "429 APIGW.0308 The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute"
	if got := c.post(path, param).code(); got != want {
		t.Errorf("answer = %q, want %q", got, want)
	}
	if got := c.post(inquiries()[resize], "{}").status; got != http.StatusBadRequest {
		t.Errorf("another route: status = %d, want 400", got)
	}
	if got := c.get(orderPool).status; got != http.StatusOK {
		t.Errorf("a read: status = %d, want 200", got)
	}
}
