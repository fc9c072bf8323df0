package pool

import (
	"context"
	"encoding/json"
	"time"
)

// OrderType is a kind of order.
type OrderType string

// The types.
const (
	AddVolumeOrder          OrderType = "ADD_VOLUME"
	ExtendVolumeOrder       OrderType = "EXTEND_VOLUME"
	ResizeOrder             OrderType = "RESIZE"
	ChangeImageOrder        OrderType = "CHANGE_IMAGE"
	AddSubResourcesOrder    OrderType = "ADD_SUB_RESOURCES"
	DeleteSubResourcesOrder OrderType = "DELETE_SUB_RESOURCES"
)

// Order is a paid change to a pool or its desktops, as one source is asked for
// it. Its JSON is canonical: equal orders have equal JSON.
type Order struct {
	Type OrderType `json:"type"`
	// PoolID and DesktopIDs, native ids, are the target: exactly one is given.
	// DesktopIDs are 1..100, sorted, without doubles.
	PoolID     string   `json:"pool_id,omitempty"`
	DesktopIDs []string `json:"desktop_ids,omitempty"`
	// Of the parameters exactly the one is given that Type names.
	AddVolume          *AddVolume          `json:"add_volume,omitempty"`
	ExtendVolume       *ExtendVolume       `json:"extend_volume,omitempty"`
	Resize             *Resize             `json:"resize,omitempty"`
	ChangeImage        *ChangeImage        `json:"change_image,omitempty"`
	AddSubResources    *AddSubResources    `json:"add_sub_resources,omitempty"`
	DeleteSubResources *DeleteSubResources `json:"delete_sub_resources,omitempty"`
	PromotionPlanID    string              `json:"promotion_plan_id,omitempty"`
	AutoPay            bool                `json:"auto_pay,omitempty"`
}

// AddVolume adds a data disk to each desktop.
type AddVolume struct {
	VolumeType    string `json:"volume_type"` // the cloud's own word, as in SAS
	VolumeSizeGiB int    `json:"volume_size_gib"`
}

// ExtendVolume makes a disk of each desktop larger.
type ExtendVolume struct {
	DiskID     string `json:"disk_id"` // Disk.ID of the pool
	NewSizeGiB int    `json:"new_size_gib"`
}

// Resize gives each desktop another product.
type Resize struct {
	ProductID string `json:"product_id"`
	// StopRunning stops desktops that are running; without it they are in the way.
	StopRunning bool `json:"stop_running,omitempty"`
}

// ChangeImage replaces the system disk of each desktop.
type ChangeImage struct {
	ImageID       string `json:"image_id,omitempty"` // or ImageSpecCode
	ImageSpecCode string `json:"image_spec_code,omitempty"`
	// NoticeMinutes is how long users have to save their work; nil: not said.
	NoticeMinutes *int   `json:"notice_minutes,omitempty"`
	Message       string `json:"message,omitempty"` // that users see
}

// AddSubResources buys something that goes with a desktop.
type AddSubResources struct {
	SKU string `json:"sku"`
}

// DeleteSubResources gives up something that goes with a desktop.
type DeleteSubResources struct {
	Type string `json:"sub_resource_type"`
}

// Ordering is what a source can do for money.
type Ordering struct {
	Orderer
	Types []OrderSupport
	// MaxDesktops is how many desktops one order can change, where the source
	// takes a pool apart; 0: a pool goes as a whole.
	MaxDesktops int
}

// OrderSupport says what a source takes for one type.
type OrderSupport struct {
	Type OrderType
	// Parameters are all that may be given: those of the type's object by their
	// JSON names, and promotion_plan_id and auto_pay where the source has them.
	Parameters []Parameter
	Price      bool // there is a price call
}

// Parameter is one parameter and its bounds at this source. Nil bounds are not known.
type Parameter struct {
	Name     string // as in volume_size_gib
	Type     ParameterType
	Required bool
	Min, Max *int     // of an INTEGER
	Step     *int     // an INTEGER is a multiple of it
	Length   *int     // characters of a TEXT, at most
	Allowed  []string // the words of a TEXT; nil: any
}

// ParameterType is what a parameter holds.
type ParameterType string

// The types of parameters.
const (
	TextParameter    ParameterType = "TEXT"
	IntegerParameter ParameterType = "INTEGER"
	BooleanParameter ParameterType = "BOOLEAN"
)

// Orderer places orders with one source. Only Send writes. Its methods may be
// called concurrently; errors are *Error.
type Orderer interface {
	// Plan reads the order's target, past every cache, and says how the order
	// would be carried out. Errors: NotFound for an unknown pool or desktop,
	// Invalid (with Faults) for what only the cloud's own rules can tell, and those of a Reader.
	Plan(ctx context.Context, o Order) (Plan, error)
	// Price asks what an order of this plan costs now. Where there is no price
	// call, Amount is nil and Reason says why. Errors: Invalid for what the cloud refuses to
	// price, and those of a Reader.
	Price(ctx context.Context, o Order, p Plan) (Price, error)
	// Send makes one call of a plan, with at as the time of its signature. Nothing in it
	// or below it sends twice. ctx bounds it.
	Send(ctx context.Context, c OrderCall, at time.Time) Sent
	// Look reads what the cloud's books and the target say of a call that was
	// sent and whose outcome is unknown.
	Look(ctx context.Context, s Suspect) (Evidence, error)
}

// Plan is how a source would carry out an order.
type Plan struct {
	Pools    []Pool    // the pool, or those of the desktops, in full
	Desktops []Desktop // the desktops to be changed; nil if the pool goes as a whole
	Impact   Impact
	// Obstacle is why the order cannot be placed now though it is a good one,
	// as Conflict for running desktops; nil if nothing is in the way.
	Obstacle *Error
	Calls    []OrderCall // one or more, to be sent in this order
	AsOf     time.Time   // when the target was read; the oldest part
}

// Impact is whom an order touches. Nil counts are not known.
type Impact struct {
	Desktops  *int      `json:"desktops"`
	Running   *int      `json:"running"`
	Connected *int      `json:"connected"`
	AsOf      time.Time `json:"as_of"`
}

// OrderCall is one write. It is kept in the ledger and holds no secret.
type OrderCall struct {
	Operation  string   `json:"operation"` // the vendor's name, as in ModifyDesktopSpec
	PoolID     string   `json:"pool_id,omitempty"`
	DesktopIDs []string `json:"desktop_ids,omitempty"` // that it changes; nil: all of the pool
	// Request and Before are the adapter's own: what is sent, and what the target was like.
	Request json.RawMessage `json:"request"`
	Before  json.RawMessage `json:"before,omitempty"`
	// Orders is how many orders the cloud makes of it; 0: none, as for Alibaba's ResetDesktops.
	Orders int `json:"orders"`
}

// SentState is what became of a call.
type SentState string

// The outcomes of a call. All that is not proven to be one of the others is CallUnknown.
const (
	CallPlaced   SentState = "PLACED"   // a whole good answer without a failed element
	CallPartial  SentState = "PARTIAL"  // a whole good answer with orders and failed elements
	CallRejected SentState = "REJECTED" // 4xx with the vendor's own error
	CallNotSent  SentState = "NOT_SENT" // nothing left the machine, or the cloud throttled
	CallUnknown  SentState = "UNKNOWN"
)

// Sent is what became of a call.
type Sent struct {
	State     SentState
	Orders    []CloudOrder
	RequestID string          // the cloud's
	Native    json.RawMessage // the answer, if it is JSON
	Err       *Error          // why not, unless State is CallPlaced
}

// CloudOrder is one order of a cloud's, in its answer or in its books.
type CloudOrder struct {
	ID           string          `json:"id"` // empty where Failed or where the cloud has none
	PaymentState PaymentState    `json:"payment_state,omitempty"`
	Failed       bool            `json:"failed,omitempty"`
	Code         string          `json:"code,omitempty"`
	Message      string          `json:"message,omitempty"`
	DesktopIDs   []string        `json:"desktop_ids,omitempty"` // nil: the cloud does not say
	CreatedAt    time.Time       `json:"created_at,omitzero"`
	Amount       *Money          `json:"amount,omitempty"`
	Native       json.RawMessage `json:"native,omitempty"`
}

// PaymentState is how far a cloud's order is.
type PaymentState string

// The payment states (design, section 5).
const (
	PayCreated              PaymentState = "CREATED"
	PayInReview             PaymentState = "IN_REVIEW"
	PayRefunding            PaymentState = "REFUNDING"
	PayProcessing           PaymentState = "PROCESSING"
	PayCanceled             PaymentState = "CANCELED"
	PayCompleted            PaymentState = "COMPLETED"
	PayAwaitingPayment      PaymentState = "AWAITING_PAYMENT"
	PayCompensating         PaymentState = "COMPENSATING"
	PayAwaitingConfirmation PaymentState = "AWAITING_CONFIRMATION"
	PayOther                PaymentState = "OTHER"
)

// Suspect is a call whose outcome is unknown.
type Suspect struct {
	Order Order
	Call  OrderCall
	At    time.Time // of its signature
	Until time.Time // since then its signature cannot make an order any more
}

// Evidence is what was found about a Suspect.
type Evidence struct {
	// Orders are the cloud's orders of this kind that were made in that time,
	// but for those that are known to be for other desktops or another pool.
	Orders []CloudOrder
	// Changed tells whether the target shows the change: all of it, none of it; nil:
	// only some does, as Partly tells, or it cannot be seen.
	Changed *bool
	Partly  bool
	Parts   []Part
}

// Price is what an order costs.
type Price struct {
	Amount     *Money // to be paid; nil: not known
	ListAmount *Money // before discounts
	Discounts  []Discount
	Reason     string // why Amount is nil, as in NO_PRICE_CALL
	Parts      []Part // the cloud's answers
}

// Discount lessens a price.
type Discount struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Amount *Money `json:"amount"` // how much less; nil: not known
}

// The reasons for a price without an amount.
const (
	NoPriceCall     = "NO_PRICE_CALL"      // the cloud has none for this type
	FreeOfCharge    = "FREE_OF_CHARGE"     // the cloud makes no order of it
	PriceNotOffered = "PRICE_NOT_REPORTED" // the cloud answered without an amount
)
