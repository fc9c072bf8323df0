package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// maxFaultBody bounds the body of a fault, in bytes.
const maxFaultBody = 4096

// FaultKnobs serves the fault knobs: GET lists them, POST adds one, DELETE
// takes all away. Every answer is the list of those that are on.
func (s *Sandbox) FaultKnobs() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			if err := s.addFault(http.MaxBytesReader(w, r.Body, maxFaultBody)); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		case http.MethodDelete:
			s.Faults.Clear()
		default:
			w.Header().Set("Allow", "GET, HEAD, POST, DELETE")
			http.Error(w, "GET lists the faults, POST adds one, DELETE takes all away", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		list := append([]fault.Fault{}, s.Faults.List()...)
		_ = json.NewEncoder(w).Encode(map[string]any{"faults": list}) // a client that has left is no failure of ours
	})
}

// addFault reads one fault. Its errors are for the person who turns the knobs.
func (s *Sandbox) addFault(body io.Reader) error {
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	var f fault.Fault
	if err := dec.Decode(&f); err != nil {
		return errors.New(`send one fault as JSON, as in {"source":"ali-sgp","kind":"hang"}: ` + err.Error())
	}
	if dec.More() {
		return errors.New("send one fault at a time")
	}
	if f.Source != "" && !s.knows(f.Source) {
		return errors.New("source: there is no source " + f.Source)
	}
	return s.Faults.Add(f)
}

func (s *Sandbox) knows(id string) bool {
	for _, src := range s.Sources {
		if src.ID == id {
			return true
		}
	}
	return false
}
