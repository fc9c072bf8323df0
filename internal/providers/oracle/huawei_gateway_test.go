package oracle_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	workspace "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2/model"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/providers/huawei/huaweisim"
)

// TestHuaweiAccepts has the simulated cloud verify what the SDK signs, whatever the parameters.
func TestHuaweiAccepts(t *testing.T) {
	temporary := huaweisim.Key{Access: "ORACLEHUAWEITEMPORARY", Secret: "oracle-temporary", SecurityToken: "ST-oracle+/token=="}
	address := startHuawei(t, huaweisim.Config{Keys: []huaweisim.Key{huaweiKey(), temporary}})
	clients := []*huaweiClient{newHuaweiClient(t, address, huaweiKey(), huaweiProject), newHuaweiClient(t, address, temporary, huaweiProject)}
	short := rapid.Map(octets(), func(s string) string { return "x" + s[:min(len(s), 250)] })
	rapid.Check(t, func(t *rapid.T) {
		client, name := clients[rapid.IntRange(0, 1).Draw(t, "client")], short.Draw(t, "name")
		pools, err := client.ListDesktopPools(&model.ListDesktopPoolsRequest{Name: &name})
		if err != nil || say(pools.TotalCount) != 0 {
			t.Fatalf("pools named %q: %v, %v", name, pools, err)
		}
		ids := rapid.SliceOfN(short, 1, 12).Draw(t, "ids")
		counted, err := client.ListDesktopsStatistics(&model.ListDesktopsStatisticsRequest{DesktopPoolIds: &ids, DesktopType: &[]string{"POOLED"}})
		if err != nil || say(counted.TotalNum) != 0 {
			t.Fatalf("statistics of %q: %v, %v", ids, counted, err)
		}
	})
}

// TestHuaweiRefuses has the SDK do what the cloud refuses.
func TestHuaweiRefuses(t *testing.T) {
	tests := []struct {
		name    string
		cloud   huaweisim.Config
		key     huaweisim.Key // as the client has it
		project string
		status  int
		code    string
		message string // how it starts
	}{
		{
			name: "a wrong secret", key: huaweisim.Key{Access: huaweiKey().Access, Secret: "wrong"},
			status: 401, code: "APIGW.0301", message: "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:GET|/v2/",
		},
		{
			name: "an unknown key", key: huaweisim.Key{Access: "NOBODY", Secret: huaweiKey().Secret},
			status: 401, code: "APIGW.0301", message: "Incorrect IAM authentication information: ak NOBODY not exist",
		},
		{
			name: "a token that is not the key's", key: huaweisim.Key{Access: huaweiKey().Access, Secret: huaweiKey().Secret, SecurityToken: "ST"},
			status: 401, code: "APIGW.0301", message: "Incorrect IAM authentication information: Get secretKey failed",
		},
		{
			name: "a clock that is an hour behind", cloud: huaweisim.Config{Now: func() time.Time { return time.Now().Add(time.Hour) }},
			status: 401, code: "APIGW.0301", message: "Incorrect IAM authentication information: signature expired, signature time:",
		},
		{name: "the project of others", project: "ffffffffffffffffffffffffffffffff", status: 403, code: "WKS.0003", message: "The project"},
		{name: "no subscription", cloud: huaweisim.Config{NotSubscribed: true}, status: 403, code: "WKS.00010099", message: "The Workspace service"},
		{name: "an unknown pool", status: 400, code: "WKS.0001", message: "The desktop pool does not exist."},
		{name: "an unknown pool, as documented", cloud: huaweisim.Config{UnknownPool404: true}, status: 404, code: "WKS.0404", message: "The desktop pool"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, project := tt.key, tt.project
			if key.Access == "" {
				key = huaweiKey()
			}
			if project == "" {
				project = huaweiProject
			}
			client := newHuaweiClient(t, startHuawei(t, tt.cloud), key, project)
			_, err := client.ShowDesktopPoolDetail(&model.ShowDesktopPoolDetailRequest{PoolId: "nowhere"})
			refused(t, err, tt.status, tt.code, tt.message)
		})
	}
}

func refused(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var said *sdkerr.ServiceResponseError
	if !errors.As(err, &said) {
		t.Fatalf("%v, want a refusal", err)
	}
	if said.StatusCode != status || said.ErrorCode != code || !strings.HasPrefix(said.ErrorMessage, message) || said.RequestId == "" {
		t.Errorf("%+v, want %d %s %s..., and the id of the request", said, status, code, message)
	}
}

// TestHuaweiLocksKey proves that five bad signatures shut out the good ones, too.
func TestHuaweiLocksKey(t *testing.T) {
	address := startHuawei(t, huaweisim.Config{})
	wrong := huaweiKey()
	wrong.Secret = "wrong"
	good, bad := newHuaweiClient(t, address, huaweiKey(), huaweiProject), newHuaweiClient(t, address, wrong, huaweiProject)
	for range 5 {
		if _, err := good.ListDesktopPools(&model.ListDesktopPoolsRequest{}); err != nil {
			t.Fatal(err)
		}
		for range 4 { // fewer than five in a row are forgiven
			_, err := bad.ListDesktopPools(&model.ListDesktopPoolsRequest{})
			refused(t, err, 401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail")
		}
	}
	_, err := bad.ListDesktopPools(&model.ListDesktopPoolsRequest{})
	refused(t, err, 401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail")
	_, err = good.ListDesktopPools(&model.ListDesktopPoolsRequest{})
	refused(t, err, 401, "APIGW.0301", "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden.")
}

// TestHuaweiThrottles asks once more than a minute allows.
func TestHuaweiThrottles(t *testing.T) {
	now := time.Now()
	client := newHuaweiClient(t, startHuawei(t, huaweisim.Config{ReadsPerMinute: 3, Now: func() time.Time { return now }}), huaweiKey(), huaweiProject)
	for range 3 {
		if _, err := client.ListDesktopPools(&model.ListDesktopPoolsRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.ListDesktopPools(&model.ListDesktopPoolsRequest{})
	refused(t, err, 429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit,limit:3,time:1 minute")
}

// TestHuaweiProject has the SDK ask the simulated IAM for its project.
func TestHuaweiProject(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, tt := range []struct {
		name string
		twin bool
		want string // in the error
	}{
		{"one project", false, ""},
		{"two of one name", true, "multiple project ids found: [" + huaweiProject + ","},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The SDK keeps projects by access key, for as long as it runs.
			key := huaweisim.Key{Access: "ORACLE" + strings.ReplaceAll(tt.name, " ", ""), Secret: "secret"}
			address := startHuawei(t, huaweisim.Config{Keys: []huaweisim.Key{key}, TwinProject: tt.twin})
			credentials, err := basic.NewCredentialsBuilder().WithAk(key.Access).WithSk(key.Secret).WithIamEndpointOverride(address).SafeBuild()
			if err != nil {
				t.Fatal(err)
			}
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			client, err := workspace.WorkspaceClientBuilder().WithRegion(region.NewRegion(huaweiRegion, address)).WithCredential(credentials).
				WithHttpConfig(config.DefaultHttpConfig().WithHttpRoundTripper(transport)).SafeBuild()
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %q in it", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			same(t, "the project", credentials.ProjectId, huaweiProject)
			pools, err := workspace.NewWorkspaceClient(client).ListDesktopPools(&model.ListDesktopPoolsRequest{})
			if err != nil || say(pools.TotalCount) != 1 {
				t.Errorf("%v, %v, want one pool", pools, err)
			}
		})
	}
}
