package oracle_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba"
	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const alibabaRegion = "cn-hangzhou"

// The SDK's names of its signatures: version 3, which it takes unless told otherwise, and version 1.
const (
	signatureV3 = ""
	signatureV1 = "v2" // by which the SDK means the one before its third
)

func alibabaKey() alibabasim.Key {
	return alibabasim.Key{ID: "ORACLEALIBABAKEY0001", Secret: "oracle-alibaba-secret"}
}

func alibabaTemporaryKey() alibabasim.Key {
	return alibabasim.Key{ID: "STS.ORACLEALIBABAKEY", Secret: "oracle-temporary", SecurityToken: "CAIS-oracle+/token=="}
}

// startAlibaba starts a simulated ECD and returns its address.
func startAlibaba(t *testing.T, c alibabasim.Config) string {
	t.Helper()
	if c.Keys == nil {
		c.Keys = []alibabasim.Key{alibabaKey(), alibabaTemporaryKey()}
	}
	if c.World == nil {
		c.World = alibabasim.NewWorld(1, alibabasim.WorldOptions{Region: alibabaRegion})
	}
	server := httptest.NewServer(alibabasim.New(c))
	t.Cleanup(server.Close)
	return server.URL
}

// alibabaClient calls operations through the vendor's client.
type alibabaClient struct {
	host, signature string
	key             alibabasim.Key
	http            *http.Client
}

func newAlibabaClient(t *testing.T, address, signature string, key alibabasim.Key) *alibabaClient {
	t.Helper()
	wire := &http.Transport{}
	t.Cleanup(wire.CloseIdleConnections)
	return &alibabaClient{strings.TrimPrefix(address, "http://"), signature, key, &http.Client{Transport: wire}}
}

// Call has the vendor's client send its requests our way: without a proxy of the environment.
func (c *alibabaClient) Call(r *http.Request, _ *http.Transport) (*http.Response, error) {
	return c.http.Do(r)
}

// call calls an operation with parameters of which a list is a slice. Each has a
// client of its own, which the vendor's is only good for.
func (c *alibabaClient) call(action string, params map[string]any) (map[string]any, error) {
	config := &openapiutil.Config{
		AccessKeyId: &c.key.ID, AccessKeySecret: &c.key.Secret, SecurityToken: &c.key.SecurityToken,
		Endpoint: &c.host, Protocol: dara.String("HTTP"), RegionId: dara.String(alibabaRegion), HttpClient: c,
	}
	if c.signature != signatureV3 {
		config.SignatureAlgorithm = &c.signature
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	client.DisableSDKError = dara.Bool(true) // it hides what it wraps
	query := openapiutil.Query(params)
	if query["RegionId"] == nil {
		query["RegionId"] = dara.String(alibabaRegion)
	}
	answer, err := client.CallApi(&openapiutil.Params{
		Action: &action, Version: dara.String("2020-09-30"), Protocol: dara.String("HTTP"), Method: dara.String("POST"), Pathname: dara.String("/"),
		AuthType: dara.String("AK"), Style: dara.String("RPC"), ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
	}, &openapiutil.OpenApiRequest{Query: query}, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	body, _ := answer["body"].(map[string]any)
	return body, nil
}

// read is call for what has to succeed.
func (c *alibabaClient) read(t *testing.T, action string, params map[string]any) map[string]any {
	t.Helper()
	body, err := c.call(action, params)
	if err != nil {
		t.Fatalf("%s: %v", action, err)
	}
	if id, _ := body["RequestId"].(string); id == "" {
		t.Fatalf("%s answered %v, without a RequestId", action, body)
	}
	return body
}

// pages reads every page of an operation and returns the answers.
func (c *alibabaClient) pages(t *testing.T, action string, size int, params map[string]any) []map[string]any {
	t.Helper()
	var all []map[string]any
	asked := map[string]any{"MaxResults": size}
	for name, value := range params {
		asked[name] = value
	}
	for {
		page := c.read(t, action, asked)
		all = append(all, page)
		next, _ := page["NextToken"].(string)
		if next == "" {
			return all
		}
		if next == asked["NextToken"] || len(all) > 1000 {
			t.Fatalf("%s does not end", action)
		}
		asked["NextToken"] = next
	}
}

// rows is one array of some answers.
func rows(pages []map[string]any, name string) []map[string]any {
	all := []map[string]any{}
	for _, page := range pages {
		list, _ := page[name].([]any)
		for _, element := range list {
			row, _ := element.(map[string]any)
			all = append(all, row)
		}
	}
	return all
}

// alibabaSource is our adapter, of the same account.
func alibabaSource(t *testing.T, address string, key alibabasim.Key) pool.Source {
	t.Helper()
	client := transport.New(transport.Options{})
	t.Cleanup(client.CloseIdleConnections)
	source, err := alibaba.New(alibaba.Config{
		ID: "ali", Region: alibabaRegion, Endpoint: address, Credentials: alibaba.Credentials{
			AccessKey: pool.NewSecret(key.ID), SecretKey: pool.NewSecret(key.Secret), SecurityToken: pool.NewSecret(key.SecurityToken),
		},
	}, client)
	if err != nil {
		t.Fatal(err)
	}
	return source
}
