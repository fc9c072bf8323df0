// Package oracle_test holds what is written here against what the vendors of
// the clouds have written: our signers against theirs, and our simulated clouds
// and adapters against their clients. It is a module of its own, so that nobody
// who builds deskpool has to download their SDKs.
package oracle_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// checks is how many random cases a property is tried on, unless -rapid.checks says otherwise.
const checks = "3000"

func TestMain(m *testing.M) {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// prepare has requests go where they are meant to: to a listener of the test,
// whatever host they name.
func prepare() error {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{"rapid.checks": checks, "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			return err
		}
	}
	flag.Parse()
	return nil
}

// text is what may stand in a parameter: any Unicode, and what encoders treat apart.
func text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune(" +%*~-_.!'()/?#[]@&=$,;:\"<>\\^`{|}\x00\t\n桌面é"))),
	)
}

// octets are text, or not even that.
func octets() *rapid.Generator[string] {
	return rapid.OneOf(text(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

// drawList is a list of so many texts that 2 and 10 and 100 are among their numbers.
func drawList(t *rapid.T) []string {
	n := rapid.SampledFrom([]int{0, 1, 2, 11, 101}).Draw(t, "how many")
	return rapid.SliceOfN(rapid.Map(octets(), func(s string) string { return "x" + s }), n, n).Draw(t, "list")
}

// drawKey and drawSecret make an access key; drawToken the token of a temporary one, or none.
func drawKey(t *rapid.T) string    { return rapid.StringMatching(`[A-Za-z0-9.]{1,40}`).Draw(t, "key") }
func drawSecret(t *rapid.T) string { return rapid.StringMatching(`[!-~]{1,60}`).Draw(t, "secret") }
func drawToken(t *rapid.T) string {
	return rapid.StringMatching(`([A-Za-z0-9+/]{1,80}={0,2})?`).Draw(t, "token")
}

// drawHost is a host, with a port or without.
func drawHost(t *rapid.T) string {
	return rapid.StringMatching(`[a-z][a-z0-9-]{0,20}[a-z0-9]\.example\.com(:[1-9][0-9]{0,3})?`).Draw(t, "host")
}
