package alibaba

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskpool/deskpool/internal/pool"
)

// maxTargetPages is how many pages a group of maxTarget desktops may take.
const maxTargetPages = 100

// target is what an order changes, as it is now.
type target struct {
	pools    []pool.Pool
	desktops []pool.Desktop           // by id
	rows     map[string]*foundDesktop // of DescribeDesktops, where it was asked
	asOf     time.Time
}

// target reads the target of o. A pool's image is changed as a whole: for that
// DescribeDesktopsInGroup says enough of its desktops.
func (r *orderer) target(ctx context.Context, o pool.Order) (target, error) {
	if o.PoolID == "" {
		return r.namedDesktops(ctx, o)
	}
	p, err := r.Pool(ctx, o.PoolID)
	if err != nil {
		return target{}, err
	}
	t := target{pools: []pool.Pool{p.Value}, asOf: p.AsOf}
	if t.desktops, err = r.members(ctx, o.PoolID); err != nil {
		return target{}, err
	}
	if o.Type == pool.ChangeImageOrder {
		for i := range t.desktops {
			t.desktops[i].Disks = nil // a row may leave some out
		}
		return t, nil
	}
	found, err := r.foundAll(ctx, planOp, nativeIDs(t.desktops))
	if err != nil {
		return target{}, err
	}
	for i, row := range t.desktops {
		if found.rows[row.NativeID] == nil {
			return target{}, r.ecd.fail(pool.Failed, planOp, errDesktopsDiffer)
		}
		t.desktops[i] = joinDesktop(r.words.found(found.rows[row.NativeID]), row)
	}
	t.rows = found.rows
	return t, nil
}

// members reads all desktops of a group, by id.
func (r *orderer) members(ctx context.Context, groupID string) ([]pool.Desktop, error) {
	desktops := []pool.Desktop{}
	err := r.ecd.follow(planOp, maxTargetPages, func(token string) (string, error) {
		page, from, err := r.desktopsPage(ctx, planOp, desktopsQuery{group: groupID, token: token, size: pageSize})
		if err != nil {
			return "", err
		}
		for _, d := range r.rows(page, groupID, from) {
			if d.LifecycleState != pool.Deleted {
				desktops = append(desktops, d)
			}
		}
		if len(desktops) > maxTarget {
			return "", r.invalid(pool.Fault{
				Pointer: "/target/pool_id", Code: codeInvalid,
				Detail: fmt.Sprintf("The pool has more desktops than one order can change, which is %d. Name some of them.", maxTarget),
			})
		}
		return page.NextToken, nil
	})
	sortByID(desktops)
	return desktops, err
}

// namedDesktops reads desktops by id, and their pools.
func (r *orderer) namedDesktops(ctx context.Context, o pool.Order) (target, error) {
	found, err := r.foundAll(ctx, planOp, o.DesktopIDs)
	if err != nil {
		return target{}, err
	}
	t := target{rows: found.rows, asOf: found.asked}
	var faults []pool.Fault
	for i, id := range o.DesktopIDs {
		if found.rows[id] == nil || found.rows[id].Status == statusDeleted {
			return target{}, r.ecd.fail(pool.NotFound, planOp, nil)
		}
		d := r.words.found(found.rows[id])
		// These its row in the group has otherwise, which is not read.
		d.Addresses, d.AssignmentState, d.Assignments, d.ActiveUsers = nil, "", nil, nil
		if d.PoolID == "" {
			faults = append(faults, pool.Fault{
				Pointer: "/target/desktop_ids/" + strconv.Itoa(i), Code: codeInvalid, Detail: "The desktop is in no pool.",
			})
		}
		t.desktops = append(t.desktops, d)
	}
	if len(faults) > 0 {
		return target{}, r.invalid(faults...)
	}
	sortByID(t.desktops)
	if err := r.poolsOf(ctx, &t); err != nil || o.ChangeImage == nil {
		return t, err
	}
	return t, r.resetBefore(ctx, &t, o.ChangeImage.ImageID)
}

// poolsOf reads the pools of t's desktops in full.
func (r *orderer) poolsOf(ctx context.Context, t *target) error {
	of := map[string]bool{}
	for _, d := range t.desktops {
		of[d.PoolID] = true
	}
	ids := slices.Sorted(maps.Keys(of))
	answers := make([]pool.Answer[pool.Pool], len(ids))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(maxAtOnce)
	for i, id := range ids {
		all.Go(func() (err error) {
			answers[i], err = r.Pool(ctx, id)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	for _, a := range answers {
		t.pools, t.asOf = append(t.pools, a.Value), oldest(t.asOf, a.AsOf)
	}
	return nil
}

// resetBefore notes when those desktops of t were last reset that have this image already:
// afterwards nothing else tells whether they were reset once more.
func (r *orderer) resetBefore(ctx context.Context, t *target, image string) error {
	groups := map[string][]string{}
	for _, d := range t.desktops {
		if d.Image.ID == image {
			groups[d.PoolID] = append(groups[d.PoolID], d.NativeID)
		}
	}
	times, _, err := r.resetTimes(ctx, planOp, groups)
	for i, d := range t.desktops {
		t.desktops[i].ResetAt = times[d.NativeID]
	}
	return err
}

// resetTimes reads when desktops, by group, were last reset: zero if never. Those
// that the first pages of their group do not show are left out.
func (r *reader) resetTimes(ctx context.Context, op string, groups map[string][]string) (map[string]time.Time, []pool.Part, error) {
	times := map[string]time.Time{}
	var parts []pool.Part
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		missing, pages := len(groups[group]), 0
		err := r.ecd.follow(op, maxSearch+1, func(token string) (string, error) {
			if pages++; pages > maxSearch || missing == 0 {
				return "", nil
			}
			page, from, err := r.desktopsPage(ctx, op, desktopsQuery{group: group, token: token, size: pageSize})
			if err != nil {
				return "", err
			}
			for _, d := range r.rows(page, group, from) {
				if slices.Contains(groups[group], d.NativeID) {
					times[d.NativeID] = d.ResetAt
					parts = append(parts, d.Native...)
					missing--
				}
			}
			return page.NextToken, nil
		})
		if err != nil {
			return times, nil, err
		}
	}
	return times, parts, nil
}

// found is what DescribeDesktops says of some desktops.
type found struct {
	rows  map[string]*foundDesktop // by id; an unknown desktop has none
	parts []pool.Part
	asked time.Time // the first part
	ahead time.Duration
}

// foundAll asks DescribeDesktops for desktops by id, a hundred at a time. By
// default it hides pooled desktops, and its page says that it shows
// pay-as-you-go ones only: so it is asked for subscriptions, and without a
// charge type for what is missing.
func (r *reader) foundAll(ctx context.Context, op string, ids []string) (found, error) {
	f := found{rows: map[string]*foundDesktop{}}
	for chunk := range slices.Chunk(ids, pageSize) {
		for _, chargeType := range []string{"PrePaid", ""} {
			missing := slices.DeleteFunc(slices.Clone(chunk), func(id string) bool { return f.rows[id] != nil })
			if err := r.findInto(ctx, op, &f, missing, chargeType); err != nil {
				return found{}, err
			}
		}
	}
	return f, nil
}

func (r *reader) findInto(ctx context.Context, op string, f *found, ids []string, chargeType string) error {
	if len(ids) == 0 {
		return nil
	}
	params := url.Values{
		"OnlyDesktopGroup": {"true"}, "FilterDesktopGroup": {"false"}, "MaxResults": {strconv.Itoa(pageSize)},
	}
	setList(params, "DesktopId", ids)
	if chargeType != "" {
		params.Set("ChargeType", chargeType)
	}
	return r.ecd.follow(op, pageSize, func(token string) (string, error) {
		if token != "" {
			params.Set("NextToken", token)
		}
		var page foundDesktops
		from, err := r.ecd.read(ctx, call{op: op, action: "DescribeDesktops", params: params}, &page)
		if err != nil {
			return "", err
		}
		if len(f.parts) == 0 {
			f.asked, f.ahead = from.asked, from.ahead
		}
		f.parts = append(f.parts, from.part(from.body))
		for i := range page.Desktops {
			if d := &page.Desktops[i]; slices.Contains(ids, d.ID) {
				f.rows[d.ID] = d
			}
		}
		return page.NextToken, nil
	})
}

func (r *orderer) invalid(faults ...pool.Fault) *pool.Error {
	e := r.ecd.fail(pool.Invalid, planOp, nil)
	e.Faults = faults
	return e
}

func sortByID(desktops []pool.Desktop) {
	slices.SortStableFunc(desktops, func(a, b pool.Desktop) int { return strings.Compare(a.NativeID, b.NativeID) })
}

func nativeIDs(desktops []pool.Desktop) []string {
	ids := make([]string, len(desktops))
	for i, d := range desktops {
		ids[i] = d.NativeID
	}
	return ids
}
