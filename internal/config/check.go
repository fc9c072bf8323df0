package config

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/deskpool/deskpool/internal/pool"
)

// Each of these is a check: it says what a text must be, or nothing.

func id(s string) string {
	if !pool.ValidSourceID(s) {
		return "an id: a small letter, then up to 31 small letters, digits and dashes"
	}
	return ""
}

// oneOf is a check for a word of a list.
func oneOf(what string, words []string) check {
	return func(s string) string {
		if !slices.Contains(words, s) {
			return what + ", one of: " + strings.Join(words, ", ")
		}
		return ""
	}
}

func logLevel(s string) string {
	return oneOf("a level", []string{"debug", "info", "warn", "error"})(s)
}

func logFormat(s string) string { return oneOf("a format", []string{"json", "console"})(s) }

func authMode(s string) string {
	if s == "jwt" {
		return "api_key or none: jwt is not supported yet"
	}
	return oneOf("a mode", []string{string(ModeAPIKey), string(ModeNone)})(s)
}

func notEmpty(s string) string {
	if s == "" {
		return "a text that is not empty"
	}
	return ""
}

func name(s string) string {
	if s == "" || len(s) > 128 || strings.ContainsFunc(s, unicode.IsControl) {
		return "a name of 1 to 128 characters"
	}
	return ""
}

var (
	regionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`) // it becomes part of a host name
	account    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)  // it becomes part of a path
)

func region(s string) string {
	if !regionName.MatchString(s) {
		return "the name of a region, as in cn-north-4"
	}
	return ""
}

func accountID(s string) string {
	if !account.MatchString(s) {
		return "an id of up to 64 letters, digits, dashes and underscores"
	}
	return ""
}

func sha256Hex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != sha256.Size {
		return "the SHA-256 of the key, 64 hexadecimal digits"
	}
	if empty := sha256.Sum256(nil); string(b) == string(empty[:]) {
		return "the SHA-256 of the key, and this is that of no text at all"
	}
	return ""
}

func address(s string) string {
	host, port, err := net.SplitHostPort(s)
	n, notNumber := strconv.ParseUint(port, 10, 16)
	if err != nil || notNumber != nil || strconv.FormatUint(n, 10) != port || strings.ContainsAny(host, "/@ ") {
		return "host:port, as in 127.0.0.1:8080"
	}
	return ""
}

// loopback tells whether a host is this machine only. A name other than
// localhost is not, wherever it leads.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// LoopbackAddress tells whether a host:port is reached from this machine only.
func LoopbackAddress(s string) bool {
	host, _, err := net.SplitHostPort(s)
	return err == nil && loopback(host)
}

// plainURL parses a URL that has a scheme and a host, and neither user, query nor fragment.
func plainURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(s, "?#") || !portOK(u) {
		return nil, false
	}
	return u, true
}

// portOK tells whether the port of u, if any, is one.
func portOK(u *url.URL) bool {
	_, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil || (u.Port() == "" && !strings.HasSuffix(u.Host, ":"))
}

func publicURL(s string) string {
	u, ok := plainURL(s)
	if !ok || (u.Scheme != "http" && u.Scheme != "https") {
		return "a URL as in https://deskpool.example.com, without user, query and fragment"
	}
	return ""
}

// endpoint is a check for the URL of a cloud.
func endpoint(insecure bool) check {
	return func(s string) string {
		u, ok := plainURL(s)
		switch {
		case !ok || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.EscapedPath(), "/") != "":
			return "a URL as in https://workspace.cn-north-4.myhuaweicloud.com, without user, path, query and fragment"
		case u.Scheme == "http" && (!insecure || !loopback(u.Hostname())):
			return "a URL with https; http is for loopback hosts, with allow_insecure_endpoints: true"
		}
		return ""
	}
}

func redisURL(s string) string {
	const must = "a URL as in redis://127.0.0.1:6379/0, with redis or rediss, without query and fragment"
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Scheme != "redis" && u.Scheme != "rediss") ||
		strings.ContainsAny(s, "?#") || !portOK(u) {
		return must
	}
	if _, has := u.User.Password(); has {
		return "a URL without a password, which has its own key beside url"
	}
	if db := strings.TrimPrefix(u.Path, "/"); db != "" {
		if n, err := strconv.ParseUint(db, 10, 31); err != nil || strconv.FormatUint(n, 10) != db {
			return must
		}
	}
	return ""
}

func ledgerURL(s string) string {
	const must = "file:<path>, or postgres://user@host/database"
	if path, isFile := strings.CutPrefix(s, "file:"); isFile {
		if path == "" || strings.HasPrefix(path, "//") || strings.HasSuffix(path, "/") || strings.ContainsAny(path, "?#") ||
			strings.ContainsFunc(path, unicode.IsControl) {
			return must
		}
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Hostname() == "" || !portOK(u) ||
		strings.Trim(u.Path, "/") == "" || u.Fragment != "" {
		return must
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") {
		return "a URL without a password, which has its own key beside url"
	}
	return ""
}
