package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// cursorLife is how long a cursor is good.
const cursorLife = time.Hour

var (
	errCursorInvalid = errors.New("cursor invalid")
	errCursorExpired = errors.New("cursor expired")
)

// cursor is where a list goes on. It is bound to the question it came from.
type cursor struct {
	Expires int64       `json:"e"`           // Unix seconds
	Query   string      `json:"q"`           // what was asked, and by whom
	After   []pool.Rank `json:"a,omitempty"` // pools: the last row
	Token   string      `json:"t,omitempty"` // desktops: the upstream page
	Skip    int         `json:"s,omitempty"` // desktops: rows of that page already given
	Row     string      `json:"r,omitempty"` // other lists: the id of the last row
}

// cursors seals and opens cursors, so that nobody can send a cloud a token it did not give.
type cursors struct {
	key []byte
	now func() time.Time
}

const sealSize = 16

// age changes twice in a cursor's life: an answer that is older than that may
// hold a cursor that is no longer good.
func (cs cursors) age() string {
	return strconv.FormatInt(cs.now().Unix()/int64(cursorLife/2/time.Second), 10)
}

// seal returns the opaque text of c, good for cursorLife.
func (cs cursors) seal(c cursor) string {
	c.Expires = cs.now().Add(cursorLife).Unix()
	body, err := json.Marshal(c)
	if err != nil { // a struct of numbers and texts always encodes
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(append(cs.sum(body), body...))
}

// open returns the cursor that s is, if it is ours, for this query, and not too old.
func (cs cursors) open(s, query string) (cursor, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) < sealSize || !hmac.Equal(raw[:sealSize], cs.sum(raw[sealSize:])) {
		return cursor{}, errCursorInvalid
	}
	var c cursor
	if err := json.Unmarshal(raw[sealSize:], &c); err != nil || c.Query != query || c.Skip < 0 {
		return cursor{}, errCursorInvalid
	}
	if cs.now().Unix() >= c.Expires {
		return cursor{}, errCursorExpired
	}
	return c, nil
}

func (cs cursors) sum(body []byte) []byte {
	mac := hmac.New(sha256.New, cs.key)
	mac.Write(body)
	return mac.Sum(nil)[:sealSize]
}
