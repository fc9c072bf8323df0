package huaweisim

import (
	"time"

	"github.com/deskpool/deskpool/internal/providers/fault"
)

// Config is one simulated account in one region. The knobs below Now are off when zero.
type Config struct {
	Source    string // the name that faults know this cloud by
	Region    string // as in cn-north-4; also the name of the project
	ProjectID string
	DomainID  string // the account
	Keys      []Key
	Users     []User
	World     *World           // nil: NewWorld(0, WorldOptions{})
	Faults    *fault.Set       // nil: none
	Now       func() time.Time // the cloud's clock, also in the Date header; nil: time.Now

	ReadsPerMinute  int  // per user and route; 0: no throttle
	WritesPerMinute int  // the same for what is no GET, prices too
	RetryAfter      bool // a throttled answer carries Retry-After
	UnknownPool404  bool // ShowDesktopPoolDetail answers 404, as documented, instead of the 400 of the live service
	PoolDesktops400 bool // ListPoolDesktopsDetail, prices and orders answer that 400 as well, instead of 404
	NotSubscribed   bool // Workspace is not enabled: 403 WKS.00010099
	ErrorsIn200     bool // the fault "error" comes as HTTP 200 with an error_code, as some real ones do
	TwinProject     bool // a second project bears the region's name

	JobTime       time.Duration // from the payment of an order to its effect, and between the steps of a refund; 0: a second
	BillingDelay  time.Duration // BSS knows of an order only so long after it was made
	ResultSuccess bool          // a good order says "result":"SUCCESS"; the documents' example says nothing
}

// Key is an access key. With a SecurityToken it is a temporary one.
type Key struct{ Access, Secret, SecurityToken string }

// User is an IAM user of the account named Domain.
type User struct{ Name, Password, Domain string }
