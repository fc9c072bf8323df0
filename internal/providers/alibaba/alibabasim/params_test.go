package alibabasim

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// manyItems is name.1 to name.n.
func manyItems(name string, n int) url.Values {
	v := url.Values{}
	for i := 1; i <= n; i++ {
		v.Set(fmt.Sprintf("%s.%d", name, i), fmt.Sprintf("x%d", i))
	}
	return v
}

func TestParameters(t *testing.T) {
	s := newTestSim(nil)
	group := func(pairs ...string) url.Values { return q(append(pairs, "DesktopGroupId", exampleGroup)...) }
	const inGroup, groups, desktops = "DescribeDesktopsInGroup", "DescribeDesktopGroups", "DescribeDesktops"
	tests := []struct {
		name, action string
		query        url.Values
		noRegion     bool
		status       int
		code         string
	}{
		{"no RegionId", inGroup, group(), true, 400, "MissingRegionId"},
		{"empty RegionId", groups, q("RegionId", ""), false, 400, "MissingRegionId"},
		{"unknown RegionId", groups, q("RegionId", "mars-1"), false, 404, "InvalidRegionId.NotFound"},
		{"no DesktopGroupId", inGroup, nil, false, 400, "MissingDesktopGroupId"},
		{"no DesktopGroupId for the detail", "GetDesktopGroupDetail", nil, false, 400, "MissingDesktopGroupId"},
		{"no DesktopGroupId for users", "DescribeUsersInGroup", nil, false, 400, "MissingDesktopGroupId"},
		{"no DesktopId", "DescribeDesktopInfo", nil, false, 400, "MissingDesktopId"},
		{"MaxResults 0", inGroup, group("MaxResults", "0"), false, 400, "InvalidMaxResults"},
		{"MaxResults -1", inGroup, group("MaxResults", "-1"), false, 400, "InvalidMaxResults"},
		{"MaxResults 101", inGroup, group("MaxResults", "101"), false, 400, "InvalidMaxResults"},
		{"MaxResults abc", inGroup, group("MaxResults", "abc"), false, 400, "InvalidMaxResults"},
		{"MaxResults 1.0", inGroup, group("MaxResults", "1.0"), false, 400, "InvalidMaxResults"},
		{"MaxResults 100", inGroup, group("MaxResults", "100"), false, 200, ""},
		{"MaxResults 101 of groups", groups, q("MaxResults", "101"), false, 400, "InvalidMaxResults"},
		{"MaxResults 101 of users", "DescribeUsersInGroup", group("MaxResults", "101"), false, 400, "InvalidMaxResults"},
		{"MaxResults 1000 of desktops", desktops, q("MaxResults", "1000"), false, 200, ""},
		{"MaxResults 1001 of desktops", desktops, q("MaxResults", "1001"), false, 400, "InvalidMaxResults"},
		{"PayType that is none", inGroup, group("PayType", "prepaid"), false, 400, "InvalidPayType"},
		{"IgnoreDeleted that is none", inGroup, group("IgnoreDeleted", "yes"), false, 400, "InvalidIgnoreDeleted"},
		{"NextToken that is none", inGroup, group("NextToken", "garbage"), false, 400, "InvalidNextToken"},
		{"NextToken well formed", inGroup, group("NextToken", "caeba0bbb2be03f84eb48b699f0a4883"), false, 400, "InvalidNextToken"},
		{"empty NextToken", inGroup, group("NextToken", ""), false, 200, ""},
		{"NextToken of groups", groups, q("NextToken", "garbage"), false, 400, "InvalidNextToken"},
		{"NextToken of users", "DescribeUsersInGroup", group("NextToken", "garbage"), false, 400, "InvalidNextToken"},
		{"NextToken of desktops", desktops, q("NextToken", "garbage"), false, 400, "InvalidNextToken"},
		{"unknown parameters", inGroup, group("NoSuch", "1", "Tag", "x"), false, 200, ""},
		{"Status that is none", groups, q("Status", "3"), false, 400, "InvalidStatus"},
		{"OwnType that is none", groups, q("OwnType", "2"), false, 400, "InvalidOwnType"},
		{"ProtocolType that is none", groups, q("ProtocolType", "RDP"), false, 400, "InvalidProtocolType"},
		{"MultiResource that is none", groups, q("MultiResource", "1"), false, 400, "InvalidMultiResource"},
		{"PeriodUnit that is none", groups, q("PeriodUnit", "Day"), false, 400, "InvalidPeriodUnit"},
		{"100 groups", groups, manyItems("DesktopGroupIds", 100), false, 200, ""},
		{"101 groups", groups, manyItems("DesktopGroupIds", 101), false, 400, "InvalidDesktopGroupIds"},
		{"101 images", groups, manyItems("ImageId", 101), false, 400, "InvalidImageId"},
		{"1001 users", groups, manyItems("EndUserIds", 1001), false, 400, "InvalidEndUserIds"},
		{"101 users of a group", "DescribeUsersInGroup", manyItems("EndUserIds", 101), false, 400, "InvalidEndUserIds"},
		{"101 desktops", desktops, manyItems("DesktopId", 101), false, 400, "InvalidDesktopId"},
		{"101 desktops for info", "DescribeDesktopInfo", manyItems("DesktopId", 101), false, 400, "InvalidDesktopId"},
		{"11 states", desktops, manyItems("DesktopStatusList", 11), false, 400, "InvalidDesktopStatusList"},
		{"PageNumber 0", desktops, q("PageNumber", "0"), false, 400, "InvalidPageNumber"},
		{"PageSize 101", desktops, q("PageSize", "101"), false, 400, "InvalidPageSize"},
		{"ChargeType that is none", desktops, q("ChargeType", "Free"), false, 400, "InvalidChargeType"},
		{"FilterDesktopGroup that is none", desktops, q("FilterDesktopGroup", "0"), false, 400, "InvalidFilterDesktopGroup"},
		{"ConnectState that is none", "DescribeUsersInGroup", group("ConnectState", "2"), false, 400, "InvalidConnectState"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := send(t, s, request{action: tt.action, query: tt.query, noQuery: tt.noRegion}.signed())
			if got.status != tt.status || got.code() != tt.code {
				t.Errorf("%d %q, want %d %q\n%s", got.status, got.code(), tt.status, tt.code, got.raw)
			}
		})
	}
}

func TestListParameter(t *testing.T) {
	p := &params{values: q("X.10", "j", "X.2", "b", "X.1", "a", "X.0", "no", "X.a", "no", "X.5", "", "Y.1", "no", "X.1.Key", "no")}
	if diff := cmp.Diff([]string{"a", "b", "j"}, p.list("X", 3)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	p = &params{values: q("Tag.2.Key", "k2", "Tag.2.Value", "v", "Tag.10.Key", "k10", "Tag.3.Value", "no key")}
	if diff := cmp.Diff([]tag{{"k2", "v"}, {"k10", ""}}, p.tags()); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}
