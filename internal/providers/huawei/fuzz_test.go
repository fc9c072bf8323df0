package huawei

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/providertest"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// received is a good answer with body, decoded into v; false: it is not good.
func received(t *testing.T, body []byte, v any) (answer, bool) {
	t.Helper()
	res := transport.Response{Status: http.StatusOK, Header: http.Header{}, Body: body}
	if err, _ := judge(res, true, nil); err != nil {
		return answer{}, false
	}
	if err := wire.Decode(body, "op", v, &pool.Drift{}); err != nil {
		if json.Valid(body) {
			t.Errorf("%q was judged good, but is %v", body, err)
		}
		return answer{}, false
	}
	return answer{operation: "op", body: body}, true
}

// wantWords checks that value holds no words but those of the vocabularies.
func wantWords(t *testing.T, value any) {
	t.Helper()
	vocabularies := providertest.Vocabularies()
	for name, words := range providertest.Words(value) {
		for word := range words {
			if !slices.Contains(vocabularies[name], word) {
				t.Errorf("%q is no %s", word, name)
			}
		}
	}
}

// wantRow checks that native is one part that stands in body as it is.
func wantRow(t *testing.T, native []pool.Part, body []byte) {
	t.Helper()
	if len(native) != 1 || !bytes.Contains(body, native[0].Body) || !json.Valid(native[0].Body) {
		t.Errorf("native %+v is not in %q", native, body)
	}
}

func FuzzDesktopPools(f *testing.F) {
	for _, file := range []string{"seed-pool.json", "seed-pool.zh.json", "every-pool-field.json"} {
		f.Add([]byte(`{"total_count":1,"desktop_pools":[` + fixture(f, file) + `]}`))
		f.Add([]byte(fixture(f, file)))
	}
	f.Add([]byte(`{"desktop_pools":{"id":"a","status":5,"data_volumes":{"size":"1e3"},"disconnected_retention_period":1e300}}`))
	f.Add([]byte(`{"desktop_pools":[null,{"id":"a"},[],{"id":"a"}],"total_count":"-1"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var page desktopPools
		if a, good := received(t, body, &page); good {
			r := &reader{drift: &pool.Drift{}}
			seen := map[string]bool{}
			var pools []pool.Pool
			for _, row := range poolListing().unseen(page.Rows, map[string]bool{}) {
				pools = append(pools, r.pool(row, a))
			}
			for _, p := range pools {
				wantRow(t, p.Native, body)
				if p.NativeID != "" && seen[p.NativeID] {
					t.Errorf("pool %s is listed twice", p.NativeID)
				}
				seen[p.NativeID] = true
			}
			wantWords(t, pools)
			if envelope := a.envelope("desktop_pools").Body; !json.Valid(envelope) {
				t.Errorf("the envelope %q is no JSON", envelope)
			}
		}
		var d desktopPool
		if _, good := received(t, body, &d); good {
			p := d.pool(&pool.Drift{})
			wantWords(t, p)
			if s := p.SessionRetention.Seconds; s != nil && *s <= 0 {
				t.Errorf("retained for %d s", *s)
			}
		}
	})
}

func FuzzDesktops(f *testing.F) {
	f.Add([]byte(fixture(f, "every-desktop-field.json")))
	f.Add([]byte(`{"desktop":` + desktopRow(f) + `}`))
	f.Add([]byte(`{"total_count":9,"pool_desktops":{"addresses":[{"addr":1}],"attach_user_infos":"x","task_status":7,"metadata":[]}}`))
	f.Add([]byte(`{"pool_desktops":[{"addresses":{"":null}},{"addresses":{"a":{"addr":"::ffff:1.2.3.4"}}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var page poolDesktops
		if a, good := received(t, body, &page); good {
			r := &reader{drift: &pool.Drift{}}
			desktops := r.desktops(page.Rows, "p", a)
			for _, d := range desktops {
				wantRow(t, d.Native, body)
				if d.PoolID == "" {
					t.Error("a desktop of no pool")
				}
			}
			wantWords(t, desktops)
		}
		var one oneDesktop
		if _, good := received(t, body, &one); good && one.Desktop != nil {
			wantWords(t, one.Desktop.desktop("op", &pool.Drift{}))
		}
	})
}

func FuzzStatistics(f *testing.F) {
	f.Add([]byte(fixture(f, "every-counter.json")), true)
	f.Add([]byte(`{"total_num":1}`), false)
	f.Add([]byte(`{"total_num":-1,"attach_statistics":{"attached_num":"9223372036854775807","unattached_num":9223372036854775807,"attaching_num":0,"attach_error_num":0}}`), true)
	f.Add([]byte(`{"desktop_pool_statistics":[{"desktop_pool_id":"pool-1","total_num":9223372036854775807},{"desktop_pool_id":"pool-1","total_num":9223372036854775807}]}`), false)
	many := make([]string, maxPoolIDs+1)
	many[0] = "pool-1"
	f.Fuzz(func(t *testing.T, body []byte, all bool) {
		var said statistics
		if _, good := received(t, body, &said); !good {
			return
		}
		q := allAxes()
		if !all {
			q.PoolIDs = many
		}
		got := said.statistics(q)
		wantSound(t, got.Total)
		for _, p := range got.Pools {
			wantSound(t, p.Counts)
		}
	})
}

// wantSound checks that no counter is negative, that one that is not known has
// its reason, and that an axis that is known sums to the total.
func wantSound(t *testing.T, c pool.Counts) {
	t.Helper()
	unknown := 0
	if c.Total == nil {
		unknown++
	}
	for _, axis := range []reflect.Value{reflect.ValueOf(*c.Power), reflect.ValueOf(*c.Connection), reflect.ValueOf(*c.Assignment)} {
		sum, missing := 0, 0
		for i := range axis.NumField() {
			n := axis.Field(i).Interface().(*int)
			switch {
			case n == nil:
				missing++
			case *n < 0:
				t.Errorf("%s is %d", axis.Type().Field(i).Name, *n)
			default:
				sum += *n
			}
		}
		if unknown += missing; missing == 0 && (c.Total == nil || sum != *c.Total) {
			t.Errorf("%s sums to %d, the total is %v", axis.Type(), sum, c.Total)
		}
	}
	if unknown != len(c.Missing) {
		t.Errorf("%d counters are not known, %d reasons are given", unknown, len(c.Missing))
	}
}

func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"token":{"issued_at":"2020-01-04T09:05:22.701000Z","expires_at":"2020-01-05T09:05:22.701000Z"}}`))
	f.Add([]byte(`{"token":{"issued_at":"2020-01-04T09:05:22.701000Z","expires_at":"2019-01-05T09:05:22.701000Z"}}`))
	f.Add([]byte(`{"token":{"issued_at":"0001-01-01T00:00:01Z","expires_at":"9999-12-31T23:59:59Z"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		asked := time.Unix(1_800_000_000, 0)
		got := newToken(transport.Response{Status: 201, Header: http.Header{headerSubject: {"t"}}, Body: body}, asked)
		if !got.expires.After(asked) || got.refreshAt.Before(asked) || !got.refreshAt.Before(got.expires) {
			t.Errorf("a token of %v is refreshed at %v and expires at %v", asked, got.refreshAt, got.expires)
		}
	})
}
