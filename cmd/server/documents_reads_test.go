package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read is a read operation as one page documents it.
type read struct {
	page   string // in testdata/documents
	cloud  string
	parse  func(t *testing.T, lines []string) document
	fields int // of a good answer, that the page documents

	operation string // as native parts and drift name it
	// ask puts together what the cloud said, from native views, and gives our answers.
	ask func(t *testing.T, s *server, said leaves) (native, ours any)

	mappings   []mapping
	nativeOnly string              // plain paths of fields that have no place in the model
	words      map[string][]string // that the page gives in prose or in its example
	vocabulary map[string]string   // plain path to how drift names it
	// misfits are the fields of the example that are not of their documented type.
	misfits map[string]int64
}

func reads() []read {
	pool := read{
		page: "huawei-show-desktop-pool.en.txt", cloud: "huawei", parse: parseHuawei, fields: 58,
		operation: "ShowDesktopPoolDetail", ask: askPool, mappings: huaweiPool("Ultimate | 2 vCPUs | 4 GB memory"),
		nativeOnly: "product.type product.system_disk_type product.system_disk_size product.contain_data_disk " +
			"product.resource_type product.cloud_service_type product.volume_product_type",
		words: map[string][]string{
			"charging_mode": {"0", "1"}, "product.charge_mode": {"0", "1"}, "image_os_type": {"Windows"},
			"product.status": {"normal", "sellout", "abandon"},
		},
		vocabulary: map[string]string{
			"type": "pool.type", "status": "pool.status", "charging_mode": "charge_mode", "product.charge_mode": "charge_mode",
			"product.status": "product.status", "image_os_type": "os_type", "root_volume.type": "volume.type",
			"data_volumes.type": "volume.type", "autoscale_policy.autoscale_type": "pool.autoscale_type",
		},
	}
	chinese := pool
	chinese.page, chinese.mappings = "huawei-show-desktop-pool.zh.txt", huaweiPool("尊享办公|2核|4GB内存")
	return []read{pool, chinese, {
		page: "huawei-desktop-statistics.en.txt", cloud: "huawei", parse: parseHuawei, fields: 37,
		operation: "ListDesktopsStatistics", ask: askStatistics, mappings: huaweiStatistics(),
	}, {
		page: "alibaba-describe-desktops-in-group.en.txt", cloud: "alibaba", parse: parseAlibaba, fields: 56,
		operation: "DescribeDesktopsInGroup", ask: askDesktops, mappings: alibabaDesktops(),
		nativeOnly: "NextToken PostPaidDesktopsTotalAmount OnlinePrePaidDesktopsCount RunningPrePaidDesktopsCount " +
			"StopedPrePaidDesktopsCount StoppedPrePaidDesktopsCount PaidDesktops.DiskType PostPaidDesktops.DiskType",
		vocabulary: map[string]string{
			"PaidDesktops.DesktopStatus": "desktop.power_state", "PostPaidDesktops.DesktopStatus": "desktop.power_state",
			"PaidDesktops.ConnectionStatus": "desktop.connection_state", "PostPaidDesktops.ConnectionStatus": "desktop.connection_state",
			"PaidDesktops.ManagementFlag": "desktop.lifecycle_state", "PostPaidDesktops.ManagementFlag": "desktop.lifecycle_state",
			"PaidDesktops.ManagementFlags": "desktop.lifecycle_state", "PostPaidDesktops.ManagementFlags": "desktop.lifecycle_state",
			"PaidDesktops.OsType": "desktop.image.os_type", "PostPaidDesktops.OsType": "desktop.image.os_type",
		},
		misfits: map[string]int64{
			"DescribeDesktopsInGroup.PaidDesktops.GpuDriverVersion":     1,
			"DescribeDesktopsInGroup.PostPaidDesktops.GpuDriverVersion": 1,
			"DescribeDesktopsInGroup.PostPaidDesktops.CreateDuration":   1,
		},
	}}
}

// askPool reads a pool by id, which is all that ShowDesktopPoolDetail says.
func askPool(t *testing.T, s *server, said leaves) (native, ours any) {
	t.Helper()
	id := "/v1/pools/hw:" + said.said("id")
	view := fetch(t, s, id+"/native")
	if got := at(view, "parts.1"); got != absent || at(view, "parts.0.operation") != `"ShowDesktopPoolDetail"` {
		t.Errorf("native parts: %s", at(view, "parts"))
	}
	ours = fetch(t, s, id+"?include=native")
	if diff := cmp.Diff(at(view, "parts"), at(ours, "native")); diff != "" {
		t.Errorf("the native view and include=native differ:\n%s", diff)
	}
	return decoded(t, []byte(at(view, "parts.0.body"))), ours
}

func askStatistics(t *testing.T, s *server, _ leaves) (native, ours any) {
	t.Helper()
	source := fetch(t, s, "/v1/statistics?group_by=source&desktop_type=ALL&include=native")
	byPool := fetch(t, s, "/v1/statistics?group_by=pool&desktop_type=ALL")
	return decoded(t, []byte(at(source, "sources.0.native.0.body"))), map[string]any{"by_source": source, "by_pool": byPool}
}

// askDesktops reads one page: the rows' native parts go back into its envelope,
// each into the array of its billing mode.
func askDesktops(t *testing.T, s *server, _ leaves) (native, ours any) {
	t.Helper()
	list := fetch(t, s, "/v1/pools/ali:"+groupID+"/desktops?limit=2&include=native,total&include_deleted=true")
	page, _ := decoded(t, []byte(at(list, "sources.0.native.0.body"))).(map[string]any)
	if page == nil {
		t.Fatalf("no envelope in %s", at(list, "sources"))
	}
	for i, array := range []string{"PaidDesktops", "PostPaidDesktops"} {
		if _, inEnvelope := page[array]; inEnvelope {
			t.Errorf("the envelope has the rows: %s", array)
		}
		page[array] = []any{decoded(t, []byte(at(list, "items."+string(rune('0'+i))+".native.0.body")))}
	}
	return page, list
}

// drift is what /v1/sources says of one source.
type drift struct{ Fields, Words, Types map[string]int64 }

// hold serves body as the answer of the operation, and holds that every value
// of it is in the native view, every mapped one in our answers, and how often
// each surprise was counted. It returns our answers.
func (r read) hold(t *testing.T, doc document, body string, want drift) any {
	t.Helper()
	c := &cloud{doc: doc, body: body}
	s := c.open(t, r.cloud)
	said := leavesOf(decoded(t, []byte(body)))
	native, ours := r.ask(t, s, said)
	if diff := cmp.Diff(said, leavesOf(native)); diff != "" {
		t.Errorf("native (-said +got):\n%s", diff)
	}
	for _, m := range r.mappings {
		if _, there := said[m.said]; !there {
			continue
		}
		if got, want := at(ours, m.ours), m.as(said, m.said); got != want {
			t.Errorf("%s is %s, so %s should be %s, but is %s", m.said, said[m.said], m.ours, want, got)
		}
	}
	var sources struct{ Items []struct{ Drift drift } }
	if err := json.Unmarshal([]byte(written(fetch(t, s, "/v1/sources"))), &sources); err != nil || len(sources.Items) != 1 {
		t.Fatalf("%v: %v", sources, err)
	}
	for _, counts := range []*map[string]int64{&want.Fields, &want.Words, &want.Types} {
		*counts = maps.Clone(*counts)
		if *counts == nil {
			*counts = map[string]int64{}
		}
		for what := range *counts {
			(*counts)[what] *= c.times()
		}
	}
	if diff := cmp.Diff(want, sources.Items[0].Drift); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	return ours
}

// documentedWords gathers the words of every field: those that the page lists, and
// those that it gives in prose or in its example, where they must be.
func (r read) documentedWords(t *testing.T, doc document) map[string][]string {
	t.Helper()
	words, example := map[string][]string{}, leavesOf(decoded(t, []byte(doc.example)))
	left := maps.Clone(r.words)
	each(doc.fields, "", func(path string, f field) {
		delete(left, path)
		list := f.words()
		for _, w := range r.words[path] {
			if !regexp.MustCompile(`\b`+w+`\b`).MatchString(f.about) && example.said(path) != w {
				t.Errorf("%s has no word %q: %s", path, w, f.about)
			}
			list = append(list, w)
		}
		if list != nil {
			slices.Sort(list)
			words[path] = slices.Compact(list)
		}
	})
	if len(left) > 0 {
		t.Errorf("words of fields that are not documented: %v", left)
	}
	return words
}
