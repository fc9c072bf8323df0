// Package sandbox runs both simulated clouds on loopback, over a seeded
// world, so that the gateway can be tried without an account. The adapters
// talk to them as to the real ones: over HTTP, with signatures.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/fault"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// Sandbox is four simulated accounts, each on its own port.
type Sandbox struct {
	Sources []config.Source
	Faults  *fault.Set
	servers []*http.Server
	done    chan error
	folder  string // of the ledger
}

// The accounts. Their keys open nothing but the simulated clouds.
const (
	project   = "0bec5db98280d2d02fd6c00c2de791ce"
	domain    = "d78cbac186b744899480f25bd022f468"
	hwAccess  = "SANDBOXHUAWEIACCESS01"
	hwSecret  = "sandbox-huawei-secret-key-0000000000001"
	hwUser    = "sandbox-user"
	hwPass    = "sandbox-password"
	hwAccount = "sandbox-account"
	aliAccess = "SANDBOXALIBABAKEY0001"
	aliSecret = "sandbox-alibaba-secret-key-000000001"
	stsAccess = "STS.SANDBOXALIBABAKEY"
	stsToken  = "sandbox-alibaba-security-token-000001"
)

// Start starts the simulated clouds on free ports of 127.0.0.1. The same seed
// makes the same world. Close ends them.
func Start(seed uint64) (*Sandbox, error) {
	folder, err := os.MkdirTemp("", "deskpool-sandbox-")
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Sandbox{Faults: &fault.Set{}, done: make(chan error, 4), folder: folder}
	accounts := []account{
		s.huaweiByKey(seed), s.huaweiByToken(seed + 1), s.alibabaByKey(seed + 2), s.alibabaByToken(seed + 3),
	}
	for _, a := range accounts {
		address, err := s.serve(a.cloud)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		a.source.Endpoint = "http://" + address
		a.source.BillingEndpoint = a.source.Endpoint
		if a.source.Cloud == "huawei" {
			a.source.IAMEndpoint = a.source.Endpoint
		}
		s.Sources = append(s.Sources, a.source)
	}
	return s, nil
}

// account is what the gateway is told of a simulated account, and what answers for it.
type account struct {
	source config.Source
	cloud  http.Handler
}

func (s *Sandbox) huaweiByKey(seed uint64) account {
	src := config.Source{ID: "hw-bj4", Cloud: "huawei", Region: "cn-north-4", ProjectID: project, DomainID: domain}
	src.Credentials = config.Credentials{AccessKey: pool.NewSecret(hwAccess), SecretKey: pool.NewSecret(hwSecret)}
	return account{src, huaweisim.New(huaweisim.Config{
		Source: src.ID, Region: src.Region, ProjectID: src.ProjectID, DomainID: src.DomainID, Faults: s.Faults,
		Keys:  []huaweisim.Key{{Access: hwAccess, Secret: hwSecret}},
		World: huaweisim.NewWorld(seed, huaweisim.WorldOptions{Region: src.Region, Pools: 12, Desktops: 1800}),
	})}
}

func (s *Sandbox) huaweiByToken(seed uint64) account {
	src := config.Source{ID: "hw-sgp", Cloud: "huawei", Region: "ap-southeast-3", ProjectID: project, DomainID: domain}
	src.Credentials = config.Credentials{Username: pool.NewSecret(hwUser), Password: pool.NewSecret(hwPass), DomainName: hwAccount}
	return account{src, huaweisim.New(huaweisim.Config{
		Source: src.ID, Region: src.Region, ProjectID: src.ProjectID, DomainID: src.DomainID, Faults: s.Faults,
		Users: []huaweisim.User{{Name: hwUser, Password: hwPass, Domain: hwAccount}},
		World: huaweisim.NewWorld(seed, huaweisim.WorldOptions{Region: src.Region, Pools: 8, Desktops: 900}),
	})}
}

func (s *Sandbox) alibabaByKey(seed uint64) account {
	src := config.Source{ID: "ali-hz", Cloud: "alibaba", Region: "cn-hangzhou"}
	src.Credentials = config.Credentials{AccessKey: pool.NewSecret(aliAccess), SecretKey: pool.NewSecret(aliSecret)}
	return account{src, alibabasim.New(alibabasim.Config{
		Source: src.ID, Region: src.Region, Faults: s.Faults,
		Keys:  []alibabasim.Key{{ID: aliAccess, Secret: aliSecret}},
		World: alibabasim.NewWorld(seed, alibabasim.WorldOptions{Region: src.Region, Groups: 12, Desktops: 1500}),
	})}
}

func (s *Sandbox) alibabaByToken(seed uint64) account {
	src := config.Source{ID: "ali-sgp", Cloud: "alibaba", Region: "ap-southeast-1"}
	src.Credentials = config.Credentials{AccessKey: pool.NewSecret(stsAccess), SecretKey: pool.NewSecret(aliSecret), SecurityToken: pool.NewSecret(stsToken)}
	return account{src, alibabasim.New(alibabasim.Config{
		Source: src.ID, Region: src.Region, Faults: s.Faults, EmptyLastToken: true,
		Keys:  []alibabasim.Key{{ID: stsAccess, Secret: aliSecret, SecurityToken: stsToken}},
		World: alibabasim.NewWorld(seed, alibabasim.WorldOptions{Region: src.Region, Groups: 8, Desktops: 600}),
	})}
}

// serve gives a simulated cloud a port of its own and returns its address.
func (s *Sandbox) serve(cloud http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("sandbox: %w", err)
	}
	srv := &http.Server{Handler: cloud, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, srv)
	go func() { s.done <- srv.Serve(l) }()
	return l.Addr().String(), nil
}

// Close ends the simulated clouds at once, lets go of requests that hang, and
// throws the ledger away.
func (s *Sandbox) Close() error {
	s.Faults.Clear()
	var errs []error
	for _, srv := range s.servers {
		errs = append(errs, srv.Close())
	}
	for range s.servers {
		if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	s.servers = nil
	return errors.Join(append(errs, os.RemoveAll(s.folder))...)
}

// Config is the configuration under which the gateway reads the sandbox: no
// keys are asked, so it may only listen on loopback. Orders are kept in a
// temporary folder.
func (s *Sandbox) Config() *config.Config {
	c := config.Default()
	c.Auth.Mode = config.ModeNone
	c.AllowInsecureEndpoints = true
	c.Sources = s.Sources
	c.Ledger = &config.Ledger{URL: "file:" + filepath.Join(s.folder, "orders.db")}
	return c
}

// Names of the pools that Hints points at.
var (
	seedPool  = pool.ID{Source: "hw-bj4", Native: "1ad74b36-0de7-45fe-aed3-6cb047d69e99"}
	brokenOne = "ali-sgp"
	// prepaidPool is one for which orders can be placed.
	prepaidPool = pool.ID{Source: "hw-bj4", Native: "b046ac8e-0994-4c09-a8a8-bd989d218120"}
)
