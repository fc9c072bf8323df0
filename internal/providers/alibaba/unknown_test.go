package alibaba

import (
	"net/url"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestUnknown proves that the cloud's empty answers become NotFound.
func TestUnknown(t *testing.T) {
	const nothing = `{"RequestId":"1"}`
	none := map[string]string{
		"DescribeDesktopGroups": `{"DesktopGroups":[]}`, "GetDesktopGroupDetail": nothing,
		"DescribeDesktopsInGroup": `{"PaidDesktopsCount":0,"PostPaidDesktopsCount":0}`, "DescribeDesktops": nothing,
	}
	tests := []struct {
		name string
		give map[string]string // instead of none
		read func(t *testing.T, r pool.Reader) error
	}{
		{"pool", nil, readDG1},
		{"pool without a detail", map[string]string{"DescribeDesktopGroups": `{"DesktopGroups":[{"DesktopGroupId":"dg-1"}]}`}, readDG1},
		{"pool without a row", map[string]string{"GetDesktopGroupDetail": `{"Desktops":{"DesktopGroupId":"dg-1"}}`}, readDG1},
		{"another group's row", map[string]string{
			"DescribeDesktopGroups": `{"DesktopGroups":[{"DesktopGroupId":"dg-2"}]}`, "GetDesktopGroupDetail": `{"Desktops":{}}`,
		}, readDG1},
		{"another group's detail", map[string]string{
			"DescribeDesktopGroups": `{"DesktopGroups":[{"DesktopGroupId":"dg-1"}]}`, "GetDesktopGroupDetail": `{"Desktops":{"DesktopGroupId":"dg-2"}}`,
		}, readDG1},
		{"pool that the cloud refuses", nil, func(t *testing.T, _ pool.Reader) error {
			c := serve(t, func(string, url.Values) (int, string) {
				return 404, `{"Code":"InvalidDesktopGroupId.NotFound","Message":"The group does not exist."}`
			})
			return readDG1(t, c.source.Reader)
		}},
		{"desktops", nil, func(t *testing.T, r pool.Reader) error {
			_, err := r.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 10})
			return err
		}},
		{"desktop", nil, func(t *testing.T, r pool.Reader) error {
			_, err := r.Desktop(t.Context(), "ecd-1")
			return err
		}},
		{"another desktop", map[string]string{"DescribeDesktops": `{"Desktops":[{"DesktopId":"ecd-2"}]}`}, func(t *testing.T, r pool.Reader) error {
			_, err := r.Desktop(t.Context(), "ecd-1")
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers := map[string]string{}
			for action, body := range none {
				answers[action] = body
			}
			for action, body := range tt.give {
				answers[action] = body
			}
			err := tt.read(t, serve(t, bodies(answers)).source.Reader)
			e := pool.AsError(err)
			if e.Kind != pool.NotFound || e.Source != "ali-hz" || e.Op == "" {
				t.Errorf("error %#v, want NotFound of ali-hz", e)
			}
		})
	}
}

func readDG1(t *testing.T, r pool.Reader) error {
	t.Helper()
	_, err := r.Pool(t.Context(), "dg-1")
	return err
}

// TestEmptyGroup proves that a group without desktops is no unknown group.
func TestEmptyGroup(t *testing.T) {
	c := serve(t, bodies(map[string]string{
		"DescribeDesktopsInGroup": `{"PaidDesktopsCount":0,"PostPaidDesktopsCount":0}`,
		"DescribeDesktopGroups":   `{"DesktopGroups":[{"DesktopGroupId":"dg-1"}]}`,
	}))
	got, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "page", got.Value, pool.DesktopPage{Items: []pool.Desktop{}, Total: new(0)})
	same(t, "calls", c.actions(), []string{"DescribeDesktopsInGroup", "DescribeDesktopGroups"})
	if _, err := c.source.Reader.Desktops(t.Context(), pool.DesktopsQuery{PoolID: "dg-1", Size: 10, Token: "later"}); err != nil {
		t.Errorf("a later page: %v", err)
	}
	same(t, "calls", c.actions()[2:], []string{"DescribeDesktopsInGroup"})
}
