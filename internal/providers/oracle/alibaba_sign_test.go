package oracle_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"pgregory.net/rapid"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/alibaba"
)

// signAlibaba signs r as Alibaba's SDK does.
func signAlibaba(r *http.Request, access, secret string) (string, error) {
	query := map[string]*string{}
	for name, values := range r.URL.Query() {
		if len(values) != 1 {
			return "", fmt.Errorf("%d values of the parameter %s", len(values), name)
		}
		query[name] = &values[0]
	}
	headers := map[string]*string{"host": &r.Host}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = dara.String(strings.Join(values, ","))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	algorithm := dara.String("ACS3-HMAC-SHA256")
	hash := hex.EncodeToString(openapiutil.Hash(body, algorithm))
	if sent := r.Header.Get("X-Acs-Content-Sha256"); sent != hash {
		return "", fmt.Errorf("X-Acs-Content-Sha256 %s, the vendor has %s", sent, hash)
	}
	signed := openapiutil.GetAuthorization(&dara.Request{
		Method: &r.Method, Pathname: &r.URL.Path, Query: query, Headers: headers,
	}, algorithm, &hash, &access, &secret)
	return *signed, nil
}

// TestAlibabaRequests has the adapter ask for all kinds of things, and
// Alibaba's own code sign what came over the wire.
func TestAlibabaRequests(t *testing.T) {
	g := &gateway{sign: signAlibaba, answer: answerAlibaba}
	client := openGateway(t, g)
	rapid.Check(t, func(t *rapid.T) {
		defer client.CloseIdleConnections()
		access, secret, now := drawKey(t), drawSecret(t), drawTime(t)
		g.expect(access, secret)
		source, err := alibaba.New(alibaba.Config{
			ID: "ali", Region: rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,30}`).Draw(t, "region"), Endpoint: "http://" + drawHost(t),
			Credentials: alibaba.Credentials{AccessKey: pool.NewSecret(access), SecretKey: pool.NewSecret(secret), SecurityToken: pool.NewSecret(drawToken(t))},
			Now:         func() time.Time { return now },
		}, client)
		if err != nil {
			t.Fatal(err)
		}
		least, err := askAlibaba(t, source.Reader)
		if err != nil {
			t.Fatal(err)
		}
		requests, faults := g.seen()
		if requests < least || len(faults) > 0 {
			t.Fatalf("%d requests, want %d at least: %s", requests, least, strings.Join(faults, "\n"))
		}
	})
}

// askAlibaba makes one call with arguments that end up in a query, and returns
// how many requests it takes at least.
func askAlibaba(t *rapid.T, r pool.Reader) (least int, err error) {
	ctx := t.Context()
	switch rapid.IntRange(0, 4).Draw(t, "call") {
	case 0:
		_, err = r.Pools(ctx)
		return 1, err
	case 1:
		_, err = r.Pool(ctx, "x"+text().Draw(t, "id"))
		return 2, err
	case 2:
		_, err = r.Desktop(ctx, "x"+text().Draw(t, "id"))
		return 2, err
	case 3:
		_, err = r.Desktops(ctx, pool.DesktopsQuery{
			PoolID: octets().Draw(t, "pool"), Size: rapid.IntRange(1, pool.MaxPage).Draw(t, "size"),
			Token:          strings.TrimLeft(octets().Draw(t, "token"), "~"),
			IncludeDeleted: rapid.Bool().Draw(t, "deleted"),
			Filter:         pool.DesktopPushdown{BillingMode: rapid.SampledFrom([]pool.BillingMode{"", pool.Prepaid, pool.Postpaid}).Draw(t, "billing")},
		})
		return 1, err
	}
	ids := drawList(t)
	_, err = r.Statistics(ctx, pool.StatisticsQuery{DesktopType: pool.Pooled, PoolIDs: ids, Axes: pool.Axes{Power: true}})
	return 1 + len(ids)/101, err
}

// answerAlibaba knows every group and desktop that is asked for.
func answerAlibaba(r *http.Request) string {
	quoted := func(name string) string {
		b, err := json.Marshal(r.URL.Query().Get(name))
		if err != nil {
			return err.Error() // no JSON: the adapter will say so
		}
		return string(b)
	}
	switch r.Header.Get("X-Acs-Action") {
	case "DescribeDesktopGroups":
		return `{"DesktopGroups":[{"DesktopGroupId":` + quoted("DesktopGroupIds.1") + `}]}`
	case "GetDesktopGroupDetail":
		return `{"Desktops":{"DesktopGroupId":` + quoted("DesktopGroupId") + `}}`
	case "DescribeDesktops":
		return `{"Desktops":[{"DesktopId":` + quoted("DesktopId.1") + `,"DesktopGroupId":"dg-1"}]}`
	}
	return `{"PaidDesktopsCount":1,"PaidDesktops":[{"DesktopId":"ecd-1"}]}`
}
