package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

const (
	text    = pool.TextParameter
	integer = pool.IntegerParameter
	boolean = pool.BooleanParameter
)

// parameter is one that the API documents (design, section 7.1).
type parameter struct {
	kind     pool.ParameterType
	required bool
}

// parameters are those of each type's object, and besides it.
var parameters = map[pool.OrderType]map[string]parameter{
	pool.AddVolumeOrder:          {"volume_type": {text, true}, "volume_size_gib": {integer, true}},
	pool.ExtendVolumeOrder:       {"disk_id": {text, true}, "new_size_gib": {integer, true}},
	pool.ResizeOrder:             {"product_id": {text, true}, "stop_running": {boolean, false}},
	pool.ChangeImageOrder:        {"image_id": {text, false}, "image_spec_code": {text, false}, "notice_minutes": {integer, false}, "message": {text, false}},
	pool.AddSubResourcesOrder:    {"sku": {text, true}},
	pool.DeleteSubResourcesOrder: {"sub_resource_type": {text, true}},
}

var besides = map[string]parameter{"promotion_plan_id": {text, false}, "auto_pay": {boolean, false}}

func declared(_ context.Context, fx OrdersFixture) error {
	if fx.Writes == nil || fx.Booked == nil || fx.LoseAnswer == nil || fx.Disconnect == nil {
		return errors.New("the fixture is not whole: Writes, Booked, LoseAnswer and Disconnect are needed")
	}
	ordering := fx.Source.Ordering
	if ordering == nil || ordering.Orderer == nil || len(ordering.Types) == 0 {
		return errors.New("the source takes no orders")
	}
	var broken []error
	seen := map[pool.OrderType]bool{}
	for _, s := range ordering.Types {
		if seen[s.Type] {
			broken = append(broken, fmt.Errorf("%s is listed twice", s.Type))
		}
		seen[s.Type] = true
		if !slices.ContainsFunc(fx.Orders, func(o pool.Order) bool { return o.Type == s.Type }) {
			broken = append(broken, fmt.Errorf("the fixture has no order of the type %s, which is listed", s.Type))
		}
		if err := described(s); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", s.Type, err))
		}
	}
	for _, target := range []func(pool.Order) bool{
		func(o pool.Order) bool { return o.PoolID != "" }, func(o pool.Order) bool { return len(o.DesktopIDs) > 0 },
	} {
		if !slices.ContainsFunc(fx.Orders, target) {
			broken = append(broken, errors.New("the fixture needs orders for pools and for desktops"))
		}
	}
	return errors.Join(broken...)
}

// described checks the parameters that a source lists for a type.
func described(s pool.OrderSupport) error {
	own, known := parameters[s.Type]
	if !known {
		return errors.New("there is no such type")
	}
	listed := map[string]bool{}
	for _, p := range s.Parameters {
		want, known := own[p.Name]
		if !known {
			want, known = besides[p.Name]
		}
		switch {
		case !known:
			return fmt.Errorf("%q is no parameter of this type", p.Name)
		case listed[p.Name]:
			return fmt.Errorf("%s is listed twice", p.Name)
		case p.Type != want.kind:
			return fmt.Errorf("%s is %s, want %s", p.Name, p.Type, want.kind)
		case want.required && !p.Required:
			return fmt.Errorf("%s is not required, but the API requires it", p.Name)
		}
		if err := bounded(p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		listed[p.Name] = true
	}
	for name, want := range own {
		if want.required && !listed[name] {
			return fmt.Errorf("%s, which is required, is not listed", name)
		}
	}
	if s.Type == pool.ChangeImageOrder && !listed["image_id"] && !listed["image_spec_code"] {
		return errors.New("no image can be named")
	}
	return nil
}

// bounded checks that a parameter has only the bounds of its type, and that something is within them.
func bounded(p pool.Parameter) error {
	switch {
	case p.Type != integer && (p.Min != nil || p.Max != nil || p.Step != nil):
		return errors.New("only an INTEGER has a minimum, a maximum and steps")
	case p.Type != text && (p.Length != nil || p.Allowed != nil):
		return errors.New("only a TEXT has a length and words")
	case p.Min != nil && p.Max != nil && *p.Min > *p.Max, p.Step != nil && *p.Step < 1, p.Length != nil && *p.Length < 1:
		return errors.New("nothing is within its bounds")
	}
	return nil
}

// othersInvalid asks for every type that the source does not list, and for none.
func othersInvalid(ctx context.Context, fx OrdersFixture) error {
	if fx.Source.Ordering == nil || len(fx.Orders) == 0 {
		return errors.New("the fixture has no orders, or its source takes none")
	}
	var broken []error
	for _, o := range samples(fx.Orders[0]) {
		if fx.support(o.Type).Type == o.Type && o.Type != "" {
			continue
		}
		if _, err := fx.Source.Ordering.Plan(ctx, o); !errors.Is(err, pool.Invalid) {
			broken = append(broken, fmt.Errorf("type %q: error %s, want %q", o.Type, told(err), string(pool.Invalid)))
		} else {
			broken = append(broken, blamed(fx.Fixture, err))
		}
	}
	return errors.Join(broken...)
}

// samples are one order of each type, one of a type that there is not and one of none, for the target of o.
func samples(o pool.Order) []pool.Order {
	list := []pool.Order{
		{Type: pool.AddVolumeOrder, AddVolume: &pool.AddVolume{VolumeType: "SAS", VolumeSizeGiB: 100}},
		{Type: pool.ExtendVolumeOrder, ExtendVolume: &pool.ExtendVolume{DiskID: "SYSTEM", NewSizeGiB: 400}},
		{Type: pool.ResizeOrder, Resize: &pool.Resize{ProductID: "product"}},
		{Type: pool.ChangeImageOrder, ChangeImage: &pool.ChangeImage{ImageID: "image"}},
		{Type: pool.AddSubResourcesOrder, AddSubResources: &pool.AddSubResources{SKU: "sku"}},
		{Type: pool.DeleteSubResourcesOrder, DeleteSubResources: &pool.DeleteSubResources{Type: "DESKTOP_SHARER"}},
		{Type: "MELT"},
		{},
	}
	for i := range list {
		list[i].PoolID, list[i].DesktopIDs = o.PoolID, o.DesktopIDs
	}
	return list
}
