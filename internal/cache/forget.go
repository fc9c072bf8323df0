package cache

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
)

// forget drops the listing, the statistics and all desktops by id, of which it
// is not known where they are, and of these pools all there is. It ends in the
// time of one operation of the store; what that could not forget expires.
func (r *reader) forget(ctx context.Context, poolIDs []string) {
	marks := []string{sourceMark(r.prefix)}
	for _, id := range poolIDs {
		marks = append(marks, poolMark(r.prefix, id))
	}
	_ = r.store.Forget(context.WithoutCancel(ctx), marks, r.longest()) // the order is placed, whether the caller stays or not
	// Last, since a read that begins before may still take what is being
	// forgotten, and nobody who asks from now on may join it.
	r.flights.Store(&singleflight.Group{})
}

// longest is how long there can be an answer that is being asked for now.
func (r *reader) longest() time.Duration {
	ttl := max(r.ttl.Pools, r.ttl.Pool, r.ttl.Desktops, r.ttl.Statistics, missingTTL)
	return r.timeout + time.Duration(float64(ttl)*(1+spread)) + time.Second
}
