package alibaba

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
)

var (
	orderNumber = regexp.MustCompile(`^[1-9][0-9]{0,31}$`)
	vendorCode  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,127}$`)
)

// outcome says what a whole answer to a write means, and which orders the cloud
// made. Only what is beyond doubt is anything but unknown (design, section 7.2):
// a good 200 that names its orders, and a 4xx in the vendor's own words.
func outcome(operation string, status int, body []byte) (state pool.SentState, orders []string) {
	said, ok := readStrictly(body)
	switch {
	case !ok:
	case status == http.StatusOK:
		return said.accepted(operation)
	case status >= 400 && status < 500:
		return said.refused(), nil
	}
	return pool.CallUnknown, nil
}

// answer is a JSON object that can be read in one way only, by name, with the
// first letter in lower case: the vendor's own client knows both.
type answer map[string]json.RawMessage

// readStrictly reads body. It fails for what is not one JSON object in UTF-8,
// and for one in which a name stands twice, in whatever case and depth.
func readStrictly(body []byte) (answer, bool) {
	var members map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil || members == nil {
		return nil, false
	}
	if !namesOnce(json.NewDecoder(bytes.NewReader(body))) {
		return nil, false
	}
	a := answer{}
	for name, value := range members {
		if name != "" {
			name = strings.ToLower(name[:1]) + name[1:]
		}
		a[name] = value
	}
	return a, true
}

// namesOnce reads one value of valid JSON, and tells whether no object in it
// has a name twice.
func namesOnce(d *json.Decoder) bool {
	token, err := d.Token()
	open, nested := token.(json.Delim)
	if err != nil || !nested {
		return err == nil
	}
	names := map[string]bool{}
	for d.More() {
		if open == '{' {
			token, _ := d.Token()
			name, _ := token.(string)
			if name = strings.ToLower(name); names[name] {
				return false
			}
			names[name] = true
		}
		if !namesOnce(d) {
			return false
		}
	}
	_, err = d.Token()
	return err == nil
}

// accepted judges an answer with status 200.
func (a answer) accepted(operation string) (pool.SentState, []string) {
	if code := a["code"]; a.says("code") && (!isText(code) || !goodCode(text(code))) {
		return pool.CallUnknown, nil
	}
	if a.says("success") && text(a["success"]) != "true" {
		return pool.CallUnknown, nil
	}
	if operation == resetAll {
		if isText(a["requestId"]) && text(a["requestId"]) != "" {
			return pool.CallPlaced, nil
		}
		return pool.CallUnknown, nil
	}
	orders, ok := a.orders()
	if !ok || len(orders) == 0 {
		return pool.CallUnknown, nil
	}
	return pool.CallPlaced, orders
}

// refused judges an answer with status 4xx. A code that the vendor gives for
// its own failures, or for a request that it has had before, does not tell
// whether the order was made.
func (a answer) refused() pool.SentState {
	code := text(a["code"])
	family, _, _ := strings.Cut(code, ".")
	unclear := func(word string) bool { return strings.EqualFold(family, word) }
	switch {
	case !isText(a["code"]) || !vendorCode.MatchString(code) || goodCode(code),
		!isText(a["requestId"]) || strings.TrimSpace(text(a["requestId"])) == "",
		a.says("orderId"), a.says("orderIds"),
		slices.ContainsFunc([]string{codeNonceUsed, "IdempotentProcessing", "ServiceUnavailable", "InternalError", "UnknownError"}, unclear):
		return pool.CallUnknown
	case isThrottle(code):
		return pool.CallNotSent
	}
	return pool.CallRejected
}

// orders reads OrderId, a text, and OrderIds, numbers that can be larger than a
// float holds. Where both are given the one is among the others.
func (a answer) orders() (ids []string, ok bool) {
	if a.says("orderIds") {
		var list []json.RawMessage
		if json.Unmarshal(a["orderIds"], &list) != nil {
			return nil, false
		}
		for _, raw := range list {
			id := text(raw)
			if !orderNumber.MatchString(id) {
				return nil, false
			}
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	id := text(a["orderId"])
	switch {
	case !a.says("orderId") || isText(a["orderId"]) && id == "":
		return ids, true
	case !orderNumber.MatchString(id), len(ids) > 0 && !slices.Contains(ids, id):
		return nil, false
	case len(ids) == 0:
		ids = []string{id}
	}
	return ids, true
}

// says tells whether a has a value of that name.
func (a answer) says(name string) bool { return len(a[name]) > 0 && string(a[name]) != "null" }

func isText(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// goodCode tells whether a Code is that of a success: BssOpenApi says Success.
func goodCode(code string) bool {
	return code == "" || code == "200" || strings.EqualFold(code, "success") || strings.EqualFold(code, "ok")
}

// isThrottle tells whether a code says that the request was refused before it was looked at.
func isThrottle(code string) bool {
	family, _, _ := strings.Cut(code, ".")
	return family == "Throttling" || code == "Rejected.Throttling"
}
