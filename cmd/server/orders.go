package main

import (
	"context"
	"sync"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/ledger"
	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// office is the desk that takes orders, with its ledger. It outlives reloads.
type office struct {
	desk   *orders.Desk
	ledger *ledger.Ledger // nil: orders are off
	start  func()         // begins to look up what was left behind, when there are sources
	stop   func()         // ends that
}

// openOffice opens the ledger of cfg, if there is one. A ledger that cannot be
// used now is no error.
func openOffice(cfg *config.Config, s seams, log zerolog.Logger) (*office, error) {
	o := &office{}
	options := orders.Options{Timeout: cfg.Limits.OrderTimeout, Log: log, Pace: s.pace}
	if cfg.Ledger != nil {
		var err error
		if o.ledger, err = ledger.Open(ledger.Options{URL: cfg.Ledger.URL, Password: cfg.Ledger.Password, Log: log}); err != nil {
			return nil, err
		}
		options.Ledger, options.Sole = s.ledger(o.ledger), o.ledger.Sole()
	}
	o.desk = orders.New(options)
	ctx, cancel := context.WithCancel(context.Background())
	var looking sync.WaitGroup
	o.stop = func() { cancel(); looking.Wait() }
	o.start = sync.OnceFunc(func() { looking.Go(func() { o.desk.Run(ctx) }) })
	return o, nil
}

// close waits for the orders that are being placed, as long as ctx says, and
// lets go of the ledger.
func (o *office) close(ctx context.Context) error {
	o.desk.Drain(ctx)
	o.stop()
	if o.ledger == nil {
		return nil
	}
	return o.ledger.Close()
}

// detail says for /readyz how the ledger is.
func (o *office) detail(ctx context.Context) map[string]string {
	if o.ledger == nil {
		return map[string]string{"ledger": "none: orders are off"}
	}
	if err := o.ledger.Health(ctx); err != nil {
		return map[string]string{"ledger": "unavailable: " + pool.AsError(err).Detail}
	}
	return map[string]string{"ledger": "ok"}
}
