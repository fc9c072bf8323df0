package orders

import "github.com/deskpool/deskpool/internal/pool"

// What is wrong with one field, in errors[].code of the API.
const (
	FaultInvalid      = "INVALID"
	FaultOutOfRange   = "OUT_OF_RANGE"
	FaultNotAllowed   = "NOT_ALLOWED"
	FaultRepeated     = "REPEATED"
	FaultNotSupported = "NOT_SUPPORTED" // this source cannot do that
)

func refuse(kind pool.Kind, faults ...pool.Fault) error {
	return &pool.Error{Kind: kind, Op: "check the order", Faults: faults}
}
