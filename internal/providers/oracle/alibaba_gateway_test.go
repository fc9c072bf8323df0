package oracle_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/providers/alibaba/alibabasim"
)

// TestAlibabaAccepts has the simulated cloud verify what the SDK signs, in
// both versions, whatever the parameters.
func TestAlibabaAccepts(t *testing.T) {
	address := startAlibaba(t, alibabasim.Config{})
	var clients []*alibabaClient
	for _, signature := range []string{signatureV3, signatureV1} {
		for _, key := range []alibabasim.Key{alibabaKey(), alibabaTemporaryKey()} {
			clients = append(clients, newAlibabaClient(t, address, signature, key))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		client := clients[rapid.IntRange(0, len(clients)-1).Draw(t, "client")]
		params := map[string]any{
			"DesktopGroupName": "x" + text().Draw(t, "name"),
			"ImageId":          rapid.SliceOfN(text(), 0, 12).Draw(t, "images"),
			"Tag":              []map[string]string{{"Key": "k" + text().Draw(t, "tag"), "Value": text().Draw(t, "value")}},
		}
		answer, err := client.call("DescribeDesktopGroups", params)
		if groups, ok := answer["DesktopGroups"].([]any); err != nil || !ok || len(groups) != 0 {
			t.Fatalf("groups with %q: %v, %v", params, answer, err)
		}
	})
}

// TestAlibabaRefuses has the SDK do what the cloud refuses, in both versions of the signature.
func TestAlibabaRefuses(t *testing.T) {
	behind := func() time.Time { return time.Now().Add(time.Hour) }
	keys := func(k alibabasim.Key) alibabasim.Config { return alibabasim.Config{Keys: []alibabasim.Key{k}} }
	known, temporary := alibabaKey(), alibabaTemporaryKey()
	disabled, denied, expired := known, known, temporary
	disabled.Disabled, denied.Deny, expired.Expires = true, []string{"GetDesktopGroupDetail"}, time.Now().Add(-time.Minute)
	group := map[string]any{"DesktopGroupId": "dg-none"}
	tests := []struct {
		name   string
		cloud  alibabasim.Config
		key    alibabasim.Key // as the client has it
		action string
		params map[string]any
		status int
		code   string
	}{
		{"a wrong secret", keys(known), alibabasim.Key{ID: known.ID, Secret: "wrong"}, "GetDesktopGroupDetail", group, 400, "SignatureDoesNotMatch"},
		{"an unknown key", keys(known), alibabasim.Key{ID: "NOBODY", Secret: "x"}, "GetDesktopGroupDetail", group, 404, "InvalidAccessKeyId.NotFound"},
		{"a disabled key", keys(disabled), known, "GetDesktopGroupDetail", group, 400, "InvalidAccessKeyId.Inactive"},
		{
			"a temporary key without its token", keys(temporary), alibabasim.Key{ID: temporary.ID, Secret: temporary.Secret},
			"GetDesktopGroupDetail", group, 400, "MissingSecurityToken",
		},
		{"an expired token", keys(expired), temporary, "GetDesktopGroupDetail", group, 403, "InvalidSecurityToken.Expired"},
		{"a clock that is an hour behind", alibabasim.Config{Now: behind}, known, "GetDesktopGroupDetail", group, 400, "InvalidTimeStamp.Expired"},
		{"no permission", keys(denied), known, "GetDesktopGroupDetail", group, 403, "NoPermission"},
		{"an unknown operation", keys(known), known, "MeltDesktopGroup", group, 404, "InvalidAction.NotFound"},
		{"an unknown region", keys(known), known, "DescribeDesktopGroups", map[string]any{"RegionId": "cn-nowhere"}, 404, "InvalidRegionId.NotFound"},
		{"a parameter that is missing", keys(known), known, "GetDesktopGroupDetail", nil, 400, "MissingDesktopGroupId"},
		{"a page that is too large", keys(known), known, "DescribeDesktopGroups", map[string]any{"MaxResults": 101}, 400, "InvalidMaxResults"},
	}
	for _, tt := range tests {
		for _, signature := range []string{signatureV3, signatureV1} {
			t.Run(tt.name+map[string]string{signatureV3: ", signature 3", signatureV1: ", signature 1"}[signature], func(t *testing.T) {
				client := newAlibabaClient(t, startAlibaba(t, tt.cloud), signature, tt.key)
				_, err := client.call(tt.action, tt.params)
				var said *openapi.ClientError
				if !errors.As(err, &said) {
					t.Fatalf("%v, want a refusal", err)
				}
				same(t, "the refusal", []any{say(said.StatusCode), say(said.Code)}, []any{tt.status, tt.code})
				if say(said.RequestId) == "" || said.Data["HostId"] != client.host || !strings.Contains(word(said.Data, "Recommend"), tt.code) {
					t.Errorf("%v, want its RequestId, HostId and Recommend", said.Data)
				}
				if tt.code == "NoPermission" {
					same(t, "what is not permitted", said.AccessDeniedDetail["AuthAction"], any("ecd:"+tt.action))
				}
			})
		}
	}
}

// TestAlibabaSaysWhatItSigned compares what the cloud says it would have signed
// with what the SDK did sign: a client may look for its mistake there.
func TestAlibabaSaysWhatItSigned(t *testing.T) {
	address := startAlibaba(t, alibabasim.Config{})
	for signature, want := range map[string]string{
		signatureV3: "server CanonicalRequest is [POST\n/\nDesktopGroupId=dg%2A%20~1&RegionId=cn-hangzhou\nhost:" + strings.TrimPrefix(address, "http://") + "\n",
		signatureV1: "server string to sign is:POST&%2F&AccessKeyId%3D" + alibabaKey().ID + "%26Action%3DGetDesktopGroupDetail%26DesktopGroupId%3Ddg%252A%2520~1%26",
	} {
		key := alibabaKey()
		key.Secret = "wrong"
		_, err := newAlibabaClient(t, address, signature, key).call("GetDesktopGroupDetail", map[string]any{"DesktopGroupId": "dg* ~1"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant in it: %s", err, want)
		}
	}
}

// TestAlibabaThrottles asks more often than once a second.
func TestAlibabaThrottles(t *testing.T) {
	now := time.Now()
	address := startAlibaba(t, alibabasim.Config{PerSecond: 1, Now: func() time.Time { return now }})
	for _, signature := range []string{signatureV3, signatureV1} {
		action := map[string]string{signatureV3: "DescribeDesktopGroups", signatureV1: "DescribeDesktops"}[signature]
		client := newAlibabaClient(t, address, signature, alibabaKey())
		client.read(t, action, nil)
		_, err := client.call(action, nil)
		var said *openapi.ThrottlingError
		if !errors.As(err, &said) {
			t.Fatalf("%v, want a refusal for throttling", err)
		}
		same(t, "the refusal", []any{say(said.StatusCode), say(said.Code)}, []any{400, "Throttling.User"})
		same(t, "how long to wait, in milliseconds", dara.Int64Value(said.RetryAfter), int64(1000))
	}
}
