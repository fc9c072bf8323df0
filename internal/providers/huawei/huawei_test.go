package huawei

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

func TestNew(t *testing.T) {
	src, err := New(Config{
		ID: "hw-bj4", Region: "cn-north-4", ProjectID: testProject,
		Credentials: Credentials{AccessKey: pool.NewSecret("a"), SecretKey: pool.NewSecret("s")},
	}, transport.New(transport.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if src.ID != "hw-bj4" || src.Cloud != pool.Huawei || src.Region != "cn-north-4" || src.Reader == nil || src.Live != nil || src.Health != nil || src.Drift == nil {
		t.Errorf("source %+v", src)
	}
	if want := (pool.DesktopFilters{BillingMode: true, User: true, PowerState: true}); src.DesktopFilters != want {
		t.Errorf("filters %+v, want %+v", src.DesktopFilters, want)
	}
	if !slices.Contains(src.NotReported, "pool.counts.connected") || slices.Contains(src.NotReported, "pool.security_groups") {
		t.Errorf("not reported: %q", src.NotReported)
	}
}

func TestDefaultEndpoints(t *testing.T) {
	c := Config{Region: "cn-north-4"}.withDefaults()
	if c.Endpoint != "https://workspace.cn-north-4.myhuaweicloud.com" || c.IAMEndpoint != "https://iam.cn-north-4.myhuaweicloud.com" {
		t.Errorf("endpoints %s and %s", c.Endpoint, c.IAMEndpoint)
	}
	c = Config{Region: "cn-north-4", Endpoint: "http://127.0.0.1:1/", IAMEndpoint: "http://127.0.0.1:2//"}.withDefaults()
	if c.Endpoint != "http://127.0.0.1:1" || c.IAMEndpoint != "http://127.0.0.1:2" {
		t.Errorf("endpoints %s and %s", c.Endpoint, c.IAMEndpoint)
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   []string // the lines of the error
	}{
		{"no id", func(c *Config) { c.ID = "" }, []string{`source "": id is missing or malformed`}},
		{"an id that cannot be one", func(c *Config) { c.ID = "HW" }, []string{`source "HW": id is missing or malformed`}},
		{"no region", func(c *Config) { c.Region = "" }, []string{`source "hw": region is missing or malformed`}},
		{"a region that would lead elsewhere", func(c *Config) { c.Region = "evil.test/" }, []string{`source "hw": region is missing or malformed`}},
		{"no project", func(c *Config) { c.ProjectID = "" }, []string{`source "hw": project_id is missing or malformed`}},
		{"a project that would lead elsewhere", func(c *Config) { c.ProjectID = "../x" }, []string{`source "hw": project_id is missing or malformed`}},
		{"another scheme", func(c *Config) { c.Endpoint = "ftp://host" }, []string{`source "hw": endpoint is not an http or https URL, or holds more than host and path`}},
		{"a password in the URL", func(c *Config) { c.IAMEndpoint = "https://u:p@host" }, []string{`source "hw": iam_endpoint is not an http or https URL, or holds more than host and path`}},
		{"a query in the URL", func(c *Config) { c.BillingEndpoint = "https://host?x" }, []string{`source "hw": billing_endpoint is not an http or https URL, or holds more than host and path`}},
		{"an account that would lead elsewhere", func(c *Config) { c.DomainID = "a/b" }, []string{`source "hw": domain_id is malformed`}},
		{"no credentials", func(c *Config) { c.Credentials = Credentials{} }, []string{`source "hw": credentials are either access_key and secret_key, or username, password and domain_name`}},
		{"both kinds", func(c *Config) { c.Credentials.Username = "u" }, []string{`source "hw": credentials are either access_key and secret_key, or username, password and domain_name`}},
		{"no secret key", func(c *Config) { c.Credentials.SecretKey = pool.NewSecret("") }, []string{`source "hw": credentials lack access_key or secret_key`}},
		{"a security token alone", func(c *Config) { c.Credentials = Credentials{SecurityToken: pool.NewSecret("t")} }, []string{`source "hw": credentials lack access_key or secret_key`}},
		{"no domain", func(c *Config) { c.Credentials = Credentials{Username: "u", Password: pool.NewSecret("p")} }, []string{`source "hw": credentials lack username, password or domain_name`}},
		{"several faults", func(c *Config) { c.ProjectID, c.Credentials.SecretKey = "", pool.NewSecret("") }, []string{`source "hw": project_id is missing or malformed`, "credentials lack access_key or secret_key"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Config{ID: "hw", Region: "cn-north-4", ProjectID: testProject, Credentials: Credentials{AccessKey: pool.NewSecret("ACCESS-1"), SecretKey: pool.NewSecret("SECRET-1")}}
			tt.change(&c)
			src, err := New(c, transport.New(transport.Options{}))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" || src.Reader != nil {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "-1") {
				t.Errorf("a secret stands in %v", err)
			}
		})
	}
}

func TestPersonal(t *testing.T) {
	for key, want := range map[string]bool{
		"user_name": true, "user_id": true, "user_names": true, "user_ids": true, "user_list": true, "user_group_list": true,
		"attach_user": true, "userName": true, "USER_NAME": true, "end_user_id": true, "user_email": true, "email": true, "phone": true, "user_phone": true,
		"user_group": false, "attach_user_infos": false, "name": false, "id": false, "computer_name": false, "desktop_id": false,
		"image_name": false, "type": false, "user_reset_policy": false, "desktop_used": false, "": false,
	} {
		if got := personal(key); got != want {
			t.Errorf("personal(%q) is %v, want %v", key, got, want)
		}
	}
}
