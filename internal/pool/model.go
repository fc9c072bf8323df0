// Package pool is what the gateway is about: desktop pools of many clouds in
// one vocabulary, the ports through which sources are read, the one error
// type, and the Service that asks many sources and merges what they say.
//
// In every type of this file the zero value of a field means "the cloud did
// not say": a nil pointer, an empty text, a zero time, a nil slice. An empty,
// non-nil slice means that the cloud said there are none.
package pool

import (
	"encoding/json"
	"time"
)

// Cloud is a brand of cloud.
type Cloud string

// The clouds that deskpool knows.
const (
	Huawei  Cloud = "HUAWEI"
	Alibaba Cloud = "ALIBABA"
	Memory  Cloud = "MEMORY" // the third cloud, in a slice, for tests
)

// Unknown is the word, in every vocabulary below, for what a cloud said in
// words that the tables do not know.
const Unknown = "UNKNOWN"

// Pool is a set of like desktops: a Huawei desktop pool, an Alibaba desktop group.
type Pool struct {
	NativeID            string // the cloud's own id
	Name                string
	Description         *string // nil if absent; clouds do send ""
	State               PoolState
	Conditions          []Condition
	AssignmentMode      AssignmentMode
	SessionMode         SessionMode
	BillingMode         BillingMode
	Counts              PoolCounts
	AvailabilityZone    string
	SubnetIDs           []string
	Product             Product
	Image               Image
	Disks               []Disk
	SecurityGroups      []Named
	SessionRetention    Retention
	Autoscale           Autoscale
	InMaintenance       *bool
	EnterpriseProjectID string
	NamePolicyID        string
	CreatedAt           time.Time
	ExpiresAt           time.Time
	// Native is the pool's row of a listing, every key and value as it came.
	// It is nil in a full read, where Answer.Parts hold the whole answers.
	Native []Part
}

// PoolState is how a pool is as a whole.
type PoolState string

// The states of a pool.
const (
	PoolReady          PoolState = "READY"
	PoolChanging       PoolState = "CHANGING"
	PoolDegraded       PoolState = "DEGRADED"
	PoolPendingPayment PoolState = "PENDING_PAYMENT"
	PoolSuspended      PoolState = "SUSPENDED"
	PoolUnknown        PoolState = Unknown
)

// Condition is something that holds of a pool besides its state.
type Condition string

// HasFrozenDesktops says that some of the pool's desktops are frozen for arrears.
const HasFrozenDesktops Condition = "HAS_FROZEN_DESKTOPS"

// AssignmentMode is whether users keep their desktop.
type AssignmentMode string

// The assignment modes.
const (
	Static            AssignmentMode = "STATIC"
	Dynamic           AssignmentMode = "DYNAMIC"
	AssignmentUnknown AssignmentMode = Unknown
)

// SessionMode is how many users share one desktop at a time.
type SessionMode string

// The session modes.
const (
	SingleSession  SessionMode = "SINGLE"
	MultiSession   SessionMode = "MULTI"
	SessionUnknown SessionMode = Unknown
)

// BillingMode is how a pool or desktop is paid for.
type BillingMode string

// The billing modes.
const (
	Prepaid        BillingMode = "PREPAID"
	Postpaid       BillingMode = "POSTPAID"
	BillingUnknown BillingMode = Unknown
)

// PoolCounts counts the desktops of a pool.
type PoolCounts struct {
	Total, Assigned, Connected, Running, Stopped, Prepaid, Postpaid *int
}

// Product is the hardware and offer of a desktop.
type Product struct {
	ID, FlavorID, Description, Family, Architecture string
	CPU                                             *int // virtual CPUs
	MemoryMiB                                       *int
	GPU                                             *GPU // nil: none, or not said
	BillingMode                                     BillingMode
	SaleStatus                                      SaleStatus
}

// GPU is the graphics part of a product.
type GPU struct {
	Count *float64 // shares of a GPU are sold
	Model string
}

// SaleStatus is whether a product can be bought.
type SaleStatus string

// The sale states.
const (
	OnSale      SaleStatus = "ON_SALE"
	SoldOut     SaleStatus = "SOLD_OUT"
	Withdrawn   SaleStatus = "WITHDRAWN"
	SaleUnknown SaleStatus = Unknown
)

// Image is the system image of a pool or desktop.
type Image struct {
	ID, Name    string
	OSType      OSType
	OSVersion   string
	OSPlatform  string
	ProductCode string
}

// OSType is the family of an operating system.
type OSType string

// The operating systems.
const (
	Windows   OSType = "WINDOWS"
	Linux     OSType = "LINUX"
	OtherOS   OSType = "OTHER"
	OSUnknown OSType = Unknown
)

// Disk is a disk of a desktop, or the template of one in a pool.
type Disk struct {
	ID         string
	Role       DiskRole
	Class      DiskClass
	NativeType string // the cloud's own word, as in SAS or cloud_essd
	SizeGiB    *int
	SpecCode   string
}

// DiskRole is what a disk is for.
type DiskRole string

// The roles of a disk.
const (
	SystemDisk DiskRole = "SYSTEM"
	DataDisk   DiskRole = "DATA"
)

// DiskClass is how fast a disk is.
type DiskClass string

// The classes of disks.
const (
	Balanced    DiskClass = "BALANCED"
	GeneralSSD  DiskClass = "GENERAL_SSD"
	FastSSD     DiskClass = "FAST_SSD"
	DiskUnknown DiskClass = Unknown
)

// Named is something of the cloud's with an id and a name.
type Named struct{ ID, Name string }

// Retention is how long a disconnected user keeps their session or desktop.
type Retention struct {
	Mode    RetentionMode
	Seconds *int // only with Timed
}

// RetentionMode is whether there is such a time.
type RetentionMode string

// The retention modes.
const (
	RetainNone       RetentionMode = "NONE"
	RetainTimed      RetentionMode = "TIMED"
	RetainForever    RetentionMode = "FOREVER"
	RetentionUnknown RetentionMode = Unknown
)

// Autoscale is how a pool grows by itself.
type Autoscale struct {
	Mode                                    AutoscaleMode
	Min, Max, MinIdle, MaxAutoCreated, Step *int // desktops
}

// AutoscaleMode is what makes a pool grow.
type AutoscaleMode string

// The autoscale modes.
const (
	AutoscaleOff      AutoscaleMode = "OFF"
	AutoscaleOnAccess AutoscaleMode = "ON_ACCESS"
	AutoscaleKeepIdle AutoscaleMode = "KEEP_IDLE"
	AutoscaleSchedule AutoscaleMode = "SCHEDULE"
	AutoscaleUnknown  AutoscaleMode = Unknown
)

// Part is one answer of a cloud, or one row of it, as it came.
type Part struct {
	Operation string    // the vendor's name, as in ShowDesktopPoolDetail
	RequestID string    // the vendor's id of the request
	ReadAt    time.Time // when the answer arrived
	Body      json.RawMessage
}
