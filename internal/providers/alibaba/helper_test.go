package alibaba

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

const (
	testKey    = "LTAIexampleKey01"
	testSecret = "exampleSecretNobodyUses"
	testToken  = "CAISexample/Token=="
)

// answers is a cloud in a function: what it answers to one request.
type answers func(action string, query url.Values) (status int, body string)

// asked is one request that a cloud has seen.
type asked struct {
	Action string
	Query  url.Values
	Header http.Header
}

// cloud is the server around answers.
type cloud struct {
	source pool.Source
	url    string
	mu     sync.Mutex
	seen   []asked
}

func (c *cloud) requests() []asked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]asked(nil), c.seen...)
}

// actions are the operations that were asked for, in order.
func (c *cloud) actions() []string {
	var list []string
	for _, r := range c.requests() {
		list = append(list, r.Action)
	}
	return list
}

func config(endpoint string) Config {
	return Config{
		ID: "ali-hz", Region: "cn-hangzhou", Endpoint: endpoint, BillingEndpoint: endpoint,
		Credentials: Credentials{AccessKey: pool.NewSecret(testKey), SecretKey: pool.NewSecret(testSecret), SecurityToken: pool.NewSecret(testToken)},
	}
}

func open(t *testing.T, c Config) pool.Source {
	t.Helper()
	client := transport.New(transport.Options{})
	t.Cleanup(client.CloseIdleConnections)
	source, err := New(c, client)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func serve(t *testing.T, answer answers) *cloud {
	t.Helper()
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		status, body := answer(r.Header.Get("X-Acs-Action"), r.URL.Query())
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func serveHTTP(t *testing.T, h http.HandlerFunc) *cloud {
	t.Helper()
	c := &cloud{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.seen = append(c.seen, asked{r.Header.Get("X-Acs-Action"), r.URL.Query(), r.Header.Clone()})
		c.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	c.source = open(t, config(server.URL))
	return c
}

// bodies answers each action with one body.
func bodies(byAction map[string]string) answers {
	return func(action string, _ url.Values) (int, string) {
		if body, known := byAction[action]; known {
			return http.StatusOK, body
		}
		return http.StatusNotFound, `{"Code":"InvalidAction.NotFound","Message":"Specified api is not found."}`
	}
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// compact is JSON without its white space; digits and escapes stay.
func compact(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	inText, escaped := false, false
	for _, c := range raw {
		if !inText && strings.ContainsRune(" \n\r\t", rune(c)) {
			continue
		}
		if c == '"' && !escaped {
			inText = !inText
		}
		escaped = inText && c == '\\' && !escaped
		b.WriteByte(c)
	}
	return b.String()
}
