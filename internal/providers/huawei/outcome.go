package huawei

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"unicode/utf8"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
	"github.com/deskpool/deskpool/internal/providers/wire"
)

// outcome says what the answer to an order means: a whole good one is placed, partial or
// unknown, a refusal rejected, not sent or unknown. Only what is beyond doubt is final; what can be read of
// the rest is kept for whoever finds out.
func outcome(res transport.Response, c pool.OrderCall, secrets []pool.Secret, drift *pool.Drift) pool.Sent {
	sent := understood(res, c, secrets, drift)
	if scrub(string(res.Body), secrets) != string(res.Body) || bytes.Contains(res.Body, []byte("canonicalRequest")) {
		sent.Native = json.RawMessage("{}") // it repeats what we sent, credentials included
	}
	return sent
}

func understood(res transport.Response, c pool.OrderCall, secrets []pool.Secret, drift *pool.Drift) pool.Sent {
	refused, _ := judge(res, false, secrets)
	if res.Status/100 != 2 {
		return pool.Sent{State: refusalState(res), RequestID: refused.Upstream.RequestID, Err: refused}
	}
	orders, failed := placedOrders(res.Body, secrets, drift)
	sent := pool.Sent{State: pool.CallUnknown, Orders: orders, RequestID: requestID(res, nil), Err: refused}
	if refused != nil {
		return sent
	}
	if res.Status == http.StatusOK {
		sent.State = orderState(res.Body, len(c.DesktopIDs))
	}
	if sent.State == pool.CallPlaced {
		return sent
	}
	up := &pool.Upstream{HTTPStatus: res.Status, RequestID: sent.RequestID}
	sent.Err = &pool.Error{Kind: pool.BadBody, Upstream: up}
	if failed != nil {
		up.Code, up.Message = failed.Code, failed.Message
		sent.Err.Kind, _ = classify(res.Status, failed.Code, true, false)
	}
	return sent
}

// placedOrders reads the orders of an answer leniently, and points at the first that failed.
func placedOrders(body []byte, secrets []pool.Secret, drift *pool.Drift) (orders []pool.CloudOrder, failed *pool.CloudOrder) {
	var said changeOrders
	if wire.Decode(body, orderName, &said, drift) != nil {
		return nil, nil
	}
	for _, row := range said.Orders {
		order := pool.CloudOrder{
			ID:           clean(row.ID, maxID),
			PaymentState: paymentState(row.Status, drift),
			Failed:       row.Result == resultFail,
			Code:         clean(scrub(row.Code, secrets), maxCode),
			Message:      clean(scrub(row.Message, secrets), maxText),
			Native:       row.Raw,
		}
		orders = append(orders, order)
		if order.Failed && failed == nil {
			failed = &order
		}
	}
	return orders, failed
}

const (
	maxID         = 128 // characters of an id
	resultFail    = "FAIL"
	resultSuccess = "SUCCESS"
)

// orderState reads a whole good answer strictly. Each element is an order, that
// is an order_id of its own without a FAIL (the vendor's example has no result), or a FAIL
// without an order_id. Of desktops each has its element. A pool is one order in the
// vendor's example, but that it never is several is not promised.
func orderState(body []byte, desktops int) pool.SentState {
	doc, ok := strictObject(body)
	if !ok || !silent(doc, "error_code") || !silent(doc, "error_msg") {
		return pool.CallUnknown
	}
	var rows []json.RawMessage
	if json.Unmarshal(doc["orders"], &rows) != nil || desktops > 0 && len(rows) != desktops {
		return pool.CallUnknown
	}
	failed, ids := 0, map[string]bool{}
	for _, row := range rows {
		id, isFail, ok := orderElement(row)
		switch {
		case !ok || ids[id]:
			return pool.CallUnknown
		case isFail:
			failed++
		default:
			ids[id] = true
		}
	}
	switch {
	case len(ids) == 0: // all failed: whether for good is not promised
		return pool.CallUnknown
	case failed > 0:
		return pool.CallPartial
	}
	return pool.CallPlaced
}

// orderElement reads one OrderV5; ok tells whether it is clear what became of it.
func orderElement(row json.RawMessage) (id string, isFail, ok bool) {
	doc, ok := members(row)
	if !ok {
		return "", false, false
	}
	id, idOK := optionalText(doc["order_id"])
	result, resultOK := optionalText(doc["result"])
	switch {
	case !idOK || !resultOK:
		return "", false, false
	case result == resultFail:
		return "", true, id == ""
	case result == resultSuccess, result == "":
		return id, false, plainID.MatchString(id)
	}
	return "", false, false
}

// vendorCode is the form of an error code: WKS. and APIGW. or APIG., and those
// of the services behind. No proxy writes that.
var vendorCode = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{1,15}\.[0-9]{3,10}$`)

// refusalState reads a 4xx strictly: it is a refusal if the vendor wrote it. A throttled
// call was refused before it was carried out, and may be made again.
func refusalState(res transport.Response) pool.SentState {
	doc, ok := strictObject(res.Body)
	code, isText := optionalText(doc["error_code"])
	if !ok || !isText || !vendorCode.MatchString(code) || !silent(doc, "orders") || res.Status/100 != 4 {
		return pool.CallUnknown
	}
	if number, isGateway := gatewayNumber(code); isGateway && number == "0308" && res.Status == http.StatusTooManyRequests {
		return pool.CallNotSent
	}
	return pool.CallRejected
}

// silent tells whether a member says nothing: it is absent, null or an empty text.
func silent(doc map[string]json.RawMessage, name string) bool {
	text, ok := optionalText(doc[name])
	return ok && text == ""
}

// optionalText reads a text; "" if it is absent or null.
func optionalText(value json.RawMessage) (text string, ok bool) {
	if value == nil {
		return "", true
	}
	return text, json.Unmarshal(value, &text) == nil
}

func members(value json.RawMessage) (map[string]json.RawMessage, bool) {
	var doc map[string]json.RawMessage
	err := json.Unmarshal(value, &doc)
	return doc, err == nil && doc != nil
}

// strictObject reads one object of valid UTF-8, in which, at any depth, no name stands twice.
func strictObject(body []byte) (map[string]json.RawMessage, bool) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if !distinct(d) {
		return nil, false
	}
	return members(body)
}

// distinct consumes one value and tells whether its names are distinct. The value is valid.
func distinct(d *json.Decoder) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	open, nested := token.(json.Delim)
	if !nested {
		return true
	}
	names := map[any]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil || names[name] {
				return false
			}
			names[name] = true
		}
		if !distinct(d) {
			return false
		}
	}
	_, err = d.Token() // the closing bracket
	return err == nil
}
