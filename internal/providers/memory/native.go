package memory

import (
	"encoding/json"
	"fmt"

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
