package ledger

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout bounds one attempt to connect to PostgreSQL.
const connectTimeout = 3 * time.Second

// The faults of a URL. They do not repeat it, since it may hold a password.
var (
	errURL      = errors.New("ledger: the URL is file:<path>, or postgres://user@host[:port]/database")
	errPassword = errors.New("ledger: the password does not belong in the URL")
	errNoUse    = errors.New("ledger: a file has no password")
)

// place is where a ledger is: an absolute path, or a database.
type place struct {
	path     string
	database *pgxpool.Config
}

func parse(o Options) (place, error) {
	scheme, rest, _ := strings.Cut(o.URL, ":")
	switch scheme {
	case "file":
		return parseFile(rest, o)
	case "postgres", "postgresql":
		return parsePostgres(o)
	}
	return place{}, errURL
}

// parseFile takes the path as it is, without escapes.
func parseFile(path string, o Options) (place, error) {
	if after, found := strings.CutPrefix(path, "//"); found {
		if !strings.HasPrefix(after, "/") {
			return place{}, errURL
		}
		path = after
	}
	if path == "" || strings.HasSuffix(path, "/") || strings.Contains(path, "\x00") {
		return place{}, errURL
	}
	if o.Password.Given() {
		return place{}, errNoUse
	}
	path, err := filepath.Abs(path)
	return place{path: path}, err
}

func parsePostgres(o Options) (place, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Opaque != "" {
		return place{}, errURL
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") {
		return place{}, errPassword
	}
	c, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return place{}, errURL
	}
	if o.Password.Given() {
		c.ConnConfig.Password = o.Password.Reveal()
	}
	c.ConnConfig.ConnectTimeout = connectTimeout
	// A server that takes no writes may not even know the newest orders.
	c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "deskpool"
	}
	return place{database: c}, nil
}
