package pool

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	sourceID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	nativeID = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,128}$`)
)

// ID names a pool or desktop in every source: "<source>:<native id>".
type ID struct{ Source, Native string }

func (id ID) String() string { return id.Source + ":" + id.Native }

// ParseID splits an id at its first colon and checks both halves.
func ParseID(s string) (ID, error) {
	source, native, found := strings.Cut(s, ":")
	if !found || !ValidSourceID(source) || !nativeID.MatchString(native) {
		return ID{}, fmt.Errorf("an id is <source>:<native id>, as in hw-bj4:1ad74b36-0de7-45fe-aed3-6cb047d69e99")
	}
	return ID{Source: source, Native: native}, nil
}

// ValidSourceID tells whether s can name a source.
func ValidSourceID(s string) bool { return sourceID.MatchString(s) }
