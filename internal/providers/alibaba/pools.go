package alibaba

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

const (
	pageSize = 100 // the cloud's maximum of rows of a page, and of ids of a request
	// maxGroupPages is far more than an account may have, and ends a listing that has no end.
	maxGroupPages = 1000
)

// Pools lists desktop groups: DescribeDesktopGroups, by token.
func (r *reader) Pools(ctx context.Context) (pool.Answer[[]pool.Pool], error) {
	answer := pool.Answer[[]pool.Pool]{Value: []pool.Pool{}}
	parts, asked, err := r.groups(ctx, "list desktop pools", nil, func(g *listedGroup, from reply) {
		p := r.words.listed(g)
		p.Native = []pool.Part{from.part(g.Raw)}
		answer.Value = append(answer.Value, p)
	})
	if err != nil {
		return pool.Answer[[]pool.Pool]{}, err
	}
	answer.Parts, answer.AsOf = parts, asked
	return answer, nil
}

// groups reads every page of DescribeDesktopGroups, of the groups with these
// ids or of all, and calls row for each. It returns the envelopes, and when the
// first page was asked for.
func (r *reader) groups(ctx context.Context, op string, ids []string, row func(*listedGroup, reply)) ([]pool.Part, time.Time, error) {
	var parts []pool.Part
	var asked time.Time
	err := r.ecd.follow(op, maxGroupPages, func(token string) (string, error) {
		page, from, err := r.groupPage(ctx, op, ids, token)
		if err != nil {
			return "", err
		}
		if len(parts) == 0 {
			asked = from.asked
		}
		parts = append(parts, from.part(wire.Envelope(from.body, "DesktopGroups")))
		for i := range page.DesktopGroups {
			row(&page.DesktopGroups[i], from)
		}
		return page.NextToken, nil
	})
	return parts, asked, err
}

func (r *reader) groupPage(ctx context.Context, op string, ids []string, token string) (groupPage, reply, error) {
	params := url.Values{"MaxResults": {strconv.Itoa(pageSize)}}
	setList(params, "DesktopGroupIds", ids)
	if token != "" {
		params.Set("NextToken", token)
	}
	var page groupPage
	from, err := r.ecd.read(ctx, call{op: op, action: "DescribeDesktopGroups", params: params}, &page)
	return page, from, err
}

// group reads one row of DescribeDesktopGroups, which answers an empty list for an unknown id.
func (r *reader) group(ctx context.Context, op, id string) (*listedGroup, reply, error) {
	page, from, err := r.groupPage(ctx, op, []string{id}, "")
	if err != nil {
		return nil, reply{}, err
	}
	for i := range page.DesktopGroups {
		if g := &page.DesktopGroups[i]; g.ID == id {
			return g, from, nil
		}
	}
	return nil, reply{}, r.ecd.fail(pool.NotFound, op, nil)
}

// groupDetail reads GetDesktopGroupDetail, which answers nothing for an unknown id.
func (r *reader) groupDetail(ctx context.Context, op, id string) (*detailedGroup, reply, error) {
	var detail groupDetail
	from, err := r.ecd.read(ctx, call{op: op, action: "GetDesktopGroupDetail", params: url.Values{"DesktopGroupId": {id}}}, &detail)
	switch {
	case err != nil:
		return nil, reply{}, err
	case detail.Desktops == nil || detail.Desktops.ID != "" && detail.Desktops.ID != id:
		return nil, reply{}, r.ecd.fail(pool.NotFound, op, nil)
	}
	return detail.Desktops, from, nil
}

// Pool reads a desktop group in full: DescribeDesktopGroups and
// GetDesktopGroupDetail at the same time, since each says what the other does not.
func (r *reader) Pool(ctx context.Context, id string) (pool.Answer[pool.Pool], error) {
	const op = "read a desktop pool"
	var row *listedGroup
	var detail *detailedGroup
	var rowFrom, detailFrom reply
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		row, rowFrom, err = r.group(ctx, op, id)
		return err
	})
	both.Go(func() (err error) {
		detail, detailFrom, err = r.groupDetail(ctx, op, id)
		return err
	})
	if err := both.Wait(); err != nil {
		return pool.Answer[pool.Pool]{}, err
	}
	return pool.Answer[pool.Pool]{
		Value: r.words.joined(row, detail),
		AsOf:  oldest(rowFrom.asked, detailFrom.asked),
		Parts: []pool.Part{rowFrom.part(rowFrom.body), detailFrom.part(detailFrom.body)},
	}, nil
}

// setList sets a repeated parameter: name.1, name.2 and so on.
func setList(params url.Values, name string, values []string) {
	for i, value := range values {
		params.Set(name+"."+strconv.Itoa(i+1), value)
	}
}

func oldest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
