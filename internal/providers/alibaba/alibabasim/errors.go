package alibabasim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// apiError is a refusal in the gateway's form.
type apiError struct {
	status        int
	code, message string
	header        http.Header
	denied        *accessDenied
}

// accessDenied is the AccessDeniedDetail of an authorization failure.
type accessDenied struct {
	AuthAction               string
	AuthPrincipalType        string
	AuthPrincipalOwnerID     string `json:"AuthPrincipalOwnerId"`
	AuthPrincipalDisplayName string
	NoPermissionType         string
	PolicyType               string
	EncodedDiagnosticMessage string
}

type errorBody struct {
	RequestID          string        `json:"RequestId"`
	HostID             string        `json:"HostId"`
	Code               string        `json:"Code"`
	Message            string        `json:"Message"`
	Recommend          string        `json:"Recommend"`
	AccessDeniedDetail *accessDenied `json:"AccessDeniedDetail,omitempty"`
}

func (s *Sim) refuse(w http.ResponseWriter, r *http.Request, e *apiError) {
	id, product := newRequestID(), "ecd"
	if callOf(r.Context()).version == billingVersion {
		product = "BssOpenApi"
	}
	for name, values := range e.header {
		w.Header()[name] = values
	}
	s.write(w, e.status, id, errorBody{
		RequestID: id, HostID: r.Host, Code: e.code, Message: e.message, AccessDeniedDetail: e.denied,
		Recommend: "https://api.aliyun.com/troubleshoot?q=" + url.QueryEscape(e.code) + "&product=" + product + "&requestId=" + id,
	})
}

// write sends an answer. Its Date is that of the simulated clock, because
// clients correct their own by it.
func (s *Sim) write(w http.ResponseWriter, status int, requestID string, body any) {
	b, err := json.Marshal(body)
	if err != nil { // answers hold only text, numbers and booleans
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("X-Acs-Request-Id", requestID)
	w.Header().Set("Date", s.c.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that is gone needs no answer
}

// newRequestID is an upper-case UUID, version 4.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func bad(code, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: message}
}

func missing(name string) *apiError {
	return bad("Missing"+name, name+" is mandatory for this action.")
}

func invalid(name string) *apiError {
	return bad("Invalid"+name, "Specified parameter "+name+" is not valid.")
}

func errMalformed() *apiError {
	return bad("InvalidParameter", "The request parameters cannot be decoded.")
}

func errTooLarge() *apiError {
	return &apiError{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "The request body is too large."}
}

func errIncomplete() *apiError {
	return bad("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
}

func errUnknownKey() *apiError {
	return &apiError{status: http.StatusNotFound, code: "InvalidAccessKeyId.NotFound", message: "Specified access key is not found."}
}

func errInactiveKey() *apiError {
	return bad("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
}

func errDateFormat() *apiError {
	return bad("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
}

func errDateExpired() *apiError {
	return bad("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
}

func errNonceUsed() *apiError {
	return bad("SignatureNonceUsed", "Specified signature nonce was used already.")
}

func errTokenMismatch() *apiError {
	return bad("InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.")
}

func errTokenExpired() *apiError {
	return &apiError{status: http.StatusForbidden, code: "InvalidSecurityToken.Expired", message: "Specified SecurityToken is expired."}
}

func errUnknownAction() *apiError {
	return &apiError{status: http.StatusNotFound, code: "InvalidAction.NotFound", message: "Specified api is not found, please check your url and method."}
}

func errUnknownVersion() *apiError {
	return bad("InvalidVersion", "Specified parameter Version is not valid.")
}

func errUnknownProduct() *apiError {
	return &apiError{status: http.StatusNotFound, code: "InvalidProduct.NotFound", message: "Cannot find product according to your specified domain."}
}

func errUnknownRegion() *apiError {
	return &apiError{status: http.StatusNotFound, code: "InvalidRegionId.NotFound", message: "The specified RegionId does not exist."}
}

func errUnknownGroup() *apiError {
	return bad("InvalidDesktopGroupId.NotFound", "The specified DesktopGroupId does not exist.")
}

func errInternal() *apiError {
	return &apiError{
		status: http.StatusInternalServerError, code: "InternalError",
		message: "The request processing has failed due to some unknown error, exception or failure.",
	}
}

func errUnknownDesktop() *apiError {
	return bad("InvalidDesktopId.NotFound", "The specified DesktopId does not exist.")
}

func errDesktopStatus() *apiError {
	return bad("IncorrectDesktopStatus", "The current status of the desktop does not support this operation.")
}

func errTooFrequent() *apiError {
	return bad("OperationTooFrequent", "The operation is too frequent, please try again later.")
}

func errUnpaid() *apiError {
	return &apiError{status: http.StatusForbidden, code: "Order.Unpaid", message: "The specified desktop has an unpaid order."}
}

func errImageStatus() *apiError {
	return bad("InvalidImageStatus.NotValid", "The status of the specified image is not valid.")
}

func errChargeType() *apiError {
	return bad("InvalidChargeType.Unsupported", "The charge type of the desktop does not support this operation.")
}

// The codes of the next four are chosen here, after those of other products.

func errUnknownImage() *apiError {
	return bad("InvalidImageId.NotFound", "The specified ImageId does not exist.")
}

func errTypeChange() *apiError {
	return bad("InvalidDesktopType.Modification", "The desktop cannot be changed to the specified desktop type.")
}

func errSoldOut() *apiError {
	return bad("OperationDenied.NoStock", "The specified desktop type is out of stock.")
}

func errBalance() *apiError {
	return &apiError{status: http.StatusForbidden, code: "InvalidAccountStatus.NotEnoughBalance", message: "Your account does not have enough balance."}
}

// errThrottled is the limit of one user on one operation; wait is in its TimeLeft.
func errThrottled(limit int, wait time.Duration) *apiError {
	e := bad("Throttling.User", "Request was denied due to user flow control.")
	ms := wait.Milliseconds()
	e.header = http.Header{"X-Ratelimit-User-Api": {fmt.Sprintf("Limit:%d,Remain:0,TimeLeft:%d,Reset:%d", limit, ms, ms)}}
	return e
}

// errNoPermission names the action as the vendor does for ecd; for billing that is not documented.
func errNoPermission(action, version string) *apiError {
	if version == billingVersion {
		action = "bss:" + action
	} else {
		action = "ecd:" + action
	}
	return &apiError{
		status: http.StatusForbidden, code: "NoPermission",
		message: "You are not authorized to perform this operation. Action: " + action,
		denied: &accessDenied{
			AuthAction: action, AuthPrincipalType: "SubUser", AuthPrincipalOwnerID: accountID,
			AuthPrincipalDisplayName: "200000000000000001", NoPermissionType: "ImplicitDeny",
			PolicyType: "AccountLevelIdentityBasedPolicy", EncodedDiagnosticMessage: "AQEAAAAAZXhhbXBsZQ==",
		},
	}
}
