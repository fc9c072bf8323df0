// Package alibaba reads desktop groups of Alibaba Cloud Elastic Desktop Service
// (ECD, API version 2020-09-30) as pools, and orders changes to their desktops.
package alibaba

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// Config is one account and region.
type Config struct {
	ID     string // of the source
	Region string // as in cn-hangzhou
	// Endpoint is where ECD is; empty: https://ecd.<region>.aliyuncs.com.
	Endpoint string
	// BillingEndpoint is where the books of the account are (BssOpenApi). Empty:
	// that of the site in whose regions Region is, which need not be the account's:
	// https://business.aliyuncs.com for China, else https://business.ap-southeast-1.aliyuncs.com.
	BillingEndpoint string
	Credentials     Credentials
	Now             func() time.Time // nil: time.Now
}

// Credentials are an access key; of STS, if SecurityToken is set.
type Credentials struct{ AccessKey, SecretKey, SecurityToken pool.Secret }

var region = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// New returns the source of one account and region. It asks nothing of the
// cloud; errors are Invalid.
func New(c Config, client *transport.Client) (pool.Source, error) {
	endpoint, billing, err := c.endpoints()
	if err != nil {
		return pool.Source{}, &pool.Error{Kind: pool.Invalid, Source: c.ID, Op: "configure the source", Err: err}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	drift := new(pool.Drift)
	product := func(endpoint url.URL, version, region string) *rpcClient {
		return &rpcClient{
			source: c.ID, region: region, version: version, endpoint: endpoint,
			credentials: func() Credentials { return c.Credentials },
			http:        client, now: c.Now, drift: drift,
		}
	}
	r := &reader{ecd: product(endpoint, ecdVersion, c.Region), words: words{drift}}
	return pool.Source{
		ID:             c.ID,
		Cloud:          pool.Alibaba,
		Region:         c.Region,
		Reader:         r,
		Catalogue:      &catalogue{r},
		Ordering:       ordering(&orderer{reader: r, bss: product(billing, bssVersion, "")}),
		NotReported:    notReported(),
		Personal:       personal,
		DesktopFilters: pool.DesktopFilters{BillingMode: true},
		Drift:          drift,
	}, nil
}

// endpoints checks c and returns the addresses of ECD and BssOpenApi.
func (c Config) endpoints() (ecd, bss url.URL, err error) {
	switch {
	case !pool.ValidSourceID(c.ID):
		err = errors.New("the id cannot name a source")
	case !region.MatchString(c.Region):
		err = errors.New("the region is missing or malformed")
	case !c.Credentials.AccessKey.Given() || !c.Credentials.SecretKey.Given():
		err = errors.New("the access key or the secret key is missing")
	}
	if err != nil {
		return ecd, bss, err
	}
	billing := "business.ap-southeast-1.aliyuncs.com"
	if strings.HasPrefix(c.Region, "cn-") {
		billing = "business.aliyuncs.com"
	}
	if ecd, err = address("endpoint", c.Endpoint, "ecd."+c.Region+".aliyuncs.com"); err == nil {
		bss, err = address("billing endpoint", c.BillingEndpoint, billing)
	}
	return ecd, bss, err
}

// address reads the configured address of an API; empty: https at host.
func address(name, configured, host string) (url.URL, error) {
	if configured == "" {
		return url.URL{Scheme: "https", Host: host, Path: "/"}, nil
	}
	u, err := url.Parse(configured)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return url.URL{}, fmt.Errorf("the %s is not of the form https://host[:port]", name)
	}
	return url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, nil
}

// reader implements pool.Reader.
type reader struct {
	ecd   *rpcClient
	words words
}

// personal tells whether a JSON key of ECD holds data about a user: EndUserId,
// EndUserNames, EndUserEmail, EndUserPhone, ExternalUserName and their like.
// Creator is the number of an account.
func personal(key string) bool {
	key = strings.ToLower(key)
	if strings.Contains(key, "email") || strings.Contains(key, "phone") || strings.Contains(key, "username") {
		return true
	}
	_, of, found := strings.Cut(key, "enduser")
	return found && (strings.Contains(of, "id") || strings.Contains(of, "name"))
}

// notReported lists what no read operation of ECD gives.
func notReported() []string {
	return []string{
		"pool.conditions", "pool.counts.assigned", "pool.counts.connected", "pool.counts.prepaid", "pool.counts.postpaid",
		"pool.availability_zone", "pool.product.flavor_id", "pool.product.description", "pool.product.family",
		"pool.product.architecture", "pool.product.billing_mode", "pool.product.sale_status",
		"pool.image.name", "pool.image.os_version", "pool.image.os_platform", "pool.image.product_code",
		"pool.disks.spec_code", "pool.security_groups", "pool.autoscale.step", "pool.in_maintenance",
		"pool.enterprise_project_id", "pool.name_policy_id",
		"desktop.assignments.type", "desktop.image.os_version", "desktop.image.product_code",
		"desktop.product.flavor_id", "desktop.product.description", "desktop.product.family",
		"desktop.product.architecture", "desktop.product.billing_mode", "desktop.product.sale_status",
		"desktop.disks.spec_code", "desktop.in_maintenance", "desktop.availability_zone",
	}
}
