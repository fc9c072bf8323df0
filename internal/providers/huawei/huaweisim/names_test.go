package huaweisim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// names adds the paths of all members of v to seen.
func names(v any, path string, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			seen[at] = true
			names(value, at, seen)
		}
	case []any:
		for _, value := range v {
			names(value, path, seen)
		}
	}
}

// Every member of an answer bears the name that Huawei's documents or its SDK
// give it, and each that this cloud gives occurs.
func TestPublishedNames(t *testing.T) {
	c, set := faulty(t, func(cfg *Config) { cfg.ResultSuccess = true }, fault.Fault{Kind: fault.PartialFailure, Operation: "CreateDesktopPoolChangeOrder"})
	ordered := c.post(changeOrder, orderBody(resize, forPool(orderPoolID)+c.good()[resize]))
	set.Clear()
	done := c.Orders()[0].ID
	c.paid(done)
	failed := c.order(resize, forDesktops(prepaid(c.cfg.World.pools[3])[0])+c.good()[resize])[0].OrderID
	_, _ = c.Push(failed, 3), c.Push(failed, 7)
	price := c.post(inquiries()[addVolume], "{"+forPool(orderPoolID)+c.good()[addVolume]+"}")

	const amounts = "amount official_website_amount original_amount official_website_discount_amount optional_discount_amount discount_amount " +
		"per_amount per_discount_amount per_original_amount per_period_type measure_id"
	const perAmounts = " per_official_website_amount per_official_website_discount_amount per_optional_discount_amount"
	const ratings, job = "product_rating_results", "id job_type entities begin_time end_time status error_code fail_reason host project_id job_id process attach_user entity ip_address"
	const productRatings, entities = "id product_id extend_params " + amounts + perAmounts, "desktop_id product_id user_name desktop_name ip_address"
	const order = "order_id customer_id service_type_code service_type_name source_type status order_type amount_after_discount official_amount " +
		"measure_id create_time payment_time currency amount_info"
	const amountNames = "discounts flexipurchase_coupon_amount coupon_amount stored_card_amount commission_amount consumed_amount"
	tests := []struct {
		name   string
		answer answered
		want   map[string]string // the members of each object, by its path
	}{
		{"order", ordered, map[string]string{"": "orders", "orders.": "order_id order_status result result_code result_msg"}},
		{"price", price, map[string]string{
			"": "currency cloud_service_rating_results", "cloud_service_rating_results.": "order_request_id official_website_rating_result optional_discount_rating_results",
			"cloud_service_rating_results.official_website_rating_result.":                   ratings + " " + amounts,
			"cloud_service_rating_results.official_website_rating_result." + ratings + ".":   productRatings,
			"cloud_service_rating_results.optional_discount_rating_results.":                 ratings + " discount_id discount_type discount_name best_offer same_ratio_flag discount_ratio promotion_info " + amounts + perAmounts,
			"cloud_service_rating_results.optional_discount_rating_results." + ratings + ".": productRatings,
		}},
		{"products", c.get(v2 + "/products?os_type=Windows&availability_zone=cn-north-4a"), map[string]string{
			"": "products total_count os_type availability_zone",
			"products.": "product_id type cpu memory descriptions charge_mode architecture is_gpu gpu_desc package_type system_disk_type system_disk_size contain_data_disk " +
				"resource_type cloud_service_type volume_product_type status cpu_desc vram data_disk_size product_desc name share_space_size",
			"products.product_desc.": "en_us zh_cn", "products.name.": "en_us zh_cn",
		}},
		{"images", c.get(v2 + "/images"), map[string]string{"": "images total_count",
			"images.": "id image_type os_type architecture os_version disk_format name min_ram min_disk product_code created_at kms_id"}},
		{"zones", c.get(v2 + "/availability-zones"), map[string]string{"": "availability_zones total_count",
			"availability_zones.":      "availability_zone display_name i18n sold_out product_ids visible default_availability_zone",
			"availability_zones.i18n.": "en_us zh_cn", "availability_zones.sold_out.": "products"}},
		{"volumes", c.get(v2 + "/volume/products"), map[string]string{"": "volumes",
			"volumes.":      "resource_spec_code volume_type volume_product_type resource_type cloud_service_type name status iops throughput",
			"volumes.name.": "language value", "volumes.iops.": "min max range_by_size", "volumes.throughput.": "min max range_by_iops"}},
		{"job", c.get(v2 + "/workspace-jobs/" + jobID(failed)), map[string]string{
			"": "id job_type begin_time end_time status job_error_code fail_reason sub_jobs_total sub_jobs", "sub_jobs.": job, "sub_jobs.entities.": entities}},
		{"sub-jobs", c.get(subJobList), map[string]string{"": "total_count jobs", "jobs.": job, "jobs.entities.": entities}},
		{"order list", c.billing(http.MethodGet, bills, ""), map[string]string{"": "total_count order_infos", "order_infos.": order, "order_infos.amount_info.": amountNames}},
		{"order details", c.billing(http.MethodGet, bills+"/details/"+done, ""), map[string]string{
			"": "total_count order_info order_line_items", "order_info.": order + " user_name pending_payment_end_time", "order_info.amount_info.": amountNames,
			"order_line_items.": "order_line_item_id service_type_code service_type_name product_id product_spec_desc period_type period_num effective_time expire_time " +
				"subscription_num amount_after_discount official_amount amount_info currency category_code product_owner_service commercial_resource order_id",
			"order_line_items.amount_info.": amountNames}},
		{"domains", c.get("/v3/auth/domains"), map[string]string{"": "domains links", "domains.": "id name enabled description links", "domains.links.": "self", "links.": "self previous next"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body any
			if err := json.Unmarshal(tt.answer.body, &body); err != nil || tt.answer.status != http.StatusOK {
				t.Fatalf("%v, %s", err, tt.answer.code())
			}
			seen := map[string]bool{}
			names(body, "", seen)
			var got, want []string
			for path := range seen {
				got = append(got, path)
			}
			for path, members := range tt.want {
				for name := range strings.FieldsSeq(members) {
					want = append(want, path+name)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}
