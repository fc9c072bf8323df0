package alibabasim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const (
	apiVersion = "2020-09-30"
	maxBody    = 1 << 20 // bytes
)

// call is one request, read but not yet believed.
type call struct {
	method, host    string
	header          http.Header
	query, form     url.Values
	body            []byte
	action, version string
	write           *Write // nil unless it is one
}

// readCall reads the whole request. The call is never nil, so that even a
// request that cannot be read has an operation to count.
func readCall(w http.ResponseWriter, r *http.Request) (*call, *apiError) {
	c := &call{method: r.Method, host: r.Host, header: r.Header, action: r.Header.Get("x-acs-action"), version: r.Header.Get("x-acs-version")}
	var err error
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return c, errMalformed()
	}
	c.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return c, errTooLarge()
	} else if err != nil {
		return c, errMalformed()
	}
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/x-www-form-urlencoded" {
		if c.form, err = url.ParseQuery(string(c.body)); err != nil {
			return c, errMalformed()
		}
	}
	if c.action == "" {
		c.action = c.param("Action")
	}
	if c.version == "" {
		c.version = c.param("Version")
	}
	if r.URL.Path != "/" || (r.Method != http.MethodGet && r.Method != http.MethodPost) {
		return c, errUnknownAction()
	}
	return c, nil
}

// param is a parameter, from the query or else from the form body.
func (c *call) param(name string) string {
	if c.query.Has(name) {
		return c.query.Get(name)
	}
	return c.form.Get(name)
}

// merged is the parameters of query and form body; the query wins.
func (c *call) merged() url.Values {
	if len(c.form) == 0 {
		return c.query
	}
	all := maps.Clone(c.form)
	maps.Copy(all, c.query)
	return all
}

// serves is false for a host of the vendor's that serves another product than
// that of version. Any other name, as of a loopback listener, serves both.
func serves(hostport, version string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if !strings.HasSuffix(host, ".aliyuncs.com") {
		return true
	}
	product, _, _ := strings.Cut(host, ".")
	if version == billingVersion {
		return product == "business"
	}
	return product == "ecd" || strings.HasPrefix(product, "ecd-")
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}
