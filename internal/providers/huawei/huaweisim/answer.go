package huaweisim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// failure is an error in Huawei's words. APIGW codes are the gateway's, WKS codes Workspace's, CBC codes those of BSS.
type failure struct {
	status    int
	code, msg string
}

func unauthenticated(why string) *failure {
	return &failure{401, "APIGW.0301", "Incorrect IAM authentication information: " + why}
}

func invalid(what string) *failure {
	return &failure{400, "WKS.0001", "Invalid request: " + what + "."}
}

// fail writes a failure in the shape of the service that says it.
func (s *Sim) fail(w http.ResponseWriter, op operation, f failure) {
	id := requestID()
	if f.status == http.StatusTooManyRequests && s.cfg.RetryAfter {
		now := s.cfg.Now().UTC()
		w.Header().Set("Retry-After", strconv.Itoa(60-now.Second()))
	}
	switch {
	case op.service == iam:
		s.write(w, op, id, f.status, map[string]any{"error": map[string]any{
			"code": f.status, "message": f.msg, "title": http.StatusText(f.status)}})
	case strings.HasPrefix(f.code, "APIGW."):
		s.write(w, op, id, f.status, map[string]string{"error_msg": f.msg, "error_code": f.code, "request_id": id})
	default:
		s.write(w, op, id, f.status, map[string]string{"error_code": f.code, "error_msg": f.msg})
	}
}

// write writes an answer with its length, so that a cut one shows.
func (s *Sim) write(w http.ResponseWriter, op operation, id string, status int, body any) {
	h := w.Header()
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			panic(err) // every body is made of our own structs
		}
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(b)))
	}
	h.Set("Date", s.cfg.Now().UTC().Format(http.TimeFormat))
	h.Set("X-Request-Id", id)
	if op.service == iam {
		h.Set("X-IAM-Trace-Id", "token_"+s.cfg.Region+"_null_"+id)
	}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// shape is how this cloud says that it is broken or busy.
func (s *Sim) shape() fault.Shape {
	return fault.Shape{
		Error: func(w http.ResponseWriter, r *http.Request) {
			op, _ := route(r)
			f := failure{500, "WKS.00000003", "Failed to read the database."}
			if op.service == bss {
				f = failure{500, "CBC.0999", "Other errors."}
			}
			if s.cfg.ErrorsIn200 && op.service == workspace {
				f.status = http.StatusOK
			}
			s.fail(w, op, f)
		},
		Throttle: func(w http.ResponseWriter, r *http.Request) {
			op, _ := route(r)
			s.fail(w, op, *throttled(200))
		},
	}
}

func throttled(perMinute int) *failure {
	return &failure{429, "APIGW.0308", fmt.Sprintf(
		"The throttling threshold has been reached: policy user over ratelimit,limit:%d,time:1 minute", perMinute)}
}
