package providertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/deskpool/deskpool/internal/pool"
)

// catalogued looks for the product and image of every pool.
func catalogued(ctx context.Context, fx OrdersFixture) error {
	if fx.Source.Catalogue == nil {
		return errors.New("the source has no catalogue")
	}
	offers, err := fx.Source.Catalogue.Products(ctx)
	if err != nil {
		return err
	}
	products, volumes := map[string]bool{}, map[string]bool{}
	for _, o := range offers.Value {
		kind := products
		if o.Kind == pool.VolumeOffer {
			kind = volumes
		}
		if o.Kind == "" || o.Product.ID == "" || kind[o.Product.ID] {
			return fmt.Errorf("an offer of no kind, without an id, or twice: %s %q", o.Kind, o.Product.ID)
		}
		kind[o.Product.ID] = true
	}
	listed, err := fx.Source.Catalogue.Images(ctx)
	if err != nil {
		return err
	}
	images := map[string]bool{}
	for _, o := range listed.Value {
		if o.Image.ID == "" || images[o.Image.ID] {
			return fmt.Errorf("an image without an id, or twice: %q", o.Image.ID)
		}
		images[o.Image.ID] = true
	}
	if fx.support(pool.AddVolumeOrder).Type != "" && len(volumes) == 0 {
		return errors.New("volumes can be added, but no type of them is listed")
	}
	return errors.Join(fx.poolsHave(ctx, products, images), spelled(offers.Value), spelled(listed.Value))
}

func (fx OrdersFixture) poolsHave(ctx context.Context, products, images map[string]bool) error {
	pools, err := fx.reader().Pools(ctx)
	if err != nil {
		return err
	}
	for _, p := range pools.Value {
		if p.Product.ID != "" && !products[p.Product.ID] {
			return fmt.Errorf("pool %s has the product %q, which is not listed", p.NativeID, p.Product.ID)
		}
		if p.Image.ID != "" && !images[p.Image.ID] {
			return fmt.Errorf("pool %s has the image %q, which is not listed", p.NativeID, p.Image.ID)
		}
	}
	return nil
}

func catalogueAnswers(ctx context.Context, fx OrdersFixture) error {
	if fx.Source.Catalogue == nil {
		return errors.New("the source has no catalogue")
	}
	var broken []error
	for _, r := range fx.catalogueReads() {
		a, err := r.ask(ctx)
		if err == nil {
			err = errors.Join(dated(a), literal(a))
		}
		if err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	return errors.Join(broken...)
}
