package alibabasim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

func TestFaults(t *testing.T) {
	faults := &fault.Set{}
	s := newTestSim(func(c *Config) { c.Faults = faults })
	for _, f := range []fault.Fault{
		{Source: "ali-hz", Operation: "DescribeDesktopGroups", Kind: fault.Error, Count: 1},
		{Source: "ali-hz", Operation: "DescribeDesktopGroups", Kind: fault.Throttle, Count: 1},
		{Source: "other", Kind: fault.Error},
	} {
		if err := faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	ask(t, s, "DescribeRegions")
	got := send(t, s, request{}.signed())
	if got.status != 500 || got.code() != "InternalError" || got.body["HostId"] != "ecd.cn-hangzhou.aliyuncs.com" {
		t.Errorf("error: %d %s", got.status, got.raw)
	}
	got = send(t, s, request{}.signedV1())
	if got.status != 400 || got.code() != "Throttling.User" || got.header.Get("x-ratelimit-user-api") != "Limit:1,Remain:0,TimeLeft:1000,Reset:1000" {
		t.Errorf("throttle: %d %v %s", got.status, got.header, got.raw)
	}
	ask(t, s, "DescribeDesktopGroups")
	if n := s.Requests("DescribeDesktopGroups"); n != 3 {
		t.Errorf("%d requests were counted, want 3 with the broken ones", n)
	}
}

func TestRequests(t *testing.T) {
	s := newTestSim(nil)
	ask(t, s, "DescribeRegions")
	ask(t, s, "DescribeDesktopGroups")
	send(t, s, request{key: &Key{ID: "nobody", Secret: "s"}}.signed())
	send(t, s, request{form: q("Action", "DescribeRegions"), edit: func(r *http.Request) { r.Header.Del("x-acs-action") }}.signed())
	send(t, s, request{action: "NoSuchThing"}.signed())
	for operation, want := range map[string]int{"": 5, "DescribeRegions": 2, "DescribeDesktopGroups": 2, "NoSuchThing": 0, "DescribeDesktops": 0} {
		if got := s.Requests(operation); got != want {
			t.Errorf("%d requests for %q, want %d", got, operation, want)
		}
	}
}

// TestOverHTTP sends the vendor's loopback example and many requests at once
// through a real server.
func TestOverHTTP(t *testing.T) {
	s := newTestSim(nil)
	srv := httptest.NewServer(s)
	defer srv.Close()
	var wg sync.WaitGroup
	for range 20 {
		r := request{action: "DescribeDesktopsInGroup", query: q("DesktopGroupId", exampleGroup, "MaxResults", "3")}.signed()
		wg.Go(func() {
			out, err := http.NewRequestWithContext(t.Context(), r.Method, srv.URL+"/?"+r.URL.RawQuery, http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			out.Header, out.Host = r.Header, r.Host
			res, err := srv.Client().Do(out)
			if err != nil {
				t.Error(err)
				return
			}
			body, err := io.ReadAll(res.Body)
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
			var got struct{ PaidDesktops []struct{ DesktopID string } }
			if err != nil || json.Unmarshal(body, &got) != nil || res.StatusCode != 200 || len(got.PaidDesktops) != 3 {
				t.Errorf("%d %v %s", res.StatusCode, err, body)
			}
		})
	}
	wg.Wait()
	if n := s.Requests(""); n != 20 {
		t.Errorf("%d requests were counted, want 20", n)
	}
}

// TestDesktopsAreNotStored: a world costs the same, however many desktops it has.
func TestDesktopsAreNotStored(t *testing.T) {
	allocs := func(n int) float64 {
		return testing.AllocsPerRun(1, func() { NewWorld(7, WorldOptions{BigGroup: n}) })
	}
	if few, many := allocs(1000), allocs(100_000); many > few+10 {
		t.Errorf("%v allocations with 1,000 desktops, %v with 100,000", few, many)
	}
}
