package pool

import (
	"context"
	"time"
)

// Catalogue reads what can be ordered at a source. Its methods may be called
// concurrently; errors are those of a Reader.
type Catalogue interface {
	// Products reads all products and volume types, every page of them.
	Products(ctx context.Context) (Answer[[]Offer], error)
	// Images reads all images, every page of them.
	Images(ctx context.Context) (Answer[[]ImageOffer], error)
}

// Offer is a product that desktops can have, or a type of volume.
type Offer struct {
	Kind OfferKind
	// Product is filled as far as it applies; its ID is what orders name:
	// product_id, or volume_type where Kind is VolumeOffer.
	Product       Product
	Name          string
	SystemDiskGiB *int
	DataDiskGiB   *int
	Native        []Part
}

// OfferKind is what an Offer is.
type OfferKind string

// The kinds of offers.
const (
	DesktopOffer OfferKind = "DESKTOP"
	VolumeOffer  OfferKind = "VOLUME"
)

// ImageOffer is an image that desktops can have.
type ImageOffer struct {
	Image     Image
	Kind      string // the cloud's own word, as in gold, private, SYSTEM, CUSTOM
	State     string // the cloud's own word; empty if it has none
	SizeGiB   *int   // that a system disk needs at least
	CreatedAt time.Time
	Native    []Part
}
