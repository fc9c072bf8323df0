package alibaba

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// Look reads what the desktops of a call show of it, and what the books of the
// account say of that time. ResetDesktops is in no book.
func (r *orderer) Look(ctx context.Context, s pool.Suspect) (pool.Evidence, error) {
	p, were, err := readCall(s.Call)
	if err != nil {
		return pool.Evidence{}, r.ecd.fail(pool.Failed, lookOp, err)
	}
	ids := s.Call.DesktopIDs
	if ids == nil {
		ids = slices.Sorted(maps.Keys(were))
	}
	found, err := r.foundAll(ctx, lookOp, ids)
	if err != nil {
		return pool.Evidence{}, err
	}
	e := pool.Evidence{Parts: found.parts}
	if s.Call.Operation == resetAll {
		err = r.reset(ctx, p["ImageId"], were, found, s.At, &e)
		return e, err
	}
	seen, landed := modified(p, ids, were, found)
	e.Changed, e.Partly = seen.changed()
	err = r.booked(ctx, during{from: r.ecd.clock(s.At).Add(found.ahead), to: r.ecd.clock(s.Until).Add(found.ahead)}, ids, landed, &e)
	return e, err
}

// signs counts what desktops show of a change.
type signs struct{ shown, hidden, unclear int }

// changed is whether all desktops show it, or none; nil for anything between, as some of them.
func (s signs) changed() (all *bool, partly bool) {
	switch {
	case s.hidden+s.unclear == 0 && s.shown > 0:
		return new(true), false
	case s.shown+s.unclear == 0 && s.hidden > 0:
		return new(false), false
	}
	return nil, s.shown > 0
}

// modified counts the desktops that show a ModifyDesktopSpec, where those that are
// being changed count as showing it, and whether it has landed on all of them.
func modified(p parameters, ids []string, were map[string]before, now found) (seen signs, landed bool) {
	landed = true
	for i, id := range ids {
		row := now.rows[id]
		if row == nil || row.Status == statusDeleted {
			seen.unclear, landed = seen.unclear+1, false
			continue
		}
		is, was, want := specOf(row, were[id], p, i)
		updating := slices.Contains(unwrap(append([]string{row.ManagementFlag}, row.ManagementFlags...)), "Updating")
		landed = landed && is == want && !updating
		seen.note(updating || is == want && was != want && was != "", is == was && is != want && is != "")
	}
	return seen, landed
}

func (s *signs) note(shown, hidden bool) {
	switch {
	case shown:
		s.shown++
	case hidden:
		s.hidden++
	default:
		s.unclear++
	}
}

// specOf is what a ModifyDesktopSpec changes of its i-th desktop: how it is now, how it was, and
// how it shall be. Empty: not known.
func specOf(row *foundDesktop, was before, p parameters, i int) (is, were, want string) {
	for role, size := range map[pool.DiskRole]*int{pool.SystemDisk: was.SystemGiB, pool.DataDisk: was.DataGiB} {
		if larger, given := p[spec(i, sizeName(role))]; given {
			for _, disk := range row.Disks {
				if disk.Type == string(role) {
					is = gib(disk.Size)
				}
			}
			return is, gib(size), larger
		}
	}
	return identifier(row.DesktopType), was.ProductID, p["DesktopType"]
}

func gib(size *int) string {
	if size == nil {
		return ""
	}
	return number(*size)
}

// clockTolerance is how far the cloud's clock may have drifted since it was last compared.
const clockTolerance = 2 * time.Minute

// reset tells whether desktops show a ResetDesktops. Of those that had the image
// before, only the time of their last reset tells; its zone is not documented, so that it must
// also differ from what it was.
func (r *orderer) reset(ctx context.Context, image string, were map[string]before, now found, at time.Time, e *pool.Evidence) error {
	groups := map[string][]string{}
	for id, was := range were {
		if row := now.rows[id]; row != nil && row.Status != "Rebuilding" && was.ImageID == image {
			groups[was.PoolID] = append(groups[was.PoolID], id)
		}
	}
	times, parts, err := r.resetTimes(ctx, lookOp, groups)
	if err != nil {
		return err
	}
	e.Parts = append(e.Parts, parts...)
	earliest := r.ecd.clock(at).Add(now.ahead - clockTolerance)
	var seen signs
	for id, was := range were {
		row := now.rows[id]
		last, told := times[id]
		switch {
		case row == nil, row.Status == statusDeleted:
			seen.unclear++
		case row.Status == "Rebuilding":
			seen.shown++
		case was.ImageID == image:
			later := last.After(was.ResetAt) && !last.Before(earliest)
			seen.note(told && later, told && !later)
		default:
			is := identifier(row.ImageID)
			seen.note(is == image && was.ImageID != "", is == was.ImageID && is != "")
		}
	}
	e.Changed, e.Partly = seen.changed()
	return nil
}
