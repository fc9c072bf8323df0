package alibaba

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// Desktops reads one page of DescribeDesktopsInGroup: first the subscription
// desktops of the page, then the pay-as-you-go ones.
func (r *reader) Desktops(ctx context.Context, q pool.DesktopsQuery) (pool.Answer[pool.DesktopPage], error) {
	const op = "list desktops"
	size := min(max(q.Size, 1), pool.MaxPage)
	at, ok := parsePlace(q.Token, size)
	if !ok {
		return pool.Answer[pool.DesktopPage]{}, r.ecd.fail(pool.Invalid, op, errBadToken)
	}
	page, from, err := r.desktopsPage(ctx, op, desktopsQuery{
		group: q.PoolID, token: at.token, size: at.size, payType: payType(q.Filter.BillingMode), deleted: q.IncludeDeleted,
	})
	if err != nil {
		return pool.Answer[pool.DesktopPage]{}, err
	}
	answer := pool.Answer[pool.DesktopPage]{
		AsOf:  from.asked,
		Parts: []pool.Part{from.part(wire.Envelope(from.body, "PaidDesktops", "PostPaidDesktops"))},
	}
	if q.Token == "" && page.empty() {
		checked, err := r.known(ctx, op, q.PoolID)
		if err != nil {
			return pool.Answer[pool.DesktopPage]{}, err
		}
		answer.Parts = append(answer.Parts, checked)
	}
	rows := r.rows(page, q.PoolID, from)
	end := min(len(rows), at.skip+size)
	items := []pool.Desktop{}
	for _, d := range rows[min(at.skip, end):end] {
		if shown(d, q) {
			items = append(items, d)
		}
	}
	answer.Value = pool.DesktopPage{Items: items, Next: at.next(end, len(rows), page.NextToken), Total: page.total(q.Filter.BillingMode)}
	return answer, nil
}

// shown tells whether a query wants d. IgnoreDeleted and PayType should have seen to it.
func shown(d pool.Desktop, q pool.DesktopsQuery) bool {
	return (q.IncludeDeleted || d.LifecycleState != pool.Deleted) &&
		(q.Filter.BillingMode == "" || q.Filter.BillingMode == d.BillingMode)
}

// desktopsQuery asks for a page of DescribeDesktopsInGroup.
type desktopsQuery struct {
	group, token, payType string
	size                  int
	deleted               bool
}

func (r *reader) desktopsPage(ctx context.Context, op string, q desktopsQuery) (desktopsPage, reply, error) {
	params := url.Values{
		"DesktopGroupId": {q.group},
		"MaxResults":     {strconv.Itoa(q.size)},
		// true, the default, ignores the mark of deletion: deleted desktops are listed.
		"IgnoreDeleted": {strconv.FormatBool(q.deleted)},
	}
	if q.token != "" {
		params.Set("NextToken", q.token)
	}
	if q.payType != "" {
		params.Set("PayType", q.payType)
	}
	var page desktopsPage
	from, err := r.ecd.read(ctx, call{op: op, action: "DescribeDesktopsInGroup", params: params}, &page)
	if err == nil && page.NextToken != "" && page.NextToken == q.token {
		err = r.ecd.fail(pool.Failed, op, errRepeatedToken)
	}
	return page, from, err
}

// rows converts both arrays of a page.
func (r *reader) rows(page desktopsPage, groupID string, from reply) []pool.Desktop {
	rows := make([]pool.Desktop, 0, len(page.PaidDesktops)+len(page.PostPaidDesktops))
	add := func(desktops []groupDesktop, billing pool.BillingMode) {
		for i := range desktops {
			d := r.words.desktop(&desktops[i], groupID, billing)
			d.Native = []pool.Part{from.part(desktops[i].Raw)}
			rows = append(rows, d)
		}
	}
	add(page.PaidDesktops, pool.Prepaid)
	add(page.PostPaidDesktops, pool.Postpaid)
	return rows
}

// known fails with NotFound for a group that does not exist, to which
// DescribeDesktopsInGroup answers as to an empty one.
func (r *reader) known(ctx context.Context, op, id string) (pool.Part, error) {
	_, from, err := r.group(ctx, op, id)
	if err != nil {
		return pool.Part{}, err
	}
	return from.part(wire.Envelope(from.body, "DesktopGroups")), nil
}

// empty tells whether the page is all that an unknown group would be answered.
func (p desktopsPage) empty() bool {
	none := func(n *int) bool { return n == nil || *n == 0 }
	return len(p.PaidDesktops)+len(p.PostPaidDesktops) == 0 && p.NextToken == "" &&
		none(p.PaidDesktopsCount) && none(p.PostPaidDesktopsCount)
}

// total is how many desktops of a billing mode there are on all pages. Of two
// counts the cloud leaves out the one that is zero.
func (p desktopsPage) total(billing pool.BillingMode) *int {
	if p.PaidDesktopsCount == nil && p.PostPaidDesktopsCount == nil {
		return nil
	}
	sum := 0
	if billing != pool.Postpaid && !addCount(&sum, p.PaidDesktopsCount, len(p.PaidDesktops)) ||
		billing != pool.Prepaid && !addCount(&sum, p.PostPaidDesktopsCount, len(p.PostPaidDesktops)) {
		return nil
	}
	return &sum
}

func addCount(sum, count *int, rows int) bool {
	if count != nil {
		*sum += *count
	}
	return count != nil || rows == 0
}

func payType(mode pool.BillingMode) string {
	switch mode {
	case pool.Prepaid:
		return "PrePaid"
	case pool.Postpaid:
		return "PostPaid"
	}
	return ""
}

// place is where a page of ours starts. Usually that is where one of the
// cloud's does; but it is not said whether MaxResults bounds both arrays
// together or each, and a page of twice the rows is given in two.
type place struct {
	size, skip int
	token      string // of the cloud's page
}

// placeMark starts a token of ours; the cloud's are given as they are.
const placeMark = "~"

func parsePlace(token string, size int) (place, bool) {
	ours, found := strings.CutPrefix(token, placeMark)
	if !found {
		return place{size: size, token: token}, true
	}
	fields := strings.SplitN(ours, placeMark, 3)
	if len(fields) != 3 {
		return place{}, false
	}
	pageSize, err1 := strconv.Atoi(fields[0])
	skip, err2 := strconv.Atoi(fields[1])
	if err1 != nil || err2 != nil || pageSize < 0 || pageSize > pool.MaxPage || skip < 0 || skip > 0 && pageSize == 0 {
		return place{}, false
	}
	if pageSize == 0 {
		pageSize = size
	}
	return place{size: pageSize, skip: skip, token: fields[2]}, true
}

// next is the token of what follows row end of the cloud's page of so many rows.
func (p place) next(end, rows int, cloudNext string) string {
	switch {
	case end < rows:
		return placeMark + strconv.Itoa(p.size) + placeMark + strconv.Itoa(end) + placeMark + p.token
	case strings.HasPrefix(cloudNext, placeMark):
		return placeMark + "0" + placeMark + "0" + placeMark + cloudNext
	}
	return cloudNext
}
