package alibaba

import (
	"context"
	"net/url"

	"github.com/deskpool/deskpool/internal/pool"
)

// maxSearch is how many pages of its group are searched for a desktop's row.
const maxSearch = 10

// Desktop reads a desktop in full: DescribeDesktops, and its row in
// DescribeDesktopsInGroup, which is left out where ten pages do not hold it.
func (r *reader) Desktop(ctx context.Context, id string) (pool.Answer[pool.Desktop], error) {
	const op = "read a desktop"
	found, from, err := r.find(ctx, op, id)
	if err != nil {
		return pool.Answer[pool.Desktop]{}, err
	}
	answer := pool.Answer[pool.Desktop]{
		Value: r.words.found(found),
		AsOf:  from.asked,
		Parts: []pool.Part{from.part(from.body)},
	}
	if answer.Value.PoolID == "" {
		return answer, nil
	}
	row, err := r.rowOf(ctx, op, answer.Value)
	if err != nil {
		return pool.Answer[pool.Desktop]{}, err
	}
	if row != nil {
		// Not the whole page: it is of other users' desktops.
		answer.Parts = append(answer.Parts, row.Native...)
		answer.Value = joinDesktop(answer.Value, *row)
	}
	return answer, nil
}

// find asks DescribeDesktops for one desktop. By default it hides pooled
// desktops, and its page says that it shows pay-as-you-go ones only: what is not
// found is therefore asked for as a subscription once more.
func (r *reader) find(ctx context.Context, op, id string) (*foundDesktop, reply, error) {
	for _, chargeType := range []string{"", "PrePaid"} {
		params := url.Values{"DesktopId.1": {id}, "OnlyDesktopGroup": {"true"}, "FilterDesktopGroup": {"false"}}
		if chargeType != "" {
			params.Set("ChargeType", chargeType)
		}
		var page foundDesktops
		from, err := r.ecd.read(ctx, call{op: op, action: "DescribeDesktops", params: params}, &page)
		if err != nil {
			return nil, reply{}, err
		}
		for i := range page.Desktops {
			if d := &page.Desktops[i]; d.ID == id {
				return d, from, nil
			}
		}
	}
	return nil, reply{}, r.ecd.fail(pool.NotFound, op, nil)
}

// rowOf searches the group of d for its row; nil if it is not on the first pages.
func (r *reader) rowOf(ctx context.Context, op string, d pool.Desktop) (row *pool.Desktop, err error) {
	q := desktopsQuery{group: d.PoolID, size: pageSize, payType: payType(d.BillingMode), deleted: d.LifecycleState == pool.Deleted}
	pages := 0
	err = r.ecd.follow(op, maxSearch+1, func(token string) (string, error) {
		if pages++; pages > maxSearch {
			return "", nil
		}
		q.token = token
		page, from, err := r.desktopsPage(ctx, op, q)
		if err != nil {
			return "", err
		}
		for _, candidate := range r.rows(page, d.PoolID, from) {
			if candidate.NativeID == d.NativeID {
				row = &candidate
				return "", nil
			}
		}
		return page.NextToken, nil
	})
	return row, err
}
