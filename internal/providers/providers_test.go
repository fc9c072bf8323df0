package providers

import (
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/config"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// TestOpenTakesWhatTheConfigurationTakes: what -check-config finds good must
// not fail at the start.
func TestOpenTakesWhatTheConfigurationTakes(t *testing.T) {
	long := strings.Repeat("r", 63)
	id := strings.Repeat("i", 32)
	environment := map[string]string{"A": "a", "B": "b", "C": "c"}
	keys := "credentials: { access_key: { env: A }, secret_key: { env: B }, security_token: { env: C } } }"
	for _, source := range []string{
		"{ id: m, cloud: memory }",
		"{ id: a, cloud: alibaba, region: r, " + keys,
		"{ id: " + id + ", cloud: alibaba, region: " + long + ", " + keys,
		"{ id: a, cloud: alibaba, region: r, endpoint: 'https://[::1]:8443/', " + keys,
		"{ id: h, cloud: huawei, region: r, project_id: p, " + keys,
		"{ id: " + id + ", cloud: huawei, region: " + long + ", project_id: " + strings.Repeat("p", 64) + ", domain_id: d, " + keys,
		"{ id: h, cloud: huawei, region: r, project_id: p, endpoint: 'https://[::1]:8443/', iam_endpoint: 'https://iam/', " + keys,
		"{ id: h, cloud: huawei, region: r, project_id: p, credentials: { username: { env: A }, password: { env: B }, domain_name: d } }",
	} {
		t.Run(source, func(t *testing.T) {
			c, faults := config.Parse([]byte("auth: { mode: none }\nsources:\n  - "+source+"\n"), config.Options{
				Getenv: func(name string) string { return environment[name] }, Clouds: Words(),
			})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if _, err := Open(c.Sources, transport.New(transport.Options{})); err != nil {
				t.Error(err)
			}
		})
	}
}
