package providertest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

func priced(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	plan, err := fx.Source.Ordering.Plan(ctx, o)
	if err != nil {
		return err
	}
	p, err := fx.Source.Ordering.Price(ctx, o, plan)
	if err != nil {
		return err
	}
	if offered := fx.support(o.Type).Price; offered != (p.Amount != nil) {
		return fmt.Errorf("a price call is declared: %v; the amount is %v, the reason %q", offered, p.Amount, p.Reason)
	}
	if p.Amount == nil {
		if !slices.Contains([]string{pool.NoPriceCall, pool.FreeOfCharge, pool.PriceNotOffered}, p.Reason) {
			return fmt.Errorf("no amount, and the reason %q", p.Reason)
		}
		return nil
	}
	if p.Reason != "" {
		return fmt.Errorf("an amount, and a reason why there is none: %q", p.Reason)
	}
	broken := []error{money("the amount", p.Amount), money("the list amount", p.ListAmount), checkParts(p.Parts)}
	for _, d := range p.Discounts {
		broken = append(broken, money("discount "+d.ID, d.Amount))
	}
	return errors.Join(broken...)
}

// money checks that an amount, if there is one, is a decimal number in its one form.
func money(what string, m *pool.Money) error {
	if m == nil {
		return nil
	}
	if again, err := pool.NewMoney(m.Amount, m.Currency); err != nil || again != *m || !currency.MatchString(m.Currency) || m.Amount[0] == '-' {
		return fmt.Errorf("%s is %q in %q", what, m.Amount, m.Currency)
	}
	return nil
}

// nothingOrdered plans, prices and looks, and sees what the cloud has of it.
func nothingOrdered(ctx context.Context, fx OrdersFixture, o pool.Order) error {
	writes, booked := fx.Writes(), len(fx.Booked())
	plan, err := fx.Source.Ordering.Plan(ctx, o)
	if err != nil {
		return err
	}
	for _, r := range fx.orderReads(o, plan) {
		if _, err := r.ask(ctx); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	if w, b := fx.Writes()-writes, len(fx.Booked())-booked; w != 0 || b != 0 {
		return fmt.Errorf("it took %d writes, and %d orders were made", w, b)
	}
	return nil
}
