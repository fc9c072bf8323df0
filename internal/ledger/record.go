package ledger

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/deskpool/deskpool/internal/orders"
)

// encode returns r as it is kept, and as it will be read. Numbers in its
// json.RawMessages stay digit for digit.
func encode(r orders.Record) ([]byte, orders.Record, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, orders.Record{}, &trouble{unusable, err}
	}
	kept := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	read, err := decode(kept)
	return kept, read, err
}

func decode(kept []byte) (orders.Record, error) {
	var r orders.Record
	if err := json.Unmarshal(kept, &r); err != nil {
		return orders.Record{}, &trouble{damaged, err}
	}
	return r, nil
}

// due returns when there is work to be done about r; nil if there is none.
func due(r orders.Record) *time.Time {
	switch r.State {
	case orders.Reserved, orders.Sending, orders.Unknown:
	default:
		return nil
	}
	switch {
	case !r.NextLook.IsZero():
		return &r.NextLook
	case !r.LeaseUntil.IsZero():
		return &r.LeaseUntil
	}
	return nil
}

// ceil rounds up to the whole milliseconds that orders are dated in.
func ceil(t time.Time) time.Time {
	if down := t.Truncate(time.Millisecond); down.Before(t) {
		return down.Add(time.Millisecond)
	}
	return t
}
