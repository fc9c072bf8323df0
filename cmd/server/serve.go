package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/handlers"
)

// service is what serve needs besides the configuration.
type service struct {
	stderr io.Writer
	ready  func(public, admin string)
	faults http.Handler // the sandbox's knobs; nil outside it
	seams  seams
	// reload reads the configuration anew, on SIGHUP; nil: there is no file to read.
	reload func() (*config.Config, []config.Fault)
}

// drainTime is how long requests under way may take after a signal to end,
// besides the time that an order may take.
const drainTime = 10 * time.Second

// serve serves cfg until ctx ends, then finishes what is under way.
func serve(ctx context.Context, cfg *config.Config, s service) int {
	log, err := newLog(cfg.Log, s.stderr)
	if err != nil {
		_, _ = fmt.Fprintln(s.stderr, err)
		return exitFailed
	}
	if err := s.run(ctx, cfg, log); err != nil {
		log.Error().Err(err).Msg("deskpool ends with an error")
		return exitFailed
	}
	log.Info().Msg("deskpool ends")
	return exitOK
}

func (s service) run(ctx context.Context, cfg *config.Config, log zerolog.Logger) (err error) {
	public, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return err
	}
	admin, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.AdminListen)
	if err != nil {
		return errors.Join(err, public.Close())
	}
	store, err := openStore(cfg.Cache, log)
	if err != nil {
		return errors.Join(err, public.Close(), admin.Close())
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	office, err := openOffice(cfg, s.seams, log)
	if err != nil {
		return errors.Join(err, public.Close(), admin.Close())
	}
	patience := drainTime + cfg.Limits.OrderTimeout
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = errors.Join(err, office.close(ctx))
	}()
	var draining atomic.Bool
	b := builder{store: store, desk: office.desk, detail: office.detail, dial: s.seams.dial, log: log, draining: draining.Load, address: public.Addr().String()}
	first, err := b.handler(cfg)
	if err != nil {
		return errors.Join(err, public.Close(), admin.Close())
	}
	office.start()
	api := &swap{}
	api.set(first)
	knobs := handlers.Admin(handlers.AdminOptions{
		Draining: draining.Load, Profiles: config.LoopbackAddress(cfg.AdminListen), Faults: s.faults,
		Detail: office.detail,
	})
	servers := []*http.Server{newServer(api, log), newServer(knobs, log)}
	ended := make(chan error, len(servers))
	go func() { ended <- servers[0].Serve(public) }()
	go func() { ended <- servers[1].Serve(admin) }()
	log.Info().Str("listen", public.Addr().String()).Str("admin_listen", admin.Addr().String()).
		Int("sources", len(cfg.Sources)).Str("version", version).Msg("deskpool listens")
	s.ready(public.Addr().String(), admin.Addr().String())

	hangup := make(chan os.Signal, 1)
	if s.reload != nil {
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
	}
	for {
		select {
		case <-hangup:
			s.reloaded(api, b, cfg, log)
		case err := <-ended: // a listener broke
			return errors.Join(err, servers[0].Close(), servers[1].Close())
		case <-ctx.Done():
			draining.Store(true)
			return drain(servers, patience)
		}
	}
}

// reloaded swaps in a new configuration as a whole, or keeps the old one on any fault.
func (s service) reloaded(api *swap, b builder, old *config.Config, log zerolog.Logger) {
	cfg, faults := s.reload()
	for _, f := range faults {
		log.Error().Str("fault", f.String()).Msg("the new configuration is not taken")
	}
	if len(faults) > 0 {
		return
	}
	// The listener stays, wherever the new file would have put it.
	if cfg.Auth.Mode == config.ModeNone && !config.LoopbackAddress(b.address) {
		log.Error().Str("fault", "auth.mode: none is only for a listener on loopback, and "+b.address+" is none until a restart").
			Msg("the new configuration is not taken")
		return
	}
	if needsRestart(old, cfg) {
		log.Warn().Msg("listeners, the size of the cache, Redis, the ledger, the time-out of orders and the log change only with a restart")
	}
	next, err := b.handler(cfg)
	if err != nil {
		log.Error().Err(err).Msg("the new configuration is not taken")
		return
	}
	api.set(next)
	log.Info().Int("sources", len(cfg.Sources)).Msg("the new configuration is taken")
}

// needsRestart tells whether something differs that a reload leaves as it is.
func needsRestart(old, cfg *config.Config) bool {
	return cfg.Listen != old.Listen || cfg.AdminListen != old.AdminListen || cfg.Log != old.Log ||
		cfg.Cache.MemoryMiB != old.Cache.MemoryMiB || !reflect.DeepEqual(cfg.Cache.Redis, old.Cache.Redis) ||
		!reflect.DeepEqual(cfg.Ledger, old.Ledger) || cfg.Limits.OrderTimeout != old.Limits.OrderTimeout
}

// drain lets requests under way finish, for a time. What is not finished then
// is cut: that is no failure of ours.
func drain(servers []*http.Server, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		err := srv.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = srv.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// newServer bounds what a client may take: headers of 32 KiB within 5 s, and a
// minute and a half for an answer, which streams extend for themselves.
func newServer(h http.Handler, log zerolog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ErrorLog:          stdlog.New(log, "", 0),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
}

// swap is a handler that can be exchanged while it serves.
type swap struct{ now atomic.Pointer[http.Handler] }

func (s *swap) set(h http.Handler) { s.now.Store(&h) }

func (s *swap) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*s.now.Load()).ServeHTTP(w, r) }

func newLog(l config.Log, stderr io.Writer) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(l.Level)
	if err != nil {
		return zerolog.Nop(), err
	}
	out := stderr
	if l.Format == "console" {
		out = zerolog.ConsoleWriter{Out: stderr, TimeFormat: time.RFC3339}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger(), nil
}
