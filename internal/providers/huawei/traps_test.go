package huawei

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestTraps holds what was decided where the vendor's documents contradict
// each other or the service. The numbers are those of the reference; the ones
// left out concern writes.
func TestTraps(t *testing.T) {
	t.Run("T2_charge_mode", func(t *testing.T) {
		for said, want := range map[string]pool.BillingMode{`"0"`: pool.Prepaid, `0`: pool.Prepaid, `"1"`: pool.Postpaid, `1`: pool.Postpaid, `"2"`: pool.BillingUnknown} {
			got, _ := readPool(t, `"charging_mode":`+said+`,"product":{"charge_mode":`+said+`}`)
			if got.BillingMode != want || got.Product.BillingMode != want {
				t.Errorf("%s is %s, and %s of the product; want %s", said, got.BillingMode, got.Product.BillingMode, want)
			}
		}
		got, _ := readDesktop(t, `"metadata":{"charging_mode":"0"},"product":{"charge_mode":"1"}`)
		if got.BillingMode != pool.Postpaid {
			t.Errorf("the desktop is %s, want %s: metadata.charging_mode is not to be trusted", got.BillingMode, pool.Postpaid)
		}
		alone, _ := readDesktop(t, `"metadata":{"charging_mode":"0"}`)
		if alone.BillingMode != "" {
			t.Errorf("the desktop is %s by metadata.charging_mode alone", alone.BillingMode)
		}
	})
	t.Run("T3_path_is_desktop-pools", func(t *testing.T) {
		src, cloud := record(t, ok(fixture(t, "seed-pool.json")))
		if _, err := src.Reader.Pool(t.Context(), testPool); err != nil {
			t.Fatal(err)
		}
		if got, want := cloud.asked()[0].URL.Path, "/v2/"+testProject+"/desktop-pools/"+testPool; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	})
	t.Run("T5_POOLED_not_POOL", func(t *testing.T) {
		if got := statisticsQuery(t, allAxes())["desktop_type"]; !slices.Equal(got, []string{"POOLED"}) {
			t.Errorf("desktop_type is %q", got)
		}
	})
	t.Run("T6_unable_to_connect_is_not_unregistered", func(t *testing.T) {
		got := readStatistics(t, `{"total_num":9,"login_state_statistics":{"in_use_num":1,"unregistered_num":2,"unable_to_connect_num":3,"ready_num":0,"disconnected_num":3}}`)
		want := &pool.ConnectionCounts{Connected: ptr(1), AgentOffline: ptr(2), Unreachable: ptr(3), Idle: ptr(0), Disconnected: ptr(3), Other: ptr(0)}
		if diff := cmp.Diff(want, got.Total.Connection); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("T7_contain_data_disk_in_any_form", func(t *testing.T) {
		for _, said := range []string{`true`, `false`, `"off"`, `"on"`, `"true"`, `0`, `1`, `null`} {
			got, src := readPool(t, `"product":{"product_id":"x","contain_data_disk":`+said+`}`)
			if got.Product.ID != "x" {
				t.Errorf("%s: product %+v", said, got.Product)
			}
			wantDrift(t, src, pool.DriftCounts{})
		}
	})
	t.Run("T8_time_shapes", func(t *testing.T) {
		for said, want := range map[string]time.Time{
			"2022-05-11T11:45:42.000Z":       time.Date(2022, 5, 11, 11, 45, 42, 0, time.UTC),
			"2025-05-22T09:48:47Z":           time.Date(2025, 5, 22, 9, 48, 47, 0, time.UTC),
			"2023-01-04T07:10:56.696Z":       time.Date(2023, 1, 4, 7, 10, 56, 696_000_000, time.UTC),
			"2020-01-04T09:05:22.701000Z":    time.Date(2020, 1, 4, 9, 5, 22, 701_000_000, time.UTC),
			"2020-01-04T09:05:22.123456789Z": time.Date(2020, 1, 4, 9, 5, 22, 123_456_789, time.UTC),
			"2022-02-23 04:02:07":            time.Date(2022, 2, 23, 4, 2, 7, 0, time.UTC),
			"2025-05-22T17:48:47+08:00":      time.Date(2025, 5, 22, 9, 48, 47, 0, time.UTC),
			"":                               {},
		} {
			p, _ := readPool(t, `"created_time":"`+said+`"`)
			d, _ := readDesktop(t, `"created":"`+said+`"`)
			if !p.CreatedAt.Equal(want) || !d.CreatedAt.Equal(want) {
				t.Errorf("%q is %v of a pool, %v of a desktop; want %v", said, p.CreatedAt, d.CreatedAt, want)
			}
		}
		p, src := readPool(t, `"created_time":"yesterday"`)
		if !p.CreatedAt.IsZero() {
			t.Errorf("yesterday is %v", p.CreatedAt)
		}
		wantDrift(t, src, pool.DriftCounts{Types: map[string]int64{"ShowDesktopPoolDetail.created_time": 1}})
	})
	t.Run("T9_text_or_number", func(t *testing.T) {
		for _, fields := range []string{
			`"charging_mode":"0","desktop_count":7,"product":{"cpu":"2","memory":"4096","charge_mode":"1","system_disk_size":"140"}`,
			`"charging_mode":0,"desktop_count":"7","product":{"cpu":2,"memory":4096,"charge_mode":1,"system_disk_size":140}`,
		} {
			got, _ := readPool(t, fields)
			want := pool.Pool{
				NativeID: "p", SessionMode: pool.SessionUnknown, BillingMode: pool.Prepaid, Counts: pool.PoolCounts{Total: ptr(7)},
				Product: pool.Product{CPU: ptr(2), MemoryMiB: ptr(4096), BillingMode: pool.Postpaid},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", fields, diff)
			}
		}
		got, src := readPool(t, `"product":{"cpu":"two"}`)
		if got.Product.CPU != nil {
			t.Errorf("two is %d", *got.Product.CPU)
		}
		wantDrift(t, src, pool.DriftCounts{Types: map[string]int64{"ShowDesktopPoolDetail.product.cpu": 1}})
	})
	t.Run("T10_statistics_types_have_hyphens", func(t *testing.T) {
		want := []string{"attach-state", "login-state", "run-state"}
		if got := statisticsQuery(t, allAxes())["statistics_type"]; !slices.Equal(got, want) {
			t.Errorf("statistics_type is %q, want %q", got, want)
		}
	})
	t.Run("T11_answers_are_not_validated", func(t *testing.T) {
		got, _ := readPool(t, `"type":"STATIC","desktop_count":1,"desktop_used":5,"enable_autoscale":true,"autoscale_policy":{"autoscale_type":"AUTO_CREATED","max_auto_created":1,"min_idle":10}`)
		want := pool.Autoscale{Mode: pool.AutoscaleKeepIdle, MaxAutoCreated: ptr(1), MinIdle: ptr(10)}
		if diff := cmp.Diff(want, got.Autoscale); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if *got.Counts.Assigned != 5 {
			t.Errorf("assigned %d", *got.Counts.Assigned)
		}
	})
	t.Run("T12_the_id_is_the_one_that_the_cloud_says", func(t *testing.T) {
		src, _ := record(t, ok(fixture(t, "seed-pool.json")))
		got, err := src.Reader.Pool(t.Context(), "a130ab3a-72bf-4b71-baa9-af4987c8e338")
		if err != nil {
			t.Fatal(err)
		}
		if got.Value.NativeID != testPool {
			t.Errorf("id %s, want %s", got.Value.NativeID, testPool)
		}
	})
	t.Run("T13_disk_id_is_the_template", func(t *testing.T) {
		p, _ := readPool(t, `"data_volumes":[{"id":"template-1"}]`)
		d, _ := readDesktop(t, `"data_volumes":[{"id":"record","volume_id":"evs","desktop_pool_disk_id":"template-1"}]`)
		if p.Disks[0].ID != "template-1" || d.Disks[0].ID != "template-1" {
			t.Errorf("the disk is %s in the pool, %s in the desktop", p.Disks[0].ID, d.Disks[0].ID)
		}
	})
	t.Run("T14_subnet_ids_before_subnet_id", func(t *testing.T) {
		for fields, want := range map[string][]string{
			`"subnet_id":"a"`:                        {"a"},
			`"subnet_id":"a","subnet_ids":["b","c"]`: {"b", "c"},
			`"subnet_id":"a","subnet_ids":[]`:        {"a"},
			`"subnet_id":"","subnet_ids":[]`:         {},
			`"subnet_id":"","subnet_ids":null`:       nil,
			`"subnet_ids":"b"`:                       {"b"},
		} {
			got, _ := readPool(t, fields)
			if diff := cmp.Diff(want, got.SubnetIDs); diff != "" {
				t.Errorf("%s (-want +got):\n%s", fields, diff)
			}
		}
	})
	t.Run("T16_limit_is_always_sent", func(t *testing.T) {
		src, cloud := record(t, ok(`{"total_count":0}`))
		if _, err := src.Reader.Pools(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "p", Size: 1}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range cloud.asked() {
			got = append(got, r.URL.Query().Get("limit"))
		}
		if want := []string{"1000", "1"}; !slices.Equal(got, want) {
			t.Errorf("limits %q, want %q", got, want)
		}
	})
	t.Run("T17_inconsistent_types_are_open", func(t *testing.T) {
		_, src := readDesktop(t, `"inconsistent_types":["PRODUCT","IMAGE_ID","MOOD"]`)
		wantDrift(t, src, pool.DriftCounts{})
	})
	t.Run("T19_new_words_are_no_error", func(t *testing.T) {
		got, src := readPool(t, `"type":"DEDICATED","status":"MELTED","product":{"status":"rented"}`)
		want := pool.Pool{
			NativeID: "p", SessionMode: pool.SessionUnknown, AssignmentMode: pool.AssignmentUnknown, State: pool.PoolUnknown,
			Product: pool.Product{SaleStatus: pool.SaleUnknown},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		wantDrift(t, src, pool.DriftCounts{Words: map[string]int64{"pool.type=DEDICATED": 1, "pool.status=MELTED": 1, "product.status=rented": 1}})
	})
	t.Run("T20_token_or_signature", func(t *testing.T) {
		cloud := play(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Subject-Token", "token-1")
			respond(http.StatusCreated, `{"total_count":0}`)(w, r)
		})
		for _, c := range []Credentials{{AccessKey: pool.NewSecret("a"), SecretKey: pool.NewSecret("s")}, {Username: "u", Password: pool.NewSecret("p"), DomainName: "d"}} {
			if _, err := open(t, Config{Endpoint: cloud.url, IAMEndpoint: cloud.url, Credentials: c}).Reader.Pools(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range cloud.asked() {
			if r.URL.Path == "/v3/auth/tokens" {
				continue
			}
			if signed, token := r.Header.Get("Authorization") != "", r.Header.Get("X-Auth-Token") != ""; signed == token {
				t.Errorf("signed: %v, with a token: %v", signed, token)
			}
		}
	})
	t.Run("T21_400_is_not_found", func(t *testing.T) {
		answers := map[string]struct {
			status int
			body   string
		}{
			"live service":    {400, `{"error_code":"WKS.0001","error_msg":"The desktop pool does not exist."}`},
			"its documents":   {404, `{"error_code":"WKS.0001","error_msg":"The desktop pool does not exist."}`},
			"other resources": {500, `{"error_code":"WKS.0202","error_msg":"not found"}`},
		}
		for name, a := range answers {
			src, _ := record(t, respond(a.status, a.body))
			for _, operation := range []string{"ShowDesktopPoolDetail", "ListPoolDesktopsDetail", "ShowDesktopDetail"} {
				e := failed(t, readers(src.Reader)[operation](t.Context()), pool.NotFound)
				if e.Upstream.HTTPStatus != a.status || e.Upstream.RequestID != "request-1" {
					t.Errorf("%s, %s: upstream %+v", name, operation, e.Upstream)
				}
			}
		}
	})
	t.Run("T24_addresses_as_map_or_array", func(t *testing.T) {
		const v4, v6 = `{"addr":"10.0.0.1","version":"4","OS-EXT-IPS:type":"fixed"}`, `{"addr":"fd00::1","version":6}`
		both := []pool.Address{{IP: "10.0.0.1", Role: "fixed", Version: "4"}, {IP: "fd00::1", Version: "6"}}
		for fields, want := range map[string][]pool.Address{
			`"addresses":{"b":[` + v6 + `],"a":[` + v4 + `]}`: both,
			`"addresses":[` + v4 + `,` + v6 + `]`:             both,
			`"addresses":{"a":` + v4 + `}`:                    both[:1],
			`"addresses":{},"ip_addresses":["10.0.0.1"]`:      {{IP: "10.0.0.1", Version: "4"}},
			`"ipv4":"10.0.0.1","ipv6":"fd00::1"`:              {{IP: "10.0.0.1", Version: "4"}, {IP: "fd00::1", Version: "6"}},
			`"ip_addresses":["somewhere"]`:                    {{IP: "somewhere"}},
			`"addresses":{"a":[` + v4 + `],"new":{"x":1}}`:    both[:1],
			`"addresses":{}`:                                  {},
			`"ip_addresses":[]`:                               {},
			`"addresses":null`:                                nil,
			`"addresses":"10.0.0.1"`:                          nil,
		} {
			got, _ := readDesktop(t, fields)
			if diff := cmp.Diff(want, got.Addresses); diff != "" {
				t.Errorf("%s (-want +got):\n%s", fields, diff)
			}
		}
		_, src := readDesktop(t, `"addresses":{"a":[{"addr":"10.0.0.1","mood":1}]}`)
		wantDrift(t, src, pool.DriftCounts{Fields: map[string]int64{"ShowDesktopDetail.desktop.addresses.mood": 1}})
	})
	t.Run("T25_newer_fields_are_optional_and_known", func(t *testing.T) {
		for _, file := range []string{"seed-pool.json", "every-pool-field.json"} {
			src, _ := record(t, ok(fixture(t, file)))
			if _, err := src.Reader.Pool(t.Context(), "p"); err != nil {
				t.Error(err)
			}
			wantDrift(t, src, pool.DriftCounts{})
		}
		_, src := readPool(t, `"mood":"good","product":{"taste":"sweet"}`)
		wantDrift(t, src, pool.DriftCounts{Fields: map[string]int64{"ShowDesktopPoolDetail.mood": 1, "ShowDesktopPoolDetail.product.taste": 1}})
	})
}

// statisticsQuery is what the cloud is asked for q.
func statisticsQuery(t *testing.T, q pool.StatisticsQuery) url.Values {
	t.Helper()
	src, cloud := record(t, ok(`{"total_num":0}`))
	if _, err := src.Reader.Statistics(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if n := len(cloud.asked()); n != 1 {
		t.Fatalf("asked %d times, want once", n)
	}
	return cloud.asked()[0].URL.Query()
}

// readStatistics reads all axes of what the cloud says.
func readStatistics(t *testing.T, body string) pool.Statistics {
	t.Helper()
	src, _ := record(t, ok(body))
	got, err := src.Reader.Statistics(t.Context(), allAxes())
	if err != nil {
		t.Fatal(err)
	}
	got.Value.Total.Missing = nil
	return got.Value
}

// TestRedirectsAreFailures: the vendor's own client takes them for success.
func TestRedirectsAreFailures(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	defer elsewhere.Close()
	src, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", elsewhere.URL)
		respond(http.StatusTemporaryRedirect, `{}`)(w, r)
	})
	for operation, read := range readers(src.Reader) {
		e := failed(t, read(t.Context()), pool.Failed)
		if e.Upstream.HTTPStatus != http.StatusTemporaryRedirect {
			t.Errorf("%s: upstream %+v", operation, e.Upstream)
		}
	}
}

// TestErrorsInside200: documented codes come with a good status.
func TestErrorsInside200(t *testing.T) {
	src, _ := record(t, ok(`{"error_code":"WKS.00010110","error_msg":"no valid IP","desktop_pools":[],"total_count":0}`))
	for operation, read := range readers(src.Reader) {
		e := failed(t, read(t.Context()), pool.Failed)
		if diff := cmp.Diff(&pool.Upstream{HTTPStatus: 200, Code: "WKS.00010110", Message: "no valid IP", RequestID: "request-1"}, e.Upstream); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operation, diff)
		}
	}
}

// TestFixturesHaveEveryField holds that the fixtures and the types know the same fields.
func TestFixturesHaveEveryField(t *testing.T) {
	for file, known := range map[string][]string{
		"every-pool-field.json":    fieldNames(desktopPool{}),
		"every-desktop-field.json": fieldNames(poolDesktops{}),
		"every-counter.json":       fieldNames(statistics{}),
		"every-price-field.json":   fieldNames(inquiry{}),
	} {
		t.Run(file, func(t *testing.T) {
			var whole any
			if err := json.Unmarshal([]byte(fixture(t, file)), &whole); err != nil {
				t.Fatal(err)
			}
			there := map[string]bool{}
			keysIn(whole, there)
			for _, name := range known {
				if !there[name] {
					t.Errorf("%s is not in the fixture", name)
				}
			}
		})
	}
}

func keysIn(v any, keys map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			keys[k] = true
			keysIn(inner, keys)
		}
	case []any:
		for _, inner := range v {
			keysIn(inner, keys)
		}
	}
}
