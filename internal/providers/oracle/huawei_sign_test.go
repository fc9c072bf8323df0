package oracle_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/huawei"
)

// huaweiRequest is r as Huawei's SDK has it before it signs, with those
// headers that are signed.
func huaweiRequest(r *http.Request, body string, signed []string) *request.DefaultHttpRequest {
	b := request.NewHttpRequestBuilder().WithEndpoint("http://" + r.Host).WithMethod(r.Method).WithPath(r.URL.Path)
	if body != "" {
		b.WithBody("body", body)
	}
	for name, values := range r.URL.Query() {
		b.AddQueryParam(name, reflect.ValueOf(values))
	}
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		b.AddHeaderParam(http.CanonicalHeaderKey(name), value)
	}
	return b.Build()
}

// signHuawei signs r, which came without a body, as the SDK does. The SDK would
// have to send it to the same URI, too.
func signHuawei(r *http.Request, access, secret string) (string, error) {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	req := huaweiRequest(r, "", strings.Split(names, ";"))
	sent, err := req.ConvertRequest()
	if err != nil {
		return "", err
	}
	if uri := sent.URL.RequestURI(); uri != r.RequestURI {
		return "", fmt.Errorf("the vendor sends it to %s", uri)
	}
	headers, err := signer.Sign(req, access, secret)
	return headers["Authorization"], err
}

// TestHuaweiSign signs requests of any kind with our signer and with Huawei's.
func TestHuaweiSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, body, signed := drawHuaweiRequest(t)
		access, secret := drawKey(t), drawSecret(t)
		want, err := signer.Sign(huaweiRequest(r, body, signed), access, secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := huawei.Sign(r, []byte(body), pool.NewSecret(access), pool.NewSecret(secret), signed...); err != nil {
			t.Fatal(err)
		}
		if got := r.Header.Get("Authorization"); got != want["Authorization"] {
			t.Errorf("%s %s is signed\n%s\nand the vendor signs it\n%s", r.Method, r.URL, got, want["Authorization"])
		}
	})
}

func drawHuaweiRequest(t *rapid.T) (r *http.Request, body string, signed []string) {
	query := rapid.MapOfN(octets(), rapid.SliceOfN(octets(), 1, 4), 0, 6).Draw(t, "query")
	r = &http.Request{
		Method: rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}).Draw(t, "method"),
		Host:   drawHost(t),
		Header: http.Header{},
		URL: &url.URL{
			Path:     drawPath(t),
			RawQuery: drawEncoding(t, url.Values(query).Encode()),
		},
	}
	r.Header.Set("X-Sdk-Date", drawTime(t).UTC().Format("20060102T150405Z"))
	signed = []string{"x-sdk-date"}
	for _, name := range []string{"X-Project-Id", "X-Security-Token", "X-Language", "X-Sdk-Content-Sha256"} {
		if value := rapid.StringMatching(`( ?[!-~]( {0,2}[!-~]){0,30} ?)?`).Draw(t, name); value != "" {
			r.Header.Set(name, value)
			signed = append(signed, strings.ToLower(name))
		}
	}
	if rapid.Bool().Draw(t, "sign the host") {
		signed = append(signed, "host")
	}
	return r, octets().Draw(t, "body"), slices.Clip(signed)
}

func drawPath(t *rapid.T) string {
	segment := rapid.Map(octets(), func(s string) string { return strings.ReplaceAll(s, "/", "") })
	path := "/" + strings.Join(rapid.SliceOfN(segment, 0, 5).Draw(t, "path"), "/")
	return rapid.SampledFrom([]string{path, path + "/"}).Draw(t, "slash")
}

// drawEncoding writes a space in a query in one of the two ways.
func drawEncoding(t *rapid.T, query string) string {
	return strings.ReplaceAll(query, "+", rapid.SampledFrom([]string{"+", "%20"}).Draw(t, "space"))
}

// drawTime is a time of the years 1970 to 2100, to the second.
func drawTime(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "time"), 0)
}

// TestHuaweiRequests has the adapter ask for all kinds of things, and Huawei's
// own code sign what came over the wire.
func TestHuaweiRequests(t *testing.T) {
	g := &gateway{sign: signHuawei, answer: func(*http.Request) string {
		return `{"total_count":0,"desktop_pools":[],"pool_desktops":[],"id":"x","desktop":{"desktop_id":"x"},"desktops":[],"total_num":0}`
	}}
	client := openGateway(t, g)
	rapid.Check(t, func(t *rapid.T) {
		defer client.CloseIdleConnections()
		access, secret, now := drawKey(t), drawSecret(t), drawTime(t)
		g.expect(access, secret)
		source, err := huawei.New(huawei.Config{
			ID: "hw", Region: "cn-north-4", ProjectID: rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`).Draw(t, "project"),
			Endpoint:    "http://" + drawHost(t) + rapid.SampledFrom([]string{"", "/", "/gateway/hw"}).Draw(t, "base"),
			Credentials: huawei.Credentials{AccessKey: pool.NewSecret(access), SecretKey: pool.NewSecret(secret), SecurityToken: pool.NewSecret(drawToken(t))},
			Now:         func() time.Time { return now },
		}, client)
		if err != nil {
			t.Fatal(err)
		}
		if err := askHuawei(t, source.Reader); err != nil {
			t.Fatal(err)
		}
		requests, faults := g.seen()
		if requests == 0 || len(faults) > 0 {
			t.Fatalf("of %d requests, wrong are: %s", requests, strings.Join(faults, "\n"))
		}
	})
}

// askHuawei makes one call with arguments that end up in a path or a query.
func askHuawei(t *rapid.T, r pool.Reader) error {
	ctx, id := t.Context(), rapid.StringMatching(`[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,40}`).Draw(t, "id")
	var err error
	switch rapid.IntRange(0, 4).Draw(t, "call") {
	case 0:
		_, err = r.Pools(ctx)
	case 1:
		_, err = r.Pool(ctx, id)
	case 2:
		_, err = r.Desktop(ctx, id)
	case 3:
		_, err = r.Desktops(ctx, pool.DesktopsQuery{
			PoolID: id, Size: rapid.IntRange(1, pool.MaxPage).Draw(t, "size"),
			Token: rapid.SampledFrom([]string{"", strconv.Itoa(rapid.IntRange(0, 10_000).Draw(t, "offset"))}).Draw(t, "token"),
			Filter: pool.DesktopPushdown{
				BillingMode: rapid.SampledFrom([]pool.BillingMode{"", pool.Prepaid, pool.Postpaid}).Draw(t, "billing"),
				PowerState:  rapid.SampledFrom([]pool.PowerState{"", pool.Running, pool.Hibernated}).Draw(t, "power"),
				User:        octets().Draw(t, "user"),
			},
		})
	case 4:
		_, err = r.Statistics(ctx, pool.StatisticsQuery{
			DesktopType: rapid.SampledFrom([]pool.DesktopType{pool.Pooled, pool.Dedicated, pool.AllDesktops}).Draw(t, "type"),
			PoolIDs:     drawList(t),
		})
	}
	return err
}
