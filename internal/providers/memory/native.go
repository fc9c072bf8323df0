package memory

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// The wire form of this cloud, in its own words.
type (
	envelope struct {
		Total int    `json:"total"`
		Next  string `json:"next,omitempty"`
	}
	nativePool struct {
		ID       string         `json:"id"`
		Name     string         `json:"title"`
		State    pool.PoolState `json:"status"`
		Desktops int            `json:"desktop_count"`
	}
	nativeDesktop struct {
		ID         string               `json:"id"`
		PoolID     string               `json:"group"`
		Name       string               `json:"title"`
		Power      pool.PowerState      `json:"power"`
		Connection pool.ConnectionState `json:"session"`
		Users      []nativeUser         `json:"users"`
	}
	nativeUser struct {
		ID   string `json:"user_id"`
		Name string `json:"user_name"`
	}
	nativeOffer struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
		Name string `json:"title"`
	}
	nativePrice struct {
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	}
	nativeOrder struct {
		ID      string         `json:"id,omitempty"`
		Type    pool.OrderType `json:"type"`
		Target  []string       `json:"target"` // a pool, or a desktop
		Status  string         `json:"status"`
		Created time.Time      `json:"created"`
	}
	nativeOrders struct {
		Orders []json.RawMessage `json:"orders"` // of nativeOrder and nativeFailure
	}
	nativeFailure struct {
		Code    string   `json:"code"`
		Message string   `json:"message"`
		Target  []string `json:"target,omitempty"`
	}
)

func (p *stored) native() nativePool {
	return nativePool{ID: p.NativeID, Name: p.Name, State: p.State, Desktops: len(p.desktops)}
}

func nativeOf(d *pool.Desktop) nativeDesktop {
	n := nativeDesktop{ID: d.NativeID, PoolID: d.PoolID, Name: d.Name, Power: d.PowerState, Connection: d.ConnectionState, Users: []nativeUser{}}
	for _, a := range d.Assignments {
		n.Users = append(n.Users, nativeUser(a.User))
	}
	for _, u := range d.ActiveUsers {
		n.Users = append(n.Users, nativeUser(u))
	}
	return n
}

func (o Order) native() nativeOrder {
	n := nativeOrder{ID: o.ID, Type: o.Order.Type, Target: o.Order.DesktopIDs, Status: "unpaid", Created: o.At}
	if o.Order.PoolID != "" {
		n.Target = []string{o.Order.PoolID}
	}
	if o.Paid {
		n.Status = "done"
	}
	return n
}

// row is one row of the listing whose envelope is given.
func row(envelope pool.Part, body any) pool.Part {
	envelope.Body = encode(body)
	return envelope
}

func encode(v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("memory: %T is not JSON: %v", v, err)) // cannot be: texts and numbers only
	}
	return body
}
