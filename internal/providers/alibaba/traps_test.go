package alibaba

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// inGroup reads the desktops of the body of one DescribeDesktopsInGroup.
func inGroup(t *testing.T, body string, q pool.DesktopsQuery) (pool.DesktopPage, *cloud) {
	t.Helper()
	c := serve(t, bodies(map[string]string{
		"DescribeDesktopsInGroup": body,
		"DescribeDesktopGroups":   `{"DesktopGroups":[{"DesktopGroupId":"dg-1"}]}`,
	}))
	q.PoolID, q.Size = "dg-1", 100
	got, err := c.source.Reader.Desktops(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return got.Value, c
}

// only is the single desktop of the body of one DescribeDesktopsInGroup.
func only(t *testing.T, row string) pool.Desktop {
	t.Helper()
	page, _ := inGroup(t, `{"PostPaidDesktops":[`+row+`]}`, pool.DesktopsQuery{})
	if len(page.Items) != 1 {
		t.Fatalf("%d desktops, want 1", len(page.Items))
	}
	return page.Items[0]
}

// readPool reads dg-1 of two bodies.
func readPool(t *testing.T, row, detail string) (pool.Pool, *cloud) {
	t.Helper()
	c := serve(t, bodies(map[string]string{
		"DescribeDesktopGroups": `{"DesktopGroups":[` + row + `]}`,
		"GetDesktopGroupDetail": `{"Desktops":` + detail + `}`,
	}))
	got, err := c.source.Reader.Pool(t.Context(), "dg-1")
	if err != nil {
		t.Fatal(err)
	}
	return got.Value, c
}

func ids(desktops []pool.Desktop) []string {
	list := []string{}
	for _, d := range desktops {
		list = append(list, d.NativeID)
	}
	return list
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestTraps holds the contradictions and surprises of the vendor's documents,
// by their number in the reference. The others are of operations that are not read.
func TestTraps(t *testing.T) {
	t.Run("5.1_IgnoreDeleted", trapIgnoreDeleted)
	t.Run("5.2_StopedPrePaidDesktopsCount", func(t *testing.T) {
		c := serve(t, bodies(map[string]string{"DescribeDesktopsInGroup": `{"StopedPrePaidDesktopsCount":3,"StoppedPrePaidDesktopsCount":4,"PaidDesktopsCount":7}`}))
		got, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "envelope", string(got.Parts[0].Body), `{"StopedPrePaidDesktopsCount":3,"StoppedPrePaidDesktopsCount":4,"PaidDesktopsCount":7}`)
		noDrift(t, c)
	})
	t.Run("5.3_GpuDriverVersion", func(t *testing.T) {
		same(t, "text", only(t, `{"GpuDriverVersion":"1.0"}`).GPUDriverVersion, "1.0")
		same(t, "number", only(t, `{"GpuDriverVersion":1}`).GPUDriverVersion, "1")
		same(t, "number with its digits", only(t, `{"GpuDriverVersion":471.680}`).GPUDriverVersion, "471.680")
	})
	t.Run("5.4_CreateDuration", func(t *testing.T) {
		same(t, "text", only(t, `{"CreateDuration":"4153958447"}`).RetainedSeconds, new(int64(4153958)))
		same(t, "number over 2^31", only(t, `{"CreateDuration":4153958447}`).RetainedSeconds, new(int64(4153958)))
		same(t, "absent", only(t, `{}`).RetainedSeconds, (*int64)(nil))
		same(t, "empty", only(t, `{"CreateDuration":""}`).RetainedSeconds, (*int64)(nil))
	})
	t.Run("5.5_Times", func(t *testing.T) {
		for _, tt := range []struct {
			in   string
			want time.Time
		}{
			{"2021-03-03 08:48:08", at("2021-03-03T08:48:08Z")},
			{"2022-01-21T06:34:57Z", at("2022-01-21T06:34:57Z")},
			{"2020-11-06T08:28Z", at("2020-11-06T08:28:00Z")},
			{"2020-11-06T08:28:44.851Z", at("2020-11-06T08:28:44.851Z")},
			{"", time.Time{}},
		} {
			d := only(t, `{"ResetTime":"`+tt.in+`","CreateTime":"`+tt.in+`","ReleaseTime":"`+tt.in+`","ExpiredTime":"`+tt.in+`"}`)
			same(t, tt.in, []time.Time{d.ResetAt, d.CreatedAt, d.ReleasedAt, d.ExpiresAt}, []time.Time{tt.want, tt.want, tt.want, tt.want})
		}
		same(t, "native text", string(only(t, `{"ResetTime":"2021-03-03 08:48:08"}`).Native[0].Body), `{"ResetTime":"2021-03-03 08:48:08"}`)
	})
	t.Run("5.6_DiskType", func(t *testing.T) {
		same(t, "disks", only(t, `{"DiskType":"DATA","SystemDiskSize":80}`).Disks, []pool.Disk{{ID: "SYSTEM", Role: pool.SystemDisk, SizeGiB: new(80)}})
	})
	t.Run("5.7_Paging", trapPaging)
	t.Run("5.8_MaxResults", func(t *testing.T) {
		for size, want := range map[int]string{0: "1", 1: "1", 100: "100", 1000: "100"} {
			c := serve(t, bodies(map[string]string{"DescribeDesktopsInGroup": `{"PaidDesktopsCount":1}`}))
			if _, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: size}); err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprint(size), c.requests()[0].Query.Get("MaxResults"), want)
		}
	})
	t.Run("5.9_AbsentVersusEmpty", trapAbsent)
	t.Run("5.10_ConnectionStatus", func(t *testing.T) {
		same(t, "digit", only(t, `{"ConnectionStatus":"1"}`).ConnectionState, pool.Connected)
		same(t, "number", only(t, `{"ConnectionStatus":0}`).ConnectionState, pool.NotConnected)
	})
	t.Run("5.11_EndUserId", func(t *testing.T) {
		d := only(t, `{"EndUserId":"","EndUserName":"","EndUserIds":[],"EndUserNames":[]}`)
		same(t, "state", d.AssignmentState, pool.Unassigned)
		same(t, "assignments", d.Assignments, []pool.Assignment{})
		same(t, "active users", d.ActiveUsers, []pool.User{})
		d = only(t, `{"EndUserId":"alice","EndUserIds":["bob","carol"],"EndUserNames":["Bob"]}`)
		same(t, "assignments", d.Assignments, []pool.Assignment{{User: pool.User{ID: "alice"}}})
		same(t, "active users", d.ActiveUsers, []pool.User{{ID: "bob", Name: "Bob"}, {ID: "carol"}})
	})
	t.Run("5.12_PostPaidDesktopsTotalAmount", func(t *testing.T) {
		c := serve(t, bodies(map[string]string{"DescribeDesktopsInGroup": `{"PostPaidDesktopsTotalAmount":10000.50,"PaidDesktopsCount":1}`}))
		got, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "envelope", string(got.Parts[0].Body), `{"PostPaidDesktopsTotalAmount":10000.50,"PaidDesktopsCount":1}`)
	})
	t.Run("5.13_AllowAutoSetup", func(t *testing.T) {
		for value, want := range map[string]pool.AutoscaleMode{"0": pool.AutoscaleOff, "1": pool.AutoscaleKeepIdle} {
			p, _ := readPool(t, `{"DesktopGroupId":"dg-1","PayType":"PrePaid"}`, `{"AllowAutoSetup":`+value+`}`)
			same(t, value, p.Autoscale.Mode, want)
		}
	})
	t.Run("5.14_OwnType", func(t *testing.T) {
		for value, want := range map[string]pool.SessionMode{"0": pool.SessionUnknown, "1": pool.MultiSession} {
			p, _ := readPool(t, `{"DesktopGroupId":"dg-1","OwnType":`+value+`}`, `{"OwnType":1}`)
			same(t, value, p.SessionMode, want)
		}
	})
	t.Run("5.15_GpuSpec", func(t *testing.T) {
		p, _ := readPool(t, `{"DesktopGroupId":"dg-1","GpuCount":1,"GpuSpec":"16 GiB"}`, `{"GpuSpec":"NVIDIA T4"}`)
		same(t, "GPU", p.Product.GPU, &pool.GPU{Count: new(1.0), Model: "NVIDIA T4"})
	})
	t.Run("5.16_SameThingOtherName", func(t *testing.T) {
		p, c := readPool(t, `{"DesktopGroupId":"dg-1","PolicyGroupIdList":["pg-1"]}`, `{"CreationTime":"2020-11-06T08:28Z","PolicyGroupIds":["pg-1"]}`)
		same(t, "created", p.CreatedAt, at("2020-11-06T08:28:00Z"))
		noDrift(t, c)
	})
	t.Run("5.17_NumbersAsText", func(t *testing.T) {
		for value, want := range map[string][]pool.Disk{
			`"100"`: {{ID: "DATA", Role: pool.DataDisk, SizeGiB: new(100)}},
			`100`:   {{ID: "DATA", Role: pool.DataDisk, SizeGiB: new(100)}},
			`"0"`:   nil,
			`""`:    nil,
		} {
			p, _ := readPool(t, `{"DesktopGroupId":"dg-1","DataDiskSize":`+value+`}`, `{}`)
			same(t, value, p.Disks, want)
		}
	})
	t.Run("5.19_StatusEnum", func(t *testing.T) {
		same(t, "Hibernated", only(t, `{"DesktopStatus":"Hibernated"}`).PowerState, pool.Hibernated)
		same(t, "Failed", only(t, `{"DesktopStatus":"Failed"}`).LifecycleState, pool.Faulted)
		page, c := inGroup(t, `{"PaidDesktops":[{"DesktopStatus":"Molten"}]}`, pool.DesktopsQuery{})
		same(t, "power", page.Items[0].PowerState, pool.PowerUnknown)
		same(t, "native", string(page.Items[0].Native[0].Body), `{"DesktopStatus":"Molten"}`)
		same(t, "drift", c.source.Drift.Counts().Words, map[string]int64{"desktop.power_state=Molten": 1})
	})
	t.Run("5.23_DocumentationSamples", func(t *testing.T) {
		d := only(t, `{"DesktopStatus":"Running","ManagementFlags":"[\"Updating\"]","EndUserIds":"[\"alice\"]","EndUserNames":[""],"EndUserId":"null","ImageId":"null"}`)
		same(t, "lifecycle", d.LifecycleState, pool.Updating)
		same(t, "active users", d.ActiveUsers, []pool.User{{ID: "alice"}})
		same(t, "assignment", d.AssignmentState, pool.Unassigned)
		same(t, "image", d.Image, pool.Image{})
		p, c := readPool(t, `{"DesktopGroupId":"dg-1","ExpiredTimes":[""],"DataDiskCategory":"null","SystemDiskCategory":"null"}`, `{}`)
		same(t, "disks", p.Disks, []pool.Disk(nil))
		noDrift(t, c)
	})
	t.Run("5.24_DeletedGroup", func(t *testing.T) {
		const left = `{"PaidDesktops":[{"DesktopId":"ecd-1","DesktopStatus":"Deleted"}]}`
		page, _ := inGroup(t, left, pool.DesktopsQuery{})
		same(t, "live", ids(page.Items), []string{})
		page, _ = inGroup(t, left, pool.DesktopsQuery{IncludeDeleted: true})
		same(t, "all", ids(page.Items), []string{"ecd-1"})
	})
	t.Run("5.25_DescribeDesktopsDefaults", trapDefaults)
	t.Run("5.26_Region", func(t *testing.T) {
		c := Config{ID: "ali-hz", Region: "ap-southeast-1", Credentials: Credentials{AccessKey: pool.NewSecret(testKey), SecretKey: pool.NewSecret(testSecret)}}
		ecd, bss, err := c.endpoints()
		if err != nil {
			t.Fatal(err)
		}
		same(t, "endpoint", ecd.String(), "https://ecd.ap-southeast-1.aliyuncs.com/")
		same(t, "billing endpoint", bss.String(), "https://business.ap-southeast-1.aliyuncs.com/")
		same(t, "region", open(t, c).Region, "ap-southeast-1")
		_, cloud := inGroup(t, `{"PaidDesktopsCount":1}`, pool.DesktopsQuery{})
		same(t, "RegionId", cloud.requests()[0].Query.Get("RegionId"), "cn-hangzhou")
	})
}

func trapIgnoreDeleted(t *testing.T) {
	const body = `{"PaidDesktops":[{"DesktopId":"ecd-1","DesktopStatus":"Running"},{"DesktopId":"ecd-2","DesktopStatus":"Deleted"}],` +
		`"PostPaidDesktops":[{"DesktopId":"ecd-3","DesktopStatus":"Deleted"},{"DesktopId":"ecd-4"}]}`
	page, c := inGroup(t, body, pool.DesktopsQuery{})
	same(t, "live", ids(page.Items), []string{"ecd-1", "ecd-4"})
	same(t, "IgnoreDeleted", c.requests()[0].Query.Get("IgnoreDeleted"), "false")
	page, c = inGroup(t, body, pool.DesktopsQuery{IncludeDeleted: true})
	same(t, "all", ids(page.Items), []string{"ecd-1", "ecd-2", "ecd-3", "ecd-4"})
	same(t, "IgnoreDeleted", c.requests()[0].Query.Get("IgnoreDeleted"), "true")
}

// trapPaging walks pages of which one lacks an array, one is empty, and one
// holds twice what was asked for, because MaxResults may bound each array.
func trapPaging(t *testing.T) {
	pages := map[string]string{
		"":       `{"NextToken":"~cloud","PostPaidDesktopsCount":90,"PostPaidDesktops":[{"DesktopId":"o1"}]}`,
		"~cloud": `{"NextToken":"b","PaidDesktops":[],"PostPaidDesktops":[]}`,
		"b":      `{"NextToken":"c","PaidDesktops":[{"DesktopId":"p1"},{"DesktopId":"p2"}],"PostPaidDesktops":[{"DesktopId":"o2"},{"DesktopId":"o3"}]}`,
		"c":      `{"PaidDesktops":[{"DesktopId":"p3"}],"NextToken":null}`,
	}
	c := serve(t, func(_ string, q url.Values) (int, string) { return http.StatusOK, pages[q.Get("NextToken")] })
	q := pool.DesktopsQuery{PoolID: "dg-1", Size: 2}
	var walked [][]string
	for {
		got, err := c.source.Reader.Desktops(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		walked = append(walked, ids(got.Value.Items))
		if q.Token = got.Value.Next; q.Token == "" {
			break
		}
	}
	same(t, "pages", walked, [][]string{{"o1"}, {}, {"p1", "p2"}, {"o2", "o3"}, {"p3"}})

	t.Run("repeated token", func(t *testing.T) {
		c := serve(t, bodies(map[string]string{
			"DescribeDesktopsInGroup": `{"NextToken":"again","PaidDesktops":[{"DesktopId":"p1"}]}`,
			"DescribeDesktopGroups":   `{"NextToken":"again","DesktopGroups":[]}`,
		}))
		_, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 2, Token: "again"})
		same(t, "desktops", pool.AsError(err).Kind, pool.Failed)
		_, err = c.source.Reader.Pools(t.Context())
		same(t, "pools", pool.AsError(err).Kind, pool.Failed)
		same(t, "calls", len(c.requests()), 3)
	})
	t.Run("no end", func(t *testing.T) {
		n := 0
		c := serve(t, func(string, url.Values) (int, string) {
			n++
			return http.StatusOK, fmt.Sprintf(`{"NextToken":"%d","DesktopGroups":[]}`, n)
		})
		_, err := c.source.Reader.Pools(t.Context())
		same(t, "pools", pool.AsError(err).Kind, pool.LimitReached)
		same(t, "calls", n, maxGroupPages)
	})
	t.Run("a token that is not ours", func(t *testing.T) {
		c := serve(t, bodies(nil))
		for _, token := range []string{"~", "~1", "~1~2", "~x~0~t", "~1~-1~t", "~101~1~t", "~0~1~t"} {
			_, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 2, Token: token})
			same(t, token, pool.AsError(err).Kind, pool.Invalid)
		}
		same(t, "calls", len(c.requests()), 0)
	})
}

func trapAbsent(t *testing.T) {
	d := only(t, `{"DesktopId":"ecd-1"}`)
	want := pool.Desktop{
		NativeID: "ecd-1", PoolID: "dg-1", BillingMode: pool.Postpaid,
		AssignmentState: pool.Unassigned, Assignments: []pool.Assignment{}, ActiveUsers: []pool.User{},
		Native: d.Native,
	}
	same(t, "desktop", d, want)
	p, _ := readPool(t, `{"DesktopGroupId":"dg-1"}`, `{}`)
	same(t, "pool", p, pool.Pool{NativeID: "dg-1", AssignmentMode: pool.Dynamic})

	for body, total := range map[string]*int{
		`{"PaidDesktops":[{"DesktopId":"a"}]}`:                           nil,
		`{"PaidDesktopsCount":4,"PaidDesktops":[{"DesktopId":"a"}]}`:     new(4),
		`{"PostPaidDesktopsCount":4,"PaidDesktops":[{"DesktopId":"a"}]}`: nil,
		`{"PaidDesktopsCount":4,"PostPaidDesktopsCount":5}`:              new(9),
		`{}`: nil,
	} {
		page, _ := inGroup(t, body, pool.DesktopsQuery{})
		same(t, body, page.Total, total)
	}
	for mode, total := range map[pool.BillingMode]*int{pool.Prepaid: new(4), pool.Postpaid: new(5), "": new(9)} {
		page, c := inGroup(t, `{"PaidDesktopsCount":4,"PostPaidDesktopsCount":5}`, pool.DesktopsQuery{Filter: pool.DesktopPushdown{BillingMode: mode}})
		same(t, string(mode), page.Total, total)
		same(t, "PayType", c.requests()[0].Query.Get("PayType"), map[pool.BillingMode]string{pool.Prepaid: "PrePaid", pool.Postpaid: "PostPaid"}[mode])
	}
}

func trapDefaults(t *testing.T) {
	c := serve(t, func(_ string, q url.Values) (int, string) {
		if q.Get("ChargeType") == "PrePaid" {
			return http.StatusOK, `{"Desktops":[{"DesktopId":"ecd-1","DesktopGroupId":"null","ChargeType":"PrePaid"}]}`
		}
		return http.StatusOK, `{"Desktops":[]}`
	})
	got, err := c.source.Reader.Desktop(t.Context(), "ecd-1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "billing mode", got.Value.BillingMode, pool.Prepaid)
	same(t, "pool", got.Value.PoolID, "")
	var queries []url.Values
	for _, r := range c.requests() {
		queries = append(queries, r.Query)
	}
	query := url.Values{"RegionId": {"cn-hangzhou"}, "DesktopId.1": {"ecd-1"}, "OnlyDesktopGroup": {"true"}, "FilterDesktopGroup": {"false"}}
	again := url.Values{"ChargeType": {"PrePaid"}}
	for name, values := range query {
		again[name] = values
	}
	same(t, "queries", queries, []url.Values{query, again})
}
