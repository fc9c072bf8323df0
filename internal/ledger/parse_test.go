package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskpool/deskpool/internal/pool"
)

func TestParse(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, url string
		path      string // of a file
		host      string // of a database
	}{
		{"a relative path", "file:data/orders.db", filepath.Join(here, "data/orders.db"), ""},
		{"an absolute path", "file:/var/lib/orders.db", "/var/lib/orders.db", ""},
		{"an absolute path with a host of none", "file:///var/lib/orders.db", "/var/lib/orders.db", ""},
		{"a path as it is", "file:/a b%20?c#d", "/a b%20?c#d", ""},
		{"a database", "postgres://deskpool@db.example:5433/orders", "", "db.example"},
		{"the other name", "postgresql://deskpool@db.example/orders?sslmode=require", "", "db.example"},
		{"nothing", "", "", ""},
		{"no path", "file:", "", ""},
		{"a folder", "file:data/", "", ""},
		{"a host", "file://host/orders.db", "", ""},
		{"a null", "file:a\x00b", "", ""},
		{"no scheme", "data/orders.db", "", ""},
		{"another scheme", "mysql://u@h/d", "", ""},
		{"a password", "postgres://u:hunter2@h/d", "", ""},
		{"a password among the parameters", "postgres://u@h/d?password=hunter2", "", ""},
		{"no port", "postgres://u@h:hunter2/d", "", ""},
		{"no host", "postgres:hunter2", "", ""},
		{"an unknown word", "postgres://u@h/d?sslmode=hunter2", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse(Options{URL: tt.url})
			if (err == nil) != (tt.path+tt.host != "") {
				t.Fatalf("err = %v", err)
			}
			if err != nil {
				if _, err := Open(Options{URL: tt.url}); err == nil || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("Open says %v", err)
				}
				return
			}
			if got.path != tt.path || (got.database != nil) != (tt.host != "") {
				t.Errorf("got %+v", got)
			}
			if got.database != nil && got.database.ConnConfig.Host != tt.host {
				t.Errorf("host = %s", got.database.ConnConfig.Host)
			}
		})
	}
	if _, err := Open(Options{URL: "file:data/orders.db", Password: pool.NewSecret("x")}); err == nil {
		t.Error("a file took a password")
	}
}
