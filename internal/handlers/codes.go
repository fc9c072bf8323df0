package handlers

import (
	"net/http"
	"strings"

	"github.com/deskpool/deskpool/internal/orders"
	"github.com/deskpool/deskpool/internal/pool"
)

// Code is the stable word for a problem, in every problem document.
type Code string

// The codes of reads.
const (
	MalformedRequest    Code = "MALFORMED_REQUEST"
	UnknownParameter    Code = "UNKNOWN_PARAMETER"
	InvalidParameter    Code = "INVALID_PARAMETER"
	CursorInvalid       Code = "CURSOR_INVALID"
	CursorExpired       Code = "CURSOR_EXPIRED"
	Unauthenticated     Code = "UNAUTHENTICATED"
	Forbidden           Code = "FORBIDDEN"
	NotFound            Code = "NOT_FOUND"
	PoolNotFound        Code = "POOL_NOT_FOUND"
	DesktopNotFound     Code = "DESKTOP_NOT_FOUND"
	SourceNotFound      Code = "SOURCE_NOT_FOUND"
	MethodNotAllowed    Code = "METHOD_NOT_ALLOWED"
	NotAcceptable       Code = "NOT_ACCEPTABLE"
	OperationConflict   Code = "OPERATION_CONFLICT"
	ServiceNotEnabled   Code = "SERVICE_NOT_ENABLED"
	Internal            Code = "INTERNAL"
	UpstreamError       Code = "UPSTREAM_ERROR"
	UpstreamBadBody     Code = "UPSTREAM_BAD_BODY"
	UpstreamLimit       Code = "UPSTREAM_LIMIT"
	UpstreamAuth        Code = "UPSTREAM_AUTH"
	UpstreamThrottled   Code = "UPSTREAM_THROTTLED"
	UpstreamUnavailable Code = "UPSTREAM_UNAVAILABLE"
	Draining            Code = "DRAINING"
	UpstreamTimeout     Code = "UPSTREAM_TIMEOUT"
)

// The codes that only requests with a body, and orders, have.
const (
	IdempotencyKeyMissing  Code = "IDEMPOTENCY_KEY_MISSING"
	IdempotencyKeyInvalid  Code = "IDEMPOTENCY_KEY_INVALID"
	OrderNotFound          Code = "ORDER_NOT_FOUND"
	LengthRequired         Code = "LENGTH_REQUIRED"
	PayloadTooLarge        Code = "PAYLOAD_TOO_LARGE"
	UnsupportedMediaType   Code = "UNSUPPORTED_MEDIA_TYPE"
	OrderInProgress        Code = "ORDER_IN_PROGRESS"
	OrderNotPlaced         Code = "ORDER_NOT_PLACED"
	UnresolvedOrder        Code = "UNRESOLVED_ORDER"
	PriceChanged           Code = "PRICE_CHANGED"
	ValidationFailed       Code = "VALIDATION_FAILED"
	IdempotencyKeyMismatch Code = "IDEMPOTENCY_KEY_MISMATCH"
	OrderRejected          Code = "ORDER_REJECTED"
	CapabilityNotSupported Code = "CAPABILITY_NOT_SUPPORTED"
	LedgerUnavailable      Code = "LEDGER_UNAVAILABLE"
)

// meaning is what a code stands for.
type meaning struct {
	status    int
	retryable bool // the same request may succeed later
	title     string
	text      string // for /problems/{slug}: what happened, and what to do
}

// meanings is the one table of codes and statuses.
var meanings = map[Code]meaning{
	MalformedRequest: {http.StatusBadRequest, false, "The request is malformed",
		"The request could not be read as the API promises it, for example because it has a body where none belongs."},
	UnknownParameter: {http.StatusBadRequest, false, "A parameter is not known",
		"A query parameter is not one of this route's. errors[] names each of them and lists what is allowed. Nothing was sent to a cloud."},
	InvalidParameter: {http.StatusBadRequest, false, "A parameter is not valid",
		"A parameter has a value that is empty, repeated, out of range or not in its list. errors[] names each of them and says what is allowed. Nothing was sent to a cloud."},
	CursorInvalid: {http.StatusBadRequest, false, "The cursor is not valid",
		"A cursor is good only as it was given, with the same query and the same credentials. Start again without one."},
	CursorExpired: {http.StatusGone, false, "The cursor has expired",
		"A cursor is good for one hour. Start again without one."},
	Unauthenticated: {http.StatusUnauthorized, false, "Credentials are missing or not known",
		"Send Authorization: Bearer <API key>. This is about your credentials at deskpool, never about a cloud's."},
	Forbidden: {http.StatusForbidden, false, "The credentials do not allow this",
		"Your key lacks the scope that the detail names. Ask whoever runs deskpool for it."},
	NotFound: {http.StatusNotFound, false, "There is nothing here",
		"No route of the API has this path."},
	PoolNotFound: {http.StatusNotFound, false, "There is no such pool",
		"No source that you can see has a pool of this id."},
	DesktopNotFound: {http.StatusNotFound, false, "There is no such desktop",
		"No source that you can see has a desktop of this id."},
	SourceNotFound: {http.StatusNotFound, false, "There is no such source",
		"You see no source of this id. GET /v1/sources lists those that you see."},
	MethodNotAllowed: {http.StatusMethodNotAllowed, false, "The method is not allowed here",
		"The Allow header lists the methods of this route."},
	NotAcceptable: {http.StatusNotAcceptable, false, "No acceptable form of the answer exists",
		"The route cannot answer in any media type that the Accept header allows. errors[] lists those that it has."},
	OperationConflict: {http.StatusConflict, true, "The resource is busy",
		"The cloud refuses this while another operation is under way. Repeat it after retry_after_s."},
	ServiceNotEnabled: {http.StatusConflict, false, "The cloud's service is not enabled",
		"The source's account has not opened the desktop service in this project. Whoever runs deskpool must do that at the cloud."},
	Internal: {http.StatusInternalServerError, true, "Something is wrong in deskpool",
		"This is a fault of deskpool's. Please report it with the request_id."},
	UpstreamError: {http.StatusBadGateway, true, "The cloud failed",
		"The cloud answered with an error; upstream says which, as far as it spoke."},
	UpstreamBadBody: {http.StatusBadGateway, true, "The cloud's answer cannot be read",
		"The cloud answered with something that is not what it documents: HTML, a cut body, or more than deskpool takes."},
	UpstreamLimit: {http.StatusBadGateway, false, "A limit of the cloud's is reached",
		"The cloud cannot list past this point: Huawei not past 10,000 desktops of one pool. Narrow the question with filters."},
	UpstreamAuth: {http.StatusBadGateway, false, "The cloud refuses deskpool's credentials",
		"The credentials that deskpool holds for this source are refused by the cloud, or lack a permission there. Yours are fine. Whoever runs deskpool must act. Refused credentials are tried again after a minute."},
	UpstreamThrottled: {http.StatusServiceUnavailable, true, "The cloud is limiting requests",
		"The cloud refuses more requests of this account for now. Repeat after retry_after_s."},
	UpstreamUnavailable: {http.StatusServiceUnavailable, true, "The cloud cannot be reached",
		"No connection to the cloud could be made, or it says that it is down. Repeat after retry_after_s."},
	Draining: {http.StatusServiceUnavailable, true, "This process is about to end",
		"It finishes what it has begun and takes nothing new. Another replica, or its successor, answers."},
	UpstreamTimeout: {http.StatusGatewayTimeout, true, "The cloud did not answer in time",
		"The cloud took longer than the request may wait. Prefer: wait=<seconds> sets how long that is."},
	IdempotencyKeyMissing: {http.StatusBadRequest, false, "The Idempotency-Key is missing",
		"An order needs the header Idempotency-Key, so that it is never placed twice. Choose a new one for every new order, and send the same one again with every repetition."},
	IdempotencyKeyInvalid: {http.StatusBadRequest, false, "The Idempotency-Key is not valid",
		"The header Idempotency-Key holds 1 to 255 visible ASCII characters, once. Nothing was sent to a cloud."},
	OrderNotFound: {http.StatusNotFound, false, "There is no such order",
		"Your tenant has no order of this id."},
	LengthRequired: {http.StatusLengthRequired, false, "The length of the body is missing",
		"A request with a body needs its Content-Length, and is not sent in chunks."},
	PayloadTooLarge: {http.StatusRequestEntityTooLarge, false, "The body is too large",
		"A body has at most 64 KiB."},
	UnsupportedMediaType: {http.StatusUnsupportedMediaType, false, "The media type is not supported",
		"A body is sent as Content-Type: application/json, in UTF-8 and not compressed."},
	OrderInProgress: {http.StatusConflict, true, "The order is being placed",
		"The order of this key is being placed. Repeat the same request with the same key after retry_after_s."},
	OrderNotPlaced: {http.StatusConflict, false, "The order was not placed",
		"The cloud knows of no such order, and can take it no more. Use a new key to order again."},
	UnresolvedOrder: {http.StatusConflict, true, "The pool has an unresolved order",
		"Another order of one of its pools is under way, or nobody knows yet what became of it. Until that is settled its pools take no other. GET /v1/orders?state=UNKNOWN,NEEDS_REVIEW lists what is open."},
	PriceChanged: {http.StatusConflict, false, "The price has changed",
		"The order costs more than its max_amount now. Nothing was sent. Ask for an estimate, and order again."},
	ValidationFailed: {http.StatusUnprocessableEntity, false, "The body is not valid",
		"The body is JSON, but not what this route takes. errors[] names each fault by its pointer. Nothing was sent."},
	IdempotencyKeyMismatch: {http.StatusUnprocessableEntity, false, "The Idempotency-Key has another order",
		"This key was used for another order. Use a new key for a new order."},
	OrderRejected: {http.StatusUnprocessableEntity, false, "The cloud refuses the order",
		"The cloud refuses the order; upstream says why."},
	CapabilityNotSupported: {http.StatusUnprocessableEntity, false, "The source cannot do that",
		"This source has no such function. errors[] says what it lacks, and GET /v1/capabilities what it can. Nothing was sent."},
	LedgerUnavailable: {http.StatusServiceUnavailable, true, "The ledger cannot be used",
		"Without its ledger deskpool takes no orders, so that none is placed twice; reads go on. Repeat the same request with the same key after retry_after_s."},
}

// kindCodes says which code each kind of failure has, of sources and of
// orders. What is not found has the code of what was looked for.
var kindCodes = map[pool.Kind]Code{
	pool.Invalid:      UpstreamError,
	pool.Conflict:     OperationConflict,
	pool.NotEnabled:   ServiceNotEnabled,
	pool.Auth:         UpstreamAuth,
	pool.Denied:       UpstreamAuth,
	pool.Throttled:    UpstreamThrottled,
	pool.Unavailable:  UpstreamUnavailable,
	pool.Skipped:      UpstreamUnavailable,
	pool.Timeout:      UpstreamTimeout,
	pool.Failed:       UpstreamError,
	pool.BadBody:      UpstreamBadBody,
	pool.LimitReached: UpstreamLimit,

	orders.Unprocessable: ValidationFailed,
	orders.Unsupported:   CapabilityNotSupported,
	orders.KeyReused:     IdempotencyKeyMismatch,
	orders.InProgress:    OrderInProgress,
	orders.Unresolved:    UnresolvedOrder,
	orders.PriceChanged:  PriceChanged,
	orders.Settled:       OperationConflict,
	orders.NoOrder:       OrderNotFound,
	orders.Unrecorded:    LedgerUnavailable,
}

// codeOf is the code of a failure; unknown kinds are UpstreamError.
func codeOf(k pool.Kind) Code {
	if c, ok := kindCodes[k]; ok {
		return c
	}
	return UpstreamError
}

// slug is the code's name in URLs, as in upstream-auth.
func (c Code) slug() string { return strings.ReplaceAll(strings.ToLower(string(c)), "_", "-") }

// codeOfSlug finds a code by its slug.
func codeOfSlug(slug string) (Code, bool) {
	c := Code(strings.ToUpper(strings.ReplaceAll(slug, "-", "_")))
	_, known := meanings[c]
	return c, known && c.slug() == slug
}
