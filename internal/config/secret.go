package config

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/deskpool/deskpool/internal/pool"
)

// plainName is a name of a variable that is safe to print: no access key or
// secret has its underscores.
var plainName = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)

// secret reads what a reference refers to.
func (o object) secret(key string, to *pool.Secret) {
	n, there := o.fields[key]
	if !there {
		return
	}
	if _, literal := n.scalar(); literal {
		n.fault("must be a reference, { env: NAME } or { file: PATH }, never the secret itself")
		return
	}
	ref := n.object(n.path+".", "env", "file")
	if ref.broken {
		return
	}
	if ref.has("env") == ref.has("file") {
		n.fault("must have either env or file")
		return
	}
	var name, path, value string
	switch {
	case ref.text("env", &name, notEmpty):
		value = n.r.opts.Getenv(name)
		if value == "" {
			n.fault("the environment variable " + printable(name) + "is not set, or empty")
			return
		}
	case ref.text("file", &path, notEmpty):
		data, err := n.r.opts.readFile(path)
		if err != nil {
			n.fault("the file of the secret cannot be read: " + reason(err))
			return
		}
		value = strings.TrimRight(string(data), "\r\n")
		if value == "" {
			n.fault("the file of the secret is empty")
			return
		}
	default:
		return
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		n.fault("the secret must be one line without control characters")
		return
	}
	*to = pool.NewSecret(value)
}

// printable is a name and a space, or nothing if the name may be a secret.
func printable(name string) string {
	if plainName.MatchString(name) {
		return name + " "
	}
	return ""
}
