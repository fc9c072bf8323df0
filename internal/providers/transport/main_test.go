package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

// TestMain sets the proxy of the environment, which net/http reads once in a
// process. It takes no part in calls to loopback or to cloud.test.
func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		_, _ = io.WriteString(w, "the proxy was asked for "+r.URL.String())
	}))
	environment := map[string]string{
		"HTTP_PROXY": proxy.URL, "http_proxy": proxy.URL, "HTTPS_PROXY": proxy.URL, "https_proxy": proxy.URL, "NO_PROXY": host, "no_proxy": host,
	}
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	proxy.Close()
	os.Exit(code)
}

const host = "cloud.test"

// get is a call of url that takes every 200 and judges all else by kind.
func get(url string, kind pool.Kind, again bool) Call {
	return Call{
		Source: "src", Op: "read it",
		Build: func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		},
		Judge: func(r Response) (*pool.Error, bool) {
			if r.Status == http.StatusOK {
				return nil, false
			}
			return &pool.Error{Kind: kind, Upstream: &pool.Upstream{HTTPStatus: r.Status}}, again
		},
	}
}
