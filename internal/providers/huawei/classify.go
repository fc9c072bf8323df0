package huawei

import (
	"net/http"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// classify chooses the Kind, by the code before the status. parsed: the body
// was an error that the cloud wrote, not a page of some proxy.
func classify(status int, code string, parsed, byID bool) (kind pool.Kind, again bool) {
	if number, isGateway := gatewayNumber(code); isGateway {
		return classifyGateway(status, number)
	}
	switch code {
	case "WKS.0001": // on a pool's own path: the pool does not exist
		if byID {
			return pool.NotFound, false
		}
		return pool.Invalid, false
	case "WKS.0202", "WKS.0915", // not found, though the status is 500
		"WKS.00170117", "WKS.00170208", "WKS.00170312": // no such tenant, user group, user
		if byID {
			return pool.NotFound, false
		}
		return pool.Failed, false
	case "WKS.00010099":
		return pool.NotEnabled, false
	case "WKS.00010032", "WKS.0407":
		return pool.Conflict, false
	}
	return classifyStatus(status, code, parsed, byID)
}

func classifyStatus(status int, code string, parsed, byID bool) (kind pool.Kind, again bool) {
	switch status {
	case http.StatusUnauthorized:
		return pool.Auth, false
	case http.StatusForbidden:
		return pool.Denied, false
	case http.StatusTooManyRequests:
		return pool.Throttled, true
	case http.StatusInternalServerError:
		return pool.Failed, true
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return pool.Unavailable, true
	case http.StatusGatewayTimeout:
		return pool.Timeout, true
	}
	switch {
	case !parsed && status < 500:
		return pool.BadBody, false
	case status == http.StatusNotFound && byID && code != "":
		return pool.NotFound, false
	case status == http.StatusConflict:
		return pool.Conflict, false
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong:
		return pool.Invalid, false
	}
	return pool.Failed, false
}

// classifyGateway knows the codes of API Gateway, which may come inside a 200
// as well. Its 404 is a path that it does not know, not a pool.
func classifyGateway(status int, number string) (kind pool.Kind, again bool) {
	switch number {
	case "0301", "0303", "0305", "0307", "0311":
		return pool.Auth, false
	case "0308":
		return pool.Throttled, true
	case "0302", "0304", "0306", "0310", "0401", "0402", "0404", "0501", "0502", "0801", "0802":
		return pool.Denied, false
	case "0601", "0605", "0606", "0608", "0609", "0611", "0705":
		return pool.Failed, true
	case "0610", "0613":
		return pool.Unavailable, true
	case "0612":
		return pool.Failed, false
	}
	const headersTooLarge = 494
	if status == headersTooLarge {
		return pool.Invalid, false
	}
	return classifyStatus(status, "", true, false)
}

// gatewayNumber is the number of a gateway code: APIGW.0301 and APIG.0301 are the same.
func gatewayNumber(code string) (number string, ok bool) {
	if number, ok = strings.CutPrefix(code, "APIGW."); ok {
		return number, true
	}
	return strings.CutPrefix(code, "APIG.")
}
