package main

import (
	"context"
	"net"

	"github.com/deskpool/deskpool/internal/orders"
)

// seams are where a build with the tag crashtest puts itself between the
// rooms, to end the process at a given step.
type seams struct {
	ledger func(orders.Ledger) orders.Ledger
	dial   func(ctx context.Context, network, addr string) (net.Conn, error) // nil: the default
	pace   orders.Pace                                                       // zero: the defaults
}

func noSeams() seams {
	return seams{ledger: func(l orders.Ledger) orders.Ledger { return l }}
}
