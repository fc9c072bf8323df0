package oracle_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	workspace "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/huawei"
	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const (
	huaweiRegion  = "cn-north-4"
	huaweiProject = "0bec5db98280d2d02fd6c00c2de791ce"
)

func huaweiKey() huaweisim.Key {
	return huaweisim.Key{Access: "ORACLEHUAWEIACCESS01", Secret: "oracle-huawei-secret"}
}

// startHuawei starts a simulated Huawei Cloud and returns its address.
func startHuawei(t *testing.T, c huaweisim.Config) string {
	t.Helper()
	c.Region, c.ProjectID, c.DomainID = huaweiRegion, huaweiProject, "d78cbac186b744899480f25bd022f468"
	if c.Keys == nil {
		c.Keys = []huaweisim.Key{huaweiKey()}
	}
	server := httptest.NewServer(huaweisim.New(c))
	t.Cleanup(server.Close)
	return server.URL
}

// huaweiClient is the vendor's client of one key, and what it has read.
type huaweiClient struct {
	*workspace.WorkspaceClient
	wire *recorder
	// unread is what its types made of an answer otherwise than the answer
	// said it, by operation and path.
	unread map[string]string
}

func newHuaweiClient(t *testing.T, address string, key huaweisim.Key, project string) *huaweiClient {
	t.Helper()
	t.Setenv("HOME", t.TempDir()) // the SDK leaves a file there
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(key.Access).WithSk(key.Secret).WithSecurityToken(key.SecurityToken).WithProjectId(project).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	wire := &recorder{base: &http.Transport{}}
	t.Cleanup(wire.base.CloseIdleConnections)
	client, err := workspace.WorkspaceClientBuilder().WithEndpoint(address).WithCredential(credentials).
		WithHttpConfig(config.DefaultHttpConfig().WithHttpRoundTripper(wire)).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	return &huaweiClient{workspace.NewWorkspaceClient(client), wire, map[string]string{}}
}

// huaweiSource is our adapter, of the same account.
func huaweiSource(t *testing.T, address string) pool.Source {
	t.Helper()
	client := transport.New(transport.Options{})
	t.Cleanup(client.CloseIdleConnections)
	source, err := huawei.New(huawei.Config{
		ID: "hw", Region: huaweiRegion, ProjectID: huaweiProject, Endpoint: address,
		Credentials: huawei.Credentials{AccessKey: pool.NewSecret(huaweiKey().Access), SecretKey: pool.NewSecret(huaweiKey().Secret)},
	}, client)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// read calls an operation of the vendor's client, and notes in c.unread what
// its types did not take over from the answer.
func read[Request, Response any](t *testing.T, c *huaweiClient, name string, operation func(*Request) (*Response, error), r Request) *Response {
	t.Helper()
	response, err := operation(&r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	again, err := json.Marshal(response)
	if err != nil {
		t.Fatal(err)
	}
	differences(c.unread, name, parseJSON(t, c.wire.body), parseJSON(t, again))
	return response
}

func (c *huaweiClient) unreadPaths() []string { return slices.Sorted(maps.Keys(c.unread)) }

// recorder passes the SDK's requests on and keeps the last answer's body.
type recorder struct {
	base *http.Transport
	body []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	response, err := r.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	r.body, response.Body = body, io.NopCloser(bytes.NewReader(body))
	return response, nil
}
