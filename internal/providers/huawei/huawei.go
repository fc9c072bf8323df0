// Package huawei reads desktop pools of Huawei Cloud Workspace and orders changes to them.
// It is written against the API reference of Workspace, version 2.
package huawei

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// Config is one account, project and region of Huawei Cloud.
type Config struct {
	ID        string // the source's id
	Region    string // as in cn-north-4
	ProjectID string
	DomainID  string // the account's id, which only billing asks for; empty: IAM is asked for it
	// Endpoint of Workspace; empty: https://workspace.{Region}.myhuaweicloud.com.
	Endpoint string
	// IAMEndpoint is asked for tokens; empty: https://iam.{Region}.myhuaweicloud.com.
	IAMEndpoint string
	// BillingEndpoint is asked for orders; empty: that of the site, which the region tells.
	BillingEndpoint string
	Credentials     Credentials
	Now             func() time.Time // nil: time.Now
}

// Credentials are either AccessKey and SecretKey, with SecurityToken if they
// are temporary, or Username, Password and DomainName, for which IAM gives a token.
type Credentials struct {
	AccessKey, SecretKey, SecurityToken pool.Secret
	Username, DomainName                string
	Password                            pool.Secret
}

// New returns the source of c. It asks nothing of the cloud. The error names
// everything that is missing or wrong in c, and holds no secret.
func New(c Config, client *transport.Client) (pool.Source, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return pool.Source{}, fmt.Errorf("source %q: %w", c.ID, err)
	}
	workspace, billing := newServices(c, client)
	r := &reader{c: workspace, drift: &pool.Drift{}, now: c.Now}
	return pool.Source{
		ID:             c.ID,
		Cloud:          pool.Huawei,
		Region:         c.Region,
		Reader:         r,
		Catalogue:      &catalogue{r},
		Ordering:       &pool.Ordering{Orderer: &orderer{r: r, billing: billing}, Types: orderTypes()},
		NotReported:    notReported(),
		Personal:       personal,
		DesktopFilters: pool.DesktopFilters{BillingMode: true, User: true, PowerState: true},
		Drift:          r.drift,
	}, nil
}

func (c Config) withDefaults() Config {
	if c.Endpoint == "" {
		c.Endpoint = "https://workspace." + c.Region + ".myhuaweicloud.com"
	}
	if c.IAMEndpoint == "" {
		c.IAMEndpoint = "https://iam." + c.Region + ".myhuaweicloud.com"
	}
	if c.BillingEndpoint == "" {
		c.BillingEndpoint = billingEndpoint(c.Region)
	}
	c.Endpoint = strings.TrimRight(c.Endpoint, "/")
	c.IAMEndpoint = strings.TrimRight(c.IAMEndpoint, "/")
	c.BillingEndpoint = strings.TrimRight(c.BillingEndpoint, "/")
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// billingEndpoint is that of the site of China, or of the international one,
// to which all regions outside of China belong.
func billingEndpoint(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "https://bss.myhuaweicloud.com"
	}
	return "https://bss-intl.myhuaweicloud.com"
}

var (
	regionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	projectID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

func (c Config) check() error {
	var faults []error
	if !pool.ValidSourceID(c.ID) {
		faults = append(faults, errors.New("id is missing or malformed"))
	}
	if !regionName.MatchString(c.Region) {
		faults = append(faults, errors.New("region is missing or malformed"))
	}
	if !projectID.MatchString(c.ProjectID) {
		faults = append(faults, errors.New("project_id is missing or malformed"))
	}
	if !isEndpoint(c.Endpoint) {
		faults = append(faults, errors.New("endpoint is not an http or https URL, or holds more than host and path"))
	}
	if !isEndpoint(c.IAMEndpoint) {
		faults = append(faults, errors.New("iam_endpoint is not an http or https URL, or holds more than host and path"))
	}
	if !isEndpoint(c.BillingEndpoint) {
		faults = append(faults, errors.New("billing_endpoint is not an http or https URL, or holds more than host and path"))
	}
	if c.DomainID != "" && !projectID.MatchString(c.DomainID) {
		faults = append(faults, errors.New("domain_id is malformed"))
	}
	return errors.Join(append(faults, c.Credentials.check())...)
}

func isEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (c Credentials) check() error {
	keys := c.AccessKey.Given() || c.SecretKey.Given() || c.SecurityToken.Given()
	user := c.Username != "" || c.Password.Given() || c.DomainName != ""
	switch {
	case keys == user:
		return errors.New("credentials are either access_key and secret_key, or username, password and domain_name")
	case keys && (!c.AccessKey.Given() || !c.SecretKey.Given()):
		return errors.New("credentials lack access_key or secret_key")
	case user && (c.Username == "" || !c.Password.Given() || c.DomainName == ""):
		return errors.New("credentials lack username, password or domain_name")
	}
	return nil
}

// notReported lists what no answer of Workspace says.
func notReported() []string {
	return []string{
		"pool.autoscale.max",
		"pool.counts.connected",
		"pool.counts.prepaid",
		"pool.counts.running",
		"pool.counts.stopped",
		"pool.expires_at",
		"pool.product.gpu.count",
		"desktop.active_users",
		"desktop.agent_version",
		"desktop.expires_at",
		"desktop.gpu_driver_version",
		"desktop.image.os_platform",
		"desktop.product.gpu.count",
		"desktop.protocol",
		"desktop.released_at",
		"desktop.reset_at",
		"desktop.retained_s",
	}
}

// personal tells whether a key of Workspace's holds who uses a desktop:
// user_name, user_id, user_names, user_list, user_group_list (groups stand
// among the assignments), and whatever else looks like it.
func personal(key string) bool {
	key = strings.ToLower(key)
	if slices.Contains([]string{"user_list", "user_group_list", "attach_user"}, key) {
		return true
	}
	if strings.Contains(key, "email") || strings.Contains(key, "phone") {
		return true
	}
	return strings.Contains(key, "user") && (strings.Contains(key, "name") || strings.Contains(key, "id"))
}
