package huawei

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// seedPool is what the vendor's own example says.
func seedPool() pool.Pool {
	disk := func(id string, role pool.DiskRole, size int) pool.Disk {
		return pool.Disk{ID: id, Role: role, Class: pool.Balanced, NativeType: "SAS", SizeGiB: &size}
	}
	return pool.Pool{
		NativeID:         testPool,
		Name:             "yay-test",
		Description:      ptr(""),
		State:            pool.PoolReady,
		Conditions:       []pool.Condition{},
		AssignmentMode:   pool.Static,
		SessionMode:      pool.SessionUnknown,
		BillingMode:      pool.Postpaid,
		Counts:           pool.PoolCounts{Total: ptr(10), Assigned: ptr(0)},
		AvailabilityZone: "cn-north-7c",
		SubnetIDs:        []string{"c7f30df4-f3ac-4807-9599-18950b05455f"},
		Product: pool.Product{
			ID: "workspace.x86.ultimate.large2", FlavorID: "c7.large.2",
			Description: "Ultimate | 2 vCPUs | 4 GB memory", Family: "ultimate", Architecture: "x86",
			CPU: ptr(2), MemoryMiB: ptr(4096), BillingMode: pool.Postpaid, SaleStatus: pool.OnSale,
		},
		Image: pool.Image{
			ID: "cc3bbc0b-9441-461b-b80b-48c52f3aed08", Name: "WKS_WIN1064_UserImage",
			OSType: pool.Windows, OSVersion: "Windows 10 64bit", OSPlatform: "Windows",
		},
		Disks: []pool.Disk{
			disk("651d3724-fa85-420a-ab5f-ff531629747f", pool.SystemDisk, 80),
			disk("305d3c76-199f-4407-8d82-2a42d970595e", pool.DataDisk, 10),
			disk("9969022b-557d-4c1e-b22f-e7736ebe30af", pool.DataDisk, 10),
		},
		SecurityGroups:      []pool.Named{},
		SessionRetention:    pool.Retention{Mode: pool.RetainNone},
		Autoscale:           pool.Autoscale{Mode: pool.AutoscaleKeepIdle, MinIdle: ptr(10), MaxAutoCreated: ptr(1), Step: ptr(1)},
		InMaintenance:       ptr(false),
		EnterpriseProjectID: "0",
		CreatedAt:           time.Date(2025, 5, 22, 9, 48, 47, 0, time.UTC),
	}
}

func TestPoolSeed(t *testing.T) {
	chinese := seedPool()
	chinese.Product.Description = "尊享办公|2核|4GB内存"
	for file, want := range map[string]pool.Pool{"seed-pool.json": seedPool(), "seed-pool.zh.json": chinese} {
		t.Run(file, func(t *testing.T) {
			body := fixture(t, file)
			asOf := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
			cloud := play(t, ok(body))
			src := open(t, Config{Endpoint: cloud.url, Now: func() time.Time { return asOf }})
			got, err := src.Reader.Pool(t.Context(), testPool)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Value); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !got.AsOf.Equal(asOf) {
				t.Errorf("as of %v, want %v", got.AsOf, asOf)
			}
			wantParts(t, got.Parts, pool.Part{Operation: "ShowDesktopPoolDetail", RequestID: "request-1", Body: []byte(body)})
			wantDrift(t, src, pool.DriftCounts{})
			if r := cloud.asked()[0]; r.Method+" "+r.RequestURI != "GET /v2/"+testProject+"/desktop-pools/"+testPool {
				t.Errorf("asked %s %s", r.Method, r.RequestURI)
			}
		})
	}
}

// wantParts compares parts, but for the time, which must be there.
func wantParts(t *testing.T, got []pool.Part, want ...pool.Part) {
	t.Helper()
	for i, p := range got {
		if p.ReadAt.IsZero() {
			t.Errorf("part %d has no time", i)
		}
		got[i].ReadAt = time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func wantDrift(t *testing.T, src pool.Source, want pool.DriftCounts) {
	t.Helper()
	got := src.Drift.Counts()
	for _, m := range []*map[string]int64{&got.Fields, &got.Words, &got.Types} {
		if len(*m) == 0 {
			*m = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
}

// everyPool is what testdata/every-pool-field.json says.
func everyPool() pool.Pool {
	return pool.Pool{
		NativeID:         "pool-id-1",
		Name:             "pool-name-2",
		Description:      ptr("pool-description-3"),
		State:            pool.PoolDegraded,
		Conditions:       []pool.Condition{pool.HasFrozenDesktops},
		AssignmentMode:   pool.Dynamic,
		SessionMode:      pool.SessionUnknown,
		BillingMode:      pool.Prepaid,
		Counts:           pool.PoolCounts{Total: ptr(101), Assigned: ptr(102), Postpaid: ptr(103)},
		AvailabilityZone: "zone-4",
		SubnetIDs:        []string{"subnet-6", "subnet-7"},
		Product: pool.Product{
			ID: "product-8", FlavorID: "flavor-9", Description: "descriptions-10", Family: "workstation", Architecture: "arm",
			CPU: ptr(104), MemoryMiB: ptr(105), GPU: &pool.GPU{Model: "gpu-desc-16"}, BillingMode: pool.Postpaid, SaleStatus: pool.SoldOut,
		},
		Image: pool.Image{
			ID: "image-19", Name: "image-name-20", OSType: pool.Linux, OSVersion: "os-version-21",
			OSPlatform: "os-platform-22", ProductCode: "image-code-23",
		},
		Disks: []pool.Disk{
			{ID: "root-26", Role: pool.SystemDisk, Class: pool.FastSSD, NativeType: "SSD", SizeGiB: ptr(110), SpecCode: "root-spec-27"},
			{ID: "data-30", Role: pool.DataDisk, Class: pool.GeneralSSD, NativeType: "GPSSD", SizeGiB: ptr(111), SpecCode: "data-spec-31"},
		},
		SecurityGroups:      []pool.Named{{ID: "security-34", Name: "security-name-35"}},
		SessionRetention:    pool.Retention{Mode: pool.RetainTimed, Seconds: ptr(2_592_000)},
		Autoscale:           pool.Autoscale{Mode: pool.AutoscaleOnAccess, Min: ptr(117), MinIdle: ptr(115), MaxAutoCreated: ptr(114), Step: ptr(116)},
		InMaintenance:       ptr(true),
		EnterpriseProjectID: "enterprise-36",
		NamePolicyID:        "name-policy-37",
		CreatedAt:           time.Date(2024, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
	}
}

func TestEveryPoolField(t *testing.T) {
	body := fixture(t, "every-pool-field.json")
	src, _ := record(t, ok(body))
	got, err := src.Reader.Pool(t.Context(), "pool-id-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyPool(), got.Value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantParts(t, got.Parts, pool.Part{Operation: "ShowDesktopPoolDetail", RequestID: "request-1", Body: []byte(body)})
	wantDrift(t, src, pool.DriftCounts{})
}

func TestEveryPoolFieldInAListing(t *testing.T) {
	row := fixture(t, "every-pool-field.json")
	row = row[:len(row)-1] // the line feed at the end of the file
	src, cloud := record(t, ok(`{"total_count": 1, "x_new": 1.50, "desktop_pools": [ `+row+` ]}`))
	got, err := src.Reader.Pools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Value) != 1 {
		t.Fatalf("%d pools", len(got.Value))
	}
	wantParts(t, got.Value[0].Native, pool.Part{Operation: "ListDesktopPools", RequestID: "request-1", Body: []byte(row)})
	got.Value[0].Native = nil
	if diff := cmp.Diff([]pool.Pool{everyPool()}, got.Value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantParts(t, got.Parts, pool.Part{Operation: "ListDesktopPools", RequestID: "request-1", Body: []byte(`{"total_count":1,"x_new":1.50}`)})
	wantDrift(t, src, pool.DriftCounts{Fields: map[string]int64{"ListDesktopPools.x_new": 1}})
	if got, want := cloud.asked()[0].RequestURI, "/v2/"+testProject+"/desktop-pools?limit=1000&offset=0"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

// readPool reads a pool of which the cloud says only fields, besides its id.
func readPool(t *testing.T, fields string) (pool.Pool, pool.Source) {
	t.Helper()
	src, _ := record(t, ok(`{"id":"p",`+fields+`}`))
	got, err := src.Reader.Pool(t.Context(), "p")
	if err != nil {
		t.Fatal(err)
	}
	return got.Value, src
}

func TestAbsentIsNotZero(t *testing.T) {
	for name, fields := range map[string]string{
		"absent": `"x":1`,
		"null": `"name":null,"type":null,"description":null,"created_time":null,"charging_mode":null,"desktop_count":null,"desktop_used":null,
			"on_demand_desktop_num":null,"subnet_ids":null,"product":null,"image_os_type":null,"root_volume":null,"data_volumes":null,"security_groups":null,
			"disconnected_retention_period":null,"enable_autoscale":null,"autoscale_policy":null,"status":null,"in_maintenance_mode":null`,
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := readPool(t, fields)
			if diff := cmp.Diff(pool.Pool{NativeID: "p", SessionMode: pool.SessionUnknown}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a product without numbers", func(t *testing.T) {
		got, _ := readPool(t, `"product":{"product_id":"x","cpu":"","memory":null}`)
		if diff := cmp.Diff(pool.Product{ID: "x"}, got.Product); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("empty arrays", func(t *testing.T) {
		got, _ := readPool(t, `"data_volumes":[],"security_groups":[],"subnet_ids":[]`)
		want := pool.Pool{NativeID: "p", SessionMode: pool.SessionUnknown, Disks: []pool.Disk{}, SecurityGroups: []pool.Named{}, SubnetIDs: []string{}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestPoolWords(t *testing.T) {
	tests := []struct {
		field, said string
		got         func(pool.Pool) any
		want        any
		drift       string // the unknown word, as it is counted
	}{
		{"status", "STEADY", func(p pool.Pool) any { return p.State }, pool.PoolReady, ""},
		{"status", "TEMPORARY", func(p pool.Pool) any { return p.State }, pool.PoolChanging, ""},
		{"status", "EXIST_FROZEN", func(p pool.Pool) any { return p.State }, pool.PoolDegraded, ""},
		{"status", "UNKNOWN", func(p pool.Pool) any { return p.State }, pool.PoolUnknown, ""},
		{"status", "ERROR", func(p pool.Pool) any { return p.State }, pool.PoolUnknown, "pool.status=ERROR"},
		{"status", "STEADY", func(p pool.Pool) any { return p.Conditions }, []pool.Condition{}, ""},
		{"status", "TEMPORARY", func(p pool.Pool) any { return p.Conditions }, []pool.Condition(nil), ""},
		{"status", "EXIST_FROZEN", func(p pool.Pool) any { return p.Conditions }, []pool.Condition{pool.HasFrozenDesktops}, ""},
		{"type", "STATIC", func(p pool.Pool) any { return p.AssignmentMode }, pool.Static, ""},
		{"type", "DYNAMIC", func(p pool.Pool) any { return p.AssignmentMode }, pool.Dynamic, ""},
		{"type", "DEDICATED", func(p pool.Pool) any { return p.AssignmentMode }, pool.AssignmentUnknown, "pool.type=DEDICATED"},
		{"charging_mode", "0", func(p pool.Pool) any { return p.BillingMode }, pool.Prepaid, ""},
		{"charging_mode", "1", func(p pool.Pool) any { return p.BillingMode }, pool.Postpaid, ""},
		{"charging_mode", "6", func(p pool.Pool) any { return p.BillingMode }, pool.BillingUnknown, "charge_mode=6"},
		{"image_os_type", "Windows", func(p pool.Pool) any { return p.Image.OSType }, pool.Windows, ""},
		{"image_os_type", "Linux", func(p pool.Pool) any { return p.Image.OSType }, pool.Linux, ""},
		{"image_os_type", "Other", func(p pool.Pool) any { return p.Image.OSType }, pool.OtherOS, ""},
		{"image_os_type", "Plan9", func(p pool.Pool) any { return p.Image.OSType }, pool.OSUnknown, "os_type=Plan9"},
	}
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.said, func(t *testing.T) {
			got, src := readPool(t, fmt.Sprintf("%q:%q", tt.field, tt.said))
			if diff := cmp.Diff(tt.want, tt.got(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			want := pool.DriftCounts{}
			if tt.drift != "" {
				want.Words = map[string]int64{tt.drift: 1}
			}
			wantDrift(t, src, want)
		})
	}
}

func TestProductAndDiskWords(t *testing.T) {
	for said, want := range map[string]pool.SaleStatus{"normal": pool.OnSale, "sellout": pool.SoldOut, "abandon": pool.Withdrawn, "resting": pool.SaleUnknown} {
		got, _ := readPool(t, `"product":{"status":"`+said+`"}`)
		if got.Product.SaleStatus != want {
			t.Errorf("status %s is %s, want %s", said, got.Product.SaleStatus, want)
		}
	}
	for said, want := range map[string]pool.DiskClass{"SAS": pool.Balanced, "GPSSD": pool.GeneralSSD, "SSD": pool.FastSSD, "ESSD": pool.DiskUnknown} {
		got, _ := readPool(t, `"root_volume":{"type":"`+said+`"}`)
		if diff := cmp.Diff([]pool.Disk{{Role: pool.SystemDisk, Class: want, NativeType: said}}, got.Disks); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	got, _ := readPool(t, `"product":{"is_gpu":false,"gpu_desc":"x"}`)
	if got.Product.GPU != nil {
		t.Errorf("a product without GPU has %+v", got.Product.GPU)
	}
}

func TestRetention(t *testing.T) {
	tests := []struct {
		name, fields string
		want         pool.Retention
	}{
		{"not said", `"type":"STATIC"`, pool.Retention{}},
		{"none on a static pool", `"type":"STATIC","disconnected_retention_period":0`, pool.Retention{Mode: pool.RetainNone}},
		{"zero on a dynamic pool is not documented", `"type":"DYNAMIC","disconnected_retention_period":0`, pool.Retention{Mode: pool.RetentionUnknown}},
		{"ten minutes", `"type":"DYNAMIC","disconnected_retention_period":10`, pool.Retention{Mode: pool.RetainTimed, Seconds: ptr(600)}},
		{"minutes on a static pool", `"type":"STATIC","disconnected_retention_period":"15"`, pool.Retention{Mode: pool.RetainTimed, Seconds: ptr(900)}},
		{"negative", `"type":"STATIC","disconnected_retention_period":-1`, pool.Retention{Mode: pool.RetentionUnknown}},
		{"more seconds than an int holds", `"disconnected_retention_period":9223372036854775807`, pool.Retention{Mode: pool.RetentionUnknown}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := readPool(t, tt.fields)
			if diff := cmp.Diff(tt.want, got.SessionRetention); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAutoscale(t *testing.T) {
	tests := []struct {
		name, fields string
		want         pool.Autoscale
	}{
		{"not said", `"x":1`, pool.Autoscale{}},
		{"off", `"enable_autoscale":false`, pool.Autoscale{Mode: pool.AutoscaleOff}},
		{"off, with what is left of the policy", `"enable_autoscale":false,"autoscale_policy":{"once_auto_created":3}`, pool.Autoscale{Mode: pool.AutoscaleOff, Step: ptr(3)}},
		{"on access", `"enable_autoscale":true,"autoscale_policy":{"autoscale_type":"ACCESS_CREATED"}`, pool.Autoscale{Mode: pool.AutoscaleOnAccess}},
		{"keep idle", `"enable_autoscale":true,"autoscale_policy":{"autoscale_type":"AUTO_CREATED"}`, pool.Autoscale{Mode: pool.AutoscaleKeepIdle}},
		{"on, but it is not said how", `"enable_autoscale":true`, pool.Autoscale{Mode: pool.AutoscaleUnknown}},
		{"another word", `"enable_autoscale":true,"autoscale_policy":{"autoscale_type":"MOON_CREATED"}`, pool.Autoscale{Mode: pool.AutoscaleUnknown}},
		{"a policy alone", `"autoscale_policy":{"autoscale_type":"AUTO_CREATED","min_idle":0}`, pool.Autoscale{MinIdle: ptr(0)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := readPool(t, tt.fields)
			if diff := cmp.Diff(tt.want, got.Autoscale); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPoolsPages holds when a listing ends, for clouds that say the total and for those that do not.
func TestPoolsPages(t *testing.T) {
	page := func(from, n int) string {
		rows := ""
		for i := range n {
			rows += fmt.Sprintf(`{"id":"p%d"},`, from+i)
		}
		if n > 0 {
			rows = rows[:len(rows)-1]
		}
		return rows
	}
	tests := []struct {
		name  string
		pages map[string]string // by offset
		want  int
		asked int
	}{
		{"no pools", map[string]string{"0": `{"desktop_pools":[],"total_count":0}`}, 0, 1},
		{"no pools, and no array", map[string]string{"0": `{"total_count":0}`}, 0, 1},
		{"one page and a total", map[string]string{"0": `{"desktop_pools":[` + page(0, 3) + `],"total_count":3}`}, 3, 1},
		{"one page, no total", map[string]string{"0": `{"desktop_pools":[` + page(0, 3) + `]}`}, 3, 1},
		{"a full page that is all", map[string]string{"0": `{"desktop_pools":[` + page(0, 1000) + `],"total_count":1000}`}, 1000, 1},
		{"two pages", map[string]string{
			"0":    `{"desktop_pools":[` + page(0, 1000) + `],"total_count":1001}`,
			"1000": `{"desktop_pools":[` + page(1000, 1) + `],"total_count":1001}`,
		}, 1001, 2},
		{"two pages, no total", map[string]string{
			"0":    `{"desktop_pools":[` + page(0, 1000) + `]}`,
			"1000": `{"desktop_pools":[` + page(1000, 1) + `]}`,
		}, 1001, 2},
		{"short pages and a total", map[string]string{
			"0": `{"desktop_pools":[` + page(0, 2) + `],"total_count":3}`,
			"2": `{"desktop_pools":[` + page(2, 1) + `],"total_count":3}`,
		}, 3, 2},
		{"a total that is too low", map[string]string{
			"0":    `{"desktop_pools":[` + page(0, 1000) + `],"total_count":1}`,
			"1000": `{"desktop_pools":[` + page(1000, 5) + `],"total_count":1}`,
		}, 1005, 2},
		{"a total that is too high", map[string]string{
			"0": `{"desktop_pools":[` + page(0, 3) + `],"total_count":9}`,
			"3": `{"desktop_pools":[],"total_count":9}`,
		}, 3, 2},
		{"a pool that moved to the next page", map[string]string{
			"0":    `{"desktop_pools":[` + page(0, 1000) + `],"total_count":1001}`,
			"1000": `{"desktop_pools":[` + page(999, 2) + `],"total_count":1002}`,
		}, 1001, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := record(t, func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				body, known := tt.pages[q.Get("offset")]
				if !known || q.Get("limit") != "1000" {
					t.Errorf("asked %s", r.RequestURI)
				}
				ok(body)(w, r)
			})
			got, err := src.Reader.Pools(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, p := range got.Value {
				seen[p.NativeID] = true
			}
			if len(got.Value) != tt.want || len(seen) != tt.want || got.Value == nil {
				t.Errorf("%d pools with %d ids, want %d", len(got.Value), len(seen), tt.want)
			}
			if n := len(cloud.asked()); n != tt.asked || len(got.Parts) != n {
				t.Errorf("asked %d times with %d parts, want %d", n, len(got.Parts), tt.asked)
			}
		})
	}
}

func TestPoolsRefusesWhatIsNotAListing(t *testing.T) {
	full := `{"id":"p0"}`
	for i := 1; i < 1000; i++ {
		full += fmt.Sprintf(`,{"id":"p%d"}`, i)
	}
	tests := []struct{ name, body string }{
		{"nothing", `{}`},
		{"half an object", `{"desktop_pools":[],"total_count":`},
		{"two objects", `{"desktop_pools":[],"total_count":0}{}`},
		{"null", `{"desktop_pools":null}`},
		{"a total without rows", `{"total_count":5}`},
		{"something else", `{"message":"hello"}`},
		{"the same page for ever", `{"desktop_pools":[` + full + `],"total_count":5000}`},
		{"the same row for ever", `{"desktop_pools":[{"id":"a"}],"total_count":5000}`},
		{"a row without an id for ever", `{"desktop_pools":[{}],"total_count":5000}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, cloud := record(t, ok(tt.body))
			got, err := src.Reader.Pools(t.Context())
			wantKind(t, err, pool.BadBody)
			if n := len(cloud.asked()); n > 2 {
				t.Errorf("the cloud was asked %d times", n)
			}
			if got.Value != nil {
				t.Errorf("%d pools came with the error", len(got.Value))
			}
		})
	}
}

func TestPoolsLimit(t *testing.T) {
	src, cloud := record(t, func(w http.ResponseWriter, r *http.Request) {
		rows, offset := "", r.URL.Query().Get("offset")
		for i := range 1000 {
			rows += fmt.Sprintf(`,{"id":"p%s-%d"}`, offset, i)
		}
		ok(`{"total_count":30000,"desktop_pools":[`+rows[1:]+`]}`)(w, r)
	})
	_, err := src.Reader.Pools(t.Context())
	e := failed(t, err, pool.LimitReached)
	if e.Source != "hw-test" || e.Op != "list desktop pools" {
		t.Errorf("error of %q, %q", e.Source, e.Op)
	}
	if n := len(cloud.asked()); n != 21 {
		t.Errorf("asked %d times, want 21: offsets 0 to 20,000", n)
	}
}
