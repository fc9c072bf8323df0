// Package providers is the table of clouds.
package providers

import (
	"fmt"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba"
	"github.com/deskpool/deskpool/internal/providers/huawei"
	"github.com/deskpool/deskpool/internal/providers/memory"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// cloud is one line of the table: its word in the configuration, its name in
// the API, and how a source of it is opened.
type cloud struct {
	word string
	name pool.Cloud
	open func(config.Source, *transport.Client) (pool.Source, error)
}

// clouds is the table. A new cloud is its folder and its line here.
var clouds = []cloud{
	{"huawei", pool.Huawei, openHuawei},
	{"alibaba", pool.Alibaba, openAlibaba},
	{"memory", pool.Memory, openMemory},
}

// Words lists the words that sources[].cloud may be.
func Words() []string {
	words := make([]string, len(clouds))
	for i, c := range clouds {
		words[i] = c.word
	}
	return words
}

// Names lists the clouds as the API names them.
func Names() []pool.Cloud {
	names := make([]pool.Cloud, len(clouds))
	for i, c := range clouds {
		names[i] = c.name
	}
	return names
}

// Open opens every source, with a Guard around each. They share client.
func Open(settings []config.Source, client *transport.Client) ([]pool.Source, error) {
	sources := make([]pool.Source, 0, len(settings))
	for _, s := range settings {
		src, err := open(s, client)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.ID, err)
		}
		sources = append(sources, pool.Guard(src))
	}
	return sources, nil
}

func open(s config.Source, client *transport.Client) (pool.Source, error) {
	for _, c := range clouds {
		if c.word == s.Cloud {
			return c.open(s, client)
		}
	}
	return pool.Source{}, fmt.Errorf("cloud %q is not in the table", s.Cloud)
}

func openHuawei(s config.Source, client *transport.Client) (pool.Source, error) {
	return huawei.New(huawei.Config{
		ID: s.ID, Region: s.Region, ProjectID: s.ProjectID, DomainID: s.DomainID,
		Endpoint: s.Endpoint, IAMEndpoint: s.IAMEndpoint, BillingEndpoint: s.BillingEndpoint,
		Credentials: huawei.Credentials{
			AccessKey: s.Credentials.AccessKey, SecretKey: s.Credentials.SecretKey,
			SecurityToken: s.Credentials.SecurityToken,
			Username:      s.Credentials.Username.Reveal(), Password: s.Credentials.Password,
			DomainName: s.Credentials.DomainName,
		},
	}, client)
}

func openAlibaba(s config.Source, client *transport.Client) (pool.Source, error) {
	return alibaba.New(alibaba.Config{
		ID: s.ID, Region: s.Region, Endpoint: s.Endpoint, BillingEndpoint: s.BillingEndpoint,
		Credentials: alibaba.Credentials{
			AccessKey: s.Credentials.AccessKey, SecretKey: s.Credentials.SecretKey,
			SecurityToken: s.Credentials.SecurityToken,
		},
	}, client)
}

// openMemory opens a cloud in memory, with a small world that its id chooses.
func openMemory(s config.Source, _ *transport.Client) (pool.Source, error) {
	var seed uint64
	for _, b := range []byte(s.ID) {
		seed = seed*31 + uint64(b)
	}
	return memory.New(memory.Config{ID: s.ID, Region: s.Region, Pools: memory.World(seed)})
}
